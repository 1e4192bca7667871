"""Mappings of a strict file, read field by field, so that one wrong field does not hide the others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

from rules.conditions import Keys
from scanner.errors import CamauditError, ConfigError
from scanner.strictfile import Located, convert


class Field(NamedTuple):
    """A key of a mapping: the type of its value, and whether it must be there. ``type`` Any is read elsewhere."""

    type: Any
    required: bool = True


class Trouble:
    """Collects what is wrong with files, in the order found."""

    def __init__(self) -> None:
        self.problems: list[CamauditError] = []

    def add(self, located: Located, keys: Keys, message: str) -> None:
        """Note a problem at its file:line."""
        self.problems.append(ConfigError(message, located.place(*keys)))

    @contextmanager
    def caught(self) -> Iterator[None]:
        """Note a CamauditError of the block instead of raising it."""
        try:
            yield
        except CamauditError as problem:
            self.problems.append(problem)


def read_fields(located: Located, keys: Keys, fields: Mapping[str, Field], trouble: Trouble) -> dict[str, Any]:
    """The readable fields of the mapping at ``keys``; every unknown, missing or wrong one is noted with its line."""
    value = at(located, keys)
    if not isinstance(value, dict):
        trouble.add(located, keys, f"expected a mapping with the keys {', '.join(fields)}, found {_words(value)}")
        return {}
    for key in value:
        if key not in fields:
            trouble.add(located, (*keys, key), f"unknown key '{key}'; expected one of: {', '.join(fields)}")
    found: dict[str, Any] = {}
    for name, field in fields.items():
        if name not in value:
            if field.required:
                trouble.add(located, keys, f"expected a key '{name}', found none")
            continue
        if field.type is Any:
            found[name] = value[name]
            continue
        with trouble.caught():
            found[name] = convert(located, (*keys, name), field.type)
    return found


def rows_of(located: Located, keys: Keys, name: str, trouble: Trouble) -> int:
    """How many entries the list at ``keys`` + ``name`` has; 0 with a problem noted when it is none or empty."""
    value = at(located, keys)
    rows = value.get(name) if isinstance(value, dict) else None
    if not isinstance(rows, list) or not rows:
        trouble.add(located, (*keys, name), f"expected '{name}' to be a list with at least one entry")
        return 0
    return len(rows)


def at(located: Located, keys: Keys) -> Any:
    """The value at ``keys``."""
    value = located.value
    for key in keys:
        value = value[key]
    return value


def _words(value: Any) -> str:
    return "a list" if isinstance(value, list) else "nothing" if value is None else repr(value)
