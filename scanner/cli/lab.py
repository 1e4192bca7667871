"""``camaudit lab up``: the virtual fleet by itself, or recordings of devices, for trying a scan by hand."""

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
    from scanner.lab.words import Personality


class _UpUnlessNamed(click.Group):
    """``camaudit lab --recording FILE`` is ``camaudit lab up --recording FILE``."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if args and args[0].startswith("-") and args[0] not in ctx.help_option_names:
            args = ["up", *args]
        return super().parse_args(ctx, args)


@click.group("lab", cls=_UpUnlessNamed)
def command() -> None:
    """A virtual fleet of cameras, recorders and decoys on loopback; or devices that answer as recorded."""


@command.command(
    "up",
    short_help="Start the fleet and keep it up until Ctrl-C.",
    epilog="Example: camaudit lab --recording camera.json, then camaudit scan 127.20.0.1 --user auditor",
)
@click.argument("more", nargs=-1, type=click.Path(path_type=Path), metavar="[FILE]...")
@click.option("--fleet", default="council", show_default=True, help="Name of a fleet or path of a fleet file.")
@click.option(
    "--recording", "recordings", multiple=True, type=click.Path(path_type=Path), metavar="FILE [FILE]...",
    help="Instead of a fleet: one device for each of these files made by camaudit record.",
)  # fmt: skip
@click.option("--base", default=None, help="First address of the fleet's networks, e.g. 127.40.0.0.")
@click.option(
    "--ports", type=click.Choice(["high", "real"]), default="high", show_default=True,
    help="high: unprivileged ports; real: 80, 443, 554 as well.",
)  # fmt: skip
@click.option(
    "--inputs", type=click.Path(file_okay=False, path_type=Path), help="Write estate.toml and logins.toml here."
)
def up(
    more: tuple[Path, ...], fleet: str, recordings: tuple[Path, ...], base: str | None, ports: str, inputs: Path | None
) -> None:
    """Start the fleet and keep it up until Ctrl-C; then say what was done to it that an auditor must not do."""
    if more and not recordings:
        raise ConfigError(f"expected options, found {str(more[0])!r}: files belong to --recording")
    if recordings and inputs is not None:
        raise ConfigError("--inputs belongs to a fleet, and recordings are served instead of one", Place("--inputs"))
    with _up(_recorded((*recordings, *more)) if recordings else fleet, base, ports) as running:
        for device in running.devices:
            click.echo(f"{device.address:<15} {device.personality}")
        if recordings:
            account = running.devices[0].placement
            doors = ",".join(
                str(port) for port in sorted({one for each in running.devices for one in each.ports.values()})
            )
            click.echo(f"login: {account.user}, password: {account.password}", err=True)
            click.echo(
                f"try: camaudit scan -T fast {running.devices[0].address} --user {account.user} --ports {doors}",
                err=True,
            )
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


def _recorded(files: tuple[Path, ...]) -> list[Personality]:
    from scanner.lab.recorded import serving

    return [serving(path, f"{number}: {path.stem}") for number, path in enumerate(files, 1)]


@contextmanager
def _up(fleet: str | list[Personality], base: str | None, ports: str) -> Iterator[Fleet]:
    """The fleet, answering. Raises ConfigError for what the operator can mend."""
    from scanner.lab import Fleet

    if base is not None:
        try:
            inside = ipaddress.IPv4Address(base).is_loopback
        except ValueError:
            inside = False
        if not inside:
            raise ConfigError(f"expected a loopback address such as 127.40.0.0, found {base!r}", Place("--base"))
    where = Place(fleet) if isinstance(fleet, str) else None
    try:
        running = Fleet(fleet, base=base, ports=ports).start()
    except UnicodeDecodeError:
        raise ConfigError(
            "expected the name or file of a fleet, found a file that is not UTF-8", Place(str(fleet))
        ) from None
    except OSError as problem:
        hint = "; --ports real needs a right that this account lacks" if isinstance(problem, PermissionError) else ""
        raise ConfigError(f"the fleet cannot start: {problem.strerror}{hint}", where) from None
    try:
        yield running
    finally:
        running.stop()
