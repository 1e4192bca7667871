"""TVT units: who they are, recorders, replies put together anyhow, a login that travels as Basic (A7.6)."""

# ruff: noqa: E501  # replies read best with one element a line, tables of cases with one case a line

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import msgspec
import pytest
from doors import door
from everything_asked import endpoints_of
from hypothesis import given
from hypothesis import strategies as st
from replay import facts, rows
from tvt_pages import OFF, PERIMETER, SPACE, config, element, failure, information, read, rule

from scanner.drivers import DeviceReadings, load_drivers, read_device
from scanner.drivers.tvt import ALARM_SERVER, AUDIO, CHANNELS, DETAIL, INFORMATION, OLD_CHANNELS, POSTS, TIME
from scanner.drivers.tvt.pages import (
    decode_actions,
    decode_alarm_server,
    decode_audio,
    decode_channels,
    decode_flags,
    decode_information,
    decode_ntp,
    decode_posts,
    decode_rule,
)
from scanner.errors import NoAnswer
from scanner.fingerprint import identify
from scanner.lab import Fleet, LabDevice, load_personalities
from scanner.lab.words import Placement, Switch
from scanner.model import Endpoint, Identity, Observation, Unseen
from scanner.secret import Login, Secret


def test_only_units_of_the_maker_are_asked() -> None:
    driver, web = load_drivers()["tvt"], [Endpoint("127.62.5.1", 80, service="http")]

    assert driver.wants(Identity(maker="TVT", brand="Kestrel Vision"), web)
    assert not driver.wants(Identity(maker="Hikvision", brand="TVT"), web)
    assert not driver.wants(Identity(maker="TVT"), [Endpoint("127.62.5.1", 554, service="rtsp")])
    assert not driver.verified


@pytest.mark.parametrize("brand", ["Viewtron", "Provision-ISR"])
@pytest.mark.parametrize(
    "sign",
    [
        Observation("onvif-deviceinfo", "<x><FirmwareVersion>1.4.12.76672B250120.N0A.U1(8A418)</FirmwareVersion></x>"),
        Observation("http-body", f'<config {SPACE} status="failed" errorCode="9" errorDesc="Unauthorized"/>'),
    ],
)
def test_units_of_resellers_are_told_by_their_interface(brand: str, sign: Observation) -> None:
    """The name alone does not tell who built them; firmware and the name space of a refusal do, without a dispute."""
    name = Observation("onvif-scopes", f"onvif://www.onvif.org/name/{brand} onvif://www.onvif.org/hardware/X-1")
    alone, told = identify([name]), identify([name, sign])

    assert (alone.brand, alone.maker == "TVT") == (brand, False)
    assert (told.brand, told.maker, told.contested) == (brand, "TVT", {})
    assert load_drivers()["tvt"].wants(told, [Endpoint("127.62.5.1", 80, service="http")])


# -- identity and recorders -------------------------------------------------------------------------------------


def test_identity_is_what_the_device_says() -> None:
    said = {"sn": "2E323D9463D5", "mac": "70:ab:c8:1b:5d:dc", "softwareBuildDate": "2024-10-31", "brand": "Customer"}
    readings, _ = read("127.62.5.11", {INFORMATION: information(**said)})
    claims = {claim.field: claim.value for claim in readings.claims}

    assert claims == {
        "model": "TD-9442S4", "firmware": "5.2.2", "serial": "2E323D9463D5", "mac": "70:ab:c8:1b:5d:dc",
        "build_date": "2024-10-31",
    }  # fmt: skip


VERSION = "1.4.12.69452B240510.N2P.U1(16A840).beta"


@pytest.mark.parametrize(
    ("description", "count", "built", "recorder"),
    [
        ("IPCamera", "9", "2013-12-24", False),
        ("IPCamera", "9", VERSION, False),
        ("TD-3308H1-8P-B1", "8", VERSION, True),
        ("E4_4MP_", "1", VERSION, False),
        ("Two lenses", "2", "2024-10-31", False),
        ("Street", "many", VERSION, False),
    ],
)
def test_old_cameras_with_nine_channels_are_no_recorders(
    description: str, count: str, built: str, recorder: bool
) -> None:  # fmt: skip
    """Nor are cameras with two lenses: recorders give a version where cameras give the day of the build."""
    fields = {"deviceDescription": description, "chlMaxCount": count, "softwareBuildDate": built}
    inner = "".join(f"<{name}>{value}</{name}>" for name, value in fields.items())
    found = decode_information(element(f"<deviceInfo>{inner}</deviceInfo>"))

    assert found.is_recorder is recorder
    assert found.built == ("" if built == VERSION else built)


