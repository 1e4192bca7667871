"""Cameras behind recorders are counted once, whatever the recorder writes about them."""

# ruff: noqa: E501  # tables of cases read best with one case a line

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from scanner.estate import Estate
from scanner.model import NO_CAMERA, Attached, Device, Identity, Observation, Organisation, Site
from scanner.pipeline.attached import join_attached
from scanner.pipeline.sameness import addresses_told, alike, mac_of_address, serial_key

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
LONG = "DS-2CD2146G2-ISU20231104AAWRF12345678"
MAC = "44:47:cc:01:02:03"
ESTATE = Estate(
    Organisation(), (Site(name="School", ranges=("10.1.0.0/16",)), Site(name="Depot", ranges=("10.2.0.0/16",)))
)


def device(address: str, *attached: Attached, kind: Any = "camera", mac: str | None = None, **known: Any) -> Device:
    identity = Identity(kind="recorder" if attached else kind, mac=mac, **known)
    return Device(
        id=f"d-{address}", site=ESTATE.site_of(address).name, address=address, identity=identity, mac=mac,
        attached=attached, first_seen=NOW, last_seen=NOW,
    )  # fmt: skip


def entry(channel: str = "1", **known: Any) -> Attached:
    return Attached(channel, **{"slot": "live", "online": "yes", **known})


def joined(*devices: Device, told: dict[str, Any] | None = None) -> tuple[list[Device], list[Attached]]:
    """All devices and all entries, in the order of the recorders' addresses."""
    found = join_attached(devices, ESTATE, NOW, told)
    assert len({one.id for one in found}) == len(found)
    return found, [one for recorder in found for one in recorder.attached]


SAME: tuple[tuple[str, Device, Attached], ...] = (
    ("serial", device("10.1.0.9", serial="F12345678"), entry(serial="F12345678", address="10.9.9.9")),
    ("model and date before it", device("10.1.0.9", serial=LONG), entry(serial="F12345678")),
    ("the same, the other way", device("10.1.0.9", serial="F12345678"), entry(serial=LONG)),
    ("letters after it", device("10.1.0.9", serial=f"{LONG}WCVU"), entry(serial="F12345678")),
    ("case and dashes", device("10.1.0.9", serial="ab-cd-1234-5"), entry(serial="ABCD12345")),
    ("Ethernet address", device("10.1.0.9", mac=MAC), entry(mac="44-47-CC-01-02-03", address="192.168.254.2")),
    ("Ethernet address as serial", device("10.1.0.9", serial="ACCC8E010203"), entry(mac="ac:cc:8e:01:02:03")),
    ("address", device("10.1.0.9"), entry(address="10.1.0.9")),
    ("address in other clothes", device("10.1.0.9"), entry(address="::ffff:10.1.0.9")),
    ("long form", device("fd00::9"), entry(address="FD00:0:0:0:0:0:0:9")),
    ("its IPv6 address", device("10.1.0.9", mac=MAC), entry(address="fe80::4647:ccff:fe01:203")),
    ("its IPv4 address", device("fe80::4647:ccff:fe01:203%eth0"), entry(mac=MAC, address="10.1.0.9")),
    ("an address is no serial number", device("10.1.0.9", serial=LONG), entry(serial="0000000000", address="10.1.0.9")),
    ("one model, two numbers", device("10.1.0.9", serial="7A11111", model="IPC-X"), entry(serial="9B22222", model="IPC-X", address="10.1.0.9")),
    ("offline, and nothing known", device("10.1.0.9", serial=LONG), entry(address="10.1.0.9", online="no", slot="absent")),
)  # fmt: skip


@pytest.mark.parametrize(("camera", "said"), [pair[1:] for pair in SAME], ids=[pair[0] for pair in SAME])
def test_the_same_camera_is_counted_once(camera: Device, said: Attached) -> None:
    found, (one,) = joined(camera, device("10.1.0.2", said))

    assert [item.id for item in found if item.seen_through] == []
    assert one.device == camera.id


