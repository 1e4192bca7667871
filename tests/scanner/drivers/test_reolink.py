"""Reolink: what each firmware tells of its functions and settings, and hostile replies."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable, Sequence
from socket import socket
from typing import Any

import pytest
from doors import door, login
from hypothesis import given, settings
from hypothesis import strategies as st
from reolink_lab import ADDRESS, PERSON, WHO, asked, columns, error, like, read
from tiny_servers import TinyServer, reply, server_context

from scanner.drivers import DeviceReadings, read_device
from scanner.drivers.base import MOST_REQUESTS
from scanner.drivers.reolink.api import WAY, Command, Result, decode
from scanner.drivers.reolink.functions import decode_abilities, decode_action, decode_types
from scanner.drivers.reolink.hygiene import PAGES
from scanner.errors import NoAnswer
from scanner.lab import Fleet
from scanner.lab.words import AttachedCamera, Personality, Switch
from scanner.model import Endpoint
from scanner.net import Limits

# -- what is read ----------------------------------------------------------------------------------------------


def one(device: Personality, base: str) -> tuple[DeviceReadings, list[str]]:
    with Fleet([device], base=base, fragile=False) as fleet:
        return read(fleet.devices[0]), asked(fleet)


def test_support_without_a_switch_counts_as_on_and_says_so() -> None:
    """Older firmware has no switch for detection: the ground stands in the proof, and the row is unverified."""
    readings, _ = one(like(switches=(PERSON,), extra={"switchless": True}), "127.103.32.0")
    row = next(row for row in readings.features if row.feature == "object-class")

    assert (row.enabled, row.verified) == ("yes", False)
    assert "always on, which is not confirmed" in next(proof.says for proof in row.proofs if proof.column == "enabled")


def test_a_kind_that_is_off_lends_no_hours() -> None:
    """People are on without hours; vehicles are off, and what hours they had counts for nothing."""
    switches = (Switch("object-class", "no-schedule", name="people"), Switch("object-class", "off", name="vehicle"))
    readings, _ = one(like(switches=switches), "127.103.33.0")

    assert columns(readings, "object-class") == "yyny"


@pytest.mark.parametrize("denied", ["GetAiCfg", "GetAiState", "GetAbility", "GetPushV20"])
def test_one_command_that_is_denied_loses_only_what_it_tells(denied: str) -> None:
    expected = {"GetAiCfg": "y?yy", "GetAiState": "yyyy", "GetAbility": "y???", "GetPushV20": "yyyy"}
    readings, _ = one(like(switches=(PERSON,), extra={"denies": [denied]}), "127.103.34.0")

    assert columns(readings, "object-class") == expected[denied]
    assert all(row.why.get("enabled") in (None, "forbidden", "no-reader") for row in readings.features)


def test_a_camera_on_a_battery_is_not_woken() -> None:
    """What would wake it is not asked; its switches are unknown and the report says why."""
    with Fleet([like(switches=(PERSON,), extra={"battery": True})], base="127.103.35.0", fragile=False) as fleet:
        readings = read(fleet.devices[0])

    assert columns(readings, "object-class") == "y?yy"
    assert [gap.why for gap in readings.gaps] == ["no-reader"]
    assert "GetAiCfg" not in repr(readings.features)


def test_old_firmware() -> None:
    """One table for whatever happens names no trigger: hours and actions of a function stay unknown."""
    extra = {"old": True, "switchless": True, "plain_numbers": True}
    readings, _ = one(like(switches=(PERSON,), extra=extra), "127.103.36.0")

    assert columns(readings, "object-class") == "yy??"


def test_a_full_recorder_keeps_to_its_budget() -> None:
    """Sixty-four channels: a few dozen requests, and every channel has its rows."""
    channels = [str(number) for number in range(1, 65)]
    recorder = like(
        "reolink-recorder", extra={"slots": 64},
        attached=tuple(AttachedCamera(channel=channel, model="RLC-820A") for channel in channels),
        switches=tuple(Switch("object-class", "on", name="people", channel=channel) for channel in channels),
    )  # fmt: skip
    readings, sent = one(recorder, "127.103.37.0")

    assert len(sent) <= MOST_REQUESTS
    assert [columns(readings, "object-class", channel) for channel in channels] == ["yyyy"] * 64
    assert len(readings.attached) == 64


def test_settings_and_identity() -> None:
    readings, _ = one(like("reolink-recorder"), "127.103.38.0")
    facts = {seen.key: getattr(seen.fact, "value", None) for seen in readings.facts}
    claims = {(claim.field, claim.value) for claim in readings.claims}

    assert facts["login.lock.attempts"] == 5
    assert (facts["account.count"], facts["account.admin_count"], facts["cloud.p2p"]) == (2, 1, True)
    assert (facts["recorder.channels"], facts["recorder.attached"]) == (8, 3)
    assert {("kind", "recorder"), ("firmware", "v3.3.0.226_23031644"), ("build_date", "2023-03-16")} <= claims
    assert set(PAGES[0].keys) <= set(facts)


# -- decoders ------------------------------------------------------------------------------------------------------


def test_types_of_both_firmware_generations() -> None:
    assert decode_types({"channel": 0, "people": 0, "vehicle": 1}) == {"people": True, "vehicle": True}
    new = {
        "channel": 0,
        "people": {"support": 1},
        "face": {"support": 0},
        "other": {"support": 1},
        "cry": {"support": 2},
    }
    assert decode_types(new) == {"people": True, "face": False}


def test_hours_and_switches_of_an_action() -> None:
    week = "0" * 167 + "1"
    assert decode_action({"enable": 1, "schedule": {"table": {"MD": week}}}) == (True, {"MD": True})
    assert decode_action({"scheduleEnable": 0, "enable": 1, "schedule": {"table": {"MD": "0" * 168}}}) == (
        False,
        {"MD": False},
    )
    assert decode_action({"schedule": {"enable": 1, "table": week}}) == (True, {})
    with pytest.raises(NoAnswer, match="malformed"):
        decode_action({"enable": 1, "schedule": {"table": {"MD": "1" * 24}}})


def test_results_are_those_of_their_commands() -> None:
    """In another order, too few, of another channel, or one error for all: never somebody else's answer."""
    state, enc = Command("GetAiState", 0), Command("GetEnc", 0)
    right = [{"cmd": "GetAiState", "code": 0, "value": {"channel": 0}}, {"cmd": "GetEnc", "code": 0, "value": {}}]

    assert set(decode([state, enc], right, "e")) == {state, enc}
    answers: tuple[Any, ...] = (right[::-1], right[:1], [], {}, None, [right[0], right[0]])
    for wrong in answers:
        with pytest.raises(NoAnswer, match="malformed"):
            decode([state, enc], wrong, "e")
    other = decode([state], [{"cmd": "GetAiState", "code": 0, "value": {"channel": 3}}], "e")[state]
    assert isinstance(other, NoAnswer)
    with pytest.raises(NoAnswer, match="forbidden"):  # the session is over: the login itself was right
        decode([state, enc], error("Unknown", -6, "please login first"), "e")


