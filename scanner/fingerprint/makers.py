"""The names of makers and brands, and which makers' units a brand has been put on.

``makers.yaml`` says who builds and which names are only names; ``lineage.yaml`` raises questions
("sold with units of Hikvision or Dahua") and never answers them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from scanner.errors import CamauditError, ConfigError, PackError
from scanner.model import Frozen
from scanner.once import once
from scanner.strictfile import Located, convert, read_yaml

HERE = Path(__file__).parent
_COMPANY = re.compile(
    r"(?<=.)\b(?:co|ltd|limited|inc|incorporated|corp|corporation|gmbh|ag|ab|kg|llc|bv|sa|pte|plc|technologies|technology)\b"
)
_NOT_WORD = re.compile(r"[^0-9a-z]+")
_CAMEL = re.compile(r"[.,&/()]")


class Name(Frozen, frozen=True):
    """One maker or brand. ``brand_only``: it says nothing about who built the unit; ``word``: it is also a word;
    ``wide``: it sells other things too; ``video_only``: so surely nothing else that its MAC prefix says camera."""

    name: str
    aliases: tuple[str, ...] = ()
    builds_for_others: bool = False
    wide: bool = False
    video_only: bool = False
    brand_only: bool = False
    word: bool = False


class Lineage(Frozen, frozen=True):
    """One row of ``lineage.yaml``. ``grade``: A document, B two sources, C one source, U not verified."""

    brand: str
    makers: tuple[str, ...]
    grade: Literal["A", "B", "C", "U"]
    source: str
    note: str = ""


class _MakerRow(Frozen, frozen=True):
    name: str
    aliases: tuple[str, ...]
    builds_for_others: bool = False
    wide: bool = False
    video_only: bool = False
    word: bool = False


class _BrandRow(Frozen, frozen=True):
    name: str
    aliases: tuple[str, ...]
    wide: bool = False
    video_only: bool = False
    word: bool = False


def fold(text: str) -> str:
    """A name without case, punctuation and company forms: "HIKVISION Co., Ltd." -> "hikvision". In front they stay:
    "BV Security" is not "security"."""
    lowered = _CAMEL.sub(" ", text.casefold()).strip()
    return _NOT_WORD.sub("", _COMPANY.sub(" ", lowered)) or _NOT_WORD.sub("", lowered)


@dataclass(frozen=True, slots=True)
class Names:
    """All names, found by any of their spellings."""

    by_name: dict[str, Name]
    by_fold: dict[str, Name]
    lineage: dict[str, Lineage]

    def get(self, name: str) -> Name | None:
        """The entry with exactly this canonical name."""
        return self.by_name.get(name)

    def find(self, text: str) -> Name | None:
        """The entry this text is a spelling of."""
        return self.by_fold.get(fold(text))

    def is_distinct(self, text: str) -> bool:
        """Whether this text is a name and nothing else: "Nest Labs" is, "Nest" may be a place or a person's name."""
        found = self.find(text)
        return found is not None and not (found.word and text.strip().casefold() == found.name.casefold())

    def split(self, text: str) -> tuple[Name | None, str]:
        """A leading name and the rest: "AXIS P3265-V" -> (Axis, "P3265-V"); (None, text) when none leads."""
        words = text.split()
        for count in range(min(4, len(words)), 0, -1):
            found = self.find(" ".join(words[:count]))
            if found:
                return found, " ".join(words[count:])
        return None, text

    def possible_makers(self, brand: str) -> tuple[str, ...]:
        """Makers whose units were sold under this brand; empty when nothing is known."""
        row = self.lineage.get(brand)
        return row.makers if row else ()


@once
def names() -> Names:
    """The names shipped with camaudit; raises PackError with every problem of the two files."""
    return load(HERE / "makers.yaml", HERE / "lineage.yaml")


def load(makers_file: Path, lineage_file: Path) -> Names:
    """Read both files strictly; raises PackError with every problem."""
    problems: list[CamauditError] = []
    entries = _read_names(makers_file, problems)
    by_name = {entry.name: entry for entry in entries}
    by_fold: dict[str, Name] = {}
    for entry in entries:
        for spelling in (entry.name, *entry.aliases):
            taken = by_fold.setdefault(fold(spelling), entry)
            if taken is not entry:
                problems.append(
                    ConfigError(f"{makers_file}: {spelling!r} is a spelling of {taken.name} and {entry.name}")
                )
    lineage = _read_lineage(lineage_file, by_name, problems)
    if problems:
        raise PackError(problems)
    return Names(by_name, by_fold, lineage)


def _read_names(path: Path, problems: list[CamauditError]) -> list[Name]:
    try:
        located = read_yaml(path)
    except ConfigError as error:
        problems.append(error)
        return []
    makers = [
        Name(row.name, row.aliases, row.builds_for_others, row.wide, row.video_only, word=row.word)
        for _, row in rows_of(located, "makers", _MakerRow, problems)
    ]
    brands = [
        Name(row.name, row.aliases, wide=row.wide, video_only=row.video_only, brand_only=True, word=row.word)
        for _, row in rows_of(located, "brands", _BrandRow, problems)
    ]
    return makers + brands


def _read_lineage(path: Path, known: dict[str, Name], problems: list[CamauditError]) -> dict[str, Lineage]:
    try:
        located = read_yaml(path)
    except ConfigError as error:
        problems.append(error)
        return {}
    found: dict[str, Lineage] = {}
    for index, row in rows_of(located, "rows", Lineage, problems):
        place = located.place("rows", index)
        if row.brand not in known:
            problems.append(ConfigError(f"expected a name of makers.yaml as brand, found {row.brand!r}", place))
        problems.extend(
            ConfigError(f"expected a maker of makers.yaml, found {maker!r}", place)
            for maker in row.makers
            if maker not in known or known[maker].brand_only
        )
        if row.brand in found:
            problems.append(ConfigError(f"expected one row a brand, found a second for {row.brand}", place))
        found[row.brand] = row
    return found


def rows_of(located: Located, key: str, kind: type[Any], problems: list[CamauditError]) -> Iterator[tuple[int, Any]]:
    """Index and value of the rows under ``key`` that convert to ``kind``; what does not is added to ``problems``."""
    listed = located.value.get(key) if isinstance(located.value, dict) else None
    if not isinstance(listed, list):
        problems.append(
            ConfigError(f"expected a list under {key!r}, found {type(listed).__name__}", located.place(key))
        )
        return
    for index in range(len(listed)):
        try:
            yield index, convert(located, (key, index), kind)
        except ConfigError as error:
            problems.append(error)
