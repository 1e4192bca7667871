"""Reolink devices of the lab read by the maker's own interface alone."""

from __future__ import annotations

from typing import Any

import msgspec
from doors import door

from scanner.drivers import DeviceReadings, read_device
from scanner.lab import Fleet, LabDevice, load_personalities
from scanner.lab.words import Personality, Placement, Switch
from scanner.model import Endpoint, Identity
from scanner.net import Limits
from scanner.secret import Login, Secret

ADDRESS = "127.103.20.1"
KNOWN = load_personalities()
PASSWORD = Placement(personality="").password
RIGHT = Login("auditor", Secret(PASSWORD), "test")
WHO = Identity(maker="Reolink", kind="camera")
API = "/cgi-bin/api.cgi"
PERSON = Switch("object-class", "on", name="people")


def like(name: str = "reolink-switched", **more: Any) -> Personality:
    """A lab device without ONVIF, so that only the maker's own interface speaks."""
    plain: dict[str, Any] = {"onvif": None, "datagrams": (), "finders": (), "rtsp": None, "services": ("https",)}
    return msgspec.structs.replace(KNOWN[name], **{**plain, **more})


def doors_of(device: LabDevice) -> list[Endpoint]:
    """Its doors, as discovery would name them."""
    return [
        Endpoint(device.address, port, "tcp", name.replace("http-onvif", "onvif"))
        for name, port in device.ports.items()
    ]


def read(device: LabDevice, who: Identity = WHO, credentials: Login | None = RIGHT, **more: Any) -> DeviceReadings:
    """What the drivers read of it; ``more`` is for the door."""
    with door(**{"limits": Limits(), **more}).link(device.address, login=credentials) as link:
        return read_device(link, who, doors_of(device))


def asked(fleet: Fleet) -> list[str]:
    """What was asked by POST."""
    return [one.path for one in fleet.received if one.method == "POST"]


def columns(readings: DeviceReadings, feature: str, channel: str = "1") -> str:
    """Supported, enabled, armed, linked of a row, as four signs."""
    row = next(row for row in readings.features if (row.feature, row.channel) == (feature, channel))
    return "".join(
        {"yes": "y", "no": "n"}.get(value, "?") for value in (row.supported, row.enabled, row.armed, row.linked)
    )


def whys(readings: DeviceReadings) -> set[str]:
    """Why it is unknown which functions are on."""
    return {row.why["enabled"] for row in readings.features if row.enabled == "unknown"}


def error(name: str = "Login", code: int = -7, detail: str = "login failed") -> list[dict[str, Any]]:
    """A reply of the API that is an error."""
    return [{"cmd": name, "code": 1, "error": {"detail": detail, "rspCode": code}}]
