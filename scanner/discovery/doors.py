"""Which TCP doors of an address are open: connect and close, not a byte is sent.

Most addresses of a range are dark, so an address that is silent on the first ``DARK_PORTS`` doors, and to every
datagram, is not asked further. Where anybody is, one door is tried after the other.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from scanner.discovery.errands import PARKED, Errand, Errands
from scanner.discovery.flight import InFlight, PortState, Progress
from scanner.discovery.ports import DARK_PORTS
from scanner.model import Endpoint, FactSeen, Known, Unseen

if TYPE_CHECKING:
    from scanner.net import Door

ONE_SYN_SECONDS = 0.8
"""How long a silent address is given: a kernel sends a SYN again after a second, and that would be one packet more."""

BETWEEN_DOORS_SECONDS = 0.2
"""Between two doors of an address that has given no sign: longer than an answer takes, so that a device that is there
has one connection at a time, and shorter than waiting for each silence."""

READER_SECONDS = 0.2
"""How often an address is tried again while somebody reads it."""

POLL_SECONDS = 0.005
"""How often answers are looked for."""

OTHER_FILES = 512
"""Open files left for the rest of the program: links, the store, the ledger, evidence."""

_TERMINALS = {23: "service.telnet", 22: "service.ssh", 21: "service.ftp"}


class Doors:
    """The port engine that connects by itself, through the door; steps of the errands of a sweep.

    ``ports`` empty: only doors that a device named.
    """

    def __init__(self, door: Door, ports: Sequence[int], progress: Progress) -> None:
        self.progress = progress
        self.errands: Errands
        self._door = door
        self._ports = tuple(ports)
        self._knocker = door.knocker(room_for_sockets(door.limits.open_sockets))

    def poll(self) -> None:
        """Take what the doors have said; every few milliseconds."""
        self._knocker.poll()

    def close(self) -> None:
        """Drop what is under way."""
        self._knocker.close()

    def slots(self, address: str) -> Errand:
        """Wait until a packet to ``address`` may leave."""
        return self._door.slots(address)

    @property
    def queued(self) -> int:
        """Packets that wait for nothing but the pace in total: one slow network holds up no other."""
        return self._door.queued

    def first(self, one: InFlight) -> Errand:
        """The doors of an address that has given no sign, one SYN each, until it gives one."""
        seconds = min(ONE_SYN_SECONDS, self._door.limits.connect_test_seconds)
        for port in tuple(dict.fromkeys((*one.known, *self._ports)))[:DARK_PORTS]:
            if one.alive:
                return
            if port in one.states:
                continue
            yield from self._knock(one, port, seconds)
            yield BETWEEN_DOORS_SECONDS

    def others(self, one: InFlight) -> Errand:
        """The doors the device itself named, then all that were not tried yet, one after the other."""
        yield from self.answers(one)
        while (port := next(self._untried(one), None)) is not None:
            yield from self._knock(one, port, self._door.limits.connect_test_seconds)
            yield from self.answers(one)

    def answers(self, one: InFlight) -> Errand:
        """Wait until every door that was tried has answered, or is given up."""
        if one.waiting:
            one.parked = True
            yield PARKED

    def _untried(self, one: InFlight) -> Iterator[int]:
        return (port for port in (*one.announced, *self._ports) if port not in one.states)

    def _knock(self, one: InFlight, port: int, seconds: float) -> Errand:
        yield from self.slots(one.address)
        while not self._knocker.room:
            yield POLL_SECONDS
        one.waiting += 1
        one.states[port] = "silent"
        began = False
        try:
            while not (began := self._knocker.begin(one.address, port, seconds, partial(self._answered, one, port))):
                yield READER_SECONDS
        finally:
            if not began:
                one.waiting -= 1
                del one.states[port]
        self.progress.connections += 1

    def _answered(self, one: InFlight, port: int, state: PortState) -> None:
        one.states[port] = state
        one.waiting -= 1
        if one.parked and not one.waiting and one.errand is not None:
            one.parked = False
            self.errands.go_on(one.errand)


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
