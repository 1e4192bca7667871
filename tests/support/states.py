"""Virtual devices for every state a function can be in: which switches, applications and faults make a state true."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, cast, get_args

import msgspec
from doors import door

from scanner.drivers import read_device
from scanner.lab import Fleet, LabDevice, load_personalities
from scanner.lab.words import Fault, OnvifRule, Personality, Placement, State, Switch
from scanner.model import COLUMNS, Endpoint, Feature, Identity
from scanner.net import Limits
from scanner.secret import Login, Secret

IMPATIENT = Limits(connect_seconds=5.0, idle_seconds=2.0, exchange_seconds=8.0)
"""Shorter than an audit waits, longer than a busy machine takes: lab and readers share one process here."""
SIGNS = {"yes": "y", "no": "n", "unknown": "?"}
FAULTS: dict[str, Fault] = {"malformed": "malformed", "timeout": "silent"}
KNOWN = load_personalities()
PASSWORD = Placement(personality="").password


@dataclass(frozen=True)
class Unit:
    """One device: the rows of the table it stands for in one state.

    ``looks`` maps the label of a row to the feature and channel where its answer is looked up.
    """

    vendor: str
    state: str
    personality: Personality
    looks: dict[str, tuple[str, str]]
    features: dict[tuple[str, str], Feature] = field(default_factory=dict)

    def row(self, label: str) -> Feature | None:
        """The row of the register; that of the whole device where the channel has none."""
        feature, channel = self.looks[label]
        return self.features.get((feature, channel)) or self.features.get((feature, "device"))

    def answers(self, label: str) -> str:
        """The five columns as five signs, ``none`` where the register has no row."""
        row = self.row(label)
        return "none" if row is None else "".join(SIGNS[getattr(row, column)] for column in COLUMNS)

    def unexplained(self, label: str) -> list[str]:
        """Unknown columns without a reason, and answers without a proof."""
        row = self.row(label)
        if row is None:
            return []
        proven = {proof.column for proof in row.proofs}
        return [
            column for column in COLUMNS
            if (column not in row.why if getattr(row, column) == "unknown" else column not in proven)
        ]  # fmt: skip


def read_all(units: Sequence[Unit], base: str) -> list[str]:
    """Read every unit with the real drivers; returns what would have hurt a real device."""
    everybody: list[Any] = [unit.personality for unit in units]
    with Fleet(everybody, base=base, fragile=False) as fleet, ThreadPoolExecutor(16) as pool:
        for unit, features in zip(units, pool.map(_read, units, fleet.devices), strict=True):
            unit.features.update({(row.feature, row.channel): row for row in features})
        wrong = {device.address for unit, device in zip(units, fleet.devices, strict=True) if unit.state == "refused"}
        return [str(harm) for harm in fleet.harm if harm.address not in wrong or harm.kind != "wrong-password"]


def _read(unit: Unit, device: LabDevice) -> tuple[Feature, ...]:
    service = "onvif" if unit.vendor == "onvif" else "http"
    if "https" in device.ports:
        service = "https"
    endpoints = [Endpoint(device.address, device.ports["https" if service == "https" else "http"], "tcp", service)]
    login = Login("auditor", Secret("not-this" if unit.state == "refused" else PASSWORD), "test")
    maker = None if unit.vendor == "onvif" else unit.personality.maker
    with door(limits=IMPATIENT).link(device.address, login=login) as link:
        return read_device(link, Identity(maker=maker, kind="camera"), endpoints).features


def _unit(vendor: str, group: str, state: str, like: str, looks: dict[str, tuple[str, str]], **more: Any) -> Unit:
    base = msgspec.structs.replace(
        KNOWN[like], id=f"{vendor}-{group}-{state}", datagrams=(), finders=(), rtsp=None, certificate=None,
        **{"onvif": None, "services": ("http",), **more},
    )  # fmt: skip
    return Unit(vendor, state, base, looks)


def _switch(feature: str, state: str, **more: Any) -> Switch:
    """A switch in a state of the table; what is broken is switched on."""
    position = cast(State, state if state in get_args(State) else "on")
    return Switch(feature, position, linked=state != "unlinked", **more)


def _faults(state: str, *words: str) -> dict[str, Fault]:
    return dict.fromkeys(words, FAULTS[state]) if state in FAULTS else {}


# -- Hikvision -------------------------------------------------------------------------------------------

_SMART = (
    ("line-crossing", "intrusion", "face-detection"),
    ("loitering", "crowd", "running", "parking"),
    ("object-left", "object-removed", "people-counting", "heat-map"),
    ("audio-detection", "auto-tracking", "motion", "tamper"),
)
_SMART_PAGES = ("/ISAPI/Smart/", "/counting", "/heatMap", "/motionDetection", "/tamperDetection")
_OTHERS = (
    ("capture", "face-detection", "facesnap", "/faceRule"),
    ("compare", "face-recognition", "faceContrast", "/faceContrast"),
    ("road", "anpr", "roadDetection", "/vehicleDetect"),
    ("mixed", "person-attributes", "mixedTargetDetection", "/mixedTargetDetection"),
)


def hikvision(state: str) -> Iterator[Unit]:
    """Cameras with VCAResource, one of the open platform, one older than both."""
    for number, features in enumerate(_SMART):
        looks = {name: (name, "1") for name in features}
        if "line-crossing" in features:
            looks["object-class"] = ("object-class", "1")
        yield _hikvision(f"smart{number}", state, "smart", looks, _SMART_PAGES)
    for group, feature, family, page in _OTHERS:
        yield _hikvision(group, state, family, {f"{feature} ({group})": (feature, "1")}, (page,))
    yield _hikvision("platform", state, None, {"face-detection (platform)": ("face-detection", "1")}, ("/faceRule",))
    yield _hikvision("classic", state, None, {"line-crossing (classic)": ("line-crossing", "1")}, ("/ISAPI/Smart/",))


def _hikvision(
    group: str, state: str, family: str | None, looks: dict[str, tuple[str, str]], pages: tuple[str, ...]
) -> Unit:
    switches = []
    for feature, _ in looks.values():
        if feature != "object-class":
            name = "faceCapture" if group in ("capture", "platform") else ""
            switches.append(
                _switch(feature, state, name=name, targets=("human",) if feature == "line-crossing" else ())
            )
    extra: dict[str, Any] = {}
    if family is not None:
        extra = {"families": [family, "close"], "family": "close" if state == "not-loaded" else family}
        if state == "missing" and family != "smart":
            extra = {"families": ["close"], "family": "close"}
    elif group == "platform":
        extra = {"platform_apps": [{"name": "Face Capture", "running": state != "not-loaded"}]}
    faults = _faults(state, *pages)
    if state == "hours-malformed":
        faults = {"/Event/schedules/": "malformed"}
    if state == "actions-malformed":
        faults = {"/Event/triggers": "malformed"}
    return _unit(
        "hikvision", group, state, "hikvision-switched-off", looks, switches=tuple(switches), extra=extra,
        faults=faults, algorithms=("MD5",),
    )  # fmt: skip


# -- Dahua -------------------------------------------------------------------------------------------------

_DAHUA_RULES = (
    "line-crossing", "intrusion", "object-left", "object-removed", "running", "loitering", "parking", "crowd",
    "face-detection", "face-recognition", "people-counting", "heat-map", "anpr",
)  # fmt: skip
_DAHUA_PAGES = ("VideoAnalyse", "faceRecognitionServer", "SmartMotionDetect")


def dahua(state: str) -> Iterator[Unit]:
    """One device with a rule on each channel, one with face attributes, two with smart motion."""
    channels = {feature: str(number) for number, feature in enumerate(_DAHUA_RULES, 1)}
    switches = [
        _switch(feature, state, channel=channel, count=1204 if feature == "face-recognition" else None,
                targets=("human",) if feature == "line-crossing" else ())
        for feature, channel in channels.items()
    ]  # fmt: skip
    looks = {feature: (feature, channel) for feature, channel in channels.items()}
    looks["object-class"] = ("object-class", channels["line-crossing"])
    yield _dahua("rules", state, looks, switches, _faults(state, *_DAHUA_PAGES))
    named = ("face-attributes.age", "face-attributes.gender", "face-attributes.glasses", "face-attributes.mask",
             "emotion")  # fmt: skip
    switches = [_switch("face-recognition", state, count=1), *(Switch(name, "on") for name in named)]
    looks = {name: (name, "1") for name in named} | {"face-attributes.beard": ("face-attributes.beard", "1")}
    yield _dahua("attributes", state, looks, switches, _faults(state, *_DAHUA_PAGES))
    motion = _switch("motion", "off" if state == "off" else "unlinked" if state == "unlinked" else "on")
    looks = {"object-class (smart motion)": ("object-class", "1"), "motion": ("motion", "1")}
    faults = _faults(state, "=SmartMotionDetect", "=MotionDetect")
    table = Switch("intrusion", "off")  # a table of rules, so that a missing section tells something
    yield _dahua("motion", state, looks, [_switch("object-class", state, targets=("human",)), motion, table], faults)
    looks = {"object-class (motion off)": ("object-class", "1")}
    switches = [_switch("object-class", state, targets=("human",)), Switch("motion", "off"), table]
    yield _dahua("still", state, looks, switches, _faults(state, "=SmartMotionDetect", "=MotionDetect"))

    if state == "missing":
        looks = {"object-class (no tables)": ("object-class", "1")}
        yield _dahua("bare", state, looks, [_switch("object-class", state, targets=("human",))], {})


def _dahua(
    group: str, state: str, looks: dict[str, tuple[str, str]], switches: list[Switch], faults: dict[str, Fault]
) -> Unit:
    return _unit(
        "dahua", group, state, "dahua-face", looks, switches=tuple(switches), extra={"capital_headers": True},
        faults=faults,
    )  # fmt: skip


# -- Axis --------------------------------------------------------------------------------------------------

_SCENARIOS = ("line-crossing", "intrusion", "people-counting", "crowd")
_GUARDS = {
    "fenceguard": "line-crossing", "loiteringguard": "loitering", "motionguard": "intrusion", "vmd": "motion",
}  # fmt: skip
_APPS = {
    "fflprapp": ("anpr",), "tvpc": ("people-counting",), "queue": ("queue",), "faceverifier": ("face-recognition",),
    "demographics": ("face-attributes.age", "face-attributes.gender"), "DigitalAutotracking": ("auto-tracking",),
    "TrafficWiz": ("custom-ai",),
}  # fmt: skip
_STATUS = {"not-loaded": "Stopped", "supported-only": "Idle"}


def axis(state: str) -> Iterator[Unit]:
    """Object Analytics, the guards, applications of others, sound and scene metadata."""
    looks = {name: (name, "1") for name in (*_SCENARIOS, "object-class")}
    switches = [_switch(name, state, targets=("human",)) for name in _SCENARIOS]
    yield _axis("analytics", state, looks, ("objectanalytics",), switches, "/local/objectanalytics")
    yield _axis("guards", state, {f"{what} ({name})": (what, "1") for name, what in _GUARDS.items()}, (*_GUARDS,), [],
                "/local/")  # fmt: skip
    others = [name for name in _APPS if name != "TrafficWiz"]
    looks = {f"{what} ({name})": (what, "device") for name in others for what in _APPS[name]}
    yield _axis("apps", state, looks, others, [], "applications/list")
    yield _axis("unheard-of", state, {"custom-ai": ("custom-ai", "device")}, ("TrafficWiz",), [], "applications/list")
    licences = {"Valid": "anpr (valid)", "Custom": "anpr (custom)", "Missing": "anpr (no licence)"}
    for licence, label in licences.items():
        yield _axis(licence, state, {label: ("anpr", "device")}, ("fflprapp",), [], "applications/list", licence)
    sound = [] if state == "missing" else [_switch("audio-detection", state)]
    looks = {"audio-detection": ("audio-detection", "1"), "smart-search": ("smart-search", "1")}
    yield _axis("sound", state, looks, (), sound, "/axis-cgi/audioanalytics", "None", "/axis-cgi/analyticsmetadata")


def _axis(
    group: str, state: str, looks: dict[str, tuple[str, str]], names: Sequence[str], switches: list[Switch],
    page: str, licence: str = "None", second: str = "",
) -> Unit:  # fmt: skip
    apps = [
        {"name": name, "nice": name, "status": _STATUS.get(state, "Running"), "license": licence,
         "profiles": state != "off", "linked": state != "unlinked"}
        for name in names if state != "missing"
    ]  # fmt: skip
    faults = _faults(state, *filter(None, (page, second)))
    if state == "forbidden":
        faults = dict.fromkeys(filter(None, (page, second)), "forbidden")
    extra: dict[str, Any] = {"apps": apps}
    if group == "sound" and state == "missing":
        extra["old"] = True
    return _unit(
        "axis", group, state, "axis-aoa", looks, switches=tuple(switches), extra=extra, faults=faults,
        settings={"metadata.stream": state != "off", "audio.enabled": False},
    )  # fmt: skip


# -- ONVIF -------------------------------------------------------------------------------------------------

_TYPES = {
    "line-crossing": "tt:LineDetector", "intrusion": "tt:FieldDetector", "loitering": "tt:LoiteringDetector",
    "people-counting": "tt:LineCounting", "object-class": "tt:ObjectDetection",
    "face-detection": "tt:FaceDetectDetector", "face-recognition": "tt:FaceRecognition",
    "anpr": "tt:LicensePlateRecognition", "crowd": "tt:CrowdGatheringDetector",
}  # fmt: skip
_READS = ("GetRules", "GetAnalyticsModules")
_FRAME = "<tt:HumanFace><fc:Age><tt:Min>30</tt:Min></fc:Age><fc:Gender>Female</fc:Gender></tt:HumanFace>"


def onvif(state: str) -> Iterator[Unit]:
    """Rules with a switch of their own, rules of the plain standard, metadata and its sample frame."""
    yield _onvif("switched", state, {f"{name} (switch)": (name, "1") for name in _TYPES}, "Enable")
    yield _onvif("plain", state, {f"{name} (plain)": (name, "1") for name in (*_TYPES, "motion")}, "")
    looks = {"smart-search": ("smart-search", "1"), "face-attributes.age": ("face-attributes.age", "1"),
             "face-attributes.gender": ("face-attributes.gender", "1")}  # fmt: skip
    yield _onvif("metadata", state, looks, "")


def _onvif(group: str, state: str, looks: dict[str, tuple[str, str]], switch_item: str) -> Unit:
    names = [] if group == "metadata" or state == "missing" else [*_TYPES, "motion"]
    types = {**_TYPES, "motion": "tt:CellMotionDetector"}
    rules = tuple(OnvifRule(name, types[name], name=f"My {name}", switch_item=switch_item) for name in names)
    metadata = None if state in ("missing", "supported-only") else state != "off"
    own = KNOWN["onvif-faces"].onvif
    assert own is not None
    service = msgspec.structs.replace(
        own, analytics=True, anonymous=False, rules=rules, metadata=metadata if group == "metadata" else None,
        attached=state != "detached", sample_frame=_FRAME if group == "metadata" and state != "missing" else "",
    )  # fmt: skip
    words = ("GetMetadataConfigurations", "GetSupportedMetadata") if group == "metadata" else _READS
    faults = _faults(state, *words)
    if state == "forbidden":
        faults = dict.fromkeys(words, "forbidden")
    switches = [_switch(name, "on" if state == "forbidden" else state) for name in names]
    return _unit("onvif", group, state, "onvif-faces", looks, switches=tuple(switches), onvif=service, faults=faults,
                 extra={})  # fmt: skip
