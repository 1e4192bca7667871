"""Tiandy: told from Hikvision before a reader is chosen, and read in its own words (A7.7)."""

# ruff: noqa: E501  # tables of cases read best with one case a line

from __future__ import annotations

from typing import Any

import pytest
from lxml import etree
from replay import Replay, rows, serving

from scanner.drivers import load_drivers
from scanner.drivers.tiandy import COULD_HAVE, INFORMATION, MOTION, Detection, decode_detection, is_tiandy
from scanner.errors import NoAnswer
from scanner.fingerprint import identify
from scanner.model import Claim, Endpoint, Identity, Observation

WEB = [Endpoint("127.0.0.1", 80, service="http")]
SPACE = 'version="2.0" xmlns="http://www.isapi.org/ver20/XMLSchema"'
LOOKALIKE = Observation("isapi-deviceinfo", f"<DeviceInfo {SPACE}><model>TC-C32QN</model><firmwareVersion>V1</firmwareVersion></DeviceInfo>")  # fmt: skip
REFUSAL = Observation("isapi-deviceinfo", "<userCheck><statusValue>401</statusValue><lockStatus>unlock</lockStatus></userCheck>")  # fmt: skip


@pytest.mark.parametrize("lookalike", [LOOKALIKE, REFUSAL])
@pytest.mark.parametrize(
    "sign",
    [
        Observation("http-title", "Tiandy"),
        Observation("onvif-scopes", "onvif://www.onvif.org/name/Tiandy onvif://www.onvif.org/hardware/TC-C32QN"),
        Observation("isapi-deviceinfo", f"<DeviceInfo {SPACE}><manufacturer>Tiandy</manufacturer><model>X</model></DeviceInfo>"),
        Observation("tls-subject", "CN=x,O=Tiandy"),
    ],
)  # fmt: skip
def test_a_lookalike_is_not_read_as_hikvision(sign: Observation, lookalike: Observation) -> None:
    """Whatever of ISAPI it shows, one sign of Tiandy decides which driver asks; it is Tiandy's, not contested."""
    identity = identify([lookalike, sign])
    drivers = load_drivers()

    assert identity.maker != "Hikvision"
    assert is_tiandy(identity)
    assert drivers["tiandy"].wants(identity, WEB)
    assert not drivers["hikvision"].wants(identity, WEB)


def test_hikvision_stays_hikvision() -> None:
    identity = identify([Observation(LOOKALIKE.seen_in, LOOKALIKE.raw.replace("TC-C32QN", "DS-2CD2143G0-I"))])

    assert identity.maker == "Hikvision"
    assert load_drivers()["hikvision"].wants(identity, WEB)
    assert not load_drivers()["tiandy"].wants(identity, WEB)


def test_the_guard_of_the_driver_holds_by_itself() -> None:
    """Also where a sign of Tiandy came with another maker as the better one."""
    sign = Claim("brand", "Tiandy", "C1", "http-title.tiandy", "http-title")
    identity = Identity(maker="Hikvision", kind="camera", claims=(sign,))

    assert not load_drivers()["hikvision"].wants(identity, WEB)
    assert load_drivers()["tiandy"].wants(identity, WEB)
    assert not load_drivers()["tiandy"].wants(Identity(maker="Tiandy", kind="recorder"), WEB)


def page(**switches: str) -> str:
    return (
        "<MotionDetection>"
        + "".join(f"<{key}>{value}</{key}>" for key, value in switches.items())
        + "</MotionDetection>"
    )


CASES: tuple[tuple[str, dict[str, str], str, str], ...] = (
    ("persons", {"enabled": "true", "carEnabled": "false", "allEnabled": "false"}, "yes", "yes"),
    ("vehicles", {"enabled": "false", "carEnabled": "true", "allEnabled": "false"}, "yes", "yes"),
    ("any motion", {"enabled": "false", "carEnabled": "false", "allEnabled": "true"}, "no", "yes"),
    ("nothing", {"enabled": "false", "carEnabled": "false", "allEnabled": "false"}, "no", "no"),
    ("one switch is missing", {"enabled": "false", "allEnabled": "false"}, "unknown", "unknown"),
    ("one is no switch", {"enabled": "maybe", "carEnabled": "false", "allEnabled": "true"}, "unknown", "yes"),
    ("plain ISAPI", {"enabled": "true"}, "unknown", "unknown"),
)


@pytest.mark.parametrize(
    ("switches", "classes", "motion"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_the_motion_page(switches: dict[str, str], classes: str, motion: str) -> None:
    """``enabled`` alone would be motion at Hikvision: without Tiandy's own switches it says nothing."""
    with serving(Replay("127.104.6.1", {MOTION: page(**switches), INFORMATION: "<DeviceInfo><firmwareVersion>V13.10</firmwareVersion></DeviceInfo>"})) as replay:  # fmt: skip
        readings = replay.read("Tiandy")
    found = rows(readings)
    row = found.get(("object-class", "1")) or found["object-class", "device"]

    assert row.enabled == classes
    assert (found.get(("motion", "1")) or found["motion", "device"]).enabled == motion
    assert all(not one.verified for one in readings.features)
    assert ("firmware", "V13.10") in {(claim.field, claim.value) for claim in readings.claims}
    assert readings.read_by == ("tiandy",)


@pytest.mark.parametrize("answer", [(400, ""), (404, ""), (403, ""), "<x/>", "no XML"])
def test_a_400_is_unknown_never_off(answer: Any) -> None:
    with serving(Replay("127.104.6.2", {MOTION: answer})) as replay:
        readings = replay.read("Tiandy")

    assert {row.enabled for row in readings.features} == {"unknown"}
    assert {row.feature for row in readings.features} == {*COULD_HAVE, "motion"}
    assert all(row.why["enabled"] for row in readings.features)


def test_decode() -> None:
    root = etree.fromstring(
        f"<MotionDetection {SPACE}><enabled>true</enabled><carEnabled>0</carEnabled></MotionDetection>"
    )
    assert decode_detection(root) == Detection(True, False, None)
    with pytest.raises(NoAnswer):
        decode_detection(etree.fromstring("<x/>"))
