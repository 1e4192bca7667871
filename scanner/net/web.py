"""HTTP by requests, whose every connect, TLS handshake and request passes the guard.

requests is the most tolerant client of broken camera HTTP; it is used by its adapter alone, so that it follows no
redirect, sends no cookie back, and reads no environment, no ~/.netrc and no CA bundle. Its connections are ours.
"""

from __future__ import annotations

import functools
import logging
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, cast

import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from scanner.errors import NoAnswer
from scanner.evidence.redaction import REMOVED
from scanner.net import secure, tcp
from scanner.net.guard import Guard, host_of
from scanner.net.heads import HeadedResponse
from scanner.net.library_errors import LIBRARY_ERRORS, silence_of, wrapped
from scanner.net.limits import clean_text, decode_text, decompress
from scanner.net.tap import Heard

if TYPE_CHECKING:
    from requests.structures import CaseInsensitiveDict

logging.getLogger("urllib3").setLevel(logging.ERROR)  # below that it writes what devices send into our log

USER_AGENT = "camaudit (authorised compliance audit)"
_PIECE = 65_536
RESTED_SECONDS = 2.0


@dataclass(slots=True)
class Wire:
    """The connections of one link: where scope, pace and ledger meet the libraries' sockets."""

    guard: Guard
    address: str
    allowance: tcp.Allowance
    last: tuple[int, int] = (0, 0)  # seq and port of the request that left last
    asked_at: float = 0.0  # when it left: its own waiting for the pace is no slowness of the device
    connections: int = 0  # opened so far
    hangs_up: bool = False  # the device ended a kept connection without saying so
    hidden: str = ""  # a part of addresses that is no one's business: it is left out of the ledger

    def connect(self, port: int) -> tcp.DeadlineSocket:
        """One TCP connection."""
        self.connections += 1
        return tcp.connect(self.guard, self.address, port, self.allowance)

    def handshake(self, sock: tcp.DeadlineSocket, port: int, kind: str = "any") -> secure.DeadlineTls:
        """One TLS handshake on a fresh connection."""
        self.guard.pacer.wait(self.address)
        self.guard.opening.hold(self.address)
        seq = self.guard.ledger.sent(self.address, port, "tcp", "tls")
        wrapped = secure.handshake(sock, self.guard.limits.idle_seconds, host_of(self.address, port), kind)
        self.guard.ledger.answered(seq, self.address, port, wrapped.version() or "")
        return wrapped

    def asks(self, port: int, protocol: str, method: str, path: str, size: int) -> int:
        """A request is about to leave on an open connection; the seq of its ledger line. Starts the allowance."""
        guard = self.guard
        if self.hidden:
            path = path.replace(self.hidden, REMOVED.decode())
        guard.hold(self.address, port, protocol, method, path)
        guard.pacer.wait(self.address, request=True)
        guard.opening.hold(self.address)  # the hours may have ended meanwhile
        seq = guard.ledger.sent(self.address, port, "tcp", protocol, method, path, size)
        self.last = (seq, port)
        limits = guard.limits
        self.allowance.start(limits.exchange_seconds, limits.idle_seconds, limits.header_bytes + limits.body_bytes)
        self.asked_at = time.monotonic()
        return seq

    def heard(self, status: int, size: int) -> None:
        """The answer to the last request is whole; a 503 asks us to slow down."""
        seq, port = self.last
        self.guard.ledger.answered(seq, self.address, port, str(status), size)
        if status == 503:
            self.guard.pacer.struggling(self.address)


class _GuardedHttp(HTTPConnection):
    """urllib3's connection over the wire of a link."""

    response_class = HeadedResponse

    def __init__(self, *args: Any, wire: Wire, **more: Any) -> None:
        super().__init__(*args, **more)
        self._wire = wire
        self._pieces: list[bytes] | None = None

    @property
    def is_connected(self) -> bool:
        """Whether to send on the open connection. The system is asked where the device once hung up without a word, or
        had the time to; else not, for each such question lets all other threads go first."""
        rested = time.monotonic() - self._wire.asked_at
        if self.sock is None or self._wire.hangs_up or rested > RESTED_SECONDS:
            return super().is_connected
        return True

    def _new_conn(self) -> tcp.DeadlineSocket:
        return self._wire.connect(self.port)

    def request(self, method: str, url: str, body: Any = None, headers: Any = None, **more: Any) -> None:
        """Open the connection, take the turn and the ledger line, then send head and body in one piece."""
        if self.sock is None:
            self.connect()
        size = len(f"{method} {url} HTTP/1.1\r\n\r\n") + len(body or b"")
        size += sum(len(name) + len(value) + 4 for name, value in (headers or {}).items())
        self._wire.asks(self.port, "http", method, url, size)
        self._pieces = []
        try:
            super().request(method, url, body, headers, **more)
            whole = b"".join(self._pieces)
        finally:
            self._pieces = None
        self.send(whole)

    def send(self, data: Any) -> None:
        """Small devices read a head and a body that come apart badly, and each piece is a packet."""
        if self._pieces is None:
            super().send(data)
        else:
            self._pieces.append(bytes(data))


