"""What holds for all drivers: registration, the catalogue, the register's arithmetic, merging, bugs of ours."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import scanner.drivers
from scanner.drivers import hanwha, load_drivers, milesight, tiandy, tvt
from scanner.drivers.axis import parameters
from scanner.drivers.axis.functions import COULD_HAVE as AXIS_FEATURES
from scanner.drivers.base import part, web_doors
from scanner.drivers.dahua import hygiene as dahua_hygiene
from scanner.drivers.dahua import recorder as dahua_recorder
from scanner.drivers.dahua.analytics import ATTRIBUTES, TYPES
from scanner.drivers.dahua.analytics import COULD_HAVE as DAHUA_FEATURES
from scanner.drivers.dahua.tables import CONFIG
from scanner.drivers.hanwha import functions as hanwha_functions
from scanner.drivers.hikvision import hygiene as hikvision_hygiene
from scanner.drivers.hikvision.words import APPS, COULD_HAVE, EVENTS_ONLY, FAMILIES, PROXIED, RULES
from scanner.drivers.merge import merge_facts, merge_features
from scanner.drivers.onvif.words import CLASSES, FRAME
from scanner.drivers.onvif.words import COULD_HAVE as ONVIF_FEATURES
from scanner.drivers.register import Register, unknown
from scanner.drivers.reolink import hygiene as reolink_hygiene
from scanner.drivers.reolink.api import PATH as REOLINK
from scanner.drivers.reolink.api import WAY, Command
from scanner.drivers.reolink.functions import COULD_HAVE as REOLINK_FEATURES
from scanner.drivers.reolink.functions import SIREN, Abilities, commands
from scanner.drivers.reolink.functions import TYPES as REOLINK_TYPES
from scanner.drivers.tvt import functions as tvt_functions
from scanner.drivers.uniview import BASIC as UNIVIEW_BASIC
from scanner.drivers.uniview import CLOCK, INFORMATION, LIBRARIES, SSH, TELNET
from scanner.drivers.uniview import KEYS as UNIVIEW_KEYS
from scanner.drivers.uniview import functions as uniview_functions
from scanner.drivers.uniview import recorder as uniview_recorder
from scanner.drivers.uniview.pages import LAPI
from scanner.drivers.vivotek import COULD_HAVE as VIVOTEK_FEATURES
from scanner.drivers.vivotek import KEYS as VIVOTEK_KEYS
from scanner.drivers.vivotek import MODULES, SETTINGS
from scanner.errors import CatalogueError, NoAnswer
from scanner.facts import DEVICE_FACTS, FEATURES
from scanner.model import COLUMNS, Endpoint, FactSeen, Feature, Gap, Known, Proof, Unseen
from scanner.net import Catalogue

FOLDER = Path(scanner.drivers.__file__).parent


def test_being_there_is_being_registered() -> None:
    """Every module with a DRIVER is loaded under its own name, ONVIF last."""
    there = {
        path.stem for path in FOLDER.iterdir()
        if path.name != "__pycache__"
        and re.search(r"^DRIVER", (path / "__init__.py" if path.is_dir() else path).read_text(), re.MULTILINE)
    }  # fmt: skip
    drivers = load_drivers()

    assert set(drivers) == there
    assert list(drivers)[-1] == "onvif"
    assert all(driver.name == name and driver.title for name, driver in drivers.items())


def requests() -> Iterator[tuple[str, str, str, bytes | None]]:
    """(vendor, method, path, body) of every request the drivers can make."""
    for channel in ("1", "33", "128"):
        for rule in RULES:
            path = rule.path.replace("{ch}", channel)
            yield "hikvision", "GET", f"/ISAPI/{path}", None
            yield "hikvision", "GET", f"/{path}", None
            if rule.feature in ("motion", "tamper") and path.startswith("System/"):
                proxied = (PROXIED + path.rpartition("/")[2]).replace("{ch}", channel)
                yield "hikvision", "GET", f"/ISAPI/{proxied}", None
            if rule.schedule:
                yield "hikvision", "GET", f"/ISAPI/Event/schedules/{rule.schedule.replace('{ch}', channel)}", None
        for more in ("", "/capabilities"):
            yield "hikvision", "GET", f"/ISAPI/System/Video/inputs/channels/{channel}/VCAResource{more}", None
        yield "dahua", "GET", f"/cgi-bin/faceRecognitionServer.cgi?action=getGroup&channel={channel}", None
    for page in hikvision_hygiene.PAGES:
        yield "hikvision", "GET", f"/ISAPI/{page.path}", None
    for section in (*dahua_hygiene.SECTIONS, dahua_hygiene.GENERAL):
        yield "dahua", "GET", CONFIG + section.name, None
    yield "axis", "GET", parameters.PATH, None
    yield "hikvision", "GET", "/ISAPI/ContentMgmt/InputProxy/channels/33/status", None
    for path in (*dahua_recorder.STATES, dahua_recorder.ALL):
        yield "dahua", "GET", path, None
    for path in (milesight.INFORMATION, milesight.ALARMS, *(rule.path for rule in milesight.RULES)):
        yield "milesight", "GET", path, None
    for path in (tiandy.INFORMATION, tiandy.MOTION):
        yield "tiandy", "GET", path, None
    yield "reolink", "POST", WAY.login_path, WAY.login_body("user", "password")
    yield "reolink", "POST", WAY.logout_path, WAY.logout_body
    everything = {"supportWebhook": 1, "alarmAudio": 1}
    for new in (False, True):
        asked = [*commands(0, Abilities(everything, new, ""), sleeps=False), Command(SIREN.command, 0)]
        yield "reolink", "POST", REOLINK, json.dumps([command.wire() for command in asked]).encode()
    pages = [page.command.name for page in reolink_hygiene.PAGES]
    for name in ("GetDevInfo", "GetChannelstatus", "GetAbility", *pages):
        yield "reolink", "POST", REOLINK, json.dumps([Command(name).wire()]).encode()
    for path in (MODULES, SETTINGS):
        yield "vivotek", "GET", path, None
    views = (*(view.submenu for view in hanwha_functions.VIEWS), *hanwha_functions.ANALYSIS)
    for path in (*(f"{hanwha_functions.SOURCES}{name}&action=view" for name in views), hanwha_functions.RULES):
        yield "hanwha", "GET", path, None
    for path in (hanwha.INFORMATION, hanwha.ATTRIBUTES, hanwha.DATE, hanwha.SSL):
        yield "hanwha", "GET", path, None
    for path in (tvt.INFORMATION, tvt.DETAIL, tvt.CHANNELS, tvt.OLD_CHANNELS, tvt.POSTS, tvt.ALARM_SERVER, tvt.AUDIO):
        yield "tvt", "GET", path, None
    for channel in ("1", "33", "128"):
        for function in tvt_functions.FUNCTIONS:
            for command in filter(None, (function.command, function.other_command)):
                yield "tvt", "GET", f"/{command}/{channel}", None
            if function.trigger:
                yield "tvt", "GET", f"/GetAlarmTriggerConfig/{channel}/{function.trigger}", None
    for path in uniview_paths():
        yield "uniview", "GET", path, None


def uniview_paths() -> Iterator[str]:
    """What the LAPI driver asks of a device and of a channel."""
    yield from (UNIVIEW_BASIC, INFORMATION, LIBRARIES, TELNET, SSH, CLOCK)
    yield from (uniview_recorder.LIST, uniview_recorder.DEVICES)
    faces = uniview_functions
    yield from (faces.FACE_ENABLE, faces.FACE_RULE, faces.FACE_ACTIONS, f"{LAPI}/Channels/0/{faces.FACE_HOURS}")
    abilities = ("Smart/Capabilities", "Alarm/Capabilities", "Smart/WorkingStatus")
    pages = (page for one in faces.FUNCTIONS for page in (one.rule, one.hours, one.actions) if page)
    for page in (*abilities, *pages):
        for channel in (0, 1, 33, 999):
            yield f"{LAPI}/Channels/{channel}/{page}"


def test_every_request_is_in_the_catalogue() -> None:
    """Paths that are built from tables; fixed ones are refused by the door in the other tests if they are not in it."""
    catalogue = Catalogue.load()
    missing = []
    for vendor, method, path, body in requests():
        try:
            catalogue.hold_request(vendor, method, path, body)
        except CatalogueError as problem:
            missing.append(str(problem))

    assert missing == []


@pytest.mark.parametrize(
    ("vendor", "path"),
    [
        ("hikvision", "/ISAPI/System/reboot"),
        ("hikvision", "/ISAPI/System/Video/inputs/channels/1/VCAResource/test"),
        ("hikvision", "/ISAPI/Custom/OpenPlatform/App/1/start"),
        ("hikvision", "/ISAPI/Intelligent/FDLib/FDSearch?format=json"),
        ("dahua", "/cgi-bin/configManager.cgi?action=setConfig&VideoAnalyseRule[0][0].Enable=true"),
        ("dahua", "/cgi-bin/configManager.cgi?action=getConfig&name=VideoAnalyseRule&action=setConfig"),
        ("dahua", "/cgi-bin/magicBox.cgi?action=reboot"),
        ("dahua", "/cgi-bin/faceRecognitionServer.cgi?action=deleteGroup&groupID=1"),
        ("dahua", "/cgi-bin/audio.cgi?action=getAudio"),
        ("dahua", "/cgi-bin/LogicDeviceManager.cgi?action=removeCamera&uniqueChannels=-1"),
        ("hikvision", "/ISAPI/ContentMgmt/InputProxy/channels/1/password"),
        ("milesight", "/cgi-bin/operator/operator.cgi?action=set.vca.intrusion&format=json"),
        ("milesight", "/cgi-bin/operator/operator.cgi?action=get.lpr.list&format=json"),
        ("tiandy", "/ISAPI/Security/users"),
        ("axis", "/axis-cgi/param.cgi?action=update&root.Network.SSH.Enabled=yes"),
        ("axis", "/axis-cgi/param.cgi?action=list&group=Network&action=update"),
        ("axis", "/axis-cgi/pwdgrp.cgi?action=add&user=x"),
        ("axis", "/local/tvpc/.api?occupancy-reset&occ=0"),
        ("reolink", "/cgi-bin/api.cgi?cmd=Snap&channel=0"),
        ("vivotek", "/cgi-bin/admin/vadpctrl.cgi?idx=0&cmd=start"),
        ("vivotek", "/VCA/Config/Reload"),
        ("hanwha", "/stw-cgi/eventsources.cgi?msubmenu=facedetection&action=set&Enable=False"),
        ("hanwha", "/stw-cgi/security.cgi?msubmenu=users&action=view"),
        ("tvt", "/SetSmartPerimeterConfig/1"),
        ("tvt", "/SetHttpPostConfig"),
        ("tvt", "/GetVehiclePlate"),
        ("tvt", "/GetTargetFace/1"),
        ("tvt", "/GetSnapshot/1"),
        ("tvt", "/GetAlarmTriggerConfig/1/motion/../../Reboot"),
        ("tvt", "/Reboot"),
        ("uniview", "/LAPI/V1.0/System/Reboot"),
        ("uniview", "/LAPI/V1.0/PeopleLibraries/3/People/Info"),
        ("uniview", "/LAPI/V1.0/System/ConfigurationInfo/"),
        ("uniview", '/cgi-bin/main-cgi?json={"cmd":200}'),
    ],
)
def test_what_harms_is_not_in_the_catalogue(vendor: str, path: str) -> None:
    """Calls that change a device or open personal records cannot be sent."""
    with pytest.raises(CatalogueError):
        Catalogue.load().hold_request(vendor, "GET", path)


def test_words_are_of_the_vocabulary() -> None:
    """Every feature a driver can name exists, every fact too."""
    named = {
        *milesight.COULD_HAVE, *tiandy.COULD_HAVE, *tvt_functions.COULD_HAVE,
        *COULD_HAVE, *DAHUA_FEATURES, *AXIS_FEATURES, *ONVIF_FEATURES, *TYPES.values(), *ATTRIBUTES.values(),
        *FRAME.values(), *CLASSES.values(), *FAMILIES.values(), *EVENTS_ONLY.values(),
        *(name for name in APPS.values() if name), *REOLINK_FEATURES, *REOLINK_TYPES.values(), *VIVOTEK_FEATURES,
        *hanwha_functions.COULD_HAVE, *uniview_functions.COULD_HAVE,
    }  # fmt: skip
    keys = {key for page in hikvision_hygiene.PAGES for key in page.keys}
    keys |= {key for section in dahua_hygiene.SECTIONS for key in section.keys}
    keys |= {key for group, _ in parameters.READERS for key in group}
    keys |= {*reolink_hygiene.KEYS, *VIVOTEK_KEYS, *hanwha.KEYS, *tvt.KEYS, *tvt.RECORDER_KEYS, *UNIVIEW_KEYS}

    assert named <= set(FEATURES)
    assert keys <= set(DEVICE_FACTS)


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("", "unknown"),
        ("n", "no"),
        ("y", "yes"),
        ("ny", "yes"),
        ("n?", "unknown"),
        ("y?", "yes"),
        ("?", "unknown"),
        ("yn?", "yes"),
    ],
)
def test_a_column_is_an_or_with_unknown(said: str, answer: str) -> None:
    register = Register("x")
    row = register.row("motion", "1")
    for number, word in enumerate(said):
        if word == "?":
            row.hush("enabled", "forbidden")
        else:
            row.say("enabled", word == "y", f"e{number}", word)
    feature = next(register.features())

    assert feature.enabled == answer
    assert ("enabled" in feature.why) == (answer == "unknown")


def test_what_is_not_there_is_off_and_what_is_off_has_no_hours() -> None:
    register = Register("x")
    register.row("motion", "1").say("supported", False, "e", "no such thing")
    feature = next(register.features())

    assert (feature.supported, feature.enabled, feature.armed, feature.linked) == ("no", "no", "no", "unknown")
    assert {proof.column for proof in feature.proofs} == {"supported", "enabled", "armed"}


def made(read_by: str, enabled: str, channel: str = "1", feature: str = "loitering") -> Feature:
    proofs = (Proof("enabled", f"e-{read_by}", "x"),) if enabled != "unknown" else ()
    why = {column: "no-reader" for column in COLUMNS if column != "enabled" or enabled == "unknown"}
    return Feature(feature, channel, enabled=enabled, read_by=read_by, proofs=proofs, why=why)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("own", "onvif", "merged"),
    [
        ("yes", "no", "yes"),
        ("no", "yes", "yes"),
        ("unknown", "no", "no"),
        ("no", "unknown", "no"),
        ("unknown", "unknown", "unknown"),
    ],
)
def test_any_yes_wins_and_both_proofs_stay(own: str, onvif: str, merged: str) -> None:
    (row,) = merge_features([[made("hikvision", own)], [made("onvif", onvif)]])

    assert row.enabled == merged
    assert row.read_by == "hikvision+onvif"
    assert len(row.proofs) == [own, onvif].count("yes") + [own, onvif].count("no")


def test_an_empty_row_of_the_device_gives_way() -> None:
    """It goes when a channel has a row of the feature, and stays as the only word about it."""
    rows = merge_features([[made("a", "no")], unknown(("loitering", "fall"), "onvif", "no-reader")])

    assert {(row.feature, row.channel) for row in rows} == {("loitering", "1"), ("fall", "device")}


def test_facts_of_the_best_driver_win() -> None:
    """An answer beats silence, the first answer beats later ones, one sighting of a metadata stream is enough."""
    first = [
        FactSeen("time.ntp", Unseen("forbidden")),
        FactSeen("metadata.stream", Known(False)),
        FactSeen("web.http", Known(True)),
    ]
    second = [
        FactSeen("time.ntp", Known(True)),
        FactSeen("metadata.stream", Known(True)),
        FactSeen("web.http", Known(False)),
    ]
    values = {seen.key: getattr(seen.fact, "value", None) for seen in merge_facts([first, second])}

    assert values == {"time.ntp": True, "metadata.stream": True, "web.http": True}


def test_a_part_that_fails_leaves_a_gap(caplog: pytest.LogCaptureFixture) -> None:
    """Silence becomes a gap with its reason; a bug of ours is called one and is logged with its traceback."""

    def silent() -> Iterator[Gap]:
        raise NoAnswer("forbidden", "x")
        yield

    def broken() -> Iterator[Gap]:
        raise KeyError("x")
        yield

    assert list(part("a", silent)) == [Gap("a", "forbidden", "x")]
    assert list(part("a", silent, quiet=frozenset({"forbidden"}))) == []
    (gap,) = part("a", broken)
    assert isinstance(gap, Gap)
    assert gap.why == "our-bug"
    assert "KeyError" in caplog.text


def test_https_is_asked_first() -> None:
    """A login travels better under TLS; ports nobody has named count when they are the usual ones."""
    doors = web_doors([
        Endpoint("127.0.0.1", 80), Endpoint("127.0.0.1", 443), Endpoint("127.0.0.1", 9000, service="http"),
        Endpoint("127.0.0.1", 554, service="rtsp"), Endpoint("127.0.0.1", 8000), Endpoint("127.0.0.1", 80, "udp"),
    ])  # fmt: skip

    assert doors == [(443, True), (80, False), (9000, False)]
