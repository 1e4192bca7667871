"""nmap's XML: a device's own words become observations, nmap's guesses stay guesses, and files end where they end."""

from __future__ import annotations

import base64
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from xml.sax.saxutils import quoteattr

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from imports import Read, mistakes, read_file

from scanner.discovery.importers.nmap.elements import MOST_BYTES
from scanner.discovery.importers.nmap.fingerprints import replies
from scanner.model import Known, Unseen

HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE nmaprun>\n'
    '<?xml-stylesheet href="file:///usr/share/nmap/nmap.xsl" type="text/xsl"?>\n'
    '<nmaprun scanner="nmap" args="nmap -sV -sC -oX hosts.xml 10.20.0.0/24" start="1795075200" version="7.95" '
    'xmloutputversion="1.05">\n<scaninfo type="syn" protocol="tcp" numservices="1" services="80"/>\n'
)
TAIL = (
    '<runstats><finished time="1795075300" elapsed="100"/><hosts up="1" down="0" total="1"/></runstats>\n</nmaprun>\n'
)


def host(address: str, *ports: str, mac: str = "", state: str = "up", end: str = "1795075230") -> str:
    second = f'<address addr="{mac}" addrtype="mac" vendor="Somebody"/>\n' if mac else ""
    return (
        f'<host starttime="1795075201" endtime="{end}"><status state="{state}" reason="arp-response" reason_ttl="0"/>\n'
        f'<address addr="{address}" addrtype="ipv4"/>\n{second}<hostnames/>\n'
        f'<ports><extraports state="closed" count="990"/>\n{"".join(ports)}</ports>\n</host>\n'
    )


def port(number: int, inner: str = "", *, state: str = "open", service: str = "", protocol: str = "tcp") -> str:
    return (
        f'<port protocol="{protocol}" portid="{number}"><state state="{state}" reason="syn-ack" reason_ttl="64"/>'
        f"{service}{inner}</port>\n"
    )


def probed(name: str, **attributes: str) -> str:
    said = "".join(f" {key}={quoteattr(value)}" for key, value in attributes.items())
    return f'<service name="{name}"{said} method="probed" conf="10"/>'


def script(name: str, output: str, inner: str = "") -> str:
    return f'<script id="{name}" output={quoteattr(output)}>{inner}</script>'


def read(tmp_path: Path, *hosts: str) -> Read:
    path = tmp_path / "hosts.xml"
    path.write_text(HEAD + "".join(hosts) + TAIL, encoding="utf-8")
    return read_file(path)


def fingerprint(probe: str, reply: bytes) -> str:
    """As nmap writes the reply to a probe; written for the test, from the rules of ``service_scan.cc``."""
    escaped = ""
    for byte in reply:
        char = chr(byte)
        if char.isascii() and char.isalnum():
            escaped += char
        elif char in '\\?"[]().*+$^|':
            escaped += f"\\{char}"
        elif char in "\r\n\t\0":
            escaped += {"\r": "\\r", "\n": "\\n", "\t": "\\t", "\0": "\\0"}[char]
        elif 0x20 < byte < 0x7F:
            escaped += char
        else:
            escaped += f"\\x{byte:02x}"
    return f'SF-Port80-TCP:V=7.95%I=7%D=11/19%Time=6920%P=x86_64-pc-linux-gnu%r({probe},{len(reply):X},"{escaped}")'


# -- what devices said ---------------------------------------------------------------------------------------