class _GuardedHttps(_GuardedHttp, HTTPSConnection):
    """The same over TLS."""

    def connect(self) -> None:
        """TCP, then the handshake with our own context."""
        self.sock = self._wire.handshake(self._wire.connect(self.port), self.port)
        self.is_verified = True  # keeps urllib3 from a warning at every call: the audit reads the certificate itself


class _Request(requests.PreparedRequest):
    """A request put together by hand: requests would add cookies and netrc, rewrite the path, and take its time."""

    def __init__(self, method: str, where: str, path: str, port: int, *, tls: bool) -> None:
        super().__init__()
        self.method = method
        self.url = f"{'https' if tls else 'http'}://{where}{path}"
        self.path = path  # exactly as the catalogue has it
        self.door = (port, tls)


class _Streamed(requests.Response):
    """Status and stream of a reply, without the cookies, history and encodings that nobody here asks for."""

    def __init__(self, raw: Any) -> None:
        self.status_code = raw.status
        self.raw = raw
        self._content_consumed = False


class _GuardedAdapter(HTTPAdapter):
    """One device, one connection: opening another port of it closes the one before.

    For each request the adapter of requests works out pool, proxy, path and cookies from the address, which takes
    longer than a small device's reply is worth; here all of them are known.
    """

    def __init__(self, wire: Wire) -> None:
        super().__init__(pool_connections=1, pool_maxsize=1, max_retries=0)
        self._wire = wire
        self._door: tuple[int, bool] | None = None
        self._pool: HTTPConnectionPool | None = None

    def get_connection_with_tls_context(self, request: Any, *_: Any, **__: Any) -> HTTPConnectionPool:
        """The pool of the request's door."""
        if self._pool is None or self._door != request.door:
            self.close()
            port, tls = self._door = request.door
            self._pool = _pool(self._wire, port, tls=tls)
        return self._pool

    def request_url(self, request: Any, *_: Any, **__: Any) -> str:
        """The path as it is."""
        return str(request.path)

    def build_response(self, req: Any, resp: Any) -> requests.Response:
        """The reply, its body not yet read."""
        del req
        return _Streamed(resp)

    def close(self) -> None:
        """Hang up."""
        if self._pool is not None:
            self._pool.close()
            self._pool = None

    @property
    def is_open(self) -> bool:
        """True while a connection is kept."""
        queue = getattr(getattr(self._pool, "pool", None), "queue", ())
        return any(connection is not None and connection.sock is not None for connection in list(queue))


def _pool(wire: Wire, port: int, *, tls: bool) -> HTTPConnectionPool:
    made = (HTTPSConnectionPool if tls else HTTPConnectionPool)(wire.address, port, maxsize=1)
    connection = functools.partial(_GuardedHttps if tls else _GuardedHttp, wire=wire)
    made.ConnectionCls = connection  # type: ignore[assignment]  # called like a class
    return made


@dataclass(frozen=True, slots=True)
class RawAnswer:
    """An HTTP answer before anybody made sense of it; ``body`` is unpacked."""

    status: int
    reason: str
    headers: list[tuple[str, str]]
    body: bytes
    complete: bool = True

    def values(self, name: str) -> list[str]:
        """All values of a header."""
        return [value for key, value in self.headers if key.lower() == name]

    def to(self, asked: Heard) -> Heard:
        """The question with this answer, for who listens."""
        return replace(
            asked,
            status=self.status,
            reason=self.reason,
            headers=tuple(self.headers),
            data=self.body,
            complete=self.complete,
        )

    def as_bytes(self) -> bytes:
        """For the evidence: status line, headers, body."""
        lines = [f"HTTP {self.status} {self.reason}".rstrip(), *(f"{name}: {value}" for name, value in self.headers)]
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + self.body


