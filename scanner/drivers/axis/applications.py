"""Applications of an Axis camera and what they do (docs/sources.md A6.3). Pure decoding."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from scanner.drivers.markup import attribute, every, local
from scanner.errors import NoAnswer

if TYPE_CHECKING:
    from lxml.etree import _Element

NAMES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("fflprapp", ("anpr",)),
    ("licenseplateverifier", ("anpr",)),
    ("tvpc", ("people-counting",)),
    ("a3dpc", ("people-counting",)),
    ("queue", ("queue",)),
    ("demographics", ("face-attributes.age", "face-attributes.gender")),
    ("faceverifier", ("face-recognition",)),
    ("digitalautotracking", ("auto-tracking",)),
    ("crosslinedetection", ("line-crossing",)),
)
"""Part of an application's name, in lower case -> features; matched where the name is none of ``OWN``."""

OWN: dict[str, tuple[str, ...]] = {
    "objectanalytics": ("line-crossing", "intrusion", "people-counting", "crowd", "object-class"),
    "vmd": ("motion",),
    "vmd3": ("motion",),
    "fenceguard": ("line-crossing",),
    "loiteringguard": ("loitering",),
    "motionguard": ("intrusion",),
}
"""Axis' own applications with a configuration to read -> features they can have."""

HARMLESS: tuple[str, ...] = ("remoteaccess", "webrtc", "axisconnectdeploymentagent")
"""Applications for remote access and the cloud: no AI, reported as running applications only."""

MOST_ROWS = 256

SCENARIOS: dict[str, str] = {
    "motion": "intrusion",
    "fence": "line-crossing",
    "crosslinecounting": "people-counting",
    "occupancyinarea": "crowd",
}
"""Scenario types of AXIS Object Analytics; newer ones are listed under their own name."""

NEWER_SCENARIOS: tuple[tuple[str, str], ...] = (
    ("timeinarea", "loitering"), ("tailgating", "custom-ai"), ("ppe", "ppe"), ("left", "object-left"),
)  # fmt: skip
"""Parts of scenario types of newer versions (section 12: unverified)."""

ONLY_BY_APPLICATION: tuple[str, ...] = (
    "anpr", "face-recognition", "queue", "people-counting", "crowd", "loitering", "line-crossing", "intrusion",
    "parking", "fall", "fight", "object-left", "object-removed", "heat-map",
)  # fmt: skip
"""On this maker's cameras these come as applications: none installed means not there."""


class App(NamedTuple):
    """One installed application. ``licence``: Valid, Invalid, Missing, Custom, None."""

    name: str
    title: str
    vendor: str
    version: str
    running: bool
    status: str
    licence: str

    @property
    def key(self) -> str:
        """Its name for look-ups."""
        return self.name.strip().lower()

    @property
    def licensed(self) -> bool | None:
        """True for a valid licence or where none is needed; None where the device cannot tell."""
        return {"valid": True, "none": True, "missing": False, "invalid": False}.get(self.licence.lower())

    @property
    def features(self) -> tuple[str, ...]:
        """What it does; ``custom-ai`` when nobody knows, () when it is no AI."""
        if self.key in OWN:
            return OWN[self.key]
        if any(part in self.key for part in HARMLESS):
            return ()
        for part, features in NAMES:
            if part in self.key:
                return features
        return ("custom-ai",)


def decode_list(root: _Element) -> list[App]:
    """``applications/list.cgi``. ``Status`` tells what runs; what a resource says it uses does not.

    NoAnswer ``malformed`` for any other page: it is no empty list.
    """
    if local(root) != "reply" or attribute(root, "result").lower() != "ok":
        raise NoAnswer("malformed", f"expected the list of applications, found <{local(root)[:40]}>")
    return [
        App(
            attribute(item, "Name"),
            attribute(item, "NiceName") or attribute(item, "Name"),
            attribute(item, "Vendor"),
            attribute(item, "Version"),
            attribute(item, "Status").lower() == "running",
            attribute(item, "Status"),
            attribute(item, "License"),
        )
        for item in every(root, "application")
        if attribute(item, "Name")
    ]


