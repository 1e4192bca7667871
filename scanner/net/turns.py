"""One connection a device, whichever engine asks; and devices that are left alone."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import Future
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field

from scanner.errors import NoAnswer
from scanner.model import Silence

_SLICE_SECONDS = 0.2


@dataclass(slots=True)
class _Turn:
    """Who is at a device: one reader, or several connect tests, which stay a moment and say nothing."""

    reader: bool = False
    tests: int = 0
    waiting: deque[tuple[bool, Future[None]]] = field(default_factory=deque)


class Turns:
    """First come, first served, per address. Threads and coroutines wait in the same line."""

    def __init__(self, stopping: threading.Event) -> None:
        self._stopping = stopping
        self._lock = threading.Lock()
        self._turns: dict[str, _Turn] = {}

    def take(self, address: str) -> None:
        """Block this thread until nobody else is at ``address``; NoAnswer ``interrupted`` when the audit stops."""
        turn = self._ask(address, reader=True)
        while not turn.done():
            if self._stopping.is_set():
                self._withdraw(address, turn, reader=True)
                raise NoAnswer("interrupted", "the audit was stopped")
            threading_wait(turn, _SLICE_SECONDS)

    def give_back(self, address: str) -> None:
        """End what ``take`` began."""
        self._leave(address, reader=True)

    @contextmanager
    def taken(self, address: str) -> Iterator[None]:
        """``take`` and ``give_back`` around a block."""
        self.take(address)
        try:
            yield
        finally:
            self.give_back(address)

    @asynccontextmanager
    async def test(self, address: str) -> AsyncIterator[None]:
        """A moment for a connect test: beside other tests, never beside a reader."""
        turn = self._ask(address, reader=False)
        try:
            if not turn.done():
                await asyncio.wrap_future(turn)
        except asyncio.CancelledError:
            self._withdraw(address, turn, reader=False)
            raise
        try:
            yield
        finally:
            self._leave(address, reader=False)

    def begin_test(self, address: str) -> bool:
        """``test`` for a caller that will not wait: False where somebody reads or waits to read; else ``end_test``."""
        with self._lock:
            turn = self._turns.get(address)
            if turn is None:
                turn = self._turns[address] = _Turn()
            if turn.reader or turn.waiting:
                return False
            turn.tests += 1
        return True

    def end_test(self, address: str) -> None:
        """End what ``begin_test`` began."""
        self._leave(address, reader=False)

    def _ask(self, address: str, *, reader: bool) -> Future[None]:
        future: Future[None] = Future()
        with self._lock:
            turn = self._turns.setdefault(address, _Turn())
            turn.waiting.append((reader, future))
            self._admit(turn)
        return future

    def _leave(self, address: str, *, reader: bool) -> None:
        with self._lock:
            turn = self._turns[address]
            if reader:
                turn.reader = False
            else:
                turn.tests -= 1
            self._admit(turn)
            self._forget_idle(address, turn)

    def _withdraw(self, address: str, future: Future[None], *, reader: bool) -> None:
        with self._lock:
            turn = self._turns[address]
            if (reader, future) in turn.waiting:
                turn.waiting.remove((reader, future))
                self._admit(turn)
                self._forget_idle(address, turn)
                return
        self._leave(address, reader=reader)

    def _admit(self, turn: _Turn) -> None:
        while turn.waiting:
            reader, future = turn.waiting[0]
            if turn.reader or (reader and turn.tests):
                return
            turn.waiting.popleft()
            if reader:
                turn.reader = True
            else:
                turn.tests += 1
            if future.set_running_or_notify_cancel():  # a cancelled one gives its turn back itself
                future.set_result(None)

    def _forget_idle(self, address: str, turn: _Turn) -> None:
        if not turn.waiting and not turn.reader and not turn.tests:
            del self._turns[address]


def threading_wait(future: Future[None], seconds: float) -> None:
    """Wait for a turn for at most ``seconds``."""
    try:
        future.result(seconds)
    except TimeoutError:
        return


FAILURES = 3
CONNECTION_FAILURES: frozenset[Silence] = frozenset({"refused", "silent", "closed-early", "too-slow"})


class Breaker:
    """Counts failures in a row. After the third of the connection kind a device is left alone for the whole audit."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._failures: dict[str, list[str]] = {}
        self._left_alone: dict[str, str] = {}

    @property
    def left_alone(self) -> dict[str, str]:
        """Address -> what it did: a copy."""
        with self._lock:
            return dict(self._left_alone)

    def hold(self, address: str) -> None:
        """NoAnswer ``left-alone`` when this device is left alone."""
        with self._lock:
            why = self._left_alone.get(address)
        if why is not None:
            raise NoAnswer("left-alone", why)

    def answered(self, address: str) -> None:
        """The device said something whole."""
        with self._lock:
            self._failures.pop(address, None)

    def failed(self, address: str, problem: NoAnswer) -> str | None:
        """Count a failure; the sentence for the record when this one was the last straw."""
        if problem.why not in CONNECTION_FAILURES:
            return None
        with self._lock:
            row = self._failures.setdefault(address, [])
            row.append(problem.why)
            if len(row) < FAILURES or address in self._left_alone:
                return None
            del self._failures[address]
            self._left_alone[address] = f"left alone after {FAILURES} failures in a row ({', '.join(row)})"
            return self._left_alone[address]
