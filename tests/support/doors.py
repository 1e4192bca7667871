"""A door for tests: loopback scope, generous pace, everything kept in memory."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from scanner.errors import NoAnswer
from scanner.evidence import MemoryEvidence
from scanner.logins import Login, Secret
from scanner.net import Door, Ledger, Limits, Pace
from scanner.scope import Scope

QUICK = Pace("quick", total=50_000, neighbourhood=50_000, host=50_000, host_requests=50_000)
SHORT = Limits(connect_seconds=1.0, connect_test_seconds=1.0, idle_seconds=1.0, exchange_seconds=2.0)
CANARY = "Kanarie-7f3q"


def door(ledger: Path | None = None, **more: Any) -> Door:
    """A door onto loopback with short limits."""
    given: dict[str, Any] = {
        "pace": QUICK,
        "ledger": Ledger(ledger),
        "evidence": MemoryEvidence(),
        "now": lambda: datetime.now(UTC),
        "limits": SHORT,
        **more,
    }
    return Door(given.pop("scope", Scope.loopback()), **given)


def login(**more: Any) -> Login:
    """A login whose password must turn up nowhere."""
    return Login("auditor", Secret(CANARY), name="test", **more)


def silence(call: Callable[[], object]) -> str:
    """The word of the NoAnswer a call ends in; '' when it is answered."""
    try:
        call()
    except NoAnswer as problem:
        return problem.why
    return ""
