"""State of the operator's machine is never touched by a test: it gets a directory of its own."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def state_dir(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A fresh state directory (refused logins are remembered there)."""
    path = tmp_path_factory.mktemp("state")
    monkeypatch.setenv("CAMAUDIT_STATE_DIR", str(path))
    return path
