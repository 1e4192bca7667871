"""The shipped packs: every example, the list of rules, the dates they carry, and what may never stand in them."""

from __future__ import annotations

import ast
import re
from datetime import date
from pathlib import Path

import pytest
import yaml
from needs import ROOT
from rule_samples import DAY, a_device, an_inventory, verdicts_of, write_pack

from rules import ExampleResult, Pack, Rule, asked_facts, load_packs, read_packs, run_examples
from rules.wording import lines_of
from scanner.facts import FACTS
from scanner.model import Organisation, Site

PACKS = load_packs()
RULES = [(pack, rule) for pack in PACKS for rule in pack.rules]

SHIPPED = {
    "baseline": [
        "HYG-01",
        "HYG-02",
        "HYG-03",
        "HYG-04",
        "HYG-05",
        "HYG-06",
        "HYG-08",
        "HYG-09",
        "HYG-10",
        "HYG-11",
        "HYG-12",
        "HYG-13",
        "HYG-14",
        "HYG-15",
    ],
    "eu-aia": ["EU-01", "EU-02", "EU-03", "EU-04", "EU-05"],
    "eu-gdpr": ["EU-07", "EU-08"],
    "known-vulnerabilities": ["HYG-07", "HYG-16", "US-10", "US-12", "US-13"],
    "uk-dp": ["DP-01", "DP-02", "DP-03", "DP-04", "DP-05", "DP-06", "DP-07", "DP-08", "DP-09", "DP-10", "DP-11"],
    "uk-health": ["HLT-01", "HLT-02", "HLT-03"],
    "uk-public": ["SCC-01", "SCC-02", "SCC-03", "SCO-01"],
    "uk-school": ["SCH-01", "SCH-02", "SCH-03"],
    "uk-sensitive": ["SS-01", "SS-02", "SS-03", "SS-04"],
    "uk-work": ["WRK-01", "WRK-02"],
    "us-supply": ["US-01", "US-02", "US-04", "US-05", "US-07", "US-08"],
}


def rule_of(rule_id: str) -> Rule:
    return next(rule for _, rule in RULES if rule.id == rule_id)


def test_the_rules_of_each_pack_are_pinned() -> None:
    """A rule that comes or goes shows here, and with it in review."""
    assert {pack.id: [rule.id for rule in pack.rules] for pack in PACKS} == SHIPPED


@pytest.mark.parametrize(
    "result",
    [result for pack in PACKS for result in run_examples(pack)],
    ids=lambda result: result.place.rpartition("/")[2],
)
def test_every_example_gives_its_verdict(result: ExampleResult) -> None:
    """Each example of each shipped rule."""
    assert result.is_right, str(result)


def test_a_wrong_example_is_caught(tmp_path: Path) -> None:
    """Examples are judged, not counted: a rule turned inside out fails its own."""
    (pack,) = read_packs([write_pack(tmp_path, {"detect": {"service.telnet": {"equals": False}}})])

    wrong = [result for result in run_examples(pack) if not result.is_right]

    assert [(result.expected, result.found) for result in wrong] == [("fail", "pass"), ("pass", "fail")]
    assert "expected fail, found pass (service.telnet=True)" in str(wrong[0])


@pytest.mark.parametrize(("pack", "rule"), RULES, ids=lambda one: getattr(one, "id", ""))
def test_rules_say_what_a_reader_needs(pack: Pack, rule: Rule) -> None:
    """Each rule has references with a day of checking, known facts, a pack that is in force, and plain words."""
    assert pack.law_checked_on == date(2026, 11, 22)
    assert pack.in_force(DAY)
    assert rule.in_force(DAY)
    assert not pack.is_stale(DAY)
    assert all(one.url.startswith("https://") and one.checked_on <= DAY for one in rule.references)
    assert set(asked_facts(rule)) <= set(FACTS)
    assert list(lines_of(rule.condition))


def test_the_dates_of_the_law_are_carried() -> None:
    """First days of packs and rules, and of what changes in them."""
    starts = {pack.id: pack.valid_from for pack in PACKS}
    changes = {rule.id: [one.since for one in rule.changes if one.since] for _, rule in RULES}

    assert starts["uk-school"] == date(2013, 9, 1)
    assert starts["us-supply"] == date(2019, 8, 13)
    assert starts["uk-sensitive"] == date(2022, 11, 24)
    assert starts["eu-aia"] == date(2025, 2, 2)
    assert rule_of("US-04").valid_from == date(2020, 8, 13)
    assert rule_of("US-05").valid_from == date(2023, 2, 6)
    assert rule_of("EU-05").valid_from == date(2026, 8, 2)
    assert changes["EU-04"] == [date(2027, 12, 2)]
    assert changes["SS-01"] == [date(2025, 5, 1)]


def test_readiness_for_the_ai_act_grows_into_a_duty() -> None:
    """EU-04 is medium until the day the high-risk duties apply, and high from then on."""
    assert rule_of("EU-04").on(date(2027, 12, 1)).severity == "medium"
    assert rule_of("EU-04").on(date(2027, 12, 2)).severity == "high"


def test_where_no_duty_stands_nothing_fails() -> None:
    """Advice, and duties that are not in force or whose proof no scanner sees, end in a review at the most."""
    without_duty = {rule.id for _, rule in RULES if rule.advisory} | {"EU-04"}

    assert without_duty >= {"SS-03", "US-08"}
    for name in without_duty:
        for day in (DAY, date(2027, 12, 2)):
            assert rule_of(name).on(day).confidence_needed == "review-only", name


