"""ONVIF: invented answers of the recorded shapes, one case a row."""

# ruff: noqa: E501  # tables of cases read best with one case a line

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from doors import CANARY
from lxml import etree
from replay import Replay, facts, rows, serving

from scanner.drivers.onvif.analytics import decode_services, decode_topics
from scanner.drivers.onvif.device import decode_clock, decode_filter, decode_ntp
from scanner.drivers.onvif.words import feature_of, is_switch

TT = "http://www.onvif.org/ver10/schema"
SERVICES = "".join(
    f"<tds:Service><tds:Namespace>http://www.onvif.org/{name}/wsdl</tds:Namespace><tds:XAddr>http://192.0.2.1/onvif/{path}</tds:XAddr></tds:Service>"
    for name, path in (("ver10/media", "media"), ("ver20/analytics", "analytics"), ("ver10/events", "events"))
)


def item(name: str, value: str) -> str:
    return f'<tt:SimpleItem Name="{name}" Value="{value}"/>'


def rule(kind: str, *items: str, tag: str = "tan:Rule") -> str:
    return f'<{tag} Name="My" Type="{kind}"><tt:Parameters>{"".join(items)}</tt:Parameters></{tag}>'


def camera(
    rules: str | None = "", supported: str = "", *, modules: str = "", attached: bool = True, metadata: str = "", frame: str = "",
    service: bool = True, copy: str = "",
) -> Replay:  # fmt: skip
    """A camera with one picture. ``rules`` None: GetRules is answered with a fault."""
    analytics = f'<tt:VideoAnalyticsConfiguration token="A">{copy}</tt:VideoAnalyticsConfiguration>' if attached else ""
    source = '<tt:VideoSourceConfiguration token="V"><tt:SourceToken>S</tt:SourceToken></tt:VideoSourceConfiguration>'
    descriptions = "".join(f'<tt:RuleDescription Name="{name}"/>' for name in supported.split())
    calls = {
        "GetServices": SERVICES if service else SERVICES.replace("ver20/analytics", "ver20/nothing"),
        "GetDeviceInformation": "<tds:Manufacturer>Acme</tds:Manufacturer><tds:Model>C1</tds:Model>",
        "GetUsers": f"<tds:User><tt:Username>{CANARY}</tt:Username><tt:UserLevel>User</tt:UserLevel></tds:User>",
        "GetProfiles": f'<trt:Profiles token="P">{source}{analytics}</trt:Profiles>',
        "GetVideoAnalyticsConfigurations": '<trt:Configurations token="A"/>',
        "GetMetadataConfigurations": f'<trt:Configurations token="M">{metadata}</trt:Configurations>',
        "GetSupportedRules": f"<tan:SupportedRules>{descriptions}</tan:SupportedRules>",
        "GetRules": rules,
        "GetSupportedAnalyticsModules": "",
        "GetAnalyticsModules": modules,
        "GetSupportedMetadata": (
            f'<tan:AnalyticsModule Type="tt:Engine"><tan:SampleFrame>{frame}</tan:SampleFrame></tan:AnalyticsModule>'
            if frame
            else ""
        ),
    }
    prefixes = {"GetServices": "tds", "GetDeviceInformation": "tds", "GetUsers": "tds"}
    replay = Replay("127.34.14.1")
    for name, inner in calls.items():
        if inner is not None:
            prefix = prefixes.get(name, "trt" if "Profiles" in name or "Configurations" in name else "tan")
            replay.calls[name] = f"<{prefix}:{name}Response>{inner}</{prefix}:{name}Response>"
    return replay


