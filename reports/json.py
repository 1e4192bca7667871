"""``audit.json``, schema ``camaudit.audit/1``: the contract with other tools.

The schema is published beside this module and made from these types (``python -m reports.json`` writes it anew).
A list that was empty is there and empty; ``why`` stands only where there is no value.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final, Literal

import msgspec

from reports import Report, write_whole
from reports.view import AuditView
from rules.model import SEVERITIES, Because, Finding, Reference, Severity, Verdict, WaiverMark
from scanner.model import (
    Answer,
    Attached,
    Contested,
    Device,
    Endpoint,
    Evidence,
    Fact,
    Feature,
    Frozen,
    Grade,
    HarmRecord,
    Kind,
    Known,
    Organisation,
    Proof,
    RegisterResult,
    ScopeRecord,
    Silence,
    Site,
    SiteCoverage,
    Slot,
)

SCHEMA: Final = "camaudit.audit/1"
SCHEMA_FILE = Path(__file__).parent / "schema" / "audit-1.schema.json"


class PackUsed(Frozen, frozen=True):
    """A rule pack as it was used; ``sha256`` is over its files."""

    id: str
    version: str
    law_checked_on: date
    sha256: str


class AuditOut(Frozen, frozen=True):
    """The run. ``judged_on`` is the day the rules were asked for; ``notes`` are reductions of the run.

    ``register`` is a register of the organisation held against the devices, null where none was given; ``sources`` are
    the files an audit was made from, empty where the network was asked.
    """

    id: str
    started_at: datetime
    finished_at: datetime | None
    tool: str
    packs: tuple[PackUsed, ...]
    scope: ScopeRecord
    coverage: tuple[SiteCoverage, ...]
    judged_on: date
    interrupted: bool
    organisation: Organisation
    harm: HarmRecord
    notes: tuple[str, ...]
    register: RegisterResult | None
    sources: tuple[str, ...]


class FirmwareOut(Frozen, frozen=True):
    """Firmware as normalised."""

    version: str
    build_date: date | None


class IdentityOut(Frozen, frozen=True):
    """Who a device is; ``grade`` is that of the maker."""

    brand: str | None
    maker: str | None
    model: str | None
    firmware: FirmwareOut | None
    serial: str | None
    grade: Grade | None
    reasons: tuple[str, ...]
    contested: dict[str, tuple[str, ...]]


class FeatureOut(Frozen, frozen=True):
    """One AI function on one channel; ``why`` names the reason of each unknown column. What is ``said_by`` a recorder
    is about its channel; ``camera`` is then the id of the camera on it, which has its own features if it was read."""

    feature: str
    channel: str
    supported: Answer
    licensed: Answer
    enabled: Answer
    armed: Answer
    linked: Answer
    evidence: tuple[str, ...]
    proofs: tuple[Proof, ...]
    why: dict[str, Silence]
    read_by: str
    vendor_name: str
    count: int | None
    verified: bool
    said_by: Literal["camera", "recorder"]
    camera: str


class FactOut(Frozen, frozen=True, omit_defaults=True):
    """A fact: ``value`` when known, ``why`` when unseen, ``values`` when its sources disagree."""

    state: Literal["known", "contested", "unseen"]
    evidence: tuple[str, ...]
    value: Any = msgspec.UNSET
    why: Silence | msgspec.UnsetType = msgspec.UNSET
    values: tuple[Any, ...] | msgspec.UnsetType = msgspec.UNSET
    grade: Grade | msgspec.UnsetType = msgspec.UNSET
    detail: str = ""


class AttachedOut(Frozen, frozen=True):
    """A channel of this recorder; ``device`` is the id of the camera on it in ``devices``, ``slot`` what the channel
    is worth: live, absent (set up and not there now), left-over, analogue, itself, unknown."""

    channel: str
    name: str
    address: str | None
    brand: str | None
    maker: str | None
    model: str | None
    firmware: FirmwareOut | None
    serial: str | None
    mac: str | None
    online: Answer
    device: str | None
    evidence: tuple[str, ...]
    slot: Slot
    protocol: str


class DeviceOut(Frozen, frozen=True):
    """One device; ``also_at`` are other addresses of the same unit, ``seen_through`` is the id of the recorder, for a
    camera never seen directly."""

    id: str
    site: str
    address: str
    also_at: tuple[str, ...]
    mac: str | None
    kind: Kind
    identity: IdentityOut
    endpoints: tuple[Endpoint, ...]
    features: tuple[FeatureOut, ...]
    facts: dict[str, FactOut]
    attached: tuple[AttachedOut, ...]
    seen_through: str | None
    login: str
    gaps: tuple[dict[str, str], ...]


class BecauseOut(Frozen, frozen=True, omit_defaults=True):
    """A fact that decided a verdict: ``value``, or ``why`` there is none."""

    fact: str
    evidence: tuple[str, ...]
    value: Any = msgspec.UNSET
    why: str | msgspec.UnsetType = msgspec.UNSET
    detail: str = ""
    channels: tuple[str, ...] = ()
    grade: Grade | msgspec.UnsetType = msgspec.UNSET
    said_by: Literal["device", "auditor"] = "device"


class FindingOut(Frozen, frozen=True):
    """A verdict of one rule on one device; ``channel`` is '' for the device as a whole."""

    id: str
    rule: str
    pack: str
    device: str
    channel: str
    verdict: Verdict
    severity: Severity
    title: str
    because: tuple[BecauseOut, ...]
    waiver: WaiverMark | None
    references: tuple[Reference, ...]


class RuleOut(Frozen, frozen=True):
    """The words of one rule, for all its findings. ``title`` is that of its most severe finding."""

    pack: str
    title: str
    rationale: str
    remediation: str
    cannot_decide: str
    advisory: bool


class AuditDocument(Frozen, frozen=True):
    """The whole file. ``evidence`` maps the ids used everywhere else to the replies, ``rules`` rule ids to words."""

    schema: Literal["camaudit.audit/1"]
    audit: AuditOut
    sites: tuple[Site, ...]
    devices: tuple[DeviceOut, ...]
    findings: tuple[FindingOut, ...]
    rules: dict[str, RuleOut]
    evidence: dict[str, Evidence]


def parts(view: AuditView) -> Iterator[bytes]:
    """An ``AuditDocument`` as UTF-8 JSON, piece by piece: that of thousands of devices is never whole in memory."""
    inventory = view.inventory
    encode = msgspec.json.Encoder().encode
    yield b'{"schema":%s,"audit":%s,"sites":%s' % (
        encode(SCHEMA),
        encode(_audit(view)),
        encode(inventory.audit.sites),
    )
    yield from _listed(b"devices", (encode(_device(device)) for device in inventory.devices))
    yield from _listed(b"findings", (encode(_finding(finding)) for finding in view.findings))
    yield b',"rules":%s,"evidence":' % encode(_rules(view.findings))
    yield encode(inventory.evidence)
    yield b"}\n"


def _listed(name: bytes, items: Iterable[bytes]) -> Iterator[bytes]:
    yield b',"%s":[' % name
    for number, item in enumerate(items):
        yield b"," + item if number else item
    yield b"]"


def schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of the document."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:camaudit:audit:1",
        "title": f"camaudit audit, {SCHEMA}",
        **msgspec.json.schema(AuditDocument),
    }


def schema_text() -> str:
    """The schema as it is published."""
    return msgspec.json.format(msgspec.json.encode(_undented(schema())), indent=2).decode() + "\n"


def _undented(part: Any) -> Any:
    """Descriptions come from docstrings, which Python 3.13 strips of their indentation and older ones do not."""
    if isinstance(part, dict):
        return {
            key: inspect.cleandoc(value) if key == "description" and isinstance(value, str) else _undented(value)
            for key, value in part.items()
        }
    return [_undented(item) for item in part] if isinstance(part, list) else part


def _audit(view: AuditView) -> AuditOut:
    audit = view.inventory.audit
    return AuditOut(
        id=audit.id,
        started_at=audit.started_at,
        finished_at=audit.finished_at,
        tool=audit.tool,
        packs=tuple(PackUsed(pack.id, pack.version, pack.law_checked_on, pack.sha256) for pack in view.packs),
        scope=audit.scope,
        coverage=audit.coverage,
        judged_on=view.on,
        interrupted=audit.interrupted,
        organisation=audit.organisation,
        harm=audit.harm,
        notes=audit.notes,
        register=audit.register,
        sources=audit.sources,
    )


def _device(device: Device) -> DeviceOut:
    identity = device.identity
    return DeviceOut(
        id=device.id,
        site=device.site,
        address=device.address,
        also_at=device.also_at,
        mac=device.mac,
        kind=identity.kind,
        identity=IdentityOut(
            identity.brand, identity.maker, identity.model, _firmware(identity), identity.serial, identity.grade,
            identity.reasons, identity.contested,
        ),
        endpoints=device.endpoints,
        features=tuple(_feature(item, device) for item in device.features),
        facts={key: _fact(fact) for key, fact in sorted(device.facts.items())},
        attached=tuple(_attached(item) for item in device.attached),
        seen_through=device.seen_through,
        login=device.login,
        gaps=tuple({"part": gap.part, "why": gap.why, "detail": gap.detail} for gap in device.gaps),
    )  # fmt: skip


def _firmware(holder: Any) -> FirmwareOut | None:
    firmware = holder.firmware
    return FirmwareOut(firmware.version, firmware.build_date) if firmware else None


def _feature(item: Feature, device: Device) -> FeatureOut:
    evidence = tuple(dict.fromkeys(proof.evidence for proof in item.proofs))
    return FeatureOut(
        item.feature, item.channel, item.supported, item.licensed, item.enabled, item.armed, item.linked,
        evidence, item.proofs, item.why, item.read_by, item.vendor_name, item.count, item.verified, device.said_by,
        device.camera_on(item.channel),
    )  # fmt: skip


def _fact(fact: Fact) -> FactOut:
    match fact:
        case Known():
            return FactOut("known", fact.evidence, value=fact.value, grade=fact.grade)
        case Contested():
            evidence = tuple(dict.fromkeys(name for value in fact.values for name in value.evidence))
            return FactOut("contested", evidence, values=tuple(value.value for value in fact.values))
    return FactOut("unseen", fact.evidence, why=fact.why, detail=fact.detail)


def _attached(item: Attached) -> AttachedOut:
    return AttachedOut(
        item.channel, item.name, item.address, item.brand, item.maker, item.model, _firmware(item), item.serial,
        item.mac, item.online, item.device, item.evidence, item.slot, item.protocol,
    )  # fmt: skip


def _rules(findings: Sequence[Finding]) -> dict[str, RuleOut]:
    worst: dict[str, Finding] = {}
    for finding in findings:
        before = worst.get(finding.rule)
        if before is None or SEVERITIES.index(finding.severity) < SEVERITIES.index(before.severity):
            worst[finding.rule] = finding
    return {
        rule: RuleOut(one.pack, one.title, one.rationale, one.remediation, one.cannot_decide, one.advisory)
        for rule, one in sorted(worst.items())
    }


def _because(because: Because) -> BecauseOut:
    if because.why:
        return BecauseOut(
            because.fact, because.evidence, why=because.why, detail=because.detail, channels=because.channels
        )
    return BecauseOut(
        because.fact, because.evidence, value=because.value, detail=because.detail, channels=because.channels,
        grade=because.grade, said_by=because.said_by,
    )  # fmt: skip


def _finding(finding: Finding) -> FindingOut:
    return FindingOut(
        finding.id, finding.rule, finding.pack, finding.device, finding.channel, finding.verdict, finding.severity,
        finding.title, tuple(_because(because) for because in finding.because), finding.waiver, finding.references,
    )  # fmt: skip


REPORT: Report = Report("json", {"audit.json": parts})


def main() -> None:
    """Write the published schema anew."""
    SCHEMA_FILE.parent.mkdir(exist_ok=True)
    write_whole(SCHEMA_FILE, schema_text().encode())


if __name__ == "__main__":
    main()
