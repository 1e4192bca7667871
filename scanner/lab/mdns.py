"""mDNS as the devices speak it: PTR questions for their services, answered with PTR, SRV, TXT and A."""

from __future__ import annotations

import struct
from ipaddress import ip_address
from typing import Any

from scanner.lab.device import LabDevice
from scanner.lab.saying import Malformed, Saying

_PTR, _TXT, _SRV, _A, _AAAA = 12, 16, 33, 1, 28
_IN, _UNICAST_WANTED = 1, 0x8000
_SECONDS = 120


def answer(device: LabDevice, data: bytes) -> tuple[str, list[Saying]]:
    """``extra.mdns`` names the services, their instance and their TXT strings."""
    identifier, wanted = _questions(data)
    told: dict[str, Any] = device.personality.extra.get("mdns") or {}
    services = {f"{name}.local".lower(): name for name in told.get("services", [])}
    records: list[bytes] = []
    host = _name(f"{device.fill(told.get('host', 'camera-{mac12}'))}.local")
    for question in wanted:
        name = services.get(question.lower())
        if name is None:
            continue
        instance = _label(device.fill(told.get("instance", "{name}"))) + _name(f"{name}.local")
        texts = b"".join(_label(device.fill(text)) for text in told.get("texts", [])) or b"\0"
        port = device.port("rtsp" if "_rtsp" in name else "http")
        records.append(_record(_name(f"{name}.local"), _PTR, instance))
        records.append(_record(instance, _SRV, struct.pack(">HHH", 0, 0, port) + host))
        records.append(_record(instance, _TXT, texts))
    if not records:
        return "question", []
    own = ip_address(device.address)
    records.append(_record(host, _A if own.version == 4 else _AAAA, own.packed))
    head = struct.pack(">HHHHHH", identifier, 0x8400, 0, len(records), 0, 0)
    return "question", [Saying(head + b"".join(records))]


def _questions(data: bytes) -> tuple[int, list[str]]:
    if len(data) < 12:
        raise Malformed(f"no DNS message: {data[:24].hex()}")
    identifier, flags, count, answers, authorities, additional = struct.unpack_from(">HHHHHH", data)
    if flags or not count or answers or authorities or additional:
        raise Malformed(f"no question: {data[:24].hex()}")
    place, names = 12, []
    for _ in range(count):
        labels = []
        while place < len(data) and data[place]:
            size = data[place]
            if size > 63 or place + size >= len(data):
                raise Malformed(f"a name that is none: {data[place : place + 8].hex()}")
            labels.append(data[place + 1 : place + 1 + size].decode("utf-8", "replace"))
            place += 1 + size
        if place + 5 > len(data):
            raise Malformed("a question that breaks off")
        kind, group = struct.unpack_from(">HH", data, place + 1)
        if kind != _PTR or group & ~_UNICAST_WANTED != _IN:
            raise Malformed(f"a question of kind {kind}, class {group}")
        names.append(".".join(labels))
        place += 5
    if place != len(data):
        raise Malformed("bytes after the last question")
    return identifier, names


def _label(text: str) -> bytes:
    raw = text.encode()[:63]
    return bytes([len(raw)]) + raw


def _name(text: str) -> bytes:
    return b"".join(_label(part) for part in text.split(".")) + b"\0"


def _record(name: bytes, kind: int, value: bytes) -> bytes:
    return name + struct.pack(">HHIH", kind, _IN, _SECONDS, len(value)) + value
