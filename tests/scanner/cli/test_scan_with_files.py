"""A scan of the lab against a register of its owner, and a scan that begins with what a file knows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from audits import camaudit

from scanner.history import Store
from scanner.lab import Fleet
from scanner.model import Inventory

KINDS = ("hikvision-acusense-new", "axis-plain", "dahua-smd")
NOBODY, OUTSIDE = "127.37.9.9", "127.38.0.1"


@pytest.fixture(scope="module")
def fleet() -> Iterator[Fleet]:
    with Fleet(KINDS, base="127.37.0.0") as running:
        yield running


def scan(directory: Path, *words: str) -> tuple[Inventory, str]:
    run = camaudit("scan", *words, "-T", "fast", "-o", str(directory / "audit"))
    assert run.returncode == 0, run.stderr
    with Store.open(directory / "audit" / "inventory.sqlite") as store:
        return store.load(), run.stdout


def test_one_is_missing_one_is_extra_and_one_has_moved(fleet: Fleet, tmp_path: Path) -> None:
    moved, here, _extra = (device.address for device in fleet.devices)
    truth = fleet.truth
    register = tmp_path / "assets.csv"
    register.write_text(
        "Name,IP,Serial No,Make,MAC\n"
        f"Gate,127.37.8.8,{truth[moved].serial},Hikvision,\n"
        f"Hall,{here},,Bosch,\n"
        f"Store,{NOBODY},,,00:40:8c:00:00:77\n"
        f"Depot,{OUTSIDE},,,\n"
        f"Yard,127.37.9.8,,,\n"
    )
    targets = [device.address for device in fleet.devices]

    inventory, said = scan(tmp_path, *targets, NOBODY, "--register", str(register))

    result = inventory.audit.register
    assert result is not None
    by_id = {device.id: device.address for device in inventory.devices}
    assert [(one.row.name, by_id.get(one.device, ""), one.by, one.why) for one in result.rows] == [
        ("Gate", moved, "serial", ""),
        ("Hall", here, "address", ""),
        ("Store", "", "", "refusing"),  # of loopback every address refuses
        ("Depot", "", "", "out-of-scope"),
        ("Yard", "", "", "out-of-scope"),
    ]
    assert result.rows[0].differs == (f"address: the register says 127.37.8.8, seen was {moved}",)
    assert result.rows[1].differs == ("maker: the register says Bosch, seen was Axis",)
    seen = [by_id[one] for one in result.unregistered if by_id[one]]
    assert seen == [fleet.devices[2].address]
    assert not any(claim.seen_in == "register" for device in inventory.devices for claim in device.identity.claims)

    document = json.loads((tmp_path / "audit" / "audit.json").read_text())
    assert [row["why"] for row in document["audit"]["register"]["rows"]] == [
        "", "", "refusing", "out-of-scope", "out-of-scope",
    ]  # fmt: skip
    page = (tmp_path / "audit" / "report.html").read_text()
    for words in ("Registered, not seen", "refused every door", "Outside the audit", "Seen, not registered"):
        assert words in page
    assert [str(harm) for harm in fleet.harm] == []
    assert "Asset register" in said


def test_addresses_of_a_file_are_targets_and_their_known_doors_come_first(fleet: Fleet, tmp_path: Path) -> None:
    address = fleet.devices[1].address
    found = tmp_path / "open.json"
    found.write_text(
        f'[\n{{ "ip": "{address}", "timestamp": "1795075230", "ports": [ '
        '{"port": 8554, "proto": "tcp", "status": "open", "reason": "syn-ack", "ttl": 64} ] }\n]\n'
    )

    inventory, _ = scan(tmp_path, "--from", str(found))

    assert {device.address for device in inventory.devices} == {address}
    lines = (tmp_path / "audit" / "ledger.jsonl").read_text().splitlines()
    tests = [line for line in map(json.loads, lines) if line.get("method") == "CONNECT" and line["address"] == address]
    assert tests[0]["port"] == 8554


def test_rows_of_a_register_outside_the_scope_are_left_out_and_counted(fleet: Fleet, tmp_path: Path) -> None:
    address = fleet.devices[2].address
    paper = tmp_path / "scope.toml"
    paper.write_text('allow = ["127.37.0.0/24"]\nauthorised_by = "A"\nreference = "R"\n')
    register = tmp_path / "assets.csv"
    register.write_text(f"Name,IP\nHall,{address}\nDepot,{OUTSIDE}\nYard,10.9.9.9\nSpare,n/a\n")

    inventory, _ = scan(
        tmp_path, "--from", str(register), "--register", str(register), "--scope-file", str(paper)
    )  # fmt: skip

    assert "2 addresses of registers are outside the scope and were left out." in inventory.audit.notes
    assert {device.address for device in inventory.devices if not device.seen_through} == {address}
    result = inventory.audit.register
    assert result is not None
    assert [one.why for one in result.rows] == ["", "out-of-scope", "out-of-scope", "no-address"]
