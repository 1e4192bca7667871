"""One datagram a device sends back."""

from __future__ import annotations

from dataclasses import dataclass


class Malformed(Exception):
    """The datagram is not what its port speaks."""


@dataclass(frozen=True, slots=True)
class Saying:
    """``port`` 0: to the port that asked. ``group``: to that multicast group, which is heard on a segment only."""

    data: bytes
    port: int = 0
    group: str = ""
