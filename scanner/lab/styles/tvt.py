"""TVT: one command a page, ``config`` for an answer, HTTP 400 with a number for a failure (docs/sources.md A7.6)."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from scanner.lab.leaks import leak
from scanner.lab.styles.base import Plain
from scanner.lab.wire import Answer, Request, page, xml

if TYPE_CHECKING:
    from scanner.lab.device import LabDevice
    from scanner.lab.gate import Verdict
    from scanner.lab.words import Switch

_SPACE = 'xmlns="http://www.ipc.com/ver10"'
_WORDS = {
    1: "Invalid Request", 4: "Permission Denied", 9: "Unauthorized", 10: "User Locked", 11: "Unsupported Function",
}  # fmt: skip
_ON = ("on", "no-schedule", "not-loaded")


class _Command(NamedTuple):
    """A function: its flag, the word of its actions, and the element its page has."""

    feature: str
    name: str
    flag: str
    trigger: str
    element: str
    filters: bool = False


_COMMANDS: dict[str, _Command] = {
    "GetSmartPerimeterConfig": _Command("intrusion", "", "supportPerimeter", "perimeter", "perimeter", True),
    "GetSmartAoiEntryConfig": _Command("intrusion", "entry", "supportAoiEntry", "aoientry", "aoiEntry", True),
    "GetSmartAoiLeaveConfig": _Command("intrusion", "leave", "supportAoiLeave", "aoileave", "aoiLeave", True),
    "GetSmartTripwireConfig": _Command("line-crossing", "", "supportTripwire", "tripwire", "tripwire", True),
    "GetSmartVfdConfig": _Command("face-detection", "", "supportVfd", "vfd", "vfd"),
    "GetSmartVehicleConfig": _Command("anpr", "", "supportvehicle", "vehicle", "vehicle"),
    "GetSmartCddConfig": _Command("crowd", "", "supportCdd", "cdd", "cdd"),
    "GetSmartPassLineCountConfig": _Command(
        "people-counting", "", "supportPassLineCount", "passlinecount", "passLineCount", True
    ),
    "GetSmartLoiteringConfig": _Command("loitering", "", "supportLoitering", "", "loitering", True),
    "GetSmartPvdConfig": _Command("parking", "", "supportPvd", "", "pvd", True),
    "GetSmartOscConfig": _Command("object-left", "", "supportOsc", "osc", "osc"),
    "GetSmartVsdConfig": _Command("smart-search", "", "supportVsd", "", "vsd", True),
    "GetMotionConfig": _Command("motion", "", "", "motion", "motion"),
}
_FLAGS_ONLY = {
    "tamper": "supportAvd", "audio-detection": "supportAsd", "heat-map": "supportHeatMap",
    "face-recognition": "supportVfdMatch",
}  # fmt: skip
_NEVER = ("supportCpc", "supportTraffic", "supportIpd")
"""Functions of older firmware, and one whose page nobody has published."""
_CHANNELS = ("GetChannelInfo", "GetChannelList")


class Tvt(Plain):
    """Commands behind a login. ``extra.old``: the first edition, with its list of channels and no page for sound;
    ``extra.no_flags``: a camera that does not tell them; ``extra.failures``: its failures come with status 200;
    ``extra.plain``: its pages list no kinds of objects; ``extra.counting``: the other name of the counting page;
    ``extra.posts``: events its HTTP POST sends; ``extra.alarm_server``: where every alarm goes; ``extra.unsupported``:
    it says so of what it does not have."""

    defaults: ClassVar[dict[str, Any]] = {"time.ntp": True, "audio.enabled": True}

    def open_page(self, device: LabDevice, request: Request) -> Answer | None:
        if request.path == "/":
            title = escape(str(device.personality.extra.get("title", "WEB SERVICE")))
            return page(f"<html><head><title>{title}</title></head><body></body></html>")
        return None

    def guards(self, device: LabDevice, request: Request) -> bool:  # noqa: ARG002
        return True

    def denied(self, device: LabDevice, verdict: Verdict) -> Answer:
        """Whatever the page, a refusal is a ``config`` too; its name space is the same under every brand."""
        code = 10 if verdict == "locked" else 9
        words = f'status="failed" errorCode="{code}" errorDesc="{_WORDS[code]}"'
        return xml(f'<config version="{_edition(device)}" {_SPACE} {words}/>', status=401)

    def guarded_page(self, device: LabDevice, request: Request) -> Answer | None:
        command, _, rest = request.path[1:].partition("/")
        if command == "GetPassLineCountConfig" and device.personality.extra.get("counting"):
            return _function(device, "GetSmartPassLineCountConfig", rest)
        if command == "GetSmartPassLineCountConfig" and device.personality.extra.get("counting"):
            return _failure(device, 1)
        if command in _COMMANDS:
            return _function(device, command, rest)
        if command == "GetAlarmTriggerConfig":
            return _actions(device, rest)
        if command in _CHANNELS:
            return _channels(device, command)
        reader = _PAGES.get(command)
        return reader(device) if reader is not None else _missing(device, command)


def _edition(device: LabDevice) -> str:
    return "1.7" if device.personality.extra.get("old") else "2.0.0"


def _config(device: LabDevice, inner: str) -> Answer:
    return xml(f'<config version="{_edition(device)}" {_SPACE}>{inner}</config>')


def _failure(device: LabDevice, code: int) -> Answer:
    words = "" if device.personality.extra.get("old") else f' errorDesc="{_WORDS[code]}"'
    status = 200 if device.personality.extra.get("failures") else 400
    return xml(f'<config status="failed" errorCode="{code}"{words}/>', status=status)


def _missing(device: LabDevice, command: str) -> Answer:
    """Functions are unknown commands to most firmware, unsupported to some."""
    return _failure(device, 11 if command.startswith("GetSmart") and device.personality.extra.get("unsupported") else 1)


def _text(name: str, value: str) -> str:
    return f'<{name} type="string"><![CDATA[{value}]]></{name}>'


def _flag(name: str, value: object) -> str:
    return f'<{name} type="boolean">{str(bool(value)).lower()}</{name}>'


def _is_recorder(device: LabDevice) -> bool:
    return device.personality.kind == "recorder"


def _property(device: LabDevice) -> str:
    built = device.personality.build_date
    named = _text("deviceName", device.names.name)
    if not device.personality.extra.get("old"):
        named += _text("apiVersion", "2.0.0")
    return (
        named
        + _text("model", device.personality.model)
        + _text("brand", "Customer")
        + _text("deviceDescription", device.personality.model if _is_recorder(device) else "IPCamera")
        + _text("softwareVersion", device.firmware)
        + _text("softwareBuildDate", built.isoformat() if built else device.firmware)
        + _text("mac", device.mac)
        + _text("sn", device.serial)
    )


def _information(device: LabDevice) -> Answer:
    count = max(len(device.attached), len(device.channels)) if _is_recorder(device) else len(device.channels)
    return _config(
        device, f'<deviceInfo>{_property(device)}<chlMaxCount type="uint32">{count}</chlMaxCount></deviceInfo>'
    )


def _detail(device: LabDevice) -> Answer:
    if _is_recorder(device) or device.personality.extra.get("no_flags"):
        return _failure(device, 1)
    flags = {one.flag: _switch(device, one) is not None for one in _COMMANDS.values() if one.flag}
    for feature, flag in _FLAGS_ONLY.items():
        switch = device.switch(feature)
        flags[flag] = switch is not None and switch.state != "missing"
    smart = "".join(_flag(name, value) for name, value in {**flags, **dict.fromkeys(_NEVER, False)}.items())
    return _config(
        device, f"<detail><property>{_property(device)}</property><smart>{smart}</smart>"
        "<image><supportROI type=\"boolean\">true</supportROI></image></detail>"
    )  # fmt: skip


def _switch(device: LabDevice, command: _Command, channel: str = "1") -> Switch | None:
    """The switch of a command, None where the device does not have the function."""
    for switch in device.switches:
        if switch.feature == command.feature and switch.name == command.name and switch.channel == channel:
            return None if switch.state == "missing" else switch
    return None


def _function(device: LabDevice, name: str, channel: str) -> Answer:
    command = _COMMANDS[name]
    switch = _switch(device, command, channel)
    if switch is None:
        return _missing(device, "GetSmart")
    if switch.state == "forbidden":
        return _failure(device, 4)
    if switch.state == "supported-only":
        return _failure(device, 1)
    inner = _flag("switch", switch.state in _ON) + '<alarmHoldTime type="uint32">20</alarmHoldTime>'
    if command.filters and not device.personality.extra.get("plain"):
        kinds = {"car": "vehicle", "person": "human", "motor": "vehicle"}
        inner += "<objectFilter>"
        for kind, target in kinds.items():
            on = not switch.targets or target in switch.targets
            inner += f'<{kind}>{_flag("switch", on)}<sensitivity type="uint32">50</sensitivity></{kind}>'
        inner += "</objectFilter>"
    inner += '<regionInfo type="list" count="1"><item><X type="uint32">10</X></item></regionInfo>'
    return _config(
        device, f"<types><level><enum>low</enum></level></types><{command.element}>{inner}</{command.element}>"
    )


def _actions(device: LabDevice, rest: str) -> Answer:
    channel, _, word = rest.partition("/")
    command = next((one for one in _COMMANDS.values() if one.trigger and one.trigger == word), None)
    switch = _switch(device, command, channel) if command else None
    if switch is None:
        return _failure(device, 1)
    item = f'<item><channelId type="uint32">{channel}</channelId>{_flag("switch", switch.linked)}</item>'
    off = f"<item>{_flag('switch', False)}</item>"
    return _config(
        device, f'<triggerConfig><snap type="list" count="1">{item}</snap><record type="list" count="0"/>'
        '<triggerAlarmOut><alarmOutList type="list" count="0"/></triggerAlarmOut>'
        f'<audio type="list">{off}</audio><whiteLight type="list">{off}</whiteLight></triggerConfig>'
    )  # fmt: skip


def _channels(device: LabDevice, command: str) -> Answer:
    old = bool(device.personality.extra.get("old"))
    if old != (command == "GetChannelList") or (old and not _is_recorder(device)):
        return _failure(device, 1)
    listed = [(one.channel, one.name, one.online) for one in device.attached]
    listed = listed or [(channel, f"channel{channel}", True) for channel in device.channels]
    words = {True: "online", False: "offline"}
    if old:
        items = "".join(f'<item channelStatus="{words[on]}">{number}</item>' for number, _, on in listed)
        return _config(device, f'<channelIDList type="list" count="{len(listed)}"/><itemType type="string"/>{items}')
    items = "".join(
        f'<item><channelId type="uint32">{number}</channelId>{_text("name", name)}'
        f'<status type="channelStatus">{words[on]}</status><attribute type="channelType">Normal</attribute></item>'
        for number, name, on in listed
    )
    types = "<types><channelStatus><enum>online</enum><enum>offline</enum></channelStatus></types>"
    return _config(device, f'{types}<channelList type="list" count="{len(listed)}">{items}</channelList>')


def _time(device: LabDevice) -> Answer:
    word = "NTP" if device.setting("time.ntp") else "manually"
    zone = f"<timezoneInfo>{_text('timeZone', 'GMT0BST,M3.5.0/1,M10.5.0')}</timezoneInfo>"
    clock = _text("ntpServer", "time.windows.com") + _text("currentTime", device.now().strftime("%Y-%m-%d %H:%M:%S"))
    return _config(
        device,
        f'<time>{zone}<synchronizeInfo><type type="synchronizeType">{word}</type>{clock}</synchronizeInfo></time>',
    )


def _audio(device: LabDevice) -> Answer:
    if device.personality.extra.get("old"):
        return _failure(device, 1)
    return _config(device, _flag("audioInSwitch", device.setting("audio.enabled")) + "<audioInput>MIC</audioInput>")


def _posts(device: LabDevice) -> Answer:
    """A first receiver that is off, and one for the events it is to have; logins of both are in it."""
    if _is_recorder(device):
        return _failure(device, 1)
    host = next(iter(device.setting("upload.targets") or ()), "")
    events = [str(event) for event in device.personality.extra.get("posts", ())]
    listed = "".join(f"<item>{event}</item>" for event in events)
    login = _text("userName", "poster") + _text("password", leak("post"))
    first = _flag("bSwitch", False) + _text("serverIp", "192.0.2.9") + _text("URL", "/" + leak("hook")) + login
    second = (
        f"<item><urlId>1</urlId>{_flag('switch', bool(host))}<url><protocol>http</protocol>{_text('domain', host)}"
        f"<port>80</port>{_text('path', '/' + leak('hook'))}<authentication>basic</authentication>{login}</url>"
        f'<subscriptionEvents type="list">{listed}</subscriptionEvents></item>'
    )
    return _config(
        device, f"<httpPost>{first}</httpPost><httpPostV2><postUrlConf>"
        f'<urlList type="list" count="1">{second}</urlList></postUrlConf></httpPostV2>'
    )  # fmt: skip


def _alarm_server(device: LabDevice) -> Answer:
    address = _text("serverAddr", str(device.personality.extra.get("alarm_server", "")))
    return _config(device, f'<alarmServer>{address}<serverPort type="uint16">8010</serverPort></alarmServer>')


_PAGES = {
    "GetDeviceInfo": _information, "GetDeviceDetail": _detail, "GetDateAndTime": _time,
    "GetAudioStreamConfig": _audio, "GetHttpPostConfig": _posts, "GetAlarmServerConfig": _alarm_server,
}  # fmt: skip

STYLE = Tvt()
