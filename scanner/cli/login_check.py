"""``camaudit doctor --login``: whether one login works on one device, as whom, and what stays unknown with it.

It is a scan of one address in everything that matters to the device: authorisation, hours, pace, the memory of refused
logins and one attempt. What was seen is thrown away afterwards unless a directory is named.
"""

from __future__ import annotations

import tempfile
import textwrap
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from rich.console import Console

from reports.view.words import clean
from scanner.cli.audit import INVENTORY, collect, make_room, pace_of
from scanner.cli.inputs import ScanInputs, build_inputs
from scanner.cli.logs import configure_logging
from scanner.cli.progress import watcher
from scanner.drivers import load_drivers
from scanner.drivers.base import needs_of
from scanner.errors import ConfigError, Place, TargetError
from scanner.facts import DEVICE_FACTS
from scanner.logins import Logins, read_reference
from scanner.model import COLUMNS, Device, Known, Silence, Unseen

if TYPE_CHECKING:
    from scanner.model import LoginState

WIDTH, HEAD = 80, 12
_BY_LOGIN: frozenset[Silence] = frozenset({"no-login", "login-refused", "login-locked", "forbidden", "insecure-login"})
"""Reasons that another account could take away."""
_SAYS: dict[LoginState, str] = {
    "accepted": "accepted",
    "not-needed": "not needed: the device gave its settings to nobody in particular",
    "none-given": "none was given for this device",
    "refused": "REFUSED. It was tried once and will not be sent again until it changes",
    "remembered-refusal": "NOT TRIED. It was refused here before, and has not changed since",
    "locked": "NOT TRIED TO THE END. The device says that the account or our address is locked",
    "untried": "not asked for: no interface that takes it was read",
}


def inputs_of(
    reference: str, host: str, given: Mapping[str, Any], *, today: Any, stdin: TextIO, environ: Mapping[str, str] | None
) -> ScanInputs:
    """The inputs of a scan of one host with one login.

    ``reference`` is a file of logins, or with ``--user`` a reference to a password as such a file has it.
    """
    scan = {**given, "targets": (host,)}
    user = scan.pop("user", None)
    allow_basic = bool(scan.pop("allow_basic", False))
    logins: Logins | None = None
    if user:
        secret = read_reference(reference, Place("--login"))
        logins = Logins.single(user, secret, name="--login", allow_basic=allow_basic)
    elif allow_basic:
        raise ConfigError("--allow-basic belongs to --user NAME, which was not given")
    else:
        if not Path(reference).is_file():
            raise ConfigError(
                "expected a file of logins, or with --user NAME a reference such as env:NAME or file:PATH; found "
                f"{reference!r}",
                Place("--login"),
            )
        scan["logins"] = Path(reference)
    inputs = build_inputs(scan, today=today, stdin=stdin, environ=environ)
    if inputs.count != 1:
        raise TargetError(f"expected one host, found {inputs.count} addresses", Place(host))
    return inputs if logins is None else replace(inputs, logins=logins)


def try_login(inputs: ScanInputs, *, now: Callable[[], datetime], state: Path | None = None) -> Device | None:
    """Read the one device of ``inputs``; None when nothing answered there."""
    from scanner.history import Store

    configure_logging(inputs.settings, inputs.logins)
    with tempfile.TemporaryDirectory(prefix="camaudit-") as scratch:
        directory = inputs.output or Path(scratch) / "doctor"
        make_room(directory)
        errors = Console(stderr=True, no_color=not inputs.settings.color, highlight=False)
        with watcher(errors, quiet=True, no_progress=True) as observer:
            collect(inputs, directory, observer, now, pace_of(inputs).window_seconds, state, quiet=True)
        with Store.open(directory / INVENTORY) as store:
            seen = [device for device in store.load().devices if not device.seen_through]
    return seen[0] if seen else None


def works(device: Device | None) -> bool:
    """True when the settings of a camera or recorder were read with the login, or without any."""
    return device is not None and device.identity.is_camera is True and device.login in ("accepted", "not-needed")


def lines_of(device: Device | None, host: str) -> Iterator[str]:
    """What the operator is told, in at most 80 columns."""
    if device is None:
        yield from _line("host", f"{host}: nothing answered")
        return
    identity = device.identity
    name = " ".join(word for word in (identity.maker or identity.brand, identity.model) if word)
    firmware = f", {identity.firmware.version}" if identity.firmware else ""
    yield from _line("host", f"{device.address}, {name or 'nobody we can tell'}{firmware}")
    if identity.is_camera is not True:
        yield from _line("login", "not tried: this is no camera or recorder, as far as can be told")
        return
    yield from _line("login", _SAYS[device.login])
    role = device.facts.get("login.role")
    said = f"{role.value}, the device says" if isinstance(role, Known) else "the device did not say"
    yield from _line("role", said)
    drivers = load_drivers()
    for reader in device.read_by or tuple(drivers):
        if reader in drivers:
            yield from _line("needs", needs_of(drivers[reader]))
    yield from _unknown_facts(device)
    yield from _unknown_functions(device)


def _unknown_facts(device: Device) -> Iterator[str]:
    facts = {key: fact for key, fact in device.facts.items() if key in DEVICE_FACTS}
    lost: dict[Silence, list[str]] = defaultdict(list)
    for key, fact in facts.items():
        if isinstance(fact, Unseen):
            lost[fact.why].append(key)
    known = len(facts) - sum(map(len, lost.values()))
    yield from _line("settings", f"{known} known, {len(facts) - known} not")
    yield from _reasons(lost)


def _unknown_functions(device: Device) -> Iterator[str]:
    lost: dict[Silence, list[str]] = defaultdict(list)
    for row in device.features:
        if row.enabled == "unknown":
            lost[row.why.get("enabled", "no-reader")].append(row.feature)
    read = sum(any(getattr(row, column) != "unknown" for column in COLUMNS) for row in device.features)
    yield from _line("functions", f"{read} of {len(device.features)} read; whether on is unknown of:")
    yield from _reasons(lost)


def _reasons(lost: Mapping[Silence, list[str]]) -> Iterator[str]:
    """What another account could read stands first and is marked."""
    for why in sorted(lost, key=lambda why: (why not in _BY_LOGIN, why)):
        mark = "another account may: " if why in _BY_LOGIN else ""
        yield from _line("", f"{mark}{why}: {', '.join(dict.fromkeys(sorted(lost[why])))}")


def _line(head: str, text: str) -> list[str]:
    return textwrap.wrap(
        clean(text, 10_000), WIDTH, initial_indent=f"{head:<{HEAD}} ", subsequent_indent=" " * (HEAD + 1),
        break_on_hyphens=False,
    )  # fmt: skip
