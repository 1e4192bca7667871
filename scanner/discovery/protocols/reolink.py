"""Reolink finder: asked on UDP 2000, answers to 3000. Unverified: one source, which gives no places (I6.3, NL).

The answer is said to hold name, address, port and the identifier by which anybody reaches the camera over the maker's
cloud. Nothing is read out of it and nothing of it is kept: it shows that the protocol is spoken.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scanner.discovery.finder_answer import sighting
from scanner.discovery.protocols import Protocol
from scanner.discovery.sighting import Sighting

if TYPE_CHECKING:
    from scanner.net import DatagramReply

NAME, PORT = "reolink", 2000
_QUESTION = bytes.fromhex("aaaa0000")
_SHORTEST = 16
"""A name, an address and an identifier do not fit into less."""


def read(reply: DatagramReply) -> Sighting | None:
    """That it answers; our own question come back is no answer."""
    if reply.data == _QUESTION or len(reply.data) < _SHORTEST:
        return None
    return sighting(reply, NAME, PORT, {})


PROTOCOL = Protocol(NAME, PORT, ("1", "1"), read, when="named", vendor="Reolink", verified=False)
