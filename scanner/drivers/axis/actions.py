"""What happens on an event of an Axis camera: action rules and the MQTT bridge (docs/sources.md A6.3, A6.5).

The vendor's documents name the calls, clients of others the fields; no recording of a device holds them, so what is
read here is unverified. Names of rules, recipients and their passwords are not looked at.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from scanner.drivers.axis.applications import data_of, error_of
from scanner.drivers.base import Asker
from scanner.drivers.markup import children, every, switch_at, text
from scanner.drivers.register import Row
from scanner.errors import NoAnswer
from scanner.model import Silence

if TYPE_CHECKING:
    from lxml.etree import _Element

SERVICES = "/vapix/services"
GET_ACTION_RULES = (
    b'<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body>'
    b'<GetActionRules xmlns="http://www.axis.com/vapix/ws/action1"/></s:Body></s:Envelope>'
)
MQTT_CLIENT, MQTT_EVENTS = "/axis-cgi/mqtt/client.cgi", "/axis-cgi/mqtt/event.cgi"
PLATFORM = "CameraApplicationPlatform"
TOPICS: dict[str, str] = {
    "objectanalytics": "ObjectAnalytics",
    "vmd": "VMD",
    "vmd3": "VMD",
    "fenceguard": "FenceGuard",
    "loiteringguard": "LoiteringGuard",
    "motionguard": "MotionGuard",
}
"""Application -> the branch of the event tree where its events stand."""
_HOURS = ("UserAlarm", "Recurring")
MOST_RULES = 512


class ActionRule(NamedTuple):
    """One rule: what sets it off, as plain topics, and whether it works within the hours of a schedule only."""

    enabled: bool | None
    topics: tuple[tuple[str, ...], ...]
    in_hours: bool


def plain_topic(topic: str) -> tuple[str, ...]:
    """Steps of a topic without prefixes: ``tns1:Device/tnsaxis:IO//.`` -> (Device, IO, *)."""
    whole, wild, _ = topic.strip().partition("//.")
    steps = tuple(step.rpartition(":")[2].strip() for step in whole.split("/") if step.strip(" ."))
    return (*steps, "*") if wild else steps


def decode_rules(root: _Element) -> list[ActionRule]:
    """``GetActionRules``: ``Enabled``, the topics of its ``Conditions`` and of its ``StartEvent``."""
    if next(every(root, "GetActionRulesResponse"), None) is None:
        raise NoAnswer("malformed", "expected GetActionRulesResponse")
    found = []
    for item in list(every(root, "ActionRule"))[:MOST_RULES]:
        topics = [plain_topic(node.text or "") for node in every(item, "TopicExpression")]
        hours = [topic for topic in topics if topic[:2] == _HOURS]
        others = tuple(topic for topic in topics if topic and topic not in hours)
        found.append(ActionRule(switch_at(item, "Enabled"), others, bool(hours)))
    return found


def decode_filters(value: Any) -> list[tuple[str, ...]]:
    """``getEventPublicationConfig``: topics of the events that are published to the broker."""
    config = data_of(value).get("eventPublicationConfig")
    listed = config.get("eventFilterList") if isinstance(config, dict) else None
    if not isinstance(listed, list):
        raise NoAnswer("malformed", "no eventFilterList")
    return [
        plain_topic(str(item["topicFilter"])) for item in listed if isinstance(item, dict) and "topicFilter" in item
    ]


def decode_client(value: Any) -> tuple[bool | None, str]:
    """``getClientStatus``: whether the client is active, and the host of its broker; its login is not looked at."""
    data = data_of(value)
    status, config = data.get("status"), data.get("config")
    state = status.get("state") if isinstance(status, dict) else None
    server = config.get("server") if isinstance(config, dict) else None
    host = server.get("host") if isinstance(server, dict) else ""
    return {"active": True, "inactive": False}.get(str(state)), str(host or "")


def names(topic: tuple[str, ...], branch: str, is_ours: Callable[[str], bool]) -> bool:
    """True when a topic or filter covers an event of an application: ``is_ours`` judges the last step."""
    wanted = (PLATFORM, branch)
    if topic[-1:] == ("*",):
        steps = topic[:-1]
        return steps == wanted[: len(steps)] or (steps[:2] == wanted and is_ours(steps[-1]))
    return topic[:2] == wanted and (len(topic) == 2 or is_ours(topic[2]))


