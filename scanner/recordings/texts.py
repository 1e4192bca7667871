"""Where values stand in what devices write: XML, JSON, key=value lines and queries, lines of headers.

``fields_of`` finds each (name, value), ``with_fields`` writes other values in their places, escaped as the format wants
it. By regular expressions and not by parsers: layout stays as it was, and broken bodies are covered too. Pure.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Iterator
from typing import TypeAlias
from urllib.parse import quote, unquote

Change: TypeAlias = Callable[[str, str], str | None]
"""(name, value) -> another value, or None to leave it."""

_START = r"(<(?:[\w.-]{1,40}:)?([\w.-]{1,80})(?:\s[^<>]{0,2000})?(?<!/)>"
_ELEMENT = re.compile(_START + r")([^<>]{1,4000})(?=</)")
_CDATA = re.compile(_START + r"\s{0,80}<!\[CDATA\[)((?:(?!\]\]>).){1,4000})(?=\]\]>)", re.DOTALL)
_TAG = re.compile(r"<((?:[\w.-]{1,40}:)?[\w.-]{1,80})(\s[^<>]{1,4000})>")
_ATTRIBUTE = re.compile(r"([\w.:-]{1,80})(\s{0,3}=\s{0,3})(\"[^\"<>]{0,2000}\"|'[^'<>]{0,2000}')")
_JSON = re.compile(r'"((?:[^"\\]|\\.){1,120})"(\s{0,8}:\s{0,8})"((?:[^"\\]|\\.){1,4000})"')
_JSON_NUMBER = re.compile(r'"([^"\\]{1,120})"(\s{0,8}:\s{0,8})(-?\d[\d.]{0,30})(?=\s{0,8}[,}\]])')
_JSON_LIST = re.compile(r'"([^"\\]{1,120})"(\s{0,8}:\s{0,8})\[([^\[\]{}]{1,4000})\]')
_STRING = re.compile(r'"((?:[^"\\]|\\.){1,4000})"')
_PAIR = re.compile(r"(?<![\w.\[\]\-\"'<>:/])([\w.\[\]-]{1,160})=(?![\"'=])([^&\r\n<>\"';]{1,2000})")
_ROW = re.compile(r"(?m)^([\w.\[\]-]{1,160})=(?![\"'=])(?![^\r\n]*&[\w.]{1,60}=)([^\r\n<>]{1,2000})")
_GROUP = re.compile(r"(?m)^([\w.-]{1,40})=\"([^\"\r\n]{1,2000})\"")
_LINE = re.compile(r"(?m)^(Name|SerialNo|SerialNumber|DeviceID|UID|SN|HostName|DeviceName)(:[ \t]*)([^\r\n]{1,400})")

_NAMED = ("simpleitem",)
_NAME_IS_GIVEN = frozenset({"rule", "analyticsmodule", "profile", "videosource", "user", "channel", "camera"})
"""Elements whose attribute ``Name`` somebody typed in. Elsewhere it is a word of the interface."""
_JSON_CATALOGUE = re.compile(r'"(?:docLink|version|versions|niceName)"\s{0,8}:')
"""A JSON object with a name and a version describes an interface."""


def fields_of(text: str) -> Iterator[tuple[str, str]]:
    """Every named value, unescaped."""
    found: list[tuple[str, str]] = []

    def note(name: str, value: str) -> None:
        found.append((name, value))

    with_fields(text, note)
    return iter(found)


def with_fields(text: str, change: Change) -> str:
    """The text with each value that ``change`` gives another for."""
    small = text.lstrip()[:1]
    if "<" in text:
        text = _ELEMENT.sub(lambda m: _element(m, change), text)
        if "<![CDATA[" in text:
            text = _CDATA.sub(lambda m: _cdata(m, change), text)
        text = _TAG.sub(lambda m: _tag(m, change), text)
    if '"' in text and (small in '{["' or ":" in text):
        text = _JSON.sub(lambda m: _json(m, change), text)
        text = _JSON_NUMBER.sub(lambda m: _number(m, change), text)
        text = _JSON_LIST.sub(lambda m: _list(m, change), text)
    if "=" in text:
        text = _ROW.sub(lambda m: _pair(m, change), text)
        text = _PAIR.sub(lambda m: _pair(m, change), text)
        text = _GROUP.sub(lambda m: _group(m, change), text)
    return _LINE.sub(lambda m: _line(m, change), text)


def words_of(text: str) -> Iterator[str]:
    """Names of elements, attributes and keys, and what stands between the dots of a key: the maker's vocabulary."""
    for found in re.finditer(
        r"</?(?:[\w.-]{1,40}:)?([\w.-]{1,80})|\"([\w.-]{1,80})\"\s{0,8}:|([\w.\[\]-]{1,160})=", text
    ):
        for word in re.split(r"[.\[\]]", found[1] or found[2] or found[3]):
            if word:
                yield word


