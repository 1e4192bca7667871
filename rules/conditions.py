"""Conditions of rules: from YAML values to a tree, from a tree to a function of a subject.

A condition is a mapping with one of these shapes; a mapping of several facts, or a fact with several operators,
means all of them. Nothing empty is accepted: all of nothing would be true.

    {FACT: {OPERATOR: operand}}          one question (``rules.operators``)
    {all: [condition, ...]}  {any: [...]}  {not: condition}
    {any_feature: {of: [feature, ...], where: condition}}
        ``where`` holds for one of these AI functions; ``*`` stands for its id in fact keys (``ai.*.enabled``) and
        operands. ``of: biometric`` names the group of ``scanner.facts.BIOMETRIC``.

Logic is Kleene's: a fact that was not seen makes an answer unknown unless the other facts decide without it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeAlias

import msgspec

from rules.model import All, AnyOf, Because, Condition, Not, Test, fact_keys
from rules.operators import OPERATORS, Question, Setting, plain, row_of
from rules.subject import Subject
from scanner.errors import ConfigError
from scanner.facts import BIOMETRIC, FACTS, FEATURES
from scanner.strictfile import Located

Keys: TypeAlias = tuple[str | int, ...]
Reasons: TypeAlias = tuple[Because, ...]
Outcome: TypeAlias = tuple[bool | None, Reasons, int]
"""The answer (None: unknown), the facts that decided it, and how strong they are (``subject.STRENGTH``)."""
Judge: TypeAlias = Callable[[Subject], Outcome]

GROUPS: dict[str, tuple[str, ...]] = {"biometric": BIOMETRIC}

# -- reading ----------------------------------------------------------------------------------------


def read_condition(located: Located, keys: Keys, lists: Mapping[str, Any], problems: list[ConfigError]) -> Condition:
    """The condition at ``keys``. Appends every problem with its file:line; the result is of use only without one."""
    return _Reader(located, lists, problems).condition(keys, "")


_NOTHING = All(())  # stands for a part that could not be read; its problem is already noted


class _Reader:
    def __init__(self, located: Located, lists: Mapping[str, Any], problems: list[ConfigError]) -> None:
        self.located = located
        self.lists = lists
        self.problems = problems

    def condition(self, keys: Keys, feature: str) -> Condition:
        value = self._value(keys)
        if not isinstance(value, dict) or not value:
            return self._wrong(keys, f"expected a condition, found {_words(value)}")
        parts = [self._part((*keys, key), key, feature) for key in value]
        return parts[0] if len(parts) == 1 else All(tuple(parts))

    def _part(self, keys: Keys, key: str, feature: str) -> Condition:
        if key in ("all", "any"):
            return self._list(keys, All if key == "all" else AnyOf, feature)
        if key == "not":
            return Not(self.condition(keys, feature))
        if key == "any_feature":
            return self._any_feature(keys)
        return self._tests(keys, key, feature)

    def _list(self, keys: Keys, kind: type[All] | type[AnyOf], feature: str) -> Condition:
        value = self._value(keys)
        if not isinstance(value, list) or not value:
            return self._wrong(keys, f"expected a list of conditions, found {_words(value)}")
        return kind(tuple(self.condition((*keys, number), feature) for number in range(len(value))))

    def _any_feature(self, keys: Keys) -> Condition:
        value = self._value(keys)
        if not isinstance(value, dict) or set(value) != {"of", "where"}:
            return self._wrong(keys, "any_feature: expected the keys 'of' and 'where'")
        named = value["of"]
        features = GROUPS.get(named, ()) if isinstance(named, str) else named
        if not isinstance(features, list | tuple) or not features:
            return self._wrong(
                (*keys, "of"), f"expected a list of features or one of: {', '.join(GROUPS)}; found {named!r}"
            )
        unknown = [name for name in features if name not in FEATURES]
        if unknown:
            return self._wrong((*keys, "of"), f"unknown feature {unknown[0]!r}")
        before = len(self.problems)
        parts = [self.condition((*keys, "where"), features[0])]
        if len(self.problems) == before:  # a problem of the pattern is told once, not once a feature
            parts += [self.condition((*keys, "where"), feature) for feature in features[1:]]
        return AnyOf(tuple(parts))

    def _tests(self, keys: Keys, written: str, feature: str) -> Condition:
        fact = written.replace("*", feature) if feature else written
        if fact not in FACTS:
            return self._wrong(keys, f"unknown fact key '{written}'{_nearest(written)}")
        value = self._value(keys)
        if not isinstance(value, dict) or not value:
            return self._wrong(keys, f"{written}: expected an operator and its operand, found {_words(value)}")
        parts = [self._test((*keys, operator), fact, operator, feature) for operator in value]
        return parts[0] if len(parts) == 1 else All(tuple(parts))

    def _test(self, keys: Keys, fact: str, operator: str, feature: str) -> Condition:
        if operator not in OPERATORS:
            return self._wrong(keys, f"unknown operator '{operator}'; expected one of: {', '.join(OPERATORS)}")
        kind = FACTS[fact].type
        if kind not in OPERATORS[operator].types:
            fitting = ", ".join(name for name, row in OPERATORS.items() if kind in row.types)
            return self._wrong(keys, f"{operator} cannot be asked of {fact} ({kind}); expected one of: {fitting}")
        operand = self._value(keys)
        if feature and isinstance(operand, str):
            operand = operand.replace("*", feature)
        if problem := OPERATORS[operator].wrong(fact, operand):
            return self._wrong(keys, f"{operator}: {problem}")
        if operator == "in_list" and operand not in self.lists:
            return self._wrong(keys, f"unknown data list '{operand}'; expected one of: {', '.join(sorted(self.lists))}")
        if operator in ("equals", "not_equals", "before", "on_or_after"):
            operand = plain(fact, operand)
        return Test(fact, operator, tuple(operand) if isinstance(operand, list) else operand)

    def _value(self, keys: Keys) -> Any:
        value = self.located.value
        for key in keys:
            value = value[key]
        return value

    def _wrong(self, keys: Keys, message: str) -> Condition:
        self.problems.append(ConfigError(message, self.located.place(*keys)))
        return _NOTHING


def _words(value: Any) -> str:
    if isinstance(value, dict | list):
        return "an empty one" if not value else "a list" if isinstance(value, list) else "a mapping"
    return "nothing" if value is None else repr(value)


def _nearest(written: str) -> str:
    import difflib

    close = difflib.get_close_matches(written, FACTS, n=1)
    return f"; did you mean '{close[0]}'?" if close else ""


# -- judging ----------------------------------------------------------------------------------------


def compile_condition(condition: Condition, setting: Setting) -> Judge:
    """The condition as a function of a subject, for one day and one set of data lists."""
    match condition:
        case Test():
            return _compile_test(condition, setting)
        case Not():
            return _compile_not(compile_condition(condition.part, setting))
        case All() | AnyOf():
            parts = tuple(compile_condition(part, setting) for part in condition.parts)
            facts = [key for part in condition.parts for key in set(fact_keys(part))]
            joined = _chained if len(facts) == len(set(facts)) else _joined
            return _compile_parts(parts, joined, ends=isinstance(condition, AnyOf))


def _compile_test(test: Test, setting: Setting) -> Judge:
    fact = test.fact
    question = OPERATORS[test.operator].question(test.operand, setting)
    if test.operator == "present":
        return _compile_present(fact, question)
    if test.operator == "in_list":
        return _compile_in_list(test, question, setting)
    if test.operator == "more_than_fact":
        return _compile_two_facts(fact, test.operand, question)

    def ask(subject: Subject) -> Outcome:
        known, value, because, strength = subject[fact]
        if not known or value is None:
            return None, because, 0
        return question(value), because, strength

    return ask


def _compile_present(fact: str, question: Question) -> Judge:
    def ask(subject: Subject) -> Outcome:
        seen = subject[fact]
        return question(seen.value) if seen.known else None, seen.because, seen.strength

    return ask


def _compile_two_facts(fact: str, other: str, question: Question) -> Judge:
    def ask(subject: Subject) -> Outcome:
        one, two = subject[fact], subject[other]
        if not one.known or one.value is None:
            return None, one.because, 0
        if not two.known or two.value is None:
            return None, two.because, 0
        return question((one.value, two.value)), (*one.because, *two.because), min(one.strength, two.strength)

    return ask


def _compile_in_list(test: Test, question: Question, setting: Setting) -> Judge:
    data = setting.lists[test.operand]

    def ask(subject: Subject) -> Outcome:
        seen = subject[test.fact]
        if not seen.known or seen.value is None:
            return None, seen.because, 0
        row = row_of(seen.value, data, setting.on) if question(seen.value) else None
        if row is None:
            return False, seen.because, seen.strength
        detail = f"on list {data.id}: {row.entity}, since {row.since}; {row.source}"
        return True, tuple(msgspec.structs.replace(one, detail=detail) for one in seen.because), seen.strength

    return ask


def _compile_not(judge: Judge) -> Judge:
    def ask(subject: Subject) -> Outcome:
        value, because, strength = judge(subject)
        return None if value is None else not value, because, strength

    return ask


def _compile_parts(parts: tuple[Judge, ...], joined: Callable[[list[Outcome]], Reasons], *, ends: bool) -> Judge:
    """``all`` (ends=False) or ``any`` (ends=True): the value ``ends`` of one part decides the whole.

    The facts given are those of the parts that have the value of the whole: no others decided it. One deciding part
    is enough, so the strongest counts; when all parts were needed the weakest does.
    """

    def ask(subject: Subject) -> Outcome:
        deciding: list[Outcome] = []
        unknown: list[Outcome] = []
        others: list[Outcome] = []
        for part in parts:
            outcome = part(subject)
            value = outcome[0]
            (deciding if value is ends else unknown if value is None else others).append(outcome)
        if deciding:
            return ends, joined(deciding), max([outcome[2] for outcome in deciding])
        if unknown:
            return None, joined(unknown), 0
        return not ends, joined(others), min([outcome[2] for outcome in others])

    return ask


def _chained(outcomes: list[Outcome]) -> Reasons:
    """The reasons of parts that ask different facts."""
    if len(outcomes) == 1:
        return outcomes[0][1]
    return tuple([because for outcome in outcomes for because in outcome[1]])


def _joined(outcomes: list[Outcome]) -> Reasons:
    """The reasons of parts that may ask the same fact."""
    if len(outcomes) == 1:
        return outcomes[0][1]
    return join([because for outcome in outcomes for because in outcome[1]])


def join(becauses: Iterable[Because]) -> Reasons:
    """Each fact once; the one that says more (a detail) stays. Flaws keep all their reasons: one an advisory."""
    by_fact: dict[tuple[str, str], Because] = {}
    for because in becauses:
        key = (because.fact, because.detail if because.fact.startswith("flaws.") else "")
        if key not in by_fact or because.detail:
            by_fact[key] = because
    return tuple(by_fact.values())
