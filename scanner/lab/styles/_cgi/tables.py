"""Dahua configuration tables as ``configManager.cgi?action=getConfig`` prints them.

A table gives its lines as (key, value) below its name; None means that this device has no such section. Channels count
from 0 here, as on the wire.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, TypeAlias

from scanner.lab.leaks import leak

if TYPE_CHECKING:
    from scanner.lab.device import LabDevice
    from scanner.lab.words import AttachedCamera, Switch

Lines: TypeAlias = list[tuple[str, str]]

# rule Type and the Class (smart plan) it runs in; analytics reference sections 2 and 4.3
RULES: dict[str, tuple[str, str]] = {
    "line-crossing": ("CrossLineDetection", "Normal"),
    "intrusion": ("CrossRegionDetection", "Normal"),
    "object-left": ("LeftDetection", "Normal"),
    "object-removed": ("TakenAwayDetection", "Normal"),
    "running": ("MoveDetection", "Normal"),
    "loitering": ("WanderDetection", "Normal"),
    "parking": ("ParkingDetection", "Normal"),
    "crowd": ("RioterDetection", "Normal"),
    "face-detection": ("FaceDetection", "FaceDetection"),
    "face-recognition": ("FaceRecognition", "FaceRecognition"),
    "people-counting": ("NumberStat", "NumberStat"),
    "heat-map": ("HeatMap", "HeatMap"),
    "anpr": ("TrafficJunction", "Traffic"),
}
ATTRIBUTES = {
    "face-attributes.age": "Age",
    "face-attributes.gender": "Sex",
    "face-attributes.glasses": "Glasses",
    "face-attributes.mask": "Mask",
    "face-attributes.beard": "Beard",
    "emotion": "Emotion",
}
_ENABLED = ("on", "no-schedule", "not-loaded")


def _flag(value: object) -> str:
    return "true" if value else "false"


def _rules_of(device: LabDevice, channel: str) -> Iterator[Switch]:
    for switch in device.switches:
        if switch.channel == channel and switch.feature in RULES and switch.state not in ("missing", "supported-only"):
            yield switch


def scene(device: LabDevice, channel: str) -> str:
    """The smart plan that runs on a channel: that of its switched-on rules, '' for none."""
    plans = [RULES[switch.feature][1] for switch in _rules_of(device, channel) if switch.state in ("on", "no-schedule")]
    for wide in ("FaceRecognition", "FaceDetection", "Traffic", "NumberStat", "HeatMap"):
        if wide in plans:
            return wide
    return plans[0] if plans else ""


def _analyse_global(device: LabDevice) -> Lines | None:
    lines: Lines = []
    for channel in device.channels:
        if not list(_rules_of(device, channel)):
            continue
        at = f"[{int(channel) - 1}].Scene"
        lines.append((f"{at}.Type", scene(device, channel)))
        lines += [(f"{at}.TypeList[{n}]", name) for n, name in enumerate(plans_of(device, channel))]
    return lines or None


def plans_of(device: LabDevice, channel: str) -> list[str]:
    """The smart plans this channel has been set up for, running or not."""
    return list(dict.fromkeys(RULES[switch.feature][1] for switch in _rules_of(device, channel)))


def _analyse_module(device: LabDevice) -> Lines | None:
    lines: Lines = []
    for channel in device.channels:
        for number, plan in enumerate(plans_of(device, channel)):
            at = f"[{int(channel) - 1}][{number}]"
            lines += [(f"{at}.Enable", "true"), (f"{at}.Type", plan), (f"{at}.Sensitivity", "5")]
    return lines or None


def _analyse_rule(device: LabDevice) -> Lines | None:
    lines: Lines = []
    for channel in device.channels:
        rules = list(_rules_of(device, channel))
        if rules:  # a template nobody switched on stands first on real devices
            lines += _template(f"[{int(channel) - 1}][0]")
        for number, switch in enumerate(rules, 1):
            lines += _rule(device, switch, f"[{int(channel) - 1}][{number}]", number)
    return lines or None


def _template(at: str) -> Lines:
    return [(f"{at}.Class", "HeatMap"), (f"{at}.Enable", "false"), (f"{at}.Id", "0"), (f"{at}.Type", "HeatMap")]


def _rule(device: LabDevice, switch: Switch, at: str, number: int) -> Lines:
    kind, plan = RULES[switch.feature]
    lines: Lines = [(f"{at}.Class", plan)]
    if plan in ("FaceDetection", "FaceRecognition"):
        wanted = [
            ATTRIBUTES[other.feature]
            for other in device.switches
            if other.feature in ATTRIBUTES and other.channel == switch.channel and other.state == "on"
        ]
        lines += [(f"{at}.Config.FeatureList[{n}]", name) for n, name in enumerate(wanted)]
    elif kind == "CrossLineDetection":
        lines += [(f"{at}.Config.DetectLine[0][0]", "1500"), (f"{at}.Config.DetectLine[0][1]", "4096")]
        lines += [(f"{at}.Config.Direction", "Both")]
    lines.append((f"{at}.Enable", _flag(switch.state in _ENABLED)))
    for action in ("AlarmOutEnable", "BeepEnable", "MailEnable", "MessageEnable", "VoiceEnable"):
        lines.append((f"{at}.EventHandler.{action}", "false"))
    lines.append((f"{at}.EventHandler.RecordEnable", _flag(switch.linked)))
    lines.append((f"{at}.EventHandler.SnapshotEnable", _flag(switch.linked)))
    slot = "0 00:00:00-23:59:59" if switch.state == "no-schedule" else "1 00:00:00-23:59:59"
    for day in range(7):
        lines.append((f"{at}.EventHandler.TimeSection[{day}][0]", slot))
        lines.append((f"{at}.EventHandler.TimeSection[{day}][1]", "0 00:00:00-23:59:59"))
    lines += [(f"{at}.Id", str(number)), (f"{at}.Name", f"Rule{number}")]
    lines += [(f"{at}.ObjectTypes[{n}]", target.capitalize()) for n, target in enumerate(switch.targets)]
    lines.append((f"{at}.Type", kind))
    return lines


def _smart_motion(device: LabDevice) -> Lines | None:
    lines: Lines = []
    for channel in device.channels:
        switch = device.switch("object-class", channel)
        if switch is None or switch.state in ("missing", "supported-only"):
            continue
        at = f"[{int(channel) - 1}]"
        targets = switch.targets or ("human",)
        lines += [
            (f"{at}.Enable", _flag(switch.state in _ENABLED)),
            (f"{at}.ObjectTypes.Human", _flag("human" in targets)),
            (f"{at}.ObjectTypes.Vehicle", _flag("vehicle" in targets)),
            (f"{at}.Sensitivity", "Middle"),
        ]
    return lines or None


def _motion(device: LabDevice) -> Lines | None:
    lines: Lines = []
    for channel in device.channels:
        switch = device.switch("motion", channel)
        if switch is None:
            continue
        at = f"[{int(channel) - 1}]"
        lines += [
            (f"{at}.DetectVersion", "V3.0"),
            (f"{at}.Enable", _flag(switch.state in _ENABLED)),
            (f"{at}.EventHandler.RecordEnable", _flag(switch.linked)),
            (f"{at}.EventHandler.TimeSection[0][0]", "1 00:00:00-23:59:59"),
        ]
    return lines or None


def _tamper(device: LabDevice) -> Lines | None:
    switch = device.switch("tamper")
    return None if switch is None else [("[0].Enable", _flag(switch.state in _ENABLED))]


def _audio_detect(device: LabDevice) -> Lines | None:
    switch = device.switch("audio-detection")
    if switch is None or switch.state == "missing":
        return None
    return [("[0].AnomalyDetect", _flag(switch.state in _ENABLED)), ("[0].MutationDetect", "false")]


def _remote(device: LabDevice) -> Lines | None:
    if device.personality.kind != "recorder":
        return None
    lines: Lines = []
    slots: dict[int, AttachedCamera] = {int(camera.channel) - 1: camera for camera in device.attached}
    for slot in range(int(device.personality.extra.get("slots", 8))):
        at = f".uuid:System_CONFIG_NETCAMERA_INFO_{slot}"
        camera = slots.get(slot)
        fields: dict[str, object] = {
            "Address": camera.address if camera else "192.168.0.0",
            "DeviceType": (camera.model or "IP Camera") if camera else "",
            "Enable": _flag(camera.enabled if camera else False),
            "Encryption": 0,
            "HttpPort": 80,
            "HttpsPort": 443,
            "Mac": camera.mac if camera else "",
            "Name": camera.name if camera else "",
            "Password": leak("remote"),
            "Port": 37777,
            "ProtocolType": (camera.protocol or "Private") if camera else "Private",
            "RtspPort": 554,
            "SerialNo": camera.serial if camera else "",
            "UserName": leak("remoteuser"),
            "Vendor": (camera.maker or "Dahua") if camera else "Private",
            "VideoInputChannels": 1,
        }
        lines += [(f"{at}.{name}", str(value)) for name, value in fields.items()]
    return lines


def _single(name: str, key: str) -> Callable[[LabDevice], Lines | None]:
    def table(device: LabDevice) -> Lines | None:
        value = device.setting(key)
        return None if value is None else [(f".{name}", _flag(value))]

    return table


def _upnp(device: LabDevice) -> Lines | None:
    enabled = device.setting("upnp.enabled")
    if enabled is None:
        return None
    lines = [(".Enable", _flag(enabled))]
    for number, (name, port) in enumerate((("HTTP", 80), ("RTSP", 554))):
        mapped = device.setting("upnp.mapped") and not number
        line = {"Enable": _flag(mapped), "InnerPort": port, "OuterPort": port, "Protocol": "TCP", "ServiceName": name}
        lines += [(f".MapTable[{number}].{key}", str(value)) for key, value in line.items()]
    return lines


def _p2p(device: LabDevice) -> Lines | None:
    value = device.setting("cloud.p2p")
    return None if value is None else [(".Enable", _flag(value)), (".RegisterPassword", leak("p2p"))]


def _alarm_server(device: LabDevice) -> Lines:
    hosts = list(device.setting("upload.targets") or [])
    return [(".Address", hosts[0] if hosts else "0.0.0.0"), (".Enable", _flag(hosts)), (".Port", "37777")]


def _mail(_: LabDevice) -> Lines:
    return [
        (".Address", "none"),
        (".Enable", "false"),
        (".Password", leak("mail")),
        (".Title", "IPC Message"),
        (".UserName", "anonymity"),
    ]


def _shares(_: LabDevice) -> Lines:
    return [("[0].Address", "192.0.2.77"), ("[0].Enable", "false"), ("[0].Password", leak("ftp")), ("[0].Name", "FTP1")]


def _general(device: LabDevice) -> Lines:
    lock = device.personality.lock
    return [
        (".LocalNo", "8"),
        (".LockLoginEnable", _flag(lock.enabled)),
        (".LockLoginTimes", str(lock.attempts)),
        (".LoginFailLockTime", str(lock.seconds)),
        (".MachineName", device.names.name),
    ]


def _ntp(device: LabDevice) -> Lines:
    return [
        (".Address", "ntp.fernmoor.example"),
        (".Enable", _flag(device.setting("time.ntp"))),
        (".Port", "123"),
        (".TimeZone", "0"),
        (".UpdatePeriod", "60"),
    ]


def _network(device: LabDevice) -> Lines:
    return [
        (".DefaultInterface", "eth0"),
        (".eth0.DhcpEnable", "false"),
        (".eth0.IPAddress", device.address),
        (".eth0.PhysicalAddress", device.mac),
    ]


def _snmp(device: LabDevice) -> Lines | None:
    enabled = device.setting("snmp.enabled")
    if enabled is None:
        return None
    old = device.setting("snmp.v1v2")
    return [
        (".Enable", _flag(enabled)),
        (".SNMP_V1", _flag(old)),
        (".SNMP_V2", _flag(old)),
        (".ReadCommon", leak("read")),
        (".WriteCommon", leak("write")),
    ]


def _channel_title(device: LabDevice) -> Lines:
    if device.personality.kind == "recorder":
        return [(f"[{int(camera.channel) - 1}].Name", camera.name) for camera in device.attached]
    return [("[0].Name", device.names.name)]


def _encode(device: LabDevice) -> Lines | None:
    sound = device.setting("audio.enabled")
    return [
        ("[0].MainFormat[0].AudioEnable", _flag(sound)),
        ("[0].MainFormat[0].VideoEnable", "true"),
    ]


TABLES: dict[str, Callable[[LabDevice], Lines | None]] = {
    "VideoAnalyseGlobal": _analyse_global,
    "VideoAnalyseModule": _analyse_module,
    "VideoAnalyseRule": _analyse_rule,
    "SmartMotionDetect": _smart_motion,
    "MotionDetect": _motion,
    "BlindDetect": _tamper,
    "AudioDetect": _audio_detect,
    "RemoteDevice": _remote,
    "ChannelTitle": _channel_title,
    "Encode": _encode,
    "General": _general,
    "NTP": _ntp,
    "Network": _network,
    "SNMP": _snmp,
    "Telnet": _single("Enable", "service.telnet"),
    "SSHD": _single("Enable", "service.ssh"),
    "UPnP": _upnp,
    "T2UServer": _p2p,
    "AlarmServer": _alarm_server,
    "Email": _mail,
    "NAS": _shares,
    "DDNS": lambda _: [("[0].Enable", "false"), ("[0].Password", leak("ddns"))],
    "WLan": lambda _: [(".eth2.Keys[0]", leak("wifi")), (".eth2.WPAPSKKey", leak("wpa"))],
    "AccessFilter": _single("Enable", "ip_filter.enabled"),
    "RTSP": lambda device: [(".Enable", _flag("rtsp" in device.ports)), (".Port", "554")],
    "LoginFailureAlarm": lambda _: [(".Enable", "true")],
}
