"""First contact with the virtual fleet, and with servers that lie, lead astray or die."""

from __future__ import annotations

import asyncio
import json
import socketserver
import threading
from collections import Counter
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lab_doors import lab_door, received, sent, swept
from tiny_servers import Behaviour, TinyServer, hang_up, page, raw, server_context

from scanner.fingerprint import identify
from scanner.fingerprint.first_contact import FirstContact, observe, page_text
from scanner.lab import Fleet
from scanner.lab.files import load_personalities
from scanner.model import Endpoint, Known, Observation, Unseen
from scanner.net import Door, Limits

SHORT = Limits(connect_seconds=1.0, connect_test_seconds=0.5, idle_seconds=1.0, exchange_seconds=2.0)


def contact(
    door: Door, address: str, ports: Iterable[int | Endpoint], heard: Iterable[Observation] = ()
) -> FirstContact:
    """First contact with open ports nothing is known of, or with given endpoints."""
    endpoints = [port if isinstance(port, Endpoint) else Endpoint(address, port, found_by="tcp") for port in ports]
    with door.link(address) as link:
        return observe(link, endpoints, heard)


def values(found: FirstContact) -> dict[str, Any]:
    return {seen.key: seen.fact.value for seen in found.facts if isinstance(seen.fact, Known)}


def texts(found: FirstContact, seen_in: str) -> list[str]:
    return [one.raw for one in found.observations if one.seen_in == seen_in]


# -- the whole lab ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def lab(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterable[tuple[Fleet, dict[str, FirstContact], list[dict[str, Any]], Any]]:
    """Each personality of the lab, swept and contacted once; the ledger of all of it."""
    ledger = tmp_path_factory.mktemp("contact") / "ledger.jsonl"
    with Fleet(list(load_personalities()), base="127.38.30.0") as fleet:
        door = lab_door(ledger)
        seen = asyncio.run(swept(door, fleet.truth))
        found = {
            address: contact(door, address, sighting.endpoints, sighting.observations)
            for address, sighting in seen.items()
        }
        yield fleet, found, [json.loads(line) for line in ledger.read_text().splitlines()], seen


def test_the_lab_is_unharmed_and_the_ledger_tells_all(lab: Any) -> None:
    """Whatever reached a device is in the ledger, and the other way round; no harm of any kind."""
    fleet, _, lines, _ = lab
    open_ports = {(device.address, str(port)) for device in fleet.devices for port in device.ports.values()}
    speaks = {(device.address, protocol) for device in fleet.devices for protocol in device.datagram_ports}
    let_out = Counter({
        key: count for key, count in sent(lines, fleet.truth).items()
        if (key[2] == "tcp" and key[:2] in open_ports) or (key[2] == "udp" and (key[0], key[3]) in speaks)
    })  # fmt: skip

    assert fleet.harm == []
    assert received(fleet) == let_out


def test_every_kind_is_told(lab: Any) -> None:
    """Cameras and recorders are identified as such without a login, decoys are not taken for cameras."""
    fleet, found, _, seen = lab
    wrong = []
    for address, truth in fleet.truth.items():
        identity = identify((*seen[address].observations, *found[address].observations))
        if truth.is_camera and (
            identity.is_camera is not True or (truth.maker and identity.maker not in (truth.maker, None))
        ):
            wrong.append((truth.personality, identity.kind, identity.maker))
        if not truth.is_camera and identity.is_camera:
            wrong.append((truth.personality, identity.kind, identity.maker))

    assert wrong == []


def test_decoys_get_no_question_for_cameras(lab: Any) -> None:
    """GET / and the description that SSDP announced, and nothing more."""
    fleet, _, lines, _ = lab
    for device in fleet.devices:
        if not device.truth.is_camera:
            asked = [
                (line["method"], line["path"]) for line in lines
                if line["kind"] == "sent" and line["address"] == device.address and line["protocol"] in ("http", "rtsp")
            ]  # fmt: skip
            assert ("GET", "/") in asked
            assert all(method == "GET" and (path == "/" or path.endswith(".xml")) for method, path in asked), (
                device.personality.id
            )


