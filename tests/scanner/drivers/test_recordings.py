"""Recordings of real devices through the real door and drivers: what is read equals what the device's own flags say."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from needs import RECORDINGS
from replay import Replay, facts, rows, serving

from scanner.drivers import DeviceReadings
from scanner.facts import FEATURES, NOT_AI
from scanner.model import COLUMNS

ISAPI = ("2cd2146g2-isu", "2cd2532f-iws", "2td1228-2-qa", "7608nxi-i2", "7204huhi-m1")
# the recordings' own names -> ours; several of theirs may be one of ours
NAMES = {
    "intrusion": "intrusion", "region_entrance": "intrusion", "region_exit": "intrusion",
    "line_crossing": "line-crossing",
    "motion": "motion", "tamper": "tamper", "scene_change": "tamper", "face_detection": "face-detection",
    "face_capture": "face-detection", "face_comparison": "face-recognition", "loitering": "loitering",
    "people_gathering": "crowd", "rapid_motion": "running", "parking": "parking", "unattended_object": "object-left",
    "object_removal": "object-removed", "people_counting": "people-counting", "heat_map": "heat-map",
    "audio_exception": "audio-detection", "multi_target_type": "person-attributes",
}  # fmt: skip


def recording(part: str) -> dict[str, Any]:
    found = sorted(RECORDINGS.glob(f"*{part}*.json")) if RECORDINGS.is_dir() else []
    if not found:
        pytest.skip(f"the recording {part} is not here")
    loaded: dict[str, Any] = json.loads(Path(found[0]).read_text(encoding="utf-8"))
    return loaded


def replayed(part: str, address: str) -> tuple[dict[str, Any], DeviceReadings, Replay]:
    data = recording(part)
    replay = Replay(address)
    for item in data["evidence"]:
        probe = item.get("probe") or ""
        if probe.startswith("GET /"):
            replay.pages[probe.removeprefix("GET ")] = (
                (int(item["raw"]), "") if item["raw"].isdecimal() else item["raw"]
            )
        elif item["kind"] == "onvif" and probe.startswith("Get"):
            replay.calls[probe] = item["raw"]
    with serving(replay):
        maker = data["truth"]["vendor"] if "hikvision" in data["id"] else None
        kind = "camera" if data["truth"]["device_type"] == "camera" else "recorder"
        return data, replay.read(maker, kind=kind), replay


@pytest.mark.parametrize("part", ISAPI)
def test_isapi_switches_are_as_recorded(part: str) -> None:
    """Each channel's switches agree with the recording; nothing is invented."""
    data, readings, _ = replayed(part, "127.34.10.1")
    found = rows(readings)
    for channel, switches in data["ai_features"]["per_channel"].items():
        expected: dict[str, bool] = {}
        for name, value in switches.items():
            if name in NAMES:
                expected[NAMES[name]] = expected.get(NAMES[name], False) or value
        for feature, value in expected.items():
            row = found.get((feature, channel))
            if row is None:
                assert part == "2td1228-2-qa", (part, feature, channel)  # its channel list was not recorded
                continue
            wanted = {"yes"} if value else {"no", "unknown"}
            assert row.enabled in wanted, (part, feature, channel, row)
    on = {row.feature for row in readings.features if row.enabled == "yes"} - {"object-class"}
    assert on <= {NAMES[name] for name in data["ai_features"]["enabled"] if name in NAMES}


@pytest.mark.parametrize("part", ISAPI)
def test_isapi_abilities_are_as_recorded(part: str) -> None:
    """What the flags say is supported is, what they deny is not, unless another of our one is supported."""
    data, readings, _ = replayed(part, "127.34.10.2")
    supported = {NAMES[name] for name in data["ai_features"]["supported"] if name in NAMES}
    denied = {NAMES[name] for name in data["ai_features"]["unsupported"] if name in NAMES} - supported
    yes = {row.feature for row in readings.features if row.supported == "yes"}

    assert supported <= yes
    assert not denied & yes
    if data["ai_features"]["object_types"]:
        assert "object-class" in yes


