"""What comes in by datagram, whoever was asked: taken only from addresses in scope, in bounds, with its evidence."""

from __future__ import annotations

import asyncio
import re
import socket
from collections import Counter
from ipaddress import IPv6Address
from typing import Any

from scanner.addresses import address_of
from scanner.evidence.redaction import REMOVED
from scanner.net.datagram_bytes import Wire
from scanner.net.guard import Guard
from scanner.net.replies import DatagramReply
from scanner.net.tap import Heard

QUEUE_LENGTH = 4096
MOST_OUTSIDERS = 65_536
NOT_KEPT = b"[an answer of this protocol holds what may not be kept]"


class Inbox:
    """Replies to one protocol. Belongs to the running event loop.

    ``replies`` is bounded; ``dropped`` counts replies that were out of scope, too large, empty, too many from one
    address, or came while the queue was full. ``outside`` are the addresses out of scope that answered: they are
    counted and nothing else, what they said is gone.
    """

    def __init__(self, guard: Guard, protocol: str, wire: Wire) -> None:
        self.protocol = protocol
        self.replies: asyncio.Queue[DatagramReply] = asyncio.Queue(QUEUE_LENGTH)
        self.dropped: Counter[str] = Counter()
        self.outside: set[str] = set()
        self._guard = guard
        self._keeps = wire.keeps
        self._removed = _values_of(wire.removes) if wire.removes else None
        self._kept: Counter[str] = Counter()

    def received(self, data: bytes, address: str, port: int) -> None:
        """One datagram came in: called by the event loop."""
        address = plain_address(address)
        why = self._unwanted(data, address)
        if why:
            self.dropped[why] += 1
            if why == "out-of-scope" and len(self.outside) < MOST_OUTSIDERS:
                self.outside.add(address)
            return
        seen_at = self._guard.now()
        kept = data if self._keeps else NOT_KEPT
        if self._removed:
            kept = self._removed.sub(rb"\1" + REMOVED, kept)
        evidence = self._guard.evidence.keep(address, port, f"{self.protocol} inquiry", "datagram", kept, seen_at)
        if self._guard.tap is not None:
            self._guard.tap.heard(
                Heard(protocol=self.protocol, address=address, port=port, data=kept, evidence=evidence)
            )
        self._kept[address] += 1
        self.replies.put_nowait(DatagramReply(address, port, data, seen_at, evidence, self.protocol))

    def _unwanted(self, data: bytes, address: str) -> str:
        if not self._guard.scope.permits(address):
            return "out-of-scope"
        if not data or len(data) > self._guard.limits.datagram_bytes:
            return "too-large" if data else "empty"
        if self._kept[address] >= self._guard.limits.datagrams_of_an_address:
            return "too-many"
        return "queue-full" if self.replies.full() else ""


def _values_of(names: tuple[str, ...]) -> re.Pattern[bytes]:
    """The values of JSON fields of these names, up to the quotation mark that ends them."""
    words = "|".join(re.escape(name) for name in names).encode()
    return re.compile(rb'("(?:' + words + rb')"\s{0,8}:\s{0,8}")[^"]*')


def plain_address(text: str) -> str:
    """The canonical form of an address as the system gives it."""
    try:
        return str(address_of(text))
    except ValueError:
        return text


def sender_of(addr: tuple[Any, ...]) -> str:
    """The canonical address of a socket address, a link-local one with the interface it was heard on."""
    address = plain_address(addr[0])
    if len(addr) < 4 or not addr[3] or "%" in address or not IPv6Address(address).is_link_local:
        return address
    try:
        return f"{address}%{socket.if_indextoname(addr[3])}"
    except OSError:  # the interface has gone meanwhile
        return address


class Receiver(asyncio.DatagramProtocol):
    """Hands datagrams to an inbox. Errors of single sends (ICMP) are silence of that address."""

    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox

    def datagram_received(self, data: bytes, addr: tuple[Any, ...]) -> None:
        self._inbox.received(data, sender_of(addr), addr[1])
