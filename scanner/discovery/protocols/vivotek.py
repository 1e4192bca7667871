"""Vivotek finder on UDP 10000. Unverified: one implementation (I6.3, US).

The answer echoes a counter and the magic number; fields of one byte type and one byte length follow. Type 4 is a
single byte without a length.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from scanner.discovery.finder_answer import mac_at, sighting
from scanner.discovery.protocols import Protocol
from scanner.discovery.sighting import Sighting

if TYPE_CHECKING:
    from scanner.net import DatagramReply

NAME, PORT = "vivotek", 10000
_MAGIC, _HEAD = bytes.fromhex("4a5d8f1c"), 5
_LONG_NAME, _MAC, _SINGLE, _MODEL = 1, 2, 4, 9


def read(reply: DatagramReply) -> Sighting | None:
    """Model, name and MAC address; our own question come back has no field and is no answer."""
    if reply.data[1:_HEAD] != _MAGIC or len(reply.data) <= _HEAD:
        return None
    found = dict(_fields(reply.data))
    fields = {
        "model": found.get(_MODEL, b"").decode("utf-8", "replace"),
        "name": found.get(_LONG_NAME, b"").decode("utf-8", "replace"),
        "mac": mac_at(found.get(_MAC, b""), 0),
    }
    return sighting(reply, NAME, PORT, fields) if any(fields.values()) else None


def _fields(data: bytes) -> Iterator[tuple[int, bytes]]:
    place = _HEAD
    while place + 2 <= len(data):
        kind, size = data[place], data[place + 1]
        place += 2
        if kind == _SINGLE:
            continue
        if kind == 0 or place + size > len(data):
            return
        yield kind, data[place : place + size]
        place += size


PROTOCOL = Protocol(NAME, PORT, ("1", "1"), read, when="named", vendor="Vivotek", verified=False)
