"""TVT: pages and their failures, flags and switches, actions and receivers (A7.6)."""

# ruff: noqa: E501  # replies read best with one element a line, tables of cases with one case a line

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from replay import facts, rows
from tvt_pages import KINDS, OFF, PERIMETER, config, detail, element, failure, information, read, rule

from scanner.drivers.base import MOST_REQUESTS
from scanner.drivers.tvt import ALARM_SERVER, AUDIO, DETAIL, INFORMATION, POSTS, TIME
from scanner.drivers.tvt.functions import COULD_HAVE, FUNCTIONS
from scanner.drivers.tvt.pages import (
    Receiver,
    decode_actions,
    decode_flags,
    decode_posts,
    decode_rule,
)
from scanner.errors import NoAnswer

# -- pages -------------------------------------------------------------------------------------------------

VEHICLE = """<types><plateAreaType><enum>U.S.A</enum></plateAreaType></types>
<vehicle><switch type="boolean">false</switch><dedupMode><switch type="boolean">true</switch></dedupMode>
<plateMatch><alarmMode>plateOnly</alarmMode></plateMatch></vehicle>"""


@pytest.mark.parametrize(
    ("inner", "name", "on", "classes"),
    [
        ("<perimeter><switch>true</switch>" + KINDS.format(person="true") + "</perimeter>", "perimeter", True, True),
        ("<perimeter><switch>true</switch>" + KINDS.format(person="false") + "</perimeter>", "perimeter", True, False),
        ("<perimeter><switch>true</switch>" + KINDS.format(person="maybe") + "</perimeter>", "perimeter", True, None),
        (VEHICLE, "vehicle", False, None),
        ("<types><x/></types><anyName><switch>1</switch></anyName>", "", True, None),
    ],
)  # fmt: skip
def test_the_switch_of_a_page(inner: str, name: str, on: bool, classes: bool | None) -> None:
    """Its own switch counts, not one further in; where no name is published the only element that has one is it."""
    found = decode_rule(element(inner), name)

    assert (found.on, found.classes, found.filtered) == (on, classes, "objectFilter" in inner)
    assert f"switch = {str(on).lower()}" in found.says


@pytest.mark.parametrize(
    ("inner", "name", "why"),
    [
        ("<tripwire><switch>true</switch></tripwire>", "perimeter", "malformed"),
        ("<a><switch>true</switch></a><b><switch>true</switch></b>", "", "malformed"),
        ("<perimeter><objectFilter/></perimeter>", "perimeter", "malformed"),
        ("<perimeter><switch>auto</switch></perimeter>", "perimeter", "undecided"),
    ],
)
def test_a_page_that_does_not_say(inner: str, name: str, why: str) -> None:
    with pytest.raises(NoAnswer) as silence:
        decode_rule(element(inner), name)

    assert silence.value.why == why


@pytest.mark.parametrize(
    ("answer", "why", "supported"),
    [
        (failure(1, "Invalid Request"), "no-such-page", "unknown"),
        (failure(4, "Permission Denied"), "forbidden", "unknown"),
        (failure(7, "System Busy"), "undecided", "unknown"),
        (failure(11, "Unsupported Function"), None, "no"),
        (failure(12, "Channel Error"), "no-such-page", "unknown"),
        (failure(499), "malformed", "unknown"),
        ((400, "<html/>"), "malformed", "unknown"),
        ((200, '<config status="failed" errorCode="4"/>'), "forbidden", "unknown"),
        ((200, '<config status="failed"/>'), "malformed", "unknown"),
        ((200, '<config status="failed" errorCode="11"/>'), None, "no"),
        ((403, ""), "forbidden", "unknown"),
        ((404, ""), "no-such-page", "unknown"),
        ((500, ""), "malformed", "unknown"),
        ("no XML", "malformed", "unknown"),
        ("<perimeter><switch>true</switch></perimeter>", "malformed", "unknown"),
    ],
)  # fmt: skip
def test_failures_have_their_reason(answer: Any, why: str | None, supported: str) -> None:
    """Only "unsupported function" is an answer; every other failure leaves the function unknown, with its reason."""
    readings, _ = read("127.62.5.2", {"/GetSmartTripwireConfig/1": answer})
    row = rows(readings)["line-crossing", "1"]

    assert (row.supported, row.why.get("enabled")) == (supported, why)
    assert row.enabled == ("no" if why is None else "unknown")
    assert ("tvt: GetSmartTripwireConfig" in {gap.part for gap in readings.gaps}) == (why not in (None, "no-such-page"))


