"""Dahua and the brands that sell its devices: the web page and the CGI interface with its key=value replies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from scanner.lab.leaks import leak
from scanner.lab.styles._cgi.tables import ATTRIBUTES, TABLES, plans_of, scene
from scanner.lab.styles.base import Plain
from scanner.lab.wire import Answer, Request, as_json, page, text

if TYPE_CHECKING:
    from scanner.lab.device import LabDevice
    from scanner.lab.gate import Verdict
    from scanner.lab.words import Switch

_LOGIN_PAGE = (
    "\ufeff<!DOCTYPE html><html><head><title>WEB SERVICE</title></head><body>"
    '<div class="ui-dialog-content"></div><input id="t_username"><a>Login</a>'
    '<script>var rpc = {"method":"global.login"}; var url = "/RPC2_Login";</script></body></html>'
)


class Dahua(Plain):
    """``/cgi-bin/*.cgi?action=get...`` behind Digest; no Server header, header names in capitals."""

    defaults: ClassVar[dict[str, Any]] = {
        "account.activated": True,
        "account.admin_count": 1,
        "account.count": 2,
        "login.lock.enabled": True,
        "service.telnet": False,
        "service.ssh": False,
        "upnp.enabled": False,
        "upnp.mapped": False,
        "cloud.p2p": False,
        "snmp.enabled": False,
        "snmp.v1v2": False,
        "time.ntp": True,
        "ip_filter.enabled": False,
        "audio.enabled": None,
    }

    def open_page(self, device: LabDevice, request: Request) -> Answer | None:
        if request.path == "/":
            return page(_LOGIN_PAGE)
        if request.path == "/custom_lang/English.txt":
            copyright_line = device.personality.extra.get("copyright")
            if copyright_line:
                return text(f'{{"w_camera_info":"Camera Info","w_copyright":"{copyright_line}"}}\r\n')
        return None

    def guards(self, device: LabDevice, request: Request) -> bool:  # noqa: ARG002
        return request.path.startswith("/cgi-bin/")

    def denied(self, device: LabDevice, verdict: Verdict) -> Answer:
        if verdict == "locked":
            return as_json(
                {"error": {"code": 268632081, "message": "User locked."}, "result": False, "remainLockSecond":
                 device.gate.seconds_left}, status=403,
            )  # fmt: skip
        return page("<html><body>Error<br>401 Unauthorized</body></html>", status=401)

    def guarded_page(self, device: LabDevice, request: Request) -> Answer | None:
        script = request.path.removeprefix("/cgi-bin/")
        action = request.first("action")
        if script == "configManager.cgi" and action == "getConfig":
            return _config(device, request)
        if script == "magicBox.cgi":
            return _magic_box(device, action, request)
        if script == "faceRecognitionServer.cgi":
            return _faces(device, action, request)
        if script == "devVideoAnalyse.cgi":
            return _analyse(device, action)
        if script == "LogicDeviceManager.cgi":
            return _logic_devices(device, action, request)
        if script == "userManager.cgi" and action == "getUserInfoAll":
            return _users(device)
        if script == "global.cgi" and action == "getCurrentTime":
            return _lines([("result", f"{device.now():%Y-%m-%d %H:%M:%S}")])
        if script == "eventManager.cgi" and action == "getExposureEvents":
            return _lines([("events[0]", "VideoMotion"), ("events[1]", "VideoBlind")])
        if script == "netApp.cgi" and action == "getUPnPStatus":
            return _lines([("status", "true" if device.setting("upnp.enabled") else "false")])
        if script == "IntervideoManager.cgi" and action == "getVersion":
            return _lines([("version", "22.06")]) if device.personality.onvif else _bad(device)
        return _bad(device)


def _lines(pairs: list[tuple[str, str]]) -> Answer:
    return text("".join(f"{key}={value}\r\n" for key, value in pairs))


def _bad(device: LabDevice) -> Answer:
    if device.personality.extra.get("old"):
        return text("Error\r\nBad Request!\r\n", status=400)
    return text("Error\r\nNot Implemented!\r\n", status=501)


def _check_failure() -> Answer:
    return as_json({"error": {"code": 403, "message": "Authority:check failure."}, "result": False}, status=403)


def _config(device: LabDevice, request: Request) -> Answer:
    names = request.query.get("name", [])
    prefix = "" if device.personality.extra.get("bare") else "table."
    body = ""
    for name in names:
        table, _, below = name.partition(".")
        forbidden = _forbidden(device, table)
        lines = None if forbidden or table not in TABLES else TABLES[table](device)
        if forbidden or (lines is None and device.personality.kind == "recorder"):
            return _check_failure()
        if lines is None:
            return text(f"Error: Error -1 getting param in name={table}\r\n")
        for key, value in lines:
            if not below or key.removeprefix(".").startswith(below):
                body += f"{prefix}{table}{key}={value}\r\n"
    return text(body) if names else _bad(device)


def _forbidden(device: LabDevice, table: str) -> bool:
    if table.startswith("VideoAnalyse"):
        return any(switch.state == "forbidden" and switch.feature != "object-class" for switch in device.switches)
    switch = device.switch("object-class")
    return table == "SmartMotionDetect" and switch is not None and switch.state == "forbidden"


def _magic_box(device: LabDevice, action: str, request: Request) -> Answer:
    personality = device.personality
    build = f",build:{personality.build_date.isoformat()}" if personality.build_date else ""
    single = {
        "getDeviceType": ("type", personality.model),
        "getSerialNo": ("sn", device.serial),
        "getSoftwareVersion": ("version", f"{device.firmware}{build}"),
        "getHardwareVersion": ("version", "1.00"),
        "getMachineName": ("name", device.names.name),
        "getVendor": ("vendor", str(personality.extra.get("vendor", "Dahua"))),
        "getDeviceClass": ("type", str(personality.extra.get("device_class", "IPC"))),
    }
    if action in single:
        return _lines([single[action]])
    if action == "getSystemInfo":
        return _lines(
            [
                ("deviceType", personality.model),
                ("processor", "S3LM"),
                ("serialNumber", device.serial),
                ("updateSerial", personality.model),
            ]
        )
    if action == "getProductDefinition" and request.first("name") == "MaxRemoteInputChannels":
        if personality.kind == "recorder":
            return _lines([("table.MaxRemoteInputChannels", str(personality.extra.get("slots", 8)))])
        return _lines([("table.MaxRemoteInputChannels", "0")])
    return _bad(device)


def _library(device: LabDevice) -> Switch | None:
    for switch in device.switches:
        if switch.feature == "face-recognition" and switch.state not in ("missing", "supported-only"):
            return switch
    return None


def _faces(device: LabDevice, action: str, request: Request) -> Answer:
    switch = _library(device)
    if switch is None:
        return _bad(device)
    if switch.state == "forbidden":
        return _check_failure()
    deployed = switch.state in ("on", "no-schedule")
    if action == "findGroup":
        pairs = [
            ("GroupList[0].groupID", "1"),
            ("GroupList[0].groupName", "list-1"),
            ("GroupList[0].groupDetail", leak("face")),
            ("GroupList[0].groupSize", str(switch.count or 0)),
            ("GroupList[0].groupType", "BlackListDB"),
        ]
        if deployed:
            pairs += [
                ("GroupList[0].channels[0]", str(int(switch.channel) - 1)),
                ("GroupList[0].similarity[0]", "80"),
            ]
        return _lines(pairs)
    if action == "getGroup":
        if request.first("channel") == switch.channel and deployed:
            return _lines([("groupID[0]", "1"), ("similary[0]", "80")])
        return text("")
    return _bad(device)


def _analyse(device: LabDevice, action: str) -> Answer:
    if device.personality.extra.get("no_caps"):
        return text("Error\r\nBad Request!\r\n", status=400)
    plans = plans_of(device, "1")
    if action == "getSceneList":
        return _lines([(f"scenes[{n}]", plan) for n, plan in enumerate(plans)])
    if action == "getCaps":  # key names unverified: the guides name the call, no recording shows its body
        pairs = []
        for number, plan in enumerate(plans):
            pairs.append((f"caps.SupportedScene[{number}]", plan))
        attributes = [name for feature, name in ATTRIBUTES.items() if device.switch(feature)]
        pairs += [(f"caps.FaceFeature[{n}]", name) for n, name in enumerate(attributes)]
        return _lines([*pairs, ("caps.CurrentScene", scene(device, "1"))])
    return _bad(device)


def _logic_devices(device: LabDevice, action: str, request: Request) -> Answer:
    if device.personality.kind != "recorder":
        return _bad(device)
    if device.personality.extra.get("states") == "other spelling" and "uniqueChannels" not in request.query:
        return _bad(device)
    if action == "getCameraState":
        known = {int(camera.channel) - 1: camera for camera in device.attached}
        pairs = []
        for slot in range(int(device.personality.extra.get("slots", 8))):
            camera = known.get(slot)
            used = camera is not None and camera.enabled
            state = "Empty" if camera is None or not used else "Connected" if camera.online else "Unconnect"
            pairs += [(f"states[{slot}].channel", str(slot)), (f"states[{slot}].connectionState", state)]
        return _lines(pairs)
    if action == "getCameraAll":
        pairs = []
        for number, camera in enumerate(device.attached):
            at = f"camera[{number}]"
            pairs += [
                (f"{at}.Enable", "true" if camera.enabled else "false"),
                (f"{at}.UniqueChannel", str(int(camera.channel) - 1)),
                (f"{at}.Type", "Remote"),
                (f"{at}.DeviceInfo.Address", camera.address),
                (f"{at}.DeviceInfo.DeviceType", camera.model or "IP Camera"),
                (f"{at}.DeviceInfo.SerialNo", camera.serial),
                (f"{at}.DeviceInfo.UserName", leak("cameraalluser")),
                (f"{at}.DeviceInfo.Password", leak("cameraall")),
            ]
        return _lines(pairs)
    return _bad(device)


def _users(device: LabDevice) -> Answer:
    admins = int(device.setting("account.admin_count") or 1)
    total = max(int(device.setting("account.count") or 2), admins)
    pairs = []
    for number in range(total):
        name = "admin" if number == 0 else device.gate.user if number == 1 else f"user{number}"
        pairs += [
            (f"users[{number}].Group", "admin" if number < admins else "user"),
            (f"users[{number}].Id", str(number + 1)),
            (f"users[{number}].Name", name),
            (f"users[{number}].Reserved", "true" if number == 0 else "false"),
        ]
    return _lines(pairs)


STYLE = Dahua()
