"""Self-signed certificates: one key a process, one certificate per name, made when first asked for."""

from __future__ import annotations

import ssl
import tempfile
import warnings
from datetime import UTC, datetime, time, timedelta
from functools import cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from scanner.recordings import Certificate as Recorded

_OIDS = {
    "CN": NameOID.COMMON_NAME,
    "O": NameOID.ORGANIZATION_NAME,
    "OU": NameOID.ORGANIZATIONAL_UNIT_NAME,
    "L": NameOID.LOCALITY_NAME,
    "ST": NameOID.STATE_OR_PROVINCE_NAME,
    "C": NameOID.COUNTRY_NAME,
    "SERIALNUMBER": NameOID.SERIAL_NUMBER,
}
Parts = tuple[tuple[str, str], ...]


@cache
def _key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _name(parts: Parts) -> x509.Name:
    return x509.Name([x509.NameAttribute(_OIDS[key], value) for key, value in parts])


@cache
def server_context(subject: Parts, issuer: Parts, *, legacy: bool) -> ssl.SSLContext:
    """A server context whose certificate carries these names. ``legacy`` lets TLS 1.0 and 1.1 in as well.

    The certificate is valid from a year ago for ten years; where issuer and subject differ it is still signed with
    the same key, as nobody checks the chain of a camera.
    """
    now = datetime.now(UTC).replace(microsecond=0)
    days = (now - timedelta(days=365), now + timedelta(days=3650))
    return _context(_name(subject), _name(issuer), days, legacy=legacy)


@cache
def recorded_context(recorded: Recorded, *, legacy: bool) -> ssl.SSLContext | None:
    """A context with the names and days of a recorded certificate; None where they make none. The key is the lab's."""
    try:
        subject = x509.Name.from_rfc4514_string(recorded.subject)
        issuer = x509.Name.from_rfc4514_string(recorded.issuer)
    except ValueError:
        return None
    if recorded.not_before is None or recorded.not_after is None:
        return None
    first, last = (datetime.combine(day, time(), UTC) for day in (recorded.not_before, recorded.not_after))
    return _context(subject, issuer, (first, last), legacy=legacy)


def _context(subject: x509.Name, issuer: x509.Name, days: tuple[datetime, datetime], *, legacy: bool) -> ssl.SSLContext:
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(_key().public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(days[0])
        .not_valid_after(days[1])
        .sign(_key(), hashes.SHA256())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    if legacy:
        context.set_ciphers("ALL:@SECLEVEL=0")
        with warnings.catch_warnings():  # old on purpose: real cameras still speak it
            warnings.simplefilter("ignore", DeprecationWarning)
            context.minimum_version = ssl.TLSVersion.TLSv1
    with tempfile.TemporaryDirectory(prefix="camaudit-lab-") as folder:
        pem = Path(folder) / "device.pem"
        pem.touch(mode=0o600)
        pem.write_bytes(
            _key().private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
            + certificate.public_bytes(serialization.Encoding.PEM)
        )
        context.load_cert_chain(pem)
    return context
