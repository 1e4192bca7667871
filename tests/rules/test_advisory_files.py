"""Files of advisories are refused with file:line; a model that is merely like a named one is not called affected."""

from __future__ import annotations

import copy
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from rules.advisories.assess import Unit, assess
from rules.advisories.book import FlawBook
from rules.advisories.model import AdvisoryFile
from rules.advisories.reader import read_advisories
from rules.fields import Trouble
from scanner.fingerprint import firmware, versions

VALID: dict[str, Any] = {
    "id": "ours", "maker": "Hikvision", "title": "Flaws", "checked_on": date(2026, 11, 22), "covers": "advisories",
    "covers_from": date(2020, 11, 1), "exploited_as_of": date(2026, 8, 7), "note": "A sample.",
    "advisories": [{
        "id": "A-1", "title": "A flaw", "cves": ["CVE-2021-99999"], "url": "https://example.org/a",
        "published": date(2021, 9, 18), "severity": "high", "cvss": 9.8,
        "kev": {"added": date(2022, 1, 10), "due": date(2022, 1, 24)}, "source": "https://example.org/s",
        "checked_on": date(2026, 11, 22), "verified": True,
        "rows": [{
            "models": ["DS-2CD2xx2F-I Series"], "precision": "exact",
            "affected": [{"since": "V5.2.0 build 140721", "through": "V5.4.0 build 160530"}],
        }],
    }],
}  # fmt: skip


def read(folder: Path, change: Callable[[dict[str, Any]], None]) -> tuple[tuple[AdvisoryFile, ...], list[str]]:
    """The changed sample, written and read: what was kept, and the problems with the folder's name left out."""
    sample = copy.deepcopy(VALID)
    change(sample)
    (folder / "advisories").mkdir()
    (folder / "advisories" / "ours.yaml").write_text(yaml.safe_dump(sample, sort_keys=False), encoding="utf-8")
    trouble = Trouble()
    files = read_advisories([folder], trouble)
    return files, [str(problem).replace(f"{folder}/advisories/", "") for problem in trouble.problems]