@pytest.mark.parametrize("part", ISAPI)
def test_isapi_rows_are_whole(part: str) -> None:
    """A proof for every yes and no, a reason for every unknown, ids from the vocabulary, no bug, few requests."""
    _, readings, replay = replayed(part, "127.34.10.3")

    assert readings.features
    for row in readings.features:
        assert row.feature in FEATURES
        for column in COLUMNS:
            if getattr(row, column) == "unknown":
                assert row.why[column]
            else:
                assert any(proof.column == column and proof.evidence and proof.says for proof in row.proofs), row
    assert [gap for gap in readings.gaps if gap.why == "our-bug"] == []
    assert len(replay.asked) == len(set(replay.asked))
    assert len(replay.asked) <= 40 or part.startswith("7")  # recorders have more channels


def test_identity_of_an_isapi_recording() -> None:
    """Model, version and build date as the device says them."""
    data, readings, _ = replayed("2cd2146g2-isu", "127.34.10.4")
    said = {(claim.field, claim.value) for claim in readings.claims}

    assert ("model", data["truth"]["model"]) in said
    assert any(field == "firmware" and data["truth"]["firmware"] in value for field, value in said)
    assert facts(readings)["web.http"] is True


def test_cameras_behind_a_recorded_recorder() -> None:
    """Model and firmware of each attached camera; the one that is offline has none."""
    data, readings, _ = replayed("7608nxi-i2", "127.34.10.5")
    found = {camera.channel: camera for camera in readings.attached}

    for expected in data["truth"]["channels"]:
        camera = found[expected["id"]]
        assert (camera.model, camera.maker, camera.protocol) == (
            expected["model"],
            expected["vendor"],
            expected["protocol"],
        )
        assert camera.firmware is not None
        assert camera.firmware.raw == expected["firmware"]
    assert found["4"].model is None
    assert facts(readings)["recorder.attached"] == 4
    assert facts(readings)["recorder.channels"] == 8
    assert ("intrusion", "3") in rows(readings)


def test_recorded_recorders() -> None:
    """A DS-7608NXI with four cameras, one of them gone, whose states were not recorded; an iDS-7204HUHI without any."""
    _, nvr, replay = replayed("7608nxi-i2", "127.104.4.1")
    _, dvr, _ = replayed("7204huhi-m1", "127.104.4.2")
    found = {one.channel: one for one in nvr.attached}

    states = {channel: (one.online, one.slot) for channel, one in found.items()}
    assert states == dict.fromkeys("1234", ("unknown", "unknown"))
    assert (found["4"].model, found["4"].firmware, found["4"].maker) == (None, None, "Hikvision")
    assert (found["3"].model, found["3"].brand) == ("IPC", None)
    assert [gap.why for gap in nvr.gaps if gap.part == "hikvision: state of attached cameras"] == ["no-such-page"]
    assert "/ISAPI/ContentMgmt/InputProxy/channels/2/status" not in replay.asked
    assert (dvr.attached, facts(dvr)["recorder.attached"]) == ((), 0)
    assert {channel for feature, channel in rows(dvr) if feature == "motion"} == set("1234")


def test_a_recorded_dahua_recorder() -> None:
    """An XVR5108C: its list of cameras was not recorded, so nobody knows what is behind it."""
    data = recording("dahua-xvr5108c")
    bodies = [item["raw"] for item in data["evidence"]]
    magic = "/cgi-bin/magicBox.cgi?action="
    pages: dict[str, str | tuple[int, str]] = {f"{magic}getDeviceType": bodies[0], f"{magic}getSystemInfo": bodies[1]}
    with serving(Replay("127.104.4.3", pages)) as replay:
        readings = replay.read("Dahua", kind="recorder")

    assert ("model", "XVR5108C-X") in {(claim.field, claim.value) for claim in readings.claims}
    assert readings.attached == ()
    assert "recorder.attached" not in facts(readings)
    assert any(gap.part == "dahua: attached cameras" for gap in readings.gaps)


def test_a_line_that_is_off_under_a_rule_that_is_on() -> None:
    """V5.2 firmware writes a line rule that is on that way."""
    _, readings, _ = replayed("2cd2532f-iws", "127.34.10.6")

    row = rows(readings)["line-crossing", "1"]
    assert row.enabled == "yes"
    assert any("0 of 1 LineItem enabled" in proof.says for proof in row.proofs)


