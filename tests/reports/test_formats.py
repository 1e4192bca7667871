"""The files: registered by being there, written whole, valid against the schema, and no text of a device can bite."""

from __future__ import annotations

import csv
import io
import json
import re
import stat
from collections.abc import Iterable
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sample_audit import FORMULA, HOSTILE, ON, sample_inventory, sample_view

from reports import load_reports, write_reports
from reports.csv import FORMULA_SIGNS, _table, devices_csv, features_csv, findings_csv, safe, settings_csv
from reports.html import SECTIONS
from reports.html import render as render_html
from reports.json import SCHEMA_FILE, parts, schema_text
from reports.view import AuditView, build
from scanner.errors import InputError
from scanner.model import Audit, Inventory, ScopeRecord


@pytest.fixture(scope="module")
def view() -> AuditView:
    return sample_view()


@pytest.fixture(scope="module")
def page(view: AuditView) -> str:
    return render_html(view).decode()


@pytest.fixture(scope="module")
def nothing() -> AuditView:
    """An audit that saw nothing."""
    started = sample_inventory().audit.started_at
    audit = Audit(id="a-0", started_at=started, tool="camaudit 0.1.0", scope=ScopeRecord(("127.0.0.0/8",)))
    return build(Inventory(audit, ()), (), (), ON)


# -- the folder ---------------------------------------------------------------------------------------


def test_formats_are_there_by_being_there(tmp_path: Path, view: AuditView) -> None:
    """Every format writes its files, readable by their owner only, and leaves nothing else behind."""
    written = write_reports(view, tmp_path / "new" / "place", tuple(load_reports()))

    names = {path.name for path in written}
    assert names >= {"report.html", "audit.json", "findings.csv", "devices.csv", "features.csv"}
    assert {path.name for path in (tmp_path / "new" / "place").iterdir()} == names
    assert {stat.S_IMODE(path.stat().st_mode) for path in written} == {0o600}


def whole(data: bytes | Iterable[bytes]) -> bytes:
    """A file, whether it came in one piece or many."""
    return data if isinstance(data, bytes) else b"".join(data)


def test_the_same_audit_gives_the_same_bytes(view: AuditView) -> None:
    """No clock and no chance in a report."""
    again = sample_view()
    for report in load_reports().values():
        for name, render in report.files.items():
            assert whole(render(view)) == whole(render(again)), name


def test_unknown_formats_and_places_are_refused_in_one_line(tmp_path: Path, view: AuditView) -> None:
    """The message says what there is."""
    with pytest.raises(InputError, match="expected formats of csv, html, json; found doc"):
        write_reports(view, tmp_path, ("doc",))
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="cannot be written"):
        write_reports(view, tmp_path / "file" / "below", ("json",))


def test_an_audit_of_nothing_can_be_written(tmp_path: Path, nothing: AuditView) -> None:
    """All formats, without an error, and the JSON is valid."""
    write_reports(nothing, tmp_path)
    jsonschema.Draft202012Validator(json.loads(SCHEMA_FILE.read_text())).validate(
        json.loads((tmp_path / "audit.json").read_text())
    )


# -- JSON ---------------------------------------------------------------------------------------------


def test_the_published_schema_is_current() -> None:
    """``python -m reports.json`` writes it anew."""
    assert SCHEMA_FILE.read_text(encoding="utf-8") == schema_text()


def test_the_document_fits_its_schema(view: AuditView) -> None:
    """As a tool of somebody else would check it."""
    schema = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)

    jsonschema.Draft202012Validator(schema).validate(json.loads(b"".join(parts(view))))


