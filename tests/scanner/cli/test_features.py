"""``camaudit features``: the register of a stored audit, filtered, counted once, with what is not known first."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from audits import camaudit
from rich.cells import cell_len
from sample_audit import DEPOT, FORMULA, HOSTILE, SCHOOL, TOWN_HALL, big_audit, sample_inventory

from scanner.cli.feature_rows import Choice, extract_of
from scanner.facts import FEATURES, SITE_TYPES
from scanner.history import Store
from scanner.model import COLUMNS, Column

INVENTORY = sample_inventory()
BLIND = {"10.20.0.8": "no-login", "10.20.0.9": "login-refused", "10.20.0.10": "login-locked",
         "10.20.0.11": "no-reader", "10.20.4.6": "no-login"}  # fmt: skip


@pytest.fixture(scope="module")
def audit(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory of a stored audit."""
    directory = tmp_path_factory.mktemp("audit")
    with Store.create(directory / "inventory.sqlite") as store:
        store.save_audit(INVENTORY.audit)
        store.save_evidence(INVENTORY.evidence.values())
        for device in INVENTORY.devices:
            store.save_device(device)
    return directory


def shown(audit: Path, *words: str) -> str:
    run = camaudit("features", str(audit), *words)
    assert run.returncode == 0, run.stderr
    return run.stdout


