"""``attributes.cgi/attributes``: what the switches of a device make it say that it supports."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.sax.saxutils import quoteattr

from scanner.lab.wire import Answer, xml

if TYPE_CHECKING:
    from scanner.lab.device import LabDevice

SAYS: dict[str, tuple[str, ...]] = {
    "face-detection": ("Eventsource/Support/FaceDetection",),
    "object-class": ("Eventsource/Support/ObjectDetection",),
    "people-counting": ("Eventsource/Limit/MaxPeopleCountRule",),
    "auto-tracking": ("Eventsource/Support/Tracking",),
    "audio-detection": ("Eventsource/Support/AudioDetection",),
    "tamper": ("Eventsource/Support/TamperingDetection",),
    "motion": ("Eventsource/Support/VA.MotionDetection",),
    "line-crossing": ("Eventsource/Support/VA.Passing",),
    "intrusion": tuple(f"Eventsource/Support/VA.{name}" for name in ("Enter", "Exit", "Appear", "Disappear")),
    "loitering": ("Eventsource/Support/VA.Loitering",),
    "mask-detection": ("Eventsource/Support/MaskDetection",),
    "parking": ("Eventsource/Support/ParkingDetection",),
    "body-temperature": ("Eventsource/Support/BodyTemperatureDetection",),
    "audio-classification": ("Eventsource/Support/AudioAnalysis",),
    "queue": ("Recording/Support/QueueManagement",),
    "smart-search": ("Recording/Support/SmartSearch",),
    "custom-ai": ("Eventsource/Support/OpenSDK",),
}
_WHOLE = frozenset({"audio-detection", "audio-classification", "custom-ai", "motion", "line-crossing", "intrusion",
                    "loitering"})  # fmt: skip
"""Told for the device as a whole, as the guide's table has them."""


def attributes(device: LabDevice) -> Answer:
    """Groups, categories and, in them, attributes of the device and of its channels (from 0)."""
    tree: dict[tuple[str, str], dict[str, dict[str, str]]] = {}

    def put(path: str, channel: str, value: str) -> None:
        group, category, name = path.split("/", 2)
        tree.setdefault((group, category), {}).setdefault(channel, {})[name] = value

    put("System/Limit/MaxChannel", "", str(device.personality.extra.get("channels", len(device.channels))))
    put("System/Support/FWUpdate", "", "True")
    for switch in () if device.personality.extra.get("old") else device.switches:
        there = switch.state != "missing"
        for path in SAYS.get(switch.feature, ()):
            value = ("3" if there else "0") if "/Limit/" in path else str(there)
            put(path, "" if switch.feature in _WHOLE else str(int(switch.channel) - 1), value)
    for line in device.personality.extra.get("attributes", ()):
        path, _, value = str(line).partition("=")
        put(path, "", value)
    groups: dict[str, str] = {}
    for (group, category), channels in tree.items():
        inner = _nodes(channels.pop("", {}))
        inner += "".join(f'<channel number="{number}">{_nodes(found)}</channel>' for number, found in channels.items())
        groups[group] = groups.get(group, "") + f'<category name="{category}">{inner}</category>'
    body = "".join(f'<group name="{group}">{inner}</group>' for group, inner in groups.items())
    return xml(f"<attributes>{body}</attributes>")


def _nodes(found: dict[str, str]) -> str:
    return "".join(
        f'<attribute name={quoteattr(name)} type="{"bool" if value in ("True", "False") else "int"}" '
        f'value={quoteattr(value)} accesslevel="guest"/>'
        for name, value in found.items()
    )
