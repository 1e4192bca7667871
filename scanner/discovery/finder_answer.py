"""What makers' finders answer, in one form: the fields that say who a device is, and its doors.

The fields become an observation of kind ``vendor-finder``, JSON with the finder's name in it. The address in an answer
is the device's word and is not used: the sender is the truth.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from scanner.discovery.device_text import cleaned
from scanner.discovery.sighting import Sighting
from scanner.model import Endpoint, FactSeen, Observation

if TYPE_CHECKING:
    from scanner.net import DatagramReply

MOST_CHARACTERS = 120


def sighting(
    reply: DatagramReply,
    finder: str,
    port: int,
    fields: Mapping[str, str],
    doors: Iterable[tuple[int | None, str]] = (),
    facts: tuple[FactSeen, ...] = (),
) -> Sighting:
    """One answer. ``fields`` have the keys model, name, serial, mac, firmware and kind, '' where it does not say.

    ``doors`` are (TCP port, service), the port None or out of range where there is none.
    """
    said = {"finder": finder} | {key: text for key, value in fields.items() if (text := line(value))}
    endpoints = [Endpoint(reply.address, port, "udp", finder, found_by=finder)]
    endpoints += [
        Endpoint(reply.address, number, "tcp", service, found_by=finder)
        for number, service in doors
        if number is not None and 1 <= number <= 65_535
    ]
    raw = json.dumps(said, ensure_ascii=False)
    observation = Observation("vendor-finder", raw, reply.evidence, port)
    return Sighting(reply.address, tuple(dict.fromkeys(endpoints)), (observation,), facts)


def line(value: str) -> str:
    """Device text in one bounded line."""
    return " ".join(cleaned(value).split())[:MOST_CHARACTERS]


def text_at(data: bytes, place: int, size: int) -> str:
    """A text field of fixed size that ends at its first NUL; '' where the datagram is too short."""
    return data[place : place + size].partition(b"\0")[0].decode("utf-8", "replace")


def mac_at(data: bytes, place: int) -> str:
    """Six bytes as ``aa:bb:cc:dd:ee:ff``; '' where they are missing or all zero."""
    raw = data[place : place + 6]
    return raw.hex(":") if len(raw) == 6 and any(raw) else ""


def pairs_of(data: bytes, place: int, type_size: int, length_size: int) -> Iterator[tuple[int, bytes]]:
    """Type, length, value to the end; stops where a value would reach beyond it. Big-endian."""
    head = type_size + length_size
    while place + head <= len(data):
        kind = int.from_bytes(data[place : place + type_size], "big")
        size = int.from_bytes(data[place + type_size : place + head], "big")
        place += head
        if place + size > len(data):
            return
        yield kind, data[place : place + size]
        place += size
