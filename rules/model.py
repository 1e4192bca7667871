"""The words of judging as types: packs and rules as loaded, findings as given out. Frozen, no I/O, no clock."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any, Literal, TypeAlias

import msgspec

from rules.advisories.model import AdvisoryFile, SupportFile
from scanner.model import Frozen, Grade

Severity: TypeAlias = Literal["critical", "high", "medium", "low", "info"]
SEVERITIES: tuple[Severity, ...] = ("critical", "high", "medium", "low", "info")
Verdict: TypeAlias = Literal["fail", "review", "pass", "unknown", "not_applicable"]
VERDICTS: tuple[Verdict, ...] = ("fail", "review", "pass", "unknown", "not_applicable")
Confidence: TypeAlias = Literal["C1", "C2", "C3", "review-only"]

STALE_AFTER = timedelta(days=180)
"""A pack whose law was last checked longer ago than this is called stale."""

# -- conditions -----------------------------------------------------------------------------------


class Test(Frozen, frozen=True):
    """One question to one fact. ``operand`` has the type the operator takes (``rules.operators``)."""

    __test__ = False  # no test class, whatever its name looks like to a collector

    fact: str
    operator: str
    operand: Any


class All(Frozen, frozen=True):
    """Holds when every part holds; ``parts`` is never empty."""

    parts: tuple[Condition, ...]


class AnyOf(Frozen, frozen=True):
    """Holds when one part holds; ``parts`` is never empty."""

    parts: tuple[Condition, ...]


class Not(Frozen, frozen=True):
    """Holds when ``part`` does not."""

    part: Condition


Condition: TypeAlias = Test | All | AnyOf | Not


def fact_keys(condition: Condition) -> Iterator[str]:
    """The fact keys a condition asks for, in order, with repeats."""
    match condition:
        case Test():
            yield condition.fact
            if condition.operator == "more_than_fact":
                yield str(condition.operand)
        case Not():
            yield from fact_keys(condition.part)
        case All() | AnyOf():
            for part in condition.parts:
                yield from fact_keys(part)


# -- data lists -------------------------------------------------------------------------------------


class ListRow(Frozen, frozen=True):
    """One entity on a list, under the maker names of ``scanner.fingerprint``; in force from ``since`` to ``to``."""

    entity: str
    makers: tuple[str, ...]
    since: date = msgspec.field(name="from")
    source: str
    verified: bool
    to: date | None = None
    note: str = ""

    def in_force(self, on: date) -> bool:
        """True on the days from ``since`` to ``to``, both included."""
        return self.since <= on and (self.to is None or on <= self.to)


class DataList(Frozen, frozen=True):
    """A dated list of makers that rules ask by ``id``; ``note`` says what it is and is not."""

    id: str
    title: str
    checked_on: date
    note: str
    rows: tuple[ListRow, ...]


# -- rules ------------------------------------------------------------------------------------------


class Reference(Frozen, frozen=True):
    """Where a rule comes from. ``verified`` is False where nobody has read this very statement at its source."""

    id: str
    section: str
    url: str
    checked_on: date
    verified: bool
    title: str = ""


class Change(Frozen, frozen=True):
    """What of a rule is different from a day on (``since``), or for devices of which ``when`` holds."""

    since: date | None = None
    when: Condition | None = None
    severity: Severity | None = None
    confidence_needed: Confidence | None = None
    title: str | None = None
    rationale: str | None = None
    remediation: str | None = None


class Example(Frozen, frozen=True):
    """Facts and the verdict they must give. None as a value: a record that is absent, any other fact unseen.

    ``grade`` is that of all facts of the device; ``day`` that of judging, else the day the pack's law was checked.
    """

    facts: dict[str, Any]
    verdict: Verdict
    grade: Grade = "C3"
    day: date | None = None
    place: str = ""


class Rule(Frozen, frozen=True, kw_only=True):
    """One rule. ``condition`` describes what is wrong (``wants`` is detect) or what is right (expect).

    ``confidence_needed`` is the grade below which a fail becomes a review; ``advisory`` says that no duty stands
    behind the rule; ``place`` is ``file:line``. ``valid_from`` and ``valid_to`` are inclusive.
    """

    id: str
    pack: str
    title: str
    severity: Severity
    wants: Literal["detect", "expect"]
    condition: Condition
    confidence_needed: Confidence
    rationale: str
    remediation: str
    cannot_decide: str
    references: tuple[Reference, ...]
    examples: tuple[Example, ...]
    applies_to: Condition | None = None
    advisory: bool = False
    tags: tuple[str, ...] = ()
    valid_from: date | None = None
    valid_to: date | None = None
    changes: tuple[Change, ...] = ()
    place: str = ""

    def in_force(self, on: date) -> bool:
        """Whether the rule is judged on that day."""
        return (self.valid_from is None or self.valid_from <= on) and (self.valid_to is None or on <= self.valid_to)

    def on(self, day: date) -> Rule:
        """The rule as it reads on that day: dated changes are applied, in the order of the file."""
        rule = self
        for change in self.changes:
            if change.since is not None and change.when is None and change.since <= day:
                rule = rule.changed(change)
        return rule

    def changed(self, change: Change) -> Rule:
        """The rule with what the change says."""
        fields = ("severity", "confidence_needed", "title", "rationale", "remediation")
        new = {name: value for name in fields if (value := getattr(change, name)) is not None}
        return msgspec.structs.replace(self, **new)


class Milestone(Frozen, frozen=True):
    """A day on which the law behind a pack changed or will change, and what that does."""

    date: date
    effect: str


class Pack(Frozen, frozen=True, kw_only=True):
    """Rules of one origin. Outside ``valid_from``..``valid_to`` none of them is judged.

    ``data`` holds the lists its rules ask, ``advisories`` and ``support`` what is known of makers' flaws and of the
    end of support; ``sha256`` is over the pack's files and all of these, for the report.
    """

    id: str
    title: str
    jurisdiction: str
    version: str
    law_checked_on: date
    rules: tuple[Rule, ...]
    valid_from: date | None = None
    valid_to: date | None = None
    expires: date | None = None
    milestones: tuple[Milestone, ...] = ()
    data: tuple[DataList, ...] = ()
    advisories: tuple[AdvisoryFile, ...] = ()
    support: tuple[SupportFile, ...] = ()
    note: str = ""
    sha256: str = ""
    place: str = ""

    def in_force(self, on: date) -> bool:
        """Whether the pack is judged on that day."""
        return (self.valid_from is None or self.valid_from <= on) and (self.valid_to is None or on <= self.valid_to)

    def is_stale(self, on: date) -> bool:
        """Whether somebody should check the law again before relying on the pack."""
        return on > (self.expires or self.law_checked_on + STALE_AFTER)


# -- waivers ----------------------------------------------------------------------------------------


class Waiver(Frozen, frozen=True, kw_only=True):
    """A decision to live with what a rule found. ``devices`` are device ids, addresses or CIDR networks;
    ``sites`` names. In force from ``approved_on`` to ``until``, both included, at most 365 days."""

    rule: str
    reason: str
    approved_by: str
    approved_on: date
    evidence: str
    until: date
    devices: tuple[str, ...] = ()
    sites: tuple[str, ...] = ()
    place: str = ""


class WaiverMark(Frozen, frozen=True):
    """The waiver of a finding. ``expired``: it ended before the day of judging, the finding counts again."""

    waiver: Waiver
    expired: bool


# -- findings -----------------------------------------------------------------------------------------


class Because(Frozen, frozen=True, gc=False):
    """One fact that decided a verdict.

    ``value`` is what it was (JSON value or date; None when there is none), else ``why`` says why there is no value:
    a ``Silence`` word, "contested" (sources disagree, ``detail`` names the values) or "absent" (the auditor described
    the site and there is no such record). ``channels`` are those that decided; ``grade`` that of the fact.
    ``said_by`` tells the device's word from the auditor's, which has no evidence.
    """

    fact: str
    value: Any = None
    why: str = ""
    detail: str = ""
    evidence: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    grade: Grade = "C3"
    said_by: Literal["device", "auditor"] = "device"


class Finding(Frozen, frozen=True, gc=False):
    """One rule's verdict on one device. ``id`` is stable over audits (rule, device, channel).

    ``channel`` is '' because rules judge a device as a whole; the channels stand in ``because``.
    """

    id: str
    rule: str
    pack: str
    device: str
    channel: str
    verdict: Verdict
    severity: Severity
    title: str
    because: tuple[Because, ...] = ()
    waiver: WaiverMark | None = None
    references: tuple[Reference, ...] = ()
    remediation: str = ""
    cannot_decide: str = ""
    rationale: str = ""
    advisory: bool = False

    @property
    def waived(self) -> bool:
        """A waiver is in force."""
        return self.waiver is not None and not self.waiver.expired