def test_the_document_has_the_agreed_fields(view: AuditView) -> None:
    """The contract with other tools, name by name."""
    document = json.loads(b"".join(parts(view)))
    device = next(one for one in document["devices"] if one["attached"])
    finding = next(one for one in document["findings"] if one["waiver"])

    assert document["schema"] == "camaudit.audit/1"
    assert set(document) >= {"schema", "audit", "sites", "devices", "findings"}
    assert set(document["audit"]) >= {"id", "started_at", "finished_at", "tool", "packs", "scope", "coverage"}
    assert set(device) >= {
        "id", "site", "address", "mac", "kind", "identity", "endpoints", "features", "facts", "attached",
        "seen_through",
    }  # fmt: skip
    assert set(device["identity"]) >= {"brand", "maker", "model", "firmware", "serial", "grade", "reasons"}
    assert set(device["identity"]["firmware"]) >= {"version", "build_date"}
    assert set(device["features"][0]) >= {
        "feature", "channel", "supported", "licensed", "enabled", "armed", "linked", "evidence",
    }  # fmt: skip
    assert set(finding) >= {
        "id", "rule", "pack", "device", "channel", "verdict", "severity", "because", "waiver", "references",
    }  # fmt: skip


def test_a_fact_has_a_value_or_a_why(view: AuditView) -> None:
    """Silence is no value."""
    facts = [fact for device in json.loads(b"".join(parts(view)))["devices"] for fact in device["facts"].values()]
    states = {fact["state"] for fact in facts}

    assert states == {"known", "contested", "unseen"}
    for fact in facts:
        assert {"known": "value", "contested": "values", "unseen": "why"}[fact["state"]] in fact
        assert "evidence" in fact


def test_every_evidence_id_can_be_looked_up(view: AuditView) -> None:
    """No finding cites a reply that the document does not have."""
    document = json.loads(b"".join(parts(view)))
    used = {name for one in document["findings"] for because in one["because"] for name in because["evidence"]}
    assert used
    assert used <= set(document["evidence"])


# -- CSV ----------------------------------------------------------------------------------------------


def rows(pieces: Iterable[bytes]) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(b"".join(pieces).decode("utf-8"), newline="")))


def test_csv_has_every_row(view: AuditView) -> None:
    """Passes, other equipment and functions that are off included."""
    assert len(rows(findings_csv(view))) == len(view.findings)
    assert len(rows(devices_csv(view))) == len(view.inventory.devices)
    assert len(rows(features_csv(view))) == sum(len(device.features) for device in view.inventory.devices)
    settings = rows(settings_csv(view))
    assert {(row["device"], row["setting"]) for row in settings} == {
        (device.id, key) for device in view.inventory.devices for key in device.facts
    }
    assert all(row["value"] if row["state"] != "unknown" else row["why"] for row in settings)


def test_csv_comes_in_pieces() -> None:
    """A table that is far larger than its audit is never whole in memory, and none of it is lost between pieces."""
    cells = [[str(number), "x" * 1000] for number in range(3000)]
    pieces = list(_table(("number", "text"), cells))

    assert len(pieces) > 1
    assert max(map(len, pieces)) < 1_100_000
    assert [[row["number"], row["text"]] for row in rows(pieces)] == cells


def test_no_cell_is_a_formula(view: AuditView) -> None:
    """What a device calls itself is not computed by a spreadsheet."""
    models = {row["model"] for row in rows(devices_csv(view))}
    assert f"'{FORMULA}" in models
    for table in (findings_csv, devices_csv, features_csv, settings_csv):
        data = list(table(view))
        assert not [cell for row in rows(data) for cell in row.values() if cell.startswith(FORMULA_SIGNS)]


@given(st.text())
def test_safe_cells_keep_their_text(text: str) -> None:
    """An apostrophe at most is added."""
    cell = safe(text)
    assert not cell.startswith(FORMULA_SIGNS)
    assert cell in (text, f"'{text}")


# -- HTML ---------------------------------------------------------------------------------------------


