"""The view: numbers add up, nothing unseen reads as a pass, and every sentence is for a person."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rule_samples import a_device, an_inventory
from sample_audit import DEPOT, LONG, ON, REVERSED, SCHOOL, TOWN_HALL, sample_inventory, sample_packs, sample_view

from reports.view import AuditView, build
from reports.view.register import sentence_of
from reports.view.words import SILENCE_SENTENCES, channel_ranges, clean, listed, natural
from rules import judge, load_packs
from scanner.facts import FEATURES
from scanner.model import Audit, HarmRecord, Inventory, Known, ScopeRecord, Silence, Site


@pytest.fixture(scope="module")
def view() -> AuditView:
    return sample_view()


def test_the_sample_has_every_verdict(view: AuditView) -> None:
    """Otherwise the tests below prove little."""
    assert all(view.judged.counts[word] for word in ("fail", "review", "unknown", "pass", "not_applicable", "waived"))
    assert len(view.inventory.devices) == 25


def test_each_judgement_is_counted_once(view: AuditView) -> None:
    """Open verdicts and waived ones together are all findings; so are the devices' counts."""
    by_device = sum((Counter(count) for count in view.judged.by_device.values()), Counter())

    assert sum(view.judged.counts.values()) == len(view.findings) == view.board.judgements
    assert dict(by_device) == {word: number for word, number in view.judged.counts.items() if number}


def test_each_device_is_counted_once(view: AuditView) -> None:
    """Cameras, other equipment and the unclear are all devices; a camera is read or not, and has one worst verdict."""
    numbers = view.coverage.numbers
    lists = view.devices

    assert numbers.cameras + numbers.not_cameras + numbers.unclear == numbers.devices == 25
    assert numbers.read + numbers.not_read == numbers.cameras == len(lists.cameras.rows)
    assert len(lists.others.rows) + len(lists.unclear.rows) == numbers.not_cameras + numbers.unclear
    assert sum(count.number for count in view.board.worst) == numbers.cameras
    assert sum(reason.devices for reason in view.coverage.reasons) == numbers.not_read
    assert sum(line.numbers.devices for line in view.coverage.sites) == numbers.devices
    assert sum(line.devices for line in view.makers.lines) == numbers.cameras


def test_the_view_agrees_with_the_record_of_the_audit(view: AuditView) -> None:
    """What the report counts from devices is what the audit wrote down."""
    for row in view.inventory.audit.coverage:
        line = next(line for line in view.coverage.sites if line.name == row.site)
        found = (line.numbers.cameras, line.numbers.identified, line.numbers.read, line.numbers.not_cameras)
        assert found == (row.cameras, row.identified, row.authenticated, row.not_cameras)
    total: Counter[str] = sum((Counter(row.not_evaluable) for row in view.inventory.audit.coverage), Counter())
    assert {reason.why: reason.devices for reason in view.coverage.reasons} == dict(total)


def test_the_first_page_says_what_was_not_seen(view: AuditView) -> None:
    """Reasons are sentences, and the headline gives the number."""
    assert {"no-login", "login-refused", "login-locked", "seen-through"} <= {one.why for one in view.board.unseen}
    assert "could not be read" in view.board.headline
    assert view.board.unknown_reasons


def test_every_silence_has_a_sentence() -> None:
    """A new word cannot be forgotten."""
    assert set(SILENCE_SENTENCES) == set(get_args(Silence))
    assert all(text.endswith(".") for text in SILENCE_SENTENCES.values())


def test_worst_first(view: AuditView) -> None:
    """Rules with a fail by severity, then those that ask for a review."""
    assert [line.rule for line in view.board.rules] == ["C-02", "C-04", "C-01", "C-03", "C-05"]
    worst = view.board.rules[0]
    assert (worst.severity, worst.devices["fail"], worst.sites) == ("critical", 1, (TOWN_HALL,))


def test_the_register_is_in_order_of_intrusion(view: AuditView) -> None:
    """Face recognition first; motion detection is no AI and stands apart."""
    ranks = [line.rank for line in view.register.functions]
    assert ranks == sorted(ranks, reverse=True)
    assert view.register.functions[0].sentence == "compares faces with a stored list of 1,204 people"
    assert [line.feature for line in view.register.not_ai] == ["motion"]


def test_the_register_counts_channels_and_devices(view: AuditView) -> None:
    """Line crossing is on at one camera and at eight channels of one recorder, unknown at the camera that refused."""
    line = next(line for line in view.register.functions if line.feature == "line-crossing")
    enabled = next(tally for tally in line.tallies if tally.column == "Switched on")

    assert (line.devices_on, line.channels_on, line.devices_unknown) == (2, 9, 1)
    assert (enabled.yes, enabled.no, enabled.unknown) == (9, 0, 1)
    assert line.sites_on == (SCHOOL, TOWN_HALL)