def test_facts_are_the_truth(lab: Any) -> None:
    """No fact of first contact contradicts the lab; each has evidence or a reason; each observation has evidence."""
    fleet, found, _, _ = lab
    wrong = []
    known = 0
    for address, truth in fleet.truth.items():
        for key, value in values(found[address]).items():
            known += key in truth.facts
            if key == "time.skew_seconds":
                if key in truth.facts and abs(value - truth.facts[key]) > 2:
                    wrong.append((truth.personality, key, value, truth.facts[key]))
            elif key in truth.facts and truth.facts[key] is not None and truth.facts[key] != value:
                wrong.append((truth.personality, key, value, truth.facts[key]))
        assert all(one.evidence for one in found[address].observations)

    assert wrong == []
    assert known > 50


def test_services_are_filled_in(lab: Any) -> None:
    """What was shown to speak a protocol says so."""
    fleet, found, _, _ = lab
    for device in fleet.devices:
        if not device.truth.is_camera:
            continue
        services = {(one.port, one.service) for one in found[device.address].endpoints}
        for service in ("http", "https", "rtsp"):
            if service in device.ports:
                assert (device.ports[service], service) in services, device.personality.id


def test_no_credentials_leave(lab: Any) -> None:
    """No login, no token: nothing was rejected and nothing says so."""
    _, _, lines, _ = lab

    assert not [line for line in lines if line["kind"] == "login-rejected"]


# -- servers that lead astray ------------------------------------------------------------------------


def web(address: str, behaviour: Behaviour, port: int = 8080) -> TinyServer:
    return TinyServer(address, behaviour, port)


@pytest.mark.parametrize(
    "lure",
    [
        page(b"", "302 Found", "Location: http://127.38.40.99:8080/index.html"),
        page(b"", "302 Found", "Location: //127.38.40.99:8080/index.html"),
        page(b"", "302 Found", "Location: file:///etc/passwd"),
        page(b"", "302 Found", "Location: http://user:word@127.38.40.1:8080/index.html"),
        page(b"", "302 Found", "Location: /cgi-bin/reboot"),
        page(b"", "302 Found", "Location: http://[broken"),
        page(b"<meta http-equiv='refresh' content='0;url=http://127.38.40.99:8080/index.html'>"),
        page(b'<meta http-equiv=refresh content="0; URL=/cgi-bin/hi3510/param.cgi?cmd=reboot">'),
    ],
)
def test_a_page_cannot_lead_elsewhere(lure: Behaviour) -> None:
    """Not to another host, scheme or login, and not to a path that is not in the catalogue."""
    with web("127.38.40.1", lure) as here, web("127.38.40.99", page(b"trap")) as there:
        contact(lab_door(limits=SHORT), "127.38.40.1", [8080])

        assert [line.split()[:2] for line in here.lines] == [["GET", "/"]]
        assert there.connections == []


def test_one_page_further_on_the_same_door() -> None:
    """A known login page is followed once, a second redirect is not."""

    def behave(_server: TinyServer, connection: Any, request: bytes) -> None:
        if request.startswith(b"GET / "):
            connection.sendall(b"HTTP/1.1 302 Found\r\nLocation: /index.asp\r\nContent-Length: 0\r\n\r\n")
        else:
            connection.sendall(b"HTTP/1.1 302 Found\r\nLocation: /index.html\r\nContent-Length: 0\r\n\r\n")

    with web("127.38.40.1", behave) as here:
        contact(lab_door(limits=SHORT), "127.38.40.1", [8080])

        assert [line.split()[1] for line in here.lines] == ["/", "/index.asp"]


def test_a_door_that_only_leads_to_tls() -> None:
    """web.http is False, and the page is read over TLS instead."""
    address = "127.38.40.2"
    with ExitStack() as stack:
        stack.enter_context(web(address, page(b"", "301 Moved", f"Location: https://{address}/")))
        tls = stack.enter_context(TinyServer(address, page(b"<title>IP Camera</title>"), 8443, server_context()))

        found = contact(lab_door(limits=SHORT), address, [8080, 8443])

        assert values(found)["web.http"] is False
        assert values(found)["web.https"] is True
        assert values(found)["tls.certificate.self_signed"] is True
        assert texts(found, "http-title") == ["IP Camera"]
        assert tls.lines[0].startswith("GET / ")


