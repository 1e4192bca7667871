"""What the Hikvision personalities say against what is true of them."""

from __future__ import annotations

import pytest
from lab_client import HTTPS, LOGIN, ask_datagram, visit
from lxml import etree

from scanner.lab import Fleet, load_personalities

INQUIRY = (
    b'<?xml version="1.0" encoding="utf-8"?><Probe><Uuid>0C0FFEE0-1111-4222-8333-444455556666</Uuid>'
    b"<Types>inquiry</Types></Probe>"
)
SMART = {
    "line-crossing": ("Smart/LineDetection/{}", "enabled"),
    "intrusion": ("Smart/FieldDetection/{}", "enabled"),
    "face-recognition": ("Intelligent/channels/{}/faceContrast", "enable"),
    "loitering": ("Smart/loitering/{}", "enabled"),
    "object-left": ("Smart/unattendedBaggage/{}", "enabled"),
    "people-counting": ("System/Video/inputs/channels/{}/counting", "enabled"),
    "anpr": ("Traffic/channels/{}/vehicleDetect", "enabled"),
    "audio-detection": ("Smart/AudioDetection/channels/{}", "enabled"),
}
READABLE = [
    "hikvision-acusense-new", "hikvision-deepinview", "hikvision-old", "hikvision-oem-rebrand",
    "hikvision-forbidden", "hikvision-switched-off", "hikvision-wrong-clock", "hikvision-nvr",
]  # fmt: skip


def test_front_page_and_identity(fleet: Fleet) -> None:
    device = fleet.device("hikvision-acusense-new")
    with visit(device.address) as camera:
        front = camera.get("/")
        assert front.header("Server") == "App-webs/"
        assert b"/doc/page/login.asp" in front.body
        assert camera.get("/SDK/activateStatus").find("Activated") == "true"
        closed = camera.get("/ISAPI/System/deviceInfo")
        assert closed.status == 401
        assert f'realm="{device.realm}"' in (closed.header("WWW-Authenticate") or "")
        info = camera.get("/ISAPI/System/deviceInfo", LOGIN)
        assert info.find("model") == device.truth.model
        assert info.find("serialNumber") == device.truth.serial
        assert info.find("macAddress") == device.truth.mac
        assert info.find("firmwareReleasedDate") == "build 240606"
    assert fleet.harm == []


@pytest.mark.parametrize("name", READABLE)
def test_rules_agree_with_the_truth(fleet: Fleet, name: str) -> None:
    device = fleet.device(name)
    loaded = device.personality.extra.get("family")
    with visit(device.address) as camera:
        for switch in device.switches:
            if switch.feature not in SMART:
                continue
            path, flag = SMART[switch.feature]
            got = camera.get("/ISAPI/" + path.format(switch.channel), LOGIN)
            if switch.state in ("missing", "supported-only", "forbidden"):
                assert got.status == 403
                wanted = "lowPrivilege" if switch.state == "forbidden" else "notSupport"
                assert got.find("subStatusCode") == wanted
                assert switch.feature not in device.truth.features_on.get(switch.channel, frozenset())
                continue
            said = got.find(flag) == "true"
            is_on = switch.feature in device.truth.features_on.get(switch.channel, frozenset())
            assert said == (is_on or switch.state == "not-loaded")
            if switch.state == "not-loaded":
                resource = camera.get("/ISAPI/System/Video/inputs/channels/1/VCAResource", LOGIN)
                assert resource.find("type") == loaded
                assert loaded not in ("smart", "roadDetection")
    assert fleet.harm == []


def test_schedule_and_actions(fleet: Fleet) -> None:
    with visit(fleet.device("hikvision-acusense-new").address) as camera:
        schedule = camera.get("/ISAPI/Event/schedules/lineDetections/linedetection_video1", LOGIN)
        assert len(schedule.xml.findall(".//{*}TimeBlock")) == 7
        triggers = camera.get("/ISAPI/Event/triggers", LOGIN)
        assert etree.QName(triggers.xml).localname == "EventTriggerList"
        methods = {element.text for element in triggers.xml.iter("{*}notificationMethod")}
        assert methods == {"center", "record", "email"}
    with visit(fleet.device("hikvision-old").address) as camera:
        schedule = camera.get("/ISAPI/Event/schedules/lineDetections/linedetection_video1", LOGIN)
        assert schedule.xml.findall(".//{*}TimeBlock") == []
        assert etree.QName(camera.get("/ISAPI/Event/triggers", LOGIN).xml).localname == "EventNotification"
        assert camera.get("/ISAPI/System/Video/inputs/channels/1/VCAResource", LOGIN).status == 403


def test_open_platform_says_which_application_runs(fleet: Fleet) -> None:
    with visit(fleet.device("hikvision-heop").address) as camera:
        assert camera.get("/ISAPI/Custom/OpenPlatform/capabilities", LOGIN).find("isSupportOpenPlatform") == "true"
        apps = camera.get("/ISAPI/Custom/OpenPlatform/App", LOGIN).xml
        assert [app.findtext("{*}runStatus") for app in apps.iter("{*}App")] == ["true", "false"]
    with visit(fleet.device("hikvision-old").address) as camera:
        assert camera.get("/ISAPI/Custom/OpenPlatform/App", LOGIN).status == 403


