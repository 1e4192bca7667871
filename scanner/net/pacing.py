"""How fast packets leave: in total, per neighbourhood (/24, IPv6 /64) and per host; and requests per host.

Each pace is a queue of slots. A packet takes its slot at the host first, then at the neighbourhood, then in total,
and waits out each before the next: a slow host never holds up the others. Threads wait in ``wait``, coroutines in
``pause``; both stand in the same queues.
"""

from __future__ import annotations

import asyncio
import ipaddress
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from scanner.errors import NoAnswer


@dataclass(frozen=True, slots=True)
class Pace:
    """Packets and requests per second. A packet is a datagram, a SYN, a TLS hello or a request.

    ``window_seconds`` is how long an address is waited for after its first datagram: some cameras need more than a
    second to answer WS-Discovery. Later answers count too, as long as the sweep lasts.
    """

    name: str
    total: float
    neighbourhood: float
    host: float
    host_requests: float
    window_seconds: float = 4.0

    def describe(self) -> str:
        """One clause for a report."""
        return (
            f"{self.name}: at most {self.total:,g} packets/s in total, {self.neighbourhood:,g} per /24, "
            f"{self.host:,g} packets and {self.host_requests:,g} requests a second per host"
        )


PACES: dict[str, Pace] = {
    pace.name: pace
    for pace in (
        Pace("polite", total=1_000, neighbourhood=250, host=40, host_requests=2),
        Pace("normal", total=4_000, neighbourhood=1_000, host=80, host_requests=5, window_seconds=3.0),
        Pace("fast", total=20_000, neighbourhood=5_000, host=200, host_requests=10, window_seconds=2.0),
    )
}

BURST_SECONDS = 0.02
"""What may leave at once after a rest: below this no clock of a computer sleeps exactly."""
SLOW_REPLY = 3.0  # a reply that takes this many times its usual time is slow
SLOW_SECONDS = 0.5  # and never one below this
MOST_SLOWDOWN = 16.0
_TIDY_AT = 20_000  # hosts remembered before those at rest are forgotten
_SLICE_SECONDS = 0.2  # a waiting thread looks this often whether the audit was stopped


class Queue:
    """Slots in time, ``1 / rate`` apart, with a small burst after a rest."""

    __slots__ = ("_interval", "_next", "_tolerance")

    def __init__(self, rate: float) -> None:
        self._interval = 1.0 / rate
        self._tolerance = max(0.0, BURST_SECONDS - self._interval)
        self._next = 0.0

    def take(self, now: float, stretch: float = 1.0) -> float:
        """Take the next slot; the seconds to wait for it."""
        start = max(self._next, now)
        self._next = start + self._interval * stretch
        return max(0.0, start - now - self._tolerance)

    def at_rest(self, now: float) -> bool:
        """True when forgetting this queue changes nothing."""
        return self._next <= now


class Temper:
    """How a host bears us: ``stretch`` multiplies the spacing of its requests."""

    __slots__ = ("_usual", "stretch")

    def __init__(self) -> None:
        self._usual: float | None = None
        self.stretch = 1.0

    def replied(self, seconds: float) -> None:
        if self._usual is not None and seconds > max(SLOW_SECONDS, SLOW_REPLY * self._usual):
            self.worse()
            return
        self._usual = seconds if self._usual is None else 0.8 * self._usual + 0.2 * seconds
        self.stretch = max(1.0, self.stretch / 2)

    def worse(self) -> None:
        self.stretch = min(MOST_SLOWDOWN, self.stretch * 2)


class Pacer:
    """Gives out slots. Thread-safe; one for a door."""

    def __init__(self, pace: Pace, stopping: threading.Event, clock: Callable[[], float] = time.monotonic) -> None:
        self.pace = pace
        self._stopping = stopping
        self._clock = clock
        self._lock = threading.Lock()
        self._total = Queue(pace.total)
        self._queues: dict[str, Queue] = {}
        self._tempers: dict[str, Temper] = {}

    def wait(self, address: str, *, request: bool = False) -> None:
        """Block this thread until a packet (or a request) to ``address`` may leave; NoAnswer ``interrupted``."""
        for seconds in self.slots(address, request):
            until = self._clock() + seconds
            while (left := until - self._clock()) > 0:
                if self._stopping.wait(min(left, _SLICE_SECONDS)):
                    break
            self._hold_running()
        self._hold_running()

    async def pause(self, address: str) -> None:
        """The same for a coroutine and a packet."""
        for seconds in self.slots(address, request=False):
            while seconds > 0 and not self._stopping.is_set():
                await asyncio.sleep(min(seconds, 1.0))
                seconds -= 1.0
        self._hold_running()

    def replied(self, address: str, seconds: float) -> None:
        """A reply took so long; slow ones double the spacing of this host's requests, usual ones halve it again."""
        with self._lock:
            self._temper(address).replied(seconds)

    def struggling(self, address: str) -> None:
        """The host reset a connection or said 503: double the spacing of its requests."""
        with self._lock:
            self._temper(address).worse()

    def stretch(self, address: str) -> float:
        """By how much the spacing of this host is stretched now."""
        with self._lock:
            temper = self._tempers.get(address)
            return temper.stretch if temper else 1.0

    def forget(self, address: str) -> None:
        """Drop what is known about how a host bears us."""
        with self._lock:
            self._tempers.pop(address, None)

    def _hold_running(self) -> None:
        if self._stopping.is_set():
            raise NoAnswer("interrupted", "the audit was stopped")

    def slots(self, address: str, request: bool = False) -> Iterator[float]:
        """Seconds to wait, one stage after the other; each slot is taken when the generator gets there."""
        if request:
            yield self._take(f"request {address}", self.pace.host_requests, self.stretch(address))
        yield self._take(address, self.pace.host, 1.0)
        yield self._take(neighbourhood_of(address), self.pace.neighbourhood, 1.0)
        with self._lock:
            seconds = self._total.take(self._clock())
        yield seconds  # not under the lock: whoever waits must hold nobody up

    def _take(self, key: str, rate: float, stretch: float) -> float:
        with self._lock:
            queue = self._queues.get(key)
            if queue is None:
                self._tidy()
                queue = self._queues[key] = Queue(rate)
            return queue.take(self._clock(), stretch)

    def _temper(self, address: str) -> Temper:
        return self._tempers.setdefault(address, Temper())

    def _tidy(self) -> None:
        if len(self._queues) >= _TIDY_AT:
            now = self._clock()
            self._queues = {key: queue for key, queue in self._queues.items() if not queue.at_rest(now)}


def neighbourhood_of(address: str) -> str:
    """The /24 (IPv6: /64) an address lies in."""
    if ":" not in address:
        return address.rpartition(".")[0] + ".0/24"
    return str(ipaddress.ip_network(f"{address.partition('%')[0]}/64", strict=False))
