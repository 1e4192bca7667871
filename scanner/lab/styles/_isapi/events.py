"""ISAPI: abilities, rules, triggers, schedules, AI resources."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from scanner.lab.leaks import leak
from scanner.lab.styles._isapi.words import EVENTS, Event, event_of, flag, leaves, namespace, refused, root
from scanner.lab.wire import Answer, Request, as_json

if TYPE_CHECKING:
    from scanner.lab.device import LabDevice
    from scanner.lab.words import Switch

_CHANNEL = re.compile(r"/(\d+)(?:/|$)")
_ENABLED = ("on", "no-schedule", "not-loaded")  # the rule says enabled="true"; whether it runs is another matter
_REGIONS = {"FieldDetection", "RegionEntrance", "RegionExiting"}


def rule_page(device: LabDevice, request: Request) -> Answer | None:
    """The configuration of one function on one channel, None where the path is no function's."""
    below = request.path.removeprefix("/ISAPI/")
    for channel in device.channels:
        for event in EVENTS:
            if below == event.path.format(ch=channel):
                switch = _switch(device, event, channel)
                if switch is None or switch.state in ("missing", "supported-only"):
                    return refused(device, request.path)
                if switch.state == "forbidden":
                    return refused(device, request.path, "lowPrivilege")
                return _rule(device, event, switch)
        for entering in ("regionEntrance", "regionExiting"):
            if below == f"Smart/{entering}/{channel}":
                return _region_rule(device, entering, channel, request.path)
        if below == f"Intelligent/channels/{channel}/mixedTargetDetection":
            return _mixed_target(device, channel, request)
    if re.fullmatch(r"(ContentMgmt/InputProxy|System/Video/inputs)/channels/\d+(/video)?/\w+Detection", below):
        return _picture_rule(device, request)
    if below.startswith("Event/schedules/"):
        return _schedule(device, below.removeprefix("Event/schedules/"), request.path)
    return None


def _switch(device: LabDevice, event: Event, channel: str) -> Switch | None:
    for switch in device.switches:
        if switch.channel == channel and event_of(switch) is event:
            return switch
    return None


def _coordinates(count: int, tag: str) -> str:
    corners = ((100, 900), (100, 100), (900, 100), (900, 900))[:count]
    return "".join(f"<{tag}>{leaves(positionX=x, positionY=y)}</{tag}>" for x, y in corners)


def _screen() -> str:
    size = leaves(normalizedScreenWidth=1000, normalizedScreenHeight=1000)
    return f"<normalizedScreenSize>{size}</normalizedScreenSize>"


def _rule(device: LabDevice, event: Event, switch: Switch) -> Answer:
    enabled = switch.state in _ENABLED
    target = f"<detectionTarget>{','.join(switch.targets)}</detectionTarget>" if switch.targets else ""
    head = leaves(id=switch.channel, enabled=enabled)
    if event.root == "LineDetection":
        items = ""
        for number in range(1, 5):
            items += (
                f"<LineItem>{leaves(id=number, enabled=enabled and number == 1, sensitivityLevel=50)}"
                f"{leaves(directionSensitivity='any')}"
                f"<CoordinatesList>{_coordinates(2, 'Coordinates')}</CoordinatesList>{target}</LineItem>"
            )
        return root(device, event.root, f'{head}{_screen()}<LineItemList size="4">{items}</LineItemList>')
    if event.root == "FieldDetection":
        return root(device, event.root, f"{head}{_screen()}{_regions(device, event.root, enabled, target)}")
    if event.root == "FaceContrastList":
        inner = (
            f"<FaceContrast>{leaves(id=1, enable=enabled, faceContrastType='faceContrast')}"
            f"<FDLibList><FDLib>{leaves(id=1, name='list-1')}</FDLib></FDLibList></FaceContrast>"
        )
        return root(device, event.root, inner)
    if event.root == "Counting":
        return root(device, event.root, head + leaves(countingType="human"))
    return root(device, event.root, f"{head}{leaves(sensitivityLevel=50)}{target}")


def _regions(device: LabDevice, name: str, enabled: bool, target: str) -> str:
    recorder = device.personality.kind == "recorder"
    items = ""
    for number in range(1, 5):
        drawn = _coordinates(4, "RegionCoordinates") if number == 1 else ""
        own = "" if recorder or name != "FieldDetection" else leaves(enabled=enabled and number == 1)
        items += (
            f"<{name}Region>{leaves(id=number)}{own}{leaves(sensitivityLevel=50)}"
            f"<RegionCoordinatesList>{drawn}</RegionCoordinatesList>{target}</{name}Region>"
        )
    return f'<{name}RegionList size="4">{items}</{name}RegionList>'


