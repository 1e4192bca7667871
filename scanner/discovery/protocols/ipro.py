"""i-PRO (Panasonic) finder: asked on UDP 10670, answers to 10669 or 10670 by broadcast. Unverified (I6.3, US).

The one implementation contradicts its own table about the two ports, so both are heard. Fields of two bytes type and
two bytes length begin at byte 53.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scanner.discovery.finder_answer import mac_at, pairs_of, sighting, text_at
from scanner.discovery.protocols import Protocol
from scanner.discovery.sighting import Sighting

if TYPE_CHECKING:
    from scanner.net import DatagramReply

NAME, PORT = "ipro", 10670
_MAGIC, _FIRST_FIELD = b"\x00\x01", 53
_MODEL, _SHORT_MODEL, _FIRMWARE = 0xA7, 0xA8, 0xA9


def read(reply: DatagramReply) -> Sighting | None:
    """Model, firmware and MAC address."""
    data = reply.data
    if len(data) <= _FIRST_FIELD or not data.startswith(_MAGIC):
        return None
    found = dict(pairs_of(data, _FIRST_FIELD, 2, 2))
    texts = {kind: text_at(value, 0, len(value)) for kind, value in found.items()}
    model = texts.get(_MODEL) or texts.get(_SHORT_MODEL, "")
    if not model:
        return None
    return sighting(reply, NAME, PORT, {"model": model, "firmware": texts.get(_FIRMWARE, ""), "mac": mac_at(data, 6)})


PROTOCOL = Protocol(NAME, PORT, ("1", "1"), read, when="named", vendor="i-PRO", verified=False)
