"""ISAPI pages as they come: asking one, telling its error bodies apart, and the pure decoders of rules."""

from __future__ import annotations

from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

from scanner.drivers.base import Asker
from scanner.drivers.markup import child, children, every, local, switch, switch_at, text, words
from scanner.errors import NoAnswer

if TYPE_CHECKING:
    from lxml.etree import _Element

    from scanner.net import Reply

_NOT_HERE = frozenset({"notsupport", "invalidoperation", "methodnotallowed"})
INFORMATION = "System/deviceInfo"
MOST_TRIGGERS = 4096
_PERSON_OR_VEHICLE = frozenset({"human", "vehicle"})
_ITEMS = ("LineItem", "FieldDetectionRegion", "RegionEntranceRegion", "RegionExitingRegion")


class NotHere(NoAnswer):
    """The device says that it has no such page; ``evidence`` is the reply that says so."""

    def __init__(self, detail: str, evidence: str) -> None:
        self.evidence = evidence
        super().__init__("no-such-page", detail)


class AnotherPage(NoAnswer):
    """What came is no page of this interface: a web page for every address, or the same page for every question."""


class Page(NamedTuple):
    """The root of an XML page, the reply it came in and when; ``authenticated`` when that was given to a login."""

    root: _Element
    evidence: str
    authenticated: bool
    seen_at: datetime


class Isapi:
    """ISAPI of one device. Very old firmware answers without the ``/ISAPI`` prefix: ``prefix`` is '' there."""

    def __init__(self, asker: Asker) -> None:
        self.asker = asker
        self.prefix = "/ISAPI"

    def xml(self, path: str) -> Page:
        """One XML page; NoAnswer, ``NotHere`` when the device says it has none.

        Who the device is stands in ``DeviceInfo`` and nothing else does: without that, a page that lacks a flag would
        read as the lack of a function.
        """
        reply = self.asker.get(f"{self.prefix}/{path}")
        hold_answer(reply)
        if path == INFORMATION and not reply.body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
            raise AnotherPage("malformed", f"asked for {path}, found no XML")
        root = reply.xml()
        if (local(root).lower() == "deviceinfo") is not (path == INFORMATION):
            raise AnotherPage("malformed", f"asked for {path}, found <{local(root)[:40]}>")
        return Page(root, reply.evidence, reply.sent_login, reply.seen_at)

    def json(self, path: str) -> tuple[Any, str]:
        """One JSON page and its evidence."""
        reply = self.asker.get(f"{self.prefix}/{path}")
        hold_answer(reply)
        return reply.json(), reply.evidence


def hold_answer(reply: Reply) -> None:
    """NoAnswer for a reply that is an error, whatever status it travels under (docs/sources.md A3.6).

    A 403 with ``notSupport`` means that the page is not there; a 403 without a word may also mean "no right".
    """
    said = substatus(reply)
    if said.lower() in _NOT_HERE:
        raise NotHere(f"{reply.status} {said}", reply.evidence)
    if said.lower() == "notactivated":
        raise NoAnswer("login-refused", "the device was never given a password, so it takes no login")
    if reply.status in (404, 405, 410, 501):
        raise NotHere(f"HTTP status {reply.status}", reply.evidence)
    reply.require_ok()
    if said and said.lower() != "ok":
        raise NoAnswer("malformed", f"the device answers {said}")


def substatus(reply: Reply) -> str:
    """``subStatusCode`` of an error body, '' where the reply is no error body."""
    head = reply.body[:4096]
    if b"ubStatusCode" not in head and b"ResponseStatus" not in head:
        return ""
    try:
        if head.lstrip()[:1] == b"{":
            value = reply.json()
            return str(value.get("subStatusCode", "")) if isinstance(value, dict) else ""
        root = reply.xml()
    except NoAnswer:
        return ""
    if local(root) != "ResponseStatus":
        return ""
    return text(root, "subStatusCode") or text(root, "statusString")


class RuleState(NamedTuple):
    """What a rule page says. ``enabled`` is None where it says nothing that can be read.

    ``targets`` are the object classes its live parts filter for, ``knows_targets`` whether it names any at all.
    """

    enabled: bool | None
    says: str
    targets: frozenset[str] = frozenset()
    knows_targets: bool = False


