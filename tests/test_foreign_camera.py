"""We must not only agree with ourselves: the same command against a virtual ONVIF camera from PyPI."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from foreign_camera import FIRMWARE, MODEL, NAME
from namespace import in_namespace
from needs import foreign_camera, namespaces

pytestmark = pytest.mark.namespace


def test_a_camera_we_did_not_write_is_audited(tmp_path: Path) -> None:
    """ipycam is found, identified by its ONVIF answers as a camera, and its open interface is reported."""
    namespaces()
    foreign_camera()
    out = tmp_path / "out"
    support = Path(__file__).parent / "support"

    run = in_namespace(
        sys.executable, str(support / "foreign_camera.py"),
        sys.executable, "-m", "scanner.cli", "scan", "127.0.0.1", "-T", "fast", "-o", str(out),
    )  # fmt: skip

    assert run.returncode == 0, run.stderr
    ran = json.loads(json.loads(run.stdout)["stdout"])
    assert ran["code"] in (0, 3), ran["stderr"]
    document = json.loads((out / "audit.json").read_text(encoding="utf-8"))
    (device,) = document["devices"]
    assert device["kind"] == "camera"
    assert device["identity"]["model"] == MODEL
    assert device["identity"]["firmware"]["version"] == FIRMWARE
    assert NAME in json.dumps(device)
    assert device["identity"]["maker"] not in {"Hikvision", "Dahua", "Axis"}
    assert device["facts"]["onvif.anonymous"] == {"state": "known", "value": True} | {
        key: value for key, value in device["facts"]["onvif.anonymous"].items() if key not in ("state", "value")
    }
