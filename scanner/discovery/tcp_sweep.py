"""Which TCP doors of an address are open: connect and close, not a byte is sent.

One host is asked one door after the other; workers share the addresses. Most addresses of a range are dark, so an
address that is silent on the first ``DARK_PORTS`` doors, and to every datagram, is not asked further.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scanner.discovery.crew import Crew, taking
from scanner.discovery.flight import InFlight, PortsReport, PortState, Progress, Station
from scanner.errors import NoAnswer
from scanner.model import Endpoint, FactSeen, Known, Unseen

if TYPE_CHECKING:
    from scanner.net import Door

DEFAULT_PORTS: tuple[int, ...] = (
    80,  # web pages and ONVIF of nearly every device (docs/sources.md I6)
    443,  # the same over TLS (7)
    554,  # RTSP (5)
    8000,  # control port of Hikvision-made devices; ONVIF of Reolink (2, 6.3; recording of an E1 Zoom)
    37777,  # control port of Dahua-made devices, only ever connected to (3.3)
    8080,  # web pages moved away from 80
    8443,  # the same over TLS
    8554,  # RTSP moved away from 554 (5)
    34567,  # control port of Xiongmai-made devices, only ever connected to (6.3)
    9000,  # control port of Reolink devices, only ever connected to (6.3)
    81,  # web pages of recorders and of cameras that share one address
    88,  # web pages of Foscam (6.1)
    10554,  # RTSP (5)
    23,  # Telnet: open or not is a finding
    22,  # SSH
    21,  # FTP
)
DARK_PORTS = 4
"""Doors tried at an address that has given no sign: with eight datagrams no more than twelve packets."""

ONE_SYN_SECONDS = 0.8
"""How long a silent address is given: a kernel sends a SYN again after a second, and that would be one packet more."""

OTHER_FILES = 512
"""Open files left for the rest of the program: links, the store, the ledger, evidence."""

_TERMINALS = {23: "service.telnet", 22: "service.ssh", 21: "service.ftp"}


@dataclass(slots=True)
class ConnectPorts:
    """The port engine that connects by itself, through the door."""

    door: Door
    ports: Sequence[int]
    progress: Progress
    workers: int

    async def work(self, station: Station, report: PortsReport) -> None:
        """At most ``workers`` tasks share the station; each reports what it finished: a slow reader slows the sweep."""

        async def one_address(one: InFlight) -> None:
            states = await self.states(one.address, alive=bool(one.parts), announced=one.announced)
            await report(one, states, "tcp")

        await Crew(taking(station), one_address, room_for_sockets(self.workers)).run()

    async def states(self, address: str, *, alive: bool, announced: Iterable[int] = ()) -> dict[int, PortState]:
        """The state of each door asked; the doors the device itself ``announced`` come first.

        Ends early where the door lets nothing out: out of scope, left alone, or the audit was stopped.
        """
        states: dict[int, PortState] = {}
        for number, port in enumerate(dict.fromkeys((*announced, *self.ports))):
            if number >= DARK_PORTS and not alive:
                break
            seconds = None if alive else min(ONE_SYN_SECONDS, self.door.limits.connect_test_seconds)
            try:
                states[port] = await self.door.connect_test(address, port, seconds=seconds)
            except NoAnswer:
                break
            self.progress.connections += 1
            alive = alive or states[port] in ("open", "refused")
        return states


def room_for_sockets(wanted: int) -> int:
    """How many sockets may wait at a time: ``wanted``, or what the system's limit of open files leaves room for."""
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return wanted
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = wanted + OTHER_FILES
    if soft != resource.RLIM_INFINITY and soft < needed:
        raised = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (raised, hard))
        soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return wanted if soft == resource.RLIM_INFINITY else max(16, min(wanted, soft - OTHER_FILES))


def open_endpoints(address: str, states: Mapping[int, PortState], found_by: str) -> tuple[Endpoint, ...]:
    """The open doors; what they speak is not known yet."""
    return tuple(Endpoint(address, port, found_by=found_by) for port, state in states.items() if state == "open")


def terminal_facts(states: Mapping[int, PortState]) -> tuple[FactSeen, ...]:
    """Telnet, SSH and FTP on their usual doors. A closed usual door is circumstantial: the service may be elsewhere."""
    facts: list[FactSeen] = []
    for port, key in _TERMINALS.items():
        state = states.get(port)
        if state == "open":
            facts.append(FactSeen(key, Known(True, (), "C2")))
        elif state == "refused":
            facts.append(FactSeen(key, Known(False, (), "C1")))
        elif state is not None:
            facts.append(FactSeen(key, Unseen("silent", f"TCP {port}")))
    return tuple(facts)
