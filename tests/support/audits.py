"""Runs the real command line against a lab fleet and gives back everything a test may ask about."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scanner.history import Store
from scanner.lab import Fleet
from scanner.model import Device, Inventory


@dataclass(frozen=True)
class Audited:
    """One finished audit of a fleet."""

    fleet: Fleet
    directory: Path
    result: subprocess.CompletedProcess[str]
    inventory: Inventory
    document: dict[str, Any]
    ledger: list[dict[str, Any]]

    def device(self, address: str) -> Device:
        """The device at an address, seen directly."""
        return next(found for found in self.inventory.devices if found.address == address and not found.seen_through)

    def findings(self, address: str) -> list[dict[str, Any]]:
        """Findings of the device at an address, as audit.json has them."""
        wanted = self.device(address).id
        return [finding for finding in self.document["findings"] if finding["device"] == wanted]


def camaudit(*words: str, timeout: float = 150, **environment: str) -> subprocess.CompletedProcess[str]:
    """``camaudit WORDS`` in a process of its own; the result with both streams as text."""
    return subprocess.run(
        [sys.executable, "-m", "scanner.cli", *words],
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
        stdin=subprocess.DEVNULL,
        env={**os.environ, "NO_COLOR": "1", "COLUMNS": "80", **environment},
    )


@contextmanager
def audit_of(fleet: Fleet, directory: Path, *more: str, networks: Sequence[str] = ()) -> Iterator[Audited]:
    """Scan a running fleet with the inputs its auditor would have."""
    inputs = directory / "inputs"
    inputs.mkdir(parents=True)
    fleet.write_inputs(inputs)
    out = directory / "audit"
    result = camaudit(
        "scan", *(networks or [device.address for device in fleet.devices]),
        "--estate", str(inputs / "estate.toml"), "--logins", str(inputs / "logins.toml"), "-T", "fast",
        "--fail-on", "high", "-o", str(out), *more,
    )  # fmt: skip
    assert "Traceback" not in result.stderr, result.stderr
    assert (out / "audit.json").is_file(), result.stderr
    store = Store.open(out / "inventory.sqlite")
    try:
        inventory = store.load()
    finally:
        store.close()
    lines = (out / "ledger.jsonl").read_text(encoding="utf-8").splitlines()
    yield Audited(
        fleet,
        out,
        result,
        inventory,
        json.loads((out / "audit.json").read_text()),
        [json.loads(line) for line in lines],
    )
