"""What is heard by each protocol, in the shape of the live scan; and what is never kept."""

from __future__ import annotations

import gzip
import hashlib
import struct

import dpkt
import pytest
from frames import CLIENT_MAC, DEVICE, SADP, Talk, datagram, ether, heard, http, ip, udp

from scanner.discovery.protocols import load_protocols
from scanner.evidence import MemoryEvidence
from scanner.fingerprint import identify
from scanner.model import FactSeen, Known, Observation
from scanner.net import DatagramReply

HELLO = (
    b'<?xml version="1.0"?><s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" '
    b'xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery" xmlns:dn="http://www.onvif.org/ver10/network/wsdl">'
    b"<s:Body><d:%s><d:Types>dn:NetworkVideoTransmitter</d:Types><d:Scopes>"
    b"onvif://www.onvif.org/name/AXIS%%20P3245-LVE "
    b"onvif://www.onvif.org/hardware/P3245-LVE</d:Scopes><d:XAddrs>http://127.36.9.1/onvif/device_service</d:XAddrs>"
    b"</d:%s></s:Body></s:Envelope>"
)
DHIP = (
    bytes(32)
    + b'{"method":"client.notifyDevInfo","params":{"deviceInfo":{"DeviceType":"IPC-HDW5442TM-AS","HttpPort":80,'
    b'"Version":"2.800.0000000.25.R","SerialNo":"7K0AAAAAPAG00001","Vendor":"Dahua","Init":2}}}\n\x00'
)
NOTIFY = (
    b"NOTIFY * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nNTS: ssdp:%s\r\nNT: upnp:rootdevice\r\n"
    b"SERVER: Linux/2.6.38 UPnP/1.0 IP Camera\r\nLOCATION: http://127.36.9.1:49152/description.xml\r\n\r\n"
)
DEVICE_INFO = (
    b'<?xml version="1.0" encoding="UTF-8"?><DeviceInfo version="2.0" xmlns="http://www.hikvision.com/ver20/XMLSchema">'
    b"<deviceName>IP CAMERA</deviceName><model>DS-2CD2146G2-ISU</model><firmwareVersion>V5.7.17</firmwareVersion>"
    b"<deviceType>IPCamera</deviceType></DeviceInfo>"
)


@pytest.mark.parametrize(
    ("port", "data", "maker"),
    [
        (37020, SADP, "Hikvision"),
        (37810, DHIP, "Dahua"),
        (3702, HELLO % (b"ProbeMatch", b"ProbeMatch"), "Axis"),
    ],
)
@pytest.mark.parametrize("to", ["127.36.9.200", "239.255.255.250", "255.255.255.255"])
def test_discovery_answers_read_as_live(port: int, data: bytes, maker: str, to: str) -> None:
    """The very observations, doors and facts of the sweep's reader, whoever the answer was sent to."""
    found = heard([datagram(data, port, target=to)])
    protocol = next(one for one in load_protocols().values() if one.port == port)
    moment = found.capture.hosts.of(bytes(map(int, DEVICE.split("."))), 0.0).last_at
    live = protocol.read(DatagramReply(DEVICE, port, data, moment, "", protocol.name))
    told = found.by[DEVICE]

    assert live is not None
    assert [text for text in told.observations if text.seen_in != "mac"] == list(live.observations)
    assert (told.endpoints, told.facts) == (live.endpoints, live.facts)
    assert identify(told.observations).maker == maker
    assert set(found.by) == {DEVICE}


def test_a_device_that_answers_to_its_own_port() -> None:
    """SADP of many devices goes from 37020 to 37020; a client's inquiry on the way is no answer."""
    inquiry = b'<?xml version="1.0"?><Probe><Uuid>1</Uuid><Types>inquiry</Types></Probe>'
    frames = [
        datagram(inquiry, 37020, source="127.36.9.200", target="239.255.255.250", to_port=37020),
        datagram(SADP, 50_000, target="239.255.255.250", to_port=37020),
    ]

    assert set(heard(frames).by) >= {DEVICE}
    assert heard(frames).texts("sadp", "127.36.9.200") == []


