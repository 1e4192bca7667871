"""Cameras behind a Hikvision recorder (docs/sources.md A8.1). User names of the cameras are not looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scanner.drivers.markup import child, every, switch_at, text
from scanner.fingerprint import firmware
from scanner.model import Answer, Attached

if TYPE_CHECKING:
    from lxml.etree import _Element

RECORDERS = frozenset({"NVR", "DVR", "HVR", "XVR", "HYBIRDNVR", "HYBRIDNVR", "ENCODER"})
MOST_ATTACHED = 512
_UNUSED = frozenset({"", "0.0.0.0", "::", "192.168.0.0"})


def decode_attached(root: _Element, evidence: str) -> list[Attached]:
    """``InputProxyChannelList``; its ``size`` is often wrong, so the items are counted. A camera that is offline
    has no model and no firmware in it, on some recorders never."""
    found = []
    for item in every(root, "InputProxyChannel"):
        channel = text(item, "id")
        source = child(item, "sourceInputPortDescriptor")
        if not channel or source is None:
            continue
        protocol = text(source, "proxyProtocol")
        address = text(source, "ipAddress") or text(source, "hostName")
        model = text(source, "model")
        own = protocol.upper() == "HIKVISION"
        maker = "Hikvision" if own else None
        branded = own and model.upper().startswith(("DS-", "IDS-"))
        found.append(
            Attached(
                channel,
                text(item, "name"),
                None if address in _UNUSED else address,
                brand="Hikvision" if branded else None,
                maker=maker,
                model=model or None,
                firmware=firmware.parse(maker, text(source, "firmwareVersion")),
                serial=text(source, "serialNumber") or None,
                protocol=protocol,
                evidence=(evidence,) if evidence else (),
            )
        )
    return found[:MOST_ATTACHED]


def decode_online(root: _Element) -> dict[str, Answer]:
    """``InputProxyChannelStatus`` by channel; ``online`` may stand inside the descriptor."""
    states: dict[str, Answer] = {}
    for item in every(root, "InputProxyChannelStatus"):
        value = switch_at(item, "online")
        if value is None:
            value = switch_at(item, "sourceInputPortDescriptor", "online")
        channel = text(item, "id")
        if channel and value is not None:
            states[channel] = "yes" if value else "no"
    return states
