"""``action=view`` of SUNAPI: what the switches of a device make its pages say, as text or as JSON."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from scanner.lab.wire import Answer, as_json, page, text

if TYPE_CHECKING:
    from scanner.lab.device import LabDevice
    from scanner.lab.words import Switch

SWITCHED: dict[str, tuple[str, str]] = {
    "facedetection": ("FaceDetection", "face-detection"),
    "objectdetection": ("ObjectDetection", "object-class"),
    "peoplecount": ("PeopleCount", "people-counting"),
    "autotracking": ("AutoTracking", "auto-tracking"),
    "audiodetection": ("AudioDetection", "audio-detection"),
    "tamperingdetection": ("TamperingDetection", "tamper"),
}
"""Submenu -> name of the list in JSON, feature."""
EVENTS: dict[str, str] = {
    "face-detection": "FaceDetection", "auto-tracking": "Tracking", "audio-detection": "AudioDetection",
    "tamper": "TamperingDetection", "motion": "MotionDetection", "line-crossing": "VideoAnalysis",
    "intrusion": "VideoAnalysis", "loitering": "VideoAnalysis",
}  # fmt: skip
_RULES = {"line-crossing": ("Lines", "Right"), "intrusion": ("DefinedAreas", "Entering"),
          "loitering": ("DefinedAreas", "Loitering")}  # fmt: skip
_ON = ("on", "no-schedule")


def device_page(device: LabDevice, submenu: str) -> Answer | None:
    """Views that name no channel."""
    if submenu == "deviceinfo":
        values: dict[str, Any] = {
            "Model": device.personality.model, "FirmwareVersion": device.firmware, "SerialNumber": device.serial,
            "DeviceType": "NVR" if device.personality.kind == "recorder" else "NWC",
            "ConnectedMACAddress": device.mac.upper(), "CGIVersion": "2.6.3", "Language": "English",
        }  # fmt: skip
    elif submenu == "date":
        now = device.now().strftime("%Y-%m-%d %H:%M:%S")
        values = {"LocalTime": now, "UTCTime": now, "SyncType": "NTP" if device.setting("time.ntp") else "Manual",
                  "DSTEnable": False}  # fmt: skip
    elif submenu == "ssl":
        policy = "HTTPandHTTPSProprietary" if "http" in device.ports else "HTTPSProprietary"
        values = {"Policy": policy if "https" in device.ports else "HTTP", "PublicCertificateInstalled": False}
    else:
        return None
    return _told(device, values)


def view(device: LabDevice, cgi: str, submenu: str) -> Answer | None:
    """Views of functions, by channel."""
    if cgi == "eventrules" and submenu == "rules":
        return _event_rules(device)
    if cgi != "eventsources":
        return None
    if submenu in SWITCHED:
        name, feature = SWITCHED[submenu]
        there = [switch for switch in device.switches if switch.feature == feature]
        if not (found := _answering(there)):
            return _refused(there)
        entries: list[dict[str, Any]] = [
            {"Channel": int(one.channel) - 1, "Enable": one.state in _ON, "Sensitivity": 5} for one in found
        ]
        if submenu == "peoplecount":
            entries = [{**one, "Lines": [{"Line": 1, "Name": "Gate", "Enable": True}]} for one in entries]
        return _told(device, {name: entries})
    if submenu == device.personality.extra.get("analysis", "videoanalysis2"):
        return _analysis(device)
    return None


def _answering(switches: Iterable[Switch]) -> list[Switch]:
    return [one for one in switches if one.state in (*_ON, "off", "not-loaded")]


def _refused(switches: list[Switch]) -> Answer | None:
    if any(one.state == "forbidden" for one in switches):
        return page("<html><body>403 Forbidden</body></html>", status=403)
    return None


def _analysis(device: LabDevice) -> Answer | None:
    """Motion and intelligent video share one switch; a rule that is off is not listed."""
    names = ("motion", *_RULES)
    there = [switch for switch in device.switches if switch.feature in names]
    found = _answering(there)
    if not found:
        return _refused(there)
    entries = []
    for channel in dict.fromkeys(one.channel for one in found):
        mine = {one.feature: one for one in found if one.channel == channel}
        motion = "motion" in mine and mine["motion"].state in _ON
        rules = [name for name in _RULES if name in mine and mine[name].state in _ON]
        unruled = any(one.state == "not-loaded" for one in mine.values())  # on, and no rule is listed
        kind = {(False, False): "Off", (True, False): "MotionDetection", (False, True): "IntelligentVideo"}.get(
            (motion, bool(rules) or unruled), "MDAndIV"
        )
        entry: dict[str, Any] = {"Channel": int(channel) - 1, "DetectionType": kind, "DisplayRules": False}
        for name in rules:
            kinds, mode = _RULES[name]
            entry.setdefault(kinds, []).append({kinds[:-1]: len(entry.get(kinds, ())) + 1, "Mode": mode})
        entries.append(entry)
    return _told(device, {"VideoAnalysis": entries})


def _event_rules(device: LabDevice) -> Answer | None:
    """Hours and actions of each event; only their JSON form is published."""
    if not device.personality.extra.get("json"):
        return text("RuleCount=0\r\n")
    rules = []
    for number, switch in enumerate(device.switches, 1):
        if switch.feature in EVENTS and switch.state != "missing":
            always = switch.state != "no-schedule"
            rules.append({
                "RuleIndex": number, "Enable": True, "EventSource": EVENTS[switch.feature],
                "ScheduleType": "Always" if always else "Scheduled", "Schedule": {"MON": [], "TUE": []},
                "EventAction": ["FTP", "Record"] if switch.linked else ["None"],
            })  # fmt: skip
    return as_json({"EventRules": rules})


def _told(device: LabDevice, values: dict[str, Any]) -> Answer:
    """JSON, or the same as lines."""
    if device.personality.extra.get("json"):
        return as_json(values)
    lines: list[str] = []
    for key, value in values.items():
        if isinstance(value, list):
            for entry in value:
                lines += _lines(f"Channel.{entry['Channel']}", {k: v for k, v in entry.items() if k != "Channel"})
        else:
            lines.append(f"{key}={value}")
    return text("\r\n".join(lines) + "\r\n")


def _lines(path: str, values: dict[str, Any]) -> list[str]:
    found: list[str] = []
    for key, value in values.items():
        if isinstance(value, list):
            for inner in value:
                stem = f"{path}.{key[:-1]}.{inner[key[:-1]]}"
                found += _lines(stem, {k: v for k, v in inner.items() if k != key[:-1]})
        else:
            found.append(f"{path}.{key}={value}")
    return found
