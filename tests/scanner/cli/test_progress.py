"""Where there is no terminal, a run says every 30 seconds that it lives."""

from __future__ import annotations

import io
import time

from rich.console import Console

from scanner.cli.progress import Lines, Tally


def test_a_line_comes_also_while_nothing_moves() -> None:
    """An address that is waited for must not look like a run that hangs."""
    out = io.StringIO()
    with Lines(Console(file=out), seconds=0.01) as lines:
        lines.phase("sweep", 4094)
        lines.advance(4094)
        until = time.monotonic() + 5
        while "so far" not in out.getvalue() and time.monotonic() < until:
            time.sleep(0.01)

    assert out.getvalue().startswith("Asking addresses: 4094\n")
    assert "Asking addresses: 4094 of 4094, 0 s so far\n" in out.getvalue()


def test_what_a_line_says() -> None:
    """How far, how long, and how long yet where that can be reckoned."""
    moment = [0.0]
    tally = Tally(lambda: moment[0])
    tally.phase("read", 40)
    moment[0] = 30.0
    assert tally.line() == "Reading devices: 0 of 40, 30 s so far"
    tally.advance(10)
    assert tally.line() == "Reading devices: 10 of 40, 30 s so far, about 90 s to go"
    tally.phase("judge", None)
    assert tally.line() == "Judging, 0 s so far"
