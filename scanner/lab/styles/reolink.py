"""Reolink: one address, commands in a JSON list, a token for a login in the body (docs/sources.md A7.1)."""

from __future__ import annotations

import json
import secrets
from typing import TYPE_CHECKING, Any, ClassVar

from scanner.lab.leaks import leak
from scanner.lab.rtsp import note_rejection
from scanner.lab.styles.base import Plain
from scanner.lab.wire import Answer, Request, page

if TYPE_CHECKING:
    from scanner.lab.device import LabDevice
    from scanner.lab.words import Switch

MOST_SESSIONS = 8
_TYPES = ("people", "vehicle", "dog_cat", "face")
_FLAGS = {
    "people": "supportAiPeople",
    "vehicle": "supportAiVehicle",
    "dog_cat": "supportAiDogCat",
    "face": "supportAiFace",
}
_ON = ("on", "no-schedule")
_HOURS = 168
_ERRORS = {-1: "not exist", -5: "max session", -6: "please login first", -9: "not support", -26: "ability error"}


class Reolink(Plain):
    """``POST /cgi-bin/api.cgi``; everything but the login asks for a token."""

    defaults: ClassVar[dict[str, Any]] = {
        "account.count": 2, "account.admin_count": 1, "login.lock.enabled": True, "login.lock.attempts": 5,
        "time.ntp": True, "upnp.enabled": False, "cloud.p2p": True, "audio.enabled": True, "upload.targets": [],
    }  # fmt: skip

    def open_page(self, device: LabDevice, request: Request) -> Answer | None:
        if request.path == "/":
            return page(
                '<!DOCTYPE html><html><head><title>Reolink</title></head><body><div id="app"></div></body></html>'
            )
        if request.path in ("/cgi-bin/api.cgi", "/api.cgi"):
            return _answer(device, request)
        return None

    def guards(self, device: LabDevice, request: Request) -> bool:  # noqa: ARG002
        return request.path.startswith("/cgi-bin/")

    def reads_by_post(self, device: LabDevice, request: Request) -> bool:  # noqa: ARG002
        names = [str(command.get("cmd")) for command in _commands(request)]
        return bool(names) and all(name.startswith("Get") or name in ("Login", "Logout") for name in names)

    def logs_in(self, device: LabDevice, request: Request) -> bool:  # noqa: ARG002
        return request.tls and request.method == "POST"


def _commands(request: Request) -> list[dict[str, Any]]:
    try:
        value = json.loads(request.body)
    except ValueError:
        return []
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _listed(results: list[dict[str, Any]]) -> Answer:
    return Answer(200, json.dumps(results, indent=3).encode(), "text/html")  # the maker's own content type


def _error(name: str, code: int, detail: str = "") -> dict[str, Any]:
    return {"cmd": name, "code": 1, "error": {"detail": detail or _ERRORS[code], "rspCode": code}}


def _answer(device: LabDevice, request: Request) -> Answer:
    commands = _commands(request)
    names = [str(command.get("cmd", "")) for command in commands]
    if names == ["Login"]:
        return _login(device, request, commands[0])
    token = request.first("token")
    if token not in device.gate.sessions:
        return _listed([_error("Unknown", -6)])
    if names == ["Logout"]:
        device.gate.sessions.discard(token)
        return _listed([{"cmd": "Logout", "code": 0, "value": {"rspCode": 200}}])
    return _listed([_result(device, command) for command in commands])


def _login(device: LabDevice, request: Request, command: dict[str, Any]) -> Answer:
    user = command.get("param", {}).get("User", {})
    verdict = device.gate.check_token(str(user.get("userName")), "", str(user.get("password")), "", "", device.now())
    if verdict in ("rejected", "locked"):
        note_rejection(device, request.port, "POST Login")
    if device.gate.locked:
        return _listed([_error("Login", -506, "Login has been locked, please try again later")])
    if verdict != "accepted":
        return _listed([_error("Login", -7, "login failed")])
    if len(device.gate.sessions) >= MOST_SESSIONS:
        return _listed([_error("Login", -5)])
    token = leak("token") + secrets.token_hex(6)
    device.gate.sessions.add(token)
    return _listed([{"cmd": "Login", "code": 0, "value": {"Token": {"leaseTime": 3600, "name": token}}}])


