"""Hanwha SUNAPI: text and JSON say the same, channels are told apart, and nothing that writes can be sent."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import msgspec
import pytest
from doors import door
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from replay import Replay, facts, rows, serving

from scanner.drivers import DeviceReadings, read_device
from scanner.drivers.base import MOST_REQUESTS
from scanner.drivers.hanwha import ATTRIBUTES, DATE, DRIVER, INFORMATION, KEYS, SSL
from scanner.drivers.hanwha.functions import COULD_HAVE, RULES, SOURCES, decode_event_rules, decode_rules
from scanner.drivers.hanwha.pages import decode_attributes, decode_values, decode_view
from scanner.errors import CatalogueError, NoAnswer
from scanner.lab import Fleet, load_personalities
from scanner.lab.words import Personality, Placement
from scanner.model import COLUMNS, Endpoint, Identity
from scanner.net import Catalogue, Limits
from scanner.secret import Login, Secret

KNOWN = load_personalities()
INFO = "Model=XNV-8080R\r\nFirmwareVersion=1.41.03_20200518_R233\r\nDeviceType=NWC\r\nBuildDate=2020.05.18\r\n"


def view(submenu: str) -> str:
    return f"{SOURCES}{submenu}&action=view"


def told(*lines: str, channels: int = 1) -> str:
    """Attributes of the event sources: ``Support/FaceDetection=True``, or ``2:Support/...`` for a channel from 1."""
    groups: dict[str, str] = {"Support": "", "Limit": ""}
    for line in lines:
        channel, _, rest = line.rpartition(":")
        path, _, value = rest.partition("=")
        category, _, name = path.partition("/")
        node = f'<attribute name="{name}" type="bool" value="{value}" accesslevel="guest"/>'
        groups[category] += f'<channel number="{int(channel) - 1}">{node}</channel>' if channel else node
    inner = "".join(f'<category name="{name}">{nodes}</category>' for name, nodes in groups.items())
    limit = f'<category name="Limit"><attribute name="MaxChannel" type="int" value="{channels}"/></category>'
    return f'<attributes><group name="System">{limit}</group><group name="EventSource">{inner}</group></attributes>'


def replayed(pages: dict[str, Any], *, kind: str = "camera") -> tuple[DeviceReadings, list[str]]:
    replay = Replay("127.101.51.1", pages={INFORMATION: INFO, **pages})
    with serving(replay):
        return replay.read("Hanwha Vision", kind=kind), replay.asked


def read(personality: Personality, base: str, **more: Any) -> tuple[DeviceReadings, list[str], list[Any]]:
    """One lab device by the maker's own interface alone, and every path it was asked for with the login."""
    plain = msgspec.structs.replace(
        personality, **{"onvif": None, "datagrams": (), "finders": (), "rtsp": None, "services": ("http",), **more}
    )
    right = Login("auditor", Secret(Placement(personality="").password), "test")
    with Fleet([plain], base=base, fragile=False) as fleet:
        device = fleet.devices[0]
        endpoints = [Endpoint(device.address, device.ports["http"], "tcp", "http")]
        with door(limits=Limits()).link(device.address, login=right) as link:
            readings = read_device(link, Identity(maker="Hanwha Vision", kind=plain.kind), endpoints)
        return readings, [one.path for one in fleet.received if one.method == "GET"], list(fleet.harm)


def test_a_camera_that_answers_in_text() -> None:
    readings, asked, harm = read(KNOWN["hanwha-ai"], "127.101.52.0")
    on = {name for (name, _), row in rows(readings).items() if row.enabled == "yes"}
    claims = {claim.field: claim.value for claim in readings.claims}

    assert harm == []
    assert on == {"motion", "line-crossing", "face-detection", "audio-detection"}
    assert rows(readings)["face-detection", "1"].proofs[0].says == "Eventsource/Support/FaceDetection = True"
    assert claims["model"] == "XNO-8083R"
    assert claims["firmware"] == "2.21.01_20230728_R321"
    found = facts(readings)
    assert (found["time.ntp"], found["web.http"], found["web.https"]) == (False, True, False)
    assert abs(found["time.skew_seconds"]) < 5
    assert len(asked) <= 20


