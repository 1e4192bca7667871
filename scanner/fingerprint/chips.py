"""The chip family inside a unit, where a reply shows one: a fact for review, never a sign of the maker.

``chips.yaml`` holds the signs. The answer is circumstantial (C1): makers of many names build on the same chips, and a
sign can be left over from the chip maker's reference software.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from scanner.errors import CamauditError, ConfigError, PackError
from scanner.facts import SEEN_IN
from scanner.fingerprint.makers import rows_of
from scanner.fingerprint.pattern_book import bounded
from scanner.fingerprint.unwrap import clean
from scanner.model import FactSeen, Frozen, Known, Observation
from scanner.once import once
from scanner.strictfile import read_yaml

FILE = Path(__file__).parent / "chips.yaml"
KEY = "hardware.soc_family"
_LIMIT = 4_000


class _Row(Frozen, frozen=True):
    family: str
    seen_in: tuple[str, ...]
    pattern: str
    source: str
    example: str


@dataclass(frozen=True, slots=True)
class Sign:
    """One sign of a chip family in texts of some kinds."""

    family: str
    seen_in: frozenset[str]
    regex: re.Pattern[str]
    example: str


def soc_facts(observations: Iterable[Observation]) -> tuple[FactSeen, ...]:
    """``hardware.soc_family`` for each family seen, with its evidence; empty where nothing tells."""
    seen: dict[str, list[str]] = {}
    for observation in observations:
        text = clean(observation.raw)[:_LIMIT]
        for sign in signs():
            if observation.seen_in in sign.seen_in and sign.regex.search(text):
                seen.setdefault(sign.family, []).append(observation.evidence)
    return tuple(
        FactSeen(KEY, Known(family, tuple(dict.fromkeys(filter(None, evidence))), "C1"))
        for family, evidence in seen.items()
    )


@once
def signs() -> tuple[Sign, ...]:
    """The signs shipped with camaudit; raises PackError with every problem of the file."""
    return load(FILE)


def load(path: Path) -> tuple[Sign, ...]:
    """Read a file strictly: known kinds, expressions that compile, and examples that match."""
    problems: list[CamauditError] = []
    located = read_yaml(path)
    found: list[Sign] = []
    for index, row in rows_of(located, "rows", _Row, problems):
        place = located.place("rows", index)
        problems.extend(
            ConfigError(f"expected kinds of scanner.facts.SEEN_IN, found {kind!r}", place)
            for kind in row.seen_in
            if kind not in SEEN_IN
        )
        said: list[str] = []
        regex = bounded(row.pattern, said.append)
        problems.extend(ConfigError(message, place) for message in said)
        if regex is None:
            continue
        if not regex.search(row.example):
            problems.append(ConfigError(f"expected the example to match, found {row.example!r}", place))
        found.append(Sign(row.family, frozenset(row.seen_in), regex, row.example))
    if problems:
        raise PackError(problems)
    return tuple(found)