@dataclass(slots=True)
class Actions:
    """All that may happen. ``lost`` says why rules could not be read, ``bridge_lost`` the same of the MQTT bridge."""

    rules: list[ActionRule] = field(default_factory=list)
    evidence: str = ""
    lost: Silence | None = None
    published: list[tuple[str, ...]] = field(default_factory=list)
    bridge_evidence: str = ""
    bridge_lost: Silence | None = None

    def judge(self, row: Row, key: str, is_ours: Callable[[str], bool]) -> None:
        """Hours and action of one function of an application. Without an action it has no hours of its own."""
        branch = TOPICS[key]
        own = [rule for rule in self.rules if any(names(topic, branch, is_ours) for topic in rule.topics)]
        live = [rule for rule in own if rule.enabled]
        bridged = any(names(topic, branch, is_ours) for topic in self.published)
        row.verified = False if live or bridged else row.verified
        if live:
            always = any(not rule.in_hours for rule in live)
            says = f"{len(live)} action rules name {PLATFORM}/{branch}"
            row.say("linked", True, self.evidence, says)
            hours = "at all hours" if always else "in hours of a schedule"
            _arm(row, True, self.evidence, f"{says}, {hours}")
        elif bridged:
            says = f"the MQTT bridge publishes {PLATFORM}/{branch}"
            row.say("linked", True, self.bridge_evidence, says)
            _arm(row, True, self.bridge_evidence, f"{says}, at all hours")
        elif self.lost or self.bridge_lost or any(rule.enabled is None for rule in own):
            why = self.lost or self.bridge_lost or "malformed"
            row.hush("linked", why)
            row.hush("armed", why)
        else:
            says = f"no action rule in force and no MQTT filter names {PLATFORM}/{branch}"
            row.say("linked", False, self.evidence, says)
            _arm(row, False, self.evidence, says)


def _arm(row: Row, armed: bool, evidence: str, says: str) -> None:
    """What is switched off has no hours, whatever rule waits for it."""
    if row.answer("enabled") == "yes":
        row.say("armed", armed, evidence, says)


def read_actions(asker: Asker, bridge: Bridge) -> Actions:
    """The action rules, with what the bridge publishes."""
    actions = Actions(published=bridge.filters, bridge_evidence=bridge.evidence, bridge_lost=bridge.lost)
    try:
        reply = asker.post(SERVICES, GET_ACTION_RULES, "application/soap+xml; charset=utf-8")
        root = reply.require_ok().xml()
        actions.rules, actions.evidence = decode_rules(root), reply.evidence
        _hold_no_fault(root)
    except NoAnswer as silence:
        actions.lost = silence.why
    return actions


def _hold_no_fault(root: _Element) -> None:
    fault = next(every(root, "Fault"), None)
    if fault is not None:
        raise NoAnswer("malformed", text(next(children(fault, "Reason"), None), "Text")[:80])


@dataclass(slots=True)
class Bridge:
    """The MQTT client. ``host`` is its broker while it is active; ``filters`` are the events it publishes."""

    active: bool | None = False
    host: str = ""
    filters: list[tuple[str, ...]] = field(default_factory=list)
    evidence: str = ""
    lost: Silence | None = None


def read_bridge(asker: Asker, apis: Iterable[str]) -> Bridge:
    """Asked only where the firmware lists it; an inactive client publishes nothing."""
    bridge = Bridge()
    if "mqtt-client" not in apis:
        return bridge
    try:
        value, bridge.evidence = _call(asker, MQTT_CLIENT, "getClientStatus")
        bridge.active, host = decode_client(value)
        bridge.lost = "malformed" if bridge.active is None else None
        if bridge.active:
            bridge.host = host
            value, bridge.evidence = _call(asker, MQTT_EVENTS, "getEventPublicationConfig")
            bridge.filters = decode_filters(value)
    except NoAnswer as silence:
        bridge.lost = None if silence.why == "no-such-page" else silence.why
    return bridge


def _call(asker: Asker, path: str, method: str) -> tuple[Any, str]:
    reply = asker.post(path, json.dumps({"apiVersion": "1.0", "method": method}).encode()).require_ok()
    value = reply.json()
    if error_of(value):
        raise NoAnswer("no-such-page", error_of(value))
    return value, reply.evidence
