"""Bosch finder: asked on UDP 1757, answers to 1758. Unverified: one implementation (I6.3, US).

The answer is a record of 32 bytes, or XML with root ``device`` of ``OEMExt00:device-1-0``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scanner.discovery.device_text import decoded, element_texts, has_element, port_number
from scanner.discovery.finder_answer import mac_at, sighting
from scanner.discovery.protocols import Protocol
from scanner.discovery.sighting import Sighting

if TYPE_CHECKING:
    from scanner.net import DatagramReply

NAME, PORT = "bosch", 1757
_MAGIC, _SIZE = bytes.fromhex("9939a427"), 32
_FIELDS = {"friendlyName": "model", "unitName": "label", "serialNumber": "serial", "physAddress": "mac"}
_DOORS = {"HTTPPort": "http", "HTTPSPort": "https"}


def read(reply: DatagramReply) -> Sighting | None:
    """Model (its friendly name), serial number, MAC address, web doors; the RCP port is neither spoken to nor tried."""
    data = reply.data
    if len(data) == _SIZE and data.startswith(_MAGIC):
        return sighting(reply, NAME, PORT, {"mac": mac_at(data, 8)})
    text = decoded(data)
    if not (has_element(text, "device") and has_element(text, "physAddress")):
        return None
    found: dict[str, str] = {}
    for name, value in element_texts(text, *_FIELDS, *_DOORS):
        found.setdefault(name, value)
    doors = [(port_number(found.get(name, "")), service) for name, service in _DOORS.items()]
    return sighting(reply, NAME, PORT, {key: found.get(name, "") for name, key in _FIELDS.items()}, doors)


PROTOCOL = Protocol(NAME, PORT, ("1", "1"), read, when="named", vendor="Bosch", verified=False)
