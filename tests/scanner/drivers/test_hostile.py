"""Hostile replies: as large as the door lets in, or any bytes at all. Decoders stay quick, small and silent."""

# bodies read best in one piece

from __future__ import annotations

import json
import time
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from replay import Replay, serving

from scanner.drivers.axis import parameters
from scanner.drivers.axis.applications import decode_profiles, decode_scenarios
from scanner.drivers.dahua.analytics import decode_rules, decode_smart_motion
from scanner.drivers.dahua.recorder import decode_remote_devices
from scanner.drivers.dahua.tables import parse
from scanner.drivers.hikvision.pages import decode_flags, decode_rule, decode_triggers
from scanner.drivers.onvif.analytics import decode_frames, decode_items, decode_topics
from scanner.drivers.onvif.analytics import decode_profiles as decode_media
from scanner.facts import COLUMNS
from scanner.model import Known

SECONDS = 5.0
MAKERS = (
    "Hikvision", "Dahua", "Axis", "Hanwha Vision", "Uniview", "Reolink", "Vivotek", "Milesight", "TVT", "Tiandy",
    "Bosch",
)  # fmt: skip


def test_a_table_of_tens_of_thousands_of_lines() -> None:
    """Time grows with the lines, not with their square."""
    began = time.perf_counter()
    table = parse("".join(f"VideoAnalyseRule[{n % 200}][{n}].Enable=true\r\n" for n in range(60_000)))
    rules = list(decode_rules(table.under("VideoAnalyseRule")))
    decode_remote_devices(
        parse(
            "".join(f"RemoteDevice.uuid:System_CONFIG_NETCAMERA_INFO_{n % 9999}.Enable=true\n" for n in range(60_000))
        ).under("RemoteDevice")
    )

    assert rules
    assert time.perf_counter() - began < SECONDS


def test_lists_beyond_any_device() -> None:
    """Thousands of cameras and profiles in one reply do not multiply."""
    began = time.perf_counter()
    many = [{"id": n, "camera": n, "devices": [{"id": n}], "type": "fence"} for n in range(20_000)]
    decode_profiles({"data": {"cameras": many, "profiles": many}})
    decode_scenarios({"data": {"devices": many, "scenarios": many}})
    decode_triggers(etree.fromstring(f"<L>{'<EventTrigger><eventType>VMD</eventType></EventTrigger>' * 20_000}</L>"))

    assert time.perf_counter() - began < SECONDS


def test_a_rule_listed_ten_thousand_times_keeps_few_proofs() -> None:
    """What goes on to the inventory stays small."""
    rule = '<tan:Rule Name="n" Type="tt:LineDetector"/>'
    calls = {
        "GetServices": "<tds:Service><tds:Namespace>http://www.onvif.org/ver20/analytics/wsdl</tds:Namespace><tds:XAddr>http://x/a</tds:XAddr></tds:Service>",
        "GetDeviceInformation": "<tds:Model>C1</tds:Model>",
        "GetProfiles": '<trt:Profiles><tt:VideoAnalyticsConfiguration token="A"/></trt:Profiles>',
        "GetRules": rule * 10_000,
    }
    replay = Replay(
        "127.34.15.1",
        calls={name: f"<tds:{name}Response>{inner}</tds:{name}Response>" for name, inner in calls.items()},
    )
    with serving(replay):
        readings = replay.read(None)
    row = next(row for row in readings.features if row.feature == "line-crossing")

    assert row.enabled == "yes"
    assert len(row.proofs) < 50
    assert len(row.vendor_name) <= 200


@given(st.text(max_size=400))
@settings(max_examples=150, deadline=None)
def test_any_text_is_borne(text: str) -> None:
    """Key=value decoders take any text."""
    table = parse(text)
    list(decode_rules(table))
    list(decode_smart_motion(table))
    decode_remote_devices(table)
    for _, read in parameters.READERS:
        list(read(parameters.decode(text)))


NAMES = st.sampled_from(
    [
        "enabled",
        "LineItem",
        "EventTrigger",
        "eventType",
        "Rule",
        "Profiles",
        "Analytics",
        "TopicSet",
        "SampleFrame",
        "x",
    ]
)


@st.composite
def trees(draw: st.DrawFn, depth: int = 3) -> str:
    name = draw(NAMES)
    inner = (
        "".join(draw(st.lists(trees(depth=depth - 1), max_size=3)))
        if depth
        else draw(st.sampled_from(["true", "", "7", "-"]))
    )
    attributes = draw(st.sampled_from(["", ' Type="a:b"', ' token=""', ' Name="Enable" Value="x"']))
    return f"<{name}{attributes}>{inner}</{name}>"


@given(trees())
@settings(max_examples=150, deadline=None)
def test_any_tree_is_borne(text: str) -> None:
    """XML decoders take any tree."""
    root = etree.fromstring(text)
    decode_rule(root)
    decode_triggers(root)
    decode_flags(root)
    decode_media(root)
    decode_items(root.iter("Rule"))
    decode_frames(root)
    decode_topics(root)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["data", "devices", "scenarios", "id", "type", "profiles", "cameras", "camera"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@given(JSON)
@settings(max_examples=150, deadline=None)
def test_any_json_is_borne(value: object) -> None:
    """JSON decoders take any value."""
    decode_scenarios(json.loads(json.dumps(value)))
    decode_profiles(value)


@dataclass
class Alike(Replay):
    """Answers every question with the same bytes, under 200."""

    body: str = ""

    def answer(self, method: str, path: str, body: bytes) -> tuple[int, str]:
        self.asked.append(path)
        return 200, self.body


ALIKE = (
    "", "OK", "0", "null", "{}", "[]", "x", "a=1", "table.x=true\r\n", "enabled=true", "root.x=yes",
    "<DeviceInfo><model>X1</model></DeviceInfo>", "type=IPC-X1\r\ndeviceType=IPC-X1\r\n", "<reply/>",
    "<html><title>Camera</title></html>", "<a/>", "<a><enabled>true</enabled></a>", '<root status="ok"/>',
    '{"data":{}}', '{"data":null}', '{"status":"success","data":{}}', '{"enabled":true}', '[{"enabled":true}]',
    '{"Response":{"ResponseCode":0,"StatusCode":0,"Data":{}}}', '[{"cmd":"x","code":0,"value":{}}]',
    '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body/></s:Envelope>',
)  # fmt: skip


@pytest.mark.parametrize("kind", ["camera", "recorder"])
@pytest.mark.parametrize("maker", [*MAKERS, None])
def test_one_answer_to_everything_tells_nothing(maker: str | None, kind: str) -> None:
    """Web servers with one page for all: no function is on, off or there, no setting is known, nobody is behind it."""
    said = []
    with serving(Alike("127.34.15.2")) as replay:
        for body in ALIKE:
            replay.body = body
            found = replay.read(maker, kind=kind)
            cells = [(row.feature, column, getattr(row, column)) for row in found.features for column in COLUMNS]
            told = [cell for cell in cells if cell[2] != "unknown"]
            known = [one.key for one in found.facts if isinstance(one.fact, Known)]
            if told or known or found.attached or any(gap.why == "our-bug" for gap in found.gaps):
                said.append((body, told, known, found.attached, found.gaps))

    assert said == []
