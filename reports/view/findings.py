"""Findings in words: what was judged, what decided it, what to do, and what a person must still decide."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from reports.view.because import because_text
from reports.view.devices import NO_SITE, Names, site_name
from reports.view.tables import Column, Note, Row, Table
from reports.view.unknowns import UnknownReason, unknown_reasons, unknown_table
from reports.view.words import (
    SEVERITIES,
    SEVERITY_LABELS,
    SEVERITY_ORDER,
    VERDICT_LABELS,
    VERDICTS,
    clean,
    counted,
    day,
    listed,
)
from rules.model import Finding, Pack, Reference, Rule, WaiverMark
from scanner.model import Device

PLACE_FACTS = ("site.", "org.", "record.", "judged.")
"""What the auditor said of the place and its owner: the same for every device there."""
_VERDICT_ORDER = tuple(VERDICT_LABELS[word] for word in VERDICTS)


@dataclass(frozen=True, slots=True)
class RuleLine:
    """One rule with the devices it was judged on; ``devices`` counts them by open verdict, waived ones apart."""

    rule: str
    anchor: str
    title: str
    severity: str
    severity_label: str
    pack: str
    devices: Mapping[str, int]
    waived: int
    sites: tuple[str, ...]  # with an open fail or review
    rationale: str
    remediation: str
    cannot_decide: str
    advisory: bool
    references: tuple[Source, ...]
    whole_site: bool  # what is open was decided by the place alone

    @property
    def is_open(self) -> bool:
        """Somebody has something to do."""
        return bool(self.devices["fail"] or self.devices["review"])

    @property
    def where(self) -> str:
        """The sites in words."""
        return listed(self.sites, most=6)


@dataclass(frozen=True, slots=True)
class Source:
    """A reference as printed; ``unverified`` says that nobody has read this statement at its source yet."""

    section: str
    title: str
    url: str
    checked_on: str
    unverified: bool


@dataclass(frozen=True, slots=True)
class WaiverLine:
    """One waiver and how many findings it covers."""

    rule: str
    reason: str
    approved_by: str
    approved_on: str
    until: str
    evidence: str
    covers: str
    findings: int
    expired: bool


@dataclass(frozen=True, slots=True)
class Judged:
    """``counts`` holds every finding once: open ones by verdict, waived ones under "waived".

    ``by_device`` counts them all by device; ``own`` leaves out what was decided by the place alone, which says nothing
    of the device. ``worst_fail`` is the highest severity of a device's own open fails.
    """

    counts: Mapping[str, int]
    by_device: Mapping[str, Counter[str]]
    own: Mapping[str, Counter[str]]
    worst_fail: Mapping[str, str]
    rules: tuple[RuleLine, ...]
    open_table: Table
    unknown_table: Table
    rule_table: Table
    unknown_reasons: tuple[UnknownReason, ...]
    waivers: tuple[WaiverLine, ...]

    @property
    def open_rules(self) -> tuple[RuleLine, ...]:
        """Rules with a fail or review that is not waived, worst first."""
        return tuple(line for line in self.rules if line.is_open)

    @property
    def told_rules(self) -> tuple[RuleLine, ...]:
        """Rules that a row of the findings leads to."""
        return tuple(line for line in self.rules if line.is_open or line.waived)


def build_judged(findings: Sequence[Finding], packs: Sequence[Pack], names: Names) -> Judged:
    """All findings, grouped in the ways the readers ask for."""
    by_device: dict[str, Counter[str]] = defaultdict(Counter)
    own: dict[str, Counter[str]] = defaultdict(Counter)
    worst_fail: dict[str, str] = {}
    by_rule: dict[str, list[Finding]] = defaultdict(list)
    counts: Counter[str] = Counter()
    for finding in findings:
        word = "waived" if finding.waived else finding.verdict
        counts[word] += 1
        by_device[finding.device][word] += 1
        by_rule[finding.rule].append(finding)
        if not is_of_site(finding):
            own[finding.device][word] += 1
            if word == "fail":
                before = worst_fail.get(finding.device, finding.severity)
                worst_fail[finding.device] = min(before, finding.severity, key=SEVERITIES.index)
    titles = {pack.id: clean(pack.title) for pack in packs}
    known = {rule.id: rule for pack in packs for rule in pack.rules}
    lines = sorted((_rule_line(group, titles, known, names) for group in by_rule.values()), key=_worst_first)
    unknown = [finding for finding in findings if finding.verdict == "unknown"]
    return Judged(
        counts={**dict.fromkeys((*VERDICTS, "waived"), 0), **counts},
        by_device=by_device,
        own=own,
        worst_fail=worst_fail,
        rules=tuple(lines),
        open_table=_open_table(findings, names),
        unknown_table=unknown_table(unknown, lambda finding: site_of(finding, names)),
        rule_table=_rule_table(lines),
        unknown_reasons=unknown_reasons(unknown),
        waivers=_waivers(findings),
    )


def is_of_site(finding: Finding) -> bool:
    """Decided by what the auditor said of the place alone: the same for all devices there."""
    found = False
    for because in finding.because:
        if because.fact.startswith(PLACE_FACTS):
            found = True
        elif because.fact != "identity.kind":  # stands there as proof of the camera
            return False
    return found


def _worst_first(line: RuleLine) -> tuple[bool, int, int, int, str]:
    fails, reviews = line.devices["fail"], line.devices["review"]
    return (not fails, SEVERITIES.index(line.severity), -fails, -reviews, line.rule)


def site_of(finding: Finding, names: Names) -> str:
    """The site of the device a finding is about."""
    device = names.by_id.get(finding.device)
    return site_name(device) if device else NO_SITE


def _called(finding: Finding, names: Names) -> str:
    device: Device | None = names.by_id.get(finding.device)
    return names.call(device) if device else clean(finding.device, 60)


# -- rules -------------------------------------------------------------------------------------------


def rule_anchor(rule: str) -> str:
    """Where the page tells of a rule."""
    return "rule-" + "".join(sign if sign.isalnum() else "-" for sign in rule.lower())


def _rule_line(
    group: Sequence[Finding], titles: Mapping[str, str], known: Mapping[str, Rule], names: Names
) -> RuleLine:
    devices: dict[str, set[str]] = {verdict: set() for verdict in VERDICTS}
    for finding in group:
        if not finding.waived:
            devices[finding.verdict].add(finding.device)
    worst = min(group, key=lambda finding: (VERDICTS.index(finding.verdict), SEVERITIES.index(finding.severity)))
    open_ones = [finding for finding in group if finding.verdict in ("fail", "review") and not finding.waived]
    sites = {site_of(finding, names) for finding in open_ones}
    rule = known.get(worst.rule)
    return RuleLine(
        rule=worst.rule,
        anchor=rule_anchor(worst.rule),
        title=clean(worst.title, 200),
        severity=worst.severity,
        severity_label=SEVERITY_LABELS[worst.severity],
        pack=titles.get(worst.pack, clean(worst.pack) or "camaudit itself"),
        devices={verdict: len(found) for verdict, found in devices.items()},
        waived=sum(finding.waived for finding in group),
        sites=tuple(sorted(sites)),
        rationale=clean(worst.rationale or (rule.rationale if rule else ""), 2000),
        remediation=clean(worst.remediation, 2000),
        cannot_decide=clean(worst.cannot_decide, 2000),
        advisory=worst.advisory,
        references=tuple(_source(reference) for reference in worst.references),
        whole_site=bool(open_ones) and all(is_of_site(finding) for finding in open_ones),
    )


def _source(reference: Reference) -> Source:
    return Source(
        section=clean(reference.section, 200),
        title=clean(reference.title or reference.id, 200),
        url=reference.url if reference.url.startswith(("https://", "http://")) else "",
        checked_on=day(reference.checked_on),
        unverified=not reference.verified,
    )


def _rule_table(lines: Sequence[RuleLine]) -> Table:
    rows = [
        Row((
            line.rule, line.title, line.pack, line.severity_label,
            *(f"{line.devices[verdict]:,}" for verdict in VERDICTS), f"{line.waived:,}",
        ))
        for line in lines
    ]  # fmt: skip
    columns = (
        Column("Rule"), Column("What it asks"), Column("Pack", choose=True),
        Column("Severity", "tag", choose=True, order=SEVERITY_ORDER),
        *(Column(label, "number") for label in _VERDICT_ORDER), Column("Waived", "number"),
    )  # fmt: skip
    return Table("rules", "Every rule that was judged, in devices", columns, tuple(rows), "No rule was judged.")


# -- tables ------------------------------------------------------------------------------------------


def _open_table(findings: Sequence[Finding], names: Names) -> Table:
    chosen = [finding for finding in findings if finding.verdict in ("fail", "review")]
    rank = {word: index for index, word in enumerate(SEVERITIES)}
    site = {finding.device: site_of(finding, names) for finding in chosen}
    called = {finding.device: _called(finding, names) for finding in chosen}
    whole: dict[tuple[object, ...], list[Finding]] = defaultdict(list)
    for finding in chosen:
        who = "" if is_of_site(finding) else finding.device
        key = (site[finding.device], finding.rule, finding.verdict, finding.severity, finding.waiver, who)
        whole[key].append(finding)
    groups = sorted(
        whole.values(),
        key=lambda group: (
            site[group[0].device], group[0].waived, rank[group[0].severity], group[0].verdict, group[0].rule,
            "" if is_of_site(group[0]) else called[group[0].device],
        ),
    )  # fmt: skip
    rows = [
        Row(
            (
                site[finding.device],
                f"Whole site ({counted(len(group), 'device')})" if is_of_site(finding) else called[finding.device],
                f"{clean(finding.title, 200)} ({finding.rule})",
                SEVERITY_LABELS[finding.severity], VERDICT_LABELS[finding.verdict], _waived_word(finding.waiver),
            ),
            tuple(_finding_notes(finding)),
        )
        for group in groups
        for finding in group[:1]
    ]  # fmt: skip
    columns = (
        Column("Site", choose=True), Column("Device"), Column("Finding", choose=True),
        Column("Severity", "tag", choose=True, order=SEVERITY_ORDER),
        Column("Verdict", "tag", choose=True, order=_VERDICT_ORDER), Column("Waived", choose=True),
    )  # fmt: skip
    return Table(
        "findings", "Findings by site: fail and review", columns, tuple(rows),
        "No rule failed and none asks for a review.", "Because, and what to do", "findings.csv", row_head=1,
    )  # fmt: skip


def _waived_word(mark: WaiverMark | None) -> str:
    if mark is None:
        return "No"
    return "Expired" if mark.expired else "Yes"


def _finding_notes(finding: Finding) -> Iterable[Note]:
    of_site = is_of_site(finding)
    for because in finding.because:
        if not (of_site and because.fact == "identity.kind"):  # proof that one of the devices is a camera
            yield Note(because_text(because), because.evidence)
    yield Note(f"Rule {clean(finding.rule, 60)}: its reason and its sources", link=rule_anchor(finding.rule))
    yield Note(f"What to do: {clean(finding.remediation, 600)}")
    if finding.cannot_decide:
        yield Note(f"A person must decide: {clean(finding.cannot_decide, 600)}")
    if finding.waiver is not None:
        waiver = finding.waiver.waiver
        word = "Waiver expired on" if finding.waiver.expired else "Waived until"
        yield Note(f"{word} {day(waiver.until)} by {clean(waiver.approved_by)}: {clean(waiver.reason, 400)}")


def _waivers(findings: Sequence[Finding]) -> tuple[WaiverLine, ...]:
    used = Counter(finding.waiver for finding in findings if finding.waiver is not None)
    ordered = sorted(used.items(), key=lambda item: (not item[0].expired, item[0].waiver.until, item[0].waiver.rule))
    return tuple(_waiver_line(mark, number) for mark, number in ordered)


def _waiver_line(mark: WaiverMark, number: int) -> WaiverLine:
    waiver = mark.waiver
    places = [clean(name, 60) for name in (*waiver.sites, *waiver.devices)]
    return WaiverLine(
        rule=waiver.rule,
        reason=clean(waiver.reason, 600),
        approved_by=clean(waiver.approved_by),
        approved_on=day(waiver.approved_on),
        until=day(waiver.until),
        evidence=clean(waiver.evidence, 300),
        covers=listed(places) or counted(number, "finding"),
        findings=number,
        expired=mark.expired,
    )
