"""Uniview LAPI: lists, rules and envelopes say what they say and no more."""

from __future__ import annotations

import contextlib
from typing import Any

import msgspec
import pytest
from doors import door
from hypothesis import given, settings
from hypothesis import strategies as st
from replay import facts, rows
from uniview_lapi import CAMERA, CROSS, KNOWN, SMART, WORKING, abilities, read, replayed, told, working

from scanner.drivers import read_device
from scanner.drivers.base import MORE_A_CHANNEL, MOST_REQUESTS
from scanner.drivers.uniview import BASIC, DRIVER, INFORMATION, KEYS, LIBRARIES, TELNET, pages
from scanner.drivers.uniview.functions import COULD_HAVE, FACE_ACTIONS, FACE_ENABLE, FACE_RULE, FUNCTIONS
from scanner.drivers.uniview.recorder import LIST, decode_channels
from scanner.errors import CatalogueError, NoAnswer
from scanner.lab import Fleet
from scanner.lab.words import Switch
from scanner.model import COLUMNS, Endpoint, Identity
from scanner.net import Catalogue, Limits
from scanner.secret import Login, Secret


@pytest.mark.parametrize("name", KNOWN)
def test_what_is_read_is_what_the_lab_switched_on(name: str) -> None:
    """Functions, hours and actions by channel, settings and cameras; nothing asked twice, nothing harmed. Metadata are
    told by ONVIF alone."""
    truth, readings, asked, harm = read(KNOWN[name], "127.61.3.0")
    found = rows(readings)

    def of(column: str) -> set[tuple[str, str]]:
        return {(row.channel, row.feature) for row in found.values() if getattr(row, column) == "yes"}

    def so(channels: dict[str, frozenset[str]]) -> set[tuple[str, str]]:
        return {(channel, one) for channel, names in channels.items() for one in names if one != "smart-search"}

    assert of("enabled") == so(truth.features_on)
    assert of("armed") <= so(truth.features_armed)
    assert of("linked") <= so(truth.features_linked)
    for key, value in facts(readings).items():
        assert key == "time.skew_seconds" or truth.facts.get(key, value) == value, key
    assert {(one.channel, one.online, one.address) for one in readings.attached} == {
        (one.channel, "yes" if one.online else "no", one.address) for one in truth.attached
    }
    # the first request is sent again with the login; the others once
    assert len(asked) - len(set(asked)) <= 1, asked
    assert len(asked) <= MOST_REQUESTS + MORE_A_CHANNEL * max(0, len(truth.attached) - 1)
    assert all(path.startswith("/LAPI/") for path in asked)
    assert harm == []
    assert [gap for gap in readings.gaps if gap.why == "our-bug"] == []
    assert all(not row.verified for row in readings.features)


def test_a_camera_with_everything_on_stays_in_the_budget() -> None:
    """All functions on, and no list that tells so: every rule, all hours and all actions are asked."""
    switches = [
        Switch(one.feature, "on", name=name)
        for one in FUNCTIONS
        for name in ("", one.name)
        if name == "" or one.name in ("AccessZone", "LeaveZone", "VehicleDetection", "SmartMotionDetection")
    ]
    switches += [one for one in KNOWN["uniview-ai"].switches if one.feature.startswith("face")]
    _, readings, asked, _ = read(KNOWN["uniview-ai"], "127.61.4.0", switches=tuple(switches), extra={"old": True})
    on = {name for (name, _), row in rows(readings).items() if row.enabled == "yes"}

    assert {one.feature for one in FUNCTIONS} | {"face-detection", "face-recognition"} <= on
    assert 30 <= len(asked) <= MOST_REQUESTS
    assert not [gap for gap in readings.gaps if gap.why == "over-budget"]


def test_identity_comes_from_either_page() -> None:
    """Cameras have one page, recorders the other; what the device calls its maker is not believed."""
    data = {"Manufacturer": "Kestrel", "DeviceModel": "NVR302-16S2", "SerialNumber": "SN1", "FirmwareVersion": "NVR-B1"}
    readings, asked = replayed({BASIC: (599, told(None, 1, "Common Error")), INFORMATION: told(data)})
    claims = {claim.field: claim.value for claim in readings.claims}

    assert claims == {"model": "NVR302-16S2", "serial": "SN1", "firmware": "NVR-B1", "kind": "recorder"}
    assert asked[:2] == [BASIC, INFORMATION]
    assert LIST in asked


