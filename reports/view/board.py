"""The first page: what a board needs to know, in numbers that add up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from reports.view.coverage import Coverage, Reason, SiteLine
from reports.view.findings import Judged, RuleLine
from reports.view.makers import MakerLine, Makers
from reports.view.register import FunctionLine, Register
from reports.view.unknowns import UnknownReason
from reports.view.words import VERDICT_LABELS, VERDICT_MEANS, VERDICTS, counted, listed
from scanner.model import Device

MOST_RULES, MOST_SITES, MOST_MAKERS = 10, 8, 6


@dataclass(frozen=True, slots=True)
class Count:
    """One word with its number. ``means`` is a short sentence."""

    word: str
    label: str
    number: int
    means: str


@dataclass(frozen=True, slots=True)
class Segment:
    """One part of a bar, in percent of its width."""

    word: str
    label: str
    number: int
    start: float
    width: float


@dataclass(frozen=True, slots=True)
class Bar:
    """A stacked bar; ``description`` says in words what it shows."""

    title: str
    description: str
    segments: tuple[Segment, ...]


@dataclass(frozen=True, slots=True)
class Board:
    """``verdicts`` count judgements, ``worst`` counts each camera once by its worst open verdict.

    What was decided by a place alone is in ``whole_sites`` and in ``verdicts``, not in ``worst``.
    """

    headline: str
    verdicts: tuple[Count, ...]
    worst: tuple[Count, ...]
    worst_bar: Bar
    read_bar: Bar
    waived: int
    judgements: int
    rules: tuple[RuleLine, ...]
    whole_sites: tuple[RuleLine, ...]
    more_rules: str
    functions: tuple[FunctionLine, ...]
    functions_devices: int
    makers: tuple[MakerLine, ...]
    more_makers: str
    unseen: tuple[Reason, ...]
    unknown_reasons: tuple[UnknownReason, ...]
    sites: tuple[SiteLine, ...]
    more_sites: str


def build_board(
    cameras: Sequence[Device], coverage: Coverage, judged: Judged, register: Register, makers: Makers
) -> Board:
    """Everything on the first page."""
    worst = _worst(cameras, judged)
    sites = sorted(coverage.sites, key=lambda line: (-line.fail, -line.review, line.name))
    open_rules = judged.open_rules
    whole_sites = tuple(line for line in open_rules if line.whole_site)
    with_function = len({device.id for device in cameras if any(_is_on(device, line.feature) for line in register.on)})
    return Board(
        headline=_headline(len(cameras), worst, len(register.on), with_function, coverage, whole_sites),
        verdicts=tuple(
            Count(word, VERDICT_LABELS[word], judged.counts[word], VERDICT_MEANS[word]) for word in VERDICTS
        ),
        worst=worst,
        worst_bar=bar("Each camera by its worst verdict", worst),
        read_bar=_read_bar(coverage),
        waived=judged.counts["waived"],
        judgements=sum(judged.counts.values()),
        rules=open_rules[:MOST_RULES],
        whole_sites=whole_sites,
        more_rules=_more(len(open_rules) - MOST_RULES, "rule"),
        functions=register.on,
        functions_devices=with_function,
        makers=makers.lines[:MOST_MAKERS],
        more_makers=_more(len(makers.lines) - MOST_MAKERS, "maker"),
        unseen=coverage.reasons,
        unknown_reasons=judged.unknown_reasons,
        sites=tuple(sites[:MOST_SITES]),
        more_sites=_more(len(sites) - MOST_SITES, "site"),
    )


def _more(count: int, what: str) -> str:
    return counted(count, f"more {what}") if count > 0 else ""


def _is_on(device: Device, feature: str) -> bool:
    return any(item.feature == feature and item.enabled == "yes" for item in device.features)


def _worst(cameras: Sequence[Device], judged: Judged) -> tuple[Count, ...]:
    number: Counter[str] = Counter()
    for device in cameras:
        verdicts = judged.own.get(device.id, Counter())
        word = next((word for word in VERDICTS if verdicts[word]), "rest")
        severity = judged.worst_fail.get(device.id, "")
        number[severity if severity in ("critical", "high") else word] += 1
    labels = {
        "critical": "Fails a critical rule",
        "high": "Fails a high rule, no critical one",
        "fail": "Fails lesser rules only",
        "review": "No fail, something to review",
        "unknown": "Nothing found, not all could be seen",
        "pass": "Everything judged was a pass",
        "not_applicable": "No rule applies",
        "rest": "Waived only, or not judged",
    }
    always = ("critical", "high", "fail", "review", "unknown", "pass")
    return tuple(
        Count(word, label, number[word], "") for word, label in labels.items() if number[word] or word in always
    )


def bar(title: str, counts: Sequence[Count]) -> Bar:
    """A stacked bar of counts."""
    total = sum(count.number for count in counts)
    segments, start = [], 0.0
    for count in counts:
        width = 100 * count.number / total if total else 0.0
        if count.number:
            segments.append(Segment(count.word, count.label, count.number, round(start, 3), round(width, 3)))
        start += width
    said = "; ".join(f"{count.label}: {count.number:,}" for count in counts)
    return Bar(title, f"{said}. In all: {total:,}.", tuple(segments))


def _read_bar(coverage: Coverage) -> Bar:
    numbers = coverage.numbers
    return bar(
        "Cameras whose settings could be read",
        (Count("read", "Settings read", numbers.read, ""), Count("unknown", "Settings not read", numbers.not_read, "")),
    )


def _headline(
    cameras: int,
    worst: Sequence[Count],
    on: int,
    with_function: int,
    coverage: Coverage,
    whole_sites: Sequence[RuleLine],
) -> str:
    number = {count.word: count.number for count in worst}
    if not cameras:
        return "No camera was found. See the coverage statement for what was asked and what could not be seen."
    found = counted(cameras, "camera or recorder", "cameras and recorders")
    are = "is" if on == 1 else "are"
    failing = (
        f"Of {found}, {number['critical']:,} fail a critical rule, {number['high']:,} more a high one and "
        f"{number['fail']:,} lesser rules only. "
    )
    sites = sorted({site for line in whole_sites for site in line.sites})
    places = f"Something is open for the whole of {listed(sites, most=4)}. " if sites else ""
    return (
        f"{failing}{places}"
        f"{counted(on, 'AI function')} {are} switched on, on {counted(with_function, 'device')}. "
        f"The settings of {coverage.numbers.not_read:,} could not be read: what they do is unknown."
    )