def first(sample: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = sample["advisories"][0]
    return found


def spans(sample: dict[str, Any]) -> list[Any]:
    found: list[Any] = first(sample)["rows"][0]["affected"]
    return found


def test_the_sample_is_in_order(tmp_path: Path) -> None:
    files, problems = read(tmp_path, lambda sample: None)

    assert problems == []
    assert [one.id for file in files for one in file.advisories] == ["A-1"]


REFUSED: list[tuple[Callable[[dict[str, Any]], Any], str]] = [
    (lambda s: s.update(maker="Hikvison"), "expected a maker of makers.yaml, found 'Hikvison'"),
    (lambda s: s.update(maker="Annke"), "expected a maker of makers.yaml, found 'Annke'"),  # a name on others' units
    (lambda s: s.update(id="theirs"), "expected the id to be the file name, 'ours'"),
    (lambda s: s.pop("covers_from"), "expected a key 'covers_from' beside 'covers: advisories', found none"),
    (lambda s: s.update(checked_on="soon"), "expected"),
    (lambda s: s.update(advisories=[]), "expected 'advisories' to be a list with at least one entry"),
    (
        lambda s: s["advisories"].append(copy.deepcopy(first(s))),
        "the advisory 'A-1' is there twice, first at ours.yaml",
    ),
    (lambda s: first(s).update(cves=["CVE-21-1"]), "expected an id like CVE-2021-36260, found 'CVE-21-1'"),
    (lambda s: first(s).update(cves=[]), "expected at least one CVE, found none"),
    (lambda s: first(s).update(url="example.org"), "expected an address, found 'example.org'"),
    (lambda s: first(s).pop("source"), "expected a key 'source', found none"),
    (lambda s: first(s).update(kev={"added": "January", "due": date(2022, 1, 24)}), "expected"),
    (
        lambda s: first(s).update(kev={"added": date(2022, 1, 24), "due": date(2022, 1, 10)}),
        "'due' on or after 'added'",
    ),
    (lambda s: first(s).update(severity="terrible"), "expected one of"),
    (lambda s: spans(s)[0].update(since="V5.5.0 build 170101"), "expected the start of the range before its end"),
    (lambda s: spans(s)[0].update(through="2.800.0000000.1.R"), "expected a version as Hikvision writes it"),
    (lambda s: spans(s)[0].update(before="V5.4.1"), "expected one end of the range, found several"),
    (lambda s: spans(s)[0].update(built_before="2021-06-25"), "expected versions or days of the build, found both"),
    (lambda s: spans(s).__setitem__(0, {"built_before": "June"}), "expected a day like 2021-06-25, found 'June'"),
    (
        lambda s: spans(s).__setitem__(0, {"built_since": "2021-06-25", "built_before": "2020-06-25"}),
        "expected the start of the range before its end",
    ),
    (lambda s: spans(s).__setitem__(0, {"tracks": ["V5.4.0", "V5.2.0"]}), "in ascending order"),
    (lambda s: first(s)["rows"][0].update(precision="not-public"), "expected [] where the range is not public"),
    (lambda s: first(s)["rows"][0].update(models=[""]), "expected a model as the maker writes it, found ''"),
    (lambda s: first(s).update(kevv=True), "unknown key 'kevv'"),
]


@pytest.mark.parametrize(("change", "words"), REFUSED, ids=[words[:48] for _, words in REFUSED])
def test_a_bad_file_is_refused(tmp_path: Path, change: Callable[[dict[str, Any]], None], words: str) -> None:
    """One line a problem, each with its file:line; nothing of the file is kept."""
    files, problems = read(tmp_path, change)

    assert files == ()
    assert any(words in problem for problem in problems), problems
    for problem in problems:
        assert problem.startswith("ours.yaml:"), problem
        assert problem.split(":")[1].isdecimal(), problem
        assert "\n" not in problem


# -- near misses ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("brand", "model", "text", "answer"),
    [
        ("Hikvision", "DS-2CD2042F-I", "V5.3.0 build 150513", "affected"),
        ("Hikvision", "DS-2CD2043G2-I", "V5.3.0 build 150513", "not applicable"),  # shares a prefix, is not listed
        ("Hikvision", "DS-2CD2042F-I", "V5.4.1 build 160601", "fixed"),
        ("Hikvision", "DS-2CD2042F-I", "V5.1.0 build 131202", "not applicable"),  # older than the flaw
        ("Hikvision", "DS-2CD2042F-I", "2.800.0000000.8.R, build date 2019-01-01", "cannot tell"),  # another grammar
        ("Hikvision", "DS-2CD2042F-I", None, "cannot tell"),
        ("Kestrel", "KV-2042", "V5.3.0 build 150513", "cannot tell"),  # under another name: never affected
        ("Kestrel", "KV-2042", "V5.3.0 build 200513", "fixed"),  # built after every affected one
        ("Hikvision", None, "V5.3.0 build 150513", "cannot tell"),
    ],
)
def test_near_misses(tmp_path: Path, brand: str, model: str | None, text: str | None, answer: str) -> None:
    """A wrong "affected" is worse than "cannot tell"."""
    (file,), _ = read(tmp_path, lambda sample: None)
    found = firmware.parse("Hikvision", text) if text else None

    told = assess(file.advisories[0], Unit("Hikvision", brand, model, found, "camera"))

    assert told.answer == answer, told.why


def test_a_shape_of_another_maker_gets_none_of_its_flaws(tmp_path: Path) -> None:
    """A TP-Link unit that writes its firmware as Hikvision does is held against TP-Link's advisories alone."""
    (file,), _ = read(tmp_path, lambda sample: None)
    book = FlawBook((file,), (), date(2026, 11, 23))
    found = firmware.parse("TP-Link", "V5.3.0 build 150513")

    told = book.flaws(Unit("TP-Link", "TP-Link", "VIGI C300", found, "camera"))

    assert all((one.cves, one.why) == ((), "no-data") for one in told.values())


@pytest.mark.parametrize(
    ("maker", "text", "bound"),
    [
        ("Hikvision", "2.800.0000000.8.R", "V5.4.0 build 160530"),
        ("Axis", "V5.7.15 build 240201", "11.11.140"),
        ("Dahua", "V5.7.15 build 240201", "2.800.0000000.25.R"),
        ("Vivotek", "5.7.15", "IB9387-VVTK-0103a"),
        ("Uniview", "5.7.15", "QIPC-B2202.3.73.C06290.NB.230628"),
    ],
)
def test_another_grammar_never_compares(maker: str, text: str, bound: str) -> None:
    unit, limit = versions.parse(maker, text), versions.parse(maker, bound)

    assert limit is not None
    assert unit is None or unit.compare(limit) is None
