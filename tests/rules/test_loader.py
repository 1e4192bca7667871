"""Packs are read strictly: every problem at once, each with its file:line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from rule_samples import HEADER, RULE, write_pack

from rules import Pack, load_packs, read_packs
from scanner.errors import PackError


def problems(path: Path) -> list[str]:
    with pytest.raises(PackError) as caught:
        read_packs([path], [path.parent / "data"])
    return [str(problem).replace(f"{path.parent}/", "") for problem in caught.value.problems]


def lines_with(path: Path, *parts: str) -> int:
    """The number of the first line of a file that holds all parts."""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if all(part in line for part in parts):
            return number
    raise AssertionError(f"no line with {parts}")


def test_a_valid_pack_loads(tmp_path: Path) -> None:
    """The sample the refusals are made from is itself in order."""
    (pack,) = read_packs([write_pack(tmp_path)])

    assert isinstance(pack, Pack)
    assert [rule.id for rule in pack.rules] == ["OUR-01"]
    assert pack.rules[0].references[0].url == "https://example.org/"
    assert pack.rules[0].place.endswith("rules.yaml:2")


RULE_REFUSALS: list[tuple[dict[str, Any], tuple[str, ...], str]] = [
    ({"serverity": "high"}, ("serverity",), "unknown key 'serverity'; expected one of: id, title, severity"),
    ({"severity": "urgent"}, ("severity",), "expected one of: critical, high, info, low, medium; found 'urgent'"),
    ({"confidence_needed": "C4"}, ("confidence_needed",), "expected one of: C1, C2, C3, review-only; found 'C4'"),
    ({"severity": None}, ("- id",), "expected a key 'severity', found none"),
    ({"references": None}, ("- id",), "expected a key 'references', found none"),
    ({"references": []}, ("references",), "expected 'references' to be a list with at least one entry"),
    (
        {"references": [{"id": "X-1", "section": "1"}]},
        ("X-1",),
        "unknown source 'X-1'; the header of the pack has: OUR-01",
    ),
    ({"detect": None}, ("- id",), "expected one of the keys 'detect' and 'expect', found none"),
    (
        {"expect": {"service.ssh": {"equals": True}}},
        ("- id",),
        "expected one of the keys 'detect' and 'expect', found both",
    ),
    ({"detect": {}}, ("detect",), "expected a condition, found an empty one"),
    ({"detect": {"service.telnett": {"equals": True}}}, ("telnett",), "unknown fact key 'service.telnett'"),
    (
        {"detect": {"service.telnet": {"equals": "no"}}},
        ("equals: 'no'",),
        "equals: service.telnet takes a value of type bool",
    ),
    ({"applies_to": {"identity.maker": {"in_list": "x"}}}, ("in_list",), "unknown data list 'x'"),
    ({"id": "our01"}, ("id: our01",), "expected an id like ABC-01, found 'our01'"),
    ({"valid_from": "2026-02-30"}, ("valid_from",), "expected a date (YYYY-MM-DD), found '2026-02-30'"),
    ({"rationale": " "}, ("rationale",), "expected rationale to say something, found an empty text"),
    ({"rationale": "This is illegal."}, ("rationale",), "rationale says 'illegal': that is for a court to say"),
    ({"title": "x" * 61}, ("title",), "expected a title of at most 60 characters"),
    ({"examples": None}, ("- id",), "expected a key 'examples', found none"),
    ({"examples": []}, ("examples",), "expected 'examples' to be a list with at least one entry"),
    (
        {"examples": RULE["examples"][1:]},
        ("examples",),
        "expected an example with the verdict 'fail' or 'review', found none",
    ),
    ({"examples": RULE["examples"][::2]}, ("examples",), "expected an example with the verdict 'pass', found none"),
    ({"examples": RULE["examples"][:2]}, ("examples",), "expected an example with the verdict 'unknown', found none"),
    ({"given": {"nothing": 1}}, ("nothing",), "unknown fact key 'nothing'"),
    ({"given": {"site.type": "schol"}}, ("schol",), "site.type is never 'schol'"),
    (
        {"changes": [{"severity": "low"}]},
        ("- severity",),
        "expected 'from' or 'when' to say when this changes, found neither",
    ),
    ({"changes": [{"from": "2027-01-01"}]}, ("- from",), "expected something that changes, found nothing"),
    ({"changes": [{"when": {}, "severity": "low"}]}, ("when",), "expected a condition, found an empty one"),
]


@pytest.mark.parametrize(("rule", "where", "said"), RULE_REFUSALS)
def test_rules_that_do_not_load(tmp_path: Path, rule: dict[str, Any], where: tuple[str, ...], said: str) -> None:
    """Each mistake in a rule is refused at the line it stands on."""
    pack = write_pack(tmp_path, rule)
    line = lines_with(pack / "rules.yaml", *where)

    found = problems(pack)

    assert found[0][: len(said) + 30].startswith(f"ours/rules.yaml:{line}: {said}")
    assert len(found) == 1


HEADER_REFUSALS: list[tuple[dict[str, Any], tuple[str, ...], str]] = [
    ({"version": 1.0}, ("version",), "expected text, found 1.0"),
    ({"law_checked_on": "22.11.2026"}, ("law_checked_on",), "expected a date (YYYY-MM-DD), found '22.11.2026'"),
    ({"law_checked_on": None}, ("id: ours",), "expected a key 'law_checked_on', found none"),
    ({"id": "theirs"}, ("id: theirs",), "expected the id of the pack to be its folder name, 'ours'"),
    ({"jurisdiction": "moon"}, ("jurisdiction",), "expected one of: any, uk, england"),
    ({"data": ["nowhere"]}, ("nowhere",), "unknown data list 'nowhere'; expected one of: bis-entity-list"),
    ({"data": ["s889-producers"]}, ("data",), "no rule asks the data list 's889-producers'"),
    ({"valid_from": "2026-01-02", "valid_to": "2026-01-01"}, ("valid_to",), "valid_to 2026-01-01 is before valid_from"),
    (
        {"sources": {**HEADER["sources"], "X-2": HEADER["sources"]["OUR-01"]}},
        ("X-2",),
        "no rule cites the source 'X-2'",
    ),
    ({"owner": "us"}, ("owner",), "unknown key 'owner'"),
]


@pytest.mark.parametrize(("header", "where", "said"), HEADER_REFUSALS)
def test_headers_that_do_not_load(tmp_path: Path, header: dict[str, Any], where: tuple[str, ...], said: str) -> None:
    """Each mistake in a header is refused at the line it stands on."""
    pack = write_pack(tmp_path, **header)
    line = lines_with(pack / "pack.yaml", *where)

    found = problems(pack)

    assert found[0].startswith(f"ours/pack.yaml:{line}: {said}")
    assert len(found) == 1


def test_every_problem_is_told_at_once(tmp_path: Path) -> None:
    """Mistakes in one field, one rule or one file hide none in the others."""
    bad = {"severity": "urgent", "detect": {"a.b": {"equals": 1}}, "title": "x" * 61}
    pack = write_pack(tmp_path, bad, {"id": "OUR-02", "examples": []}, version=2)

    assert [said.partition(": ")[2][:28] for said in problems(pack)] == [
        "expected text, found 2",
        "expected one of: critical, h",
        "expected a title of at most ",
        "unknown fact key 'a.b'",
        "expected 'examples' to be a ",
    ]


def test_duplicate_keys_and_ids_are_refused(tmp_path: Path) -> None:
    """A key or a rule id that is there twice is named with the place of the first."""
    twice = write_pack(tmp_path, {}, {})
    lines = (twice / "rules.yaml").read_text().splitlines()
    first, second = (number for number, line in enumerate(lines, 1) if line.startswith("- id"))

    (found,) = problems(twice)
    assert found.startswith(f"ours/rules.yaml:{second}: the rule id 'OUR-01' is there twice, first at ")
    assert found.endswith(f"rules.yaml:{first}")

    (twice / "rules.yaml").write_text("rules:\n  - id: A-1\n    id: B-1\n")
    assert problems(twice)[0] == "ours/rules.yaml:3: duplicate key 'id', first on line 2"


def test_data_lists_are_read_strictly(tmp_path: Path) -> None:
    """A list of one's own is refused with its lines, and is there beside the shipped ones when it is right."""
    row = "{entity: E, makers: [Axis], from: 2026-01-01, source: s, verified: true}"
    asks = {
        "detect": {"identity.maker": {"in_list": "mine"}},
        "examples": [
            {"facts": {"identity.maker": "Axis"}, "verdict": "fail"},
            {"facts": {"identity.maker": "Bosch"}, "verdict": "pass"},
            RULE["examples"][2],
        ],
    }
    pack = write_pack(tmp_path, asks, data=["mine"])
    data = tmp_path / "data" / "mine.yaml"
    data.parent.mkdir()
    head = "id: mine\ntitle: t\nchecked_on: 2026-01-01\nnote: n\nrows:\n"

    data.write_text(head + f"  - {row}\n")
    assert [one.id for one in read_packs([pack], [data.parent])[0].data] == ["mine"]

    data.write_text(
        head.replace("mine", "other")
        + f"  - {row.replace('[Axis]', '[]').replace('true', 'no')}\n  - {row[:-1]}, to: 2025-01-01}}\n"
    )
    assert [said.partition(": ")[::2] for said in problems(pack)][:4] == [
        ("data/mine.yaml:1", "expected the id of the list to be its file name, 'mine'"),
        ("data/mine.yaml:6", "expected true or false, found 'no'"),
        ("data/mine.yaml:6", "expected at least one maker, found none"),
        ("data/mine.yaml:7", "to 2025-01-01 is before from 2026-01-01"),
    ]


def test_a_folder_without_a_pack_says_so(tmp_path: Path) -> None:
    """A path with nothing to read is an error, not an empty set of rules."""
    with pytest.raises(PackError, match=r"expected a folder with a pack\.yaml"):
        load_packs(extra_dirs=[tmp_path])


def test_packs_are_chosen_by_name(tmp_path: Path) -> None:
    """Names select; one that nobody has is refused with those there are; own packs stand beside the shipped ones."""
    write_pack(tmp_path)

    assert [pack.id for pack in load_packs(["ours", "eu-aia"], [tmp_path])] == ["eu-aia", "ours"]
    with pytest.raises(PackError, match="unknown pack 'eu-ia'; expected one of: baseline, eu-aia"):
        load_packs(["eu-ia"])


def test_the_hash_of_a_pack_follows_its_files(tmp_path: Path) -> None:
    """A changed word changes the hash that the report prints."""
    before = read_packs([write_pack(tmp_path)])[0].sha256

    assert read_packs([write_pack(tmp_path)])[0].sha256 == before
    assert read_packs([write_pack(tmp_path, {"rationale": "Another."})])[0].sha256 != before
