"""Nobody is locked out: ten audits with a wrong login leave every camera that locks after five tries open."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any

import msgspec
import pytest
from rich.console import Console

from scanner.cli.audit import collect
from scanner.cli.inputs import build_inputs
from scanner.cli.progress import watcher
from scanner.drivers import load_drivers
from scanner.history import Store
from scanner.lab import Fleet, LabDevice, load_personalities
from scanner.lab.words import Lock, Placement
from scanner.model import Device, Endpoint, Identity

AUDITS = 10
TRIES = 5
PASSWORD = Placement(personality="").password


def one_of_each() -> dict[str, Any]:
    """By name: for every maker of the lab one camera and one recorder, each locking after five tries."""
    found: dict[tuple[str, str], Any] = {}
    for one in load_personalities().values():
        if one.is_camera and not one.locked:
            found.setdefault((one.maker, one.kind), msgspec.structs.replace(one, lock=Lock(TRIES)))
    return {one.id: one for one in found.values()}


def with_own_onvif_accounts() -> dict[str, Any]:
    """All cameras that have ONVIF, with accounts of its own."""
    return {
        one.id: msgspec.structs.replace(
            one, lock=Lock(TRIES), onvif=msgspec.structs.replace(one.onvif, own_accounts=True, anonymous=False)
        )
        for one in load_personalities().values()
        if one.is_camera and not one.locked and one.onvif is not None
    }


def audited(fleet: Fleet, directory: Path, number: int, password: str) -> dict[str, Device]:
    """One audit of the fleet as ``scan`` runs it, with one memory of refusals for all of them; devices by address."""
    secret = directory / "password"
    secret.write_text(password, encoding="utf-8")
    secret.chmod(0o600)
    logins = directory / "logins.toml"
    logins.write_text(f'[[login]]\nuser = "auditor"\npassword = "file:{secret}"\n', encoding="utf-8")
    logins.chmod(0o600)
    given = {"targets": [device.address for device in fleet.devices], "logins": logins, "pace": "fast"}
    inputs = build_inputs(given, today=datetime.now(UTC).date(), stdin=StringIO(), environ={})
    place = directory / f"audit-{number}"
    place.mkdir()
    with watcher(Console(file=StringIO()), quiet=True, no_progress=True) as observer:
        collect(inputs, place, observer, lambda: datetime.now(UTC), 0.5, directory / "state", quiet=True)
    with Store.open(place / "inventory.sqlite") as store:
        return {device.address: device for device in store.load().devices if not device.seen_through}


@pytest.fixture(scope="module")
def wrong(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Fleet, list[dict[str, Device]]]]:
    """Ten audits with a password that no device takes any more."""
    directory = tmp_path_factory.mktemp("wrong")
    with Fleet(list(one_of_each().values()), base="127.107.70.0", fragile=False) as fleet:
        yield fleet, [audited(fleet, directory, number, "yesterday's") for number in range(AUDITS)]


@pytest.fixture(scope="module")
def half_right(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Fleet, list[dict[str, Device]]]]:
    """Ten audits with a password that is right for the web pages and wrong for ONVIF."""
    directory = tmp_path_factory.mktemp("half")
    with Fleet(list(with_own_onvif_accounts().values()), base="127.107.71.0", fragile=False) as fleet:
        yield fleet, [audited(fleet, directory, number, PASSWORD) for number in range(AUDITS)]


def locked(fleet: Fleet) -> list[tuple[str, int, int]]:
    """Devices that locked, or that saw more than one wrong password: (personality, on the pages, by ONVIF)."""
    return [
        (device.personality.id, device.gate.rejected, device.onvif_gate.rejected)
        for device in fleet.devices
        if device.gate.locked or device.onvif_gate.locked or max(_rejected(device)) > 1
    ]


def _rejected(device: LabDevice) -> tuple[int, int]:
    return device.gate.rejected, device.onvif_gate.rejected


def test_ten_audits_with_a_wrong_login_lock_nobody(wrong: tuple[Fleet, list[dict[str, Device]]]) -> None:
    """Web pages, ONVIF and RTSP together see one wrong password a device, in all ten audits."""
    fleet, audits = wrong

    assert locked(fleet) == []
    tried = [device for device in fleet.devices if device.gate.rejected]
    assert len(tried) >= 6
    refused = [audits[-1][device.address].login for device in tried]
    assert set(refused) == {"remembered-refusal"}


def test_every_driver_was_among_them(wrong: tuple[Fleet, list[dict[str, Device]]]) -> None:
    """A driver whose maker has no device in the lab would be tested by nobody."""
    fleet, audits = wrong
    asked = {name for device in fleet.devices for name in audits[0][device.address].read_by}

    assert set(load_drivers()) <= asked | _without_a_device()


def _without_a_device() -> set[str]:
    """Drivers that want no device of any maker the lab has: they are still to get one."""
    makers = {one.maker for one in load_personalities().values()}
    door = [Endpoint("127.0.0.1", 80, "tcp", "http"), Endpoint("127.0.0.1", 80, "tcp", "onvif")]
    return {
        name
        for name, driver in load_drivers().items()
        if not any(driver.wants(Identity(maker=maker, kind="camera"), door) for maker in makers)
    }


def test_a_login_that_is_wrong_for_onvif_only_locks_nobody(half_right: tuple[Fleet, list[dict[str, Device]]]) -> None:
    """ONVIF accounts may be others than those of the web pages: one try, then ONVIF is left alone for good."""
    fleet, audits = half_right

    assert locked(fleet) == []
    assert [device.personality.id for device in fleet.devices if device.gate.rejected] == []
    accepted = [device for device in fleet.devices if audits[-1][device.address].login == "accepted"]
    assert {"Hikvision", "Dahua", "Axis"} <= {device.personality.maker for device in accepted}
    assert any(device.onvif_gate.rejected for device in accepted)
