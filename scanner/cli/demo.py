"""``camaudit demo``: the main job over a virtual fleet, as an ordinary user."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import click

from scanner.errors import InputError, Place

DIRECTORY = Path("camaudit-demo")
MARK = "made-by-camaudit-demo"


@click.command("demo")
@click.option(
    "-o", "--output", type=click.Path(file_okay=False, path_type=Path), default=DIRECTORY, show_default=True,
    help="Where the audit and its report go; an older demo there is replaced.",
)  # fmt: skip
@click.option("--open/--no-open", "show", default=False, help="Open the report in the browser at the end.")
@click.option("-q", "--quiet", is_flag=True, help="Say nothing but errors.")
def command(output: Path, show: bool, quiet: bool) -> int:
    """Audit a virtual council of about 40 devices on loopback, end to end.

    A town hall, a secondary school and a hospital clinic: cameras and recorders of several makers, rebrands, cameras
    whose login does not work, and devices that are no cameras. Nothing leaves this machine.
    """
    from scanner.cli.audit import run_audit
    from scanner.cli.inputs import build_inputs
    from scanner.cli.scan import now
    from scanner.lab import Fleet

    _make_room(output)
    with Fleet("council") as fleet:
        fleet.write_inputs(output / "inputs")
        if not quiet:
            click.echo(f"A virtual council is up: {len(fleet.devices)} devices on loopback.", err=True)
        given = {
            "targets": tuple(device.address for device in fleet.devices),
            "estate": output / "inputs" / "estate.toml",
            "logins": output / "inputs" / "logins.toml",
            "pace": "fast",
        }
        inputs = build_inputs(given, today=now().date(), stdin=sys.stdin, environ={})
        code = run_audit(inputs, output, now=now, quiet=quiet, window_seconds=2.5, state=output / "inputs")
        harm = [str(one) for one in fleet.harm]
    for one in harm:
        click.echo(f"harm done to a virtual device: {one}", err=True)
    report = (output / "report.html").resolve()
    click.echo(f"The report: {report}")
    if show:
        click.launch(report.as_uri())
    return 1 if harm else code


def _make_room(output: Path) -> None:
    """A fresh directory; only an older demo is replaced."""
    try:
        if output.exists():
            if any(output.iterdir()) and not (output / MARK).exists():
                raise InputError("expected an empty directory or an older demo, found something else", Place(output))
            shutil.rmtree(output)
        output.mkdir(parents=True)
        (output / MARK).touch()
    except OSError as problem:
        raise InputError(f"the demo cannot be written here: {problem.strerror}", Place(output)) from None
