"""Nothing leaves the machine before somebody said who authorised it: shown by a packet counter, in a namespace
without uplink."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from namespace import in_namespace
from needs import namespaces

pytestmark = pytest.mark.namespace


def scan(tmp_path: Path, *words: str) -> dict[str, Any]:
    """Run a scan in the namespace; exit code, both streams and packets sent by interface."""
    namespaces()
    run = in_namespace(sys.executable, "-m", "scanner.cli", "scan", *words, "-o", str(tmp_path / "out"))
    assert run.returncode == 0, run.stderr
    found: dict[str, Any] = json.loads(run.stdout)
    return found


def test_a_private_range_without_authorisation_is_refused_and_sends_nothing(tmp_path: Path) -> None:
    """Exit 2, one line with advice, not one packet on any interface."""
    ran = scan(tmp_path, "10.99.0.0/24")

    assert ran["code"] == 2
    assert "--authorised-by" in ran["stderr"]
    assert "--scope-file" in ran["stderr"] or "scope file" in ran["stderr"]
    assert len(ran["stderr"].strip().splitlines()) == 1
    assert sum(ran["sent"].values()) == 0


def test_the_counter_sees_an_authorised_scan(tmp_path: Path) -> None:
    """The same range with authorisation does send: the counter above can fail."""
    ran = scan(tmp_path, "10.99.0.0/29", "--authorised-by", "a test", "--reference", "T-1", "-T", "fast")

    assert ran["sent"]["out0"] > 0


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["10.99.0.0/33"], "10.99.0.0/33"),
        (["10.99.0.9-10.99.0.2"], "10.99.0.9"),
        (["8.8.8.8", "--authorised-by", "a", "--reference", "b"], "public"),
        (["127.0.0.1", "--ports", "70000"], "70000"),
        (["-iL", "{empty}"], "empty"),
        (["127.0.0.1", "--scope-file", "{expired}"], "2020-01-01"),
        (["127.0.0.1", "--scope-file", "{covered}"], "deny"),
        (["127.0.0.1", "--logins", "{unreadable}"], "CAMAUDIT_NO_SUCH_VARIABLE"),
        (["127.0.0.1", "--config", "{unknown}"], "colour"),
    ],
)
def test_bad_input_is_one_line_and_sends_nothing(tmp_path: Path, words: list[str], says: str) -> None:
    """Every bad input: exit 2, one line that names it (with file:line where there is a file), no packet."""
    files = {
        "empty": "# nobody\n",
        "expired": 'authorised_by = "a"\nreference = "b"\nvalid_until = 2020-01-01\nallow = ["127.0.0.0/8"]\n',
        "covered": 'authorised_by = "a"\nreference = "b"\nallow = ["127.0.0.0/24"]\ndeny = ["127.0.0.0/8"]\n',
        "unreadable": '[[login]]\nuser = "a"\npassword = "env:CAMAUDIT_NO_SUCH_VARIABLE"\n',
        "unknown": 'colour = "blue"\n',
    }
    named = ""
    for name, text in files.items():
        path = tmp_path / f"{name}.toml"
        path.write_text(text)
        path.chmod(0o600)
        if f"{{{name}}}" in words:
            named = str(path)

    ran = scan(tmp_path, *(word.format(**{name: tmp_path / f"{name}.toml" for name in files}) for word in words))

    assert ran["code"] == 2
    assert says in ran["stderr"]
    assert len(ran["stderr"].strip().splitlines()) == 1, ran["stderr"]
    assert sum(ran["sent"].values()) == 0
    if named:
        assert f"{named}:" in ran["stderr"]
