"""Versions that can be compared: which of two firmware versions of one maker is the newer one, or that nobody can tell.

Makers count in different ways, so each has its own grammar, and within a grammar a *track* names the numbers that do
not count on from each other (the board before Vivotek's number, the platform Milesight's versions begin with). Two
versions compare only within one grammar and one track; everything else is "cannot tell". Formats: docs/sources.md
I9.2, V4, recordings of real devices; [U] marks a grammar that rests on strings in advisories alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from scanner.fingerprint import firmware
from scanner.model import Firmware

_MAX = 160
_Part = tuple[int, str]
_TOKEN = re.compile(r"\d{1,12}|[a-z]+")
_RELEASE = re.compile(r"(?i)(?<![a-z])rel[. ]{1,2}(\d{1,9})([a-z]?)")


@dataclass(frozen=True, slots=True)
class Version:
    """A version as its maker counts. ``parts`` without trailing zeros; ``built`` breaks ties, then ``release``."""

    grammar: str
    track: str
    parts: tuple[_Part, ...]
    built: date | None = None
    release: _Part | None = None

    def compare(self, other: Version) -> int | None:
        """-1, 0 or 1 as this one is older, the same or newer; None where nothing decides."""
        if (self.grammar, self.track) != (other.grammar, other.track):
            return None
        if self.parts != other.parts:
            return -1 if self.parts < other.parts else 1
        if self.built != other.built:
            if self.built is None or other.built is None:
                return None
            return -1 if self.built < other.built else 1
        if self.release != other.release:
            if self.release is None or other.release is None:
                return None
            return -1 if self.release < other.release else 1
        return 0

    def against(self, bound: Version) -> int | None:
        """``compare`` with the bound of a range: one that names no build means every build of that version."""
        if (self.grammar, self.track) != (bound.grammar, bound.track):
            return None
        if self.parts != bound.parts:
            return -1 if self.parts < bound.parts else 1
        if bound.built is None or self.built is None:
            return 0 if bound.built is None else None
        if self.built != bound.built or bound.release is None:
            return (self.built > bound.built) - (self.built < bound.built)
        if self.release is None:
            return None
        return (self.release > bound.release) - (self.release < bound.release)

    def same_line(self, other: Version) -> bool:
        """Whether both belong to one line of updates: the same first two numbers (an LTS track of Axis)."""
        ours, theirs = (_first_two(version.parts) for version in (self, other))
        return (self.grammar, self.track) == (other.grammar, other.track) and ours == theirs


def _first_two(parts: tuple[_Part, ...]) -> tuple[_Part, _Part]:
    filled = (*parts, (0, ""), (0, ""))
    return filled[0], filled[1]


Reader = Callable[[str], tuple[str, tuple[_Part, ...]] | None]
"""A version text without its build part, to (track, parts); None where the text is not of the grammar."""


def _numbers(pattern: str, *, track: str = "") -> Reader:
    """Groups are numbers in order; a group that is no number is a letter after them. ``track`` names a group."""
    regex = re.compile(f"(?i)^(?:{pattern})$")

    def read(text: str) -> tuple[str, tuple[_Part, ...]] | None:
        found = regex.match(text)
        if found is None:
            return None
        named = found.groupdict()
        at = regex.groupindex.get(track, 0)
        parts: list[_Part] = []
        for number, group in enumerate(found.groups(), 1):
            if group is None or number == at:
                continue
            parts.append((int(group), "") if group.isdecimal() else (0, group.lower()))
        return (named.get(track) or "").upper(), _trimmed(parts)

    return read


def _trimmed(parts: list[_Part]) -> tuple[_Part, ...]:
    while parts and parts[-1] == (0, ""):
        parts.pop()
    return tuple(parts)


_D = r"(\d{1,6})"
_DOTTED = rf"v?{_D}\.{_D}(?:\.{_D})?(?:\.(\d{{1,9}}))?(?:\.{_D})?"

GRAMMARS: dict[str, tuple[str, Reader]] = {
    "Hikvision": ("hikvision", _numbers(rf"v?{_D}\.{_D}(?:\.{_D})?(?:\.{_D})?")),
    "Dahua": ("dahua", _numbers(
        rf"v?{_D}\.{_D}\.(?P<branch>[0-9A-Z]{{7,9}})\.{_D}(?:\.[A-Z])?(?:\.\d{{6}})?", track="branch",
    )),
    "Axis": ("axis", _numbers(rf"{_D}\.{_D}(?:\.{_D})?(?:\.{_D})?")),
    # The date and the R number that follow are those of the build, not of the count.
    "Hanwha Vision": ("hanwha", _numbers(rf"v?{_D}\.{_D}(?:\.{_D})?(?:_\d{{6,8}})?(?:_R\d{{1,6}})?")),
    "Uniview": ("uniview", _numbers(
        rf"(?P<board>[A-Z]{{2,6}}[-_][A-Z]\d{{4}})[-.](?:B(\d{{4}})P(\d{{1,4}})(?:[A-Z]\w*)?|{_D}\.{_D}(?:\.\w+)*?)",
        track="board",
    )),
    "Bosch": ("bosch", _numbers(rf"{_D}\.{_D}(?:\.{_D})?")),
    "Reolink": ("reolink", _numbers(rf"v?{_D}\.{_D}\.{_D}(?:\.(\d{{1,6}}))?(?:_\d{{6,10}})?")),
    "Vivotek": ("vivotek", _numbers(r"(?P<board>[A-Z0-9-]{2,16})-VVTK-(\d{4})([a-z]?)(?:\d\w*)?", track="board")),
    "Milesight": ("milesight", _numbers(
        rf"v?(?P<platform>\d{{1,3}})\.{_D}\.{_D}\.{_D}(?:-r(\d{{1,4}}))?", track="platform",
    )),
    "TP-Link": ("tp-link", _numbers(rf"v?{_D}\.{_D}(?:\.{_D})?")),
    "D-Link": ("d-link", _numbers(rf"v?{_D}\.{_D}(?:\.{_D})?(?:[._ ]?b(\d{{1,3}}))?")),  # [U]
    "GeoVision": ("geovision", _numbers(rf"v?{_D}\.{_D}(?:\.{_D})?")),  # [U]
    "TVT": ("tvt", _numbers(rf"v?{_D}\.{_D}\.{_D}(?:\.(\d{{1,9}}))?(?:B\d{{6}})?(?:[.-].*)?")),  # [U]
    "Tiandy": ("tiandy", _numbers(rf"v?{_D}\.{_D}(?:\.{_D})?(?:\.(\d{{1,9}}))?")),  # [U]
}  # fmt: skip
"""By maker: the name of the grammar and what reads it. A maker that is not here counts in plain dotted numbers."""

_PLAIN = ("dotted", _numbers(_DOTTED))


def read(maker: str | None, found: Firmware | None) -> Version | None:
    """The version of a firmware as its maker counts; None where it is not written in the maker's way."""
    if found is None:
        return None
    grammar, reader = GRAMMARS.get(maker or "", _PLAIN)
    text = found.version.strip()[:_MAX]
    result = reader(text)
    if result is None:
        return None
    track, parts = result
    said = _RELEASE.search(found.raw) if grammar == "tp-link" else None
    release = (int(said[1]), said[2].lower()) if said else None
    return Version(grammar, track, parts, found.build_date, release)


def parse(maker: str | None, text: str) -> Version | None:
    """The same for a text, build part and all: ``V5.4.0 build 160530``."""
    return read(maker, firmware.parse(maker, text))
