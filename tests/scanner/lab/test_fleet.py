"""The fleet itself: life, addresses, what it received, the council and its input files."""

from __future__ import annotations

import gc
import socket
import ssl
import threading
import time
import tomllib
import warnings
from pathlib import Path

import pytest
from lab_client import HTTPS, LOGIN, RTSP, ask_datagram, ask_rtsp, digest, tls_context, visit

from scanner.errors import ConfigError
from scanner.facts import JURISDICTIONS, SITE_RECORDS, SITE_TAGS, SITE_TYPES
from scanner.lab import Fleet, Personality, Placement, load_personalities
from scanner.lab.gate import Gate
from scanner.lab.styles import load_styles
from scanner.lab.words import Lock


def test_received_is_one_line_for_everything() -> None:
    with Fleet(["hikvision-acusense-new"], base="127.32.4.0") as fleet:
        address = fleet.devices[0].address
        socket.create_connection((address, 8080), 2).close()
        with visit(address, HTTPS, tls=True) as camera:
            camera.get("/")
            camera.get("/ISAPI/System/deviceInfo", LOGIN)
        ask_rtsp(address, f"OPTIONS rtsp://{address}/ RTSP/1.0", f"DESCRIBE rtsp://{address}/ RTSP/1.0")
        ask_datagram(address, 37020, b"<Probe><Uuid>A</Uuid><Types>inquiry</Types></Probe>")
        seen = [(row.port, row.transport, row.protocol, row.method, row.path) for row in fleet.received]
    assert seen == [
        (8080, "tcp", "tcp", "CONNECT", ""),
        (HTTPS, "tcp", "tcp", "CONNECT", ""),
        (HTTPS, "tcp", "tls", "", ""),
        (HTTPS, "tcp", "http", "GET", "/"),
        (HTTPS, "tcp", "http", "GET", "/ISAPI/System/deviceInfo"),
        (HTTPS, "tcp", "http", "GET", "/ISAPI/System/deviceInfo"),
        (RTSP, "tcp", "tcp", "CONNECT", ""),
        (RTSP, "tcp", "rtsp", "OPTIONS", f"rtsp://{address}/"),
        (RTSP, "tcp", "rtsp", "DESCRIBE", f"rtsp://{address}/"),
        (37020, "udp", "sadp", "", ""),
    ]


def test_starts_quickly_with_one_thread_and_leaves_nothing() -> None:
    before = threading.active_count()
    started = time.monotonic()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with Fleet("council", base="127.32.16.0") as fleet:
            assert time.monotonic() - started < 2.0
            assert threading.active_count() == before + 1
            assert len(fleet.devices) == 48
            address = fleet.device("axis-aoa").address
            held = socket.create_connection((address, 8080), 2)
            half_open = socket.create_connection((address, HTTPS), 2)
            time.sleep(0.05)
        held.close()
        half_open.close()
        gc.collect()
    assert threading.active_count() == before
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((address, 8080), 1)


def test_two_hundred_devices_in_one_thread() -> None:
    started = time.monotonic()
    with Fleet(["dahua-smd"] * 200, base="127.32.32.0") as fleet:
        assert time.monotonic() - started < 3.0
        assert len({device.truth.serial for device in fleet.devices}) == 200
        with visit(fleet.devices[199].address) as camera:
            assert camera.get("/").status == 200


def test_devices_think_as_long_as_told() -> None:
    with (
        Fleet(["axis-plain"], base="127.32.6.0", reply_seconds=0.2) as fleet,
        visit(fleet.devices[0].address) as camera,
    ):
        started = time.monotonic()
        camera.get("/")
        assert 0.2 <= time.monotonic() - started < 1.0


def test_real_ports_where_they_may_be_bound() -> None:
    try:
        fleet = Fleet(["hikvision-old"], base="127.32.7.0", ports="real").start()
    except PermissionError:
        pytest.skip("ports below 1024 need a privilege here")
    try:
        address = fleet.devices[0].address
        with visit(address, 80) as camera:
            assert camera.get("/").status == 200
        with socket.create_connection((address, 23), 3) as sock:
            assert b"login" in sock.recv(64)
    finally:
        fleet.stop()


