"""Hours on the command line: shown before anything is sent, refused in one line, and told while they are waited for."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from audits import camaudit
from rich.console import Console

from scanner.cli.progress import Lines

ESTATE = """
[organisation]
timezone = "Europe/London"
[[site]]
name = "Leeds"
ranges = ["127.34.40.1"]
hours = "10:00-11:00"
"""


@pytest.fixture
def estate(tmp_path: Path) -> str:
    path = tmp_path / "estate.toml"
    path.write_text(ESTATE)
    return str(path)


def test_a_dry_run_shows_the_hours(estate: str) -> None:
    """Of each site, by its clock, and when they begin or end next."""
    done = camaudit("scan", "--estate", estate, "--dry-run", "--hours", "Mon-Sun 09:00-12:00")

    assert done.returncode == 0, done.stderr
    lines = [line for line in done.stdout.splitlines() if line.startswith("Hours of ")]
    assert lines[0].startswith("Hours of all other addresses: Mon-Sun 09:00-12:00 (Europe/London); ")
    assert lines[1].startswith(
        "Hours of site Leeds: 10:00-11:00 (Europe/London) and Mon-Sun 09:00-12:00 (Europe/London)"
    )
    assert lines[1].endswith(":00")


@pytest.mark.parametrize(
    ("hours", "message"),
    [
        ("19:00", "--hours: expected a span such as 19:00-06:00, found '19:00' in '19:00'"),
        ("12:00-13:00", "Site Leeds would never be asked: 10:00-11:00 (Europe/London) and 12:00-13:00 (Europe/London)"),
    ],
)
def test_hours_that_cannot_be_are_refused_in_one_line(estate: str, hours: str, message: str) -> None:
    """Before a packet: exit 2."""
    done = camaudit("scan", "--estate", estate, "--hours", hours, "--dry-run")

    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_hours_from_the_environment_keep_their_commas() -> None:
    """They are separated by semicolons there."""
    done = camaudit("scan", "127.34.40.1", "--dry-run", CAMAUDIT_HOURS="Sat,Sun 10:00-11:00; 01:00-02:00")

    assert "Hours of all other addresses: Sat,Sun 10:00-11:00; 01:00-02:00 (local time)" in done.stdout


def test_waiting_is_told() -> None:
    """A line where there is no terminal; nothing when it is over."""
    out = io.StringIO()
    with Lines(Console(file=out, width=40)) as lines:
        lines.phase("sweep", 2)
        lines.waiting("waiting for the hours of site Leeds until 19:00")
        lines.waiting("")

    assert out.getvalue().splitlines() == ["Asking addresses: 2", "waiting for the hours of site Leeds until 19:00"]
