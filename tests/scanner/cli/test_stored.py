"""``judge`` and ``report`` over a stored audit: no network, the right files, the right exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest
from audits import camaudit
from sample_audit import sample_inventory

from scanner.history import Store


@pytest.fixture(scope="module")
def audit(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory of a stored audit."""
    return stored(tmp_path_factory.mktemp("audit"), interrupted=False)


def stored(directory: Path, *, interrupted: bool) -> Path:
    inventory = sample_inventory()
    with Store.create(directory / "inventory.sqlite") as store:
        store.save_audit(msgspec.structs.replace(inventory.audit, interrupted=interrupted))
        store.save_evidence(inventory.evidence.values())
        for device in inventory.devices:
            store.save_device(device)
    return directory


def test_report_writes_beside_the_inventory(tmp_path: Path) -> None:
    """All formats unless -f says otherwise; the paths are the data on stdout."""
    directory = stored(tmp_path, interrupted=False)

    run = camaudit("report", str(directory))

    assert run.returncode == 0, run.stderr
    assert [Path(line).name for line in run.stdout.splitlines()] == [
        "report.html", "audit.json", "findings.csv", "devices.csv", "features.csv", "settings.csv",
    ]  # fmt: skip
    assert all(Path(line).parent == directory for line in run.stdout.splitlines())


def test_report_takes_formats_and_a_place(audit: Path, tmp_path: Path) -> None:
    """The file of the inventory will do; -o names another directory."""
    run = camaudit("report", str(audit / "inventory.sqlite"), "-f", "json,csv", "-o", str(tmp_path / "out"), "-q")

    assert (run.returncode, run.stdout) == (0, "")
    assert {path.suffix for path in (tmp_path / "out").iterdir()} == {".json", ".csv"}


def test_report_prints_one_file(audit: Path) -> None:
    """-o - is stdout, for one file."""
    run = camaudit("report", str(audit), "-f", "json", "-o", "-")
    document = json.loads(run.stdout)
    several = camaudit("report", str(audit), "-f", "csv", "-o", "-")

    assert document["schema"] == "camaudit.audit/1"
    assert document["audit"]["judged_on"] == "2026-11-22"
    assert (several.returncode, several.stdout) == (2, "")
    assert "expected one format of one file for stdout" in several.stderr


def test_an_old_inventory_is_judged_as_of_a_day(audit: Path) -> None:
    """The day of the audit unless --date names another."""
    run = camaudit("report", str(audit), "-f", "json", "-o", "-", "--date", "2026-12-24")
    assert json.loads(run.stdout)["audit"]["judged_on"] == "2026-12-24"


def test_judge_prints_a_summary_and_its_exit_code_tells(audit: Path, tmp_path: Path) -> None:
    """3 when a finding is at or above --fail-on; the reports go where -o says."""
    calm = camaudit("judge", str(audit))
    strict = camaudit("judge", str(audit), "--fail-on", "high", "-o", str(tmp_path / "new"), "-f", "html")

    assert calm.returncode == 0, calm.stderr
    assert "Verdicts" in calm.stdout
    assert strict.returncode == 3, strict.stderr
    assert (tmp_path / "new" / "report.html").is_file()
    assert "wrote" in strict.stderr
    assert "wrote" not in strict.stdout


def test_an_incomplete_audit_stays_incomplete(audit: Path, tmp_path: Path) -> None:
    """Exit code 4 for little coverage and for an interrupted audit, which says so on its first page."""
    cut = stored(tmp_path, interrupted=True)

    assert camaudit("judge", str(audit), "--min-coverage", "99", "-q").returncode == 4
    assert camaudit("judge", str(cut), "-q").returncode == 4
    assert camaudit("report", str(cut), "-f", "html", "-q").returncode == 0
    assert "The audit was stopped before its end" in (cut / "report.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["report", "nowhere"], "expected the directory of an audit"),
        (["judge", "AUDIT", "-f", "html"], "expected -o with -f"),
        (["report", "AUDIT", "-f", "docx"], "expected one of the formats"),
        (["judge", "AUDIT", "--pack", "nobody"], "nobody"),
        (["judge", "AUDIT", "--rule", "nobody"], "expected the id of a rule"),
    ],
)
def test_mistakes_are_told_in_one_line(audit: Path, words: list[str], sentence: str) -> None:
    """Exit code 2, nothing on stdout."""
    run = camaudit(*(str(audit) if word == "AUDIT" else word for word in words))

    assert (run.returncode, run.stdout) == (2, "")
    assert sentence in run.stderr
    assert len(run.stderr.splitlines()) == 1
