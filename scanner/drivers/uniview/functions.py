"""AI functions of a LAPI channel (docs/sources.md A2, A7.3, A10). Experimental: no reply of a named camera is recorded.

Two pages of abilities say what is supported, ``Smart/WorkingStatus`` and the ``Rule`` of a function what is on, its
``WeekPlan`` the hours and its ``LinkageActions`` what happens then. Firmware lists the functions it knows: one that is
not listed may have a page all the same, so that silence about it stays unknown. Of counting people, heat maps, parking
and number plates only the addresses are published, and no field of them: they are not asked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from scanner.drivers.base import Reading
from scanner.drivers.register import DEVICE, Register, Row
from scanner.drivers.uniview.lapi import Lapi
from scanner.drivers.uniview.pages import (
    ATTRIBUTES,
    LAPI,
    Data,
    Faces,
    Working,
    decode_abilities,
    decode_actions,
    decode_faces,
    decode_hours,
    decode_switch,
    decode_working,
)
from scanner.errors import NoAnswer
from scanner.model import Column, Gap, Silence


class Function(NamedTuple):
    """One function: its name among the abilities, its number in ``WorkingStatus``, its pages below the channel.

    ``alarm``: it stands in ``Alarm/Capabilities``. A page of '' is not published.
    """

    name: str
    feature: str
    number: int | None
    rule: str = ""
    hours: str = ""
    actions: str = ""
    alarm: bool = False


def _smart(name: str, feature: str, number: int) -> Function:
    rule, hours, actions = (f"Smart/{name}/{page}" for page in ("Rule", "WeekPlan", "LinkageActions"))
    return Function(name, feature, number, rule, hours, actions)


FUNCTIONS: tuple[Function, ...] = (
    _smart("CrossLineDetection", "line-crossing", 100),
    _smart("IntrusionDetection", "intrusion", 101),
    _smart("AccessZone", "intrusion", 102),
    _smart("LeaveZone", "intrusion", 103),
    Function("ObjTrack", "auto-tracking", 3, "Smart/ObjTrack/Rule", "Smart/ObjTrack/WeekPlan"),
    Function("HumanShapeDetection", "object-class", None, "Alarm/HumanShapeDetection/Rule",
             "Alarm/HumanShapeDetection/WeekPlan", "Alarm/HumanShapeDetection/LinkageActions", alarm=True),
    Function("VehicleDetection", "object-class", None, "Smart/VehicleDetection/Rule",
             "Smart/VehicleDetection/WeekPlan"),
    Function("SmartMotionDetection", "object-class", 107),
    Function("AudioDetection", "audio-detection", None, "Alarm/AudioDetection/Rule", "",
             "Alarm/AudioDetection/LinkageActions", alarm=True),
    Function("MotionDetection", "motion", None, "Alarm/MotionDetection/Rule", alarm=True),
    Function("TamperDetection", "tamper", None, "Alarm/TamperDetection/Rule", alarm=True),
)  # fmt: skip
"""Motion and tampering are no AI: their hours and actions are not asked for."""

FACES = Function("FaceDetection", "face-detection", 0)
FACE_ENABLE = f"{LAPI}/Smart/FaceEnable"
FACE_RULE = f"{LAPI}/Smart/FaceDetection/Rule"
FACE_ACTIONS = f"{LAPI}/Smart/FaceDetection/LinkageActions"
FACE_HOURS = "Smart/FaceDetection/WeekPlans"
"""Cameras have the pages of faces outside their channel, except for the hours; of recorders nothing is known."""

UNPUBLISHED: tuple[str, ...] = ("people-counting", "heat-map", "parking", "anpr")
COULD_HAVE: tuple[str, ...] = tuple(
    dict.fromkeys((
        *(one.feature for one in FUNCTIONS), "face-detection", "face-recognition", *ATTRIBUTES.values(), *UNPUBLISHED
    ))
)  # fmt: skip
_CAMERA = 0


class Channel:
    """The register of one channel. ``number`` is how LAPI counts: 0 is the camera itself, recorders begin with 1."""

    def __init__(self, lapi: Lapi, number: int) -> None:
        self.lapi = lapi
        self.number = number
        self.channel = str(number or 1)
        self.register = Register("uniview")
        self.gaps: list[Gap] = []
        self.abilities: dict[str, tuple[bool, str]] = {}
        self.lost: dict[bool, Silence] = {}  # by ``alarm``: why a page of abilities said nothing
        self.working: Working | None = None
        self.working_proof = ""
        self.unread: Silence = "no-reader"  # why ``WorkingStatus`` said nothing
        self.absent: dict[str, Silence] = {}  # features with a way that the device neither names nor has a page of

    def read(self) -> Iterator[Reading]:
        """All functions of the channel, then what could not be read."""
        self._read_abilities(alarm=False, page="Smart/Capabilities")
        self._read_abilities(alarm=True, page="Alarm/Capabilities")
        try:
            data, self.working_proof = self.lapi.data(self._path("Smart/WorkingStatus"))
            self.working = decode_working(data)
        except NoAnswer as silence:
            self.unread = self._gap("Smart/WorkingStatus", silence)
        self._faces()
        for function in FUNCTIONS:
            if self.number == _CAMERA or any(self._named(one) for one in FUNCTIONS if one.feature == function.feature):
                self._function(function)
            elif not self.register.has(function.feature):  # the channels of a recorder have no request to spare for it
                self._row(function).hush_all(self.lost.get(function.alarm, "undecided"))
        for feature, why in self.absent.items():
            self._nothing_else(feature, why)
        for feature in UNPUBLISHED if self.number == _CAMERA else ():
            self.register.row(feature, DEVICE, verified=False).hush_all("no-reader")
        yield from self.register.features()
        yield from self.gaps

    # -- what is asked ---------------------------------------------------------------------------------------------

    def _path(self, page: str) -> str:
        return f"{LAPI}/Channels/{self.number}/{page}"

    def _gap(self, page: str, silence: NoAnswer) -> Silence:
        """A page the firmware does not have is no gap, nor one that nobody has published."""
        if silence.why not in ("no-such-page", "no-reader", "undecided"):
            self.gaps.append(Gap(f"uniview: channel {self.channel}, {page}", silence.why, silence.detail))
        return silence.why

    def _read_abilities(self, *, alarm: bool, page: str) -> None:
        try:
            data, proof = self.lapi.data(self._path(page))
        except NoAnswer as silence:
            self.lost[alarm] = self._gap(page, silence)
            return
        self.abilities.update({name: (value, proof) for name, value in decode_abilities(data).items()})

    def _named(self, function: Function) -> bool:
        """Whether the device names it, among its abilities or in ``WorkingStatus``."""
        working = self.working is not None and function.number in self.working.on | self.working.off
        return working or function.name in self.abilities

    def _lost(self, function: Function) -> Silence | None:
        """Why the abilities do not speak of it: a page that firmware does not have was never going to."""
        why = self.lost.get(function.alarm)
        return None if why == "no-such-page" else why

    # -- one function ----------------------------------------------------------------------------------------------

    def _row(self, function: Function) -> Row:
        return self.register.row(function.feature, self.channel, function.name, verified=False)

    def _function(self, function: Function) -> None:
        row = self._row(function)
        on = self._switched(function, row, lambda: self._rule(self._path(function.rule) if function.rule else ""))
        if on and function.feature not in ("motion", "tamper"):
            self._answer(row, "armed", self._path(function.hours) if function.hours else "", decode_hours)
            self._answer(row, "linked", self._path(function.actions) if function.actions else "", decode_actions)

    def _rule(self, path: str) -> tuple[bool, str, str]:
        """(on, evidence, words) of a page with ``Enabled``; NoAnswer with the reason."""
        if not path:
            raise NoAnswer("no-reader" if self.unread == "no-such-page" else self.unread, "no page of it is published")
        data, proof = self.lapi.data(path)
        on = decode_switch(data)
        return on, proof, f"{path.removeprefix(LAPI)}: Enabled = {int(on)}"

    def _switched(self, function: Function, row: Row, rule: Callable[[], tuple[bool, str, str]]) -> bool | None:
        """Columns ``supported`` and ``enabled``; the second is returned, None where it is not told.

        What is on is supported; of what is off that is said by the abilities only, since firmware has pages of
        functions that the camera does not have.
        """
        supported, proof = self.abilities.get(function.name, (None, ""))
        if supported is not None:
            row.say("supported", supported, proof, f"{function.name}: supported = {int(supported)}")
        working = self._working(function)
        if supported is False and not (working and working[0]):
            row.say("enabled", False, proof, f"{function.name}: supported = 0")
            return False
        try:
            on, proof, says = working or rule()
        except NoAnswer as silence:
            why = self._gap(function.rule or function.name, silence)
            if self._absent(function, why):
                self.absent.setdefault(function.feature, why)
                return None
            row.hush("enabled", why)
            if supported is None:
                row.hush("supported", self._lost(function) or why)
            return None
        row.say("enabled", on, proof, says)
        if on and not supported:
            row.say("supported", True, proof, says)
        elif supported is None:
            row.hush("supported", self._lost(function) or "undecided")
        return on

    def _absent(self, function: Function, why: Silence) -> bool:
        """Whether the device does not have it, so that another way to the feature may decide: it is not named, and has
        no page; where no page is published, a list that would name it has to be there."""
        if self._named(function):
            return False
        if function.rule:
            return why == "no-such-page"
        return function.alarm not in self.lost or (self.working is not None and function.number is not None)

    def _nothing_else(self, feature: str, why: Silence) -> None:
        """No way to the feature said anything: that is no answer."""
        row = self.register.row(feature, self.channel, verified=False)
        for column in ("supported", "enabled"):
            if column not in row.yes and column not in row.no:
                row.hush(column, why)

    def _working(self, function: Function) -> tuple[bool, str, str] | None:
        """What ``WorkingStatus`` says of it, None where it does not list its number."""
        if self.working is None or function.number not in self.working.on | self.working.off:
            return None
        on = function.number in self.working.on
        listed = "EnableIDs" if on else "DisableIDs"
        return on, self.working_proof, f"WorkingStatus: {listed} holds {function.number} ({function.name})"

    def _answer(self, row: Row, column: Column, path: str, decode: Callable[[Data], bool]) -> None:
        """Hours or actions of a function that is on."""
        if not path:
            row.hush(column, "no-reader")
            return
        try:
            data, proof = self.lapi.data(path)
            answer = decode(data)
        except NoAnswer as silence:
            row.hush(column, self._gap(path.removeprefix(LAPI), silence))
            return
        words = {"armed": ("no hours", "hours"), "linked": ("no action is on", "an action is on")}[column][answer]
        row.say(column, answer, proof, f"{path.removeprefix(LAPI)}: {words}")

    # -- faces -----------------------------------------------------------------------------------------------------

    def _faces(self) -> None:
        """Detection, and what runs on a face that was found: recognition and attributes."""
        row = self._row(FACES)
        camera = self.number == _CAMERA
        on = self._switched(FACES, row, lambda: self._rule(FACE_ENABLE if camera else ""))
        if on:
            self._answer(row, "armed", self._path(FACE_HOURS) if camera else "", decode_hours)
            self._answer(row, "linked", FACE_ACTIONS if camera else "", decode_actions)
        beneath = {"face-recognition": "FaceRecognition", **{feature: name for name, feature in ATTRIBUTES.items()}}
        if self.abilities.get(FACES.name, (None, ""))[0] is False and not on:
            for feature, name in beneath.items():
                inner = self.register.row(feature, self.channel, name, verified=False)
                inner.follow(row, "supported", "enabled")
            return
        if not camera:
            for feature, name in beneath.items():
                self.register.row(feature, self.channel, name, verified=False).hush_all("no-reader")
            return
        self._beneath(row, on, beneath)

    def _beneath(self, row: Row, on: bool | None, beneath: dict[str, str]) -> None:
        """Each runs while it and face detection are on; it has no hours and actions of its own."""
        try:
            data, proof = self.lapi.data(FACE_RULE)
        except NoAnswer as silence:
            why = self._gap(FACE_RULE.removeprefix(LAPI), silence)
            for feature, name in beneath.items():
                self.register.row(feature, self.channel, name, verified=False).hush_all(why)
            return
        found = decode_faces(data)
        for feature, name in beneath.items():
            inner = self.register.row(feature, self.channel, name, verified=False)
            _beneath_a_face(inner, row, on, _said(found, feature), proof)


def _said(found: Faces, feature: str) -> bool | None:
    return found.recognition if feature == "face-recognition" else found.attributes.get(feature)


def _beneath_a_face(inner: Row, row: Row, on: bool | None, said: bool | None, proof: str) -> None:
    """``said`` is its own switch; a camera that cannot do it has the switch too, off, so that off supports nothing."""
    says = f"FaceDetection/Rule: {inner.vendor_name} = {'missing' if said is None else int(said)}"
    if said is None:
        inner.hush("supported", "undecided")
        if on is False:
            inner.follow(row, "enabled")
        else:
            inner.hush("enabled", "undecided")
        return
    if said:
        inner.say("supported", True, proof, says)
    else:
        inner.hush("supported", "undecided")
    if not said:
        inner.say("enabled", False, proof, says)
    elif on:
        inner.say("enabled", True, proof, says)
        inner.follow(row, "armed", "linked")
    else:
        inner.follow(row, "enabled")
