"""Everything that would hurt a real device is written down, and nothing that would not."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Iterator

import pytest
from lab_client import HTTP, HTTPS, LOGIN, RTSP, ask_datagram, ask_rtsp, digest, tls_context, token, visit

from scanner.lab import Fleet

TDS = "http://www.onvif.org/ver10/device/wsdl"
TEV = "http://www.onvif.org/ver10/events/wsdl"


@pytest.fixture
def kinds(fleet: Fleet) -> Iterator[Fleet]:
    yield fleet
    fleet.reset()


def kinds_of(fleet: Fleet) -> list[str]:
    return [harm.kind for harm in fleet.harm]


@pytest.mark.parametrize(
    ("name", "method", "target", "body", "kind"),
    [
        ("hikvision-old", "PUT", "/ISAPI/System/time", b"<Time/>", "write"),
        ("hikvision-old", "DELETE", "/ISAPI/Security/users/2", None, "write"),
        ("hikvision-old", "POST", "/ISAPI/System/deviceInfo", b"<x/>", "write"),
        ("hikvision-old", "POST", "/ISAPI/System/deviceInfo", b"", "bodiless-post"),
        ("hikvision-old", "BREW", "/", None, "unknown-verb"),
        ("hikvision-old", "GET", "/ISAPI/PTZCtrl/channels/1/EagleFocusing/auto", None, "state-change"),
        ("hikvision-old", "GET", "/ISAPI/Event/notification/alertStream", None, "subscription"),
        ("hikvision-old", "GET", "/ISAPI/Streaming/channels/101/picture", None, "media"),
        ("hikvision-old", "GET", "/ISAPI/Security/sessionLogin/capabilities?username=admin", None, "login-step"),
        ("dahua-smd", "GET", "/cgi-bin/configManager.cgi?action=setConfig&Telnet.Enable=true", None, "state-change"),
        ("dahua-smd", "GET", "/cgi-bin/magicBox.cgi?action=reboot", None, "state-change"),
        ("dahua-smd", "GET", "/cgi-bin/audio.cgi?action=getAudio", None, "media"),
        ("dahua-smd", "GET", "/cgi-bin/log.cgi?action=startFind", None, "media"),
        ("dahua-smd", "GET", "/cgi-bin/eventManager.cgi?action=attach&codes=[All]", None, "subscription"),
        ("dahua-smd", "POST", "/RPC2_Login", b'{"method":"global.login"}', "login-step"),
        ("axis-plain", "GET", "/axis-cgi/param.cgi?action=update&root.Network.SSH.Enabled=yes", None, "state-change"),
        ("axis-plain", "GET", "/axis-cgi/jpg/image.cgi", None, "media"),
        ("axis-plain", "POST", "/local/objectanalytics/control.cgi", b'{"method":"setConfiguration"}', "write"),
        ("axis-plain", "POST", "/axis-cgi/pwdgrp.cgi", b"action=add&user=x&pwd=y", "write"),
        ("onvif-nat", "POST", "/onvif/device_service", b"", "bodiless-post"),
        ("onvif-nat", "POST", "/onvif/device_service", b"<oops", "malformed-soap"),
    ],
)
def test_requests(kinds: Fleet, name: str, method: str, target: str, body: bytes | None, kind: str) -> None:
    with visit(kinds.device(name).address) as there:
        there.ask(method, target, body)
    assert kind in kinds_of(kinds)


@pytest.mark.parametrize(
    ("operation", "namespace", "kind"),
    [
        ("SetSystemFactoryDefault", TDS, "state-change"),
        ("SystemReboot", TDS, "state-change"),
        ("CreateUsers", TDS, "state-change"),
        ("GetSystemLog", TDS, "media"),
        ("CreatePullPointSubscription", TEV, "subscription"),
    ],
)
def test_soap_calls(kinds: Fleet, operation: str, namespace: str, kind: str) -> None:
    with visit(kinds.device("onvif-nat").address) as camera:
        camera.soap(operation, namespace)
    assert kinds_of(kinds) == [kind]


def test_passwords(kinds: Fleet) -> None:
    device = kinds.device("dahua-smd")
    target = "/cgi-bin/magicBox.cgi?action=getSerialNo"
    with visit(device.address) as camera:
        camera.ask("GET", target, None, {"Authorization": "Basic YXVkaXRvcjp4"})
        assert set(kinds_of(kinds)) == {"clear-basic", "wrong-password"}
    kinds.reset()
    with visit(device.address) as camera:
        assert camera.get(target, (LOGIN[0], "wrong")).status == 401
    assert kinds_of(kinds) == ["wrong-password"]


def test_lock_counts_rejections_of_all_protocols_and_nothing_else(kinds: Fleet) -> None:
    device = kinds.device("vivotek-camera")  # five attempts
    wrong = (LOGIN[0], "wrong")
    with visit(device.address) as camera:
        for _ in range(10):
            assert camera.get("/cgi-bin/x").status == 401  # a missing login does not count
        for _ in range(2):
            assert camera.get("/cgi-bin/x", wrong).status == 401
        assert camera.soap("GetDeviceInformation", TDS, header=token(wrong)).status == 400
        assert device.gate.tries_left == 2
        reply = ask_rtsp(device.address, f"DESCRIBE rtsp://{device.address}:{RTSP}/ RTSP/1.0")[0]
        challenge = next(line.split(": ", 1)[1] for line in reply.splitlines() if line.startswith("WWW-Authenticate"))
        url = f"rtsp://{device.address}:{RTSP}/"
        ask_rtsp(
            device.address, f"DESCRIBE {url} RTSP/1.0\r\nAuthorization: {digest([challenge], 'DESCRIBE', url, wrong)}"
        )
        assert device.gate.tries_left == 1
        assert camera.get("/cgi-bin/x", LOGIN).status == 404  # right: the count starts again
        assert device.gate.tries_left == 5
        for _ in range(5):
            camera.get("/cgi-bin/x", wrong)
        assert device.gate.locked
        assert camera.get("/cgi-bin/x", LOGIN).status == 403
    assert kinds_of(kinds).count("wrong-password") == 2 + 1 + 1 + 5


def test_dahua_lock_says_403(kinds: Fleet) -> None:
    device = kinds.device("dahua-smd")
    with visit(device.address) as camera:
        for _ in range(5):
            camera.get("/cgi-bin/magicBox.cgi?action=getSerialNo", ("admin", "x"))
        got = camera.get("/cgi-bin/magicBox.cgi?action=getSerialNo", LOGIN)
    assert got.status == 403
    assert got.json["remainLockSecond"] > 1700


def test_connections_held_together(kinds: Fleet) -> None:
    address = kinds.device("axis-plain").address
    with socket.create_connection((address, HTTP)), socket.create_connection((address, RTSP)):
        time.sleep(0.1)
    time.sleep(0.5)
    assert kinds_of(kinds) == []  # a switch of connections may overlap shortly
    with socket.create_connection((address, HTTP)), socket.create_connection((address, RTSP)):
        time.sleep(0.6)
    assert kinds_of(kinds) == ["second-connection"]


def test_requests_on_two_connections_in_turn(kinds: Fleet) -> None:
    address = kinds.device("axis-plain").address
    with visit(address) as first, visit(address) as second:
        first.get("/")
        second.get("/")
        assert kinds_of(kinds) == []
        first.get("/")
    assert "second-connection" in kinds_of(kinds)


def test_http_kills_a_fragile_rtsp_server() -> None:
    with Fleet(["decoy-router", "axis-plain"], base="127.32.2.0") as fleet:
        router, camera = fleet.devices
        with socket.create_connection((router.address, RTSP), 2) as sock:
            sock.sendall(b"GET / HTTP/1.1\r\n\r\n")
            assert sock.recv(100) == b""
        assert kinds_of(fleet) == ["http-on-rtsp"]
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((router.address, RTSP), 1)
        fleet.reset()
        with socket.create_connection((camera.address, RTSP), 2) as sock:
            sock.sendall(b"GET / HTTP/1.1\r\n\r\n")
            assert sock.recv(100).startswith(b"RTSP/1.0 400")
        assert kinds_of(fleet) == ["http-on-rtsp"]
        assert ask_rtsp(camera.address, f"OPTIONS rtsp://{camera.address}/ RTSP/1.0")[0].startswith("RTSP/1.0 200")


@pytest.mark.parametrize(
    ("name", "port", "data"),
    [
        ("onvif-nat", 3702, b""),
        ("onvif-nat", 3702, b"<x/>"),
        ("hikvision-old", 37020, b""),
        ("hikvision-old", 37020, b"<Probe><Uuid>A</Uuid><Types>update</Types></Probe>"),
        ("dahua-smd", 37810, b'{"method":"DHDiscover.search"}'),
        ("dahua-smd", 37810, b"\x20\x00\x00\x00DHIP" + bytes(24)),
        ("decoy-nas", 1900, b"NOTIFY * HTTP/1.1\r\n\r\n"),
    ],
)
def test_malformed_datagrams(kinds: Fleet, name: str, port: int, data: bytes) -> None:
    assert ask_datagram(kinds.device(name).address, port, data, 0.2) is None
    assert kinds_of(kinds) == ["malformed-datagram"]


def test_third_datagram_of_a_kind(kinds: Fleet) -> None:
    inquiry = b"<Probe><Uuid>0C0FFEE0-1111-4222-8333-444455556666</Uuid><Types>inquiry</Types></Probe>"
    address = kinds.device("hikvision-old").address
    for _ in range(2):
        assert ask_datagram(address, 37020, inquiry) is not None
    assert kinds_of(kinds) == []
    ask_datagram(address, 37020, inquiry)
    assert kinds_of(kinds) == ["too-many-datagrams"]


def test_fragile_rate() -> None:
    for fragile, expected in ((True, True), (False, False)):
        with Fleet(["hikvision-old-inactive"], base="127.32.3.0", fragile=fragile) as fleet:
            with visit(fleet.devices[0].address) as camera:
                for _ in range(15):
                    camera.get("/")
            assert ("too-fast" in kinds_of(fleet)) is expected


def test_control_ports_want_no_bytes(kinds: Fleet) -> None:
    hikvision, dahua = kinds.device("hikvision-old").address, kinds.device("dahua-smd").address
    with socket.create_connection((hikvision, 8000), 3) as sock:
        assert sock.recv(64) == bytes.fromhex("000000100000001e0000001e00000000")
    with socket.create_connection((dahua, 37777), 3) as sock:
        sock.settimeout(0.2)
        with pytest.raises(TimeoutError):
            sock.recv(1)
    with socket.create_connection((kinds.device("decoy-switch").address, 2222), 3) as sock:
        assert sock.recv(64).startswith(b"SSH-2.0-Mocana")
    assert kinds_of(kinds) == []
    with socket.create_connection((hikvision, 8000), 3) as sock:
        sock.sendall(b"\x16\x03\x01")
        assert sock.recv(64) == b""
    assert kinds_of(kinds) == ["bytes-on-control-port"]


def test_a_tls_hello_on_a_web_port_is_no_harm_but_on_rtsp_it_is(kinds: Fleet) -> None:
    address = kinds.device("axis-plain").address
    for port in (HTTP, RTSP):
        with socket.create_connection((address, port), 3) as sock, pytest.raises((ssl.SSLError, ConnectionError)):
            tls_context().wrap_socket(sock)
    assert kinds_of(kinds) == ["not-rtsp"]
    assert [row.protocol for row in kinds.received] == ["tcp", "tls", "tcp"]


def test_plain_http_on_the_tls_port_is_survived(kinds: Fleet) -> None:
    address = kinds.device("axis-aoa").address
    with socket.create_connection((address, HTTPS), 3) as sock:
        sock.sendall(b"GET / HTTP/1.1\r\n\r\n")
        assert not sock.recv(64).startswith(b"HTTP")
    with visit(address, HTTPS, tls=True) as camera:
        assert camera.get("/").status == 200
