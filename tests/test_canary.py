"""Secrets and records turn up nowhere: whatever devices print, nothing of it is written, logged, shown or raised."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from audits import camaudit
from everything_asked import cameras
from lab_client import visit

from scanner.history import Store
from scanner.lab import Fleet
from scanner.lab.leaks import MARK, leak
from scanner.lab.words import Placement

PASSWORD = leak("login")


@dataclass(frozen=True)
class Kept:
    """All that an audit left behind, and what it said while it ran."""

    fleet: Fleet
    directory: Path
    said: subprocess.CompletedProcess[str]

    def files(self) -> dict[str, bytes]:
        """Every file below the directory, by its name; the database as it lies on disk."""
        return {
            str(path.relative_to(self.directory)): path.read_bytes()
            for path in sorted(self.directory.rglob("*"))
            if path.is_file()
        }


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kept]:
    """Every camera of the lab, audited with all that can be logged; one login works, one is out of date."""
    directory = tmp_path_factory.mktemp("canary")
    inputs = tmp_path_factory.mktemp("inputs")
    placements: list[Any] = [Placement(personality=one.personality, password=PASSWORD) for one in cameras()]
    placements.append(Placement(personality="dahua-smd", password="somebody else's"))
    logins = inputs / "logins.toml"
    logins.write_text('[[login]]\nuser = "auditor"\npassword = "env:LAB_PASSWORD"\n', encoding="utf-8")
    logins.chmod(0o600)
    with Fleet(placements, base="127.107.62.0", fragile=False) as fleet:
        said = camaudit(
            "scan", *(device.address for device in fleet.devices), "--logins", str(logins), "-T", "fast", "-vv",
            "--log-file", str(directory / "log"), "-f", "html,json,csv", "-o", str(directory / "audit"),
            LAB_PASSWORD=PASSWORD, CAMAUDIT_STATE_DIR=str(directory / "state"),
        )  # fmt: skip
        yield Kept(fleet, directory, said)


def test_the_devices_do_leak(kept: Kept) -> None:
    """The test can fail: asked as the audit asks, devices print secrets of many kinds."""
    pages = {
        "hikvision-acusense-new": ("/ISAPI/System/Network/EZVIZ", "/ISAPI/System/Network/SNMP"),
        "dahua-nvr": tuple(
            f"/cgi-bin/configManager.cgi?action=getConfig&name={name}"
            for name in ("RemoteDevice", "SNMP", "Email", "NAS", "DDNS", "WLan", "T2UServer")
        ),
        "axis-lpr": ("/axis-cgi/param.cgi?action=list&group=SNMP,Network",),
    }
    seen = 0
    for personality, targets in pages.items():
        device = kept.fleet.device(personality)
        with visit(device.address) as camera:
            for target in targets:
                seen += camera.get(target, ("auditor", PASSWORD)).text.count(MARK) > 0

    assert seen >= 9


def test_the_audit_read_them(kept: Kept) -> None:
    """Most cameras were read with the login, so their pages did come."""
    assert "Traceback" not in kept.said.stderr, kept.said.stderr
    with Store.open(kept.directory / "audit" / "inventory.sqlite") as store:
        logins = [device.login for device in store.load().devices]

    assert logins.count("accepted") >= 15
    assert "refused" in logins


def test_no_secret_is_in_any_file(kept: Kept) -> None:
    """Database, ledger, evidence, log, memory of refusals, HTML, CSV and JSON."""
    files = kept.files()
    kinds = {Path(name).suffix for name in files}

    assert {".sqlite", ".jsonl", ".html", ".csv", ".json"} <= kinds
    assert (kept.directory / "log").stat().st_size
    assert [name for name, data in files.items() if MARK.encode() in data] == []


def test_no_secret_is_said(kept: Kept) -> None:
    """Neither on stdout nor on stderr, at the most talkative level."""
    assert "DEBUG" in kept.said.stderr.upper() or (kept.directory / "log").read_text(encoding="utf-8")
    assert MARK not in kept.said.stdout
    assert MARK not in kept.said.stderr


def test_showing_and_reporting_again_tells_none(kept: Kept) -> None:
    """What the other commands make of the same audit."""
    audit = str(kept.directory / "audit")
    address = kept.fleet.device("dahua-nvr").address
    for words in (("show", audit, address), ("features", audit), ("report", audit, "-f", "json", "-o", "-")):
        done = camaudit(*words)
        assert done.returncode == 0, done.stderr
        assert MARK not in done.stdout + done.stderr, words
