"""What a test needs from the machine: skipped with a visible reason on a laptop, required in CI."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
RECORDINGS = ROOT.parent / "shared" / "recordings"


def need(there: bool, reason: str) -> None:
    """Skip with ``reason``; fail instead where ``CAMAUDIT_REQUIRE_ALL`` says that everything must run."""
    if there:
        return
    if os.environ.get("CAMAUDIT_REQUIRE_ALL"):
        pytest.fail(f"required here, not there: {reason}")
    pytest.skip(reason)


def chromium() -> str:
    """Path of a Chromium or Chrome."""
    found = next(
        (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), ""
    )
    need(bool(found), "no Chromium on this machine: the report is not opened in a browser")
    return found


def nmap() -> str:
    """Path of nmap."""
    found = shutil.which("nmap") or ""
    need(bool(found), "nmap is not installed: its port engine is not tested")
    return found


def namespaces() -> None:
    """A network namespace of our own can be made here."""
    able = bool(shutil.which("unshare")) and bool(shutil.which("ip"))
    if able:
        tried = subprocess.run(["unshare", "-rn", "ip", "link", "set", "lo", "up"], capture_output=True, check=False)
        able = tried.returncode == 0
    need(able, "no network namespaces here (needs Linux, unshare and iproute2)")


def foreign_camera() -> None:
    """ipycam can be loaded: its OpenCV wants libGL, which a server may lack."""
    tried = subprocess.run([sys.executable, "-c", "import ipycam"], capture_output=True, check=False)
    need(tried.returncode == 0, "ipycam cannot be loaded here (install libgl1)")


def recordings() -> list[Path]:
    """Recordings of real devices kept beside the project; none in a newcomer's clone."""
    found = sorted(RECORDINGS.glob("*.json"))
    if not found:
        pytest.skip(f"no recordings of real devices at {RECORDINGS}")
    return found
