"""What an operator gets wrong at the command line: one line, exit code 2, nothing on stdout and nothing lost."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from audits import camaudit
from sample_audit import sample_inventory

from scanner.history import Store


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("bogus", "No such command 'bogus'"),
        ("scan --bogus", "No such option"),
        ("judge", "Missing argument 'AUDIT'. (see "),
        ("judge . --date 2026-13-01", "does not match the format"),
        ("scan 127.62.9.1 -o -", "expected a directory for the audit, found -"),
        ("scan 127.62.9.1 -o file", "file: expected a directory for the audit, found a file"),
        ("scan 127.62.9.1 -o out --log-file none/log", "none/log: the log cannot be written"),
        ("scan 127.62.9.1 --dry-run --waivers none.toml", "none.toml: cannot be read"),
        ("scan 127.62.9.1 --dry-run --pack nobody", "unknown pack 'nobody'"),
        ("scan 127.62.9.1 --dry-run --authorised-by me", "together, found one of them"),
        ("scan 127.62.9.1 --dry-run --logins none.toml", "camaudit: none.toml: cannot be read"),
        ("scan 127.62.9.1 --dry-run --logins folder", "folder: expected a file, found the directory"),
        ("scan 127.62.9.1 --dry-run --logins maker.toml", "maker.toml:1: expected a maker as the reports name it"),
        ("scan 127.62.9.1 --dry-run --logins site.toml", "site.toml:1: expected a site of the estate"),
        ("demo -o file/demo", "file/demo: the demo cannot be written here"),
        ("lab up --base 10.0.0.0", "--base: expected a loopback address"),
        ("lab up --base here", "--base: expected a loopback address"),
        ("lab up --fleet binary", "binary: expected the name or file of a fleet"),
    ],
)  # fmt: skip
def test_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: str, sentence: str) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    for name, condition in (("maker", 'maker = "Hikvison"'), ("site", 'site = "Leds"')):
        path = tmp_path / f"{name}.toml"
        path.write_text(f'[[login]]\n{condition}\nuser = "a"\npassword = "env:SOME"\n', encoding="utf-8")
        path.chmod(0o600)

    run = camaudit(*words.split(), SOME="secret")

    assert (run.returncode, run.stdout) == (2, ""), run.stderr
    assert run.stderr.startswith("camaudit: ")
    assert sentence in run.stderr
    assert len(run.stderr.splitlines()) == 1
    assert not (tmp_path / "out").exists()
    assert not (tmp_path / "-").exists()


def test_dry_run_finds_the_output_taken(tmp_path: Path) -> None:
    """What would end a scan ends its dry run, before a plan is printed."""
    (tmp_path / "ledger.jsonl").touch()
    run = camaudit("scan", "127.62.9.1", "--dry-run", "-o", str(tmp_path))
    assert (run.returncode, run.stdout) == (2, "")
    assert "holds an audit already" in run.stderr


@pytest.mark.skipif(os.name != "posix", reason="pipes and /dev/full as POSIX has them")
@pytest.mark.parametrize("words", [["rules", "list"], ["rules", "list", "--format", "json"]])
def test_a_reader_who_has_enough(words: list[str]) -> None:
    """``| head -1`` is no error of ours."""
    command = [sys.executable, "-m", "scanner.cli", *words]
    reader, writer = os.pipe()
    os.close(reader)
    run = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, check=False)
    os.close(writer)
    assert (run.returncode, run.stderr) == (0, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_full_disk_is_no_bug() -> None:
    """The reason, in one line; exit code 1."""
    with Path("/dev/full").open("w") as full:
        run = subprocess.run(
            [sys.executable, "-m", "scanner.cli", "rules", "list", "--format", "json"],
            stdout=full, stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
    assert run.returncode == 1
    assert run.stderr == "camaudit: the output: cannot be written: No space left on device\n"


def test_an_audit_without_an_end_is_incomplete(tmp_path: Path) -> None:
    """Cut off before its end, an audit never reads as clean."""
    inventory = sample_inventory()
    with Store.create(tmp_path / "inventory.sqlite") as store:
        store.save_audit(msgspec.structs.replace(inventory.audit, finished_at=None, interrupted=False))

    assert camaudit("judge", str(tmp_path), "-q").returncode == 4
    assert camaudit("report", str(tmp_path), "-f", "html", "-q").returncode == 0
    assert "The audit was stopped before its end" in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_a_waiver_for_nothing_is_named(tmp_path: Path) -> None:
    """A mistyped rule would leave the finding open without a word."""
    with Store.create(tmp_path / "inventory.sqlite") as store:
        store.save_audit(sample_inventory().audit)
    waivers = tmp_path / "waivers.toml"
    waivers.write_text(
        '[[waiver]]\nrule = "HGY-01"\ndevices = ["10.0.0.1"]\nreason = "r"\napproved_by = "b"\nevidence = "e"\n'
        "approved_on = 2026-11-01\nuntil = 2026-12-01\n", encoding="utf-8",
    )  # fmt: skip

    run = camaudit("judge", str(tmp_path), "--waivers", str(waivers), "-q")

    assert f"{waivers}:1: this waiver of HGY-01 is for no finding of this audit" in run.stderr


def test_banners_with_a_byte_order_mark(tmp_path: Path) -> None:
    """As Windows writes text."""
    path = tmp_path / "banners.jsonl"
    path.write_text('{"device": 1, "seen_in": "http-title", "raw": "x"}\n', encoding="utf-8-sig")
    run = camaudit("fingerprint", str(path))
    assert (run.returncode, run.stderr) == (0, "")
