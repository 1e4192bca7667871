"""Settings of camaudit, from five places: flag, ``CAMAUDIT_*``, ``--config``, ``./camaudit.toml``, the user's own file.

Earlier places win, key by key. Nothing in here says what may be audited: that is the scope's business.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias, get_args

import msgspec

from scanner.errors import ConfigError, Place
from scanner.model import Frozen
from scanner.strictfile import Located, convert, read_toml

FILE_NAME = "camaudit.toml"
ENV_PREFIX = "CAMAUDIT_"

Port: TypeAlias = Annotated[int, msgspec.Meta(ge=1, le=65535)]
Rate: TypeAlias = Annotated[float, msgspec.Meta(gt=0, le=1_000_000)]
Seconds: TypeAlias = Annotated[float, msgspec.Meta(gt=0, le=86_400)]
Percent: TypeAlias = Annotated[float, msgspec.Meta(ge=0, le=100)]
PaceName: TypeAlias = Literal["polite", "normal", "fast"]
Severity: TypeAlias = Literal["critical", "high", "medium", "low", "info"]
LogLevel: TypeAlias = Literal["debug", "info", "warning", "error"]

PACES: tuple[str, ...] = get_args(PaceName)
SEVERITIES: tuple[str, ...] = get_args(Severity)


class Settings(Frozen, frozen=True, kw_only=True):
    """How an audit runs. None means that the preset of the pace, or the stage itself, decides.

    Rates are packets per second (in total, and per device); timeouts are seconds; ``min_coverage`` is percent.
    Paths stand as text; one from a file starts at the directory of that file.
    """

    pace: PaceName = "polite"
    rate: Rate | None = None
    per_host: Rate | None = None
    concurrency: Annotated[int, msgspec.Meta(ge=1, le=512)] = 64
    timeout: Seconds | None = None
    host_timeout: Seconds | None = None
    ports: tuple[Port, ...] = ()
    ports_by: Literal["connect", "nmap"] = "connect"
    hours: tuple[str, ...] = ()
    services: bool = False
    probes: tuple[str, ...] = ()
    local: tuple[str, ...] = ()
    max_targets: Annotated[int, msgspec.Meta(ge=1)] = 1 << 20
    packs: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    severity: Severity | None = None
    fail_on: Severity | Literal["never"] = "never"
    min_coverage: Percent = 0
    formats: tuple[str, ...] = ()
    output: str = ""
    scope_file: str = ""
    logins: str = ""
    estate: str = ""
    waivers: str = ""
    log_level: LogLevel = "warning"
    log_format: Literal["text", "json"] = "text"
    log_file: str = ""
    color: bool = True
    progress: bool = True


KEYS: tuple[str, ...] = Settings.__struct_fields__
_PATHS = ("output", "scope_file", "logins", "estate", "waivers", "log_file")
_LISTS = ("ports", "packs", "rules", "tags", "formats", "probes", "local")
_TRUTH = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}


@dataclass(frozen=True)
class Config:
    """The settings, and for each key that somebody set, where: for messages of whoever finds it wrong later."""

    settings: Settings
    places: dict[str, Place] = field(default_factory=dict)

    def where(self, key: str) -> Place | None:
        """Where ``key`` was set; None for a default."""
        return self.places.get(key)


def user_file() -> Path:
    """The settings file of this user."""
    import platformdirs

    return Path(platformdirs.user_config_dir("camaudit", appauthor=False)) / FILE_NAME


def load(
    flags: Mapping[str, Any] | None = None,
    *,
    environ: Mapping[str, str] | None = None,
    config: Path | None = None,
    here: Path | None = None,
    user: Path | None = None,
) -> Config:
    """Read all places; raises ConfigError with file:line, or with the name of the flag or variable.

    ``flags`` holds only what was given (None and empty values are not). ``config`` must exist; ``here`` (the
    directory of ``camaudit.toml``, default: the current one) and ``user`` (default: ``user_file()``) may lack it.
    """
    values: dict[str, Any] = {}
    places: dict[str, Place] = {}
    near = (Path() if here is None else here) / FILE_NAME
    optional = [user_file() if user is None else user, near]
    files = [path for path in optional if path.is_file()] + ([config] if config else [])
    for path in files:
        values |= _from_file(path, places)
    values |= _from_environment(os.environ if environ is None else environ, places)
    for key, value in (flags or {}).items():
        if value is not None and value != ():
            values[key] = _checked(key, value, Place(_flag(key)))
            places[key] = Place(_flag(key))
    return Config(msgspec.convert(values, Settings), places)


_FLAGS = {
    "packs": "--pack",
    "rules": "--rule",
    "tags": "--tag",
    "formats": "--format",
    "probes": "--probe",
}  # repeatable, so in the singular


def _flag(key: str) -> str:
    return _FLAGS.get(key, "--" + key.replace("_", "-"))


def _from_file(path: Path, places: dict[str, Place]) -> dict[str, Any]:
    located = read_toml(path)
    convert(located, (), Settings, path)
    for key, value in located.value.items():
        places[key] = located.place(key)
        if key in _PATHS and value:
            located.value[key] = str(path.parent / Path(value).expanduser())
    _refuse_repeats(located)
    return dict(located.value)


def _refuse_repeats(located: Located) -> None:
    for key in _LISTS:
        values = located.value.get(key, ())
        for number, value in enumerate(values):
            if value in values[:number]:
                raise ConfigError(f"{value!r} is in the list twice", located.place(key, number))


def _from_environment(environ: Mapping[str, str], places: dict[str, Place]) -> dict[str, Any]:
    """Lists are separated by commas; true/false, yes/no, on/off, 1/0 for switches. Other variables are not ours."""
    values: dict[str, Any] = {}
    for key in KEYS:
        name = ENV_PREFIX + key.upper()
        text = environ.get(name, "").strip()
        if text:
            places[key] = Place(name)
            values[key] = _checked(key, _read(key, text), places[key])
    return values


def _read(key: str, text: str) -> Any:
    if key == "hours":  # a comma stands within them
        return [part.strip() for part in text.split(";") if part.strip()]
    if key in _LISTS:
        parts = [part.strip() for part in text.split(",") if part.strip()]
        return [_number(part) for part in parts] if key == "ports" else parts
    default = getattr(Settings(), key)
    if isinstance(default, bool):
        return _TRUTH.get(text.casefold(), text)
    return text if isinstance(default, str) else _number(text)


def _number(text: str) -> Any:
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def _checked(key: str, value: Any, place: Place) -> Any:
    plain = list(value) if isinstance(value, tuple) else str(value) if isinstance(value, os.PathLike) else value
    try:
        convert(Located({key: plain}, str(place)), (), Settings)
    except ConfigError as problem:
        raise ConfigError(problem.message, place) from None
    return plain


def parse_ports(text: str) -> tuple[int, ...]:
    """``80,443,8000-8010`` as ports, in order, each once; raises ValueError with one sentence."""
    ports: dict[int, None] = {}
    for part in text.split(","):
        first, dash, last = part.strip().partition("-")
        if (
            not part.isascii()
            or not first.isdecimal()
            or (dash and not last.isdecimal())
            or len(first) > 5
            or len(last) > 5
        ):
            raise ValueError(f"expected ports such as 80,443,8000-8010, found {part.strip()!r}")
        low, high = int(first), int(last or first)
        if not 1 <= low <= 65535 or not 1 <= high <= 65535:
            raise ValueError(f"expected ports from 1 to 65535, found {part.strip()}")
        if high < low:
            raise ValueError(f"the port range {part.strip()} is reversed")
        ports |= dict.fromkeys(range(low, high + 1))
    return tuple(ports)


def expand_names(names: Sequence[str]) -> tuple[str, ...]:
    """``("html,json", "csv")`` as ``("html", "json", "csv")``, each once."""
    return tuple(dict.fromkeys(part.strip() for name in names for part in name.split(",") if part.strip()))