class PlainHandler(socketserver.BaseRequestHandler):
    """Plain HTTP where TLS is usual: a hello is answered with 400, or not at all."""

    def handle(self) -> None:
        data = self.request.recv(4096)
        if data.startswith(b"GET / "):
            self.request.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n<title>Plain</title>")
        elif not self.server.mute:  # type: ignore[attr-defined]
            self.request.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")


class PlainServer(socketserver.ThreadingTCPServer):
    allow_reuse_address = True  # the test may be run again while old connections are still remembered


@pytest.mark.parametrize("mute", [False, True])
def test_plain_http_where_tls_is_usual(mute: bool) -> None:
    """A web door that cannot make sense of a TLS hello gets one plain question; the failed TLS stays a gap."""
    address = "127.38.40.31" if mute else "127.38.40.30"
    with PlainServer((address, 8443), PlainHandler) as server:
        server.mute = mute  # type: ignore[attr-defined]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        found = contact(lab_door(limits=SHORT), address, [8443])
        server.shutdown()

    assert texts(found, "http-title") == ["Plain"]
    assert "first contact: tls 8443" in {gap.part for gap in found.gaps}
    assert {one.port: one.service for one in found.endpoints} == {8443: "http"}


def test_an_upnp_description_elsewhere_is_not_fetched() -> None:
    """Only endpoints of the address itself are asked, whoever wrote them down."""
    with web("127.38.40.99", page(b"trap")) as there, web("127.38.40.4", page(b"")) as here:
        trap = Endpoint("127.38.40.99", 8080, "tcp", "upnp", "/description.xml", "ssdp")
        odd = Endpoint("127.38.40.4", 8080, "tcp", "upnp", "/cgi-bin/reboot.cgi", "ssdp")

        found = contact(lab_door(limits=SHORT), "127.38.40.4", [trap, odd, 8080])

        assert there.connections == []
        assert [line.split()[1] for line in here.lines] == ["/"]
        assert ("first contact: upnp description", "no-reader") in {(gap.part, gap.why) for gap in found.gaps}


# -- servers that die --------------------------------------------------------------------------------


def test_an_rtsp_server_that_dies_of_http_survives() -> None:
    """The lab's RTSP servers that end at the first HTTP request are still there after first contact."""
    with Fleet(["decoy-router"], base="127.38.41.0") as fleet:
        (address,) = fleet.truth
        door = lab_door()

        found = contact(door, address, [8554])

        assert fleet.harm == []
        assert {one.protocol for one in fleet.received} == {"tcp", "rtsp"}
        assert values(found)["stream.anonymous"] is True
        assert asyncio.run(door.connect_test(address, 8554)) == "open"
        asyncio.run(asyncio.sleep(0.1))


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (b"RTSP/1.0 200 OK\r\nCSeq: 1\r\n\r\n", True),
        (b'RTSP/1.0 401 Unauthorized\r\nCSeq: 1\r\nWWW-Authenticate: Digest realm="Lab", nonce="1"\r\n\r\n', False),
        (b"RTSP/1.0 404 Stream Not Found\r\nCSeq: 1\r\n\r\n", "no-such-page"),
        (b"RTSP/1.0 403 Forbidden\r\nCSeq: 1\r\n\r\n", "forbidden"),
        (b"RTSP/1.0 500 Server Error\r\nCSeq: 1\r\n\r\n", "malformed"),
    ],
)
def test_what_describe_says(reply: bytes, expected: object) -> None:
    """200 is an open stream, 401 a closed one, anything else is not known."""
    with TinyServer("127.38.42.1", raw(reply), 8554) as server:
        found = contact(lab_door(limits=SHORT), "127.38.42.1", [8554])

        assert [line.split()[0] for line in server.lines] == ["OPTIONS", "DESCRIBE"]
    (fact,) = [seen.fact for seen in found.facts if seen.key == "stream.anonymous"]
    assert (fact.value if isinstance(fact, Known) else fact.why if isinstance(fact, Unseen) else None) == expected


