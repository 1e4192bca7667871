"""What rules ask: every fact of one device, of the site it stands at and of the organisation, under one roof.

    identity.*, firmware.*, device.*   from the device's identity, with the grade of the claims behind each
    ai.FEATURE.COLUMN                  over all channels: one yes is True, all no is False, else unseen
    flaws.*, firmware.support_ends     what dated data says of this maker, model and firmware (``rules.advisories``)
    any other device fact              as a stage of the scanner reported it
    org.*, site.*, record.*            as the auditor stated them; judged.on is the day of judging

A site is *described* when the auditor said anything of it besides its name and ranges. At a described site a record
that is not named is absent (Known(None)) and no tag means none; of a site nobody described nothing is known.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache
from typing import Any, Literal, NamedTuple, Protocol

from rules.advisories.book import FLAW_KEYS, SUPPORT_KEY, FlawBook, FlawKey
from rules.advisories.seen import Answer as LookedUp
from rules.advisories.seen import FlawFacts
from rules.model import Because
from rules.operators import plain
from scanner.facts import FEATURES, SITE_RECORDS
from scanner.model import (
    COLUMNS,
    Answer,
    Claim,
    Contested,
    Device,
    Fact,
    Feature,
    Grade,
    Known,
    Organisation,
    Silence,
    Site,
    Unseen,
)

RETENTION = "record.retention.days"
STRENGTH: dict[str, int] = {"C1": 1, "C2": 2, "C3": 3}

Speaker = Literal["device", "auditor"]


class Stated(NamedTuple):
    """A fact with the channels that gave it."""

    fact: Fact
    channels: tuple[str, ...] = ()


class Seen(NamedTuple):
    """A fact ready to be asked. ``value`` counts only when ``known``; ``because`` holds it as a reason."""

    known: bool
    value: Any
    because: tuple[Because, ...]
    strength: int


class FactSource(Protocol):
    """Who speaks for a device."""

    def stated(self, key: str) -> Stated:
        """The fact of that key; ``Unseen`` when there is none."""

    def seen(self, key: str) -> Seen:
        """The same, ready to be asked."""


class Subject(dict[str, Seen]):
    """The facts of one device by key, each looked up once: ``subject[key]``.

    ``shared`` holds what all devices of a site have in common, filled by ``site_facts``.
    """

    def __init__(self, device: FactSource, shared: Mapping[str, Seen]) -> None:
        super().__init__(shared)
        self.device = device
        self.shared = shared

    def __missing__(self, key: str) -> Seen:
        seen = self[key] = self.device.seen(key)
        return seen

    def fact(self, key: str) -> Fact:
        """The fact itself, as the inventory and the auditor have it."""
        if key not in self.shared:
            return self.device.stated(key).fact
        seen = self.shared[key]
        return Known(seen.value) if seen.known else Unseen("not-told", seen.because[0].detail)


def seen_as(key: str, stated: Stated, said_by: Speaker = "device") -> Seen:
    """A fact as a question can be put to it."""
    fact, channels = stated
    match fact:
        case Known():
            if fact.value is None:
                return Seen(True, None, (Because(key, None, "absent", said_by=said_by),), STRENGTH[fact.grade])
            value = fact.value if fact.value is True or fact.value is False else plain(key, fact.value)
            because = Because(key, value, "", "", fact.evidence, channels, fact.grade, said_by)
            return Seen(True, value, (because,), STRENGTH[fact.grade])
        case Contested():
            evidence = tuple(dict.fromkeys(one for known in fact.values for one in known.evidence))
            detail = "sources disagree: " + " / ".join(str(known.value) for known in fact.values)
            return Seen(False, None, (Because(key, None, "contested", detail, evidence, channels),), 0)
        case Unseen():
            because = Because(key, None, fact.why, fact.detail, fact.evidence, channels, said_by=said_by)
            return Seen(False, None, (because,), 0)


@cache
def _silence(key: str, why: Silence) -> Seen:
    """Nobody reported the fact: the same for all devices with the same reason."""
    return seen_as(key, Stated(Unseen(why)))


# -- the auditor's word -----------------------------------------------------------------------------


def site_facts(site: Site | None, organisation: Organisation, on: date) -> dict[str, Seen]:
    """The facts shared by all devices of a site; ``site`` None when the estate has none of that name."""
    facts: dict[str, Fact] = {
        "judged.on": Known(on),
        "org.jurisdiction": _told(organisation.jurisdiction, "organisation.jurisdiction"),
        "org.bodies": _told(organisation.bodies, "organisation.bodies"),
        **(_described(site) if site is not None and is_described(site) else _not_described(site)),
    }
    return {key: seen_as(key, Stated(fact), "auditor") for key, fact in facts.items()}


def is_described(site: Site) -> bool:
    """The auditor said something of the place besides its name and ranges."""
    return bool(site.type or site.tags or site.segment or site.records or site.exposed != "unknown")


def _described(site: Site) -> dict[str, Fact]:
    facts: dict[str, Fact] = {
        "site.type": _told(site.type, f"type of site {site.name}"),
        "site.tags": Known(site.tags),
        "site.segment": _told(site.segment, f"segment of site {site.name}"),
        "site.exposed": _not_told(f"exposed of site {site.name}")
        if site.exposed == "unknown"
        else Known(site.exposed == "yes"),
    }
    for name in SITE_RECORDS:
        record = site.records.get(name)
        facts[f"record.{name}"] = Known(record.date if record else None)
        covers = f"record.{name}.covers"
        if record is None:
            facts[covers] = Known(())  # no record covers nothing
        else:
            facts[covers] = _told(record.covers, f"what record {name} of site {site.name} covers")
    facts[RETENTION] = _days(site)
    return facts


def _days(site: Site) -> Fact:
    record = site.records.get("retention")
    if record is None:
        return Known(None)
    return _not_told(f"days of record retention of site {site.name}") if record.days is None else Known(record.days)


def _not_described(site: Site | None) -> dict[str, Fact]:
    silence = _not_told(f"site {site.name} is not described" if site and site.name else "no site claims this address")
    records = [key for name in SITE_RECORDS for key in (f"record.{name}", f"record.{name}.covers")]
    return dict.fromkeys(("site.type", "site.tags", "site.segment", "site.exposed", RETENTION, *records), silence)


def _told(value: str | tuple[str, ...], what: str) -> Fact:
    return Known(value) if value else _not_told(what)


def _not_told(what: str) -> Unseen:
    return Unseen("not-told", what)


# -- the device's word ------------------------------------------------------------------------------

_SILENCE_OF_LOGIN: dict[str, Silence] = {
    "refused": "login-refused",
    "remembered-refusal": "login-refused",
    "locked": "login-locked",
    "none-given": "no-login",
}
_FUNCTIONS = {f"ai.{feature}.{column}": (feature, column) for feature in FEATURES for column in COLUMNS}
_DERIVED_FROM = {
    "maker": ("brand",),
    "brand": ("maker",),
    "kind": ("model", "maker", "brand"),
    "build_date": ("firmware",),
}
"""Where no claim says a field itself, the claims it was concluded from."""
_FLAWS: dict[str, FlawKey] = {key: key for key in FLAW_KEYS}
_LOOKED_UP = frozenset((*FLAW_KEYS, SUPPORT_KEY))
_SEEN_BEFORE_LOGIN = ("web.", "tls.", "stream.anonymous", "onvif.anonymous", "service.", "time.skew")


class DeviceFacts:
    """Looks up facts of one device. ``cited``: evidence for the identity of a camera seen only through a recorder;
    ``flaws``: what is known of makers' flaws on the day of judging."""

    def __init__(self, device: Device, cited: tuple[str, ...] = (), flaws: FlawBook | None = None) -> None:
        self.device = device
        self.cited = cited
        self._flaws = FlawFacts(device.identity, self._identity, flaws)
        self._features: dict[str, list[Feature]] = {}
        for row in device.features:
            self._features.setdefault(row.feature, []).append(row)
        # Known from a file only: then nothing that nobody reported was ever asked.
        self._not_asked = device.login == "untried" and any(gap.why == "not-asked" for gap in device.gaps)
        # Settings were read after a login, or the device asks for none.
        self._authenticated = device.login == "accepted" or (device.login == "not-needed" and bool(device.read_by))

    def stated(self, key: str) -> Stated:
        """Any key of ``scanner.facts.FACTS`` that is about the device; unseen when the inventory does not have it."""
        if key in _FUNCTIONS:
            return self._function(*_FUNCTIONS[key])
        if key in _LOOKED_UP:
            return Stated(self._looked_up(key).fact)
        if key.startswith(("identity.", "firmware.", "device.")):
            return Stated(self._identity(key))
        fact = self.device.facts.get(key)
        if fact is None and key == "face-library.count":
            return self._library()
        if key == "onvif.anonymous" and not isinstance(fact, Known | Contested):
            return Stated(self._without_onvif() or fact or Unseen(self._why(key)))
        return Stated(fact or Unseen(self._why(key)))

    def seen(self, key: str) -> Seen:
        """``stated`` ready to be asked, by a short way for what thousands of devices are asked most."""
        if key in _FUNCTIONS:
            feature, column = _FUNCTIONS[key]
            rows = self._features.get(feature)
            if rows is None:
                return _silence(key, self._why("ai"))
            if len(rows) == 1 and getattr(rows[0], column) != "unknown":
                return self._seen_on_one_channel(key, rows[0], column)
        if key in _LOOKED_UP:
            fact, because = self._looked_up(key)
            if isinstance(fact, Known):
                return Seen(True, plain(key, fact.value), because, STRENGTH[fact.grade])
            return Seen(False, None, because, 0)
        return seen_as(key, self.stated(key))

    def _looked_up(self, key: str) -> LookedUp:
        """What dated data says of this maker, model and firmware."""
        return self._flaws.support() if key == SUPPORT_KEY else self._flaws.flaws(_FLAWS[key])

    # identity

    def _identity(self, key: str) -> Fact:
        identity = self.device.identity
        match key:
            case "identity.maker" | "identity.brand" | "identity.model":
                return self._claimed(key.removeprefix("identity."), getattr(identity, key.removeprefix("identity.")))
            case "identity.kind":
                return self._claimed("kind", None if identity.kind == "unknown" else identity.kind)
            case "identity.rebrand":
                return self._rebrand()
            case "firmware.version":
                return self._claimed("firmware", identity.firmware.version if identity.firmware else None)
            case "firmware.build_date":
                return self._claimed("build_date", identity.firmware.build_date if identity.firmware else None)
            case _:
                return Known(self._authenticated)

    def _claimed(self, field: str, value: Any) -> Fact:
        """The agreed value of a field with the evidence and the best grade of the claims that say it."""
        identity = self.device.identity
        claims = [claim for claim in identity.claims if claim.field == field]
        for other in () if claims else _DERIVED_FROM.get(field, ()):
            claims += [claim for claim in identity.claims if claim.field == other]
        if field in identity.contested:
            return Contested(tuple(_known(claims, text) for text in identity.contested[field]))
        if value is None:
            return Unseen(self._why("identity"), f"no sign of the {field.replace('_', ' ')} was seen")
        same = [claim for claim in claims if claim.value.casefold() == str(value).casefold()] or claims
        grades: list[Grade] = [claim.grade for claim in same]
        if field in ("maker", "brand") or not grades:
            grades = [identity.grade or "C1"]
        return Known(value, _evidence(same) or self.cited, max(grades))

    def _rebrand(self) -> Fact:
        maker, brand = self._identity("identity.maker"), self._identity("identity.brand")
        if not isinstance(maker, Known):
            return maker
        if not isinstance(brand, Known):
            return brand
        evidence = tuple(dict.fromkeys((*brand.evidence, *maker.evidence)))
        return Known(brand.value.casefold() != maker.value.casefold(), evidence, min(maker.grade, brand.grade))

    # settings

    def _without_onvif(self) -> Fact | None:
        """What the device says is switched off answers nobody; where ONVIF was not found, it says why not."""
        enabled = self.device.facts.get("onvif.enabled")
        if isinstance(enabled, Known) and enabled.value is False:
            return Known(False, enabled.evidence, enabled.grade)
        return enabled if isinstance(enabled, Unseen) else None

    def _why(self, key: str) -> Silence:
        """Why nobody reported a fact of this device."""
        if self.device.seen_through:
            return "seen-through"
        if self._not_asked:
            return "not-asked"
        if key == "identity" or key.startswith(_SEEN_BEFORE_LOGIN):
            return "no-reader"
        return _SILENCE_OF_LOGIN.get(self.device.login, "no-reader")

    # AI functions

    def _seen_on_one_channel(self, key: str, row: Feature, column: str) -> Seen:
        is_on = getattr(row, column) == "yes"
        evidence = tuple([proof.evidence for proof in row.proofs if proof.column == column])
        grade = self._reader_grade(row)
        because = Because(key, is_on, "", "", evidence, (row.channel,), grade)
        return Seen(True, is_on, (because,), STRENGTH[grade])

    def _function(self, feature: str, column: str) -> Stated:
        rows = self._features.get(feature)
        if not rows:
            return Stated(Unseen(self._why("ai")))
        answers = [_answer(row, column) for row in rows]
        deciding: Answer = "yes" if "yes" in answers else "unknown" if "unknown" in answers else "no"
        rows = [row for row, answer in zip(rows, answers, strict=True) if answer == deciding]
        channels = tuple(row.channel for row in rows)
        if deciding == "unknown":
            return Stated(Unseen(rows[0].why.get(column, self._why("ai"))), channels)
        grades = [self._reader_grade(row) for row in rows]
        is_yes = deciding == "yes"
        return Stated(Known(is_yes, _proofs(rows, column, deciding), max(grades) if is_yes else min(grades)), channels)

    def _reader_grade(self, row: Feature) -> Grade:
        """An authenticated read is C3; one that no recording of a real device confirms, or without login, C2."""
        return "C3" if row.verified and self._authenticated else "C2"

    def _library(self) -> Stated:
        rows = [row for row in self._features.get("face-recognition", ()) if row.count is not None]
        if not rows:
            return Stated(Unseen(self._why("face-library.count")))
        # A device has one library; each channel that uses it tells the same size.
        largest = max(row.count or 0 for row in rows)
        evidence = tuple(dict.fromkeys(proof.evidence for row in rows for proof in row.proofs))
        return Stated(Known(largest, evidence, min(map(self._reader_grade, rows))), tuple(row.channel for row in rows))


def _answer(row: Feature, column: str) -> Answer:
    """A column of a row; what is not supported can neither be licensed nor switched on."""
    answer: Answer = getattr(row, column)
    return "no" if answer == "unknown" and row.supported == "no" else answer


def _proofs(rows: Iterable[Feature], column: str, answer: Answer) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for row in rows:
        asked = "supported" if answer == "no" and getattr(row, column) == "unknown" else column
        found.update(dict.fromkeys(proof.evidence for proof in row.proofs if proof.column == asked))
    return tuple(found)


def _known(claims: Iterable[Claim], value: str) -> Known:
    same = [claim for claim in claims if claim.value == value]
    grades: list[Grade] = [claim.grade for claim in same]
    return Known(value, _evidence(same), max(grades, default="C1"))


def _evidence(claims: Iterable[Claim]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(claim.evidence for claim in claims if claim.evidence))
