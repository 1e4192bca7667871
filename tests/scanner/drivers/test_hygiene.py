"""How devices are kept: settings that were read, flags that save a page, the clock, hosts, roles, and the budget."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from everything_asked import endpoints_of
from lxml import etree
from replay import Replay, facts, rows, serving

from scanner.drivers import load_drivers, read_device
from scanner.drivers.axis import parameters
from scanner.drivers.base import needs_of
from scanner.drivers.dahua import hygiene as dahua
from scanner.drivers.dahua.tables import parse
from scanner.drivers.hikvision import hygiene as hikvision
from scanner.drivers.hikvision.pages import Page
from scanner.fingerprint import identify
from scanner.fingerprint.first_contact import observe
from scanner.lab import Fleet, load_personalities
from scanner.lab.leaks import leak
from scanner.lab.words import Placement
from scanner.model import Known, Unseen
from scanner.net import Limits
from scanner.secret import Login, Secret

NOON = datetime(2026, 11, 23, 12, 0, 0, tzinfo=UTC)
MOST = 40


def xml(text: str) -> etree._Element:
    return etree.fromstring(text)


def why(readings: Any, key: str) -> str:
    """Why a fact is not known."""
    fact = next(seen.fact for seen in readings.facts if seen.key == key)
    assert isinstance(fact, Unseen), fact
    return fact.why


# -- Hikvision ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("local", "zone", "skew"),
    [
        ("2026-11-23T12:00:00Z", "", 0.0),
        ("2026-11-23T20:00:30+08:00", "CST-8:00:00", 30.0),
        ("2026-11-23T20:00:00", "CST-8:00:00", 0.0),
        ("2026-11-23T05:00:00", "EST5:00:00", -7200.0),
        ("2026-11-23T19:00:00Z", "CST-0:00:00", 25200.0),
        ("2026-11-23T05:00:00Z", "CST-0:00:00", -25200.0),
        ("2026-11-23T20:00:00", "CST-8:00:00DST01:00:00,M3.2.0/02:00:00,M11.1.0/02:00:00", None),
        ("2026-11-23T20:00:00", "", None),
        ("yesterday", "CST-8:00:00", None),
        ("", "", None),
        ("2026-11-23T20:00:00", "CST-99:00:00", None),
    ],
)
def test_the_clock_of_a_time_page(local: str, zone: str, skew: float | None) -> None:
    """Only an offset, or a zone without summer time, makes a local time comparable."""
    root = xml(f"<Time><timeMode>NTP</timeMode><localTime>{local}</localTime><timeZone>{zone}</timeZone></Time>")
    found = dict(hikvision.decode_skew(Page(root, "e", True, NOON)))

    assert found.get("time.skew_seconds") == skew


def test_a_flag_that_says_no_saves_its_page() -> None:
    """Anonymous login and stream encryption that are not supported are off, by grade C2; what is supported is asked."""
    device = Replay("127.107.80.1")
    device.pages = {
        "/ISAPI/System/deviceInfo": "<DeviceInfo><model>X</model></DeviceInfo>",
        "/ISAPI/System/capabilities": (
            "<DeviceCap><SysCap><NetworkCap><isSupportUpnp>true</isSupportUpnp></NetworkCap>"
            "<AudioCap><audioInputNums>0</audioInputNums></AudioCap></SysCap><SecurityCap>"
            "<issupIllegalLoginLock>false</issupIllegalLoginLock><isSupportAnonymous>false</isSupportAnonymous>"
            "<isSupportStreamEncryption>false</isSupportStreamEncryption></SecurityCap><SmartCap/><EventCap/></DeviceCap>"
        ),
        "/ISAPI/System/Network/UPnP": "<UPnP><enabled>true</enabled></UPnP>",
        "/ISAPI/Streaming/channels/101": "<StreamingChannel><id>101</id></StreamingChannel>",
    }
    with serving(device):
        readings = device.read("Hikvision")
    known = {seen.key: seen.fact for seen in readings.facts if isinstance(seen.fact, Known)}

    for key in ("login.anonymous", "stream.encryption", "login.lock.enabled", "audio.enabled"):
        assert (known[key].value, known[key].grade) == (False, "C2"), key
        assert known[key].evidence, key
    assert known["upnp.enabled"].value is True
    assert why(readings, "login.lock.attempts") == "no-such-page"
    assert not {"/ISAPI/Security/videoEncryption", "/ISAPI/Streaming/channels/101"} & set(device.asked)


def test_a_page_that_does_not_say_is_not_called_unreadable() -> None:
    """A stream page without sound says nothing of it; a switch that is no switch is unreadable."""
    device = Replay("127.107.80.2")
    device.pages = {
        "/ISAPI/System/deviceInfo": "<DeviceInfo><model>X</model></DeviceInfo>",
        "/ISAPI/Streaming/channels/101": "<StreamingChannel><id>101</id></StreamingChannel>",
        "/ISAPI/System/Network/UPnP": "<UPnP><enabled>perhaps</enabled></UPnP>",
    }
    with serving(device):
        readings = device.read("Hikvision")

    assert why(readings, "audio.enabled") == "no-such-page"
    assert why(readings, "upnp.enabled") == "malformed"


def test_the_role_of_our_own_account_is_told_and_no_name() -> None:
    users = xml(
        "<UserList><User><userName>admin</userName><userLevel>Administrator</userLevel></User>"
        "<User><userName>auditor</userName><userLevel>Viewer</userLevel></User></UserList>"
    )

    assert dict(hikvision.decode_role(Page(users, "e", True, NOON), "auditor")) == {"login.role": "Viewer"}
    assert dict(hikvision.decode_role(Page(users, "e", True, NOON), "somebody")) == {}
    text = 'admin="root"\noperator="auditor"\nviewer="auditor,root"\ndigusers="root,auditor"\n'
    assert dict(parameters.decode_accounts(text, "auditor"))["login.role"] == "operator"


# -- Dahua --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (".Enable=true\n.MapTable[0].Enable=true\n", {"upnp.enabled": True, "upnp.mapped": True}),
        (".Enable=false\n.MapTable[0].Enable=true\n", {"upnp.enabled": False, "upnp.mapped": False}),
        (".Enable=true\n.MapTable[0].Enable=false\n", {"upnp.enabled": True, "upnp.mapped": False}),
        (".Enable=true\n", {"upnp.enabled": True}),
        (".MapTable[0].Enable=true\n", {}),
    ],
)
def test_port_maps(text: str, expected: dict[str, bool]) -> None:
    assert dict(dahua.decode_upnp(parse(text))) == expected


@pytest.mark.parametrize(
    ("text", "hosts"),
    [
        (".Enable=true\n.Address=192.0.2.7\n.Password=x\n", ["192.0.2.7"]),
        (".Enable=false\n.Address=192.0.2.7\n", []),
        ("[0].Enable=true\n[0].Address=a.example\n[1].Enable=true\n[1].Address=0.0.0.0\n", ["a.example"]),
        (".Address=192.0.2.7\n", []),
        ("", []),
    ],
)
def test_hosts_of_a_section(text: str, hosts: list[str]) -> None:
    """Switched on and named; an address alone sends nothing."""
    assert list(dahua.decode_target(parse(text))) == hosts


def test_smart_motion_without_any_table_is_unknown() -> None:
    """A missing section says no only beside a table of rules that is there."""
    missing = "Error: Error -1 getting param in name=X\r\n"
    config = "/cgi-bin/configManager.cgi?action=getConfig&name="
    device = Replay("127.107.80.3")
    device.pages = {
        "/cgi-bin/magicBox.cgi?action=getSystemInfo": "deviceType=IPC-X\r\n",
        config + "General": "table.General.LockLoginEnable=true\r\n",
        config + "SmartMotionDetect": missing,
    }
    for rules, answer in ((missing, "unknown"), ("table.VideoAnalyseRule[0][0].Type=HeatMap\r\n", "no")):
        device.pages[config + "VideoAnalyseRule"] = rules
        with serving(device):
            row = next(one for (name, _), one in rows(device.read("Dahua")).items() if name == "object-class")
        assert row.supported == answer


# -- Axis ---------------------------------------------------------------------------------------------


def test_newer_pages_stand_in_for_missing_parameters() -> None:
    """Asked only where the firmware has no such parameters; communities stay where they are."""
    device = Replay("127.107.80.4")
    device.pages = {
        parameters.PATH: "root.Brand.Brand=AXIS\nroot.Network.Filter.Enabled=yes\n",
        "/config/rest/snmp/v1": (
            '{"status":"success","data":{"enabled":true,"snmpV1":{"enabled":false},"snmpV2":{"enabled":true,'
            f'"readCommunity":"{leak("read")}"}}}}}}'
        ),
        "/axis-cgi/disks/list.cgi?diskid=all": (
            '<root><disks><disk diskid="SD_DISK" status="OK" diskencrypted="yes"/>'
            '<disk diskid="SD2" status="disconnected" diskencrypted="no"/></disks></root>'
        ),
    }
    with serving(device):
        known = facts(device.read("Axis"))

    assert (known["snmp.enabled"], known["snmp.v1v2"], known["ip_filter.enabled"]) == (True, True, True)
    assert known["storage.encryption"] is True
    assert "/config/rest/firewall/v1" not in device.asked


CARD = '<disk diskid="SD_DISK" status="OK" diskencrypted="no" cleanupmaxage="30" cleanuppolicy="fifo"/>'


@pytest.mark.parametrize(
    ("other", "limited", "days"),
    [
        ("", True, 30),
        ('<disk diskid="S1" status="OK" cleanupmaxage="90" cleanuppolicy="fifo"/>', True, 90),  # the longest counts
        ('<disk diskid="S1" status="disconnected" cleanupmaxage="7" cleanuppolicy="fifo"/>', True, 30),
        ('<disk diskid="S1" status="OK" cleanupmaxage="0" cleanuppolicy="fifo"/>', False, "undecided"),
        ('<disk diskid="S1" status="OK" cleanupmaxage="7" cleanuppolicy="none"/>', False, "undecided"),  # never cleaned
        ('<disk diskid="S1" status="OK" cleanupmaxage="soon" cleanuppolicy="fifo"/>', None, None),
        ('<disk diskid="S1" status="OK"/>', None, None),
    ],
)
def test_how_long_a_card_keeps_recordings(other: str, limited: bool | None, days: int | str | None) -> None:
    device = Replay("127.107.80.5")
    device.pages = {
        parameters.PATH: "root.Brand.Brand=AXIS\n",
        "/axis-cgi/disks/list.cgi?diskid=all": f"<root><disks>{CARD}{other}</disks></root>",
    }
    with serving(device):
        readings = device.read("Axis")
    known = facts(readings)

    assert known.get("retention.limited") is limited
    if isinstance(days, int):
        assert known["retention.days"] == days
    else:
        assert "retention.days" not in known
        lost = [one.fact for one in readings.facts if one.key == "retention.days"]
        assert [one.why for one in lost if isinstance(one, Unseen)] == ([days] if days else [])


# -- all ----------------------------------------------------------------------------------------------


def test_a_hikvision_camera_gets_forty_requests_at_most(record_property: Any) -> None:
    """First contact, the challenge, ONVIF and the driver together, for every camera of the lab; `pytest -rP` prints."""
    names = [one.id for one in load_personalities().values() if one.style == "hikvision" and one.kind == "camera"]
    placements: list[Any] = [Placement(personality=name) for name in names]
    counts = {}
    with Fleet(placements, base="127.107.81.0", fragile=False) as fleet:
        from doors import door

        entrance = door(limits=Limits())
        for device in fleet.devices:
            with entrance.link(device.address) as link:
                contact = observe(link, endpoints_of(device))
            with entrance.link(device.address, login=Login("auditor", Secret(device.placement.password))) as link:
                read_device(link, identify(contact.observations), contact.endpoints)
        for device in fleet.devices:
            asked = [one for one in fleet.received if one.address == device.address and one.protocol == "http"]
            counts[device.personality.id] = len(asked)
    record_property("requests", str(counts))
    print(counts)

    assert max(counts.values()) <= MOST, counts
    assert len(counts) >= 8


def test_every_driver_says_which_account_it_needs() -> None:
    """In one sentence; a driver of which no source tells says so."""
    sentences = {name: needs_of(driver) for name, driver in load_drivers().items()}

    assert all(len(text) > 40 and text.endswith(".") for text in sentences.values()), sentences
    assert all("docs/sources.md" in sentences[name] for name in ("hikvision", "dahua", "axis", "onvif"))
