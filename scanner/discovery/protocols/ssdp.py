"""SSDP: what devices answer to a unicast M-SEARCH on UDP 1900 (UPnP Device Architecture 1.1).

LOCATION names the device description. It is taken only when it names the responder itself: a reply may not send us
to another host.
"""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from scanner.discovery.device_text import decoded, url_parts
from scanner.discovery.protocols import Protocol
from scanner.discovery.sighting import Sighting
from scanner.model import Endpoint, Observation

if TYPE_CHECKING:
    from scanner.net import DatagramReply

NAME, PORT = "ssdp", 1900
MOST_LINES = 64


def read(reply: DatagramReply) -> Sighting | None:
    """The description's door and the texts of one reply; requests and announcements of others are no answer."""
    text = decoded(reply.data)
    first, *lines = text.splitlines() or [""]
    words = first.split(None, 2)
    if len(words) < 2 or not words[0].upper().startswith("HTTP/") or words[1] != "200":
        return None
    return _sighting(reply, text, _headers(lines))


def read_announcement(reply: DatagramReply) -> Sighting | None:
    """The same of a NOTIFY that a device sends to its segment; a farewell (``ssdp:byebye``) says nothing."""
    text = decoded(reply.data)
    first, *lines = text.splitlines() or [""]
    headers = _headers(lines)
    if not first.upper().startswith("NOTIFY ") or headers.get("NTS", "").lower() != "ssdp:alive":
        return None
    return _sighting(reply, text, headers)


def _headers(lines: list[str]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for line in lines[:MOST_LINES]:
        name, colon, value = line.partition(":")
        if colon:
            headers.setdefault(name.strip().upper(), value.strip())
    return headers


def _sighting(reply: DatagramReply, text: str, headers: dict[str, str]) -> Sighting:
    endpoints = [Endpoint(reply.address, PORT, "udp", NAME, found_by=NAME)]
    location = url_parts(headers.get("LOCATION", ""))
    if location and location[0] == "http" and _same_host(location[1], reply.address):
        endpoints.append(Endpoint(reply.address, location[2], "tcp", "upnp", location[3] or "/", NAME))
    observations = [Observation("ssdp", text, reply.evidence, PORT)]
    if headers.get("SERVER"):
        observations.append(Observation("ssdp-server", headers["SERVER"], reply.evidence, PORT))
    return Sighting(reply.address, tuple(endpoints), tuple(observations))


def _same_host(host: str, address: str) -> bool:
    try:
        return ipaddress.ip_address(host.partition("%")[0]) == ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False


PROTOCOL = Protocol(
    NAME,
    PORT,
    ("", ""),
    read,
    "SSDP is made for the local segment: many devices do not answer a search from another network.",
    local_rounds=("local", "local"),
)