def test_personality_objects_and_placements() -> None:
    own = Personality(
        id="own", title="t", style="generic", kind="camera", services=("http",), extra={"title": "Own one"}
    )
    placed = Placement(
        personality="axis-plain", host="3.17", mac="b8:a4:4f:00:00:07", login="refused", user="u", password="p"
    )
    with Fleet([own, placed], base="127.32.5.0") as fleet:
        first, second = fleet.devices
        assert first.address == "127.32.5.1"
        assert second.address == "127.32.8.17"
        assert second.truth.serial == "B8A44F000007"
        assert (second.truth.login, second.truth.login_works) == (("u", "p"), False)
        with visit(first.address) as camera:
            assert b"<title>Own one</title>" in camera.get("/").body
        with visit(second.address) as camera:
            assert camera.get("/axis-cgi/param.cgi?action=list", ("u", "p")).status == 401
        assert fleet.harm == []  # the one attempt that shows it is refused
        with visit(second.address) as camera:
            camera.get("/axis-cgi/param.cgi?action=list", ("u", "p"))
        assert [harm.kind for harm in fleet.harm] == ["wrong-password"]
    with pytest.raises(ValueError, match="two devices"):
        Fleet([placed, placed], base="127.32.5.0")
    with pytest.raises(ConfigError, match="no fleet"):
        Fleet("nowhere")


def test_the_fleets_cover_every_personality_and_recorders_share_cameras(tmp_path: Path) -> None:
    """The depot has the devices that say most to a finder of their maker; all others are the council's."""
    fleet = Fleet("council", base="127.32.64.0")
    everywhere = [*fleet.devices, *Fleet("depot", base="127.32.65.0").devices]
    assert {device.personality.id for device in everywhere} == load_personalities().keys()
    for name in ("hikvision-nvr", "dahua-nvr"):
        shared = [camera for camera in fleet.device(name).truth.attached if camera.device]
        assert len(shared) >= 2
        for camera in shared:
            other = fleet.truth[camera.device]
            assert camera.address == other.address
            if camera.model not in ("IPC", "IP Camera"):
                assert (camera.serial, camera.mac) == (other.serial, other.mac)
    works = [device for device in fleet.devices if device.truth.login_works]
    given = [device for device in fleet.devices if device.truth.login]
    assert len(works) > 25
    assert len(given) - len(works) == 2
    assert sum(not device.truth.is_camera for device in fleet.devices) == 5


def test_council_inputs_are_what_an_auditor_would_write(tmp_path: Path) -> None:
    fleet = Fleet("council", base="127.32.64.0")
    estate, logins = fleet.write_inputs(tmp_path / "inputs")
    told = tomllib.loads(estate.read_text())
    assert told["organisation"]["jurisdiction"] in JURISDICTIONS
    for site in told["site"]:
        assert site["type"] in SITE_TYPES
        assert set(site["tags"]) <= set(SITE_TAGS)
        assert site["records"].keys() <= set(SITE_RECORDS)
        assert site["ranges"][0].startswith("127.32.6")
    assert [site.get("exposed") for site in told["site"]] == ["no", None, None]  # one site is known not to be
    for entry in tomllib.loads(logins.read_text())["login"]:
        kind, _, path = entry["password"].partition(":")
        assert kind == "file"
        secret = Path(path)
        assert secret.stat().st_mode & 0o077 == 0
        assert secret.read_text().strip() not in logins.read_text()
    with pytest.raises(ValueError, match="organisation"):
        Fleet(["axis-plain"], base="127.32.65.0").write_inputs(tmp_path)


def test_every_style_is_used() -> None:
    spoken = {personality.style for personality in load_personalities().values()}

    assert spoken == load_styles().keys() - {"recorded"}  # that one speaks for recordings


