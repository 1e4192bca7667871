"""What devices said in datagrams: discovery answers and announcements, mDNS, DHCP and SIP.

A discovery answer is read by the very reader of the live sweep. Multicast and broadcast are heard as well: the
statement counts for its sender, never for the group it was sent to.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

import dpkt

from scanner.discovery.importers.capture.answers import LIMITS
from scanner.discovery.importers.capture.hosts import FOUND_BY, Host, HostNotes, Hosts, Said, text_of
from scanner.discovery.importers.capture.packets import BROKEN, Packet
from scanner.discovery.importers.capture.tally import Tally
from scanner.discovery.protocols import all_protocols, ssdp, ws_discovery
from scanner.discovery.sighting import Sighting
from scanner.errors import NoAnswer
from scanner.evidence import without_secrets
from scanner.model import Endpoint
from scanner.net import DatagramReply
from scanner.net.limits import clean_text
from scanner.net.plain_http import read_reply

SIP = 5060
DHCP = frozenset({67, 68})
_ANNOUNCED: dict[str, Callable[[DatagramReply], Sighting | None]] = {
    "ssdp": ssdp.read_announcement,
    "ws-discovery": ws_discovery.read_announcement,
}
_MOST_DHCP_BYTES = 4_096
_MOST_LEASES = 16_384
_VENDOR_CLASS, _MESSAGE_TYPE = 60, 53
_ACKNOWLEDGED = 5
_MAGIC = 0x63825363
Reader: TypeAlias = Callable[[Packet, bytes], None]


@dataclass(slots=True)
class _Lease:
    """What a DHCP client said of itself before anybody knew its address."""

    vendor_class: str
    data: bytes
    at: float
    is_given: bool = False


class Datagrams:
    """Reads datagrams into hosts."""

    def __init__(self, hosts: Hosts, tally: Tally) -> None:
        self._hosts = hosts
        self._tally = tally
        self._leases: OrderedDict[bytes, _Lease] = OrderedDict()
        self._readers: dict[int, Reader] = {SIP: self._sip, **dict.fromkeys(DHCP, self._dhcp)}
        # not the makers' finders: their answers are read where the operator named them
        self._protocols = {one.port: one for one in all_protocols().values() if one.when != "named"}
        self._readers |= dict.fromkeys(self._protocols, self._discovery)

    def take(self, packet: Packet) -> None:
        """The next datagram of the capture; most are none of ours."""
        reader = self._readers.get(packet.source_port) or self._readers.get(packet.target_port)
        if reader is None or not packet.payload:
            return
        if len(packet.payload) > LIMITS.datagram_bytes:
            self._tally.answers_dropped += 1
            return
        reader(packet, packet.payload)

    def close(self) -> None:
        """Clients whose lease was not seen: at the address their frames show, else under their hardware address."""
        for mac, lease in self._leases.items():
            if not lease.is_given:
                shown = [address for address in self._hosts.addresses_of(mac) if len(address) == 4]
                for address in shown or [mac]:
                    self._give(mac, lease, address)

    # -- discovery ------------------------------------------------------------------------------------------

    def _discovery(self, packet: Packet, data: bytes) -> None:
        protocol = self._protocols.get(packet.source_port) or self._protocols[packet.target_port]
        data = without_secrets(data)
        address = text_of(packet.source)
        reply = DatagramReply(address, packet.source_port, data, self._hosts.moment(packet.at), "", protocol.name)
        sighting = protocol.read(reply)
        if sighting is None and protocol.name in _ANNOUNCED:
            sighting = _ANNOUNCED[protocol.name](reply)
        if sighting is None:
            return
        self._tally.answers += 1
        host = self._hosts.of(packet.source, packet.at)
        found = sighting
        said = Said(packet.source_port, f"{protocol.name} heard", "datagram", lambda: data, packet.at)
        self._hosts.learn(host, said, lambda _notes: host.absorb(found))

    def _sip(self, packet: Packet, data: bytes) -> None:
        if not data.startswith(b"SIP/2.0 "):
            return
        head = without_secrets(data)
        try:
            answer = read_reply(head)
        except NoAnswer:
            self._tally.answers_dropped += 1
            return
        port = packet.source_port
        self._note(packet, "sip", head, lambda host, notes: note_sip(host, notes, port, "udp", answer.headers))

    def _note(self, packet: Packet, protocol: str, data: bytes, read: Callable[[Host, HostNotes], None]) -> None:
        self._tally.answers += 1
        host = self._hosts.of(packet.source, packet.at)
        said = Said(packet.source_port, f"{protocol} heard", "datagram", lambda: without_secrets(data), packet.at)
        self._hosts.learn(host, said, lambda notes: read(host, notes))

    # -- DHCP -----------------------------------------------------------------------------------------------

    def _dhcp(self, packet: Packet, data: bytes) -> None:
        """Option 60 of a client (RFC 2132), and the address a server gives it."""
        if not {packet.source_port, packet.target_port} <= DHCP:
            return
        try:
            message = dpkt.dhcp.DHCP(data[:_MOST_DHCP_BYTES])
            options = dict(reversed(message.opts))
        except BROKEN:
            self._tally.unreadable += 1
            return
        mac = bytes(message.chaddr)
        if message.magic != _MAGIC or message.hrd != 1 or len(mac) != 6 or mac[0] & 1:
            return
        if message.op == 1:
            self._heard_client(packet, mac, message.ciaddr, options)
        elif message.op == 2 and options.get(_MESSAGE_TYPE) == bytes([_ACKNOWLEDGED]) and message.yiaddr:
            lease = self._leases.get(mac)
            if lease is not None:
                lease.at = packet.at
                self._give(mac, lease, message.yiaddr.to_bytes(4, "big"))

    def _heard_client(self, packet: Packet, mac: bytes, own: int, options: dict[int, bytes]) -> None:
        words = clean_text(options.get(_VENDOR_CLASS, b"").decode("utf-8", "replace")).strip()
        if not words:
            return
        self._leases.pop(mac, None)
        if len(self._leases) >= _MOST_LEASES:
            self._leases.popitem(last=False)
        lease = self._leases[mac] = _Lease(words, options[_VENDOR_CLASS], packet.at)
        if own:  # it renews the address it has
            self._give(mac, lease, own.to_bytes(4, "big"))

    def _give(self, mac: bytes, lease: _Lease, address: bytes) -> None:
        lease.is_given = True
        host = self._hosts.of(address, lease.at)
        said = Said(68, "dhcp heard", "datagram", lambda: without_secrets(lease.data), lease.at)
        self._hosts.learn(host, said, lambda notes: notes.saw("dhcp-vendor-class", lease.vendor_class, "", 68))
        self._hosts.on_link(mac, address, lease.at)  # the client names its own, through a relay too


def note_sip(
    host: Host, notes: HostNotes, port: int, transport: Literal["tcp", "udp"], headers: list[tuple[str, str]]
) -> None:
    """The name a SIP server gives its software in an answer."""
    notes.add(Endpoint(host.address, port, transport, "sip", found_by=FOUND_BY))
    names = [value for name, value in headers if name.lower() in ("server", "user-agent")]
    for name in names[:1]:
        notes.saw("sip-server", name, "", port)