def _region_rule(device: LabDevice, slug: str, channel: str, path: str) -> Answer:
    """Entering and leaving an area: there wherever intrusion is, and off."""
    switch = device.switch("intrusion", channel)
    if switch is None or switch.state in ("missing", "supported-only"):
        return refused(device, path)
    if switch.state == "forbidden":
        return refused(device, path, "lowPrivilege")
    name = slug[0].upper() + slug[1:]
    head = leaves(id=channel, enabled=False)
    return root(device, name, f"{head}{_screen()}{_regions(device, name, False, '')}")


def _mixed_target(device: LabDevice, channel: str, request: Request) -> Answer:
    switch = device.switch("person-attributes", channel)
    if switch is None or switch.state in ("missing", "supported-only"):
        return refused(device, request.target)
    if switch.state == "forbidden":
        return refused(device, request.target, "lowPrivilege")
    return as_json({"MixedTargetDetection": {"id": int(channel), "enabled": switch.state in _ENABLED}})


def _picture_rule(device: LabDevice, request: Request) -> Answer:
    """Motion and tamper detection; a recorder's cameras are below InputProxy."""
    found = _CHANNEL.search(request.path)
    channel = found[1] if found else "1"
    feature = {"motionDetection": "motion", "tamperDetection": "tamper"}.get(request.path.rpartition("/")[2])
    switch = device.switch(feature, channel) if feature else None
    proxied = "InputProxy" in request.path
    if switch is None or switch.state == "missing" or proxied != (device.personality.kind == "recorder"):
        return refused(device, request.path)
    if switch.state == "forbidden":
        return refused(device, request.path, "lowPrivilege")
    enabled = switch.state in _ENABLED
    if feature == "tamper":
        return root(device, "TamperDetection", leaves(enabled=enabled, tampersensitivityLevel=60))
    target = leaves(targetType=",".join(switch.targets)) if switch.targets else ""
    layout = f"<MotionDetectionLayout>{leaves(sensitivityLevel=60)}{target}</MotionDetectionLayout>"
    inner = leaves(enabled=enabled, enableHighlight=False, samplingInterval=2, regionType="grid") + layout
    return root(device, "MotionDetection", inner)


def _schedule(device: LabDevice, below: str, path: str) -> Answer:
    for switch in device.switches:
        event = event_of(switch)
        name = event.schedule.format(ch=switch.channel) if event else ""
        if switch.feature == "motion":
            name = f"motionDetections/VMD_video{switch.channel}"
        if below != name or switch.state in ("missing", "supported-only"):
            continue
        if switch.state == "forbidden":
            return refused(device, path, "lowPrivilege")
        blocks = ""
        if switch.state != "no-schedule":
            for day in range(1, 8):
                span = f"<TimeRange>{leaves(beginTime='00:00:00', endTime='24:00:00')}</TimeRange>"
                blocks += f"<TimeBlock>{leaves(dayOfWeek=day)}{span}</TimeBlock>"
        head = leaves(id=below.rpartition("/")[2], eventType=event.event if event else "VMD")
        inner = f"{head}{leaves(videoInputChannelID=switch.channel)}<TimeBlockList>{blocks}</TimeBlockList>"
        return root(device, "Schedule", inner)
    return refused(device, path)


def capabilities(device: LabDevice) -> Answer:
    """``/ISAPI/System/capabilities``: every flag there is a name for, true or false."""
    recorder = device.personality.kind == "recorder"
    supported = {switch.feature for switch in device.switches if switch.state != "missing"}
    names = {(switch.feature, switch.name) for switch in device.switches if switch.state != "missing"}
    smart = "".join(
        f"<{event.flag}>{flag((event.feature, event.name) in names)}</{event.flag}>"
        for event in EVENTS
        if event.path.startswith("Smart/")
    )
    intruding = flag("intrusion" in supported)
    smart += f"<isSupportRegionEntrance>{intruding}</isSupportRegionEntrance>"
    smart += f"<isSupportRegionExiting>{intruding}</isSupportRegionExiting>"
    events = leaves(
        isSupportFaceSnap=("face-detection", "faceCapture") in names,
        isSupportFaceContrast="face-recognition" in supported,
        isSupportMixedTargetDetection="person-attributes" in supported,
        isSupportHumanRecognition=False,
    )
    inputs = len(device.attached) if recorder else 0
    video = leaves(
        videoInputPortNums=0,
        isSupportHeatmap="heat-map" in supported,
        isSupportCounting="people-counting" in supported,
        isSupportPrivacyMask=True,
    )
    sound = leaves(audioInputNums=0 if device.setting("audio.enabled") is None else 1)
    security = leaves(supportUserNums=32, issupIllegalLoginLock=True, isSupportUserCheck=True, salt=leak("salt"))
    security += leaves(**dict.fromkeys(device.personality.extra.get("lacks", ()), False))
    inner = (
        f"<SysCap><isSupportDst>true</isSupportDst><VideoCap>{video}</VideoCap><AudioCap>{sound}</AudioCap>"
        f"{leaves(isSupportMetadata=device.setting('metadata.stream') is not None)}</SysCap>"
        f'<SecurityCap>{security}<WebCertificateCap><CertificateType opt="digest,digest/basic"></CertificateType>'
        f"</WebCertificateCap></SecurityCap><EventCap>{events}</EventCap><SmartCap>{smart}</SmartCap>"
        f"<RacmCap>{leaves(inputProxyNums=inputs, isSupportSmartSearch=recorder)}</RacmCap>"
    )
    return root(device, "DeviceCap", inner)


