"""WS-Discovery replies as devices and attackers write them."""

from __future__ import annotations

import json

import pytest
from datagrams import probe_match, reply
from hypothesis import given
from hypothesis import strategies as st
from needs import recordings

from scanner.discovery.protocols.ws_discovery import DEFAULT_PATH, read
from scanner.model import Endpoint

HERE = "127.38.0.9"
DOOR = Endpoint(HERE, 3702, "udp", "ws-discovery", found_by="ws-discovery")


def onvif(port: int, path: str = DEFAULT_PATH) -> Endpoint:
    return Endpoint(HERE, port, "tcp", "onvif", path, "ws-discovery")


def test_the_service_is_pinned_to_the_sender() -> None:
    """Port and path come from XAddrs, the address from the datagram, the text goes to the fingerprint whole."""
    sighting = read(reply("ws-discovery", probe_match(f"http://{HERE}:8080/onvif/service"), HERE))

    assert sighting is not None
    assert sighting.endpoints == (DOOR, onvif(8080, "/onvif/service"))
    (observation,) = sighting.observations
    assert observation.seen_in == "onvif-scopes"
    assert "onvif://www.onvif.org/hardware/LC-200" in observation.raw
    assert observation.evidence == "e1"


@pytest.mark.parametrize(
    ("xaddrs", "expected"),
    [
        ("http://localhost/onvif/device_service", [onvif(80)]),
        ("http://10.99.1.1:8899/onvif/device_service", [onvif(8899)]),
        (f"http://{HERE}", [onvif(80)]),
        (f"http://{HERE}/", [onvif(80)]),
        ("http://[fe80::1]:8000/onvif/x", [onvif(8000, "/onvif/x")]),
        (f"http://user:word@{HERE}:81/onvif/x", [onvif(81, "/onvif/x")]),
        (f"http://10.0.0.1:81/a http://{HERE}:80/b", [onvif(80, "/b"), onvif(81, "/a")]),
        (f"https://{HERE}/x", [Endpoint(HERE, 443, "tcp", "https", found_by="ws-discovery"), onvif(443, "/x")]),
        ("file:///etc/passwd", []),
        ("ftp://10.0.0.1/x", []),
        (f"http://{HERE}/cgi-bin/reboot?now=1", []),
        (f"http://{HERE}/a/../../b", []),
        (f"http://{HERE}:0/x", []),
        (f"http://{HERE}:99999/x", []),
        ("http://[broken/x", []),
        ("", []),
    ],
)
def test_hostile_xaddrs(xaddrs: str, expected: list[Endpoint]) -> None:
    """No XAddr leads to another host, another scheme or a query; the replying host's own come first."""
    sighting = read(reply("ws-discovery", probe_match(xaddrs), HERE))

    assert sighting is not None
    assert list(sighting.endpoints[1:]) == expected
    assert {endpoint.address for endpoint in sighting.endpoints} == {HERE}


def test_an_xaddr_list_without_end_is_cut() -> None:
    """A thousand services are not a thousand endpoints."""
    text = " ".join(f"http://{HERE}:{port}/onvif" for port in range(1000, 2000))

    sighting = read(reply("ws-discovery", probe_match(text), HERE))

    assert sighting is not None
    assert len(sighting.endpoints) <= 9


def test_our_own_probe_come_back_says_nothing() -> None:
    """A reflected probe is not an answer."""
    echo = b"<Envelope><Body><d:Probe><d:Types>dn:NetworkVideoTransmitter</d:Types></d:Probe></Body></Envelope>"

    assert read(reply("ws-discovery", echo, HERE)) is None


def test_a_fault_shows_the_door_only() -> None:
    """A device that does not match the type may say so instead of staying silent."""
    sighting = read(
        reply("ws-discovery", b"<s:Envelope><s:Body><s:Fault><s:Code/></s:Fault></s:Body></s:Envelope>", HERE)
    )

    assert sighting is not None
    assert sighting.endpoints == (DOOR,)
    assert sighting.observations == ()


def test_a_printer_has_no_onvif_service() -> None:
    """Its text goes to the fingerprint, its address of a print service is not taken for ONVIF."""
    data = probe_match(f"http://{HERE}:5357/x", types="wsdp:Device wprt:PrintDeviceType", scopes="")

    sighting = read(reply("ws-discovery", data, HERE))

    assert sighting is not None
    assert sighting.endpoints == (DOOR,)
    assert "PrintDeviceType" in sighting.observations[0].raw


def test_other_prefixes_blanks_nul_and_encoding() -> None:
    """Prefixes, newlines in scopes, a NUL at the end and UTF-16 change nothing."""
    plain = probe_match(f"\n  http://{HERE}:8080/onvif/service\n ")
    for data in (
        plain.replace(b"d:", b"wsdd:"),
        plain.replace(b"d:", b""),
        plain + b"\x00",
        b"\xef\xbb\xbf" + plain,
        plain.decode().encode("utf-16"),
    ):
        sighting = read(reply("ws-discovery", data, HERE))
        assert sighting is not None
        assert onvif(8080, "/onvif/service") in sighting.endpoints


def test_recordings_of_real_devices() -> None:
    """The XAddrs and scopes of recorded cameras give one ONVIF service at the address that answered."""
    seen = 0
    for path in recordings():
        rows = {row["kind"]: row["raw"] for row in json.loads(path.read_text())["evidence"]}
        if "onvif-xaddrs" in rows:
            data = probe_match(rows["onvif-xaddrs"], scopes=rows["onvif-scopes"])
            sighting = read(reply("ws-discovery", data, HERE))
            assert sighting is not None
            assert [one.path for one in sighting.endpoints[1:]] == [DEFAULT_PATH]
            assert all(one.address == HERE for one in sighting.endpoints)
            seen += 1
    assert seen


@given(st.binary(max_size=2000))
def test_no_bytes_raise(data: bytes) -> None:
    """Whatever comes in."""
    read(reply("ws-discovery", data, HERE))


@given(st.text(max_size=300), st.text(max_size=300), st.text(max_size=300))
def test_no_fields_raise(xaddrs: str, types: str, scopes: str) -> None:
    """Whatever stands in the fields; every endpoint stays at the sender and is a plain path."""
    sighting = read(reply("ws-discovery", probe_match(xaddrs, types=types, scopes=scopes), HERE))

    assert sighting is not None
    assert all(one.address == HERE and "?" not in one.path for one in sighting.endpoints)