ONVIF = ("axis-p3818", "bosch-flexidome", "onvif-ipd", "onvif-sunba", "reolink-e1")


@pytest.mark.parametrize("part", ONVIF)
def test_onvif_recordings_invent_nothing(part: str) -> None:
    """No crash and no AI function switched on that the recording does not show as configured."""
    _, readings, _ = replayed(part, "127.34.10.7")
    on = {row.feature for row in readings.features if row.enabled == "yes"} - NOT_AI

    assert readings.read_by == ("onvif",)
    assert [gap for gap in readings.gaps if gap.why == "our-bug"] == []
    assert on <= ({"audio-detection", "smart-search"} if part == "onvif-sunba" else set())
    assert "time.skew_seconds" in facts(readings)


def test_sunba_switches() -> None:
    """A profile with many rules: engines that are switched off stop them, a sound engine that is on is on."""
    _, readings, _ = replayed("onvif-sunba", "127.34.10.8")
    found = {feature: row.enabled for (feature, _), row in rows(readings).items()}

    assert found["audio-detection"] == "yes"
    for feature in ("face-detection", "line-crossing", "intrusion", "people-counting"):
        assert found[feature] == "no"
    assert found["motion"] == "yes"


def test_reolink_topics_are_hints() -> None:
    """A topic shows an ability, never a switch; the metadata element that is missing stays unseen."""
    data, readings, _ = replayed("reolink-e1", "127.34.10.9")
    motion = next(row for row in readings.features if row.feature == "motion")

    assert "RuleEngine/CellMotionDetector/Motion" in data["ai_features"]["supported_event_topics"]
    assert (motion.supported, motion.enabled) == ("yes", "unknown")


def test_axis_parameters_of_a_recording() -> None:
    """An M1065-LW: services, clock, cloud and throttling as its parameters say."""
    from scanner.drivers.axis import parameters

    data = recording("axis-m1065")
    raw = data["evidence"][0]["raw"]
    decoded = parameters.decode(raw)
    said = {key: value for _, read in parameters.READERS for key, value in read(decoded)}

    assert said["service.ssh"] is False
    assert said["upnp.enabled"] is True
    assert said["snmp.enabled"] is False
    assert said["time.ntp"] is True
    assert said["web.auth"] == "digest"
    assert said["cloud.p2p"] is False
    assert said["login.lock.enabled"] is False
    assert said["account.activated"] is True
    assert said["tls.legacy"] is True
    assert not re.search("public|write", json.dumps([value for key, value in decoded.values.items() if "SNMP" in key]))


# -- every state a recording holds, written by hand from its bodies ------------------------------------------

