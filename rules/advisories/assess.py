"""One advisory and one device: affected, fixed, not applicable, or what is missing to tell. Pure.

A unit sold under another name has its maker's flaws but not its maker's model names. So where the model is not one of
the maker's own, only a build date decides, and only when it is later than that of every mended build of the advisory;
it is never called affected. A wrong "affected" is worse than "cannot tell".
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Literal, TypeAlias

from rules.advisories import models
from rules.advisories.model import ALL_MODELS, Advisory, Range, Row
from scanner.fingerprint import versions
from scanner.fingerprint.versions import Version
from scanner.model import Firmware, Kind

Answer: TypeAlias = Literal["affected", "fixed", "cannot tell", "not applicable"]
Missing: TypeAlias = Literal[
    "model",
    "maker's model",
    "unnamed model",
    "firmware version",
    "build date",
    "variant",
    "range",
    "source",
    "comparable version",
    "",
]

MISSING_SENTENCES: dict[Missing, str] = {
    "model": "the model is not known, or not written as the maker writes its models",
    "maker's model": "sold under another name; the maker's model is not known",
    "firmware version": "the firmware version is not known",
    "build date": "the build date of the firmware is not known",
    "variant": "only some units of this model are meant, and which this is cannot be seen",
    "unnamed model": "what was published leaves open whether it means this model",
    "range": "what was published leaves open whether it means this firmware",
    "source": "the affected firmware was not read at its source",
    "comparable version": "the version is not written in a way that can be compared with the advisory",
    "": "",
}


@dataclass(frozen=True, slots=True)
class Unit:
    """What is known of a device. None where it is not known, or where its signs disagree."""

    maker: str
    brand: str | None
    model: str | None
    firmware: Firmware | None
    kind: Kind = "unknown"


@dataclass(frozen=True, slots=True)
class Assessment:
    """The answer, what is missing where there is none, and why in words. ``named``: the advisory names the model."""

    advisory: Advisory
    answer: Answer
    missing: Missing
    why: str
    named: bool


_State: TypeAlias = Literal["affected", "fixed", "before", "unknown"]


@dataclass(frozen=True, slots=True)
class _Held:
    """One row, or one range, held against the firmware of a device."""

    state: _State
    missing: Missing = ""
    said: str = ""


def assess(advisory: Advisory, unit: Unit) -> Assessment:
    """The advisory, which is one of the unit's maker, judged for the unit."""
    rows = [row for row in advisory.rows if _may_mean(row, unit)]
    if not rows:
        return Assessment(advisory, "not applicable", "", "it is about other kinds of devices, or other brands", False)
    version, model = _read(unit)
    built = unit.firmware.build_date if unit.firmware else None
    matches = {id(row): _match(unit.maker, row, model) for row in rows} if model else {}
    named = [row for row in rows if _is_for_all(row) or matches.get(id(row)) == "yes"]
    if named:
        return _of_named(advisory, named, unit, version, built)
    unclear = [row for row in rows if matches.get(id(row)) == "unclear"]
    if model and not unclear and models.is_own(unit.maker, unit.model or ""):
        return Assessment(advisory, "not applicable", "", "the model is not one of those named", False)
    return _of_possible(advisory, unclear, rows, unit, version, built)


@lru_cache(maxsize=1024)  # one unit is held against all advisories of its maker in a row
def _read(unit: Unit) -> tuple[Version | None, str]:
    """The version as the maker counts, and the model as it is compared."""
    model = models.folded(unit.maker, unit.model) if unit.model else ""
    return versions.read(unit.maker, unit.firmware), model


def _may_mean(row: Row, unit: Unit) -> bool:
    """Leaves out rows about another kind of device, and about other names on it."""
    if row.kinds and unit.kind not in (*row.kinds, "unknown"):
        return False
    return not row.brands or unit.brand is None or unit.brand in row.brands


def _is_for_all(row: Row) -> bool:
    return any(pattern.text == ALL_MODELS for pattern in row.models)


def _match(maker: str, row: Row, model: str) -> models.Match:
    found = {models.match(maker, pattern, model) for pattern in row.models}
    return "yes" if "yes" in found else "unclear" if "unclear" in found else "no"


# -- a model that is named ----------------------------------------------------------------------------


def _of_named(
    advisory: Advisory, rows: Iterable[Row], unit: Unit, version: Version | None, built: date | None
) -> Assessment:
    held = [_hold(row, unit, version, built) for row in rows]
    worst = _worst(held)
    if worst.state != "unknown" and not advisory.verified:
        worst = _Held("unknown", "source")
    if worst.state == "unknown":
        return Assessment(advisory, "cannot tell", worst.missing, MISSING_SENTENCES[worst.missing], True)
    if worst.state == "before":
        return Assessment(advisory, "not applicable", "", f"older than the flaw ({worst.said})", True)
    return Assessment(advisory, worst.state, "", worst.said, True)


