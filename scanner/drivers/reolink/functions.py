"""Reolink's AI functions: types a channel tells apart, their switch, hours and actions (docs/sources.md A7.1, A10).

Newer firmware has a switch for each type (``AiDetectType`` of ``GetAiCfg``, the maker's guide). Older has none; what
it supports is then taken as always on, which no document says, and the proof says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from scanner.drivers.base import Reading
from scanner.drivers.register import Register, Row, unknown
from scanner.drivers.reolink.api import Command, Result, need, number, switch
from scanner.errors import NoAnswer
from scanner.model import Silence

TYPES: dict[str, str] = {
    "people": "object-class",
    "vehicle": "object-class",
    "dog_cat": "object-class",
    "package": "object-class",
    "non-motor vehicle": "object-class",
    "face": "face-detection",
    "cry": "audio-classification",
}
"""Names of ``GetAiState`` -> features."""

NO_AI = frozenset({"channel", "other", "visitor", "md"})
"""Names of ``GetAiState`` that are no AI: the channel, plain movement, the button of a door bell."""

ABILITIES: dict[str, str] = {
    "people": "supportAiPeople", "vehicle": "supportAiVehicle", "dog_cat": "supportAiDogCat", "face": "supportAiFace",
}  # fmt: skip
"""Flags of ``GetAbility`` for these types."""

ELSEWHERE: tuple[str, ...] = (
    "line-crossing", "intrusion", "loitering", "object-left", "object-removed", "audio-classification",
)  # fmt: skip
"""Newer devices have these; only the maker's own protocol on port 9000 tells of them, which camaudit does not speak."""

COULD_HAVE: tuple[str, ...] = ("object-class", "face-detection", "auto-tracking", *ELSEWHERE)

ALWAYS_ON = "support = 1 and GetAiCfg has no switch for it: taken as always on, which is not confirmed"
_HOURS = 168
MOST_TYPES = 16


class Action(NamedTuple):
    """Something that happens on an event: the command that tells of it, and the name of its object."""

    title: str
    command: str
    old_command: str
    object: str


ACTIONS: tuple[Action, ...] = (
    Action("push", "GetPushV20", "GetPush", "Push"),
    Action("email", "GetEmailV20", "GetEmail", "Email"),
    Action("FTP", "GetFtpV20", "GetFtp", "Ftp"),
    Action("recording", "GetRecV20", "GetRec", "Rec"),
)
SIREN = Action("siren", "GetAudioAlarmV20", "", "Audio")


class Abilities(NamedTuple):
    """``GetAbility`` of one channel: which features the firmware has, by name of the flag."""

    versions: dict[str, int]
    new_schedules: bool
    evidence: str

    def has(self, name: str) -> bool | None:
        """True or false as the flag says, None where there is no such flag."""
        version = self.versions.get(name)
        return None if version is None else version > 0


def decode_abilities(value: dict[str, Any], channel: int, evidence: str) -> Abilities:
    """``Ability.abilityChn[channel].<name>.ver``: 0 is not there."""
    ability = value.get("Ability")
    ability = ability if isinstance(ability, dict) else {}
    channels = ability.get("abilityChn")
    own = channels[channel] if isinstance(channels, list) and channel < len(channels) else None
    versions = _versions(own)
    return Abilities(versions, _versions(ability).get("scheduleVersion", 0) > 0, evidence)


def _versions(value: Any) -> dict[str, int]:
    if not isinstance(value, dict):
        return {}
    found = {str(name): number(flag.get("ver")) for name, flag in value.items() if isinstance(flag, dict)}
    return {name: version for name, version in found.items() if version is not None}


def decode_types(value: dict[str, Any]) -> dict[str, bool]:
    """``GetAiState``: whether each type is supported. Before 3.0.0-494 a plain number stands for those it has."""
    found: dict[str, bool] = {}
    for name, state in value.items():
        if name in NO_AI or len(found) >= MOST_TYPES:
            continue
        if isinstance(state, dict):
            supported = switch(state.get("support"))
            if supported is not None:
                found[name] = supported
        elif number(state) is not None:
            found[name] = True
    return found


class Hours(NamedTuple):
    """One action on one channel: whether it is on, and for each trigger whether any hour of the week is set."""

    on: bool | None
    triggers: dict[str, bool]


