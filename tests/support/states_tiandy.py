"""Tiandy cameras for every state of the one page that is read; ``supported-only`` has that of plain ISAPI only."""

from __future__ import annotations

from collections.abc import Iterator

import states
from states import Unit


def tiandy(state: str) -> Iterator[Unit]:
    """Persons, vehicles, and the functions nothing public tells how to read."""
    for target in ("human", "vehicle"):
        looks = {f"object-class ({target})": ("object-class", "1"), f"motion ({target})": ("motion", "1")}
        if target == "human":
            looks["line-crossing (no way known)"] = ("line-crossing", "device")
        switches = (states._switch("object-class", state, targets=(target,)),)
        yield states._unit(
            "tiandy", target, state, "tiandy-camera", looks, switches=switches,
            faults=states._faults(state, "/motionDetection"),
        )  # fmt: skip
