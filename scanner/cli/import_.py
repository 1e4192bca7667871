"""``camaudit import FILE...``: an audit made from files others wrote, judged by the same rules; nothing is sent."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from scanner.cli import version
from scanner.cli.options import (
    FILE,
    config_option,
    estate_option,
    output_options,
    register_options,
    rule_options,
    verdict_options,
)
from scanner.errors import ConfigError, InputError

if TYPE_CHECKING:
    from scanner.estate import Estate
    from scanner.model import Audit, RegisterRow
    from scanner.pipeline.from_files import SourceFile


@click.command("import")
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=FILE)
@click.option("--as", "format_name", metavar="FORMAT", default="", help="The format of every FILE, instead of a look.")
@register_options
@estate_option
@rule_options
@verdict_options
@output_options
@config_option
@click.option("-q", "--quiet", is_flag=True, help="Say nothing but errors.")
@click.option("--no-color", is_flag=True, help="No colour (NO_COLOR works too).")
def command(files: tuple[Path, ...], format_name: str, **given: Any) -> int:
    """Make an audit of FILEs that others wrote, without touching the network.

    Formats, found by content: nmap XML (nmap), masscan JSON (masscan), runZero exports (runzero), network captures
    (pcap), neighbour tables of ip neigh and arp (neighbours), DHCP leases (dhcp-leases), tables of Cisco switches
    (switch-tables), and asset registers or device lists as CSV (register). What a file does not tell is unknown,
    never a pass: settings and AI functions need a scan.

    A register among the FILEs is held against the other FILEs, and its devices are judged by what it states, which
    proves nothing: such findings are for review. A register given by --register is compared only.
    """
    from reports import load_reports
    from scanner.cli.audit import exit_code, make_room
    from scanner.cli.inputs import build_config
    from scanner.cli.registers import parse_columns, read_registers, sources_of
    from scanner.cli.scan import now
    from scanner.cli.selection import chosen_packs
    from scanner.cli.stored import judged_again, write
    from scanner.estate import Estate

    settings = build_config(given, known_formats=tuple(load_reports())).settings
    chosen_packs(settings)  # a pack that does not load costs no work
    estate = Estate.from_file(Path(settings.estate)) if settings.estate else Estate()
    columns = parse_columns(given.pop("columns"))
    sources = sources_of(files, columns, format_name)
    registers: tuple[Path, ...] = given.pop("register")
    if columns and not registers and not any(source.importer.is_register for source in sources):
        raise ConfigError("--column belongs to a register, and no FILE is one")
    notes: list[str] = []
    compared = read_registers(registers, columns, notes.append)
    directory = Path(settings.output) if settings.output else Path(f"camaudit-{now():%Y%m%d-%H%M%S}")
    make_room(directory)
    _collect(sources, estate, compared, registers, directory, notes)
    stored = judged_again(directory, given)
    written = write(stored.view(), directory, settings.formats)
    audit = stored.inventory.audit
    if not given["quiet"]:
        from scanner.cli.summary import print_summary
        from scanner.cli.terminal import Stdout

        print_summary(Stdout(no_color=not settings.color), audit, stored.inventory.devices, stored.findings)
        for path in written:
            click.echo(f"wrote {path}", err=True)
    return exit_code(audit, stored.findings, settings.fail_on, settings.min_coverage)


def _collect(
    sources: Sequence[SourceFile],
    estate: Estate,
    compared: Sequence[RegisterRow],
    registers: Sequence[Path],
    directory: Path,
    notes: Sequence[str],
) -> None:
    """The files become an inventory in ``directory``; all that is wrong with any of them is told, and nothing stays."""
    from scanner.cli.audit import EVIDENCE, INVENTORY
    from scanner.cli.registers import raise_all
    from scanner.cli.scan import now
    from scanner.evidence import EvidenceStore
    from scanner.history import Store
    from scanner.pipeline.from_files import FileAudit

    audit = _begun(sources, estate)
    with _all_or_nothing(directory), Store.create(directory / INVENTORY) as store:
        store.save_audit(audit)
        evidence = EvidenceStore(directory / EVIDENCE, on_kept=store.keep_evidence, hold=False)
        made = FileAudit(store, evidence, estate, list(notes))
        problems: list[InputError] = []
        for source in sources:
            try:
                made.read(source)
            except InputError as problem:
                problems.append(problem)
        raise_all(problems)
        held = [source.path.name for source in sources if source.importer.is_register]
        coverage, register = made.finish(compared, (*held, *(path.name for path in registers)))
        store.save_audit(
            msgspec.structs.replace(
                audit,
                finished_at=now(),
                coverage=coverage,
                register=register,
                notes=tuple(dict.fromkeys((*audit.notes, *made.notes))),
            )
        )


def _begun(sources: Sequence[SourceFile], estate: Estate) -> Audit:
    from scanner.cli.scan import now
    from scanner.model import Audit, ScopeRecord

    at = now()
    return Audit(
        id=f"a-{at:%Y%m%d}-{uuid.uuid4().hex[:8]}",
        started_at=at,
        tool=f"camaudit {version()}",
        scope=ScopeRecord(allow=()),
        organisation=estate.organisation,
        sites=estate.sites,
        sources=tuple(source.describe() for source in sources),
    )


@contextmanager
def _all_or_nothing(directory: Path) -> Iterator[None]:
    """Files that cannot be imported as a whole leave no half of an audit behind."""
    from scanner.cli.audit import EVIDENCE, INVENTORY

    before = set(directory.iterdir())
    try:
        yield
    except BaseException:
        for path in set(directory.iterdir()) - before:
            if path.name == EVIDENCE:
                shutil.rmtree(path)
            elif path.name.startswith(INVENTORY):
                path.unlink()
        if not before and not any(directory.iterdir()):
            directory.rmdir()
        raise