@pytest.mark.parametrize("name", [name for name in KNOWN if name.startswith("hanwha-")])
def test_nothing_is_asked_twice_and_never_more_than_the_budget(name: str) -> None:
    readings, asked, harm = read(KNOWN[name], "127.101.53.0")
    # the first request is sent again with the login; the catalogue names each of the others once
    assert len(asked) - len(set(asked)) <= 1, asked
    assert len(asked) <= MOST_REQUESTS
    assert all(path.endswith("action=view") or path == ATTRIBUTES for path in asked)
    assert harm == []
    assert [gap for gap in readings.gaps if gap.why == "our-bug"] == []


def test_json_says_what_text_says() -> None:
    """The same switches in both forms: all but hours and actions, whose text form nobody has published."""
    both = []
    for form in (False, True):
        one = msgspec.structs.replace(KNOWN["hanwha-ai"], extra={"json": form})
        found = rows(read(one, "127.101.54.0")[0])
        both.append({key: (row.supported, row.enabled) for key, row in found.items()})

    assert both[0] == both[1]


def test_hours_and_actions_of_json() -> None:
    found = rows(read(KNOWN["hanwha-json"], "127.101.55.0")[0])

    assert (found["face-detection", "1"].armed, found["face-detection", "1"].linked) == ("no", "yes")
    assert found["intrusion", "1"].armed == "yes"
    assert found["people-counting", "1"].why["armed"] == "no-reader"  # its event has no published name


def test_channels_are_told_apart() -> None:
    """Four lenses of older firmware: each has its own answer, one is said not to do it, and no hours are guessed."""
    readings, asked, _ = read(KNOWN["hanwha-multi"], "127.101.56.0")
    found = rows(readings)

    assert [found["face-detection", str(n)].enabled for n in (1, 2, 3, 4)] == ["yes", "no", "no", "yes"]
    assert found["face-detection", "3"].supported == "no"
    assert (found["line-crossing", "1"].enabled, found["line-crossing", "2"].enabled) == ("yes", "no")
    assert found["line-crossing", "3"].why["enabled"] == "undecided"
    assert view("videoanalysis2") in asked
    assert RULES not in asked


def test_a_recorder_has_channels_and_its_own_register() -> None:
    readings, _, _ = read(KNOWN["hanwha-nvr"], "127.101.57.0")

    assert facts(readings)["recorder.channels"] == 4
    assert ("kind", "recorder") in {(claim.field, claim.value) for claim in readings.claims}
    assert rows(readings)["face-detection", "3"].enabled == "yes"
    assert rows(readings)["smart-search", "1"].supported == "yes"
    assert readings.attached == ()


@pytest.mark.parametrize(
    ("attributes", "page", "row"),
    [
        (told("Support/FaceDetection=True"), "Channel.0.Enable=True\r\n", ("yes", "yes")),
        (told("Support/FaceDetection=True"), '{"FaceDetection": [{"Channel": 0, "Enable": false}]}', ("yes", "no")),
        (told("1:Support/FaceDetection=True"), "Channel.0.Enable=Maybe\r\n", ("yes", "unknown")),
        (told("Support/FaceDetection=True"), "Channel.0.Sensitivity=5\r\n", ("yes", "unknown")),
        (told("Support/FaceDetection=True"), "Channel.1.Enable=True\r\n", ("yes", "unknown")),
        (told("Support/FaceDetection=True"), '{"Response": "Fail", "Error": {"Code": 1}}', ("yes", "unknown")),
        (told("Support/FaceDetection=True"), "", ("yes", "unknown")),
        (told("Support/FaceDetection=False"), "Channel.0.Enable=True\r\n", ("no", "no")),  # not even asked
        (told("Support/FaceDetection=Perhaps"), "Channel.0.Enable=True\r\n", ("yes", "yes")),
        (told(), "Channel.0.Enable=True\r\n", ("yes", "yes")),
        (told(), "Channel.0.Enable=False\r\n", ("yes", "no")),
        (told(), (404, ""), ("unknown", "unknown")),
        ("<attributes/>", "Channel.0.Enable=True\r\n", ("yes", "yes")),
        ("<html>", "Channel.0.Enable=True\r\n", ("yes", "yes")),
        ((403, ""), "Channel.0.Enable=True\r\n", ("yes", "yes")),
        ((403, ""), (403, ""), ("unknown", "unknown")),
    ],
)
def test_support_and_switch(attributes: Any, page: Any, row: tuple[str, str]) -> None:
    readings, _ = replayed({ATTRIBUTES: attributes, view("facedetection"): page})
    found = rows(readings)["face-detection", "1"]

    assert (found.supported, found.enabled) == row
    proven = {proof.column for proof in found.proofs}
    assert all(column in (found.why if getattr(found, column) == "unknown" else proven) for column in COLUMNS)


