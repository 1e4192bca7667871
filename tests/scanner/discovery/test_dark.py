"""The cost of the dark, counted by the kernel: a namespace whose only network swallows everything."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import lab_doors
import pytest
from namespace import in_namespace
from needs import namespaces

pytestmark = pytest.mark.namespace

ADDRESSES = 512

SWEEP = """
import asyncio, ipaddress, json, resource, sys, time
sys.path.insert(0, sys.argv[2])
from lab_doors import lab_door
from scanner.discovery import Progress, sweep
from scanner.model import Target
from scanner.net import PACES, Limits
from scanner.scope import Scope

scope = Scope.from_flags(["10.99.0.0/16"], authorised_by="A. Auditor", reference="T-1")
door = lab_door(scope=scope, pace=PACES["fast"], limits=Limits())
first = int(ipaddress.ip_address("10.99.4.0"))
targets = (Target(str(ipaddress.ip_address(first + number))) for number in range(int(sys.argv[1])))
seen, progress, began = [], Progress(), time.monotonic()
asyncio.run(sweep(door, targets, on_sighting=seen.append, progress=progress))
print(json.dumps({
    "seen": len(seen), "asked": progress.asked, "packets": progress.packets, "seconds": time.monotonic() - began,
    "peak_kb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
}))
"""


def test_a_dark_address_costs_at_most_twelve_packets() -> None:
    """Eight datagrams and four SYNs, and not one more by the kernel's count; nobody is seen."""
    namespaces()

    run = in_namespace(sys.executable, "-c", SWEEP, str(ADDRESSES), str(Path(lab_doors.__file__).parent))

    assert run.returncode == 0, run.stderr
    told = json.loads(run.stdout)
    assert told["code"] == 0, told["stderr"]
    result = json.loads(told["stdout"])
    assert (result["seen"], result["asked"]) == (0, ADDRESSES)
    assert result["packets"] <= 12 * ADDRESSES
    assert 0 < sum(told["sent"].values()) <= 12.2 * ADDRESSES  # a machine under load may let a SYN be sent again
