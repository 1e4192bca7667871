"""No bytes raise, and no text keeps us busy: device text is hostile text."""

from __future__ import annotations

import itertools
import random
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.facts import SEEN_IN
from scanner.fingerprint import firmware, identify
from scanner.fingerprint.fields import any_fields
from scanner.fingerprint.naming import clean_model
from scanner.fingerprint.oui import normal_mac
from scanner.fingerprint.pattern_book import all_patterns, patterns_for
from scanner.fingerprint.unwrap import LIMIT, clean
from scanner.model import Identity, Observation

PIECES = sorted({example.raw for pattern in all_patterns() for example in pattern.examples})
SIGNS = sorted({(pattern.seen_in, example.raw) for pattern in all_patterns() for example in pattern.examples})
KINDS = st.sampled_from(SEEN_IN)


@given(KINDS, st.binary(max_size=600))
def test_no_bytes_raise(seen_in: str, data: bytes) -> None:
    identify([Observation(seen_in, data.decode("latin-1")), Observation(seen_in, data.decode("utf-8", "replace"))])


@given(KINDS, st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=20)), max_size=6))
@settings(max_examples=300)
def test_mixed_and_cut_replies_do_not_raise(seen_in: str, pieces: list[str]) -> None:
    raw = "".join(pieces)
    identify([Observation(seen_in, raw), Observation(seen_in, raw[: len(raw) // 2])])


@given(st.text(max_size=300))
def test_the_parts_take_any_text(text: str) -> None:
    any_fields(text)
    clean_model(text)
    normal_mac(text)
    firmware.parse_date(text)
    for maker in (None, "Hikvision", "Bosch", "Canon"):
        found = firmware.parse(maker, text)
        assert found is None or firmware.key(found.version) is not None


@given(st.lists(st.sampled_from(SIGNS), max_size=6), st.randoms(use_true_random=False))
@settings(max_examples=300)
def test_the_order_of_rows_does_not_change_who_it_is(rows: list[tuple[str, str]], rng: random.Random) -> None:
    observations = [Observation(seen_in, raw) for seen_in, raw in rows]
    shuffled = observations[:]
    rng.shuffle(shuffled)
    one, other = identify(observations), identify(shuffled)
    assert said(one) == said(other)


def info(maker: str, model: str, version: str) -> tuple[str, str]:
    return "onvif-deviceinfo", f"Manufacturer: {maker}\nModel: {model}\nFirmwareVersion: {version}"


@pytest.mark.parametrize(
    "rows",
    [
        [("http-title", "JFTECH"), ("http-server-header", "DINION IP 1080p")],
        [("http-title", "ANNKE"), ("http-title", "Swann")],
        [info("AXIS", "P3245-V", "10.1.0"), info("AXIS", "P3265-V", "9.80.1")],
        [("http-server-header", "IQinVision IQeye3 Version V2.3"), ("http-server-header", "MOBOTIX M24M"),
         ("http-body", '<script src="/portal/common/js/commonVar.js"></script>')],
        [("http-title", "exacqVision"), ("http-title", "RouterOS")],
    ],
    ids=["makers", "brands", "models", "kinds", "programs"],
)  # fmt: skip
def test_equal_rivals_come_out_the_same_in_any_order(rows: list[tuple[str, str]]) -> None:
    found = {repr(said(identify([Observation(*row) for row in order]))) for order in itertools.permutations(rows)}
    assert len(found) == 1


def said(found: Identity) -> tuple[object, ...]:
    return (
        found.brand, found.maker, found.model, found.firmware, found.serial, found.mac, found.kind, found.grade,
        {field: sorted(values) for field, values in found.contested.items()},
    )  # fmt: skip


def hostile() -> list[str]:
    texts = [
        "<" * LIMIT,
        "<a " * LIMIT,
        "{" * LIMIT,
        '{"a":' * LIMIT,
        "[" * LIMIT,
        "\x00" * LIMIT,
        " " * LIMIT,
        "9" * LIMIT,
    ]
    texts += [
        "a=" * LIMIT,
        "realm=" * LIMIT,
        "O=," * LIMIT,
        "/O=" * LIMIT,
        "<title>" * LIMIT,
        "%20" * LIMIT,
        "&amp;" * LIMIT,
    ]
    texts += [
        "onvif://www.onvif.org/name/" * 4000,
        "AXIS " * LIMIT,
        "build" * LIMIT,
        "V1.1." * LIMIT,
        "uuid:0-" * LIMIT,
    ]
    return [text[: LIMIT + 100] for text in texts]


@pytest.mark.parametrize("seen_in", SEEN_IN)
def test_64_kib_of_anything_is_done_soon(seen_in: str) -> None:
    patterns_for(seen_in)
    texts = hostile()
    for pattern in patterns_for(seen_in):
        for example in pattern.examples:
            texts += [(piece * (LIMIT // max(len(piece), 1) + 1))[:LIMIT] for piece in (example.raw, example.raw[:-1])]
    started = time.perf_counter()
    for text in texts:
        identify([Observation(seen_in, text)])
    assert (time.perf_counter() - started) / len(texts) < 0.5  # seconds a text; a runaway expression takes minutes


def test_what_lies_behind_the_limit_is_not_read() -> None:
    assert len(clean("a" * (3 * LIMIT))) == LIMIT
    assert identify([Observation("http-body", "x" * LIMIT + "@WebVersion@ t_username >Login<")]).maker is None