ENGINE = rule("tt:Engine", tag="tan:AnalyticsModule")
CASES: list[tuple[str, Replay, str, dict[str, str]]] = [
    ("configured and attached", camera(rule("tt:LineDetector")), "line-crossing", {"supported": "yes", "enabled": "yes"}),
    ("without prefix", camera(rule("LineDetector")), "line-crossing", {"enabled": "yes"}),
    ("attached to nothing", camera(rule("tt:LineDetector"), attached=False), "line-crossing", {"supported": "yes", "enabled": "no"}),
    ("supported only", camera("", "tt:LineDetector"), "line-crossing", {"supported": "yes", "enabled": "no"}),
    ("its own switch is off", camera(rule("tt:LineDetector", item("LineEnable", "false"))), "line-crossing", {"enabled": "no"}),
    ("its own switch is on, unattached", camera(rule("tt:LineDetector", item("Enable", "true")), attached=False), "line-crossing", {"enabled": "yes"}),
    ("the switch of a part is none", camera(rule("tt:CountAggregation", item("ShoulderEnable", "false"))), "people-counting", {"enabled": "yes"}),
    ("a nested switch", camera(rule("tt:CellMotionDetector", f'<tt:ElementItem Name="x">{item("MotionDetectorEnable", "false")}</tt:ElementItem>')),
     "motion", {"enabled": "no"}),
    ("its engine is off", camera(rule("tt:FaceDetector"), modules=rule("tt:FaceDetectorEngine", item("Enable", "false"), tag="tan:AnalyticsModule")),
     "face-detection", {"supported": "yes", "enabled": "no"}),
    ("rules unreadable, stale copy", camera(None, copy=f"<tt:RuleEngineConfiguration>{rule('tt:FieldDetector', tag='tt:Rule')}</tt:RuleEngineConfiguration>"),
     "intrusion", {"enabled": "yes"}),
    ("GetRules beats the copy", camera("", "tt:FieldDetector", copy=f"<tt:RuleEngineConfiguration>{rule('tt:FieldDetector', tag='tt:Rule')}</tt:RuleEngineConfiguration>"),
     "intrusion", {"enabled": "no"}),
    ("no service, profile copy", camera(service=False, copy=f"<tt:RuleEngineConfiguration>{rule('CellMotionDetector', tag='tt:Rule')}</tt:RuleEngineConfiguration>"),
     "motion", {"supported": "yes", "enabled": "yes"}),
    ("class filter", camera(rule("tt:LineDetector", item("ClassFilter", "Human Vehicle"))), "object-class", {"enabled": "yes"}),
    ("private type", camera(rule("tt:SmartMotionDetector", item("Enable", "true"))), "object-class", {"enabled": "yes"}),
    ("type nobody knows", camera(rule("acme:Zorp")), "custom-ai", {"supported": "yes", "enabled": "yes"}),
    ("face frame", camera(modules=ENGINE, frame="<tt:HumanFace><fc:Age/><fc:Complexion>Other</fc:Complexion></tt:HumanFace>"),
     "ethnicity", {"supported": "yes", "enabled": "unknown"}),
    ("frame of an engine that is not there", camera(modules=rule("tt:Other", tag="tan:AnalyticsModule"), frame="<tt:HumanFace><fc:Age/></tt:HumanFace>"),
     "face-attributes.age", {"supported": "yes", "enabled": "no"}),
    ("metadata streamed", camera(metadata="<tt:Analytics>true</tt:Analytics>"), "smart-search", {"enabled": "yes"}),
    ("metadata off", camera(metadata="<tt:Analytics>false</tt:Analytics>"), "smart-search", {"enabled": "no"}),
    ("metadata unsaid", camera(), "smart-search", {"supported": "unknown", "enabled": "unknown"}),
    ("nothing of it", camera(rule("tt:LineDetector")), "face-recognition", {"supported": "unknown", "enabled": "unknown"}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("replay", "feature", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_functions(replay: Replay, feature: str, expected: dict[str, str]) -> None:
    """One function through the whole driver in every state it can be found in."""
    replay.asked.clear()
    with serving(replay):
        readings = replay.read(None)
    found = rows(readings)
    row = found.get((feature, "1")) or found[feature, "device"]

    assert {name: getattr(row, name) for name in expected} == expected
    assert [gap for gap in readings.gaps if gap.why == "our-bug"] == []
    assert CANARY not in repr(readings)
    assert facts(readings)["onvif.users"] == 1
    assert facts(readings)["onvif.anonymous"] is True


@pytest.mark.parametrize(
    ("name", "feature"),
    [
        ("tt:FaceDetectDetector", "face-detection"), ("tt:FaceRecognition", "face-recognition"),
        ("RuleEngine/Recognition/Face", "face-recognition"), ("RuleEngine/Recognition/LicensePlate", "anpr"),
        ("tt:CrowdGatheringDetector", "crowd"), ("tt:LineCounting", "people-counting"), ("tt:LineDetector", "line-crossing"),
        ("tt:CellMotionEngine", "motion"), ("tt:SmartMotionDetector", "object-class"), ("tt:TamperEngine", "tamper"),
        ("RuleEngine/MyRuleDetector/PeopleDetect", "object-class"), ("RuleEngine/ObjectAbandoned", "object-left"),
        ("tt:PetRecognitionDetector", "object-class"), ("UserAlarm/IVA/HumanShapeDetect", "object-class"),
        ("tt:IntelligentAudioAnalytics", "audio-classification"), ("acme:Zorp", None),
    ],
)  # fmt: skip
def test_names(name: str, feature: str | None) -> None:
    """Parts of a local name decide, the narrower before the wider."""
    assert feature_of(name) == feature


def test_switch_names() -> None:
    assert is_switch("Enable", "LineDetector")
    assert is_switch("LineEnable", "tt:LineDetector")
    assert is_switch("Active", "Radiometry")
    assert not is_switch("ShoulderEnable", "CountAggregation")
    assert not is_switch("Sensitivity", "LineDetector")


def clock(year: str) -> etree._Element:
    return etree.fromstring(
        f'<r xmlns="{TT}"><SystemDateAndTime><DateTimeType>NTP</DateTimeType><UTCDateTime><Time><Hour>1</Hour><Minute>2</Minute>'
        f"<Second>3</Second></Time><Date><Year>{year}</Year><Month>1</Month><Day>1</Day></Date></UTCDateTime></SystemDateAndTime></r>"
    )


def test_device_decoders() -> None:
    """Clock, filter, time servers, services, topics."""
    now = datetime(2026, 1, 1, 1, 2, 0, tzinfo=UTC)
    assert dict(decode_clock(clock("2026"), now)) == {"time.ntp": True, "time.skew_seconds": 3.0}
    assert dict(decode_clock(clock("20260"), now)) == {"time.ntp": True}
    empty = etree.fromstring(f'<r xmlns="{TT}"><IPAddressFilter><Type>Deny</Type></IPAddressFilter></r>')
    assert dict(decode_filter(empty)) == {"ip_filter.enabled": False}
    ntp = etree.fromstring(f'<r xmlns="{TT}"><NTPManual><DNSname>ntp.example</DNSname></NTPManual></r>')
    assert dict(decode_ntp(ntp)) == {"time.ntp": True}
    older = etree.fromstring(
        f'<r xmlns="{TT}"><Capabilities><Media><XAddr>http://x/m</XAddr></Media></Capabilities></r>'
    )
    assert decode_services(older) == {"media": "http://x/m"}
    topics = etree.fromstring(
        '<r xmlns:w="http://docs.oasis-open.org/wsn/t-1"><w:TopicSet><A><B w:topic="true"/></A></w:TopicSet></r>'
    )
    assert decode_topics(topics) == ["A/B"]


def test_one_answer_to_every_question_is_none() -> None:
    """A stack that says the same to all calls tells nothing."""
    replay = camera()
    replay.calls = dict.fromkeys(replay.calls, "<tds:GetCapabilitiesResponse/>")
    with serving(replay):
        readings = replay.read(None)

    assert {row.enabled for row in readings.features} == {"unknown"}
