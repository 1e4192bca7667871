"""Three-valued logic: what was not seen stays unknown unless the other facts decide without it."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.conditions import compile_condition, read_condition
from rules.model import All, AnyOf, Condition, DataList, ListRow, Not, Test, fact_keys
from rules.operators import OPERATORS, Setting
from rules.subject import Seen, Stated, Subject, seen_as
from scanner.facts import DEVICE_FACTS, FACTS
from scanner.model import Contested, Fact, Grade, Known, Unseen
from scanner.strictfile import parse_yaml

DAY = date(2026, 11, 22)
MAKERS = DataList(
    "makers",
    "Makers",
    DAY,
    "",
    (
        ListRow("Hikvision Ltd", ("Hikvision",), date(2020, 1, 1), "https://example.org/", True, date(2026, 1, 1)),
        ListRow("Dahua Ltd", ("Dahua", "DH"), date(2020, 1, 1), "https://example.org/", True),
    ),
)
SETTING = Setting(DAY, {"makers": MAKERS})
BOOLS = tuple(key for key in DEVICE_FACTS if FACTS[key].type == "bool")


class Facts(dict[str, Fact]):
    """A device that has these facts and no others."""

    def stated(self, key: str) -> Stated:
        return Stated(self.get(key, Unseen("silent")))

    def seen(self, key: str) -> Seen:
        return seen_as(key, self.stated(key))


def subject(facts: dict[str, Fact]) -> Subject:
    return Subject(Facts(facts), {})


def ask(condition: Condition, facts: dict[str, Any], grade: Grade = "C3") -> bool | None:
    known: dict[str, Fact] = {key: Known(value, (), grade) for key, value in facts.items()}
    return compile_condition(condition, SETTING)(subject(known))[0]


def read(text: str) -> Condition:
    problems: list[Any] = []
    condition = read_condition(parse_yaml(text, "a.yaml"), (), SETTING.lists, problems)
    assert problems == []
    return condition


# -- Kleene ---------------------------------------------------------------------------------------

TRUE, FALSE, UNKNOWN = True, False, None
AND = {
    (TRUE, TRUE): TRUE,
    (TRUE, FALSE): FALSE,
    (TRUE, UNKNOWN): UNKNOWN,
    (FALSE, TRUE): FALSE,
    (FALSE, FALSE): FALSE,
    (FALSE, UNKNOWN): FALSE,
    (UNKNOWN, TRUE): UNKNOWN,
    (UNKNOWN, FALSE): FALSE,
    (UNKNOWN, UNKNOWN): UNKNOWN,
}
LEFT, RIGHT = Test("service.ssh", "equals", True), Test("service.ftp", "equals", True)


@pytest.mark.parametrize(("values", "expected"), AND.items())
def test_the_truth_tables(values: tuple[bool | None, bool | None], expected: bool | None) -> None:
    """all, any and not follow Kleene's tables; any is all turned inside out."""
    facts = {key: value for key, value in zip(("service.ssh", "service.ftp"), values, strict=True) if value is not None}
    turned = {key: not value for key, value in facts.items()}

    assert ask(All((LEFT, RIGHT)), facts) is expected
    assert ask(AnyOf((LEFT, RIGHT)), turned) is (None if expected is None else not expected)
    assert ask(Not(All((LEFT, RIGHT))), facts) is (None if expected is None else not expected)


leaves = st.builds(lambda key, value: Test(key, "equals", value), st.sampled_from(BOOLS), st.booleans())
conditions = st.recursive(
    leaves,
    lambda parts: st.one_of(
        st.builds(Not, parts),
        st.builds(lambda some: All(tuple(some)), st.lists(parts, min_size=1, max_size=4)),
        st.builds(lambda some: AnyOf(tuple(some)), st.lists(parts, min_size=1, max_size=4)),
    ),
    max_leaves=12,
)
some_facts = st.dictionaries(st.sampled_from(BOOLS), st.booleans())


@given(conditions, some_facts, st.dictionaries(st.sampled_from(BOOLS), st.booleans()))
def test_more_facts_never_turn_an_answer(condition: Condition, facts: dict[str, bool], more: dict[str, bool]) -> None:
    """An answer given on part of the facts stands whatever the unseen ones turn out to be."""
    before = ask(condition, facts)

    assert before is None or ask(condition, {**more, **facts}) is before


@given(conditions, some_facts)
def test_the_reasons_decide_alone(condition: Condition, facts: dict[str, bool]) -> None:
    """With only the facts it names as reasons a condition gives the same answer, and each reason is asked by it."""
    value, because, _ = compile_condition(condition, SETTING)(subject({key: Known(one) for key, one in facts.items()}))
    named = {one.fact: facts[one.fact] for one in because if one.fact in facts}

    assert because
    assert {one.fact for one in because} <= set(fact_keys(condition))
    if value is not None:
        assert ask(condition, named) is value
    else:
        assert named == {} or all(one.why for one in because)