def test_words_of_scripts_are_kept_with_their_place_and_proof(tmp_path: Path) -> None:
    page = port(
        80,
        script("http-title", "Login", '<elem key="title">Login page</elem>')
        + script("http-server-header", "App-webs/", "<elem>App-webs/</elem>")
        + script("http-auth", "", '<table><elem key="scheme">Digest</elem><table key="params">'
                 '<elem key="realm">IP Camera(C1234)</elem></table></table>')
        + script("http-favicon", "Unknown favicon MD5: 89B932FCC47CF4CA3FAADB0CFDEF89CF"),
        service=probed("http"),
    )  # fmt: skip
    found = read(tmp_path, host("10.20.0.11", page, mac="44:19:B6:00:00:11"))

    assert sorted(found.texts("10.20.0.11")) == [
        ("http-favicon-md5", "89b932fcc47cf4ca3faadb0cfdef89cf"),
        ("http-realm", "IP Camera(C1234)"),
        ("http-server-header", "App-webs/"),
        ("http-title", "Login page"),
        ("mac", "44:19:b6:00:00:11"),
    ]
    [one] = found.signs
    assert one.place == "hosts.xml:6"
    assert one.seen_at == datetime.fromtimestamp(1795075230, UTC)
    assert found.doors("10.20.0.11") == {80: "http"}
    proof = {text.evidence for text in one.sighting.observations}
    record = found.evidence.find(proof.pop())
    assert not proof
    assert record is not None
    assert (record.request, record.seen_at) == ("hosts.xml:6", one.seen_at)
    kept = found.evidence.read(record.id)
    assert kept.startswith(b"<host starttime")
    assert kept.endswith(b"</host>")
    assert found.identity("10.20.0.11").maker == "Hikvision"


def test_replies_nmap_could_not_name_are_read_as_the_device_sent_them(tmp_path: Path) -> None:
    reply = b'HTTP/1.1 401 Unauthorized\r\nServer: App-webs/\r\nWWW-Authenticate: Digest realm="DVR", nonce="1"\r\n\r\n'
    stream = b"RTSP/1.0 200 OK\r\nCSeq: 0\r\nServer: Rtsp Server/3.0\r\nPublic: OPTIONS, DESCRIBE\r\n\r\n"
    found = read(
        tmp_path,
        host(
            "10.20.0.12",
            port(80, service=probed("http", servicefp=fingerprint("GetRequest", reply))),
            port(554, service=probed("rtsp", servicefp=fingerprint("RTSPRequest", stream))),
            port(21, service=probed("ftp", servicefp=fingerprint("NULL", b"220 ready\r\n"))),
        ),
    )

    texts = dict(found.texts("10.20.0.12"))
    assert texts["http-server-header"] == "App-webs/"
    assert texts["http-realm"] == "DVR"
    assert texts["rtsp-server"] == "Rtsp Server/3.0"
    assert texts["ftp-banner"] == "220 ready"
    assert found.doors("10.20.0.12") == {80: "http", 554: "rtsp", 21: "ftp"}
    facts = {seen.key: seen.fact for seen in found.signs[0].sighting.facts}
    assert facts["web.auth"] == Known("digest", facts["web.auth"].evidence, "C3")


@pytest.mark.parametrize("reply", [b"", b"\0" * 9 + b"1", bytes(range(256)), b'a"b\\x41)%r(', b"220 \xff\xfe\r\n"])
def test_an_escaped_reply_comes_back_byte_for_byte(reply: bytes) -> None:
    assert list(replies(fingerprint("NULL", reply))) == [("NULL", reply)]


def test_a_certificate_is_read_from_its_pem(tmp_path: Path) -> None:
    pem = _certificate("camera-1", "ACME Vision")
    found = read(tmp_path, host("10.20.0.13", port(443, script("ssl-cert", "", f'<elem key="pem">{pem}</elem>'),
                                                   service=probed("http", tunnel="ssl"))))  # fmt: skip

    facts = {seen.key: seen.fact for seen in found.signs[0].sighting.facts}
    assert found.doors("10.20.0.13") == {443: "https"}
    assert ("tls-subject", "CN=camera-1,O=ACME Vision") in found.texts("10.20.0.13")
    assert isinstance(facts["tls.certificate.self_signed"], Known)
    assert facts["tls.certificate.self_signed"].value is True
    assert isinstance(facts["tls.certificate.not_after"], Known)
    assert facts["tls.certificate.not_after"].value == date(2031, 1, 1).isoformat()


