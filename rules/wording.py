"""Conditions in plain words, for people who read a rule before they trust it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from rules.model import All, AnyOf, Condition, Not, Test

_INDENT = "  "


def lines_of(condition: Condition, depth: int = 0) -> Iterator[str]:
    """The condition as indented lines: one question a line, groups under ``all of``, ``any of`` and ``not``."""
    indent = _INDENT * depth
    match condition:
        case Test():
            yield f"{indent}{condition.fact} {condition.operator.replace('_', ' ')} {_operand(condition.operand)}"
        case Not():
            yield f"{indent}not"
            yield from lines_of(condition.part, depth + 1)
        case All() | AnyOf():
            yield f"{indent}{'all' if isinstance(condition, All) else 'any'} of"
            for part in condition.parts:
                yield from lines_of(part, depth + 1)


def _operand(operand: Any) -> str:
    if isinstance(operand, tuple):
        return ", ".join(map(str, operand))
    if isinstance(operand, bool):
        return "true" if operand else "false"
    return operand.isoformat() if isinstance(operand, date) else str(operand)
