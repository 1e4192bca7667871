"""Hanwha cameras for every state a function can be in: attributes and views, in text, in JSON, and of old firmware."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import states
from states import Unit

_VIEWS = (
    "face-detection", "object-class", "people-counting", "auto-tracking", "audio-detection", "tamper", "motion",
    "line-crossing", "intrusion", "loitering",
)  # fmt: skip
_SILENT = ("mask-detection", "parking", "body-temperature", "audio-classification", "queue", "custom-ai")


def hanwha(state: str) -> Iterator[Unit]:
    """Three cameras with all functions: ``old`` has attributes that name none of them."""
    faults = states._faults(state, "eventsources.cgi")
    if state == "actions-malformed":
        faults = {"eventrules.cgi": "malformed"}
    kinds: tuple[tuple[str, dict[str, Any]], ...] = (
        ("text", {}), ("json", {"json": True}), ("old", {"old": True, "analysis": "videoanalysis"}),
    )  # fmt: skip
    for group, extra in kinds:
        names = (*_VIEWS, *_SILENT) if group == "text" else _VIEWS
        looks = {name if group == "text" else f"{name} ({group})": (name, "1") for name in names}
        switches = tuple(states._switch(name, state) for name in names)
        yield states._unit("hanwha", group, state, "hanwha-ai", looks, switches=switches, extra=extra, faults=faults)
