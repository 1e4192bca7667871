"""Vivotek: a module that is off is not started, and what it has stays unknown."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import msgspec
import pytest
from doors import door
from hypothesis import given, settings
from hypothesis import strategies as st
from replay import Replay, facts, rows, serving

from scanner.drivers import DeviceReadings, read_device
from scanner.drivers.vivotek import (
    DRIVER,
    FUNCTIONS,
    MODULES,
    SETTINGS,
    decode_functions,
    decode_modules,
    decode_parameters,
    decode_rules,
)
from scanner.errors import CatalogueError, NoAnswer
from scanner.lab import Fleet, load_personalities
from scanner.lab.words import Personality, Placement
from scanner.model import COLUMNS, Endpoint, Identity
from scanner.net import Catalogue, Limits
from scanner.secret import Login, Secret

KNOWN = load_personalities()
INFO = "/cgi-bin/admin/getparam.cgi?system_info"
ON = "vadp_module_number='1'\r\nvadp_module_i0_name='VCA'\r\nvadp_module_i0_url='/x'\r\nvadp_module_i0_status='on'\r\n"
FUNCTION_LIST = json.dumps([f"Feature/{name}" for name in FUNCTIONS])


def read(personality: Personality, base: str) -> tuple[DeviceReadings, list[str]]:
    """One lab device by the maker's own interface alone, and the pages it was asked for."""
    plain = msgspec.structs.replace(personality, onvif=None, datagrams=(), finders=(), rtsp=None, services=("http",))
    right = Login("auditor", Secret(Placement(personality="").password), "test")
    with Fleet([plain], base=base, fragile=False) as fleet:
        device = fleet.devices[0]
        endpoints = [Endpoint(device.address, device.ports["http"], "tcp", "http")]
        with door(limits=Limits()).link(device.address, login=right) as link:
            readings = read_device(link, Identity(maker="Vivotek", kind="camera"), endpoints)
        assert fleet.harm == []
        return readings, list(dict.fromkeys(one.path for one in fleet.received if one.method == "GET"))


def replayed(pages: dict[str, str | tuple[int, str]]) -> tuple[DeviceReadings, list[str]]:
    replay = Replay("127.103.51.1", pages=pages)
    with serving(replay):
        return replay.read("Vivotek"), replay.asked


def test_rules_of_a_running_module() -> None:
    readings, asked = read(KNOWN["vivotek-analytics"], "127.103.52.0")
    found = {name: row.enabled for (name, _), row in rows(readings).items()}

    assert asked == [MODULES, INFO, SETTINGS, "/VCA/Functions", "/VCA/Config/RE"]
    assert {name for name, enabled in found.items() if enabled == "yes"} == {"intrusion", "loitering", "object-class"}
    assert facts(readings) == {
        "apps.running": ("VCA",), "web.auth": "digest", "upnp.enabled": False, "upnp.mapped": False,
    }  # fmt: skip
    assert {(claim.field, claim.value) for claim in readings.claims} >= {
        ("model", "IB9387-HT-A"), ("firmware", "IB9387-VVTK-0122d"), ("maker", "Vivotek"),
    }  # fmt: skip


def test_a_module_that_is_off_is_not_asked_and_not_started() -> None:
    """Its functions are unknown, not absent."""
    readings, asked = read(KNOWN["vivotek-module-off"], "127.103.53.0")

    assert not any("VCA" in path or "vadpctrl" in path for path in asked)
    for feature in FUNCTIONS.values():
        row = rows(readings)[feature, "1"]
        assert (row.supported, row.enabled) == ("unknown", "no")
        assert row.proofs[0].says == "vadp_module: VCA status = off, enable = 0"


@pytest.mark.parametrize(
    ("modules", "loitering", "apps"),
    [
        (ON, "yes", ("VCA",)),
        (ON.replace("'on'", "'off'"), "no", ()),
        (ON.replace("'on'", "'starting'"), "unknown", None),
        (ON.replace("'on'", "'off'") + "vadp_module_i0_enable='1'\r\n", "unknown", None),
        (ON.replace("'on'", "'off'") + "vadp_module_i0_enable='0'\r\n", "no", ()),
        (ON.replace("VCA", "Other"), "unknown", ("Other",)),
        ("vadp_module_number='0'\r\n", "no", ()),
        (ON.replace("number='1'", "number='2'"), "unknown", None),
        ("vadp_module_number='many'", "unknown", None),
        ("", "unknown", None),
        ("<html>login</html>", "unknown", None),
    ],
)
def test_what_the_list_of_modules_says(modules: str, loitering: str, apps: tuple[str, ...] | None) -> None:
    """A list that is not whole says nothing; a module of somebody else leaves the rest open."""
    rules = json.dumps({"LoiteringDetection": {"Door": {}}})
    readings, _ = replayed({MODULES: modules, "/VCA/Functions": FUNCTION_LIST, "/VCA/Config/RE": rules})
    row = rows(readings).get(("loitering", "1")) or rows(readings)["loitering", "device"]

    assert row.enabled == loitering
    assert facts(readings).get("apps.running") == apps


