"""Dahua analytics: smart plan, rules, smart motion, face groups: pure decoding (docs/sources.md A4.3, A4.4)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from scanner.drivers.dahua.tables import Table, about, channels_of
from scanner.drivers.markup import switch

TYPES: dict[str, str] = {
    "CrossLineDetection": "line-crossing",
    "CrossRegionDetection": "intrusion",
    "LeftDetection": "object-left",
    "ObjectPlacementDetection": "object-left",
    "TakenAwayDetection": "object-removed",
    "ObjectRemovalDetection": "object-removed",
    "MoveDetection": "running",
    "WanderDetection": "loitering",
    "ParkingDetection": "parking",
    "RioterDetection": "crowd",
    "CrowdDetection": "crowd",
    "FaceDetection": "face-detection",
    "FaceAnalysis": "face-detection",
    "FaceRecognition": "face-recognition",
    "NumberStat": "people-counting",
    "ManNumDetection": "people-counting",
    "HeatMap": "heat-map",
    "TrafficJunction": "anpr",
    "FightDetection": "fight",
    "FireWarning": "fire-smoke",
    "AudioMutation": "audio-detection",
    "AudioAnomaly": "audio-detection",
    "VideoAbnormalDetection": "tamper",
    "VideoUnFocus": "tamper",
}
"""Rule type -> feature (docs/sources.md A2). What is on and not here is ``custom-ai`` under its own name."""

UNVERIFIED = frozenset({"fight", "anpr", "crowd", "fire-smoke", "custom-ai", "parking"})

FACE_PLANS = frozenset({"FaceRecognition", "FaceDetection", "FaceAnalysis"})
ATTRIBUTES: dict[str, str] = {
    "age": "face-attributes.age",
    "sex": "face-attributes.gender",
    "gender": "face-attributes.gender",
    "glasses": "face-attributes.glasses",
    "eyeglass": "face-attributes.glasses",
    "mask": "face-attributes.mask",
    "beard": "face-attributes.beard",
    "emotion": "emotion",
    "expression": "emotion",
    "smile": "emotion",
    "race": "ethnicity",
    "nation": "ethnicity",
    "complexion": "ethnicity",
}
"""Names in ``Config.FeatureList`` -> feature; emotion is one of the face attributes here."""

COULD_HAVE: tuple[str, ...] = (
    *dict.fromkeys(TYPES.values()), "object-class", *dict.fromkeys(ATTRIBUTES.values()), "motion", "body-temperature",
    "auto-tracking",
)  # fmt: skip
_SLOT = re.compile(r"\.TimeSection\[\d{1,2}\]\[\d{1,2}\]")
_NO_ACTION = frozenset({".LogEnable", ".TimeSectionEnable"})


class Rule(NamedTuple):
    """One rule of ``VideoAnalyseRule``. ``plan`` is its Class; hours and actions are None where it names none."""

    channel: str
    type: str
    plan: str
    enabled: bool | None
    targets: tuple[str, ...]
    attributes: tuple[str, ...]
    knows_attributes: bool
    armed: bool | None
    linked: bool | None
    actions: tuple[str, ...]

    @property
    def feature(self) -> str:
        """The feature of its type; '' where the rule has no type."""
        return TYPES.get(self.type, "custom-ai") if self.type else ""


def decode_plans(table: Table) -> dict[str, tuple[str, ...] | None]:
    """``VideoAnalyseGlobal``: the running smart plan of each channel, () for none, None where ``Type`` is missing.

    ``TypeList`` is no answer: a list was stored on a real device while nothing ran.
    """
    plans: dict[str, tuple[str, ...] | None] = {}
    for channel, lines in channels_of(table):
        if ".Scene.Type" in lines.lines:
            value = lines.get(".Scene.Type")
            plans[channel] = tuple(word.strip() for word in re.split(r"[,;|]", value) if word.strip())
        else:
            plans[channel] = None
    return plans


def decode_rules(table: Table) -> Iterator[Rule]:
    """``VideoAnalyseRule[channel][rule]``, templates that nobody switched on among them."""
    for channel, lines in channels_of(table):
        for own in lines.split().values():
            yield _rule(channel, own)


def _rule(channel: str, lines: Table) -> Rule:
    armed, linked, actions = decode_handler(lines.under(".EventHandler"))
    attributes = lines.listed(".Config.FeatureList")
    return Rule(
        channel,
        lines.get(".Type"),
        lines.get(".Class"),
        lines.switch(".Enable"),
        tuple(word.lower() for word in lines.listed(".ObjectTypes")),
        tuple(word.lower() for word in attributes),
        any(key.startswith(".Config.FeatureList") for key in lines.lines),
        armed,
        linked,
        actions,
    )


def decode_handler(lines: Table) -> tuple[bool | None, bool | None, tuple[str, ...]]:
    """(has hours, has an action, the actions) of an ``EventHandler`` node.

    A slot is active when its first digit is 1: ``1 00:00:00-23:59:59``.
    """
    slots = [value.strip() for key, value in lines.lines.items() if _SLOT.fullmatch(key)]
    switches = {
        key: switch(value)
        for key, value in lines.lines.items()
        if key.endswith("Enable") and key.count(".") == 1 and key not in _NO_ACTION
    }
    on = tuple(key[1:].removesuffix("Enable") for key, value in switches.items() if value is True)
    return (
        any(slot.startswith("1 ") for slot in slots) if slots else None,
        bool(on) if switches else None,
        on,
    )


class SmartMotion(NamedTuple):
    """``SmartMotionDetect`` of one channel."""

    channel: str
    enabled: bool | None
    targets: tuple[str, ...]


def decode_smart_motion(table: Table) -> Iterator[SmartMotion]:
    """Both recorded spellings: indexed or not, object types as switches or as a list."""
    for channel, lines in channels_of(table):
        targets = tuple(word.lower() for word in lines.listed(".ObjectTypes"))
        yield SmartMotion(channel, lines.switch(".Enable"), targets)


class Motion(NamedTuple):
    """``MotionDetect`` of one channel."""

    channel: str
    enabled: bool | None
    armed: bool | None
    linked: bool | None


def decode_motion(table: Table) -> Iterator[Motion]:
    """Plain motion detection; smart motion stands on it."""
    for channel, lines in channels_of(table):
        armed, linked, _ = decode_handler(lines.under(".EventHandler"))
        yield Motion(channel, lines.switch(".Enable"), armed, linked)


class Group(NamedTuple):
    """A face group: how many faces, and the channel numbers it names. Never a name or a face."""

    id: str
    size: int
    channels: tuple[int, ...]


def decode_groups(table: Table) -> list[Group]:
    """``findGroup``; NoAnswer ``malformed`` for a reply about other things: that is no empty list."""
    groups = []
    for lines in about(table, "GroupList").split("GroupList").values():
        size = lines.get(".groupSize")
        channels = [int(word) for word in lines.listed(".channels") if word.isdecimal()]
        groups.append(Group(lines.get(".groupID"), int(size) if size.isdecimal() else 0, tuple(channels)))
    return groups


def decode_deployed(table: Table) -> tuple[str, ...]:
    """``getGroup``: ids of the groups at work on one channel; NoAnswer ``malformed`` for a reply about other things."""
    return tuple(about(table, "groupID").listed("groupID"))
