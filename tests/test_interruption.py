"""An audit that is stopped keeps what it has seen, and says what it has not."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from scanner.history import Store
from scanner.lab import Fleet
from scanner.net import Ledger

KINDS = ["hikvision-acusense-new", "dahua-face", "axis-aoa", "onvif-generic"]


def start(fleet: Fleet, out: Path) -> subprocess.Popen[str]:
    """A polite scan of the fleet: slow enough to be stopped on the way."""
    words = [device.address for device in fleet.devices]
    return subprocess.Popen(
        [sys.executable, "-m", "scanner.cli", "scan", *words, "-T", "polite", "-o", str(out)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL,
    )  # fmt: skip


def wait_for_requests(fleet: Fleet) -> None:
    """Until first contact has begun."""
    until = time.monotonic() + 30
    while not any(item.protocol == "http" for item in fleet.received):
        assert time.monotonic() < until
        time.sleep(0.05)


def test_ctrl_c_ends_in_order(tmp_path: Path) -> None:
    """Exit 130, reports written, every device that answered is listed with what was left out."""
    out = tmp_path / "audit"
    with Fleet(KINDS, base="127.62.0.0") as fleet:
        scan = start(fleet, out)
        wait_for_requests(fleet)
        scan.send_signal(signal.SIGINT)
        _, said = scan.communicate(timeout=60)
        assert [str(harm) for harm in fleet.harm] == []

    assert scan.returncode == 130, said
    assert "Traceback" not in said
    with Store.open(out / "inventory.sqlite") as store:
        inventory = store.load()
    assert inventory.audit.interrupted
    assert len(inventory.devices) == len(KINDS)
    assert all(any(gap.why == "interrupted" for gap in device.gaps) for device in inventory.devices)
    assert (out / "report.html").is_file()
    assert Ledger.verify(out / "ledger.jsonl") == []


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL on this system")
def test_a_killed_audit_leaves_whole_files(tmp_path: Path) -> None:
    """SIGKILL in the middle: the inventory opens, and the ledger holds everything the lab received."""
    out = tmp_path / "audit"
    with Fleet(KINDS, base="127.63.0.0") as fleet:
        scan = start(fleet, out)
        wait_for_requests(fleet)
        scan.kill()
        scan.communicate(timeout=60)
        received = [item for item in fleet.received if item.protocol in ("http", "rtsp")]

    with Store.open(out / "inventory.sqlite") as store:
        assert store.load().audit.finished_at is None
    assert Ledger.verify(out / "ledger.jsonl") == []
    ledger = (out / "ledger.jsonl").read_text(encoding="utf-8")
    assert received
    assert [item for item in received if item.path not in ledger] == []
