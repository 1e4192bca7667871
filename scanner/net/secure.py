"""TLS towards cameras: one context that accepts what old devices speak, verifies nothing, and reads the certificate.

Verification is off on purpose: nearly every camera signs its own certificate, and the audit reports that fact. Wide
versions (TLS 1.0 up) and ciphers (security level 0) are needed to reach the devices that most need an audit.
"""

from __future__ import annotations

import hashlib
import ssl
import threading
import warnings
from dataclasses import replace
from typing import Any

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa
from cryptography.utils import CryptographyDeprecationWarning

from scanner.errors import NoAnswer
from scanner.net.limits import clean_text
from scanner.net.replies import TlsFacts
from scanner.net.tcp import Allowance, DeadlineSocket, translated


class DeadlineTls(ssl.SSLSocket):
    """The TLS side of ``DeadlineSocket``."""

    allowance: Allowance

    def recv_into(self, buffer: Any, nbytes: int | None = None, flags: int = 0) -> int:
        """As the socket's own, within the allowance."""
        self.settimeout(self.allowance.seconds())
        size = super().recv_into(buffer, nbytes, flags)
        self.allowance.count(size)
        return size

    def recv(self, buflen: int = 1024, flags: int = 0) -> bytes:
        """As the socket's own, within the allowance."""
        self.settimeout(self.allowance.seconds())
        data = super().recv(buflen, flags)
        self.allowance.count(len(data))
        return data


_contexts: dict[str, ssl.SSLContext] = {}
_building = threading.Lock()


def context(kind: str = "any") -> ssl.SSLContext:
    """The process-wide context: ``any`` version from TLS 1.0, or ``legacy`` (TLS 1.0 and 1.1 only)."""
    with _building:
        if kind not in _contexts:
            _contexts[kind] = _built(legacy=kind == "legacy")
        return _contexts[kind]


def _built(*, legacy: bool) -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.check_hostname = False
    made.verify_mode = ssl.CERT_NONE
    made.set_ciphers("ALL:@SECLEVEL=0")
    made.options |= getattr(ssl, "OP_LEGACY_SERVER_CONNECT", 0x4)
    made.sslsocket_class = DeadlineTls
    with warnings.catch_warnings():  # once a process: Python deprecates what old devices still speak
        warnings.simplefilter("ignore", DeprecationWarning)
        made.minimum_version = ssl.TLSVersion.TLSv1
        if legacy:
            made.maximum_version = ssl.TLSVersion.TLSv1_1
    return made


def handshake(sock: DeadlineSocket, seconds: float, where: str, kind: str = "any") -> DeadlineTls:
    """Turn a connection into TLS; NoAnswer ``tls-failed``, ``silent`` or ``closed-early``. Closes it on failure."""
    allowance = sock.allowance
    sock.wait_by_itself(seconds)
    try:
        wrapped = context(kind).wrap_socket(sock)
    except ssl.SSLError as problem:
        sock.close()
        if isinstance(problem, ssl.SSLEOFError | ssl.SSLZeroReturnError):
            raise NoAnswer("tls-failed", f"{where}: hung up in the TLS handshake") from problem
        raise NoAnswer("tls-failed", f"{where}: {clean_text(problem.reason or 'handshake failed')}") from problem
    except OSError as problem:
        sock.close()
        if isinstance(problem, ConnectionError):
            raise NoAnswer("tls-failed", f"{where}: hung up in the TLS handshake") from problem
        raise translated(problem, where) from problem
    assert isinstance(wrapped, DeadlineTls)  # noqa: S101 # what the context was told to make
    wrapped.allowance = allowance
    return wrapped


def facts_of(der: bytes, versions: tuple[str, ...], evidence: str) -> TlsFacts:
    """What a leaf certificate says; an unreadable one leaves its fields empty and says why."""
    bare = TlsFacts(versions=versions, sha256=hashlib.sha256(der).hexdigest(), evidence=evidence)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", CryptographyDeprecationWarning)
            leaf = x509.load_der_x509_certificate(der)
            return replace(
                bare,
                subject=clean_text(leaf.subject.rfc4514_string()),
                issuer=clean_text(leaf.issuer.rfc4514_string()),
                serial=f"{leaf.serial_number:x}",
                not_before=leaf.not_valid_before_utc.date(),
                not_after=leaf.not_valid_after_utc.date(),
                self_signed=leaf.subject == leaf.issuer,
                key_bits=_key_bits(leaf),
            )
    except (ValueError, TypeError, x509.InvalidVersion) as problem:
        return replace(bare, problem=f"the certificate cannot be read: {clean_text(str(problem))[:120]}")


def _key_bits(leaf: x509.Certificate) -> int:
    try:
        key = leaf.public_key()
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return 0
    return key.key_size if isinstance(key, rsa.RSAPublicKey | dsa.DSAPublicKey | ec.EllipticCurvePublicKey) else 256
