"""TP-Link discovery on UDP 20002: Tapo, VIGI and the maker's other devices (I6.3: python-kasa); it answers unicast.

Sixteen bytes of header, then JSON. The account a device belongs to is named by a hash in it, which is not taken.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from scanner.discovery.device_text import cleaned
from scanner.discovery.finder_answer import line
from scanner.discovery.protocols import Protocol
from scanner.discovery.sighting import Sighting
from scanner.model import Endpoint, FactSeen, Known, Observation

if TYPE_CHECKING:
    from scanner.net import DatagramReply

NAME, PORT = "tplink", 20002
_HEAD = 16
_TAKEN = ("device_type", "device_model", "mac", "firmware_version", "hardware_version", "factory_default")


def read(reply: DatagramReply) -> Sighting | None:
    """Model, firmware, MAC address, whether it is in factory state, and its web door."""
    result = _result(cleaned(reply.data[_HEAD:].decode("utf-8", "replace")))
    if result is None:
        return None
    said = {name: value if isinstance(value, bool) else line(str(value)) for name, value in _taken(result)}
    if not said.keys() & {"device_type", "device_model"}:
        return None
    endpoints = [Endpoint(reply.address, PORT, "udp", NAME, found_by=NAME)]
    scheme = result.get("mgt_encrypt_schm")
    port = scheme.get("http_port") if isinstance(scheme, dict) else None
    if isinstance(port, int) and not isinstance(port, bool) and 1 <= port <= 65_535:
        endpoints.append(Endpoint(reply.address, port, "tcp", found_by=NAME))
    observation = Observation("tplink-discovery", json.dumps(said), reply.evidence, PORT)
    return Sighting(reply.address, tuple(endpoints), (observation,), _activated(said.get("factory_default"), reply))


def _taken(result: dict[str, Any]) -> list[tuple[str, Any]]:
    return [(name, result[name]) for name in _TAKEN if isinstance(result.get(name), str | bool)]


def _result(text: str) -> dict[str, Any] | None:
    try:
        answer = json.loads(text)
    except (ValueError, RecursionError):
        return None
    result = answer.get("result") if isinstance(answer, dict) else None
    return result if isinstance(result, dict) else None


def _activated(factory: object, reply: DatagramReply) -> tuple[FactSeen, ...]:
    if not isinstance(factory, bool):
        return ()
    return (FactSeen("account.activated", Known(not factory, (reply.evidence,), "C2")),)


PROTOCOL = Protocol(NAME, PORT, ("1", "1"), read, when="named", vendor="TP-Link")