def test_a_camera_with_two_channels_is_read_on_both() -> None:
    item = "<item><channelId>{0}</channelId><name>c{0}</name><status>online</status></item>"
    pages = {
        INFORMATION: information(chlMaxCount="2", apiVersion="2.0.0"),
        CHANNELS: config(f"<channelList>{item.format(1)}{item.format(2)}</channelList>"),
        "/GetMotionConfig/1": rule("motion", "false"), "/GetMotionConfig/2": rule("motion", "true"),
    }  # fmt: skip
    readings, asked = read("127.62.5.12", pages)

    assert [rows(readings)["motion", channel].enabled for channel in "12"] == ["no", "yes"]
    assert readings.attached == ()
    assert OLD_CHANNELS not in asked


LISTS = {
    "newer": "<channelList count='2'><item><channelId>2</channelId><name><![CDATA[Yard]]></name><status>offline</status></item>"
             "<item><channelId>1</channelId><name>Door</name><status>online</status></item></channelList>",
    "older": "<channelIDList type='list' count='2'/><itemType/><item channelStatus='online' name='Door'>1</item>"
             "<item channelStatus='videoLoss' name='Yard'>2</item>",
}  # fmt: skip


@pytest.mark.parametrize("edition", LISTS)
def test_channels_of_both_editions(edition: str) -> None:
    found = decode_channels(element(LISTS[edition]), "e-1")

    assert [(one.channel, one.name, one.online, one.slot) for one in found] == [
        ("1", "Door", "yes", "live"), ("2", "Yard", "no", "absent"),
    ]  # fmt: skip


def test_a_page_that_is_no_list_of_channels() -> None:
    with pytest.raises(NoAnswer):
        decode_channels(element("<deviceInfo/>"), "")
    assert decode_channels(element("<channelList count='0'/>"), "") == []


@pytest.mark.parametrize("edition", LISTS)
def test_a_recorder_is_read_on_the_channels_that_are_there(edition: str) -> None:
    """What is not asked of recorders is unknown, and an action that is not seen leaves open what it posts."""
    page = CHANNELS if edition == "newer" else OLD_CHANNELS
    pages = {
        INFORMATION: information(deviceDescription="TD-3308H1-8P-B1", chlMaxCount="8", apiVersion="2.0.0" if edition == "newer" else "1.9"),
        page: config(LISTS[edition]),
        PERIMETER: rule("perimeter", "true"), "/GetMotionConfig/1": rule("motion", "true"),
        "/GetAlarmTriggerConfig/1/perimeter": config(f"<triggerConfig><snap>{OFF}</snap></triggerConfig>"),
        "/GetAlarmTriggerConfig/1/motion": config(f"<triggerConfig><snap>{OFF}</snap></triggerConfig>"),
    }  # fmt: skip
    readings, asked = read("127.62.5.13", pages, kind="unknown")
    found = rows(readings)

    assert len(readings.attached) == 2
    assert ("intrusion", "2") not in found
    assert (found["intrusion", "1"].enabled, found["intrusion", "1"].linked) == ("yes", "unknown")
    assert (found["motion", "1"].linked, found["motion", "1"].why["linked"]) == ("unknown", "no-reader")
    assert found["loitering", "1"].why["enabled"] == "no-reader"
    assert facts(readings) == {"recorder.channels": 8}
    assert DETAIL not in asked
    assert POSTS not in asked
    assert ("kind", "recorder") in {(claim.field, claim.value) for claim in readings.claims}


def test_cameras_are_counted_where_all_of_them_are_there() -> None:
    items = "".join(f"<item><channelId>{n}</channelId><status>online</status></item>" for n in (1, 2, 3))
    pages = {
        INFORMATION: information(apiVersion="2.0.0", chlMaxCount="8"),
        CHANNELS: config(f"<channelList>{items}</channelList>"),
    }
    readings, _ = read("127.62.5.14", pages, kind="recorder")

    assert facts(readings) == {"recorder.channels": 8, "recorder.attached": 3}


@pytest.mark.parametrize(("answer", "why"), [(failure(4), "forbidden"), (config("<x/>"), "malformed")])
def test_a_recorder_whose_channels_cannot_be_read(answer: Any, why: str) -> None:
    readings, _ = read("127.62.5.15", {CHANNELS: answer, OLD_CHANNELS: answer}, kind="recorder")

    assert {row.why["enabled"] for row in readings.features} == {why}
    assert {seen.key: seen.fact.why for seen in readings.facts if isinstance(seen.fact, Unseen)}[
        "recorder.attached"
    ] == why


