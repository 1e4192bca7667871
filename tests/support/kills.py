"""An audit that is killed again and again, and gone on with, and what came of it beside an undisturbed one."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from scanner.history import Store
from scanner.lab import Fleet
from scanner.model import Device, Inventory
from scanner.net import Ledger

SOONEST, LATEST = 0.5, 6.0
"""Seconds between the start of a run and its SIGKILL."""


@dataclass(frozen=True)
class Killed:
    """``kills`` that hit a run under way; ``asked_again`` are packets to devices that were finished before."""

    kills: int
    asked_again: tuple[str, ...]
    inventory: Inventory
    ledger_problems: tuple[str, ...]


def audit(words: Sequence[str], out: Path) -> subprocess.CompletedProcess[str]:
    """One undisturbed audit."""
    return subprocess.run(
        [sys.executable, "-m", "scanner.cli", "scan", *words, "-o", str(out), "--quiet"],
        capture_output=True, text=True, timeout=300, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip


def audit_with_kills(fleet: Fleet, words: Sequence[str], out: Path, kills: int, seed: int) -> Killed:
    """Start the audit, kill it at a random moment, go on with it, kill it ..., and let the last run come to its end."""
    chance = random.Random(seed)
    hit, again = 0, []
    finished: set[str] = set()
    command = ["scan", *words, "-o", str(out), "--quiet"]
    while True:
        before = len(fleet.received)
        process = subprocess.Popen(
            [sys.executable, "-m", "scanner.cli", *command],
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        if hit < kills:
            time.sleep(chance.uniform(SOONEST, LATEST))
        else:
            process.wait(300)
        ended = process.poll() is not None
        process.kill()
        _, said = process.communicate()
        again += [str(one) for one in fleet.received[before:] if one.address in finished]
        if ended:
            assert process.returncode == 0, said
            break
        hit += 1
        finished = _finished(out / "inventory.sqlite")
        if (out / "request.json").exists():
            command = ["scan", "--resume", str(out), "--quiet"]
    with Store.open(out / "inventory.sqlite") as store:
        inventory = store.load()
    return Killed(hit, tuple(again), inventory, tuple(Ledger.verify(out / "ledger.jsonl")))


def _finished(path: Path) -> set[str]:
    """Addresses of the devices that were read to the end, as the inventory of a dead run says."""
    if not path.exists() or not path.stat().st_size:
        return set()
    with Store.open(path) as store:
        if not store.audits():
            return set()
        return store.done("read") & {device.address for device in store.devices()}


def told(inventory: Inventory) -> dict[str, Any]:
    """What an inventory says, without the moments and proofs that differ from one run to the next."""
    return {
        "coverage": msgspec.to_builtins(inventory.audit.coverage),
        "devices": sorted((_told(device) for device in inventory.devices), key=lambda one: (one["address"], one["id"])),
    }


def _told(device: Device) -> dict[str, Any]:
    words: dict[str, Any] = msgspec.to_builtins(device)
    for name in ("first_seen", "last_seen"):
        del words[name]
    words["facts"].pop("time.skew_seconds", None)
    return _without_proofs(words)  # type: ignore[no-any-return]


def _without_proofs(words: Any) -> Any:
    if isinstance(words, dict):
        return {key: _without_proofs(value) for key, value in words.items() if key not in ("evidence", "raw", "detail")}
    return [_without_proofs(one) for one in words] if isinstance(words, list | tuple) else words


def proofs_missing(inventory: Inventory) -> set[str]:
    """Evidence that devices name and the inventory does not have."""
    named: set[str] = set()

    def look(words: Any, key: str = "") -> None:
        if isinstance(words, dict):
            for name, value in words.items():
                look(value, name)
        elif isinstance(words, list | tuple):
            for one in words:
                look(one, key)
        elif key == "evidence" and words:
            named.add(words)

    look([msgspec.to_builtins(device) for device in inventory.devices])
    return named - set(inventory.evidence)