def _result(device: LabDevice, command: dict[str, Any]) -> dict[str, Any]:
    name = str(command.get("cmd", ""))
    param = command.get("param")
    channel = str(int(param.get("channel", 0)) + 1) if isinstance(param, dict) else "1"
    if name in device.personality.extra.get("denies", ()):
        return _error(name, -26)
    if name in _DEVICE:
        return {"cmd": name, "code": 0, "value": _DEVICE[name](device)}
    if name not in _CHANNEL:
        return _error(name, -9)
    if name in ("GetAiState", "GetAiCfg") and any(s.state == "forbidden" for s in _switches(device, channel)):
        return _error(name, -26)
    if name.endswith("V20") == bool(device.personality.extra.get("old")) and name in _SCHEDULED:
        return _error(name, -9)
    value = _CHANNEL[name](device, channel)
    return {"cmd": name, "code": 0, "value": {"channel": int(channel) - 1, **value} if name in _FLAT else value}


# -- the whole device ------------------------------------------------------------------------------------


def _info(device: LabDevice) -> dict[str, Any]:
    recorder = device.personality.kind == "recorder"
    kind = "NVR" if recorder else "IPC"
    count = int(device.personality.extra.get("slots", 1))
    return {"DevInfo": {
        "B485": 0, "audioNum": 1, "cfgVer": "v3.1.0.0", "channelNum": count, "exactType": kind, "type": kind,
        "firmVer": device.firmware, "hardVer": "IPC_523128M8MP", "model": device.personality.model,
        "name": device.names.name, "serial": device.serial, "wifi": 0,
    }}  # fmt: skip


def _status(device: LabDevice) -> dict[str, Any]:
    if device.personality.kind != "recorder":
        rows = [{"channel": 0, "name": device.names.name, "online": 1, "typeInfo": device.personality.model}]
        return {"count": 1, "status": rows}
    attached = {camera.channel: camera for camera in device.attached}
    rows = []
    for number in range(int(device.personality.extra.get("slots", 8))):
        camera = attached.get(str(number + 1))
        rows.append({
            "channel": number, "name": camera.name if camera else "", "online": int(bool(camera and camera.online)),
            "typeInfo": camera.model if camera else "", "uid": leak("uid") if camera else "",
        })  # fmt: skip
    return {"count": len(rows), "status": rows}


def _ability(device: LabDevice) -> dict[str, Any]:
    extra = device.personality.extra
    slots = int(extra.get("slots", 1)) if device.personality.kind == "recorder" else 1

    def flag(on: object) -> dict[str, int]:
        return {"permit": 6 if on else 0, "ver": int(bool(on))}

    channels = []
    for number in range(slots):
        switches = _switches(device, str(number + 1))
        there = {_type(switch) for switch in switches if switch.state != "missing"}
        channels.append({
            "aiTrack": flag("track" in there), "alarmMd": flag(True), "battery": flag(extra.get("battery")),
            "supportAi": flag(there), "supportAiDetectConfig": flag(not _switchless(device)),
            **{_FLAGS[name]: flag(name in there) for name in _TYPES},
            "supportWebhook": flag(extra.get("hooks")), "supportAudioAlarm": flag(False),
        })  # fmt: skip
    return {"Ability": {"abilityChn": channels, "scheduleVersion": flag(not extra.get("old")), "p2p": flag(True)}}


def _ports(device: LabDevice) -> dict[str, Any]:
    return {"NetPort": {
        "httpEnable": int("http" in device.ports), "httpPort": 80, "httpsEnable": int("https" in device.ports),
        "httpsPort": 443, "mediaPort": 9000, "onvifEnable": int(device.personality.onvif is not None),
        "onvifPort": 8000, "rtmpEnable": 0, "rtspEnable": int("rtsp" in device.ports), "rtspPort": 554,
    }}  # fmt: skip


def _users(device: LabDevice) -> dict[str, Any]:
    count, admins = int(device.setting("account.count") or 0), int(device.setting("account.admin_count") or 0)
    return {"User": [{"level": "admin" if n < admins else "guest", "userName": f"user{n}"} for n in range(count)]}


def _flag(device: LabDevice, key: str) -> int:
    return int(bool(device.setting(key)))


_DEVICE: dict[str, Any] = {
    "GetDevInfo": _info,
    "GetChannelstatus": _status,
    "GetAbility": _ability,
    "GetNetPort": _ports,
    "GetUser": _users,
    "GetP2p": lambda device: {"P2p": {"enable": _flag(device, "cloud.p2p"), "uid": leak("uid")}},
    "GetNtp": lambda device: {"Ntp": {"enable": _flag(device, "time.ntp"), "port": 123, "server": "pool.ntp.org"}},
    "GetUpnp": lambda device: {"Upnp": {"enable": _flag(device, "upnp.enabled")}},
    "GetSysCfg": lambda device: {"SysCfg": {
        "LockTime": 300, "allowedTimes": device.setting("login.lock.attempts"),
        "loginLock": _flag(device, "login.lock.enabled"),
    }},
}  # fmt: skip

