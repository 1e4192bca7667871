"""nmap as the port engine (``--ports-by nmap``), through python-nmap, and its service detection for known cameras.

nmap opens its own sockets, so it is kept to what the door would do: addresses are parsed and checked against the scope
before they reach a command line, every address and port is in the ledger before nmap starts, the rate is that of the
pace, and the connections to one host are spaced out.
nmap gets plain connects of our ports; no scripts, no name look-ups.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import nmap

from scanner.addresses import address_of
from scanner.discovery.flight import InFlight, PortsReport, PortState, Progress, Station

if TYPE_CHECKING:
    from scanner.net import Door

CHUNK = 128
"""Addresses of one nmap run: python-nmap holds the whole answer in memory."""

COLLECT_SECONDS = 0.5
CHUNK_TIMEOUT_SECONDS = 1800
SERVICE_SECONDS = 120
_STATES: dict[str, PortState] = {"open": "open", "closed": "refused", "filtered": "silent"}


@dataclass(slots=True)
class NmapPorts:
    """The port engine that lets nmap connect. Doors that a device named beyond ``ports`` are left to the sweep."""

    door: Door
    ports: Sequence[int]
    progress: Progress
    scanner: Any  # python-nmap's PortScanner

    async def work(self, station: Station, report: PortsReport) -> None:
        """Chunk after chunk, each in a thread."""
        while chunk := await _next_chunk(station):
            found = await self._scan(self.scanner, chunk)
            for one in chunk:
                await report(one, found.get(one.address, {}), "nmap")

    async def _scan(self, scanner: Any, chunk: Sequence[InFlight]) -> dict[str, dict[int, PortState]]:
        allowed = permitted(self.door, (one.address for one in chunk), self.ports)
        self.progress.connections += len(allowed) * len(self.ports)
        found: dict[str, dict[int, PortState]] = {}
        for version in (4, 6):
            addresses = [address for address in allowed if address_of(address).version == version]
            if addresses:
                arguments = port_arguments(self.door, version)
                found |= await asyncio.to_thread(_scan, scanner, addresses, self.ports, arguments)
        return found


def nmap_engine(door: Door, ports: Sequence[int], progress: Progress) -> NmapPorts | None:
    """The engine, or None with a note where there is no nmap: camaudit finds the ports itself then. Blocking."""
    scanner = find_nmap()
    if scanner is None:
        progress.notes.append("nmap is not installed: camaudit looked for open ports itself")
        return None
    return NmapPorts(door, ports, progress, scanner)


def find_nmap() -> Any | None:
    """python-nmap's scanner; None when there is no nmap program that runs."""
    try:
        return nmap.PortScanner()
    except nmap.PortScannerError:
        return None


def permitted(door: Door, addresses: Iterable[str], ports: Sequence[int]) -> list[str]:
    """The addresses the scope permits, in the ledger as asked by nmap; the others in it as refused."""
    allowed: list[str] = []
    for text in addresses:
        address = str(address_of(text))  # anything that is no plain address ends here, not on a command line
        if not door.scope.permits(address):
            door.ledger.refused_by_door(address, 0, "nmap", "CONNECT", "", door.scope.why_not(address))
            continue
        for port in ports:
            door.ledger.sent(address, port, "tcp", "nmap", "CONNECT")
        allowed.append(address)
    return allowed


def port_arguments(door: Door, version: int) -> str:
    """The options of a port run: no name look-ups, no ping, plain connects, the rates of the pace."""
    spacing_ms = max(1, round(1000 / door.pace.host))
    rate = max(1, int(door.pace.total))
    # -sT has no state to lose: one more try covers a lost SYN. The spacing keeps connections to one host apart.
    words = f"-n -Pn -sT --max-retries 1 --max-rate {rate} --scan-delay {spacing_ms}ms"
    return f"{words} -6" if version == 6 else words


def _scan(
    scanner: Any, addresses: Sequence[str], ports: Sequence[int], arguments: str
) -> dict[str, dict[int, PortState]]:
    answer = _run(scanner, addresses, ports, arguments)
    return {
        address: {
            int(port): _STATES.get(entry.get("state", ""), "silent") for port, entry in host.get("tcp", {}).items()
        }
        for address, host in answer.items()
    }


def _run(scanner: Any, addresses: Sequence[str], ports: Sequence[int], arguments: str) -> dict[str, Any]:
    """nmap's ``scan`` dictionary: address -> entry. Empty when nmap failed; the addresses then count as silent."""
    try:
        answer = scanner.scan(
            hosts=" ".join(addresses),
            ports=",".join(str(int(port)) for port in ports),
            arguments=arguments,
            timeout=CHUNK_TIMEOUT_SECONDS,
        )
    except (nmap.PortScannerError, nmap.PortScannerTimeout):
        return {}
    found = answer.get("scan", {}) if isinstance(answer, dict) else {}
    return found if isinstance(found, dict) else {}


async def _next_chunk(station: Station) -> list[InFlight]:
    """Up to ``CHUNK`` addresses, waiting only a moment for more after the first; empty at the end."""
    chunk: list[InFlight] = []
    loop = asyncio.get_running_loop()
    until = 0.0
    while len(chunk) < CHUNK:
        try:
            async with asyncio.timeout_at(until if chunk else None):
                one = await station.get()
        except TimeoutError:
            break
        if one is None:
            station.put_nowait(None)  # found again by the next call
            break
        until = until or loop.time() + COLLECT_SECONDS
        chunk.append(one)
    return chunk


def service_names(door: Door, address: str, ports: Sequence[int]) -> dict[int, str]:
    """What ``nmap -sV --version-light`` calls the services of one known camera: port -> "product version".

    Blocking. Only for devices known to be cameras, when the operator asked for it: nmap sends probes of many protocols,
    so the caller leaves out RTSP and control ports. Empty when nmap is missing or the scope forbids the address.
    """
    scanner = find_nmap()
    allowed = permitted(door, [address], ports) if scanner is not None and ports else []
    if not allowed:
        return {}
    arguments = (
        f"{port_arguments(door, address_of(address).version)} -sV --version-light --host-timeout {SERVICE_SECONDS}s"
    )
    host = _run(scanner, allowed, ports, arguments).get(allowed[0], {})
    names: dict[int, str] = {}
    for port, entry in host.get("tcp", {}).items():
        words = " ".join(str(entry.get(key, "")) for key in ("name", "product", "version")).split()
        if entry.get("state") == "open" and words:
            names[int(port)] = " ".join(words)
    return names
