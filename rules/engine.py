"""Judges an inventory. Pure: the same inventory, packs, day and waivers give the same findings for ever.

Cameras, recorders, encoders and intercoms are judged by every rule in force. A device of which nobody can tell what
it is gets one finding, UNCLEAR, verdict unknown: it is never a pass, and it does not drown the report in one unknown
a rule. Devices known to be something else get none.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NoReturn

from rules.advisories.book import FlawBook
from rules.conditions import Judge, Outcome, compile_condition, join
from rules.model import Because, Change, Finding, Pack, Rule, Test, Verdict, Waiver, fact_keys
from rules.operators import Setting
from rules.subject import STRENGTH, DeviceFacts, Seen, Subject, site_facts
from rules.waivers import WaiverBook
from scanner.model import Device, Inventory, Site

UNCLEAR = Rule(
    id="UNCLEAR",
    pack="",
    title="It cannot be told what this device is",
    severity="medium",
    wants="expect",
    condition=Test("identity.kind", "in", ("camera", "recorder", "encoder", "intercom")),
    confidence_needed="C2",
    rationale="Something answered at this address, and what it showed fits no camera and no other device for certain.",
    remediation="Look it up in the asset register, or give a login that may read its settings, and audit it again.",
    cannot_decide="Whether this is a camera that should have been judged.",
    references=(),
    examples=(),
)
"""Not in a pack: the one rule of the engine itself, for devices that no rule can judge."""


def judge(inventory: Inventory, packs: Sequence[Pack], on: date, waivers: Sequence[Waiver] = ()) -> tuple[Finding, ...]:
    """Every rule in force on the day against every device: one finding each, in the order of devices and packs.

    ``on`` is the day the law, the lists and the waivers are read for, in general that of the audit.
    """
    rules = [ReadyRule.of(rule, pack, on) for pack, rule in rules_in_force(packs, on)]
    book = WaiverBook(waivers, on)
    audit = inventory.audit
    sites: dict[str, Site] = {site.name: site for site in audit.sites}
    shared: dict[str, _SiteJudge] = {}
    cited = _cited_through_recorders(inventory.devices)
    flaws = flaw_book(packs, on)
    findings: list[Finding] = []
    for device in inventory.devices:
        if device.identity.is_camera is False:
            continue
        at_site = shared.get(device.site)
        if at_site is None:
            facts = site_facts(sites.get(device.site), audit.organisation, on)
            at_site = shared[device.site] = _SiteJudge(facts, rules)
        subject = Subject(DeviceFacts(device, cited.get(device.id, ()), flaws), at_site.facts)
        if device.identity.is_camera is None:
            findings.append(_finding(UNCLEAR, device.id, "unknown", subject["identity.kind"].because))
        else:
            findings += at_site.judge(subject, device, book)
    return tuple(findings)


def flaw_book(packs: Iterable[Pack], on: date) -> FlawBook | None:
    """What the packs know of makers' flaws and support dates on that day; None when none of them asks."""
    advisories = {file.id: file for pack in packs for file in pack.advisories}
    support = {file.id: file for pack in packs for file in pack.support}
    return FlawBook(advisories.values(), support.values(), on) if advisories or support else None


def rules_in_force(packs: Iterable[Pack], on: date) -> Iterator[tuple[Pack, Rule]]:
    """The rules judged on that day, each as it reads on that day."""
    for pack in packs:
        if pack.in_force(on):
            yield from ((pack, rule.on(on)) for rule in pack.rules if rule.in_force(on))


# -- one rule ---------------------------------------------------------------------------------------


