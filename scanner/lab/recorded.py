"""A virtual device made of a recording: it answers what was asked of the recorded one as that one did.

The login is the lab's own, asked for as the device asked; its address and ports are put in the place of the recorded
ones, and the times of replies that tell the clock move along. What was not asked then is not there: 404.
"""

from __future__ import annotations

import re
import ssl
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from ipaddress import IPv4Address
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scanner.evidence.redaction import without_secrets_text
from scanner.lab.certificates import recorded_context
from scanner.lab.gate import Verdict
from scanner.lab.recorded_words import echoed, moved, with_a_token
from scanner.lab.rtsp import note_rejection
from scanner.lab.saying import Saying
from scanner.lab.wire import Answer, Request
from scanner.lab.words import DATAGRAM_PORTS, FINDER_PORTS, SERVICE_PORTS, Personality
from scanner.recordings import Exchange, Recording, load_recording
from scanner.recordings.datagrams import measured
from scanner.recordings.questions import question_of

if TYPE_CHECKING:
    from scanner.lab.device import LabDevice

NOTHING = 0
"""The status of no answer at all: the body says ``silent``, or the connection is closed at once."""

_ANSWERS_TO = {"hanwha": 7711, "bosch": 1758, "ipro": 10669, "tvt": 23456, "xiongmai": 34569, "reolink": 3000}
"""Finders whose answers come to a port of their own (docs/sources.md I6.3)."""
_HIGH = {
    real: SERVICE_PORTS["high"][name] for name, real in SERVICE_PORTS["real"].items() if name in SERVICE_PORTS["high"]
}
_LOWEST_FREE = 1024
_MOVED_BY = 10_000
_SILENT = frozenset({"silent", "too-slow"})
_READS = re.compile(r"(?i)(?:get|list|query|search)")
_TOLD_PORT = re.compile(r"(\w{0,20}Port(?:>|\"\s{0,4}:\s{0,4}))(\d{1,5})\b")


