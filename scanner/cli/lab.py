"""``camaudit lab up``: the virtual fleet by itself, for trying a scan by hand."""

from __future__ import annotations

import threading
from pathlib import Path

import click


@click.group("lab")
def command() -> None:
    """A virtual fleet of cameras, recorders and decoys on loopback."""


@command.command("up")
@click.option("--fleet", default="council", show_default=True, help="Name of a fleet or path of a fleet file.")
@click.option("--base", default=None, help="First address of the fleet's networks, e.g. 127.40.0.0.")
@click.option(
    "--ports", type=click.Choice(["high", "real"]), default="high", show_default=True,
    help="high: unprivileged ports; real: 80, 443, 554 as well.",
)  # fmt: skip
@click.option(
    "--inputs", type=click.Path(file_okay=False, path_type=Path), help="Write estate.toml and logins.toml here."
)
def up(fleet: str, base: str | None, ports: str, inputs: Path | None) -> None:
    """Start the fleet and keep it up until Ctrl-C; then say what was done to it that an auditor must not do."""
    from scanner.lab import Fleet

    with Fleet(fleet, base=base, ports=ports) as running:
        for device in running.devices:
            click.echo(f"{device.address:<15} {device.personality}")
        if inputs is not None:
            running.write_inputs(inputs)
            click.echo(f"estate.toml and logins.toml are in {inputs}", err=True)
        click.echo("up; Ctrl-C ends it", err=True)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            click.echo("", err=True)
        for harm in running.harm:
            click.echo(f"harm: {harm}", err=True)
        click.echo(f"{len(running.received)} packets and requests received, {len(running.harm)} harmful", err=True)
