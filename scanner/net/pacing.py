"""How fast packets leave: in total, per neighbourhood (/24, IPv6 /64) and per host; and requests per host.

Each pace is a line that packets stand in. A packet stands in the line of its host first, then of its neighbourhood,
then in the one of all, and waits out each before the next: a slow host never holds up the others. At the moment of
leaving all its lines are asked once more, together, and count it: whatever held somebody up before, in any second no
line lets out more than its rate and what leaves in ``BURST_SECONDS``. Threads wait in ``wait``, coroutines in
``pause``; both stand in the same lines. Where a host or a network labours, its lines get slower (``strain``).
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass

from scanner.errors import NoAnswer
from scanner.net.strain import EVERYWHERE, Strain, Temper, neighbourhood_of

__all__ = ["BURST_SECONDS", "PACES", "Line", "Pace", "Pacer", "neighbourhood_of"]


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
_TIDY_AT = 20_000  # hosts remembered before those at rest are forgotten
_SLICE_SECONDS = 0.2  # a waiting thread looks this often whether the audit was stopped
_LEAST_WAIT = 0.0005  # of who comes too early to leave: no clock sleeps shorter


class Line:
    """Packets that leave ``1 / rate`` seconds apart, with a small burst after a rest. ``waiting`` stand in it."""

    __slots__ = ("_interval", "_lent", "_next", "_rate", "waiting")

    def __init__(self, rate: float) -> None:
        self._rate, self._lent = rate, 0.0
        self._interval = 1.0 / rate
        self._next = 0.0
        self.waiting = 0

    def seconds(self, now: float, stretch: float, ahead: int) -> float:
        """How long until a packet may leave that has ``ahead`` others before it; 0 or less: now."""
        interval = self._interval * stretch
        wait = self._next - now if self._next > now else 0.0
        if ahead:
            wait += ahead * interval
        return wait if interval >= BURST_SECONDS else wait - BURST_SECONDS + interval

    def leave(self, now: float, stretch: float) -> None:
        """Count a packet that leaves now."""
        self._next = (self._next if self._next > now else now) + self._interval * stretch

    def lend(self, rate: float) -> None:
        """Leave so much of the rate to somebody else; a negative one takes it back."""
        self._lent += rate
        self._interval = 1.0 / self.left

    @property
    def left(self) -> float:
        """What is left of the rate."""
        return self._rate - self._lent

    def at_rest(self, now: float) -> bool:
        """True when forgetting this line changes nothing."""
        return not self.waiting and not self._lent and self._next <= now


class Pacer:
    """Lets packets leave. Thread-safe; one for a door. ``clock`` gives seconds and never goes back."""

    def __init__(self, pace: Pace, stopping: threading.Event, clock: Callable[[], float] = time.monotonic) -> None:
        self.pace = pace
        self._stopping = stopping
        self._clock = clock
        self._lock = threading.RLock()  # a wait that was given up is tidied away at any moment, also by who holds it
        self._lines: dict[str, Line] = {EVERYWHERE: Line(pace.total)}
        self._tempers: dict[str, Temper] = {}
        self._strain = Strain()

    def wait(self, address: str, *, request: bool = False) -> None:
        """Block this thread until a packet (or a request) to ``address`` may leave; NoAnswer ``interrupted``."""
        self._hold_running()
        if self._leaves_now(self._keys(address, request), address):
            return
        with closing(self.slots(address, request)) as waits:
            for seconds in waits:
                until = self._clock() + seconds
                # A plain sleep: waiting for the event itself costs several times as much, thousands of times.
                while (left := until - self._clock()) > 0 and not self._stopping.is_set():
                    time.sleep(min(left, _SLICE_SECONDS))
                self._hold_running()
        self._hold_running()

    async def pause(self, address: str) -> None:
        """The same for a coroutine and a packet."""
        with closing(self.slots(address)) as waits:
            for seconds in waits:
                until = self._clock() + seconds
                # Stopped from a signal handler or another thread, which cannot wake a loop.
                while (left := until - self._clock()) > 0 and not self._stopping.is_set():  # noqa: ASYNC110
                    await asyncio.sleep(min(left, _SLICE_SECONDS))
                self._hold_running()
        self._hold_running()

    def slots(self, address: str, request: bool = False) -> Generator[float, None, None]:
        """Seconds to wait, one wait after the other; when the iterator ends the packet is counted and has to leave.

        Ends early, and counts nothing, when the audit was stopped.
        """
        keys = self._keys(address, request)
        if self._leaves_now(keys, address):
            return
        joined: list[tuple[Line, str | None]] = []
        try:
            for key, rate, network in keys:
                with self._lock:
                    line = self._line(key, rate)  # the one of now: while nobody stood in it, it may have been forgotten
                    seconds = line.seconds(self._clock(), self._stretch(address, network), line.waiting)
                    line.waiting += 1
                    joined.append((line, network))
                if seconds > 0:
                    yield seconds  # not under the lock: whoever waits must hold nobody up
            while not self._stopping.is_set():
                with self._lock:
                    seconds = self._left(address, joined)
                if seconds <= 0:
                    return
                yield max(seconds, _LEAST_WAIT)
        finally:
            with self._lock:
                for line, _ in joined:
                    line.waiting -= 1

    def _leaves_now(self, keys: list[tuple[str, float, str | None]], address: str) -> bool:
        """True, and the packet is counted, where nobody stands in any of its lines and all let it out."""
        with self._lock:
            lines = [(self._line(key, rate), network) for key, rate, network in keys]
            return not any(line.waiting for line, _ in lines) and self._left(address, lines) <= 0

    def _left(self, address: str, lines: list[tuple[Line, str | None]]) -> float:
        """Seconds until all lines let a packet leave; 0: it has left, and all have counted it."""
        now = self._clock()
        stretched = [(line, self._stretch(address, network)) for line, network in lines]
        seconds = max([line.seconds(now, stretch, 0) for line, stretch in stretched])
        if seconds > 0:
            return seconds
        for line, stretch in stretched:
            line.leave(now, stretch)
        return 0.0

    def _keys(self, address: str, request: bool) -> list[tuple[str, float, str | None]]:
        """The lines of a packet, narrowest first: key, rate, and the network whose brake counts; None: its host's."""
        network = neighbourhood_of(address)
        keys: list[tuple[str, float, str | None]] = [
            (address, self.pace.host, None),
            (network, self.pace.neighbourhood, network),
            (EVERYWHERE, self.pace.total, EVERYWHERE),
        ]
        return [(f"request {address}", self.pace.host_requests, None), *keys] if request else keys

    def _stretch(self, address: str, network: str | None) -> float:
        if network is None:
            temper = self._tempers.get(address)
            return temper.stretch if temper else 1.0
        return 1.0 / self._strain.share(network, self._clock()) if self._strain else 1.0

    def _line(self, key: str, rate: float) -> Line:
        line = self._lines.get(key)
        if line is None:
            self._tidy()
            line = self._lines[key] = Line(rate)
        return line

    def _tidy(self) -> None:
        if len(self._lines) >= _TIDY_AT:
            now = self._clock()
            self._lines = {key: line for key, line in self._lines.items() if key == EVERYWHERE or not line.at_rest(now)}

    def _hold_running(self) -> None:
        if self._stopping.is_set():
            raise NoAnswer("interrupted", "the audit was stopped")

    # -- what comes back --------------------------------------------------------------------------------

    def replied(self, address: str, seconds: float, what: str = "reply") -> None:
        """An answer took so long; ``what`` tells kinds apart that are not compared: ``reply``, ``connect``.

        A slow one doubles the spacing of this host's packets and requests, a usual one halves it again. Answers to
        discovery datagrams are no measure: devices delay them by chance, as WS-Discovery asks them to.
        """
        with self._lock:
            self._temper(address).replied(seconds, what)

    def struggling(self, address: str) -> None:
        """The host reset a connection or said 503: double the spacing of its packets."""
        with self._lock:
            self._temper(address).worse()

    def fell_silent(self, address: str) -> None:
        """A connect or an exchange got no answer. A sign only of a host that had answered before."""
        with self._lock:
            temper = self._tempers.get(address)
            if temper is not None and temper.has_answered:
                self._strain.faltered(neighbourhood_of(address), address, self._clock())

    def complained(self, address: str, words: str, by: str = "") -> None:
        """The network said it cannot or will not deliver to ``address``: ``host unreachable``; ``by`` said so."""
        with self._lock:
            self._strain.complained(neighbourhood_of(address), words, by, self._clock())

    def notes(self) -> tuple[str, ...]:
        """Where the network made us slow down, and by how much: sentences for the report, a bounded number."""
        with self._lock:
            return self._strain.notes({EVERYWHERE: self.pace.total, "/24": self.pace.neighbourhood})

    @property
    def queued(self) -> int:
        """Packets that stand in the line of all."""
        with self._lock:
            return self._lines[EVERYWHERE].waiting

    def stretch(self, address: str) -> float:
        """By how much the spacing of this host is stretched now."""
        with self._lock:
            return self._stretch(address, None)

    def share(self, network: str = EVERYWHERE) -> float:
        """Which part of its cap a /24, or all together, may use now."""
        with self._lock:
            return self._strain.share(network, self._clock())

    def _temper(self, address: str) -> Temper:
        temper = self._tempers.get(address)
        if temper is None:
            if len(self._tempers) >= _TIDY_AT:
                self._tempers = {key: one for key, one in self._tempers.items() if one.stretch > 1.0}
            temper = self._tempers[address] = Temper()
        return temper

    # -- a program of its own -----------------------------------------------------------------------------

    @contextmanager
    def lend(self, addresses: Iterable[str], most: float) -> Iterator[float]:
        """Leave part of the rates to a program that sends by itself; gives its packets a second, at most ``most``.

        Never more than half of what is there, and its packets may all go to one /24. Ours keep to what is left.
        """
        networks = {neighbourhood_of(address) for address in addresses}
        with self._lock:
            share = min(self._strain.share(name, self._clock()) for name in (*networks, EVERYWHERE))
            lines = [self._line(name, self.pace.neighbourhood) for name in networks]
            lines.append(self._line(EVERYWHERE, self.pace.total))
            rate = min(most, *(line.left / 2 for line in lines))
            for line in lines:
                line.lend(rate)
        try:
            yield rate * share
        finally:
            with self._lock:
                for line in lines:
                    line.lend(-rate)
