"""The patterns, read strictly from ``patterns/<seen_in>.yaml``: a file that is not sound does not load.

Each pattern shows at least one example, every capture is used by an example, every maker and kind is known, every
repetition is bounded (a device must not be able to make an expression run for ever), and no example of one maker is
taken by the pattern of another. All problems of a file are reported together.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import msgspec

from scanner.errors import CamauditError, ConfigError, PackError
from scanner.facts import SEEN_IN
from scanner.fingerprint.literals import Sieve, required, sieve
from scanner.fingerprint.makers import Names, names, rows_of
from scanner.fingerprint.unwrap import clean, views
from scanner.model import Frozen, Grade, Kind
from scanner.once import once
from scanner.strictfile import Located, read_yaml

PATTERNS = Path(__file__).parent / "patterns"
CAPTURES = ("model", "firmware", "build_date", "serial", "mac", "brand")
LONG_KINDS = frozenset({"http-body", "rtsp-response", "onvif-scopes", "onvif-services", "onvif-capabilities", "ssdp"})
"""Kinds with long texts: their patterns must name literals, so that most are ruled out without an expression."""

_ESCAPED = re.compile(r"\\.")
_CLASS = re.compile(r"\[\]?[^\]]*\]")
_UNBOUNDED = re.compile(r"[*+]|\{\d*,\}")
_MAX_REPEAT = 600
_REPEAT = re.compile(r"\{\d*,?(\d+)\}")


class _Wrong(Protocol):
    """The function that reports a problem: a message and the keys below the pattern."""

    def __call__(self, message: str, *keys: str | int) -> None: ...


class Example(Frozen, frozen=True):
    """One raw text and what the captures of the pattern must be in it."""

    raw: str
    captures: dict[str, str] = msgspec.field(default_factory=dict)


class _Row(Frozen, frozen=True):
    id: str
    pattern: str
    grade: Grade
    source: str
    examples: tuple[Example, ...] = ()
    maker: str = ""
    brand: str = ""
    kind: Kind | None = None
    not_camera: bool = False
    word: bool = False
    has: tuple[str, ...] = ()
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Pattern:
    """One sign. ``has``: lower-case literals, one of which must be in the text; ``also`` must all be found.

    ``word``: a name or word that stands beside words of video now and then, and tells less there.
    """

    id: str
    seen_in: str
    regex: re.Pattern[str]
    grade: Grade
    maker: str
    brand: str
    kind: Kind | None
    has: tuple[str, ...]
    also: tuple[re.Pattern[str], ...]
    source: str
    examples: tuple[Example, ...]
    word: bool = False

    def match(self, text: str, lowered: str) -> dict[str, str] | None:
        """The captures found in ``text`` (``lowered`` is the same in lower case); None when it does not fit."""
        if self.has and not any(literal in lowered for literal in self.has):
            return None
        found = self.regex.search(text)
        if found is None or not all(regex.search(text) for regex in self.also):
            return None
        return {name: value.strip() for name, value in found.groupdict().items() if value and value.strip()}


@dataclass(frozen=True, slots=True)
class Shelf:
    """The patterns of one kind behind one search for their literals."""

    patterns: tuple[Pattern, ...]
    sieve: Sieve

    def matches(self, text: str) -> Iterator[tuple[Pattern, dict[str, str]]]:
        """Each pattern that fits ``text``, in the order of the file, with its captures."""
        if not self.patterns:
            return
        lowered = text.lower()
        for number in self.sieve.candidates(lowered):
            captures = self.patterns[number].match(text, lowered)
            if captures is not None:
                yield self.patterns[number], captures


@once
def shelf(seen_in: str) -> Shelf:
    """The shelf of one kind, built when first asked for; raises PackError when its file is not sound."""
    patterns = patterns_for(seen_in)
    return Shelf(patterns, sieve([required(one.regex.pattern) or frozenset(one.has) for one in patterns]))


@once
def patterns_for(seen_in: str) -> tuple[Pattern, ...]:
    """The patterns of one kind, read when first asked for; raises PackError when their file is not sound."""
    path = PATTERNS / f"{seen_in}.yaml"
    return read_patterns(path) if seen_in in SEEN_IN and path.is_file() else ()


def all_patterns() -> tuple[Pattern, ...]:
    """Every pattern there is; raises PackError with the problems of all files, ids checked across them."""
    names()  # an unsound makers.yaml is reported once, not by every pattern file
    problems: list[CamauditError] = []
    found: dict[str, Pattern] = {}
    for path in sorted(PATTERNS.glob("*.yaml")):
        try:
            for pattern in read_patterns(path):
                if pattern.id in found:
                    problems.append(ConfigError(f"{path}: expected a new id, found {pattern.id!r} again"))
                found[pattern.id] = pattern
        except PackError as error:
            problems.extend(error.problems)
    if problems:
        raise PackError(problems)
    return tuple(found.values())


def read_patterns(path: Path) -> tuple[Pattern, ...]:
    """Read one file strictly; raises PackError with every problem in it."""
    problems: list[CamauditError] = []
    try:
        located = read_yaml(path)
    except ConfigError as error:
        raise PackError([error]) from None
    seen_in = path.stem
    _check_head(located, seen_in, problems)
    found: list[tuple[int, Pattern]] = []
    for index, row in rows_of(located, "patterns", _Row, problems):
        pattern = _pattern(row, seen_in, located, index, problems)
        if pattern:
            found.append((index, pattern))
    _check_examples(found, located, problems)
    if problems:
        raise PackError(problems)
    return tuple(pattern for _, pattern in found)


def _check_head(located: Located, seen_in: str, problems: list[CamauditError]) -> None:
    if not isinstance(located.value, dict):
        problems.append(ConfigError("expected a mapping with seen_in and patterns", located.place()))
        return
    problems.extend(
        ConfigError(f"expected seen_in and patterns, found {key!r}", located.place(key))
        for key in located.value
        if key not in ("seen_in", "patterns")
    )
    if seen_in not in SEEN_IN:
        problems.append(
            ConfigError(
                f"expected a file named like a kind of scanner.facts.SEEN_IN, found {seen_in!r}", located.place()
            )
        )
    elif located.value.get("seen_in") != seen_in:
        problems.append(
            ConfigError(
                f"expected seen_in: {seen_in}, found {located.value.get('seen_in')!r}", located.place("seen_in")
            )
        )
    rows = located.value.get("patterns")
    seen: set[str] = set()
    for index, row in enumerate(rows if isinstance(rows, list) else ()):
        name = row.get("id") if isinstance(row, dict) else None
        if isinstance(name, str) and name in seen:
            problems.append(ConfigError(f"expected a new id, found {name!r} again", located.place("patterns", index)))
        seen.add(str(name))


def _pattern(row: _Row, seen_in: str, located: Located, index: int, problems: list[CamauditError]) -> Pattern | None:
    def wrong(message: str, *keys: str | int) -> None:
        problems.append(ConfigError(f"{row.id}: {message}", located.place("patterns", index, *keys)))

    before = len(problems)
    if not row.id.startswith(f"{seen_in}."):
        wrong(f"expected an id starting with '{seen_in}.'", "id")
    _check_names(row, names(), wrong)
    if row.grade == "C3":
        wrong("expected grade C1 or C2: a single sign is never C3", "grade")
    if not row.examples:
        wrong("expected at least one example")
    if seen_in in LONG_KINDS and not row.has:
        wrong(f"expected literals under 'has': texts of kind {seen_in} are long")
    if any(literal != literal.lower() or not literal for literal in row.has):
        wrong("expected lower-case literals", "has")
    regexes = [bounded(text, lambda message: wrong(message, "pattern")) for text in (row.pattern, *row.also)]
    regex = regexes[0]
    if regex is None or None in regexes:
        return None
    for name in regex.groupindex:
        if name not in CAPTURES:
            wrong(f"expected captures named {', '.join(CAPTURES)}, found {name!r}", "pattern")
        elif not any(name in example.captures for example in row.examples):
            wrong(f"capture {name!r} is used by no example", "examples")
    if regex.groups != len(regex.groupindex) or any(extra is not None and extra.groups for extra in regexes[1:]):
        wrong("expected named captures only; write (?:...) for a group that is none", "pattern")
    if len(problems) > before:
        return None
    kind: Kind | None = "other" if row.not_camera else row.kind
    also = tuple(extra for extra in regexes[1:] if extra is not None)
    return Pattern(
        row.id, seen_in, regex, row.grade, row.maker, row.brand, kind, row.has, also, row.source, row.examples, row.word
    )


def _check_names(row: _Row, known: Names, wrong: _Wrong) -> None:
    maker = known.get(row.maker)
    if row.maker and (maker is None or maker.brand_only):
        wrong(f"expected a maker of makers.yaml, found {row.maker!r}", "maker")
    if row.brand and known.get(row.brand) is None:
        wrong(f"expected a name of makers.yaml, found {row.brand!r}", "brand")
    if row.not_camera and row.kind is not None:
        wrong("expected kind or not_camera, found both", "kind")
    captured = "(?P<" in row.pattern
    if not (row.maker or row.brand or row.kind or row.not_camera or captured):
        wrong("expected a maker, brand, kind, capture or not_camera: this pattern would say nothing")


def bounded(text: str, wrong: Callable[[str], None]) -> re.Pattern[str] | None:
    """The expression, where each repetition in it has an end; else None, and ``wrong`` is told why."""
    bare = _CLASS.sub("x", _ESCAPED.sub("x", text))
    if _UNBOUNDED.search(bare):
        wrong("expected bounded repetitions ({0,80}), found * or + or {n,}")
        return None
    if any(int(most) > _MAX_REPEAT for most in _REPEAT.findall(bare)):
        wrong(f"expected repetitions of at most {_MAX_REPEAT}")
        return None
    try:
        return re.compile(text)
    except re.error as error:
        wrong(f"expected a regular expression, found one that does not compile: {error}")
        return None


def _check_examples(found: list[tuple[int, Pattern]], located: Located, problems: list[CamauditError]) -> None:
    for index, pattern in found:
        for number, example in enumerate(pattern.examples):
            place = located.place("patterns", index, "examples", number)
            texts = [text for kind, text in views(pattern.seen_in, clean(example.raw)) if kind == pattern.seen_in]
            captured = _first(pattern, texts)
            if captured is None:
                problems.append(ConfigError(f"{pattern.id}: example does not match: {example.raw[:80]!r}", place))
                continue
            if captured != example.captures:
                problems.append(
                    ConfigError(f"{pattern.id}: expected captures {example.captures}, found {captured}", place)
                )
            problems.extend(
                ConfigError(f"{pattern.id}: example is taken by {other.id} as well", place)
                for _, other in found
                if other is not pattern and _takes(other, pattern) and _first(other, texts) is not None
            )


def _first(pattern: Pattern, texts: list[str]) -> dict[str, str] | None:
    return next((found for text in texts if (found := pattern.match(text, text.lower())) is not None), None)


def _takes(other: Pattern, pattern: Pattern) -> bool:
    """Whether ``other`` says something that cannot be true of the same device."""
    if other.maker and pattern.maker and other.maker != pattern.maker:
        return True
    kinds = {other.kind, pattern.kind}
    return "other" in kinds and not kinds <= {"other", "vms", "access-control"}