@pytest.mark.parametrize(
    "body",
    [
        "<config>" + "<a>" * 5000,
        config("<perimeter>" * 200 + "</perimeter>" * 200),
        config("<perimeter><switch>true</switch></perimeter>" * 3000),
        '<!DOCTYPE config [<!ENTITY a "aaaaaaaaaa">]><config><perimeter><switch>&a;</switch></perimeter></config>',
        config("<channelList>" + "<item><channelId>999999999999</channelId></item>" * 3000 + "</channelList>"),
    ],
)
def test_a_hostile_reply_is_a_gap_and_no_bug(body: str) -> None:
    pages = dict.fromkeys((DETAIL, POSTS, ALARM_SERVER, AUDIO, TIME, CHANNELS, PERIMETER, "/GetMotionConfig/1"), body)
    for kind in ("camera", "recorder"):
        readings, _ = read("127.62.5.16", pages, kind=kind)
        assert [gap for gap in readings.gaps if gap.why == "our-bug"] == []
        assert not [row for row in readings.features if "yes" in (row.enabled, row.supported)]


WORDS = (
    "config", "perimeter", "switch", "objectFilter", "person", "triggerConfig", "snap", "item", "triggerAlarmOut",
    "alarmOutList", "alarmOutId", "mail", "httpPost", "bSwitch", "httpPostV2", "urlList", "subscriptionEvents",
    "alarmServer", "serverAddr", "channelList", "channelId", "status", "deviceInfo", "chlMaxCount", "time",
    "synchronizeInfo", "type", "audioInSwitch", "supportVfd",
)  # fmt: skip
TREES = st.recursive(
    st.tuples(st.sampled_from(WORDS), st.sampled_from(("true", "false", "", "1", "NTP", "x"))),
    lambda inner: st.tuples(st.sampled_from(WORDS), st.lists(inner, max_size=4)),
    max_leaves=25,
)


def tree(node: Any) -> str:
    name, inner = node
    return f"<{name}>{inner if isinstance(inner, str) else ''.join(map(tree, inner))}</{name}>"


@given(st.lists(TREES, max_size=4))
def test_pages_put_together_anyhow_are_read_or_refused(nodes: list[Any]) -> None:
    """No decoder raises anything but a silence with its reason."""
    root = element("".join(map(tree, nodes)))
    decoders: tuple[Callable[[Any], object], ...] = (
        lambda page: decode_rule(page, "perimeter"), lambda page: decode_rule(page, ""), decode_actions, decode_flags,
        lambda page: decode_posts(page, ""), lambda page: decode_alarm_server(page, ""), decode_ntp, decode_audio,
        lambda page: decode_channels(page, ""), decode_information,
    )  # fmt: skip
    for decode in decoders:
        with contextlib.suppress(NoAnswer):
            decode(root)


# -- in the lab ---------------------------------------------------------------------------------------------------


@pytest.fixture
def lab(request: pytest.FixtureRequest) -> Iterator[tuple[Fleet, LabDevice]]:
    """One unit of the lab: its name, or its name and what is else about it."""
    name, more = request.param if isinstance(request.param, tuple) else (request.param, {})
    one = msgspec.structs.replace(load_personalities()[name], **more)
    with Fleet([one], base="127.62.6.0", fragile=False) as fleet:
        yield fleet, fleet.devices[0]


def visit(
    device: LabDevice, *, allow_basic: bool = False, password: str = Placement(personality="").password
) -> DeviceReadings:
    login = Login("auditor", Secret(password), "test", allow_basic)
    endpoints = endpoints_of(device)
    if device.personality.onvif is not None:
        endpoints.append(Endpoint(device.address, device.ports["http"], "tcp", "onvif", "/onvif/device_service"))
    with door().link(device.address, login=login) as link:
        return read_device(link, Identity(maker="TVT", kind=device.personality.kind), endpoints)