def test_two_views_of_one_function() -> None:
    """Tampering is off, and what the view of focus says is unclear: that is no "off"."""
    pages = {ATTRIBUTES: told("Support/TamperingDetection=True", "Support/DefocusDetection=True")}
    pages[view("tamperingdetection")] = "Channel.0.Enable=False\r\n"
    off, _ = replayed({**pages, view("defocusdetection"): "Channel.0.Enable=False\r\n"})
    unclear, _ = replayed({**pages, view("defocusdetection"): "Channel.0.ThresholdLevel=5\r\n"})

    assert rows(off)["tamper", "1"].enabled == "no"
    assert rows(unclear)["tamper", "1"].why["enabled"] == "undecided"


def test_a_refusal_in_words_is_kept() -> None:
    readings, _ = replayed({view("facedetection"): '{"Response": "Fail", "Error": {"Details": "Busy"}}'})

    assert [gap.detail for gap in readings.gaps if "facedetection" in gap.part] == ["the device answers: Busy"]


@pytest.mark.parametrize(
    ("page", "enabled"),
    [
        ("Channel.0.DetectionType=Off\r\n", "no no no no"),
        ("Channel.0.DetectionType=MotionDetection\r\nChannel.0.Line.1.Mode=Right\r\n", "yes no no no"),
        ("Channel.0.DetectionType=IntelligentVideo\r\nChannel.0.Line.1.Mode=Right\r\n", "no yes no no"),
        ("Channel.0.DetectionType=MDAndIV\r\nChannel.0.DefinedArea.1.Mode=Entering,Loitering\r\n", "yes no yes yes"),
        ("Channel.0.DetectionType=MDAndIV\r\n", "yes unknown unknown unknown"),
        ("Channel.0.DetectionType=MDAndIV\r\nChannel.0.DefinedArea.1.Coordinate=1\r\n", "yes unknown unknown unknown"),
        ("Channel.0.DetectionType=Dream\r\nChannel.0.Line.1.Mode=Right\r\n", "unknown unknown unknown unknown"),
        ("Channel.0.DisplayRules=True\r\n", "unknown unknown unknown unknown"),
    ],
)  # fmt: skip
def test_lines_and_areas_of_intelligent_video(page: str, enabled: str) -> None:
    """Where it is on and not one rule is listed, the list may be left out: that is no "off"."""
    readings, _ = replayed({ATTRIBUTES: told(), view("videoanalysis2"): page})
    found = rows(readings)

    names = ("motion", "line-crossing", "intrusion", "loitering")
    assert " ".join(found[name, "1"].enabled for name in names) == enabled


def test_older_firmware_is_asked_by_its_older_name() -> None:
    readings, asked = replayed({view("videoanalysis"): "Channel.0.DetectionType=MotionDetection\r\n"})

    assert asked.index(view("videoanalysis2")) < asked.index(view("videoanalysis"))
    assert rows(readings)["motion", "1"].enabled == "yes"
    assert not [gap for gap in readings.gaps if "videoanalysis" in gap.part]


def rules(**more: Any) -> str:
    rule = {"RuleIndex": 1, "Enable": True, "EventSource": "FaceDetection", "ScheduleType": "Always", **more}
    return json.dumps({"EventRules": [rule]})


