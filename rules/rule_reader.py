"""One rule from its YAML block, with everything that is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from rules.conditions import Keys, read_condition
from rules.fields import Field, Trouble, at, read_fields, rows_of
from rules.model import (
    All,
    AnyOf,
    Change,
    Condition,
    Confidence,
    DataList,
    Example,
    Not,
    Reference,
    Rule,
    Severity,
    Test,
    Verdict,
)
from rules.operators import wrong_value
from scanner.facts import FACTS
from scanner.model import Frozen, Grade
from scanner.strictfile import Located


class Source(Frozen, frozen=True):
    """A text that rules of a pack cite, once for the pack. ``verified``: somebody read it at the address."""

    title: str
    url: str
    checked_on: date
    verified: bool


_RULE = {
    "id": Field(str), "title": Field(str), "severity": Field(Severity), "advisory": Field(bool, False),
    "applies_to": Field(Any, False), "detect": Field(Any, False), "expect": Field(Any, False),
    "confidence_needed": Field(Confidence), "rationale": Field(str), "remediation": Field(str),
    "cannot_decide": Field(str), "references": Field(Any), "tags": Field(tuple[str, ...], False),
    "valid_from": Field(date, False), "valid_to": Field(date, False), "changes": Field(Any, False),
    "given": Field(Any, False), "examples": Field(Any),
}  # fmt: skip
_REFERENCE = {"id": Field(str), "section": Field(str), "verified": Field(bool, False)}
_CHANGE = {
    "from": Field(date, False), "when": Field(Any, False), "severity": Field(Severity, False),
    "confidence_needed": Field(Confidence, False), "title": Field(str, False), "rationale": Field(str, False),
    "remediation": Field(str, False),
}  # fmt: skip
_EXAMPLE = {
    "facts": Field(Any), "verdict": Field(Verdict), "grade": Field(Grade, False), "day": Field(date, False),
}  # fmt: skip
_TEXTS = ("title", "rationale", "remediation", "cannot_decide")
_ID = re.compile(r"[A-Z][A-Z0-9]*(-[A-Z0-9]+)+")
_VERDICT_OF_A_COURT = re.compile(r"\b(illegal|illegally|unlawful|unlawfully|non-compliant|criminal)\b", re.IGNORECASE)
_TITLE_WIDTH = 60  # titles stand in tables of 80 columns
_WANTED = (("fail", "review"), ("pass",), ("unknown",))


class RuleReader:
    """Reads the rules of one pack. ``cited`` and ``asked`` are the sources and data lists met so far."""

    def __init__(
        self, pack: str, sources: Mapping[str, Source], lists: Mapping[str, DataList], trouble: Trouble
    ) -> None:
        self.pack = pack
        self.sources = sources
        self.lists = lists
        self.trouble = trouble
        self.cited: set[str] = set()
        self.asked: set[str] = set()

    def read(self, located: Located, keys: Keys) -> Rule | None:
        """The rule at ``keys``; None when anything is wrong with it."""
        trouble, before = self.trouble, len(self.trouble.problems)
        fields = read_fields(located, keys, _RULE, trouble)
        if not fields:
            return None
        if "id" in fields and not _ID.fullmatch(fields["id"]):
            trouble.add(located, (*keys, "id"), f"expected an id like ABC-01, found {fields['id']!r}")
        self._texts(located, keys, fields)
        wanted = [word for word in ("detect", "expect") if word in fields]
        if len(wanted) != 1:
            found = "both" if wanted else "none"
            trouble.add(located, keys, f"expected one of the keys 'detect' and 'expect', found {found}")
        conditions = {
            word: self._condition(located, (*keys, word)) for word in ("applies_to", *wanted) if word in fields
        }
        references = tuple(self._references(located, keys)) if "references" in fields else ()
        changes = tuple(self._changes(located, keys)) if "changes" in fields else ()
        examples = tuple(self._examples(located, keys, fields)) if "examples" in fields else ()
        if len(trouble.problems) > before:
            return None
        passed = ("id", *_TEXTS, "severity", "confidence_needed", "advisory", "tags", "valid_from", "valid_to")
        return Rule(
            **{name: fields[name] for name in passed if name in fields},
            pack=self.pack,
            wants=wanted[0],
            condition=conditions[wanted[0]],
            applies_to=conditions.get("applies_to"),
            references=references,
            changes=changes,
            examples=examples,
            place=str(located.place(*keys)),
        )

    def _texts(self, located: Located, keys: Keys, fields: Mapping[str, Any]) -> None:
        for name in _TEXTS:
            text = fields.get(name)
            if not isinstance(text, str):
                continue
            if not text.strip():
                self.trouble.add(located, (*keys, name), f"expected {name} to say something, found an empty text")
            if found := _VERDICT_OF_A_COURT.search(text):
                self.trouble.add(located, (*keys, name), f"{name} says '{found[0]}': that is for a court to say")
        if len(fields.get("title", "")) > _TITLE_WIDTH:
            self.trouble.add(located, (*keys, "title"), f"expected a title of at most {_TITLE_WIDTH} characters")

    def _condition(self, located: Located, keys: Keys) -> Condition:
        found: list[Any] = []
        condition = read_condition(located, keys, self.lists, found)
        self.trouble.problems += found
        self.asked |= set(_lists(condition))
        return condition

    def _references(self, located: Located, keys: Keys) -> Iterator[Reference]:
        for number in range(rows_of(located, keys, "references", self.trouble)):
            place = (*keys, "references", number)
            row = read_fields(located, place, _REFERENCE, self.trouble)
            if "id" not in row or "section" not in row:
                continue
            source = self.sources.get(row["id"])
            if source is None:
                known = ", ".join(sorted(self.sources)) or "none"
                message = f"unknown source '{row['id']}'; the header of the pack has: {known}"
                self.trouble.add(located, (*place, "id"), message)
                continue
            self.cited.add(row["id"])
            verified = source.verified and row.get("verified", True)
            yield Reference(row["id"], row["section"], source.url, source.checked_on, verified, source.title)

    def _changes(self, located: Located, keys: Keys) -> Iterator[Change]:
        for number in range(rows_of(located, keys, "changes", self.trouble)):
            place = (*keys, "changes", number)
            row = read_fields(located, place, _CHANGE, self.trouble)
            if not row:
                continue
            if "from" not in row and "when" not in row:
                self.trouble.add(located, place, "expected 'from' or 'when' to say when this changes, found neither")
            if not set(row) - {"from", "when"}:
                self.trouble.add(located, place, "expected something that changes, found nothing")
            self._texts(located, place, row)
            when = self._condition(located, (*place, "when")) if "when" in row else None
            yield Change(row.get("from"), when, *(row.get(name) for name in list(_CHANGE)[2:]))

    def _examples(self, located: Located, keys: Keys, fields: Mapping[str, Any]) -> Iterator[Example]:
        given = self._facts(located, (*keys, "given")) if "given" in fields else {}
        verdicts = set()
        for number in range(rows_of(located, keys, "examples", self.trouble)):
            place = (*keys, "examples", number)
            row = read_fields(located, place, _EXAMPLE, self.trouble)
            facts = self._facts(located, (*place, "facts")) if "facts" in row else {}
            verdicts.add(row.get("verdict"))
            if "verdict" in row:
                yield Example(
                    {**given, **facts},
                    row["verdict"],
                    row.get("grade", "C3"),
                    row.get("day"),
                    str(located.place(*place)),
                )
        for wanted in _WANTED:
            if verdicts and not verdicts & set(wanted):
                words = " or ".join(f"'{word}'" for word in wanted)
                self.trouble.add(
                    located, (*keys, "examples"), f"expected an example with the verdict {words}, found none"
                )

    def _facts(self, located: Located, keys: Keys) -> dict[str, Any]:
        facts = at(located, keys)
        if not isinstance(facts, dict):
            self.trouble.add(located, keys, "expected a mapping of facts")
            return {}
        for key, value in facts.items():
            if key not in FACTS:
                self.trouble.add(located, (*keys, key), f"unknown fact key '{key}'")
            elif value is not None and (problem := wrong_value(key, value)):
                self.trouble.add(located, (*keys, key), problem)
        return facts


def _lists(condition: Condition) -> Iterator[str]:
    match condition:
        case Test():
            if condition.operator == "in_list":
                yield condition.operand
        case Not():
            yield from _lists(condition.part)
        case All() | AnyOf():
            for part in condition.parts:
                yield from _lists(part)