@pytest.mark.parametrize(
    ("page", "why"),
    [
        ((404, ""), "no-such-page"),
        ((599, told(None, 1, "Common Error")), "no-such-page"),
        (told("null", 4, "Not Supported"), "no-such-page"),
        (told(None, 3, "Not Authorized"), "forbidden"),
        (told("null", 401, "Not Authorized"), "forbidden"),
        ((403, ""), "forbidden"),
        (told({}, 7, "Busy"), "malformed"),
        (told([]), "malformed"),
        ("{}", "malformed"),
        ("<html>", "malformed"),
        (told({"Sensitivity": 3}), "undecided"),
        (told({"Enabled": "maybe"}), "undecided"),
        (told({"Enabled": 2}), "undecided"),
    ],
)
def test_silence_has_its_reason(page: Any, why: str) -> None:
    """Whatever comes for the rule of a function that the camera says it supports, it is never read as off."""
    readings, _ = replayed({SMART: abilities(CrossLineDetection=1), f"{CROSS}/Rule": page})
    row = rows(readings)["line-crossing", "1"]

    assert (row.supported, row.enabled, row.why["enabled"]) == ("yes", "unknown", why)


@pytest.mark.parametrize(
    ("supported", "status", "rule", "row"),
    [
        (abilities(CrossLineDetection=1), working([100], [0]), None, ("yes", "yes")),
        (abilities(CrossLineDetection=1), working([0], [100]), told({"Enabled": 1}), ("yes", "no")),
        (abilities(CrossLineDetection=1), working([101]), told({"Enabled": 1}), ("yes", "yes")),
        (abilities(CrossLineDetection=1), working([100], [100]), told({"Enabled": 0}), ("yes", "no")),
        (abilities(CrossLineDetection=1), working(["100"]), told({"Enabled": 0}), ("yes", "no")),
        (abilities(CrossLineDetection=1), None, told({"Enabled": True}), ("yes", "yes")),
        (abilities(CrossLineDetection="1"), None, told({"Enabled": "0"}), ("yes", "no")),
        (abilities(CrossLineDetection=0), None, told({"Enabled": 1}), ("no", "no")),  # not even asked
        (abilities(CrossLineDetection=0), working([100]), None, ("yes", "yes")),
        (abilities(CrossLineDetection="?"), None, told({"Enabled": 0}), ("unknown", "no")),
        (abilities(FaceDetection=1), None, told({"Enabled": 0}), ("unknown", "no")),
        (abilities(FaceDetection=1), None, told({"Enabled": 1}), ("yes", "yes")),
        (abilities(FaceDetection=1), working(), None, ("unknown", "unknown")),
        ((403, ""), working([100]), None, ("yes", "yes")),
        ((403, ""), working([], [100]), None, ("unknown", "no")),
        (None, None, None, ("unknown", "unknown")),
    ],
)
def test_support_and_switch(supported: Any, status: Any, rule: Any, row: tuple[str, str]) -> None:
    """``WorkingStatus`` goes before the rule, and what is on is supported whatever the abilities say."""
    given_pages = {SMART: supported, WORKING: status, f"{CROSS}/Rule": rule}
    readings, _ = replayed({path: page for path, page in given_pages.items() if page is not None})
    found = rows(readings)["line-crossing", "1"]

    assert (found.supported, found.enabled) == row
    proven = {proof.column for proof in found.proofs}
    assert all(column in (found.why if getattr(found, column) == "unknown" else proven) for column in COLUMNS)


def test_abilities_that_may_not_be_read_are_the_reason() -> None:
    """What is off may not be supported, and why nothing tells is not the page of the function."""
    rule = {f"{CROSS}/Rule": told({"Enabled": 0})}
    forbidden, missing = (rows(replayed({**rule, SMART: page})[0]) for page in ((403, ""), (404, "")))

    assert forbidden["line-crossing", "1"].why["supported"] == "forbidden"
    assert missing["line-crossing", "1"].why["supported"] == "undecided"
    assert forbidden["auto-tracking", "1"].why["enabled"] == "no-such-page"


def test_a_second_way_that_is_silent_is_no_off() -> None:
    """Intrusion is off, and the page of leaving an area is not for this account, or not there at all."""
    off = {SMART: abilities(IntrusionDetection=1), f"{CAMERA}/Smart/IntrusionDetection/Rule": told({"Enabled": 0})}
    leaving = f"{CAMERA}/Smart/LeaveZone/Rule"

    assert rows(replayed(off)[0])["intrusion", "1"].enabled == "no"
    assert rows(replayed({**off, leaving: (403, "")})[0])["intrusion", "1"].why["enabled"] == "forbidden"
    assert rows(replayed({**off, leaving: told({"Enabled": 1})})[0])["intrusion", "1"].enabled == "yes"


