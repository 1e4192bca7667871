"""The command line answers at once: ``camaudit --help`` against a bare interpreter in the same run."""

from __future__ import annotations

import subprocess
import sys
import time

from figures import Row

ROUNDS = 7


def run() -> list[Row]:
    """Best of several runs each."""
    bare = _best([sys.executable, "-c", "pass"])
    ours = _best([sys.executable, "-m", "scanner.cli", "--help"])
    return [Row("camaudit --help (bare interpreter: x1)", f"{ours:.2f} s, x{ours / bare:.1f}", "< 0.25 s", ours < 0.25)]


def _best(words: list[str]) -> float:
    def once() -> float:
        started = time.perf_counter()
        subprocess.run(words, check=True, stdout=subprocess.DEVNULL)
        return time.perf_counter() - started

    return min(once() for _ in range(ROUNDS))