def told(audit: Path, *words: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(shown(audit, "-f", "json", *words))
    return document


def places(document: dict[str, Any]) -> set[tuple[str, str]]:
    return {(row["address"], row["feature"]) for row in document["rows"]}


def said_by(document: dict[str, Any], feature: str, side: str = "camera") -> dict[str, Any]:
    found: dict[str, Any] = next(one for one in document["functions"] if one["feature"] == feature)["said_by"][side]
    return found


# -- the table ----------------------------------------------------------------------------------------


def test_a_function_has_its_sentence_counts_and_rows(audit: Path) -> None:
    said = shown(audit, "--feature", "face-recognition")

    assert "Face recognition (face-recognition)" in said
    assert "  compares faces with a stored list of 1,204 people" in said
    assert "switched on: devices 1 yes, 0 no, 5 unknown; channels 1 yes, 0 no, 0 unknown" in said
    assert "yes ?   yes yes ?   hikvision" in said


def test_what_could_not_be_read_comes_first(audit: Path) -> None:
    lines = shown(audit).splitlines()

    assert lines[0].startswith("5 devices could not be read: each of their AI functions is unknown")
    assert "2: The device asks for a login and none was given" in lines[2]
    head = " ".join(" ".join(lines[:12]).split())
    assert "1: The device rejected the login it was given" in head
    assert "1: The device says that the account or our address is locked." in head
    assert "1 camera seen through a recorder only and not read" in head
    assert "1 device of unclear kind" in head


@pytest.mark.parametrize("words", [(), ("--is", "unknown"), ("--feature", "motion"), ("--site", TOWN_HALL)])
def test_it_fits_80_columns_and_is_plain(audit: Path, words: tuple[str, ...]) -> None:
    said = shown(audit, *words)

    assert max(cell_len(line) for line in said.splitlines()) <= 80
    assert "\x1b" not in said
    assert "\u202e" not in said


def test_markup_of_a_device_is_printed_as_it_is(audit: Path) -> None:
    said = shown(audit, "--feature", "people-counting")

    cells = "".join(line[17:37].rstrip() for line in said.splitlines() if line.startswith("  "))
    assert HOSTILE.replace(" ", "") in cells.replace(" ", "")


def test_an_unverified_reader_is_marked(audit: Path) -> None:
    assert "hikvision*" in shown(audit, "--feature", "anpr")
    assert "* read in a way not yet confirmed" in shown(audit, "--feature", "anpr")
    assert "*" not in shown(audit, "--feature", "emotion").replace(FORMULA, "")


def test_no_row_is_no_proof(audit: Path) -> None:
    assert "No row fits. That is no proof of absence" in shown(audit, "--feature", "vital-signs")


def test_a_long_table_says_what_it_leaves_out(tmp_path: Path) -> None:
    """The counts are whole, the rows end at 200."""
    inventory = big_audit(1300)
    with Store.create(tmp_path / "inventory.sqlite") as store:
        store.save_audit(inventory.audit)
        for device in inventory.devices:
            store.save_device(device)
    said = shown(tmp_path, "--feature", "line-crossing", "--is", "yes")

    on = sum(
        any(item.feature == "line-crossing" and item.enabled == "yes" for item in device.features)
        for device in inventory.devices
    )
    assert f"devices {on:,} yes" in " ".join(said.split())
    assert f"and {on - 200:,} more rows; -f csv and -f json have them all" in said


# -- filters ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("column", COLUMNS)
@pytest.mark.parametrize("answer", ["yes", "no", "unknown"])
def test_column_and_state_choose_rows(column: Column, answer: str) -> None:
    """Exactly the entries of the inventory with that answer; one row for each channel."""
    entries = extract_of(INVENTORY, Choice(column=column, answer=answer, filters=True)).entries

    expected = [
        (device.id, item.channel, item.feature)
        for device in INVENTORY.devices
        for item in device.features
        if getattr(item, column) == answer and FEATURES[item.feature].rank
    ]
    assert sorted((one.device.id, one.item.channel, one.item.feature) for one in entries) == sorted(expected)


def test_the_state_is_yes_and_the_column_enabled_when_only_one_is_given(audit: Path) -> None:
    assert told(audit, "--column", "armed")["rows"] == told(audit, "--column", "armed", "--is", "yes")["rows"]
    assert told(audit, "--is", "no")["rows"] == told(audit, "--column", "enabled", "--is", "no")["rows"]


def test_features_are_chosen_by_id(audit: Path) -> None:
    document = told(audit, "--feature", "anpr", "--feature", "emotion")

    assert places(document) == {("10.20.0.7", "anpr"), ("10.20.4.4", "emotion")}
    assert [one["feature"] for one in document["functions"]] == ["emotion", "anpr"]  # most intrusive first


def test_sites_types_and_makers_are_chosen(audit: Path) -> None:
    assert {row["site"] for row in told(audit, "--site", SCHOOL.lower())["rows"]} == {SCHOOL}
    assert {row["site"] for row in told(audit, "--site-type", "school")["rows"]} == {SCHOOL}
    assert {row["maker"] for row in told(audit, "--maker", "dahua")["rows"]} == {"Dahua"}
    assert told(audit, "--site", DEPOT)["not_read"] == []


def test_what_a_filter_cannot_tell_is_said(audit: Path) -> None:
    untyped = sum(one.identity.is_camera is True and one.site == DEPOT for one in INVENTORY.devices)

    assert f"{untyped} cameras at sites whose type nobody stated" in " ".join(
        told(audit, "--site-type", "school")["notes"]
    )
    assert "1 camera of unknown maker" in " ".join(told(audit, "--maker", "Axis")["notes"])


@pytest.mark.parametrize(
    ("option", "word", "allowed"),
    [
        ("--feature", "faces", "'face-recognition'"),
        ("--column", "on", "'enabled'"),
        ("--is", "maybe", "'unknown'"),
        ("--site-type", "castle", repr(SITE_TYPES[1])),
        ("--site", "nowhere", SCHOOL),
        ("--maker", "nobody", "Hanwha Vision"),
        ("--format", "xml", "'csv'"),
    ],
)
def test_an_unknown_word_is_one_line_with_the_allowed_ones(audit: Path, option: str, word: str, allowed: str) -> None:
    run = camaudit("features", str(audit), option, word)

    assert (run.returncode, run.stdout) == (2, "")
    assert len(run.stderr.splitlines()) == 1
    assert repr(word) in run.stderr
    assert allowed in run.stderr


def test_a_missing_audit_is_one_line(tmp_path: Path) -> None:
    run = camaudit("features", str(tmp_path))

    assert run.returncode == 2
    assert len(run.stderr.splitlines()) == 1


# -- counted once --------------------------------------------------------------------------------------


def test_silence_is_unknown_in_every_function(audit: Path) -> None:
    document = told(audit)

    assert {row["address"]: row["why"] for row in document["not_read"]} == BLIND
    for function in document["functions"]:
        camera = function["said_by"].get("camera")
        assert camera is None or camera["devices"]["unknown"] >= len(BLIND), function["feature"]


def test_recorders_and_what_is_behind_them_are_apart(audit: Path) -> None:
    document = told(audit, "--feature", "line-crossing")

    assert [row["device"] for row in document["seen_through_a_recorder"]] == ["d-behind"]
    assert "d-behind" not in {row["device"] for row in document["not_read"]}
    assert said_by(document, "line-crossing")["devices"] == {"yes": 1, "no": 0, "unknown": 5}
    assert said_by(document, "line-crossing", "recorder")["devices"] == {"yes": 1, "no": 0, "unknown": 0}
    assert said_by(document, "line-crossing", "recorder")["channels"]["yes"] == 8
    behind = {row["channel"]: row["camera"] for row in document["rows"] if row["said_by"] == "recorder"}
    camera = next(one.id for one in INVENTORY.devices if one.address == "10.20.4.3")
    assert (behind["1"], behind["2"], behind["3"]) == (camera, "d-behind", "")


def test_each_side_counts_each_device_once(audit: Path) -> None:
    """Counted anew from the inventory: no device, and no channel, is in two counts of a function."""
    for function in told(audit)["functions"]:
        name = function["feature"]
        for side, counts in function["said_by"].items():
            mine = [
                one for one in INVENTORY.devices
                if one.identity.is_camera and (one.identity.kind == "recorder") == (side == "recorder")
            ]  # fmt: skip
            having = {one.id for one in mine if any(item.feature == name for item in one.features)}
            blind = {one.id for one in mine if one.address in BLIND}
            assert sum(counts["devices"].values()) == len(having | blind), (name, side)
            channels = {(one.id, item.channel) for one in mine for item in one.features if item.feature == name}
            assert sum(counts["channels"].values()) == len(channels), (name, side)


# -- csv -------------------------------------------------------------------------------------------------


def test_csv_has_every_row_and_the_silence(audit: Path) -> None:
    run = camaudit("features", str(audit), "-f", "csv")
    rows = list(csv.DictReader(io.StringIO(run.stdout)))

    document = told(audit)
    assert len(rows) == len(document["rows"]) + len(document["not_read"]) + len(document["seen_through_a_recorder"])
    silent = {row["address"]: row["why_unknown"] for row in rows if not row["feature"] and row["address"]}
    assert silent == {address: f"every AI function: {why}" for address, why in BLIND.items()}
    assert {row[column] for row in rows if not row["feature"] for column in COLUMNS} == {"unknown"}
    assert "5 devices could not be read" in run.stderr


def test_csv_of_what_is_on_has_rows_that_are_on_only(audit: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(shown(audit, "-f", "csv", "--is", "yes"))))

    assert rows
    assert {row["enabled"] for row in rows} == {"yes"}
