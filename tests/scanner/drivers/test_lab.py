"""Drivers against the virtual fleet: what is read equals what the lab switched on, and nothing is harmed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from doors import door

from scanner.drivers import DeviceReadings, read_device
from scanner.facts import NOT_AI
from scanner.fingerprint import identify
from scanner.fingerprint.first_contact import observe
from scanner.lab import Fleet, load_personalities
from scanner.lab.words import DeviceTruth, Placement
from scanner.model import Endpoint
from scanner.net import Limits
from scanner.secret import Login, Secret

STYLES = ("hikvision", "dahua", "axis", "generic", "uniview", "reolink", "vivotek", "hanwha")
PERSONALITIES = [name for name, one in load_personalities().items() if one.is_camera and one.style in STYLES]


def read(fleet: Fleet) -> Iterator[tuple[DeviceTruth, DeviceReadings]]:
    """Every device as the pipeline would read it."""
    entrance = door(limits=Limits())
    for device in fleet.devices:
        truth = fleet.truth[device.address]
        endpoints = [
            Endpoint(device.address, port, "tcp", name.replace("http-onvif", "onvif"))
            for name, port in device.ports.items()
        ]
        with entrance.link(device.address) as link:
            contact = observe(link, endpoints)
        login = Login(truth.login[0], Secret(truth.login[1]), "test") if truth.login else None
        with entrance.link(device.address, login=login) as link:
            yield truth, read_device(link, identify(contact.observations), contact.endpoints)


@pytest.fixture(scope="module")
def fleet_read() -> Iterator[tuple[Fleet, list[tuple[DeviceTruth, DeviceReadings]]]]:
    placements: list[Any] = [Placement(personality=name) for name in PERSONALITIES]
    with Fleet(placements, base="127.34.20.0", fragile=False) as fleet:
        yield fleet, list(read(fleet))


def test_features_equal_the_truth(fleet_read: tuple[Fleet, list[tuple[DeviceTruth, DeviceReadings]]]) -> None:
    """Exactly the functions that are on are read as on; their hours and actions are never invented."""
    wrong = []
    for truth, readings in fleet_read[1]:
        if not truth.login_works:
            continue
        on = {
            (row.channel, row.feature)
            for row in readings.features
            if row.enabled == "yes" and row.feature not in NOT_AI
        }
        expected = {
            (channel, name) for channel, names in truth.features_on.items() for name in names if name not in NOT_AI
        }
        armed = {
            (row.channel, row.feature)
            for row in readings.features
            if row.armed == "yes" and row.feature != "object-class"
        }
        hours = {(channel, name) for channel, names in truth.features_armed.items() for name in names}
        if on != expected or armed - hours:
            wrong.append(
                (truth.personality, "missing", expected - on, "invented", on - expected, "hours", armed - hours)
            )

    assert wrong == []


def test_hidden_is_unknown(fleet_read: tuple[Fleet, list[tuple[DeviceTruth, DeviceReadings]]]) -> None:
    """What this login may not read is never off."""
    hidden = 0
    for truth, readings in fleet_read[1]:
        if not truth.login_works:
            assert {row.enabled for row in readings.features} == {"unknown"}, truth.personality
            continue
        for names in truth.features_hidden.values():
            for row in readings.features:
                if row.feature in names:
                    hidden += 1
                    assert (row.enabled, row.why["enabled"]) == ("unknown", "forbidden"), (truth.personality, row)

    assert hidden


def test_facts_equal_the_truth(fleet_read: tuple[Fleet, list[tuple[DeviceTruth, DeviceReadings]]]) -> None:
    """Every setting that was read is what the lab set; the clock to the second."""
    wrong = []
    for truth, readings in fleet_read[1]:
        for seen in readings.facts:
            value = getattr(seen.fact, "value", None)
            if value is None or seen.key not in truth.facts:
                continue
            expected = truth.facts[seen.key]
            if seen.key == "time.skew_seconds":
                same = abs(value - expected) < 3
            else:
                same = list(value) == list(expected) if isinstance(value, tuple) else value == expected
            if not same:
                wrong.append((truth.personality, seen.key, value, expected))

    assert wrong == []


def test_attached_cameras_equal_the_truth(fleet_read: tuple[Fleet, list[tuple[DeviceTruth, DeviceReadings]]]) -> None:
    """Channel and state of every camera behind a recorder."""
    recorders = 0
    for truth, readings in fleet_read[1]:
        if truth.kind != "recorder":
            assert readings.attached == ()
            continue
        recorders += 1
        cameras = [one for one in readings.attached if one.slot not in ("left-over", "analogue")]
        found = {(camera.channel, camera.online, camera.address or "") for camera in cameras}
        assert found == {
            (camera.channel, "yes" if camera.online else "no", camera.address)
            for camera in truth.attached
            if camera.enabled
        }

    assert recorders


def test_nothing_was_harmed(fleet_read: tuple[Fleet, list[tuple[DeviceTruth, DeviceReadings]]]) -> None:
    """No write, no second connection, no rejected login, and no bug of ours."""
    assert [str(harm) for harm in fleet_read[0].harm] == []
    assert [gap for _, readings in fleet_read[1] for gap in readings.gaps if gap.why == "our-bug"] == []


def test_a_wrong_password_is_tried_once_and_all_is_unknown() -> None:
    """One rejected attempt a device, whichever drivers want it."""
    placements: list[Any] = [
        Placement(personality=name, login="refused")
        for name in ("hikvision-acusense-new", "dahua-face", "axis-aoa", "onvif-generic")
    ]
    with Fleet(placements, base="127.34.21.0") as fleet:
        for truth, readings in read(fleet):
            assert readings.login == "refused", truth.personality
            assert readings.features
            assert {(row.enabled, row.why["enabled"]) for row in readings.features} == {("unknown", "login-refused")}
        rejected = [harm for harm in fleet.harm if "password" in str(harm).lower() or "reject" in str(harm).lower()]
    assert len(rejected) <= len(placements)
