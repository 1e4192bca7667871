"""The shape of a recording file; docs/recordings.md says it in words. Reading is strict, each mistake is one line."""

from __future__ import annotations

import base64
import binascii
from datetime import date, datetime
from pathlib import Path
from typing import Any, Literal

import msgspec

from scanner.errors import ConfigError, Place
from scanner.model import Endpoint, Frozen

VERSION = 1
"""Raised when an older camaudit could not read the file any more."""

MOST_BYTES = 64 * 1024 * 1024


class Certificate(Frozen, frozen=True, kw_only=True, omit_defaults=True):
    """What is kept of a certificate: names (RFC 4514), days and the size of its key, never the key."""

    subject: str = ""
    issuer: str = ""
    not_before: date | None = None
    not_after: date | None = None
    self_signed: bool | None = None
    key_bits: int = 0
    problem: str = ""


class Exchange(Frozen, frozen=True, kw_only=True, omit_defaults=True):
    """One question and its reply, or why none came (``silence``, a word of ``scanner.model.Silence``).

    ``protocol`` is http, rtsp, tls, banner, or the name of a discovery protocol (then ``port`` is its UDP port).
    ``operation`` is the SOAP operation or the ``method`` of a JSON body; ``asks`` the rest of the body in a form
    that is equal for equal questions. ``login`` says how this very request logged in. The body of the reply stands in
    ``text``, or in ``data`` (base64) where it is no UTF-8. ``clock``: when a reply came that tells the
    time of the device; its times are moved along when it is served.
    """

    protocol: str
    port: int
    tls: bool = False
    method: str = ""
    path: str = ""
    operation: str = ""
    asks: str = ""
    content_type: str = ""
    login: Literal["", "digest", "basic", "token"] = ""
    status: int = 0
    reason: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    text: str = ""
    data: str = ""
    complete: bool = True
    silence: str = ""
    detail: str = ""
    clock: datetime | None = None
    versions: tuple[str, ...] = ()
    certificate: Certificate | None = None

    def body(self) -> bytes:
        """The bytes of the reply."""
        return base64.b64decode(self.data) if self.data else self.text.encode()


class Recording(Frozen, frozen=True, kw_only=True):
    """What one device said to one audit, in order. ``address`` stands for its own address everywhere in it, and
    ``account`` for the user name of the login.

    ``concluded`` is what camaudit made of it, in the words of ``scanner.model.Device``; an evidence id there is ``#``
    and the number of the exchange. ``replaced`` counts the values that were replaced, by kind.
    """

    format: Literal["camaudit-recording"] = "camaudit-recording"
    version: int = VERSION
    tool: str
    recorded_at: datetime
    address: str
    account: str = ""
    endpoints: tuple[Endpoint, ...] = ()
    exchanges: tuple[Exchange, ...] = ()
    concluded: dict[str, Any] = msgspec.field(default_factory=dict)
    replaced: dict[str, int] = msgspec.field(default_factory=dict)

    def to_json(self) -> bytes:
        """The file: indented, so that a person can look through it."""
        return msgspec.json.format(msgspec.json.encode(self), indent=1) + b"\n"


def as_text(data: bytes) -> tuple[str, str]:
    """(text, base64): one of the two is empty."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return "", base64.b64encode(data).decode("ascii")
    readable = "\0" not in text and "\r" not in text.replace("\r\n", "")
    return (text, "") if readable else ("", base64.b64encode(data).decode("ascii"))


class _Head(msgspec.Struct):
    format: str = ""
    version: int = 0


def load_recording(path: Path) -> Recording:
    """Read a recording; ConfigError for a file that is none, or of a newer version."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise ConfigError(f"expected at most {MOST_BYTES:,} bytes, found {path.stat().st_size:,}", Place(path))
        data = path.read_bytes()
    except OSError as problem:
        raise ConfigError(f"cannot be read: {problem.strerror}", Place(path)) from None
    return read_recording(data, Place(path))


def read_recording(data: bytes, place: Place | None = None) -> Recording:
    """The recording in the bytes of a file; ConfigError at ``place``."""
    try:
        head = msgspec.json.decode(data, type=_Head)
        if head.format != "camaudit-recording":
            raise ConfigError("expected a recording made by camaudit record, found other JSON", place)
        if head.version != VERSION:
            raise ConfigError(f"expected a recording of version {VERSION}, found version {head.version}", place)
        recording = msgspec.json.decode(data, type=Recording)
        for exchange in recording.exchanges:
            exchange.body()
    except (msgspec.MsgspecError, UnicodeDecodeError, binascii.Error) as problem:
        raise ConfigError(f"expected a recording: {problem}", place) from None
    return recording