# -- one channel -------------------------------------------------------------------------------------------


def _switches(device: LabDevice, channel: str) -> list[Switch]:
    return [switch for switch in device.switches if switch.channel == channel and _type(switch)]


def _type(switch: Switch) -> str:
    named = {
        "object-class": switch.name or "people",
        "face-detection": "face",
        "auto-tracking": "track",
        "motion": "md",
    }
    return named.get(switch.feature, "")


def _switchless(device: LabDevice) -> bool:
    """Firmware without a switch for each type; what it supports runs."""
    return bool(device.personality.extra.get("switchless")) or any(s.state == "supported-only" for s in device.switches)


def _states(device: LabDevice, channel: str) -> dict[str, Any]:
    there = {_type(switch) for switch in _switches(device, channel) if switch.state != "missing"}
    if device.personality.extra.get("plain_numbers"):
        return dict.fromkeys((name for name in _TYPES if name in there), 0)
    return {name: {"alarm_state": 0, "support": int(name in there)} for name in _TYPES}


def _detection(device: LabDevice, channel: str) -> dict[str, Any]:
    on = {_type(switch) for switch in _switches(device, channel) if switch.state in _ON}
    tracking = {"aiTrack": int("track" in on), "trackType": {"people": 1}}
    if _switchless(device):
        return tracking
    return {**tracking, "AiDetectType": {name: int(name in on) for name in _TYPES}}


def _schedule(device: LabDevice, channel: str, *, target: bool = True) -> dict[str, Any]:
    """One action: on when a function of the channel is linked to it; hours for those that have some."""
    switches = [switch for switch in _switches(device, channel) if _type(switch) != "track"]
    on = int(target and any(switch.linked and switch.state != "missing" for switch in switches))
    if device.personality.extra.get("old"):
        return {"schedule": {"channel": int(channel) - 1, "enable": on, "table": "1" * _HOURS}}
    busy = {_type(switch) for switch in switches if switch.state in ("on", "supported-only", "forbidden")}
    table = {f"AI_{name.upper()}" if name != "md" else "MD": "1" * _HOURS if name in busy else "0" * _HOURS
             for name in (*_TYPES, "md")}  # fmt: skip
    if device.personality.extra.get("odd_hours"):
        table = dict.fromkeys(table, "always")
    return {"scheduleEnable": on, "schedule": {"channel": int(channel) - 1, "table": table}}


def _ftp(device: LabDevice, channel: str) -> dict[str, Any]:
    hooks = device.personality.extra.get("hooks", ())
    targets = [host for host in device.setting("upload.targets") or () if host not in hooks]
    server = targets[0] if targets else ""
    more = {"server": server, "userName": leak("user"), "password": leak("password"), "remoteDir": "cam"}
    return {"Ftp": {**more, **_schedule(device, channel, target=bool(server))}}


def _email(device: LabDevice, channel: str) -> dict[str, Any]:
    more = {"smtpServer": "smtp.example.net", "smtpPort": 465, "userName": leak("user"), "password": leak("password")}
    return {"Email": {**more, **_schedule(device, channel, target=False)}}


def _hooks(device: LabDevice, channel: str) -> dict[str, Any]:
    hooks = list(device.personality.extra.get("hooks", ()))
    url = [{"bCustom": 0, "channel": int(channel) - 1, "hookBody": "", "hookUrl": f"https://{host}/api/{leak('hook')}",
            "index": number, "indexEnable": 1} for number, host in enumerate(hooks)]  # fmt: skip
    return {"WebHook": url}


_CHANNEL: dict[str, Any] = {
    "GetAiState": _states,
    "GetAiCfg": _detection,
    "GetEnc": lambda device, channel: {"Enc": {"audio": _flag(device, "audio.enabled"), "channel": int(channel) - 1}},
    "GetWebHook": _hooks,
}
for _end in ("", "V20"):
    _CHANNEL[f"GetPush{_end}"] = lambda device, channel: {"Push": _schedule(device, channel)}
    _CHANNEL[f"GetRec{_end}"] = lambda device, channel: {"Rec": {"overwrite": 1, **_schedule(device, channel)}}
    _CHANNEL[f"GetFtp{_end}"] = _ftp
    _CHANNEL[f"GetEmail{_end}"] = _email
_SCHEDULED = frozenset(
    name for name in _CHANNEL if name.removesuffix("V20") in ("GetPush", "GetRec", "GetFtp", "GetEmail")
)
_FLAT = frozenset({"GetAiState", "GetAiCfg"})

STYLE = Reolink()
