"""What every packet passes: scope, the breaker, pacing, and the ledger line before the bytes leave."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from scanner.addresses import address_of
from scanner.errors import CatalogueError, NoAnswer
from scanner.evidence import EvidenceSink
from scanner.net.catalogue import Catalogue, Request
from scanner.net.ledger import Ledger
from scanner.net.limits import Limits
from scanner.net.opening import Opening
from scanner.net.pacing import Pacer
from scanner.net.tap import Tap
from scanner.net.turns import Breaker, Turns
from scanner.scope import Scope

T = TypeVar("T")


@dataclass(slots=True)
class Guard:
    """The state all exchanges of one door share."""

    scope: Scope
    ledger: Ledger
    evidence: EvidenceSink
    limits: Limits
    catalogue: Catalogue
    pacer: Pacer
    now: Callable[[], datetime]
    stopping: threading.Event
    turns: Turns = field(init=False)
    breaker: Breaker = field(default_factory=Breaker)
    opening: Opening = field(default_factory=Opening)
    tap: Tap | None = None  # hears every exchange, for a recording

    def __post_init__(self) -> None:
        self.turns = Turns(self.stopping)

    def hold(self, address: str, port: int, protocol: str, method: str = "", path: str = "") -> None:
        """NoAnswer ``out-of-scope``, ``left-alone``, ``interrupted`` or ``out-of-hours``: nothing leaves then."""
        if not self.scope.permits(address):
            why = self.scope.why_not(address)
            self.ledger.refused_by_door(address, port, protocol, method, path, f"{address} {why}")
            raise NoAnswer("out-of-scope", f"{address} {why}")
        self.breaker.hold(address)
        if self.stopping.is_set():
            raise NoAnswer("interrupted", "the audit was stopped")
        self.opening.hold(address)

    def hold_request(self, address: str, port: int, vendor: str, method: str, path: str, body: bytes | None) -> Request:
        """The entry of the read-only catalogue for a request; CatalogueError (recorded) when there is none."""
        return self._listed(
            address, port, "http", method, path, lambda: self.catalogue.hold_request(vendor, method, path, body)
        )

    def hold_operation(self, address: str, port: int, service: str, operation: str) -> None:
        """CatalogueError (recorded) unless the read-only catalogue has this SOAP operation."""
        name = f"{service}.{operation}"
        self._listed(address, port, "http", "SOAP", name, lambda: self.catalogue.hold_operation(service, operation))

    def hold_datagram(self, address: str, port: int, protocol: str) -> None:
        """CatalogueError (recorded) unless the read-only catalogue has this discovery protocol."""
        self._listed(address, port, protocol, "", "", lambda: self.catalogue.hold_datagram(protocol))

    def _listed(self, address: str, port: int, protocol: str, method: str, path: str, look_up: Callable[[], T]) -> T:
        try:
            return look_up()
        except CatalogueError as bug:
            self.ledger.refused_by_door(address, port, protocol, method, path, str(bug))
            raise

    def failed(self, address: str, problem: NoAnswer) -> None:
        """Count a failed exchange; leaves the device alone after the third in a row, and says so in the ledger."""
        if problem.why in ("closed-early", "too-slow"):
            self.pacer.struggling(address)
        if problem.why in ("silent", "too-slow"):
            self.pacer.fell_silent(address)
        last_straw = self.breaker.failed(address, problem)
        if last_straw:
            self.ledger.left_alone(address, last_straw)


def canonical(address: str) -> str:
    """The canonical text of an IP address; NoAnswer ``out-of-scope`` for anything else."""
    try:
        return str(address_of(address))
    except ValueError:
        raise NoAnswer("out-of-scope", f"{address[:60]!r} is no IP address") from None


def host_of(address: str, port: int) -> str:
    """``address:port`` as it stands in a URL: IPv6 in brackets, without the name of an interface (RFC 9110, 4.2.1)."""
    return f"[{address.partition('%')[0]}]:{port}" if ":" in address else f"{address}:{port}"


_LINK_LOCAL = ("fe8", "fe9", "fea", "feb")


def socket_address(address: str, port: int) -> tuple[str, int] | tuple[str, int, int, int]:
    """The address as sockets want it: the interface of a link-local IPv6 address as its number.

    NoAnswer ``silent`` when this machine has no interface of that name, or none is named.
    """
    host, zoned, zone = address.partition("%")
    if not zoned:
        if address.startswith(_LINK_LOCAL):
            raise NoAnswer("silent", "the interface of this link-local address is not known")
        return address, port
    try:
        return host, port, 0, int(zone) if zone.isdecimal() else socket.if_nametoindex(zone)
    except OSError:
        raise NoAnswer("silent", f"this machine has no interface {zone[:20]!r}") from None