@pytest.mark.parametrize(
    ("plan", "armed"),
    [
        ({"Enabled": 1, "Days": [{"TimeSectionInfos": [{"Begin": " 0:00:00", "End": "24:00:00"}]}]}, "yes"),
        ({"Enabled": 1, "Days": [{"TimeSectionInfos": [{"Begin": "00:00:00", "End": "00:00:00"}]}]}, "no"),
        ({"Enabled": 1, "Days": []}, "no"),
        ({"Enabled": 0, "Days": []}, "unknown"),
        ({"Enabled": 1}, "unknown"),
        ({"Enabled": 1, "Days": [{"TimeSectionInfos": [{"Begin": "08:00:00"}]}]}, "unknown"),
        ({"Enabled": 1, "Days": [1]}, "unknown"),
    ],
)
def test_hours(plan: Any, armed: str) -> None:
    readings, _ = replayed({WORKING: working([100]), f"{CROSS}/WeekPlan": told(plan)})

    assert rows(readings)["line-crossing", "1"].armed == armed


@pytest.mark.parametrize(
    ("actions", "linked"),
    [
        ([{"ActID": 24, "ActParam": {"Enabled": 1}}], "yes"),
        ([{"ActID": 24, "ActParam": {"Enabled": 0}}, {"ActID": 28, "Enabled": 1, "ActParam": {"TimeMode": 0}}], "yes"),
        ([{"ActID": 24, "ActParam": {"Enabled": 0}}, {"ActID": 28, "Enabled": 0}], "no"),
        ([], "no"),
        ([{"ActID": 24, "ActParam": {"Enabled": 0}}, {"ActID": 5}], "unknown"),
        (None, "unknown"),
        ("all", "unknown"),
    ],
)
def test_actions(actions: Any, linked: str) -> None:
    """One that has no switch may do anything: only another that is on decides then."""
    readings, _ = replayed({WORKING: working([100]), f"{CROSS}/LinkageActions": told({"Actions": actions})})

    assert rows(readings)["line-crossing", "1"].linked == linked


@pytest.mark.parametrize(
    ("detection", "recognition", "answer"),
    [
        (1, {"Enabled": 1}, ("yes", "yes", "yes")),
        (1, {"Enabled": 0}, ("unknown", "no", "no")),
        (1, {}, ("unknown", "unknown", "unknown")),
        (1, None, ("unknown", "unknown", "unknown")),
        (0, {"Enabled": 1}, ("yes", "no", "no")),
        (0, None, ("unknown", "no", "no")),
        (None, {"Enabled": 1}, ("yes", "unknown", "unknown")),
        (None, {"Enabled": 0}, ("unknown", "no", "no")),
    ],
)
def test_recognition_stands_beneath_detection(detection: Any, recognition: Any, answer: tuple[str, ...]) -> None:
    """It runs while both are on, in the hours of detection."""
    week = told({"Enabled": 1, "Days": [{"TimeSectionInfos": [{"Begin": "08:00:00", "End": "18:00:00"}]}]})
    given_pages = {
        f"{CAMERA}/Smart/FaceDetection/WeekPlans": week, FACE_ACTIONS: told({"Actions": []}),
        FACE_RULE: told({"FaceRecognition": recognition} if recognition is not None else {}),
    }  # fmt: skip
    if detection is not None:
        given_pages[FACE_ENABLE] = told({"Enabled": detection})
    row = rows(replayed(given_pages)[0])["face-recognition", "1"]

    assert (row.supported, row.enabled, row.armed) == answer


def test_faces_that_are_on_though_not_supported_prove_no_recognition() -> None:
    """Two pages contradict each other: the one that says on is believed, for detection alone."""
    pages_of_both = {SMART: abilities(FaceDetection=0), WORKING: working([0])}
    found = rows(replayed(pages_of_both)[0])
    off = rows(replayed({SMART: abilities(FaceDetection=0)})[0])

    assert found["face-detection", "1"].enabled == "yes"
    assert found["face-recognition", "1"].enabled == "unknown"
    assert (off["face-recognition", "1"].supported, off["face-recognition", "1"].enabled) == ("no", "no")


