"""TVT cameras for every state a function can be in: flags and pages, pages without flags, flags without a page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import states
from states import Unit

_WITH_ACTIONS = ("intrusion", "line-crossing", "face-detection", "anpr", "crowd", "people-counting", "motion")
_WITHOUT = ("loitering", "parking", "smart-search")
_NO_PAGE = ("tamper", "audio-detection", "heat-map", "face-recognition")
_BARE = ("intrusion", "face-detection", "people-counting", "motion")
_PAGES = ("/GetSmart", "/GetMotion")


def tvt(state: str) -> Iterator[Unit]:
    """Functions with a page of actions, two of one switch, functions without such a page, functions that only a flag
    tells of, a camera that tells no flags, and one whose failures come as HTTP 200."""
    groups: tuple[tuple[str, tuple[str, ...], dict[str, Any]], ...] = (
        ("", _WITH_ACTIONS, {}), ("posted", _WITHOUT, {}), ("bare", _BARE, {"no_flags": True, "unsupported": True}),
        ("status 200", ("line-crossing",), {"failures": True, "old": True}),
    )  # fmt: skip
    for group, features, extra in groups:
        looks = {f"{name} ({group})" if group else name: (name, "1") for name in features}
        if group != "status 200":
            looks[f"object-class ({group})" if group else "object-class"] = ("object-class", "1")
        yield _tvt(group.replace(" ", "") or "all", state, looks, features, extra)
    looks = {name: (name, "1") for name in ("object-left", "object-removed")}
    yield _tvt("objects", state, looks, ("object-left",), {})
    yield _tvt("flags", state, {f"{name} (flag)": (name, "1") for name in _NO_PAGE}, _NO_PAGE, {})


def _tvt(
    group: str, state: str, looks: dict[str, tuple[str, str]], features: tuple[str, ...], extra: dict[str, Any]
) -> Unit:  # fmt: skip
    faults = states._faults(state, *_PAGES)
    if state == "actions-malformed":
        faults = {"/GetAlarmTriggerConfig": "malformed"}
    return states._unit(
        "tvt", group, state, "tvt-ai", looks, services=("https",), extra=extra, faults=faults, settings={},
        switches=tuple(states._switch(name, state) for name in features),
    )  # fmt: skip
