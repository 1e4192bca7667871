"""The first promise, entry by entry: what may be asked is what is asked, both ways, and none of it hurts."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from everything_asked import Watched, cameras, read_everybody, replayed, unasked
from states import axis

from scanner.drivers import load_drivers
from scanner.errors import CatalogueError
from scanner.lab import Fleet
from scanner.model import Gap
from scanner.net.catalogue import NEVER_OPERATIONS

sys.path.append(str(Path(__file__).parent / "scanner" / "drivers"))
from test_house import requests

FOR_THE_BENCH = "analytics.GetServiceCapabilities"
"""One of the five calls that a bench makes with two clients."""


@pytest.fixture(scope="module")
def asked() -> Iterator[tuple[Watched, list[tuple[str, Gap]], list[str], Fleet]]:
    """All cameras of the lab read by all drivers, and beside them what the drivers build out of tables."""
    catalogue = Watched.begin()
    guards = [unit.personality for unit in axis("on") if "guards" in unit.personality.id]
    with Fleet([*cameras(), *guards], base="127.107.60.0", fragile=False) as fleet:
        wrong = read_everybody(fleet, catalogue)
        yield catalogue, wrong, [str(harm) for harm in fleet.harm], fleet


def test_nothing_is_asked_that_is_not_in_the_catalogue(
    asked: tuple[Watched, list[tuple[str, Gap]], list[str], Fleet],
) -> None:
    """The door refuses what is not listed, and a driver that tries is a bug of ours: there is none."""
    catalogue, wrong, _, _ = asked
    missing = []
    for vendor, method, path, body in requests():
        try:
            catalogue.hold_request(vendor, method, path, body)
        except CatalogueError as problem:
            missing.append(str(problem))

    assert wrong == []
    assert missing == []


def test_nothing_is_in_the_catalogue_that_nobody_asks(
    asked: tuple[Watched, list[tuple[str, Gap]], list[str], Fleet],
) -> None:
    """An entry that no driver asks, in the lab, by its tables or by the texts in its code, is a permission too many.

    First contact is left out: its GETs are pages that a device may name, and its catalogue is what it may follow.
    """
    catalogue = asked[0]
    for vendor, method, path, body in requests():
        catalogue.hold_request(vendor, method, path, body)
    vendors = [name for name in catalogue.vendors if name not in ("first_contact", "discovery")]

    assert [entry for entry in unasked(catalogue, vendors) if entry != FOR_THE_BENCH] == []
    assert {entry.method for entry in catalogue.vendors["first_contact"].requests} <= {"GET", "POST"}
    assert [
        entry.id
        for entry in catalogue.vendors["first_contact"].requests
        if entry.method == "POST" and ("first_contact", entry.id) not in catalogue.asked
    ] == []


def test_every_driver_has_a_catalogue_and_every_catalogue_a_reader() -> None:
    vendors = set(Watched.begin().vendors)

    assert set(load_drivers()) <= vendors
    assert vendors - set(load_drivers()) == {"discovery", "first_contact"}


def test_reading_everybody_hurts_nobody(asked: tuple[Watched, list[tuple[str, Gap]], list[str], Fleet]) -> None:
    """Cameras, recorders, encoders and intercoms of the lab, each read once by everything that wants it."""
    assert asked[2] == []


def test_each_entry_hurts_no_device_of_any_maker(
    asked: tuple[Watched, list[tuple[str, Gap]], list[str], Fleet],
) -> None:
    """Every request that is asked of anybody, sent to one device of each style with a login that works: pages a device
    does not have are refused by it, and nothing is written, opened or subscribed to."""
    catalogue = asked[0]
    for vendor, method, path, body in requests():
        catalogue.hold_request(vendor, method, path, body)
    own = {"hikvision": "hikvision-acusense-new", "dahua": "dahua-face", "axis": "axis-aoa"}
    with Fleet(list(own.values()), base="127.107.61.0", fragile=False) as fleet:
        assert replayed(fleet, catalogue, dict(zip(own, fleet.devices, strict=True))) == []


def test_what_is_never_asked_is_in_no_catalogue() -> None:
    """Backups, logs, stream addresses and subscriptions."""
    listed = {
        operation
        for vendor in Watched.begin().vendors.values()
        for operations in vendor.soap.values()
        for operation in operations
    }

    assert not listed & NEVER_OPERATIONS
    assert all(operation.startswith("Get") for operation in listed)