def test_announcements() -> None:
    """Hello and NOTIFY say what an answer says; a farewell and a search say nothing."""
    hello = heard([datagram(HELLO % (b"Hello", b"Hello"), 3702, target="239.255.255.250", to_port=3702)])
    alive = heard([datagram(NOTIFY % b"alive", 1900, target="239.255.255.250", to_port=1900)])
    gone = heard([datagram(NOTIFY % b"byebye", 1900, target="239.255.255.250", to_port=1900, ttl=63)])

    assert identify(hello.by[DEVICE].observations).model == "P3245-LVE"
    assert ("onvif", 80) in {(door.service, door.port) for door in hello.by[DEVICE].endpoints}
    assert alive.texts("ssdp-server") == ["Linux/2.6.38 UPnP/1.0 IP Camera"]
    assert (49152, "upnp", "/description.xml") in {(d.port, d.service, d.path) for d in alive.by[DEVICE].endpoints}
    assert gone.texts("ssdp") == []


def _mdns(*, address: str = DEVICE) -> bytes:
    def name(text: str) -> bytes:
        return b"".join(bytes([len(part)]) + part.encode() for part in text.split("|")) + b"\0"

    instance = name("AXIS P3245-LVE - ACCC8E000001|_axis-video|_tcp|local")
    texts = b"\x17macaddress=ACCC8E000001"
    records = [
        name("_axis-video|_tcp|local") + struct.pack(">HHIH", 12, 1, 9, len(instance)) + instance,
        instance + struct.pack(">HHIH", 16, 0x8001, 9, len(texts)) + texts,
        name("axis-accc8e000001|local") + struct.pack(">HHIH", 47, 0x8001, 9, 3) + b"abc",  # NSEC
        name("axis-accc8e000001|local") + struct.pack(">HHIH", 1, 0x8001, 9, 4) + bytes(map(int, address.split("."))),
    ]
    return struct.pack(">HHHHHH", 0, 0x8400, 0, 2, 0, 2) + b"".join(records)


def test_mdns() -> None:
    """Instance names and TXT strings; not from a reflector that speaks for another address."""
    found = heard([datagram(_mdns(), 5353, target="224.0.0.251", to_port=5353, ttl=255)])
    reflected = heard([datagram(_mdns(address="127.36.9.77"), 5353, target="224.0.0.251", to_port=5353, ttl=63)])
    identity = identify(found.by[DEVICE].observations)

    assert found.texts("mdns-txt") == ["AXIS P3245-LVE - ACCC8E000001._axis-video._tcp.local\nmacaddress=ACCC8E000001"]
    assert (identity.maker, identity.model, identity.mac) == ("Axis", "P3245-LVE", "ac:cc:8e:00:00:01")
    assert reflected.texts("mdns-txt") == []


def _dhcp(
    operation: int, kind: int, *, given: int = 0, own: int = 0, vendor: bytes = b"AXIS,Network Camera,P3343,5.20.3"
) -> bytes:
    message = dpkt.dhcp.DHCP(
        op=operation, chaddr=bytes.fromhex("accc8e000003"), yiaddr=given, ciaddr=own,
        opts=[(53, bytes([kind])), (12, b"axis-accc8e000003"), *([(60, vendor)] if operation == 1 else [])],
    )  # fmt: skip
    from_port, to_port = (68, 67) if operation == 1 else (67, 68)
    source = "0.0.0.0" if operation == 1 else "127.36.9.254"
    mac = bytes.fromhex("accc8e000003") if operation == 1 else CLIENT_MAC
    return ether(ip(udp(from_port, to_port, bytes(message)), 17, source, "255.255.255.255"), source=mac)


