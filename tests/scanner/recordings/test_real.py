"""Bodies of real devices survive being made anonymous: the drivers read the same functions, states and settings."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from needs import RECORDINGS
from recorded import is_maker
from replay import Replay, facts, serving

from scanner.drivers import DeviceReadings
from scanner.recordings import Exchange, Recording
from scanner.recordings.whole import anonymise

FILES = sorted(RECORDINGS.glob("*.json")) if RECORDINGS.is_dir() else []
ADDRESS = "127.105.50.1"


def converted(data: dict[str, Any]) -> Recording:
    """A recording kept beside the project, as far as it holds replies that drivers read, in our own shape."""
    exchanges = []
    for row in data["evidence"]:
        probe, raw = row.get("probe") or "", row["raw"]
        status = int(raw) if raw.isdecimal() else 200
        said: dict[str, Any] = {
            "protocol": "http",
            "port": 80,
            "status": status,
            "text": "" if raw.isdecimal() else raw,
        }
        if probe.startswith("GET /"):
            exchanges.append(Exchange(method="GET", path=probe.removeprefix("GET "), **said))
        elif row["kind"] == "onvif" and probe.startswith("Get"):
            exchanges.append(Exchange(method="POST", path="/onvif/device_service", operation=probe, **said))
    truth = data["truth"]
    return Recording(
        tool="another", recorded_at=datetime(2026, 1, 1, tzinfo=UTC), address="192.168.1.64",
        exchanges=tuple(exchanges),
        concluded={"identity": {"model": truth.get("model"), "firmware": {"raw": truth.get("firmware")}}},
    )  # fmt: skip


def read(recording: Recording, data: dict[str, Any]) -> DeviceReadings:
    replay = Replay(ADDRESS)
    for one in recording.exchanges:
        if one.operation:
            replay.calls[one.operation] = one.text
        else:
            replay.pages[one.path] = one.text if one.status == 200 else (one.status, "")
    with serving(replay):
        kind = "camera" if data["truth"]["device_type"] == "camera" else "recorder"
        return replay.read("Hikvision" if "hikvision" in data["id"] else None, kind=kind)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_drivers_read_the_same(path: Path) -> None:
    """Every row with its five columns and reasons, every value of a setting, every attached camera's model."""
    data = json.loads(path.read_text(encoding="utf-8"))
    raw = converted(data)
    made = anonymise(raw, is_maker)
    before, after = read(raw, data), read(made, data)

    def rows(readings: DeviceReadings) -> list[Any]:
        return [
            (one.feature, one.channel, one.supported, one.enabled, one.armed, one.linked, one.why, one.count)
            for one in readings.features
        ]

    assert rows(before) == rows(after)
    known, anonymous = facts(before), facts(after)
    assert known.keys() == anonymous.keys()
    assert {key for key in known if known[key] != anonymous[key]} <= {"time.skew_seconds", "upload.targets"}
    assert [(one.channel, one.model, one.online) for one in before.attached] == [
        (one.channel, one.model, one.online) for one in after.attached
    ]
    assert anonymise(made, is_maker).exchanges == made.exchanges


def test_there_are_recordings() -> None:
    if not FILES:
        pytest.skip("no recordings of real devices here")
    assert len(FILES) >= 10
