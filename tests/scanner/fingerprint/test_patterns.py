"""Every pattern file is sound, every example holds, and an unsound file is refused with every problem at once."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from scanner.errors import PackError
from scanner.facts import SEEN_IN
from scanner.fingerprint import identify
from scanner.fingerprint.makers import load as load_names
from scanner.fingerprint.makers import names
from scanner.fingerprint.matcher import warm_up
from scanner.fingerprint.naming import all_series
from scanner.fingerprint.pattern_book import PATTERNS, Pattern, all_patterns, read_patterns
from scanner.model import Observation

EXAMPLES = [(pattern, number) for pattern in all_patterns() for number in range(len(pattern.examples))]

SOUND = """\
seen_in: http-title
patterns:
  - id: http-title.one
    pattern: '^One (?P<model>\\d{3})$'
    maker: Axis
    grade: C2
    source: invented
    examples: [{raw: 'One 123', captures: {model: '123'}}]
"""


def problems_of(tmp_path: Path, text: str, name: str = "http-title.yaml") -> list[str]:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    with pytest.raises(PackError) as caught:
        read_patterns(path)
    return [str(problem).replace(str(tmp_path) + "/", "") for problem in caught.value.problems]


def test_there_is_one_file_a_kind() -> None:
    assert {path.stem for path in PATTERNS.iterdir()} <= set(SEEN_IN)
    assert all(path.suffix == ".yaml" for path in PATTERNS.iterdir())
    warm_up()


def test_there_are_many_of_many_makers() -> None:
    everyone = all_patterns()
    assert len(everyone) > 850
    assert len({pattern.maker for pattern in everyone if pattern.maker}) > 70
    assert len({pattern.seen_in for pattern in everyone}) > 20
    assert sum(pattern.kind in ("other", "vms", "access-control") for pattern in everyone) > 300
    assert all(pattern.examples and pattern.source for pattern in everyone)


STACKS = [
    ("http-server-header", "nginx/1.18.0"), ("http-server-header", "Apache"), ("http-server-header", "Boa/0.94.13"),
    ("http-server-header", "lighttpd/1.4.35"), ("http-server-header", "GoAhead-Webs"),
    ("http-server-header", "thttpd/2.25b 29dec2003"), ("http-server-header", "mini_httpd/1.19 19dec2003"),
    ("http-server-header", "gSOAP/2.8"), ("http-server-header", "alphapd/2.1.8"),
    ("rtsp-server", "LIVE555 Streaming Media v2017.04.26"), ("rtsp-server", "GStreamer RTSP server"),
    ("ssh-banner", "SSH-2.0-dropbear_2017.75"), ("ftp-banner", "220 (vsFTPd 3.0.3)"),
    ("snmp-sysobjectid", ".1.3.6.1.4.1.8072.3.2.10"), ("dhcp-vendor-class", "udhcp 1.19.4"),
]  # fmt: skip


@pytest.mark.parametrize(("seen_in", "raw"), STACKS, ids=[raw for _, raw in STACKS])
def test_a_stack_says_nothing_of_a_maker(seen_in: str, raw: str) -> None:
    found = identify([Observation(seen_in, raw)])
    assert (found.maker, found.brand) == (None, None)
    assert found.is_camera is None or raw.startswith("alphapd")


@pytest.mark.parametrize(("pattern", "number"), EXAMPLES, ids=[f"{p.id}-{n}" for p, n in EXAMPLES])
def test_an_example_gives_what_its_pattern_says(pattern: Pattern, number: int) -> None:
    example = pattern.examples[number]
    identity = identify([Observation(pattern.seen_in, example.raw)])
    claims = {(claim.field, claim.value) for claim in identity.claims if claim.pattern == pattern.id}
    if pattern.maker:
        assert ("maker", pattern.maker) in claims
        assert identity.maker == pattern.maker, identity.contested
    if pattern.brand:
        assert ("brand", pattern.brand) in claims
    if pattern.kind == "other":
        assert identity.is_camera is False
    elif pattern.kind:
        assert ("kind", pattern.kind) in claims
        assert identity.kind != "other"


def test_each_pattern_of_a_file_is_seen_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "http-title.yaml"
    path.write_text(SOUND, encoding="utf-8")
    (pattern,) = read_patterns(path)
    assert pattern.match("One 123", "one 123") == {"model": "123"}


@pytest.mark.parametrize(
    ("before", "after", "complaint"),
    [
        ("    examples: [{raw: 'One 123', captures: {model: '123'}}]\n", "", "expected at least one example"),
        ("captures: {model: '123'}", "captures: {}", "capture 'model' is used by no example"),
        ("captures: {model: '123'}", "captures: {model: '124'}", "expected captures {'model': '124'}"),
        ("?P<model>", "?P<colour>", "expected captures named model"),
        ("(?P<model>\\d{3})", "(\\d{3})", "expected named captures only"),
        ("maker: Axis", "maker: Acme", "expected a maker of makers.yaml, found 'Acme'"),
        ("maker: Axis", "maker: Annke", "expected a maker of makers.yaml, found 'Annke'"),
        ("maker: Axis", "kind: toaster", "'toaster'"),
        ("maker: Axis", "brand: Acme", "expected a name of makers.yaml, found 'Acme'"),
        ("grade: C2", "grade: C3", "a single sign is never C3"),
        ("\\d{3}", "\\d+", "expected bounded repetitions"),
        ("\\d{3}", "\\d{3,}", "expected bounded repetitions"),
        ("\\d{3}", "\\d{1,9999}", "expected repetitions of at most"),
        ("^One (", "^One ((", "does not compile"),
        ("raw: 'One 123'", "raw: 'Two 123'", "example does not match"),
        ("id: http-title.one", "id: one", "expected an id starting with 'http-title.'"),
        ("source: invented", "source: invented\n    colour: red", "colour"),
        ("seen_in: http-title", "seen_in: http-realm", "expected seen_in: http-title"),
        ("    maker: Axis\n", "    maker: Axis\n    not_camera: true\n    kind: camera\n", "found both"),
    ],
)
def test_an_unsound_pattern_is_refused_with_its_line(tmp_path: Path, before: str, after: str, complaint: str) -> None:
    assert before in SOUND
    said = problems_of(tmp_path, SOUND.replace(before, after))
    assert any(complaint in line for line in said), said
    assert all(re.match(r"http-title\.yaml:\d+: ", line) for line in said), said


def test_all_problems_come_at_once(tmp_path: Path) -> None:
    text = SOUND.replace("maker: Axis", "maker: Acme") + SOUND.split("patterns:\n")[1].replace("grade: C2", "grade: C9")
    said = problems_of(tmp_path, text)
    assert len(said) >= 3  # unknown maker, unknown grade, the same id twice
    assert any("found 'http-title.one' again" in line for line in said)


def test_an_example_taken_by_another_maker_is_refused(tmp_path: Path) -> None:
    thief = SOUND.split("patterns:\n")[1].replace("http-title.one", "http-title.two").replace("Axis", "Bosch")
    said = problems_of(tmp_path, SOUND + thief)
    assert any("http-title.one: example is taken by http-title.two" in line for line in said)
    assert any("http-title.two: example is taken by http-title.one" in line for line in said)


def test_a_decoy_that_matches_a_camera_is_refused(tmp_path: Path) -> None:
    decoy = (
        SOUND.split("patterns:\n")[1]
        .replace("http-title.one", "http-title.two")
        .replace("maker: Axis", "not_camera: true")
    )
    assert any("is taken by" in line for line in problems_of(tmp_path, SOUND + decoy))


def test_long_texts_need_literals(tmp_path: Path) -> None:
    said = problems_of(tmp_path, SOUND.replace("http-title", "http-body"), "http-body.yaml")
    assert any("expected literals under 'has'" in line for line in said)


@pytest.mark.parametrize(
    "text", ["", "- a\n", "seen_in: http-title\n", "seen_in: [\n", "seen_in: http-title\npatterns: 3\n"]
)
def test_a_file_of_another_shape_is_refused(tmp_path: Path, text: str) -> None:
    assert problems_of(tmp_path, text)


def test_a_file_named_like_no_kind_is_refused(tmp_path: Path) -> None:
    assert any("SEEN_IN" in line for line in problems_of(tmp_path, SOUND, "smell.yaml"))


# -- names ----------------------------------------------------------------------------------------------


def test_a_name_is_found_by_any_spelling() -> None:
    assert names().find("HIKVISION Co., Ltd.") == names().get("Hikvision")
    assert names().find("CP-PLUS") == names().find("cpplus")
    found, rest = names().split("Hanwha Techwin XNV-8080R")
    assert found is not None
    assert (found.name, rest) == ("Hanwha Vision", "XNV-8080R")
    assert names().find("Axis-like Corp") is None


def test_the_series_are_sound() -> None:
    assert set(all_series()) <= {name.name for name in names().by_name.values() if not name.brand_only}


def test_lineage_names_makers_only(tmp_path: Path) -> None:
    makers = tmp_path / "makers.yaml"
    makers.write_text(
        "makers:\n  - {name: A1, aliases: []}\nbrands:\n  - {name: B1, aliases: [a1]}\n", encoding="utf-8"
    )
    lineage = tmp_path / "lineage.yaml"
    lineage.write_text("rows:\n  - {brand: B2, makers: [B1], grade: C, source: x}\n", encoding="utf-8")
    with pytest.raises(PackError) as caught:
        load_names(makers, lineage)
    said = str(caught.value)
    assert "'a1' is a spelling of A1 and B1" in said
    assert "expected a name of makers.yaml as brand, found 'B2'" in said
    assert "expected a maker of makers.yaml, found 'B1'" in said