def variants(value: str) -> dict[str, Callable[[str], str]]:
    """How a value is written in other formats, each with the way to write its stand-in there."""
    return {
        quote(value, safe=""): lambda made: quote(made, safe=""),
        quote(value, safe="/:"): lambda made: quote(made, safe="/:"),
        value.replace(" ", "+"): lambda made: made.replace(" ", "+"),
        html.escape(value, quote=False): lambda made: html.escape(made, quote=False),
        html.escape(value): html.escape,
        _json_inside(value): _json_inside,
        value: lambda made: made,
    }


def _element(found: re.Match[str], change: Change) -> str:
    value = html.unescape(found[3])
    made = change(found[2], value.strip()) if value.strip() else None
    return found[0] if made is None else found[1] + value.replace(value.strip(), _xml(made))


def _cdata(found: re.Match[str], change: Change) -> str:
    """A value that needs no escapes, and may hold anything but its own end."""
    value = found[3].strip()
    made = change(found[2], value) if value else None
    if made is None:
        return found[0]
    return found[1] + found[3].replace(value, made.replace("]]>", "]]]]><![CDATA[>"))


def _tag(found: re.Match[str], change: Change) -> str:
    element = found[1].rpartition(":")[2].casefold()
    item = re.search(r"\bName\s{0,3}=\s{0,3}[\"']([^\"']{1,80})", found[2]) if element in _NAMED else None

    def attribute(one: re.Match[str]) -> str:
        name, value = one[1], one[3][1:-1]
        if name.startswith("xmlns") or not value:
            return one[0]
        if item is not None:
            name = item[1] if name == "Value" else ""
        elif name.casefold() in ("name", "token") and element not in _NAME_IS_GIVEN:
            return one[0]
        if not name or name.casefold() == "token":
            return one[0]
        made = change(name, html.unescape(value))
        return one[0] if made is None else f"{one[1]}{one[2]}{one[3][0]}{_xml(made)}{one[3][0]}"

    return f"<{found[1]}{_ATTRIBUTE.sub(attribute, found[2])}>"


def _json(found: re.Match[str], change: Change) -> str:
    name = found[1]
    if name == "name" and _JSON_CATALOGUE.search(_beside(found)):
        return found[0]
    value = _json_outside(found[3])
    made = change(name, value) if value is not None else None
    return found[0] if made is None else f'"{name}"{found[2]}"{_json_inside(made)}"'


def _beside(found: re.Match[str]) -> str:
    """What stands in the same object, as far as it holds no other."""
    before = re.split(r"[{}\[\]]", found.string[max(0, found.start() - 400) : found.start()])[-1]
    return before + re.split(r"[{}\[\]]", found.string[found.end() : found.end() + 400])[0]


def _number(found: re.Match[str], change: Change) -> str:
    made = change(found[1], found[3])
    return found[0] if made is None or not re.fullmatch(r"-?\d[\d.]*", made) else f'"{found[1]}"{found[2]}{made}'


def _list(found: re.Match[str], change: Change) -> str:
    def string(one: re.Match[str]) -> str:
        value = _json_outside(one[1])
        made = change(found[1], value) if value is not None else None
        return one[0] if made is None else f'"{_json_inside(made)}"'

    return f'"{found[1]}"{found[2]}[{_STRING.sub(string, found[3])}]'


def _pair(found: re.Match[str], change: Change) -> str:
    raw = found[2]
    if found[1] == "name" and found.string[max(0, found.start() - 1) : found.start()] in ("?", "&", " "):
        return found[0]  # of a section that was asked for
    value = unquote(raw) if "%" in raw else raw
    made = change(found[1], value.strip()) if value.strip() else None
    if made is None:
        return found[0]
    return f"{found[1]}={quote(made, safe='') if value != raw else raw.replace(value.strip(), made)}"


def _group(found: re.Match[str], change: Change) -> str:
    """``operators="anna,root"``: the accounts of a group."""
    names = [change("user", name.strip()) if name.strip() else None for name in found[2].split(",")]
    made = [name if new is None else new for name, new in zip(found[2].split(","), names, strict=True)]
    return f'{found[1]}="{",".join(made)}"'


def _line(found: re.Match[str], change: Change) -> str:
    made = change(found[1], found[3].strip())
    return found[0] if made is None else f"{found[1]}{found[2]}{found[3].replace(found[3].strip(), made)}"


def _xml(text: str) -> str:
    return html.escape(text, quote=True)


def _json_inside(text: str) -> str:
    return json.dumps(text, ensure_ascii=True)[1:-1]


def _json_outside(text: str) -> str | None:
    try:
        value = json.loads(f'"{text}"', strict=False)
    except ValueError:
        return None
    return value if isinstance(value, str) else None