def test_dhcp_tells_of_the_address_that_was_given() -> None:
    """The class of a client counts for the address the server acknowledged, and its hardware address with it."""
    given = 0x7F240903
    found = heard([_dhcp(1, 1), _dhcp(2, 2, given=0x7F240999), _dhcp(1, 3), _dhcp(2, 5, given=given)])
    renewed = heard([_dhcp(1, 3, own=given)])
    unseen = heard(
        [
            _dhcp(1, 3),
            datagram(b"x", 9, source="127.36.9.3"),
        ]
    )
    by_frame = heard([_dhcp(1, 3), ether(ip(udp(9, 9, b"x"), 17, "127.36.9.3"), source=bytes.fromhex("accc8e000003"))])

    for one in (found, renewed, by_frame):
        identity = identify(one.by["127.36.9.3"].observations)
        assert one.texts("dhcp-vendor-class", "127.36.9.3") == ["AXIS,Network Camera,P3343,5.20.3"]
        assert one.texts("mac", "127.36.9.3") == ["ac:cc:8e:00:00:03"]
        assert (identity.maker, identity.model) == ("Axis", "P3343")
        assert set(one.by) == {"127.36.9.3"}
    assert unseen.texts("dhcp-vendor-class", "127.36.9.3") == []
    assert unseen.texts("dhcp-vendor-class", "ac:cc:8e:00:00:03") == ["AXIS,Network Camera,P3343,5.20.3"]


def _facts(facts: tuple[FactSeen, ...]) -> dict[str, object]:
    return {seen.key: seen.fact.value for seen in facts if isinstance(seen.fact, Known)}


def test_http_answers() -> None:
    """Server, realm, cookie name, title and page; the page's own name decides what it is."""
    talk = Talk(80).open()
    front = b"<html><head><title>Network Camera</title></head><body>hello</body></html>"
    talk.ask(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    talk.say(
        http(front, "Server: App-webs/", "Set-Cookie: WebSession=secret-session-1; path=/", "Content-Type: text/html")
    )
    talk.ask(b"GET /ISAPI/System/deviceInfo HTTP/1.1\r\n\r\n")
    talk.say(
        http(b"no", 'WWW-Authenticate: Digest realm="IP Camera(1)", nonce="n", qop="auth"', status="401 Unauthorized")
    )
    talk.ask(b'GET /ISAPI/System/deviceInfo HTTP/1.1\r\nAuthorization: Digest username="op", response="feed"\r\n\r\n')
    talk.say(http(DEVICE_INFO, "Content-Type: application/xml"), piece=11)
    found = heard(talk.frames)

    assert found.texts("http-server-header") == ["App-webs/"]
    assert found.texts("http-set-cookie") == ["WebSession=; path=/"]
    assert found.texts("http-realm") == ["IP Camera(1)"]
    assert found.texts("http-title") == ["Network Camera"]
    assert found.texts("http-body")[0] == front.decode()
    assert found.texts("isapi-deviceinfo") == [DEVICE_INFO.decode()]
    assert [(door.port, door.service) for door in found.by[DEVICE].endpoints] == [(80, "http")]
    assert _facts(found.by[DEVICE].facts)["web.auth"] == "digest"


@pytest.mark.parametrize("piece", [1, 7, 1_400])
@pytest.mark.parametrize("way", ["length", "chunked", "closed", "gzip", "head first"])
def test_every_way_to_frame_a_body(way: str, piece: int) -> None:
    """By length, in chunks, until the end, packed, after an answer without a body; however it is cut."""
    plain = DEVICE_INFO
    half = len(plain) // 2
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (plain[:half], plain[half:]))
    data = {
        "length": http(plain),
        "chunked": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        + chunks
        + b"0\r\nX: y\r\n\r\n"
        + http(b"next"),
        "closed": b"HTTP/1.0 200 OK\r\nServer: old\r\n\r\n" + plain,
        "gzip": http(gzip.compress(plain), "Content-Encoding: gzip"),
        "head first": b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n"
        + http(plain),
    }[way]
    found = heard(Talk(80).open().say(data, piece).close().frames)

    assert found.texts("isapi-deviceinfo") == [plain.decode()]


