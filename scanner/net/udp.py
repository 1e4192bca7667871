"""Discovery datagrams: exactly the bytes of the finders' own inquiries, one socket a protocol and IP version.

Bytes: WS-Discovery 2005/04 Probe for dn:NetworkVideoTransmitter or tds:Device (ONVIF Core); SADP ``inquiry``
(every other type changes or exports something); DHIP ``DHDiscover.search`` (``setConfig`` writes); UPnP M-SEARCH
without MX, as unicast wants it. No caller can put a byte into them.
"""

from __future__ import annotations

import asyncio
import socket
import struct
import uuid
from collections import Counter
from collections.abc import Callable

from scanner.errors import CatalogueError
from scanner.net.guard import Guard, canonical, host_of
from scanner.net.replies import DatagramReply

PORTS = {"ws-discovery": 3702, "sadp": 37020, "dhip": 37810, "ssdp": 1900}
QUEUE_LENGTH = 4096

_PROBE_TYPES = {
    "nvt": 'xmlns:dn="http://www.onvif.org/ver10/network/wsdl"><d:Types>dn:NetworkVideoTransmitter</d:Types>',
    "device": 'xmlns:tds="http://www.onvif.org/ver10/device/wsdl"><d:Types>tds:Device</d:Types>',
}


def ws_discovery_probe(variant: str) -> bytes:
    """A WS-Discovery Probe with a fresh MessageID; ``variant`` is ``nvt`` or ``device``."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"'
        ' xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing"><s:Header>'
        '<a:Action s:mustUnderstand="1">http://schemas.xmlsoap.org/ws/2005/04/discovery/Probe</a:Action>'
        f"<a:MessageID>urn:uuid:{uuid.uuid4()}</a:MessageID>"
        "<a:ReplyTo><a:Address>http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous</a:Address></a:ReplyTo>"
        '<a:To s:mustUnderstand="1">urn:schemas-xmlsoap-org:ws:2005:04:discovery</a:To></s:Header>'
        '<s:Body><d:Probe xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery" '
        f"{_PROBE_TYPES[variant]}</d:Probe></s:Body></s:Envelope>"
    ).encode()


def sadp_inquiry(_variant: str) -> bytes:
    """The SADP inquiry with a fresh Uuid."""
    unique = str(uuid.uuid4()).upper()
    return (
        f'<?xml version="1.0" encoding="utf-8"?><Probe><Uuid>{unique}</Uuid><Types>inquiry</Types></Probe>'
    ).encode()


def dhip_search(_variant: str) -> bytes:
    """The DHIP search: 32 bytes of header, then JSON."""
    body = b'{"method":"DHDiscover.search","params":{"mac":"","uni":1}}\n'
    return struct.pack("<I4sIIIIII", 0x20, b"DHIP", 0, 0, len(body), 0, len(body), 0) + body


def ssdp_search(_variant: str) -> bytes:
    """A unicast M-SEARCH for root devices."""
    return b'M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nMAN: "ssdp:discover"\r\nST: upnp:rootdevice\r\n\r\n'


_BUILD: dict[str, tuple[tuple[str, ...], Callable[[str], bytes]]] = {
    "ws-discovery": (("nvt", "device"), ws_discovery_probe),
    "sadp": (("",), sadp_inquiry),
    "dhip": (("",), dhip_search),
    "ssdp": (("",), ssdp_search),
}


class DatagramChannel:
    """Asks addresses by one protocol and collects what they say. Belongs to the running event loop.

    ``replies`` is bounded; ``dropped`` counts replies that were out of scope, too large, too many from one address,
    or came while the queue was full.
    """

    def __init__(self, guard: Guard, protocol: str) -> None:
        self.protocol = protocol
        self.replies: asyncio.Queue[DatagramReply] = asyncio.Queue(QUEUE_LENGTH)
        self.dropped: Counter[str] = Counter()
        self._guard = guard
        self._port = PORTS[protocol]
        self._variants, self._build = _BUILD[protocol]
        self._transports: dict[int, asyncio.DatagramTransport] = {}
        self._opening = asyncio.Lock()
        self._kept: Counter[str] = Counter()

    async def send(self, address: str, variant: str = "") -> None:
        """Send one inquiry (scope, pace, ledger). WS-Discovery has the variants ``nvt`` (default) and ``device``.

        NoAnswer ``out-of-scope``, ``left-alone`` or ``interrupted``; a network that cannot be reached stays silence.
        """
        address = canonical(address)
        self._guard.hold(address, self._port, self.protocol)
        await self.open_for(address)
        await self._guard.pacer.pause(address)
        self.send_now(address, variant)

    async def open_for(self, address: str) -> None:
        """Have a socket for the IP version of ``address``; needed once before ``send_now``."""
        await self._transport(socket.AF_INET6 if ":" in address else socket.AF_INET)

    def send_now(self, address: str, variant: str = "") -> None:
        """``send`` for a caller that has waited out the slots of the pacer itself; ``address`` is canonical."""
        variant = variant or self._variants[0]
        if variant not in self._variants:
            raise CatalogueError(f"{self.protocol} has no variant {variant!r}")
        self._guard.hold(address, self._port, self.protocol)
        data = self._build(variant)
        self._guard.ledger.sent(address, self._port, "udp", self.protocol, size=len(data))
        self._transports[socket.AF_INET6 if ":" in address else socket.AF_INET].sendto(data, (address, self._port))

    async def _transport(self, family: int) -> asyncio.DatagramTransport:
        async with self._opening:
            if family not in self._transports:
                anywhere = "::" if family == socket.AF_INET6 else "0.0.0.0"
                self._transports[family], _ = await asyncio.get_running_loop().create_datagram_endpoint(
                    lambda: _Receiver(self), family=family, local_addr=(anywhere, 0)
                )
            return self._transports[family]

    def received(self, data: bytes, address: str, port: int) -> None:
        """One datagram came in: called by the event loop."""
        why = self._unwanted(data, address)
        if why:
            self.dropped[why] += 1
            return
        seen_at = self._guard.now()
        evidence = self._guard.evidence.keep(address, port, f"{self.protocol} inquiry", "datagram", data, seen_at)
        reply = DatagramReply(address, port, data, seen_at, evidence, self.protocol)
        self._kept[address] += 1
        self.replies.put_nowait(reply)

    def _unwanted(self, data: bytes, address: str) -> str:
        if not self._guard.scope.permits(address):
            return "out-of-scope"
        if not data or len(data) > self._guard.limits.datagram_bytes:
            return "too-large" if data else "empty"
        if self._kept[address] >= self._guard.limits.datagrams_of_an_address:
            return "too-many"
        return "queue-full" if self.replies.full() else ""

    def close(self) -> None:
        """Close the sockets."""
        for transport in self._transports.values():
            transport.close()
        self._transports.clear()

    def __repr__(self) -> str:
        return f"DatagramChannel({self.protocol}, {host_of('*', self._port)})"


class _Receiver(asyncio.DatagramProtocol):
    """Hands datagrams to their channel. Errors of single sends (ICMP) are silence of that address."""

    def __init__(self, channel: DatagramChannel) -> None:
        self._channel = channel

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self._channel.received(data, addr[0].removeprefix("::ffff:"), addr[1])
