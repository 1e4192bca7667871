"""One audit under way.

One asyncio loop sweeps; a pool of threads makes first contact and reads the devices, one connection a
device, while the sweep goes on. Every finished device is written at once, so that a stopped audit keeps
all it has seen.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

import msgspec

from scanner.discovery import Quiet, Sighting, sweep, vantage
from scanner.errors import NoAnswer
from scanner.estate import Estate
from scanner.history import Store
from scanner.logins import Logins
from scanner.model import Audit, Device, Target
from scanner.net import Door, Interface
from scanner.pipeline.attached import join_attached
from scanner.pipeline.coverage import coverage_of
from scanner.pipeline.device import DeviceReader
from scanner.pipeline.landed import Landed
from scanner.pipeline.sameness import addresses_told
from scanner.pipeline.two_addresses import fold
from scanner.pipeline.until_open import UntilOpen

READ = "read"
"""The stage mark of a device that is done."""

SIGHTINGS_A_WORKER = 8
"""Addresses that answered and wait for a reader, at most, for each reader."""


class Observer(Protocol):
    """Who watches a run: a progress bar, a log, a test. Called from several threads."""

    def phase(self, name: str, total: int | None) -> None:
        """A phase starts; ``total`` is None where it cannot be known."""

    def advance(self, count: int = 1) -> None:
        """``count`` more units of the phase are done."""

    def found(self, device: Device) -> None:
        """A device is finished and stored."""

    def waiting(self, text: str) -> None:
        """Nobody else may be asked: ``waiting for the hours of site Leeds until 19:00``; '' when that is over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """What one run does: the unit of work. All inputs are checked before one is built."""

    audit: Audit
    targets: Callable[[], Iterator[Target]]
    count: int
    estate: Estate
    logins: Logins
    ports: tuple[int, ...]
    protocols: tuple[str, ...]
    ports_by: str = "connect"
    services: bool = False
    window_seconds: float = 4.0
    workers: int = 64
    local: tuple[Interface, ...] = ()