def test_a_camera_that_was_not_read_is_never_off(view: AuditView) -> None:
    """Its row says that every function is unknown, and why."""
    rows = [row for row in view.register.entries.rows if "Every AI function" in row.cells]

    assert len(rows) == view.register.blind == view.coverage.numbers.not_read
    assert all(row.cells[4:9] == ("Unknown",) * 5 and row.notes for row in rows)


def test_channels_with_the_same_answers_share_a_row(view: AuditView) -> None:
    """The recorder's eight channels are one row, with the proof of each."""
    row = next(row for row in view.register.entries.rows if row.cells[2] == "1–8" and row.cells[3] == "Line crossing")
    assert sum("line-crossing/enabled = yes" in note.text for note in row.notes) == 8


def test_unverified_readers_are_marked(view: AuditView) -> None:
    """In the row, and in the list of readers."""
    marked = [row.cells[3] for row in view.register.entries.rows if "unconfirmed" in row.cells[-1]]
    assert marked == ["Number plate recognition"]
    assert view.register.unverified_readers == ("hikvision",)


def test_rebrands_and_doubts_are_listed_with_their_reason(view: AuditView) -> None:
    """Two rebrands, one unknown maker, one weak proof, one dispute."""
    reasons = Counter(row.cells[-1] for row in view.makers.singled_out.rows)
    assert reasons == {"rebrand": 2, "maker not known": 1, "weak proof": 1, "sources disagree": 1}
    assert view.makers.rebrands == 2


def test_a_finding_leads_to_its_evidence(view: AuditView) -> None:
    """Site, device, rule, fact, and the reply with request, status, time, excerpt and hash."""
    row = next(
        row for row in view.judged.open_table.rows if row.cells[1].startswith("10.20.0.5") and "C-01" in row.cells[2]
    )
    note = row.notes[0]
    reply = view.replies[note.replies[0]]

    assert note.text == "Telnet is open or switched on: yes"
    assert (reply.request, reply.status, reply.excerpt, len(reply.sha256)) == ("CONNECT 23", "200", "login:", 64)
    assert reply.when.startswith("2026-11-22 09:3")
    assert any(one.text.startswith("What to do: ") for one in row.notes)
    assert any(one.text.startswith("A person must decide: ") for one in row.notes)


def test_waived_findings_stay_visible_and_expired_ones_count(view: AuditView) -> None:
    """The waived fail is in the table with its mark and not among the open ones; the expired one is open."""
    waived = {row.cells[5] for row in view.judged.open_table.rows}
    assert waived == {"No", "Yes", "Expired"}
    assert [line.expired for line in view.judged.waivers] == [True, False]
    telnet = next(line for line in view.judged.rules if line.rule == "C-01")
    assert (telnet.waived, DEPOT in telnet.sites) == (1, False)


def test_references_are_dated_and_marked(view: AuditView) -> None:
    """An unverified reference says so."""
    doubtful = {line.rule: line.references[0].unverified for line in view.judged.rules if line.references}
    assert doubtful == {"C-01": False, "C-02": False, "C-03": True, "C-04": False, "C-05": False}
    assert all(one.checked_on == "1 November 2026" for line in view.judged.rules for one in line.references)


def test_unknown_judgements_are_all_in_the_table_of_reasons(view: AuditView) -> None:
    """Each unknown stands in exactly one row."""
    assert (
        sum(int(row.cells[3].replace(",", "")) for row in view.judged.unknown_table.rows)
        == view.judged.counts["unknown"]
    )


def test_a_door_that_closed_is_said_plainly() -> None:
    """The harm record never hides it."""
    inventory = sample_inventory()
    harmed = msgspec.structs.replace(inventory.audit, harm=HarmRecord(closed_after=("10.20.0.5:554",)))
    view = build(msgspec.structs.replace(inventory, audit=harmed), (), (), ON)

    assert not view.harm.calm
    assert view.harm.closed_after == ("10.20.0.5:554",)
    assert "did not answer after" in view.harm.sentence


def test_an_interrupted_audit_says_so_first_and_an_empty_one_is_no_success() -> None:
    """Nothing seen is not a clean bill."""
    record = ScopeRecord(("127.0.0.0/8",))
    audit = Audit(
        id="a", started_at=sample_inventory().audit.started_at, tool="camaudit", scope=record, interrupted=True
    )
    view = build(Inventory(audit, ()), (), (), ON)

    assert view.notes[0].startswith("The audit was stopped before its end")
    assert view.board.headline.startswith("No camera was found.")
    assert [count.number for count in view.board.worst] == [0] * 6


def test_the_view_is_the_same_every_time() -> None:
    """Same input, same rows."""
    inventory, packs = sample_inventory(), sample_packs()
    findings = judge(inventory, packs, ON)
    first, second = build(inventory, findings, packs, ON), build(inventory, findings, packs, ON)
    assert first.tables == second.tables
    assert first.board == second.board


