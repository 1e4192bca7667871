"""Small valid inventories and packs for tests of judging; each field is only there when the test is about it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import yaml

from rules import Finding, Pack, judge
from scanner.model import Audit, Claim, Device, Identity, Inventory, Organisation, ScopeRecord, Site

DAY = date(2026, 11, 22)
SEEN_AT = datetime(2026, 11, 22, 9, tzinfo=UTC)


def an_identity(maker: str | None = "Hikvision", **more: Any) -> Identity:
    """A camera, its maker told by two signs."""
    claims = (
        Claim("maker", maker, "C3", "p-1", "http-realm", "e-maker") if maker else None,
        Claim("kind", "camera", "C2", "p-2", "http-title", "e-kind"),
    )
    fields: dict[str, Any] = {"maker": maker, "brand": maker, "kind": "camera", "grade": "C3" if maker else None}
    fields["claims"] = tuple(claim for claim in claims if claim)
    return Identity(**{**fields, **more})


def a_device(name: str = "d-1", **more: Any) -> Device:
    """A camera at site Depot whose settings were read."""
    fields: dict[str, Any] = {
        "id": name,
        "site": "Depot",
        "address": "192.0.2.7",
        "identity": an_identity(),
        "login": "accepted",
        "read_by": ("hikvision",),
        "first_seen": SEEN_AT,
        "last_seen": SEEN_AT,
    }
    return Device(**{**fields, **more})


COUNCIL = Organisation("Example Council", "england", ("uk-council",))
DEPOT = Site(name="Depot", type="depot")


def an_inventory(*devices: Device, sites: Sequence[Site] = (DEPOT,), organisation: Organisation = COUNCIL) -> Inventory:
    """One audit of an English council."""
    audit = Audit(
        id="a-1",
        started_at=SEEN_AT,
        tool="camaudit 0.0.0",
        scope=ScopeRecord(("192.0.2.0/24",)),
        organisation=organisation,
        sites=tuple(sites),
    )
    return Inventory(audit, devices)


def verdicts_of(inventory: Inventory, packs: Sequence[Pack], on: date = DAY, **more: Any) -> dict[str, Finding]:
    """The findings of an inventory of one device, by rule."""
    return {finding.rule: finding for finding in judge(inventory, packs, on, **more)}


HEADER: dict[str, Any] = {
    "id": "ours",
    "title": "Our own rules",
    "jurisdiction": "any",
    "version": "1.0",
    "law_checked_on": "2026-11-22",
    "sources": {
        "OUR-01": {"title": "House rules", "url": "https://example.org/", "checked_on": "2026-11-01", "verified": True}
    },
}
RULE: dict[str, Any] = {
    "id": "OUR-01",
    "title": "Telnet open",
    "severity": "high",
    "detect": {"service.telnet": {"equals": True}},
    "confidence_needed": "C3",
    "rationale": "It is in clear.",
    "remediation": "Close it.",
    "cannot_decide": "Who needs it.",
    "references": [{"id": "OUR-01", "section": "1"}],
    "examples": [
        {"facts": {"service.telnet": True}, "verdict": "fail"},
        {"facts": {"service.telnet": False}, "verdict": "pass"},
        {"facts": {}, "verdict": "unknown"},
    ],
}


def write_pack(folder: Path, *rules: dict[str, Any], **header: Any) -> Path:
    """A pack as files; each rule is ``RULE`` with its own keys on top, None leaves one out."""
    pack = folder / "ours"
    pack.mkdir(parents=True, exist_ok=True)
    (pack / "pack.yaml").write_text(_dump({**HEADER, **header}), encoding="utf-8")
    body = {"rules": [_without_none({**RULE, **rule}) for rule in rules or ({},)]}
    (pack / "rules.yaml").write_text(_dump(body), encoding="utf-8")
    return pack


def _without_none(mapping: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in mapping.items() if value is not None}


def _dump(value: Any) -> str:
    class Dumper(yaml.SafeDumper):
        def ignore_aliases(self, data: Any) -> bool:
            return True

    return yaml.dump(_without_none(value), Dumper=Dumper, sort_keys=False, allow_unicode=True, width=200)
