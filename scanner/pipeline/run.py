"""One audit under way.

One asyncio loop sweeps; a pool of threads makes first contact and reads the devices, one connection a
device, while the sweep goes on. Every finished device is written at once, so that a stopped audit keeps
all it has seen.
"""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

import msgspec

from scanner.discovery import Sighting, sweep, vantage
from scanner.errors import NoAnswer
from scanner.estate import Estate
from scanner.history import Store
from scanner.logins import Logins
from scanner.model import Audit, Device, Target
from scanner.net import Door
from scanner.pipeline.attached import join_attached
from scanner.pipeline.coverage import coverage_of
from scanner.pipeline.device import DeviceReader

READ = "read"
"""The stage mark of a device that is done."""


class Observer(Protocol):
    """Who watches a run: a progress bar, a log, a test. Called from several threads."""

    def phase(self, name: str, total: int | None) -> None:
        """A phase starts; ``total`` is None where it cannot be known."""

    def advance(self, count: int = 1) -> None:
        """``count`` more units of the phase are done."""

    def found(self, device: Device) -> None:
        """A device is finished and stored."""


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


@dataclass(slots=True)
class Run:
    """``execute()`` runs an assignment; ``stop()`` ends it in order, keeping all that was seen."""

    assignment: Assignment
    door: Door
    store: Store
    observer: Observer
    now: Callable[[], datetime]
    stopping: threading.Event = field(default_factory=threading.Event)
    asked: Counter[str] = field(default_factory=Counter)
    answered: Counter[str] = field(default_factory=Counter)
    notes: tuple[str, ...] = ()
    _addresses: dict[str, str] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def stop(self) -> None:
        """Ask for an orderly end; safe from a signal handler and from any thread."""
        self.stopping.set()
        self.door.stop()

    def execute(self) -> Audit:
        """Run to the end or to ``stop()``; returns the finished record, which is stored too."""
        self.store.save_audit(self.assignment.audit)
        devices, closed_after = asyncio.run(self._discover_and_read())
        joined = join_attached(devices, self.assignment.estate, self.now())
        for device in joined:
            self.store.save_device(device)
        audit = self._finished(joined, closed_after)
        self.store.save_audit(audit)
        return audit

    async def _discover_and_read(self) -> tuple[list[Device], list[str]]:
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
        waiting: list[asyncio.Future[Device]] = []
        with ThreadPoolExecutor(self.assignment.workers, thread_name_prefix="read") as pool:

            def seen(sighting: Sighting) -> None:
                self.answered[self._site(sighting.address)] += 1
                waiting.append(loop.run_in_executor(pool, self._read_and_store, reader, sighting))

            self.observer.phase("sweep", self.assignment.count)
            progress = await sweep(
                self.door,
                self._targets(),
                ports=self.assignment.ports,
                protocols=self.assignment.protocols,
                ports_by=self.assignment.ports_by,
                window_seconds=self.assignment.window_seconds,
                on_sighting=seen,
            )
            self.notes = tuple(dict.fromkeys(progress.notes))
            self.observer.phase("read", len(waiting))
            devices: list[Device] = []
            for done in asyncio.as_completed(waiting):
                devices.append(await done)
                self.observer.advance()
        return devices, reader.closed_after

    def _read_and_store(self, reader: DeviceReader, sighting: Sighting) -> Device:
        device = self._with_own_id(reader.read(sighting))
        self.store.save_device(device)
        if not any(gap.why == "interrupted" for gap in device.gaps):
            self.store.mark_done(device.address, READ)
        self.observer.found(device)
        return device

    def _with_own_id(self, device: Device) -> Device:
        """Two addresses that show one serial (two network cards, a cloned unit) stay two devices."""
        with self._lock:
            owner = self._addresses.setdefault(device.id, device.address)
        if owner == device.address:
            return device
        return msgspec.structs.replace(device, id=f"{device.id}-{device.address}")

    def _still_open(self, loop: asyncio.AbstractEventLoop) -> Callable[[str, int], bool]:
        """A connect test for threads; the test itself runs in the loop, through the door."""

        def check(address: str, port: int) -> bool:
            try:
                result = asyncio.run_coroutine_threadsafe(self.door.connect_test(address, port), loop).result()
            except NoAnswer as silence:
                return silence.why == "interrupted"  # not asked any more is not closed
            return result == "open"

        return check

    def _targets(self) -> Iterator[Target]:
        for target in self.assignment.targets():
            if self.stopping.is_set():
                return
            self.asked[self._site(target.address)] += 1
            self.observer.advance()
            yield target

    def _site(self, address: str) -> str:
        return self.assignment.estate.site_of(address).name

    def _finished(self, devices: list[Device], closed_after: list[str]) -> Audit:
        harm = self.door.ledger.summary()
        return msgspec.structs.replace(
            self.assignment.audit,
            finished_at=self.now(),
            interrupted=self.stopping.is_set(),
            notes=(*self.assignment.audit.notes, *self.notes),
            coverage=coverage_of(devices, self.asked, self.answered, vantage(self.assignment.protocols)),
            harm=msgspec.structs.replace(
                harm, closed_after=tuple(sorted(closed_after)), pace=self.door.pace.describe()
            ),
        )
