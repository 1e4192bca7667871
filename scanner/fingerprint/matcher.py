"""One observation into claims: by the patterns of its kind, and by the reader of its kind where it has fields."""

from __future__ import annotations

from scanner.facts import SEEN_IN
from scanner.fingerprint import naming, oui
from scanner.fingerprint.makers import names
from scanner.fingerprint.parsers import PARSERS, Saw
from scanner.fingerprint.pattern_book import Pattern, patterns_for
from scanner.fingerprint.unwrap import clean, views
from scanner.model import Claim, Observation


def claims_of(observation: Observation) -> list[Claim]:
    """Everything an observation says about who the device is; empty for a kind or text that says nothing.

    Never raises because of the text: at most ``unwrap.LIMIT`` characters are looked at.
    """
    saw = Saw(observation.seen_in, observation.evidence)
    text = clean(observation.raw)
    if not text:
        return []
    for kind, view in views(observation.seen_in, text):
        patterns = patterns_for(kind)
        lowered = view.lower() if patterns else ""
        for pattern in patterns:
            captures = pattern.match(view, lowered)
            if captures is not None:
                _say(saw, pattern, captures)
    parser = PARSERS.get(observation.seen_in)
    if parser:
        parser(saw, text)
    return saw.claims


def _say(saw: Saw, pattern: Pattern, captures: dict[str, str]) -> None:
    if pattern.maker:
        saw.say("maker", pattern.maker, pattern.grade, pattern.id)
    if pattern.brand:
        saw.say("brand", pattern.brand, pattern.grade, pattern.id)
    if pattern.kind:
        saw.say("kind", pattern.kind, pattern.grade, pattern.id)
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
        patterns_for(kind)
    naming.all_series()
    oui.prefixes()
