"""``camaudit record``: one device's answers, made anonymous, as a file: what a bug report needs."""

from __future__ import annotations

import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from scanner.cli.options import (
    FILE,
    config_option,
    discovery_options,
    dry_run_option,
    estate_option,
    log_options,
    login_options,
    pace_options,
    port_options,
    scope_options,
)

if TYPE_CHECKING:
    from scanner.cli.inputs import ScanInputs
    from scanner.model import Device
    from scanner.pipeline.tape import Tape
    from scanner.recordings import Recording


def now() -> datetime:
    """The clock: read here and passed down."""
    return datetime.now(UTC)


@click.command(
    "record",
    epilog="Example: camaudit record 10.20.0.7 --scope-file scope.toml --logins logins.toml --out camera.json. "
    "Serve it: camaudit lab --recording camera.json",
)
@click.argument("host")
@click.option("--out", type=FILE, required=True, metavar="FILE", help="Write the recording here (JSON; a new file).")
@scope_options
@estate_option
@login_options
@pace_options
@port_options
@discovery_options
@log_options
@config_option
@dry_run_option
def command(host: str, out: Path, **given: Any) -> int:
    """Write an anonymous recording of what one device answers: the fixture of a bug report.

    HOST is one address or host name, asked as camaudit scan would ask it: the same authorisation, scope, login, pace
    and requests that only read. Serial numbers, addresses, names, accounts, positions and secrets are replaced by
    stand-ins of the same shape; model, versions and build dates stay. Look through the file before you pass it on.

    Beside FILE a ledger (FILE.ledger.jsonl) says what was sent; it holds the real address and stays with you.
    """
    from scanner.cli.inputs import build_inputs
    from scanner.errors import InputError, TargetError

    ask = (lambda: click.prompt("Password", hide_input=True, err=True)) if sys.stdin.isatty() else None
    given["targets"] = (host,)
    if host == "-":
        raise TargetError("expected one address or host name, found - (stdin)")
    inputs = build_inputs(given, today=now().date(), stdin=sys.stdin, ask_password=ask)
    if inputs.count != 1:
        raise TargetError(f"expected one address or host name, found {inputs.count:,} addresses in {host!r}")
    refuse_taken(out)
    if inputs.dry_run:
        from scanner.cli.audit import plan_lines

        for line in list(plan_lines(inputs, now())):
            click.echo(line)
        return 0
    ledger = ledger_of(out)
    try:
        recording = record(inputs, host, ledger)
    except OSError as problem:
        raise InputError(f"the recording cannot be made here: {problem.strerror}") from None
    if recording is None:
        from scanner.cli import EXIT_INCOMPLETE

        click.echo(f"camaudit: {host} gave no answer, so there is nothing to record", err=True)
        return EXIT_INCOMPLETE
    write(out, recording.to_json())
    tell(recording, out, ledger, quiet=bool(given.get("quiet")))
    return 0


def ledger_of(out: Path) -> Path:
    """A new file for the ledger of a recording; that of an attempt that got no answer stays what it is."""
    number = 1
    while (path := out.with_name(f"{out.name}.ledger{'' if number == 1 else f'-{number}'}.jsonl")).exists():
        number += 1
    return path


def refuse_taken(out: Path) -> None:
    """InputError where a recording would overwrite something, or cannot be written."""
    from scanner.errors import InputError, Place

    if str(out) == "-":
        raise InputError("expected a file for the recording, found - (stdout): it is to be looked through first")
    if out.exists():
        raise InputError("expected a new file for the recording, found one that is there already", Place(out))
    if not out.parent.is_dir():
        raise InputError("the recording cannot be written here: no such directory", Place(out))