def is_on(value: dict[str, Any]) -> bool | None:
    """The switch of an action: ``scheduleEnable``, in some firmware ``enable``, in old firmware one of its schedule."""
    schedule = value.get("schedule")
    inner = schedule.get("enable") if isinstance(schedule, dict) else None
    switches = (switch(one) for one in (value.get("scheduleEnable"), value.get("enable"), inner))
    return next((on for on in switches if on is not None), None)


def decode_action(value: dict[str, Any]) -> Hours:
    """Its switch and ``schedule.table.<trigger>``, 168 hours as 0 and 1.

    In old firmware the table is one text for whatever happens: no trigger is named. NoAnswer ``malformed`` otherwise.
    """
    schedule = value.get("schedule")
    table = schedule.get("table") if isinstance(schedule, dict) else None
    triggers: dict[str, bool] = {}
    for name, hours in table.items() if isinstance(table, dict) else ():
        if not (isinstance(hours, str) and len(hours) == _HOURS and not hours.strip("01")):
            raise NoAnswer("malformed", f"the hours of {str(name)[:40]} are no week of noughts and ones")
        triggers[str(name)] = "1" in hours
    return Hours(is_on(value), triggers)


class Channel(NamedTuple):
    """What was asked of one channel, by the name of the command. ``number`` counts from 0, ``name`` from "1"."""

    number: int
    abilities: Abilities
    answers: dict[str, Result | NoAnswer]
    sleeps: bool = False

    @property
    def name(self) -> str:
        return str(self.number + 1)


def commands(channel: int, abilities: Abilities, *, sleeps: bool) -> list[Command]:
    """What to ask of a channel. A camera that runs on a battery is asked nothing that would wake it."""
    names = ["GetAiState"]
    if not sleeps:
        names += ["GetAiCfg", "GetEnc"]
        if abilities.has("supportWebhook"):
            names.append("GetWebHook")
    names += [action.command if abilities.new_schedules else action.old_command for action in ACTIONS]
    if abilities.new_schedules and (abilities.has("alarmAudio") or abilities.has("supportAudioAlarm")):
        names.append(SIREN.command)
    return [Command(name, channel) for name in names]


class _Types(NamedTuple):
    """``GetAiState`` as it was answered; ``why`` a type it does not name stays unknown."""

    supported: dict[str, bool]
    evidence: str
    why: Silence