@pytest.mark.parametrize(("code", "why"), [(9, "login-refused"), (10, "login-locked")])
def test_a_login_that_is_refused_in_the_body_is_not_sent_again(code: int, why: str) -> None:
    """Also where it is said half-way: what was read stays, and nothing more is asked."""
    readings, asked = read("127.62.5.3", {INFORMATION: failure(code)})

    assert asked == [INFORMATION]
    assert {row.why["enabled"] for row in readings.features} == {why}
    assert {row.feature for row in readings.features} == set(COULD_HAVE)

    readings, asked = read("127.62.5.3", {DETAIL: detail(supportVfd=True), "/GetSmartAoiEntryConfig/1": failure(code)})
    assert asked[-1] == "/GetSmartAoiEntryConfig/1"
    assert rows(readings)["face-detection", "1"].supported == "yes"
    assert rows(readings)["face-detection", "1"].why["enabled"] == why


# -- functions -----------------------------------------------------------------------------------------------


def test_flags_of_either_page_decide_what_is_supported() -> None:
    """Spellings differ between firmware; what a flag denies is not asked for."""
    pages = {
        INFORMATION: information(supportVfdDetect="true", supportVehice="false", supportPea="true"),
        DETAIL: detail(supportTripwire=False, supportCdd=True),
    }
    readings, asked = read("127.62.5.4", pages)
    found = rows(readings)

    assert found["face-detection", "1"].supported == "yes"
    assert found["anpr", "1"].supported == "no"
    assert found["line-crossing", "1"].supported == "no"  # the page for this decides before the other
    assert found["crowd", "1"].supported == "yes"
    assert found["loitering", "1"].supported == "unknown"
    assert "/GetSmartVehicleConfig/1" not in asked
    assert "/GetSmartTripwireConfig/1" not in asked
    assert "/GetSmartCddConfig/1" in asked


def test_flags_are_read_where_they_stand() -> None:
    root = element("<detail><smart><supportVfd>true</supportVfd><supportAvd>perhaps</supportAvd></smart><image>"
                   "<supportROI>true</supportROI></image><supportVfd>false</supportVfd></detail>")  # fmt: skip

    assert decode_flags(root) == {"supportvfd": True, "supportroi": True}


def test_one_switch_for_two_functions_says_no_for_both_and_yes_for_neither() -> None:
    for switch, enabled in (("false", "no"), ("true", "unknown")):
        readings, asked = read("127.62.5.5", {"/GetSmartOscConfig/1": rule("osc", switch)})
        found = rows(readings)
        assert found["object-left", "1"].enabled == found["object-removed", "1"].enabled == enabled
        assert not [path for path in asked if path.startswith("/GetAlarmTriggerConfig")]


def test_counting_is_asked_under_its_other_name() -> None:
    """Only where the device does not know the first."""
    readings, asked = read("127.62.5.6", {"/GetPassLineCountConfig/1": rule("cpc", "true")})
    assert rows(readings)["people-counting", "1"].enabled == "yes"
    assert asked.index("/GetSmartPassLineCountConfig/1") < asked.index("/GetPassLineCountConfig/1")

    _, asked = read("127.62.5.6", {"/GetSmartPassLineCountConfig/1": failure(4)})
    assert "/GetPassLineCountConfig/1" not in asked


@pytest.mark.parametrize(
    ("person", "classes"), [("true", "yes"), ("false", "unknown"), ("maybe", "unknown")]
)  # fmt: skip
def test_kinds_of_objects_are_told_apart_while_a_rule_looks_for_one(person: str, classes: str) -> None:
    """A rule that looks for none does not; the others of this camera were not read, so that is no "off"."""
    readings, _ = read("127.62.5.7", {PERIMETER: rule("perimeter", "true", KINDS.format(person=person))})
    found = rows(readings)

    assert found["intrusion", "1"].enabled == "yes"
    assert found["object-class", "1"].enabled == classes
    assert found["object-class", "1"].supported == "yes"


