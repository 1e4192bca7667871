"""Discovery by unicast: one socket a protocol and IP version, and one on each other port that its answers come to."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections import Counter, deque
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from scanner.errors import CatalogueError
from scanner.net import icmp
from scanner.net.datagram_bytes import PORTS, wire_of
from scanner.net.guard import Guard, canonical, host_of, socket_address
from scanner.net.inbox import Inbox, Receiver, sender_of
from scanner.net.replies import DatagramReply

__all__ = ["PORTS", "DatagramChannel"]

DRAIN_AT_MOST = 512
MOST_BYTES = 65_536
WAITING_BYTES = 4 * 1024 * 1024
"""Room asked of the system for replies that nobody has taken yet, and for packets under way; it gives what it has."""
HELD_SECONDS = 0.01
"""How often a socket without room is tried again."""


class DatagramChannel:
    """Asks addresses by one protocol and collects what they say. Belongs to the running event loop.

    ``replies`` and ``dropped`` are those of its Inbox. ``deaf`` are local ports that answers would come to and that
    another program holds.
    """

    def __init__(self, guard: Guard, protocol: str) -> None:
        self.protocol = protocol
        self.deaf: list[int] = []
        self._guard = guard
        self._wire = wire_of(protocol, guard.catalogue)
        self._inbox = Inbox(guard, protocol, self._wire)
        self._transports: dict[int, asyncio.DatagramTransport] = {}
        self._sockets: dict[int, socket.socket] = {}
        self._held: deque[tuple[int, bytes, tuple[Any, ...]]] = deque()
        self._ears: list[asyncio.DatagramTransport] = []
        self._opening = asyncio.Lock()

    @property
    def replies(self) -> asyncio.Queue[DatagramReply]:
        """What addresses in scope have said."""
        return self._inbox.replies

    @property
    def dropped(self) -> Counter[str]:
        """Replies that were not taken, by the reason."""
        return self._inbox.dropped

    @property
    def outside(self) -> frozenset[str]:
        """Addresses out of scope that answered: by broadcast, or from another address of a host that was asked."""
        return frozenset(self._inbox.outside)

    def serves(self, address: str) -> bool:
        """True when the protocol is spoken over the IP version of ``address``."""
        return self._wire.ipv6 or ":" not in address

    async def send(self, address: str, variant: str = "") -> None:
        """Send one inquiry (scope, pace, ledger). WS-Discovery has the variants ``nvt`` (default) and ``device``.

        NoAnswer ``out-of-scope``, ``left-alone`` or ``interrupted``; a network that cannot be reached stays silence.
        """
        address = canonical(address)
        self._guard.hold(address, self._wire.port, self.protocol)
        await self.open_for(address)
        await self._guard.pacer.pause(address)
        self.send_now(address, variant)

    async def open_for(self, address: str) -> None:
        """Have a socket for the IP version of ``address``; needed once before ``send_now``."""
        async with self._opening:
            family = socket.AF_INET6 if ":" in address else socket.AF_INET
            if family in self._transports or not self.serves(address):
                return
            for port in self._wire.answers_to:
                try:
                    self._ears.append((await self._open(family, port))[0])
                except OSError:
                    self.deaf.append(port)
            self._transports[family], self._sockets[family] = await self._open(family, 0)

    async def _open(self, family: int, port: int) -> tuple[asyncio.DatagramTransport, socket.socket]:
        sock = socket.socket(family, socket.SOCK_DGRAM)
        try:
            if port:  # tools of makers stand there too, and the answers go to all of them
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                with contextlib.suppress(OSError):
                    sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            sock.bind(("::" if family == socket.AF_INET6 else "0.0.0.0", port))
            sock.setblocking(False)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, WAITING_BYTES)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, WAITING_BYTES)
            if not port:
                icmp.listen(sock)
            transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
                lambda: _Ear(self._inbox, partial(self._hear, sock)), sock=sock
            )
        except BaseException:
            sock.close()
            raise
        return transport, sock

    def _hear(self, sock: socket.socket) -> None:
        self._complain(icmp.complaints(sock))

    def _complain(self, said: Iterable[icmp.Complaint]) -> None:
        for one in said:
            self._guard.pacer.complained(one.address, one.words, one.by)

    def send_now(self, address: str, variant: str = "") -> None:
        """``send`` for a caller that has waited out the slots of the pacer itself; ``address`` is canonical."""
        variant = variant or self._wire.variants[0]
        if variant not in self._wire.variants:
            raise CatalogueError(f"{self.protocol} has no variant {variant!r}")
        port = self._wire.port
        self._guard.hold(address, port, self.protocol)
        data = self._wire.build(variant, address)
        where = socket_address(address, port)
        self._guard.ledger.sent(address, port, "udp", self.protocol, size=len(data))
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        if not icmp.LINUX:
            self._transports[family].sendto(data, where)
            return
        self._held.append((family, data, where))
        if len(self._held) == 1:
            self._let_out()

    def _let_out(self) -> None:
        """Send what is held, no faster than the pace. On our own segment the packets to an address wait in the socket
        until it is found, or is not; meanwhile the socket takes no more."""
        for _ in range(max(1, int(self._guard.pacer.pace.total * HELD_SECONDS))):
            if not self._held or not self._sockets:
                return
            family, data, where = self._held[0]
            if self._guard.stopping.is_set() or not self._guard.opening.permits(where[0]):
                self._held.popleft()
                continue
            said = icmp.put(self._sockets[family], data, where)
            if said is None:
                break
            self._held.popleft()
            self._complain(said)
        if self._held:
            asyncio.get_running_loop().call_later(HELD_SECONDS, self._let_out)

    @property
    def held(self) -> int:
        """Datagrams that wait for room in the socket. Send no more while there are some."""
        return len(self._held)

    def drain(self) -> None:
        """Take all that has come in. For a caller that sends much: the loop itself takes one reply a turn."""
        for sock in self._sockets.values():
            try:
                for _ in range(DRAIN_AT_MOST):
                    data, addr = sock.recvfrom(MOST_BYTES)
                    self._inbox.received(data, sender_of(addr), addr[1])
            except BlockingIOError:
                continue
            except OSError:  # the network spoke: all of it is taken, else the loop would be woken for it for ever
                self._hear(sock)

    def close(self) -> None:
        """Close the sockets."""
        for transport in (*self._transports.values(), *self._ears):
            transport.close()
        self._transports.clear()
        self._sockets.clear()
        self._held.clear()
        self._ears.clear()

    def __repr__(self) -> str:
        return f"DatagramChannel({self.protocol}, {host_of('*', self._wire.port)})"


class _Ear(Receiver):
    """Hands what the network says of our datagrams to ``on_error``, which has to take all of it."""

    def __init__(self, inbox: Inbox, on_error: Callable[[], None]) -> None:
        super().__init__(inbox)
        self._on_error = on_error

    def error_received(self, exc: Exception) -> None:  # noqa: ARG002  # only that there is one
        self._on_error()
