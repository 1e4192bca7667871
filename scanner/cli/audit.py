"""What ``scan`` and ``demo`` share: run one audit into a directory, judge it, write its reports, say how it went.

The directory of an audit holds ``inventory.sqlite``, ``ledger.jsonl``, ``evidence/`` and the reports.
"""

from __future__ import annotations

import ctypes
import gc
import os
import signal
import sys
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.text import Text

from scanner.cli import EXIT_FINDINGS, EXIT_INCOMPLETE, EXIT_INTERRUPTED, version
from scanner.cli.inputs import ScanInputs
from scanner.cli.logs import configure_logging
from scanner.cli.progress import Watcher, watcher
from scanner.cli.resume import save_request
from scanner.config import SEVERITIES
from scanner.errors import InputError, Place
from scanner.model import Audit, HarmRecord

if TYPE_CHECKING:
    from rules import Finding
    from scanner.history import Store
    from scanner.net import Limits, Pace
    from scanner.pipeline import Assignment

INVENTORY, LEDGER, EVIDENCE = "inventory.sqlite", "ledger.jsonl", "evidence"

SWITCH_SECONDS = 0.02
"""How long a thread keeps the interpreter when others want it. The sweep gives it away at every packet and would wait
for it at every packet; at the usual 0.005 an audit of a thousand cameras takes twice as long."""


def run_audit(
    inputs: ScanInputs,
    directory: Path,
    *,
    now: Callable[[], datetime],
    quiet: bool = False,
    window_seconds: float | None = None,
    state: Path | None = None,
    request: Mapping[str, Any] | None = None,
    go_on: bool = False,
) -> int:
    """Run, judge, report; returns the exit code. The summary goes to stdout, all else to stderr.

    ``window_seconds`` None: as the pace has it. ``state`` is where refused logins are remembered; None: the user's
    state directory. ``request`` are the options as given, kept for an audit that is stopped; ``go_on`` takes up the
    audit that is in ``directory`` already.
    """
    from rules import judge, load_waivers
    from scanner.cli.selection import chosen_packs, tell_unused

    settings = inputs.settings
    configure_logging(settings, inputs.logins)
    packs = chosen_packs(settings)  # a pack that does not load costs no packet
    waivers = load_waivers(inputs.waivers) if inputs.waivers else ()
    if go_on:
        _refuse_finished(directory)
    else:
        make_room(directory)
        save_request(directory, request or {}, inputs.wanted)
    errors = Console(stderr=True, no_color=not settings.color, highlight=False)
    with _says_what_is_kept(directory), watcher(errors, quiet=quiet, no_progress=not settings.progress) as observer:
        collect(inputs, directory, observer, now, window_seconds or pace_of(inputs).window_seconds, state, quiet=quiet)
        _give_memory_back()
        from reports import DEFAULT_FORMATS, write_reports
        from reports.view import build
        from scanner.history import Store

        with Store.open(directory / INVENTORY) as store:
            inventory = store.load()
            if inputs.register:
                from scanner.cli.registers import hold_against

                inventory = hold_against(store, inventory, inputs.register, inputs.register_files, inputs.scope)
        on = inventory.audit.started_at.date()
        observer.phase("judge", None)
        findings = judge(inventory, packs, on, waivers)
        observer.phase("report", None)
        view = build(inventory, findings, packs, on)
        written = write_reports(view, directory, settings.formats or DEFAULT_FORMATS)
    tell_unused(waivers, findings)
    if not quiet:
        from scanner.cli.summary import print_summary
        from scanner.cli.terminal import Stdout

        print_summary(Stdout(no_color=not settings.color), inventory.audit, inventory.devices, findings)
        for path in written:
            errors.print(Text(f"wrote {path}"), soft_wrap=True)
    return exit_code(inventory.audit, findings, settings.fail_on, settings.min_coverage)