@pytest.mark.parametrize(
    ("page", "armed", "linked"),
    [
        (rules(EventAction=["FTP"]), "yes", "yes"),
        (rules(EventAction="None"), "yes", "no"),
        (rules(), "yes", "unknown"),
        (rules(ScheduleType="Scheduled", Schedule={"MON": ["1"]}, EventAction=[]), "yes", "no"),
        (rules(ScheduleType="Scheduled", Schedule={"MON": [], "TUE": ["0"]}, EventAction=[]), "no", "no"),
        (rules(ScheduleType="Scheduled", EventAction=[]), "unknown", "no"),
        (rules(ScheduleType="Never", EventAction=[]), "unknown", "no"),
        (rules(Enable=False, EventAction=["FTP"]), "unknown", "unknown"),
        (rules(EventSource="AudioDetection", EventAction=["FTP"]), "unknown", "unknown"),
        ('{"EventRules": 1}', "unknown", "unknown"),
        ("RuleIndex=1\r\nEnable=True\r\n", "unknown", "unknown"),
        ("<html>", "unknown", "unknown"),
        ((403, ""), "unknown", "unknown"),
    ],
)
def test_event_rules(page: Any, armed: str, linked: str) -> None:
    on = {ATTRIBUTES: told("Support/FaceDetection=True"), view("facedetection"): "Channel.0.Enable=True\r\n"}
    readings, _ = replayed({**on, RULES: page})
    row = rows(readings)["face-detection", "1"]

    assert (row.armed, row.linked) == (armed, linked)


def test_event_rules_are_read_where_there_is_one_channel() -> None:
    """They name none. A second channel may show in a view alone, where the attributes cannot be read."""
    for views, asks in (
        ("Channel.0.Enable=True\r\n", True),
        ("Channel.0.Enable=True\r\nChannel.1.Enable=True\r\n", False),
    ):
        readings, asked = replayed(
            {ATTRIBUTES: (403, ""), view("facedetection"): views, RULES: rules(EventAction=["FTP"])}
        )
        assert (RULES in asked) is asks
        assert rows(readings)["face-detection", "1"].linked == ("yes" if asks else "unknown")


@pytest.mark.parametrize(
    ("policy", "http", "https"),
    [
        ("HTTP", True, False), ("HTTPSPublic", False, True), ("HTTPandHTTPSProprietary", True, True),
        ("Carrier", None, None),
    ],
)  # fmt: skip
def test_web_doors_and_clock(policy: str, http: bool | None, https: bool | None) -> None:
    date = '{"SyncType": "NTP", "UTCTime": "2026-02-30 10:00:00"}'
    readings, _ = replayed({SSL: f"Policy={policy}\r\nCertificateInUse=x\r\n", DATE: date})
    found = facts(readings)

    assert (found.get("web.http"), found.get("web.https")) == (http, https)
    assert found["time.ntp"] is True
    assert "time.skew_seconds" not in found  # no day of that name


def test_a_refused_login_is_the_end() -> None:
    one = msgspec.structs.replace(
        KNOWN["hanwha-ai"], onvif=None, services=("http",), datagrams=(), finders=(), rtsp=None
    )
    with Fleet([one], base="127.101.58.0", fragile=False) as fleet:
        device = fleet.devices[0]
        endpoints = [Endpoint(device.address, device.ports["http"], "tcp", "http")]
        login = Login("auditor", Secret("not-this"), "test")
        with door(limits=Limits()).link(device.address, login=login) as link:
            readings = read_device(link, Identity(maker="Hanwha Vision", kind="camera"), endpoints)
        asked = {entry.path for entry in fleet.received if entry.method == "GET"}

    assert asked == {INFORMATION}
    assert {(row.enabled, row.why["enabled"]) for row in readings.features} == {("unknown", "login-refused")}
    assert {row.feature for row in readings.features} == set(COULD_HAVE)
    assert facts(readings) == {}
    assert {seen.key for seen in readings.facts} == set(KEYS)


