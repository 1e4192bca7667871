"""What the Dahua personalities say against what is true of them."""

from __future__ import annotations

import json
import struct

import pytest
from lab_client import LOGIN, ask_datagram, visit

from scanner.lab import Fleet

CONFIG = "/cgi-bin/configManager.cgi?action=getConfig&name="
RULES = {
    "line-crossing": "CrossLineDetection",
    "intrusion": "CrossRegionDetection",
    "face-recognition": "FaceRecognition",
}
SEARCH = b'{"method":"DHDiscover.search","params":{"mac":"","uni":1}}'


def dhip(payload: bytes) -> bytes:
    return struct.pack("<I4sIIIIII", 32, b"DHIP", 0, 0, len(payload), 0, len(payload), 0) + payload


def test_identity_and_front_page(fleet: Fleet) -> None:
    device = fleet.device("dahua-face")
    with visit(device.address) as camera:
        front = camera.get("/")
        assert front.header("Server") is None
        assert front.body.startswith(b"\xef\xbb\xbf")
        assert ("CONTENT-LENGTH", str(len(front.body))) in front.headers
        version = camera.get("/cgi-bin/magicBox.cgi?action=getSoftwareVersion", LOGIN)
        assert version.lines["version"] == "2.840.0000000.18.R,build:2021-11-09"
        serial = camera.get("/cgi-bin/magicBox.cgi?action=getSerialNo", LOGIN)
        assert serial.lines["sn"] == device.truth.serial
        assert b"\r\n" in serial.body
    assert fleet.harm == []


@pytest.mark.parametrize("name", ["dahua-face", "dahua-smd", "dahua-oem-rebrand"])
def test_a_rule_counts_only_in_the_running_scene(fleet: Fleet, name: str) -> None:
    device = fleet.device(name)
    prefix = "" if name == "dahua-oem-rebrand" else "table."
    with visit(device.address) as camera:
        rules = camera.get(CONFIG + "VideoAnalyseRule", LOGIN).lines
        scene = camera.get(CONFIG + "VideoAnalyseGlobal", LOGIN).lines[f"{prefix}VideoAnalyseGlobal[0].Scene.Type"]
    on = set()
    for number in range(8):
        at = f"{prefix}VideoAnalyseRule[0][{number}]"
        if rules.get(f"{at}.Enable") == "true" and rules[f"{at}.Class"] == scene:
            on.add(rules[f"{at}.Type"])
    assert on == {RULES[feature] for feature in device.truth.features_on["1"] if feature in RULES}


def test_face_attributes_and_library(fleet: Fleet) -> None:
    device = fleet.device("dahua-face")
    with visit(device.address) as camera:
        rules = camera.get(CONFIG + "VideoAnalyseRule", LOGIN).lines
        wanted = {value for key, value in rules.items() if ".FeatureList[" in key}
        groups = camera.get("/cgi-bin/faceRecognitionServer.cgi?action=findGroup", LOGIN).lines
        deployed = camera.get("/cgi-bin/faceRecognitionServer.cgi?action=getGroup&channel=1", LOGIN).lines
        nowhere = camera.get("/cgi-bin/faceRecognitionServer.cgi?action=getGroup&channel=2", LOGIN)
    assert wanted == {"Age", "Sex", "Emotion"}
    assert int(groups["GroupList[0].groupSize"]) == 37 == device.truth.facts["face-library.count"]
    assert deployed["groupID[0]"] == "1"
    assert nowhere.body == b""
    assert {"emotion", "face-attributes.age", "face-recognition"} <= device.truth.features_on["1"]


def test_missing_forbidden_and_no_schedule(fleet: Fleet) -> None:
    with visit(fleet.device("dahua-oem-rebrand").address) as camera:
        missing = camera.get(CONFIG + "SmartMotionDetect", LOGIN)
        assert (missing.status, missing.text) == (200, "Error: Error -1 getting param in name=SmartMotionDetect\r\n")
        rules = camera.get(CONFIG + "VideoAnalyseRule", LOGIN).lines
        assert rules["VideoAnalyseRule[0][2].EventHandler.TimeSection[0][0]"].startswith("0 ")
        assert camera.get("/custom_lang/English.txt").text.count("Amcrest") == 1
    with visit(fleet.device("dahua-forbidden").address) as camera:
        refused = camera.get(CONFIG + "VideoAnalyseRule", LOGIN)
        assert (refused.status, refused.json["error"]["message"]) == (403, "Authority:check failure.")
        assert camera.get(CONFIG + "MotionDetect", LOGIN).lines["table.MotionDetect[0].Enable"] == "true"
    assert fleet.harm == []


def test_recorder_slots(fleet: Fleet) -> None:
    recorder = fleet.device("dahua-nvr")
    at = "table.RemoteDevice.uuid:System_CONFIG_NETCAMERA_INFO_"
    with visit(recorder.address) as box:
        slots = box.get(CONFIG + "RemoteDevice", LOGIN).lines
        states = box.get("/cgi-bin/LogicDeviceManager.cgi?action=getCameraState&uniqueChannels[0]=-1", LOGIN).lines
    assert slots[f"{at}2.Address"] == "192.168.0.0"
    assert slots[f"{at}2.Enable"] == "false"
    assert slots[f"{at}3.Enable"] == "true"  # stale: removed last year
    assert states["states[3].connectionState"] == "Unconnect"
    assert states["states[2].connectionState"] == "Empty"
    assert slots[f"{at}0.SerialNo"] == recorder.truth.attached[0].serial
    assert recorder.truth.facts["recorder.attached"] == 3


def test_dhip_search(fleet: Fleet) -> None:
    device = fleet.device("dahua-oem-rebrand")
    reply = ask_datagram(device.address, 37810, dhip(SEARCH))
    assert reply is not None
    assert reply[:8] == b"\x20\x00\x00\x00DHIP"
    assert struct.unpack_from("<I", reply, 16)[0] == len(reply) - 32
    found = json.loads(reply[32:].rstrip(b"\x00\n"))
    info = found["params"]["deviceInfo"]
    assert found["mac"] == device.truth.mac
    assert (info["Vendor"], info["Version"], info["SerialNo"]) == ("Amcrest", "2.800.00AC006.0.R", device.truth.serial)
    assert fleet.harm == []
