"""AI functions of TVT: which page has the switch of each, which flag tells of it, what follows (docs/sources.md A7.6).

A flag decides what is supported; a page without a flag shows an ability only where it is on. Hours have a page of their
own whose fields nobody has published, so ``armed`` is known of what is off. Licences are not told.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from scanner.drivers.base import Reading
from scanner.drivers.register import DEVICE, Register, Row
from scanner.drivers.tvt.pages import Api, Receiver, Rule, decode_actions, decode_rule
from scanner.errors import NoAnswer
from scanner.model import Gap, Silence


class Function(NamedTuple):
    """One function. ``command`` '': no page is published. ``trigger``: its word in ``GetAlarmTriggerConfig``, ``event``
    in the list of an HTTP POST. ``filters``: it looks for kinds of objects. ``recorder``: asked of recorders too."""

    features: tuple[str, ...]
    command: str = ""
    flags: tuple[str, ...] = ()
    element: str = ""
    trigger: str = ""
    event: str = ""
    filters: bool = False
    recorder: bool = False
    other_command: str = ""


_AREA = ("supportperimeter", "supportpea")
_LINE = ("supporttripwire", "supportpea")
_FACE = ("supportvfd", "supportvfddetect")
_PLATE = ("supportvehicle", "supportvehice")

FUNCTIONS: tuple[Function, ...] = (
    Function(("intrusion",), "GetSmartPerimeterConfig", _AREA, "perimeter", "perimeter", "PERIMETER", True, True),
    Function(("intrusion",), "GetSmartAoiEntryConfig", ("supportaoientry",), "", "aoientry", "AOIENTRY", True, True),
    Function(("intrusion",), "GetSmartAoiLeaveConfig", ("supportaoileave",), "", "aoileave", "AOILEAVE", True, True),
    Function(("intrusion",), "GetSmartIpdConfig", ("supportipd",), "", "ipd"),
    Function(("line-crossing",), "GetSmartTripwireConfig", _LINE, "tripwire", "tripwire", "TRIPWIRE", True, True),
    Function(("face-detection",), "GetSmartVfdConfig", _FACE, "vfd", "vfd", recorder=True),
    Function(("anpr",), "GetSmartVehicleConfig", _PLATE, "vehicle", "vehicle", recorder=True),
    Function(("crowd",), "GetSmartCddConfig", ("supportcdd",), "cdd", "cdd"),
    Function(("people-counting",), "GetSmartCpcConfig", ("supportcpc",), "cpc", "cpc"),
    Function(
        ("people-counting",), "GetSmartPassLineCountConfig", ("supportpasslinecount",), "", "passlinecount",
        "PASSLINECOUNT", True, True, "GetPassLineCountConfig",
    ),
    Function(("people-counting",), "", ("supporttraffic",), event="TRAFFIC"),
    Function(("loitering",), "GetSmartLoiteringConfig", ("supportloitering",), event="LOITER", filters=True),
    Function(("parking",), "GetSmartPvdConfig", ("supportpvd",), event="PVD", filters=True),
    Function(("object-left", "object-removed"), "GetSmartOscConfig", ("supportosc",), "", "osc", "OSC"),
    Function(("smart-search",), "GetSmartVsdConfig", ("supportvsd",), event="VSD", filters=True),
    Function(("motion",), "GetMotionConfig", (), "motion", "motion", "MOTION", recorder=True),
    Function(("tamper",), "", ("supportavd",), event="AVD"),
    Function(("audio-detection",), "", ("supportasd",), event="ASD"),
    Function(("heat-map",), "", ("supportheatmap",)),
    Function(("face-recognition",), "", ("supportvfdmatch",)),
)  # fmt: skip
"""Two features: the page has one switch for things left and things taken away, and does not tell which it looks for."""

COULD_HAVE: tuple[str, ...] = (
    *dict.fromkeys(feature for function in FUNCTIONS for feature in function.features),
    "object-class", "face-attributes.age", "face-attributes.gender", "face-attributes.glasses", "face-attributes.mask",
    "auto-tracking", "mask-detection",
)  # fmt: skip
"""The last six are in events, and in what the maker's units are sold with; nothing public tells how to read them."""


EVENTS: frozenset[str] = frozenset({"SENSOR", *(function.event for function in FUNCTIONS if function.event)})
"""Events a receiver can list, ALL beside them. Faces, plates, crowds and people counting have none."""


class Flags(NamedTuple):
    """``support...`` of one reply."""

    said: dict[str, bool]
    evidence: str
    page: str


class Posts(NamedTuple):
    """Receivers of events; ``lost``: why there may be others."""

    receivers: Sequence[Receiver]
    lost: Silence | None

    def to(self, event: str) -> Receiver | None:
        """The first that is sent this event."""
        return next((one for one in self.receivers if one.events is None or (event and event in one.events)), None)

    @property
    def silence(self) -> Silence | None:
        """Why nobody can say that an event is not sent: unread, or with events that nobody has published."""
        strange = any((one.events or EVENTS) - EVENTS for one in self.receivers)
        return self.lost or ("undecided" if strange else None)


