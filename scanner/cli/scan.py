"""``camaudit scan``: discover, identify, read, judge and report."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from scanner.cli.options import scan_options

if TYPE_CHECKING:
    from scanner.cli.inputs import ScanInputs


def now() -> datetime:
    """The clock: read here and passed down."""
    return datetime.now(UTC)


@click.command("scan")
@scan_options
def command(**given: Any) -> int:
    """Audit the cameras and recorders of TARGETS: addresses, CIDRs, ranges, host names, or - for stdin.

    Loopback needs no paper; anything else needs --scope-file, or --authorised-by NAME with --reference REF. Public
    addresses need a scope file that names them. With --estate and no TARGETS, every site of the estate is audited.
    An audit that was stopped, even by a power cut, goes on with --resume AUDIT: nothing it finished is asked again.
    """
    from reports import load_reports
    from scanner.cli.inputs import build_inputs
    from scanner.cli.resume import load_request

    earlier: Path | None = given.pop("resume")
    wanted = None
    if earlier is not None:
        given, wanted = load_request(earlier, given)
    ask = (lambda: click.prompt("Password", hide_input=True, err=True)) if sys.stdin.isatty() else None
    inputs = build_inputs(
        given,
        today=now().date(),
        stdin=sys.stdin,
        ask_password=ask,
        known_formats=tuple(load_reports()),
        wanted=wanted,
    )
    if inputs.dry_run:
        return _show(inputs)
    from scanner.cli.audit import run_audit

    directory = earlier or inputs.output or Path(f"camaudit-{now():%Y%m%d-%H%M%S}")
    return run_audit(
        inputs, directory, now=now, quiet=bool(given.get("quiet")), request=given, go_on=earlier is not None
    )


def _show(inputs: ScanInputs) -> int:
    """What would be asked, and nothing sent."""
    from scanner.cli.audit import plan_lines

    for line in list(plan_lines(inputs, now())):  # a mistake is told before a plan is
        click.echo(line)
    return 0