def test_a_capture_that_begins_in_the_middle() -> None:
    """The first answer that begins with a segment is found; what came before is passed over."""
    talk = Talk(80).say(b"the rest of some picture" * 100).ask(b"GET /x HTTP/1.1\r\n\r\n").say(http(DEVICE_INFO), 100)

    assert heard(talk.frames).texts("isapi-deviceinfo") == [DEVICE_INFO.decode()]


def test_makers_pages_by_their_names() -> None:
    """The notes of first contact: activation as a fact, a language file, a favicon by its sum."""
    icon = b"\0\0\1\0" + bytes(range(256)) * 4
    talk = Talk(80).open()
    talk.ask(b"GET /SDK/activateStatus HTTP/1.1\r\n\r\n").say(
        http(b"<ActivateStatus><Activated>false</Activated></ActivateStatus>")
    )
    talk.ask(b"GET /logo.ico?v=1 HTTP/1.1\r\n\r\n").say(http(b"other"))
    talk.ask(b"GET /favicon.ico?v=2 HTTP/1.1\r\n\r\n").say(http(icon, "Content-Type: image/x-icon"))
    talk.ask(b"GET /cgi-bin/magicBox.cgi?action=getSoftwareVersion HTTP/1.1\r\n\r\n")
    talk.say(http(b"version=2.800.0000000.25.R,build:2021-09-28\r\n"))
    talk.ask(b"GET /axis-cgi/param.cgi?action=list HTTP/1.1\r\n\r\n")
    talk.say(
        http(b"root.Brand.ProdNbr=P3245\nroot.Network.Password=hunter22\nroot.Properties.Firmware.Version=9.80.47\n")
    )
    found = heard(talk.frames)

    assert _facts(found.by[DEVICE].facts)["account.activated"] is False
    assert found.texts("http-favicon-md5") == [hashlib.md5(icon).hexdigest()]
    assert "version=2.800.0000000.25.R,build:2021-09-28" in found.texts("http-body")
    assert "root.Brand.ProdNbr=P3245\nroot.Properties.Firmware.Version=9.80.47" in found.texts("http-body")


def test_onvif_answers_and_upnp() -> None:
    """GetDeviceInformation and GetScopes in the shape of first contact; other SOAP is not kept."""
    envelope = (
        b'<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:t="http://www.onvif.org/ver10/device/wsdl">'
        b"<s:Body>%s</s:Body></s:Envelope>"
    )
    info = (
        b"<t:GetDeviceInformationResponse><t:Manufacturer>Bosch</t:Manufacturer><t:Model>NBE-3502-AL</t:Model>"
        b"<t:FirmwareVersion>7.80.0128</t:FirmwareVersion></t:GetDeviceInformationResponse>"
    )
    users = b"<t:GetUsersResponse><t:User><t:Username>caretaker</t:Username></t:User></t:GetUsersResponse>"
    upnp = b'<root xmlns="urn:schemas-upnp-org:device-1-0"><device><manufacturer>Bosch</manufacturer></device></root>'
    talk = Talk(80).open()
    for body in (info, users):
        talk.ask(b"POST /onvif/device_service HTTP/1.1\r\n\r\n").say(http(envelope % body))
    talk.ask(b"GET /d.xml HTTP/1.1\r\n\r\n").say(http(upnp))
    found = heard(talk.frames)
    identity = identify(found.by[DEVICE].observations)

    assert (identity.brand, identity.model) == ("Bosch", "NBE-3502-AL")
    assert found.texts("onvif-deviceinfo")[0].startswith("<t:GetDeviceInformationResponse")
    assert ("onvif", "/onvif/device_service") in {(d.service, d.path) for d in found.by[DEVICE].endpoints}
    assert found.texts("ssdp") == [upnp.decode()]
    assert "caretaker" not in found.everything()


