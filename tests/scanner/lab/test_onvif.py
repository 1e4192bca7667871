"""The ONVIF side of the personalities: discovery, open calls, both logins, analytics, faults."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from lab_client import LOGIN, ask_datagram, token, visit
from lxml import etree

from scanner.lab import Fleet, load_personalities

TDS = "http://www.onvif.org/ver10/device/wsdl"
TRT = "http://www.onvif.org/ver10/media/wsdl"
TR2 = "http://www.onvif.org/ver20/media/wsdl"
TAN = "http://www.onvif.org/ver20/analytics/wsdl"
TEV = "http://www.onvif.org/ver10/events/wsdl"
PROBE = """<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" \
xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing" xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery" \
xmlns:dn="http://www.onvif.org/ver10/network/wsdl" xmlns:tds="http://www.onvif.org/ver10/device/wsdl"><s:Header>\
<a:Action>http://schemas.xmlsoap.org/ws/2005/04/discovery/Probe</a:Action>\
<a:MessageID>urn:uuid:8d1a5b9e-6c1f-4d2b-9a50-0123456789ab</a:MessageID>\
<a:To>urn:schemas-xmlsoap-org:ws:2005:04:discovery</a:To></s:Header><s:Body><d:Probe><d:Types>{}</d:Types></d:Probe>\
</s:Body></s:Envelope>"""
WITH_ONVIF = [personality.id for personality in load_personalities().values() if personality.onvif]


@pytest.mark.parametrize("name", WITH_ONVIF)
def test_probe_then_open_calls(fleet: Fleet, name: str) -> None:
    device = fleet.device(name)
    reply = ask_datagram(device.address, 3702, PROBE.format("dn:NetworkVideoTransmitter").encode())
    assert reply is not None
    root = etree.fromstring(reply)
    assert root.findtext(".//{*}RelatesTo") == "urn:uuid:8d1a5b9e-6c1f-4d2b-9a50-0123456789ab"
    xaddr = root.findtext(".//{*}XAddrs") or ""
    port = device.ports.get("http-onvif", 8080)
    assert xaddr.startswith(f"http://{'127.99.0.77' if name == 'onvif-nat' else device.address}:{port}/")
    with visit(device.address, port) as camera:
        clock = camera.soap("GetSystemDateAndTime", TDS)
        assert clock.status == 200
        hour = int(clock.find("Hour") or -1)
        assert hour in ((device.now() + timedelta(seconds=shift)).hour for shift in (-5, 0))
        assert camera.soap("GetServices", TDS, inner="<IncludeCapability>false</IncludeCapability>").status == 200
        information = camera.soap("GetDeviceInformation", TDS)
        if device.truth.facts["onvif.anonymous"]:
            assert information.find("Model") == device.truth.model
        else:
            assert information.status in (400, 401)
            assert "NotAuthorized" in information.text
    assert fleet.harm == []


def test_both_logins_open_protected_calls(fleet: Fleet) -> None:
    device = fleet.device("axis-aoa")
    with visit(device.address) as camera:
        by_digest = camera.soap("GetDeviceInformation", TDS, LOGIN)
        by_token = camera.soap("GetDeviceInformation", TDS, header=token(LOGIN))
        assert by_digest.find("SerialNumber") == by_token.find("SerialNumber") == device.truth.serial
        interfaces = camera.soap("GetNetworkInterfaces", TDS, LOGIN)
        assert interfaces.find("HwAddress") == device.truth.mac
    assert fleet.harm == []


def test_a_wrong_clock_wants_a_token_of_its_own_time(fleet: Fleet) -> None:
    device = fleet.device("hikvision-wrong-clock")
    theirs = datetime.now(UTC) + timedelta(seconds=device.truth.facts["time.skew_seconds"])
    with visit(device.address) as camera:
        assert camera.soap("GetDeviceInformation", TDS, header=token(LOGIN)).status == 400
        assert [harm.kind for harm in fleet.harm] == ["wrong-password"]
        assert camera.soap("GetDeviceInformation", TDS, header=token(LOGIN, theirs)).status == 200
        local = camera.get("/ISAPI/System/time", LOGIN).find("localTime") or ""
    assert abs((datetime.fromisoformat(local) - theirs).total_seconds()) < 10


def test_analytics_say_more_than_the_flags(fleet: Fleet) -> None:
    device = fleet.device("onvif-generic")
    with visit(device.address) as camera:
        flags = camera.soap("GetServiceCapabilities", TAN, path="/onvif/analytics_service")
        assert flags.status == 400
        assert "not implemented" in flags.text
        supported = camera.soap("GetSupportedRules", TAN, LOGIN, path="/onvif/analytics_service").xml
        assert [rule.get("Name") for rule in supported.iter("{*}RuleDescription")] == [
            "tt:CellMotionDetector", "tt:SmartMotionDetector", "tt:LineDetector",
        ]  # fmt: skip
        rules = camera.soap("GetRules", TAN, LOGIN, path="/onvif/analytics_service").xml
        configured = {rule.get("Type"): rule for rule in rules.iter("{*}Rule")}
        assert configured.keys() == {"tt:CellMotionDetector", "tt:SmartMotionDetector"}
        switch = configured["tt:SmartMotionDetector"].find(".//{*}SimpleItem[@Name='Enable']")
        assert switch is not None
        assert switch.get("Value") == "true"
        profiles = camera.soap("GetProfiles", TR2, LOGIN, path="/onvif/media2_service").xml
        assert len(list(profiles.iter("{*}Analytics"))) == 2
        assert not [rule for rule in profiles.iter("{*}Rule") if "Smart" in str(rule.get("Type"))]
        topics = camera.soap("GetEventProperties", TEV, LOGIN, path="/onvif/event_service").text
        assert "HumanShapeDetect" in topics
    assert fleet.harm == []


def test_analytics_there_but_attached_to_nothing(fleet: Fleet) -> None:
    with visit(fleet.device("axis-aoa").address) as camera:
        profiles = camera.soap("GetProfiles", TRT, LOGIN, path="/onvif/media_service").xml
        assert list(profiles.iter("{*}VideoAnalyticsConfiguration")) == []
        metadata = camera.soap("GetMetadataConfigurations", TRT, LOGIN, path="/onvif/media_service")
        assert metadata.find("Analytics") == "false"


def test_anonymous_camera_shows_what_its_metadata_holds(fleet: Fleet) -> None:
    with visit(fleet.device("onvif-faces").address) as camera:
        sample = camera.soap("GetSupportedMetadata", TAN, path="/onvif/analytics_service").xml
    names = {etree.QName(element).localname for element in sample.iter(etree.Element)}
    assert {"HumanFace", "Age", "Gender"} <= names


def test_one_probe_type_only(fleet: Fleet) -> None:
    device = fleet.device("onvif-nat")
    assert ask_datagram(device.address, 3702, PROBE.format("tds:Device").encode(), 0.2) is None
    printer = fleet.device("decoy-printer")
    assert ask_datagram(printer.address, 3702, PROBE.format("tds:Device").encode(), 0.2) is None
    assert fleet.harm == []


def test_soap_to_a_device_without_onvif(fleet: Fleet) -> None:
    with visit(fleet.device("decoy-web-app").address) as site:
        assert site.soap("GetSystemDateAndTime", TDS).status == 404
    assert fleet.harm == []
