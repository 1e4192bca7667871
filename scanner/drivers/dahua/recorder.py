"""Cameras behind a Dahua recorder (docs/sources.md A8.2)."""

from __future__ import annotations

import re

from scanner.drivers.dahua.tables import Table
from scanner.model import Answer, Attached

_SLOT = re.compile(r"\.uuid:System_CONFIG_NETCAMERA_INFO_(\d{1,4})\.")
_UNUSED = frozenset({"", "192.168.0.0", "0.0.0.0"})
_NO_MODEL = frozenset({"", "ip camera", "ipc", "private", "onvif"})
_NO_BRAND = frozenset({"", "private", "onvif", "general", "custom", "rtsp", "auto"})


def decode_remote_devices(table: Table) -> list[Attached]:
    """``RemoteDevice``: slots in use. An unused slot has the address 192.168.0.0 and is switched off; slots count
    from 0 and channels from 1. ``DeviceType`` is often only "IP Camera"."""
    slots: dict[int, dict[str, str]] = {}
    for key, value in table.lines.items():
        if found := _SLOT.match(key):
            slots.setdefault(int(found[1]), {})[key[found.end() - 1 :]] = value
    cameras = []
    for slot in sorted(slots):
        lines = Table(slots[slot])
        address = lines.get(".Address")
        if lines.switch(".Enable") is not True or address in _UNUSED:
            continue
        vendor, protocol, model = lines.get(".Vendor"), lines.get(".ProtocolType"), lines.get(".DeviceType")
        brand = vendor if vendor.lower() not in _NO_BRAND else None
        own = protocol.lower() == "private" and (brand is None or brand.lower() == "dahua")
        cameras.append(
            Attached(
                str(slot + 1),
                lines.get(".Name"),
                address,
                brand=brand,
                maker="Dahua" if own else None,
                model=None if model.lower() in _NO_MODEL else model,
                serial=lines.get(".SerialNo") or None,
                mac=lines.get(".Mac").lower() or None,
                protocol=protocol,
                evidence=(table.evidence,) if table.evidence else (),
            )
        )
    return cameras


def decode_states(table: Table) -> dict[str, str]:
    """``getCameraState``: connected, unconnect, disconnect, empty in lower case, by channel; case and spelling vary."""
    states = {}
    for lines in table.split("states").values():
        channel, state = lines.get(".channel"), lines.get(".connectionState")
        if channel.isdecimal() and state:
            states[str(int(channel) + 1)] = state.lower()
    return states


def online(state: str | None) -> Answer:
    """Whether a camera is there. A slot may keep a camera that was removed: only the state tells."""
    if not state:
        return "unknown"
    return "yes" if state.startswith("connect") else "no"
