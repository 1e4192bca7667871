"""The words of the virtual fleet: what a personality is, where a device stands, what is true of it.

Personalities and fleets are YAML files read into these types; nothing here opens a socket.
"""

from __future__ import annotations

import string
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal, TypeAlias

import msgspec

from scanner.model import Frozen, Kind

State: TypeAlias = Literal[
    "off",  # there, readable, switched off
    "on",  # switched on, with a schedule
    "no-schedule",  # switched on, and its schedule is empty
    "not-loaded",  # its rule says enabled, but the algorithm family it needs is not loaded
    "supported-only",  # named among the abilities; there is nothing to read about its state
    "forbidden",  # there, but this login may not read it (403)
    "missing",  # the device has no such section and says so
]

Fault: TypeAlias = Literal[
    "forbidden",  # this login has no right to it
    "malformed",  # bytes nobody can read
    "silent",  # nothing, until the visitor gives up
]

SERVICE_PORTS: dict[str, dict[str, int]] = {
    "high": {
        "http": 8080,
        "https": 8443,
        "rtsp": 8554,
        "sdk-hikvision": 8000,
        "http-onvif": 8000,
        "sdk-dahua": 37777,
        "ssh": 2222,
    },
    "real": {
        "http": 80,
        "https": 443,
        "rtsp": 554,
        "sdk-hikvision": 8000,
        "http-onvif": 8000,
        "sdk-dahua": 37777,
        "ssh": 22,
        "telnet": 23,
        "ftp": 21,
    },
}
DATAGRAM_PORTS: dict[str, int] = {"ws-discovery": 3702, "sadp": 37020, "dhip": 37810, "ssdp": 1900}
FINDER_PORTS: dict[str, int] = {
    "mdns": 5353, "hanwha": 7701, "bosch": 1757, "vivotek": 10000, "ipro": 10670, "sony": 2380, "ubiquiti": 10001,
    "tvt": 23456, "xiongmai": 34569, "tplink": 20002, "reolink": 2000, "dvrip": 5050, "foscam": 10000,
}  # fmt: skip


class Switch(Frozen, frozen=True):
    """One AI function of a personality and the position of its switch.

    ``targets`` are the object classes the rule filters for (human, vehicle); ``linked`` says whether an action
    hangs on it; ``count`` is the size of its library; ``name`` is the maker's own name for it where one is needed.
    """

    feature: str
    state: State = "off"
    channel: str = "1"
    linked: bool = True
    targets: tuple[str, ...] = ()
    count: int | None = None
    name: str = ""


class Lock(Frozen, frozen=True):
    """After ``attempts`` rejected logins the device refuses every login for ``seconds``."""

    attempts: int = 5
    seconds: int = 1800
    enabled: bool = True


class Certificate(Frozen, frozen=True):
    """Names of the self-signed certificate; ``{mac12}``, ``{address}``, ``{serial}`` are filled in per device."""

    subject: dict[str, str]
    issuer: dict[str, str] | None = None
    legacy: bool = False  # TLS 1.0 and 1.1 are accepted too


class Rtsp(Frozen, frozen=True):
    """How the RTSP server presents itself. ``anonymous``: DESCRIBE is answered without a login.

    ``dies_of_http``: one HTTP request ends the service, as on real servers.
    """

    realm: str = ""
    server: str | None = None
    basic: bool = False
    anonymous: bool = False
    dies_of_http: bool = False
    session_name: str = "Media Presentation"
    tool: str = ""


class OnvifRule(Frozen, frozen=True):
    """One rule type of the analytics service. Its state is that of the switch of ``feature``.

    ``switch_item`` names the boolean parameter that turns it on, where this maker has one; ``module`` makes it an
    analytics module as well, as some firmware does; ``engine`` makes it a module and no rule.
    """

    feature: str
    type: str
    topic: str = ""
    name: str = ""
    switch_item: str = ""
    params: dict[str, str] = msgspec.field(default_factory=dict)
    module: bool = False
    engine: bool = False


class Onvif(Frozen, frozen=True):
    """The ONVIF side of a device. ``anonymous``: protected reads are answered without a login.

    ``flags``: the capability flags tell of the analytics service (some devices have it and do not say so).
    """

    manufacturer: str = ""
    model: str = ""
    firmware: str = ""
    serial: str = ""
    hardware: str = ""
    scopes: tuple[str, ...] = ()
    analytics: bool = False
    flags: bool = True
    media2: bool = True
    attached: bool = True  # a media profile refers to the analytics configuration
    metadata: bool | None = None  # MetadataConfiguration/Analytics; None: the element is absent
    rules: tuple[OnvifRule, ...] = ()
    topics: tuple[str, ...] = ()
    users: tuple[tuple[str, str], ...] = ()
    anonymous: bool = False
    own_accounts: bool = False  # it takes none of the logins of the web pages, and counts those it rejects
    faults: Literal["receiver", "gsoap"] = "receiver"
    wants: Literal["both", "digest", "token"] = "both"
    service_path: str = "/onvif/device_service"
    xaddr: str = ""  # an address the device announces instead of its own (behind NAT, stale)
    sample_frame: str = ""  # XML of an object in its sample metadata frame


class AttachedCamera(Frozen, frozen=True):
    """A camera behind a recorder. ``device`` is the host of the same camera in the fleet, where it is there too."""

    channel: str
    name: str = ""
    address: str = ""
    model: str = ""
    firmware: str = ""
    serial: str = ""
    mac: str = ""
    maker: str = ""
    protocol: str = ""
    online: bool = True
    enabled: bool = True
    device: str = ""


