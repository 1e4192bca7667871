"""The own segment: what devices answer when a multicast group is asked there (``--local``).

One question and one repeat for each protocol, group and interface. Whoever is heard and is a target joins the sweep as
an address that has answered already; whoever is in scope and no target is counted and not contacted; whoever is out of
scope is counted, and nothing else of the answer is kept.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, TypeAlias

from scanner.discovery.protocols import Protocol, all_protocols, local_protocols
from scanner.discovery.sighting import MOST_OBSERVATIONS, Sighting
from scanner.errors import NoAnswer

if TYPE_CHECKING:
    from scanner.net import DatagramChannel, DatagramReply, Door, Interface, LocalChannel

MOST_WAITING = 4_096
MOST_WAITING_TEXT = 32 * 1024 * 1024
"""Addresses that were heard before they were asked, and characters of what they said, at most."""

Heard: TypeAlias = Callable[[str, str, Sighting], None]
"""Takes the address, the name of the protocol, and what was said."""


class Segment:
    """The groups of the own segment during one sweep. Build it with ``segment``; belongs to the running event loop."""

    def __init__(self, channels: Sequence[tuple[Protocol, LocalChannel]], interfaces: Sequence[Interface]) -> None:
        self.datagrams = 0
        self._channels = tuple(channels)
        self._interfaces = tuple(interfaces)
        self._early: dict[str, list[tuple[str, Sighting]]] = {}
        self._early_text = 0

    async def ask(self, number: int) -> bool:
        """One round of questions, fewer when the audit was stopped; False when none was sent."""
        before = self.datagrams
        for protocol, channel in self._channels:
            if number < len(protocol.local_rounds):
                try:
                    self.datagrams += await channel.ask(protocol.local_rounds[number])
                except NoAnswer:
                    break
        return self.datagrams > before

    async def listen(self, is_asked: Callable[[str], bool], heard: Heard) -> None:
        """Until cancelled: what an asked address says goes to ``heard``, what others say waits for ``early``."""

        async def ear(protocol: Protocol, channel: LocalChannel) -> None:
            while True:
                self._take(protocol, await channel.replies.get(), is_asked, heard)

        async with asyncio.TaskGroup() as group:
            for protocol, channel in self._channels:
                group.create_task(ear(protocol, channel))

    def _take(self, protocol: Protocol, reply: DatagramReply, is_asked: Callable[[str], bool], heard: Heard) -> None:
        part = protocol.read(reply)
        if part is None:
            return
        if is_asked(reply.address):
            heard(reply.address, protocol.name, part)
            return
        size = sum(len(text.raw) for text in part.observations)
        full = reply.address not in self._early and len(self._early) >= MOST_WAITING
        if full or self._early_text + size > MOST_WAITING_TEXT:
            return
        parts = self._early.setdefault(reply.address, [])
        if len(parts) < MOST_OBSERVATIONS:
            parts.append((protocol.name, part))
            self._early_text += size

    def early(self, address: str) -> list[tuple[str, Sighting]]:
        """What an address said before it was asked: (protocol, what it said); it is given once."""
        parts = self._early.pop(address, [])
        self._early_text -= sum(len(text.raw) for _, part in parts for text in part.observations)
        return parts

    @property
    def quiet(self) -> bool:
        """True when no answer waits to be read."""
        return all(channel.replies.empty() for _, channel in self._channels)

    @property
    def outside(self) -> frozenset[str]:
        """Addresses out of scope that answered."""
        return frozenset(address for _, channel in self._channels for address in channel.outside)

    def notes(self) -> list[str]:
        """Sentences for the report; none where no group was asked."""
        if not self._channels:
            return []
        names = ", ".join(protocol.name for protocol, _ in self._channels)
        where = ", ".join(interface.name for interface in self._interfaces)
        said = [f"Asked by multicast on {where}: {names}."]
        if self._early:
            said.append(
                f"Answered by multicast in scope and was not among the targets: {_counted(len(self._early))}. "
                "They were not contacted."
            )
        for _, channel in self._channels:
            said += [f"{channel.protocol}: {problem}." for problem in channel.deaf]
        return said


def notes_of(own: Segment, channels: Iterable[DatagramChannel]) -> list[str]:
    """Sentences for the report on what was heard beside the answers, and what could not be heard."""
    said, outside = own.notes(), set(own.outside)
    for channel in channels:
        outside |= channel.outside
        for port in channel.deaf:
            said.append(
                f"{channel.protocol}: another program holds port {port}, so answers that came there were not heard."
            )
    if outside:
        said.append(
            f"Answered from outside the scope: {_counted(len(outside))}. They were not contacted, and nothing of what "
            "they said was kept."
        )
    return said


def _counted(number: int) -> str:
    return "1 address" if number == 1 else f"{number:,} addresses"


@asynccontextmanager
async def segment(door: Door, interfaces: Sequence[Interface], named: Iterable[str] = ()) -> AsyncIterator[Segment]:
    """Open the groups of the usual protocols, of mDNS, and of the finders in ``named``, on these interfaces."""
    async with AsyncExitStack() as stack:
        protocols = local_protocols(named).values() if interfaces else ()
        channels = [
            (protocol, await stack.enter_async_context(door.multicast(protocol.name, interfaces)))
            for protocol in protocols
        ]
        yield Segment(channels, interfaces)


def vantage(protocols: Iterable[str], local: Sequence[str] | None = None) -> tuple[str, ...]:
    """Sentences on what could not be seen from here.

    ``protocols`` are those that were used. ``local`` names the interfaces on which groups were asked as well; empty:
    none; None: nothing is said about the own segment.
    """
    known = all_protocols()
    used = [known[name] for name in protocols if name in known]
    said = [protocol.vantage for protocol in used if protocol.vantage]
    if local is None:
        return tuple(said)
    if local:
        names = ", ".join(local_protocols(protocol.name for protocol in used))
        said.append(f"The groups of {names} were asked on the segments of {', '.join(local)}; others stay unheard.")
    else:
        said.append(known["mdns"].vantage)
    named = [protocol for protocol in used if protocol.when == "named"]
    if named:
        said.append(f"Finders of makers were used as well: {', '.join(protocol.name for protocol in named)}.")
    unsure = [protocol.name for protocol in named if not protocol.verified]
    if unsure:
        said.append(
            f"Unverified finders: {', '.join(unsure)}. No second source confirms their format or that they answer "
            "unicast, so their silence means nothing."
        )
    return tuple(said)
