"""What a recorder says of its channels is told from what cameras say of themselves, in every form of the report."""

from __future__ import annotations

import csv
import io
import json
from typing import Any, get_args

import pytest
from rule_samples import a_device, an_inventory
from sample_audit import ON

from reports.csv import features_csv
from reports.html import render
from reports.json import parts
from reports.view import AuditView, build
from reports.view.words import SLOT_LABELS, SLOT_SENTENCES
from rules import judge, load_packs
from scanner.model import Attached, Feature, Identity, Proof, Slot

PROOF = (Proof("enabled", "e-1", "LineDetection/enabled = true"),)
ON_TOO: dict[str, Any] = {"supported": "yes", "enabled": "yes", "read_by": "hikvision", "proofs": PROOF}


@pytest.fixture(scope="module")
def view() -> AuditView:
    """One camera that looks at a line itself, the same seen by a recorder, and channels without a camera."""
    camera = a_device("d-cam", address="192.0.2.11", features=(Feature("line-crossing", "1", **ON_TOO),))
    recorder = a_device(
        "d-nvr", address="192.0.2.2", identity=Identity(maker="Hikvision", kind="recorder", grade="C3"),
        features=(Feature("line-crossing", "3", **ON_TOO), Feature("line-crossing", "4", **ON_TOO)),
        attached=(
            Attached("3", address="192.0.2.11", online="yes", device="d-cam", slot="live", evidence=("e-1",)),
            Attached("4", serial="OLD", online="no", slot="left-over", evidence=("e-1",)),
            Attached("5", address="192.0.2.2", online="yes", device="d-nvr", slot="itself"),
            Attached("6", protocol="analogue", slot="analogue"),
        ),
    )  # fmt: skip
    inventory, packs = an_inventory(camera, recorder), load_packs()
    return build(inventory, judge(inventory, packs, ON), packs, ON)


def test_csv_says_whose_word_it_is(view: AuditView) -> None:
    rows = csv.DictReader(io.StringIO(b"".join(features_csv(view)).decode()))

    assert [(row["device"], row["channel"], row["said_by"], row["camera"]) for row in rows] == [
        ("d-cam", "1", "camera", ""), ("d-nvr", "3", "recorder", "d-cam"), ("d-nvr", "4", "recorder", ""),
    ]  # fmt: skip


def test_json_says_whose_word_it_is(view: AuditView) -> None:
    devices = {one["id"]: one for one in json.loads(b"".join(parts(view)))["devices"]}

    assert [(one["said_by"], one["camera"]) for one in devices["d-nvr"]["features"]] == [
        ("recorder", "d-cam"),
        ("recorder", ""),
    ]
    assert [(one["said_by"], one["camera"]) for one in devices["d-cam"]["features"]] == [("camera", "")]
    assert [one["slot"] for one in devices["d-nvr"]["attached"]] == ["live", "left-over", "itself", "analogue"]


def test_the_register_marks_rows_of_recorders(view: AuditView) -> None:
    """The camera and the recorder have rows of their own; the sum says how much of it is a recorder's word."""
    rows = {row.cells[1]: " ".join(note.text for note in row.notes) for row in view.register.entries.rows}
    (line,) = view.register.functions
    (recorder,) = [cell for cell in rows if "(recorder)" in cell]

    assert len(rows) == 2
    assert "192.0.2.2" in recorder
    assert "192.0.2.11" in rows[recorder]
    assert SLOT_SENTENCES["left-over"] in rows[recorder]
    assert (line.channels_on, line.by_recorders) == (3, 2)
    assert "2 channels said by recorders" in line.doubt


def test_each_channel_has_its_word(view: AuditView) -> None:
    """Old entries, own inputs and the recorder itself are shown as what they are."""
    table = view.devices.attached
    at = -1  # the last column

    assert [row.cells[at] for row in table.rows] == ["In use", "Old entry", "The recorder itself", "Own input"]
    page = render(view).decode()
    assert all(word in page for word in ("Old entry", "Own input", "(recorder)"))


def test_every_slot_has_its_words() -> None:
    assert set(SLOT_LABELS) == set(SLOT_SENTENCES) == set(get_args(Slot))