_ORDER: dict[_State, int] = {"affected": 0, "unknown": 1, "fixed": 2, "before": 3}


def _worst(held: Iterable[_Held]) -> _Held:
    return min(held, key=lambda one: _ORDER[one.state])


def _hold(row: Row, unit: Unit, version: Version | None, built: date | None) -> _Held:
    if not row.affected:
        return _Held("unknown", "range")
    held = _worst(_in_range(one, unit, version, built) for one in _of_same_track(row.affected, version))
    return _Held("unknown", "variant") if held.state == "affected" and row.variant else held


def _of_same_track(spans: tuple[Range, ...], version: Version | None) -> tuple[Range, ...]:
    """Ranges that count as this version does, where the row gives some for several boards; else all."""
    if version is None or len(spans) == 1:
        return spans
    return tuple(span for span in spans if _track(span) == version.track) or spans


def _track(span: Range) -> str | None:
    bound = span.before or span.through or span.since
    return bound.track if bound else None


def _in_range(span: Range, unit: Unit, version: Version | None, built: date | None) -> _Held:
    if span.every:
        return _Held("affected", said=span.said)
    if span.built_before or span.built_through or span.built_since:
        return _in_days(span, built)
    if version is None:
        return _Held("unknown", "comparable version" if unit.firmware else "firmware version")
    if span.since is not None:
        order = version.against(span.since)
        if order is None:
            return _undecided(version, span.since)
        if order < 0:
            return _Held("before", said=span.said)
    if span.tracks:
        return _in_tracks(span, version)
    bound = span.before or span.through
    if bound is None:
        return _inside(span)
    order = version.against(bound)
    if order is None:
        return _undecided(version, bound)
    if order < 0 or (order == 0 and span.through is not None):
        return _inside(span)
    return _Held("fixed", said=span.said)


def _inside(span: Range) -> _Held:
    return _Held("affected", said=span.said) if span.inside == "affected" else _Held("unknown", "range")


def _in_tracks(span: Range, version: Version) -> _Held:
    for first in span.tracks:
        order = version.against(first)
        if order is None:
            return _undecided(version, first)
        if version.same_line(first):
            return _Held("affected" if order < 0 else "fixed", said=span.said)
    newest = version.against(span.tracks[-1])
    if newest is None or newest >= 0:
        return _Held("fixed", said=span.said)
    return _inside(span)


def _in_days(span: Range, built: date | None) -> _Held:
    if built is None:
        return _Held("unknown", "build date")
    if span.built_since is not None and built < span.built_since:
        return _Held("before", said=span.said)
    last, end = span.built_through, span.built_before
    if (end is None and last is None) or (end is not None and built < end) or (last is not None and built <= last):
        return _Held("affected", said=span.said)
    if span.clear_from is not None and built < span.clear_from:
        return _Held("unknown", "range")
    return _Held("fixed", said=span.said)


def _undecided(version: Version, bound: Version) -> _Held:
    same = (version.grammar, version.track, version.parts) == (bound.grammar, bound.track, bound.parts)
    return _Held("unknown", "build date" if same else "comparable version")


# -- a model that is not known ------------------------------------------------------------------------


def _of_possible(
    advisory: Advisory, unclear: list[Row], rows: list[Row], unit: Unit, version: Version | None, built: date | None
) -> Assessment:
    """The firmware alone decides only when it is past the flaw for every model that may be meant."""
    is_makers = unit.brand is not None and unit.brand.casefold() == unit.maker.casefold()
    comparable = version if is_makers else None
    if advisory.verified and all(_is_past(row, unit, comparable, built) for row in unclear or rows):
        return Assessment(advisory, "fixed", "", "newer than the last affected build of every model named", False)
    missing: Missing = "model" if is_makers or unit.brand is None else "maker's model"
    if unclear:
        missing = "unnamed model"
    return Assessment(advisory, "cannot tell", missing, MISSING_SENTENCES[missing], False)


def _is_past(row: Row, unit: Unit, version: Version | None, built: date | None) -> bool:
    if not row.affected:
        return False
    return all(
        _is_built_after(one, built) or (version is not None and _in_range(one, unit, version, built).state == "fixed")
        for one in _of_same_track(row.affected, version)
    )


def _is_built_after(span: Range, built: date | None) -> bool:
    """Build days are the maker's own count, whatever version a seller prints on the unit."""
    ends = [span.clear_from, span.built_before, span.built_through]
    ends += [bound.built for bound in (span.before, span.through, *span.tracks) if bound is not None]
    known = [end for end in ends if end is not None]
    return built is not None and bool(known) and built > max(known)
