"""Hikvision: invented bodies of the recorded shapes, one case a row."""

# ruff: noqa: E501  # tables of cases read best with one case a line

from __future__ import annotations

from typing import Any

import pytest
from doors import CANARY
from lxml import etree
from replay import Replay, facts, rows, serving

from scanner.drivers.hikvision import decode_library
from scanner.drivers.hikvision.hygiene import decode_hosts, decode_snmp, decode_users
from scanner.drivers.hikvision.pages import decode_rule, decode_schedule, decode_triggers
from scanner.drivers.hikvision.recorder import decode_attached, decode_online
from scanner.drivers.hikvision.resources import App, Resources, decode_types
from scanner.drivers.hikvision.words import RULES

NS = 'xmlns="http://www.hikvision.com/ver20/XMLSchema" version="2.0"'
INFO = f"<DeviceInfo {NS}><model>DS-2CD2086G2-IU</model><firmwareVersion>V5.7.17</firmwareVersion></DeviceInfo>"
HOURS = (
    f"<Schedule {NS}><TimeBlockList><TimeBlock><dayOfWeek>1</dayOfWeek><TimeRange><beginTime>00:00:00</beginTime>"
    "<endTime>24:00:00</endTime></TimeRange></TimeBlock></TimeBlockList></Schedule>"
)
NO_HOURS = f"<Schedule {NS}><TimeBlockList></TimeBlockList></Schedule>"


def refused(word: str) -> str:
    return (
        f"<ResponseStatus {NS}><statusCode>4</statusCode><statusString>Invalid Operation</statusString>"
        f"<subStatusCode>{word}</subStatusCode></ResponseStatus>"
    )


def line(on: str, item: str = "true", target: str = "human") -> str:
    corners = (
        "<CoordinatesList><Coordinates><positionX>1</positionX><positionY>2</positionY></Coordinates><Coordinates>"
    )
    corners += "<positionX>900</positionX><positionY>800</positionY></Coordinates></CoordinatesList>"
    items = "".join(
        f"<LineItem><id>{n}</id><enabled>{item if n == 1 else 'false'}</enabled>{corners}"
        f"<detectionTarget>{target}</detectionTarget></LineItem>"
        for n in range(1, 5)
    )
    return f"<LineDetection {NS}><id>1</id><enabled>{on}</enabled><LineItemList>{items}</LineItemList></LineDetection>"


def capabilities(**flags: bool) -> str:
    inner = "".join(f"<{name}>{str(value).lower()}</{name}>" for name, value in flags.items())
    return f"<DeviceCap {NS}><EventCap/><SmartCap>{inner}</SmartCap></DeviceCap>"


TRIGGERS = (
    f"<EventTriggerList {NS}><EventTrigger><id>linedetection-1</id><eventType>linedetection</eventType>"
    "<videoInputChannelID>1</videoInputChannelID><EventTriggerNotificationList><EventTriggerNotification><id>email</id>"
    "<notificationMethod>email</notificationMethod></EventTriggerNotification></EventTriggerNotificationList>"
    "</EventTrigger></EventTriggerList>"
)
LINE = "/ISAPI/Smart/LineDetection/1"
SCHEDULE = "/ISAPI/Event/schedules/lineDetections/linedetection_video1"
VCA = "/ISAPI/System/Video/inputs/channels/1/VCAResource"
CAPS = "/ISAPI/System/capabilities"


def camera(**pages: Any) -> dict[str, Any]:
    """Pages of a small camera that can cross lines; keywords replace pages by the name of a constant above."""
    known = {"line": LINE, "schedule": SCHEDULE, "vca": VCA, "caps": CAPS, "triggers": "/ISAPI/Event/triggers"}
    base: dict[str, Any] = {
        "/ISAPI/System/deviceInfo": INFO,
        CAPS: capabilities(isSupportLineDetection=True, isSupportFaceDetect=False),
        "/ISAPI/Event/triggers": TRIGGERS,
        LINE: line("true"),
        SCHEDULE: HOURS,
    }
    return {**base, **{known[name]: page for name, page in pages.items()}}