def test_rtsp_servers(fleet: Fleet) -> None:
    closed = fleet.device("dahua-face")
    options, describe = ask_rtsp(
        closed.address, f"OPTIONS rtsp://{closed.address}/ RTSP/1.0", f"DESCRIBE rtsp://{closed.address}/ RTSP/1.0"
    )
    assert "Public: OPTIONS, DESCRIBE" in options
    assert "Server: Dahua Rtsp Server" in describe
    assert describe.startswith("RTSP/1.0 401")
    assert f'realm="Login to {closed.mac.replace(":", "")}0000"' in describe
    url = f"rtsp://{closed.address}/"
    challenge = next(line.split(": ", 1)[1] for line in describe.splitlines() if line.startswith("WWW-Authenticate"))
    answer = digest([challenge], "DESCRIBE", url, LOGIN)
    assert ask_rtsp(closed.address, f"DESCRIBE {url} RTSP/1.0\r\nAuthorization: {answer}")[0].startswith("RTSP/1.0 200")
    opened = fleet.device("onvif-faces")
    reply = ask_rtsp(opened.address, f"DESCRIBE rtsp://{opened.address}/ RTSP/1.0")[0]
    assert reply.startswith("RTSP/1.0 200")
    assert "m=video" in reply
    assert opened.truth.facts["stream.anonymous"] is True
    assert fleet.harm == []


def test_certificates_name_their_makers(fleet: Fleet) -> None:
    from cryptography import x509

    for name, subject, issuer in (
        ("hikvision-nvr", "CN=www.hikvision.com", "CN=www.hikvision.com"),
        ("dahua-face", "CN=192.168.1.108", "CN=Product Root CA"),
        ("hanwha-camera", ".hanwha-security.com", "Hanwha Vision Private Root CA 3"),
    ):
        device = fleet.device(name)
        with socket.create_connection((device.address, HTTPS), 3) as raw, tls_context().wrap_socket(raw) as secure:
            der = secure.getpeercert(binary_form=True)
        assert der is not None
        certificate = x509.load_der_x509_certificate(der)
        assert subject in certificate.subject.rfc4514_string()
        assert issuer in certificate.issuer.rfc4514_string()


def test_old_tls_only_where_the_truth_says_so(fleet: Fleet) -> None:
    for name in ("hikvision-deepinview", "hikvision-acusense-new"):
        device = fleet.device(name)
        context = tls_context()
        context.set_ciphers("ALL:@SECLEVEL=0")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1
        accepted = True
        try:
            with socket.create_connection((device.address, HTTPS), 3) as raw, context.wrap_socket(raw) as secure:
                assert secure.version() == "TLSv1"
        except (ssl.SSLError, ConnectionError):
            accepted = False
        assert accepted is device.truth.facts["tls.legacy"]


def test_digest_of_the_rfc_example() -> None:
    """RFC 7616 section 3.9.1: the response values printed there, MD5 and SHA-256."""
    nonce, realm = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", "http-auth@example.org"
    cases = {
        "MD5": "8ca523f5e9506fed4657c9700eebdbec",
        "SHA-256": "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1",
    }
    for algorithm, response in cases.items():
        gate = Gate("Mufasa", "Circle of Life", Lock(), (algorithm,))
        gate._nonce_state = lambda _: "ours"  # type: ignore[method-assign]  # the nonce of the RFC, not one of ours
        header = (
            f'Digest username="Mufasa", realm="{realm}", uri="/dir/index.html", algorithm={algorithm}, '
            f'nonce="{nonce}", '
            f'nc=00000001, cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", qop=auth, response="{response}"'
        )
        assert gate.check_http(header, "GET", "/dir/index.html", realm) == "accepted"
        assert (
            gate.check_http(header.replace(response, "0" * len(response)), "GET", "/dir/index.html", realm)
            == "rejected"
        )
