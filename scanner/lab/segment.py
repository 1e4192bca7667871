"""The fleet on a network segment: devices that hear multicast groups and answer them, each from its own address."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections.abc import Callable, Iterable
from ipaddress import ip_address

GROUPS: dict[str, tuple[str, ...]] = {
    "ws-discovery": ("239.255.255.250", "ff02::c"),
    "sadp": ("239.255.255.250",),
    "dhip": ("239.255.255.251",),
    "ssdp": ("239.255.255.250",),
    "mdns": ("224.0.0.251", "ff02::fb"),
    "ubiquiti": ("233.89.188.1",),
    "tvt": ("234.55.55.55",),
}
Heard = Callable[[str, str, bytes, tuple[str, int]], None]
"""Takes the protocol, the group, what was asked, and who asked."""


async def listen(
    interface: str, address: str, ports: dict[str, int], protocols: Iterable[str], heard: Heard
) -> list[asyncio.DatagramTransport]:
    """Join the groups of some protocols on one interface; ``address`` is an IPv4 address of it, or ''."""
    index = socket.if_nametoindex(interface)
    transports = []
    for protocol in protocols:
        for group in GROUPS.get(protocol, ()):
            six = ip_address(group).version == 6
            if not six and not address:
                continue
            sock = socket.socket(socket.AF_INET6 if six else socket.AF_INET, socket.SOCK_DGRAM)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if six:
                sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
                sock.bind((group, ports[protocol], 0, index))
                request = socket.inet_pton(socket.AF_INET6, group) + struct.pack("@I", index)
                sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, request)
            else:
                sock.bind((group, ports[protocol]))
                request = socket.inet_aton(group) + socket.inet_aton(address) + struct.pack("@i", index)
                sock.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, request)
            sock.setblocking(False)
            transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
                _ears(protocol, group, heard), sock=sock
            )
            transports.append(transport)
    return transports


def _ears(protocol: str, group: str, heard: Heard) -> Callable[[], _Ears]:
    return lambda: _Ears(protocol, group, heard)


class _Ears(asyncio.DatagramProtocol):
    def __init__(self, protocol: str, group: str, heard: Heard) -> None:
        self._protocol = protocol
        self._group = group
        self._heard = heard

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self._heard(self._protocol, self._group, data, addr)


def bound(address: str, port: int, interface: str = "") -> socket.socket:
    """The socket of a device: shares its port with whoever listens on all addresses."""
    six = ":" in address
    sock = socket.socket(socket.AF_INET6 if six else socket.AF_INET, socket.SOCK_DGRAM)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if interface and not six:
            with contextlib.suppress(OSError):  # a device of another network than the interface's
                sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(address))
        own = socket.getaddrinfo(address, port, sock.family, socket.SOCK_DGRAM, 0, socket.AI_NUMERICHOST)
        sock.bind(own[0][4])
        sock.setblocking(False)
    except BaseException:
        sock.close()
        raise
    return sock
