"""VAPIX: action rules by SOAP, and the MQTT client with what it publishes.

Shapes follow the vendor's documents and clients of others; topics are those of recorded rules.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scanner.lab.leaks import leak
from scanner.lab.wire import Answer, Request, xml

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scanner.lab.device import LabDevice

SERVICES = "/vapix/services"
_ACTION = "http://www.axis.com/vapix/ws/action1"
_CONCRETE = "http://docs.oasis-open.org/wsn/t-1/TopicExpression/Concrete"
_HOURS = "tns1:UserAlarm/tnsaxis:Recurring/Interval"
_BRANCHES = {"vmd": "VMD", "fenceguard": "FenceGuard", "loiteringguard": "LoiteringGuard", "motionguard": "MotionGuard"}


def reads(request: Request) -> bool:
    """The one call of this service that is known to read."""
    return b"<GetActionRules " in request.body


def action_rules(device: LabDevice, scenarios: Sequence[tuple[str, bool]]) -> Answer:
    """Rules for scenarios, by id, and for applications whose ``linked`` is set. ``actions`` of the personality adds
    rules as they stand: {topics, enabled}."""
    rules: list[dict[str, Any]] = [
        {"topics": [f"{_app('ObjectAnalytics')}/Device1Scenario{name}"]} for name, linked in scenarios if linked
    ]
    for app in device.personality.extra.get("apps", []):
        branch = _BRANCHES.get(str(app["name"]).lower())
        if branch and app.get("linked"):
            rules.append({"topics": [f"{_app(branch)}/Camera1ProfileANY"]})
    rules += device.personality.extra.get("actions_extra", [])
    inner = "".join(_rule(number, rule) for number, rule in enumerate(rules, 1))
    return xml(
        '<SOAP-ENV:Envelope xmlns:SOAP-ENV="http://www.w3.org/2003/05/soap-envelope" '
        f'xmlns:aa="{_ACTION}" xmlns:wsnt="http://docs.oasis-open.org/wsn/b-2"><SOAP-ENV:Body>'
        f"<aa:GetActionRulesResponse><aa:ActionRules>{inner}</aa:ActionRules></aa:GetActionRulesResponse>"
        "</SOAP-ENV:Body></SOAP-ENV:Envelope>"
    )


def _app(branch: str) -> str:
    return f"tnsaxis:CameraApplicationPlatform/{branch}"


def _rule(number: int, rule: dict[str, Any]) -> str:
    topics = [*rule["topics"], *([_HOURS] if rule.get("hours") else [])]
    conditions = "".join(
        f'<aa:Condition><wsnt:TopicExpression Dialect="{_CONCRETE}">{topic}</wsnt:TopicExpression></aa:Condition>'
        for topic in topics
    )
    enabled = "false" if rule.get("enabled") is False else "true"
    return (
        f"<aa:ActionRule><aa:RuleID>{number}</aa:RuleID><aa:Name>Rule {number}</aa:Name>"
        f"<aa:Enabled>{enabled}</aa:Enabled><aa:Conditions>{conditions}</aa:Conditions>"
        f"<aa:PrimaryAction>{number}</aa:PrimaryAction></aa:ActionRule>"
    )


def mqtt_client(device: LabDevice) -> dict[str, Any]:
    """``getClientStatus``: a client is active where the personality names a broker."""
    broker = device.personality.extra.get("broker", "")
    status = {
        "state": "active" if broker else "inactive",
        "connectionStatus": "connected" if broker else "disconnected",
    }
    server = {"protocol": "ssl", "host": broker or "192.0.2.99", "port": 8883}
    return {"status": status, "config": {"server": server, "username": "camera", "password": leak("mqtt")}}


def mqtt_events(device: LabDevice) -> dict[str, Any]:
    """``getEventPublicationConfig``."""
    filters = [
        {"topicFilter": topic, "qos": 0, "retain": "none"} for topic in device.personality.extra.get("publishes", [])
    ]
    return {"eventPublicationConfig": {"topicPrefix": "default", "appendEventTopic": True, "eventFilterList": filters}}
