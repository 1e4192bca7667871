"""The datagram protocols, one a file. A file here that has a ``PROTOCOL`` is a protocol: there is no second list."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from scanner.discovery.sighting import Sighting

if TYPE_CHECKING:
    from scanner.net import DatagramReply


@dataclass(frozen=True, slots=True)
class Protocol:
    """One way to ask by datagram.

    ``rounds`` are the variants sent, one a round: the first to each address, the next to those that stayed silent.
    ``read`` is pure: one reply into what it says, None when it is no answer (our own probe come back, noise).
    ``vantage`` is a sentence for the coverage statement: what it cannot see across a router; '' when it can.
    """

    name: str
    port: int
    rounds: tuple[str, ...]
    read: Callable[[DatagramReply], Sighting | None]
    vantage: str = ""


@cache
def load_protocols() -> dict[str, Protocol]:
    """All protocols by name, in the order of their files."""
    found: dict[str, Protocol] = {}
    for module in sorted(pkgutil.iter_modules(__path__), key=lambda module: module.name):
        protocol = importlib.import_module(f"{__name__}.{module.name}").PROTOCOL
        found[protocol.name] = protocol
    return found
