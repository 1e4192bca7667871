"""LAPI by hand: replies in their envelope, a server that gives them, and lab devices read by this interface alone."""

from __future__ import annotations

import json
from typing import Any

import msgspec
from doors import door
from replay import Replay, serving

from scanner.drivers import DeviceReadings, read_device
from scanner.drivers.uniview import BASIC
from scanner.drivers.uniview.pages import LAPI
from scanner.lab import Fleet, load_personalities
from scanner.lab.words import DeviceTruth, Personality, Placement
from scanner.model import Endpoint, Identity
from scanner.net import Limits
from scanner.secret import Login, Secret

KNOWN = {name: one for name, one in load_personalities().items() if one.style == "uniview"}
CAMERA = f"{LAPI}/Channels/0"
SMART, WORKING = f"{CAMERA}/Smart/Capabilities", f"{CAMERA}/Smart/WorkingStatus"
CROSS = f"{CAMERA}/Smart/CrossLineDetection"


def told(data: Any, code: int = 0, word: str = "Succeed") -> str:
    """A reply in its envelope."""
    return json.dumps({"Response": {"ResponseCode": code, "ResponseString": word, "StatusCode": code, "Data": data}})


INFO = {BASIC: told({"DeviceModel": "IPC3614SB", "SerialNumber": "210235C3R00001", "FirmwareVersion": "QIPC-B2202.3"})}


def abilities(**said: Any) -> str:
    return told({name: {"SupportCfg": value} for name, value in said.items()})


def working(on: Any = (), off: Any = ()) -> str:
    return told({"EnableNum": 0, "EnableIDs": list(on), "DisableNum": 0, "DisableIDs": list(off)})


def replayed(given_pages: dict[str, Any], kind: str = "camera") -> tuple[DeviceReadings, list[str]]:
    replay = Replay("127.61.2.1", pages={**INFO, **given_pages})
    with serving(replay):
        return replay.read("Uniview", kind=kind), replay.asked


def read(personality: Personality, base: str, **more: Any) -> tuple[DeviceTruth, DeviceReadings, list[str], list[Any]]:
    """One lab device by LAPI alone: its truth, what was read, the paths it was asked for, the harm that was done."""
    plain = msgspec.structs.replace(
        personality, **{"onvif": None, "datagrams": (), "rtsp": None, "services": ("http",), **more}
    )
    right = Login("auditor", Secret(Placement(personality="").password), "test")
    with Fleet([plain], base=base, fragile=False) as fleet:
        device = fleet.devices[0]
        endpoints = [Endpoint(device.address, device.ports["http"], "tcp", "http")]
        with door(limits=Limits()).link(device.address, login=right) as link:
            readings = read_device(link, Identity(maker="Uniview", kind=plain.kind), endpoints)
        asked = [one.path for one in fleet.received if one.method == "GET"]
        return fleet.truth[device.address], readings, asked, list(fleet.harm)
