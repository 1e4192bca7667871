"""Link layers, VLANs, IP versions and fragments; and whose Ethernet address a frame carries."""

from __future__ import annotations

import struct

import pytest
from frames import CLIENT, CLIENT_MAC, DEVICE, DEVICE_MAC, SADP, Talk, datagram, ether, heard, http, ip, udp

from scanner.fingerprint import identify

PACKET = ip(udp(37020, 50_000, SADP), 17)
PACKET6 = ip(udp(37020, 50_000, SADP), 17, "fd00::9:1", "fd00::9:2")
FAMILY6 = struct.pack("<I", 10)


@pytest.mark.parametrize(
    ("link", "frame", "address"),
    [
        (1, ether(PACKET), DEVICE),
        (1, ether(PACKET, tags=[0x8100]), DEVICE),
        (1, ether(PACKET, tags=[0x88A8, 0x8100]), DEVICE),
        (1, ether(PACKET6, tags=[0x9100, 0x8100]), "fd00::9:1"),
        (113, struct.pack(">HHH8sH", 0, 1, 6, DEVICE_MAC, 0x0800) + PACKET, DEVICE),
        (113, struct.pack(">HHH8sHHH", 0, 1, 6, DEVICE_MAC, 0x8100, 7, 0x0800) + PACKET, DEVICE),
        (276, struct.pack(">HHIHBB8s", 0x86DD, 0, 2, 1, 0, 6, DEVICE_MAC) + PACKET6, "fd00::9:1"),
        (276, struct.pack(">HHIHBB8sHH", 0x8100, 0, 2, 1, 0, 6, DEVICE_MAC, 7, 0x0800) + PACKET, DEVICE),
        (101, PACKET, DEVICE),
        (101, PACKET6, "fd00::9:1"),
        (12, PACKET, DEVICE),
        (228, PACKET, DEVICE),
        (229, PACKET6, "fd00::9:1"),
        (0, struct.pack("<I", 2) + PACKET, DEVICE),
        (0, struct.pack(">I", 30) + PACKET6, "fd00::9:1"),
        (108, struct.pack(">I", 2) + PACKET, DEVICE),
        (0, FAMILY6 + PACKET6, "fd00::9:1"),
    ],
)
def test_each_link_type_is_read(link: int, frame: bytes, address: str) -> None:
    """The same answer comes out of every wrapping, and the sender's address only where the wrapping has one."""
    found = heard([frame], link=link)
    identity = identify(found.by[address].observations)

    assert (identity.maker, identity.model) == ("Hikvision", "DS-2CD2042WD-I")
    assert found.texts("mac", address) == (["44:19:b6:00:00:01"] if link in (1, 113, 276) else [])


def test_other_links_and_nonsense_are_counted() -> None:
    """A link type that is not read, a frame without end, a packet of no known version."""
    assert heard([PACKET], link=147).capture.tally.other_links == 1
    assert heard([b"", b"\x00" * 13, ether(b"\x45\x00\x00")]).capture.tally.unreadable == 3
    assert heard([b"\xf0rest"], link=101).by == {}


def test_fragments_are_counted_and_skipped() -> None:
    """First and later ones, of both IP versions."""
    frames = [
        ether(ip(udp(37020, 50_000, SADP), 17, frag=0x2000)),
        ether(ip(SADP, 17, frag=100)),
        ether(ip(udp(37020, 50_000, SADP), 17, "fd00::9:1", "fd00::9:2", frag=1)),
        ether(ip(SADP, 17, "fd00::9:1", "fd00::9:2", frag=800)),
    ]
    found = heard(frames)

    assert found.by == {}
    assert found.capture.tally.fragments == 4


def test_an_address_behind_a_router_has_no_ethernet_address() -> None:
    """A TTL that was counted down, or one sender for many addresses."""
    far = heard([datagram(SADP, 37020, ttl=63)])
    many = heard([datagram(SADP, 37020, source=f"127.36.9.{number}") for number in range(1, 5)])
    two = heard([datagram(SADP, 37020, source=f"127.36.9.{number}") for number in (1, 2)])

    assert far.texts("mac") == []
    assert [many.texts("mac", f"127.36.9.{number}") for number in range(1, 5)] == [[]] * 4
    assert two.texts("mac") == two.texts("mac", "127.36.9.2") == ["44:19:b6:00:00:01"]


def test_what_is_sent_to_a_group_is_of_the_segment() -> None:
    """Multicast starts from small numbers."""
    found = heard([datagram(SADP, 37020, target="239.255.255.250", to_port=37020, ttl=1)])

    assert found.texts("mac") == ["44:19:b6:00:00:01"]
    assert set(found.by) == {DEVICE}


def test_the_client_gives_no_ethernet_address_to_the_device() -> None:
    """Both sides of a connection: only frames of the device count for it, and the client becomes no device."""
    found = heard(Talk(80).open().ask(b"GET / HTTP/1.1\r\n\r\n").say(http(b"<html><title>index</title>")).frames)

    assert found.texts("mac") == ["44:19:b6:00:00:01"]
    assert set(found.by) == {DEVICE}


def _arp(address: str, mac: bytes, *, frame_mac: bytes | None = None) -> bytes:
    body = struct.pack(">HHBBH", 1, 0x0800, 6, 4, 1) + mac + bytes(map(int, address.split("."))) + bytes(10)
    return ether(body, source=frame_mac or mac, kind=0x0806)


def test_arp_joins_an_address_to_its_sender() -> None:
    """For devices that said something else too, and for those whose prefix is that of a camera maker."""
    frames = [
        datagram(SADP, 37020, ttl=63),  # heard through a router first
        _arp(DEVICE, DEVICE_MAC),
        _arp("127.36.9.2", bytes.fromhex("accc8e000002")),
        _arp("127.36.9.3", bytes.fromhex("02accc000003")),  # of no maker: an ordinary computer
        _arp("127.36.9.4", bytes.fromhex("accc8e000004"), frame_mac=CLIENT_MAC),  # speaks for somebody else
        _arp("0.0.0.0", bytes.fromhex("accc8e000005")),  # asks whether an address is free
    ]
    found = heard(frames)

    assert found.texts("mac") == ["44:19:b6:00:00:01"]
    assert found.texts("mac", "127.36.9.2") == ["ac:cc:8e:00:00:02"]
    assert identify(found.by["127.36.9.2"].observations).maker == "Axis"
    assert set(found.by) == {DEVICE, "127.36.9.2"}


def test_a_destination_that_never_answered_is_no_device() -> None:
    """Connection attempts, datagrams to it, and its refusal show no device."""
    talk = Talk(80)
    talk.frames.append(
        ether(ip(b"\xc3\x50\x00\x50" + bytes(8) + b"\x50\x02" + bytes(6), 6, CLIENT, DEVICE), source=CLIENT_MAC)
    )
    frames = [
        *talk.frames,
        ether(talk.segment(1, b"", 4 | 16)[14:], source=CLIENT_MAC),
        ether(ip(udp(40_000, 37020, b"probe"), 17, CLIENT, DEVICE), source=CLIENT_MAC),
    ]

    assert heard(frames).by == {}


def test_a_door_that_opened_is_a_door() -> None:
    """Of unknown service until something is spoken on it."""
    found = heard(Talk(37777).open().frames)

    assert [(door.port, door.service) for door in found.by[DEVICE].endpoints] == [(37777, "")]
