"""What the network says of our packets is heard, slows us down, and costs no address and no datagram."""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from complaining_router import swept_past
from namespace import in_namespace
from needs import namespaces

PACE = {"total": 1000.0, "neighbourhood": 250.0, "host": 40.0, "host_requests": 2.0}
NETWORKS, PORTS = ("10.1.1.0/27", "10.1.2.0/27"), (80, 443, 554, 8000, 37777)


def swept(**codes: list[str]) -> Any:
    namespaces()
    return swept_past(NETWORKS, PACE, PORTS, **codes)


def doors(ran: Any) -> Counter[tuple[int, int]]:
    """How many addresses got so many datagrams, and SYNs to so many doors."""
    return Counter((asked.count("udp"), len(asked) - asked.count("udp")) for asked in ran["doors"].values())


@pytest.mark.namespace
@pytest.mark.parametrize(("code", "words"), [("unreachable", "host unreachable"), ("prohibited", "administratively")])
def test_a_network_that_complains_is_asked_to_the_end_and_slower(code: str, words: str) -> None:
    """Every address of it gets its packets; it counts as unreachable; the report says why and by how much."""
    ran = swept(**{code: ["10.1.1.0/24"]})

    assert doors(ran) == {(8, 4): 60}
    assert ran["quiet"] == {"unreachable": 30, "dark": 30}
    assert len(ran["notes"]) == 1
    assert words in ran["notes"][0]
    assert "in 10.1.1.0/24 (said by 10.99.0.2); slowed down to 31 packets/s at the lowest." in ran["notes"][0]
    first, last = (max(ran["times"][network]) for network in ("10.1.2.0/24", "10.1.1.0/24"))
    assert last > first + 2  # 360 packets at an eighth of the cap, the other network at all of it


@pytest.mark.namespace
def test_a_host_that_refuses_datagrams_is_no_sign_of_the_network_and_costs_no_datagram() -> None:
    """A socket that keeps ICMP errors fails its next send with the error of an earlier one: it sends again."""
    ran = swept(refusing=["10.1.1.0/24"])

    assert doors(ran) == {(8, 4): 60}
    assert ran["packets"] == 60 * 12
    assert ran["notes"] == []


ON_OUR_SEGMENT = """
import asyncio
from datetime import UTC, datetime
from ipaddress import ip_network

from scanner.discovery import sweep
from scanner.evidence import MemoryEvidence
from scanner.model import Target
from scanner.net import PACES, Door, Ledger
from scanner.scope import Scope

door = Door(Scope.from_flags(["10.99.8.0/26"], "a test", "none"), pace=PACES["fast"], ledger=Ledger(None),
            evidence=MemoryEvidence(), now=lambda: datetime.now(UTC))
asyncio.run(sweep(door, (Target(str(address)) for address in ip_network("10.99.8.0/26")), on_sighting=print))
print(door.notes())
"""


@pytest.mark.namespace
def test_nobody_at_an_address_of_our_own_segment_is_no_complaint(tmp_path: Path) -> None:
    """There our own machine says "host unreachable", of every dark address: no router labours for us."""
    namespaces()
    program = tmp_path / "sweep_it.py"
    program.write_text(ON_OUR_SEGMENT)
    done = in_namespace("sh", "-c", f"ip link set out0 arp on && {sys.executable} {program}")

    ran = json.loads(done.stdout)
    assert (ran["code"], ran["stdout"].strip()) == (0, "()"), ran["stderr"]
    assert ran["sent"]["out0"] > 0  # questions for addresses of the segment
