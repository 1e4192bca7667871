"""SUNAPI replies as pure decoding: views in text and in JSON, and the XML of attributes (docs/sources.md A7.2)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from scanner.drivers.base import MOST_CHANNELS
from scanner.drivers.markup import attribute, children, local, switch
from scanner.errors import NoAnswer

if TYPE_CHECKING:
    from lxml.etree import _Element

Values = dict[str, str]

_CHANNEL = re.compile(r"Channel\.(\d{1,3})\.(.{1,200})")
MOST_LINES = 20_000
MOST_DEPTH = 6
_WHOLE = 0
"""Key of what an attribute says of the device as a whole; channels count from 1."""


def decode_values(text: str) -> Values:
    """A view of the whole device: ``key=value`` lines or one JSON object. NoAnswer ``malformed`` for anything else."""
    found = dict(_flat("", _object(text)) if text.lstrip().startswith("{") else _lines(text))
    if not found:
        raise NoAnswer("malformed", "expected key=value lines or an object, found neither")
    return found


def decode_view(text: str) -> dict[str, Values]:
    """A view by channel (from "1"): lines ``Channel.0.Enable=True``, or JSON with one list of objects.

    Both end as the same keys: ``Enable``, ``Line.1.Mode``. NoAnswer ``malformed`` when no channel is in it.
    """
    found: dict[str, Values] = {}
    if text.lstrip().startswith("{"):
        for position, entry in enumerate(_entries(_object(text))):
            number = entry.get("Channel", position)
            if isinstance(number, int) and 0 <= number < MOST_CHANNELS:
                found.setdefault(str(int(number) + 1), {}).update(_flat("", entry))
    else:
        for key, value in _lines(text):
            parts = _CHANNEL.fullmatch(key)
            if parts and int(parts[1]) < MOST_CHANNELS:
                found.setdefault(str(int(parts[1]) + 1), {})[parts[2]] = value
    if not found:
        raise NoAnswer("malformed", "expected values by channel, found none")
    return found


def _lines(text: str) -> Iterator[tuple[str, str]]:
    for line in text.splitlines()[:MOST_LINES]:
        key, equals, value = line.partition("=")
        if equals and re.fullmatch(r"[\w.\- ]{1,200}", key.strip()):
            yield key.strip(), value.strip()


def _object(text: str) -> dict[str, Any]:
    """The reply; ``{"Response": "Fail", "Error": {"Details": ...}}`` is a refusal in words."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as problem:
        raise NoAnswer("malformed", "the reply is no JSON") from problem
    if not isinstance(value, dict):
        raise NoAnswer("malformed", "expected an object")
    error = value.get("Error")
    if error is not None:
        details = error.get("Details", "") if isinstance(error, dict) else error
        raise NoAnswer("malformed", f"the device answers: {str(details)[:100]}")
    return value


def _entries(value: dict[str, Any]) -> list[dict[str, Any]]:
    """``{"FaceDetection": [{"Channel": 0, ...}]}``: the objects of its one list."""
    for inner in value.values():
        if isinstance(inner, list) and inner and all(isinstance(entry, dict) for entry in inner):
            return inner[:MOST_CHANNELS]
    return []


def _flat(path: str, value: Any, depth: int = 0) -> Iterator[tuple[str, str]]:
    """JSON as the text form has it: ``Lines: [{"Line": 1, "Mode": "Right"}]`` is ``Line.1.Mode=Right``."""
    if depth > MOST_DEPTH:
        return
    if isinstance(value, dict):
        for key, inner in list(value.items())[:200]:
            yield from _flat(f"{path}.{key}" if path else str(key), inner, depth + 1)
    elif isinstance(value, list) and value and all(isinstance(entry, dict) for entry in value):
        stem = path[:-1] if path.endswith("s") else path
        name = stem.rpartition(".")[2]
        for position, entry in enumerate(value[:100], 1):
            index = entry.get(name, position)
            if isinstance(index, int | str):
                yield from _flat(f"{stem}.{index}", {k: v for k, v in entry.items() if k != name}, depth + 1)
    elif isinstance(value, list):
        yield path, ",".join(str(entry) for entry in value[:50] if not isinstance(entry, dict | list))
    elif value is not None:
        yield path, str(value)


def by_number(values: Values, stem: str, field: str) -> dict[str, str]:
    """``Line.1.Mode``, ``Line.2.Mode``: number -> value of ``field``; '' for a number without it."""
    found: dict[str, str] = {}
    for key, value in values.items():
        parts = key.split(".", 2)
        if parts[0] == stem and len(parts) == 3:
            found.setdefault(parts[1], "")
            if parts[2] == field:
                found[parts[1]] = value
    return found


class Attributes:
    """``attributes.cgi/attributes``: group, category, attribute, and the channel it stands in."""

    def __init__(self, found: dict[str, dict[int, str]], evidence: str) -> None:
        self._found = found
        self.evidence = evidence

    def value(self, path: str, channel: str) -> str | None:
        """What ``Eventsource/Support/FaceDetection`` is for a channel (from "1"), or for the device as a whole."""
        said = self._found.get(path.lower(), {})
        return said.get(int(channel), said.get(_WHOLE))

    def flag(self, path: str, channel: str) -> bool | None:
        """A ``Support`` as a switch, a ``Limit`` as more than nothing; None where the device does not say."""
        value = self.value(path, channel)
        if value is None:
            return None
        if "/limit/" in path.lower():
            return int(value) > 0 if re.fullmatch(r"\d{1,9}", value) else None
        return switch(value)

    def number(self, path: str) -> int | None:
        """A limit of the device as a whole."""
        value = self.value(path, "0")
        return int(value) if value is not None and re.fullmatch(r"\d{1,5}", value) else None


def decode_attributes(root: _Element, evidence: str) -> Attributes:
    """NoAnswer ``malformed`` when not one attribute is in it."""
    found: dict[str, dict[int, str]] = {}
    for group in root.iter():
        if local(group) != "group":
            continue
        for category in children(group, "category"):
            path = f"{attribute(group, 'name')}/{attribute(category, 'name')}"
            for channel, node in _attributes(category):
                found.setdefault(f"{path}/{attribute(node, 'name')}".lower(), {})[channel] = attribute(node, "value")
    if not found:
        raise NoAnswer("malformed", "expected attributes, found none")
    return Attributes(found, evidence)


def _attributes(category: _Element) -> Iterator[tuple[int, _Element]]:
    for node in children(category, "attribute"):
        yield _WHOLE, node
    for channel in children(category, "channel"):
        number = attribute(channel, "number")
        if re.fullmatch(r"\d{1,3}", number):
            for node in children(channel, "attribute"):
                yield int(number) + 1, node
