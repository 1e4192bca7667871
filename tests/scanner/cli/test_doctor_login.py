"""``camaudit doctor --login``: one login on one device, tried once, and what it opens."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from audits import camaudit

from scanner.lab import Fleet
from scanner.lab.words import Placement

WORKS, REFUSED, LIMITED, DECOY = "127.107.41.1", "127.107.41.2", "127.107.41.3", "127.107.41.4"


@pytest.fixture(scope="module")
def fleet() -> Iterator[Fleet]:
    placements: list[Any] = [
        Placement(personality="axis-aoa"),
        Placement(personality="dahua-smd", login="refused"),
        Placement(personality="hikvision-forbidden"),
        Placement(personality="decoy-printer"),
    ]
    with Fleet(placements, base="127.107.41.0") as fleet:
        yield fleet


def doctor(host: str, state: Path, *more: str, password: str = "Lab-Passw0rd") -> tuple[int, str, str]:
    done = camaudit(
        "doctor", "--login", "env:PW", "--user", "auditor", "-T", "fast", host, *more,
        PW=password, CAMAUDIT_STATE_DIR=str(state),
    )  # fmt: skip
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, " ".join(done.stdout.split()), done.stderr


def test_a_login_that_works_is_told_with_its_role(fleet: Fleet, tmp_path: Path) -> None:
    """The role is what the device says; each driver that asked says which account it needs."""
    code, said, _ = doctor(WORKS, tmp_path)

    assert code == 0
    assert "login accepted role operator, the device says needs Axis:" in said
    assert "needs ONVIF:" in said
    assert [str(harm) for harm in fleet.harm] == []


def test_what_another_account_may_read_is_marked(fleet: Fleet, tmp_path: Path) -> None:
    """What is forbidden to this account stands apart from what nobody can read."""
    code, said, _ = doctor(LIMITED, tmp_path)

    assert code == 0
    assert "another account may: forbidden: face-detection, intrusion, line-crossing, object-class" in said
    assert "another account may: no-reader" not in said
    assert "role Operator, the device says" in said


def test_a_refused_login_is_tried_once_in_all(fleet: Fleet, tmp_path: Path) -> None:
    """Asked twice, the second run sends no password: the first refusal is remembered, as by scan."""
    gate = next(device for device in fleet.devices if device.address == REFUSED).gate
    before = gate.rejected
    answers = [doctor(REFUSED, tmp_path, password="yesterday's")[:2] for _ in range(2)]

    assert [code for code, _ in answers] == [4, 4]
    assert "REFUSED. It was tried once" in answers[0][1]
    assert "NOT TRIED. It was refused here before" in answers[1][1]
    assert "another account may: login-refused:" in answers[0][1]
    assert gate.rejected == before + 1


def test_a_decoy_gets_no_login(fleet: Fleet, tmp_path: Path) -> None:
    code, said, _ = doctor(DECOY, tmp_path)

    assert (code, "not tried: this is no camera or recorder" in said) == (4, True)
    assert not any(device.gate.rejected for device in fleet.devices if device.address == DECOY)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--login", "env:PW", "--user", "x", "10.1.2.3"), "--authorised-by"),
        (("--login", "env:PW", "192.0.2.1"), "expected a file of logins"),
        (("--login", "secret", "--user", "x", "127.0.0.1"), "expected a reference"),
        (("--login", "env:PW", "--user", "x"), "together"),
        (("127.0.0.1",), "together"),
        (("--user", "x"), "--login REF HOST"),
        (("--login", "env:PW", "--user", "x", "127.107.41.0/30"), "expected one host"),
        (("--login", "env:PW", "--user", "x", "--allow-basic", "no such host"), "no such host"),
    ],
)
def test_mistakes_are_one_line_and_cost_no_packet(words: tuple[str, ...], says: str, tmp_path: Path) -> None:
    """The same authorisation as scan, and exit code 2."""
    done = camaudit("doctor", *words, PW="x", CAMAUDIT_STATE_DIR=str(tmp_path))

    assert (done.returncode, done.stdout) == (2, "")
    assert says in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr


def test_a_file_of_logins_gives_the_entry_of_the_host(fleet: Fleet, tmp_path: Path) -> None:
    logins = tmp_path / "logins.toml"
    logins.write_text(f'[[login]]\nrange = "{WORKS}"\nuser = "auditor"\npassword = "env:PW"\n', encoding="utf-8")
    logins.chmod(0o600)
    done = camaudit(
        "doctor", "--login", str(logins), "-T", "fast", WORKS, "-o", str(tmp_path / "kept"),
        PW="Lab-Passw0rd", CAMAUDIT_STATE_DIR=str(tmp_path),
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    assert (tmp_path / "kept" / "ledger.jsonl").stat().st_size