def test_a_stale_pack_is_marked() -> None:
    """The law may have moved."""
    inventory, packs = sample_inventory(), sample_packs()
    lines = build(inventory, (), packs, date(2028, 1, 1)).pack_lines
    assert [line.stale for line in lines] == [True]


def test_no_report_speaks_of_crime(view: AuditView) -> None:
    """Calm words only."""
    sentences = [
        view.board.headline, *view.method, *view.limits,
        *(note.text for table in view.tables for row in table.rows for note in row.notes),
    ]  # fmt: skip
    assert not [text for text in sentences if "illegal" in text.lower()]


@pytest.mark.parametrize("name", sorted(FEATURES))
def test_each_function_has_a_sentence_for_a_person(name: str) -> None:
    """With and without a list."""
    assert sentence_of(name, None)
    assert "1,204" in sentence_of(name, 1204)


@given(st.text())
def test_device_text_is_one_plain_line(text: str) -> None:
    """No control or direction character is left, and it is never too long."""
    shown = clean(text)
    assert len(shown) <= 160
    assert shown.isprintable()
    assert shown == clean(shown)


def test_known_tricks_of_device_text() -> None:
    """Direction overrides go, long text is cut, umlauts stay."""
    assert clean(REVERSED) == "camgnp.exe"
    assert clean(LONG, 40) == "Kamera-über-dem-Haupteingang-Kamera-übe…"
    assert clean("a\x00b\r\n\tc\ud800") == "ab c"


@given(st.lists(st.text(max_size=30)))
def test_any_text_can_be_sorted(texts: list[str]) -> None:
    """The natural order takes any text."""
    sorted(texts, key=natural)


def test_natural_order() -> None:
    """Numbers by value, with or without separators."""
    assert sorted(["10.0.0.10", "10.0.0.9", "1,204", "999", "Zoo", "axis"], key=natural) == [
        "10.0.0.9", "10.0.0.10", "999", "1,204", "axis", "Zoo",
    ]  # fmt: skip


def test_small_words() -> None:
    """Lists and channels as people write them."""
    assert listed(["a"]) == "a"
    assert listed(["a", "b", "c"]) == "a, b and c"
    assert listed("abcdefghij", most=3) == "a, b and 8 more"
    assert channel_ranges(["3", "1", "2", "7", "device"]) == "whole device, 1–3, 7"
    assert channel_ranges(name for name in ("device", "1")) == "whole device, 1"


# -- what holds for a whole site ----------------------------------------------------------------------


@pytest.fixture(scope="module")
def shared() -> AuditView:
    """Two cameras at one site: a shared network, and Telnet open on one of them."""
    place = Site(name="Depot", type="depot", segment="shared")
    telnet = {"service.telnet": Known(True, ("e-1",)), "service.ftp": Known(False)}
    devices = (a_device("d-1", facts=telnet), a_device("d-2", address="192.0.2.8"))
    inventory, packs = an_inventory(*devices, sites=(place,)), load_packs()
    return build(inventory, judge(inventory, packs, ON), packs, ON)


def test_a_whole_site_is_one_row_and_no_fault_of_its_cameras(shared: AuditView) -> None:
    """The shared network stands once in the findings, is told on the first page, and marks no camera."""
    rows = [row for row in shared.judged.open_table.rows if "HYG-09" in row.cells[2]]

    assert [row.cells[1] for row in rows] == ["Whole site (2 devices)"]
    assert rows[0].notes[0].text.endswith("(as the auditor stated)")
    assert [line.rule for line in shared.board.whole_sites] == ["HYG-09"]
    assert "the whole of Depot" in shared.board.headline
    assert shared.judged.by_device["d-2"]["fail"] == 1
    assert shared.judged.own["d-2"]["fail"] == 0
    assert {count.word: count.number for count in shared.board.worst if count.number} == {"high": 1, "review": 1}
    assert next(line for line in shared.coverage.sites if line.name == "Depot").fail == 1


def test_every_row_of_the_findings_leads_to_its_rule(view: AuditView, shared: AuditView) -> None:
    """Waived ones too: the anchor is on the page."""
    for one in (view, shared):
        told = {line.anchor for line in one.judged.told_rules}
        links = [[note.link for note in row.notes if note.link] for row in one.judged.open_table.rows]
        assert links
        assert all(len(found) == 1 and found[0] in told for found in links)


def test_the_unknown_stand_once_a_rule_with_all_their_reasons(shared: AuditView) -> None:
    """One row a rule; the notes name the missing facts of all its devices."""
    rows = {row.cells[0]: row for row in shared.judged.unknown_table.rows}
    lines = [line for line in shared.judged.rules if line.devices["unknown"]]

    assert len(rows) == len(shared.judged.unknown_table.rows) == len(lines)
    telnet = next(row for name, row in rows.items() if "HYG-04" in name)
    assert telnet.cells[3] == "1"
    assert "Telnet is open or switched on" in telnet.notes[0].text