OTHERS: tuple[tuple[str, Device, Attached], ...] = (
    ("another serial number answers there", device("10.1.0.9", serial=LONG, model="A"), entry(serial="K87654321", model="B", address="10.1.0.9")),
    ("another Ethernet address answers there", device("10.1.0.9", mac=MAC), entry(mac="44:47:cc:0f:0f:0f", address="10.1.0.9")),
    ("numbers that only end alike", device("10.1.0.9", serial="11-1234"), entry(serial="22-1234", address="10.1.0.8")),
    ("numbers of no unit", device("10.1.0.9", serial="0000000000"), entry(serial="0000000000", address="10.1.0.8")),
    ("counted numbers", device("10.1.0.9", serial="123456789"), entry(serial="123456789", address="10.1.0.8")),
    ("Ethernet addresses of no unit", device("10.1.0.9", mac="00:00:00:00:00:00"), entry(mac="00:00:00:00:00:00", address="10.1.0.8")),
)  # fmt: skip


@pytest.mark.parametrize(("camera", "said"), [pair[1:] for pair in OTHERS], ids=[pair[0] for pair in OTHERS])
def test_another_camera_is_not_lost(camera: Device, said: Attached) -> None:
    found, (one,) = joined(camera, device("10.1.0.2", said))
    (behind,) = [item for item in found if item.seen_through]

    assert one.device == behind.id != camera.id
    assert behind.seen_through == "d-10.1.0.2"
    assert one.slot == "live"


def test_an_old_entry_is_not_the_unit_that_answers_there_now() -> None:
    """The camera was replaced; the recorder keeps the old serial number and reaches nobody under it."""
    old = entry(serial="K87654321", address="10.1.0.9", online="no", slot="absent")
    found, (one,) = joined(device("10.1.0.9", serial=LONG), device("10.1.0.2", old))

    assert [item.address for item in found] == ["10.1.0.2", "10.1.0.9"]
    assert (one.slot, one.device) == ("left-over", None)


@pytest.mark.parametrize("slot", sorted(NO_CAMERA))
def test_channels_without_a_camera_make_no_device(slot: Any) -> None:
    found, (one,) = joined(device("10.1.0.2", entry(slot=slot, serial="K87654321", address="10.1.0.77")))

    assert len(found) == 1
    assert (one.slot, one.device) == (slot, None)


@pytest.mark.parametrize(
    "said",
    [
        entry(serial="DS7608SELF12345"), entry(address="10.1.0.2"), entry(address="127.0.0.1"), entry(address="::1"),
        entry(mac=MAC, address="10.1.0.200"),
    ],
)  # fmt: skip
def test_a_recorder_that_lists_itself(said: Attached) -> None:
    """It is no camera, and its own record is not written over."""
    found, (one,) = joined(device("10.1.0.2", said, serial="DS7608SELF12345", mac=MAC))

    assert len(found) == 1
    assert (one.slot, one.device) == ("itself", "d-10.1.0.2")
    assert found[0].identity.kind == "recorder"
    assert found[0].camera_on("1") == ""


def test_a_recorder_behind_a_recorder_is_that_recorder() -> None:
    found, entries = joined(
        device("10.1.0.2", entry(address="10.1.0.3")), device("10.1.0.3", entry(serial="K87654321"), serial="R7654321")
    )

    assert [one.device for one in entries] == ["d-10.1.0.3", next(one.id for one in found if one.seen_through)]
    assert len(found) == 3


def test_two_recorders_with_one_camera() -> None:
    """Once, with what each knows; the one that reaches it is the one it was seen through."""
    gone = entry("4", address="10.1.0.9", slot="absent", online="no")
    there = entry("1", address="10.1.0.9", serial=LONG, maker="Hikvision", model="DS-2CD2146G2-ISU")
    other = entry("2", mac=MAC, serial="F12345678")
    found, entries = joined(device("10.1.0.2", gone), device("10.1.0.3", there), device("10.1.0.4", other))
    (behind,) = [one for one in found if one.seen_through]

    assert {one.device for one in entries} == {behind.id}
    assert behind.seen_through == "d-10.1.0.3"
    assert (behind.identity.model, behind.identity.serial, behind.mac) == ("DS-2CD2146G2-ISU", LONG, MAC)
    assert behind.identity.grade == "C2"


def test_what_one_recorder_adds_finds_the_entry_of_another() -> None:
    """A serial number, the same with an address, that address alone: one camera."""
    found, entries = joined(
        device("10.1.0.2", entry(serial="K87654321")), device("10.1.0.3", entry(serial="K87654321", address="10.1.0.9")),
        device("10.1.0.4", entry(address="10.1.0.9")),
    )  # fmt: skip

    assert len({one.device for one in entries}) == len([one for one in found if one.seen_through]) == 1


