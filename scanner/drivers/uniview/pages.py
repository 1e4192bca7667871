"""LAPI replies as pure decoding: the envelope, switches, abilities, hours and actions (docs/sources.md A7.3)."""

from __future__ import annotations

from typing import Any, NamedTuple

from scanner.errors import NoAnswer

LAPI = "/LAPI/V1.0"
Data = dict[str, Any]

MOST_ITEMS = 512
NOT_AUTHORISED = 401
UNSUPPORTED = 1
_SUPPORT = ("SupportCfg", "IsSupportCfg")


def decode_data(value: Any) -> Data:
    """``Response.Data`` of a call that worked: ``ResponseCode`` and ``StatusCode`` are 0.

    A page the firmware does not have is HTTP 599 or 200 with ``ResponseCode`` 1. NoAnswer ``no-such-page`` for that,
    ``forbidden`` for ``Not Authorized`` (recorders that want their own login answer so too), ``malformed`` otherwise.
    """
    response = value.get("Response") if isinstance(value, dict) else None
    if not isinstance(response, dict):
        raise NoAnswer("malformed", "expected Response, found something else")
    codes = [response.get(name, 0) for name in ("ResponseCode", "StatusCode")]
    words = " ".join(str(response.get(name, "")) for name in ("ResponseString", "StatusString"))[:120]
    if codes[1] == NOT_AUTHORISED or "not authorized" in words.lower():
        raise NoAnswer("forbidden", f"the device answers: {words}")
    if codes[0] == UNSUPPORTED or "not support" in words.lower():
        raise NoAnswer("no-such-page", f"the device answers: {words}")
    if any(switch(code) is not False for code in codes):
        raise NoAnswer("malformed", f"ResponseCode {str(codes[0])[:20]}, StatusCode {str(codes[1])[:20]}: {words}")
    data = response.get("Data")
    if not isinstance(data, dict):
        raise NoAnswer("malformed", "expected Data to be an object")
    return data


def switch(value: Any) -> bool | None:
    """0 and 1 as numbers, words of digits or booleans; None for everything else."""
    if isinstance(value, bool):
        return value
    return {"0": False, "1": True}.get(str(value).strip()) if isinstance(value, int | str) else None


def text(value: Any) -> str:
    """A field that should be a text."""
    return value.strip()[:200] if isinstance(value, str) else ""


def number(value: Any) -> int | None:
    """A number that counts something."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10_000_000 else None


def objects(value: Any, name: str) -> list[Data]:
    """The objects of a list; NoAnswer ``malformed`` when there is no such list."""
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise NoAnswer("malformed", f"expected {name} to be a list of objects")
    return value[:MOST_ITEMS]


def decode_switch(data: Data, *names: str) -> bool:
    """``Enabled`` (or one of ``names``); NoAnswer ``undecided``: the page is there and says neither on nor off."""
    for name in names or ("Enabled",):
        if (value := switch(data.get(name))) is not None:
            return value
    raise NoAnswer("undecided", f"{(names or ('Enabled',))[0]} is neither 0 nor 1")


def decode_abilities(data: Data) -> dict[str, bool]:
    """``Smart/Capabilities`` and ``Alarm/Capabilities``: the functions that say 0 or 1. One that is missing says
    nothing: firmware lists those it knows."""
    found = {}
    for name, entry in list(data.items())[:MOST_ITEMS]:
        if isinstance(entry, dict):
            said = [switch(entry.get(key)) for key in _SUPPORT]
            value = next((one for one in said if one is not None), None)
            if value is not None:
                found[name] = value
    return found


class Working(NamedTuple):
    """``Smart/WorkingStatus``: numbers of functions that are on and off. One in both lists is in neither."""

    on: frozenset[int]
    off: frozenset[int]


def decode_working(data: Data) -> Working:
    """NoAnswer ``malformed`` when one of the two lists is missing or is none of numbers."""
    lists = [data.get(name) for name in ("EnableIDs", "DisableIDs")]
    if not all(isinstance(one, list) for one in lists):
        raise NoAnswer("malformed", "expected EnableIDs and DisableIDs")
    on, off = (frozenset(ids) for ids in ([number(item) for item in (one or ())[:MOST_ITEMS]] for one in lists))
    if None in on | off:
        raise NoAnswer("malformed", "expected numbers of functions")
    return Working(on - off, off - on)  # type: ignore[arg-type]  # None was held out above


def decode_hours(data: Data) -> bool:
    """``WeekPlan``: whether any day has hours. Days without hours are left out. NoAnswer ``undecided`` for a plan that
    is switched off: nothing tells whether that is always or never."""
    if switch(data.get("Enabled")) is not True:
        raise NoAnswer("undecided", "the week plan is not switched on")
    for day in objects(data.get("Days"), "Days"):
        for section in objects(day.get("TimeSectionInfos"), "TimeSectionInfos"):
            begin, end = text(section.get("Begin")), text(section.get("End"))
            if not begin or not end:
                raise NoAnswer("malformed", "a section without Begin and End")
            if begin != end:
                return True
    return False


def decode_actions(data: Data) -> bool:
    """``LinkageActions``: whether one is switched on, itself or in its ``ActParam``. NoAnswer ``undecided`` when none
    is and one of them has no switch: what it does then nobody has published."""
    answers = []
    for action in objects(data.get("Actions"), "Actions"):
        inner = action.get("ActParam")
        own = switch(action.get("Enabled"))
        answers.append(switch(inner.get("Enabled")) if own is None and isinstance(inner, dict) else own)
    if True in answers:
        return True
    if None in answers:
        raise NoAnswer("undecided", "an action without a switch")
    return False


class Faces(NamedTuple):
    """``Smart/FaceDetection/Rule``: switches beneath face detection; None where the page does not have one."""

    recognition: bool | None
    attributes: dict[str, bool | None]


ATTRIBUTES: dict[str, str] = {
    "SexEnabled": "face-attributes.gender",
    "AgeEnabled": "face-attributes.age",
    "GlassEnabled": "face-attributes.glasses",
}


def decode_faces(data: Data) -> Faces:
    """``FaceRecognition.Enabled``; ``FaceAttributeAnalysis`` with its own switch and one for each attribute."""
    analysis, recognition = data.get("FaceAttributeAnalysis"), data.get("FaceRecognition")
    attributes: dict[str, bool | None] = {}
    if isinstance(analysis, dict):
        whole = switch(analysis.get("Enabled"))
        for name, feature in ATTRIBUTES.items():
            one = switch(analysis.get(name))
            attributes[feature] = False if False in (whole, one) else (whole and one)
    return Faces(switch(recognition.get("Enabled")) if isinstance(recognition, dict) else None, attributes)


def decode_libraries(data: Data) -> int:
    """Faces in all libraries of persons; their names and what else stands in the list are not looked at."""
    counts = [number(one.get("FaceNum")) for one in objects(data.get("LibList"), "LibList")]
    if None in counts:
        raise NoAnswer("malformed", "a library without FaceNum")
    return sum(count or 0 for count in counts)