def test_the_session_is_kept_without_its_addresses() -> None:
    """Software and kind of a live stream are read; where it plays from is not kept."""
    body = b"v=0\r\no=- 1 1 IN IP4 10.0.0.9\r\ns=Lab\r\nc=IN IP4 239.1.1.1\r\na=tool:BC Streaming Media v1\r\na=control:rtsp://10.0.0.9/secret\r\n"
    reply = b"RTSP/1.0 200 OK\r\nCSeq: 1\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
    with TinyServer("127.38.42.2", raw(reply), 8554):
        found = contact(lab_door(limits=SHORT), "127.38.42.2", [8554])

    (session,) = texts(found, "rtsp-sdp")
    assert "BC Streaming Media" in session
    assert "10.0.0.9" not in session
    assert "239.1.1.1" not in session


def test_an_unknown_port_is_never_asked_in_the_clear() -> None:
    """It may speak first; else it gets a TLS hello and nothing more."""
    silent = TinyServer("127.38.43.1", hang_up, 9527, ends=b"\x00\x00\x00\x00never")
    ssh = TinyServer("127.38.43.1", hang_up, 2222, greeting=b"SSH-2.0-dropbear_2019.78\r\n")
    with silent, ssh, TinyServer("127.38.43.1", hang_up, 9443, server_context()) as tls:
        found = contact(lab_door(limits=SHORT), "127.38.43.1", [9527, 2222, 9443])

        assert tls.requests == silent.requests == ssh.requests == []
    services = {one.port: one.service for one in found.endpoints}
    assert services == {9527: "", 2222: "ssh", 9443: "tls"}
    assert texts(found, "ssh-banner") == ["SSH-2.0-dropbear_2019.78"]
    assert values(found)["service.ssh"] is True
    assert ("first contact: unknown port 9527", "no-reader") in {(gap.part, gap.why) for gap in found.gaps}


def test_control_ports_hear_nothing_from_us() -> None:
    """37777, 34567 and 9000 are not even connected to; 8000 is listened to for its frame."""
    frame = bytes.fromhex("000000100000001e0000001e00000000")
    with ExitStack() as stack:
        quiet = [stack.enter_context(TinyServer("127.38.43.2", hang_up, port)) for port in (37777, 34567, 9000)]
        hikvision = stack.enter_context(TinyServer("127.38.43.2", hang_up, 8000, greeting=frame))

        found = contact(lab_door(limits=SHORT), "127.38.43.2", [37777, 34567, 9000, 8000])

        assert [server.connections for server in quiet] == [[], [], []]
        assert len(hikvision.connections) == 1
        assert hikvision.requests == []
    assert {one.port: one.service for one in found.endpoints} == {37777: "", 34567: "", 9000: "", 8000: "sdk-hikvision"}
    assert values(found) == {"service.sdk": True}


def test_terminals_are_only_listened_to() -> None:
    """A Telnet greeting is read without its commands; no byte is sent."""
    greeting = b"\xff\xfd\x01\xff\xfb\x03\x1b[2Jlab login: "
    with TinyServer("127.38.43.3", hang_up, 2323, greeting=greeting) as server:
        found = contact(lab_door(limits=SHORT), "127.38.43.3", [2323])

        assert server.requests == []
    assert texts(found, "telnet-banner") == ["[2Jlab login:"]
    assert values(found) == {"service.telnet": True}


def test_a_device_that_fails_is_left_alone() -> None:
    """After three failures nothing more is asked; the reasons are gaps, and no exception leaves."""
    with ExitStack() as stack:
        ports = (80 + 8000, 8443, 8554, 81 + 9000)
        servers = [stack.enter_context(TinyServer("127.38.44.1", hang_up, port)) for port in ports]

        doors = [Endpoint("127.38.44.1", port, "tcp", "http", found_by="sadp") for port in ports]
        found = contact(lab_door(limits=SHORT), "127.38.44.1", doors)

        assert sum(len(server.requests) for server in servers) <= 6
    assert {gap.why for gap in found.gaps} <= {"closed-early", "left-alone"}
    assert found.gaps


SAME_TO_EVERYTHING = (
    b'<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body><GetWsdlUrlResponse><WsdlUrl>x</WsdlUrl>'
    b"</GetWsdlUrlResponse></s:Body></s:Envelope>"
)