def record(inputs: ScanInputs, host: str, ledger_file: Path) -> Recording | None:
    """Ask the device, and make what it said anonymous; None where nobody answered."""
    from scanner.cli import version
    from scanner.fingerprint.makers import names
    from scanner.logins import secrets_of
    from scanner.pipeline.tape import Tape
    from scanner.recordings.fields import Kind
    from scanner.recordings.whole import anonymise

    tape = Tape(now)
    device = _asked(inputs, tape, ledger_file)
    if device is None:
        return None
    known: list[tuple[Kind, str]] = [("user name", entry.login.user) for entry in inputs.logins.entries]
    login = inputs.logins.for_device(device.address, site=device.site, maker=device.identity.maker or "")
    raw = tape.recording(device, f"camaudit {version()}", login.user if login else "")
    return anonymise(
        raw,
        names().is_distinct,
        secrets_of(inputs.logins),
        [*known, ("host name", host)],
    )


def _asked(inputs: ScanInputs, tape: Tape, ledger_file: Path) -> Device | None:
    """The device as one audit of its address alone reads it."""
    from scanner.cli.audit import assignment_of, limits_of, pace_of
    from scanner.cli.logs import configure_logging
    from scanner.evidence import MemoryEvidence
    from scanner.history import Store
    from scanner.logins import RefusalMemory, secrets_of
    from scanner.net import Door, Ledger
    from scanner.pipeline import Run

    configure_logging(inputs.settings, inputs.logins)
    pace = pace_of(inputs)
    refusals = RefusalMemory(None)
    ledger = Ledger(ledger_file, now=now)
    try:
        with (
            tempfile.TemporaryDirectory(prefix="camaudit-record-") as folder,
            Store.create(Path(folder) / "inventory.sqlite") as store,
        ):
            assignment = assignment_of(inputs, now(), pace.window_seconds)
            door = Door(
                inputs.scope,
                pace=pace,
                ledger=ledger,
                evidence=MemoryEvidence(secrets_of(inputs.logins)),
                limits=limits_of(inputs),
                refusals=refusals,
                now=now,
                timetable=inputs.timetable,
                tap=tape,
            )
            run = Run(assignment, door, store, _Unwatched(), now)
            with _ctrl_c_stops(run):
                audit = run.execute()
            if audit.interrupted:
                raise click.exceptions.Abort
            return next((found for found in store.devices() if found.seen_through is None), None)
    finally:
        ledger.close()
        refusals.close()


class _Unwatched:
    """One device takes a minute: nobody needs a bar for that."""

    def phase(self, name: str, total: int | None) -> None: ...

    def advance(self, count: int = 1) -> None: ...

    def found(self, device: Device) -> None: ...

    def waiting(self, text: str) -> None:
        if text:
            click.echo(text, err=True)


@contextmanager
def _ctrl_c_stops(run: Any) -> Iterator[None]:
    """The first Ctrl-C ends the run in order; nothing is written then."""
    before = signal.getsignal(signal.SIGINT)

    def stop(_number: int, _frame: object) -> None:
        signal.signal(signal.SIGINT, before)
        run.stop()

    signal.signal(signal.SIGINT, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def write(out: Path, data: bytes) -> None:
    """The file, for its owner alone."""
    import os

    from scanner.errors import InputError, Place

    try:
        with os.fdopen(os.open(out, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
            file.write(data)
    except OSError as problem:
        raise InputError(f"the recording cannot be written here: {problem.strerror}", Place(out)) from None


def tell(recording: Recording, out: Path, ledger: Path, *, quiet: bool) -> None:
    """What was replaced, by kind and number, and what is left to do for a person."""
    if quiet:
        return
    click.echo(f"{out}: {len(recording.exchanges)} exchanges with one device")
    click.echo("Replaced by stand-ins (different values of each kind):")
    for kind, count in recording.replaced.items():
        click.echo(f"  {count:>5}  {kind}")
    click.echo("Please look through the file before you send it on: names in unusual places may be left in it.")
    click.echo(f"{ledger} says what was sent; it holds the real address and is not to be sent on.", err=True)
