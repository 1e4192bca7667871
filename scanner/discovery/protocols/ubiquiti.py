"""Ubiquiti discovery on UDP 10001, versions 1 and 2 (I6.3: unifi-discovery, nmap, Greenbone); it answers unicast.

Every kind of Ubiquiti device answers it: a camera is one by its model.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scanner.discovery.finder_answer import mac_at, pairs_of, sighting, text_at
from scanner.discovery.protocols import Protocol
from scanner.discovery.sighting import Sighting

if TYPE_CHECKING:
    from scanner.net import DatagramReply

NAME, PORT = "ubiquiti", 10001
_HEAD = 4
_VERSIONS = (1, 2)
_MAC, _MAC_AND_ADDRESS, _FIRMWARE, _HOST_NAME, _PLATFORM, _MODEL, _FULL_MODEL, _VERSION = (
    0x01, 0x02, 0x03, 0x0B, 0x0C, 0x14, 0x15, 0x16,
)  # fmt: skip


def read(reply: DatagramReply) -> Sighting | None:
    """Model, firmware, MAC address and host name; our own question come back has no field and is no answer."""
    data = reply.data
    if len(data) <= _HEAD or data[0] not in _VERSIONS:
        return None
    found: dict[int, bytes] = {}
    for kind, value in pairs_of(data[: _HEAD + int.from_bytes(data[2:4], "big")], _HEAD, 1, 2):
        found.setdefault(kind, value)
    if not found:
        return None
    texts = {kind: text_at(value, 0, len(value)) for kind, value in found.items()}
    fields = {
        "model": texts.get(_FULL_MODEL) or texts.get(_MODEL) or texts.get(_PLATFORM, ""),
        "firmware": texts.get(_VERSION) or texts.get(_FIRMWARE, ""),
        "mac": mac_at(found.get(_MAC, b""), 0) or mac_at(found.get(_MAC_AND_ADDRESS, b""), 0),
        "label": texts.get(_HOST_NAME, ""),
    }
    return sighting(reply, NAME, PORT, fields) if any(fields.values()) else None


PROTOCOL = Protocol(NAME, PORT, ("1", "2"), read, local_rounds=("1", "2"), when="named", vendor="Ubiquiti")
