"""The organisation and its sites, as the auditor states them in ``estate.toml``. Nothing here is guessed.

``[organisation]`` has name, jurisdiction, bodies; each ``[[site]]`` has name, type, tags, ranges, segment,
exposed, hours, timezone, and ``records.KEY = {date, owner, covers, note}``; the record ``retention`` has ``days`` too.
The words are those of ``scanner.facts``, the hours those of ``scanner.hours``; ``timezone`` of the organisation is that
of sites without their own.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Literal

import msgspec

from scanner.addresses import AddressSet, Network, Span, address_of, parse_span
from scanner.errors import ConfigError, Place
from scanner.facts import BODIES, FEATURES, JURISDICTIONS, SITE_RECORDS, SITE_TAGS, SITE_TYPES
from scanner.hours import Both, Hours, zone_of
from scanner.hours import parse as parse_hours
from scanner.model import Answer, Frozen, Organisation, Record, Site
from scanner.strictfile import Located, convert, read_toml

NO_SITE = Site(name="")
"""The site of an address that no site claims."""


@dataclass(frozen=True)
class Estate:
    """Whose cameras these are, and where. Raises ConfigError when two ranges overlap."""

    organisation: Organisation = field(default_factory=Organisation)
    sites: tuple[Site, ...] = ()
    _starts: dict[int, list[int]] = field(init=False, repr=False, compare=False)
    _owned: dict[int, list[tuple[int, Site]]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        owned: dict[int, list[tuple[int, int, Site]]] = {4: [], 6: []}
        for site in self.sites:
            for text in site.ranges:
                span = _span(text, None)
                owned[span.version].append((span.first, span.last, site))
        for spans in owned.values():
            spans.sort(key=lambda one: one[:2])
            for before, after in pairwise(spans):
                if before[1] >= after[0]:
                    raise ConfigError(f"ranges overlap: {before[2].name} and {after[2].name} claim the same addresses")
        object.__setattr__(self, "_starts", {version: [one[0] for one in spans] for version, spans in owned.items()})
        object.__setattr__(self, "_owned", {version: [one[1:] for one in spans] for version, spans in owned.items()})

    def site_of(self, address: str) -> Site:
        """The site whose ranges hold ``address``; ``NO_SITE`` when none does. Raises ValueError for no address."""
        parsed = address_of(address)
        starts, owned = self._starts[parsed.version], self._owned[parsed.version]
        at = bisect_right(starts, int(parsed)) - 1
        if at >= 0 and int(parsed) <= owned[at][0]:
            return owned[at][1]
        return NO_SITE

    def timetable(self, everywhere: Hours | None = None) -> Timetable:
        """The hours of every site that has some; ``everywhere`` has to be open as well, for all addresses."""
        hours: dict[str, Hours | Both] = {} if everywhere is None else {NO_SITE.name: everywhere}
        for site in self.sites:
            own = self.hours_of(site)
            either = own or everywhere
            if either:
                hours[site.name] = Both(own, everywhere) if own and everywhere else either
        return Timetable(self, hours)

    def hours_of(self, site: Site) -> Hours | None:
        """The hours of a site; None: always. Raises ValueError for a site built by hand whose hours say nothing."""
        return parse_hours(site.hours, site.timezone or self.organisation.timezone) if site.hours else None

    def site(self, name: str) -> Site:
        """The site of that name; a bare one when the estate has none."""
        return next((site for site in self.sites if site.name == name), Site(name=name))

    @classmethod
    def from_file(cls, path: Path) -> Estate:
        """Read ``estate.toml``; raises ConfigError with file:line and the words that are allowed."""
        located = read_toml(path)
        words = convert(located, (), _EstateFile, path)
        organisation = words.organisation
        _word(located, ("organisation", "jurisdiction"), organisation.jurisdiction, JURISDICTIONS)
        _words(located, ("organisation", "bodies"), organisation.bodies, BODIES)
        sites = tuple(_site(located, number, site) for number, site in enumerate(words.site))
        _refuse_same_names(located, sites)
        _refuse_overlaps(located, sites)
        _zone(located, ("organisation", "timezone"), organisation.timezone)
        return cls(organisation, sites)


@dataclass(frozen=True)
class Timetable:
    """In which hours which site may be asked, by its name; '' are the addresses of no site. Others: always."""

    estate: Estate = field(default_factory=lambda: Estate())
    hours: Mapping[str, Hours | Both] = field(default_factory=dict)

    def site_of(self, address: str) -> str:
        """The name of the site of an address; '' for none."""
        return self.estate.site_of(address).name

    def sites_in(self, networks: Iterable[Network]) -> tuple[str, ...]:
        """The names of the sites with addresses in one of these networks, and '' for what is left of them."""
        asked = AddressSet.of_networks(networks)
        found = [site.name for site in self.estate.sites if AddressSet.of(_spans_of(site)) & asked]
        claimed = AddressSet.of(span for site in self.estate.sites for span in _spans_of(site))
        return (*found, NO_SITE.name) if asked - claimed else tuple(found)


class _SiteFile(Frozen, frozen=True):
    name: str
    type: str = ""
    tags: tuple[str, ...] = ()
    ranges: tuple[str, ...] = ()
    segment: Literal["dedicated", "shared", ""] = ""
    exposed: Answer | bool = "unknown"
    hours: str | tuple[str, ...] = ()
    timezone: str = ""
    records: dict[str, Record] = msgspec.field(default_factory=dict)


class _EstateFile(Frozen, frozen=True):
    organisation: Organisation = msgspec.field(default_factory=Organisation)
    site: tuple[_SiteFile, ...] = ()


def _site(located: Located, number: int, words: _SiteFile) -> Site:
    at = ("site", number)
    if not words.name.strip():
        raise ConfigError("expected a site name, found an empty text", located.place(*at, "name"))
    _word(located, (*at, "type"), words.type, SITE_TYPES)
    _words(located, (*at, "tags"), words.tags, SITE_TAGS)
    for key, record in words.records.items():
        if key not in SITE_RECORDS:
            raise _unknown(located, (*at, "records", key), key, SITE_RECORDS)
        _words(located, (*at, "records", key, "covers"), record.covers, tuple(FEATURES))
        if record.days is not None and (key != "retention" or record.days < 1):
            wanted = "a number of days from 1" if key == "retention" else "no days: only the record retention has them"
            raise ConfigError(f"expected {wanted}; found {record.days}", located.place(*at, "records", key, "days"))
    for position, text in enumerate(words.ranges):
        _span(text, located.place(*at, "ranges", position))
    hours = (words.hours,) if isinstance(words.hours, str) else words.hours
    for position, text in enumerate(hours):
        try:
            parse_hours((text,))
        except ValueError as problem:
            keys = (*at, "hours") if isinstance(words.hours, str) else (*at, "hours", position)
            raise ConfigError(str(problem), located.place(*keys)) from None
    _zone(located, (*at, "timezone"), words.timezone)
    exposed = words.exposed
    return Site(
        name=words.name.strip(),
        type=words.type,
        tags=words.tags,
        ranges=words.ranges,
        segment=words.segment,
        exposed=("yes" if exposed else "no") if isinstance(exposed, bool) else exposed,
        records=words.records,
        hours=hours,
        timezone=words.timezone,
    )


def _zone(located: Located, keys: tuple[str | int, ...], name: str) -> None:
    try:
        if name:
            zone_of(name)
    except ValueError as problem:
        raise ConfigError(str(problem), located.place(*keys)) from None


def _spans_of(site: Site) -> list[Span]:
    return [parse_span(text) for text in site.ranges]


def _span(text: str, place: Place | None) -> Span:
    try:
        return parse_span(text)
    except ValueError as problem:
        raise ConfigError(str(problem), place) from None


def _unknown(located: Located, keys: tuple[str | int, ...], word: str, allowed: Iterable[str]) -> ConfigError:
    return ConfigError(f"expected one of: {', '.join(allowed)}; found {word!r}", located.place(*keys))


def _word(located: Located, keys: tuple[str | int, ...], word: str, allowed: Sequence[str]) -> None:
    if word and word not in allowed:
        raise _unknown(located, keys, word, allowed)


def _words(located: Located, keys: tuple[str | int, ...], words: Sequence[str], allowed: Sequence[str]) -> None:
    for number, word in enumerate(words):
        if word not in allowed:
            raise _unknown(located, (*keys, number), word, allowed)


def _refuse_same_names(located: Located, sites: Sequence[Site]) -> None:
    first: dict[str, int] = {}
    for number, site in enumerate(sites):
        if first.setdefault(site.name.casefold(), number) != number:
            line = located.line("site", first[site.name.casefold()])
            raise ConfigError(
                f"the site name {site.name!r} is there twice, first on line {line}",
                located.place("site", number, "name"),
            )


def _refuse_overlaps(located: Located, sites: Sequence[Site]) -> None:
    spans = sorted(
        (span.version, span.first, span.last, number, position)
        for number, site in enumerate(sites)
        for position, span in enumerate(parse_span(text) for text in site.ranges)
    )
    for before, after in pairwise(spans):
        if before[0] == after[0] and before[2] >= after[1]:
            one, two = sorted(((before[3], before[4]), (after[3], after[4])))
            raise ConfigError(
                f"the range {sites[two[0]].ranges[two[1]]} of site {sites[two[0]].name!r} overlaps "
                f"{sites[one[0]].ranges[one[1]]} of site {sites[one[0]].name!r} "
                f"on line {located.line('site', one[0], 'ranges', one[1])}",
                located.place("site", two[0], "ranges", two[1]),
            )
