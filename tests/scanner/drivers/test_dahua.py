"""Dahua: invented tables of the recorded shapes, one case a row."""

# ruff: noqa: E501  # tables of cases read best with one case a line

from __future__ import annotations

from typing import Any

import pytest
from doors import CANARY
from replay import Replay, facts, rows, serving

from scanner.drivers.dahua.analytics import (
    decode_groups,
    decode_handler,
    decode_plans,
    decode_rules,
    decode_smart_motion,
)
from scanner.drivers.dahua.recorder import decode_remote_devices, decode_states, online
from scanner.drivers.dahua.tables import Table, parse

CONFIG = "/cgi-bin/configManager.cgi?action=getConfig&name="
MISSING = "Error: Error -1 getting param in name=X\r\n"
CHECK_FAILURE = '{"error":{"code":403,"message":"Authority:check failure."},"result":false}'


def lines(*pairs: str, prefix: str = "table.") -> str:
    return "".join(f"{prefix}{pair}\r\n" for pair in pairs)


def rule(on: str = "true", plan: str = "Normal", slot: str = "1", kind: str = "CrossLineDetection", *more: str) -> str:
    at = "VideoAnalyseRule[0][1]"
    return lines(
        "VideoAnalyseRule[0][0].Class=HeatMap", "VideoAnalyseRule[0][0].Enable=false", "VideoAnalyseRule[0][0].Type=HeatMap",
        f"{at}.Class={plan}", f"{at}.Enable={on}", f"{at}.Type={kind}", f"{at}.Name=a=b",
        f"{at}.EventHandler.RecordEnable=true", f"{at}.EventHandler.MailEnable=false",
        f"{at}.EventHandler.TimeSection[0][0]={slot} 00:00:00-23:59:59", *(f"{at}{extra}" for extra in more),
    )  # fmt: skip


def running(plan: str) -> str:
    return lines(f"VideoAnalyseGlobal[0].Scene.Type={plan}", "VideoAnalyseGlobal[0].Scene.TypeList[0]=Normal")


def device(**pages: Any) -> dict[str, Any]:
    """Pages of a small camera; keywords replace sections by name (``magic`` and ``faces`` for the calls)."""
    base: dict[str, Any] = {
        "/cgi-bin/magicBox.cgi?action=getSystemInfo": "deviceType=IPC-HFW0000\r\nserialNumber=0A00000PAG00000\r\n",
        "/cgi-bin/magicBox.cgi?action=getSoftwareVersion": "version=2.800.00AC001.0.R,build:2020-12-30\r\n",
        CONFIG + "General": lines("General.LockLoginEnable=true", "General.LockLoginTimes=5"),
        CONFIG + "VideoAnalyseGlobal": running("Normal"),
        CONFIG + "VideoAnalyseRule": rule(),
        CONFIG + "SmartMotionDetect": MISSING,
    }
    return {**base, **{CONFIG + name if not name.startswith("/") else name: page for name, page in pages.items()}}


CASES: list[tuple[str, dict[str, Any], dict[str, str], str]] = [
    ("on", {}, {"supported": "yes", "enabled": "yes", "armed": "yes", "linked": "yes"}, ""),
    ("off", {"VideoAnalyseRule": rule("false")}, {"supported": "yes", "enabled": "no", "armed": "no"}, ""),
    ("another plan runs", {"VideoAnalyseGlobal": running("FaceDetection")}, {"supported": "yes", "enabled": "no"}, ""),
    ("no plan runs, though one is listed", {"VideoAnalyseGlobal": running("")}, {"enabled": "no", "armed": "no"}, ""),
    ("no schedule", {"VideoAnalyseRule": rule(slot="0")}, {"enabled": "yes", "armed": "no"}, ""),
    ("no plan section", {"VideoAnalyseGlobal": MISSING}, {"enabled": "yes"}, ""),
    ("plans forbidden", {"VideoAnalyseGlobal": (403, CHECK_FAILURE)}, {"supported": "yes", "enabled": "unknown"}, "forbidden"),
    ("plan without Type", {"VideoAnalyseGlobal": lines("VideoAnalyseGlobal[0].Scene.TypeList[0]=Normal")}, {"enabled": "unknown"}, "no-such-page"),
    ("rules forbidden", {"VideoAnalyseRule": (403, CHECK_FAILURE)}, {"supported": "unknown", "enabled": "unknown"}, "forbidden"),
    ("rules missing", {"VideoAnalyseRule": MISSING}, {"supported": "unknown", "enabled": "unknown"}, "no-such-page"),
    ("not implemented", {"VideoAnalyseRule": (501, "Error\r\nNot Implemented!\r\n")}, {"enabled": "unknown"}, "no-such-page"),
    ("bad request", {"VideoAnalyseRule": (400, "Error\r\nBad Request!\r\n")}, {"enabled": "unknown"}, "no-such-page"),
    ("malformed", {"VideoAnalyseRule": "<html>Login</html>"}, {"enabled": "unknown"}, "malformed"),
    ("without prefix", {"VideoAnalyseRule": rule().replace("table.", "")}, {"enabled": "yes"}, ""),
    ("enable is no switch", {"VideoAnalyseRule": rule("perhaps")}, {"supported": "yes", "enabled": "unknown"}, "malformed"),
]  # fmt: skip


