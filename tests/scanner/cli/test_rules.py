"""``camaudit rules``: list, show, lint and test, in 80 columns, with text of strangers kept as text."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from rule_samples import RULE, write_pack

from rules import load_packs


def rules(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "scanner.cli", "rules", *words], capture_output=True, text=True, timeout=60, check=False
    )


def test_list_names_every_rule_in_80_columns() -> None:
    """Each rule of each pack, with its severity; no line is wider than a terminal."""
    run = rules("list")

    assert run.returncode == 0, run.stderr
    assert all(rule.id in run.stdout for pack in load_packs() for rule in pack.rules)
    assert max(map(len, run.stdout.splitlines())) <= 80


def test_list_as_json_is_for_programs() -> None:
    """The same as data, one pack alone."""
    run = rules("list", "--pack", "eu-aia", "--format", "json")

    (pack,) = json.loads(run.stdout)
    assert [rule["id"] for rule in pack["rules"]] == ["EU-01", "EU-02", "EU-03", "EU-04", "EU-05"]
    assert pack["rules"][0]["references"][0]["url"].startswith("https://")
    assert rules("list", "--pack", "eu-ai").returncode == 2


def test_show_tells_all_of_a_rule() -> None:
    """What it asks, why, the remedy, what a person decides, and whether its sources were read."""
    run = rules("show", "ss-01")

    assert run.returncode == 0
    for text in (
        "applies to",
        "identity.maker in list prc-law-subject",
        "remedy",
        "for a person",
        "not verified",
        "UK-WMS-2022",
    ):
        assert text in run.stdout
    unwrapped = [line for line in run.stdout.splitlines() if "http" not in line]
    assert max(map(len, unwrapped)) <= 80


def test_an_unknown_rule_gets_one_line_of_help() -> None:
    """The nearest ids are named; the exit code is that of wrong use."""
    run = rules("show", "SS01")

    assert run.returncode == 2
    assert run.stderr.strip() == "camaudit: unknown rule 'SS01'; did you mean SS-01 or US-01 or SS-04?"


def test_lint_and_test_say_what_ran() -> None:
    """Counts per pack and in total."""
    lint, test = rules("lint"), rules("test")

    assert (lint.returncode, test.returncode) == (0, 0)
    assert f"rules in {len(load_packs())} packs, no problem found" in lint.stdout
    assert "examples, all as stated" in test.stdout


def test_lint_and_test_fail_with_places(tmp_path: Path) -> None:
    """A pack that does not load, or whose examples lie, ends with exit code 2 and file:line on stderr."""
    broken = write_pack(tmp_path / "broken", {"severity": "urgent", "detect": {"a": {"equals": 1}}})
    lying = write_pack(tmp_path / "lying", {"detect": {"service.telnet": {"equals": False}}})

    lint = rules("lint", str(broken))
    test = rules("test", str(lying))

    assert lint.returncode == 2
    assert lint.stderr.count("rules.yaml:") == 2
    assert test.returncode == 2
    assert "OUR-01: expected fail, found pass" in test.stderr
    assert "2 of 3 examples gave another verdict" in test.stderr
    assert rules("lint", str(tmp_path / "nowhere")).returncode == 2


def test_text_of_a_stranger_is_text(tmp_path: Path) -> None:
    """Markup in a rule is printed as it stands, and control characters never reach the terminal."""
    pack = write_pack(
        tmp_path,
        {"title": "[red]open[/red] [link=x]", "rationale": "a\u202eb\u2028c [bold]", "examples": RULE["examples"]},
    )

    listed, shown = rules("list", "--pack-dir", str(pack)), rules("show", "OUR-01", "--pack-dir", str(pack))

    assert "[red]open[/red] [link=x]" in listed.stdout
    assert "\u202e" not in shown.stdout
    assert "[bold]" in shown.stdout
