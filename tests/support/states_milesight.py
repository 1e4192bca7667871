"""Milesight cameras for every state a function can be in: the page of its rule; ``not-loaded`` is on and not drawn."""

from __future__ import annotations

from collections.abc import Iterator

import states
from states import Unit

_RULES = ("intrusion", "line-crossing", "loitering")


def milesight(state: str) -> Iterator[Unit]:
    """One camera with the rules and one with the counter, whose page tells no state but that it is there."""
    switches = tuple(states._switch(name, state) for name in _RULES)
    yield states._unit(
        "milesight", "rules", state, "milesight-camera", {name: (name, "1") for name in _RULES}, switches=switches,
        faults=states._faults(state, "action=get.vca."),
    )  # fmt: skip
    looks = {"people-counting": ("people-counting", "1"), "anpr (no fields known)": ("anpr", "device")}
    yield states._unit(
        "milesight", "counter", state, "milesight-camera", looks, switches=(states._switch("people-counting", state),),
        faults=states._faults(state, "action=get.vca."),
    )  # fmt: skip