def test_rtsp_between_its_media() -> None:
    """Server, realm and SDP; media between the answers, and their own framing, are passed over."""
    sdp = b"v=0\r\ns=Media Presentation\r\nc=IN IP4 10.0.0.9\r\nm=video 0 RTP/AVP 96\r\na=control:rtsp://u:pw@h/x\r\n"
    talk = Talk(554).open()
    talk.ask(b"OPTIONS rtsp://h/ RTSP/1.0\r\nCSeq: 1\r\n\r\n").say(
        b"RTSP/1.0 200 OK\r\nCSeq: 1\r\nPublic: OPTIONS\r\nServer: Hipcam\r\n\r\n"
    )
    talk.ask(b"DESCRIBE rtsp://h/ RTSP/1.0\r\nCSeq: 2\r\n\r\n")
    talk.say(b'RTSP/1.0 401 Unauthorized\r\nCSeq: 2\r\nWWW-Authenticate: Digest realm="IPC", nonce="0"\r\n\r\n')
    talk.ask(b"DESCRIBE rtsp://h/ RTSP/1.0\r\nCSeq: 3\r\nAuthorization: Basic b3A6aHVudGVyMjI=\r\n\r\n")
    talk.say(b"RTSP/1.0 200 OK\r\nCSeq: 3\r\nContent-Length: %d\r\n\r\n" % len(sdp) + sdp, 9)
    media = b"$\x00" + struct.pack(">H", 3000) + b"PIXELS" * 500
    talk.say(media * 4, 1000).say(b"RTSP/1.0 200 OK\r\nCSeq: 9\r\n\r\n")
    found = heard(talk.frames)

    assert found.texts("rtsp-server") == ["Hipcam"]
    assert found.texts("rtsp-realm") == ["IPC"]
    assert found.texts("rtsp-sdp") == ["v=0\r\ns=Media Presentation\r\nm=video 0 RTP/AVP 96"]
    assert _facts(found.by[DEVICE].facts) == {"stream.anonymous": False}
    assert [(door.port, door.service) for door in found.by[DEVICE].endpoints] == [(554, "rtsp")]
    assert "PIXELS" not in found.everything()


def test_a_stream_described_without_a_login() -> None:
    """A fact where the request is in the capture; unknown where it is not."""
    answer = b"RTSP/1.0 200 OK\r\nCSeq: 2\r\nContent-Length: 5\r\n\r\nv=0\r\n"
    asked = Talk(554).open().ask(b"DESCRIBE rtsp://h/ RTSP/1.0\r\nCSeq: 2\r\n\r\n").say(answer)

    assert _facts(heard(asked.frames).by[DEVICE].facts) == {"stream.anonymous": True}
    assert _facts(heard(Talk(554).open().say(answer).frames).by[DEVICE].facts) == {}


@pytest.mark.parametrize(
    ("port", "said", "kind", "raw"),
    [
        (22, b"SSH-2.0-dropbear_2019.78\r\n", "ssh-banner", "SSH-2.0-dropbear_2019.78"),
        (2222, b"SSH-2.0-dropbear_2019.78\r\n", "ssh-banner", "SSH-2.0-dropbear_2019.78"),
        (21, b"220 IPCamera FtpServer ready\r\n", "ftp-banner", "220 IPCamera FtpServer ready"),
        (23, b"\xff\xfd\x01\xff\xfd\x1f\r\nhi3516 login: ", "telnet-banner", "hi3516 login:"),
        (23, b"\xff\xfd\x01cam", "telnet-banner", "cam"),
    ],
)
def test_banners(port: int, said: bytes, kind: str, raw: str) -> None:
    """What a terminal says first; nothing of what follows once its client has spoken."""
    talk = (
        Talk(port)
        .open()
        .say(said)
        .ask(b"root\r\n")
        .say(b"root\r\nPassword: ")
        .ask(b"hunter22\r\n")
        .say(b"Welcome root")
    )
    found = heard(talk.frames)

    assert found.texts(kind) == [raw]
    assert kind.removesuffix("-banner") in {door.service for door in found.by[DEVICE].endpoints}
    assert "Password" not in found.everything()
    assert "root" not in found.everything()


