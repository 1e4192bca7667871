"""Vivotek cameras for every state a function can be in: the module that has it, its list of functions, its rules."""

from __future__ import annotations

from collections.abc import Iterator

import states
from states import Unit

_FUNCTIONS = (
    "crowd", "loitering", "intrusion", "line-crossing", "object-removed", "object-left", "face-detection", "running",
)  # fmt: skip


def vivotek(state: str) -> Iterator[Unit]:
    """One camera with all functions of the module; one beside it where a module of somebody else is installed."""
    looks = {name: (name, "1") for name in (*_FUNCTIONS, "object-class")}
    switches = tuple(states._switch(name, state) for name in _FUNCTIONS)
    faults = states._faults(state, "/VCA/")
    for group, modules in (("own", []), ("other", [["Stratocast", "on"]])):
        named = {f"{label} ({group})" if group == "other" else label: look for label, look in looks.items()}
        if group == "other":
            named = {"loitering (other)": ("loitering", "1"), "custom-ai (other)": ("custom-ai", "device")}
        yield states._unit(
            "vivotek", group, state, "vivotek-analytics", named, switches=switches, extra={"modules": modules},
            faults=faults,
        )  # fmt: skip
