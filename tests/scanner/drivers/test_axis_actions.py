"""Axis: what hangs on a scenario: action rules, their hours, and the MQTT bridge."""

from __future__ import annotations

import json
from typing import Any

import pytest
from lxml import etree
from replay import Replay, facts, rows, serving

from scanner.drivers.axis import parameters
from scanner.drivers.axis.actions import (
    GET_ACTION_RULES,
    decode_client,
    decode_filters,
    decode_rules,
    names,
    plain_topic,
)
from scanner.errors import NoAnswer
from scanner.lab.leaks import MARK, leak
from scanner.net import Catalogue

AOA = "/local/objectanalytics/control.cgi"
HOURS = "tns1:UserAlarm/tnsaxis:Recurring/Interval"
ONE = "tnsaxis:CameraApplicationPlatform/ObjectAnalytics/Device1Scenario1"
ANY = "tnsaxis:CameraApplicationPlatform/ObjectAnalytics/Device1ScenarioANY"
OTHER = "tnsaxis:CameraApplicationPlatform/ObjectAnalytics/Device1Scenario2"


def rule(*topics: str, enabled: str = "true", start: str = "") -> str:
    condition = "".join(f"<aa:Condition><w:TopicExpression>{one}</w:TopicExpression></aa:Condition>" for one in topics)
    event = f"<aa:StartEvent><w:TopicExpression>{start}</w:TopicExpression></aa:StartEvent>" if start else ""
    return (
        f"<aa:ActionRule><aa:Name>{MARK}</aa:Name><aa:Enabled>{enabled}</aa:Enabled>"
        f"<aa:Conditions>{condition}</aa:Conditions>{event}</aa:ActionRule>"
    )


def response(*rules: str) -> str:
    return (
        '<aa:GetActionRulesResponse xmlns:aa="http://www.axis.com/vapix/ws/action1" '
        f'xmlns:w="http://docs.oasis-open.org/wsn/b-2"><aa:ActionRules>{"".join(rules)}</aa:ActionRules>'
        "</aa:GetActionRulesResponse>"
    )


def camera(rules: str | None, *, mqtt: dict[str, Any] | None = None, filters: list[str] | None = None) -> Replay:
    """A camera with one scenario of type fence, number 1."""
    device = Replay("127.107.82.1")
    app = '<application Name="objectanalytics" NiceName="AOA" License="None" Status="Running"/>'
    device.pages = {
        parameters.PATH: "root.Brand.Brand=AXIS\n",
        "/axis-cgi/applications/list.cgi": f'<reply result="ok">{app}</reply>',
    }
    scenario = {"id": 1, "type": "fence", "devices": [{"id": 1}], "objectClassifications": [{"type": "human"}]}
    apis = ["mqtt-client", "event-mqtt-bridge"] if mqtt is not None else []
    device.methods = {
        ("/axis-cgi/apidiscovery.cgi", "getApiList"): json.dumps({"data": {"apiList": [{"id": one} for one in apis]}}),
        (AOA, "getConfiguration"): json.dumps({"data": {"devices": [{"id": 1}], "scenarios": [scenario]}}),
    }
    if mqtt is not None:
        device.methods["/axis-cgi/mqtt/client.cgi", "getClientStatus"] = json.dumps({"data": mqtt})
    if filters is not None:
        config = {"eventPublicationConfig": {"eventFilterList": [{"topicFilter": one} for one in filters]}}
        device.methods["/axis-cgi/mqtt/event.cgi", "getEventPublicationConfig"] = json.dumps({"data": config})
    if rules is not None:
        device.calls["GetActionRules"] = rules
    return device


ACTIVE = {"status": {"state": "active"}, "config": {"server": {"host": "broker.example"}, "password": leak("mqtt")}}
IDLE = {"status": {"state": "inactive"}, "config": {"server": {"host": "broker.example"}}}


