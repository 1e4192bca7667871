"""Axis: invented replies of the recorded shapes, one case a row."""

# ruff: noqa: E501  # tables of cases read best with one case a line

from __future__ import annotations

import json
from typing import Any

import pytest
from doors import CANARY
from lxml import etree
from replay import Replay, facts, rows, serving

from scanner.drivers.axis import parameters
from scanner.drivers.axis.applications import (
    decode_audio,
    decode_list,
    decode_producers,
    decode_profiles,
    decode_scenario_types,
    decode_scenarios,
)

AOA = "/local/objectanalytics/control.cgi"
PARAMS = "root.Brand.Brand=AXIS\nroot.Brand.ProdNbr=P0000\nroot.Network.SSH.Enabled=no\n"


def app(name: str, status: str, licence: str = "None") -> str:
    return (
        f'<application Name="{name}" NiceName="{name} app" Vendor="V" Version="1.0" License="{licence}" '
        f'LicenseExpirationDate="0" Status="{status}"/>'
    )


def camera(*apps: str, apis: tuple[str, ...] = (), **methods: Any) -> Replay:
    """A camera with these applications; keywords give ``data`` of JSON methods by name."""
    replay = Replay("127.34.13.1")
    replay.pages = {
        parameters.PATH: PARAMS,
        "/axis-cgi/applications/list.cgi": f'<reply result="ok">{"".join(apps)}</reply>',
        "/axis-cgi/pwdgrp.cgi?action=get": f'admin="root,{CANARY}"\ndigusers="root,{CANARY},viewer"\napi-discovery=""\n',
    }
    replay.methods = {
        ("/axis-cgi/apidiscovery.cgi", "getApiList"): json.dumps(
            {"data": {"apiList": [{"id": name} for name in apis]}}
        ),
    }
    places = {"aoa": (AOA, "getConfiguration"), "can": (AOA, "getConfigurationCapabilities"),
              "producers": ("/axis-cgi/analyticsmetadataconfig.cgi", "listProducers"),
              "audio": ("/axis-cgi/audioanalytics.cgi", "getPluginsSettings"),
              "fence": ("/local/fenceguard/control.cgi", "getConfiguration")}  # fmt: skip
    for name, data in methods.items():
        replay.methods[places[name]] = data if isinstance(data, str) else json.dumps({"data": data})
    return replay


def scenarios(*kinds: str, active: bool | None = True, classes: tuple[str, ...] = ()) -> dict[str, Any]:
    device: dict[str, Any] = {"id": 1, "type": "camera"}
    if active is not None:
        device["isActive"] = active
    listed = [
        {"id": n, "type": kind, "devices": [{"id": 1}], "objectClassifications": [{"type": one} for one in classes]}
        for n, kind in enumerate(kinds, 1)
    ]
    return {"devices": [device], "scenarios": listed}