@given(conditions)
def test_nothing_seen_is_never_an_answer(condition: Condition) -> None:
    """Without a single fact every condition is unknown: not a pass, not a fail."""
    assert ask(condition, {}) is None


@given(conditions, some_facts)
def test_de_morgan(condition: Condition, facts: dict[str, bool]) -> None:
    """A doubled not changes nothing; not-all is any-not."""
    both = (condition, LEFT)

    assert ask(Not(Not(condition)), facts) is ask(condition, facts)
    assert ask(Not(All(both)), facts) is ask(AnyOf(tuple(Not(part) for part in both)), facts)


# -- strength ---------------------------------------------------------------------------------------


def test_the_weakest_of_needed_facts_counts_and_the_strongest_of_sufficient_ones() -> None:
    """all needs every fact: the weakest grade; any is content with one: the strongest."""
    facts = subject({"service.ssh": Known(True, (), "C1"), "service.ftp": Known(True, (), "C3")})

    assert compile_condition(All((LEFT, RIGHT)), SETTING)(facts)[2] == 1
    assert compile_condition(AnyOf((LEFT, RIGHT)), SETTING)(facts)[2] == 3
    assert compile_condition(Not(AnyOf((LEFT, RIGHT))), SETTING)(facts)[2] == 3


def test_contested_facts_are_unknown_and_name_both_sides() -> None:
    """Sources that disagree decide nothing; evidence of all of them is kept."""
    facts = subject({"service.ssh": Contested((Known(True, ("e-1",)), Known(False, ("e-2",))))})

    value, because, _ = compile_condition(LEFT, SETTING)(facts)

    assert value is None
    assert because[0].why == "contested"
    assert because[0].evidence == ("e-1", "e-2")
    assert because[0].detail == "sources disagree: True / False"


# -- operators --------------------------------------------------------------------------------------

ANSWERS: list[tuple[str, str, Any, Any, bool]] = [
    ("service.ssh", "equals", True, True, True),
    ("service.ssh", "not_equals", True, True, False),
    ("web.auth", "equals", "digest", "basic", False),
    ("web.auth", "in", ("basic", "digest/basic"), "basic", True),
    ("web.auth", "not_in", ("basic", "digest/basic"), "basic", False),
    ("identity.maker", "in_list", "makers", "dh", True),
    ("identity.maker", "in_list", "makers", "Hikvision", False),  # its row ended before the day
    ("identity.maker", "in_list", "makers", "Axis", False),
    ("tls.versions", "any_of", ("1.0", "1.1"), ["1.1", "1.2"], True),
    ("tls.versions", "any_of", ("1.0", "1.1"), ["1.2"], False),
    ("tls.versions", "contains", "1.2", ["1.2"], True),
    ("record.dpia.covers", "covers", "anpr", ["anpr", "fall"], True),
    ("record.dpia.covers", "covers", ("anpr", "fight"), ["anpr", "fall"], False),
    ("flaws.exploited", "not_empty", True, ["CVE-2021-36260"], True),
    ("flaws.exploited", "not_empty", True, [], False),
    ("account.count", "at_least", 3, 3, True),
    ("account.count", "at_most", 3, 4, False),
    ("account.count", "more_than", 3, 3, False),
    ("time.skew_seconds", "less_than", -10, -10.5, True),
    ("firmware.build_date", "before", DAY, "2026-11-21", True),
    ("firmware.build_date", "before", DAY, "2026-11-22", False),
    ("firmware.build_date", "on_or_after", DAY, date(2026, 11, 22), True),
    ("firmware.build_date", "older_than_days", 365, "2025-11-21", True),
    ("firmware.build_date", "older_than_days", 365, "2025-11-22", False),
    ("record.dpia", "present", True, "2026-01-01", True),
    ("record.dpia", "present", False, "2026-01-01", False),
    ("record.dpia", "present", False, None, True),
]


@pytest.mark.parametrize(("fact", "operator", "operand", "value", "expected"), ANSWERS)
def test_operators(fact: str, operator: str, operand: Any, value: Any, expected: bool) -> None:
    """Each operator, at its edge."""
    assert ask(Test(fact, operator, operand), {fact: value}) is expected


def test_every_operator_is_tested_here() -> None:
    """The closed set and the table above agree."""
    assert {row[1] for row in ANSWERS} | {"more_than_fact"} == set(OPERATORS)


@pytest.mark.parametrize(
    ("days", "stated", "expected"),
    [(31, 30, True), (30, 30, False), (29, 30, False), (31, None, None), (None, 30, None), (None, None, None)],
)
def test_one_fact_against_another(days: int | None, stated: int | None, expected: bool | None) -> None:
    """At its edge; where one of the two is not known, neither is the answer, and the reason is that one's."""
    test = Test("retention.days", "more_than_fact", "record.retention.days")
    facts = {key: value for key, value in (("retention.days", days), ("record.retention.days", stated)) if value}

    assert ask(test, facts) is expected
    assert set(fact_keys(test)) == {"retention.days", "record.retention.days"}


