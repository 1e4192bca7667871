"""A door to the virtual fleet on loopback, and what it let out compared with what the fleet received."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from scanner.discovery import Sighting, sweep
from scanner.evidence import MemoryEvidence
from scanner.lab import Fleet
from scanner.model import Target
from scanner.net import Door, Ledger, Limits, Pace
from scanner.scope import Scope

UNHURRIED = Pace("test", total=50_000, neighbourhood=50_000, host=2_000, host_requests=200)
"""No waiting in tests; the pace has tests of its own."""

QUICK = Limits(connect_seconds=1.0, connect_test_seconds=0.5, idle_seconds=3.0, exchange_seconds=6.0)


def lab_door(
    ledger: Path | None = None, *, scope: Scope | None = None, pace: Pace = UNHURRIED, limits: Limits = QUICK
) -> Door:
    """A door to loopback with a ledger of its own."""
    return Door(
        scope or Scope.loopback(),
        pace=pace,
        ledger=Ledger(ledger),
        evidence=MemoryEvidence(),
        now=lambda: datetime.now(UTC),
        limits=limits,
    )


async def swept(door: Door, addresses: Iterable[str], **more: Any) -> dict[str, Sighting]:
    """The sightings of a short sweep, by address; fails when an address is reported twice."""
    seen: dict[str, Sighting] = {}

    def note(sighting: Sighting) -> None:
        assert sighting.address not in seen
        seen[sighting.address] = sighting

    quick = {"window_seconds": 0.8, "repeat_seconds": 0.4}
    await sweep(door, (Target(address) for address in addresses), on_sighting=note, **(quick | more))
    await asyncio.sleep(0.1)  # the fleet sees the last connection close before it is stopped
    return seen


def sent(lines: Sequence[dict[str, Any]], addresses: Iterable[str]) -> Counter[tuple[str, ...]]:
    """What a ledger says was sent to these addresses: (address, port, transport, protocol, method, path) -> times."""
    wanted = set(addresses)
    return Counter(
        (line["address"], str(line["port"]), line["transport"], line["protocol"], line["method"], line["path"])
        for line in lines
        if line["kind"] == "sent" and line["address"] in wanted
    )


def received(fleet: Fleet) -> Counter[tuple[str, ...]]:
    """What a fleet received, in the same words."""
    return Counter(
        (one.address, str(one.port), one.transport, one.protocol, one.method, one.path) for one in fleet.received
    )