def collect(
    inputs: ScanInputs,
    directory: Path,
    observer: Watcher,
    now: Callable[[], datetime],
    window_seconds: float,
    state: Path | None,
    *,
    quiet: bool,
) -> None:
    """The left half: an authorised scope becomes an inventory on disk."""
    from scanner.evidence import EvidenceStore
    from scanner.logins import RefusalMemory, secrets_of
    from scanner.net import Door, Ledger
    from scanner.pipeline import Run

    sys.setswitchinterval(SWITCH_SECONDS)
    refusals = RefusalMemory(state)
    ledger = Ledger(directory / LEDGER, now=now)
    try:
        with _store(directory / INVENTORY) as store:
            assignment = assignment_of(inputs, now(), window_seconds, *store.audits()[-1:])
            store.save_audit(assignment.audit)
            door = Door(
                inputs.scope,
                pace=pace_of(inputs),
                ledger=ledger,
                evidence=EvidenceStore(
                    directory / EVIDENCE, secrets=secrets_of(inputs.logins), on_kept=store.keep_evidence, hold=False
                ),
                limits=limits_of(inputs),
                refusals=refusals,
                now=now,
                timetable=inputs.timetable,
            )
            run = Run(assignment, door, store, observer, now)
            with _ctrl_c_ends(run.stop, quiet=quiet):
                run.execute()
            door.close()
    finally:
        ledger.close()
        refusals.close()


def _give_memory_back() -> None:
    """Before the inventory is loaded: what the readers' threads used and freed stays in their own heaps else.

    Only glibc keeps a heap a thread, and only it has to be asked.
    """
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None
    if trim is not None:
        trim(0)


def _store(path: Path) -> Store:
    """The inventory of this audit: the one that is there, or a new one."""
    from scanner.history import Store

    if path.exists() and path.stat().st_size:
        return Store.open(path)
    path.unlink(missing_ok=True)  # killed before its first byte
    return Store.create(path)


def _refuse_finished(directory: Path) -> None:
    """An audit that came to its end has nothing left to do."""
    from scanner.history import Store

    path = directory / INVENTORY
    if not path.exists() or not path.stat().st_size:
        return
    with Store.open(path) as store:
        done = [audit for audit in store.audits() if audit.finished_at and not audit.interrupted]
    if done:
        raise InputError("expected an audit that was stopped, found one that came to its end", Place(directory))


def assignment_of(inputs: ScanInputs, now: datetime, window_seconds: float, earlier: Audit | None = None) -> Assignment:
    """The unit of work for checked inputs; ``earlier`` is the record of the audit that goes on."""
    from scanner.cli.segment import protocols_of
    from scanner.discovery import DEFAULT_PORTS
    from scanner.pipeline import Assignment

    settings = inputs.settings
    again = (f"The audit was stopped, and taken up again at {now:%Y-%m-%d %H:%M} UTC.",) if earlier else ()
    return Assignment(
        audit=Audit(
            id=earlier.id if earlier else f"a-{now:%Y%m%d}-{uuid.uuid4().hex[:8]}",
            started_at=earlier.started_at if earlier else now,
            tool=f"camaudit {version()}",
            scope=inputs.scope.record(),
            organisation=inputs.estate.organisation,
            sites=inputs.estate.sites,
            harm=earlier.harm if earlier else HarmRecord(),
            notes=tuple(dict.fromkeys((*(earlier.notes if earlier else ()), *inputs.notes, *again))),
        ),
        targets=inputs.targets,
        count=inputs.count,
        estate=inputs.estate,
        logins=inputs.logins,
        ports=settings.ports or tuple(DEFAULT_PORTS),
        protocols=protocols_of(inputs.config),
        local=inputs.local,
        ports_by=settings.ports_by,
        services=settings.services,
        window_seconds=window_seconds,
        workers=settings.concurrency,
    )


def pace_of(inputs: ScanInputs) -> Pace:
    """The preset, with the rates the operator gave."""
    from scanner.net import PACES

    settings = inputs.settings
    pace = PACES[settings.pace]
    return replace(pace, total=settings.rate or pace.total, host=settings.per_host or pace.host)


def limits_of(inputs: ScanInputs) -> Limits:
    """The limits, with the time-outs the operator gave."""
    from scanner.net import Limits

    settings, usual = inputs.settings, Limits()
    return replace(
        usual,
        idle_seconds=settings.timeout or usual.idle_seconds,
        exchange_seconds=settings.host_timeout or usual.exchange_seconds,
    )


