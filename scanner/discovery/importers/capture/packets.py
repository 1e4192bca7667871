"""Frames into packets: what dpkt reads of IP, TCP, UDP and ARP below the link layers a capture can have.

dpkt was chosen for this over scapy: it reads a TCP packet in 8 microseconds and loads in 40 ms. Its own
file readers are not used: they know one interface a file and believe every length.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Literal

import dpkt

from scanner.discovery.importers.capture.files import Frame
from scanner.discovery.importers.capture.tally import Tally

BROKEN = (dpkt.UnpackError, IndexError, KeyError, ValueError, TypeError, AttributeError, struct.error)
"""What dpkt raises for bytes that are not what they claim to be."""

FIN, SYN, RST, ACK = 0x01, 0x02, 0x04, 0x10
_IP4, _IP6, _ARP = 0x0800, 0x86DD, 0x0806
_TAGS = frozenset({0x8100, 0x88A8, 0x9100, 0x9200})
_MOST_TAGS = 4
_ETHERNET, _SLL, _SLL2, _NULL, _LOOP = 1, 113, 276, 0, 108
_RAW = frozenset({12, 14, 101, 228, 229})
_FAMILIES = {2: _IP4, 10: _IP6, 24: _IP6, 28: _IP6, 30: _IP6}  # AF_INET, AF_INET6 of Linux, BSD, Darwin
_FRAGMENT_HEADER = 44
# What systems start with; any other value has come through a router.
_FRESH = frozenset({32, 64, 128, 255})


@dataclass(frozen=True, slots=True)
class Packet:
    """One TCP segment or UDP datagram. Addresses are 4 or 16 bytes, ``mac`` the sender's of the frame, if it has one.

    ``size`` is the payload's length on the wire; ``payload`` may be shorter. ``routed``: it came through a router.
    """

    at: float
    transport: Literal["tcp", "udp"]
    source: bytes
    target: bytes
    source_port: int
    target_port: int
    payload: bytes
    size: int
    mac: bytes | None = None
    routed: bool = False
    sequence: int = 0
    acknowledged: int = 0
    flags: int = 0


@dataclass(frozen=True, slots=True)
class Neighbour:
    """An ARP statement of a sender about itself."""

    at: float
    address: bytes
    mac: bytes


def packet_of(frame: Frame, tally: Tally) -> Packet | Neighbour | None:
    """What a frame carries; None, and counted, for anything else. Never raises."""
    try:
        kind, start, mac = _below(frame)
        if kind == _IP4:
            return _ip4(frame, dpkt.ip.IP(frame.data[start:]), mac, tally)
        if kind == _IP6:
            return _ip6(frame, dpkt.ip6.IP6(frame.data[start:]), mac, tally)
        if kind == _ARP:
            return _arp(frame, dpkt.arp.ARP(frame.data[start:]), mac)
    except BROKEN:
        tally.unreadable += 1
        return None
    tally.other_links += kind < 0
    return None


def _below(frame: Frame) -> tuple[int, int, bytes | None]:
    """(EtherType, where it starts, MAC address of the sender); -1 for a link type that is not read."""
    data, link = frame.data, frame.link
    if link == _ETHERNET:
        return *_untagged(data, 12), data[6:12]
    if link in _RAW:
        return {4: _IP4, 6: _IP6}.get(data[0] >> 4, 0), 0, None
    if link == _SLL:
        return *_untagged(data, 14), _cooked(data[6:14], *struct.unpack_from(">HH", data, 2))
    if link == _SLL2:
        kind = int.from_bytes(data[:2], "big")
        start = 20
        if kind in _TAGS:
            kind, start = _untagged(data, 22)
        return kind, start, _cooked(data[12:20], int.from_bytes(data[8:10], "big"), data[11])
    if link in (_NULL, _LOOP):
        family = min(int.from_bytes(data[:4], "big"), int.from_bytes(data[:4], "little"))
        return _FAMILIES.get(family, 0), 4, None
    return -1, 0, None


def _untagged(data: bytes, place: int) -> tuple[int, int]:
    """EtherType at or behind ``place``, past VLAN tags, and where the packet starts."""
    for _ in range(_MOST_TAGS):
        if len(data) < place + 2:
            raise IndexError("the frame ends in its link layer")
        kind = int.from_bytes(data[place : place + 2], "big")
        if kind not in _TAGS:
            return kind, place + 2
        place += 4
    return 0, place


def _cooked(address: bytes, hardware: int, size: int) -> bytes | None:
    return address[:6] if hardware == 1 and size == 6 else None


def _ip4(frame: Frame, ip: dpkt.ip.IP, mac: bytes | None, tally: Tally) -> Packet | None:
    if ip.mf or ip.offset:
        tally.fragments += 1
        return None
    size = ip.len - ip.hl * 4 if ip.len else len(frame.data)
    return _packet(frame, ip, mac, size, routed=ip.ttl not in _FRESH)


def _ip6(frame: Frame, ip: dpkt.ip6.IP6, mac: bytes | None, tally: Tally) -> Packet | None:
    if _FRAGMENT_HEADER in ip.extension_hdrs:
        tally.fragments += 1
        return None
    size = ip.plen - sum(header.length for header in ip.all_extension_headers) if ip.plen else len(frame.data)
    return _packet(frame, ip, mac, size, routed=ip.hlim not in _FRESH)


def _packet(
    frame: Frame, ip: dpkt.ip.IP | dpkt.ip6.IP6, mac: bytes | None, size: int, *, routed: bool
) -> Packet | None:
    inner = ip.data
    if isinstance(inner, dpkt.tcp.TCP):
        payload = bytes(inner.data)
        on_wire = max(size - inner.off * 4, len(payload)) if not frame.is_whole else len(payload)
        return Packet(
            frame.at, "tcp", ip.src, ip.dst, inner.sport, inner.dport, payload, on_wire, mac, routed,
            inner.seq, inner.ack, inner.flags,
        )  # fmt: skip
    if isinstance(inner, dpkt.udp.UDP):
        payload = bytes(inner.data)
        size = max(inner.ulen - 8, len(payload)) if not frame.is_whole else len(payload)
        # what is sent to a group keeps to its segment, whatever small number it starts from
        to_group = ip.dst[0] >= 224 if len(ip.dst) == 4 else ip.dst[0] == 255
        return Packet(
            frame.at, "udp", ip.src, ip.dst, inner.sport, inner.dport, payload, size, mac, routed and not to_group
        )
    return None


def _arp(frame: Frame, arp: dpkt.arp.ARP, mac: bytes | None) -> Neighbour | None:
    """Only what a sender says of itself: not a probe, and not one that speaks for somebody else."""
    if arp.hrd != 1 or arp.pro != _IP4 or arp.hln != 6 or arp.pln != 4 or not any(arp.spa):
        return None
    return Neighbour(frame.at, arp.spa, arp.sha) if mac is None or arp.sha == mac else None
