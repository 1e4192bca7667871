"""``camaudit show``: one device of a stored audit, in 80 columns, and nothing a device says steers the terminal."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from audits import camaudit
from rich.cells import cell_len
from sample_audit import HOSTILE, REVERSED, sample_inventory

from scanner.history import Store

INVENTORY = sample_inventory()


@pytest.fixture(scope="module")
def audit(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory of a stored audit."""
    directory = tmp_path_factory.mktemp("audit")
    with Store.create(directory / "inventory.sqlite") as store:
        store.save_audit(INVENTORY.audit)
        store.save_evidence(INVENTORY.evidence.values())
        for device in INVENTORY.devices:
            store.save_device(device)
    return directory


def shown(audit: Path, *arguments: str) -> str:
    run = camaudit("show", str(audit), *arguments)
    assert run.returncode == 0, run.stderr
    return run.stdout


@pytest.mark.parametrize("by", ["address", "id"])
def test_a_device_is_shown_with_signs_and_replies(audit: Path, by: str) -> None:
    device = next(one for one in INVENTORY.devices if one.address == "10.20.0.6")
    said = shown(audit, getattr(device, by))

    assert device.id in said
    assert "brand     Safesky" in said
    assert "maker     Dahua (C3)" in said
    assert "firmware  5.7.3, built 2022-03-15" in said
    assert "the server header names Safesky" in said
    for claim in device.identity.claims:
        assert f"{claim.grade}  {claim.field} {claim.value}" in said
        assert f"by {claim.pattern} ({claim.seen_in}) in {claim.evidence}" in said
        evidence = INVENTORY.evidence[claim.evidence]
        assert f"{evidence.id}  {evidence.seen_at:%Y-%m-%d %H:%M:%S} UTC  10.20.0.6:80" in said
        assert evidence.excerpt in said
        assert f"{evidence.request} -> {evidence.status}" in said


@pytest.mark.parametrize("device", INVENTORY.devices, ids=lambda device: device.address or device.id)
def test_every_device_fits_80_columns_and_is_plain(audit: Path, device: Any) -> None:
    said = shown(audit, device.id)

    assert max(cell_len(line) for line in said.splitlines()) <= 80
    assert "\x1b" not in said
    assert "\u202e" not in said  # a direction override would let a name read as another one


def test_markup_of_a_device_is_printed_as_it_is(audit: Path) -> None:
    camera = next(one for one in INVENTORY.devices if one.identity.model == HOSTILE)
    turned = next(one for one in INVENTORY.devices if one.identity.model == REVERSED)

    assert HOSTILE in shown(audit, camera.address).replace("\n", "")
    assert "camgnp.exe" in shown(audit, turned.address)


def test_what_is_contested_is_named(audit: Path) -> None:
    assert "model: IPC-1 | IPC-2" in shown(audit, "10.20.4.5")
    assert "service.telnet: True | False" in shown(audit, "10.20.0.7")


def test_nothing_known_is_said_to_be_unknown(audit: Path) -> None:
    said = shown(audit, "10.20.0.8")

    assert "maker     not known" in said
    assert "none: nothing it showed says who it is" in said


def test_json_has_all_of_it(audit: Path) -> None:
    device = next(one for one in INVENTORY.devices if one.address == "10.20.0.7")
    told = json.loads(shown(audit, "10.20.0.7", "--json"))

    assert (told["device"], told["address"], told["site"]) == (device.id, device.address, device.site)
    assert told["is_camera"] is True
    assert [claim["pattern"] for claim in told["identity"]["claims"]] == [
        claim.pattern for claim in device.identity.claims
    ]
    assert [reply["id"] for reply in told["replies"]] == sorted({c.evidence for c in device.identity.claims})
    assert list(told["contested_facts"]) == ["service.telnet"]


@pytest.mark.parametrize(("wanted", "hint"), [("10.20.0.66", "did you mean 10.20.0.6"), ("nowhere", "25 devices")])
def test_an_unknown_device_is_one_line(audit: Path, wanted: str, hint: str) -> None:
    run = camaudit("show", str(audit), wanted)

    assert run.returncode == 2
    assert run.stdout == ""
    assert len(run.stderr.splitlines()) == 1
    assert repr(wanted) in run.stderr
    assert hint in run.stderr


def test_a_missing_audit_is_one_line(tmp_path: Path) -> None:
    run = camaudit("show", str(tmp_path), "10.0.0.1")

    assert run.returncode == 2
    assert len(run.stderr.splitlines()) == 1
