"""Milesight: switches of rules, the counter, and what stays unknown (A7.5)."""

# ruff: noqa: E501  # tables of cases read best with one case a line

from __future__ import annotations

import contextlib
import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from replay import Replay, rows, serving

from scanner.drivers import load_drivers
from scanner.drivers.milesight import ALARMS, COULD_HAVE, INFORMATION, RULES, Rule, decode_rule
from scanner.errors import NoAnswer
from scanner.model import Endpoint, Identity

LINE = next(rule for rule in RULES if rule.feature == "line-crossing")
AREA = next(rule for rule in RULES if rule.feature == "loitering")
WEB = [Endpoint("127.0.0.1", 80, service="http")]


def slot(rule: Rule, on: Any, corners: str = "1:2:3:4:-1:", other: str = "1:2:3:4:-1:") -> dict[str, Any]:
    return {rule.switch: on, "polygonX": corners, "polygonY": other}


@pytest.mark.parametrize(
    ("rule", "slots", "enabled"),
    [
        (AREA, [slot(AREA, 0), slot(AREA, 0)], False),
        (AREA, [slot(AREA, 0), slot(AREA, 1)], True),
        (AREA, [slot(AREA, "1")], True),
        (AREA, [slot(AREA, 1, "-1:-1:-1:", "-1:-1:-1:")], None),
        (AREA, [slot(AREA, 1, "1:2:-1:", "1:2:-1:")], None),
        (AREA, [slot(AREA, 1, "", "1:2:3:")], None),
        (LINE, [slot(LINE, 1, "1:2:-1:", "5:6:-1:")], True),
        (LINE, [slot(LINE, 1, "1:-1:", "5:-1:")], None),
        (LINE, [{"lineCrossingEnable": 1}], None),
    ],
)
def test_on_is_switched_on_and_drawn(rule: Rule, slots: list[dict[str, Any]], enabled: bool | None) -> None:
    """A rule that is on and has no region neither runs for sure nor is it off."""
    state = decode_rule({"maxWidth": 320, "detectionInfoList": slots}, rule)

    assert state.enabled is enabled
    assert f"of {len(slots)} slots" in state.says


@pytest.mark.parametrize(
    "value",
    [None, [], {}, {"detectionInfoList": []}, {"detectionInfoList": {}}, {"detectionInfoList": [1]},
     {"detectionInfoList": [slot(AREA, 2)]}, {"detectionInfoList": [{"regionEnable": 0}]}],
)  # fmt: skip
def test_other_pages_are_no_answer(value: Any) -> None:
    """An error in JSON, another rule's page, a switch that is neither on nor off: never off."""
    with pytest.raises(NoAnswer) as silence:
        decode_rule(value, AREA)
    assert silence.value.why == "malformed"


JSON = st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=9), lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["detectionInfoList", "loiteringEnable", "polygonX", "polygonY"]), inner, max_size=4))  # fmt: skip


@given(JSON)
def test_any_json_is_a_state_or_no_answer(value: Any) -> None:
    with contextlib.suppress(NoAnswer):
        assert decode_rule(value, AREA).enabled in (True, False, None)


def test_a_camera_is_read() -> None:
    """Rules in their columns, the counter as an ability; numbers of people and what else is in the pages stay there."""
    pages = {rule.path: json.dumps({"detectionInfoList": [slot(rule, int(rule is LINE))]}) for rule in RULES}
    pages[ALARMS] = "var region_exit_alarm_status='0';var current_in_count='4711';var current_sum_count='4712';"
    pages[INFORMATION] = json.dumps({"model": "MS-C2962-FPB", "snCode": "6C0012", "firmwareVersion": "45.7.0.79", "userPassword": "Kanarie9"})  # fmt: skip
    with serving(Replay("127.104.5.1", pages)) as replay:
        readings = replay.read("Milesight")
    found = rows(readings)

    assert {name: (row.supported, row.enabled, row.verified) for (name, _), row in found.items() if row.supported == "yes"} == {
        "line-crossing": ("yes", "yes", False), "intrusion": ("yes", "no", False), "loitering": ("yes", "no", False),
        "people-counting": ("yes", "unknown", False),
    }  # fmt: skip
    assert {(claim.field, claim.value) for claim in readings.claims} == {
        ("model", "MS-C2962-FPB"), ("serial", "6C0012"), ("firmware", "45.7.0.79"),
    }  # fmt: skip
    assert found["anpr", "device"].why["enabled"] == "no-reader"
    assert {name for name, _ in found} == set(COULD_HAVE)
    said = msgspec.json.encode(readings).decode()
    assert "4711" not in said
    assert "Kanarie9" not in said


def test_missing_pages_are_unknown() -> None:
    with serving(Replay("127.104.5.2")) as replay:
        found = rows(replay.read("Milesight"))

    assert {row.enabled for row in found.values()} == {row.supported for row in found.values()} == {"unknown"}
    assert found["loitering", "1"].why["enabled"] == "no-such-page"


def test_whom_it_wants() -> None:
    driver = load_drivers()["milesight"]

    assert not driver.verified
    assert driver.wants(Identity(maker="Milesight", kind="camera"), WEB)
    assert not driver.wants(Identity(maker="Milesight", kind="recorder"), WEB)
    assert not driver.wants(Identity(maker="Hikvision", kind="camera"), WEB)
    assert not driver.wants(Identity(maker="Milesight", kind="camera"), [])
