"""The words of an audit as types: frozen, no I/O, no clock.

Data walks one way: Target -> Endpoint and Observation -> Claim and Identity -> FactSeen, Feature,
Attached, Gap -> Device -> Inventory. Rules and reports read the Inventory and nothing else.
All times are aware datetimes in UTC.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal, TypeAlias

import msgspec

Answer: TypeAlias = Literal["yes", "no", "unknown"]
Grade: TypeAlias = Literal["C1", "C2", "C3"]
"""C3 two independent device-side signals agree, or one authenticated read; C2 one self-declared
signal; C1 circumstantial (OUI, ports, favicon)."""

Kind: TypeAlias = Literal["camera", "recorder", "encoder", "intercom", "access-control", "vms", "other", "unknown"]
CAMERA_KINDS: frozenset[str] = frozenset({"camera", "recorder", "encoder", "intercom"})

Column: TypeAlias = Literal["supported", "licensed", "enabled", "armed", "linked"]
COLUMNS: tuple[Column, ...] = ("supported", "licensed", "enabled", "armed", "linked")

Silence: TypeAlias = Literal[
    "refused",  # the connection was refused: nobody listens there
    "silent",  # no reply in time
    "closed-early",  # the device hung up before the reply was whole
    "tls-failed",
    "no-login",  # the device asks for a login and the operator gave none
    "login-refused",  # the login given was rejected; it is not tried again
    "login-locked",  # the device says that the account or our address is locked
    "forbidden",  # the login has no right to this part
    "no-such-page",  # the device has no such interface
    "malformed",  # the reply cannot be read
    "too-large",
    "too-slow",  # the whole exchange took longer than its deadline
    "out-of-scope",
    "left-alone",  # failed three times and was left alone after that
    "over-budget",  # as many requests were sent as one device gets
    "insecure-login",  # the login would travel in clear (Basic, or in a body) and the operator did not allow it
    "no-reader",  # no published way to read this on this device, or none that camaudit has
    "not-told",  # nobody told us: an input of the organisation (site type, evidence record) is missing
    "seen-through",  # only seen through a recorder; the camera itself was not read
    "interrupted",  # the audit was stopped before this was read
    "out-of-hours",  # the hours of the site had ended
    "not-asked",  # nothing was sent: known from a file only
    "undecided",  # what was seen of the device does not decide it
    "no-data",  # the dated list that would decide it has nothing on this maker
    "our-bug",
]
SILENCES: tuple[str, ...] = Silence.__args__  # type: ignore[attr-defined]  # typing keeps Literal values here

LoginState: TypeAlias = Literal[
    "not-needed", "none-given", "accepted", "refused", "locked", "remembered-refusal", "untried"
]


_UNREAD: dict[LoginState, Silence] = {
    "none-given": "no-login",
    "refused": "login-refused",
    "remembered-refusal": "login-refused",
    "locked": "login-locked",
}


class Frozen(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Base of every type here; JSON in and out by msgspec."""


# -- seen ---------------------------------------------------------------------------------------


class Target(Frozen, frozen=True):
    """One address asked for. ``address`` is a canonical IP address; ``label`` the name it was given by."""

    address: str
    label: str = ""
    site: str = ""
    ports: tuple[int, ...] = ()  # known open from a file: tried first


class Endpoint(Frozen, frozen=True):
    """One door of a host. ``service`` is what it was shown to speak, '' while unknown."""

    address: str
    port: int
    transport: Literal["tcp", "udp"] = "tcp"
    service: str = ""  # http, https, rtsp, rtsps, onvif, ws-discovery, sadp, dhip, ssdp, sdk-hikvision, sdk-dahua ...
    path: str = ""  # for onvif: the path of the device service
    found_by: str = ""


class Evidence(Frozen, frozen=True):
    """One reply of a device, as proof. The redacted bytes lie in the evidence store under ``blob``.

    ``id`` is short and unique within an audit; ``blob`` the sha256 (hex) of the stored bytes;
    ``excerpt`` the first printable characters, without control bytes.
    """

    id: str
    address: str
    port: int
    request: str  # as sent, without secrets: "GET /ISAPI/System/deviceInfo"
    status: str  # "200", "401", "datagram", "handshake" ...
    seen_at: datetime
    blob: str
    size: int
    excerpt: str = ""


