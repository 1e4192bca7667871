"""What ``judge`` and ``report`` share: a stored audit, read, judged and written without a network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from scanner.cli.inputs import build_config
from scanner.config import Settings
from scanner.errors import InputError, Place

if TYPE_CHECKING:
    from reports.view import AuditView
    from rules import Finding, Pack
    from scanner.model import Inventory

INVENTORY = "inventory.sqlite"
STDOUT = Path("-")

date_option = click.option(
    "--date", "on", type=click.DateTime(["%Y-%m-%d"]), metavar="YYYY-MM-DD",
    help="Judge as of this day (default: the day of the audit).",
)  # fmt: skip
audit_argument = click.argument("audit", type=click.Path(path_type=Path))


@dataclass(frozen=True)
class StoredAudit:
    """A stored inventory, judged by the rules that are installed now."""

    settings: Settings
    inventory: Inventory
    packs: tuple[Pack, ...]
    findings: tuple[Finding, ...]
    on: date

    def view(self) -> AuditView:
        """What its reports show."""
        from reports.view import build

        return build(self.inventory, self.findings, self.packs, self.on)


def judged_again(audit: Path, given: dict[str, Any]) -> StoredAudit:
    """Read the inventory at ``audit`` (a directory or the file itself) and judge it; ``given`` holds the options.

    Raises InputError, HistoryError, ConfigError or PackError. The stored file is not changed, but for an inventory of
    an older version, which is brought up to date.
    """
    from reports import load_reports
    from rules import judge, load_waivers
    from scanner.cli.selection import chosen_packs, tell_unused

    settings = build_config(given, known_formats=tuple(load_reports())).settings
    packs = chosen_packs(settings)
    waivers = load_waivers(Path(settings.waivers)) if settings.waivers else ()
    inventory = load_inventory(audit)
    day: datetime | None = given.get("on")
    on = day.date() if day else inventory.audit.started_at.date()
    findings = judge(inventory, packs, on, waivers)
    tell_unused(waivers, findings)
    return StoredAudit(settings, inventory, packs, findings, on)


def load_inventory(audit: Path) -> Inventory:
    """The inventory of an audit's directory, or in a file. Raises InputError and HistoryError.

    An audit without an end (a second Ctrl-C, a power cut) comes back as the interrupted one that it is.
    """
    path = audit / INVENTORY if audit.is_dir() else audit
    if not path.is_file():
        raise InputError(f"expected the directory of an audit or its {INVENTORY}, found neither", Place(audit))
    from scanner.history import Store

    with Store.open(path) as store:
        inventory = store.load()
    if inventory.audit.finished_at is None and not inventory.audit.interrupted:
        audit_record = msgspec.structs.replace(inventory.audit, interrupted=True)
        return msgspec.structs.replace(inventory, audit=audit_record)
    return inventory


def write(view: AuditView, output: Path, formats: Sequence[str]) -> tuple[Path, ...]:
    """Write reports into the directory ``output``; ``-`` prints one file on stdout and writes nothing."""
    from reports import DEFAULT_FORMATS, load_reports, write_reports

    formats = formats or DEFAULT_FORMATS
    if output != STDOUT:
        return write_reports(view, output, formats)
    files = [pair for name in formats for pair in load_reports()[name].files.items()]
    if len(files) != 1:
        raise InputError(f"expected one format of one file for stdout, found {len(files)} files")
    [(_, render)] = files
    data = render(view)
    for piece in [data] if isinstance(data, bytes) else data:
        click.echo(piece, nl=False)  # bytes go out as they are
    return ()