@pytest.mark.parametrize(
    ("bodies", "tags", "meant"),
    [
        (("uk-central-government",), ("sensitive",), {"SS-01"}),
        (("uk-agency",), ("sensitive",), {"SS-01"}),
        (("uk-agency",), (), {"SS-03"}),
        (("uk-council",), ("sensitive",), {"SS-03"}),
        (("uk-nhs",), (), {"SS-03"}),
        (("private",), ("sensitive",), set()),
    ],
)
def test_the_removal_policy_binds_departments(bodies: tuple[str, ...], tags: tuple[str, ...], meant: set[str]) -> None:
    """Councils, schools, police and the NHS get advice, even where the auditor calls a site sensitive."""
    place = Site(name="Place", tags=tags, segment="dedicated")
    body = Organisation("Body", "england", bodies)
    found = verdicts_of(an_inventory(a_device(site="Place"), sites=(place,), organisation=body), PACKS)

    assert {rule for rule in ("SS-01", "SS-03") if found[rule].verdict != "not_applicable"} == meant
    assert found["SS-03"].verdict in ("review", "not_applicable")


def test_the_makers_on_lists_are_makers_the_scanner_knows() -> None:
    """A row whose maker no fingerprint can name would never match."""
    known = {row["name"] for row in yaml.safe_load((ROOT / "scanner/fingerprint/makers.yaml").read_text())["makers"]}

    assert {maker for pack in PACKS for data in pack.data for row in data.rows for maker in row.makers} <= known


def test_the_wording_at_sensitive_sites_follows_the_removal_date() -> None:
    """SS-01 speaks of a date that has passed only once it has."""
    before, after = (rule_of("SS-01").on(day) for day in (date(2025, 4, 30), date(2025, 5, 1)))

    assert "has passed" not in before.remediation
    assert "past" not in before.title
    assert "has passed" in after.remediation
    assert "past removal date" in after.title
    assert before.severity == after.severity == "critical"


def test_what_is_no_duty_is_advice() -> None:
    """A body without a sensitive site is advised, never failed."""
    assert rule_of("SS-03").advisory
    assert rule_of("SS-03").confidence_needed == "review-only"
    assert rule_of("US-08").advisory


def test_what_nobody_read_is_marked() -> None:
    """Statements from memory carry verified: false; the list behind the UK policy says that no firm is named."""
    unverified = {(one.id, one.section) for _, rule in RULES for one in rule.references if not one.verified}
    lists = {data.id: data for pack in PACKS for data in pack.data}

    assert ("UK-WMS-2022", "HCWS386") in unverified
    assert ("UK-EQA", "s149") in unverified
    assert not any(row.verified for row in lists["prc-law-subject"].rows)
    assert "names no firm" in lists["prc-law-subject"].note
    assert [row.makers for row in lists["bis-entity-list"].rows if not row.verified] == [("Tiandy",)]


def test_lists_name_makers_as_fingerprints_do() -> None:
    """A maker on a list is spelled as identities spell it, or is one that no pattern knows yet."""
    makers = yaml.safe_load((ROOT / "scanner/fingerprint/makers.yaml").read_text(encoding="utf-8"))["makers"]
    known = {row["name"].casefold(): row["name"] for row in makers}
    aliases = {alias.casefold() for row in makers for alias in row["aliases"]}
    listed = {maker for pack in PACKS for data in pack.data for row in data.rows for maker in row.makers}

    assert {"Hikvision", "Dahua", "Uniview", "Tiandy"} <= listed
    for maker in listed:
        assert known.get(maker.casefold(), maker) == maker
        assert maker.casefold() not in aliases or maker.casefold() in known


def test_nothing_says_illegal() -> None:
    """Whether a law was broken is for a court; no text of a pack or of the engine says so."""
    word = re.compile(r"\b(illegal|unlawful|non-compliant|criminal)", re.IGNORECASE)
    texts = [*(ROOT / "rules").rglob("*.yaml"), *(ROOT / "rules").glob("*.py")]

    found = [
        path.name for path in texts if path.name != "rule_reader.py" and word.search(path.read_text(encoding="utf-8"))
    ]

    assert len(texts) > 20
    assert found == []


ALLOWED = {"scanner.model", "scanner.facts", "scanner.errors", "scanner.strictfile"}
ALLOWED |= {
    "scanner.fingerprint",
    "scanner.fingerprint.makers",
    "scanner.fingerprint.versions",
}  # how makers write themselves
LIBRARY = {
    "__future__",
    "collections.abc",
    "contextlib",
    "dataclasses",
    "functools",
    "datetime",
    "difflib",
    "hashlib",
    "ipaddress",
    "itertools",
    "msgspec",
    "pathlib",
    "re",
    "typing",
}


def test_rules_are_pure() -> None:
    """Rules import the ground, msgspec and a few modules of Python; no clock is read, nothing is opened but files."""
    offenders = []
    for path in sorted((ROOT / "rules").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else names
            offenders += [
                f"{path.name}: {name}"
                for name in names
                if name.split(".")[0] != "rules" and name not in ALLOWED | LIBRARY
            ]
            if isinstance(node, ast.Attribute) and node.attr in {"now", "today", "utcnow", "time", "environ", "random"}:
                offenders.append(f"{path.name}:{node.lineno}: {node.attr}")

    assert offenders == []
