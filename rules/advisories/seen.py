"""What the book of flaws says of one device, as facts with their evidence and grade.

As sure as the weakest sign it rests on: who made the unit, which model it is, which firmware it runs.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property, lru_cache
from typing import NamedTuple

from rules.advisories.assess import Unit
from rules.advisories.book import SUPPORT_KEY, FlawBook, FlawKey, Reason
from rules.model import Because
from scanner.model import Contested, Fact, Firmware, Grade, Identity, Known, Unseen

_RESTS_ON = ("identity.model", "firmware.version")


class Answer(NamedTuple):
    """A fact, and the reasons for it: several where several advisories decide."""

    fact: Fact
    because: tuple[Because, ...]


class FlawFacts:
    """Answers for one device. ``identity_of`` looks up the facts of its identity."""

    def __init__(self, identity: Identity, identity_of: Callable[[str], Fact], book: FlawBook | None) -> None:
        self._identity = identity
        self._identity_of = identity_of
        self._book = book

    def flaws(self, key: FlawKey) -> Answer:
        """The CVEs of that sort, with a reason for each advisory."""
        if self._unit is None or self._book is None:
            return _silent(key, self._maker)
        told = self._book.flaws(self._unit)[key]
        grade, evidence = self._rest
        first, *others = told.reasons
        reasons = (
            Because(key, None if told.why else first.cves, told.why, first.words, evidence, (), grade),
            *[_because(key, told.why, reason, grade) for reason in others],
        )
        if told.why:
            return Answer(Unseen(told.why, "; ".join(reason.words for reason in told.reasons), evidence), reasons)
        return Answer(Known(told.cves, evidence, grade), reasons)

    def support(self) -> Answer:
        """The last day of support of the firmware's line, or of the model."""
        if self._unit is None or self._book is None:
            return _silent(SUPPORT_KEY, self._maker)
        told = self._book.support_of(self._unit)
        grade, evidence = self._rest
        if told.ends is None:
            because = Because(SUPPORT_KEY, None, "no-data", told.words, evidence)
            return Answer(Unseen("no-data", told.words, evidence), (because,))
        because = Because(SUPPORT_KEY, told.ends, "", told.words, evidence, (), grade)
        return Answer(Known(told.ends, evidence, grade), (because,))

    @cached_property
    def _maker(self) -> Fact:
        return self._identity_of("identity.maker")

    @cached_property
    def _unit(self) -> Unit | None:
        """None where nobody can say who made it."""
        if not isinstance(self._maker, Known):
            return None
        identity = self._identity
        contested = identity.contested
        firmware = None if "firmware" in contested else identity.firmware
        if firmware is not None and "build_date" in contested:
            firmware = Firmware(firmware.version, firmware.raw)
        model = None if "model" in contested else identity.model
        return Unit(self._maker.value, identity.brand, model, firmware, identity.kind)

    @cached_property
    def _rest(self) -> tuple[Grade, tuple[str, ...]]:
        facts = (self._maker, *(self._identity_of(key) for key in _RESTS_ON))
        known = [fact for fact in facts if isinstance(fact, Known)]
        evidence = dict.fromkeys(proof for fact in known for proof in fact.evidence)
        return min((fact.grade for fact in known), default="C1"), tuple(evidence)


@lru_cache(maxsize=65536)  # the same for all units of a model with the same firmware
def _because(key: str, why: str, reason: Reason, grade: Grade) -> Because:
    return Because(key, None if why else reason.cves, why, reason.words, (), (), grade)


def _silent(key: str, maker: Fact) -> Answer:
    """Without a maker there is nothing to look up; without data there is nothing to find."""
    match maker:
        case Unseen():
            return Answer(maker, (Because(key, None, maker.why, maker.detail, maker.evidence),))
        case Contested():
            detail = "sources disagree on the maker: " + " / ".join(str(known.value) for known in maker.values)
            return Answer(maker, (Because(key, None, "contested", detail),))
        case Known():
            because = Because(key, None, "no-data", "no advisory data is loaded", maker.evidence)
            return Answer(Unseen("no-data", because.detail, maker.evidence), (because,))