@pytest.mark.parametrize(
    ("device", "armed", "linked"),
    [
        (camera(response(rule(ONE))), "yes", "yes"),
        (camera(response(rule(ANY))), "yes", "yes"),
        (camera(response(rule(start=ONE))), "yes", "yes"),
        (camera(response(rule(ONE, HOURS))), "yes", "yes"),
        (camera(response(rule(ONE, enabled="false"))), "no", "no"),
        (camera(response(rule(OTHER))), "no", "no"),
        (camera(response(rule(HOURS))), "no", "no"),
        (camera(response()), "no", "no"),
        (camera(response(rule(ONE, enabled="perhaps"))), "unknown", "unknown"),
        (camera(None), "unknown", "unknown"),
        (camera("<aa:Something xmlns:aa='x'/>"), "unknown", "unknown"),
        (camera(response(), mqtt=ACTIVE, filters=["axis:CameraApplicationPlatform/ObjectAnalytics//."]), "yes", "yes"),
        (camera(response(), mqtt=ACTIVE, filters=["//."]), "yes", "yes"),
        (camera(response(), mqtt=ACTIVE, filters=["onvif:Device/axis:IO//."]), "no", "no"),
        (camera(response(), mqtt=ACTIVE), "no", "no"),
        (camera(response(), mqtt={"status": {}}), "unknown", "unknown"),
        (camera(response(), mqtt=IDLE), "no", "no"),
    ],
)
def test_hours_and_action_of_a_scenario(device: Replay, armed: str, linked: str) -> None:
    """A yes and a no have a proof, an unknown has a reason; what hangs on it is unverified."""
    with serving(device):
        row = rows(device.read("Axis"))["line-crossing", "1"]

    assert (row.enabled, row.armed, row.linked) == ("yes", armed, linked)
    proven = {proof.column for proof in row.proofs}
    for column, answer in (("armed", armed), ("linked", linked)):
        assert (column in row.why) if answer == "unknown" else (column in proven)
    assert not any(MARK in proof.says for proof in row.proofs)
    assert row.verified is (linked != "yes")


def test_the_broker_is_a_host_that_something_is_sent_to() -> None:
    """Its login is not looked at; without an active client nobody says "none", as recipients are not read."""
    with serving(camera(response(), mqtt=ACTIVE, filters=[])) as device:
        assert facts(device.read("Axis"))["upload.targets"] == ("broker.example",)
    with serving(camera(response(), mqtt=IDLE)) as device:
        assert "upload.targets" not in facts(device.read("Axis"))


@pytest.mark.parametrize(
    ("topic", "steps"),
    [
        (ONE, ("CameraApplicationPlatform", "ObjectAnalytics", "Device1Scenario1")),
        ("tns1:VideoAnalytics/tnsaxis:MotionDetection//.", ("VideoAnalytics", "MotionDetection", "*")),
        ("//.", ("*",)),
        ("", ()),
        (" / / ", ()),
    ],
)
def test_topics_lose_their_prefixes(topic: str, steps: tuple[str, ...]) -> None:
    assert plain_topic(topic) == steps


def test_a_topic_covers_what_it_names() -> None:
    def mine(event: str) -> bool:
        return event == "Device1Scenario1"

    assert names(plain_topic(ONE), "ObjectAnalytics", mine)
    assert names(plain_topic("axis:CameraApplicationPlatform//."), "ObjectAnalytics", mine)
    assert not names(plain_topic(OTHER), "ObjectAnalytics", mine)
    assert not names(plain_topic(ONE), "VMD", mine)
    assert not names((), "VMD", mine)


@pytest.mark.parametrize("value", [None, [], {}, {"data": []}, {"data": {"eventPublicationConfig": []}}, 7, "x"])
def test_no_body_breaks_the_readers(value: Any) -> None:
    assert decode_client(value) == (None, "")
    with pytest.raises(NoAnswer):
        decode_filters(value)
    with pytest.raises(NoAnswer):
        decode_rules(etree.fromstring("<a/>"))


def test_only_this_soap_call_can_be_sent() -> None:
    """The catalogue knows the envelope by heart: another call, a parameter or a second call does not leave."""
    catalogue = Catalogue.load()
    catalogue.hold_request("axis", "POST", "/vapix/services", GET_ACTION_RULES)
    for body in (
        GET_ACTION_RULES.replace(b"GetActionRules", b"RemoveActionRule"),
        GET_ACTION_RULES.replace(b"GetActionRules", b"GetRecipientConfigurations"),
        GET_ACTION_RULES.replace(b"/></s:Body>", b"/><RemoveActionRule/></s:Body>"),
        GET_ACTION_RULES + b"<x/>",
        b'{"method": "GetActionRules2"}',
        b"",
    ):
        with pytest.raises(Exception, match="catalogue"):
            catalogue.hold_request("axis", "POST", "/vapix/services", body)