def test_face_library_gives_a_number_only(fleet: Fleet) -> None:
    device = fleet.device("hikvision-deepinview")
    with visit(device.address) as camera:
        rows = camera.get("/ISAPI/Intelligent/FDLib/Count?format=json", LOGIN).json["FDRecordDataInfo"]
    assert sum(row["recordDataNumber"] for row in rows) == 1204 == device.truth.facts["face-library.count"]


def test_settings_are_what_the_truth_says(fleet: Fleet) -> None:
    device = fleet.device("hikvision-deepinview")
    facts = device.truth.facts
    with visit(device.address) as camera:
        users = camera.get("/ISAPI/Security/users", LOGIN).xml
        levels = [element.text for element in users.iter("{*}userLevel")]
        assert levels.count("Administrator") == facts["account.admin_count"]
        assert len(levels) == facts["account.count"]
        upnp = camera.get("/ISAPI/System/Network/UPnP", LOGIN).find("enabled")
        assert (upnp == "true") is facts["upnp.enabled"]
        sound = camera.get("/ISAPI/Streaming/channels/101", LOGIN).xml.findtext("{*}Audio/{*}enabled")
        assert (sound == "true") is facts["audio.enabled"]
        assert camera.get("/ISAPI/System/Network/telnetd", LOGIN).status == 403
        assert "service.telnet" not in facts


def test_sadp_tells_activation_and_survives_a_rebrand(fleet: Fleet) -> None:
    inactive = fleet.device("hikvision-old-inactive")
    reply = ask_datagram(inactive.address, 37020, INQUIRY)
    assert reply is not None
    root = etree.fromstring(reply)
    assert root.tag == "ProbeMatch"
    assert root.findtext("Activated") == "false"
    assert root.findtext("DeviceSN") == inactive.truth.serial
    assert inactive.truth.login_works is False
    with visit(inactive.address) as camera:
        assert camera.get("/ISAPI/System/deviceInfo", LOGIN).find("subStatusCode") == "notActivated"
    rebrand = fleet.device("hikvision-oem-rebrand")
    reply = ask_datagram(rebrand.address, 37020, INQUIRY)
    assert reply is not None
    root = etree.fromstring(reply)
    assert root.findtext("OEMInfo") == "Annke"
    assert (root.findtext("MAC") or "").startswith("68-6d-bc")
    with visit(rebrand.address) as camera:
        front = camera.get("/")
        assert front.header("Server") == "MWS 0.01"
        assert b"ikvision" not in front.body
    assert rebrand.realm.startswith("IP Camera(")
    assert fleet.harm == []


def test_recorder_lists_its_cameras(fleet: Fleet) -> None:
    recorder = fleet.device("hikvision-nvr")
    with visit(recorder.address) as box:
        channels = box.get("/ISAPI/ContentMgmt/InputProxy/channels", LOGIN).xml
        found = channels.findall("{*}InputProxyChannel")
        assert [channel.findtext("{*}id") for channel in found] == ["1", "2", "3", "4"]
        assert channels.get("size") != "4"
        assert found[3].findtext(".//{*}model") == ""
        assert found[2].findtext(".//{*}proxyProtocol") == "ONVIF"
        status = box.get("/ISAPI/ContentMgmt/InputProxy/channels/status", LOGIN).xml
        online = [element.text for element in status.iter("{*}online")]
        assert online == ["true" if camera.online else "false" for camera in recorder.truth.attached]
        assert box.get("/ISAPI/ContentMgmt/InputProxy/channels/4/status", LOGIN).find("online") == "false"
        moving = box.get("/ISAPI/ContentMgmt/InputProxy/channels/2/video/motionDetection", LOGIN)
        assert moving.find("enabled") == "true"
    with visit(fleet.device("hikvision-acusense-new").address) as camera:
        assert camera.get("/ISAPI/ContentMgmt/InputProxy/channels", LOGIN).status == 403


def test_locked_camera_says_so(fleet: Fleet) -> None:
    device = fleet.device("hikvision-locked-out")
    with visit(device.address) as camera:
        first = camera.get("/ISAPI/System/deviceInfo")
        assert (first.status, first.find("lockStatus")) == (401, "lock")
        second = camera.get("/ISAPI/System/deviceInfo", LOGIN)
        assert (second.status, second.find("lockStatus")) == (403, "lock")
        assert int(second.find("unlockTime") or 0) > 900
    assert fleet.harm == []  # the one attempt that shows it
    with visit(device.address) as camera:
        assert camera.get("/ISAPI/System/deviceInfo", LOGIN).status == 403


def test_https_and_sha256(fleet: Fleet) -> None:
    device = fleet.device("hikvision-switched-off")
    with visit(device.address, HTTPS, tls=True) as camera:
        assert camera.get("/ISAPI/System/deviceInfo", LOGIN, algorithm="SHA-256").status == 200
        assert camera.get("/ISAPI/System/deviceInfo", LOGIN, algorithm="MD5").status == 200
    assert fleet.harm == []


def test_every_camera_personality_keeps_its_facts_in_the_vocabulary() -> None:
    from scanner.facts import FEATURES, check_value

    with_cameras = [personality for personality in load_personalities().values() if personality.is_camera]
    fleet = Fleet(with_cameras, base="127.32.9.0")
    for device in fleet.devices:
        for key, value in device.truth.facts.items():
            check_value(key, value)
        for features in (*device.truth.features_on.values(), *device.truth.features_supported.values()):
            assert features <= FEATURES.keys()
