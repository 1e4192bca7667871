"""Who wants to hear every exchange with a device besides its evidence: a recording. Nothing here sends or decides."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from scanner.errors import NoAnswer


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """One question and what came: raw, with its secrets. ``silence`` is set where nothing usable came.

    ``protocol`` is http, rtsp, tls, banner, or a discovery protocol; ``data`` the body, the datagram or the banner,
    for tls the certificate (DER). ``asked`` is the body of the request, without headers.
    """

    protocol: str
    address: str
    port: int
    tls: bool = False
    method: str = ""
    path: str = ""
    asked: bytes = b""
    content_type: str = ""
    authorization: bytes = b""
    status: int = 0
    reason: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    data: bytes = b""
    complete: bool = True
    versions: tuple[str, ...] = ()
    silence: NoAnswer | None = None
    evidence: str = ""


class Tap(Protocol):
    """Called from the threads that ask; must not block."""

    def heard(self, one: Heard) -> None:
        """An exchange is over."""

    def kept(self, address: str, evidence: str) -> None:
        """The evidence of the last web exchange with this address."""
