"""Advisories and support dates from their YAML, strictly: every problem of every file, each with its file:line.

``data/advisories/<id>.yaml`` and ``data/support/<id>.yaml`` hold one maker each. A file of the same name in a folder
that is read later takes the place of the one before it: this data changes monthly and is renewed offline.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

from rules.advisories.model import (
    Advisory,
    AdvisoryFile,
    Coverage,
    Exploited,
    ModelPattern,
    Precision,
    Range,
    Rating,
    Row,
    SupportFile,
    SupportRow,
)
from rules.conditions import Keys
from rules.fields import Field, Trouble, at, read_fields, rows_of
from scanner.fingerprint import versions
from scanner.fingerprint.makers import names
from scanner.fingerprint.versions import Version
from scanner.model import Kind
from scanner.strictfile import Located, read_yaml

_FILE = {
    "id": Field(str), "maker": Field(str), "title": Field(str), "checked_on": Field(date), "covers": Field(Coverage),
    "covers_from": Field(date, False), "exploited_as_of": Field(date), "note": Field(str), "advisories": Field(Any),
}  # fmt: skip
_ADVISORY = {
    "id": Field(str), "title": Field(str), "cves": Field(tuple[str, ...]), "url": Field(str), "published": Field(date),
    "severity": Field(Rating, False), "cvss": Field(float, False), "kev": Field(Exploited, False), "rows": Field(Any),
    "source": Field(str), "checked_on": Field(date), "verified": Field(bool), "note": Field(str, False),
}  # fmt: skip
_ROW = {
    "models": Field(Any), "affected": Field(Any), "precision": Field(Precision), "fixed_in": Field(str, False),
    "variant": Field(str, False), "kinds": Field(tuple[Kind, ...], False),
    "brands": Field(tuple[str, ...], False), "note": Field(str, False),
}  # fmt: skip
_VERSIONS = ("since", "before", "through")
_DAYS = ("built_since", "built_before", "built_through", "clear_from")
_RANGE = {
    **{name: Field(str, False) for name in (*_VERSIONS, *_DAYS)},
    "tracks": Field(tuple[str, ...], False), "every": Field(bool, False),
    "inside": Field(Literal["affected", "unknown"], False),
}  # fmt: skip
_PATTERN = {"text": Field(str), "reads_as": Field(str, False), "loose": Field(bool, False)}
_SUPPORT_FILE = {
    "id": Field(str), "maker": Field(str), "title": Field(str), "checked_on": Field(date), "note": Field(str),
    "rows": Field(Any),
}  # fmt: skip
_SUPPORT_ROW = {
    "what": Field(str), "track": Field(str, False), "since": Field(str, False), "before": Field(str, False),
    "models": Field(Any, False), "ends": Field(str), "at_latest": Field(bool, False),
    "source": Field(str), "checked_on": Field(date), "verified": Field(bool), "note": Field(str, False),
}  # fmt: skip
_CVE = re.compile(r"CVE-\d{4}-\d{4,7}")
_DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_MONTH = re.compile(r"(\d{4})-(\d{2})")
_YEAR = re.compile(r"(\d{4})")
_URL = ("https://", "http://")


def read_advisories(folders: Iterable[Path], trouble: Trouble) -> tuple[AdvisoryFile, ...]:
    """The advisory files of ``<folder>/advisories``, by id."""
    found: dict[str, AdvisoryFile] = {}
    for path in _paths(folders, "advisories"):
        with trouble.caught():
            one = _advisory_file(read_yaml(path), path, trouble)
            if one is not None:
                found[one.id] = one
    return tuple(found[name] for name in sorted(found))


def read_support(folders: Iterable[Path], trouble: Trouble) -> tuple[SupportFile, ...]:
    """The support files of ``<folder>/support``, by id."""
    found: dict[str, SupportFile] = {}
    for path in _paths(folders, "support"):
        with trouble.caught():
            one = _support_file(read_yaml(path), path, trouble)
            if one is not None:
                found[one.id] = one
    return tuple(found[name] for name in sorted(found))


def _paths(folders: Iterable[Path], kind: str) -> list[Path]:
    return [path for folder in folders for path in sorted((folder / kind).glob("*.yaml"))]


# -- one maker ----------------------------------------------------------------------------------------


def _advisory_file(located: Located, path: Path, trouble: Trouble) -> AdvisoryFile | None:
    before = len(trouble.problems)
    fields = _header(located, path, _FILE, trouble)
    if fields.get("covers") == "advisories" and "covers_from" not in fields:
        trouble.add(located, (), "expected a key 'covers_from' beside 'covers: advisories', found none")
    advisories: list[Advisory] = []
    places: dict[str, str] = {}
    for number in range(rows_of(located, (), "advisories", trouble)):
        keys: Keys = ("advisories", number)
        found = _advisory(located, keys, fields.get("maker", ""), trouble)
        if found is None:
            continue
        place = str(located.place(*keys))
        if places.setdefault(found.id, place) != place:
            trouble.add(
                located, (*keys, "id"), f"the advisory '{found.id}' is there twice, first at {places[found.id]}"
            )
        advisories.append(found)
    if len(trouble.problems) > before:
        return None
    return AdvisoryFile(**{**fields, "advisories": tuple(advisories)})


def _header(located: Located, path: Path, wanted: Mapping[str, Field], trouble: Trouble) -> dict[str, Any]:
    fields = read_fields(located, (), wanted, trouble)
    if fields.get("id", path.stem) != path.stem:
        trouble.add(located, ("id",), f"expected the id to be the file name, {path.stem!r}")
    known = names().get(fields.get("maker", ""))
    if "maker" in fields and (known is None or known.brand_only):
        trouble.add(located, ("maker",), f"expected a maker of makers.yaml, found {fields['maker']!r}")
    return fields


def _advisory(located: Located, keys: Keys, maker: str, trouble: Trouble) -> Advisory | None:
    before = len(trouble.problems)
    fields = read_fields(located, keys, _ADVISORY, trouble)
    for number, cve in enumerate(fields.get("cves", ())):
        if not _CVE.fullmatch(cve):
            trouble.add(located, (*keys, "cves", number), f"expected an id like CVE-2021-36260, found {cve!r}")
    if fields and not fields.get("cves", ("",)):
        trouble.add(located, (*keys, "cves"), "expected at least one CVE, found none")
    kev = fields.get("kev")
    if kev is not None and kev.due < kev.added:
        trouble.add(located, (*keys, "kev"), f"expected 'due' on or after 'added', found {kev.due} before {kev.added}")
    _addresses(located, keys, fields, ("url", "source"), trouble)
    rows = []
    for number in range(rows_of(located, keys, "rows", trouble)) if fields else ():
        row = _row(located, (*keys, "rows", number), maker, trouble)
        if row is not None:
            rows.append(row)
    if len(trouble.problems) > before:
        return None
    return Advisory(**{**fields, "maker": maker, "rows": tuple(rows)})


def _addresses(located: Located, keys: Keys, fields: Mapping[str, Any], names: Iterable[str], trouble: Trouble) -> None:
    for name in names:
        if not str(fields.get(name, _URL[0])).startswith(_URL):
            trouble.add(located, (*keys, name), f"expected an address, found {fields[name]!r}")


def _row(located: Located, keys: Keys, maker: str, trouble: Trouble) -> Row | None:
    before = len(trouble.problems)
    fields = read_fields(located, keys, _ROW, trouble)
    if not fields:
        return None
    patterns = _patterns(located, keys, trouble)
    precision = fields.get("precision")
    spans: list[Range] = []
    if fields.get("affected") == [] and precision == "not-public":
        pass
    elif precision == "not-public":
        trouble.add(located, (*keys, "affected"), "expected [] where the range is not public")
    else:
        count = rows_of(located, keys, "affected", trouble)
        spans = [_range(located, (*keys, "affected", number), maker, precision, trouble) for number in range(count)]
    if len(trouble.problems) > before:
        return None
    return Row(**{**fields, "models": patterns, "affected": tuple(spans)})


def _patterns(located: Located, keys: Keys, trouble: Trouble) -> tuple[ModelPattern, ...]:
    found: list[ModelPattern] = []
    for number in range(rows_of(located, keys, "models", trouble)):
        place = (*keys, "models", number)
        value = at(located, place)
        if isinstance(value, str) and value.strip():
            found.append(ModelPattern(value))
        elif isinstance(value, dict):
            fields = read_fields(located, place, _PATTERN, trouble)
            if "text" in fields:
                found.append(ModelPattern(**fields))
        else:
            trouble.add(located, place, f"expected a model as the maker writes it, found {value!r}")
    return tuple(found)


# -- ranges -------------------------------------------------------------------------------------------


def _range(located: Located, keys: Keys, maker: str, precision: Precision | None, trouble: Trouble) -> Range:
    fields = read_fields(located, keys, _RANGE, trouble)
    if not fields:
        trouble.add(located, keys, f"expected one of the keys {', '.join(_RANGE)}, found none")
        return Range()
    bounds: dict[str, Any] = {name: fields[name] for name in ("every", "inside") if name in fields}
    for name in _VERSIONS:
        if name in fields:
            bounds[name] = _version(located, (*keys, name), maker, fields[name], trouble)
    if "tracks" in fields:
        read = [
            _version(located, (*keys, "tracks", n), maker, text, trouble) for n, text in enumerate(fields["tracks"])
        ]
        tracks = tuple(one for one in read if one is not None)
        if any((left.compare(right) or 0) >= 0 for left, right in pairwise(tracks)):
            trouble.add(located, (*keys, "tracks"), "expected the versions of the lines in ascending order")
        bounds["tracks"] = tracks
    for name in _DAYS:
        if name in fields:
            bounds[name] = _bound_day(located, (*keys, name), fields[name], precision, trouble)
    if precision == "month" and bounds.get("built_before") and "clear_from" not in bounds:
        bounds["clear_from"] = _next_month(bounds["built_before"])
    if {"before", "through", "tracks"} & set(fields) and set(_DAYS) & set(fields):
        trouble.add(located, keys, "expected versions or days of the build, found both")
    if len({"before", "through", "tracks"} & set(fields)) > 1 or {"built_before", "built_through"} <= set(fields):
        trouble.add(located, keys, "expected one end of the range, found several")
    if _is_reversed(bounds):
        trouble.add(located, keys, "expected the start of the range before its end")
    return Range(**bounds, said=_said(fields))


def _is_reversed(bounds: Mapping[str, Any]) -> bool:
    start, end = bounds.get("since"), bounds.get("before") or bounds.get("through")
    if start is not None and end is not None:
        order = start.compare(end)
        return order is not None and (order > 0 or (order == 0 and "before" in bounds))
    first, last = bounds.get("built_since"), bounds.get("built_before") or bounds.get("built_through")
    return first is not None and last is not None and (first > last or (first == last and "built_before" in bounds))


def _version(located: Located, keys: Keys, maker: str, text: str, trouble: Trouble) -> Version | None:
    found = versions.parse(maker, text)
    if found is None:
        trouble.add(located, keys, f"expected a version as {maker or 'the maker'} writes it, found {text!r}")
    return found


def _bound_day(located: Located, keys: Keys, text: str, precision: Precision | None, trouble: Trouble) -> date | None:
    try:
        if _DAY.fullmatch(text):
            return date.fromisoformat(text)
        if precision == "month" and (month := _MONTH.fullmatch(text)):
            return date(int(month[1]), int(month[2]), 1)
    except ValueError:
        pass
    wanted = "a day or a month like 2021-06" if precision == "month" else "a day like 2021-06-25"
    trouble.add(located, keys, f"expected {wanted}, found {text!r}")
    return None


def _next_month(first: date) -> date:
    return (first.replace(day=28) + timedelta(days=7)).replace(day=1)


def _said(fields: Mapping[str, Any]) -> str:
    if fields.get("every"):
        return "affected in every version; nothing mends it"
    if "tracks" in fields:
        since = f"from {fields['since']}; " if "since" in fields else ""
        return f"affected {since}mended in {', '.join(fields['tracks'])}"
    start = fields.get("since") or fields.get("built_since")
    built = "built " if any(name.startswith("built") for name in fields) else ""
    if "before" in fields or "built_before" in fields:
        end = f"before {fields.get('before') or fields['built_before']}"
    elif "through" in fields or "built_through" in fields:
        end = f"up to {fields.get('through') or fields['built_through']}"
    else:
        end = ""
    words = " ".join(word for word in (f"from {start}" if start else "", end) if word)
    return f"affected {built}{words}".strip()


# -- support ------------------------------------------------------------------------------------------


def _support_file(located: Located, path: Path, trouble: Trouble) -> SupportFile | None:
    before = len(trouble.problems)
    fields = _header(located, path, _SUPPORT_FILE, trouble)
    rows = []
    for number in range(rows_of(located, (), "rows", trouble)):
        row = _support_row(located, ("rows", number), fields.get("maker", ""), trouble)
        if row is not None:
            rows.append(row)
    if len(trouble.problems) > before:
        return None
    return SupportFile(**{**fields, "rows": tuple(rows)})


def _support_row(located: Located, keys: Keys, maker: str, trouble: Trouble) -> SupportRow | None:
    before = len(trouble.problems)
    fields = read_fields(located, keys, _SUPPORT_ROW, trouble)
    if not fields:
        return None
    if len({"track", "since", "models"} & set(fields)) != 1 or ("since" in fields) != ("before" in fields):
        trouble.add(located, keys, "expected 'track', 'models', or 'since' and 'before'")
    _addresses(located, keys, fields, ("source",), trouble)
    ends, precision = _end(fields.get("ends", ""))
    if "ends" in fields and ends is None:
        found = fields["ends"]
        trouble.add(located, (*keys, "ends"), f"expected a day, a month or a year like 2026-12, found {found!r}")
    versions_of: dict[str, Version | None] = {
        name: _version(located, (*keys, name), maker, fields[name], trouble)
        for name in ("track", "since", "before")
        if name in fields
    }
    patterns = _patterns(located, keys, trouble) if "models" in fields else ()
    if ends is None or len(trouble.problems) > before:
        return None
    read: dict[str, Any] = {**versions_of, "ends": ends, "precision": precision, "models": patterns}
    return SupportRow(**{**fields, **read})


def _end(text: str) -> tuple[date | None, Literal["day", "month", "year"]]:
    """The last day that a date, a month or a year means."""
    try:
        if _DAY.fullmatch(text):
            return date.fromisoformat(text), "day"
        if found := _MONTH.fullmatch(text):
            return _next_month(date(int(found[1]), int(found[2]), 1)) - timedelta(days=1), "month"
        if found := _YEAR.fullmatch(text):
            return date(int(found[1]), 12, 31), "year"
    except ValueError:
        pass
    return None, "day"
