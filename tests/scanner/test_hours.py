"""The hours of a site: what can be written, midnight, and the two nights a year on which a clock is moved."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Network
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from needs import need

from scanner.errors import ConfigError
from scanner.estate import Estate, Timetable
from scanner.hours import Both, parse

LONDON = "Europe/London"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def shown(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%dT%H:%M}" if moment else "never"


@pytest.mark.parametrize(
    ("texts", "moment", "is_open", "changes"),
    [
        (["19:00-06:00"], "2026-01-05T18:59", False, "2026-01-05T19:00"),
        (["19:00-06:00"], "2026-01-05T19:00", True, "2026-01-06T06:00"),
        (["19:00-06:00"], "2026-01-06T05:59", True, "2026-01-06T06:00"),
        (["19:00-06:00"], "2026-01-06T06:00", False, "2026-01-06T19:00"),
        (["19:00-06:00"], "2026-07-06T18:00", True, "2026-07-07T05:00"),  # 19:00 of London's summer
        (["Mon-Fri 19:00-06:00"], "2026-01-10T05:00", True, "2026-01-10T06:00"),  # the night of Friday
        (["Mon-Fri 19:00-06:00"], "2026-01-10T20:00", False, "2026-01-12T19:00"),
        (["Mon-Fri 19:00-06:00", "Sat,Sun"], "2026-01-10T05:00", True, "2026-01-12T00:00"),  # spans that touch are one
        (["Fri-Mon 22:00-02:00"], "2026-01-13T01:59", True, "2026-01-13T02:00"),  # over the end of the week
        (["sat,SUN"], "2026-01-09T12:00", False, "2026-01-10T00:00"),
        (["12:00-13:00,19:00-24:00"], "2026-01-05T12:30", True, "2026-01-05T13:00"),
        (["12:00-13:00,19:00-24:00"], "2026-01-05T23:30", True, "2026-01-06T00:00"),
        (["00:00-24:00"], "2026-01-05T12:30", True, "never"),
        # 29 March 2026: at 01:00 UTC London's clocks go from 01:00 to 02:00.
        (["19:00-06:00"], "2026-03-28T20:00", True, "2026-03-29T05:00"),  # an hour less
        (["19:00-01:30"], "2026-03-29T00:30", True, "2026-03-29T01:00"),  # the clock never shows the end: not past it
        (["01:15-03:00"], "2026-03-29T00:59", False, "2026-03-29T01:00"),  # nor the start
        (["01:15-01:45"], "2026-03-29T00:30", False, "2026-03-30T00:15"),  # nor either: not this night
        # 25 October 2026: at 01:00 UTC they go from 02:00 back to 01:00.
        (["19:00-06:00"], "2026-10-24T20:00", True, "2026-10-25T06:00"),  # an hour more
        (["00:30-01:30"], "2026-10-25T00:20", True, "2026-10-25T00:30"),
        (["00:30-01:30"], "2026-10-25T01:10", False, "2026-10-26T00:30"),  # 01:10 for the second time: not again
        (["01:00-02:00"], "2026-10-25T00:00", True, "2026-10-25T02:00"),
    ],
)  # fmt: skip
def test_when_a_place_is_open(texts: list[str], moment: str, is_open: bool, changes: str) -> None:
    hours = parse(texts, LONDON)

    assert (hours.open_at(at(moment)), shown(hours.changes_after(at(moment)))) == (is_open, changes)


@given(
    st.integers(0, 365 * 1440),
    st.integers(0, 1439),
    st.integers(1, 1440),
    st.sampled_from([LONDON, "America/Havana", "Australia/Lord_Howe", "Asia/Kolkata"]),
)
def test_a_change_is_a_change(minute: int, start: int, length: int, zone: str) -> None:
    """On both sides of what ``changes_after`` says the place is in another state, and in between it is in one."""
    end = (start + length) % 1440
    if start == end:
        return
    hours = parse([f"{start // 60:02}:{start % 60:02}-{end // 60:02}:{end % 60:02}"], zone)
    moment = at("2026-01-01T00:00") + timedelta(minutes=minute)
    change = hours.changes_after(moment)

    assert change is not None
    assert moment < change <= moment + timedelta(days=3)
    assert hours.open_at(change) != hours.open_at(moment) == hours.open_at(change - timedelta(seconds=1))
    assert hours.open_at(moment + (change - moment) / 2) == hours.open_at(moment)


def test_without_a_time_zone_it_is_the_clock_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its summer time too."""
    need(hasattr(time, "tzset"), "this system has no tzset")
    monkeypatch.setenv("TZ", "Europe/London")
    try:
        time.tzset()
        hours = parse(["19:00-01:30"])
        assert str(hours) == "19:00-01:30 (local time)"
        assert shown(hours.changes_after(at("2026-07-06T12:00"))) == "2026-07-06T18:00"
        assert shown(hours.changes_after(at("2026-03-29T00:30"))) == "2026-03-29T01:00"
    finally:
        monkeypatch.undo()
        time.tzset()


