"""A polite sweep of dark addresses: packets an address, and wall time against packets / rate.

Runs in a network namespace whose cable ends nowhere; packets are counted on the interface, not by ourselves.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from datetime import UTC, datetime

from figures import Row
from namespace import in_namespace

ADDRESSES = 2_048
NETWORK = "10.99.8.0/21"


def run() -> list[Row]:
    """One sweep in a namespace of its own."""
    done = in_namespace(sys.executable, __file__, timeout=300)
    if done.returncode != 0:
        return [Row("polite sweep (needs network namespaces)", "not run", "<= 12 packets", False)]
    outside = json.loads(done.stdout)
    inside = json.loads(outside["stdout"])
    each = outside["sent"]["out0"] / ADDRESSES
    ideal = inside["packets"] / inside["rate"]
    ratio = inside["seconds"] / ideal
    return [
        Row(f"polite sweep, {ADDRESSES} dark addresses: packets an address", f"{each:.2f}", "<= 12", each <= 12),
        Row(
            f"polite sweep: {inside['seconds']:.1f} s against packets / rate = {ideal:.1f} s",
            f"x{ratio:.2f}",
            "<= x1.2",
            ratio <= 1.2,
        ),
    ]


async def _sweep() -> dict[str, float]:
    from ipaddress import ip_network

    from scanner.discovery import DEFAULT_PORTS, sweep
    from scanner.evidence import MemoryEvidence
    from scanner.model import Target
    from scanner.net import PACES, Door, Ledger
    from scanner.scope import Scope

    scope = Scope.from_flags([NETWORK], "a benchmark", "none")
    door = Door(
        scope, pace=PACES["polite"], ledger=Ledger(None), evidence=MemoryEvidence(), now=lambda: datetime.now(UTC)
    )
    targets = (Target(str(address)) for address in ip_network(NETWORK))
    started = time.perf_counter()
    progress = await sweep(door, targets, ports=DEFAULT_PORTS, on_sighting=lambda _sighting: None)
    return {"seconds": time.perf_counter() - started, "packets": progress.packets, "rate": PACES["polite"].total}


if __name__ == "__main__":
    print(json.dumps(asyncio.run(_sweep())))
