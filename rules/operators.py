"""The closed set of questions a rule may ask a fact: what each takes, and its answer. Adding one is adding a row."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any, NamedTuple, TypeAlias

from rules.model import DataList, ListRow
from scanner.facts import BODIES, FACTS, FEATURES, JURISDICTIONS, SITE_TAGS, SITE_TYPES, check_value

WORDS: dict[str, tuple[str, ...]] = {
    "org.jurisdiction": JURISDICTIONS,
    "org.bodies": BODIES,
    "site.type": SITE_TYPES,
    "site.tags": SITE_TAGS,
    "site.segment": ("dedicated", "shared"),
    "identity.kind": ("camera", "recorder", "encoder", "intercom", "access-control", "vms", "other"),
    **{key: tuple(FEATURES) for key in FACTS if key.startswith("record.") and key.endswith(".covers")},
}
"""Facts whose texts come from a closed list: a word outside it could never match."""

Question: TypeAlias = Callable[[Any], bool]


class Setting(NamedTuple):
    """What an answer may depend on besides the fact: the day, and the data lists by id."""

    on: date
    lists: Mapping[str, DataList]


class Operator(NamedTuple):
    """``types``: of facts it can be asked (``scanner.facts.FactType``). ``wrong(fact, operand)`` says what is wrong
    with an operand, '' when nothing; ``question(operand, setting)`` gives the test of a value."""

    types: frozenset[str]
    wrong: Callable[[str, Any], str]
    question: Callable[[Any, Setting], Question]


# -- operands ---------------------------------------------------------------------------------------


def wrong_value(fact: str, value: Any) -> str:
    """What is wrong with ``value`` as a value of the fact, '' when nothing."""
    try:
        check_value(fact, value)
    except ValueError as problem:
        return str(problem)
    for text in value if isinstance(value, list | tuple) else (value,):
        if fact in WORDS and text not in WORDS[fact]:
            return f"{fact} is never {text!r}; expected one of: {', '.join(WORDS[fact])}"
    return ""


def _one(fact: str, operand: Any) -> str:
    """An operand that is one value of the fact, or one member of a fact of several texts."""
    if FACTS[fact].type == "texts":
        return wrong_value(fact, [operand]) if isinstance(operand, str) else f"expected text, found {operand!r}"
    return wrong_value(fact, operand)


def _several(fact: str, operand: Any) -> str:
    if not isinstance(operand, list | tuple) or not operand:
        return f"expected a list with at least one value, found {operand!r}"
    return next((problem for value in operand if (problem := _one(fact, value))), "")


def _one_or_several(fact: str, operand: Any) -> str:
    return _several(fact, operand) if isinstance(operand, list | tuple) else _one(fact, operand)


def _number(_fact: str, operand: Any) -> str:
    fits = isinstance(operand, int | float) and not isinstance(operand, bool)
    return "" if fits else f"expected a number, found {operand!r}"


def _days(_fact: str, operand: Any) -> str:
    fits = isinstance(operand, int) and not isinstance(operand, bool) and operand >= 0
    return "" if fits else f"expected a number of days, found {operand!r}"


def _presence(fact: str, operand: Any) -> str:
    if not fact.startswith("record.") or fact.endswith(".covers"):
        return f"only a record (record.NAME) can be asked for its presence, not {fact}: what was not seen is unknown"
    return "" if isinstance(operand, bool) else f"expected true or false, found {operand!r}"


def _truth(_fact: str, operand: Any) -> str:
    return "" if isinstance(operand, bool) else f"expected true or false, found {operand!r}"


def _number_fact(fact: str, operand: Any) -> str:
    fits = isinstance(operand, str) and operand != fact and operand in FACTS and FACTS[operand].type in _NUMBERS
    return "" if fits else f"expected the key of another fact that is a number, found {operand!r}"


def _text(_fact: str, operand: Any) -> str:
    return "" if isinstance(operand, str) and operand else f"expected the id of a data list, found {operand!r}"


# -- answers ----------------------------------------------------------------------------------------


def plain(fact: str, value: Any) -> Any:
    """A value as the questions take it: dates as ``date``, several texts as a tuple."""
    kind = FACTS[fact].type
    if kind == "date" and isinstance(value, str):
        return date.fromisoformat(value)
    return tuple(value) if kind == "texts" and value is not None else value


def row_of(maker: str, data: DataList, on: date) -> ListRow | None:
    """The row of a list that names the maker and is in force on the day."""
    name = maker.casefold()
    return next((row for row in data.rows if row.in_force(on) and name in {one.casefold() for one in row.makers}), None)


def _equals(operand: Any, _setting: Setting) -> Question:
    return lambda value: bool(value == operand)


def _not_equals(operand: Any, _setting: Setting) -> Question:
    return lambda value: bool(value != operand)


def _in(operand: Any, _setting: Setting) -> Question:
    allowed = frozenset(operand)
    return lambda value: value in allowed


def _not_in(operand: Any, _setting: Setting) -> Question:
    allowed = frozenset(operand)
    return lambda value: value not in allowed


def _in_list(operand: Any, setting: Setting) -> Question:
    rows = setting.lists[operand].rows
    names = {maker.casefold() for row in rows if row.in_force(setting.on) for maker in row.makers}
    return lambda value: value.casefold() in names


def _any_of(operand: Any, _setting: Setting) -> Question:
    wanted = frozenset(operand)
    return lambda value: not wanted.isdisjoint(value)


def _contains(operand: Any, _setting: Setting) -> Question:
    return lambda value: operand in value


def _covers(operand: Any, _setting: Setting) -> Question:
    wanted = frozenset((operand,) if isinstance(operand, str) else operand)
    return lambda value: wanted <= set(value)


def _not_empty(operand: Any, _setting: Setting) -> Question:
    return lambda value: bool(value) == operand


def _older_than_days(operand: Any, setting: Setting) -> Question:
    limit = setting.on - timedelta(days=operand)
    return lambda value: bool(value < limit)


_SIMPLE = frozenset({"bool", "int", "number", "text", "date"})
_NUMBERS = frozenset({"int", "number"})
_TEXTS = frozenset({"texts"})
_DATES = frozenset({"date"})

OPERATORS: dict[str, Operator] = {
    "equals": Operator(_SIMPLE, _one, _equals),
    "not_equals": Operator(_SIMPLE, _one, _not_equals),
    "in": Operator(frozenset({"text", "int"}), _several, _in),
    "not_in": Operator(frozenset({"text", "int"}), _several, _not_in),
    "in_list": Operator(frozenset({"text"}), _text, _in_list),  # the maker is on a dated data list that day
    "any_of": Operator(_TEXTS, _several, _any_of),  # one of these is among the texts
    "contains": Operator(_TEXTS, _one, _contains),
    "covers": Operator(_TEXTS, _one_or_several, _covers),  # all of these are among the texts
    "not_empty": Operator(_TEXTS, _truth, _not_empty),  # there is at least one text
    "at_least": Operator(_NUMBERS, _number, lambda operand, _: lambda value: bool(value >= operand)),
    "at_most": Operator(_NUMBERS, _number, lambda operand, _: lambda value: bool(value <= operand)),
    "more_than": Operator(_NUMBERS, _number, lambda operand, _: lambda value: bool(value > operand)),
    # more than what another fact says
    "more_than_fact": Operator(_NUMBERS, _number_fact, lambda _operand, _: lambda pair: bool(pair[0] > pair[1])),
    "less_than": Operator(_NUMBERS, _number, lambda operand, _: lambda value: bool(value < operand)),
    "before": Operator(_DATES, _one, lambda operand, _: lambda value: bool(value < operand)),
    "on_or_after": Operator(_DATES, _one, lambda operand, _: lambda value: bool(value >= operand)),
    "older_than_days": Operator(_DATES, _days, _older_than_days),  # earlier than so many days before the day of judging
    # a record the auditor has, or has not; the one question an absent record answers
    "present": Operator(_DATES, _presence, lambda operand, _: lambda value: (value is not None) == operand),
}