@pytest.mark.parametrize(("pages", "expected", "why"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_line_crossing(pages: dict[str, Any], expected: dict[str, str], why: str) -> None:
    """One rule through the whole driver in every state it can be found in."""
    with serving(Replay("127.34.12.1", device(**pages))) as replay:
        readings = replay.read("Dahua")
    found = rows(readings)
    row = found.get(("line-crossing", "1")) or found["line-crossing", "device"]

    assert {name: getattr(row, name) for name in expected} == expected
    if why:
        assert row.why["enabled"] == why
    assert [gap for gap in readings.gaps if gap.why == "our-bug"] == []


@pytest.mark.parametrize(
    ("smart", "motion", "enabled"),
    [
        ("SmartMotionDetect[0].Enable=true|SmartMotionDetect[0].ObjectTypes.Human=true", "MotionDetect[0].Enable=true", "yes"),
        ("SmartMotionDetect.Enable=true|SmartMotionDetect.ObjectTypes[0]=Human", "MotionDetect[0].Enable=true", "yes"),
        ("SmartMotionDetect[0].Enable=true|SmartMotionDetect[0].ObjectTypes.Human=true", "MotionDetect[0].Enable=false", "no"),
        ("SmartMotionDetect[0].Enable=true|SmartMotionDetect[0].ObjectTypes.Human=false", "MotionDetect[0].Enable=true", "no"),
        ("SmartMotionDetect[0].Enable=false|SmartMotionDetect[0].ObjectTypes.Human=true", "MotionDetect[0].Enable=true", "no"),
        ("SmartMotionDetect[0].Enable=true|SmartMotionDetect[0].ObjectTypes.Human=true", "", "unknown"),
    ],
)  # fmt: skip
def test_smart_motion(smart: str, motion: str, enabled: str) -> None:
    """Both spellings; it stands on plain motion detection and needs an object type."""
    pages = device(SmartMotionDetect=lines(*smart.split("|")), MotionDetect=lines(motion) if motion else MISSING)
    with serving(Replay("127.34.12.2", pages)) as replay:
        row = rows(replay.read("Dahua"))["object-class", "1"]

    assert (row.supported, row.enabled) == ("yes", enabled)


def test_faces_and_what_is_inferred_from_them() -> None:
    """A face rule that runs infers what its FeatureList names and nothing else; groups on a channel are recognition."""
    named = (".Config.FeatureList[0]=Age", ".Config.FeatureList[1]=Emotion")
    pages = device(
        VideoAnalyseGlobal=running("FaceDetection"),
        VideoAnalyseRule=rule("true", "FaceDetection", "1", "FaceDetection", *named),
    )
    pages["/cgi-bin/faceRecognitionServer.cgi?action=findGroup"] = (
        "GroupList[0].groupID=1\r\nGroupList[0].groupName=list\r\nGroupList[0].groupSize=37\r\nGroupList[1].groupSize=0\r\n"
    )
    pages["/cgi-bin/faceRecognitionServer.cgi?action=getGroup&channel=1"] = "groupID[0]=1\r\nsimilary[0]=80\r\n"
    with serving(Replay("127.34.12.3", pages)) as replay:
        readings = replay.read("Dahua")
    found = rows(readings)

    assert found["face-detection", "1"].enabled == "yes"
    assert found["face-attributes.age", "1"].enabled == "yes"
    assert found["emotion", "1"].enabled == "yes"
    assert found["face-attributes.gender", "1"].enabled == "no"
    assert found["face-attributes.gender", "1"].supported == "unknown"
    assert (found["face-recognition", "1"].enabled, found["face-recognition", "1"].count) == ("yes", 37)
    assert facts(readings)["face-library.count"] == 37


def test_a_filled_library_nobody_deployed_is_off() -> None:
    """Faces are stored, and no channel compares with them."""
    pages = device(VideoAnalyseGlobal=running("FaceDetection"))
    pages["/cgi-bin/faceRecognitionServer.cgi?action=findGroup"] = (
        "GroupList[0].groupID=1\r\nGroupList[0].groupSize=3\r\n"
    )
    pages["/cgi-bin/faceRecognitionServer.cgi?action=getGroup&channel=1"] = ""
    with serving(Replay("127.34.12.4", pages)) as replay:
        row = rows(replay.read("Dahua"))["face-recognition", "1"]

    assert (row.supported, row.enabled, row.count) == ("yes", "no", 3)


def test_no_rights_at_all_asks_no_further() -> None:
    """The section every device has is refused: the rest would be too, and asking may count as an attack."""
    pages = device(General=(403, CHECK_FAILURE))
    with serving(Replay("127.34.12.5", pages)) as replay:
        readings = replay.read("Dahua")

    assert {row.why["enabled"] for row in readings.features} == {"forbidden"}
    assert not any("VideoAnalyse" in path for path in replay.asked)


def test_without_a_login_one_call_is_made() -> None:
    """401 at the first call: all unknown, nothing more is sent."""
    with serving(Replay("127.34.12.6", {"/cgi-bin/magicBox.cgi?action=getSystemInfo": (401, "")})) as replay:
        readings = replay.read("Dahua")

    assert {(row.enabled, row.why["enabled"]) for row in readings.features} == {("unknown", "no-login")}
    assert len(replay.asked) == 1


def test_an_unknown_rule_that_runs_is_never_harmless() -> None:
    """Its own name is kept."""
    with serving(Replay("127.34.12.7", device(VideoAnalyseRule=rule(kind="TailDetection")))) as replay:
        row = rows(replay.read("Dahua"))["custom-ai", "1"]

    assert (row.enabled, row.vendor_name, row.verified) == ("yes", "TailDetection", False)


SLOTS = ".uuid:System_CONFIG_NETCAMERA_INFO_"


def test_attached_cameras_and_their_traps() -> None:
    """Unused slots are left out, removed cameras are not there, names of types are no models, secrets are dropped."""
    text = lines(
        *(f"RemoteDevice{SLOTS}{slot}.{key}={value}" for slot, fields in enumerate((
            {"Enable": "true", "Address": "192.0.2.11", "DeviceType": "IPC-HFW0000", "ProtocolType": "Private", "Vendor": "Dahua",
             "SerialNo": "0A", "Mac": "AA:BB:CC:00:00:01", "UserName": "u", "Password": CANARY, "Name": "Lobby"},
            {"Enable": "false", "Address": "192.168.0.0"},
            {"Enable": "true", "Address": "192.0.2.13", "DeviceType": "IP Camera", "ProtocolType": "Onvif", "Vendor": "Hikvision"},
            {"Enable": "true", "Address": "192.0.2.14", "ProtocolType": "Private", "Vendor": "Private"},
        )) for key, value in fields.items())
    )  # fmt: skip
    found = decode_remote_devices(parse(text, "e1").under("RemoteDevice"))
    states = decode_states(parse("states[0].channel=0\r\nstates[0].connectionState=Connected\r\nstates[1].channel=2\r\n"
                                 "states[1].connectionState=UnConnect\r\n"))  # fmt: skip

    assert [(one.channel, one.brand, one.maker, one.model) for one in found] == [
        ("1", "Dahua", "Dahua", "IPC-HFW0000"), ("3", "Hikvision", None, None), ("4", None, "Dahua", None)
    ]  # fmt: skip
    assert CANARY not in repr(found)
    assert found[0].mac == "aa:bb:cc:00:00:01"
    assert states == {"1": "connected", "3": "unconnect"}
    assert [online(states.get(one.channel)) for one in found] == ["yes", "no", "unknown"]


def test_secrets_end_at_the_parser() -> None:
    """Passwords, communities and user names never reach a table."""
    table = parse(
        lines(f"SNMP.ReadCommon={CANARY}", f"Email.Password={CANARY}", "SNMP.Enable=true", f"X.UserName={CANARY}")
    )

    assert table.lines == {"SNMP.Enable": "true"}


def test_small_decoders() -> None:
    """Plans, handlers, lists, groups, rules."""
    assert decode_plans(parse(running("Normal")).under("VideoAnalyseGlobal")) == {"1": ("Normal",)}
    assert decode_handler(Table({})) == (None, None, ())
    assert list(decode_smart_motion(Table({}))) == []
    assert decode_groups(parse("GroupList[0].groupSize=x\r\n"))[0].size == 0
    decoded = list(decode_rules(parse(rule()).under("VideoAnalyseRule")))
    assert [(one.type, one.enabled) for one in decoded] == [("HeatMap", False), ("CrossLineDetection", True)]
    assert parse("a=b=c\r\nnothing\r\n=x").lines == {"a": "b=c"}
