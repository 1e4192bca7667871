"""The datagram protocols, one a file. A file here that has a ``PROTOCOL`` is a protocol: there is no second list."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Literal, TypeAlias

from scanner.discovery.sighting import Sighting

if TYPE_CHECKING:
    from scanner.net import DatagramReply

When: TypeAlias = Literal["always", "local", "named"]


@dataclass(frozen=True, slots=True)
class Protocol:
    """One way to ask by datagram.

    ``rounds`` are the variants sent, one a round: the first to each address, the next to those that stayed silent.
    ``read`` is pure: one reply into what it says, None when it is no answer (our own probe come back, noise).
    ``vantage`` is a sentence for the coverage statement: what it cannot see across a router; '' when it can.
    ``local_rounds`` are the variants sent to a multicast group of the own segment; empty: it has no group.
    ``when`` it is used: always, only on the own segment, or only when the operator names it (a maker's finder).
    ``vendor`` is the maker of a finder as the reports name it. ``verified`` False: nothing read here confirms its
    format by a second source, or that it answers unicast.
    """

    name: str
    port: int
    rounds: tuple[str, ...]
    read: Callable[[DatagramReply], Sighting | None]
    vantage: str = ""
    local_rounds: tuple[str, ...] = ()
    when: When = "always"
    vendor: str = ""
    verified: bool = True


@cache
def all_protocols() -> dict[str, Protocol]:
    """Every protocol by name, in the order of their files."""
    found: dict[str, Protocol] = {}
    for module in sorted(pkgutil.iter_modules(__path__), key=lambda module: module.name):
        protocol = importlib.import_module(f"{__name__}.{module.name}").PROTOCOL
        found[protocol.name] = protocol
    return found


def load_protocols() -> dict[str, Protocol]:
    """The protocols every address is asked by."""
    return {name: protocol for name, protocol in all_protocols().items() if protocol.when == "always"}


def finders() -> dict[str, Protocol]:
    """The makers' finders: each is used when the operator names it, and never else."""
    return {name: protocol for name, protocol in all_protocols().items() if protocol.when == "named"}


def local_protocols(named: Iterable[str] = ()) -> dict[str, Protocol]:
    """The protocols that ask a multicast group of the own segment, finders only where they are in ``named``."""
    wanted = set(named)
    return {
        name: protocol
        for name, protocol in all_protocols().items()
        if protocol.local_rounds and (protocol.when != "named" or name in wanted)
    }
