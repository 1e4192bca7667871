"""The sweep: which of many addresses answer, and on which doors.

Addresses walk through four stations, each working on its own: the first round of datagrams, a second one for the
protocols that stayed silent, the end of the window for late answers, and the TCP doors. So many are on their way at a
time and no more: the memory does not grow with the number of targets. An address that answered is reported as soon as
its doors are known, while the sweep goes on.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from scanner.discovery.asked import AskedAddresses
from scanner.discovery.crew import Crew, taking
from scanner.discovery.flight import InFlight, PortEngine, PortState, Progress, Station
from scanner.discovery.protocols import Protocol, load_protocols
from scanner.discovery.sighting import MOST_OBSERVATIONS, Sighting, merged
from scanner.discovery.tcp_sweep import DEFAULT_PORTS, ConnectPorts, open_endpoints, terminal_facts
from scanner.errors import NoAnswer

if TYPE_CHECKING:
    from scanner.model import Target
    from scanner.net import DatagramChannel, Door

OnSighting: TypeAlias = Callable[[Sighting], Awaitable[None] | None]

IN_FLIGHT = 8192
"""Addresses between their first datagram and their last door; at most so many are remembered at a time."""
ASKERS = 2048
"""Addresses asked side by side. A pace allows a /24 a quarter of its total rate: several /24 must be under way."""
WORKERS = 2048
"""Addresses whose doors are tried side by side; each silent door holds one for ``ONE_SYN_SECONDS``."""


async def sweep(
    door: Door,
    targets: Iterable[Target],
    *,
    on_sighting: OnSighting,
    ports: Sequence[int] = DEFAULT_PORTS,
    protocols: Sequence[str] | None = None,
    ports_by: str = "connect",
    window_seconds: float = 4.0,
    repeat_seconds: float = 2.0,
    workers: int = WORKERS,
    progress: Progress | None = None,
) -> Progress:
    """Ask every target; ``on_sighting`` gets one Sighting for each address that answered, as they come.

    ``protocols`` are names of ``load_protocols()`` (None: all; KeyError for others). ``window_seconds`` and
    ``repeat_seconds`` count from the first datagram. The callback may be a coroutine function; its errors end
    the sweep. Cancelling ends it at once, ``Door.stop()`` in order: what has answered by then is still reported.
    """
    known = load_protocols()
    chosen = [known[name] for name in (known if protocols is None else protocols)]
    counts = progress if progress is not None else Progress()
    engine = _engine(door, ports_by, ports, workers, counts)
    async with _channels(door, chosen) as channels:
        run = _Sweep(channels, engine, on_sighting, window_seconds, min(repeat_seconds, window_seconds), counts)
        await run.run(targets)
    return counts


def _engine(door: Door, ports_by: str, ports: Sequence[int], workers: int, counts: Progress) -> PortEngine:
    connecting = ConnectPorts(door, ports, counts, workers)
    if ports_by != "nmap":
        return connecting
    from scanner.discovery.nmap_ports import NmapPorts  # python-nmap is needed by nobody else

    return NmapPorts(door, ports, counts, connecting)


def vantage(protocols: Iterable[str]) -> tuple[str, ...]:
    """Sentences on what the named protocols cannot see from another network."""
    known = load_protocols()
    return tuple(known[name].vantage for name in protocols if name in known and known[name].vantage)


@dataclass(frozen=True, slots=True)
class _Channel:
    protocol: Protocol
    channel: DatagramChannel


@asynccontextmanager
async def _channels(door: Door, protocols: Iterable[Protocol]) -> AsyncIterator[list[_Channel]]:
    async with AsyncExitStack() as stack:
        yield [_Channel(each, await stack.enter_async_context(door.datagrams(each.name))) for each in protocols]


class _Sweep:
    def __init__(
        self,
        channels: list[_Channel],
        engine: PortEngine,
        on_sighting: OnSighting,
        window_seconds: float,
        repeat_seconds: float,
        progress: Progress,
    ) -> None:
        self._channels = channels
        self._engine = engine
        self._on_sighting = on_sighting
        self._window = window_seconds if channels else 0.0
        self._repeat = repeat_seconds if channels else 0.0
        self._progress = progress
        self._asked = AskedAddresses()
        self._flying: dict[str, InFlight] = {}
        self._reported: set[str] = set()
        self._late: dict[str, InFlight] = {}
        self._room = asyncio.Semaphore(IN_FLIGHT)
        self._stopped = False

    async def run(self, targets: Iterable[Target]) -> None:
        """All stations until the last address has left the last one."""
        asked: Station = asyncio.Queue()
        repeated: Station = asyncio.Queue()
        waited: Station = asyncio.Queue()
        async with asyncio.TaskGroup() as stations:
            ears = [stations.create_task(self._listen(channel)) for channel in self._channels]
            stations.create_task(self._crew(self._next_of(targets), self._ask, asked))
            stations.create_task(self._crew(taking(asked), self._ask_again, repeated))
            stations.create_task(self._wait(repeated, waited))
            await self._engine.work(waited, self._report)
            while self._late and not self._stopped:
                await self._engine.work(self._late_ones(), self._report)
            for ear in ears:
                ear.cancel()

    # -- stations ------------------------------------------------------------------------------------

    async def _crew(
        self,
        take: Callable[[], Awaitable[InFlight | None]],
        work: Callable[[InFlight], Awaitable[bool]],
        onward: Station,
    ) -> None:
        """Work on all that is taken; what is to go on goes onward, and then the end."""

        async def one_address(one: InFlight) -> None:
            if await work(one):
                onward.put_nowait(one)

        await Crew(take, one_address, ASKERS).run()
        onward.put_nowait(None)

    def _next_of(self, targets: Iterable[Target]) -> Callable[[], Awaitable[InFlight | None]]:
        iterator = iter(targets)

        async def take() -> InFlight | None:
            await self._room.acquire()
            target = None if self._stopped else next(iterator, None)
            if target is None:
                self._room.release()
                return None
            one = InFlight(target.address)
            self._asked.add(one.address)
            self._flying[one.address] = one
            self._progress.asked += 1
            return one

        return take

    async def _ask(self, one: InFlight) -> bool:
        goes_on = await self._send_round(one, 0)
        one.first_at = asyncio.get_running_loop().time()
        if not goes_on:
            self._landed(one)
        return goes_on

    async def _ask_again(self, one: InFlight) -> bool:
        await self._until(one.first_at + self._repeat)
        await self._send_round(one, 1)
        return True

    async def _wait(self, station: Station, onward: Station) -> None:
        while (one := await station.get()) is not None:
            await self._until(one.first_at + self._window)
            onward.put_nowait(one)
        onward.put_nowait(None)

    async def _until(self, when: float) -> None:
        left = when - asyncio.get_running_loop().time()
        if left > 0 and not self._stopped:
            await asyncio.sleep(left)

    async def _send_round(self, one: InFlight, number: int) -> bool:
        """False where the door lets nothing out to this address, or to any after the audit was stopped."""
        for each in self._channels:
            if number < len(each.protocol.rounds) and each.protocol.name not in one.spoke:
                try:
                    await each.channel.send(one.address, each.protocol.rounds[number])
                except NoAnswer as silence:
                    self._stopped = self._stopped or silence.why == "interrupted"
                    return False
                self._progress.datagrams += 1
        return True

    def _landed(self, one: InFlight) -> None:
        if self._flying.pop(one.address, None) is not None:
            self._room.release()

    async def _listen(self, each: _Channel) -> None:
        while True:
            reply = await each.channel.replies.get()
            if reply.address not in self._asked:
                continue
            part = each.protocol.read(reply)
            if part is None:
                continue
            one = self._flying.get(reply.address)
            if one is None:
                if reply.address in self._reported:
                    continue
                one = self._late.setdefault(reply.address, InFlight(reply.address, 0.0))
            one.spoke.add(each.protocol.name)
            if len(one.parts) < MOST_OBSERVATIONS:
                one.parts.append(part)

    def _late_ones(self) -> Station:
        """The addresses whose answer came after their window."""
        station: Station = asyncio.Queue()
        for one in self._late.values():
            self._flying[one.address] = one
            station.put_nowait(one)
        station.put_nowait(None)
        self._late = {}
        return station

    # -- the end of an address's way --------------------------------------------------------------------

    async def _report(self, one: InFlight, states: dict[int, PortState], found_by: str) -> None:
        self._landed(one)
        doors = open_endpoints(one.address, states, found_by)
        if not doors and not one.parts:
            return
        whole = merged([*one.parts, Sighting(one.address, doors, facts=terminal_facts(states))])
        # A door that the device named and that is not open is no door.
        endpoints = tuple(
            each for each in whole.endpoints if each.transport == "udp" or states.get(each.port) == "open"
        )
        self._reported.add(one.address)
        self._progress.answered += 1
        said = self._on_sighting(Sighting(one.address, endpoints, whole.observations, whole.facts))
        if inspect.isawaitable(said):
            await said
