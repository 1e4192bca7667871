"""The older discovery of Dahua-made devices on UDP 5050 (I3.2: UniversalScanner, DahuaConsole).

An answer begins with 0xb3 and has three sections whose lengths must add up to the datagram: fields at fixed places,
MAC address and model as text, and lines of text.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from scanner.discovery.finder_answer import sighting, text_at
from scanner.discovery.protocols import Protocol
from scanner.discovery.sighting import Sighting

if TYPE_CHECKING:
    from scanner.net import DatagramReply

NAME, PORT = "dvrip", 5050
_ANSWER, _FIXED, _MAC_CHARACTERS = 0xB3, 0x78, 17
_DOORS = {0x5E: "http", 0x60: "https", 0x62: "sdk-dahua"}
_MOST_LINES = 32


def read(reply: DatagramReply) -> Sighting | None:
    """Model, serial number, MAC address and doors."""
    data = reply.data
    if len(data) < _FIXED or data[0] != _ANSWER:
        return None
    second, (third,) = data[2], struct.unpack_from("<H", data, 0x14)
    if _FIXED + second + third != len(data):
        return None
    lines = _lines(data[_FIXED + second :])
    longer = text_at(data, _FIXED + _MAC_CHARACTERS, second - _MAC_CHARACTERS) if second > _MAC_CHARACTERS else ""
    fields = {
        "model": longer or text_at(data, 0x28, 16) or lines.get("device", ""),
        "mac": text_at(data, _FIXED, min(second, _MAC_CHARACTERS)),
        "serial": lines.get("serialno", ""),
        "label": lines.get("name", ""),
    }
    doors = [(struct.unpack_from("<H", data, place)[0], service) for place, service in _DOORS.items()]
    return sighting(reply, NAME, PORT, fields, doors)


def _lines(data: bytes) -> dict[str, str]:
    found: dict[str, str] = {}
    for text in data.decode("utf-8", "replace").splitlines()[:_MOST_LINES]:
        name, colon, value = text.partition(":")
        if colon:
            found.setdefault(name.strip().lower(), value.strip("\0 \t"))
    return found


PROTOCOL = Protocol(NAME, PORT, ("1", "1"), read, when="named", vendor="Dahua")
