"""What changes in a recorded reply when it is said again: the ids of the question, and the time of day. Pure."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

_STAMP = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})([T ])(\d{1,2}):(\d{2}):(\d{2})")
_PARTS = ("Year", "Month", "Day", "Hour", "Minute", "Second")
_MOMENT = re.compile(r"<(?:\w+:)?(?:UTCDateTime|LocalDateTime)\b.*?</(?:\w+:)?(?:UTCDateTime|LocalDateTime)>", re.S)
_SECONDS = re.compile(r"(\"DeviceTime\"\s*:\s*)(\d{9,10})\b")
_TOKEN = re.compile(r"(\"token\"\s*:\s*\{[^{}]{0,400}?\"name\"\s*:\s*\")\[removed\]", re.IGNORECASE)
_SAME_ID = {
    "ws-discovery": (rb"MessageID[^>]*>\s*([^<\s]+)", rb"(RelatesTo[^>]*>\s*)[^<\s]+"),
    "sadp": (rb"<Uuid>([^<]*)", rb"(<Uuid>)[^<]*"),
}


def echoed(protocol: str, asked: bytes, reply: bytes) -> bytes:
    """A recorded datagram with the id of this question where its protocol repeats it."""
    if protocol == "mdns":
        return asked[:2] + reply[2:]
    if protocol not in _SAME_ID:
        return reply
    question, answer = _SAME_ID[protocol]
    found = re.search(question, asked)
    return re.sub(answer, lambda m: m[1] + found[1], reply, count=1) if found else reply


def with_a_token(text: str) -> str:
    """The reply to a login with a token that can be used, for the recorded one was taken out."""
    return _TOKEN.sub(r"\g<1>recorded", text)


def moved(text: str, by: timedelta) -> str:
    """A reply that tells the clock, later by as much as has passed since: ISO times, those of ONVIF and of LAPI."""
    by = timedelta(seconds=round(by.total_seconds()))
    text = _SECONDS.sub(lambda m: f"{m[1]}{int(m[2]) + int(by.total_seconds())}", text)
    text = _STAMP.sub(lambda m: _stamp(m, by), text)
    return _MOMENT.sub(lambda m: _moment(m[0], by), text)


def _stamp(found: re.Match[str], by: timedelta) -> str:
    try:
        moment = datetime(*(int(found[place]) for place in (1, 2, 3, 5, 6, 7))) + by  # type: ignore[arg-type]  # noqa: DTZ001
    except (ValueError, OverflowError):
        return found[0]
    return f"{moment:%Y-%m-%d}{found[4]}{moment:%H:%M:%S}"


def _moment(text: str, by: timedelta) -> str:
    places = {name: re.search(rf"(<(?:\w+:)?{name}>\s*)(\d{{1,4}})", text) for name in _PARTS}
    if not all(places.values()):
        return text
    try:
        numbers = [int(found[2]) for found in places.values() if found]
        moment = datetime(*numbers) + by  # type: ignore[arg-type]  # noqa: DTZ001  # as wide as the device tells it
    except (ValueError, OverflowError):
        return text
    for name in _PARTS:
        number = getattr(moment, name.lower())
        text = re.sub(rf"(<(?:\w+:)?{name}>\s*)\d{{1,4}}", rf"\g<1>{number}", text, count=1)
    return text
