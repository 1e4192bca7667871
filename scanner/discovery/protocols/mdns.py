"""mDNS: the services devices announce on their own segment (RFC 6762; services of cameras: docs/sources.md I4.2).

Asked with ``--local`` only: answers to anybody off the segment are not meant to be given. An answer for somebody else
(a reflector, a sleep proxy) says nothing of its sender.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scanner.discovery.device_text import cleaned, port_number
from scanner.discovery.dns_message import AAAA, PTR, SRV, TXT, A, Record, records
from scanner.discovery.protocols import Protocol
from scanner.discovery.sighting import Sighting
from scanner.model import Endpoint, Observation

if TYPE_CHECKING:
    from scanner.net import DatagramReply

NAME, PORT = "mdns", 5353
_DOORS = {"_http._tcp": "http", "_https._tcp": "https", "_rtsp._tcp": "rtsp"}
_MOST_DOORS = 16


def read(reply: DatagramReply) -> Sighting | None:
    """Instances, their TXT strings and their doors; None for a question and for an answer about other hosts."""
    found = records(reply.data)
    own = reply.address.partition("%")[0]
    version = AAAA if ":" in own else A
    named = {record.target for record in found if record.kind == version}
    if not found or (named and own not in named):
        return None
    texts = dict.fromkeys(text for record in found for text in _texts(record))
    raw = cleaned("\n".join(text for text in map(_one_line, texts) if text))
    if not raw:
        return None
    endpoints = [Endpoint(reply.address, PORT, "udp", NAME, found_by=NAME), *_doors(found, reply.address)]
    return Sighting(reply.address, tuple(endpoints), (Observation("mdns-txt", raw, reply.evidence, PORT),))


def _texts(record: Record) -> tuple[str, ...]:
    """``AXIS P3245 - ACCC8E000001._axis-video._tcp.local``, ``macaddress=ACCC8E000001``."""
    if record.kind == PTR:
        return (record.target,)
    if record.kind == TXT:
        return (record.name, *record.texts)
    return (record.name,) if record.kind == SRV else ()


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _doors(found: list[Record], address: str) -> list[Endpoint]:
    """Web and stream doors by their service; the ports of others without saying what they speak."""
    doors: dict[Endpoint, None] = {}
    for record in found:
        port = port_number(str(record.port)) if record.kind == SRV else None
        if port is not None and len(doors) < _MOST_DOORS:
            service = next((word for name, word in _DOORS.items() if f".{name}." in f"{record.name}."), "")
            doors[Endpoint(address, port, "tcp", service, found_by=NAME)] = None
    return list(doors)


PROTOCOL = Protocol(
    NAME,
    PORT,
    (),
    read,
    "mDNS does not leave its segment: what devices announce there was not asked for.",
    local_rounds=("", ""),
    when="local",
)