def test_a_certificate_without_its_pem_gives_its_names(tmp_path: Path) -> None:
    names = (
        '<table key="subject"><elem key="commonName">axis-accc8e000001</elem>'
        '<elem key="organizationName">Axis Communications AB</elem></table>'
    )
    found = read(tmp_path, host("10.20.0.14", port(443, script("ssl-cert", "", names))))

    assert found.texts("10.20.0.14") == [("tls-subject", "CN=axis-accc8e000001,O=Axis Communications AB")]
    assert found.identity("10.20.0.14").maker == "Axis"


def test_discovery_by_ws_discovery_names_the_onvif_door_of_this_host_only(tmp_path: Path) -> None:
    output = (
        "\n  Devices\n    Message id: 39a2b7f2\n    Address: http://10.20.0.15/onvif/device_service "
        "http://192.0.2.9/onvif/device_service\n    Type: dn:NetworkVideoTransmitter tds:Device"
    )
    found = read(tmp_path, host("10.20.0.15", port(3702, script("wsdd-discover", output), protocol="udp")))

    doors = [door for door in found.signs[0].sighting.endpoints if door.service == "onvif"]
    assert [(door.address, door.port, door.path) for door in doors] == [("10.20.0.15", 80, "/onvif/device_service")]
    assert found.identity("10.20.0.15").is_camera


def test_doors_that_were_closed_are_weak_signs_and_silent_ones_none(tmp_path: Path) -> None:
    found = read(tmp_path, host("10.20.0.16", port(80), port(23, state="closed"), port(22, state="filtered"), port(21)))

    facts = {seen.key: seen.fact for seen in found.signs[0].sighting.facts}
    assert isinstance(facts["service.telnet"], Known)
    assert (facts["service.telnet"].value, facts["service.telnet"].grade) == (False, "C1")
    assert isinstance(facts["service.ssh"], Unseen)
    assert isinstance(facts["service.ftp"], Known)
    assert facts["service.ftp"].evidence
    assert found.doors("10.20.0.16") == {80: "", 21: ""}


# -- what nmap concluded --------------------------------------------------------------------------------------


def test_a_guess_of_nmap_is_circumstantial_and_no_word_of_the_device(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        host("10.20.0.17", port(80, service=probed("http", product="Dahua IP camera httpd", devicetype="webcam"))),
        host("10.20.0.18", port(80, service=probed("http", product="Somebody's httpd", devicetype="printer"))),
    )

    identity = found.identity("10.20.0.17")
    assert found.texts("10.20.0.17") == []
    assert (identity.maker, identity.grade, identity.kind) == ("Dahua", "C1", "camera")
    assert {claim.grade for claim in identity.claims} == {"C1"}
    assert found.identity("10.20.0.18").claims == ()
    [named] = [seen.fact for seen in found.signs[0].sighting.facts if seen.key == "services.named"]
    assert isinstance(named, Known)
    assert named.value == ["80/tcp http Dahua IP camera httpd"]


def test_a_service_named_by_its_port_number_is_not_believed(tmp_path: Path) -> None:
    table = '<service name="telnet" method="table" conf="3"/>'
    found = read(tmp_path, host("10.20.0.19", port(8000, service=table)))

    assert found.doors("10.20.0.19") == {8000: ""}


def test_titles_that_nmap_wrote_itself_are_left_out(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        host("10.20.0.20", port(80, script("http-title", "Site doesn't have a title (text/html)."))),
        host("10.20.0.21", port(80, script("http-title", "NETSurveillance WEB\nRequested resource was /login.htm"))),
    )

    assert found.texts("10.20.0.20") == []
    assert found.texts("10.20.0.21") == [("http-title", "NETSurveillance WEB")]


# -- hosts and files --------------------------------------------------------------------------------------------


def test_hosts_that_are_down_or_showed_nothing_are_no_devices(tmp_path: Path) -> None:
    found = read(tmp_path, host("10.20.0.22", port(80), state="down"), host("10.20.0.23"), host("10.20.0.24", port(80)))

    assert found.addresses() == ["10.20.0.24"]


