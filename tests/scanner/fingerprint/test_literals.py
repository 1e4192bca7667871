"""The search that rules patterns out loses none of them: what it lets through is what trying each one finds."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.facts import SEEN_IN
from scanner.fingerprint.literals import any_of, required, sieve
from scanner.fingerprint.pattern_book import patterns_for, shelf
from scanner.fingerprint.unwrap import clean, views


@pytest.mark.parametrize(
    ("source", "texts"),
    [
        ("^AXIS$", {"axis"}),
        ("(?i)^Foscam(?: .{0,30})?$", {"foscam"}),
        ("colou?r", {"colo"}),
        ("ab{2}c", {"ab"}),
        ("(?:one|three)", {"one", "three"}),
        ("(?:one|t)", set()),  # one letter tells nothing
        (r"\d{3}-[A-Z]{2}", set()),
        (r"a\.b\.cd\d", {"a.b.cd"}),
        (r"x(?P<model>IPC-\w{2,8})?yy", {"yy"}),
        (r"(?<![a-z])(?:alpha|beta)(?![a-z])", {"alpha", "beta"}),
        (r"(?!never)word", {"word"}),
        ("left|right", {"left", "right"}),
        (r"[\]x]long", {"long"}),
        ("(?:ab){0,2}cde", {"cde"}),
    ],
)
def test_what_must_be_there(source: str, texts: set[str]) -> None:
    assert required(source) == texts


@given(st.lists(st.text("abc", min_size=1, max_size=4), min_size=1, max_size=12), st.text("abcd", max_size=30))
def test_the_sieve_finds_each_text(texts: list[str], text: str) -> None:
    """Texts that overlap, and texts that others begin with, are all found."""
    found = sieve([frozenset({one}) for one in texts]).candidates(text)

    assert found == [number for number, one in enumerate(texts) if one in text]


def test_an_entry_without_texts_is_always_tried() -> None:
    assert sieve([frozenset(), frozenset({"ab"})]).candidates("x") == [0]
    assert sieve([frozenset()]).candidates("") == [0]
    assert sieve([]).candidates("x") == []


@given(st.sets(st.text("ab.|(", min_size=1, max_size=5), min_size=1, max_size=10))
def test_a_tree_matches_its_texts_and_the_longest_first(texts: set[str]) -> None:
    tree = re.compile(any_of(texts))

    for text in texts:
        found = tree.match(text)
        assert found is not None
        assert found[0] == text


PIECES = sorted({example.raw for kind in SEEN_IN for one in patterns_for(kind) for example in one.examples})


@settings(max_examples=300)
@given(st.sampled_from(SEEN_IN), st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=12)), max_size=4))
def test_no_pattern_is_lost(seen_in: str, pieces: list[str]) -> None:
    """On examples of any kind, whole, joined and cut."""
    raw = "".join(pieces)
    for text in (raw, raw[: len(raw) // 2], raw.upper()):
        for kind, view in views(seen_in, clean(text)):
            lowered = view.lower()
            each = [one.id for one in patterns_for(kind) if one.match(view, lowered) is not None]
            assert [pattern.id for pattern, _ in shelf(kind).matches(view)] == each
