"""nmap as the port engine (``--ports-by nmap``), through python-nmap, and its service detection for known cameras.

nmap opens its own sockets, so it is kept to what the door would do (``scanner.net.lending``): addresses are parsed and
checked before they reach a command line, every address and port is in the ledger before nmap starts, it gets a part of
the rates, and it is ended with the audit and with the hours of a site. It makes plain connects to our ports; no
scripts, no name look-ups, no ping. An address that gave no sign is asked on the ``DARK_PORTS`` first doors, one SYN
each, as by ourselves; the other doors only where anybody is.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from scanner.addresses import address_of
from scanner.discovery.doors import ONE_SYN_SECONDS
from scanner.discovery.flight import InFlight, PortsReport, PortState, Progress, Station
from scanner.discovery.nmap_stream import NmapFailed, find_nmap, hosts
from scanner.discovery.ports import DARK_PORTS

if TYPE_CHECKING:
    from scanner.net import Door, Loan

__all__ = ["NmapPorts", "find_nmap", "nmap_engine", "port_words", "service_names"]

CHUNK = 128
"""Addresses of one run: what is asked again by ourselves at most when nmap fails."""

GROUP = 64
"""Addresses that nmap asks side by side; they arrive together."""

COLLECT_SECONDS = 0.5
SERVICE_SECONDS = 120
_SILENT: PortState = "silent"
_STATES: dict[str, PortState] = {"open": "open", "closed": "refused", "filtered": "silent"}
_UNREACHABLE = {
    "host-unreach": "host unreachable",
    "net-unreach": "network unreachable",
    "admin-prohibited": "administratively prohibited",
    "host-prohibited": "host prohibited",
    "net-prohibited": "network prohibited",
}
_OWN = "tcp"

OnHost: TypeAlias = Callable[[str, dict[int, PortState]], None]


@dataclass(slots=True)
class NmapPorts:
    """The port engine that lets nmap connect. Whatever nmap leaves out is asked by the sweep itself."""

    door: Door
    ports: Sequence[int]
    progress: Progress
    scanner: Any  # python-nmap's PortScanner

    async def work(self, station: Station, report: PortsReport) -> None:
        """Chunk after chunk, each in a thread; every host is reported when nmap has finished with it."""
        while chunk := await _next_chunk(station):
            waiting = {one.address: one for one in chunk}
            reports: list[Future[None]] = []
            loop = asyncio.get_running_loop()

            def tell(one: InFlight, states: dict[int, PortState], by: str, into: list[Future[None]] = reports) -> None:
                into.append(asyncio.run_coroutine_threadsafe(_told(report, one, states, by), loop))  # noqa: B023

            await asyncio.to_thread(self._scan, waiting, tell)
            for future in reports:
                await asyncio.wrap_future(future)
            for one in waiting.values():
                await report(one, {}, _OWN)  # not permitted now, read by somebody, or left out: the sweep sees to it

    def _scan(self, waiting: dict[str, InFlight], tell: Callable[[InFlight, dict[int, PortState], str], None]) -> None:
        """Take from ``waiting`` whom nmap has finished with."""
        signs: dict[str, dict[int, PortState]] = {address: {} for address, one in waiting.items() if one.alive}
        first, others = self.ports[:DARK_PORTS], self.ports[DARK_PORTS:]

        def dark(address: str, states: dict[int, PortState]) -> None:
            if any(state in ("open", "refused") for state in states.values()):
                signs[address] = states
            else:
                tell(waiting.pop(address), states, "nmap")

        def there(address: str, states: dict[int, PortState]) -> None:
            tell(waiting.pop(address), signs.pop(address) | states, "nmap")

        try:
            self._run([address for address in waiting if address not in signs], first, 0, dark)
            known = [address for address, states in signs.items() if states]
            self._run([address for address in signs if address not in known], self.ports, 1, there)
            self._run(known, others, 1, there)
        except NmapFailed as problem:
            self.progress.notes.append(f"{problem}; camaudit looked for open ports itself where nmap had not")

    def _run(self, addresses: Sequence[str], ports: Sequence[int], retries: int, on_host: OnHost) -> None:
        for version in (4, 6):
            asked = [address for address in addresses if address_of(address).version == version]
            if not asked or not ports:
                continue
            with self.door.lend(asked, ports, "nmap") as loan:
                if not loan.addresses:
                    continue
                self.progress.connections += len(loan.addresses) * len(ports)
                words = [*port_words(loan, version, ports, retries), *loan.addresses]
                for address, entry in hosts(self.scanner, words, lambda loan=loan: loan.over):  # type: ignore[misc]
                    loan.done(address)
                    self._complain(address, entry)
                    on_host(address, dict.fromkeys(ports, _SILENT) | states_of(entry))

    def _complain(self, address: str, entry: dict[str, Any]) -> None:
        """The network spoke to nmap, and means us."""
        for port in entry.get("tcp", {}).values():
            if port.get("reason") in _UNREACHABLE:
                self.door.complained(address, _UNREACHABLE[port["reason"]])


async def _told(report: PortsReport, one: InFlight, states: dict[int, PortState], by: str) -> None:
    await report(one, states, by)


def nmap_engine(door: Door, ports: Sequence[int], progress: Progress) -> NmapPorts | None:
    """The engine, or None with a note where there is no nmap: camaudit finds the ports itself then. Blocking."""
    scanner = find_nmap()
    if scanner is None:
        progress.notes.append("nmap is not installed: camaudit looked for open ports itself")
        return None
    return NmapPorts(door, ports, progress, scanner)


def port_words(loan: Loan, version: int, ports: Sequence[int], retries: int) -> list[str]:
    """The options of a port run: no name look-ups, no ping, plain connects, the rates of the loan.

    Without retries each port gets one SYN: nmap gives up before a kernel sends its second, after a second.
    """
    rate = max(1, int(loan.rate))
    words = ["-n", "-Pn", "-sT", "-p", ",".join(str(int(port)) for port in ports), "--max-rate", str(rate)]
    words += ["--scan-delay", f"{max(1, round(1000 / loan.host_rate))}ms", "--max-retries", str(retries)]
    words += ["--max-hostgroup", str(GROUP)]
    if not retries:
        once = f"{ONE_SYN_SECONDS * 1000:.0f}ms"
        # Without answers nmap would ask ten at a time and wait: a steady rate is as gentle, and comes to an end.
        words += ["--min-rate", str(max(1, rate * 9 // 10)), "--min-hostgroup", str(GROUP)]
        words += ["--initial-rtt-timeout", once, "--max-rtt-timeout", once]
    return [*words, "-6"] if version == 6 else words


def states_of(entry: dict[str, Any]) -> dict[int, PortState]:
    """What one host of nmap's answer says of its TCP ports."""
    return {
        int(port): "unreachable" if said.get("reason") in _UNREACHABLE else _STATES.get(said.get("state", ""), "silent")
        for port, said in entry.get("tcp", {}).items()
    }


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
    so the caller leaves out RTSP and control ports. Empty when nmap is missing or fails, or may not ask.
    """
    scanner = find_nmap() if ports else None
    names: dict[int, str] = {}
    if scanner is None:
        return names
    with door.lend([address], ports, "nmap", most=door.pace.host) as loan:
        if not loan.addresses:
            return names
        words = port_words(loan, address_of(address).version, ports, 1)
        words += ["-sV", "--version-light", "--host-timeout", f"{SERVICE_SECONDS}s", *loan.addresses]
        try:
            for _, entry in hosts(scanner, words, lambda: loan.over):
                names |= _names(entry)
        except NmapFailed:
            return names
    return names


def _names(entry: dict[str, Any]) -> dict[int, str]:
    found: dict[int, str] = {}
    for port, said in entry.get("tcp", {}).items():
        words = " ".join(str(said.get(key, "")) for key in ("name", "product", "version")).split()
        if said.get("state") == "open" and words:
            found[int(port)] = " ".join(words)
    return found