CASES: list[tuple[str, dict[str, Any], dict[str, str], str]] = [
    ("on", {}, {"supported": "yes", "enabled": "yes", "armed": "yes", "linked": "yes"}, ""),
    ("off", {"line": line("false")}, {"supported": "yes", "enabled": "no", "armed": "no", "linked": "yes"}, ""),
    ("every line off", {"line": line("true", "false")}, {"enabled": "no"}, ""),
    ("no schedule", {"schedule": NO_HOURS}, {"enabled": "yes", "armed": "no"}, ""),
    ("schedule missing", {"schedule": (404, "")}, {"enabled": "yes", "armed": "unknown"}, ""),
    (
        "family loaded",
        {"vca": f'<VCAResource {NS}><type opt="smart,close">smart</type></VCAResource>'},
        {"enabled": "yes"},
        "",
    ),
    (
        "family not loaded",
        {"vca": f'<VCAResource {NS}><type opt="smart,facesnap">facesnap</type></VCAResource>'},
        {"supported": "yes", "enabled": "no", "armed": "no"},
        "",
    ),
    (
        "all analytics off",
        {"vca": f'<VCAResource {NS}><type opt="smart,close">close</type></VCAResource>'},
        {"enabled": "no"},
        "",
    ),
    (
        "supported only",
        {"line": (403, refused("notSupport"))},
        {"supported": "yes", "enabled": "unknown"},
        "no-such-page",
    ),
    ("no right", {"line": (403, refused("lowPrivilege"))}, {"supported": "yes", "enabled": "unknown"}, "forbidden"),
    ("403 without a word", {"line": (403, "")}, {"supported": "yes", "enabled": "unknown"}, "forbidden"),
    ("login asked again", {"line": (401, "")}, {"supported": "yes", "enabled": "unknown"}, "no-login"),
    ("malformed", {"line": "<LineDetection"}, {"supported": "yes", "enabled": "unknown"}, "malformed"),
    ("no switch in it", {"line": f"<LineDetection {NS}/>"}, {"enabled": "unknown"}, "malformed"),
    ("error under 200", {"line": refused("deviceError")}, {"enabled": "unknown"}, "malformed"),
    (
        "denied by the flags",
        {"caps": capabilities(isSupportLineDetection=False)},
        {"supported": "no", "enabled": "no"},
        "",
    ),
    (
        "not in the closed list",
        {"caps": capabilities(isSupportFaceDetect=False)},
        {"supported": "no", "enabled": "no"},
        "",
    ),
    ("nothing said, page there", {"caps": (403, "")}, {"supported": "yes", "enabled": "yes"}, ""),
    (
        "nothing said, no page",
        {"caps": (403, ""), "line": (403, refused("notSupport"))},
        {"supported": "no", "enabled": "no"},
        "",
    ),
    ("triggers forbidden", {"triggers": (403, "")}, {"enabled": "yes", "linked": "unknown"}, ""),
]


