"""SSDP replies as devices and attackers write them."""

from __future__ import annotations

import pytest
from datagrams import reply
from hypothesis import given
from hypothesis import strategies as st

from scanner.discovery.protocols.ssdp import read
from scanner.model import Endpoint

HERE = "127.38.0.9"


def answer(location: str) -> bytes:
    return (
        f"HTTP/1.1 200 OK\r\nCACHE-CONTROL: max-age=1800\r\nLocation: {location}\r\n"
        "SERVER: Linux/4.9-lab, UPnP/1.0, Lab/1.0\r\nST: upnp:rootdevice\r\nUSN: uuid:1::upnp:rootdevice\r\n\r\n"
    ).encode("utf-8", "replace")


def test_a_reply_tells_the_description_and_the_texts() -> None:
    """LOCATION on the responder is a door; the whole reply and the SERVER header are texts."""
    sighting = read(reply("ssdp", answer(f"http://{HERE}:49152/rootdesc1.xml"), HERE))

    assert sighting is not None
    assert sighting.endpoints[1:] == (Endpoint(HERE, 49152, "tcp", "upnp", "/rootdesc1.xml", "ssdp"),)
    assert {one.seen_in for one in sighting.observations} == {"ssdp", "ssdp-server"}
    assert any(one.raw == "Linux/4.9-lab, UPnP/1.0, Lab/1.0" for one in sighting.observations)


@pytest.mark.parametrize(
    "location",
    [
        "http://127.38.0.10:49152/rootdesc1.xml", "http://localhost/x.xml", f"https://{HERE}/x.xml", "file:///etc/passwd",
        f"http://{HERE}.evil.example/x.xml", f"http://{HERE}@10.0.0.1/x.xml", f"http://{HERE}:80/x?reboot=1", "", "//",
    ],
)  # fmt: skip
def test_a_location_elsewhere_leads_nowhere(location: str) -> None:
    """Only a clear-HTTP path on the responder itself is a door."""
    sighting = read(reply("ssdp", answer(location), HERE))

    assert sighting is not None
    assert len(sighting.endpoints) == 1


@pytest.mark.parametrize(
    "data",
    [
        b'M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nMAN: "ssdp:discover"\r\nST: upnp:rootdevice\r\n\r\n',
        b"NOTIFY * HTTP/1.1\r\nNTS: ssdp:alive\r\n\r\n",
        b"HTTP/1.1 404 Not Found\r\n\r\n",
        b"",
    ],
)
def test_what_is_no_answer(data: bytes) -> None:
    """Our own search come back, announcements and errors."""
    assert read(reply("ssdp", data, HERE)) is None


@given(st.binary(max_size=2000))
def test_no_bytes_raise(data: bytes) -> None:
    """Whatever comes in, alone or in the headers of a reply."""
    read(reply("ssdp", data, HERE))
    read(reply("ssdp", b"HTTP/1.1 200 OK\r\n" + data, HERE))


@given(st.text(max_size=300))
def test_no_location_raises(location: str) -> None:
    """Whatever LOCATION says, every door is at the sender."""
    sighting = read(reply("ssdp", answer(location), HERE))

    assert sighting is not None
    assert all(one.address == HERE for one in sighting.endpoints)
