"""What makers published about flaws of their firmware, as data: which models, which versions, since when, read where.

Nothing here judges; ``rules.advisories.assess`` does.
"""

from __future__ import annotations

from datetime import date
from typing import Literal, TypeAlias

from scanner.fingerprint.versions import Version
from scanner.model import Frozen, Kind

Precision: TypeAlias = Literal["exact", "day", "month", "not-public"]
"""How sharp a range is: versions, a day of the build, a month, or known to the maker alone."""
Rating: TypeAlias = Literal["critical", "high", "medium", "low", "none"]
Coverage: TypeAlias = Literal["advisories", "known-exploited"]

ALL_MODELS = "all"


class ModelPattern(Frozen, frozen=True):
    """Models as the maker writes them. ``reads_as`` where the maker's words need a reading of ours; ``loose`` where
    even then nobody can say for certain which models are meant: a match is a possibility, never more."""

    text: str
    reads_as: str = ""
    loose: bool = False


class Range(Frozen, frozen=True, kw_only=True):
    """Firmware that is affected: between two versions, or built between two days; both ends may be open.

    ``every`` is all firmware there is: nothing mends it. ``tracks`` are the first mended versions, one a line of
    updates, ascending: a version of such a line is compared with its own, and others lie between the lines.
    ``inside`` is unknown where it was not read which versions between the lines, or of the range, were mended.
    ``clear_from`` is the day from which a build is known to be mended where the range does not end on a day; builds
    between are for nobody to tell.
    """

    every: bool = False
    since: Version | None = None
    before: Version | None = None
    through: Version | None = None
    tracks: tuple[Version, ...] = ()
    inside: Literal["affected", "unknown"] = "affected"
    built_since: date | None = None
    built_before: date | None = None
    built_through: date | None = None
    clear_from: date | None = None
    said: str = ""  # in words, for the finding


class Row(Frozen, frozen=True, kw_only=True):
    """Models with the same affected firmware. No range: it is not public. ``variant``: only some units of the model,
    told apart by something no scanner sees (a hardware revision, a chip). ``kinds``: what kind of device they are;
    ``brands``: sold under these names only."""

    models: tuple[ModelPattern, ...]
    affected: tuple[Range, ...]
    precision: Precision
    fixed_in: str = ""
    variant: str = ""
    kinds: tuple[Kind, ...] = ()
    brands: tuple[str, ...] = ()
    note: str = ""


class Exploited(Frozen, frozen=True):
    """An entry of CISA's catalogue of known exploited vulnerabilities: the day it was added, the day it was due."""

    added: date
    due: date


class Advisory(Frozen, frozen=True, kw_only=True):
    """One statement about one flaw, or several with the same rows. ``url`` is the maker's page, ``source`` what was
    read; ``verified`` False where nobody read the range at its source: then nothing is concluded from it."""

    id: str
    maker: str
    title: str
    cves: tuple[str, ...]
    url: str
    published: date
    rows: tuple[Row, ...]
    source: str
    checked_on: date
    verified: bool
    severity: Rating | None = None
    cvss: float | None = None
    kev: Exploited | None = None
    note: str = ""


class AdvisoryFile(Frozen, frozen=True, kw_only=True):
    """What is known of one maker's flaws. ``covers``: "advisories" when all public ones since ``covers_from`` were
    looked for, "known-exploited" when only those of CISA's catalogue, whose day is ``exploited_as_of``."""

    id: str
    maker: str
    title: str
    checked_on: date
    covers: Coverage
    exploited_as_of: date
    note: str
    advisories: tuple[Advisory, ...]
    covers_from: date | None = None


class SupportRow(Frozen, frozen=True, kw_only=True):
    """The last day on which firmware of one line (``track``: its first two numbers), of some versions (``since`` up to
    ``before``) or some models gets fixes. A ``precision`` of month or year means the last day of it; ``at_latest``:
    it ended then or earlier."""

    ends: date
    what: str
    source: str
    checked_on: date
    verified: bool
    track: Version | None = None
    since: Version | None = None
    before: Version | None = None
    models: tuple[ModelPattern, ...] = ()
    precision: Literal["day", "month", "year"] = "day"
    at_latest: bool = False
    note: str = ""


class SupportFile(Frozen, frozen=True, kw_only=True):
    """Support end dates of one maker."""

    id: str
    maker: str
    title: str
    checked_on: date
    note: str
    rows: tuple[SupportRow, ...]
