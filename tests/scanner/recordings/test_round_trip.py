"""Every camera of the lab: recorded, made anonymous, served and recorded again: same conclusions, nothing leaked."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest
from canaries import left, seeded
from recorded import anonymous, is_maker, said, taped

from scanner.lab import Fleet, LabDevice, load_personalities
from scanner.lab.recorded import serving
from scanner.lab.styles import load_styles
from scanner.lab.words import Placement
from scanner.model import COLUMNS
from scanner.recordings import Recording
from scanner.recordings.shape import read_recording
from scanner.recordings.whole import anonymise

CAMERAS = [name for name, one in load_personalities().items() if one.is_camera]
NAME, USER = "Kanarie Eingang 7", "kanarieuser"
AT_ONCE = 8


@dataclass(frozen=True)
class Trip:
    """One device of the lab: what was recorded of it raw and anonymous, and the anonymous recording of the served."""

    device: LabDevice
    raw: Recording
    recording: Recording
    again: Recording


def each(devices: list[LabDevice]) -> list[tuple[LabDevice, Recording]]:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(lambda device: (device, taped(device)[1]), devices))


@pytest.fixture(scope="module")
def trips() -> tuple[dict[str, Trip], list[str]]:
    """All of them by personality, and every harm done to either fleet."""
    placements = [Placement(personality=name, name=NAME, user=USER) for name in CAMERAS]
    with Fleet(placements, base="127.105.10.0", fragile=False) as fleet:
        first = each(fleet.devices)
        harm = [str(one) for one in fleet.harm]
    recordings = [anonymous(device, raw) for device, raw in first]
    files = [read_recording(one.to_json()) for one in recordings]
    with Fleet([serving(one, f"recorded-{place}") for place, one in enumerate(files)], base="127.105.20.0") as fleet:
        second = each(fleet.devices)
        harm += [str(one) for one in fleet.harm]
    return (
        {
            device.personality.id: Trip(device, raw, recording, anonymous(served, raw_again))
            for (device, raw), recording, (served, raw_again) in zip(first, recordings, second, strict=True)
        },
        harm,
    )


def test_every_style_of_a_camera_is_there() -> None:
    spoken = {load_personalities()[name].style for name in CAMERAS}

    assert spoken == set(load_styles()) - {"decoy", "recorded"}


@pytest.mark.parametrize("name", CAMERAS)
def test_what_is_served_is_read_as_the_device_was(trips: tuple[dict[str, Trip], list[str]], name: str) -> None:
    """Identity, features in five columns with their proofs, facts, attached cameras, gaps, login, drivers."""
    trip = trips[0][name]
    first, second = said(trip.recording.concluded), said(trip.again.concluded)

    assert first["identity"] == second["identity"]
    assert first["features"] == second["features"]
    assert first["facts"] == second["facts"]
    assert first == second
    assert first["identity"]["model"] or not trip.device.truth.login_works or not first["read_by"]


@pytest.mark.parametrize("name", CAMERAS)
def test_the_clock_is_as_wrong_as_it_was(trips: tuple[dict[str, Trip], list[str]], name: str) -> None:
    clocks = [
        one.concluded["facts"].get("time.skew_seconds", {}) for one in (trips[0][name].recording, trips[0][name].again)
    ]

    assert [one.get("state") for one in clocks] == [clocks[0].get("state")] * 2
    if "value" in clocks[0]:
        assert abs(clocks[0]["value"] - clocks[1]["value"]) < 5


@pytest.mark.parametrize("name", CAMERAS)
def test_anonymous_conclusions_are_those_of_the_device(trips: tuple[dict[str, Trip], list[str]], name: str) -> None:
    """Making it anonymous changes names and numbers, never a state, a count or a reason."""

    def states(concluded: dict[str, Any]) -> list[Any]:
        columns = (*COLUMNS, "feature", "channel", "why", "count", "read_by", "verified")
        return [[row.get(column) for column in columns] for row in concluded["features"]]

    trip = trips[0][name]
    raw, made = trip.raw.concluded, trip.recording.concluded
    assert states(raw) == states(made)
    assert {key: fact["state"] for key, fact in raw["facts"].items()} == {
        key: fact["state"] for key, fact in made["facts"].items()
    }
    for field in ("brand", "maker", "model", "firmware", "kind", "grade"):
        assert raw["identity"].get(field) == made["identity"].get(field)


@pytest.mark.parametrize("name", CAMERAS)
def test_nothing_of_the_device_leaks(trips: tuple[dict[str, Trip], list[str]], name: str) -> None:
    """Its serial number, Ethernet address, UUID, address, name, account and password, in any writing."""
    trip = trips[0][name]
    device = trip.device
    text = trip.recording.to_json().decode().casefold()
    mac = device.mac
    secret = (
        device.serial, mac, mac.replace(":", ""), mac.replace(":", "-"), mac[9:], device.uuid, device.address,
        "kanarie", device.placement.password, "127.105.",
    )  # fmt: skip

    assert [one for one in secret if one and one.casefold() in text] == []
    assert trip.recording.replaced


@pytest.mark.parametrize("name", CAMERAS)
def test_no_canary_of_any_kind_is_left(trips: tuple[dict[str, Trip], list[str]], name: str) -> None:
    """Every kind, in every reply of every style, in the format of that reply; every kind is counted."""
    trip = trips[0][name]
    recording = anonymise(seeded(trip.raw), is_maker)

    assert left(recording) == []
    assert left(seeded(trip.raw))  # the search itself can fail
    again = anonymise(recording, is_maker)
    assert again.exchanges == recording.exchanges
    assert again.replaced == recording.replaced


def test_nothing_was_harmed(trips: tuple[dict[str, Trip], list[str]]) -> None:
    """Neither a device of the lab nor a served recording got what an auditor must not send."""
    assert trips[1] == []
