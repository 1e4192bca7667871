"""pcap and pcapng files as a stream of frames, one at a time, however large the file.

Formats: draft-ietf-opsawg-pcap and draft-ietf-opsawg-pcapng. Lengths in the file are promises of whoever wrote it:
no more than ``MOST_FRAME`` bytes are ever read for one frame, and what cannot be read is counted, never raised.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from scanner.discovery.importers.capture.tally import Tally

MOST_FRAME = 262_144
"""Bytes of one frame; libpcap's own bound."""

_MOST_BLOCK = MOST_FRAME + 65_536  # a frame and its options
_MOST_INTERFACES = 1_024
_SKIP_AT_ONCE = 1 << 20
_PCAP = {  # magic: (byte order, ticks a second, bytes of a record header)
    b"\xa1\xb2\xc3\xd4": (">", 1_000_000, 16),
    b"\xd4\xc3\xb2\xa1": ("<", 1_000_000, 16),
    b"\xa1\xb2\x3c\x4d": (">", 1_000_000_000, 16),
    b"\x4d\x3c\xb2\xa1": ("<", 1_000_000_000, 16),
    b"\xa1\xb2\xcd\x34": (">", 1_000_000, 24),  # "modified" by Alexey Kuznetzov: four more fields a record
    b"\x34\xcd\xb2\xa1": ("<", 1_000_000, 24),
}
_SECTION, _INTERFACE, _OLD_PACKET, _SIMPLE_PACKET, _PACKET = 0x0A0D0D0A, 1, 2, 3, 6
_SECTION_BYTES = b"\x0a\x0d\x0d\x0a"
_ORDERS = {b"\x1a\x2b\x3c\x4d": ">", b"\x4d\x3c\x2b\x1a": "<"}
_TICKS_OPTION, _OFFSET_OPTION = 9, 14


class Frame(NamedTuple):
    """One captured frame. ``at`` is seconds since 1970, 0.0 where the file gives no time; ``link`` the LINKTYPE."""

    at: float
    link: int
    data: bytes
    is_whole: bool


class _Interface(NamedTuple):
    link: int
    snap: int
    ticks: float
    offset: int


def is_capture(head: bytes) -> bool:
    """True for the first bytes of a pcap or pcapng file."""
    return head[:4] in _PCAP or (head[:4] == _SECTION_BYTES and head[8:12] in _ORDERS)


def frames(file: BinaryIO, tally: Tally) -> Iterator[Frame]:
    """The frames of a capture in the order of the file; nothing for a file that is no capture."""
    head = file.read(4)
    if head in _PCAP:
        yield from _pcap_frames(file, *_PCAP[head], tally)
    elif head == _SECTION_BYTES:
        yield from _pcapng_frames(file, tally)
    else:
        tally.damaged += 1


def _pcap_frames(file: BinaryIO, order: str, ticks: int, head_bytes: int, tally: Tally) -> Iterator[Frame]:
    head = file.read(20)
    if len(head) < 20:
        tally.torn += 1
        return
    link = int(struct.unpack(f"{order}I", head[16:20])[0]) & 0xFFFF  # the upper bits tell of checksums
    record = struct.Struct(f"{order}IIII")
    while len(head := file.read(head_bytes)) == head_bytes:
        seconds, fraction, captured, on_wire = record.unpack_from(head)
        if captured > MOST_FRAME:
            tally.damaged += 1  # the next record cannot be found any more
            return
        data = file.read(captured)
        if len(data) < captured:
            tally.torn += 1
            return
        tally.packets += 1
        tally.cut_short += captured < on_wire
        yield Frame(seconds + fraction / ticks, link, data, captured >= on_wire)
    tally.torn += bool(head)


def _pcapng_frames(file: BinaryIO, tally: Tally) -> Iterator[Frame]:
    order = ""
    interfaces: list[_Interface] = []
    kind_bytes = _SECTION_BYTES
    while len(kind_bytes) == 4:
        rest = file.read(8 if kind_bytes == _SECTION_BYTES else 4)
        if kind_bytes == _SECTION_BYTES:
            order = _ORDERS.get(rest[4:8], "")
            interfaces = []
        if len(rest) < 4 or not order:
            tally.torn += len(rest) < 4
            tally.damaged += len(rest) >= 4
            return
        (size,) = struct.unpack(f"{order}I", rest[:4])
        (kind,) = struct.unpack(f"{order}I", kind_bytes)
        left = size - 4 - len(rest)  # with the closing length
        if left < 4 or size % 4:
            tally.damaged += 1
            return
        wanted = kind in (_INTERFACE, _OLD_PACKET, _SIMPLE_PACKET, _PACKET)
        if not wanted or left > _MOST_BLOCK:
            tally.damaged += wanted
            if not _skip(file, left):
                tally.torn += 1
                return
        else:
            body = file.read(left)
            if len(body) < left:
                tally.torn += 1
                return
            if kind == _INTERFACE:
                _note_interface(interfaces, body[:-4], order, tally)
            elif (frame := _frame_of(kind, body[:-4], order, interfaces)) is not None:
                tally.packets += 1
                tally.cut_short += not frame.is_whole
                yield frame
            else:
                tally.damaged += 1
        kind_bytes = file.read(4)
    tally.torn += bool(kind_bytes)


def _skip(file: BinaryIO, size: int) -> bool:
    """Read past so many bytes, in pieces: the file may be a pipe."""
    while size > 0:
        piece = len(file.read(min(size, _SKIP_AT_ONCE)))
        if not piece:
            return False
        size -= piece
    return True


def _note_interface(interfaces: list[_Interface], body: bytes, order: str, tally: Tally) -> None:
    if len(body) < 8 or len(interfaces) >= _MOST_INTERFACES:
        tally.damaged += 1
        return
    link, snap = struct.unpack_from(f"{order}HxxI", body)
    ticks, offset, place = 1e6, 0, 8
    while place + 4 <= len(body):
        code, size = struct.unpack_from(f"{order}HH", body, place)
        value = body[place + 4 : place + 4 + size]
        if code == 0:
            break
        if code == _TICKS_OPTION and len(value) == 1:
            power = value[0] & 0x7F
            ticks = 2.0**power if value[0] & 0x80 else 10.0**power
        elif code == _OFFSET_OPTION and len(value) == 8:
            (offset,) = struct.unpack(f"{order}q", value)
        place += 4 + size + -size % 4
    interfaces.append(_Interface(link, snap, ticks, offset))


def _frame_of(kind: int, body: bytes, order: str, interfaces: list[_Interface]) -> Frame | None:
    """The frame of a packet block without its closing length; None when the block contradicts itself."""
    if kind == _SIMPLE_PACKET:
        if len(body) < 4 or not interfaces:
            return None
        (on_wire,) = struct.unpack_from(f"{order}I", body)
        snap = interfaces[0].snap or on_wire
        data = body[4 : 4 + min(on_wire, snap)]
        return Frame(0.0, interfaces[0].link, data, len(data) == on_wire)
    if len(body) < 20:
        return None
    place, high, low, captured, on_wire = struct.unpack_from(f"{order}IIIII", body)
    if kind == _OLD_PACKET:  # there the upper half of the word counts drops
        (place,) = struct.unpack_from(f"{order}H", body)
    if place >= len(interfaces) or captured > len(body) - 20:
        return None
    interface = interfaces[place]
    at = ((high << 32) | low) / interface.ticks + interface.offset
    return Frame(at, interface.link, body[20 : 20 + captured], captured >= on_wire)
