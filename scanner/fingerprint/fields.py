"""Fields out of replies that should be XML, JSON or key=value, and often are not quite.

No parser that trusts the device: tags are found one by one, so that unescaped ``&``, a missing end, several roots or a
trailing NUL cost one field and not the reply (docs/sources.md I2, parser notes). Nothing here raises.
"""

from __future__ import annotations

import html
import json
import re
from typing import Any

_TAG = re.compile(
    r"<(?:[A-Za-z_][\w.-]{0,30}:)?([A-Za-z][\w.-]{0,60})(?:\s[^<>]{0,300})?>\s{0,40}(?:<!\[CDATA\[)?([^<>]{0,600}?)(?:\]\]>)?\s{0,40}</"
)
_QUOTED = re.compile(
    r"""["']([A-Za-z][\w.-]{0,40})["']\s{0,4}:\s{0,4}(?:["']([^"'\r\n]{0,400})["']|(-?\d{1,12}|true|false))"""
)
_PAIR = re.compile(r"(?im)(?:^|[,;|\n]\s{0,4})([a-z][\w .-]{0,40}?)\s{0,3}[=:]\s{0,3}([^\r\n;|]{0,300})")
_MAX_DEPTH = 8
_MAX_FIELDS = 400


def tags(text: str) -> dict[str, str]:
    """The first value of each element that holds text only, by lower-case local name."""
    found: dict[str, str] = {}
    for match in _TAG.finditer(text):
        name = match[1].lower()
        value = html.unescape(match[2]).strip()
        if value and name not in found:
            found[name] = value
            if len(found) >= _MAX_FIELDS:
                break
    return found


def json_fields(text: str) -> dict[str, str]:
    """The first value of each key at any depth, by lower-case name; by expression where the JSON is broken."""
    start = text.find("{")
    if start < 0:
        return {}
    body = text[start:]
    if body.count("[") + body.count("{") < 2000:
        try:
            value, _ = json.JSONDecoder().raw_decode(body)
        except (ValueError, RecursionError):
            value = None
        if isinstance(value, dict):
            found: dict[str, str] = {}
            _flatten(value, found, 0)
            return found
    found = {}
    for name, quoted, bare in _QUOTED.findall(body):
        if len(found) < _MAX_FIELDS:
            found.setdefault(name.lower(), quoted or bare)
    return found


def _flatten(value: Any, found: dict[str, str], depth: int) -> None:
    if depth > _MAX_DEPTH or len(found) >= _MAX_FIELDS:
        return
    if isinstance(value, dict):
        for key, inner in value.items():
            if isinstance(inner, dict | list):
                _flatten(inner, found, depth + 1)
            elif inner is not None:
                found.setdefault(str(key).lower(), str(inner)[:600].strip())
    elif isinstance(value, list):
        for inner in value[:64]:
            _flatten(inner, found, depth + 1)


def pairs(text: str) -> dict[str, str]:
    """``key=value`` or ``key: value``, one a line or separated by ``;`` or ``|``, by lower-case key without blanks."""
    found: dict[str, str] = {}
    for name, value in _PAIR.findall(text[:16_384]):
        bare = name.replace(" ", "").replace("_", "").lower()
        if value.strip() and len(found) < _MAX_FIELDS:
            found.setdefault(bare, value.strip().strip("\"',"))
    return found


def any_fields(text: str) -> dict[str, str]:
    """Fields of a reply whose form is not known: XML first, then JSON, then pairs."""
    if "<" in text and (found := tags(text)):
        return found
    if "{" in text and (found := json_fields(text)):
        return found
    return pairs(text)
