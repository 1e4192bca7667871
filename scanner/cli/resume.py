"""What an audit was asked to do, kept beside it, so that ``camaudit scan --resume AUDIT`` can take it up again.

``request.json`` holds the options as they were given and the addresses as they were understood, never a secret: a
password that was asked for is asked for again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from scanner.addresses import as_text, is_host_name
from scanner.errors import InputError, Place
from scanner.model import Frozen
from scanner.targets import Wanted, parse_target

REQUEST = "request.json"

ANEW = frozenset({
    "logins", "user", "password_stdin", "allow_basic", "pace", "rate", "per_host", "timeout", "host_timeout", "hours",
    "concurrency", "fail_on", "min_coverage", "quiet", "verbose", "log_level", "log_format", "log_file", "no_color",
    "no_progress",
})  # fmt: skip
"""Options that may be given again with ``--resume``; what is audited, and by whose leave, stays as it was."""

_FROM_TARGETS = ("targets", "targets_files", "exclude", "exclude_files")
_SECOND_HAND = ("from", "resume", "output", "dry_run", "password_stdin")


class _Asked(Frozen, frozen=True):
    """One target; ``address`` is what a host name meant, ``ports`` are the doors a file knew."""

    text: str
    address: str = ""
    site: str = ""
    ports: tuple[int, ...] = ()


class Request(Frozen, frozen=True):
    """``given`` are the options by name; ``here`` the directory that relative paths in them start from."""

    given: dict[str, Any]
    targets: tuple[_Asked, ...]
    here: str

    def wanted(self) -> list[Wanted]:
        """The targets, host names with the address they had."""
        return [
            Wanted(one.text, parse_target(one.address or one.text).span, None, one.site, one.ports)
            for one in self.targets
        ]


def save_request(directory: Path, given: Mapping[str, Any], wanted: Iterable[Wanted]) -> None:
    """Write the request of an audit, whole or not at all."""
    asked = tuple(
        _Asked(
            one.text, as_text(one.span.version, one.span.first) if is_host_name(one.text) else "", one.site, one.ports
        )
        for one in wanted
        if one.span is not None
    )
    plain = {key: _plain(value) for key, value in given.items() if value not in (None, (), False, 0)}
    kept = {key: value for key, value in plain.items() if key not in (*_FROM_TARGETS[:2], *_SECOND_HAND)}
    request = Request(kept, asked, str(Path.cwd()))
    draft = directory / f".{REQUEST}.draft"
    draft.touch(mode=0o600)
    draft.write_bytes(msgspec.json.format(msgspec.json.encode(request), indent=1))
    draft.replace(directory / REQUEST)


def load_request(directory: Path, given: Mapping[str, Any]) -> tuple[dict[str, Any], list[Wanted]]:
    """The options of the audit in ``directory`` with what was given anew over them, and its targets.

    Raises InputError where there is no such audit, or where an option would make it another audit.
    """
    refused = sorted(
        key for key, value in given.items() if value not in (None, (), False, 0, directory) and key not in ANEW
    )
    if refused:
        option = "TARGETS" if refused[0] == "targets" else "--" + refused[0].replace("_", "-")
        raise InputError(f"--resume goes on with the audit as it was asked for: leave out {option}")
    path = directory / REQUEST
    try:
        request = msgspec.json.decode(path.read_bytes(), type=Request)
        wanted = request.wanted()
    except OSError as problem:
        raise InputError(f"expected an audit to go on with: {problem.strerror}", Place(path)) from None
    except (msgspec.DecodeError, ValueError) as problem:
        raise InputError(f"expected the request of an audit, found: {problem}", Place(path)) from None
    here = Path(request.here)
    options = {key: _from_plain(key, value, here) for key, value in request.given.items()}
    anew = {key: value for key, value in given.items() if value not in (None, (), False, 0)}
    if anew.keys() & {"logins", "user"}:
        options = {key: value for key, value in options.items() if key not in ("logins", "user", "allow_basic")}
    return options | anew, wanted


_PATHS = frozenset({"register", "scope_file", "estate", "logins", "waivers", "config", "log_file", "exclude_files"})


def _plain(value: Any) -> Any:
    if isinstance(value, Path):
        return str(value)
    return [_plain(one) for one in value] if isinstance(value, tuple | list) else value


def _from_plain(key: str, value: Any, here: Path) -> Any:
    if key in _PATHS:
        return tuple(here / one for one in value) if isinstance(value, list) else here / value
    return tuple(value) if isinstance(value, list) else value