@pytest.mark.parametrize("lab", ["tvt-ai"], indirect=True)
def test_the_camera_is_read_over_tls_with_onvif_beside(lab: tuple[Fleet, LabDevice]) -> None:
    fleet, device = lab
    readings = visit(device)
    found, truth = rows(readings), fleet.truth[device.address]

    assert (readings.login, fleet.harm) == ("accepted", [])
    assert readings.read_by == ("tvt", "onvif")
    assert {feature for (feature, _), row in found.items() if row.enabled == "yes"} == truth.features_on["1"]
    assert truth.features_on["1"] == {"intrusion", "line-crossing", "motion", "object-class"}
    assert (found["intrusion", "1"].linked, found["line-crossing", "1"].linked) == ("no", "yes")
    assert (found["face-detection", "1"].supported, found["face-detection", "1"].enabled) == ("yes", "no")
    assert (found["anpr", "1"].supported, found["face-recognition", "1"].supported) == ("no", "yes")
    assert {key: facts(readings)[key] for key in ("time.ntp", "audio.enabled")} == {
        key: truth.facts[key] for key in ("time.ntp", "audio.enabled")
    }
    assert facts(readings)["upload.targets"] == ("alarms.example.net",)


CLEAR = ("tvt-ai", {"services": ("http",), "onvif": None})


@pytest.mark.parametrize("lab", [CLEAR], indirect=True)
def test_basic_over_clear_http_is_not_sent_unless_allowed(lab: tuple[Fleet, LabDevice]) -> None:
    """One request shows that nothing else is offered; the reason stands at every function and fact."""
    fleet, device = lab
    readings = visit(device)

    assert fleet.harm == []
    assert [one.path for one in fleet.received if one.path.startswith("/Get")] == [INFORMATION]
    assert {row.why["enabled"] for row in readings.features} == {"insecure-login"}
    assert {seen.fact.why for seen in readings.facts if isinstance(seen.fact, Unseen)} == {"insecure-login"}

    allowed = visit(device, allow_basic=True)
    assert rows(allowed)["intrusion", "1"].enabled == "yes"
    assert {harm.kind for harm in fleet.harm} == {"clear-basic"}


@pytest.mark.parametrize("lab", ["tvt-ai"], indirect=True)
def test_a_wrong_password_is_tried_once(lab: tuple[Fleet, LabDevice]) -> None:
    _, device = lab
    readings = visit(device, password="not-this")

    assert readings.login == "refused"
    assert device.gate.rejected == 1
    assert {row.why["enabled"] for row in readings.features} == {"login-refused"}


DIGEST = (
    "tvt-ai",
    {
        "services": ("http",),
        "algorithms": ("MD5",),
        "offers_basic": False,
        "onvif": None,
        "extra": {"old": True, "failures": True},
    },
)


@pytest.mark.parametrize("lab", [DIGEST], indirect=True)
def test_digest_and_the_older_edition(lab: tuple[Fleet, LabDevice]) -> None:
    """Some firmware offers Digest, and some answers failures with status 200."""
    fleet, device = lab
    readings = visit(device)

    assert fleet.harm == []
    assert rows(readings)["intrusion", "1"].enabled == "yes"
    assert facts(readings)["time.ntp"] is True
    assert "audio.enabled" not in facts(readings)


def channels_on(readings: DeviceReadings, feature: str) -> Sequence[str]:
    return [channel for (name, channel), row in rows(readings).items() if name == feature and row.enabled == "yes"]


@pytest.mark.parametrize("lab", ["tvt-nvr"], indirect=True)
def test_the_recorder_is_read_with_the_cameras_on_it(lab: tuple[Fleet, LabDevice]) -> None:
    fleet, device = lab
    readings = visit(device)

    assert fleet.harm == []
    own = [one for one in readings.attached if one.slot != "unknown"]
    assert [(one.channel, one.name, one.online) for one in own] == [("1", "Front door", "yes"), ("2", "Yard", "no")]
    assert channels_on(readings, "intrusion") == ["1"]
    assert rows(readings)["intrusion", "1"].linked == "yes"
    assert facts(readings)["recorder.channels"] == 2


COUNTER = (
    "tvt-ai",
    {
        "switches": (Switch("people-counting", "on"),),
        "extra": {"counting": True, "alarm_server": "192.0.2.7"},
        "settings": {},
    },
)


@pytest.mark.parametrize("lab", [COUNTER], indirect=True)
def test_a_counter_with_the_other_name_and_an_alarm_server(lab: tuple[Fleet, LabDevice]) -> None:
    _, device = lab
    readings = visit(device)

    assert (rows(readings)["people-counting", "1"].enabled, rows(readings)["people-counting", "1"].linked) == (
        "yes",
        "yes",
    )
    assert facts(readings)["upload.targets"] == ("192.0.2.7",)