@dataclass
class Replayed:
    """What one recording says. ``serving()`` makes the personality of a lab device that says it."""

    recording: Recording
    ports: dict[int, int] = field(default_factory=dict)  # recorded -> served
    _rows: dict[tuple[str, ...], list[Exchange]] = field(default_factory=lambda: defaultdict(list))
    _asked: dict[tuple[Any, ...], int] = field(default_factory=lambda: defaultdict(int))

    def __post_init__(self) -> None:
        for one in self.recording.exchanges:
            for key in _keys(one.protocol, one.method, one.path, one.operation, one.asks):
                self._rows[key].append(one)

    @property
    def account(self) -> str:
        """The user of the login it was recorded with."""
        return self.recording.account

    # -- doors -------------------------------------------------------------------------------------------

    def doors(self, ports: str) -> dict[str, int]:
        """Service -> port to listen on; a second port of a service is called ``http#8000``."""
        services = {one.port: "quiet" for one in self.recording.endpoints if one.transport == "tcp"}
        for one in self.recording.exchanges:
            if one.protocol == "rtsp":
                services[one.port] = "rtsp"
            elif one.protocol in ("http", "tls"):
                services[one.port] = "https" if one.tls else "http"
            elif one.protocol == "banner":
                services.setdefault(one.port, "quiet")
        found: dict[str, int] = {}
        for port, service in services.items():
            self.ports[port] = served_port(port) if ports == "high" else port
            found[f"{service}#{port}" if service in found or service == "quiet" else service] = self.ports[port]
        return found

    def certificate(self) -> ssl.SSLContext | None:
        """The TLS context of the first certificate that was recorded."""
        for one in self.recording.exchanges:
            if one.certificate is not None:
                legacy = any(version in ("TLSv1", "TLSv1.1") for version in one.versions)
                return recorded_context(one.certificate, legacy=legacy)
        return None

    # -- HTTP --------------------------------------------------------------------------------------------

    def reads(self, request: Request) -> bool:
        """A POST that was recorded, or whose method is named like a read."""
        operation, asks = question_of(request.body)
        return bool(self._of("http", request.method, request.target, operation, asks)) or bool(_READS.match(operation))

    def respond(self, device: LabDevice, request: Request) -> Answer:
        """The recorded answer to this question, behind the login where the device wanted one."""
        operation, asks = question_of(request.body)
        rows = self._of("http", request.method, request.target, operation, asks)
        rows = [one for one in rows if self.ports.get(one.port) == request.port] or rows
        verdict = _login(device, request, self._realm(request.port))
        if verdict in ("rejected", "locked"):
            note_rejection(device, request.port, f"{request.method} {request.path}")
        if verdict == "accepted":
            rows = [one for one in rows if one.login] or [one for one in rows if one.status != 401]
        else:
            behind = [one for one in rows if one.login]
            rows = [one for one in rows if not one.login]
            if (behind and not rows) or verdict != "missing":
                return self._refusal(device, request.port, verdict)
        if not rows:
            return Answer(404, b"404 Not Found", "text/plain")
        return self._answer(device, self._next(rows, verdict), request)

    def _answer(self, device: LabDevice, one: Exchange, request: Request) -> Answer:
        if one.silence:
            return Answer(NOTHING, b"silent" if one.silence in _SILENT else b"")
        headers = [(name, self._here(device, value)) for name, value in one.headers]
        if one.status == 401:
            headers = self._challenged(device, headers, request.port, "missing")
        kind = next((value for name, value in headers if name.lower() == "content-type"), "")
        rest = tuple((name, value) for name, value in headers if name.lower() != "content-type")
        return Answer(one.status, self._body(device, one), kind, rest, one.reason)

    def _refusal(self, device: LabDevice, port: int, verdict: Verdict) -> Answer:
        """The 401 that was recorded at this door, or a plain one."""
        rows = [one for one in self.recording.exchanges if one.protocol == "http" and one.status == 401]
        rows = [one for one in rows if self.ports.get(one.port) == port] or rows
        if not rows:
            values = device.gate.challenges(device.realm, stale=verdict == "stale")
            return Answer(401, b"", "text/plain", tuple(("WWW-Authenticate", value) for value in values))
        headers = [(name, self._here(device, value)) for name, value in rows[0].headers]
        kind = next((value for name, value in headers if name.lower() == "content-type"), "")
        rest = [(name, value) for name, value in headers if name.lower() != "content-type"]
        return Answer(
            401, self._body(device, rows[0]), kind, tuple(self._challenged(device, rest, port, verdict)), rows[0].reason
        )

    def _challenged(
        self, device: LabDevice, headers: list[tuple[str, str]], port: int, verdict: Verdict
    ) -> list[tuple[str, str]]:
        """The device's own challenges with a nonce of the lab's gate."""
        fresh = re.search(r'nonce="([^"]*)"', device.gate.challenges(self._realm(port) or "x")[0])
        nonce = fresh[1] if fresh else ""
        made = []
        for name, value in headers:
            if name.lower() == "www-authenticate":
                value = re.sub(r'(?i)(?<!\w)(nonce=")[^"]*', rf"\g<1>{nonce}", value)
                value = re.sub(r"(?i)(stale=\"?)\w+", rf"\g<1>{'true' if verdict == 'stale' else 'false'}", value)
            made.append((name, value))
        return made

    def _realm(self, port: int) -> str:
        """The realm of this door, else of any."""
        found = [
            (self.ports.get(one.port) != port, realm[1])
            for one in self.recording.exchanges
            for name, value in one.headers
            if name.lower() == "www-authenticate" and (realm := re.search(r'(?i)realm="([^"]*)"', value))
        ]
        return min(found, default=(True, ""), key=lambda one: one[0])[1]

    # -- other protocols ---------------------------------------------------------------------------------

    def rtsp(self, device: LabDevice, port: int, method: str, sequence: str) -> bytes:
        """The recorded reply to an RTSP request."""
        rows = [one for one in self.recording.exchanges if one.protocol == "rtsp" and one.method == method]
        rows = [one for one in rows if self.ports.get(one.port) == port] or rows
        if not rows:
            return f"RTSP/1.0 501 Not Implemented\r\nCSeq: {sequence}\r\n\r\n".encode()
        one = self._next(rows, method)
        body = self._body(device, one)
        lines = [f"RTSP/1.0 {one.status} {one.reason or 'Said'}", f"CSeq: {sequence}"]
        lines += [f"{name.title()}: {self._here(device, value)}" for name, value in one.headers if name != "cseq"]
        lines += [f"Content-Length: {len(body)}"] if body else []
        return ("\r\n".join(lines) + "\r\n\r\n").encode() + body

    def banner(self, device: LabDevice, port: int) -> bytes:
        """What the recorded device said first on this port."""
        said = [
            one for one in self.recording.exchanges if one.protocol == "banner" and self.ports.get(one.port) == port
        ]
        return self._body(device, said[0]) if said else b""

    def datagrams(self, device: LabDevice, protocol: str, asked: bytes) -> list[Saying]:
        """One recorded datagram an inquiry, in turn, with the ids of the inquiry."""
        rows = [one for one in self.recording.exchanges if one.protocol == protocol]
        if not rows:
            return []
        data = echoed(protocol, asked, self._body(device, self._next(rows, protocol)))
        return [Saying(measured(data), port=_ANSWERS_TO.get(protocol, 0))]

    # -- inside ------------------------------------------------------------------------------------------

    def _of(self, protocol: str, *question: str) -> list[Exchange]:
        for key in _keys(protocol, *question):
            if key in self._rows:
                return self._rows[key]
        return []

    def _next(self, rows: list[Exchange], how: str) -> Exchange:
        """Asked again, the next of several answers; after the last the first."""
        key = (id(rows[0]), how)
        self._asked[key] += 1
        return rows[(self._asked[key] - 1) % len(rows)]

    def _body(self, device: LabDevice, one: Exchange) -> bytes:
        text = one.body().decode("utf-8", "surrogateescape")
        if one.clock:
            text = moved(text, datetime.now(UTC) - one.clock)
        body = self._here(device, with_a_token(text)).encode("utf-8", "surrogateescape")
        if one.data and ":" not in device.address and ":" not in self.recording.address:
            body = body.replace(IPv4Address(self.recording.address).packed, IPv4Address(device.address).packed)
        return body

    def _here(self, device: LabDevice, text: str) -> str:
        """The device's own address and ports in the place of the recorded ones."""
        recorded = re.escape(self.recording.address)
        if "://" in text:
            text = re.sub(
                rf"(https?|rtsp)://{recorded}(?::(\d{{1,5}}))?(?![\d.])", lambda m: self._url(device, m), text
            )
        text = re.sub(rf"(?<![\w.]){recorded}(?![\w]|\.\d)", device.address, text)
        return _TOLD_PORT.sub(lambda m: m[1] + str(self.ports.get(int(m[2]), int(m[2]))), text)

    def _url(self, device: LabDevice, found: re.Match[str]) -> str:
        usual = {"http": 80, "https": 443, "rtsp": 554}[found[1]]
        port = int(found[2] or usual)
        served = self.ports.get(port, port)
        return f"{found[1]}://{device.address}" + (f":{served}" if found[2] or served != usual else "")


