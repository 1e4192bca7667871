"""Frames, conversations and capture files made by hand, for what no lab device would send."""

from __future__ import annotations

import io
import ipaddress
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from scanner.discovery.importers.capture.reading import Capture
from scanner.discovery.sighting import Sighting, merged
from scanner.evidence import MemoryEvidence

DEVICE, CLIENT = "127.36.9.1", "127.36.9.200"
DEVICE_MAC, CLIENT_MAC = bytes.fromhex("4419b6000001"), bytes.fromhex("02ab00000099")
AT = 1_700_000_000.0
SYN, ACK, PSH, FIN, RST = 2, 16, 8, 1, 4
SADP = (
    b'<?xml version="1.0" encoding="UTF-8"?><ProbeMatch><Uuid>1</Uuid>'
    b"<DeviceDescription>DS-2CD2042WD-I</DeviceDescription>"
    b"<DeviceSN>DS-2CD2042WD-I20160101AAWR000000001</DeviceSN><HttpPort>80</HttpPort>"
    b"<SoftwareVersion>V5.4.5build 170123</SoftwareVersion><Activated>true</Activated></ProbeMatch>"
)


def ether(packet: bytes, *, source: bytes = DEVICE_MAC, tags: Sequence[int] = (), kind: int = 0) -> bytes:
    """An Ethernet frame; ``tags`` are EtherTypes of VLAN tags, outermost first."""
    kind = kind or (0x86DD if packet[0] >> 4 == 6 else 0x0800)
    layers = b"".join(struct.pack(">HH", tag, 7) for tag in tags)
    return CLIENT_MAC + source + layers + struct.pack(">H", kind) + packet


def ip(
    payload: bytes, protocol: int, source: str = DEVICE, target: str = CLIENT, *, ttl: int = 64, frag: int = 0
) -> bytes:
    """An IPv4 or IPv6 packet, by the addresses."""
    one, two = ipaddress.ip_address(source).packed, ipaddress.ip_address(target).packed
    if len(one) == 16:
        if frag:
            payload = struct.pack(">BBHI", protocol, 0, frag, 1) + payload
            protocol = 44
        return struct.pack(">IHBB", 0x60000000, len(payload), protocol, ttl) + one + two + payload
    return struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(payload), 1, frag, ttl, protocol, 0) + one + two + payload


def tcp(
    source_port: int, target_port: int, sequence: int, acknowledged: int, flags: int, payload: bytes = b""
) -> bytes:
    """A TCP segment."""
    head = struct.pack(
        ">HHIIBBHHH", source_port, target_port, sequence % 2**32, acknowledged % 2**32, 0x50, flags, 9000, 0, 0
    )
    return head + payload


def udp(source_port: int, target_port: int, payload: bytes) -> bytes:
    """A UDP datagram."""
    return struct.pack(">HHHH", source_port, target_port, 8 + len(payload), 0) + payload


def datagram(
    payload: bytes, port: int, *, source: str = DEVICE, target: str = CLIENT, to_port: int = 50_000, ttl: int = 64
) -> bytes:
    """One frame with a datagram a device sends from ``port``."""
    return ether(ip(udp(port, to_port, payload), 17, source, target, ttl=ttl))


@dataclass
class Talk:
    """One TCP connection between a client and a device; ``frames`` are in the order they were said."""

    port: int
    device: str = DEVICE
    client: str = CLIENT
    client_port: int = 50_001
    frames: list[bytes] = field(default_factory=list)
    theirs: int = 1_000
    ours: int = 5_000

    def open(self) -> Talk:
        """The handshake."""
        self._client(SYN)
        self.ours += 1
        self._device(SYN | ACK)
        self.theirs += 1
        self._client(ACK)
        return self

    def ask(self, data: bytes) -> Talk:
        """The client says something."""
        self._client(ACK | PSH, data)
        self.ours += len(data)
        return self

    def say(self, data: bytes, piece: int = 1_400) -> Talk:
        """The device says something, in pieces of that many bytes."""
        for start in range(0, len(data), piece):
            part = data[start : start + piece]
            self.frames.append(self.segment(self.theirs, part))
            self.theirs += len(part)
        return self

    def segment(self, sequence: int, data: bytes, flags: int = ACK | PSH) -> bytes:
        """One segment of the device, wherever it belongs."""
        inner = tcp(self.port, self.client_port, sequence, self.ours, flags, data)
        return ether(ip(inner, 6, self.device, self.client))

    def close(self) -> Talk:
        """The device ends it."""
        self._device(FIN | ACK)
        return self

    def _client(self, flags: int, data: bytes = b"") -> None:
        inner = tcp(self.client_port, self.port, self.ours, self.theirs, flags, data)
        self.frames.append(ether(ip(inner, 6, self.client, self.device), source=CLIENT_MAC))

    def _device(self, flags: int) -> None:
        self.frames.append(self.segment(self.theirs, b"", flags))