def decode_rule(root: _Element) -> RuleState:
    """Any rule page: ``enabled`` (``enable`` in face comparison), with the lines or regions below it.

    On is a rule whose switch is on, unless it lists several lines or regions and every one of them is explicitly off.
    One line that is off under a rule that is on is how V5.2 firmware writes a rule that is on.
    """
    name = local(root)
    if name in ("FaceContrastList", "FaceContrast"):
        return _decode_contrast(root)
    items = [item for item in root.iter() if isinstance(item.tag, str) and local(item) in _ITEMS]
    top = switch_at(root, "enabled")
    says = f"{name}/enabled = {text(root, 'enabled') or 'missing'}"
    if top is None:
        nested = [switch(found.text) for found in every(root, "enabled", "enable")]
        decided = [value for value in nested if value is not None]
        top = any(decided) if decided else None
        says = f"{name}: {sum(decided)} of {len(decided)} switches on"
    live = items
    if items:
        flags = [switch_at(item, "enabled") for item in items]
        on = [item for item, flag in zip(items, flags, strict=True) if flag is not False]
        kind = local(items[0])
        if None not in flags:
            says += f", {len(on)} of {len(items)} {kind} enabled"
        elif top and not any(_drawn(item) for item in items):
            says += f", no {kind} drawn"
        if top and not on and not (len(items) == 1 and _drawn(items[0])):
            top = False
        live = on or items
    layout = child(root, "MotionDetectionLayout")
    live_nodes = live or ([layout] if layout is not None else [root])
    return RuleState(top, says, _targets(live_nodes), _names_targets(root))


def _decode_contrast(root: _Element) -> RuleState:
    switches = [switch(found.text) for found in every(root, "enable", "enabled")]
    decided = [value for value in switches if value is not None]
    says = f"{local(root)}: {sum(decided)} of {len(decided)} comparisons enabled"
    return RuleState(any(decided) if decided else None, says)


def decode_json_rule(value: Any) -> RuleState:
    """A JSON rule: ``{"MixedTargetDetection": {"enabled": true}}``."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if isinstance(inner, dict) and isinstance(inner.get("enabled"), bool):
                return RuleState(inner["enabled"], f"{name}.enabled = {str(inner['enabled']).lower()}")
    return RuleState(None, "no switch in it")


def _drawn(item: _Element) -> bool:
    """A region with corners, or a line whose ends are not the same point (the recorded form of "no line")."""
    points = [
        (text(point, "positionX"), text(point, "positionY"))
        for point in every(item, "Coordinates", "RegionCoordinates")
    ]
    return len(set(points)) > 1


def _targets(nodes: list[_Element]) -> frozenset[str]:
    found: set[str] = set()
    for node in nodes:
        for item in every(node, "detectionTarget", "targetType"):
            found |= {word.lower() for word in words(item.text or "")}
    return frozenset(found & _PERSON_OR_VEHICLE)


def _names_targets(root: _Element) -> bool:
    return any((item.text or "").strip() for item in every(root, "detectionTarget", "targetType"))


def decode_schedule(root: _Element) -> bool | None:
    """True when a schedule has hours, False when it is empty, None when this is no schedule."""
    blocks = list(every(root, "TimeBlock"))
    if blocks:
        return True
    return False if child(root, "TimeBlockList") is not None or local(root) == "TimeBlockList" else None


class Trigger(NamedTuple):
    """What happens on one event of one channel: ``methods`` are ``center``, ``record``, ``email`` ...

    ``local`` is True for a picture of the device itself, False for a camera behind it and where it names no channel.
    """

    event: str
    channel: str
    methods: tuple[str, ...]
    local: bool = False


def decode_triggers(root: _Element) -> list[Trigger]:
    """``/Event/triggers`` in both recorded forms. A local channel beats the recorder's; without either it is '1'."""
    found = []
    for item in islice(every(root, "EventTrigger"), MOST_TRIGGERS):
        event = text(item, "eventType")
        channel = text(item, "videoInputChannelID") or text(item, "dynVideoInputChannelID")
        if not channel:
            tail = text(item, "id").rpartition("-")[2]
            channel = tail if tail.isdecimal() else "1"
        methods = [text(note, "notificationMethod") for note in every(item, "EventTriggerNotification")]
        if event:
            own = bool(text(item, "videoInputChannelID"))
            found.append(Trigger(event, channel, tuple(dict.fromkeys(method for method in methods if method)), own))
    return found


def decode_event_capabilities(root: _Element) -> dict[str, frozenset[str]]:
    """``/Event/channels/capabilities``: the event types each channel can have."""
    found: dict[str, frozenset[str]] = {}
    for item in every(root, "ChannelEventCap"):
        channel = text(item, "channelID") or text(item, "id")
        kind = child(item, "eventType")
        if channel and kind is not None:
            found[channel] = frozenset(words(kind.get("opt") or kind.text or ""))
    return found


def decode_flags(root: _Element) -> dict[str, bool]:
    """Every ``isSupport...`` (``issup...``) and ``is...Support`` of a capability page; true where one of several is."""
    flags: dict[str, bool] = {}
    for node in root.iter():
        name = local(node)
        if name.startswith("is") and ("upport" in name or name.startswith("issup")):
            value = switch(node.text)
            if value is not None:
                flags[name] = flags.get(name, False) or value
    return flags


def channel_ids(root: _Element, name: str) -> list[str]:
    """Ids of a channel list, in order."""
    return [found for item in children(root, name) if (found := text(item, "id")).isdecimal()]
