"""One observation into claims: by the patterns of its kind, and by the reader of its kind where it has fields."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

import msgspec

from scanner.facts import SEEN_IN
from scanner.fingerprint import chips, naming, oui, spoken
from scanner.fingerprint.makers import names
from scanner.fingerprint.parsers import PARSERS
from scanner.fingerprint.pattern_book import Pattern, shelf
from scanner.fingerprint.saw import Saw
from scanner.fingerprint.unwrap import clean, views
from scanner.model import Claim, Grade, Observation

_ROOM = re.compile(r"(?i)\b(?:printer|copier|switch|router|server|modem) ?(?:room|cabinet|closet|rack|hall)\b")
"""Where a unit hangs, as people write it into its title: no word of what it is."""
_SHORT = 600
"""Characters up to which a text is worth remembering."""


def claims_of(observation: Observation) -> Sequence[Claim]:
    """Everything an observation says about who the device is; empty for a kind or text that says nothing.

    Never raises because of the text: at most ``unwrap.LIMIT`` characters are looked at.
    """
    if len(observation.raw) > _SHORT:
        return _read(observation.seen_in, observation.raw, observation.evidence)
    claims = _read_before(observation.seen_in, observation.raw)
    if not observation.evidence:
        return claims
    return [msgspec.structs.replace(claim, evidence=observation.evidence) for claim in claims]


@lru_cache(maxsize=16_384)
def _read_before(seen_in: str, raw: str) -> tuple[Claim, ...]:
    """Short texts repeat: a thousand units of a model show the same header."""
    return tuple(_read(seen_in, raw, ""))


def _read(seen_in: str, raw: str, evidence: str) -> list[Claim]:
    saw = Saw(seen_in, evidence)
    text = clean(raw)
    if not text:
        return []
    for kind, whole in views(seen_in, text):
        view = _ROOM.sub("room", whole) if kind in ("http-title", "http-realm") else whole
        free = kind in spoken.KINDS
        for pattern, captures in shelf(kind).matches(view):
            _say(saw, pattern, captures, "C1" if free and pattern.word and spoken.video(view) else None)
        if free:
            spoken.read(saw, view, kind)
        if parser := PARSERS.get(kind):
            parser(saw, view)
    return saw.claims


def _say(saw: Saw, pattern: Pattern, captures: dict[str, str], weaker: Grade | None) -> None:
    """The claims of a pattern that fits; ``weaker``: words of video beside the word of another thing weaken it."""
    if pattern.maker:
        saw.say("maker", pattern.maker, pattern.grade, pattern.id)
    if pattern.brand:
        saw.say("brand", pattern.brand, pattern.grade, pattern.id)
    if pattern.kind:
        saw.say("kind", pattern.kind, weaker or pattern.grade, pattern.id)
    for name, value in captures.items():
        if name == "model":
            saw.model(value, pattern.id, pattern.grade)
        elif name == "mac":
            saw.mac(value, pattern.id)
        elif name == "serial":
            saw.serial(value, pattern.id)
        elif name == "firmware":
            saw.firmware(value, pattern.id, names().get(pattern.maker))
        elif name == "brand":
            saw.name(value, pattern.id, pattern.grade)
        elif name == "build_date":
            saw.say("build_date", value, pattern.grade, pattern.id)


def warm_up() -> None:
    """Read all data now: an unsound file is reported before anything is sent."""
    for kind in SEEN_IN:
        shelf(kind)
    naming.all_series()
    chips.signs()
    oui.prefixes()
