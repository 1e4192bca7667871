"""The one door to the network. Nothing else opens a socket."""

from __future__ import annotations

import asyncio
import math
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, asynccontextmanager
from datetime import datetime

from scanner.estate import Timetable
from scanner.evidence import EvidenceSink
from scanner.net import tcp
from scanner.net.catalogue import Catalogue, packaged
from scanner.net.guard import Guard, canonical
from scanner.net.interfaces import Interface
from scanner.net.knock import Knocker
from scanner.net.ledger import Ledger
from scanner.net.lending import Loan, lend
from scanner.net.limits import Limits
from scanner.net.link import Link, Refusals
from scanner.net.multicast import LocalChannel
from scanner.net.opening import Opening
from scanner.net.pacing import Pace, Pacer
from scanner.net.tap import Tap
from scanner.net.udp import DatagramChannel
from scanner.scope import Scope
from scanner.secret import Login


class Door:
    """Holds scope, pace, read-only catalogue, limits, ledger and the rules for logins, so that no caller can forget.

    Both engines pass here: coroutines for the mass of small exchanges (``connect_test``, ``datagrams``) and
    threads for the few deep reads (``link``).
    """

    def __init__(
        self,
        scope: Scope,
        *,
        pace: Pace,
        ledger: Ledger,
        evidence: EvidenceSink,
        now: Callable[[], datetime],
        limits: Limits | None = None,
        refusals: Refusals | None = None,
        catalogue: Catalogue | None = None,
        timetable: Timetable | None = None,
        tap: Tap | None = None,
    ) -> None:
        self.scope = scope
        self.pace = pace
        self.ledger = ledger
        self.evidence = evidence
        self.limits = limits or Limits()
        self.opening = Opening(timetable, now)
        self._refusals = refusals
        self._stopping = threading.Event()
        self._guard = Guard(
            scope=scope,
            ledger=ledger,
            evidence=evidence,
            limits=self.limits,
            catalogue=catalogue or packaged(),
            pacer=Pacer(pace, self._stopping),
            now=now,
            stopping=self._stopping,
            opening=self.opening,
            tap=tap,
        )
        self._tests: tuple[asyncio.AbstractEventLoop, asyncio.Semaphore] | None = None

    @property
    def left_alone(self) -> dict[str, str]:
        """Devices that failed three times in a row and are left alone: address -> what happened."""
        return self._guard.breaker.left_alone

    @property
    def queued(self) -> int:
        """Packets that wait for nothing but the pace in total."""
        return self._guard.pacer.queued

    def notes(self) -> tuple[str, ...]:
        """Where the network made us slow down: sentences for the report."""
        return self._guard.pacer.notes()

    @property
    def stopped(self) -> bool:
        """True when nothing is let out any more."""
        return self._stopping.is_set()

    def stop(self) -> None:
        """Let nothing out any more; whoever waits gets NoAnswer ``interrupted``. Safe from a signal handler."""
        self._stopping.set()

    def close(self) -> None:
        """Let nothing out any more, and forget what was parsed for SOAP: some 20 MB that nobody needs after it."""
        self.stop()
        soap = sys.modules.get("scanner.net.onvif_camera")
        if soap is not None:
            soap.SHELF.clear()

    async def connect_test(self, address: str, port: int, *, seconds: float | None = None) -> tcp.Knock:
        """TCP connect and close; no byte is sent. NoAnswer ``out-of-scope``, ``left-alone`` or ``interrupted``."""
        loop = asyncio.get_running_loop()
        if self._tests is None or self._tests[0] is not loop:
            self._tests = (loop, asyncio.Semaphore(self.limits.open_sockets))
        async with self._tests[1]:
            return await tcp.connect_test(
                self._guard, canonical(address), port, self.limits.connect_test_seconds if seconds is None else seconds
            )

    def knocker(self, most: int) -> Knocker:
        """Connect tests by the thousand, at most ``most`` at a time; see ``slots``. Close it."""
        return Knocker(self._guard, most)

    def slots(self, address: str) -> Iterator[float]:
        """The waits, in seconds, before a packet to ``address`` may leave; each slot is taken when it is asked for."""
        return self._guard.pacer.slots(address)

    def lend(
        self, addresses: Iterable[str], ports: Sequence[int], program: str, *, most: float = math.inf
    ) -> AbstractContextManager[Loan]:
        """What a program that opens its own sockets may do; see ``scanner.net.lending``."""
        return lend(self._guard, addresses, ports, program, most)

    def complained(self, address: str, words: str) -> None:
        """Somebody on the way told such a program that packets to ``address`` do not arrive."""
        self._guard.pacer.complained(address, words)

    @asynccontextmanager
    async def datagrams(self, protocol: str) -> AsyncIterator[DatagramChannel]:
        """A channel for one discovery protocol or finder of the catalogue: ``ws-discovery``, ``sadp``, ``hanwha``."""
        self._guard.hold_datagram("", 0, protocol)
        channel = DatagramChannel(self._guard, protocol)
        try:
            yield channel
        finally:
            channel.close()

    @asynccontextmanager
    async def multicast(self, protocol: str, interfaces: Sequence[Interface]) -> AsyncIterator[LocalChannel]:
        """A channel to the groups of one protocol on these interfaces; nothing is sent where the scope does not permit
        addresses of the interface's own network."""
        self._guard.hold_datagram("", 0, protocol)
        channel = LocalChannel(self._guard, protocol, interfaces)
        try:
            await channel.open()
            yield channel
        finally:
            channel.close()

    def link(self, address: str, *, login: Login | None = None) -> Link:
        """The line to one device, for the calling thread. Blocks until nobody else is at that address; close it."""
        return Link(self._guard, canonical(address), login=login, refusals=self._refusals)
