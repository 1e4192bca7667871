"""Waivers: named, reasoned, and for a time; a malformed file stops the run."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from rule_samples import DAY, a_device, an_inventory, write_pack

from rules import Finding, judge, load_waivers, read_packs, unused_waivers
from scanner.errors import ConfigError
from scanner.model import Known

GOOD = {
    "rule": '"OUR-01"',
    "devices": '["192.0.2.7"]',
    "reason": '"Replacement is ordered."',
    "approved_by": '"A. Example"',
    "approved_on": "2026-10-01",
    "evidence": '"CHG-1"',
    "until": "2027-03-31",
}


def waiver_file(folder: Path, **changes: str | None) -> Path:
    path = folder / "waivers.toml"
    fields = {name: value for name, value in {**GOOD, **changes}.items() if value is not None}
    path.write_text("[[waiver]]\n" + "".join(f"{name} = {value}\n" for name, value in fields.items()))
    return path


def found(folder: Path, on: date = DAY, *, is_open: bool = True, **changes: str | None) -> Finding:
    """The one finding of a camera at 192.0.2.7 under the waivers of a file."""
    packs = read_packs([write_pack(folder)])
    inventory = an_inventory(a_device(facts={"service.telnet": Known(is_open, ("e-1",))}))
    (finding,) = judge(inventory, packs, on, load_waivers(waiver_file(folder, **changes)))
    return finding


@pytest.mark.parametrize(
    "changes",
    [{}, {"devices": '["d-1"]'}, {"devices": '["192.0.2.0/28"]'}, {"devices": None, "sites": '["Depot"]'}],
)
def test_a_waiver_is_a_mark(tmp_path: Path, changes: dict[str, str | None]) -> None:
    """By id, address, network or site: the fail stays a fail and carries who decided what until when."""
    finding = found(tmp_path, **changes)

    assert finding.verdict == "fail"
    assert finding.waived
    assert finding.waiver is not None
    assert finding.waiver.waiver.approved_by == "A. Example"
    assert finding.waiver.waiver.place.endswith("waivers.toml:1")


@pytest.mark.parametrize(
    "changes",
    [
        {"devices": '["192.0.2.8"]'},
        {"devices": '["192.0.3.0/28"]'},
        {"rule": '"OUR-02"'},
        {"devices": None, "sites": '["HQ"]'},
    ],
)
def test_a_waiver_reaches_no_further_than_it_says(tmp_path: Path, changes: dict[str, str | None]) -> None:
    """Another device, rule or site is not waived."""
    assert found(tmp_path, **changes).waiver is None


def test_days_of_a_waiver(tmp_path: Path) -> None:
    """It does not exist before it was approved, holds on its last day, and is flagged as expired after it."""
    assert found(tmp_path, date(2026, 9, 30)).waiver is None
    assert found(tmp_path, date(2026, 10, 1)).waived
    assert found(tmp_path, date(2027, 3, 31)).waived

    expired = found(tmp_path, date(2027, 4, 1))

    assert expired.waiver is not None
    assert expired.waiver.expired
    assert not expired.waived


def test_what_passed_needs_no_waiver(tmp_path: Path) -> None:
    """Only a fail or review is marked."""
    assert found(tmp_path, is_open=False).waiver is None


def test_a_waiver_in_force_wins_over_an_expired_one(tmp_path: Path) -> None:
    """Renewed waivers stay in the file beside the old ones."""
    path = waiver_file(tmp_path, until="2026-11-01")
    first = path.read_text()
    path.write_text(first + waiver_file(tmp_path).read_text())
    packs = read_packs([write_pack(tmp_path)])
    waivers = load_waivers(path)

    (finding,) = judge(an_inventory(a_device(facts={"service.telnet": Known(True)})), packs, DAY, waivers)

    assert finding.waived
    assert unused_waivers(waivers, [finding]) == (waivers[0],)


@pytest.mark.parametrize(
    ("changes", "line", "said"),
    [
        ({"reason": None}, 1, "expected a key 'reason', found none"),
        ({"reason": '" "'}, 4, "expected reason to say something"),
        (
            {"until": "2027-10-02"},
            8,
            "expected until at most 365 days after approved_on (2027-10-01), found 2027-10-02",
        ),
        ({"until": "2026-09-30"}, 8, "until 2026-09-30 is before approved_on 2026-10-01"),
        ({"until": '"soon"'}, 8, "expected a date (YYYY-MM-DD), found 'soon'"),
        ({"devices": "[]"}, 1, "expected devices or sites with at least one entry, found none"),
        ({"devices": '["192.0.2.0/99"]'}, 3, "expected a network, found '192.0.2.0/99'"),
        ({"devices": '[""]'}, 3, "expected a device id, address or network, found an empty text"),
        ({"ticket": '"CHG"'}, 9, "unknown key 'ticket'"),
    ],
)
def test_a_malformed_file_stops_the_run(tmp_path: Path, changes: dict[str, str | None], line: int, said: str) -> None:
    """Each mistake is refused with its file:line."""
    with pytest.raises(ConfigError) as caught:
        load_waivers(waiver_file(tmp_path, **changes))

    assert f"waivers.toml:{line}: {said}" in str(caught.value)