@pytest.mark.parametrize(("pages", "expected", "why"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_line_crossing(pages: dict[str, Any], expected: dict[str, str], why: str) -> None:
    """One rule through the whole driver in every state it can be found in."""
    with serving(Replay("127.34.11.1", camera(**pages))) as replay:
        readings = replay.read("Hikvision")
    row = rows(readings)["line-crossing", "1"]

    assert {name: getattr(row, name) for name in expected} == expected
    if why:
        assert row.why["enabled"] == why
    assert [gap for gap in readings.gaps if gap.why == "our-bug"] == []


def test_a_person_filter_is_a_classifier() -> None:
    """A line that looks for people only has a classifier behind it, and goes off with its rule."""
    found = {}
    for on in ("true", "false"):
        with serving(Replay("127.34.11.2", camera(line=line(on)))) as replay:
            found[on] = rows(replay.read("Hikvision"))["object-class", "1"]

    assert (found["true"].supported, found["true"].enabled, found["true"].armed) == ("yes", "yes", "yes")
    assert (found["false"].supported, found["false"].enabled) == ("yes", "no")


def test_without_a_login_all_is_unknown_and_one_page_is_asked() -> None:
    """401 at the first page: no function is off, the reason stands everywhere, nothing more is sent."""
    with serving(Replay("127.34.11.3", {"/ISAPI/System/deviceInfo": (401, "")})) as replay:
        readings = replay.read("Hikvision")

    assert readings.features
    assert {row.enabled for row in readings.features} == {"unknown"}
    assert {row.why["enabled"] for row in readings.features} == {"no-login"}
    assert replay.asked == ["/ISAPI/System/deviceInfo"]
    assert all(getattr(seen.fact, "why", "") == "no-login" for seen in readings.facts)


def test_a_device_nobody_activated_takes_no_login() -> None:
    """notActivated: the login counts as refused although it was never sent."""
    with serving(Replay("127.34.11.4", {"/ISAPI/System/deviceInfo": (403, refused("notActivated"))})) as replay:
        readings = replay.read("Hikvision")

    assert {row.why["enabled"] for row in readings.features} == {"login-refused"}


def test_old_firmware_has_no_prefix() -> None:
    """Pages without /ISAPI are found and used from then on."""
    pages = {path.removeprefix("/ISAPI"): page for path, page in camera().items()}
    with serving(Replay("127.34.11.5", pages)) as replay:
        row = rows(replay.read("Hikvision"))["line-crossing", "1"]

    assert row.enabled == "yes"


def test_a_face_library_is_counted() -> None:
    """A number, on the row and as a fact; face comparison writes ``enable``, not ``enabled``."""
    pages = camera(caps=capabilities(isSupportFaceContrast=True))
    pages["/ISAPI/Intelligent/channels/1/faceContrast"] = (
        f"<FaceContrastList {NS}><FaceContrast><id>1</id><enable>true</enable></FaceContrast></FaceContrastList>"
    )
    pages["/ISAPI/Intelligent/FDLib/Count?format=json"] = (
        '{"FDRecordDataInfo": [{"FDID": "1", "recordDataNumber": 40}, {"FDID": "2", "recordDataNumber": 2}]}'
    )
    with serving(Replay("127.34.11.6", pages)) as replay:
        readings = replay.read("Hikvision")
    row = rows(readings)["face-recognition", "1"]

    assert (row.enabled, row.count, row.verified) == ("yes", 42, False)
    assert facts(readings)["face-library.count"] == 42
    assert decode_library({"FDRecordDataInfo": "x"}) is None
    assert decode_library([]) is None


def test_secrets_end_at_the_parser() -> None:
    """No password, code, community or account name of any page is in what the driver gives out."""
    pages = camera()
    pages |= {
        "/ISAPI/System/Network/EZVIZ": f"<EZVIZ {NS}><enabled>true</enabled><verificationCode>{CANARY}</verificationCode></EZVIZ>",
        "/ISAPI/Security/users": f"<UserList {NS}><User><userName>{CANARY}</userName><userLevel>Administrator</userLevel></User></UserList>",
        "/ISAPI/System/Network/SNMP": f"<SNMP {NS}><SNMPv2c><enabled>true</enabled><readCommunity>{CANARY}</readCommunity></SNMPv2c></SNMP>",
        "/ISAPI/Event/notification/httpHosts": (
            f"<HttpHostNotificationList {NS}><HttpHostNotification><ipAddress>192.0.2.9</ipAddress><userName>{CANARY}</userName>"
            f"<password>{CANARY}</password><url>/{CANARY}</url></HttpHostNotification></HttpHostNotificationList>"
        ),
    }
    with serving(Replay("127.34.11.7", pages)) as replay:
        readings = replay.read("Hikvision")
    known = facts(readings)

    assert CANARY not in repr(readings)
    assert (known["cloud.p2p"], known["account.count"], known["account.admin_count"]) == (True, 1, 1)
    assert (known["snmp.v1v2"], known["upload.targets"]) == (True, ("192.0.2.9",))


def test_no_more_than_forty_requests_and_none_twice() -> None:
    """A camera that knows everything is still asked at most forty times."""
    flags = {flag: True for rule in RULES for flag in rule.flags}
    with serving(Replay("127.34.11.8", camera(caps=capabilities(**flags)))) as replay:
        replay.read("Hikvision")

    assert len(replay.asked) <= 40
    assert len(replay.asked) == len(set(replay.asked))


def xml(text: str) -> etree._Element:
    return etree.fromstring(text)


@pytest.mark.parametrize(
    ("page", "enabled"),
    [
        ("<FaceDetect><enabled>true</enabled></FaceDetect>", True),
        ("<Loitering><enabled>0</enabled></Loitering>", False),
        ("<FieldDetection><enabled>true</enabled><L><FieldDetectionRegion><RegionCoordinatesList/></FieldDetectionRegion></L></FieldDetection>", True),
        ("<AudioDetection><steep><enabled>true</enabled></steep><drop><enabled>false</enabled></drop></AudioDetection>", True),
        ("<FaceContrastList><FaceContrast><enable>false</enable></FaceContrast></FaceContrastList>", False),
        ("<LineDetection><enabled>maybe</enabled></LineDetection>", None),
    ],
)  # fmt: skip
def test_rule_shapes(page: str, enabled: bool | None) -> None:
    assert decode_rule(xml(page)).enabled is enabled


def test_small_decoders() -> None:
    """Schedules, triggers in both forms, SNMP, users, hosts, resources, attached cameras."""
    assert decode_schedule(xml(HOURS)) is True
    assert decode_schedule(xml(NO_HOURS)) is False
    assert decode_schedule(xml("<x/>")) is None
    wrapped = decode_triggers(xml(f"<EventNotification>{TRIGGERS}</EventNotification>"))
    assert [(item.event, item.channel, item.methods) for item in wrapped] == [("linedetection", "1", ("email",))]
    assert dict(decode_snmp(xml("<SNMP><SNMPAdvanced><enabled>true</enabled></SNMPAdvanced></SNMP>"))) == {
        "snmp.enabled": True
    }
    assert dict(decode_users(xml("<UserList/>"))) == {}
    assert dict(
        decode_hosts(xml("<L><HttpHostNotification><ipAddress>0.0.0.0</ipAddress></HttpHostNotification></L>"))
    ) == {"upload.targets": ()}
    assert decode_types(xml('<VCAResource><type opt="a,b,close">close</type></VCAResource>')) == (
        frozenset(),
        {"a", "b"},
    )
    channel = (
        "<L><InputProxyChannel><id>7</id><name>Gate</name><sourceInputPortDescriptor><proxyProtocol>ONVIF</proxyProtocol>"
        "<ipAddress>192.0.2.5</ipAddress><userName>u</userName><model/></sourceInputPortDescriptor></InputProxyChannel></L>"
    )
    found = decode_attached(xml(channel), "e1")
    assert [(one.channel, one.address, one.maker, one.model, one.protocol) for one in found] == [
        ("7", "192.0.2.5", None, None, "ONVIF")
    ]
    status = "<L><InputProxyChannelStatus><id>7</id><sourceInputPortDescriptor><online>false</online></sourceInputPortDescriptor></InputProxyChannelStatus></L>"
    assert decode_online(xml(status)) == {"7": "no"}


LINE_RULE = next(rule for rule in RULES if rule.path == "Smart/LineDetection/{ch}")


@pytest.mark.parametrize(
    ("apps", "carried"),
    [
        ((App("Smart Event", True),), True),
        ((App("Smart Event", False),), False),
        ((App("Face Capture", True),), False),
        ((App("智能事件", True),), None),
        ((App("智能事件", False),), False),
        ((App("Smart Event", None),), None),
        ((), False),
    ],
)
def test_applications_carry_rules(apps: tuple[App, ...], carried: bool | None) -> None:
    """A rule needs its application; a running one whose name we cannot read leaves it open."""
    assert Resources("apps", apps=apps).carries(LINE_RULE) is carried
