"""A register held against devices: by serial number, then Ethernet address, then address; disagreements are told."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from scanner.model import Device, Firmware, Identity, NotSeen, RegisterResult, RegisterRow
from scanner.pipeline.register import match

NOW = datetime(2026, 11, 20, tzinfo=UTC)


def device(name: str, address: str, *, serial: str = "", mac: str = "", site: str = "", **identity: Any) -> Device:
    who = Identity(serial=serial or None, mac=mac or None, **{"kind": "camera", **identity})
    return Device(
        id=name, site=site, address=address, identity=who, mac=mac or None, first_seen=NOW, last_seen=NOW
    )  # fmt: skip


def row(place: int, address: str = "", **stated: str) -> RegisterRow:
    return RegisterRow(place=f"assets.csv:{place}", address=address, **stated)


def held(rows: list[RegisterRow], *devices: Device) -> RegisterResult:
    def why_not_seen(address: str) -> NotSeen:
        return "dark" if address.startswith("10.20.") else "out-of-scope"

    return match(rows, devices, why_not_seen, ["assets.csv"])


def pairs(result: RegisterResult) -> list[tuple[str, str, str]]:
    return [(one.device, one.by, one.why) for one in result.rows]


def test_the_serial_number_goes_before_the_ethernet_address_before_the_address() -> None:
    a = device("a", "10.20.0.1", serial="DS-2CD2042WD-I20150623CCWR528000001")
    b = device("b", "10.20.0.2", mac="44:19:b6:00:00:02")
    c = device("c", "10.20.0.3")
    rows = [
        row(2, "10.20.0.2", serial="ds-2cd2042wd-i 20150623 ccwr528000001"),
        row(3, "10.20.0.9", mac="44:19:b6:00:00:02"),
        row(4, "10.20.0.3"),
    ]

    result = held(rows, a, b, c)

    assert pairs(result) == [("a", "serial", ""), ("b", "mac", ""), ("c", "address", "")]
    assert result.rows[0].differs == ("address: the register says 10.20.0.2, seen was 10.20.0.1",)
    assert result.rows[1].differs == ("address: the register says 10.20.0.9, seen was 10.20.0.2",)
    assert result.unregistered == ()


def test_the_end_of_a_serial_number_is_enough_when_it_is_long() -> None:
    a = device("a", "10.20.0.1", serial="DS-2CD2042WD-I20150623CCWR528000001")

    assert pairs(held([row(2, serial="528000001")], a)) == [("a", "serial", "")]
    assert pairs(held([row(2, serial="8000001")], a)) == [("", "", "no-address")]
    assert pairs(held([row(2, serial="999528000001")], a)) == [("", "", "no-address")]


def test_why_a_row_has_no_device() -> None:
    c = device("c", "10.20.0.3", serial="NEW00000001")
    result = held([row(2, "10.20.0.7"), row(3, "10.99.0.7"), row(4, name="spare"),
                   row(5, "10.20.0.3", serial="OLD00000001")], c)  # fmt: skip

    assert [one.why for one in result.rows] == ["dark", "out-of-scope", "no-address", "another-device"]
    assert result.rows[3].differs == ("serial number: the register says OLD00000001, seen was NEW00000001",)
    assert result.unregistered == ("c",)


def test_another_ethernet_address_is_another_unit() -> None:
    c = device("c", "10.20.0.3", mac="44:19:b6:00:00:03")
    assert pairs(held([row(2, "10.20.0.3", mac="00:40:8c:00:00:03")], c)) == [("", "", "another-device")]


def test_two_rows_for_one_device_are_told() -> None:
    c = device("c", "10.20.0.3", serial="C00000001")
    result = held([row(2, "10.20.0.3"), row(3, "10.20.0.4", serial="C00000001")], c)

    assert pairs(result) == [("", "", "same-device"), ("c", "serial", "")]
    assert result.conflicts == ("assets.csv:2: it points at 10.20.0.3, as assets.csv:3 does.",)


def test_one_row_for_two_devices_is_told() -> None:
    a = device("a", "10.20.0.1", serial="C00000001")
    b = device("b", "10.20.0.2", mac="44:19:b6:00:00:02")
    twin = device("twin", "10.20.0.5", serial="C00000001")
    result = held([row(2, "10.20.0.5", serial="C00000001", mac="44:19:b6:00:00:02")], a, b, twin)

    assert pairs(result) == [("twin", "serial", "")]
    assert result.conflicts == (
        "assets.csv:2: its serial number C00000001 was shown by 10.20.0.1 and 10.20.0.5.",
        "assets.csv:2: its serial number is that of 10.20.0.5, its Ethernet address that of 10.20.0.2; "
        "the serial number was believed.",
    )
    assert result.unregistered == ("a", "b")


def test_devices_in_no_row_are_cameras_or_unclear() -> None:
    printer = device("p", "10.20.0.8", kind="other")
    unclear = device("u", "10.20.0.9", kind="unknown")
    camera = device("c", "10.20.0.10")
    result = held([], printer, unclear, camera)

    assert (result.unregistered, result.unclear) == (("c",), 1)


def test_what_differs_is_said_and_spellings_are_not_differences() -> None:
    seen = device(
        "a", "10.20.0.1", site="Town hall", brand="Hikvision", maker="Hikvision", model="DS-2CD2042WD-I",
        firmware=Firmware("5.4.5", "V5.4.5 build 170124"),
    )  # fmt: skip
    same = row(2, "10.20.0.1", brand="HIKVISION", model="DS2CD2042WD-I", firmware="v5.4.5", site="town hall")
    other = row(2, "10.20.0.1", brand="Axis", model="P3265-V", firmware="11.1", site="Depot")

    assert held([same], seen).rows[0].differs == ()
    assert held([other], seen).rows[0].differs == (
        "maker: the register says Axis, seen was Hikvision",
        "model: the register says P3265-V, seen was DS-2CD2042WD-I",
        "firmware: the register says 11.1, seen was 5.4.5",
        "site: the register says Depot, seen was Town hall",
    )


def test_a_register_of_ten_thousand_rows_is_matched_at_once() -> None:
    devices = [device(f"d{n}", f"10.20.{n // 250}.{n % 250}", serial=f"SERIAL{n:08}") for n in range(10_000)]
    rows = [row(n, f"10.20.{n // 250}.{n % 250}", serial=f"{n:08}X") for n in range(10_000)]
    result = held(rows, *devices)

    assert sum(one.why == "another-device" for one in result.rows) == 10_000
