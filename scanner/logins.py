"""Logins the operator gives: references to passwords, never passwords; which device gets which; what was refused.

``logins.toml`` holds ``[[login]]`` entries with optional ``range``, ``site`` and ``maker``, then ``user`` and
``password`` as ``env:NAME``, ``file:PATH``, ``keyring:SERVICE/USER``, ``vault:PATH#KEY`` or ``age:FILE``.
The most specific entry wins: a single address first, then the entry with more conditions, then the narrower
range, then site, then maker. References are read when the file is read, so that a bad one costs no packet.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scanner.addresses import Span, address_of, parse_span
from scanner.errors import ConfigError, Place
from scanner.model import Frozen
from scanner.refusals import RefusalMemory
from scanner.secret import Login, Secret
from scanner.strictfile import Located, convert, read_toml

__all__ = ["AGE_IDENTITY", "Login", "Logins", "RefusalMemory", "Secret", "read_reference", "secrets_of"]

AGE_IDENTITY = "CAMAUDIT_AGE_IDENTITY"
"""Names the file of the age identity (private key) that opens ``age:`` references."""

_ADVICE = "env:NAME, file:PATH, keyring:SERVICE/USER, vault:PATH#KEY or age:FILE"
_MAX_SECRET = 4096  # bytes in a password file


@dataclass(frozen=True)
class _Entry:
    """A login and when it applies; None and '' apply always."""

    login: Login
    span: Span | None = None
    site: str = ""
    maker: str = ""

    @property
    def rank(self) -> tuple[bool, int, int, bool, bool]:
        size = self.span.last - self.span.first if self.span else 1 << 128
        conditions = sum((self.span is not None, bool(self.site), bool(self.maker)))
        return (size == 0, conditions, -size, bool(self.site), bool(self.maker))

    def applies(self, version: int, number: int, site: str, maker: str) -> bool:
        if self.span and not (self.span.version == version and self.span.first <= number <= self.span.last):
            return False
        return (not self.site or self.site == site) and (not self.maker or self.maker == maker)


@dataclass(frozen=True)
class Logins:
    """All logins of an audit, most specific first."""

    entries: tuple[_Entry, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.entries)

    def for_device(self, address: str, site: str = "", maker: str = "") -> Login | None:
        """The login for a device, None when the operator gave none for it."""
        parsed = address_of(address)
        version, number = parsed.version, int(parsed)
        site, maker = site.casefold(), maker.casefold()
        return next((entry.login for entry in self.entries if entry.applies(version, number, site, maker)), None)

    @classmethod
    def none(cls) -> Logins:
        """No login at all: nothing is read behind a login."""
        return cls()

    @classmethod
    def single(cls, user: str, password: Secret, *, name: str = "--user", allow_basic: bool = False) -> Logins:
        """One login for every device."""
        if not user or not password:
            raise ConfigError("expected a user and a password that are not empty")
        return cls((_Entry(Login(user, password, name, allow_basic)),))

    @classmethod
    def from_file(cls, path: Path) -> Logins:
        """Read ``logins.toml``; raises ConfigError with file:line, and never with a value of the file in it."""
        check_mode(path, Place(path))
        located = read_toml(path)
        words = convert(located, (), _LoginsFile, path, hide_values=True)
        if not words.login:
            raise ConfigError("expected at least one [[login]], found none", Place(path))
        entries = [_entry(located, number, entry, Path(path)) for number, entry in enumerate(words.login)]
        seen: dict[Any, int] = {}
        for number, entry in enumerate(entries):
            when = (entry.span and entry.span[:3], entry.site, entry.maker)
            first = seen.setdefault(when, number)
            if first != number:
                raise ConfigError(
                    f"this login is for the same devices as the one on line {located.line('login', first)}",
                    located.place("login", number),
                )
        return cls(tuple(sorted(entries, key=lambda entry: entry.rank, reverse=True)))


class _LoginFile(Frozen, frozen=True):
    user: str
    password: str
    range: str = ""
    site: str = ""
    maker: str = ""
    allow_basic: bool = False


class _LoginsFile(Frozen, frozen=True):
    login: tuple[_LoginFile, ...] = ()


def _entry(located: Located, number: int, words: _LoginFile, path: Path) -> _Entry:
    span = None
    if words.range:
        try:
            span = parse_span(words.range)
        except ValueError as problem:
            raise ConfigError(str(problem), located.place("login", number, "range")) from None
    if not words.user:
        raise ConfigError("expected a user name, found an empty text", located.place("login", number, "user"))
    place = located.place("login", number, "password")
    password = read_reference(words.password, place, path.parent)
    login = Login(words.user, password, str(located.place("login", number)), words.allow_basic)
    return _Entry(login, span, words.site.casefold(), words.maker.casefold())


def check_mode(path: Path, place: Place) -> None:
    """Raise ConfigError when others than the owner can read or write a file with logins. POSIX only."""
    if os.name != "posix":
        return
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
    except OSError as problem:
        about = "" if str(place) == str(path) else f"{path} "
        raise ConfigError(f"{about}cannot be read: {problem.strerror}", place) from None
    if path.is_dir():
        raise ConfigError(f"expected a file, found the directory {path}", place)
    if mode & 0o077:
        raise ConfigError(f"expected mode 0600, found {mode:04o}: others can read it; run: chmod 600 {path}", place)


# -- references -------------------------------------------------------------------------------------


def read_reference(reference: str, place: Place, base: Path = Path()) -> Secret:
    """What a reference points to; ``base`` is where a relative path starts. Raises ConfigError at ``place``."""
    scheme, colon, rest = reference.partition(":")
    readers = {"env": _env, "file": _file, "keyring": _keyring, "vault": _vault, "age": _age}
    if not colon or scheme not in readers or not rest:
        raise ConfigError(
            f"expected a reference ({_ADVICE}), found something else: a password is never written into a file", place
        )
    secret = readers[scheme](rest, place, base)
    if not secret:
        raise ConfigError(f"{scheme}: expected a password there, found nothing", place)
    return secret


def _env(name: str, place: Place, _base: Path) -> Secret:
    value = os.environ.get(name)
    if value is None:
        raise ConfigError(f"the environment variable {name} is not set", place)
    return Secret(value)


def _bytes_of(name: str, place: Place, base: Path, limit: int) -> bytes:
    path = base / Path(name).expanduser()
    try:
        with path.open("rb") as file:
            data = file.read(limit + 1)
    except (OSError, ValueError) as problem:
        reason = getattr(problem, "strerror", None) or "not a file name"
        raise ConfigError(f"{path} cannot be read: {reason}", place) from None
    if len(data) > limit:
        raise ConfigError(f"expected a password in {path}, found more than {limit} bytes", place)
    return data


def _text_of(data: bytes, place: Place) -> Secret:
    try:
        return Secret(data.decode("utf-8").rstrip("\r\n"))
    except UnicodeDecodeError:
        raise ConfigError("expected a password in UTF-8, found other bytes", place) from None


def _file(name: str, place: Place, base: Path) -> Secret:
    data = _bytes_of(name, place, base, _MAX_SECRET)
    check_mode(base / Path(name).expanduser(), place)
    return _text_of(data, place)


def _missing(extra: str, place: Place) -> ConfigError:
    return ConfigError(f"{extra}: references need an optional part: pip install 'camaudit[{extra}]'", place)


def _keyring(name: str, place: Place, _base: Path) -> Secret:
    service, slash, user = name.rpartition("/")
    if not slash or not service or not user:
        raise ConfigError("expected keyring:SERVICE/USER", place)
    try:
        import keyring
        import keyring.errors
    except ImportError:
        raise _missing("keyring", place) from None
    try:
        value = keyring.get_password(service, user)
    except keyring.errors.KeyringError as problem:
        raise ConfigError(f"the keyring of this machine cannot be read ({type(problem).__name__})", place) from None
    if value is None:
        raise ConfigError(f"the keyring has no password for {user} of {service}", place)
    return Secret(value)


def _vault(name: str, place: Place, _base: Path) -> Secret:
    path, mark, key = name.rpartition("#")
    if not mark or not path or not key:
        raise ConfigError("expected vault:PATH#KEY", place)
    try:
        import hvac
        import hvac.exceptions
        import requests
    except ImportError:
        raise _missing("vault", place) from None
    if not os.environ.get("VAULT_ADDR"):
        raise ConfigError("vault: references need VAULT_ADDR (and VAULT_TOKEN) in the environment", place)
    try:
        answer = hvac.Client(timeout=10).read(path)
    except (hvac.exceptions.VaultError, requests.RequestException) as problem:
        raise ConfigError(f"the vault did not give {path} ({type(problem).__name__})", place) from None
    data = (answer or {}).get("data") or {}
    if isinstance(data.get("data"), dict) and "metadata" in data:  # version 2 of the key-value engine
        data = data["data"]
    if key not in data:
        raise ConfigError(f"the vault has no key {key} at {path}", place)
    return Secret(str(data[key]))


def _age(name: str, place: Place, base: Path) -> Secret:
    try:
        import pyrage
    except ImportError:
        raise _missing("age", place) from None
    identity_file = os.environ.get(AGE_IDENTITY)
    if not identity_file:
        raise ConfigError(f"age: references need {AGE_IDENTITY}, the file of your age identity", place)
    check_mode(Path(identity_file).expanduser(), place)
    keys = _bytes_of(identity_file, place, Path(), 1 << 16).decode("utf-8", "replace").split()
    try:
        identities = [pyrage.x25519.Identity.from_str(key) for key in keys if key.startswith("AGE-SECRET-KEY-")]
        opened = pyrage.decrypt(_bytes_of(name, place, base, 1 << 16), identities)
    except (pyrage.DecryptError, pyrage.IdentityError) as problem:
        raise ConfigError(f"{name} cannot be opened with this identity ({type(problem).__name__})", place) from None
    return _text_of(opened, place)


def secrets_of(logins: Logins) -> Iterable[Secret]:
    """Every password of an audit, for the redaction of logs and evidence."""
    return (entry.login.password for entry in logins.entries)
