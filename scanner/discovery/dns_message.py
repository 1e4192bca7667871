"""Reading DNS messages as mDNS sends them (RFC 1035, RFC 6762): names, PTR, SRV, TXT and addresses, all of it bounded.

Written for hostile bytes: names are followed over a bounded number of pointers that only lead backwards, records are
counted, a message that breaks off keeps what was read. zeroconf opens sockets of its own, which only the door may;
readers of whole messages give one up at the first record they do not know, and devices send many kinds.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address

PTR, TXT, SRV, A, AAAA = 12, 16, 33, 1, 28
MOST_RECORDS = 256
MOST_NAME_BYTES = 255
_MOST_POINTERS = 16
_MOST_STRINGS = 64
_HEADER = struct.Struct(">HHHHHH")
_RECORD = struct.Struct(">HHIH")
_ANSWER_BIT = 0x8000


@dataclass(frozen=True, slots=True)
class Record:
    """One record. ``target`` is the name a PTR or SRV points to, the address of an A or AAAA; ``port`` of a SRV."""

    name: str
    kind: int
    target: str = ""
    port: int = 0
    texts: tuple[str, ...] = ()


class _Broken(Exception):
    """The message ends or turns to nonsense here."""


def is_answer(data: bytes) -> bool:
    """True for a message that answers."""
    return len(data) >= _HEADER.size and bool(struct.unpack_from(">H", data, 2)[0] & _ANSWER_BIT)


def records(data: bytes) -> list[Record]:
    """The records of an answer that are of a kind named above; none for a question. Never raises."""
    if not is_answer(data):
        return []
    _, _, questions, *counts = _HEADER.unpack_from(data)
    found: list[Record] = []
    try:
        place = _HEADER.size
        for _ in range(min(questions, MOST_RECORDS)):
            _, place = _name(data, place)
            place += 4
        found.extend(_records(data, place, min(sum(counts), MOST_RECORDS)))
    except _Broken:
        pass  # what came before it is whole
    return found


def _records(data: bytes, place: int, count: int) -> Iterator[Record]:
    for _ in range(count):
        name, place = _name(data, place)
        if place + _RECORD.size > len(data):
            return
        kind, _, _, size = _RECORD.unpack_from(data, place)
        place += _RECORD.size
        if place + size > len(data):
            return
        record = _record(data, name, kind, place, size)
        if record is not None:
            yield record
        place += size


def _record(data: bytes, name: str, kind: int, place: int, size: int) -> Record | None:
    value = data[place : place + size]
    if kind == PTR:
        return Record(name, kind, _name(data, place)[0])
    if kind == SRV and size > 6:
        return Record(name, kind, _name(data, place + 6)[0], struct.unpack_from(">H", value, 4)[0])
    if kind == TXT:
        return Record(name, kind, texts=tuple(_strings(value)))
    if kind == A and size == 4:
        return Record(name, kind, str(IPv4Address(value)))
    if kind == AAAA and size == 16:
        return Record(name, kind, str(IPv6Address(value)))
    return None


def _strings(value: bytes) -> Iterator[str]:
    for _ in range(_MOST_STRINGS):
        if not value:
            return
        text = value[1 : 1 + value[0]]
        if text:
            yield text.decode("utf-8", "replace")
        value = value[1 + value[0] :]


def _name(data: bytes, place: int) -> tuple[str, int]:
    """A name and the place after it."""
    labels: list[str] = []
    after = -1
    length = pointers = 0
    earliest = place
    while True:
        if place >= len(data):
            raise _Broken
        size = data[place]
        if size >= 0xC0:
            if place + 1 >= len(data):
                raise _Broken
            target = (size & 0x3F) << 8 | data[place + 1]
            after = place + 2 if after < 0 else after
            pointers += 1
            if target >= earliest or pointers > _MOST_POINTERS:
                raise _Broken
            place = earliest = target
            continue
        if size >= 0x40:
            raise _Broken
        place += 1
        if size == 0:
            return ".".join(labels), place if after < 0 else after
        length += size + 1
        if length > MOST_NAME_BYTES or place + size > len(data):
            raise _Broken
        labels.append(data[place : place + size].decode("utf-8", "replace"))
        place += size