class ChannelFunctions:
    """The rows of one channel."""

    def __init__(self, register: Register, channel: Channel) -> None:
        self.register = register
        self.channel = channel
        self.actions: list[tuple[Action, Hours, str]] = []
        self.lost: Silence | None = None

    def read(self) -> None:
        """Types, tracking, plain movement."""
        self._read_actions()
        types = self._types()
        switches = self._switches()
        rows: dict[str, list[tuple[Row, str, bool | None]]] = {}
        for name in dict.fromkeys((*types.supported, *ABILITIES)):
            row = self._row(TYPES.get(name, "custom-ai"), name)
            supported = self._supported(row, name, types)
            if supported is not False:
                on = self._enabled(row, name, types, switches)
                rows.setdefault(row.feature, []).append((row, name, on))
        for several in rows.values():
            live = [one for one in several if one[2] is not False]  # where all are off, nothing has hours
            for row, name, _ in live or several:
                self._reach(row, name, hours=bool(live))
        self._tracking()
        self._motion()

    def _row(self, feature: str, name: str) -> Row:
        return self.register.row(feature, self.channel.name, name, verified=False)

    def _types(self) -> _Types:
        try:
            result = need(self.channel.answers, "GetAiState")
        except NoAnswer as silence:
            return _Types({}, "", silence.why)
        supported = decode_types(result.value)
        return _Types(supported, result.evidence, "no-reader" if supported else "malformed")

    def _switches(self) -> tuple[dict[str, Any], str] | Silence:
        """``AiDetectType``, {} on firmware that has none; the silence when that cannot be told."""
        has_switches = self.channel.abilities.has("supportAiDetectConfig")
        try:
            result = need(self.channel.answers, "GetAiCfg")
        except NoAnswer as silence:
            return ({}, "") if silence.why == "no-such-page" and not has_switches else silence.why
        found = result.value.get("AiDetectType")
        if isinstance(found, dict):
            return found, result.evidence
        return "malformed" if has_switches or found is not None else ({}, result.evidence)

    def _supported(self, row: Row, name: str, types: _Types) -> bool | None:
        """``GetAiState`` tells it, else the flag of the ability."""
        if name in types.supported:
            supported = types.supported[name]
            row.say("supported", supported, types.evidence, f"GetAiState: {name}.support = {int(supported)}")
            return supported
        has = self.channel.abilities.has(ABILITIES[name])
        if has is None:
            row.hush("supported", types.why)
        else:
            evidence = self.channel.abilities.evidence
            row.say("supported", has, evidence, f"{ABILITIES[name]}.ver {'> 0' if has else '= 0'}")
        return has

    def _enabled(
        self, row: Row, name: str, types: _Types, switches: tuple[dict[str, Any], str] | Silence
    ) -> bool | None:
        """Its switch; where the firmware has none at all, support is taken as on."""
        on: bool | None = None
        if isinstance(switches, str):
            row.hush("enabled", switches)
        elif name in switches[0]:
            on = switch(switches[0][name])
            if on is None:
                row.hush("enabled", "malformed")
            else:
                row.say("enabled", on, switches[1], f"GetAiCfg: AiDetectType.{name} = {int(on)}")
        elif types.supported.get(name) and name in TYPES and not switches[0]:
            on = True
            row.say("enabled", on, types.evidence, f"GetAiState: {name}.{ALWAYS_ON}")
        else:
            row.hush("enabled", types.why)
        return on

    def _read_actions(self) -> None:
        for action in (*ACTIONS, SIREN):
            name = action.command if self.channel.abilities.new_schedules else action.old_command
            if name not in self.channel.answers:
                continue
            try:
                result = need(self.channel.answers, name)
                hours = decode_action(result.part(action.object))
            except NoAnswer as silence:
                if silence.why != "no-such-page":  # an action the device does not have takes no part
                    self.lost = self.lost or silence.why
                continue
            if hours.on is None:
                self.lost = self.lost or "malformed"
            else:
                self.actions.append((action, hours, result.evidence))

    def _reach(self, row: Row, name: str, *, hours: bool = True) -> None:
        """Actions of a type, and its hours: of the actions that are on; of all when none is."""
        trigger = "MD" if name == "md" else f"AI_{name.upper()}"
        own = [one for one in self.actions if trigger in one[1].triggers]
        for action, week, proof in own:
            row.say("linked", bool(week.on), proof, f"{action.title}: enable = {int(bool(week.on))}")
        for action, week, proof in ([one for one in own if one[1].on] or own) if hours else ():
            some = "some" if week.triggers[trigger] else "no"
            row.say("armed", week.triggers[trigger], proof, f"{action.title}: {trigger} has {some} hours")
        if self.lost is not None or len(own) < len(self.actions):
            row.hush("armed", self.lost or "no-reader")
            row.hush("linked", self.lost or "no-reader")

    def _tracking(self) -> None:
        """``aiTrack`` 0 is off, other numbers are ways to track; with ``bSmartTrack`` they are ways only."""
        row = self._row("auto-tracking", "aiTrack")
        has = self.channel.abilities.has("aiTrack")
        if has is None:
            row.hush("supported", "no-reader")
        else:
            evidence = self.channel.abilities.evidence
            row.say("supported", has, evidence, f"aiTrack.ver {'> 0' if has else '= 0'}")
        if has is False:
            return
        try:
            result = need(self.channel.answers, "GetAiCfg")
        except NoAnswer as silence:
            row.hush("enabled", silence.why)
            return
        name = "bSmartTrack" if "bSmartTrack" in result.value else "aiTrack"
        value = number(result.value.get(name))
        if value is None:
            row.hush("enabled", "malformed" if has else "no-reader")
        else:
            row.say("enabled", value > 0, result.evidence, f"GetAiCfg: {name} = {value}")

    def _motion(self) -> None:
        """No AI: an ability without a switch that could be read, with hours and actions."""
        has = self.channel.abilities.has("alarmMd")
        if has is None:
            return
        row = self._row("motion", "MD")
        row.say("supported", has, self.channel.abilities.evidence, f"alarmMd.ver {'> 0' if has else '= 0'}")
        if has:
            self._reach(row, "md")


def read_functions(channels: Sequence[Channel]) -> Iterator[Reading]:
    """The register of a device, and what newer devices have and this API does not tell of."""
    register = Register("reolink")
    for channel in channels:
        ChannelFunctions(register, channel).read()
    yield from register.features()
    yield from unknown([name for name in ELSEWHERE if not register.has(name)], "reolink", "no-reader")
