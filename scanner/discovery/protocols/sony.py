"""Sony finder on UDP 2380; answers come to the asking port, by broadcast. Unverified: one implementation (I6.3, US).

``KEY:value`` items between 0x02 and 0x03, separated by 0xff.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scanner.discovery.device_text import port_number
from scanner.discovery.finder_answer import sighting
from scanner.discovery.protocols import Protocol
from scanner.discovery.sighting import Sighting

if TYPE_CHECKING:
    from scanner.net import DatagramReply

NAME, PORT = "sony", 2380
_FIELDS = {"MODEL": "model", "SERIAL": "serial", "MAC": "mac", "SOFTVERSION": "firmware"}
_MOST_ITEMS = 64


def read(reply: DatagramReply) -> Sighting | None:
    """Model, serial number, firmware, MAC address and the web door."""
    data = reply.data
    if not (data.startswith(b"\x02") and data.endswith(b"\x03")):
        return None
    found: dict[str, str] = {}
    for item in data[1:-1].split(b"\xff", _MOST_ITEMS)[:_MOST_ITEMS]:
        name, colon, value = item.decode("utf-8", "replace").partition(":")
        if colon:
            found.setdefault(name.strip().upper(), value)
    if not found.keys() & _FIELDS.keys():
        return None  # our own question come back
    doors = [(port_number(found.get("WEBPORT", "")), "http")]
    return sighting(reply, NAME, PORT, {key: found.get(name, "") for name, key in _FIELDS.items()}, doors)


PROTOCOL = Protocol(NAME, PORT, ("1", "1"), read, when="named", vendor="Sony", verified=False)
