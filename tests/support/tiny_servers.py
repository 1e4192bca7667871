"""Small servers that answer as told, byte by byte, on loopback. They keep what they received.

A behaviour is a function of (server, connection, request bytes) that may send anything; ``page`` and ``raw`` make the
usual ones. Addresses are given by the test.
"""

from __future__ import annotations

import contextlib
import datetime
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

Behaviour = Callable[["TinyServer", socket.socket, bytes], None]


def raw(data: bytes) -> Behaviour:
    """Answer every request with these bytes and keep the connection."""

    def behave(_server: TinyServer, connection: socket.socket, _request: bytes) -> None:
        connection.sendall(data)

    return behave


def reply(body: bytes = b"", status: str = "200 OK", *headers: str) -> bytes:
    """One well-formed HTTP reply."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


def page(body: bytes = b"", status: str = "200 OK", *headers: str) -> Behaviour:
    """Answer every request with a well-formed HTTP reply."""
    return raw(reply(body, status, *headers))


def in_turn(*behaviours: Behaviour) -> Behaviour:
    """The first behaviour for the first request, and so on; the last one stays."""
    left = list(behaviours)

    def behave(server: TinyServer, connection: socket.socket, request: bytes) -> None:
        (left.pop(0) if len(left) > 1 else left[0])(server, connection, request)

    return behave


def trickle(head: bytes, piece: bytes, every: float) -> Behaviour:
    """Send ``head``, then ``piece`` again and again until the other side hangs up."""

    def behave(server: TinyServer, connection: socket.socket, _request: bytes) -> None:
        connection.sendall(head)
        while not server.closing.wait(every):
            connection.sendall(piece)

    return behave


def hang_up(_server: TinyServer, connection: socket.socket, _request: bytes) -> None:
    """Close without a word."""
    connection.shutdown(socket.SHUT_RDWR)


@dataclass
class TinyServer:
    """Serves one TCP port in threads. ``requests`` holds every request, ``connections`` when each came (monotonic)."""

    address: str
    behaviour: Behaviour
    port: int = 0
    context: ssl.SSLContext | None = None
    greeting: bytes = b""
    ends: bytes = b"\r\n\r\n"
    requests: list[bytes] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    connections: list[float] = field(default_factory=list)
    handshakes: list[str] = field(default_factory=list)
    pieces: list[int] = field(default_factory=list)  # bytes of each read
    open_now: int = 0
    closing: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> TinyServer:
        self._lock = threading.Lock()
        self._listener = socket.create_server((self.address, self.port), backlog=64)
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self.closing.set()
        with contextlib.suppress(OSError):  # wakes accept()
            socket.create_connection((self.address, self.port), timeout=1).close()
        self._thread.join(2)
        self._listener.close()

    @property
    def lines(self) -> list[str]:
        """First line of each request."""
        return [request.split(b"\r\n", 1)[0].decode("latin-1") for request in self.requests]

    def settle(self) -> None:
        """Wait until every connection so far is served to its end."""
        deadline = time.monotonic() + 5
        while self.open_now and time.monotonic() < deadline:
            time.sleep(0.01)

    def _accept(self) -> None:
        while True:
            connection, _ = self._listener.accept()
            if self.closing.is_set():
                connection.close()
                return
            with self._lock:
                self.connections.append(time.monotonic())
                self.open_now += 1
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            with contextlib.suppress(OSError):
                connection.settimeout(20)
                if self.context is not None:
                    try:
                        connection = self.context.wrap_socket(connection, server_side=True)
                        self.handshakes.append(connection.version() or "")
                    except ssl.SSLError as problem:
                        self.handshakes.append(problem.reason or "failed")
                        return
                if self.greeting:
                    connection.sendall(self.greeting)
                for request in self._requests(connection):
                    with self._lock:
                        self.requests.append(request)
                        self.times.append(time.monotonic())
                    self.behaviour(self, connection, request)
        finally:
            connection.close()
            with self._lock:
                self.open_now -= 1

    def _requests(self, connection: socket.socket) -> Iterator[bytes]:
        data = b""
        while True:
            while self.ends not in data:
                piece = connection.recv(65536)
                if not piece:
                    return
                self.pieces.append(len(piece))
                data += piece
            head, _, data = data.partition(self.ends)
            length = next(
                (
                    int(line.split(b":")[1])
                    for line in head.split(b"\r\n")
                    if line.lower().startswith(b"content-length:")
                ),
                0,
            )
            while len(data) < length:
                piece = connection.recv(65536)
                self.pieces.append(len(piece))
                data += piece
            yield head + self.ends + data[:length]
            data = data[length:]


@cache
def server_context(old: bool = False) -> ssl.SSLContext:
    """A self-signed TLS server; ``old`` speaks TLS 1.0 and 1.1 only."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    folder = Path(mkdtemp(prefix="tiny-tls-"))
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.COMMON_NAME, "camera.invalid"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "TINY"),
        ]
    )
    now = datetime.datetime.now(datetime.UTC)
    leaf = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(0x1234)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=30))
        .sign(key, hashes.SHA256())
    )
    file = folder / "both.pem"
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
        )
        + leaf.public_bytes(serialization.Encoding.PEM)
    )
    context.load_cert_chain(file)
    if old:
        import warnings

        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            context.set_ciphers("ALL:@SECLEVEL=0")
            context.minimum_version = ssl.TLSVersion.TLSv1
            context.maximum_version = ssl.TLSVersion.TLSv1_1
    return context