class Channel:
    """The register of one channel. ``flags`` are empty for recorders, which have none; ``lost``: why some are not
    known."""

    def __init__(
        self, api: Api, number: str, flags: Sequence[Flags], posts: Posts, *, lost: Silence | None, recorder: bool
    ) -> None:  # fmt: skip
        self.api = api
        self.number = number
        self.flags = flags
        self.lost = lost
        self.posts = posts
        self.recorder = recorder
        self.register = Register("tvt")

    def read(self) -> Iterator[Reading]:
        """Every function; a page that is lost leaves the others."""
        for function in FUNCTIONS:
            yield from self._function(function)
        if not self.register.has("object-class"):
            self._row("object-class").hush_all("no-reader")
        yield from self.register.features()

    def _row(self, feature: str, name: str = "") -> Row:
        return self.register.row(feature, self.number, name, verified=False)

    def _function(self, function: Function) -> Iterator[Gap]:
        name = function.command or function.flags[0]
        rows = [self._row(feature, name) for feature in function.features]
        said = self._flag(function, rows)
        if said is False:
            return
        if not function.command or (self.recorder and not function.recorder):
            self._lost(function, rows, "no-reader", said)
            return
        try:
            rule, evidence = self._page(function)
        except NoAnswer as silence:
            if silence.why != "no-such-page":
                yield Gap(f"tvt: {function.command}", silence.why, silence.detail)
            self._lost(function, rows, silence.why, said)
            return
        if rule is None:
            for row in rows:
                row.say("supported", False, evidence, f"{function.command}: errorCode 11, unsupported function")
                if said:
                    row.hush("enabled", "undecided")  # its flag says that it is there
            return
        self._switch(function, rows, rule, evidence, said)

    def _flag(self, function: Function, rows: Sequence[Row]) -> bool | None:
        """What the flags say of a function: the first page that names one of its flags counts, and any yes in it."""
        for flags in self.flags:
            named = {name: flags.said[name] for name in function.flags if name in flags.said}
            if named:
                has = any(named.values())
                words = ", ".join(f"{name} = {str(value).lower()}" for name, value in named.items())
                for row in rows:
                    row.say("supported", has, flags.evidence, f"{flags.page}: {words}")
                return has
        return None

    def _lost(self, function: Function, rows: Sequence[Row], why: Silence, said: bool | None) -> None:
        """A switch that was not read: what follows it is open too, and where it looks for kinds of objects, they may be
        told apart unseen."""
        for row in rows:
            row.hush("enabled", why)
            row.hush("linked", why)
            if said is None:
                row.hush("supported", why if function.command else self.lost or why)
        if function.filters:
            for column in ("supported", "enabled", "linked"):
                self._row("object-class").hush(column, why)

    def _page(self, function: Function) -> tuple[Rule | None, str]:
        """The rule; None where the device calls the function unsupported. One command has two names."""
        try:
            page = self.api.function(f"/{function.command}/{self.number}")
        except NoAnswer as silence:
            if silence.why != "no-such-page" or not function.other_command:
                raise
            page = self.api.function(f"/{function.other_command}/{self.number}")
        return (None if page.root is None else decode_rule(page.root, function.element)), page.evidence

    def _switch(
        self, function: Function, rows: Sequence[Row], rule: Rule, evidence: str, said: bool | None
    ) -> None:  # fmt: skip
        """What the page says; of one switch for two features only the no is clear."""
        says = f"{function.command}: {rule.says}"
        for row in rows:
            if rule.on and len(rows) > 1:
                row.hush("enabled", "undecided")
            else:
                row.say("enabled", rule.on, evidence, says)
            if said is None and rule.on and len(rows) == 1:
                row.say("supported", True, evidence, says)
            elif said is None:
                row.hush("supported", "undecided")
        if function.filters:
            rows = [*rows, *self._classes(rule, evidence, says, said)]
        if len(function.features) > 1:
            return  # which of them an action belongs to is not told
        if rule.on and rule.action:
            for row in rows:
                row.say("linked", True, evidence, f"{function.command}: {rule.action} is on")
        elif rule.on:
            self._actions(function, rows)

    def _classes(self, rule: Rule, evidence: str, says: str, said: bool | None) -> list[Row]:
        """A rule that looks for kinds of objects tells them apart while it is on. The row that then runs."""
        row = self._row("object-class")
        if not rule.filtered:
            row.hush("supported", "undecided")
            row.hush("enabled", "undecided")
            return []
        if said or rule.on:
            row.say("supported", True, evidence, says)
        else:
            row.hush("supported", "undecided")
        if rule.on and rule.classes is None:
            row.hush("enabled", "undecided")
            return []
        row.say("enabled", rule.on and bool(rule.classes), evidence, says)
        return [row] if rule.on and rule.classes else []

    def _actions(self, function: Function, rows: Sequence[Row]) -> None:
        """What follows an event: its own page, and events that are posted anyway. A no needs both."""
        receiver = self.posts.to(function.event)
        if receiver is not None:
            for row in rows:
                row.say("linked", True, receiver.evidence, f"{receiver.page}: a receiver of this event is set")
            return
        if not function.trigger:
            for row in rows:
                row.hush("linked", "no-reader")
            return
        path = f"/GetAlarmTriggerConfig/{self.number}/{function.trigger}"
        try:
            root, evidence = self.api.page(path)
            linked = decode_actions(root)
        except NoAnswer as silence:
            for row in rows:
                row.hush("linked", silence.why)
            return
        for row in rows:
            row.say("linked", linked, evidence, f"{path[1:]}: {'an action is' if linked else 'no action is'} on")
            if not linked and self.posts.silence is not None:
                row.hush("linked", self.posts.silence)


def unread(registers: Sequence[Register]) -> Iterator[Reading]:
    """Functions a unit of this maker can have and that no channel has a row of."""
    register = Register("tvt")
    for feature in COULD_HAVE:
        if not any(one.has(feature) for one in registers):
            register.row(feature, DEVICE, verified=False).hush_all("no-reader")
    yield from register.features()
