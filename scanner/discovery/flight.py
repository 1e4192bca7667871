"""An address on its way through the sweep, and what a port engine is."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from typing import Literal, Protocol, TypeAlias

from scanner.discovery.sighting import Sighting
from scanner.errors import NoAnswer

PortState: TypeAlias = Literal["open", "refused", "silent", "unreachable"]


@dataclass(slots=True)
class Progress:
    """What a sweep has done so far; read it at any time. ``notes`` are sentences for the report."""

    asked: int = 0
    answered: int = 0
    datagrams: int = 0
    connections: int = 0
    notes: list[str] = field(default_factory=list)

    @property
    def packets(self) -> int:
        """Datagrams and connection attempts sent."""
        return self.datagrams + self.connections


@dataclass(slots=True, eq=False)
class InFlight:
    """One address between its first datagram and its last door. ``spoke`` names the protocols that answered.

    ``known`` are doors that somebody else has found open.
    ``states`` maps each door that was tried to what it said; ``waiting`` counts the doors that have not said it yet.
    """

    address: str
    first_at: float = 0.0  # the loop's clock, when its first round was sent
    spoke: set[str] = field(default_factory=set)
    parts: list[Sighting] = field(default_factory=list)
    states: dict[int, PortState] = field(default_factory=dict)
    waiting: int = 0
    parked: bool = False  # goes on when the last of its doors has answered
    cut: bool = False  # the door let nothing more out: out of scope, left alone, or the audit was stopped
    later: bool = False  # the hours of its site ended: it is asked anew when they come again
    errand: Iterator[float] | None = None

    def end(self, silence: NoAnswer) -> None:
        """The door lets nothing more out to it."""
        self.cut = True
        self.later = silence.why == "out-of-hours"

    known: tuple[int, ...] = ()

    @property
    def alive(self) -> bool:
        """True when anything at all came back: an answer, an open door, a refusal."""
        return bool(self.parts) or any(state in ("open", "refused") for state in self.states.values())

    @property
    def announced(self) -> tuple[int, ...]:
        """TCP ports that are known, and those the device itself named."""
        named = (one.port for part in self.parts for one in part.endpoints if one.transport == "tcp")
        return tuple(dict.fromkeys((*self.known, *named)))


Station: TypeAlias = "asyncio.Queue[InFlight | None]"
"""Addresses waiting for the next step; None is the end."""

PortsReport: TypeAlias = Callable[[InFlight, dict[int, PortState], str], Awaitable[None]]
"""Takes an address, the state of each port asked, and the word for ``Endpoint.found_by``."""


class PortEngine(Protocol):
    """Finds the open TCP ports of addresses."""

    async def work(self, station: Station, report: PortsReport) -> None:
        """Take addresses until None comes; report each of them once."""
