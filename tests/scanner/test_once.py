"""What is made once is made once, by however many threads."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from scanner.once import once


def test_threads_that_begin_together_share_one() -> None:
    """Each argument has its own; ``functools.cache`` would make one a thread here."""
    made: list[str] = []
    together = threading.Barrier(16)

    @once
    def slow(word: str) -> list[str]:
        made.append(word)
        time.sleep(0.05)
        return [word]

    def ask(number: int) -> list[str]:
        together.wait(10)
        return slow("ab"[number % 2])

    with ThreadPoolExecutor(16) as pool:
        found = list(pool.map(ask, range(16)))

    assert sorted(made) == ["a", "b"]
    assert len({id(one) for one in found}) == 2


def test_a_failure_is_not_kept() -> None:
    asked: list[int] = []

    @once
    def fails_first() -> int:
        asked.append(1)
        if len(asked) == 1:
            raise ValueError("not yet")
        return len(asked)

    with pytest.raises(ValueError, match="not yet"):
        fails_first()
    assert [fails_first(), fails_first()] == [2, 2]
