"""The finder of older Foscam cameras on UDP 10000. Unverified: one implementation (I6.3, US).

A header of 0x17 bytes that begins with ``MO_I``; what follows is XORed with the header's key when its flag is set.
"""

from __future__ import annotations

import struct
from itertools import cycle
from typing import TYPE_CHECKING

from scanner.discovery.finder_answer import sighting, text_at
from scanner.discovery.protocols import Protocol
from scanner.discovery.sighting import Sighting

if TYPE_CHECKING:
    from scanner.net import DatagramReply

NAME, PORT = "foscam", 10000
_MAGIC, _HEAD, _SIZE = b"MO_I", 0x17, 0x57
_FLAG, _KEY = 6, slice(7, 15)


def read(reply: DatagramReply) -> Sighting | None:
    """Name, MAC address (the serial number of these cameras), firmware and the web door."""
    data = reply.data
    if len(data) < _SIZE or not data.startswith(_MAGIC):
        return None
    if data[_FLAG]:
        opened = bytes(byte ^ key for byte, key in zip(data[_HEAD:_SIZE], cycle(data[_KEY]), strict=False))
        data = data[:_HEAD] + opened
    fields = {
        "name": text_at(data, 0x24, 21),
        "serial": text_at(data, 0x17, 13),
        "mac": text_at(data, 0x17, 13),
        "firmware": ".".join(str(part) for part in data[0x4D:0x51]),
    }
    return sighting(reply, NAME, PORT, fields, [(struct.unpack_from(">H", data, 0x55)[0], "http")])


PROTOCOL = Protocol(NAME, PORT, ("1", "1"), read, when="named", vendor="Foscam", verified=False)