class Personality(Frozen, frozen=True, kw_only=True):
    """One kind of device. ``style`` names the module of ``scanner.lab.styles`` that speaks for it."""

    id: str
    title: str
    style: str
    kind: Kind
    brand: str = ""
    maker: str = ""
    model: str = ""
    firmware: str = ""
    build_date: date | None = None
    oui: str = "02:00:00"
    serial: str = "{mac12}"
    services: tuple[str, ...] = ()
    datagrams: tuple[str, ...] = ()
    finders: tuple[str, ...] = ()  # of its maker, and mDNS: answered when somebody asks
    server: str | None = None
    realm: str = "{model}"
    algorithms: tuple[str, ...] = ("MD5",)
    offers_basic: bool = False
    certificate: Certificate | None = None
    lock: Lock = Lock()
    locked: bool = False  # its login is locked from the start
    fragile_rate: float | None = None  # requests a second it bears
    clock_offset_seconds: int = 0
    rtsp: Rtsp | None = None
    onvif: Onvif | None = None
    switches: tuple[Switch, ...] = ()
    settings: dict[str, Any] = msgspec.field(default_factory=dict)  # fact key -> value; served, and true
    attached: tuple[AttachedCamera, ...] = ()
    faults: dict[str, Fault] = msgspec.field(default_factory=dict)  # part of a request -> what comes for its answer
    extra: dict[str, Any] = msgspec.field(default_factory=dict)  # what only this style reads

    def __str__(self) -> str:
        return self.id

    @property
    def is_camera(self) -> bool:
        return self.kind in ("camera", "recorder", "encoder", "intercom")


class Placement(Frozen, frozen=True, kw_only=True):
    """One device of a fleet: which personality, where, and which login it takes.

    ``host`` is the last octet (or the last two, ``"3.17"``) under the base; '' means the next free one.
    ``login``: ``works`` (the auditor knows it), ``none`` (the auditor has none), ``refused`` (his is
    out of date).
    """

    personality: str
    host: str = ""
    name: str = ""
    site: str = ""
    user: str = "auditor"
    password: str = "Lab-Passw0rd"  # noqa: S105  # of invented devices that live on loopback
    login: Literal["works", "none", "refused"] = "works"
    serial: str = ""
    mac: str = ""
    firmware: str = ""
    switches: tuple[Switch, ...] | None = None
    attached: tuple[AttachedCamera, ...] | None = None
    settings: dict[str, Any] = msgspec.field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DeviceTruth:
    """What is so, for a test to compare an audit with.

    ``features_on`` and ``features_supported`` map a channel to feature ids; ``features_on`` counts a switch without
    schedule as on, and one whose algorithm family is not loaded as off. ``features_armed`` and ``features_linked``
    are the parts of it that have a schedule and an action. ``features_hidden``: there, but
    not readable with this login.
    ``told`` names the identity fields (maker, brand, model, firmware, serial, mac, kind) that the device tells with the
    login the auditor has, or without any. ``maker`` and ``brand`` are None where nobody could know them.
    ``login`` is what the auditor has been given (None where nobody can log in), ``login_works`` whether it is taken.
    """

    address: str
    is_camera: bool
    kind: Kind
    brand: str | None
    maker: str | None
    model: str
    firmware: str
    build_date: date | None
    serial: str
    mac: str
    features_on: dict[str, frozenset[str]]
    features_supported: dict[str, frozenset[str]]
    features_armed: dict[str, frozenset[str]]
    features_linked: dict[str, frozenset[str]]
    features_hidden: dict[str, frozenset[str]]
    attached: tuple[AttachedCamera, ...]
    login: tuple[str, str] | None
    login_works: bool
    facts: dict[str, Any]
    personality: str = ""
    site: str = ""
    told: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Harm:
    """Something that would have hurt a real device."""

    at: datetime
    address: str
    port: int
    kind: str
    detail: str


@dataclass(frozen=True, slots=True)
class Received:
    """One thing that came in: a datagram, a TCP connection, a TLS handshake, an HTTP or RTSP request."""

    at: datetime
    address: str
    port: int
    transport: Literal["tcp", "udp"]
    protocol: str
    method: str = ""
    path: str = ""


@dataclass(slots=True)
class Names:
    """The texts that differ from unit to unit, and the filling in of ``{mac12}`` and its like."""

    address: str
    mac: str
    model: str
    firmware: str
    serial: str = ""
    name: str = ""
    words: dict[str, str] = field(default_factory=dict)

    def fill(self, template: str) -> str:
        """Fill in a template of a personality; unknown names stay as they are."""
        digits = f"{int(self.mac.replace(':', '')[4:], 16):09d}"[-9:]
        return string.Template(template.replace("{", "${")).safe_substitute(
            address=self.address,
            mac=self.mac,
            mac12=self.mac.replace(":", ""),
            MAC12=self.mac.replace(":", "").upper(),
            macdash=self.mac.replace(":", "-"),
            MACDASH=self.mac.replace(":", "-").upper(),
            n9=digits,
            hex5=self.mac.replace(":", "").upper()[-5:],
            model=self.model,
            firmware=self.firmware,
            serial=self.serial,
            name=self.name,
            **self.words,
        )