def test_two_sets_of_hours_must_both_be_open() -> None:
    """The night of the site and the weekend of the order: only weekend nights."""
    both = Both(parse(["19:00-06:00"], LONDON), parse(["Sat,Sun"], "America/New_York"))

    assert not both.open_at(at("2026-01-09T20:00"))
    assert shown(both.changes_after(at("2026-01-09T20:00"))) == "2026-01-10T05:00"  # Saturday begins in New York
    assert shown(both.changes_after(at("2026-01-10T05:30"))) == "2026-01-10T06:00"
    never = Both(parse(["10:00-11:00"], LONDON), parse(["12:00-13:00"], LONDON))
    assert never.changes_after(at("2026-01-09T20:00")) is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "expected hours such as"),
        ("19-06", "expected a span such as 19:00-06:00, found '19-06'"),
        ("19:00–06:00", "expected a span"),
        ("١٩:00-06:00", "expected a span"),
        ("19:00-19:00", "write 00:00-24:00"),
        ("Mon-Fritag 19:00-06:00", "expected days such as Mon-Fri or Sat,Sun, found 'Fritag'"),
        ("Mon, Tue", "expected days such as Mon-Fri or Sat,Sun, found '' in 'Mon, Tue'"),
        ("19:00-06:00 Mon", "expected days"),
        ("Mon 19:00-06:00 weekly", "expected hours such as"),
        ("24:00-06:00", "expected times from 00:00 to 24:00"),
        ("19:60-20:00", "expected times"),
        ("Mon-", "found '' in 'Mon-'"),
    ],
)
def test_mistakes_in_hours(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=r"expected|write") as error:
        parse([text])
    assert message in str(error.value)
    assert "\n" not in str(error.value)


ESTATE = """
[organisation]
timezone = "Europe/London"
[[site]]
name = "Leeds"
ranges = ["10.1.0.0/24"]
hours = "19:00-06:00"
[[site]]
name = "Delhi"
ranges = ["10.2.0.0/24"]
timezone = "Asia/Kolkata"
hours = ["Mon-Fri 19:00-06:00",
 "Sat,Sun"]
[[site]]
name = "Hall"
ranges = ["10.3.0.0/24"]
"""


def test_hours_in_an_estate(tmp_path: Path) -> None:
    """A site has its own time zone, or that of the organisation; a site without hours is always open."""
    path = tmp_path / "estate.toml"
    path.write_text(ESTATE)
    estate = Estate.from_file(path)
    hours = estate.timetable().hours

    assert set(hours) == {"Leeds", "Delhi"}
    assert str(hours["Leeds"]) == "19:00-06:00 (Europe/London)"
    assert str(hours["Delhi"]) == "Mon-Fri 19:00-06:00; Sat,Sun (Asia/Kolkata)"
    assert hours["Delhi"].open_at(at("2026-01-05T13:30"))
    everywhere = estate.timetable(parse(["22:00-23:00"], LONDON)).hours
    assert set(everywhere) == {"", "Leeds", "Delhi", "Hall"}
    assert not everywhere["Leeds"].open_at(at("2026-01-05T20:00"))
    assert Timetable(estate).sites_in([IPv4Network("10.2.0.0/25"), IPv4Network("10.9.0.0/24")]) == ("Delhi", "")
    assert Timetable(estate).sites_in([IPv4Network("10.2.0.0/25")]) == ("Delhi",)


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ('"19:00-06:00"', '"in the night"', 7, "expected hours such as 19:00-06:00"),
        ('"Sat,Sun"', '"Sat,Sonntag"', 13, "expected days such as Mon-Fri or Sat,Sun, found 'Sonntag'"),
        ("Asia/Kolkata", "Asia/Delhi", 11, "expected a time zone such as Europe/London, found 'Asia/Delhi'"),
        ("Europe/London", "../etc/passwd", 3, "expected a time zone"),
        ('"19:00-06:00"', "1900", 7, "found"),
    ],
)
def test_mistakes_in_the_hours_of_an_estate(tmp_path: Path, old: str, new: str, line: int, message: str) -> None:
    path = tmp_path / "estate.toml"
    path.write_text(ESTATE.replace(old, new))
    with pytest.raises(ConfigError) as error:
        Estate.from_file(path)
    assert str(error.value).startswith(f"{path}:{line}: ")
    assert message in str(error.value)