@pytest.mark.parametrize(
    "path",
    [
        "/stw-cgi/eventsources.cgi?msubmenu=facedetection&action=set&Enable=False",
        "/stw-cgi/eventsources.cgi?msubmenu=peoplecount&action=check",
        "/stw-cgi/eventsources.cgi?msubmenu=peoplecount&action=view&Channel=0",
        "/stw-cgi/eventsources.cgi?msubmenu=samples&action=check",
        "/stw-cgi/eventsources.cgi?msubmenu=autotracking&action=control&Mode=Start",
        "/stw-cgi/eventsources.cgi?action=view&msubmenu=facedetection&action=set",
        "/stw-cgi/eventrules.cgi?msubmenu=rules&action=update&RuleIndex=1",
        "/stw-cgi/system.cgi?msubmenu=power&action=control&Mode=Restart",
        "/stw-cgi/system.cgi?msubmenu=deviceinfo&action=set",
        "/stw-cgi/security.cgi?msubmenu=users&action=view",
        "/stw-cgi/security.cgi?msubmenu=ssl&action=remove",
        "/stw-cgi/recording.cgi?msubmenu=peoplecountsearch&action=control&Mode=Start",
        "/stw-cgi/attributes.cgi/cgis",
        "/init-cgi/pw_init.cgi?msubmenu=setinitpassword&action=set",
        "/opensdk/WiseAI/configuration/objectdetection",
    ],
)
def test_what_writes_or_tells_records_cannot_be_sent(path: str) -> None:
    with pytest.raises(CatalogueError):
        Catalogue.load().hold_request("hanwha", "GET", path)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(("Channel", "Enable", "Lines", "Line", "DetectionType", "EventRules", "Schedule")), inner
        )
    ),
    max_leaves=20,
)


@given(JSON, st.text(max_size=300))
@settings(max_examples=200, deadline=None)
def test_any_answer_is_borne(value: Any, text: str) -> None:
    """Decoders end in a value or in silence."""
    for reply in (json.dumps(value), json.dumps({"FaceDetection": value}), text, f"Channel.0.{text}={text}"):
        for decode in (decode_values, decode_event_rules):
            with contextlib.suppress(NoAnswer):
                decode(reply)
        with contextlib.suppress(NoAnswer):
            for values in decode_view(reply).values():
                decode_rules(values)


def test_a_list_beyond_any_device_is_cut() -> None:
    lines = "".join(f"Channel.{n}.Enable=True\r\n" for n in range(999))
    assert len(decode_view(lines)) == 64
    deep = json.dumps({"FaceDetection": [{"Channel": 0, "Enable": True, "X": [[[[{"a": [{"b": 1}]}]]]]}]})
    assert decode_view(deep)["1"]["Enable"] == "True"
    with pytest.raises(NoAnswer, match="malformed"):
        decode_view('{"a":' * 5000)


def test_a_number_of_channels_beyond_any_device_is_cut() -> None:
    """MaxChannel of a hostile device: rows for as many channels as we know, and one request a view all the same."""
    readings, asked = replayed({ATTRIBUTES: told("Support/FaceDetection=True", channels=99_999)})

    assert len(asked) == len(set(asked)) <= MOST_REQUESTS
    assert max(int(row.channel) for row in readings.features if row.channel != "device") <= 64


def test_attributes_of_any_shape() -> None:
    root = etree.fromstring(
        '<attributes><group name="EventSource"><category name="Support"><channel number="x"><attribute name="A"/>'
        '</channel><channel number="1"><attribute name="FaceDetection" value="True"/></channel>'
        '<attribute name="FaceDetection" value="False"/></category></group></attributes>'
    )
    found = decode_attributes(root, "e")
    assert found.flag("Eventsource/Support/FaceDetection", "2") is True
    assert found.flag("Eventsource/Support/FaceDetection", "1") is False
    assert found.flag("Eventsource/Support/Nothing", "1") is None
    with pytest.raises(NoAnswer):
        decode_attributes(etree.fromstring("<cgis/>"), "e")


def test_it_says_that_no_recording_confirms_it() -> None:
    readings, _, _ = read(KNOWN["hanwha-ai"], "127.101.59.0")
    assert DRIVER.verified is False
    assert {row.verified for row in readings.features} == {False}