class Reader(HTMLParser):
    """Collects elements, and the text of those that are shown."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.shown: list[str] = []
        self.open: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        self.open.append(f"/{tag}")

    def handle_data(self, data: str) -> None:
        if not self.open or self.open[-1] not in ("script", "style"):
            self.shown.append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.elements if name == tag]


def test_device_text_stays_text(page: str) -> None:
    """Markup, template and script of a device are shown as they are and do nothing."""
    reader = Reader(page)

    assert HOSTILE in "".join(reader.shown)
    assert reader.all("img") == []
    assert page.count("</script>") == len(reader.all("script")) == 2
    assert "49" not in re.findall(r"onerror=alert\(1\)&gt;(\d+)", page)


def test_the_page_asks_for_nothing(page: str) -> None:
    """No element loads anything; links lead to sources of rules only; the policy forbids the rest."""
    reader = Reader(page)
    loading = [tag for tag, attrs in reader.elements if "src" in attrs or tag in {"link", "iframe", "object", "form"}]
    policy = next(meta["content"] for meta in reader.all("meta") if meta.get("http-equiv"))

    assert loading == []
    assert not any("style" in attrs or any(name.startswith("on") for name in attrs) for _, attrs in reader.elements)
    assert {(link["href"] or "")[:8] for link in reader.all("a")} <= {
        "https://",
        *(f"#{name}"[:8] for name, _ in SECTIONS),
    } | {"#main", "#rule-c-"}
    assert policy is not None
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy


def test_the_page_is_well_built(page: str) -> None:
    """Landmarks, one h1, headings without a jump, tables with caption and scope, references to ids that are there."""
    reader = Reader(page)
    levels = [int(tag[1]) for tag, _ in reader.elements if re.fullmatch("h[1-6]", tag)]
    ids = [attrs["id"] for _, attrs in reader.elements if "id" in attrs]

    assert reader.all("html")[0]["lang"] == "en-GB"
    assert [len(reader.all(tag)) for tag in ("main", "h1", "header", "footer")] == [1, 1, 1, 1]
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert len(reader.all("table")) == len(reader.all("caption"))
    assert all("scope" in attrs for attrs in reader.all("th"))
    assert len(ids) == len(set(ids))
    named = {name for _, attrs in reader.elements for name in (attrs.get("aria-labelledby") or "").split()}
    assert named <= set(ids)
    assert {(link["href"] or "")[1:] for link in reader.all("a") if (link["href"] or "").startswith("#")} <= set(ids)


def test_every_section_and_summary_is_there_without_script(page: str, view: AuditView) -> None:
    """What a board needs is in the page itself."""
    shown = " ".join("".join(Reader(page).shown).split())
    for _, title in SECTIONS:
        assert title in shown
    for text in (
        view.board.headline,
        view.register.blind_sentence,
        view.harm.sentence,
        view.makers.sentence,
        *view.limits,
    ):
        assert text in shown
    for reason in view.board.unseen:
        assert reason.sentence in shown
    for table in view.tables:
        assert all(cell in shown for row in table.first_page for cell in row.cells if cell and "  " not in cell)


def test_the_rows_of_the_script_are_those_of_the_page(page: str, view: AuditView) -> None:
    """The embedded data give back every row of every long table."""
    data = json.loads(re.search(r'id="data">(.*?)</script>', page, re.S)[1])  # type: ignore[index]
    texts = data["texts"]
    long_tables = {table.id: table for table in view.tables if len(table.rows) > 10}

    assert {spec["id"] for spec in data["tables"]} == set(long_tables)
    for spec in data["tables"]:
        width = len(spec["columns"])
        found = [tuple(texts[cell] for cell in row[:width]) for row in spec["rows"]]
        assert found == [row.cells for row in long_tables[spec["id"]].rows]
        notes = [tuple(texts[data["notes"][at][0]] for at in row[width:]) for row in spec["rows"]]
        assert notes == [tuple(note.text for note in row.notes) for row in long_tables[spec["id"]].rows]


def test_no_word_of_crime(page: str) -> None:
    """A tool does not judge a person."""
    assert "illegal" not in page.lower()