NAMES = (
    "cmd", "code", "value", "error", "rspCode", "channel", "people", "support", "schedule", "table", "enable",
    "Ability", "abilityChn", "aiTrack", "ver", "User", "level", "SysCfg", "loginLock", "NetPort", "name",
)  # fmt: skip
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=5),
    max_leaves=25,
)


@given(JSON)
@settings(max_examples=200, deadline=None)
def test_any_json_is_borne(value: Any) -> None:
    """Decoders end in a value or in silence."""

    def bear(call: Any) -> None:
        with contextlib.suppress(NoAnswer):
            call()

    bear(lambda: WAY.token_of(json.dumps(value).encode(), Limits()))
    bear(lambda: decode([Command("GetAiState", 0)], value, "e"))
    if isinstance(value, dict):
        bear(lambda: decode_types(value))
        bear(lambda: decode_action(value))
        bear(lambda: decode_abilities(value, 0, "e"))
        for page in PAGES:
            bear(lambda page=page: list(page.decode(Result(value, "e"))))


@given(st.lists(JSON, max_size=3))
@settings(max_examples=25, deadline=None)
def test_any_answer_is_borne_by_the_whole_reader(values: Sequence[Any]) -> None:
    """A device that answers anything to everything once it has let us in: no bug of ours, and no invented yes."""
    left: list[Any] = [[{"cmd": "Login", "code": 0, "value": {"Token": {"name": "abc"}}}], *values]

    def behave(_server: TinyServer, connection: socket, request: bytes) -> None:
        names = [item["cmd"] for item in json.loads(request.partition(b"\r\n\r\n")[2])]
        value = left.pop(0) if left else []
        if isinstance(value, list) and names[0] != "Login":
            value = [
                {"cmd": name, "code": 0, "value": item} for name, item in zip(names, value * len(names), strict=False)
            ]
        connection.sendall(reply(json.dumps(value).encode()))

    with TinyServer(ADDRESS, behave, context=server_context()) as server, door().link(ADDRESS, login=login()) as link:
        readings = read_device(link, WHO, [Endpoint(ADDRESS, server.port, "tcp", "https")])

    assert [gap for gap in readings.gaps if gap.why == "our-bug"] == []
    assert _proven(readings.features)


def _proven(rows: Iterable[Any]) -> bool:
    return all(
        getattr(row, column) == "unknown" or any(proof.column == column for proof in row.proofs)
        for row in rows
        for column in ("supported", "enabled", "armed", "linked")
    )
