"""What msgspec says of a value that does not fit its type, in the words of the project and with the place."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from scanner.file_lines import Keys

_SHOWN = 60  # characters of a wrong value that a message repeats
_AT = re.compile(r" - at `(?:key in )?([^`]*)`$")
_STEP = re.compile(r"\.([^.\[]+)|\[(\d+)\]|(\[\.\.\.\])")
_WORDS = {"str": "text", "int": "an integer", "float": "a number", "bool": "true or false", "array": "a list",
          "object": "a mapping", "null": "nothing", "date": "a date (YYYY-MM-DD)", "datetime": "a time"}  # fmt: skip


def explain(said: str, value: Any, type_: Any, *, hide_values: bool = False) -> tuple[str, Keys]:
    """A message "expected ..., found ..." for msgspec's ``said`` about ``value``, and the keys of the entry meant.

    ``hide_values`` keeps the wrong value itself out of the message.
    """
    keys = _keys_of(said, value, type_)
    return _explain(_AT.sub("", said), value, type_, keys, hide_values)


def _keys_of(said: str, value: Any, type_: Any) -> Keys:
    """The path in msgspec's message as keys. It writes ``[...]`` for any entry of a mapping: find out which."""
    found = _AT.search(said)
    keys: Keys = ()
    for name, index, some in _STEP.findall(found[1]) if found else ():
        if some:
            culprit = _culprit(value, type_, keys, said)
            if culprit is None:
                return keys
            keys = (*keys, culprit)
        else:
            keys = (*keys, int(index) if index else name)
    return keys


def _culprit(value: Any, type_: Any, keys: Keys, said: str) -> str | None:
    for key in _at(value, keys):
        try:
            msgspec.convert(_only(value, keys, key), type_, str_keys=True)
        except msgspec.ValidationError as problem:
            if str(problem) == said:
                return str(key)
    return None


def _only(value: Any, keys: Keys, key: str) -> Any:
    """``value`` with the mapping at ``keys`` reduced to its entry ``key``."""
    if not keys:
        return {key: value[key]}
    copy: Any = dict(value) if isinstance(value, dict) else list(value)
    copy[keys[0]] = _only(value[keys[0]], keys[1:], key)
    return copy


def _at(value: Any, keys: Keys) -> Any:
    for key in keys:
        value = value[key]
    return value


def _explain(said: str, value: Any, type_: Any, keys: Keys, hide: bool) -> tuple[str, Keys]:
    """A message in the words of the project, and the keys of the entry to point at."""
    if found := re.fullmatch(r"Object contains unknown field `(.*)`", said, re.DOTALL):
        allowed = ", ".join(sorted(name for info in _infos(type_, keys) for name in _fields(info)))
        return f"unknown key '{cut(found[1])}'" + (f"; expected one of: {allowed}" if allowed else ""), (
            *keys,
            found[1],
        )
    if found := re.fullmatch(r"Object missing required field `(.*)`", said):
        return f"expected a key '{found[1]}', found none", keys
    try:
        seen = _found(_at(value, keys), hide)
    except (KeyError, IndexError, TypeError):
        seen = "something else"
    literals = [str(word) for info in _infos(type_, keys) for word in getattr(info, "values", ())]
    if said.startswith(("Invalid enum value", "Invalid value")) and literals:
        return f"expected one of: {', '.join(literals)}; found {seen}", keys
    if found := re.fullmatch(r"Expected (.*?)(?:, got .*)?", said, re.DOTALL):
        return f"expected {_plain_words(found[1])}, found {seen}", keys
    if found := re.fullmatch(r"Invalid (?:RFC3339 encoded )?(date|datetime)", said):
        return f"expected {_WORDS[found[1]]}, found {seen}", keys
    return f"expected another value, found {seen}" if hide else said, keys


def _plain_words(expected: str) -> str:
    def words(found: re.Match[str]) -> str:
        return " or ".join(_WORDS.get(name, name) for name in found[1].split(" | "))

    return re.sub(r"`([^`]*)`", words, expected)


def _found(value: Any, hide: bool) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    if hide:
        return _WORDS.get(type(value).__name__, "something else")
    if isinstance(value, bool):
        return "true" if value else "false"
    return cut(repr(value) if isinstance(value, str) else str(value))


def cut(text: str) -> str:
    """``text`` short and printable enough to stand in a message."""
    text = "".join(char if char.isprintable() else "?" for char in text)
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "..."


def _infos(type_: Any, keys: Keys) -> list[Any]:
    """msgspec's descriptions of the types that may stand at ``keys``."""
    infos = _unfold(msgspec.inspect.type_info(type_))
    for key in keys:
        below: list[Any] = []
        for info in infos:
            if isinstance(info, msgspec.inspect.StructType):
                below += [entry.type for entry in info.fields if entry.encode_name == key]
            elif isinstance(info, msgspec.inspect.DictType):
                below.append(info.value_type)
            elif isinstance(info, msgspec.inspect.TupleType):
                below += [info.item_types[key]] if isinstance(key, int) and key < len(info.item_types) else []
            elif hasattr(info, "item_type"):
                below.append(info.item_type)
        infos = [flat for info in below for flat in _unfold(info)]
    return infos


def _unfold(info: Any) -> list[Any]:
    return [flat for part in info.types for flat in _unfold(part)] if hasattr(info, "types") else [info]


def _fields(info: Any) -> list[str]:
    return [entry.encode_name for entry in getattr(info, "fields", ())]