@dataclass(slots=True)
class ReadyRule:
    """A rule compiled for one day. ``of_site``: whether it applies is the same for all devices of a site."""

    rule: Rule
    applies: Judge | None
    of_site: bool
    condition: Judge
    wrong: bool  # the value of the condition that makes a fail
    changes: tuple[tuple[Change, Judge], ...]

    @classmethod
    def of(cls, rule: Rule, pack: Pack, on: date) -> ReadyRule:
        """``rule`` is already the rule of that day (``Rule.on``)."""
        setting = Setting(on, {data.id: data for data in pack.data})
        asked = fact_keys(rule.applies_to) if rule.applies_to else ()
        return cls(
            rule,
            compile_condition(rule.applies_to, setting) if rule.applies_to else None,
            all(key.startswith(("org.", "site.", "record.", "judged.")) for key in asked),
            compile_condition(rule.condition, setting),
            rule.wants == "detect",
            tuple(
                (change, compile_condition(change.when, setting))
                for change in rule.changes
                if change.when is not None and (change.since is None or change.since <= on)
            ),
        )

    def verdict(self, subject: Subject, applies: Outcome | None = None) -> tuple[Verdict, tuple[Because, ...], Rule]:
        """The verdict, the facts that decided it, and the rule as it reads for this subject.

        A fail on facts weaker than the rule needs is a review. A pass on circumstantial facts (C1) alone is unknown,
        unless the rule asks for no more.
        """
        rule = self.rule
        if self.applies is not None:
            applies = applies or self.applies(subject)
            if applies[0] is not True:
                return ("unknown" if applies[0] is None else "not_applicable"), applies[1], rule
        value, because, strength = self.condition(subject)
        if value is None:
            return "unknown", because, rule
        if value is not self.wrong:
            weak = strength < STRENGTH["C2"] and rule.confidence_needed != "C1"
            return "unknown" if weak else "pass", because, rule
        if applies is not None:
            because = join(reason for reasons in (because, applies[1]) for reason in reasons)
            strength = min(strength, applies[2])
        for change, when in self.changes:
            outcome = when(subject)
            if outcome[0] is True:
                rule = rule.changed(change)
                because = join(reason for reasons in (because, outcome[1]) for reason in reasons)
        needed = rule.confidence_needed
        enough = needed != "review-only" and strength >= STRENGTH[needed]
        return "fail" if enough else "review", _with_evidence(because, subject), rule


def _with_evidence(because: tuple[Because, ...], subject: Subject) -> tuple[Because, ...]:
    """Where only the auditor's word decided, what shows that the device is a camera stands beside it as proof."""
    if any(reason.evidence for reason in because):
        return because
    return join(reason for reasons in (because, subject["identity.kind"].because) for reason in reasons)


# -- one site ---------------------------------------------------------------------------------------


@dataclass(slots=True)
class _SiteJudge:
    """The rules at one site, with what is the same for all its devices asked once."""

    facts: dict[str, Seen]
    rules: Sequence[ReadyRule]
    asked: list[tuple[ReadyRule, Outcome | None, Verdict | None]] = field(init=False)
    """Each rule, whether it applies here, and its verdict where that decides it for all devices."""

    def __post_init__(self) -> None:
        nobody = Subject(_NoDevice(), self.facts)
        self.asked = []
        for ready in self.rules:
            applies = ready.applies(nobody) if ready.applies and ready.of_site else None
            decides = applies is not None and applies[0] is not True
            self.asked.append((ready, applies, ready.verdict(nobody, applies)[0] if decides else None))

    def judge(self, subject: Subject, device: Device, book: WaiverBook) -> Iterator[Finding]:
        for ready, applies, decided in self.asked:
            if decided is not None and applies is not None:
                yield _finding(ready.rule, device.id, decided, applies[1])
                continue
            verdict, because, rule = ready.verdict(subject, applies)
            finding = _finding(rule, device.id, verdict, because)
            yield book.marked(finding, device) if verdict in ("fail", "review") else finding


class _NoDevice:
    """Stands where whether a rule applies is a matter of the site alone; then no device is asked."""

    def stated(self, key: str) -> NoReturn:
        raise KeyError(key)

    def seen(self, key: str) -> NoReturn:
        raise KeyError(key)


def _finding(rule: Rule, device: str, verdict: Verdict, because: tuple[Because, ...]) -> Finding:
    return Finding(
        finding_id(rule.id, device, ""), rule.id, rule.pack, device, "", verdict, rule.severity, rule.title, because,
        None, rule.references, rule.remediation, rule.cannot_decide, rule.rationale, rule.advisory,
    )  # fmt: skip


def finding_id(rule: str, device: str, channel: str) -> str:
    """The same for the same rule, device and channel in every audit."""
    return "f-" + hashlib.sha256(f"{rule}|{device}|{channel}".encode()).hexdigest()[:16]


def _cited_through_recorders(devices: Sequence[Device]) -> dict[str, tuple[str, ...]]:
    """Evidence of cameras seen only through a recorder: what the recorder said of them."""
    return {entry.device: entry.evidence for device in devices for entry in device.attached if entry.device is not None}
