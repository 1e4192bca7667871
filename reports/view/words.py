"""The words a reader meets: sentences for silences, labels for verdicts, and device text made safe to show."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, Final

from scanner.model import Silence, Slot

VERDICTS: Final = ("fail", "review", "unknown", "pass", "not_applicable")
SEVERITIES: Final = ("critical", "high", "medium", "low", "info")

VERDICT_LABELS: Final[dict[str, str]] = {
    "fail": "Fail",
    "review": "Review",
    "unknown": "Unknown",
    "pass": "Pass",
    "not_applicable": "Not applicable",
}
VERDICT_MEANS: Final[dict[str, str]] = {
    "fail": "what was seen does not meet the rule",
    "review": "a person must decide",
    "unknown": "it could not be seen; this is not a pass",
    "pass": "what was seen meets the rule",
    "not_applicable": "the rule does not speak about this device or place",
}
SEVERITY_LABELS: Final[dict[str, str]] = {word: word.capitalize() for word in SEVERITIES}
SEVERITY_ORDER: Final = tuple(SEVERITY_LABELS.values())
ANSWER_LABELS: Final[dict[str, str]] = {"yes": "Yes", "no": "No", "unknown": "Unknown"}
SLOT_LABELS: Final[dict[Slot, str]] = {
    "live": "In use",
    "absent": "Not there now",
    "left-over": "Old entry",
    "analogue": "Own input",
    "itself": "The recorder itself",
    "unknown": "Not told",
}
SLOT_SENTENCES: Final[dict[Slot, str]] = {
    "live": "The recorder says that a camera answers on this channel.",
    "absent": "A camera is set up here and does not answer the recorder: switched off, out of reach, or gone.",
    "left-over": "No camera of today: the slot is switched off or empty, or another device answers at its address.",
    "analogue": "An input of the recorder for a camera on a cable of its own: it has no address and cannot be asked.",
    "itself": "The recorder lists itself: no camera.",
    "unknown": "A camera is set up here, and the recorder does not tell whether it answers.",
}
COLUMN_LABELS: Final[dict[str, str]] = {
    "supported": "Supported",
    "licensed": "Licensed",
    "enabled": "Switched on",
    "armed": "On a schedule",
    "linked": "Linked to an action",
}
KIND_LABELS: Final[dict[str, str]] = {
    "camera": "Camera",
    "recorder": "Recorder",
    "encoder": "Encoder",
    "intercom": "Intercom",
    "access-control": "Access control",
    "vms": "Video management server",
    "other": "Other equipment",
    "unknown": "Unclear",
}
GRADE_MEANS: Final[dict[str, str]] = {
    "C3": "two independent signals of the device agree, or it was read after a login",
    "C2": "one thing the device says of itself",
    "C1": "circumstantial only, such as the hardware address",
}

SILENCE_SENTENCES: Final[dict[Silence, str]] = {
    "refused": "The connection was refused: nothing listens there.",
    "silent": "No reply came in time.",
    "closed-early": "The device ended the connection before its reply was whole.",
    "tls-failed": "No encrypted connection could be agreed with the device.",
    "no-login": "The device asks for a login and none was given to the auditor for it.",
    "login-refused": "The device rejected the login it was given; it was not tried again.",
    "login-locked": "The device says that the account or our address is locked.",
    "forbidden": "The login has no right to read this part.",
    "no-such-page": "The device has no such interface.",
    "malformed": "The device replied, and the reply could not be read.",
    "too-large": "The reply was larger than the limit and was not read to its end.",
    "too-slow": "The reply took longer than its time limit.",
    "out-of-scope": "It lies outside the authorised scope, so it was not asked.",
    "left-alone": "The device failed three times and was left alone after that.",
    "over-budget": "It was not asked: the device had got as many requests as one device gets.",
    "insecure-login": "The device would send the login unprotected, and that was not allowed.",
    "no-reader": "There is no published way to read this on this device, or camaudit has none yet.",
    "not-told": "It depends on something only the organisation knows, and that was not stated.",
    "seen-through": "The camera was only seen through a recorder; the camera itself was not read.",
    "interrupted": "The audit was stopped before this was read.",
    "out-of-hours": "The hours in which this site may be asked had ended.",
    "not-asked": "Nothing was sent to it: it is known from a file only.",
    "undecided": "What was seen of the device does not decide it.",
    "no-data": "The dated lists that would decide it have nothing on this maker, or are too old.",
    "our-bug": "camaudit failed here: a fault of the tool, not of the device.",
}
CONTESTED_SENTENCE: Final = "The sources on the device disagree."

_CUT: Final = 160
_DROPPED: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
_PLAIN: Final = re.compile(r"[\x20-\x7e]*\Z")


def clean(text: str, cut: int = _CUT) -> str:
    """Text of a device as it may be shown: one line, no control or direction characters, at most ``cut`` characters."""
    if not _PLAIN.match(text):
        text = "".join(" " if sign.isspace() else sign for sign in text if sign.isspace() or _may_show(sign))
    text = " ".join(text.split())
    return text if len(text) <= cut else text[: cut - 1] + "…"


def _may_show(sign: str) -> bool:
    # Direction overrides (Cf) can make a name read as another one.
    return unicodedata.category(sign) not in _DROPPED


def silence(why: str) -> str:
    """The sentence for a silence."""
    return SILENCE_SENTENCES[why]  # type: ignore[index]  # a word outside the list is a bug and raises


def value_text(value: Any) -> str:
    """The value of a fact for a reader."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(clean(str(item)) for item in value) or "none"
    if isinstance(value, float):
        return f"{value:,.1f}"
    return clean(str(value))


def counted(count: int, one: str, many: str | None = None) -> str:
    """``1 device``, ``2 devices``, ``1,204 people``."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def listed(items: Iterable[str], *, most: int = 8) -> str:
    """``a, b and c``; ``a, b and 12 more`` when there are more than ``most``."""
    names = list(items)
    if len(names) > most:
        return f"{', '.join(names[: most - 1])} and {len(names) - most + 1:,} more"
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}" if names else ""


def day(moment: date | datetime | None) -> str:
    """``22 November 2026``; '' for None."""
    return f"{moment.day} {moment:%B %Y}" if moment else ""


def instant(moment: datetime | None) -> str:
    """``2026-11-22 10:14:03 UTC``; '' for None."""
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC" if moment else ""


_NUMBER: Final = re.compile(r"([0-9]+)")
_THOUSANDS: Final = re.compile(r"(?<=[0-9]),(?=[0-9]{3})")


def natural(text: str) -> tuple[tuple[int, int, str], ...]:
    """A sort key in which 10.0.0.9 comes before 10.0.0.10, and 999 before 1,204."""
    parts = _NUMBER.split(_THOUSANDS.sub("", text))
    return tuple((0, int(part), "") if index % 2 else (1, 0, part.casefold()) for index, part in enumerate(parts))


def channel_ranges(channels: Iterable[str]) -> str:
    """``1–4, 7`` from channel names; ``whole device`` for ``device``."""
    names = set(channels)  # a generator can be read once only
    numbers = sorted({int(name) for name in names if name.isascii() and name.isdigit()})
    others = sorted(name for name in names if not (name.isascii() and name.isdigit()))
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    parts = [str(first) if first == last else f"{first}–{last}" for first, last in runs]
    return ", ".join(["whole device" if name == "device" else clean(name, 40) for name in others] + parts)
