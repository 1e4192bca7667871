"""Files people write, read strictly: YAML 1.2, TOML and JSON, with the line of every entry.

YAML follows the 1.2 core schema (``no``, ``on``, ``1:30`` and dates stay text, ``0554`` is 554); keys are
always text. Duplicate keys, anchors, aliases, tags and a second document are refused in every format
that has them. Whatever is wrong with a file is one line: ``file:line: what was expected, what was found``.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

import msgspec
import yaml

from scanner.errors import CamauditError, ConfigError, Place
from scanner.file_lines import DuplicateKeyError, JsonLines, Keys, TomlLines
from scanner.type_errors import cut, explain

T = TypeVar("T")
Source: TypeAlias = Path | Traversable | str
"""A file to read, or the name shown in messages for a text that is already there."""

MAX_BYTES = 10 * 1024 * 1024
MAX_DEPTH = 64


@dataclass(frozen=True)
class Located:
    """A document in plain Python values, and the line (from 1) each entry starts on."""

    value: Any
    path: Path | str
    lines: dict[Keys, int] = field(default_factory=dict, repr=False)

    def line(self, *keys: str | int) -> int:
        """Line of ``value[keys[0]][keys[1]]...``; of the nearest entry around it when that one is not there."""
        while keys and keys not in self.lines:
            keys = keys[:-1]
        return self.lines.get(keys, 1)

    def place(self, *keys: str | int) -> Place:
        """The same as ``file:line``."""
        return Place(self.path, self.line(*keys))


# -- reading ----------------------------------------------------------------------------------------


def read_text(path: Source, *, error: type[CamauditError] = ConfigError, max_bytes: int = MAX_BYTES) -> str:
    """The text of a UTF-8 file of at most ``max_bytes``; raises ``error`` in one line when it cannot be had."""
    name = _name(path)
    try:
        with (Path(path) if isinstance(path, str) else path).open("rb") as file:
            data = file.read(max_bytes + 1)
    except OSError as problem:
        raise error(f"cannot be read: {problem.strerror or problem}", Place(name)) from None
    except ValueError:
        raise error("is not a usable file name", Place(repr(str(name)))) from None
    if len(data) > max_bytes:
        raise error(f"expected at most {max_bytes:,} bytes, found more", Place(name))
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        line = data.count(b"\n", 0, problem.start) + 1
        raise error(f"expected UTF-8 text, found byte 0x{data[problem.start]:02x}", Place(name, line)) from None


def read_yaml(path: Source, *, error: type[CamauditError] = ConfigError) -> Located:
    """The one YAML document of a file; raises ``error`` with file:line."""
    return parse_yaml(read_text(path, error=error), path, error=error)


def read_toml(path: Source, *, error: type[CamauditError] = ConfigError) -> Located:
    """A TOML file; raises ``error`` with file:line. Dates are ``datetime.date``."""
    return parse_toml(read_text(path, error=error), path, error=error)


def read_json(path: Source, *, error: type[CamauditError] = ConfigError) -> Located:
    """A JSON file (no NaN, no duplicate keys); raises ``error`` with file:line."""
    return parse_json(read_text(path, error=error), path, error=error)


def _name(path: Source) -> Path | str:
    return path if isinstance(path, Path | str) else str(path)


# -- YAML -------------------------------------------------------------------------------------------

_NOT_PRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_BOOL = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_INT = re.compile(r"[-+]?[0-9]+")
_OCTAL = re.compile(r"0o([0-7]+)")
_HEX = re.compile(r"0x([0-9a-fA-F]+)")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def parse_yaml(text: str, path: Source, *, error: type[CamauditError] = ConfigError) -> Located:
    """Like ``read_yaml`` for a text; ``path`` is only shown."""
    name = _name(path)
    bad = _NOT_PRINTABLE.search(text)
    if bad:
        line = text.count("\n", 0, bad.start()) + 1
        raise error(f"expected printable text, found character U+{ord(bad[0]):04X}", Place(name, line))
    composer = _YamlComposer(name, error)
    try:
        value = composer.document(yaml.parse(text, Loader=_Loader))
    except yaml.MarkedYAMLError as problem:
        mark = problem.problem_mark or problem.context_mark
        said = " ".join(part for part in (problem.context, problem.problem) if part)
        raise error(
            f"is not YAML: {said}", Place(name, min(mark.line, text.count("\n")) + 1 if mark else None)
        ) from None
    except yaml.YAMLError as problem:
        raise error(f"is not YAML: {' '.join(str(problem).split())}", Place(name)) from None
    return Located(value, name, composer.lines)


def _line(event: Any) -> int:
    line: int = event.start_mark.line
    return line + 1


class _YamlComposer:
    """Builds plain values from PyYAML's events: its own constructors follow YAML 1.1."""

    def __init__(self, name: Path | str, error: type[CamauditError]) -> None:
        self.name = name
        self.error = error
        self.lines: dict[Keys, int] = {}

    def document(self, events: Iterator[Any]) -> Any:
        next(events)  # stream start
        if isinstance(next(events), yaml.StreamEndEvent):
            raise self.error("expected a YAML document, found an empty file", Place(self.name))
        first = next(events)
        self.lines[()] = _line(first)
        value = self._node(first, events, ())
        next(events)  # document end
        after = next(events)
        if not isinstance(after, yaml.StreamEndEvent):
            raise self._wrong(after, "expected one YAML document, found a second one")
        return value

    def _wrong(self, event: Any, message: str) -> CamauditError:
        return self.error(message, Place(self.name, _line(event)))

    def _refuse_shared(self, event: Any) -> None:
        if isinstance(event, yaml.AliasEvent) or event.anchor is not None:
            raise self._wrong(event, "anchors and aliases (& and *) are not allowed: write the value out")
        if event.tag is not None:
            raise self._wrong(event, "tags (!) are not allowed")

    def _node(self, event: Any, events: Iterator[Any], keys: Keys) -> Any:
        self._refuse_shared(event)
        if len(keys) > MAX_DEPTH:
            raise self._wrong(event, f"expected at most {MAX_DEPTH} levels, found more")
        if isinstance(event, yaml.ScalarEvent):
            return self._plain(event) if event.implicit[0] else event.value
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(events, keys)
        return self._mapping(events, keys)

    def _sequence(self, events: Iterator[Any], keys: Keys) -> list[Any]:
        items: list[Any] = []
        while not isinstance(event := next(events), yaml.SequenceEndEvent):
            at = (*keys, len(items))
            self.lines[at] = _line(event)
            items.append(self._node(event, events, at))
        return items

    def _mapping(self, events: Iterator[Any], keys: Keys) -> dict[str, Any]:
        entries: dict[str, Any] = {}
        event: Any
        while not isinstance(event := next(events), yaml.MappingEndEvent):
            self._refuse_shared(event)
            if not isinstance(event, yaml.ScalarEvent):
                raise self._wrong(event, "expected a key that is text, found a list or mapping")
            if event.implicit[0] and event.value in _NULL:
                raise self._wrong(event, "expected a key that is text, found nothing")
            at = (*keys, event.value)
            if event.value in entries:
                raise self._wrong(event, f"duplicate key '{cut(event.value)}', first on line {self.lines[at]}")
            self.lines[at] = _line(event)
            entries[event.value] = self._node(next(events), events, at)
        return entries

    def _plain(self, event: Any) -> Any:
        text = event.value
        if text in _NULL:
            return None
        if text in _BOOL:
            return _BOOL[text]
        try:
            if _INT.fullmatch(text):
                return int(text)
            if found := _OCTAL.fullmatch(text):
                return int(found[1], 8)
            if found := _HEX.fullmatch(text):
                return int(found[1], 16)
        except ValueError:  # more digits than Python converts
            raise self._wrong(event, "expected a number of usual size, found one with thousands of digits") from None
        if _FLOAT.fullmatch(text):
            return float(text)
        if _NOT_FINITE.fullmatch(text):
            return float(text.replace(".", "", 1).lower())
        return text


