"""All advisories and support dates for one day of judging, asked for one unit at a time and answered as facts.

    flaws.exploited            CVEs of CISA's catalogue that the firmware has
    flaws.exploited.possible   such CVEs whose advisory names the model, where the firmware does not decide
    flaws.high                 CVEs rated high or critical, published more than 14 days before, that the firmware has
    flaws.other                the same for lower ratings and for those nobody rated
    firmware.support_ends      the last day on which the firmware's line, or the model, gets fixes

What was published or listed after the day of judging does not count. A list of flaws is only known to be empty when
every advisory of the maker was decided, and the maker's data is of use on that day.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta
from functools import lru_cache
from typing import Literal, NamedTuple, TypeAlias

from rules.advisories import models
from rules.advisories.assess import Assessment, Unit, assess
from rules.advisories.model import Advisory, AdvisoryFile, SupportFile, SupportRow
from scanner.fingerprint import versions

FlawKey: TypeAlias = Literal["flaws.exploited", "flaws.exploited.possible", "flaws.high", "flaws.other"]
FLAW_KEYS: tuple[FlawKey, ...] = ("flaws.exploited", "flaws.exploited.possible", "flaws.high", "flaws.other")
SUPPORT_KEY = "firmware.support_ends"
TIME_TO_MEND = timedelta(days=14)
"""Cyber Essentials gives so long for fixes of high and critical flaws."""
STALE_AFTER = timedelta(days=180)
EXPLOITED = "known to be exploited"
MOST_NAMED = 12
"""CVEs named in one reason for which nothing could be told; the number of the others is."""


class Reason(NamedTuple):
    """Why an answer is what it is: CVEs that belong together, and the words for them."""

    cves: tuple[str, ...]
    words: str


class Told(NamedTuple):
    """The answer to one flaw fact: the CVEs (``why`` is ''), or why there is none."""

    cves: tuple[str, ...]
    why: Literal["", "undecided", "no-data"]
    reasons: tuple[Reason, ...]


class SupportTold(NamedTuple):
    """The answer to the support fact: the day, or why there is none."""

    ends: date | None
    words: str


class FlawBook:
    """The advisories and support dates in use on one day."""

    def __init__(self, files: Iterable[AdvisoryFile], support: Iterable[SupportFile], on: date) -> None:
        self.on = on
        self.files = {file.maker: file for file in files}
        self.support = {file.maker: file for file in support}
        self._known = {
            maker: tuple(one for one in file.advisories if one.published <= on) for maker, file in self.files.items()
        }
        self.flaws: Callable[[Unit], dict[FlawKey, Told]] = lru_cache(maxsize=65536)(self._flaws)
        self.support_of: Callable[[Unit], SupportTold] = lru_cache(maxsize=65536)(self._support_of)

    # flaws

    def _flaws(self, unit: Unit) -> dict[FlawKey, Told]:
        file = self.files.get(unit.maker)
        if file is None:
            return dict.fromkeys(FLAW_KEYS, _no_data(f"no advisory data for {unit.maker}"))
        assessed = [assess(one, unit) for one in self._known[unit.maker]]
        exploited = [one for one in assessed if self._is_exploited(one.advisory)]
        due = [one for one in assessed if one.advisory.published + TIME_TO_MEND < self.on]
        high = [one for one in due if one.advisory.severity in ("critical", "high")]
        other = [one for one in assessed if one.advisory.severity not in ("critical", "high")]
        return {
            "flaws.exploited": self._answer(exploited, file, unit, EXPLOITED),
            "flaws.exploited.possible": _possible(exploited, file, unit),
            "flaws.high": self._answer(high, file, unit, "rated high or critical"),
            "flaws.other": self._answer(other, file, unit, "rated lower, or not rated"),
        }

    def _is_exploited(self, advisory: Advisory) -> bool:
        return advisory.kev is not None and advisory.kev.added <= self.on

    def _answer(self, assessed: Sequence[Assessment], file: AdvisoryFile, unit: Unit, sort: str) -> Told:
        found = [one for one in assessed if one.answer == "affected"]
        open_ones = [one for one in assessed if one.answer == "cannot tell"]
        if found:
            reasons = [Reason(one.advisory.cves, _affected_words(one, unit)) for one in found]
            reasons += [Reason((), f"not decided: {reason.words}") for reason in _by_reason(open_ones)]
            return Told(tuple(dict.fromkeys(cve for one in found for cve in one.advisory.cves)), "", tuple(reasons))
        if open_ones:
            return Told((), "undecided", tuple(_by_reason(open_ones)))
        if unit.model is None and unit.firmware is None:
            return _NOTHING_SEEN
        as_of = file.exploited_as_of if sort == EXPLOITED else file.checked_on
        if sort != EXPLOITED and file.covers != "advisories":
            return _no_data(f"for {file.maker} only flaws known to be exploited were looked for")
        if self.on > as_of + STALE_AFTER:
            return _no_data(f"the flaws of {file.maker} were last looked for on {as_of}")
        return Told((), "", (Reason((), _none_words(len(assessed), file.maker, sort, as_of)),))

    # support

    def _support_of(self, unit: Unit) -> SupportTold:
        file = self.support.get(unit.maker)
        if file is None:
            return SupportTold(None, f"no support dates for {unit.maker}")
        version = versions.read(unit.maker, unit.firmware)
        model = models.folded(unit.maker, unit.model) if unit.model else ""
        rows = [row for row in file.rows if row.verified and _is_about(row, unit.maker, version, model)]
        if not rows:
            what = "the firmware version is not known" if version is None else "no date is known for this firmware line"
            return SupportTold(None, what)
        row = min(rows, key=lambda one: one.ends)
        until = "ended by" if row.at_latest else "until"
        sharp = "" if row.precision == "day" else f" (given as a {row.precision})"
        return SupportTold(row.ends, f"{row.what}: {until} {row.ends}{sharp}; {row.source}, read on {row.checked_on}")


def _is_about(row: SupportRow, maker: str, version: versions.Version | None, model: str) -> bool:
    if row.track is not None:
        return version is not None and version.same_line(row.track)
    if row.since is not None and row.before is not None:
        after, until = (version.compare(bound) if version else None for bound in (row.since, row.before))
        return after is not None and until is not None and after >= 0 > until
    return bool(model) and any(models.match(maker, pattern, model) == "yes" for pattern in row.models)


_NOTHING_SEEN = Told((), "undecided", (Reason((), "neither the model nor the firmware is known"),))
"""The kind of a device alone is too little to call it free of flaws."""


def _none_words(count: int, maker: str, sort: str, as_of: date) -> str:
    if not count:
        return f"no flaw of {maker} {sort} is in the data, as of {as_of}"
    return (
        f"{count} published {'flaw' if count == 1 else 'flaws'} of {maker} {sort}, as of {as_of}: none is in this unit"
    )


def _possible(exploited: Sequence[Assessment], file: AdvisoryFile, unit: Unit) -> Told:
    named = [one for one in exploited if one.answer == "cannot tell" and one.named]
    if named:
        reasons = tuple(_by_reason(named))
        return Told(tuple(dict.fromkeys(cve for one in named for cve in one.advisory.cves)), "", reasons)
    open_ones = [one for one in exploited if one.answer == "cannot tell"]
    if open_ones:
        return Told((), "undecided", tuple(_by_reason(open_ones)))
    if unit.model is None and unit.firmware is None:
        return _NOTHING_SEEN
    words = f"no exploited flaw of {file.maker} is left open by what was seen, as of {file.exploited_as_of}"
    return Told((), "", (Reason((), words),))


def _no_data(words: str) -> Told:
    return Told((), "no-data", (Reason((), words),))


def _affected_words(one: Assessment, unit: Unit) -> str:
    advisory = one.advisory
    has = f" with {unit.firmware.raw}" if unit.firmware else ""
    kev = f"; exploited, listed by CISA on {advisory.kev.added}" if advisory.kev else ""
    return f"{advisory.id}: {unit.model or 'model not known'}{has}; {one.why}{kev}; {advisory.url}"


def _by_reason(assessed: Iterable[Assessment]) -> Iterable[Reason]:
    groups: dict[str, list[str]] = {}
    for one in assessed:
        groups.setdefault(one.why, []).extend(one.advisory.cves)
    for why, found in groups.items():
        cves = tuple(dict.fromkeys(found))
        more = len(cves) - MOST_NAMED
        named = ", ".join(cves[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
        yield Reason(cves, f"{why}: {named}")
