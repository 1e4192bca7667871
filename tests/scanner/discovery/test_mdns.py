"""mDNS: what devices announce on their segment, read from bytes that nobody vouches for."""

from __future__ import annotations

import struct
import time

import pytest
from datagrams import reply
from hypothesis import given
from hypothesis import strategies as st

from scanner.discovery.dns_message import MOST_RECORDS, Record, records
from scanner.discovery.protocols.mdns import read
from scanner.fingerprint import identify
from scanner.model import Endpoint
from scanner.net.datagram_bytes import MDNS_SERVICES, mdns_question

HERE = "127.35.30.9"
PTR, TXT, SRV, A, AAAA, NSEC = 12, 16, 33, 1, 28, 47


def name(text: str) -> bytes:
    return b"".join(bytes([len(part)]) + part.encode() for part in text.split(".")) + b"\0"


def record(owner: bytes, kind: int, value: bytes) -> bytes:
    return owner + struct.pack(">HHIH", kind, 1, 120, len(value)) + value


def message(*found: bytes, flags: int = 0x8400) -> bytes:
    return struct.pack(">HHHHHH", 0, flags, 0, len(found), 0, 0) + b"".join(found)


SERVICE = name("_axis-video._tcp.local")
LABEL = b"AXIS P3245-LVE - ACCC8E000001"
INSTANCE = bytes([len(LABEL)]) + LABEL + SERVICE
ADDRESS = record(name("axis-accc8e000001.local"), A, bytes([127, 35, 30, 9]))


def axis(*more: bytes) -> bytes:
    text = b"macaddress=ACCC8E000001"
    return message(
        record(SERVICE, PTR, INSTANCE),
        record(INSTANCE, TXT, bytes([len(text)]) + text),
        record(INSTANCE, SRV, struct.pack(">HHH", 0, 0, 8080) + name("axis-accc8e000001.local")),
        *more,
    )


def test_an_axis_camera_tells_who_it_is() -> None:
    """Instance and TXT in the shape the patterns read, one a line; the port it names is a door."""
    sighting = read(reply("mdns", axis(ADDRESS), HERE))

    assert sighting is not None
    (text,) = sighting.observations
    assert text.seen_in == "mdns-txt"
    assert text.raw.split("\n") == ["AXIS P3245-LVE - ACCC8E000001._axis-video._tcp.local", "macaddress=ACCC8E000001"]
    assert sighting.endpoints == (
        Endpoint(HERE, 5353, "udp", "mdns", found_by="mdns"), Endpoint(HERE, 8080, "tcp", found_by="mdns"),
    )  # fmt: skip
    identity = identify(sighting.observations)
    assert (identity.maker, identity.model, identity.mac) == ("Axis", "P3245-LVE", "ac:cc:8e:00:00:01")


def test_web_and_stream_doors_are_known_by_their_service() -> None:
    """_http and _rtsp say what is spoken there."""
    services = (("_http._tcp.local", 80), ("_rtsp._tcp.local", 554), ("_psia._tcp.local", 81))
    found = [
        record(name(f"cam.{text}"), SRV, struct.pack(">HHH", 0, 0, port) + name("c.local")) for text, port in services
    ]
    sighting = read(reply("mdns", message(*found), HERE))

    assert sighting is not None
    assert [(one.port, one.service) for one in sighting.endpoints[1:]] == [(80, "http"), (554, "rtsp"), (81, "")]


def test_an_answer_about_another_host_says_nothing() -> None:
    """A reflector repeats what others said; with the sender's own address among them it is the sender's."""
    other = record(name("other.local"), A, bytes([10, 9, 9, 9]))

    assert read(reply("mdns", axis(other), HERE)) is None
    assert read(reply("mdns", axis(other, ADDRESS), HERE)) is not None
    assert read(reply("mdns", axis(), HERE)) is not None


def test_names_are_followed_back_and_never_in_a_circle() -> None:
    """A pointer leads to an earlier place; itself, a later one, or a chain without end breaks the message off there."""
    start = 12
    good = message(record(SERVICE, PTR, b"\x03cam" + struct.pack(">H", 0xC000 | start)))
    assert records(good) == [Record("_axis-video._tcp.local", PTR, "cam._axis-video._tcp.local")]

    for pointer in (start, start + 2, 0x3FFF):
        assert records(message(record(struct.pack(">H", 0xC000 | pointer), PTR, SERVICE))) == []
    chain = b"".join(struct.pack(">H", 0xC000 | (start + 2 * step)) for step in range(40))
    assert records(message(record(SERVICE, TXT, chain), record(struct.pack(">H", 0xC000 | 60), PTR, SERVICE)))[1:] == []


def test_unknown_records_and_a_cut_message_cost_only_themselves() -> None:
    """NSEC and OPT are passed over; what came before the end is kept."""
    nsec = record(INSTANCE, NSEC, b"\0\x01\x40")
    whole = message(nsec, record(SERVICE, PTR, INSTANCE), record(INSTANCE, TXT, b"\x05a=b c"))

    assert [one.kind for one in records(whole)] == [PTR, TXT]
    assert [one.kind for one in records(whole[:-3])] == [PTR]


def test_a_question_is_no_answer() -> None:
    """Our own come back, or anybody's."""
    assert read(reply("mdns", mdns_question(""), HERE)) is None
    assert records(message(record(SERVICE, PTR, INSTANCE), flags=0)) == []


def test_the_question_asks_for_the_services_of_cameras() -> None:
    """One PTR question each, class IN, no answer in it."""
    data = mdns_question("")
    assert struct.unpack_from(">HHHHHH", data) == (0, 0, len(MDNS_SERVICES), 0, 0, 0)
    assert all(name(f"{service}.local") + b"\0\x0c\0\x01" in data for service in MDNS_SERVICES)
    assert len(data) < 512


@given(st.binary(max_size=1500))
def test_no_bytes_raise(data: bytes) -> None:
    """Bare, as a message, and as a record of each kind."""
    read(reply("mdns", data, HERE))
    read(reply("mdns", struct.pack(">HHHHHH", 0, 0x8400, 1, 40, 3, 3) + data, HERE))
    for kind in (PTR, TXT, SRV, A, AAAA):
        sighting = read(reply("mdns", axis(record(SERVICE, kind, data)), HERE))
        assert sighting is None or all(one.address == HERE for one in sighting.endpoints)


@pytest.mark.parametrize(
    "filling",
    [b"\xc0\x0c", b"\x00", b"\x3f" + b"a" * 63, b"\x01a", record(b"\xc0\x0c", TXT, b"\x01a" * 400),
     record(b"\xc0\x0c", PTR, b"\xc0\x0c"), record(b"\0", SRV, bytes(6) + b"\xc0\x0c")],
)  # fmt: skip
def test_large_hostile_input_is_read_quickly(filling: bytes) -> None:
    """64 KiB with every count at its most."""
    head = struct.pack(">HHHHHH", 0, 0x8400, 0, 0xFFFF, 0xFFFF, 0xFFFF) + SERVICE + bytes(10)
    started = time.process_time()
    data = (head + filling * 65_536)[:65_536]
    found = records(data)
    read(reply("mdns", data, HERE))

    assert len(found) <= MOST_RECORDS
    assert time.process_time() - started < 0.5