def test_a_host_without_a_time_has_that_of_the_run_and_nonsense_has_none(tmp_path: Path) -> None:
    path = tmp_path / "hosts.xml"
    bare = host("10.20.0.25", port(80)).replace(' endtime="1795075230"', "").replace(' starttime="1795075201"', "")
    path.write_text(HEAD + bare + TAIL)
    assert read_file(path).signs[0].seen_at == datetime.fromtimestamp(1795075200, UTC)
    path.write_text((HEAD + bare + TAIL).replace('start="1795075200"', 'start="99999999999999999999"'))
    assert read_file(path).signs[0].seen_at is None


def test_every_host_of_a_long_file_has_its_own_bytes(tmp_path: Path) -> None:
    hosts = [host(f"10.21.{number // 250}.{number % 250 + 1}", port(80), port(554)) for number in range(1_000)]
    found = read(tmp_path, *hosts)

    assert len(found.signs) == 1_000
    for sign, said in zip(found.signs[::97], hosts[::97], strict=True):
        [record] = [one for one in found.evidence.records.values() if one.address == sign.sighting.address]
        assert found.evidence.read(record.id).decode() == said.strip()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (HEAD + host("10.20.0.30", port(80)), "hosts.xml:13: expected nmap's XML to its end, found: no element found"),
        (HEAD + "<host><status state='up'></host>", "hosts.xml:6: expected nmap's XML to its end, found: mismatched"),
        ("<nmaprun><a>&b;</a></nmaprun>", "hosts.xml:1: expected nmap's XML to its end, found: undefined entity"),
        ('<!DOCTYPE nmaprun [<!ENTITY a "b">]>\n<nmaprun/>', "hosts.xml:1: expected nmap's XML, found one that"),
        ("<a><nmaprun/></a>", "hosts.xml:1: expected nmap's XML (nmaprun), found the element 'a'"),
        (HEAD + host("10.20.0.300", port(80)) + TAIL, "hosts.xml:6: expected a host with its IP address, found"),
        (HEAD + host("10.20.0.31", port(70_000)) + TAIL, "hosts.xml:6: expected a port from 1 to 65535, found '70000'"),
        ("<nmaprun>" + "<a>" * 100, "hosts.xml:1: expected elements that are not nested without end"),
    ],
)  # fmt: skip
def test_a_mistake_is_one_line_with_its_place(tmp_path: Path, text: str, expected: str) -> None:
    path = tmp_path / "hosts.xml"
    path.write_text(text)

    [line] = mistakes(lambda: read_file(path, name="nmap"))
    assert line.startswith(f"{tmp_path}/{expected}")


def test_all_hosts_that_cannot_be_read_are_told_together(tmp_path: Path) -> None:
    lines = mistakes(lambda: read(tmp_path, host("x", port(80)), host("10.20.0.1", port(80)), host("y", port(80))))
    assert [line.rpartition("found ")[2] for line in lines] == ["'x'", "'y'"]


def test_a_host_without_an_end_is_not_held_in_memory(tmp_path: Path) -> None:
    path = tmp_path / "hosts.xml"
    path.write_text(HEAD + "<host><status state='up'/>" + "<!-- filler -->" * (MOST_BYTES // 10))
    [line] = mistakes(lambda: read_file(path))
    assert "expected at most 8 MiB of one host" in line


def _certificate(name: str, organisation: str) -> str:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation),
                         x509.NameAttribute(NameOID.COMMON_NAME, name)])  # fmt: skip
    start = datetime(2026, 1, 1, tzinfo=UTC)
    made = (
        x509.CertificateBuilder(subject, subject, key.public_key(), 7, start, start + timedelta(days=1826))
        .sign(key, hashes.SHA256())
        .public_bytes(serialization.Encoding.PEM)
        .decode()
    )
    assert base64.b64decode("".join(made.splitlines()[1:-1]))
    return made