def test_a_control_port_that_introduces_itself() -> None:
    """The frame of Hikvision's control port shows the service; other first bytes show nothing."""
    frame = bytes.fromhex("00000010" + "0000001e" * 2 + "00000000")
    other = heard(Talk(8000).open().say(bytes(16)).frames)

    assert [d.service for d in heard(Talk(8000).open().say(frame).close().frames).by[DEVICE].endpoints] == [
        "sdk-hikvision"
    ]
    assert [d.service for d in other.by[DEVICE].endpoints] == [""]


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_sip(transport: str) -> None:
    """The name of the server in an answer; a request with its login is not read."""
    answer = b"SIP/2.0 200 OK\r\nVia: x\r\nServer: Grandstream GDS3710 1.0.7.23\r\nContent-Length: 0\r\n\r\n"
    register = b'REGISTER sip:pbx SIP/2.0\r\nUser-Agent: Phone\r\nAuthorization: Digest response="feed"\r\n\r\n'
    if transport == "udp":
        found = heard([datagram(register, 5060, source="127.36.9.200", to_port=5060), datagram(answer, 5060)])
    else:
        found = heard(Talk(5060).open().ask(register).say(answer).frames)

    assert found.texts("sip-server") == ["Grandstream GDS3710 1.0.7.23"]
    assert "feed" not in found.everything()
    assert "Phone" not in found.everything()


def test_no_secret_is_kept_of_either_side() -> None:
    """Passwords, logins and cookies of clients, forms, and secrets in answers: not in observations, not as evidence."""
    evidence = MemoryEvidence()
    talk = Talk(80).open()
    talk.ask(
        b"POST /login?user=op&pwd=hunter22 HTTP/1.1\r\nAuthorization: Basic b3A6aHVudGVyMjI=\r\n"
        b"Cookie: s=hunter22\r\n\r\n"
    )
    talk.ask(b"user=op&password=hunter22")
    page = b"<html><title>x</title><Password>hunter22</Password><input name='password' value='hunter22'></html>"
    talk.say(http(page, "Set-Cookie: id=hunter22", "Location: http://op:hunter22@127.36.9.1/"))
    sadp = SADP.replace(b"</ProbeMatch>", b"<Salt>hunter22</Salt><Password>hunter22</Password></ProbeMatch>")
    found = heard([*talk.frames, datagram(sadp, 37020)], evidence=evidence)
    kept = b"".join(evidence.blobs.values())

    assert found.texts("http-title") == ["x"]
    assert found.texts("sadp")
    assert all(text.evidence in evidence.records for text in found.by[DEVICE].observations if text.seen_in != "mac")
    assert kept
    for secret in ("hunter22", "b3A6aHVudGVyMjI"):
        assert secret not in found.everything()
        assert secret.encode() not in kept
        assert secret not in repr(evidence.records)


def test_settings_and_pictures_are_not_kept() -> None:
    """Lists of settings, scripts and pictures pass by; only what tells who the device is stays."""
    talk = Talk(80).open()
    talk.say(http(b"table.General.MachineName=Nursery\r\n", "Content-Type: text/plain"))
    talk.say(http(b"<UserList><User><userName>caretaker</userName></User></UserList>", "Content-Type: application/xml"))
    talk.say(http(b"<html>JPEGJPEG", "Content-Type: image/jpeg"))
    talk.say(http(b"<html>SCRIPT", "Content-Type: application/javascript"))
    found = heard(talk.frames)

    assert [text.seen_in for text in found.by[DEVICE].observations] == ["mac"]
    assert [door.service for door in found.by[DEVICE].endpoints] == ["http"]


def test_an_observation_is_what_identify_reads() -> None:
    """The words of a sighting are those of the vocabulary."""
    assert isinstance(heard([datagram(SADP, 37020)]).by[DEVICE].observations[0], Observation)
