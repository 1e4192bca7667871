"""A fictional council as data: three sites, every verdict, unknowns, rebrands, and device text that bites.

``sample_inventory()`` and ``sample_packs()`` are valid by themselves; ``sample_view()`` judges the one by the other
with the real engine. ``big_audit(n)`` repeats ordinary devices up to ``n`` for benchmarks.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from ipaddress import ip_network
from typing import Any

from reports.view import AuditView, build
from rules import Pack, Reference, Rule, Waiver, judge
from rules.model import AnyOf, Condition, Test
from scanner.estate import Estate
from scanner.facts import FEATURES
from scanner.model import (
    Answer,
    Attached,
    Audit,
    Claim,
    Contested,
    Device,
    Endpoint,
    Evidence,
    Fact,
    Feature,
    Firmware,
    Gap,
    Grade,
    HarmRecord,
    Identity,
    Inventory,
    Kind,
    Known,
    LoginState,
    Organisation,
    Proof,
    Record,
    ScopeRecord,
    Silence,
    Site,
    Unseen,
)
from scanner.pipeline.coverage import coverage_of
from scanner.pipeline.landed import Landed

ON = date(2026, 11, 22)
STARTED = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
HOSTILE = "</script><img src=x onerror=alert(1)>{{7*7}}"
FORMULA = "=cmd|'/c calc'!A1"
REVERSED = "cam\u202egnp.exe"
LONG = "Kamera-über-dem-Haupteingang-" * 12
TOWN_HALL, SCHOOL, DEPOT = "Town Hall", "Fernmoor Secondary School", "Depot Ælfgar & Söhne"

SITES = (
    Site(TOWN_HALL, "office", ("sensitive",), ("10.20.0.0/22",), "dedicated", "no"),
    Site(SCHOOL, "school", (), ("10.20.4.0/22",), "shared", "unknown", {
        "dpia": Record(date(2025, 3, 1), "DPO", ("line-crossing",)),
    }),
    Site(DEPOT, ranges=("10.20.8.0/22",)),
)  # fmt: skip


def landed(devices: Sequence[Device]) -> Landed:
    """Every address of every site was asked; those of no device are dark, one in a hundred refuses."""
    seen = {device.address for device in devices}
    whole = Landed()
    for site in SITES:
        for number, address in enumerate(ip_network(site.ranges[0]).hosts()):
            if str(address) not in seen:
                whole.add(str(address), "refusing" if number % 100 == 0 else "dark")
    return whole


def evidence(address: str, port: int, request: str, excerpt: str, *, status: str = "200", after: int = 0) -> Evidence:
    """One reply; its id and hash follow from what it says."""
    blob = hashlib.sha256(f"{address}{port}{request}{excerpt}".encode()).hexdigest()
    return Evidence(
        id=f"e-{blob[:12]}", address=address, port=port, request=request, status=status,
        seen_at=STARTED + timedelta(seconds=after), blob=blob, size=len(excerpt), excerpt=excerpt,
    )  # fmt: skip


class Fleet:
    """Collects devices and their evidence."""

    def __init__(self) -> None:
        self.devices: list[Device] = []
        self.evidence: dict[str, Evidence] = {}

    def proof(self, address: str, request: str, excerpt: str, status: str = "200") -> str:
        """Keep one reply; returns its id."""
        item = evidence(address, 80, request, excerpt, status=status, after=len(self.evidence))
        self.evidence[item.id] = item
        return item.id

    def camera(
        self,
        address: str,
        site: str,
        maker: str | None,
        *,
        brand: str | None = None,
        model: str | None = "C-100",
        kind: Kind = "camera",
        grade: Grade | None = "C3",
        login: LoginState = "accepted",
        on: Sequence[str] = (),
        off: Sequence[str] = (),
        facts: dict[str, Fact] | None = None,
        channels: int = 1,
        **more: Any,
    ) -> Device:
        """Add a camera whose AI functions ``on`` and ``off`` were read, all unknown without a login."""
        name = brand or maker
        seen = self.proof(address, "GET /", f"Server: {name}")
        read = self.proof(address, "GET /api/system", f"<model>{model}</model>") if login == "accepted" else ""
        claims = tuple(
            Claim(field, value, grade or "C1", "pattern", "http-server-header", seen)  # type: ignore[arg-type]
            for field, value in (("maker", maker), ("brand", name), ("kind", kind))
            if value and grade
        )
        identity = Identity(
            brand=name, maker=maker, model=model, firmware=Firmware("5.7.3", "V5.7.3 build 220315", date(2022, 3, 15)),
            serial=f"SN{address.replace('.', '')}", mac=None, kind=kind, grade=grade,
            reasons=(f"the server header names {name}",), claims=claims, contested=more.pop("contested", {}),
        )  # fmt: skip
        device = Device(
            id=f"d-{hashlib.sha256(address.encode()).hexdigest()[:12]}", site=site, address=address, identity=identity,
            endpoints=(Endpoint(address, 80, service="http"),),
            features=tuple(self._features(read, login, on, off, channels)),
            facts={"web.https": Known(True, (seen,)), **(facts or {})},
            login=login, first_seen=STARTED, last_seen=STARTED + timedelta(minutes=5), **more,
        )  # fmt: skip
        self.devices.append(device)
        return device

    def _features(
        self, read: str, login: LoginState, on: Sequence[str], off: Sequence[str], channels: int
    ) -> Iterator[Feature]:
        why: Silence = "login-locked" if login == "locked" else "login-refused" if login == "refused" else "no-login"
        for number in range(1, channels + 1):
            for name in (*on, *off):
                answer: Answer = "unknown" if login != "accepted" else "yes" if name in on else "no"
                yield Feature(
                    name, str(number), supported=answer, licensed="unknown", enabled=answer,
                    armed=answer, linked="unknown", read_by="hikvision", vendor_name=f"{name}Detection",
                    why={"licensed": "no-reader", "linked": "forbidden"} if answer != "unknown" else dict.fromkeys(
                        ("supported", "licensed", "enabled", "armed", "linked"), why
                    ),
                    proofs=(Proof("enabled", read, f"{name}/enabled = {answer}"),) if read else (),
                    count=1204 if name == "face-recognition" else None, verified=name != "anpr",
                )  # fmt: skip


def sample_inventory() -> Inventory:
    """25 devices at three sites."""
    estate = Fleet()
    _town_hall(estate)
    _school(estate)
    _depot(estate)
    return Inventory(_audit(estate.devices), tuple(estate.devices), estate.evidence)


def _town_hall(estate: Fleet) -> None:
    add = estate.camera
    base = {"service.telnet": Known(False), "audio.enabled": Known(False)}
    add("10.20.0.4", TOWN_HALL, "Axis", model="P3245", on=("object-class",), off=("loitering",), facts=base)
    add("10.20.0.5", TOWN_HALL, "Hikvision", model="DS-2CD2143", on=("line-crossing", "motion"), facts={
        "service.telnet": Known(True, (estate.proof("10.20.0.5", "CONNECT 23", "login:"),)),
        "audio.enabled": Known(True, (estate.proof("10.20.0.5", "GET /api/audio", "<enabled>true</enabled>"),)),
    })  # fmt: skip
    add("10.20.0.6", TOWN_HALL, "Dahua", brand="Safesky", model="SS-41", on=("face-recognition", "face-detection"))
    add("10.20.0.7", TOWN_HALL, "Dahua", brand="Lorex", grade="C2", on=("anpr",), facts={
        "service.telnet": Contested((Known(True), Known(False))),
    })  # fmt: skip
    add("10.20.0.8", TOWN_HALL, None, model=None, grade=None, login="none-given")
    add("10.20.0.9", TOWN_HALL, "Hikvision", login="refused", on=("face-detection", "line-crossing"))
    add("10.20.0.10", TOWN_HALL, "Hikvision", login="locked", on=("face-detection",), gaps=(
        Gap("hikvision: smart events", "login-locked", "retry in 1783 s"),
    ))  # fmt: skip
    add("10.20.0.11", TOWN_HALL, "Bosch", grade="C1", login="untried", gaps=(Gap("drivers", "no-reader"),))


def _school(estate: Fleet) -> None:
    add = estate.camera
    seen = estate.proof("10.20.4.2", "GET /api/channels", "3 channels")
    recorder = add("10.20.4.2", SCHOOL, "Hikvision", model="DS-7608", kind="recorder", channels=8,
        on=("line-crossing",), off=("face-detection",), attached=(
            Attached("1", name=HOSTILE, address="10.20.4.3", brand="Axis", maker="Axis", model="M3085", online="yes",
                     device=f"d-{hashlib.sha256(b'10.20.4.3').hexdigest()[:12]}", evidence=(seen,)),
            Attached("2", name="Pausenhof", brand="Hikvision", maker="Hikvision", model="DS-2CD1", online="yes",
                     device="d-behind", evidence=(seen,)),
            Attached("3", name="", online="no", evidence=(seen,)),
        ))  # fmt: skip
    add("10.20.4.3", SCHOOL, "Axis", model=HOSTILE, on=("people-counting",), facts={"audio.enabled": Known(True)})
    add("10.20.4.4", SCHOOL, "Hanwha Vision", model=FORMULA, on=("emotion",))
    add("10.20.4.5", SCHOOL, "Uniview", model=REVERSED, contested={"model": ("IPC-1", "IPC-2")})
    add("10.20.4.6", SCHOOL, "Vivotek", model=LONG, login="none-given")
    add("10.20.4.7", SCHOOL, "Reolink", model="Kamera Δ-测试", facts={"audio.enabled": Unseen("malformed", "not JSON")})
    add("10.20.4.8", SCHOOL, "Axis", facts={"service.telnet": Known(False), "audio.enabled": Known(False)})
    estate.devices.append(Device(
        id="d-behind", site=SCHOOL, address="", identity=Identity(
            brand="Hikvision", maker="Hikvision", model="DS-2CD1", kind="camera", grade="C2",
            reasons=("as recorder 10.20.4.2 describes its channel 2",),
        ),
        gaps=(Gap("settings of the camera itself", "seen-through"),), seen_through=recorder.id, first_seen=STARTED,
        last_seen=STARTED,
    ))  # fmt: skip


def _depot(estate: Fleet) -> None:
    for number in range(2, 6):
        estate.camera(f"10.20.8.{number}", DEPOT, "Axis", facts={"service.telnet": Known(number == 5)})
    for number, kind in enumerate(("other", "vms", "access-control", "other"), 20):
        estate.devices.append(_plain(f"10.20.8.{number}", kind, brand="Printwell" if kind == "other" else None))  # type: ignore[arg-type]
    estate.devices.append(_plain("10.20.8.30", "unknown", brand=None))


def _plain(address: str, kind: Kind, brand: str | None) -> Device:
    return Device(
        id=f"d-{address}", site=DEPOT, address=address, identity=Identity(kind=kind, brand=brand), login="not-needed",
        endpoints=(Endpoint(address, 80, service="http"),), first_seen=STARTED, last_seen=STARTED,
    )  # fmt: skip


def _audit(devices: Sequence[Device]) -> Audit:
    return Audit(
        id="a-20261122-0930",
        started_at=STARTED,
        finished_at=STARTED + timedelta(minutes=7),
        tool="camaudit 0.1.0",
        scope=ScopeRecord(("10.20.0.0/20",), ("10.20.9.0/24",), "J. Doe", "AUDIT-2026-014", date(2026, 12, 31)),
        organisation=Organisation("Fernmoor Borough Council", "england", ("uk-council",)),
        sites=SITES,
        coverage=coverage_of(
            devices,
            landed(devices),
            Estate(sites=SITES),
            ("Multicast was not used: a camera that answers only to multicast was not seen.",),
        ),
        harm=HarmRecord(
            4088, 9120, 611, 740_221, {"http": 611, "tcp": 9120, "ws-discovery": 2044}, 1, 0, (), "9f" * 32, 13_819,
            "polite: 1,000 packets a second in total",
        ),
        notes=("nmap is not installed: services were not named.",),
    )  # fmt: skip


# -- rules -------------------------------------------------------------------------------------------


def a_rule(name: str, title: str, severity: str, detect: Condition, **more: Any) -> Rule:
    """A rule that fails where ``detect`` holds."""
    reference = Reference(
        "REF-1",
        "section 4",
        "https://example.org/guidance",
        date(2026, 11, 1),
        more.pop("verified", True),
        "Example guidance",
    )
    return Rule(
        id=name, pack="council", title=title, severity=severity, wants="detect", condition=detect,  # type: ignore[arg-type]
        confidence_needed=more.pop("needed", "C2"), rationale=f"Why {title.lower()} matters.",
        remediation="Switch it off, then audit again.", cannot_decide="Whether there is a good reason for it.",
        references=(reference,), examples=(), **more,
    )  # fmt: skip


def sample_packs() -> tuple[Pack, ...]:
    """One pack whose rules give every verdict on the sample."""
    rules = (
        a_rule("C-01", "Telnet is open", "high", Test("service.telnet", "equals", True)),
        a_rule("C-02", "Face recognition is on", "critical", Test("ai.face-recognition.enabled", "equals", True)),
        a_rule("C-03", "Sound is captured", "medium", Test("audio.enabled", "equals", True), verified=False),
        a_rule("C-04", "A listed maker", "high", Test("identity.maker", "in", ("Hikvision", "Dahua")), needed="C3"),
        a_rule("C-05", "Analytics at a school", "medium", AnyOf((
            Test("ai.emotion.enabled", "equals", True), Test("ai.people-counting.enabled", "equals", True),
        )), applies_to=Test("site.type", "equals", "school"), advisory=True),
    )  # fmt: skip
    return (
        Pack(
            id="council", title="Council pack", jurisdiction="england", version="2026.11",
            law_checked_on=date(2026, 11, 1), rules=rules,
        ),
    )  # fmt: skip


def sample_waivers() -> tuple[Waiver, ...]:
    """One in force and one expired."""
    common = {"approved_by": "A. Example, SIRO", "approved_on": date(2026, 1, 10), "evidence": "CHG-77"}
    return (
        Waiver(rule="C-01", reason=f"Ordered {HOSTILE}", until=date(2026, 12, 31), devices=("10.20.8.5",), **common),
        Waiver(rule="C-03", reason="Trial", until=date(2026, 6, 30), sites=(TOWN_HALL,), **common),
    )


def sample_view() -> AuditView:
    """The sample, judged."""
    inventory, packs = sample_inventory(), sample_packs()
    return build(inventory, judge(inventory, packs, ON, sample_waivers()), packs, ON)


# -- many --------------------------------------------------------------------------------------------


def big_audit(count: int) -> Inventory:
    """``count`` cameras at up to 200 sites, each with functions, facts and evidence of its own."""
    estate = Fleet()
    makers = ("Hikvision", "Dahua", "Axis", "Hanwha Vision", "Uniview", "Bosch")
    ranked = [name for name in FEATURES if FEATURES[name].rank]
    for number in range(count):
        address = f"10.{number // 65_025}.{number // 255 % 255}.{number % 255}"
        maker = makers[number % len(makers)]
        telnet = estate.proof(address, "CONNECT 23", f"{maker} login: {number}")
        estate.camera(
            address, f"Site {number // 50:03d}", maker, brand="Safesky" if number % 9 == 0 else None,
            model=f"{maker[:2].upper()}-{number % 40}", login="none-given" if number % 7 == 0 else "accepted",
            on=("line-crossing", ranked[number % len(ranked)]), off=("intrusion", "face-detection", "loitering"),
            facts={
                "service.telnet": Known(number % 5 == 0, (telnet,)), "audio.enabled": Known(number % 3 == 0, (telnet,)),
                "snmp.v1v2": Unseen("forbidden"), "upnp.enabled": Known(number % 4 == 0, (telnet,)),
            },
        )  # fmt: skip
    return Inventory(_audit(estate.devices), tuple(estate.devices), estate.evidence)
