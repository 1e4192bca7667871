"""The sweep: which of many addresses answer, and on which doors.

Each address has an errand: a round of datagrams, the first TCP doors, a second round for the protocols that stayed
silent, the end of the window for late answers, and the other doors where anybody is. So many are on their way at a time
and no more: the memory does not grow with the number of targets. An address that answered is reported as soon as its
doors are known, while the sweep goes on; when nobody takes the reports, no new address is asked.
"""

from __future__ import annotations

import asyncio
import inspect
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from scanner.discovery.asked import AskedAddresses
from scanner.discovery.doors import POLL_SECONDS, Doors, open_endpoints, terminal_facts
from scanner.discovery.errands import Errand, Errands
from scanner.discovery.flight import InFlight, PortEngine, PortState, Progress, Station
from scanner.discovery.local import Segment, notes_of, segment
from scanner.discovery.ports import DEFAULT_PORTS
from scanner.discovery.protocols import Protocol, all_protocols, load_protocols
from scanner.discovery.sighting import MOST_OBSERVATIONS, Sighting, merged
from scanner.discovery.target_line import OnWaiting, TargetLine
from scanner.errors import NoAnswer
from scanner.model import Target

if TYPE_CHECKING:
    from scanner.net import DatagramChannel, Door, Interface

OnSighting: TypeAlias = Callable[[Sighting], Awaitable[None] | None]
Quiet: TypeAlias = Literal["dark", "refusing", "unreachable"]
OnQuiet: TypeAlias = Callable[[str, Quiet], None]

IN_FLIGHT = 8_192
"""Addresses between their first datagram and their last door; at most so many are remembered at a time."""
QUEUED_SECONDS = 0.25
"""How much of the rate may stand in the queue of the pace: whoever reads a device stands in the same queue."""
REPORTS_WAITING = 64
"""Reports that nobody has taken yet before no new address is asked."""
STEPS_A_TURN = 64
HELD_SECONDS = 0.05
IDLE_SECONDS = 0.1
"""How often the hours of sites are looked at while nobody may be asked."""
HEAD_START_SECONDS = 0.5
"""For answers to a multicast group: who has answered there is not asked the same alone."""


async def sweep(
    door: Door,
    targets: Iterable[Target],
    *,
    on_sighting: OnSighting,
    on_quiet: OnQuiet | None = None,
    ports: Sequence[int] = DEFAULT_PORTS,
    protocols: Sequence[str] | None = None,
    ports_by: str = "connect",
    window_seconds: float = 4.0,
    repeat_seconds: float = 2.0,
    progress: Progress | None = None,
    local: Sequence[Interface] = (),
    on_waiting: OnWaiting | None = None,
) -> Progress:
    """Ask every target; ``on_sighting`` gets one Sighting for each address that answered, as they come.

    ``on_quiet`` gets each address that was asked to the end and is no device to read: dark, refusing every door that
    was tried, or unreachable. ``protocols`` are names of ``all_protocols()`` (None: those every address is asked by;
    KeyError for others). On the interfaces in ``local`` multicast groups are asked as well.
    ``window_seconds`` and ``repeat_seconds`` count from the first datagram. ``on_sighting`` may be a coroutine
    function; its errors end the sweep. Sites out of their hours are asked when those come; ``on_waiting`` hears of it.
    Cancelling ends it at once, ``Door.stop()`` in order: what has answered by then is still reported.
    """
    known = all_protocols()
    chosen = [known[name] for name in (load_protocols() if protocols is None else protocols)]
    counts = progress if progress is not None else Progress()
    engine = await _engine(door, ports_by, ports, counts)
    named = [protocol.name for protocol in chosen]
    async with _channels(door, chosen) as channels, segment(door, local, named) as own:
        doors = Doors(door, ports, counts)
        run = _Sweep(
            door,
            channels,
            doors,
            engine,
            on_sighting,
            on_quiet,
            window_seconds,
            min(repeat_seconds, window_seconds),
            own,
        )
        try:
            await run.run(TargetLine(targets, door.opening, on_waiting))
        finally:
            doors.close()
        counts.datagrams += own.datagrams
        counts.notes += notes_of(own, (each.channel for each in channels))
    return counts


async def _engine(door: Door, ports_by: str, ports: Sequence[int], counts: Progress) -> PortEngine | None:
    """The engine that finds ports in our place; None: our own connects."""
    if ports_by != "nmap":
        return None
    from scanner.discovery.nmap_ports import nmap_engine  # python-nmap is needed by nobody else

    return await asyncio.to_thread(nmap_engine, door, ports, counts)