def test_a_worst_case_stays_below_the_budget_and_asks_nothing_twice() -> None:
    """Everything is supported, on, and without a receiver; the counting page has its other name."""
    pages: dict[str, Any] = {
        DETAIL: detail(**{name: True for function in FUNCTIONS for name in function.flags}),
        TIME: config("<time><synchronizeInfo><type>PC</type></synchronizeInfo></time>"),
        AUDIO: config("<audioInSwitch>true</audioInSwitch>"),
        POSTS: config("<httpPost><bSwitch>false</bSwitch></httpPost>"),
        ALARM_SERVER: config("<alarmServer><serverAddr/></alarmServer>"),
    }
    for function in FUNCTIONS:
        command = function.other_command or function.command
        pages[f"/{command}/1"] = rule(function.element or "x", "true", KINDS.format(person="true"))
        pages[f"/GetAlarmTriggerConfig/1/{function.trigger}"] = config(
            "<triggerConfig><snap><item><switch>false</switch></item></snap></triggerConfig>"
        )
    readings, asked = read("127.62.5.8", pages)
    found = rows(readings)

    assert len(asked) == len(set(asked)) <= MOST_REQUESTS
    assert not [row for row in readings.features if "over-budget" in row.why.values()]
    assert {found[name, "1"].linked for name in ("intrusion", "face-detection", "anpr", "motion")} == {"no"}
    assert found["loitering", "1"].linked == "unknown"
    assert facts(readings) == {"time.ntp": False, "audio.enabled": True}
    assert {row.armed for row in readings.features} <= {"no", "unknown"}


# -- actions and receivers -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("inner", "linked"),
    [
        (f"<snap>{OFF}</snap><record>{OFF}</record><audio>{OFF}</audio><triggerAlarmOut><alarmOutList/></triggerAlarmOut>", False),
        (f"<snap>{OFF}</snap><whiteLight><item><switch>true</switch></item></whiteLight>", True),
        (f"<snap>{OFF}</snap><triggerAlarmOut><alarmOutList><item><alarmOutId>1</alarmOutId></item></alarmOutList></triggerAlarmOut>", True),
        ("<triggerAlarmOut><alarmOutList><item><alarmOutId>1</alarmOutId><alarmSwitch>false</alarmSwitch></item></alarmOutList></triggerAlarmOut>", False),
        (f"<sdSnapSwitch>false</sdSnapSwitch><triggerMail><switch>true</switch></triggerMail><snap>{OFF}</snap>", True),
        (f"<snap>{OFF}</snap><preset><item>3</item></preset>", None),
        ("<snap><item><channelId>1</channelId></item></snap>", None),
        ("<record><chls><item>1</item></chls></record>", None),
        ("<alarmHoldTime>20</alarmHoldTime>", None),
    ],
)  # fmt: skip
def test_actions(inner: str, linked: bool | None) -> None:
    """A yes is seen; a no needs every part to be one whose switch is published."""
    root = element(f"<triggerConfig>{inner}</triggerConfig>")
    if linked is not None:
        assert decode_actions(root) is linked
        return
    with pytest.raises(NoAnswer) as silence:
        decode_actions(root)
    assert silence.value.why == "undecided"


def posts(events: str, switch: str = "true", first: str = "false") -> str:
    items = "".join(f"<item>{event}</item>" for event in events.split())
    return config(
        f"<httpPost><bSwitch>{first}</bSwitch><serverIp>192.0.2.8</serverIp></httpPost><httpPostV2><postUrlConf><urlList>"
        f"<item><switch>{switch}</switch><url><domain>alarms.example.net</domain><path>/hook/Kanarie9path</path>"
        f"<password>Kanarie9word</password></url><subscriptionEvents>{items}</subscriptionEvents></item>"
        "</urlList></postUrlConf></httpPostV2>"
    )


ALARMS = config("<alarmServer><serverAddr>192.0.2.7</serverAddr></alarmServer>")
NO_ALARMS = config("<alarmServer><serverAddr></serverAddr></alarmServer>")