def smart_capabilities(device: LabDevice, path: str) -> Answer:
    if device.personality.extra.get("old"):
        return refused(device, path, status=404)
    names = {(switch.feature, switch.name) for switch in device.switches if switch.state != "missing"}
    inner = "".join(
        f"<{event.flag}>{flag((event.feature, event.name) in names)}</{event.flag}>"
        for event in EVENTS
        if event.path.startswith("Smart/")
    )
    return root(device, "SmartCap", inner)


def triggers(device: LabDevice) -> Answer:
    """``/ISAPI/Event/triggers``: one trigger a function, with the actions that hang on it."""
    recorder = device.personality.kind == "recorder"
    items = ""
    for switch in device.switches:
        if switch.state in ("missing", "forbidden", "supported-only"):
            continue
        event = event_of(switch)
        name = event.event if event else {"motion": "VMD", "tamper": "tamperdetection"}.get(switch.feature)
        if name is None:
            continue
        channel = leaves(dynVideoInputChannelID=switch.channel)
        if not recorder:
            channel = leaves(videoInputChannelID=switch.channel) + channel
        actions = ""
        if switch.linked:
            for method in device.personality.extra.get("actions", ["center", "record"]):
                identity = f"record-{switch.channel}" if method == "record" else method
                actions += (
                    "<EventTriggerNotification>"
                    f"{leaves(id=identity, notificationMethod=method, notificationRecurrence='beginning')}"
                    "</EventTriggerNotification>"
                )
        items += (
            f"<EventTrigger>{leaves(id=f'{name}-{switch.channel}', eventType=name)}{channel}"
            f"<EventTriggerNotificationList>{actions}</EventTriggerNotificationList></EventTrigger>"
        )
    if device.personality.extra.get("old"):
        inner = f'<EventTriggerList version="2.0" xmlns="{namespace(device)}">{items}</EventTriggerList>'
        return root(device, "EventNotification", inner)
    return root(device, "EventTriggerList", items)


def resource(device: LabDevice, request: Request) -> Answer:
    """The AI resource: which algorithm family is loaded. Old devices and recorders have none."""
    families = device.personality.extra.get("families")
    if not isinstance(families, list):
        return refused(device, request.path)
    if request.path.endswith("/capabilities"):
        return root(device, "VCAResource", f'<type opt="{",".join(map(str, families))}"></type>')
    return root(device, "VCAResource", leaves(type=device.personality.extra.get("family", families[0])))


def open_platform(device: LabDevice, request: Request) -> Answer:
    """The application platform of some cameras: a function counts only while its application runs."""
    apps = device.personality.extra.get("platform_apps")
    if not isinstance(apps, list):
        return refused(device, request.path)
    if request.path.endswith("/capabilities"):
        return root(device, "OpenPlatformCap", leaves(isSupportOpenPlatform=True, maxAPPNum=8))
    inner = "".join(
        f"<App>{leaves(id=number, packageName=app['name'], runStatus=app['running'])}</App>"
        for number, app in enumerate(apps, 1)
    )
    return root(device, "AppList", inner)


def face_library(device: LabDevice, request: Request) -> Answer:
    """How many faces lie in the library: a count, never its content."""
    for switch in device.switches:
        if switch.feature == "face-recognition" and switch.state not in ("missing", "supported-only"):
            if switch.state == "forbidden":
                return refused(device, request.target, "lowPrivilege")
            return as_json(
                {
                    "statusCode": 1,
                    "statusString": "OK",
                    "FDRecordDataInfo": [
                        {"FDID": "1", "faceLibType": "blackFD", "name": "list-1", "recordDataNumber": switch.count or 0}
                    ],
                }
            )
    return refused(device, request.target)