def test_the_same_answer_to_every_question_is_no_answer() -> None:
    """An envelope that answers another question tells no fact but that ONVIF is spoken."""
    address = "127.38.45.1"
    onvif = Endpoint(address, 8899, "tcp", "onvif", "/onvif/device_service", "ws-discovery")
    with TinyServer(address, page(SAME_TO_EVERYTHING), 8899) as server:
        found = contact(lab_door(limits=SHORT), address, [onvif])

        assert all(line.startswith("POST /onvif/device_service ") for line in server.lines)
    assert values(found) == {"onvif.enabled": True}
    assert texts(found, "onvif-services") == []
    facts = {seen.key: seen.fact for seen in found.facts}
    assert isinstance(facts["onvif.anonymous"], Unseen)
    assert isinstance(facts["time.skew_seconds"], Unseen)


def test_no_onvif_question_without_a_sign_of_a_camera() -> None:
    """A plain web server gets GET / and nothing else."""
    with web("127.38.45.2", page(b"<title>Welcome</title><form>User name Password</form>")) as server:
        contact(lab_door(limits=SHORT), "127.38.45.2", [8080])

        assert [line.split()[:2] for line in server.lines] == [["GET", "/"]]


# -- pure readers ------------------------------------------------------------------------------------


def test_page_text() -> None:
    """Titles, realms, schemes and cookies as they are written in the field."""
    assert page_text.title("<TITLE lang=en>\n Caf&eacute; </TITLE>") == "Café"
    assert page_text.title("<title></title>") is None
    assert page_text.realms(['Digest qop="auth", realm="Lab", nonce="secret"', "Basic realm=Lab2"]) == ["Lab", "Lab2"]
    assert page_text.login_schemes(['Digest realm="a"', 'Basic realm="a"']) == "digest/basic"
    assert page_text.login_schemes(["Negotiate"]) is None
    assert page_text.cookie_shape("session=0123456789; Path=/; HttpOnly") == "session=; Path=/; HttpOnly"
    assert page_text.path_on_host("index.asp", "127.0.0.1", 80, tls=False) == "/index.asp"
    assert page_text.path_on_host("http://127.0.0.1:81/x", "127.0.0.1", 80, tls=False) is None
    assert page_text.leads_to_tls("https://127.0.0.1/", "127.0.0.1")
    assert not page_text.leads_to_tls("https://127.0.0.2/", "127.0.0.1")


@given(st.text(max_size=500))
def test_no_page_raises(text: str) -> None:
    """Whatever a page or header says; a redirect is a path on this door or nothing."""
    page_text.title(text)
    page_text.realms([text])
    page_text.login_schemes([text])
    page_text.cookie_shape(text)
    page_text.leads_to_tls(text, "127.0.0.1")
    path = page_text.path_on_host(page_text.moved_to(text, "") or text, "127.0.0.1", 80, tls=False)
    assert path is None or path.startswith("/")
    page_text.moved_to(None, f"<meta http-equiv=refresh content='0;url={text}'>")
    page_text.moved_to(None, text)


def test_recorded_devices_say_who_they_are() -> None:
    """The replies of recorded cameras, played back over HTTP as ONVIF, become observations and facts."""
    from needs import recordings

    played = 0
    for number, path in enumerate(recordings()):
        rows = {
            row["probe"]: row["raw"] for row in json.loads(Path(path).read_text())["evidence"] if row["kind"] == "onvif"
        }
        if "GetDeviceInformation" not in rows:
            continue
        address = f"127.38.46.{number + 1}"

        def behave(_server: TinyServer, connection: Any, request: bytes, rows: dict[str, str] = rows) -> None:
            name = next((name for name in rows if f"{name}".encode() in request.partition(b"\r\n\r\n")[2]), None)
            envelope = (
                '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" '
                'xmlns:tt="http://www.onvif.org/ver10/schema" xmlns:tds="http://www.onvif.org/ver10/device/wsdl">'
                f"<s:Body>{rows[name] if name else ''}</s:Body></s:Envelope>"
            ).encode()
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(envelope) + envelope)

        onvif = Endpoint(address, 8899, "tcp", "onvif", "/onvif/device_service", "ws-discovery")
        with TinyServer(address, behave, 8899):
            found = contact(lab_door(limits=SHORT), address, [onvif])
        assert len(texts(found, "onvif-deviceinfo")) == 1, path.name
        assert values(found)["onvif.anonymous"] is True
        assert "time.skew_seconds" in values(found)
        played += 1
    assert played >= 4
