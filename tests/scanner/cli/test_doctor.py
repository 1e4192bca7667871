"""The doctor says what is there, what is reduced, and fits a terminal."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from scanner.cli import doctor


def test_it_fits_a_terminal_and_says_all() -> None:
    result = CliRunner().invoke(doctor.command)
    assert result.exit_code == 0, result.output
    assert all(len(line) <= 80 for line in result.output.splitlines())
    for word in ("python", "packages", "onvif wsdl", "state", "nmap", "chromium", "loopback", "raw sockets", "extras"):
        assert word in result.output


def test_what_is_missing_makes_it_exit_with_1(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("CAMAUDIT_STATE_DIR", str(tmp_path / "file" / "state"))
    monkeypatch.setenv("PATH", str(tmp_path))
    result = CliRunner().invoke(doctor.command)
    assert result.exit_code == 1
    lines = " ".join(result.output.split())
    assert "MISSING state" in lines
    assert "REDUCED nmap not installed. --ports-by nmap and --services are not available" in lines
    assert "REDUCED chromium not installed. Only our own tests need it" in lines
    assert "1 missing, 2 reduced" in lines


def test_one_loopback_address_only() -> None:
    check = doctor._loopback(lambda address: address == "127.0.0.1")
    assert check.state == "reduced"
    assert "127.0.0.2 cannot be used" in " ".join(check.lines())


def test_a_program_that_does_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = tmp_path / "nmap"
    broken.write_text("no program")
    broken.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert doctor._nmap().state == "reduced"