class Observation(Frozen, frozen=True):
    """One text a device showed before any login. ``seen_in`` is a KIND of ``scanner.facts.SEEN_IN``."""

    seen_in: str
    raw: str
    evidence: str = ""  # Evidence.id
    port: int = 0


# -- agreed -------------------------------------------------------------------------------------


class Known(Frozen, frozen=True, tag="known", tag_field="state"):
    """A fact with its evidence. ``value`` is a JSON value of the type ``scanner.facts`` gives the key."""

    value: Any
    evidence: tuple[str, ...] = ()
    grade: Grade = "C3"


class Contested(Frozen, frozen=True, tag="contested", tag_field="state"):
    """Sources disagree; each value keeps its evidence. Rules read it as unknown."""

    values: tuple[Known, ...]


class Unseen(Frozen, frozen=True, tag="unseen", tag_field="state"):
    """Not seen, and why. Never read as a pass."""

    why: Silence
    detail: str = ""
    evidence: tuple[str, ...] = ()


Fact: TypeAlias = Known | Contested | Unseen


class FactSeen(Frozen, frozen=True):
    """One fact of a device as a stage reports it; ``key`` is in ``scanner.facts.FACTS``."""

    key: str
    fact: Fact


class Gap(Frozen, frozen=True):
    """A part of a device that could not be read."""

    part: str  # "hikvision: smart events", "first contact: https"
    why: Silence
    detail: str = ""


class Claim(Frozen, frozen=True):
    """One statement about who a device is, from one signal."""

    field: Literal["maker", "brand", "model", "firmware", "build_date", "serial", "mac", "kind"]
    value: str
    grade: Grade
    pattern: str  # id of the pattern, or "driver:hikvision"
    seen_in: str
    evidence: str = ""


class Firmware(Frozen, frozen=True):
    """``version`` normalised, ``raw`` as the device said it."""

    version: str
    raw: str
    build_date: date | None = None


class Identity(Frozen, frozen=True):
    """Who a device is. ``maker`` built it, ``brand`` is the name on it; grade is that of the maker.

    ``reasons`` are sentences; ``contested`` maps a field to the values its sources disagree on.
    """

    brand: str | None = None
    maker: str | None = None
    model: str | None = None
    firmware: Firmware | None = None
    serial: str | None = None
    mac: str | None = None
    kind: Kind = "unknown"
    grade: Grade | None = None
    reasons: tuple[str, ...] = ()
    claims: tuple[Claim, ...] = ()
    contested: dict[str, tuple[str, ...]] = {}

    @property
    def is_camera(self) -> bool | None:
        """True for camera, recorder, encoder, intercom; None when it cannot be told."""
        return None if self.kind == "unknown" else self.kind in CAMERA_KINDS


class Proof(Frozen, frozen=True):
    """Why one column of a feature has its answer: which reply, and what it said there."""

    column: Column
    evidence: str  # Evidence.id
    says: str  # "LineDetection/enabled = true"


class Feature(Frozen, frozen=True):
    """One AI function on one channel, in five columns.

    ``feature`` is an id of ``scanner.facts.FEATURES``; ``channel`` counts from "1", "device" when the
    answer holds for the whole unit. ``read_by`` is the driver. ``why`` gives the reason of each unknown
    column. ``verified`` is False where no recording of a real device confirms the reader.
    ``count`` is the size of a library (faces, plates) where one belongs to the feature: a number, never its content.
    """

    feature: str
    channel: str
    supported: Answer = "unknown"
    licensed: Answer = "unknown"
    enabled: Answer = "unknown"
    armed: Answer = "unknown"
    linked: Answer = "unknown"
    read_by: str = ""
    vendor_name: str = ""
    why: dict[str, Silence] = {}
    proofs: tuple[Proof, ...] = ()
    count: int | None = None
    verified: bool = True


Slot: TypeAlias = Literal[
    "live",  # the recorder says that a camera answers on it
    "absent",  # set up, and the recorder says that none answers: switched off, out of reach, or gone
    "left-over",  # an old entry: switched off, or empty as the recorder says, or another device answers at its address
    "analogue",  # a picture input of the recorder itself, for a camera without an address
    "itself",  # the recorder lists itself
    "unknown",  # set up, and nobody says whether a camera answers
]
NO_CAMERA: frozenset[Slot] = frozenset({"left-over", "analogue", "itself"})
"""Channels that stand for no network camera: listed with their word, and never counted as one."""


