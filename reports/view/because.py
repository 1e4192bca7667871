"""One fact that decided a verdict, or the lack of it, in words."""

from __future__ import annotations

from reports.view.words import (
    COLUMN_LABELS,
    CONTESTED_SENTENCE,
    channel_ranges,
    clean,
    silence,
    value_text,
)
from rules.model import Because
from scanner.facts import FACTS, FEATURES

ABSENT_SENTENCE = "The place was described, and no such record was stated."
SHORT_LABELS = {
    "identity.kind": "Kind of device",
    "identity.maker": "Maker",
    "identity.brand": "Name on the device",
    "org.jurisdiction": "Where the organisation is",
    "org.bodies": "What the organisation is",
    "site.type": "What the place is",
    "site.tags": "What else was said of the place",
}
"""Facts whose sentence explains the fact to an author of rules, in the words of a reader."""


def reason_sentence(why: str) -> str:
    """Why a fact has no value."""
    if why == "contested":
        return CONTESTED_SENTENCE
    if why == "absent":
        return ABSENT_SENTENCE
    return silence(why)


def fact_label(key: str) -> str:
    """What a fact key says, in words."""
    if key.startswith("ai."):
        feature, _, column = key.removeprefix("ai.").rpartition(".")
        return f"{FEATURES[feature].title}, {COLUMN_LABELS[column].lower()}"
    if key in SHORT_LABELS:
        return SHORT_LABELS[key]
    sentence = FACTS[key].sentence
    return sentence[0].upper() + sentence[1:]


def _detail_cut(fact: str) -> int:
    """Flaws are told in full: the advisory, the range of firmware and the address are what an engineer acts on."""
    return 500 if fact.startswith("flaws.") or fact == "firmware.support_ends" else 120


def because_text(because: Because) -> str:
    """One deciding fact in words: what it was, on which channels, who said it, how sure."""
    if because.why:
        found = f"not known. {reason_sentence(because.why)}" + (
            f" ({clean(because.detail, _detail_cut(because.fact))})" if because.detail else ""
        )
        return f"{fact_label(because.fact)}: {found}"
    extra = []
    if because.channels and because.channels != ("device",):
        extra.append(f"channels {channel_ranges(because.channels)}")
    if because.said_by == "auditor":
        extra.append("as the auditor stated")
    elif because.grade != "C3":
        extra.append(f"grade {because.grade}")
    if because.detail:
        extra.append(clean(because.detail, _detail_cut(because.fact)))
    return f"{fact_label(because.fact)}: {value_text(because.value)}" + (f" ({'; '.join(extra)})" if extra else "")
