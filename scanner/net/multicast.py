"""Discovery by multicast on the segments this machine stands on: asks a group, hears it, and hears answers to itself.

A question reaches everybody on a segment, so the scope has to permit addresses of the interface's own network; answers
are taken from addresses in scope only, whoever else answers is counted (``Inbox.outside``) and never spoken to. The
question crosses no router: its time to live is 1.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import socket
import struct
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from scanner.errors import NoAnswer
from scanner.net.datagram_bytes import Wire, wire_of
from scanner.net.guard import Guard
from scanner.net.inbox import Inbox, Receiver, plain_address
from scanner.net.interfaces import Interface
from scanner.net.replies import DatagramReply

_LINUX_MULTICAST_ALL = 49  # IP_MULTICAST_ALL: else a socket hears the groups that others on this machine have joined
_LINUX_MULTICAST_ALL6 = 29


@dataclass(frozen=True, slots=True)
class _Voice:
    """A socket that asks one group on one interface. ``own`` is where its questions come from."""

    group: str
    interface: Interface
    transport: asyncio.DatagramTransport
    own: tuple[str, int]


class LocalChannel:
    """Asks the groups of one protocol on some interfaces. Belongs to the running event loop; use ``open``, ``close``.

    ``deaf`` says in a few words where a group could not be joined or asked: another program holds the port, or the
    interface knows no multicast.
    """

    def __init__(self, guard: Guard, protocol: str, interfaces: Sequence[Interface]) -> None:
        self.protocol = protocol
        self.deaf: list[str] = []
        self._guard = guard
        self._interfaces = tuple(interfaces)
        self._wire: Wire = wire_of(protocol, guard.catalogue)
        self._inbox = Inbox(guard, protocol, self._wire)
        self._voices: list[_Voice] = []
        self._ears: list[asyncio.DatagramTransport] = []

    @property
    def replies(self) -> asyncio.Queue[DatagramReply]:
        """What addresses in scope have said."""
        return self._inbox.replies

    @property
    def outside(self) -> frozenset[str]:
        """Addresses out of scope that answered."""
        own = {str(one.ip) for interface in self._interfaces for one in interface.addresses}
        return frozenset(address for address in self._inbox.outside if address.partition("%")[0] not in own)

    async def open(self) -> None:
        """Join the groups, have a socket for each question. What cannot be done is in ``deaf``."""
        for group in self._wire.hears:
            await self._join(group)
        for group, interface in self._questions():
            try:
                self._voices.append(await self._voice(group, interface))
            except OSError as problem:
                self.deaf.append(f"{group} could not be asked on {interface.name}: {problem.strerror}")

    def _questions(self) -> Iterator[tuple[str, Interface]]:
        for group in self._wire.groups:
            for interface in self._interfaces:
                if interface.permitted(self._guard.scope, _version(group)):
                    yield group, interface

    async def ask(self, variant: str) -> int:
        """Send one question to each group on each interface (scope, pace, ledger); how many were sent.

        NoAnswer ``interrupted`` when the audit was stopped.
        """
        sent = 0
        for voice in self._voices:
            own = voice.interface.permitted(self._guard.scope, _version(voice.group))
            closed = self._guard.opening.closed_in([one.network for one in own])
            if closed:
                self.deaf.append(f"{voice.group} was not asked on {voice.interface.name}: {closed} is out of its hours")
                continue
            await self._guard.pacer.pause(voice.group)
            self._hold(voice)
            data = self._wire.build(variant or self._wire.variants[0], voice.group)
            port = self._wire.port
            self._guard.ledger.sent(
                voice.group, port, "udp", self.protocol, "MULTICAST", voice.interface.name, size=len(data)
            )
            six = _version(voice.group) == 6
            where = (voice.group, port, 0, voice.interface.index) if six else (voice.group, port)
            voice.transport.sendto(data, where)
            sent += 1
        return sent

    def _hold(self, voice: _Voice) -> None:
        """The interface's own network is in scope, and the audit goes on."""
        if self._guard.stopping.is_set():
            raise NoAnswer("interrupted", "the audit was stopped")
        if not voice.interface.permitted(self._guard.scope, _version(voice.group)):
            why = f"nothing of the network of {voice.interface.name} is in scope"
            self._guard.ledger.refused_by_door(
                voice.group, self._wire.port, self.protocol, "MULTICAST", voice.interface.name, why
            )
            raise NoAnswer("out-of-scope", why)

    async def _voice(self, group: str, interface: Interface) -> _Voice:
        own = interface.permitted(self._guard.scope, _version(group))[0].ip
        family = socket.AF_INET6 if own.version == 6 else socket.AF_INET
        sock = socket.socket(family, socket.SOCK_DGRAM)
        try:
            if family == socket.AF_INET6:
                sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
                sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, interface.index)
                sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 1)
                # Its own address: devices answer from an address of the same network, not from a link-local one.
                sock.bind((str(own), 0, 0, interface.index if own.is_link_local else 0))
            else:
                sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 1)
                sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, _interface_option(own.packed, interface))
                sock.bind(("0.0.0.0", 0))  # answers may come by broadcast
            transport = await self._receiving(sock)
        except BaseException:
            sock.close()
            raise
        return _Voice(group, interface, transport, (str(own), sock.getsockname()[1]))

    async def _join(self, group: str) -> None:
        """One socket for the group on all interfaces."""
        six = _version(group) == 6
        members = [one for one in self._interfaces if one.permitted(self._guard.scope, 6 if six else 4)]
        if not members:
            return
        sock = socket.socket(socket.AF_INET6 if six else socket.AF_INET, socket.SOCK_DGRAM)
        try:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # others on this machine hear the group too
            if hasattr(socket, "SO_REUSEPORT") and sys.platform == "darwin":
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            self._bind_to_group(sock, group)
            joined = [one for one in members if self._joined(sock, group, one)]
            if not joined:
                sock.close()
                return
            self._ears.append(await self._receiving(sock))
        except OSError as problem:
            sock.close()
            self.deaf.append(f"{group} could not be heard on port {self._wire.port}: {problem.strerror}")

    def _bind_to_group(self, sock: socket.socket, group: str) -> None:
        """Linux and macOS take the group itself as the address, so that nothing else is heard; Windows does not."""
        six = sock.family == socket.AF_INET6
        if six:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        if sys.platform == "linux":
            level, option = (
                (socket.IPPROTO_IPV6, _LINUX_MULTICAST_ALL6) if six else (socket.IPPROTO_IP, _LINUX_MULTICAST_ALL)
            )
            with contextlib.suppress(OSError):
                sock.setsockopt(level, option, 0)
        # A link-local group of IPv6 belongs to one interface, and this socket hears it on several.
        anywhere = "::" if six else "0.0.0.0" if sys.platform == "win32" else group
        sock.bind((anywhere, self._wire.port))

    def _joined(self, sock: socket.socket, group: str, interface: Interface) -> bool:
        try:
            if _version(group) == 6:
                request = socket.inet_pton(socket.AF_INET6, group) + struct.pack("@I", interface.index)
                sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, request)
            else:
                own = interface.permitted(self._guard.scope, 4)[0].ip
                request = socket.inet_aton(group) + _interface_option(own.packed, interface, member=True)
                sock.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, request)
        except OSError as problem:
            self.deaf.append(f"{group} could not be joined on {interface.name}: {problem.strerror}")
            return False
        return True

    async def _receiving(self, sock: socket.socket) -> asyncio.DatagramTransport:
        sock.setblocking(False)
        transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: _NotOurselves(self._inbox, self._is_own), sock=sock
        )
        return transport

    def _is_own(self, address: str, port: int) -> bool:
        return any(voice.own == (address, port) for voice in self._voices)

    def close(self) -> None:
        """Leave the groups."""
        for transport in (*(voice.transport for voice in self._voices), *self._ears):
            transport.close()
        self._voices.clear()
        self._ears.clear()


class _NotOurselves(Receiver):
    """A group gives our own questions back to us."""

    def __init__(self, inbox: Inbox, is_own: Callable[[str, int], bool]) -> None:
        super().__init__(inbox)
        self._is_own = is_own

    def datagram_received(self, data: bytes, addr: tuple[Any, ...]) -> None:
        if not self._is_own(plain_address(addr[0]), addr[1]):
            super().datagram_received(data, addr)


def _version(group: str) -> int:
    return ipaddress.ip_address(group).version


def _interface_option(own: bytes, interface: Interface, *, member: bool = False) -> bytes:
    """``ip_mreqn`` without its group where the system knows interfaces by number, else the address alone."""
    by_number = sys.platform == "linux" and interface.index
    if member:
        return own + struct.pack("@i", interface.index) if by_number else own
    return bytes(4) + own + struct.pack("@i", interface.index) if by_number else own