def _keys(protocol: str, method: str, path: str, operation: str, asks: str) -> Iterator[tuple[str, ...]]:
    """How a question is found, the exact one first. A call may come to another path of the same service."""
    path, asks = without_secrets_text(path), without_secrets_text(asks)  # as they stand in the recording
    yield (protocol, method, path, operation, asks)
    if operation and asks and not asks.startswith("{"):
        yield (protocol, method, operation, asks)


def _login(device: LabDevice, request: Request, realm: str) -> Verdict:
    """What the lab's gate says of the login of a request."""
    from scanner.lab.onvif import token_verdict

    if b"UsernameToken" in request.body:
        return token_verdict(device, request.body)
    return device.gate.check_http(request.headers.get("authorization"), request.method, request.target, realm)


def served_port(port: int) -> int:
    """Where an unprivileged lab serves a port: the ones camaudit tries have fixed places, others move by 10,000."""
    return _HIGH.get(port, port if port >= _LOWEST_FREE else port + _MOVED_BY)


def serving(what: Path | Recording, name: str = "") -> Personality:
    """The personality of a device that answers as recorded; raises ConfigError for a file that is no recording.

    ``name`` is its id, which has to be its own in a fleet; '': that of the file.
    """
    recording = what if isinstance(what, Recording) else load_recording(what)
    name = name or (what.stem if isinstance(what, Path) else "recorded")
    identity = recording.concluded.get("identity") or {}
    asked = dict.fromkeys(one.protocol for one in recording.exchanges)
    challenges = " ".join(
        value for one in recording.exchanges for key, value in one.headers if key.lower() == "www-authenticate"
    )
    return Personality(
        id=name,
        title=f"recording of {identity.get('model') or 'a device'}",
        style="recorded",
        kind=identity.get("kind") or "unknown",
        brand=identity.get("brand") or "",
        maker=identity.get("maker") or "",
        model=identity.get("model") or "",
        firmware=(identity.get("firmware") or {}).get("raw") or "",
        serial=identity.get("serial") or "{mac12}",
        datagrams=tuple(one for one in asked if one in DATAGRAM_PORTS),
        finders=tuple(one for one in asked if one in FINDER_PORTS),
        algorithms=("MD5", "SHA-256") if "sha-256" in challenges.lower() else ("MD5",),
        offers_basic=bool(re.search(r"(?i)\bbasic realm", challenges)),
        extra={"recorded": Replayed(recording)},
    )
