"""``camaudit fingerprint``: rows in, one row a device out, a bad row named by its line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from scanner.cli.fingerprint import command
from scanner.errors import InputError
from scanner.facts import SEEN_IN

ROWS: list[dict[str, Any]] = [
    {"device": "b", "seen_in": "http-server-header", "raw": "App-webs/"},
    {"device": 7, "seen_in": "http-title", "raw": "HP LaserJet MFP M428fdw"},
    {"device": {"ip": "192.0.2.1"}, "seen_in": "http-title", "raw": "Camera"},
    {"device": "b", "seen_in": "mac", "raw": "c0:56:e3:00:00:01"},
]
FIELDS = ["device", "is_camera", "kind", "brand", "maker", "model", "firmware", "grade", "reasons"]


def test_one_row_a_device_in_order_of_first_appearance(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in ROWS) + "\n\n", encoding="utf-8")
    result = CliRunner().invoke(command, [str(path)])
    assert result.exit_code == 0, result.output
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    assert [list(row) for row in rows] == [FIELDS] * 3
    assert [row["device"] for row in rows] == ["b", 7, {"ip": "192.0.2.1"}]
    assert [row["is_camera"] for row in rows] == [True, False, None]
    assert (rows[0]["maker"], rows[0]["grade"]) == ("Hikvision", "C3")


def test_rows_from_standard_input() -> None:
    result = CliRunner().invoke(command, ["-"], input=json.dumps(ROWS[0]))
    assert json.loads(result.stdout)["maker"] == "Hikvision"


def test_nothing_in_nothing_out() -> None:
    result = CliRunner().invoke(command, ["-"], input="")
    assert (result.exit_code, result.stdout) == (0, "")


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("{", "expected"),
        ("[]", "expected"),
        ('{"device": 1, "seen_in": "mac"}', "raw"),
        ('{"device": 1, "seen_in": "mac", "raw": 3}', "raw"),
        ('{"device": 1, "seen_in": "smell", "raw": "x"}', "found 'smell'"),
        ('{"device": 1, "seen_in": "mac", "raw": "\\ud800"}', "expected"),
    ],
)
def test_a_bad_row_is_named(tmp_path: Path, line: str, complaint: str) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text(json.dumps(ROWS[0]) + "\n" + line + "\n", encoding="utf-8")
    result = CliRunner().invoke(command, [str(path)])
    assert isinstance(result.exception, InputError)
    said = str(result.exception)
    assert said.startswith(f"{path}:2: ")
    assert complaint in said
    assert "\n" not in said


def test_bytes_that_are_no_text_are_a_bad_row(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_bytes(b'{"device": 1, "seen_in": "mac", "raw": "\xff\xfe"}\n')
    assert isinstance(CliRunner().invoke(command, [str(path)]).exception, InputError)


def test_a_missing_file_is_said() -> None:
    result = CliRunner().invoke(command, ["/nowhere/rows.jsonl"])
    assert isinstance(result.exception, InputError)
    assert "No such file" in str(result.exception)


@pytest.mark.parametrize("seen_in", SEEN_IN)
def test_every_kind_is_taken(seen_in: str) -> None:
    row = json.dumps({"device": None, "seen_in": seen_in, "raw": "x"})
    result = CliRunner().invoke(command, ["-"], input=row)
    assert json.loads(result.stdout)["device"] is None
