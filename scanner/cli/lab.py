"""``camaudit lab up``: the virtual fleet by itself, for trying a scan by hand."""

from __future__ import annotations

import ipaddress
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from scanner.errors import ConfigError, InputError, Place

if TYPE_CHECKING:
    from scanner.lab import Fleet


@click.group("lab")
def command() -> None:
    """A virtual fleet of cameras, recorders and decoys on loopback."""


@command.command("up", short_help="Start the fleet and keep it up until Ctrl-C.")
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
    with _up(fleet, base, ports) as running:
        for device in running.devices:
            click.echo(f"{device.address:<15} {device.personality}")
        if inputs is not None:
            try:
                running.write_inputs(inputs)
            except OSError as problem:
                raise InputError(f"the inputs cannot be written here: {problem.strerror}", Place(inputs)) from None
            estate, logins = inputs / "estate.toml", inputs / "logins.toml"
            click.echo(f"try: camaudit scan -T fast --estate {estate} --logins {logins} -o lab-audit", err=True)
        click.echo("up; Ctrl-C ends it", err=True)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            click.echo("", err=True)
        for harm in running.harm:
            click.echo(f"harm: {harm}", err=True)
        click.echo(f"{len(running.received)} packets and requests received, {len(running.harm)} harmful", err=True)


@contextmanager
def _up(fleet: str, base: str | None, ports: str) -> Iterator[Fleet]:
    """The fleet, answering. Raises ConfigError for what the operator can mend."""
    from scanner.lab import Fleet

    if base is not None:
        try:
            inside = ipaddress.IPv4Address(base).is_loopback
        except ValueError:
            inside = False
        if not inside:
            raise ConfigError(f"expected a loopback address such as 127.40.0.0, found {base!r}", Place("--base"))
    try:
        running = Fleet(fleet, base=base, ports=ports).start()
    except UnicodeDecodeError:
        raise ConfigError(
            "expected the name or file of a fleet, found a file that is not UTF-8", Place(fleet)
        ) from None
    except OSError as problem:
        hint = "; --ports real needs a right that this account lacks" if isinstance(problem, PermissionError) else ""
        raise ConfigError(f"the fleet cannot start: {problem.strerror}{hint}", Place(fleet)) from None
    try:
        yield running
    finally:
        running.stop()