# -- TOML and JSON ----------------------------------------------------------------------------------

_TOML_LINE = re.compile(r" ?\(at (?:line (\d+), column \d+|end of document)\)$")

_TOML_TWICE = re.compile(
    r"Cannot (?:overwrite a value|declare .* twice|mutate immutable .*)|Duplicate inline table key.*"
)


def parse_toml(text: str, path: Source, *, error: type[CamauditError] = ConfigError) -> Located:
    """Like ``read_toml`` for a text; ``path`` is only shown."""
    name = _name(path)
    try:
        value = tomllib.loads(text)
        lines = TomlLines(text).document()
    except tomllib.TOMLDecodeError as problem:
        said = str(problem)
        found = _TOML_LINE.search(said)
        line = int(found[1]) if found and found[1] else text.count("\n") + 1
        said = _TOML_TWICE.sub("duplicate key or table", _TOML_LINE.sub("", said))
        raise error(f"is not TOML: {said}", Place(name, line)) from None
    except RecursionError:
        raise error("expected fewer nested levels", Place(name)) from None
    except ValueError:  # more digits than Python converts
        raise error("expected numbers of usual size, found one with thousands of digits", Place(name)) from None
    return Located(value, name, lines)


def parse_json(text: str, path: Source, *, error: type[CamauditError] = ConfigError) -> Located:
    """Like ``read_json`` for a text; ``path`` is only shown."""
    name = _name(path)

    def refuse(constant: str) -> Any:
        raise error(f"expected a number, found {constant}", Place(name))

    try:
        value = json.loads(text, parse_constant=refuse)
        lines = JsonLines(text).document()
    except json.JSONDecodeError as problem:
        raise error(f"is not JSON: {problem.msg}", Place(name, problem.lineno)) from None
    except DuplicateKeyError as problem:
        raise error(f"duplicate key '{cut(problem.key)}'", Place(name, problem.line)) from None
    except RecursionError:
        raise error("expected fewer nested levels", Place(name)) from None
    except ValueError:
        raise error("expected numbers of usual size, found one with thousands of digits", Place(name)) from None
    return Located(value, name, lines)


# -- into types -------------------------------------------------------------------------------------


def convert(
    located: Located,
    keys: tuple[str | int, ...],
    type: type[T],  # noqa: A002  # the word of msgspec.convert
    path: Source | None = None,
    *,
    error: type[CamauditError] = ConfigError,
    hide_values: bool = False,
) -> T:
    """The sub-tree at ``keys`` as ``type``; raises ``error`` with file:line for the first thing that does not fit.

    ``hide_values`` keeps the wrong value itself out of the message, for files that could hold a secret.
    """
    value = located.value
    for key in keys:
        value = value[key]
    try:
        return msgspec.convert(value, type, str_keys=True)
    except msgspec.ValidationError as problem:
        message, at = explain(str(problem), value, type, hide_values=hide_values)
    name = located.path if path is None else _name(path)
    raise error(message, Place(name, located.line(*keys, *at)))
