"""Reolink devices for every state a function can be in: a recorder with one function a channel, read in one session."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import states
from states import Unit

from scanner.lab.words import AttachedCamera

_TYPES = {
    "object-class (people)": ("object-class", "people"), "object-class (vehicle)": ("object-class", "vehicle"),
    "object-class (animals)": ("object-class", "dog_cat"), "face-detection": ("face-detection", ""),
    "auto-tracking": ("auto-tracking", ""),
}  # fmt: skip


def reolink(state: str) -> Iterator[Unit]:
    """Five functions on five channels; a camera for the one that most have."""
    channels = {label: str(number) for number, label in enumerate(_TYPES, 1)}
    switches = [
        states._switch(feature, state, name=name, channel=channels[label]) for label, (feature, name) in _TYPES.items()
    ]
    looks = {label: (feature, channels[label]) for label, (feature, _) in _TYPES.items()}
    attached = tuple(AttachedCamera(channel=channel, model="RLC-820A") for channel in channels.values())
    yield _reolink("recorder", state, looks, switches, kind="recorder", attached=attached)
    person = [states._switch("object-class", state, name="people")]
    yield _reolink("camera", state, {"object-class (camera)": ("object-class", "1")}, person)


def _reolink(group: str, state: str, looks: dict[str, tuple[str, str]], switches: list[Any], **more: Any) -> Unit:
    extra: dict[str, Any] = {"slots": 5} if group == "recorder" else {}
    if state == "hours-malformed":
        extra["odd_hours"] = True
    return states._unit(
        "reolink", group, state, "reolink-switched", looks, services=("https",), switches=tuple(switches), extra=extra,
        faults=states._faults(state, "GetAiState", "GetRec"), settings={}, **more,
    )  # fmt: skip
