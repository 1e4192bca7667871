"""The bytes of discovery datagrams: exactly the finders' own inquiries. No caller can put a byte into them.

WS-Discovery 2005/04 Probe for dn:NetworkVideoTransmitter or tds:Device (ONVIF Core); SADP ``inquiry`` (every other type
changes or exports something); DHIP ``DHDiscover.search`` (``setConfig`` writes); UPnP M-SEARCH, without MX as unicast
wants it; mDNS questions for the services cameras announce (RFC 6762). The makers' finders are hexadecimal text in the
read-only catalogue.
"""

from __future__ import annotations

import secrets
import struct
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from ipaddress import IPv4Address

from scanner.net.catalogue import Catalogue, Finder

_PROBE_TYPES = {
    "nvt": 'xmlns:dn="http://www.onvif.org/ver10/network/wsdl"><d:Types>dn:NetworkVideoTransmitter</d:Types>',
    "device": 'xmlns:tds="http://www.onvif.org/ver10/device/wsdl"><d:Types>tds:Device</d:Types>',
}
MDNS_SERVICES = (
    "_axis-video._tcp", "_axis-nvr._tcp", "_arec._tcp", "_psia._tcp", "_CGI._tcp", "_onvif._tcp", "_http._tcp",
    "_rtsp._tcp",
)  # fmt: skip
"""Services cameras announce (docs/sources.md I4.2)."""

LOCAL = "local"
"""The variant that goes to a multicast group, where its bytes differ from those of a unicast question."""


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


def ssdp_search(variant: str) -> bytes:
    """An M-SEARCH for root devices; a multicast one spreads the answers over two seconds (MX)."""
    spread = b"MX: 2\r\n" if variant == LOCAL else b""
    return (
        b'M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nMAN: "ssdp:discover"\r\n'
        + spread
        + b"ST: upnp:rootdevice\r\n\r\n"
    )


def mdns_question(_variant: str) -> bytes:
    """One mDNS message with a PTR question for each of ``MDNS_SERVICES``."""
    questions = b"".join(
        b"".join(bytes([len(label)]) + label.encode() for label in f"{service}.local".split(".")) + b"\0\0\x0c\0\x01"
        for service in MDNS_SERVICES
    )
    return struct.pack(">HHHHHH", 0, 0, len(MDNS_SERVICES), 0, 0, 0) + questions


def finder_bytes(finder: Finder, variant: str, address: str) -> bytes:
    """A maker's finder as the catalogue has it; ``variant`` counts from ``1``, '' is the first.

    ``#`` becomes a random digit, ``@`` the address that is asked.
    """
    text = finder.hex[int(variant or "1") - 1].replace(" ", "")
    while "#" in text:
        text = text.replace("#", f"{secrets.randbelow(16):x}", 1)
    if "@" in text:
        text = text.replace("@" * 8, f"{int(IPv4Address(address)):08x}")
    return bytes.fromhex(text) + bytes(finder.zeros)


@dataclass(frozen=True, slots=True)
class Wire:
    """How one protocol goes over the wire.

    ``build`` makes the bytes of a variant for an address. ``answers_to`` are local ports the answers come to, beside
    the port that asked. ``groups`` are asked with ``--local``; ``hears`` are joined, and heard on ``port``.
    ``removes`` are JSON fields whose values are no evidence; ``keeps`` is False where nothing of an answer is.
    """

    port: int
    variants: tuple[str, ...]
    build: Callable[[str, str], bytes]
    answers_to: tuple[int, ...] = ()
    groups: tuple[str, ...] = ()
    hears: tuple[str, ...] = ()
    ipv6: bool = True
    removes: tuple[str, ...] = ()
    keeps: bool = True


def _of(build: Callable[[str], bytes]) -> Callable[[str, str], bytes]:
    return lambda variant, _address: build(variant)


_UPNP, _WS6 = "239.255.255.250", "ff02::c"
WIRES: dict[str, Wire] = {
    "ws-discovery": Wire(
        3702, ("nvt", "device"), _of(ws_discovery_probe), groups=(_UPNP, _WS6), hears=(_UPNP, _WS6)
    ),
    "sadp": Wire(37020, ("",), _of(sadp_inquiry), groups=(_UPNP,), hears=(_UPNP,)),
    "dhip": Wire(
        37810, ("",), _of(dhip_search), groups=("239.255.255.251",), hears=("239.255.255.251",)
    ),
    "ssdp": Wire(1900, ("", LOCAL), _of(ssdp_search), groups=(_UPNP,), hears=(_UPNP,)),
    "mdns": Wire(
        5353, ("",), _of(mdns_question), groups=("224.0.0.251", "ff02::fb"), hears=("224.0.0.251", "ff02::fb")
    ),
}  # fmt: skip
"""The protocols every device of a kind speaks; the makers' finders are in the catalogue (``wire_of``)."""

PORTS = {name: wire.port for name, wire in WIRES.items()}


def wire_of(protocol: str, catalogue: Catalogue) -> Wire:
    """The wire of a protocol; CatalogueError when the catalogue does not list it."""
    if protocol in WIRES:
        catalogue.hold_datagram(protocol)
        return WIRES[protocol]
    finder = catalogue.finder(protocol)
    variants = tuple(str(number) for number in range(1, len(finder.hex) + 1))
    return Wire(
        finder.port,
        variants,
        partial(finder_bytes, finder),
        answers_to=finder.answers_to,
        groups=finder.groups,
        hears=finder.hears,
        ipv6=False,  # no source says that a finder speaks IPv6
        removes=finder.removes,
        keeps=finder.keeps,
    )
