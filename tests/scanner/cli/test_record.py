"""``camaudit record`` and ``camaudit lab --recording`` as an operator meets them."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from audits import camaudit
from namespace import in_namespace
from needs import namespaces

from scanner.lab import Fleet
from scanner.lab.words import Placement
from scanner.recordings import load_recording

ADDRESS = "127.105.30.1"


def recorded(host: str, out: Path, user: str, password: str, state: Path) -> subprocess.CompletedProcess[str]:
    """``camaudit record`` with a login."""
    words = ["record", host, "--user", user, "--password-stdin", "-T", "fast", "--out", str(out)]
    return subprocess.run(
        [sys.executable, "-m", "scanner.cli", *words], input=f"{password}\n", text=True, capture_output=True,
        check=False, timeout=100, env={**os.environ, "NO_COLOR": "1", "XDG_STATE_HOME": str(state)},
    )  # fmt: skip


@contextmanager
def served(*files: Path, base: str) -> Iterator[str]:
    """The lab with these recordings; what it says before it is up."""
    words = ["lab", "--recording", *map(str, files), "--base", base]
    with subprocess.Popen(
        [sys.executable, "-m", "scanner.cli", *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as lab:
        assert lab.stderr is not None
        said = []
        for line in lab.stderr:
            said.append(line)
            if line.startswith(("up;", "camaudit:")):
                break
        try:
            yield "".join(said)
            lab.send_signal(signal.SIGINT)
            _, rest = lab.communicate(timeout=20)
        finally:
            lab.kill()
        assert lab.returncode == 0, rest
        assert " 0 harmful" in rest, rest


def test_record_serve_record(tmp_path: Path) -> None:
    """From the command line: the file is private, says what was replaced, and can be served and recorded again."""
    first, second = tmp_path / "camera.json", tmp_path / "again.json"
    placement = Placement(personality="dahua-face", name="Kanarie Hof 3", user="kanarie")
    with Fleet([placement], base="127.105.30.0", fragile=False) as fleet:
        run = recorded(ADDRESS, first, placement.user, placement.password, tmp_path)
        assert (run.returncode, fleet.harm) == (0, []), run.stderr
        device = fleet.devices[0]
    text = first.read_text()

    assert stat.S_IMODE(first.stat().st_mode) == 0o600
    assert "Ethernet address" in run.stdout
    assert "look through the file" in run.stdout
    assert not any(
        one.casefold() in run.stdout.casefold() + text.casefold() for one in ("kanarie", device.serial, device.mac)
    )
    assert device.address in (tmp_path / "camera.json.ledger.jsonl").read_text()
    assert not (set(run.stdout.split()) & {device.address})
    account = load_recording(first).account
    with served(first, base="127.105.31.0") as said:
        assert f"login: {account}" in said
        run = recorded("127.105.31.1", second, account, placement.password, tmp_path)
        assert run.returncode == 0, run.stderr
    one, two = load_recording(first).concluded, load_recording(second).concluded
    assert one["identity"] == two["identity"]
    assert [row["enabled"] for row in one["features"]] == [row["enabled"] for row in two["features"]]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("record", "Missing argument 'HOST'"),
        ("record 127.105.32.1", "Missing option '--out'"),
        ("record - --out new.json", "expected one address or host name, found -"),
        ("record 127.105.32.0/30 --out new.json", "expected one address or host name, found 2 addresses"),
        ("record 127.105.32.1 --out -", "found - (stdout)"),
        ("record 127.105.32.1 --out there.json", "there.json: expected a new file"),
        ("record 127.105.32.1 --out none/new.json", "no such directory"),
        ("record 10.99.0.1 --out new.json", "--authorised-by"),
        ("record 8.8.8.8 --out new.json --authorised-by a --reference b", "public"),
        ("record 127.105.32.1 --out new.json --logins none.toml", "none.toml: cannot be read"),
        ("lab --recording none.json", "none.json: cannot be read"),
        ("lab --recording there.json", "there.json: expected a recording"),
        ("lab up there.json", "files belong to --recording"),
        ("lab --recording there.json --inputs x", "--inputs: --inputs belongs to a fleet"),
    ],
)
def test_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: str, sentence: str) -> None:
    """A mistake is one line and exit code 2, and nothing is written."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "there.json").write_text("{}")

    run = camaudit(*words.split())

    assert (run.returncode, run.stdout) == (2, ""), run.stderr
    assert sentence in run.stderr
    assert len(run.stderr.splitlines()) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["there.json"]


def test_nobody_there(tmp_path: Path) -> None:
    """No answer, no recording: incomplete. What was sent stays written down, and it can be tried again."""
    for _ in range(2):
        run = camaudit("record", "127.105.33.9", "-T", "fast", "--out", str(tmp_path / "new.json"))
        assert (run.returncode, run.stdout) == (4, "")
        assert "nothing to record" in run.stderr
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {"new.json.ledger.jsonl", "new.json.ledger-2.jsonl"}


@pytest.mark.namespace
def test_without_authorisation_no_packet_leaves(tmp_path: Path) -> None:
    """As for a scan: exit 2, one line, not one packet; with it the counter sees some."""
    import json

    namespaces()
    base = [sys.executable, "-m", "scanner.cli", "record", "10.99.0.3", "--out"]
    ran = json.loads(in_namespace(*base, str(tmp_path / "a.json")).stdout)
    assert ran["code"] == 2
    assert len(ran["stderr"].strip().splitlines()) == 1
    assert sum(ran["sent"].values()) == 0
    words = ["--authorised-by", "a test", "--reference", "T-1", "-T", "fast"]
    ran = json.loads(in_namespace(*base, str(tmp_path / "b.json"), *words).stdout)
    assert ran["sent"]["out0"] > 0


def test_help_has_an_example_and_a_dry_run_sends_nothing(tmp_path: Path) -> None:
    told = camaudit("record", "--help")
    plan = camaudit("record", "127.105.34.1", "--out", str(tmp_path / "a.json"), "--dry-run")

    assert told.returncode == plan.returncode == 0
    assert "Example: camaudit record" in " ".join(told.stdout.split())
    assert "Nothing was sent." in plan.stdout
    assert list(tmp_path.iterdir()) == []