@dataclass(slots=True)
class Run:
    """``execute()`` runs an assignment; ``stop()`` ends it in order, keeping all that was seen.

    A store that holds part of the audit already is gone on with: what is marked as done is not asked again.
    """

    assignment: Assignment
    door: Door
    store: Store
    observer: Observer
    now: Callable[[], datetime]
    stopping: threading.Event = field(default_factory=threading.Event)
    _landed: Landed = field(default_factory=Landed)
    # Of an earlier part of this audit: the addresses that were read, and those that answered and were not.
    _read: set[str] = field(default_factory=set)
    _waiting: dict[str, Sighting] = field(default_factory=dict)
    _notes: tuple[str, ...] = ()
    _owners: dict[str, str] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def stop(self) -> None:
        """Ask for an orderly end; safe from a signal handler and from any thread."""
        self.stopping.set()
        self.door.stop()

    def execute(self) -> Audit:
        """Run to the end or to ``stop()``; returns the finished record, which is stored too."""
        self.store.save_audit(self.assignment.audit)
        self._take_up()
        try:
            closed_after = asyncio.run(self._discover_and_read())
        except BaseExceptionGroup as group:  # of tasks side by side: the first one is what happened
            raise _first_of(group) from group
        self._landed.save(self.store)
        seen, told = self._seen()
        if fold(self.store, seen, told):
            seen, told = self._seen()
        joined = join_attached(seen, self.assignment.estate, self.now(), told)
        for device in joined:
            if device.attached or device.seen_through is not None:
                self.store.save_device(device)
        audit = self._finished(joined, closed_after)
        self.store.save_audit(audit)
        return audit

    def _seen(self) -> tuple[list[Device], dict[str, frozenset[str]]]:
        """The devices that were seen directly, and further addresses of some by their id."""
        told: dict[str, frozenset[str]] = {}
        direct = (device for device in self.store.each_device() if device.seen_through is None)
        return [_light(device, told) for device in direct], told

    def _take_up(self) -> None:
        """What an earlier part of this audit has finished; what it only began is dropped and done again."""
        self._landed = Landed.of(self.store)
        self._read = self.store.done(READ)
        self._waiting = {
            address: msgspec.json.decode(record, type=Sighting)
            for address, record in self.store.sightings().items()
            if address not in self._read
        }
        unfinished = []
        for device in self.store.each_device():
            if device.seen_through is None and device.address in self._read:
                self._owners[device.id] = device.address
            else:
                unfinished.append(device.id)
        self.store.drop_devices(unfinished)

    async def _discover_and_read(self) -> list[str]:
        loop = asyncio.get_running_loop()
        reader = DeviceReader(
            self.door,
            self.assignment.logins,
            self.assignment.estate,
            self.now,
            self.stopping,
            self._still_open(loop),
            self.assignment.services,
        )
        room = asyncio.Semaphore(self.assignment.workers * SIGHTINGS_A_WORKER)
        hours = UntilOpen(self.door.opening, self.stopping, self.observer.waiting)
        with ThreadPoolExecutor(self.assignment.workers, thread_name_prefix="read") as pool:
            async with asyncio.TaskGroup() as reading:
                swept = asyncio.Event()

                async def read(sighting: Sighting) -> None:
                    while not await loop.run_in_executor(pool, self._read_and_store, reader, sighting):
                        room.release()
                        await hours.wait(sighting.address)
                        await room.acquire()
                    room.release()
                    await swept.wait()
                    self.observer.advance()

                async def take(sighting: Sighting) -> None:
                    self.observer.advance()
                    await room.acquire()  # a sweep that finds more than can be read asks no new address meanwhile
                    reading.create_task(read(sighting))

                async def seen(sighting: Sighting) -> None:
                    self.store.save_sighting(sighting.address, msgspec.json.encode(sighting).decode())
                    await take(sighting)

                self.observer.phase("sweep", self.assignment.count)
                for earlier in self._waiting.values():
                    await take(earlier)
                progress = await sweep(
                    self.door,
                    self._targets(),
                    ports=self.assignment.ports,
                    protocols=self.assignment.protocols,
                    ports_by=self.assignment.ports_by,
                    window_seconds=self.assignment.window_seconds,
                    repeat_seconds=self.assignment.window_seconds / 2,
                    on_sighting=seen,
                    on_quiet=self._quiet,
                    local=self.assignment.local,
                    on_waiting=self.observer.waiting,
                )
                self._notes = tuple(dict.fromkeys(progress.notes))
                self.observer.phase("read", progress.answered + len(self._waiting))
                swept.set()
        return reader.closed_after

    def _read_and_store(self, reader: DeviceReader, sighting: Sighting) -> bool:
        """False, and nothing is stored, where the hours of the site ended before the device was read to the end: the
        exchange under way was its last, and it is read anew from the beginning when they come again."""
        read = reader.read(sighting)
        if not self.stopping.is_set() and any(gap.why == "out-of-hours" for gap in read.gaps):
            return False
        device = self._with_own_id(read)
        whole = not any(gap.why == "interrupted" for gap in device.gaps)
        self.store.save_device(device, done=READ if whole else "")
        self.observer.found(device)
        return True

    def _with_own_id(self, device: Device) -> Device:
        """Two addresses that show one serial (two network cards, a cloned unit) stay two devices."""
        with self._lock:
            owner = self._owners.setdefault(device.id, device.address)
        if owner == device.address:
            return device
        return msgspec.structs.replace(device, id=f"{device.id}-{device.address}")

    def _quiet(self, address: str, sign: Quiet) -> None:
        self.observer.advance()
        self._landed.add(address, sign)
        self._landed.save_sometimes(self.store)

    def _still_open(self, loop: asyncio.AbstractEventLoop) -> Callable[[str, int], bool]:
        """A connect test for threads; the test itself runs in the loop, through the door."""

        def check(address: str, port: int) -> bool:
            try:
                result = asyncio.run_coroutine_threadsafe(self.door.connect_test(address, port), loop).result()
            except NoAnswer as silence:
                return silence.why in ("interrupted", "out-of-hours")  # not asked any more is not closed
            return result == "open"

        return check

    def _targets(self) -> Iterator[Target]:
        for target in self.assignment.targets():
            if self.stopping.is_set():
                return
            if target.address in self._landed or target.address in self._read:
                self.observer.advance()
            elif target.address not in self._waiting:
                yield target

    def _finished(self, devices: list[Device], closed_after: list[str]) -> Audit:
        harm = self.door.ledger.summary()
        audit = self.assignment.audit
        interrupted = self.stopping.is_set()
        targets = self.assignment.targets() if interrupted else ()
        return msgspec.structs.replace(
            audit,
            finished_at=self.now(),
            interrupted=interrupted,
            notes=tuple(dict.fromkeys((*audit.notes, *self._notes, *self.door.notes()))),
            coverage=coverage_of(
                devices,
                self._landed,
                self.assignment.estate,
                vantage(self.assignment.protocols, tuple(one.name for one in self.assignment.local)),
                targets,
            ),
            harm=msgspec.structs.replace(
                harm,
                closed_after=tuple(sorted({*audit.harm.closed_after, *closed_after})),
                pace=self.door.pace.describe(),
            ),
        )


def _light(device: Device, told: dict[str, frozenset[str]]) -> Device:
    """What coverage and recorders need of a device: a recorder is written again, the others only counted. Addresses a
    device names besides the one it was seen at go into ``told``."""
    if others := addresses_told(device.observations) - {device.address}:
        told[device.id] = others
    if device.attached:
        return device
    identity = msgspec.structs.replace(device.identity, claims=(), reasons=())
    return msgspec.structs.replace(device, identity=identity, features=(), facts={}, observations=(), endpoints=())


def _first_of(group: BaseExceptionGroup[BaseException]) -> BaseException:
    first = group.exceptions[0]
    return _first_of(first) if isinstance(first, BaseExceptionGroup) else first
