"""Pages of TVT as pure decoding: failures, switches, flags, actions, receivers, channels (docs/sources.md A7.6)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from scanner.drivers.markup import attribute, child, children, every, local, switch, switch_at, text
from scanner.errors import NoAnswer
from scanner.model import Answer, Attached, Silence, Slot

if TYPE_CHECKING:
    from lxml.etree import _Element

    from scanner.drivers.base import Asker
    from scanner.net import Reply

MOST_ITEMS = 512
MOST_HOSTS = 16
UNSUPPORTED = 11
_CODES: dict[int, tuple[Silence, str]] = {
    1: ("no-such-page", "invalid request"),
    4: ("forbidden", "permission denied"),
    5: ("forbidden", "addresses are limited"),
    7: ("undecided", "the device is busy"),
    8: ("forbidden", "the password has expired"),
    9: ("login-refused", "unauthorized"),
    10: ("login-locked", "the account is locked"),
    UNSUPPORTED: ("no-such-page", "unsupported function"),
    12: ("no-such-page", "no such channel"),
    14: ("no-such-page", "no such action"),
    17: ("no-such-page", "the service is not enabled"),
}
"""``errorCode``: 1 to 5 of the first edition of the interface, the others of the second."""
_STOPS = frozenset({9, 10})
_WEB_STATUSES = (200, 400)


class Page(NamedTuple):
    """``config`` of one reply and the id of its evidence; ``root`` None: the device calls the function unsupported."""

    root: _Element | None
    evidence: str


class Api:
    """Questions to one device. After an answer that says the login is wrong or locked nothing more is sent."""

    def __init__(self, asker: Asker) -> None:
        self.asker = asker
        self._stopped: NoAnswer | None = None

    def function(self, path: str) -> Page:
        """A page of a function; NoAnswer for every failure but "unsupported function"."""
        if self._stopped is not None:
            raise self._stopped
        reply = self.asker.get(path)
        root, code = decode_config(reply)
        if code == UNSUPPORTED:
            return Page(None, reply.evidence)
        if code:
            why, words = _CODES.get(code, ("malformed", "a failure of another kind"))
            silence = NoAnswer(why, f"the device answers errorCode {code}: {words}")
            if code in _STOPS:
                self._stopped = silence
            raise silence
        return Page(root, reply.evidence)

    def page(self, path: str) -> tuple[_Element, str]:
        """``config`` and its evidence; NoAnswer for every failure."""
        root, evidence = self.function(path)
        if root is None:
            why, words = _CODES[UNSUPPORTED]
            raise NoAnswer(why, f"the device answers errorCode {UNSUPPORTED}: {words}")
        return root, evidence


def decode_config(reply: Reply) -> tuple[_Element, int]:
    """``config`` and the code of its failure, 0 for none. A failure is HTTP 400, from some firmware 200, with
    ``status`` failed. NoAnswer for other statuses and for what is no ``config``."""
    if reply.status not in _WEB_STATUSES:
        reply.require_ok()
    root = reply.xml()
    if local(root) != "config":
        raise NoAnswer("malformed", "expected config, found something else")
    failed = attribute(root, "status").lower() == "failed"
    if not failed and reply.status in _WEB_STATUSES[1:]:
        reply.require_ok()
    code = attribute(root, "errorCode")
    if failed and not re.fullmatch(r"[1-9][0-9]{0,5}", code):
        raise NoAnswer("malformed", "the device answers a failure without a number")
    return root, int(code) if failed else 0


class Rule(NamedTuple):
    """The switch of one function. ``filtered``: the page lists kinds of objects (person, car, motor); ``classes``:
    whether one of them is looked for, None where that is neither yes nor no. ``action``: one that is on and stands on
    the same page, '' for none."""

    on: bool
    says: str
    action: str
    filtered: bool = False
    classes: bool | None = None


def decode_rule(root: _Element, element: str) -> Rule:
    """``<config><perimeter><switch>``. Of some pages the name of the element is not published: then it is the only one
    with a switch of its own. NoAnswer ``malformed`` without one, ``undecided`` for one that is neither on nor off."""
    found = [one for one in children(root, *([element] if element else [])) if child(one, "switch") is not None]
    if len(found) != 1:
        raise NoAnswer("malformed", f"expected one element with a switch, found {len(found)}")
    name, on = local(found[0]), switch_at(found[0], "switch")
    if on is None:
        raise NoAnswer("undecided", f"the switch of {name[:40]} is neither true nor false")
    says = f"{name[:40]}: switch = {str(on).lower()}"
    kinds = {
        local(kind)[:20]: switch_at(kind, "switch")
        for one in children(found[0], "objectFilter") for kind in children(one) if child(kind, "switch") is not None
    }  # fmt: skip
    if not kinds:
        return Rule(on, says, _action_on(found[0]))
    says += ", objectFilter: " + ", ".join(f"{kind} = {str(value).lower()}" for kind, value in kinds.items())
    classes = True if True in kinds.values() else None if None in kinds.values() else False
    return Rule(on, says, _action_on(found[0]), True, classes)


def decode_flags(root: _Element) -> dict[str, bool]:
    """``support...`` of ``GetDeviceDetail`` (under ``smart``) and ``GetDeviceInfo``, in lower case: firmware spells
    some of them in several ways. One that is missing says nothing."""
    found: dict[str, bool] = {}
    for node in list(root.iter())[: MOST_ITEMS * 4]:
        name = local(node).lower()
        value = switch(node.text) if name.startswith("support") and not len(node) else None
        if value is not None:
            found[name] = found.get(name, False) or value
    return found


_LISTS = ("snap", "record", "audio", "whiteLight")
_SWITCHED: dict[str, str] = {
    "saveTargetPicture": "", "saveSourcePicture": "", "saveFacePicture": "", "audioSwitch": "", "sdSnapSwitch": "",
    "sdRecSwitch": "", "mail": "switch", "ftp": "switch", "triggerMail": "switch", "triggerFtp": "switch",
    "sendPush": "pushSwitch",
}  # fmt: skip
"""Actions with a switch: of their own, or in the element named beside them."""
_NO_ACTION = frozenset({"types", "alarmHoldTime"})


def _acts(part: _Element) -> list[bool | None] | None:
    """The switches of one action; None for what is none."""
    name = local(part)
    if name in _SWITCHED:
        return [switch_at(part, *filter(None, [_SWITCHED[name]]))]
    if name not in (*_LISTS, "triggerAlarmOut"):
        return None
    if any(local(one) not in ("item", "itemType", "alarmOutList") for one in children(part)):
        return [None]  # a list of another kind: what is in it nobody has published
    if name in _LISTS:
        return [switch_at(item, "switch") for item in children(part, "item")]
    return list(_outputs(part))


def _outputs(part: _Element) -> Iterator[bool | None]:
    """An output that is listed is used, unless it has a switch of its own."""
    for item in every(part, "item"):
        own = child(item, "alarmSwitch")
        listed = bool(text(item, "alarmOutId")) or None
        yield switch(own.text) if own is not None else listed if len(item) else switch(item.text)


def _action_on(page: _Element) -> str:
    """Some pages have actions of their own, the one for number plates in a ``triggerConfig`` within it."""
    for part in (*children(page), *(inner for one in children(page, "triggerConfig") for inner in children(one))):
        if True in (_acts(part) or ()):
            return local(part)
    return ""


def decode_actions(root: _Element) -> bool:
    """``triggerConfig``: whether a snapshot, a recording, an output, a sound, a light or a message follows. NoAnswer
    ``undecided`` when none is seen to and a part is of a kind nobody has published; newer firmware has other parts."""
    page = next(every(root, "triggerConfig"), None)
    if page is None:
        raise NoAnswer("malformed", "expected triggerConfig, found something else")
    parts = [_acts(part) for part in children(page) if local(part) not in _NO_ACTION]
    answers = [answer for part in parts for answer in (part if part is not None else [None])]
    if True in answers:
        return True
    if None in answers or not parts:
        raise NoAnswer("undecided", "actions of a kind that nobody has published")
    return False


class Receiver(NamedTuple):
    """Where events are sent to, and which: ``events`` None means every one. ``page`` and ``evidence`` tell of it."""

    host: str
    events: frozenset[str] | None
    page: str
    evidence: str


def decode_posts(root: _Element, evidence: str) -> list[Receiver]:
    """``GetHttpPostConfig``: receivers that are switched on. ``httpPost`` sends every alarm, each address of
    ``httpPostV2`` those it lists. Paths and logins of the addresses end here. NoAnswer for a switch that says neither.
    """
    found: list[Receiver] = []
    first = child(root, "httpPost")
    seconds = [item for one in children(root, "httpPostV2") for lst in every(one, "urlList") for item in children(lst)]
    seconds = [item for item in seconds if local(item) == "item"][:MOST_HOSTS]
    if first is None and child(root, "httpPostV2") is None:
        raise NoAnswer("malformed", "expected httpPost or httpPostV2, found neither")
    if first is not None and _held(switch_at(first, "bSwitch")):
        found.append(Receiver(text(first, "serverIp")[:127], None, "GetHttpPostConfig", evidence))
    for item in seconds:
        if _held(switch_at(item, "switch")):
            words = {text(one).upper() for lst in children(item, "subscriptionEvents") for one in children(lst, "item")}
            events = None if "ALL" in words else frozenset(words)
            found.append(Receiver(text(item, "url", "domain")[:127], events, "GetHttpPostConfig", evidence))
    return found


def _held(value: bool | None) -> bool:
    if value is None:
        raise NoAnswer("undecided", "a switch of HTTP POST is neither true nor false")
    return value


def decode_alarm_server(root: _Element, evidence: str) -> list[Receiver]:
    """``GetAlarmServerConfig``: one receiver of every alarm, none without ``serverAddr`` or switched off (only newer
    firmware has a switch). NoAnswer for a page without ``alarmServer``."""
    server = child(root, "alarmServer")
    if server is None:
        raise NoAnswer("malformed", "expected alarmServer, found something else")
    host = "" if switch_at(server, "switch") is False else text(server, "serverAddr")[:127]
    return [Receiver(host, None, "GetAlarmServerConfig", evidence)] if host else []


def decode_ntp(root: _Element) -> bool:
    """``type`` of ``synchronizeInfo``: NTP, manually, PC."""
    word = text(root, "time", "synchronizeInfo", "type").lower()
    if word not in ("ntp", "manually", "pc"):
        raise NoAnswer("undecided", "type of synchronizeInfo is none of NTP, manually, PC")
    return word == "ntp"


def decode_audio(root: _Element) -> bool:
    """``audioInSwitch``, which stands at the top or in an element of its own."""
    value = next((switch(node.text) for node in every(root, "audioInSwitch")), None)
    if value is None:
        raise NoAnswer("undecided", "audioInSwitch is neither true nor false")
    return value


_ONLINE: dict[str, tuple[Answer, Slot]] = {
    "online": ("yes", "live"),
    "videoon": ("yes", "live"),
    "offline": ("no", "absent"),
    "videoloss": ("no", "absent"),
}


def decode_channels(root: _Element, evidence: str) -> list[Attached]:
    """``GetChannelInfo``: items with ``channelId``, ``name``, ``status``; ``GetChannelList`` of older firmware: items
    whose text is the channel, with ``channelStatus`` and, from some recorders, ``name``. They may stand beside their
    list. NoAnswer when there is none of either."""
    found: dict[str, Attached] = {}
    for item in list(every(root, "item"))[:MOST_ITEMS]:
        number = text(item, "channelId") or " ".join((item.text or "").split())
        if not re.fullmatch(r"[1-9][0-9]{0,2}", number):
            continue
        state = (text(item, "status") or attribute(item, "channelStatus")).lower()
        online, slot = _ONLINE.get(state, ("unknown", "unknown"))
        name = (text(item, "name") or attribute(item, "name"))[:100]
        found.setdefault(number, Attached(number, name, online=online, evidence=(evidence,), slot=slot))
    if not found and next(every(root, "channelList", "channelIDList"), None) is None:
        raise NoAnswer("malformed", "expected a list of channels, found something else")
    return sorted(found.values(), key=lambda entry: int(entry.channel))


class Information(NamedTuple):
    """``GetDeviceInfo``. ``built`` '' where the field is no date (recorders put a version there)."""

    model: str
    firmware: str
    serial: str
    mac: str
    built: str
    description: str
    channels: int | None
    newer: bool

    @property
    def is_recorder(self) -> bool:
        """Several channels and no day of a build, as every recorder of the guide; old cameras give nine channels beside
        their description."""
        return self.description.lower() != "ipcamera" and (self.channels or 1) > 1 and not self.built


def decode_information(root: _Element) -> Information:
    """NoAnswer without ``deviceInfo``. ``brand`` is a placeholder (IPC, Customer) in every example, and not taken."""
    info = child(root, "deviceInfo")
    if info is None:
        raise NoAnswer("malformed", "expected deviceInfo, found something else")
    built, count = text(info, "softwareBuildDate"), text(info, "chlMaxCount")
    try:
        date.fromisoformat(built)
    except ValueError:
        built = ""
    return Information(
        text(info, "model"),
        text(info, "softwareVersion"),
        text(info, "sn"),
        text(info, "mac"),
        built,
        text(info, "deviceDescription"),
        int(count) if re.fullmatch(r"[0-9]{1,4}", count) else None,
        text(info, "apiVersion").startswith("2"),
    )