class WebLine:
    """HTTP with one device, one connection at a time."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._adapter = _GuardedAdapter(wire)

    def close(self) -> None:
        """Close the open connection, if any."""
        self._adapter.close()

    def exchange(
        self, method: str, path: str, *, port: int, tls: bool, body: bytes | None, headers: dict[str, str | bytes]
    ) -> RawAnswer:
        """One request and its whole answer; NoAnswer for whatever else the device does.

        A kept connection that the device had closed meanwhile is opened again once: the request never arrived.
        """
        request = self._prepared(method, path, port, tls, body, headers)
        for attempt in (1, 2):
            was_open = self.is_open
            try:
                answer = self._once(request)
            except NoAnswer as problem:
                self.close()
                if attempt == 1 and was_open and problem.why == "closed-early" and not self._wire.allowance.received:
                    self._wire.hangs_up = True
                    continue
                raise
            self._wire.guard.pacer.replied(self._wire.address, time.monotonic() - self._wire.asked_at)
            return answer
        raise AssertionError("unreachable")  # pragma: no cover

    @property
    def is_open(self) -> bool:
        """True while a connection is kept."""
        return self._adapter.is_open

    def _prepared(
        self, method: str, path: str, port: int, tls: bool, body: bytes | None, headers: dict[str, str | bytes]
    ) -> _Request:
        where = host_of(self._wire.address, port)
        prepared = _Request(method, where, path, port, tls=tls)
        fields: dict[str, Any] = {
            "Host": where,
            "User-Agent": USER_AGENT,
            "Accept": "*/*",
            "Accept-Encoding": "identity",
            "Connection": "keep-alive",
            **headers,
        }
        if body is not None:
            prepared.body = body
            fields["Content-Length"] = str(len(body))
        prepared.headers = cast("CaseInsensitiveDict[Any]", fields)  # names are written once, in one spelling
        return prepared

    def _once(self, request: _Request) -> RawAnswer:
        limits = self._wire.guard.limits
        try:
            response = self._adapter.send(
                request, stream=True, timeout=(limits.connect_seconds, limits.idle_seconds), verify=False
            )
        except NoAnswer:
            raise
        except LIBRARY_ERRORS as problem:
            raise silence_of(problem, self._wire.allowance) from problem
        try:
            body, complete = self._body(response.raw)
            headers = list(_headers(response.raw))
        except LIBRARY_ERRORS as problem:
            raise silence_of(problem, self._wire.allowance) from problem
        finally:
            response.close()
        self._wire.heard(response.status_code, len(body))
        for encoding in [value for name, value in headers if name.lower() == "content-encoding"]:
            body = decompress(body, encoding, limits)
        return RawAnswer(response.status_code, clean_text(str(response.raw.reason or "")), headers, body, complete)

    def _body(self, raw: Any) -> tuple[bytes, bool]:
        """The bytes of the body as sent, and whether all that was promised came."""
        most = self._wire.guard.limits.body_bytes
        pieces: list[bytes] = []
        size = 0
        bounded = "content-length" in raw.headers or "transfer-encoding" in raw.headers
        try:
            while piece := raw.read(_PIECE, decode_content=False):
                pieces.append(piece)
                size += len(piece)
                if size > most:
                    raise NoAnswer("too-large", f"the reply has more than {most:,} bytes")
        except urllib3.exceptions.ReadTimeoutError:
            if bounded or not pieces:
                raise
            # no length was promised and nothing more comes: the page is over
        except (urllib3.exceptions.ProtocolError, urllib3.exceptions.IncompleteRead) as problem:
            partial = (getattr(root, "partial", None) for root in wrapped(problem))
            pieces += [piece for piece in partial if isinstance(piece, bytes)][:1]
            if not pieces:
                raise
            return b"".join(pieces), False
        return b"".join(pieces), True


def _headers(raw: Any) -> Iterable[tuple[str, str]]:
    for name, value in raw.headers.iteritems():
        text = clean_text(value) if value.isascii() else decode_text(value.encode("latin-1", "replace"))
        yield clean_text(name).strip(), text.strip()
