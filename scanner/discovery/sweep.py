"""The sweep: which of many addresses answer, and on which doors.

Addresses walk through four stations, each working on its own: the first round of datagrams, a second one for the protocols
that stayed silent, the end of the window for late answers, and the TCP doors. Between the stations stand bounded queues,
so the memory does not grow with the number of targets, and an address that answered is reported as soon as its doors
are known, while the sweep goes on.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from scanner.discovery.asked import AskedAddresses
from scanner.discovery.flight import InFlight, PortEngine, PortState, Progress, Station
from scanner.discovery.protocols import Protocol, load_protocols
from scanner.discovery.sighting import MOST_OBSERVATIONS, Sighting, merged
from scanner.discovery.tcp_sweep import DEFAULT_PORTS, ConnectPorts, open_endpoints, terminal_facts

if TYPE_CHECKING:
    from scanner.model import Target
    from scanner.net import Door
    from scanner.net.udp import DatagramChannel

OnSighting: TypeAlias = Callable[[Sighting], Awaitable[None] | None]

IN_FLIGHT = 8192
"""Addresses between their first datagram and their last door; at most so many are remembered at a time."""
WORKERS = 512


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

    ``protocols`` are names of ``load_protocols()`` (None: all; KeyError for others). ``window_seconds`` counts from the first
    datagram, ``repeat_seconds`` too. Cancelling ends it at once; what was reported stays reported. The callback may be
    a coroutine function; its errors end the sweep.
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
        self._repeat = repeat_seconds
        self._progress = progress
        self._asked = AskedAddresses()
        self._flying: dict[str, InFlight] = {}
        self._reported: set[str] = set()
        self._late: dict[str, InFlight] = {}
        self._room = asyncio.Semaphore(IN_FLIGHT)

    async def run(self, targets: Iterable[Target]) -> None:
        """All stations until the last address has left the last one."""
        to_repeat: Station = asyncio.Queue()
        to_wait: Station = asyncio.Queue()
        to_ports: Station = asyncio.Queue()
        async with asyncio.TaskGroup() as stations:
            ears = [stations.create_task(self._listen(channel)) for channel in self._channels]
            stations.create_task(self._ask(targets, to_repeat))
            stations.create_task(self._ask_again(to_repeat, to_wait))
            stations.create_task(self._wait(to_wait, to_ports))
            await self._engine.work(to_ports, self._report)
            while self._late:
                await self._engine.work(self._late_ones(), self._report)
            for ear in ears:
                ear.cancel()

    # -- stations ------------------------------------------------------------------------------------

    async def _ask(self, targets: Iterable[Target], onward: Station) -> None:
        clock = asyncio.get_running_loop().time
        for target in targets:
            await self._room.acquire()
            one = InFlight(target.address, clock())
            self._asked.add(one.address)
            self._flying[one.address] = one
            self._progress.asked += 1
            await self._send_round(one, 0)
            one.first_at = clock()
            onward.put_nowait(one)
        onward.put_nowait(None)

    async def _ask_again(self, stream: Station, onward: Station) -> None:
        async for one in _stream(stream):
            await _until(one.first_at + self._repeat)
            await self._send_round(one, 1)
            onward.put_nowait(one)
        onward.put_nowait(None)

    async def _wait(self, stream: Station, onward: Station) -> None:
        async for one in _stream(stream):
            await _until(one.first_at + self._window)
            onward.put_nowait(one)
        onward.put_nowait(None)

    async def _send_round(self, one: InFlight, number: int) -> None:
        for each in self._channels:
            if number < len(each.protocol.rounds) and each.protocol.name not in one.spoke:
                await each.channel.send(one.address, each.protocol.rounds[number])
                self._progress.datagrams += 1

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
            station.put_nowait(one)
        station.put_nowait(None)
        self._late = {}
        return station

    # -- the end of an address's way --------------------------------------------------------------------

    async def _report(self, one: InFlight, states: dict[int, PortState], found_by: str) -> None:
        if self._flying.pop(one.address, None) is not None:
            self._room.release()
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


async def _stream(station: Station) -> AsyncIterator[InFlight]:
    while (one := await station.get()) is not None:
        yield one


async def _until(when: float) -> None:
    left = when - asyncio.get_running_loop().time()
    if left > 0:
        await asyncio.sleep(left)