class Scenario(NamedTuple):
    """One scenario of Object Analytics, on each channel it works on. ``active`` is that of its device."""

    channel: str
    type: str
    active: bool
    classes: tuple[str, ...]
    id: str = ""

    @property
    def feature(self) -> str:
        """The feature of its type; ``custom-ai`` for a type nobody has described."""
        kind = self.type.lower()
        if kind in SCENARIOS:
            return SCENARIOS[kind]
        return next((feature for part, feature in NEWER_SCENARIOS if part in kind), "custom-ai")


def data_of(value: Any) -> dict[str, Any]:
    """``data`` of a VAPIX JSON reply, {} for an error reply."""
    data = value.get("data") if isinstance(value, dict) else None
    return data if isinstance(data, dict) else {}


def error_of(value: Any) -> str:
    """``error`` of a VAPIX JSON reply as one line, '' where there is none."""
    error = value.get("error") if isinstance(value, dict) else None
    return f"error {error.get('code')}: {error.get('message', '')}"[:120] if isinstance(error, dict) else ""


def _rows(value: Any) -> Iterator[dict[str, Any]]:
    """The objects of a list, no more than any real device has."""
    if isinstance(value, list):
        yield from (row for row in value[:MOST_ROWS] if isinstance(row, dict))


def decode_scenarios(value: Any) -> list[Scenario]:
    """``getConfiguration`` of Object Analytics. There is no switch for a scenario: being there is being on, as long
    as its device is active (``isActive`` is true when it is left out)."""
    data = data_of(value)
    active = {str(row.get("id")): row.get("isActive") is not False for row in _rows(data.get("devices"))}
    found = []
    for row in _rows(data.get("scenarios")):
        classes = tuple(str(item.get("type")) for item in _rows(row.get("objectClassifications")) if item.get("type"))
        devices = [str(item.get("id")) for item in _rows(row.get("devices"))] or list(active) or ["1"]
        found += [
            Scenario(device, str(row.get("type", "")), active.get(device, True), classes, str(row.get("id", "")))
            for device in devices
        ]
    return found


def decode_scenario_types(value: Any) -> tuple[str, ...]:
    """``getConfigurationCapabilities``: scenario types this version can have."""
    scenarios = data_of(value).get("scenarios")
    supported = scenarios.get("supportedScenarios") if isinstance(scenarios, dict) else None
    if isinstance(supported, dict):
        return tuple(supported)
    if isinstance(supported, list):
        return tuple(str(item.get("type", "")) if isinstance(item, dict) else str(item) for item in supported)
    return ()


def decode_profiles(value: Any) -> dict[str, int]:
    """``getConfiguration`` of a guard or of motion detection: profiles of each active camera, by channel.

    An inactive camera counts 0. A profile names its camera; one that names none works on all.
    """
    data = data_of(value)
    cameras = {str(row.get("id")): row.get("active") is not False for row in _rows(data.get("cameras"))} or {"1": True}
    counts = dict.fromkeys(cameras, 0)
    for row in _rows(data.get("profiles")):
        named = str(row["camera"]) if "camera" in row else ""
        for camera, active in cameras.items():
            if active and named in ("", camera):
                counts[camera] += 1
    return counts


def decode_producers(value: Any) -> dict[str, bool]:
    """``listProducers``: whether any producer of scene metadata is switched on, by channel."""
    found: dict[str, bool] = {}
    for producer in _rows(data_of(value).get("producers")):
        for channel in _rows(producer.get("videochannels")):
            name = str(channel.get("channel", "1"))
            found[name] = found.get(name, False) or channel.get("enabled") is True
    return found


def decode_audio(value: Any) -> dict[str, bool]:
    """``getPluginsSettings``: whether each plug-in is on; ``enabled`` and ``enable`` both occur."""
    found: dict[str, bool] = {}
    for device in _rows(data_of(value).get("devices")):
        for side in ("inputs", "outputs"):
            for port in _rows(device.get(side)):
                for plugin in _rows(port.get("plugins")):
                    settings = plugin.get("settings")
                    settings = settings if isinstance(settings, dict) else {}
                    on = settings.get("enabled", settings.get("enable")) is True
                    name = str(plugin.get("id", ""))
                    found[name] = found.get(name, False) or on
    return found
