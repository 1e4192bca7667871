"""DHIP: what Dahua-made devices answer to ``DHDiscover.search`` on UDP 37810, whatever brand is on them.

A 32-byte header and JSON, which may end with NUL (fields after rroller/dahua and PyPI aiodahua, MIT).
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from scanner.discovery.device_text import cleaned, port_number
from scanner.discovery.protocols import Protocol
from scanner.discovery.sighting import Sighting
from scanner.model import Endpoint, FactSeen, Known, Observation

if TYPE_CHECKING:
    from scanner.net import DatagramReply

NAME, PORT = "dhip", 37810
_DOORS = {"HttpPort": "http", "HttpsPort": "https", "RtspPort": "rtsp", "Port": "sdk-dahua"}
# In a reply that was cut short: whole pairs of a simple value.
_PAIR = re.compile(r'(?<!\\)"(\w{1,40})"\s{0,8}:\s{0,8}(?:"([^"\\]{0,400})"|(-?\d{1,12}|true|false|null))')
_INIT_BITS, _FACTORY, _INITIALISED = 3, 1, 2


def read(reply: DatagramReply) -> Sighting | None:
    """Ports, identity text and first-use state of one reply."""
    text = cleaned(reply.data[reply.data.find(b"{") :].decode("utf-8", "replace")) if b"{" in reply.data else ""
    info = _device_info(text)
    if info is None:
        return None
    endpoints = [Endpoint(reply.address, PORT, "udp", NAME, found_by=NAME)]
    for name, service in _DOORS.items():
        port = port_number(str(info.get(name, "")))
        if port is not None:
            endpoints.append(Endpoint(reply.address, port, "tcp", service, found_by=NAME))
    observation = Observation("dhdiscover", text, reply.evidence, PORT)
    return Sighting(reply.address, tuple(endpoints), (observation,), _activated(info.get("Init"), reply.evidence))


def _device_info(text: str) -> dict[str, Any] | None:
    """The fields of ``params.deviceInfo``; None when the text is no answer to a search."""
    try:
        answer = json.loads(text)
    except (ValueError, RecursionError):
        return _pairs(text)
    if not isinstance(answer, dict) or answer.get("method") == "DHDiscover.search":
        return None
    params = answer.get("params")
    info = params.get("deviceInfo") if isinstance(params, dict) else None
    return info if isinstance(info, dict) else None


def _pairs(text: str) -> dict[str, Any] | None:
    if '"deviceInfo"' not in text:
        return None
    pairs: dict[str, Any] = {}
    for name, words, value in _PAIR.findall(text):
        pairs.setdefault(name, words or value)
    return None if pairs.get("method") == "DHDiscover.search" else pairs


def _activated(init: Any, evidence: str) -> tuple[FactSeen, ...]:
    """The low two bits of ``Init``: 2 means initialised; that 1 means factory state is one implementation's reading."""
    try:
        state = int(init) & _INIT_BITS
    except (TypeError, ValueError, OverflowError):
        return ()
    if state not in (_FACTORY, _INITIALISED):
        return ()
    return (FactSeen("account.activated", Known(state == _INITIALISED, (evidence,), "C2")),)


PROTOCOL = Protocol(NAME, PORT, ("", ""), read, local_rounds=("", ""))
