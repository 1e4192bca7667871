"""SADP: what Hikvision-made devices answer to an ``inquiry`` on UDP 37020, whatever brand is on them.

Fields after the public captures named in ``scanner/net/catalogue/discovery.yaml``. Values may hold an unescaped ``&``
and misspelt booleans; the case of the tags varies.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from scanner.discovery.device_text import decoded, element_texts, has_element, port_number, truth
from scanner.discovery.protocols import Protocol
from scanner.discovery.sighting import Sighting
from scanner.model import Endpoint, FactSeen, Known, Observation

if TYPE_CHECKING:
    from scanner.net import DatagramReply

NAME, PORT = "sadp", 37020
_DOORS = {"HttpPort": "http", "HttpsPort": "https", "RtspPort": "rtsp", "CommandPort": "sdk-hikvision"}
_FACTS = {"Activated": "account.activated", "HCPlatformEnable": "cloud.p2p"}
# Parameters of setting a password: no identity in them, and not to be kept.
_SALT = re.compile(r"(?i)<Salt(?:\s[^<>]*)?>[^<]*(?:</Salt\s*>)?")


def read(reply: DatagramReply) -> Sighting | None:
    """Ports, identity text, activation and cloud state of one reply."""
    text = decoded(reply.data)
    if not has_element(text, "ProbeMatch"):
        return None
    fields: dict[str, str] = {}
    for name, value in element_texts(text, *_DOORS, *_FACTS):
        fields.setdefault(name, value)
    endpoints = [Endpoint(reply.address, PORT, "udp", NAME, found_by=NAME)]
    for name, service in _DOORS.items():
        port = port_number(fields.get(name, ""))
        if port is not None:
            endpoints.append(Endpoint(reply.address, port, "tcp", service, found_by=NAME))
    facts = tuple(
        FactSeen(key, Known(said, (reply.evidence,), "C2"))
        for name, key in _FACTS.items()
        if (said := truth(fields.get(name, ""))) is not None
    )
    observation = Observation("sadp", _SALT.sub("", text), reply.evidence, PORT)
    return Sighting(reply.address, tuple(endpoints), (observation,), facts)


PROTOCOL = Protocol(
    NAME,
    PORT,
    ("", ""),
    read,
    "SADP is made for the local segment: some devices send their answer to a multicast group, which crosses no router. "
    "No SADP answer from another network does not mean that there is no Hikvision-made device.",
    local_rounds=("", ""),
)
