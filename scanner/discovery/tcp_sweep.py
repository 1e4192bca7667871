"""Which TCP doors of an address are open: connect and close, not a byte is sent.

One host is asked one door after the other; workers share the addresses. Most addresses of a range are dark, so an address
that stays silent on the first ``DARK_PORTS`` doors, and to every datagram, is not asked further.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scanner.discovery.flight import PortsReport, PortState, Progress, Station
from scanner.model import Endpoint, FactSeen, Known, Unseen

if TYPE_CHECKING:
    from scanner.net import Door

DEFAULT_PORTS: tuple[int, ...] = (
    80,  # web pages and ONVIF of nearly every device (identification.md 6)
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

_TERMINALS = {23: "service.telnet", 22: "service.ssh", 21: "service.ftp"}


@dataclass(slots=True)
class ConnectPorts:
    """The port engine that connects by itself, through the door."""

    door: Door
    ports: Sequence[int]
    progress: Progress
    workers: int

    async def work(self, station: Station, report: PortsReport) -> None:
        """``workers`` tasks share the station; each reports what it finished itself, so a slow reader slows the sweep."""
        async with asyncio.TaskGroup() as group:
            for _ in range(self.workers):
                group.create_task(self._worker(station, report))

    async def _worker(self, station: Station, report: PortsReport) -> None:
        while (one := await station.get()) is not None:
            states = await self.states(one.address, alive=bool(one.parts), announced=one.announced)
            await report(one, states, "tcp")
        station.put_nowait(None)  # for the next worker

    async def states(self, address: str, *, alive: bool, announced: Iterable[int] = ()) -> dict[int, PortState]:
        """The state of each door asked; the doors the device itself ``announced`` come first."""
        states: dict[int, PortState] = {}
        for number, port in enumerate(dict.fromkeys((*announced, *self.ports))):
            if number >= DARK_PORTS and not alive:
                break
            self.progress.connections += 1
            states[port] = await self.door.connect_test(address, port)
            alive = alive or states[port] in ("open", "refused")
        return states


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
