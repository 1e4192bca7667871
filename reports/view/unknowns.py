"""What could not be judged, and why: by rule, and over all rules."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from reports.view.because import fact_label, reason_sentence
from reports.view.tables import Column, Note, Row, Table
from reports.view.words import SEVERITIES, SEVERITY_LABELS, SEVERITY_ORDER, clean, counted
from rules.model import Finding

WEAK_SENTENCE = "What was seen is circumstantial, too weak to rely on."
MOST_REASONS = 2


@dataclass(frozen=True, slots=True)
class UnknownReason:
    """Why ``judgements`` stay unknown."""

    why: str
    sentence: str
    judgements: int


Missing: TypeAlias = tuple[tuple[str, str], ...]
"""Facts without a value and why, in order."""


def _missing(finding: Finding) -> Missing:
    return tuple(sorted({(because.fact, because.why) for because in finding.because if because.why}))


def unknown_table(unknown: Sequence[Finding], site_of: Callable[[Finding], str]) -> Table:
    """One row a rule, gravest and most frequent first."""
    by_rule: dict[str, list[Finding]] = defaultdict(list)
    for finding in unknown:
        by_rule[finding.rule].append(finding)
    rows = []
    for rule, group in by_rule.items():
        first = min(group, key=lambda finding: SEVERITIES.index(finding.severity))
        devices: dict[Missing, set[str]] = defaultdict(set)
        for finding in group:
            devices[_missing(finding)].add(finding.device)
        cells = (
            f"{clean(first.title, 200)} ({rule})", SEVERITY_LABELS[first.severity], _why_unknown(devices),
            f"{len({finding.device for finding in group}):,}",
            f"{len({site_of(finding) for finding in group}):,}",
        )  # fmt: skip
        rows.append((SEVERITIES.index(first.severity), -len(group), rule, Row(cells, tuple(_missing_notes(devices)))))
    rows.sort(key=lambda item: item[:3])
    columns = (
        Column("Rule", choose=True), Column("Severity", "tag", choose=True, order=SEVERITY_ORDER),
        Column("Why, most frequent first"), Column("Devices", "number"), Column("Sites", "number"),
    )  # fmt: skip
    return Table(
        "unknown", "What could not be judged, and why", columns, tuple(row for *_, row in rows),
        "Every rule could be judged on every device.", "Missing facts", "findings.csv",
    )  # fmt: skip


def _why_unknown(devices: Mapping[Missing, set[str]]) -> str:
    count: Counter[str] = Counter()
    for missing, found in devices.items():
        for why in sorted({why for _, why in missing} or {""}):
            count[why] += len(found)
    told = [reason_sentence(why) if why else WEAK_SENTENCE for why, _ in count.most_common(MOST_REASONS)]
    others = len(count) - len(told)
    return " ".join([*told, f"And {counted(others, 'other reason')}."] if others > 0 else told)


def _missing_notes(devices: Mapping[Missing, set[str]]) -> Iterable[Note]:
    for missing, found in sorted(devices.items(), key=lambda item: (-len(item[1]), item[0])):
        facts: dict[str, list[str]] = defaultdict(list)
        for fact, why in missing:
            facts[why].append(fact_label(fact))
        said = [f"{reason_sentence(why)} Not known: {'; '.join(labels)}." for why, labels in facts.items()]
        yield Note(f"{counted(len(found), 'device')}. {' '.join(said) or WEAK_SENTENCE}")


def unknown_reasons(unknown: Sequence[Finding]) -> tuple[UnknownReason, ...]:
    """Why judgements stay unknown, the most frequent reason first."""
    count: Counter[str] = Counter()
    for finding in unknown:
        count.update({because.why for because in finding.because if because.why})
    return tuple(UnknownReason(why, reason_sentence(why), number) for why, number in count.most_common())
