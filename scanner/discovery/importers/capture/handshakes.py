"""The certificate a server sends in a TLS handshake, up to TLS 1.2; from TLS 1.3 on it travels encrypted."""

from __future__ import annotations

from collections.abc import Callable

from scanner.discovery.importers.capture.streams import Wants
from scanner.discovery.importers.capture.tally import Tally

_MOST_BYTES = 65_536
_HANDSHAKE = 22
_SERVER_HELLO, _CERTIFICATE = 2, 11
_SUPPORTED_VERSIONS = 43
_TLS13 = 0x0304
_VERSIONS = {0x0300: "SSLv3", 0x0301: "TLSv1", 0x0302: "TLSv1.1", 0x0303: "TLSv1.2", _TLS13: "TLSv1.3"}


class HandshakeReader:
    """A listener for the first flight of a TLS server (RFC 5246, RFC 8446).

    ``heard`` gets the version ("TLSv1.2", "" for one that is not known), the leaf certificate in DER (empty where it
    cannot be seen) and the time.
    """

    def __init__(self, heard: Callable[[str, bytes, float], None], tally: Tally) -> None:
        self._heard = heard
        self._tally = tally
        self._records = bytearray()
        self._messages = bytearray()
        self._version: str | None = None

    @property
    def held(self) -> int:
        """Bytes it keeps."""
        return len(self._records) + len(self._messages)

    def feed(self, data: bytes, at: float) -> Wants:
        """See Listener."""
        self._records += data
        while len(self._records) >= 5:
            size = int.from_bytes(self._records[3:5], "big")
            if self._records[0] != _HANDSHAKE:
                return Wants.NOTHING
            if len(self._records) < 5 + size:
                break
            self._messages += self._records[5 : 5 + size]
            del self._records[: 5 + size]
            if not self._read_messages(at):
                return Wants.NOTHING
        return Wants.MORE if self.held <= _MOST_BYTES else Wants.NOTHING

    def lost(self, size: int) -> Wants:
        """A handshake with a hole tells nothing."""
        del size
        return Wants.NOTHING

    def end(self) -> None:
        """See Listener."""

    def _read_messages(self, at: float) -> bool:
        """False once the handshake has told what it tells."""
        while len(self._messages) >= 4:
            size = int.from_bytes(self._messages[1:4], "big")
            if len(self._messages) < 4 + size:
                return True
            kind, body = self._messages[0], bytes(self._messages[4 : 4 + size])
            del self._messages[: 4 + size]
            if kind == _SERVER_HELLO:
                number = version_of(body)
                self._version = _VERSIONS.get(number, "")
                if number >= _TLS13:
                    self._tally.tls_hidden += 1
                    self._heard(self._version, b"", at)
                    return False
            elif kind == _CERTIFICATE and self._version is not None:
                leaf = leaf_of(body)
                self._heard(self._version, leaf, at)
                return False
        return True


def version_of(hello: bytes) -> int:
    """The version a ServerHello settles on; 0 for bytes that are none."""
    if len(hello) < 35:
        return 0
    version = int.from_bytes(hello[:2], "big")
    place = 35 + hello[34] + 3 + 2  # session id, cipher suite and compression, length of the extensions
    while place + 4 <= len(hello):
        kind, size = (
            int.from_bytes(hello[place : place + 2], "big"),
            int.from_bytes(hello[place + 2 : place + 4], "big"),
        )
        if kind == _SUPPORTED_VERSIONS and size == 2:
            return int.from_bytes(hello[place + 4 : place + 6], "big")
        place += 4 + size
    return version


def leaf_of(message: bytes) -> bytes:
    """The first certificate of a Certificate message; empty when there is none."""
    size = int.from_bytes(message[3:6], "big")
    return message[6 : 6 + size] if len(message) >= 6 + size else b""