def test_attributes_have_two_switches() -> None:
    """That of the whole analysis, and one each."""
    analysis = {"Enabled": 1, "SexEnabled": 1, "AgeEnabled": 0}
    given_pages = {FACE_ENABLE: told({"Enabled": 1}), FACE_RULE: told({"FaceAttributeAnalysis": analysis})}
    found = rows(replayed(given_pages)[0])
    names = ("gender", "age", "glasses")

    assert [found[f"face-attributes.{name}", "1"].enabled for name in names] == ["yes", "no", "unknown"]
    given_pages[FACE_RULE] = told({"FaceAttributeAnalysis": {**analysis, "Enabled": 0}})
    found = rows(replayed(given_pages)[0])
    assert [found[f"face-attributes.{name}", "1"].enabled for name in names] == ["no", "no", "no"]


@pytest.mark.parametrize(
    ("path", "key", "page", "value"),
    [
        (LIBRARIES, "face-library.count", told({"LibList": [{"FaceNum": 1}, {"FaceNum": 5, "Name": "x"}]}), 6),
        (LIBRARIES, "face-library.count", told({"LibList": []}), 0),
        (LIBRARIES, "face-library.count", told({"LibList": [{"FaceNum": 1}, {"Name": "x"}]}), None),
        (LIBRARIES, "face-library.count", told({"Num": 2}), None),
        (TELNET, "service.telnet", told({"Enable": 1}), True),
        (TELNET, "service.telnet", told({"Enabled": 0}), False),
        (TELNET, "service.telnet", told({"Port": 23}), None),
        (TELNET, "service.telnet", (404, ""), None),
    ],
)
def test_settings_of_a_camera(path: str, key: str, page: Any, value: Any) -> None:
    readings, _ = replayed({path: page})

    assert facts(readings).get(key) == value
    assert key in {seen.key for seen in readings.facts}


def test_after_a_refused_login_all_is_unknown() -> None:
    wrong = Login("auditor", Secret("not-this"), "test")
    plain = msgspec.structs.replace(KNOWN["uniview-ai"], onvif=None, datagrams=(), rtsp=None, services=("http",))
    with Fleet([plain], base="127.61.7.0", fragile=False) as fleet:
        device = fleet.devices[0]
        with door(limits=Limits()).link(device.address, login=wrong) as link:
            endpoints = [Endpoint(device.address, device.ports["http"], "tcp", "http")]
            readings = read_device(link, Identity(maker="Uniview", kind="camera"), endpoints)
        attempts = [one for one in fleet.harm if one.kind == "wrong-password"]

    assert len(attempts) == 1
    assert {row.feature for row in readings.features} == set(COULD_HAVE)
    assert {(row.enabled, row.why["enabled"]) for row in readings.features} == {("unknown", "login-refused")}
    assert {seen.key for seen in readings.facts} == set(KEYS)


def test_who_is_asked() -> None:
    web = [Endpoint("127.61.2.1", 80, service="http")]

    assert DRIVER.wants(Identity(maker="Uniview", kind="recorder"), web)
    assert not DRIVER.wants(Identity(maker="Uniview", kind="camera"), [])
    assert not DRIVER.wants(Identity(maker="Hikvision", kind="camera"), web)


@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE"])
@pytest.mark.parametrize("path", [TELNET, FACE_ENABLE, f"{CROSS}/Rule", LIBRARIES])
def test_what_writes_cannot_be_sent(method: str, path: str) -> None:
    with pytest.raises(CatalogueError):
        Catalogue.load().hold_request("uniview", method, path, b"{}")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from([
        "Response", "Data", "ResponseCode", "Enabled", "EnableIDs", "DisableIDs", "Days", "TimeSectionInfos", "Begin",
        "End", "Actions", "ActParam", "LibList", "FaceNum", "FaceAttributeAnalysis", "FaceRecognition", "SupportCfg",
        "DetailInfos", "ID", "Status", "AddressInfo", "Address", "MAC", "DeviceModel", "Manufacturer", "Name",
    ]), inner, max_size=5),
    max_leaves=20,
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(JSON)
def test_any_reply_at_all(value: Any) -> None:
    """Decoders answer or raise NoAnswer."""
    with contextlib.suppress(NoAnswer):
        pages.decode_data(value)
    data = value if isinstance(value, dict) else {}
    for decode in (
        pages.decode_switch, pages.decode_abilities, pages.decode_working, pages.decode_hours, pages.decode_actions,
        pages.decode_faces, pages.decode_libraries,
    ):  # fmt: skip
        with contextlib.suppress(NoAnswer):
            decode(data)
    with contextlib.suppress(NoAnswer):
        decode_channels(data, "e")
