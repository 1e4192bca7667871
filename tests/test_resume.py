"""An audit that was killed goes on where it stopped: nothing is lost, and no finished device is asked again."""

from __future__ import annotations

from pathlib import Path

import pytest
from audits import camaudit
from kills import audit, audit_with_kills, proofs_missing, told

from scanner.cli.resume import load_request, save_request
from scanner.history import Store
from scanner.lab import Fleet
from scanner.targets import Wanted, parse_target

KINDS = [
    "hikvision-acusense-new", "dahua-face", "axis-aoa", "onvif-generic", "hikvision-nvr", "dahua-smd", "uniview-camera",
    "decoy-printer", "decoy-router", "bosch-camera",
]  # fmt: skip


def test_killed_again_and_again_it_ends_as_if_undisturbed(tmp_path: Path) -> None:
    """The inventory and the coverage are those of an undisturbed run; every proof is there; the ledger is whole."""
    words = ["127.61.1.0/25", "-T", "normal"]
    with Fleet(KINDS, base="127.61.1.0", fragile=False) as fleet:
        undisturbed = audit(words, tmp_path / "whole")
        assert undisturbed.returncode == 0, undisturbed.stderr
        with Store.open(tmp_path / "whole" / "inventory.sqlite") as store:
            expected = store.load()
        fleet.reset()
        killed = audit_with_kills(fleet, words, tmp_path / "killed", kills=5, seed=7)
        # Who is killed before he has heard the answers must ask again; the lab counts what comes within half a minute.
        assert [str(harm) for harm in fleet.harm if harm.kind != "too-many-datagrams"] == []

    assert killed.kills >= 1
    assert killed.asked_again == ()
    assert told(killed.inventory) == told(expected)
    assert proofs_missing(killed.inventory) == set()
    assert killed.ledger_problems == ()
    assert any("taken up again" in note for note in killed.inventory.audit.notes)


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory of an audit that came to its end."""
    out = tmp_path_factory.mktemp("finished") / "audit"
    with Fleet(["decoy-printer"], base="127.61.2.0"):
        assert camaudit("scan", "127.61.2.1", "-T", "fast", "-o", str(out)).returncode == 0
    return out


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ((), "expected an audit that was stopped, found one that came to its end"),
        (("127.61.2.1",), "leave out TARGETS"),
        (("--exclude", "127.61.2.1"), "leave out --exclude"),
        (("--authorised-by", "somebody"), "leave out --authorised-by"),
    ],
)
def test_what_cannot_be_resumed(finished: Path, more: tuple[str, ...], said: str) -> None:
    """One line, exit 2."""
    result = camaudit("scan", *more, "--resume", str(finished))

    assert result.returncode == 2
    assert said in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1


def test_no_audit_and_no_request(finished: Path, tmp_path: Path) -> None:
    """A directory without an audit, and a request that is none, are told in one line with the file."""
    nothing = camaudit("scan", "--resume", str(tmp_path))
    (tmp_path / "request.json").write_text('{"given": 3}')
    broken = camaudit("scan", "--resume", str(tmp_path))

    assert nothing.returncode == broken.returncode == 2
    assert "request.json: expected an audit to go on with" in nothing.stderr
    assert "request.json: expected the request of an audit" in broken.stderr


def test_doors_a_file_knew_are_known_after_a_stop(tmp_path: Path) -> None:
    """``--from FILE`` is read once: what it told is part of the request."""
    wanted = parse_target("127.61.3.1")
    save_request(tmp_path, {}, [Wanted("127.61.3.1", wanted.span, ports=(8899, 554))])
    _, again = load_request(tmp_path, {})

    assert [(one.text, one.span, one.ports) for one in again] == [("127.61.3.1", wanted.span, (8899, 554))]