def test_an_absent_record_has_no_age() -> None:
    """Only presence can be asked of a record that is not there; its age is unknown."""
    assert ask(Test("record.dpia", "older_than_days", 365), {"record.dpia": None}) is None


def test_a_match_on_a_list_names_its_row() -> None:
    """The reason says which list, which entity, since when, and where that stands."""
    judge = compile_condition(Test("identity.maker", "in_list", "makers"), SETTING)

    because = judge(subject({"identity.maker": Known("Dahua", ("e-1",))}))[1]

    assert because[0].detail == "on list makers: Dahua Ltd, since 2020-01-01; https://example.org/"
    assert because[0].evidence == ("e-1",)


# -- reading ----------------------------------------------------------------------------------------


def test_a_mapping_of_several_facts_means_all_of_them() -> None:
    """Written side by side, facts and operators must all hold."""
    assert read("{service.ssh: {equals: true}, account.count: {at_least: 2, at_most: 5}}") == All(
        (
            Test("service.ssh", "equals", True),
            All((Test("account.count", "at_least", 2), Test("account.count", "at_most", 5))),
        )
    )


def test_any_feature_writes_itself_out() -> None:
    """The star stands for each feature in keys and operands."""
    found = read(
        "any_feature:\n  of: [anpr, fall]\n  where:\n"
        "    ai.*.enabled: {equals: true}\n    not: {record.dpia.covers: {covers: '*'}}\n"
    )

    assert found == AnyOf(
        tuple(
            All((Test(f"ai.{name}.enabled", "equals", True), Not(Test("record.dpia.covers", "covers", name))))
            for name in ("anpr", "fall")
        )
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{}", "a.yaml:1: expected a condition, found an empty one"),
        ("all: []", "a.yaml:1: expected a list of conditions, found an empty one"),
        ("any:\n  - {}", "a.yaml:2: expected a condition, found an empty one"),
        ("not: {}", "a.yaml:1: expected a condition, found an empty one"),
        ("service.ssh: {}", "a.yaml:1: service.ssh: expected an operator and its operand, found an empty one"),
        ("service.ssh: true", "a.yaml:1: service.ssh: expected an operator and its operand, found True"),
        ("service.shh: {equals: true}", "a.yaml:1: unknown fact key 'service.shh'; did you mean 'service.ssh'?"),
        ("service.ssh: {is: true}", "a.yaml:1: unknown operator 'is'; expected one of: equals, "),
        (
            "all:\n  - service.ssh:\n      equals: yes",
            "a.yaml:3: equals: service.ssh takes a value of type bool, found 'yes'",
        ),
        (
            "service.ssh: {at_least: 1}",
            "a.yaml:1: at_least cannot be asked of service.ssh (bool); expected one of: equals, not_equals",
        ),
        (
            "firmware.version: {equals: 1.10}",
            "a.yaml:1: equals: firmware.version takes a value of type text, found 1.1",
        ),
        (
            "firmware.build_date: {before: 2026-13-01}",
            "a.yaml:1: before: firmware.build_date takes a value of type date",
        ),
        ("site.type: {equals: schol}", "a.yaml:1: equals: site.type is never 'schol'; expected one of: office, school"),
        ("site.tags: {any_of: [toilett]}", "a.yaml:1: any_of: site.tags is never 'toilett'"),
        ("web.auth: {in: []}", "a.yaml:1: in: expected a list with at least one value, found []"),
        ("identity.maker: {in_list: nowhere}", "a.yaml:1: unknown data list 'nowhere'; expected one of: makers"),
        ("service.ssh: {present: true}", "a.yaml:1: present cannot be asked of service.ssh (bool)"),
        ("firmware.build_date: {present: true}", "a.yaml:1: present: only a record (record.NAME) can be asked"),
        (
            "any_feature: {of: [], where: {ai.*.enabled: {equals: true}}}",
            "a.yaml:1: expected a list of features or one of: biometric",
        ),
        ("any_feature: {of: [anrp], where: {ai.*.enabled: {equals: true}}}", "a.yaml:1: unknown feature 'anrp'"),
        ("any_feature: {of: biometric, where: {ai.*.on: {equals: true}}}", "a.yaml:1: unknown fact key 'ai.*.on'"),
        ("any_feature: {of: biometric}", "a.yaml:1: any_feature: expected the keys 'of' and 'where'"),
    ],
)
def test_what_is_refused(text: str, expected: str) -> None:
    """Each refusal says file:line, what was expected and what was found; one mistake is told once."""
    problems: list[Any] = []

    read_condition(parse_yaml(text, "a.yaml"), (), SETTING.lists, problems)

    assert [str(problem)[: len(expected)] for problem in problems] == [expected]