def test_two_lenses_of_a_camera_that_was_seen_directly() -> None:
    """The recorder knows it by an address of its own ports, and its serial number on one channel only."""
    said = (entry("1", serial="K87654321", address="192.168.254.2"), entry("2", address="192.168.254.2"))
    found, entries = joined(device("10.1.0.9", serial="K87654321"), device("10.1.0.2", *said))

    assert [one.device for one in entries] == ["d-10.1.0.9"] * 2
    assert len(found) == 2


def test_recorders_give_the_same_addresses_to_their_own_ports() -> None:
    """At two sites, and within one where the serial numbers differ, that are two cameras."""
    found, entries = joined(
        device("10.1.0.2", entry(address="192.168.254.2")),
        device("10.2.0.2", entry(address="192.168.254.2")),
        device("10.1.0.3", entry("1", address="192.168.254.3", serial="K87654321"), entry("2", address="192.168.254.4")),
        device("10.1.0.4", entry("1", address="192.168.254.3", serial="L87654321"), entry("2", address="192.168.254.4")),
    )  # fmt: skip
    behind = [one for one in found if one.seen_through]

    assert len({one.device for one in entries}) == len(behind) == 5
    assert sorted(one.site for one in behind) == ["Depot", "School", "School", "School", "School"]


def test_one_camera_on_several_channels() -> None:
    """A camera with two lenses, and one that was moved to another channel and kept its old one."""
    found, entries = joined(
        device(
            "10.1.0.2", entry("1", address="10.1.0.9"), entry("2", address="10.1.0.9"), entry("3", serial="K87654321"),
            entry("4", serial="K87654321", address="10.1.0.10", slot="absent", online="no"),
        )
    )  # fmt: skip

    assert len([one for one in found if one.seen_through]) == 2
    assert entries[0].device == entries[1].device != entries[2].device == entries[3].device


def test_names_and_other_texts_as_addresses() -> None:
    """A recorder may hold a host name; the site is then that of the recorder."""
    found, _ = joined(device("10.1.0.2", entry("1", address="cam-gate.local"), entry("2", address="10.77.0.1")))

    assert [(one.address, one.site) for one in found if one.seen_through] == [
        ("10.77.0.1", "School"), ("cam-gate.local", "School"),
    ]  # fmt: skip


def test_an_offline_camera_without_a_model_is_listed_with_doubt() -> None:
    """A protocol somebody chose is a circumstantial sign of its maker."""
    said = entry(address="10.1.0.9", maker="Hikvision", protocol="HIKVISION", slot="absent", online="no")
    found, _ = joined(device("10.1.0.2", said))
    behind = found[-1]

    assert (behind.identity.maker, behind.identity.grade) == ("Hikvision", "C1")
    assert any("no longer there" in reason for reason in behind.identity.reasons)
    assert behind.settings_unread == "seen-through"


def test_addresses_a_device_names_itself() -> None:
    """A camera that was seen at its IPv6 address and names the IPv4 one the recorder knows."""
    sadp = Observation(
        "sadp", "<ProbeMatch><IPv4Address>10.1.0.9</IPv4Address><IPv6Address>::</IPv6Address></ProbeMatch>"
    )
    dhip = Observation("dhdiscover", '{"IPv4Address":{"DefaultGateway":"10.1.0.1","IPAddress":"10.1.0.9"},"IPv6Address":{"LinkLocalAddress":"fe80::9/64"}}')  # fmt: skip

    assert addresses_told([sadp]) == {"10.1.0.9"}
    assert addresses_told([dhip, Observation("http-title", '"IPAddress":"10.1.0.1"')]) == {"10.1.0.9", "fe80::9"}
    found, (one,) = joined(
        device("fe80::1"), device("10.1.0.2", entry(address="10.1.0.9")), told={"d-fe80::1": {"10.1.0.9"}}
    )
    assert (len(found), one.device) == (2, "d-fe80::1")


def test_keys() -> None:
    assert [serial_key(text) for text in (None, "x", "0000", "1111111", "123456789", "ABC", "4711")] == [""] * 6 + [
        "4711"
    ]
    assert not alike("", "")
    assert not alike("12345", "9912345")
    assert mac_of_address("fe80::4647:ccff:fe01:203%2") == MAC.replace(":", "")
    assert mac_of_address("fe80::1") == mac_of_address("10.0.0.1") == mac_of_address("gate.local") == ""
