"""Cameras behind a Uniview recorder (docs/sources.md A8.5): two lists joined by channel. One recorder was seen."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import msgspec

from scanner.drivers.addresses import address_in, told
from scanner.drivers.base import known
from scanner.drivers.uniview.pages import LAPI, Data, number, objects, text
from scanner.errors import NoAnswer
from scanner.fingerprint import firmware
from scanner.fingerprint.makers import names
from scanner.model import Answer, Attached, FactSeen, Gap, Slot

if TYPE_CHECKING:
    from scanner.drivers.uniview.lapi import Lapi

LIST = f"{LAPI}/Channels/System/ChannelDetailInfos"
DEVICES = f"{LAPI}/Channels/System/DeviceInfos"
_ONLINE: dict[int | None, tuple[Answer, Slot]] = {0: ("no", "absent"), 1: ("yes", "live")}
"""``Status``; 2 is called idle, which says neither."""
_LAST = 999
MAKER = "Uniview"
_NO_BRAND = frozenset({"onvif", "custom", "rtsp", "general", "other", "auto"})
_NO_MAC = frozenset({"00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff"})


def decode_channels(data: Data, evidence: str) -> list[Attached]:
    """``DetailInfos``: channels from 1 with ``Status``, ``Manufacturer``, ``DeviceModel``, ``AddressInfo``. A channel
    without address and model is not in use. What it calls the manufacturer is a name, and no proof of a maker but its
    own."""
    found: dict[str, Attached] = {}
    for entry in objects(data.get("DetailInfos"), "DetailInfos"):
        channel, where = number(entry.get("ID")), entry.get("AddressInfo")
        address = address_in(text(where.get("Address"))) if isinstance(where, dict) else None
        mac = _mac(text(where.get("MAC"))) if isinstance(where, dict) else None
        model, named = told(text(entry.get("DeviceModel"))), told(text(entry.get("Manufacturer")))
        if channel is None or not (0 < channel <= _LAST and (address or model)):
            continue
        online, slot = _ONLINE.get(number(entry.get("Status")), ("unknown", "unknown"))
        spelt = names().find(named)
        brand = spelt.name if spelt else named if named.lower() not in _NO_BRAND else ""
        attached = Attached(
            str(channel), text(entry.get("Name")), address, brand=brand or None,
            maker=MAKER if brand == MAKER else None, model=model or None, mac=mac, online=online,
            evidence=(evidence,) if evidence else (), slot=slot,
        )  # fmt: skip
        found.setdefault(attached.channel, attached)
    return sorted(found.values(), key=lambda one: int(one.channel))


def _mac(said: str) -> str | None:
    digits = re.sub(r"[^0-9a-f]", "", said.lower())
    mac = ":".join(digits[at : at + 2] for at in range(0, len(digits), 2))
    return mac if len(digits) == 12 and mac not in _NO_MAC else None


def with_devices(channels: Sequence[Attached], data: Data, evidence: str) -> Iterator[Attached]:
    """``DeviceInfos``: serial number and firmware of the same channels; empty while a camera is offline."""
    more = {number(entry.get("ID")): entry for entry in objects(data.get("DeviceInfos"), "DeviceInfos")}
    for one in channels:
        entry = more.get(int(one.channel))
        if entry is None:
            yield one
            continue
        yield msgspec.structs.replace(
            one,
            model=one.model or told(text(entry.get("DeviceModel"))) or None,
            serial=told(text(entry.get("SerialNumber"))) or None,
            firmware=firmware.parse(one.maker, text(entry.get("FirmwareVersion"))),
            evidence=tuple(dict.fromkeys((*one.evidence, *((evidence,) if evidence else ())))),
        )


def read_attached(lapi: Lapi) -> Iterator[Attached | FactSeen | Gap]:
    """The cameras; where the second list cannot be read they have no serial number and no firmware. The first has an
    entry for every channel, those that are not in use included."""
    data, evidence = lapi.data(LIST)
    yield known("recorder.channels", len(objects(data.get("DetailInfos"), "DetailInfos")), evidence)
    channels = decode_channels(data, evidence)
    try:
        more, proof = lapi.data(DEVICES)
        channels = list(with_devices(channels, more, proof))
    except NoAnswer as silence:
        yield Gap("uniview: firmware of attached cameras", silence.why, silence.detail)
    yield known("recorder.attached", len(channels), evidence)
    yield from channels
