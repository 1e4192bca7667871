"""``camaudit doctor``: what this machine can do, and what is reduced where something is missing."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any, Literal

import click

from scanner.cli import EXIT_INCOMPLETE
from scanner.cli.options import (
    FILE,
    config_option,
    estate_option,
    log_options,
    pace_options,
    port_options,
    scope_options,
)
from scanner.errors import ConfigError

WIDTH = 80
PACKAGES = (
    "camaudit", "click", "cryptography", "jinja2", "lxml", "msgspec", "onvif-zeep", "platformdirs", "python-nmap",
    "pyyaml", "requests", "rich", "sqlalchemy", "alembic", "zeep",
)  # fmt: skip
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "msedge")
EXTRAS = {"keyring": "keyring", "vault": "hvac", "age": "pyrage"}


@dataclass(frozen=True)
class Check:
    """One line of the doctor. ``missing`` makes camaudit unusable; ``reduced`` leaves something out, and says what."""

    name: str
    state: Literal["ok", "reduced", "missing"]
    found: str
    consequence: str = ""

    def lines(self) -> list[str]:
        """The check in at most 80 columns."""
        mark = {"ok": "ok", "reduced": "REDUCED", "missing": "MISSING"}[self.state]
        text = self.found + (f". {self.consequence}" if self.consequence and self.state != "ok" else "")
        return textwrap.wrap(
            text,
            WIDTH,
            initial_indent=f"{mark:<8} {self.name:<12} ",
            subsequent_indent=" " * 22,
            break_on_hyphens=False,
        )


def now() -> datetime:
    """The clock: read here and passed down."""
    return datetime.now(UTC)


@click.command("doctor")
@click.argument("host", required=False)
@click.option(
    "--login",
    "reference",
    metavar="REF",
    help="Try one login on HOST, once: a file of logins, or with --user a reference such as env:NAME or file:PATH.",
)
@click.option("--user", metavar="NAME", help="The account of --login.")
@click.option("--allow-basic", is_flag=True, help="Let --user log in by Basic over clear HTTP too.")
@scope_options
@estate_option
@pace_options
@port_options
@log_options
@config_option
@click.option("-o", "--output", type=FILE, help="Keep what was sent and seen in this directory.")
@click.pass_context
def command(ctx: click.Context, /, host: str | None, reference: str | None, **given: Any) -> None:
    """Say what this machine can do, and what is reduced where something is missing.

    With --login REF HOST: say whether that login works on HOST, as whom, and what stays unknown with it. HOST is asked
    as by scan: the same authorisation, hours and pace, and one attempt.

    Exit code 1 when camaudit cannot work here at all, 4 when the login does not work.
    """
    if (host is None) != (reference is None):
        raise ConfigError("expected --login REF and HOST together, found one of them")
    if host is not None and reference is not None:
        ctx.exit(_try_login(host, reference, given))
    if given.get("user") or given.get("allow_basic"):
        raise ConfigError("--user and --allow-basic belong to --login REF HOST, which was not given")
    checks = list(examine())
    for check in checks:
        for line in check.lines():
            click.echo(line)
    missing = sum(check.state == "missing" for check in checks)
    reduced = sum(check.state == "reduced" for check in checks)
    verdict = f"{missing} missing, {reduced} reduced" if missing or reduced else "everything needed is there"
    click.echo(f"\n{verdict}")
    ctx.exit(1 if missing else 0)


def _try_login(host: str, reference: str, given: dict[str, Any]) -> int:
    from scanner.cli.login_check import inputs_of, lines_of, try_login, works

    inputs = inputs_of(reference, host, given, today=now().date(), stdin=sys.stdin, environ=None)
    device = try_login(inputs, now=now)
    for line in lines_of(device, host):
        click.echo(line)
    return 0 if works(device) else EXIT_INCOMPLETE


def examine() -> Iterator[Check]:
    """All checks, in the order they are printed."""
    version = ".".join(map(str, sys.version_info[:3]))
    yield Check(
        "python", "ok" if sys.version_info >= (3, 11) else "missing", version, "Python 3.11 or newer is needed."
    )
    yield _packages()
    yield _wsdls()
    yield _state_directory()
    yield _nmap()
    yield _browser()
    yield _loopback()
    yield Check("raw sockets", "ok", "not needed: ports are found by ordinary connections")
    yield _extras()


def _packages() -> Check:
    found, missing = [], []
    for name in PACKAGES:
        try:
            found.append(f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            missing.append(name)
    if missing:
        return Check("packages", "missing", f"not installed: {', '.join(missing)}", "Install camaudit again.")
    return Check("packages", "ok", ", ".join(found))


def _wsdls() -> Check:
    """onvif-zeep puts its WSDLs where the Python that built its wheel had them: the record of its files knows."""
    try:
        files = metadata.files("onvif-zeep") or []
    except metadata.PackageNotFoundError:
        files = []
    for file in files:
        if file.name == "devicemgmt.wsdl":
            path = Path(str(file.locate())).resolve()
            if path.is_file():
                return Check("onvif wsdl", "ok", f"found in {path.parent}")
    return Check("onvif wsdl", "missing", "not found", "Install onvif-zeep again, with this very Python.")


def _state_directory() -> Check:
    from scanner.refusals import state_dir

    path = state_dir()
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path):
            pass
    except OSError as problem:
        why = "Refused logins cannot be remembered; set CAMAUDIT_STATE_DIR to a directory you can write."
        return Check("state", "missing", f"{path}: {problem.strerror}", why)
    return Check("state", "ok", f"{path} can be written")


def _nmap() -> Check:
    path = shutil.which("nmap")
    why = "--ports-by nmap and --services are not available; camaudit finds ports itself."
    if not path:
        return Check("nmap", "reduced", "not installed", why)
    said = _first_line([path, "--version"])
    return Check("nmap", "ok" if said else "reduced", said or f"{path} does not run", why)


def _browser() -> Check:
    path = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if not path:
        return Check("chromium", "reduced", "not installed", "Only our own tests need it: they open the report in it.")
    return Check("chromium", "ok", _first_line([path, "--version"]) or path)


def _first_line(arguments: list[str]) -> str:
    try:
        done = subprocess.run(arguments, capture_output=True, text=True, timeout=20, check=True)  # noqa: S603  # ours
    except (OSError, subprocess.SubprocessError):
        return ""
    lines = done.stdout.strip().splitlines()
    return lines[0].strip() if lines else ""


def _loopback(can_bind: Callable[[str], bool] | None = None) -> Check:
    works = (can_bind or _can_bind)("127.0.0.2")
    why = "The demo and the lab need more loopback addresses; on macOS: sudo ifconfig lo0 alias 127.0.0.2 up"
    return Check("loopback", "ok" if works else "reduced", f"127.0.0.2 can{'' if works else 'not'} be used", why)


def _can_bind(address: str) -> bool:
    """Binding sends nothing and connects nowhere."""
    import socket

    with socket.socket() as listener:
        try:
            listener.bind((address, 0))
        except OSError:
            return False
    return True


def _extras() -> Check:
    there, absent = [], []
    for extra, package in EXTRAS.items():
        try:
            metadata.version(package)
            there.append(extra)
        except metadata.PackageNotFoundError:
            absent.append(extra)
    if not absent:
        return Check("extras", "ok", ", ".join(there))
    text = f"{', '.join(absent)} not installed"
    names = ",".join(absent)
    return Check("extras", "ok", f"{text} (logins by {names} references: pip install 'camaudit[{names}]')")