@dataclass(frozen=True, slots=True)
class _Channel:
    protocol: Protocol
    channel: DatagramChannel


@asynccontextmanager
async def _channels(door: Door, protocols: Iterable[Protocol]) -> AsyncIterator[list[_Channel]]:
    async with AsyncExitStack() as stack:
        yield [
            _Channel(each, await stack.enter_async_context(door.datagrams(each.name)))
            for each in protocols
            if each.rounds
        ]


class _Sweep:
    def __init__(
        self,
        door: Door,
        channels: list[_Channel],
        doors: Doors,
        engine: PortEngine | None,
        on_sighting: OnSighting,
        on_quiet: OnQuiet | None,
        window_seconds: float,
        repeat_seconds: float,
        own: Segment,
    ) -> None:
        self._door = door
        self._channels = channels
        self._doors = doors
        self._engine = engine
        self._on_sighting = on_sighting
        self._on_quiet = on_quiet
        self._own = own
        self._window = window_seconds if channels else 0.0
        self._repeat = repeat_seconds if channels else 0.0
        self._progress = doors.progress
        self._errands = Errands(time.monotonic)
        doors.errands = self._errands
        self._asked = AskedAddresses()
        self._zoned: set[str] = set()  # link-local ones: the same number is another host on another interface
        self._flying: dict[str, InFlight] = {}
        self._reported: set[str] = set()
        self._reports: asyncio.Queue[Sighting | None] = asyncio.Queue()
        self._station: Station = asyncio.Queue()
        self._most_queued = max(16.0, door.pace.total * QUEUED_SECONDS)
        self._versions: set[bool] = set()  # of the Internet Protocol: True is 6
        self._stopped = False
        self._at_engine = 0
        self._line: TargetLine

    async def run(self, line: TargetLine) -> None:
        """Until the last address has landed and the last report was taken."""
        self._line = line
        async with asyncio.TaskGroup() as group:
            ears = [group.create_task(self._listen(channel)) for channel in self._channels]
            ears.append(group.create_task(self._own.listen(self._is_asked, self._heard)))
            if await self._own.ask(0):
                await asyncio.sleep(min(HEAD_START_SECONDS, self._repeat))
                ears.append(group.create_task(self._ask_again()))
            group.create_task(self._tell())
            engine = group.create_task(self._engine.work(self._station, self._found)) if self._engine else None
            await self._fly()
            self._station.put_nowait(None)
            if engine is not None:
                await engine
            self._reports.put_nowait(None)
            for ear in ears:
                ear.cancel()

    async def _fly(self) -> None:
        while True:
            self._doors.poll()
            for each in self._channels:
                each.channel.drain()
            self._stopped = self._stopped or self._door.stopped
            await self._take_off()
            self._errands.turn(STEPS_A_TURN, hurry=self._stopped)
            heard = self._own.quiet and all(each.channel.replies.empty() for each in self._channels)
            under_way = len(self._errands) + self._at_engine
            if (self._line.ended or self._stopped) and not under_way and heard:
                return
            seconds = min(self._errands.seconds_to_next(), POLL_SECONDS if under_way else IDLE_SECONDS)
            await asyncio.sleep(0 if self._stopped else seconds)

    async def _take_off(self) -> None:
        """Draw new addresses as long as there are some that may be asked now, and room for them."""
        for _ in range(STEPS_A_TURN):
            if (
                len(self._flying) >= IN_FLIGHT
                or self._doors.queued >= self._most_queued
                or self._reports.qsize() >= REPORTS_WAITING
                or any(each.channel.held for each in self._channels)
            ):
                return
            target = None if self._stopped else self._line.draw()
            if target is None:
                return
            one = InFlight(target.address, known=target.ports)
            if (":" in one.address) not in self._versions:
                self._versions.add(":" in one.address)
                for each in self._channels:
                    await each.channel.open_for(one.address)
            self._asked.add(one.address)
            if "%" in one.address:
                self._zoned.add(one.address)
            for name, part in self._own.early(one.address):
                one.spoke.add(name)
                one.parts.append(part)
            self._start(one, self._way(one))
            self._errands.turn(1)

    def _start(self, one: InFlight, way: Errand) -> None:
        self._flying[one.address] = one
        one.errand = way
        self._errands.start(way)

    # -- the way of one address ------------------------------------------------------------------------

    def _way(self, one: InFlight) -> Errand:
        try:
            yield from self._round(one, 0)
            self._progress.asked += 1
            one.first_at = time.monotonic()
            if self._engine is None:
                yield from self._doors.first(one)
                if one.alive:
                    yield from self._doors.others(one)
            yield from self._until(one.first_at + self._repeat)
            yield from self._round(one, 1)
            yield from self._until(one.first_at + self._window)
            if one.alive and self._engine is None:
                yield from self._doors.others(one)
        except NoAnswer as silence:
            one.end(silence)
            self._stopped = self._stopped or silence.why == "interrupted"
        yield from self._doors.answers(one)
        if self._engine is not None and not one.cut:
            self._at_engine += 1
            self._station.put_nowait(one)
        else:
            self._land(one, "tcp")

    def _short_way(self, one: InFlight, found_by: str) -> Errand:
        """The way of an address whose answer came after its window, or whose ports somebody else has found."""
        try:
            yield from self._doors.first(one)
            if one.alive:
                yield from self._doors.others(one)
        except NoAnswer as silence:
            one.end(silence)
            self._stopped = self._stopped or silence.why == "interrupted"
        yield from self._doors.answers(one)
        self._land(one, found_by)

    def _until(self, when: float) -> Errand:
        yield when - time.monotonic()

    def _round(self, one: InFlight, number: int) -> Errand:
        """One round of datagrams. NoAnswer where the door lets nothing out."""
        for each in self._channels:
            if not each.channel.serves(one.address):
                continue
            if number < len(each.protocol.rounds) and each.protocol.name not in one.spoke:
                yield from self._doors.slots(one.address)
                each.channel.send_now(one.address, each.protocol.rounds[number])
                self._progress.datagrams += 1
        while not self._stopped and any(each.channel.held for each in self._channels):
            yield HELD_SECONDS  # the time of an address counts from when its datagrams have left

    async def _found(self, one: InFlight, states: dict[int, PortState], found_by: str) -> None:
        """The report of a port engine."""
        self._at_engine -= 1
        one.states |= states
        self._start(one, self._short_way(one, found_by))

    # -- answers ---------------------------------------------------------------------------------------

    async def _listen(self, each: _Channel) -> None:
        while True:
            reply = await each.channel.replies.get()
            if not self._is_asked(reply.address):
                continue
            part = each.protocol.read(reply)
            if part is not None:
                self._heard(reply.address, each.protocol.name, part)

    def _is_asked(self, address: str) -> bool:
        return address in self._asked and ("%" not in address or address in self._zoned)

    def _heard(self, address: str, protocol: str, part: Sighting) -> None:
        """An address that was asked says something."""
        one = self._flying.get(address)
        if one is None:
            if address in self._reported:
                return
            one = InFlight(address)
            self._start(one, self._short_way(one, "tcp"))
        one.spoke.add(protocol)
        if len(one.parts) < MOST_OBSERVATIONS:
            one.parts.append(part)

    async def _ask_again(self) -> None:
        await asyncio.sleep(self._repeat)
        await self._own.ask(1)

    # -- the end of an address's way ---------------------------------------------------------------------

    def _land(self, one: InFlight, found_by: str) -> None:
        del self._flying[one.address]
        if one.later:
            self._line.put_back(Target(one.address, ports=one.known))
            return
        doors = open_endpoints(one.address, one.states, found_by)
        if not doors and not one.parts:
            if self._on_quiet is not None and not one.cut:
                self._on_quiet(one.address, _quiet(one))
            return
        whole = merged([*one.parts, Sighting(one.address, doors, facts=terminal_facts(one.states))])
        # A door that the device named and that is not open is no door.
        endpoints = tuple(
            each for each in whole.endpoints if each.transport == "udp" or one.states.get(each.port) == "open"
        )
        self._reported.add(one.address)
        self._progress.answered += 1
        self._reports.put_nowait(Sighting(one.address, endpoints, whole.observations, whole.facts))

    async def _tell(self) -> None:
        while (sighting := await self._reports.get()) is not None:
            said = self._on_sighting(sighting)
            if inspect.isawaitable(said):
                await said


def _quiet(one: InFlight) -> Quiet:
    if one.alive:
        return "refusing"
    return "unreachable" if "unreachable" in one.states.values() else "dark"
