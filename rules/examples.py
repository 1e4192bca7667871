"""Every rule carries its own tests; here they are run."""

from __future__ import annotations

from datetime import date

from rules.engine import ReadyRule
from rules.model import Because, Example, Pack, Rule, Verdict
from rules.subject import Seen, Stated, Subject, seen_as
from scanner.facts import FACTS
from scanner.model import Frozen, Known, Unseen


class ExampleResult(Frozen, frozen=True):
    """One example as it was judged. ``found`` is None when the rule is not in force on the day of the example."""

    rule: str
    place: str
    expected: Verdict
    found: Verdict | None
    because: tuple[Because, ...]

    @property
    def is_right(self) -> bool:
        """The rule gave the verdict its example states."""
        return self.found == self.expected

    def __str__(self) -> str:
        facts = ", ".join(f"{one.fact}={one.why or one.value!r}" for one in self.because)
        found = self.found or "not judged on that day"
        return f"{self.place}: {self.rule}: expected {self.expected}, found {found} ({facts})"


def run_examples(pack: Pack) -> tuple[ExampleResult, ...]:
    """The result of every example of every rule of the pack, in the order of its files."""
    return tuple(_run(pack, rule, example) for rule in pack.rules for example in rule.examples)


def _run(pack: Pack, rule: Rule, example: Example) -> ExampleResult:
    on = example.day or pack.law_checked_on
    if not (pack.in_force(on) and rule.in_force(on)):
        return ExampleResult(rule.id, example.place, example.verdict, None, ())
    verdict, because, _ = ReadyRule.of(rule.on(on), pack, on).verdict(subject_of(example, on))
    return ExampleResult(rule.id, example.place, example.verdict, verdict, because)


def subject_of(example: Example, on: date) -> Subject:
    """A subject that has the facts of an example and no others."""
    shared = {key: _of_auditor(key, example) for key in FACTS if key.startswith(("org.", "site.", "record."))}
    shared["judged.on"] = seen_as("judged.on", Stated(Known(on)), "auditor")
    return Subject(_ExampleDevice(example), shared)


def _of_auditor(key: str, example: Example) -> Seen:
    value = example.facts.get(key)
    if value is None and key in example.facts and key.startswith("record."):
        return seen_as(key, Stated(Known(() if key.endswith(".covers") else None)), "auditor")
    return seen_as(key, Stated(Unseen("not-told") if value is None else Known(value)), "auditor")


class _ExampleDevice:
    """The device an example speaks of."""

    def __init__(self, example: Example) -> None:
        self.example = example

    def stated(self, key: str) -> Stated:
        value = self.example.facts.get(key)
        return Stated(Unseen("no-reader") if value is None else Known(value, (), self.example.grade))

    def seen(self, key: str) -> Seen:
        return seen_as(key, self.stated(key))