class Attached(Frozen, frozen=True):
    """One channel of a recorder and the camera on it, as the recorder tells. ``slot``: what stands behind it."""

    channel: str
    name: str = ""
    address: str | None = None
    brand: str | None = None
    maker: str | None = None
    model: str | None = None
    firmware: Firmware | None = None
    serial: str | None = None
    mac: str | None = None
    online: Answer = "unknown"
    protocol: str = ""
    device: str | None = None  # Device.id of the same camera, seen directly or through recorders only
    evidence: tuple[str, ...] = ()
    slot: Slot = "unknown"


class Device(Frozen, frozen=True, kw_only=True):
    """One thing with an address. ``id`` is stable: from serial or MAC where known, else from the address."""

    id: str
    site: str
    address: str
    also_at: tuple[str, ...] = ()  # other addresses at which the same unit was seen
    identity: Identity
    mac: str | None = None
    endpoints: tuple[Endpoint, ...] = ()
    features: tuple[Feature, ...] = ()
    facts: dict[str, Fact] = {}
    attached: tuple[Attached, ...] = ()
    gaps: tuple[Gap, ...] = ()
    login: LoginState = "untried"
    read_by: tuple[str, ...] = ()  # drivers that read it
    first_seen: datetime
    last_seen: datetime
    seen_through: str | None = None  # Device.id of the recorder, for a camera never seen directly
    observations: tuple[Observation, ...] = ()

    @property
    def addresses(self) -> tuple[str, ...]:
        """Every address of it, the one it was read at first; none where a recorder told of no address."""
        return tuple(filter(None, (self.address, *self.also_at)))

    @property
    def said_by(self) -> Literal["camera", "recorder"]:
        """Whose word its features are: a camera's about itself, or a recorder's about its channels."""
        lists_cameras = any(entry.slot != "analogue" for entry in self.attached)
        return "recorder" if self.identity.kind == "recorder" or lists_cameras else "camera"

    def camera_on(self, channel: str) -> str:
        """Device.id of the camera on a channel of this recorder, '' where none is known."""
        found = (entry.device for entry in self.attached if entry.channel == channel and entry.device != self.id)
        return next(found, None) or ""

    @property
    def settings_unread(self) -> Silence | None:
        """Why the settings of a camera could not be read after a login; None when they were."""
        if self.login == "accepted":
            return None
        if self.seen_through is not None:
            return "seen-through"
        if self.login in _UNREAD:
            return _UNREAD[self.login]
        return self.gaps[0].why if self.gaps else "no-reader"


# -- the organisation's own statements --------------------------------------------------------------


class Record(Frozen, frozen=True):
    """A document the organisation says it has (a DPIA, a consent record, a notice ...)."""

    date: date
    owner: str = ""
    covers: tuple[str, ...] = ()  # feature ids; empty: not said
    note: str = ""
    days: int | None = None  # of a retention rule: how long recordings may be kept; None: not said


class Site(Frozen, frozen=True):
    """A place of the organisation. The auditor states all of it; nothing is guessed.

    ``type``, ``tags`` and ``body`` take the words of ``scanner.facts``; ``records`` maps an evidence key
    (``scanner.facts.SITE_RECORDS``: dpia, art9_condition, consent, notice, retention, ...) to its record.
    """

    name: str
    type: str = ""
    tags: tuple[str, ...] = ()
    ranges: tuple[str, ...] = ()
    segment: Literal["dedicated", "shared", ""] = ""
    exposed: Answer = "unknown"
    records: dict[str, Record] = {}
    hours: tuple[str, ...] = ()  # when it may be asked, as in scanner.hours; empty: always
    timezone: str = ""  # of these hours; empty: that of the organisation, or of the machine


class Organisation(Frozen, frozen=True):
    """Whose cameras these are. ``jurisdiction`` and ``bodies`` take the words of ``scanner.facts``."""

    name: str = ""
    jurisdiction: str = ""
    bodies: tuple[str, ...] = ()
    timezone: str = ""


# -- one audit ------------------------------------------------------------------------------------


class ScopeRecord(Frozen, frozen=True):
    """The authorisation as it was used."""

    allow: tuple[str, ...]
    deny: tuple[str, ...] = ()
    authorised_by: str = ""
    reference: str = ""
    valid_until: date | None = None


