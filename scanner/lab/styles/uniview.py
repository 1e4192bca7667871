"""Uniview: a login page, and LAPI with its JSON envelope (docs/sources.md A7.3, A8.5).

``extra``: ``old`` has no pages of abilities and no ``WorkingStatus``, ``no_status`` lacks the latter only, ``slots`` is
how many channels a recorder has. ``name`` of a switch is the name among the abilities where a feature has several.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from scanner.lab.leaks import leak
from scanner.lab.styles.base import Plain
from scanner.lab.wire import Answer, Request, as_json, page

if TYPE_CHECKING:
    from scanner.lab.device import LabDevice
    from scanner.lab.gate import Verdict
    from scanner.lab.words import Switch

_ON = ("on", "no-schedule")
_READABLE = (*_ON, "off", "not-loaded")
SMART: dict[str, tuple[str, int | None]] = {
    "CrossLineDetection": ("line-crossing", 100), "IntrusionDetection": ("intrusion", 101),
    "AccessZone": ("intrusion", 102), "LeaveZone": ("intrusion", 103), "FaceDetection": ("face-detection", 0),
    "ObjTrack": ("auto-tracking", 3), "VehicleDetection": ("object-class", None),
    "SmartMotionDetection": ("object-class", 107),
}  # fmt: skip
"""Name among the smart abilities -> feature, number in ``WorkingStatus``."""
ALARM: dict[str, tuple[str, str]] = {
    "MotionDetection": ("motion", "IsSupportCfg"), "TamperDetection": ("tamper", "IsSupportCfg"),
    "AudioDetection": ("audio-detection", "SupportCfg"), "HumanShapeDetection": ("object-class", "SupportCfg"),
}  # fmt: skip
"""Name among the alarm abilities -> feature, its flag there."""
_NAMED = frozenset({"AccessZone", "LeaveZone", "VehicleDetection", "SmartMotionDetection"})
"""Second ways to a feature: only a switch of this name stands for them."""
_PAGE = re.compile(r"/LAPI/V1\.0/Channels/(\d{1,3})/(Smart|Alarm)/(\w+)(?:/(Rule|WeekPlans?|LinkageActions))?")
_FACES = {"/LAPI/V1.0/Smart/FaceEnable": "Rule", "/LAPI/V1.0/Smart/FaceDetection/LinkageActions": "LinkageActions"}
_ATTRIBUTES = {"SexEnabled": "gender", "AgeEnabled": "age", "GlassEnabled": "glasses"}


class Uniview(Plain):
    """``/LAPI`` behind Digest. Bodies follow clients of others and what one of them builds; none is recorded."""

    defaults: ClassVar[dict[str, Any]] = {"time.ntp": True}

    def open_page(self, device: LabDevice, request: Request) -> Answer | None:  # noqa: ARG002
        if request.path == "/":
            return page(
                "<html><head><title>Login</title></head><body><script src='/js/login.js'></script></body></html>"
            )
        return None

    def guards(self, device: LabDevice, request: Request) -> bool:  # noqa: ARG002
        return request.path.startswith("/LAPI/")

    def denied(self, device: LabDevice, verdict: Verdict) -> Answer:  # noqa: ARG002
        return as_json(_envelope("/LAPI", 401, "Not Authorized", None), status=401)

    def guarded_page(self, device: LabDevice, request: Request) -> Answer | None:
        recorder = device.personality.kind == "recorder"
        found = _PAGE.fullmatch(request.path)
        if found is not None:
            data = _channel_page(device, str(int(found[1]) if recorder else int(found[1]) + 1), *found.groups()[1:])
        elif request.path in _FACES:
            data = None if recorder else _function_page(_switch(device, "FaceDetection", "1"), _FACES[request.path])
        else:
            data = _device_page(device, request.path.removeprefix("/LAPI/V1.0/"), recorder=recorder)
        if data == "forbidden":
            return page("<html><body>403 Forbidden</body></html>", status=403)
        if isinstance(data, dict):
            return as_json(_envelope(request.path, 0, "Succeed", data))
        if recorder:
            return replace(as_json(_envelope(request.path, 1, "Common Error", None), status=599), reason="Unknown")
        return as_json(_envelope(request.path, 4, "Not Supported", None))


Said = dict[str, Any] | str | None
"""``Data`` of a page, "forbidden", or None for a page that is not there."""


def _device_page(device: LabDevice, name: str, *, recorder: bool) -> Said:
    if name == ("System/DeviceInfo" if recorder else "System/DeviceBasicInfo"):
        return {
            "Manufacturer": "UNIVIEW", "DeviceModel": device.personality.model, "SerialNumber": device.serial,
            "FirmwareVersion": device.firmware, "MAC": device.mac,
        }  # fmt: skip
    if name == "Smart/FaceDetection/Rule":
        return None if recorder else _face_rule(device)
    if name == "PeopleLibraries/BasicInfo":
        return _libraries(device)
    if recorder:
        return _recorder_page(device, name)
    telnet = device.setting("service.telnet")
    if name == "Channel/0/NetWork/Telnet" and telnet is not None:
        return {"Enable": int(telnet)}
    return None


def _recorder_page(device: LabDevice, name: str) -> Said:
    if name == "Network/SSH" and device.setting("service.ssh") is not None:
        return {"Enabled": int(device.setting("service.ssh"))}
    if name == "System/TimeNTP":
        return {"DeviceTime": int(device.now().timestamp()), "TimeZone": "GMT+00:00"}
    if name not in ("Channels/System/ChannelDetailInfos", "Channels/System/DeviceInfos"):
        return None
    cameras = {int(camera.channel): camera for camera in device.attached if camera.enabled}
    slots = range(1, int(device.personality.extra.get("slots", max(cameras, default=0))) + 1)
    if name.endswith("DeviceInfos"):
        told = {number: camera for number, camera in cameras.items() if camera.online}
        return {"Nums": len(told), "DeviceInfos": [
            {"ID": number, "DeviceModel": camera.model, "SerialNumber": camera.serial,
             "FirmwareVersion": camera.firmware}
            for number, camera in told.items()
        ]}  # fmt: skip
    entries = []
    for number in slots:
        camera = cameras.get(number)
        where = {"Address": camera.address if camera else "", "Port": 80, "MAC": camera.mac if camera else ""}
        entries.append({
            "ID": number, "Name": camera.name if camera else f"IP Camera {number}",
            "Status": int(camera is not None and camera.online), "AddressInfo": where,
            "Manufacturer": camera.maker.upper() if camera else "", "DeviceModel": camera.model if camera else "",
            "UserName": leak("unv-user"), "Password": leak("unv-camera"),
        })  # fmt: skip
    return {"Nums": len(entries), "DetailInfos": entries}


def _switch(device: LabDevice, name: str, channel: str) -> Switch | None:
    """The switch that stands for a name among the abilities."""
    feature = SMART[name][0] if name in SMART else ALARM[name][0]
    for switch in device.switches:
        if (switch.feature, switch.channel) == (feature, channel) and switch.name == (name if name in _NAMED else ""):
            return switch
    return None


def _channel_page(device: LabDevice, channel: str, group: str, name: str, rest: str | None) -> Said:
    """One page below a channel, which counts from 1 here."""
    extra = device.personality.extra
    if name == "Capabilities":
        return None if extra.get("old") else _abilities(device, channel, group)
    if (group, name) == ("Smart", "WorkingStatus"):
        return None if extra.get("old") or extra.get("no_status") else _working_status(device, channel)
    if name not in (SMART if group == "Smart" else ALARM) or rest is None:
        return None
    if name == "FaceDetection" and rest != "WeekPlans":
        return None
    return _function_page(_switch(device, name, channel), rest.removesuffix("s") if rest == "WeekPlans" else rest)


def _abilities(device: LabDevice, channel: str, group: str) -> dict[str, Any]:
    """Firmware lists the functions it knows: those of ``missing`` switches with 0, others not at all."""
    found: dict[str, Any] = {}
    for name in SMART if group == "Smart" else ALARM:
        switch = _switch(device, name, channel)
        if switch is not None:
            flag = ALARM[name][1] if group == "Alarm" else "SupportCfg"
            found[name] = {flag: int(switch.state != "missing"), "RectangleAreaNum": 4}
    return found


def _working_status(device: LabDevice, channel: str) -> dict[str, Any]:
    on: list[int] = []
    off: list[int] = []
    for name, (_, number) in SMART.items():
        switch = _switch(device, name, channel)
        if switch is not None and number is not None and switch.state in _READABLE:
            (on if switch.state in _ON else off).append(number)
    return {"EnableNum": len(on), "EnableIDs": on, "DisableNum": len(off), "DisableIDs": off}


def _function_page(switch: Switch | None, rest: str) -> Said:
    if switch is None or switch.state not in _READABLE:
        return "forbidden" if switch is not None and switch.state == "forbidden" else None
    if rest == "Rule":
        return {"Enabled": int(switch.state in _ON), "Sensitivity": 50}
    if rest == "WeekPlan":
        section = {"ArmingType": "0", "Begin": " 0:00:00", "End": "24:00:00"}
        days = [] if switch.state == "no-schedule" else [
            {"ID": day, "Num": 1, "TimeSectionInfos": [section]} for day in range(1, 8)
        ]  # fmt: skip
        return {"Enabled": 1, "Num": len(days), "Days": days}
    linked = int(switch.linked)
    return {"Num": 2, "Actions": [
        {"ActID": 24, "ActParam": {"Enabled": linked, "AudioVolume": 127, "WarnCount": 3}},
        {"Enabled": linked, "ActID": 28, "ActParam": {"TimeMode": 0}},
    ]}  # fmt: skip


def _face_rule(device: LabDevice) -> Said:
    """Recognition and attributes stand beneath detection; a camera that cannot do them has their switches too, off."""
    face = device.switch("face-detection")
    if face is None or face.state not in _READABLE:
        return "forbidden" if face is not None and face.state == "forbidden" else None
    states = {name: device.switch(f"face-attributes.{word}") for name, word in _ATTRIBUTES.items()}
    attributes = {name: int(one is not None and one.state in _ON) for name, one in states.items()}
    recognition = device.switch("face-recognition")
    found: dict[str, Any] = {"FaceAttributeAnalysis": {"Enabled": int(any(attributes.values())), **attributes}}
    if recognition is None or recognition.state in _READABLE:
        found["FaceRecognition"] = {"Enabled": int(recognition is not None and recognition.state in _ON)}
    return found


def _libraries(device: LabDevice) -> Said:
    counts = [switch.count for switch in device.switches if switch.count is not None]
    if not counts:
        return None
    return {"Num": len(counts), "LibList": [
        {"ID": number, "Type": 3, "PersonNum": count, "FaceNum": count, "Name": leak("unv-library")}
        for number, count in enumerate(counts, 3)
    ]}  # fmt: skip


def _envelope(url: str, code: int, word: str, data: dict[str, Any] | None) -> dict[str, Any]:
    return {
        "Response": {
            "ResponseURL": url,
            "CreatedID": -1,
            "ResponseCode": code,
            "SubResponseCode": 0,
            "ResponseString": word,
            "StatusCode": code,
            "StatusString": word,
            "Data": data if data is not None else "null",
        }
    }


STYLE = Uniview()
