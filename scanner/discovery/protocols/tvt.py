"""TVT finder: group 234.55.55.55, answers to group 234.55.55.56, both on port 23456. Unverified: one source (I6.3 [C]).

It answers to its group only, so it is asked with ``--local`` and nowhere else. Records of 240 bytes; operation 7 is the
answer to a search, other operations write.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from scanner.discovery.finder_answer import mac_at, sighting, text_at
from scanner.discovery.protocols import Protocol
from scanner.discovery.sighting import Sighting

if TYPE_CHECKING:
    from scanner.net import DatagramReply

NAME, PORT = "tvt", 23456
_MAGIC, _SIZE = b"MHED", 240
_KINDS = {0: "recorder", 2: "camera", 3: "recorder"}


def read(reply: DatagramReply) -> Sighting | None:
    """Model, name, kind, MAC address and doors. The firmware is a number whose reading no source gives."""
    data = reply.data
    if len(data) < _SIZE or not data.startswith(_MAGIC):
        return None
    (sdk,) = struct.unpack_from("<H", data, 38)
    (web,) = struct.unpack_from("<H", data, 60)
    fields = {
        "model": text_at(data, 180, 16) or text_at(data, 196, 32),
        "name": text_at(data, 12, 20),
        "mac": mac_at(data, 32),
        "kind": _KINDS.get(data[64], ""),
    }
    return sighting(reply, NAME, PORT, fields, [(web, "http"), (sdk, "sdk-tvt")])


PROTOCOL = Protocol(
    NAME,
    PORT,
    (),
    read,
    "The finder of TVT answers to a multicast group only, which crosses no router.",
    local_rounds=("1", "1"),
    when="named",
    vendor="TVT",
    verified=False,
)