def plan_lines(inputs: ScanInputs, now: datetime) -> Iterator[str]:
    """What a scan would do, for ``--dry-run``: nothing of it is sent. What would end a scan ends this too."""
    from rules import load_waivers
    from scanner.cli.opening_hours import hours_plan
    from scanner.cli.segment import plan_of
    from scanner.cli.selection import chosen_packs
    from scanner.discovery import DEFAULT_PORTS, load_protocols

    settings = inputs.settings
    packs = chosen_packs(settings)
    if inputs.waivers:
        load_waivers(inputs.waivers)
    if inputs.output:
        _refuse_taken(inputs.output)
    ports = settings.ports or tuple(DEFAULT_PORTS)
    protocols = load_protocols()
    record = inputs.scope.record()
    yield f"Scope: {', '.join(record.allow)}" + (f", without {', '.join(record.deny)}" if record.deny else "")
    if record.authorised_by:
        yield f"Authorised by {record.authorised_by}, {record.reference}"
    yield f"Addresses: {inputs.count}"
    yield f"Pace: {pace_of(inputs).describe()}"
    yield from hours_plan(inputs.timetable, now)
    yield f"Datagrams to each address: {', '.join(protocols)}; one each, one repeat where it stays silent"
    yield from plan_of(inputs.config, inputs.local)
    yield f"TCP connects to each address: {', '.join(str(port) for port in ports)}"
    yield f"Rules: {sum(len(pack.rules) for pack in packs)} in {', '.join(pack.id for pack in packs)}"
    yield "Nothing was sent."


def exit_code(audit: Audit, findings: Sequence[Finding], fail_on: str, min_coverage: float) -> int:
    """130 interrupted, 3 findings at or above ``fail_on``, 4 coverage under ``min_coverage`` percent, else 0."""
    if audit.interrupted:
        return EXIT_INTERRUPTED
    if fail_on != "never":
        serious = SEVERITIES[: SEVERITIES.index(fail_on) + 1]
        if any(one.verdict == "fail" and one.severity in serious and not one.waived for one in findings):
            return EXIT_FINDINGS
    cameras = sum(row.cameras for row in audit.coverage)
    read = sum(row.authenticated for row in audit.coverage)
    if cameras and 100 * read / cameras < min_coverage:
        return EXIT_INCOMPLETE
    return 0


def make_room(directory: Path) -> None:
    """An empty directory for the audit; an audit never overwrites another."""
    _refuse_taken(directory)
    try:
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as problem:
        raise InputError(f"the audit cannot be written here: {problem.strerror}", Place(directory)) from None


def _refuse_taken(directory: Path) -> None:
    if str(directory) == "-":
        raise InputError("expected a directory for the audit, found - (stdout)")
    try:
        taken = (directory / INVENTORY).exists() or (directory / LEDGER).exists()
        file = directory.exists() and not directory.is_dir()
    except OSError as problem:
        raise InputError(f"the audit cannot be written here: {problem.strerror}", Place(directory)) from None
    if taken:
        raise InputError("expected a new directory, found one that holds an audit already", Place(directory))
    if file:
        raise InputError("expected a directory for the audit, found a file", Place(directory))


@contextmanager
def _says_what_is_kept(directory: Path) -> Iterator[None]:
    """Cut off at once, what was seen is on disk all the same: the operator must learn how to get at it."""
    try:
        yield
    except KeyboardInterrupt:
        if (directory / INVENTORY).exists():
            click.echo(f"what was seen until now is kept; to go on: camaudit scan --resume {directory}", err=True)
        raise


@contextmanager
def _ctrl_c_ends(stop: Callable[[], None], *, quiet: bool) -> Iterator[None]:
    """The first Ctrl-C ends the run in order; a second one ends it at once."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.getsignal(signal.SIGINT)

    def first(_number: int, _frame: object) -> None:
        signal.signal(signal.SIGINT, before)
        if not quiet:  # past the buffers of Python: the signal may have come while they were written
            os.write(2, b"\nstopping; the reports follow. Ctrl-C again ends at once\n")
        stop()

    signal.signal(signal.SIGINT, first)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
