"""Thousands of slow errands in one thread: each says how long it has to wait, and goes on when the time has come.

An errand is a generator that yields seconds. This costs a hundredth of a task each: a sweep has ten thousand under way.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Iterator
from itertools import count
from typing import TypeAlias

Errand: TypeAlias = Iterator[float]

PARKED = math.inf
"""What an errand yields to wait until ``go_on`` is called for it."""


class Errands:
    """The errands under way, by the moment they go on. ``clock`` gives seconds and never goes back."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._due: list[tuple[float, int, Errand]] = []
        self._order = count()
        self._under_way = 0

    def __len__(self) -> int:
        """Errands that have not ended, parked ones included."""
        return self._under_way

    def start(self, errand: Errand) -> None:
        """Take up a new errand; it makes its first step in the next ``turn``."""
        self._under_way += 1
        self.go_on(errand)

    def go_on(self, errand: Errand) -> None:
        """A parked errand goes on in the next ``turn``."""
        heapq.heappush(self._due, (self._clock(), next(self._order), errand))

    def seconds_to_next(self) -> float:
        """How long until an errand is due; infinite when none waits for a moment."""
        return max(0.0, self._due[0][0] - self._clock()) if self._due else math.inf

    def turn(self, most: int, *, hurry: bool = False) -> None:
        """Take at most ``most`` errands that are due as far as they go without waiting; with ``hurry`` all are due.

        What an errand raises comes out here; the errand has ended then.
        """
        now = math.inf if hurry else self._clock()
        for _ in range(most):
            if not self._due or self._due[0][0] > now:
                return
            _, _, errand = heapq.heappop(self._due)
            self._step(errand)

    def _step(self, errand: Errand) -> None:
        try:
            while (seconds := next(errand)) <= 0:
                pass
        except BaseException as end:
            self._under_way -= 1
            if isinstance(end, StopIteration):
                return
            raise
        if seconds != PARKED:
            heapq.heappush(self._due, (self._clock() + seconds, next(self._order), errand))
