"""AI functions of a SUNAPI device by channel (docs/sources.md A2, A7.2, A10). Experimental.

Supported is what the attributes say, enabled what the view of a function says. ``DetectionType`` switches motion and
intelligent video; lines and areas are what intelligent video looks for. Where no published view tells whether a
function runs (masks, parking, body temperature, kinds of sound, queues, applications), enabled stays unknown.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from scanner.drivers.base import MOST_CHANNELS, Asker, Reading
from scanner.drivers.hanwha.pages import Attributes, Values, by_number, decode_view
from scanner.drivers.markup import switch
from scanner.drivers.register import DEVICE, Register, Row
from scanner.errors import NoAnswer
from scanner.model import Gap, Silence

SOURCES = "/stw-cgi/eventsources.cgi?msubmenu="
RULES = "/stw-cgi/eventrules.cgi?msubmenu=rules&action=view"
_SUPPORT = "Eventsource/Support/"


class View(NamedTuple):
    """One view with a switch ``Enable`` by channel, the attributes that tell of it, and its name among events.

    ``extra``: a second way to the same function, asked for only where the attributes name it.
    """

    submenu: str
    feature: str
    flags: tuple[str, ...]
    event: str = ""
    extra: bool = False

    @property
    def path(self) -> str:
        return f"{SOURCES}{self.submenu}&action=view"


VIEWS: tuple[View, ...] = (
    View("facedetection", "face-detection", (f"{_SUPPORT}FaceDetection",), "FaceDetection"),
    View("objectdetection", "object-class", (f"{_SUPPORT}ObjectDetection",)),
    View("peoplecount", "people-counting", ("Eventsource/Limit/MaxPeopleCountRule",)),
    View("autotracking", "auto-tracking", (f"{_SUPPORT}Tracking",), "Tracking"),
    View("audiodetection", "audio-detection", (f"{_SUPPORT}AudioDetection",), "AudioDetection"),
    View("tamperingdetection", "tamper", (f"{_SUPPORT}TamperingDetection",), "TamperingDetection"),
    View("defocusdetection", "tamper", (f"{_SUPPORT}DefocusDetection",), "DefocusDetection", extra=True),
)
ANALYSIS: tuple[str, ...] = ("videoanalysis2", "videoanalysis")
"""Newer firmware and older; the first that answers is believed."""
_AREAS = ("VA.Enter", "VA.Exit", "VA.Appear", "VA.Disappear", "VA.Intrusion")
INTELLIGENT: dict[str, tuple[str, ...]] = {
    "line-crossing": (f"{_SUPPORT}VA.Passing",),
    "intrusion": tuple(f"{_SUPPORT}{name}" for name in _AREAS),
    "loitering": (f"{_SUPPORT}VA.Loitering",),
}
"""What intelligent video looks for, and the attributes that tell of it."""
ONLY_SUPPORT: dict[str, tuple[str, ...]] = {
    "mask-detection": (f"{_SUPPORT}MaskDetection",),
    "parking": (f"{_SUPPORT}ParkingDetection",),
    "body-temperature": (f"{_SUPPORT}BodyTemperatureDetection",),
    "audio-classification": (f"{_SUPPORT}AudioAnalysis",),
    "queue": ("Recording/Support/QueueManagement", "Eventsource/Limit/MaxQueues"),
    "smart-search": ("Recording/Support/SmartSearch",),
    "custom-ai": (f"{_SUPPORT}OpenSDK", "System/Support/OpenSDK"),
}
COULD_HAVE: tuple[str, ...] = tuple(
    dict.fromkeys((*(view.feature for view in VIEWS), "motion", *INTELLIGENT, *ONLY_SUPPORT))
)
_TYPES: dict[str, tuple[bool, bool]] = {
    "Off": (False, False), "MotionDetection": (True, False), "IntelligentVideo": (False, True), "MDAndIV": (True, True),
}  # fmt: skip
"""``DetectionType`` -> (motion, intelligent video)."""
_EVENTS: dict[str, str] = {"motion": "MotionDetection", **dict.fromkeys(INTELLIGENT, "VideoAnalysis")}
"""Names among events of what has no view of its own."""


class Functions:
    """The register of one device. ``attributes`` is None where they could not be read, for the reason ``lost``."""

    def __init__(self, asker: Asker, attributes: Attributes | None, lost: Silence | None, channels: int) -> None:
        self.asker = asker
        self.attributes = attributes
        self.lost: Silence = lost or "undecided"
        self.known_channels = [str(number) for number in range(1, min(channels, MOST_CHANNELS) + 1)]
        self.register = Register("hanwha")
        self.gaps: list[Gap] = []

    def read(self) -> Iterator[Reading]:
        """All functions of all channels, then what could not be read."""
        for feature, flags in ONLY_SUPPORT.items():
            self._only_support(feature, flags)
        self._analysis()
        for view in VIEWS:
            self._view(view)
        self._events()
        yield from self.register.features()
        yield from self.gaps

    # -- support -----------------------------------------------------------------------------------------------

    def _flag(self, flags: Iterable[str], channel: str) -> tuple[bool | None, str]:
        """Any True supports; False only when all that are told are False and one is told. The second is the words."""
        if self.attributes is None:
            return None, ""
        told = [(self.attributes.flag(path, channel), path) for path in flags]
        for wanted in (True, False):
            for value, path in told:
                if value is wanted:
                    return value, f"{path} = {self.attributes.value(path, channel)}"
        return None, ""

    def _supports(self, row: Row, flags: Iterable[str]) -> bool | None:
        """The column ``supported`` from the attributes; None where they say nothing, and nothing is put down then."""
        value, says = self._flag(flags, row.channel)
        if value is not None and self.attributes is not None:
            row.say("supported", value, self.attributes.evidence, says)
        return value

    def _row(self, feature: str, channel: str, name: str = "") -> Row:
        return self.register.row(feature, channel, name, verified=False)

    def _only_support(self, feature: str, flags: tuple[str, ...]) -> None:
        """No view is published: enabled is unknown, unless the device says that it cannot do it at all."""
        said = {channel: self._flag(flags, channel)[0] for channel in self.known_channels}
        told = [channel for channel, value in said.items() if value is not None]
        if not told:
            self._row(feature, DEVICE).hush_all(self.lost if self.attributes is None else "no-reader")
        for channel in told:
            self._supports(self._row(feature, channel, flags[0].rpartition("/")[2]), flags)

    # -- views ---------------------------------------------------------------------------------------------------

    def _ask(self, path: str) -> tuple[dict[str, Values], str]:
        reply = self.asker.get(path).require_ok()
        return decode_view(reply.text()), reply.evidence

    def _gap(self, name: str, silence: NoAnswer) -> Silence:
        if silence.why != "no-such-page":
            self.gaps.append(Gap(f"hanwha: {name}", silence.why, silence.detail))
        return silence.why

    def _view(self, view: View) -> None:
        """A switch by channel. A channel that is said not to support it is not asked for; one view tells of all."""
        said = {channel: self._flag(view.flags, channel)[0] for channel in self.known_channels}
        rows = {channel: self._row(view.feature, channel, view.submenu) for channel in said}
        for row in rows.values():
            self._supports(row, view.flags)
        if all(value is False for value in said.values()):
            return
        if view.extra and all(value is None for value in said.values()):
            for row in rows.values() if self.attributes is None else ():
                row.hush("enabled", self.lost)
            return
        try:
            found, proof = self._ask(view.path)
        except NoAnswer as silence:
            why = self._gap(view.submenu, silence)
            for channel, row in rows.items():
                if said[channel] is None:
                    row.hush("supported", why)
                if said[channel] is not False:
                    row.hush("enabled", why)
            return
        for channel in dict.fromkeys((*rows, *found)):
            row = rows.get(channel) or self._row(view.feature, channel, view.submenu)
            values = found.get(channel, {})
            self._switch(row, switch(values.get("Enable")), said.get(channel), proof, f"{view.submenu}: Channel."
                         f"{int(channel) - 1}.Enable = {values.get('Enable')}")  # fmt: skip

    def _switch(self, row: Row, enable: bool | None, supported: bool | None, proof: str, says: str) -> None:
        if enable is None and supported is not False:
            row.hush("enabled", "undecided")
        elif enable is not None:
            row.say("enabled", enable, proof, says)
        if supported is None and enable is not None:
            row.say("supported", True, proof, says)
        elif supported is None:
            row.hush("supported", "undecided")

    # -- motion and intelligent video ------------------------------------------------------------------------------

    def _analysis(self) -> None:
        found: dict[str, Values] = {}
        proof = ""
        why: Silence | None = None
        for submenu in ANALYSIS:
            try:
                found, proof = self._ask(f"{SOURCES}{submenu}&action=view")
            except NoAnswer as silence:
                lost = self._gap(submenu, silence)
                why = lost if why in (None, "no-such-page") else why
                if lost in ("no-such-page", "malformed"):
                    continue
            else:
                why = None
                self.gaps = [gap for gap in self.gaps if not gap.part.startswith("hanwha: videoanalysis")]
            break
        for channel in dict.fromkeys((*self.known_channels, *found)):
            self._motion(channel, found.get(channel, {}), proof, why)
            self._intelligent(channel, found.get(channel, {}), proof, why)

    def _motion(self, channel: str, values: Values, proof: str, why: Silence | None) -> None:
        row = self._row("motion", channel, "MotionDetection")
        supported = self._supports(row, (f"{_SUPPORT}VA.MotionDetection",))
        kind = values.get("DetectionType", "")
        if kind not in _TYPES:
            if supported is not False:
                row.hush("enabled", why or "undecided")
            if supported is None:
                row.hush("supported", why or "undecided")
            return
        says = f"DetectionType = {kind}"
        row.say("enabled", _TYPES[kind][0], proof, says)
        if supported is None and _TYPES[kind][0]:
            row.say("supported", True, proof, says)
        elif supported is None:
            row.hush("supported", "undecided")

    def _intelligent(self, channel: str, values: Values, proof: str, why: Silence | None) -> None:
        """Lines and areas are listed with their mode. Where intelligent video is on and not one is listed, the list
        itself may be left out: nothing is decided then."""
        kind = values.get("DetectionType", "")
        looks_for = decode_rules(values)
        for feature, flags in INTELLIGENT.items():
            row = self._row(feature, channel, "IntelligentVideo")
            supported = self._supports(row, flags)
            rules = looks_for.get(feature, [])
            if supported is None and rules:
                row.say("supported", True, proof, ", ".join(rules))
            elif supported is None:
                row.hush("supported", why or "undecided")
            if supported is False and not rules:
                continue
            if kind not in _TYPES:
                row.hush("enabled", why or "undecided")
            elif not _TYPES[kind][1]:
                row.say("enabled", False, proof, f"DetectionType = {kind}")
            elif rules:
                row.say("enabled", True, proof, f"DetectionType = {kind}, {', '.join(rules)}")
            elif "" in looks_for or not looks_for:
                row.hush("enabled", "undecided")
            else:
                listed = ", ".join(one for many in looks_for.values() for one in many)
                row.say("enabled", False, proof, f"DetectionType = {kind}, and of this kind no rule: {listed}")

    # -- hours and actions ---------------------------------------------------------------------------------------

    def _events(self) -> None:
        """Event rules name no channel, so they are read on devices with one. Their text form is not published."""
        rows = {row.feature: row for row in self.register.rows() if row.answer("enabled") == "yes" and _events_of(row)}
        if not rows or len({row.channel for row in self.register.rows()} - {DEVICE}) > 1:
            return
        try:
            reply = self.asker.get(RULES).require_ok()
            rules = decode_event_rules(reply.text())
        except NoAnswer as silence:
            why = self._gap("event rules", silence)
            for row in rows.values():
                row.hush("armed", why)
                row.hush("linked", why)
            return
        for row in rows.values() if rules is not None else ():
            own = [rule for rule in rules or () if rule.source in _events_of(row)]
            for rule in own:
                for column, answer in (("armed", rule.armed), ("linked", rule.linked)):
                    if answer is None:
                        row.hush(column, "undecided")  # type: ignore[arg-type]  # the two names of columns above
                    else:
                        row.say(column, answer, reply.evidence, rule.says)  # type: ignore[arg-type]
            if not own:
                row.hush("armed", "undecided")
                row.hush("linked", "undecided")


def _events_of(row: Row) -> set[str]:
    """What its events are called, by the view that says that it is on."""
    if row.feature in _EVENTS:
        return {_EVENTS[row.feature]}
    said = {proof.says.partition(":")[0] for proof in row.yes.get("enabled", ())}
    return {view.event for view in VIEWS if view.event and view.submenu in said}


def decode_rules(values: Values) -> dict[str, list[str]]:
    """Lines and areas of intelligent video: feature -> rules in words. Key '' holds those whose mode is not told."""
    found: dict[str, list[str]] = {}
    for number, mode in by_number(values, "Line", "Mode").items():
        if mode != "Off":
            found.setdefault("line-crossing", []).append(f"Line.{number}.Mode = {mode or 'not told'}")
    for number, mode in by_number(values, "DefinedArea", "Mode").items():
        says = f"DefinedArea.{number}.Mode = {mode or 'not told'}"
        words = mode.lower()
        if "loiter" in words:
            found.setdefault("loitering", []).append(says)
        if any(word in words for word in ("enter", "exit", "appear", "intrusion")):
            found.setdefault("intrusion", []).append(says)
        if not mode:
            found.setdefault("", []).append(says)
    whole = values.get("EntireAreaMode", "")
    if "appear" in whole.lower():
        found.setdefault("intrusion", []).append(f"EntireAreaMode = {whole}")
    return found


class EventRule(NamedTuple):
    """What happens on an event; None where the rule does not decide it."""

    source: str
    armed: bool | None
    linked: bool | None
    says: str


def decode_event_rules(text: str) -> list[EventRule] | None:
    """``{"EventRules": [{"EventSource", "Enable", "ScheduleType", "Schedule", "EventAction"}]}``; None for the text
    form. NoAnswer ``malformed`` for JSON without rules. A rule that is switched off decides nothing: some pages of the
    maker leave this switch out."""
    if not text.lstrip().startswith("{"):
        return None if "=" in text else _no_rules()
    try:
        rules = json.loads(text).get("EventRules")
    except (ValueError, RecursionError):
        rules = None
    if not isinstance(rules, list):
        return _no_rules()
    return [_event_rule(rule) for rule in rules[:500] if isinstance(rule, dict)]


def _no_rules() -> list[EventRule]:
    raise NoAnswer("malformed", "expected EventRules, found something else")


def _event_rule(rule: dict[str, Any]) -> EventRule:
    source = str(rule.get("EventSource", "")).rpartition(".")[2][:80]
    actions = rule.get("EventAction")
    if isinstance(actions, str):
        actions = actions.split(",")
    named = (
        [str(one)[:40] for one in actions if str(one).strip() not in ("", "None")] if isinstance(actions, list) else []
    )
    hours = rule.get("ScheduleType")
    says = f"rule of {source}: Enable = {rule.get('Enable')}, ScheduleType = {str(hours)[:20]}, "
    says += f"EventAction = {', '.join(named) or None}"
    if switch(str(rule.get("Enable", "true"))) is not True:
        return EventRule(source, None, None, says)
    armed = True if hours == "Always" else _any(rule.get("Schedule")) if hours == "Scheduled" else None
    return EventRule(source, armed, bool(named) if isinstance(actions, list) else None, says)


def _any(schedule: Any, depth: int = 0) -> bool | None:
    """True when a schedule holds one hour at least; None where there is none to look at."""
    if schedule is None or depth > 4:
        return None
    inner = list(schedule.values()) if isinstance(schedule, dict) else schedule
    if isinstance(inner, list):
        return any(_any(one, depth + 1) for one in inner[:500])
    return str(inner).strip().lower() not in ("", "0", "false", "none")
