"""What comes back through the door: replies as values, with the id of their evidence."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from lxml import etree

from scanner.errors import NoAnswer
from scanner.model import LoginState, Silence
from scanner.net.limits import Limits, decode_text, parse_json, parse_xml

_LOGIN_SILENCE: dict[LoginState, Silence] = {
    "accepted": "forbidden",  # this login works elsewhere on the device, so it lacks the right to this part
    "refused": "login-refused",
    "remembered-refusal": "login-refused",
    "locked": "login-locked",
}
_NO_SUCH_PAGE = frozenset({404, 405, 410, 501})


def silence_of_status(status: int, login: LoginState) -> Silence | None:
    """Why a reply with this HTTP status says nothing; None for 2xx."""
    if 200 <= status < 300:
        return None
    if status == 401:
        return _LOGIN_SILENCE.get(login, "no-login")
    if status == 403:
        return "login-locked" if login == "locked" else "forbidden"
    return "no-such-page" if status in _NO_SUCH_PAGE else "malformed"


@dataclass(frozen=True, slots=True)
class Reply:
    """One HTTP reply. ``body`` is unpacked and bounded; header values hold no control characters.

    ``login`` is the state of the login after this call; ``sent_login`` says whether this very reply was to a
    request with credentials. ``complete`` is False when the device hung up before the length it had promised.
    """

    status: int
    headers: list[tuple[str, str]]
    body: bytes
    evidence: str
    seen_at: datetime
    url: str
    login: LoginState = "untried"
    sent_login: bool = False
    complete: bool = True
    limits: Limits = field(default_factory=Limits, repr=False)

    def header(self, name: str) -> str | None:
        """First value of a header; names are not case-sensitive."""
        return next(iter(self.headers_all(name)), None)

    def headers_all(self, name: str) -> list[str]:
        """All values of a header, in order."""
        return [value for key, value in self.headers if key.lower() == name.lower()]

    def text(self) -> str:
        """The body as text without control characters."""
        found = re.search(r"charset=[\"']?([\w-]{1,40})", self.header("content-type") or "", re.IGNORECASE)
        return decode_text(self.body, found[1] if found else "")

    def xml(self) -> etree._Element:
        """The body as XML; NoAnswer ``malformed`` or ``closed-early``."""
        self._hold_complete()
        return parse_xml(self.body, self.limits)

    def json(self) -> Any:
        """The body as JSON; NoAnswer ``malformed`` or ``closed-early``."""
        self._hold_complete()
        return parse_json(self.body, self.limits)

    def require_ok(self) -> Reply:
        """This reply when it is a whole 2xx one; else NoAnswer with the reason."""
        why = silence_of_status(self.status, self.login)
        if why is not None:
            raise NoAnswer(why, f"HTTP status {self.status}")
        self._hold_complete()
        return self

    def _hold_complete(self) -> None:
        if not self.complete:
            raise NoAnswer("closed-early", f"the device hung up after {len(self.body)} bytes of the body")


@dataclass(frozen=True, slots=True)
class SoapFault:
    """A SOAP fault, local names without prefix: ``Sender``, ``NotAuthorized``. ``subcode`` is the innermost one."""

    code: str
    subcode: str
    reason: str

    @property
    def is_login(self) -> bool:
        """True when the device says that the call needs another login, or one at all."""
        said = f"{self.subcode} {self.reason}".lower().replace(" ", "")
        return any(
            word in said
            for word in ("notauthorized", "failedauthentication", "unauthorized", "authorityfailure", "invalidsecurity")
        )


@dataclass(frozen=True, slots=True)
class SoapReply:
    """One SOAP answer. ``body`` is the first child of Body (None for a fault or no SOAP at all)."""

    status: int
    body: etree._Element | None
    fault: SoapFault | None
    evidence: str
    seen_at: datetime
    login: LoginState = "untried"
    sent_login: bool = False

    def require_ok(self) -> etree._Element:
        """The answer element; NoAnswer with the reason when the device gave a fault or another status."""
        if self.fault is not None:
            raise NoAnswer(self._fault_silence(self.fault), f"SOAP fault {self.fault.subcode or self.fault.code}")
        if self.body is None:
            raise NoAnswer(silence_of_status(self.status, self.login) or "malformed", f"HTTP status {self.status}")
        return self.body

    def _fault_silence(self, fault: SoapFault) -> Silence:
        if fault.is_login or self.status == 401:
            return silence_of_status(401, self.login) or "no-login"
        named = f"{fault.subcode} {fault.reason}".lower().replace(" ", "")
        missing = ("notsupported", "notimplemented", "noservice", "unknownaction", "optionalaction", "methodnotfound")
        return "no-such-page" if any(word in named for word in missing) else "malformed"


@dataclass(frozen=True, slots=True)
class RtspReply:
    """One RTSP reply; header names in lower case."""

    method: str
    status: int
    headers: dict[str, list[str]]
    body: bytes
    evidence: str

    def text(self) -> str:
        """The body (SDP) without control characters."""
        return decode_text(self.body)


@dataclass(frozen=True, slots=True)
class TlsFacts:
    """What TLS handshakes showed. Names are RFC 4514 texts; ``versions`` those the device accepted, as ``TLSv1.2``.

    Certificate fields are empty when the certificate cannot be read (``problem`` says why).
    """

    versions: tuple[str, ...]
    sha256: str
    evidence: str
    subject: str = ""
    issuer: str = ""
    serial: str = ""
    not_before: date | None = None
    not_after: date | None = None
    self_signed: bool | None = None
    key_bits: int = 0
    problem: str = ""

    @property
    def legacy(self) -> bool:
        """True when the device accepted TLS 1.0 or 1.1."""
        return any(version in ("SSLv3", "TLSv1", "TLSv1.1") for version in self.versions)


@dataclass(frozen=True, slots=True)
class Banner:
    """What a device said first on a connection on which we said nothing; ``data`` is empty when it waited for us."""

    data: bytes
    evidence: str

    def text(self) -> str:
        """Without control characters."""
        return decode_text(self.data)


@dataclass(frozen=True, slots=True)
class DatagramReply:
    """One datagram a device sent back."""

    address: str
    port: int
    data: bytes
    seen_at: datetime
    evidence: str
    protocol: str