def http(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    """An HTTP answer with its length."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def pcap(frames: Iterable[bytes], *, link: int = 1, order: str = "<", nano: bool = False, snap: int = 262_144) -> bytes:
    """A pcap file."""
    parts = [struct.pack(f"{order}IHHiIII", 0xA1B23C4D if nano else 0xA1B2C3D4, 2, 4, 0, 0, snap, link)]
    ticks = 1_000_000_000 if nano else 1_000_000
    for number, frame in enumerate(frames):
        kept = frame[:snap]
        when = AT + number / 1000
        parts.append(struct.pack(f"{order}IIII", int(when), int(when % 1 * ticks), len(kept), len(frame)) + kept)
    return b"".join(parts)


def block(kind: int, body: bytes, order: str = "<") -> bytes:
    """A pcapng block."""
    body += bytes(-len(body) % 4)
    size = struct.pack(f"{order}I", len(body) + 12)
    return struct.pack(f"{order}I", kind) + size + body + size


def section(order: str = "<") -> bytes:
    """A pcapng section header."""
    return block(0x0A0D0D0A, struct.pack(f"{order}IHHq", 0x1A2B3C4D, 1, 0, -1), order)


def interface(link: int = 1, order: str = "<", *, resolution: int | None = None, offset: int = 0) -> bytes:
    """A pcapng interface; ``resolution`` as in if_tsresol."""
    options = b""
    if resolution is not None:
        options += struct.pack(f"{order}HHBxxx", 9, 1, resolution)
    if offset:
        options += struct.pack(f"{order}HHq", 14, 8, offset)
    return block(1, struct.pack(f"{order}HHI", link, 0, 0) + options + (bytes(4) if options else b""), order)


def packet_block(frame: bytes, order: str = "<", *, place: int = 0, ticks: int = int(AT * 1e6)) -> bytes:
    """A pcapng enhanced packet."""
    head = struct.pack(f"{order}IIIII", place, ticks >> 32, ticks & 0xFFFFFFFF, len(frame), len(frame))
    return block(6, head + frame + bytes(-len(frame) % 4), order)


def written(folder: Path, data: bytes) -> Path:
    """The bytes as a file."""
    path = folder / "some.pcap"
    path.write_bytes(data)
    return path


@dataclass(frozen=True)
class Heard:
    """What came of a capture; ``by`` has one sighting an address."""

    by: dict[str, Sighting]
    capture: Capture

    def texts(self, seen_in: str, address: str = DEVICE) -> list[str]:
        """The texts of one kind of one device."""
        found = self.by.get(address)
        return [text.raw for text in found.observations if text.seen_in == seen_in] if found else []

    def everything(self) -> str:
        """All that was kept of all devices."""
        return repr(self.by)


def heard(frames: Iterable[bytes], *, link: int = 1, evidence: MemoryEvidence | None = None) -> Heard:
    """Read these frames as a capture file."""
    capture = new_capture(evidence)
    found = merge(capture.sightings(io.BytesIO(pcap(frames, link=link))))
    return Heard(found, capture)


def new_capture(evidence: MemoryEvidence | None = None) -> Capture:
    """A capture nobody has read yet."""
    return Capture(evidence, "some.pcap", datetime(2026, 1, 1, tzinfo=UTC))


def merge(told: Iterable[tuple[Sighting, datetime]]) -> dict[str, Sighting]:
    """One sighting an address."""
    by: dict[str, list[Sighting]] = {}
    for sighting, _ in told:
        by.setdefault(sighting.address, []).append(sighting)
    return {address: merged(parts) for address, parts in by.items()}