NO = "heat-map face-recognition face-detection crowd person-attributes audio-detection loitering running parking"
NO += " people-counting queue student-behaviour object-left object-removed auto-tracking"
HELD = {
    "2cd2146g2-isu": {
        # every Smart page says enabled = false with people and vehicles as targets; no page on scene change
        "1": "line-crossing=yn intrusion=yn object-class=yn motion=yn tamper=y? smart-search=y? "
        + " ".join(f"{name}=nn" for name in NO.split()),
    },
    "2cd2532f-iws": {
        # a rule that is on above a line that is off counts as on; isSupportFaceDetect = false beside its trigger
        "1": "line-crossing=yy intrusion=yn motion=yy tamper=yn face-detection=nn audio-detection=nn auto-tracking=nn",
    },
    "2td1228-2-qa": {
        # a thermal unit: flags and one page of channel 2; no page of what its flags say it can
        "2": "motion=yy fire-smoke=y? audio-detection=y? tamper=y? smart-search=y? line-crossing=nn intrusion=nn "
        "loitering=nn running=nn parking=nn object-left=nn object-removed=nn crowd=nn face-detection=nn heat-map=nn "
        "body-temperature=nn person-attributes=nn",
    },
    "7608nxi-i2": {
        "device": "heat-map=y? face-recognition=y? crowd=y? queue=y? ppe=y? student-behaviour=y? person-attributes=y? "
        "smart-search=y? audio-detection=y? loitering=y? running=y? parking=y? object-left=y? object-removed=y? "
        "fire-smoke=y? people-counting=y? custom-ai=y? auto-tracking=nn",
        # FieldDetection/1 is off, and its two region pages were not recorded; its motion page neither
        "1": "line-crossing=yy object-class=yy intrusion=y? motion=y? tamper=y? face-detection=y?",
        # FieldDetection/2 is off, both region pages are on
        "2": "line-crossing=yy object-class=yy intrusion=yy motion=yn tamper=y? face-detection=y?",
        "3": "line-crossing=yn intrusion=yy motion=yn tamper=y? face-detection=y?",
    },
    "7204huhi-m1": {
        "device": "face-recognition=nn fire-smoke=nn auto-tracking=nn audio-detection=y? crowd=y? loitering=y? "
        "running=y? parking=y? person-attributes=y? object-left=y? object-removed=y? smart-search=y?",
        "1": "line-crossing=yn intrusion=yy motion=yy tamper=yn face-detection=y?",
        "2": "line-crossing=yn intrusion=yn motion=yn tamper=yn face-detection=y? object-class=yn",
        "3": "line-crossing=yn intrusion=yy motion=yy tamper=yn face-detection=y?",
        "4": "line-crossing=yn intrusion=yn motion=yn tamper=yn face-detection=y? object-class=yn",
    },
    # rules with engines whose Enable is false; a sound engine, cell motion and tampering that are on; metadata on
    "onvif-sunba": {
        "1": "audio-detection=yy motion=yy tamper=yy smart-search=yy face-detection=yn line-crossing=yn intrusion=yn "
        "people-counting=yn",
    },
    # one CellMotionDetector in both profiles, MetadataConfiguration/Analytics = false
    "onvif-ipd": {"1": "motion=yy smart-search=yn"},
    # topics only; a topic shows an ability and no switch
    "reolink-e1": {"1": "motion=y?"},
    "axis-p3818": {"1": "tamper=y? smart-search=yn"},
    "bosch-flexidome": {},
    # no reply of an interface that tells of functions
    "axis-m1065": {},
    "dahua-xvr5108c": {},
}  # fmt: skip
"""Recording -> channel -> feature=(supported, enabled): all that is not unknown in both, and nothing else may be read.

Left out: a ``no`` of a page that was not recorded, which the replay answers with 404 as a device without it does."""


def test_every_recording_is_in_the_table() -> None:
    if not RECORDINGS.is_dir():
        pytest.skip("no recordings of real devices here")
    for path in RECORDINGS.glob("*.json"):
        assert [part for part in HELD if part in path.name], path.name


@pytest.mark.parametrize("part", HELD)
def test_each_state_is_as_the_recording_holds_it(part: str) -> None:
    """Every state written down is read, no yes and no enabled beyond them, and every silence has its reason."""
    expected = {
        (name, channel): state
        for channel, states in HELD[part].items()
        for name, _, state in (word.partition("=") for word in states.split())
    }
    _, readings, replay = replayed(part, "127.34.10.10")
    sign = {"yes": "y", "no": "n", "unknown": "?"}
    found = {(row.feature, row.channel): sign[row.supported] + sign[row.enabled] for row in readings.features}
    absent = {
        (row.feature, row.channel)
        for row in readings.features
        if row.supported == "no"
        and any("HTTP status 404" in proof.says or "has no trigger" in proof.says for proof in row.proofs)
    }

    assert [gap for gap in readings.gaps if gap.why == "our-bug"] == []
    assert {key: found.get(key) for key in expected} == expected
    beyond = {key: state for key, state in found.items() if key not in expected and state != "??" and key not in absent}
    assert {key: state for key, state in beyond.items() if "y" in state} == {}
    for row in readings.features:
        if row.enabled == "unknown":
            assert row.why["enabled"] in ("no-reader", "no-such-page", "forbidden"), row
            if row.why["enabled"] == "forbidden":
                assert any(page == (403, "") for page in replay.pages.values()), row


def test_the_motion_alarm_of_a_video_source_is_no_emotion() -> None:
    """The letters of one word in two others; a recording of a Reolink camera has this topic."""
    from scanner.drivers.onvif.words import feature_of

    assert feature_of("tns1:VideoSource/MotionAlarm") != "emotion"
    assert feature_of("tt:SceneMotionDetector") != "emotion"
    assert feature_of("tns1:RuleEngine/FaceEmotion") == feature_of("tt:EmotionDetector") == "emotion"
