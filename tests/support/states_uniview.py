"""Uniview devices for every state a function can be in: with all pages, without ``WorkingStatus``, with rules alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import states
from states import Unit

from scanner.lab.words import AttachedCamera

_FUNCTIONS: dict[str, tuple[str, str]] = {
    "line-crossing": ("line-crossing", ""), "intrusion": ("intrusion", ""), "face-detection": ("face-detection", ""),
    "auto-tracking": ("auto-tracking", ""), "object-class": ("object-class", ""),
    "audio-detection": ("audio-detection", ""), "motion": ("motion", ""), "tamper": ("tamper", ""),
}  # fmt: skip
_SECOND = {
    "intrusion (entering)": ("intrusion", "AccessZone"), "intrusion (leaving)": ("intrusion", "LeaveZone"),
    "object-class (vehicle)": ("object-class", "VehicleDetection"),
    "object-class (motion)": ("object-class", "SmartMotionDetection"),
}  # fmt: skip
_BENEATH = ("face-recognition", "face-attributes.age", "face-attributes.gender", "face-attributes.glasses")
_PAGES = ("WorkingStatus", "/Rule", "FaceEnable")


def uniview(state: str) -> Iterator[Unit]:
    """A camera for each of three ages of firmware, one for each second way to a feature, two for faces, a recorder."""
    faults = states._faults(state, *_PAGES)
    if state == "hours-malformed":
        faults = {"/WeekPlan": "malformed"}
    if state == "actions-malformed":
        faults = {"/LinkageActions": "malformed"}
    ages: dict[str, dict[str, Any]] = {"": {}, " (rules)": {"no_status": True}, " (old)": {"old": True}}
    for age, extra in ages.items():
        looks = {name + age: (feature, "1") for name, (feature, _) in _FUNCTIONS.items()}
        if not age:
            looks["heat-map (no fields known)"] = ("heat-map", "device")
        switches = tuple(states._switch(feature, state) for feature, _ in _FUNCTIONS.values())
        yield _uniview(f"all{age}", state, looks, switches, faults, extra)
    for label, (feature, name) in _SECOND.items():
        main = () if feature == "object-class" else (states._switch(feature, "off"),)
        switches = (*main, states._switch(feature, state, name=name))
        yield _uniview(name, state, {label: (feature, "1")}, switches, faults, {})
    switches = tuple(states._switch(name, state) for name in ("face-detection", *_BENEATH))
    yield _uniview("faces", state, {name: (name, "1") for name in _BENEATH}, switches, faults, {})
    still = (states._switch("face-detection", "off"), *(states._switch(name, state) for name in _BENEATH))
    looks = {f"{name} (no faces)": (name, "1") for name in _BENEATH[:2]}
    yield _uniview("still", state, looks, still, faults, {})
    names = ("line-crossing", "object-class", "face-detection")
    switches = tuple(states._switch(name, state, channel="2") for name in names)
    yield states._unit(
        "uniview", "recorder", state, "uniview-nvr", {f"{name} (recorder)": (name, "2") for name in names},
        switches=switches, faults=faults, settings={},
        attached=(AttachedCamera(channel="2", model="IPC3614SB", address="127.0.3.12"),),
    )  # fmt: skip


def _uniview(
    group: str, state: str, looks: dict[str, tuple[str, str]], switches: tuple[Any, ...], faults: dict[str, Any],
    extra: dict[str, Any],
) -> Unit:  # fmt: skip
    return states._unit(
        "uniview", group, state, "uniview-ai", looks, switches=switches, extra=extra, faults=faults, settings={}
    )
