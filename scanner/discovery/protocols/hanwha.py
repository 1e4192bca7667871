"""Hanwha Vision (Wisenet) finder: asked on UDP 7701, answers to 7711. Unverified: one implementation (I6.3, US).

A record of 0x106 bytes that begins with 0x0b, texts at fixed places. Nothing read here says that it answers unicast.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scanner.discovery.device_text import url_parts
from scanner.discovery.finder_answer import sighting, text_at
from scanner.discovery.protocols import Protocol
from scanner.discovery.sighting import Sighting

if TYPE_CHECKING:
    from scanner.net import DatagramReply

NAME, PORT = "hanwha", 7701
_ANSWER, _SIZE = 0x0B, 0x106


def read(reply: DatagramReply) -> Sighting | None:
    """Model, MAC address and the door of the web page."""
    data = reply.data
    if len(data) < _SIZE or data[0] != _ANSWER:
        return None
    page = url_parts(text_at(data, 0x85, 39))
    doors = [(page[2], page[0])] if page else []
    return sighting(reply, NAME, PORT, {"model": text_at(data, 0x6D, 10), "mac": text_at(data, 0x13, 18)}, doors)


PROTOCOL = Protocol(NAME, PORT, ("1", "1"), read, when="named", vendor="Hanwha Vision", verified=False)