RUNNING, STOPPED = app("objectanalytics", "Running"), app("objectanalytics", "Stopped")
CASES: list[tuple[str, Replay, str, dict[str, str]]] = [
    ("scenario", camera(RUNNING, aoa=scenarios("fence")), "line-crossing", {"supported": "yes", "licensed": "yes", "enabled": "yes"}),
    ("active when omitted", camera(RUNNING, aoa=scenarios("fence", active=None)), "line-crossing", {"enabled": "yes"}),
    ("no scenario of the kind", camera(RUNNING, aoa=scenarios("motion")), "line-crossing", {"supported": "yes", "enabled": "no"}),
    ("no scenario at all", camera(RUNNING, aoa=scenarios()), "intrusion", {"supported": "yes", "enabled": "no"}),
    ("inactive device", camera(RUNNING, aoa=scenarios("fence", active=False)), "line-crossing", {"enabled": "no"}),
    ("stopped", camera(STOPPED), "line-crossing", {"supported": "yes", "enabled": "no"}),
    ("classes", camera(RUNNING, aoa=scenarios("motion", classes=("human",))), "object-class", {"enabled": "yes"}),
    ("any motion", camera(RUNNING, aoa=scenarios("motion")), "object-class", {"supported": "yes", "enabled": "no"}),
    ("running and silent", camera(RUNNING), "intrusion", {"supported": "yes", "enabled": "unknown"}),
    ("malformed", camera(RUNNING, aoa="{"), "intrusion", {"supported": "yes", "enabled": "unknown"}),
    ("error object", camera(RUNNING, aoa='{"error": {"code": 4000, "message": "x"}}'), "intrusion", {"enabled": "unknown"}),
    ("a scenario of a newer kind", camera(RUNNING, aoa=scenarios("somethingNew")), "custom-ai", {"enabled": "yes"}),
    ("plates", camera(app("fflprapp", "Running", "Valid")), "anpr", {"supported": "yes", "licensed": "yes", "enabled": "yes"}),
    ("licence missing", camera(app("fflprapp", "Stopped", "Missing")), "anpr", {"licensed": "no", "enabled": "no"}),
    ("licence unknown", camera(app("faceverifier", "Stopped", "Custom")), "face-recognition", {"licensed": "unknown", "enabled": "no"}),
    ("unknown application", camera(app("TrafficWiz", "Running")), "custom-ai", {"supported": "yes", "enabled": "yes"}),
    ("nothing installed", camera(), "anpr", {"supported": "no", "enabled": "no"}),
    ("unknown app hides the rest", camera(app("TrafficWiz", "Idle")), "anpr", {"supported": "unknown"}),
    ("guard with profile", camera(app("fenceguard", "Running"), fence={"cameras": [{"id": 1, "active": True}], "profiles": [{"camera": 1}]}),
     "line-crossing", {"enabled": "yes"}),
    ("guard without profile", camera(app("fenceguard", "Running"), fence={"cameras": [{"id": 1, "active": True}], "profiles": []}),
     "line-crossing", {"enabled": "no"}),
    ("metadata on", camera(apis=("analytics-metadata-config",), producers={"producers": [{"videochannels": [{"channel": 1, "enabled": True}]}]}),
     "smart-search", {"supported": "yes", "enabled": "yes"}),
    ("sound", camera(apis=("audio-analytics",), audio={"devices": [{"inputs": [{"plugins": [{"id": "Classification", "settings": {"enable": True}}]}]}]}),
     "audio-classification", {"enabled": "yes"}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("replay", "feature", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_functions(replay: Replay, feature: str, expected: dict[str, str]) -> None:
    """One function through the whole driver in every state it can be found in."""
    replay.asked.clear()
    with serving(replay):
        readings = replay.read("Axis")
    found = rows(readings)
    row = found.get((feature, "1")) or found[feature, "device"]

    assert {name: getattr(row, name) for name in expected} == expected
    assert [gap for gap in readings.gaps if gap.why == "our-bug"] == []
    assert len(replay.asked) <= 40
    assert len(replay.asked) == len(set(replay.asked))


def test_accounts_are_counted_and_not_named() -> None:
    """Numbers only, and only of real account groups."""
    with serving(camera(RUNNING)) as replay:
        readings = replay.read("Axis")
    known = facts(readings)

    assert (known["account.count"], known["account.admin_count"], known["service.ssh"]) == (3, 2, False)
    assert known["apps.running"] == ("objectanalytics app",)
    assert CANARY not in repr(readings)


@pytest.mark.parametrize(("status", "why"), [(401, "no-login"), (403, "forbidden")])
def test_refused(status: int, why: str) -> None:
    """Without a login all is unknown with the reason; a login without rights reads what it may."""
    replay = Replay("127.34.13.2", {parameters.PATH: (status, ""), "/axis-cgi/applications/list.cgi": (status, "")})
    with serving(replay):
        readings = replay.read("Axis")

    assert readings.features
    assert {row.enabled for row in readings.features} == {"unknown"}
    assert why in {row.why["enabled"] for row in readings.features}
    assert len(replay.asked) == 1 or why == "forbidden"


def test_a_missing_group_takes_the_next_prefix() -> None:
    """As AXIS OS 12 writes it: the next group loses ``root.``."""
    decoded = parameters.decode(
        "# Error: Error -1 getting param in group 'HTTPS'\nSystem.RootPwdSet=yes\nroot.Time.SyncSource=NTP\n"
    )

    assert decoded.values == {"System.RootPwdSet": "yes", "Time.SyncSource": "NTP"}
    assert decoded.missing == {"HTTPS"}


def test_secrets_end_at_the_parser() -> None:
    """Communities and passwords are dropped, a setting about passwords is kept."""
    decoded = parameters.decode(
        f"root.SNMP.V1ReadCommunity={CANARY}\nroot.RemoteService.ProxyPassword={CANARY}\n"
        "root.System.PreventDoSAttack.ActivatePasswordThrottling=on\n"
    )

    assert decoded.values == {"System.PreventDoSAttack.ActivatePasswordThrottling": "on"}


@pytest.mark.parametrize(
    "value", [None, [], "x", {"data": None}, {"data": {"scenarios": 3, "devices": "x", "producers": [1]}}]
)
def test_decoders_bear_nonsense(value: Any) -> None:
    """No shape of JSON makes a decoder fail or invent something."""
    assert decode_scenarios(value) == []
    assert decode_scenario_types(value) == ()
    assert decode_producers(value) == {}
    assert decode_audio(value) == {}
    assert sum(decode_profiles(value).values()) == 0


def test_resource_use_is_no_state() -> None:
    """A stopped application that declares a processor does not run."""
    listed = decode_list(etree.fromstring(
        '<reply result="ok"><application Name="a" Status="Stopped" License="Valid"><Resources><Resource '
        'name="DeepLearningProcessor" used="Yes"/></Resources></application></reply>'
    ))  # fmt: skip

    assert [one.running for one in listed] == [False]