class SiteCoverage(Frozen, frozen=True):
    """What could and could not be seen at one site. Counts of addresses, then of devices."""

    site: str
    asked: int = 0  # to the end
    answered: int = 0
    refusing: int = 0  # somebody is there, and every door that was tried is closed
    unreachable: int = 0  # the network said that it cannot get there
    not_asked: int = 0  # the audit was stopped before
    identified: int = 0  # maker known
    cameras: int = 0
    not_cameras: int = 0
    unclear: int = 0  # answered, and it cannot be told what it is
    authenticated: int = 0
    not_evaluable: dict[str, int] = {}  # Silence -> number of camera devices with that gap in login
    vantage: tuple[str, ...] = ()  # sentences: what could not have been seen from here


class HarmRecord(Frozen, frozen=True):
    """The do-no-harm record: what was sent, and whether every door open before was open after."""

    datagrams: int = 0
    connections: int = 0
    requests: int = 0
    bytes_sent: int = 0
    by_protocol: dict[str, int] = {}
    logins_rejected: int = 0
    refused_by_door: int = 0  # attempts our own door stopped
    closed_after: tuple[str, ...] = ()  # "127.0.0.1:80": open before, not after
    ledger_head: str = ""  # hash of the last line
    ledger_lines: int = 0
    pace: str = ""


class RegisterRow(Frozen, frozen=True, kw_only=True):
    """What a register of the organisation states of one device: its words, no sign that anybody is there.

    ``address`` and ``mac`` are in their normal form, or '' where the register gives none or no usable one.
    """

    place: str  # "assets.csv:12"
    name: str = ""
    site: str = ""
    location: str = ""
    address: str = ""
    mac: str = ""
    serial: str = ""
    brand: str = ""
    model: str = ""
    firmware: str = ""
    kind: str = ""


NotSeen: TypeAlias = Literal[
    "out-of-scope",  # its address was no part of the audit
    "dark",  # asked, and nobody answered
    "unreachable",  # the network said that it cannot get there
    "refusing",  # somebody is there, and every door that was tried is closed
    "not-asked",  # made from files, or stopped before its address was asked
    "no-address",  # it has no address to ask, and nobody showed its serial number or Ethernet address
    "another-device",  # at its address answers one with another serial number or Ethernet address
    "same-device",  # another row of the register has the device already
]


class RegisterMatch(Frozen, frozen=True, kw_only=True):
    """A row and the device it was matched to; ``why`` none was. ``differs``: sentences, where the two disagree."""

    row: RegisterRow
    device: str = ""  # Device.id
    by: Literal["serial", "mac", "address", ""] = ""
    why: NotSeen | Literal[""] = ""
    differs: tuple[str, ...] = ()


class RegisterResult(Frozen, frozen=True, kw_only=True):
    """A register held against what was seen.

    ``unregistered`` are the ids of cameras in no row, ``unclear`` counts the devices of unclear kind in no row;
    ``conflicts`` are sentences: rows that point at several devices, rows that point at the same.
    """

    files: tuple[str, ...] = ()
    rows: tuple[RegisterMatch, ...] = ()
    unregistered: tuple[str, ...] = ()
    unclear: int = 0
    conflicts: tuple[str, ...] = ()


class Audit(Frozen, frozen=True, kw_only=True):
    """One run."""

    id: str
    started_at: datetime
    tool: str  # "camaudit 0.1.0"
    scope: ScopeRecord
    organisation: Organisation = msgspec.field(default_factory=Organisation)
    sites: tuple[Site, ...] = ()
    finished_at: datetime | None = None
    interrupted: bool = False
    coverage: tuple[SiteCoverage, ...] = ()
    harm: HarmRecord = msgspec.field(default_factory=HarmRecord)
    notes: tuple[str, ...] = ()  # reductions: "nmap not installed: no service detection"
    register: RegisterResult | None = None  # None: no register was given
    sources: tuple[str, ...] = ()  # the files it was made from; empty: the network was asked


class Inventory(Frozen, frozen=True):
    """The whole truth of one audit. ``evidence`` maps Evidence.id to it."""

    audit: Audit
    devices: tuple[Device, ...]
    evidence: dict[str, Evidence] = {}
