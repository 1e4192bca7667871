"""WS-Discovery: what ONVIF devices announce on UDP 3702 (ONVIF Core, WS-Discovery 2005/04).

The reply's XAddrs may carry localhost, an address behind NAT or one of somebody else. Only port and path are taken from
them; the address is always the one the datagram came from.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from scanner.discovery.device_text import decoded, element_texts, has_element, url_parts
from scanner.discovery.protocols import Protocol
from scanner.discovery.sighting import Sighting
from scanner.model import Endpoint, Observation

if TYPE_CHECKING:
    from scanner.net import DatagramReply

NAME, PORT = "ws-discovery", 3702
DEFAULT_PATH = "/onvif/device_service"
MOST_XADDRS = 8
_VIDEO_TYPE = re.compile(r"(?i)(?:^|[\s:])NetworkVideo\w{1,30}")
_DEVICE_PREFIX = re.compile(r"xmlns:([\w.-]{1,40})\s{0,3}=\s{0,3}[\"']http://www\.onvif\.org/ver10/device/wsdl[\"']")
_BLANKS = re.compile(r"\s+")


def read(reply: DatagramReply) -> Sighting | None:
    """Doors and scopes of one reply; a fault shows only that the protocol is spoken."""
    text = decoded(reply.data)
    door = Endpoint(reply.address, PORT, "udp", NAME, found_by=NAME)
    if not has_element(text, "ProbeMatch"):
        return Sighting(reply.address, (door,)) if has_element(text, "Fault") else None
    return _sighting(reply, text, door)


def read_announcement(reply: DatagramReply) -> Sighting | None:
    """The same of a Hello that a device sends to its segment, and of the answer to a Resolve."""
    text = decoded(reply.data)
    if not (has_element(text, "Hello") or has_element(text, "ResolveMatch")):
        return None
    return _sighting(reply, text, Endpoint(reply.address, PORT, "udp", NAME, found_by=NAME))


def _sighting(reply: DatagramReply, text: str, door: Endpoint) -> Sighting:
    fields = element_texts(text, "Types", "Scopes", "XAddrs")
    endpoints: list[Endpoint] = [door]
    if _is_onvif(text, fields):
        for url in _urls(fields, reply.address):
            endpoints += _endpoints(reply.address, url)
    observation = Observation("onvif-scopes", text, reply.evidence, PORT)
    return Sighting(reply.address, tuple(dict.fromkeys(endpoints)), (observation,))


def _is_onvif(text: str, fields: list[tuple[str, str]]) -> bool:
    """Printers and computers answer probes too; their XAddrs are no ONVIF service."""
    types = " ".join(value for name, value in fields if name == "Types")
    scopes = " ".join(value for name, value in fields if name == "Scopes")
    return (
        bool(_VIDEO_TYPE.search(types))
        or "onvif://" in scopes.lower()
        or any(f"{prefix}:Device" in types.split() for prefix in _DEVICE_PREFIX.findall(text))
    )


def _urls(fields: list[tuple[str, str]], address: str) -> Iterator[tuple[str, str, int, str]]:
    """The usable XAddrs, those that name the responder itself first."""
    words = [word for name, value in fields if name == "XAddrs" for word in _BLANKS.split(value) if word]
    usable = [parts for word in words[: 4 * MOST_XADDRS] if (parts := url_parts(word))]
    yield from sorted(usable, key=lambda parts: parts[1] != address)[:MOST_XADDRS]


def _endpoints(address: str, url: tuple[str, str, int, str]) -> Iterator[Endpoint]:
    scheme, _, port, path = url
    if scheme == "https":
        yield Endpoint(address, port, "tcp", "https", found_by=NAME)
    yield Endpoint(address, port, "tcp", "onvif", path or DEFAULT_PATH, NAME)


PROTOCOL = Protocol(NAME, PORT, ("nvt", "device"), read, local_rounds=("nvt", "device"))
"""Some devices answer only one of the two types, so the second round asks for the other one."""
