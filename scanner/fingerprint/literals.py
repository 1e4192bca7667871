"""Texts that must be in a text for an expression to match it, and a quick search for many of them at once.

Hundreds of patterns of one kind are ruled out by one pass over the text; only those whose literal was found are tried.
The expressions are of the restricted form the loader takes: no look-around that matters here, bounded repetitions.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import ahocorasick

_QUANTIFIER = re.compile(r"[*+?]\??|\{(\d*)(?:,\d*)?\}\??")
_GROUP = re.compile(r"\?(?::|P<\w+>|[aimsx-]+:)")
_LOOK = re.compile(r"\?(?:=|!|<=|<!)")
_FLAGS = re.compile(r"\(\?[aimsx]+\)")
_CLASS = re.compile(r"\[\^?\]?(?:\\.|[^\]\\])*\]", re.DOTALL)
_SHORTEST = 2
_MOST = 400


def required(source: str) -> frozenset[str]:
    """Lower-case texts of which one must be in any text that ``source`` matches; empty when nothing is sure."""
    found, _ = _branches(_FLAGS.sub("", source), 0)
    return frozenset(found)


def _branches(source: str, at: int) -> tuple[set[str], int]:
    """The alternatives from ``at`` to the end of their group: their texts together, where each of them has some."""
    together: set[str] | None = set()
    while True:
        best, at = _sequence(source, at)
        together = together | best if together is not None and best else None
        if at >= len(source) or source[at] == ")":
            break
        at += 1  # the bar
    return (together if together and len(together) <= _MOST else set()), at


def _sequence(source: str, at: int) -> tuple[set[str], int]:
    """The most telling texts of one alternative, and where it ends."""
    best: set[str] = set()
    run = ""
    while at < len(source) and source[at] not in "|)":
        literal, inner, at = _atom(source, at)
        optional, repeated, at = _repetition(source, at)
        if literal and not optional and not repeated:
            run += literal
            continue
        kept = run + (literal if literal and repeated and not optional else "")
        best, run = _better(best, {kept}), ""
        if not optional:
            best = _better(best, inner)
    return _better(best, {run}), at


def _atom(source: str, at: int) -> tuple[str, set[str], int]:
    """One atom: (its character, or '', the texts its group needs, where it ends)."""
    sign = source[at]
    if sign == "\\":
        following = source[at + 1]
        return ("" if following.isalnum() else following), set(), at + (4 if following == "x" else 2)
    if sign == "[":
        found = _CLASS.match(source, at)
        return "", set(), found.end() if found else at + 1
    if sign == "(":
        look = _LOOK.match(source, at + 1)
        group = look or _GROUP.match(source, at + 1)
        inner, end = _branches(source, group.end() if group else at + 1)
        return "", (set() if look else inner), end + 1
    return ("" if sign in "^$." else sign.lower()), set(), at + 1


def _repetition(source: str, at: int) -> tuple[bool, bool, int]:
    """Whether what stands before ``at`` may be missing, and whether it is repeated."""
    found = _QUANTIFIER.match(source, at)
    if not found:
        return False, False, at
    optional = found[0][0] in "*?" or (found[0][0] == "{" and not (found[1] or "0").strip("0"))
    return optional, True, found.end()


def _better(left: set[str], right: set[str]) -> set[str]:
    """Of two sets of texts the one whose shortest text is longer; texts too short to tell anything do not count."""
    if not right or min(map(len, right)) < _SHORTEST:
        return left
    return right if not left or min(map(len, right)) > min(map(len, left)) else left


@dataclass(frozen=True, slots=True)
class Sieve:
    """Which of a number of entries can match a text: ``always`` and those of whose texts one was found."""

    always: frozenset[int]
    search: ahocorasick.Automaton | None

    def candidates(self, lowered: str) -> list[int]:
        """The numbers of the entries to try, in order; ``lowered`` is the text in lower case."""
        if self.search is None:
            return sorted(self.always)
        found: set[int] = set(self.always)
        for _, numbers in self.search.iter(lowered):
            found |= numbers
        return sorted(found)


def sieve(wanted: Sequence[frozenset[str]]) -> Sieve:
    """One search over the texts of all entries; an entry without texts is always a candidate."""
    always = frozenset(number for number, texts in enumerate(wanted) if not texts)
    entries: dict[str, set[int]] = {}
    for number, texts in enumerate(wanted):
        for text in texts:
            entries.setdefault(text, set()).add(number)
    if not entries:
        return Sieve(always, None)
    search = ahocorasick.Automaton()
    for text, numbers in entries.items():
        search.add_word(text, frozenset(numbers))
    search.make_automaton()
    return Sieve(always, search)


def any_of(texts: Iterable[str]) -> str:
    """An expression for any of the texts, the longest first, that looks at each character once."""
    by_first: dict[str, list[str]] = {}
    ends = False
    for text in sorted(texts):
        if text:
            by_first.setdefault(text[0], []).append(text[1:])
        else:
            ends = True
    options = "|".join(_options(by_first))
    if not options:
        return ""
    return f"(?:{options})?" if ends else f"(?:{options})"


def _options(by_first: dict[str, list[str]]) -> Iterator[str]:
    for first, rests in by_first.items():
        yield re.escape(first) + any_of(rests)
