"""A unit at an IPv4 and an IPv6 address is one device; two units stay two, whatever they say."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from needs import namespaces
from segment import Plan, run

from scanner.history import Store
from scanner.model import Audit, Contested, Device, Endpoint, Identity, Known, RegisterRow, ScopeRecord
from scanner.pipeline.register import match
from scanner.pipeline.two_addresses import fold, merged, pairs

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
MAC, OTHER = "44:47:cc:01:02:03", "44:47:cc:09:09:09"
OWN_V6 = "fe80::4647:ccff:fe01:203%eth0"  # made from that Ethernet address


def device(address: str, mac: str | None = None, **known: Any) -> Device:
    more = {key: known.pop(key) for key in ("facts", "login", "endpoints", "seen_through") if key in known}
    return Device(
        id=f"d-{address}", site="Hall", address=address, identity=Identity(kind="camera", mac=mac, **known), mac=mac,
        first_seen=NOW, last_seen=NOW, **more,
    )  # fmt: skip


ONE: tuple[tuple[str, Device, Device], ...] = (
    ("the address is made from the card", device("10.1.0.9", MAC), device(OWN_V6)),
    ("the card is told", device("10.1.0.9", MAC), device("fd00::9", MAC)),
    ("serial number", device("10.1.0.9", serial="F12345678"), device("fd00::9", serial="F12345678")),
    ("model on one side", device("10.1.0.9", serial="F12345678", model="X1"), device("fd00::9", serial="F12345678")),
)  # fmt: skip

TWO: tuple[tuple[str, tuple[Device, ...]], ...] = (
    ("nothing known", (device("10.1.0.9"), device("fd00::9"))),
    ("other cards", (device("10.1.0.9", MAC, serial="F1234567"), device("fd00::9", OTHER, serial="F1234567"))),
    ("other makers", (device("10.1.0.9", MAC, maker="Dahua"), device("fd00::9", MAC, maker="Hikvision"))),
    ("other models", (device("10.1.0.9", MAC, model="IPC-A1"), device("fd00::9", MAC, model="IPC-B2"))),
    ("no real serial number", (device("10.1.0.9", serial="123456789"), device("fd00::9", serial="123456789"))),
    ("both IPv4: cards, or a clone", (device("10.1.0.9", serial="F1234567"), device("10.1.0.8", serial="F1234567"))),
    ("a router answers for two", (device("10.1.0.9", MAC), device("10.1.0.8", MAC), device("fd00::9", MAC))),
    ("only a recorder told of it", (device("10.1.0.9", MAC, seen_through="d-1"), device("fd00::9", MAC))),
)  # fmt: skip


@pytest.mark.parametrize(("first", "second"), [case[1:] for case in ONE], ids=[case[0] for case in ONE])
def test_one_unit(first: Device, second: Device) -> None:
    assert pairs([first, second], {}) == {second.id: first.id}
    assert pairs([second, first], {}) == {second.id: first.id}


@pytest.mark.parametrize("devices", [case[1] for case in TWO], ids=[case[0] for case in TWO])
def test_two_units(devices: tuple[Device, ...]) -> None:
    assert pairs(devices, {}) == {}


def test_an_answer_that_names_the_other_address() -> None:
    """SADP over IPv6 tells the IPv4 address; where the card of that one is another, they are two."""
    six = device("fd00::9")
    assert pairs([device("10.1.0.9"), six], {six.id: {"10.1.0.9"}}) == {six.id: "d-10.1.0.9"}
    four = device("10.1.0.9", OTHER)
    assert pairs([four, device("fd00::9", MAC)], {"d-fd00::9": {"10.1.0.9"}}) == {}


def test_what_both_showed_is_kept() -> None:
    """Settings of the address that took the login; facts that differ stand side by side; nothing is counted twice."""
    later = NOW + timedelta(minutes=3)
    first = device(
        "10.1.0.9", MAC, login="refused", endpoints=(Endpoint("10.1.0.9", 80),),
        facts={"web.http": Known(True, ("e1",)), "service.telnet": Known(False, ("e2",))},
    )  # fmt: skip
    second = device(
        "fd00::9", MAC, login="accepted", endpoints=(Endpoint("fd00::9", 23),), model="IPC-A1",
        facts={"service.telnet": Known(True, ("e3",)), "service.ftp": Known(False, ("e4",))},
    )  # fmt: skip
    one = merged(first, second)

    assert (one.id, one.address, one.also_at, one.login) == ("d-10.1.0.9", "10.1.0.9", ("fd00::9",), "accepted")
    assert (one.identity.model, len(one.endpoints), one.addresses) == ("IPC-A1", 2, ("10.1.0.9", "fd00::9"))
    assert isinstance(one.facts["service.telnet"], Contested)
    assert set(one.facts) == {"web.http", "service.telnet", "service.ftp"}
    assert merged(one, second).also_at == ("fd00::9",)  # killed between two writes, it is done again
    assert len(merged(one, second).endpoints) == 2
    assert merged(first, device("fd00::9", MAC)).last_seen < later


def test_the_store_has_it_once(tmp_path: Path) -> None:
    with Store.create(tmp_path / "inventory.sqlite") as store:
        store.save_audit(Audit(id="a-1", started_at=NOW, tool="test", scope=ScopeRecord(("10.0.0.0/8",))))
        for one in (device("10.1.0.9", MAC), device(OWN_V6), device("10.1.0.10")):
            store.save_device(one)

        assert fold(store, store.devices(), {})
        assert {one.address: one.also_at for one in store.devices()} == {"10.1.0.9": (OWN_V6,), "10.1.0.10": ()}
        assert not fold(store, store.devices(), {})


def test_a_register_may_name_either_address() -> None:
    found = merged(device("10.1.0.9", MAC), device("fd00::9"))
    row = RegisterRow(place="r.csv:2", address="fd00::9")
    told = match([row], [found], lambda _: "not-asked", ["r.csv"])

    assert [(one.device, one.differs) for one in told.rows] == [("d-10.1.0.9", ())]


@pytest.mark.namespace
def test_an_audit_of_both_ranges_counts_a_unit_once(tmp_path: Path) -> None:
    """On real sockets: two units on a segment, with four addresses; coverage counts addresses, the report units."""
    namespaces()
    out = tmp_path / "out"
    units = tuple(
        (kind, {"serial": f"F4401973{number}", "mac": f"44:47:cc:01:02:0{number}"})
        for number, kind in enumerate(("hikvision-old", "axis-aoa"))
    )
    command = (
        sys.executable, "-m", "scanner.cli", "scan", "-T", "fast", "--ports", "8080,8000,8554", "-f", "json,html", "-q",
        "10.35.0.16/29", "fd00:35::10/126", "--authorised-by", "a test", "--reference", "T-1", "-o", str(out),
    )  # fmt: skip
    ran = run(Plan(command=command, fleets=(("10.35.0.16", units), ("fd00:35::10", units))))

    assert (ran.code, ran.harm) == (0, []), ran.stderr
    audit = json.loads((out / "audit.json").read_text())
    assert {one["address"]: one["also_at"] for one in audit["devices"]} == {
        "10.35.0.17": ["fd00:35::11"], "10.35.0.18": ["fd00:35::12"],
    }  # fmt: skip
    assert sum(row["answered"] for row in audit["audit"]["coverage"]) == 4
    assert "The same unit was seen at fd00:35::11 as well." in (out / "report.html").read_text()