@pytest.mark.parametrize(
    ("post", "server", "linked", "targets"),
    [
        (posts("PERIMETER"), NO_ALARMS, "yes", ("alarms.example.net",)),
        (posts("ALL"), NO_ALARMS, "yes", ("alarms.example.net",)),
        (posts("MOTION TRIPWIRE"), NO_ALARMS, "no", ("alarms.example.net",)),
        (posts("MOTION NEWTHING"), NO_ALARMS, "unknown", ("alarms.example.net",)),
        (posts("PERIMETER", "false"), NO_ALARMS, "no", None),
        (posts("MOTION", "false", "true"), NO_ALARMS, "yes", ("192.0.2.8",)),
        (posts("MOTION"), ALARMS, "yes", ("alarms.example.net", "192.0.2.7")),
        (posts("MOTION"), ALARMS.replace("<serverAddr>", "<switch>false</switch><serverAddr>"), "no", ("alarms.example.net",)),
        (failure(1), failure(1), "no", None),
        (failure(4), NO_ALARMS, "unknown", None),
        (NO_ALARMS, NO_ALARMS, "unknown", None),
        (posts("PERIMETER", "maybe"), NO_ALARMS, "unknown", None),
    ],
)  # fmt: skip
def test_what_is_posted_anyway_is_an_action(
    post: Any, server: Any, linked: str, targets: tuple[str, ...] | None
) -> None:
    """No receiver is never "nothing is sent": FTP and mail are not read. Of an address the host is kept alone."""
    trigger = config(f"<triggerConfig><snap>{OFF}</snap></triggerConfig>")
    pages = {
        DETAIL: detail(supportPerimeter=True, supportAoiEntry=False, supportAoiLeave=False, supportIpd=False),
        PERIMETER: rule("perimeter", "true"), POSTS: post, ALARM_SERVER: server,
        "/GetAlarmTriggerConfig/1/perimeter": trigger,
    }  # fmt: skip
    readings, _ = read("127.62.5.9", pages)

    assert rows(readings)["intrusion", "1"].linked == linked
    assert facts(readings).get("upload.targets") == targets
    assert "Kanarie9" not in str(msgspec.to_builtins(readings))


def test_an_action_on_the_page_itself_is_enough() -> None:
    """Pictures of faces that are kept, mail on motion, an output on a plate: the page of actions is not asked then."""
    cases = {
        "vfd": "<saveFacePicture>true</saveFacePicture>",
        "vehicle": "<triggerConfig><triggerFtp><switch>true</switch></triggerFtp></triggerConfig>",
        "motion": "<mail><switch>false</switch></mail><triggerAlarmOut><item id='1'>true</item></triggerAlarmOut>",
    }
    commands = {function.element: function.command for function in FUNCTIONS}
    pages = {f"/{commands[name]}/1": rule(name, "true", more) for name, more in cases.items()}
    readings, asked = read("127.62.5.10", pages)

    assert {rows(readings)[name, "1"].linked for name in ("face-detection", "anpr", "motion")} == {"yes"}
    assert not [path for path in asked if path.startswith("/GetAlarmTriggerConfig")]


def test_receivers_without_a_list_have_every_event() -> None:
    (one,) = decode_posts(element("<httpPost><bSwitch>true</bSwitch><serverIp>192.0.2.8</serverIp></httpPost>"), "e-1")

    assert one == Receiver("192.0.2.8", None, "GetHttpPostConfig", "e-1")


def test_a_page_that_denies_what_a_flag_says_decides_nothing() -> None:
    readings, _ = read("127.62.5.17", {DETAIL: detail(supportCdd=True), "/GetSmartCddConfig/1": failure(11)})
    row = rows(readings)["crowd", "1"]

    assert (row.supported, row.enabled, row.why["enabled"]) == ("yes", "unknown", "undecided")


def test_an_action_of_a_rule_that_was_not_read_is_open() -> None:
    """One rule is on and has none; another, which could not be read, may have."""
    pages = {
        PERIMETER: rule("perimeter", "true"), "/GetSmartAoiEntryConfig/1": failure(4),
        "/GetAlarmTriggerConfig/1/perimeter": config(f"<triggerConfig><snap>{OFF}</snap></triggerConfig>"),
    }  # fmt: skip
    row = rows(read("127.62.5.18", pages)[0])["intrusion", "1"]

    assert (row.enabled, row.linked, row.why["linked"]) == ("yes", "unknown", "forbidden")
