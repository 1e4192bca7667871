"""Certificates in TLS handshakes: real handshakes of OpenSSL, up to 1.2 seen, from 1.3 on said to be hidden."""

from __future__ import annotations

import datetime
import ssl
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from frames import DEVICE, Talk, heard

from scanner.discovery.importers.capture.handshakes import leaf_of, version_of
from scanner.model import Known


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A camera's self-signed certificate and its key in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name(
        [x509.NameAttribute(NameOID.ORGANIZATION_NAME, "HIKVISION"), x509.NameAttribute(NameOID.COMMON_NAME, "cam-1")]
    )
    start = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(7)
        .not_valid_before(start).not_valid_after(start + datetime.timedelta(days=3650)).sign(key, hashes.SHA256())
    )  # fmt: skip
    path = tmp_path_factory.mktemp("tls") / "cam.pem"
    path.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return path


def _handshake(certificate: Path, version: ssl.TLSVersion) -> tuple[bytes, bytes]:
    """(what the client says first, the server's first flight)."""
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(certificate)
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.check_hostname, client.verify_mode = False, ssl.CERT_NONE
    client.maximum_version = version
    c_in, c_out, s_in, s_out = (ssl.MemoryBIO() for _ in range(4))
    asker, answerer = client.wrap_bio(c_in, c_out), server.wrap_bio(s_in, s_out, server_side=True)
    with pytest.raises(ssl.SSLWantReadError):
        asker.do_handshake()
    hello = c_out.read()
    s_in.write(hello)
    with pytest.raises(ssl.SSLWantReadError):
        answerer.do_handshake()
    return hello, s_out.read()


@pytest.mark.parametrize("piece", [1, 100, 1_400])
@pytest.mark.parametrize("begun", [True, False])
def test_a_certificate_up_to_tls_1_2(certificate: Path, piece: int, begun: bool) -> None:
    """Subject and issuer in the shape of first contact, its last day as a fact; no statement about other versions."""
    hello, flight = _handshake(certificate, ssl.TLSVersion.TLSv1_2)
    talk = Talk(443)
    found = heard((talk.open() if begun else talk).ask(hello).say(flight, piece).frames)
    facts = {seen.key: seen.fact.value for seen in found.by[DEVICE].facts if isinstance(seen.fact, Known)}

    assert found.texts("tls-subject") == found.texts("tls-issuer") == ["CN=cam-1,O=HIKVISION"]
    assert facts["tls.certificate.self_signed"] is True
    assert facts["tls.certificate.not_after"] == "2035-12-30"
    assert "tls.legacy" not in facts
    assert "tls.versions" not in facts
    assert (443, "https") in {(door.port, door.service) for door in found.by[DEVICE].endpoints}
    assert found.capture.tally.tls_hidden == 0


def test_tls_1_3_hides_it(certificate: Path) -> None:
    """The port is shown to speak TLS, and the tally says why there is no certificate."""
    hello, flight = _handshake(certificate, ssl.TLSVersion.TLSv1_3)
    found = heard(Talk(4443).open().ask(hello).say(flight).frames)

    assert found.texts("tls-subject") == []
    assert [(door.port, door.service) for door in found.by[DEVICE].endpoints] == [(4443, "tls")]
    assert any("TLS 1.3" in sentence for sentence in found.capture.tally.sentences())


def test_a_handshake_with_a_hole_tells_nothing(certificate: Path) -> None:
    """A lost segment inside the certificate: no half certificate is read."""
    hello, flight = _handshake(certificate, ssl.TLSVersion.TLSv1_2)
    talk = Talk(443).open().ask(hello).say(flight, 150)
    del talk.frames[-3]
    found = heard(talk.close().frames)

    assert found.texts("tls-subject") == []


def test_messages_that_are_none() -> None:
    """Short and lying bytes."""
    assert version_of(b"") == version_of(b"\x03\x03" + bytes(20)) == 0
    assert version_of(b"\x03\x03" + bytes(32) + b"\xff") == 0x0303
    assert leaf_of(b"\0\0\3\0\0\xff") == leaf_of(b"") == b""