@pytest.mark.parametrize(
    ("functions", "rules", "enabled", "why"),
    [
        (FUNCTION_LIST, "[]", "unknown", "malformed"),
        (FUNCTION_LIST, '{"LoiteringDetection": []}', "unknown", "malformed"),
        (FUNCTION_LIST, (403, ""), "unknown", "forbidden"),
        ((404, ""), "{}", "unknown", "no-such-page"),
        ("{}", "{}", "unknown", "malformed"),
        ("[1]", "{}", "unknown", "malformed"),
        ("[]", "{}", "no", None),
        (FUNCTION_LIST, "{}", "no", None),
    ],
)
def test_half_an_answer_invents_nothing(functions: Any, rules: Any, enabled: str, why: str | None) -> None:
    readings, _ = replayed({MODULES: ON, "/VCA/Functions": functions, "/VCA/Config/RE": rules})
    row = rows(readings)["loitering", "1"]

    assert (row.enabled, row.why.get("enabled")) == (enabled, why)


@pytest.mark.parametrize(
    "path",
    [
        "/cgi-bin/admin/setparam.cgi?vadp_module_i0_status=on",
        "/cgi-bin/admin/vadpctrl.cgi?idx=0&cmd=start",
        "/cgi-bin/viewer/getparam.cgi",
        "/cgi-bin/admin/getparam.cgi?security_user",
        "/cgi-bin/admin/getparam.cgi?vadp_module&security",
        "/VCA/Config/Reload",
        "/VCA/Config/AE",
    ],
)
def test_what_writes_or_tells_secrets_cannot_be_sent(path: str) -> None:
    with pytest.raises(CatalogueError):
        Catalogue.load().hold_request("vivotek", "GET", path)


def test_a_login_of_a_viewer_learns_who_it_is_and_no_function() -> None:
    """The list of modules is for administrators: the functions are forbidden, not absent."""
    readings, asked = replayed({MODULES: (403, ""), INFO.replace("admin", "viewer"): "system_info_modelname='FD1'\r\n"})

    assert asked == [MODULES, INFO.replace("admin", "viewer")]
    assert {(row.enabled, row.why["enabled"]) for row in readings.features} == {("unknown", "forbidden")}
    assert [claim.value for claim in readings.claims] == ["FD1"]


def test_parameters_with_and_without_quotes() -> None:
    text = "a_name='it's'\r\nb=\r\nc = 'x'\nnothing\n='y'"
    assert decode_parameters(text) == {"a_name": "it's", "b": "", "c": "x"}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from((*FUNCTIONS, "x")), inner, max_size=4),
    max_leaves=20,
)


@given(JSON, st.text(max_size=300))
@settings(max_examples=200, deadline=None)
def test_any_answer_is_borne(value: Any, text: str) -> None:
    """Decoders end in a value or in silence."""
    for decode, given_value in ((decode_functions, value), (decode_rules, value)):
        with contextlib.suppress(NoAnswer):
            decode(given_value)
    with contextlib.suppress(NoAnswer):
        decode_modules(decode_parameters(text))


def test_a_list_beyond_any_device_is_cut() -> None:
    """Ten thousand modules in a reply are no list of modules; ten thousand rules are a number."""
    many = "vadp_module_number='999'\r\n" + "\r\n".join(f"vadp_module_i{n}_name='VCA'" for n in range(10_000))
    with pytest.raises(NoAnswer, match="malformed"):
        decode_modules(decode_parameters(many))
    assert decode_rules({"CrowdDetection": {str(n): {} for n in range(10_000)}})["CrowdDetection"] == 10_000


def test_every_column_is_proven_or_explained() -> None:
    readings, _ = read(KNOWN["vivotek-analytics"], "127.103.54.0")
    for row in readings.features:
        proven = {proof.column for proof in row.proofs}
        assert all(column in (row.why if getattr(row, column) == "unknown" else proven) for column in COLUMNS)
        assert row.verified is False
    assert DRIVER.verified is False
