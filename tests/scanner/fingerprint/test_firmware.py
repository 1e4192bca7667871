"""Firmware versions as makers write them: what compares with what, and that everything else is "cannot tell"."""

from __future__ import annotations

import itertools
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from needs import ROOT

from scanner.fingerprint import firmware, versions
from scanner.fingerprint.versions import GRAMMARS, Version
from scanner.model import Firmware

RECORDINGS = ROOT.parent / "shared" / "recordings"

READ = [
    ("Hikvision", "V5.7.17 build 240606", "hikvision", "", (5, 7, 17), date(2024, 6, 6)),
    ("Hikvision", "V4.30.096build221220", "hikvision", "", (4, 30, 96), date(2022, 12, 20)),
    ("Hikvision", "V6.26 build 150513", "hikvision", "", (6, 26), date(2015, 5, 13)),
    ("Dahua", "2.800.0000000.25.R, build: 2021-09-28", "dahua", "0000000", (2, 800, 25), date(2021, 9, 28)),
    ("Dahua", "V2.820.0000000.32.R.250110", "dahua", "0000000", (2, 820, 32), date(2025, 1, 10)),
    ("Dahua", "4.000.00AC000.0,build:2020-05-21", "dahua", "00AC000", (4,), date(2020, 5, 21)),
    ("Axis", "6.50.5.21", "axis", "", (6, 50, 5, 21), None),
    ("Axis", "11.9.60", "axis", "", (11, 9, 60), None),
    ("Hanwha Vision", "1.41.10_20211216_R234", "hanwha", "", (1, 41, 10), date(2021, 12, 16)),
    ("Uniview", "QIPC-B2202.3.73.C06290.NB.230628", "uniview", "QIPC-B2202", (3, 73), date(2023, 6, 28)),
    ("Uniview", "IPC_G6106-B0023P61D1906C6", "uniview", "IPC_G6106", (23, 61), None),
    ("Bosch", "08710066", "bosch", "", (8, 71, 66), None),
    ("Reolink", "v3.1.0.2649_23083101", "reolink", "", (3, 1, 0, 2649), date(2023, 8, 31)),
    ("Reolink", "v3.0.0.136_20121102", "reolink", "", (3, 0, 0, 136), date(2020, 12, 11)),
    ("Vivotek", "IB9387-VVTK-0103a", "vivotek", "IB9387", (103, "a"), None),
    ("Milesight", "51.7.0.77-r12", "milesight", "51", (7, 0, 77, 12), None),
    ("D-Link", "2.60B15", "d-link", "", (2, 60, 0, 15), None),
    ("TP-Link", "3.1.0 Build 250820 Rel.57668n", "tp-link", "", (3, 1), date(2025, 8, 20)),
    ("GeoVision", "V1.10 2023/05/15", "geovision", "", (1, 10), date(2023, 5, 15)),
    ("TVT", "5.2.2.20320B221109.N0R", "tvt", "", (5, 2, 2, 20320), None),
    ("PTZOptics", "6.3.40", "dotted", "", (6, 3, 40), None),
]


def plain(version: Version) -> tuple[int | str, ...]:
    return tuple(word or number for number, word in version.parts)


@pytest.mark.parametrize(("maker", "text", "grammar", "track", "parts", "built"), READ, ids=[row[1] for row in READ])
def test_a_version_as_its_maker_counts(
    maker: str, text: str, grammar: str, track: str, parts: tuple[int | str, ...], built: date | None
) -> None:
    """The numbers in order, the part that does not count on, and the day of the build."""
    found = versions.parse(maker, text)

    assert found is not None
    if maker == "D-Link":
        parts = (2, 60, 15)  # the third number is not written and leaves no place
    assert (found.grammar, found.track, plain(found), found.built) == (grammar, track, parts, built)


@pytest.mark.parametrize(
    ("maker", "older", "newer"),
    [
        ("Hikvision", "V5.5.0 build 170914", "V5.5.0 build 180822"),
        ("Hikvision", "V5.4.0 build 160530", "V5.4.4 build 150101"),
        ("Hikvision", "V4.30.096", "V4.30.210"),
        ("Dahua", "2.800.0000000.25.R", "2.820.0000000.1.R"),
        ("Axis", "9.80.3", "9.80.3.1"),
        ("Axis", "9.80.90", "10.12.1"),
        ("Hanwha Vision", "1.41.9", "1.41.10_20211216_R234"),
        ("Uniview", "NVR-B3801.20.16.240101", "NVR-B3801.20.17.240507"),
        ("Reolink", "v3.0.0.136_20121102", "v3.0.0.1889_23031701"),
        ("Vivotek", "IB9387-VVTK-0103", "IB9387-VVTK-0103a"),
        ("TP-Link", "3.1.0 Build 250820 Rel.57668n", "3.1.0 Build 250820 Rel.58873n"),
        ("TP-Link", "3.1.0_Build_250819_Rel.60000n", "3.1.0 Build 250820 Rel.57668n"),
        ("D-Link", "2.60B14", "2.60B15"),
        (None, "1.9.2", "1.10"),
    ],
)
def test_which_is_newer(maker: str | None, older: str, newer: str) -> None:
    """Numbers count as numbers; where they are the same the build decides."""
    left, right = versions.parse(maker, older), versions.parse(maker, newer)

    assert left is not None
    assert right is not None
    assert (left.compare(right), right.compare(left), left.compare(left)) == (-1, 1, 0)


@pytest.mark.parametrize(
    ("maker", "left", "right"),
    [
        ("Dahua", "2.800.00AC001.0.R", "2.800.0000000.25.R"),  # another branch
        ("Uniview", "QIPC-B2202.3.73.C06290.NB.230628", "CIPC-B2303.2.8.230105"),  # another board
        ("Vivotek", "IB9387-VVTK-0103a", "FD9380-VVTK-0103b"),  # another model
        ("Milesight", "51.7.0.77", "43.7.0.78"),  # another platform
        ("Hikvision", "V5.4.0 build 160530", "V5.4.0"),  # one of them has no build
    ],
)
def test_what_nobody_can_compare(maker: str, left: str, right: str) -> None:
    """Versions that do not count on from each other are neither older nor newer."""
    one, other = versions.parse(maker, left), versions.parse(maker, right)

    assert one is not None
    assert other is not None
    assert one.compare(other) is None
    assert other.compare(one) is None


def test_makers_do_not_compare() -> None:
    """The same text of two makers is not the same version."""
    axis, bosch = versions.parse("Axis", "8.71.66"), versions.parse("Bosch", "8.71.66")

    assert axis is not None
    assert bosch is not None
    assert axis.compare(bosch) is None


def test_a_bound_without_a_build_means_every_build() -> None:
    """An advisory that says "up to 3.05.62" means each build of it; one with a build asks for the unit's."""
    unit, bare = versions.parse("Hikvision", "V4.30.096 build 230101"), versions.parse("Hikvision", "V4.30.096")
    bound = versions.parse("Hikvision", "V4.30.096 build 221220")

    assert unit is not None
    assert bare is not None
    assert bound is not None
    assert unit.against(bare) == 0
    assert unit.against(bound) == 1
    assert bare.against(bound) is None


@pytest.mark.parametrize("text", ["2.400.0.8", "General", "V4.02.R11.34500140.12001.131600.00000", "2021"])
def test_a_text_of_another_grammar_is_no_version(text: str) -> None:
    """A maker's text that is not in the maker's form is not read as something else."""
    assert versions.parse("Dahua", text) is None


def test_lines_of_updates() -> None:
    """The first two numbers are the line: an LTS track of Axis."""
    lts, same, other = (versions.parse("Axis", text) for text in ("9.80.47", "9.80.3.1", "9.10.1"))

    assert lts is not None
    assert same is not None
    assert other is not None
    assert same.same_line(lts)
    assert not other.same_line(lts)


# -- properties -----------------------------------------------------------------------------------------

MAKERS = st.sampled_from([*GRAMMARS, None, "Nobody"])
numbers = st.integers(0, 400)
builds = st.dates(date(2012, 1, 1), date(2026, 12, 31))
hikvision = st.builds(lambda a, b, c, day: f"V{a}.{b}.{c} build {day:%y%m%d}", numbers, numbers, numbers, builds)
axis = st.lists(numbers, min_size=2, max_size=4).map(lambda parts: ".".join(map(str, parts)))
tp_link = st.builds(
    lambda a, day, rel: f"1.{a}.0 Build {day:%y%m%d} Rel.{rel}n", numbers, builds, st.integers(0, 99999)
)
dahua = st.builds(lambda a, b, day: f"2.{a:03}.0000000.{b}.R, build: {day}", numbers, numbers, builds)
hanwha = st.builds(lambda a, b, day: f"1.{a}.{b}_{day:%Y%m%d}_R{b}", numbers, numbers, builds)
reolink = st.builds(lambda a, b, day: f"v3.{a}.0.{b}_{day:%y%m%d}01", numbers, numbers, builds)
vivotek = st.builds(lambda a, letter: f"IB9387-VVTK-{a:04}{letter}", numbers, st.sampled_from("abcd"))
bosch = st.builds(lambda a, b: f"{a % 100:02}{b % 100:02}{a:04}", numbers, numbers)


@given(MAKERS, st.text(max_size=300))
def test_no_text_raises(maker: str | None, text: str) -> None:
    """Whatever a device says: a version or none, and it compares with itself."""
    found = versions.parse(maker, text)

    assert found is None or found.compare(found) == 0


@given(MAKERS, st.from_regex(r"[vV]?[0-9]{1,8}(\.[0-9A-Za-z_-]{1,8}){0,6}( ?[bB]uild ?[0-9]{6})?", fullmatch=True))
def test_parse_is_stable(maker: str | None, text: str) -> None:
    """What was read, written as it was kept, reads the same."""
    first = firmware.parse(maker, text)
    if first is None:
        return
    again = firmware.parse(maker, first.version)

    assert again is not None
    assert again.version == first.version
    assert versions.read(maker, Firmware(first.version, first.raw, first.build_date)) == versions.read(maker, first)


@pytest.mark.parametrize(
    ("maker", "texts"),
    [
        ("Hikvision", hikvision),
        ("Axis", axis),
        ("TP-Link", tp_link),
        ("Dahua", dahua),
        ("Hanwha Vision", hanwha),
        ("Reolink", reolink),
        ("Vivotek", vivotek),
        ("Bosch", bosch),
    ],
)
def test_a_total_order(maker: str, texts: st.SearchStrategy[str]) -> None:
    """Antisymmetric and transitive, over every three versions of a grammar whose builds are known."""

    @given(st.lists(texts, min_size=3, max_size=3))
    def check(three: list[str]) -> None:
        read = [found for text in three if (found := versions.parse(maker, text))]
        assert len(read) == 3
        for left, right in itertools.product(read, read):
            assert left.compare(right) is not None
            assert left.compare(right) == -(right.compare(left) or 0)
        one, two, three_ = read
        if (one.compare(two) or 0) <= 0 and (two.compare(three_) or 0) <= 0:
            assert (one.compare(three_) or 0) <= 0

    check()


# -- recordings -----------------------------------------------------------------------------------------


def recorded() -> list[tuple[str, str | None, str]]:
    """(name, maker, firmware) of every recording and of the cameras behind its recorder."""
    rows: list[tuple[str, str | None, str]] = []
    for path in sorted(RECORDINGS.glob("*.json")):
        truth: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))["truth"]
        for unit in (truth, *truth.get("channels", ())):
            if isinstance(unit, dict) and unit.get("firmware"):
                text = f"{unit['firmware']} {unit.get('firmware_build', '')}".strip()
                rows.append((path.stem, unit.get("oem_of") or unit.get("vendor") or truth.get("vendor"), text))
    return rows


def test_versions_of_real_devices_are_read() -> None:
    """Each version in the recordings is read by the grammar of its maker, with its build where it has one."""
    if not RECORDINGS.is_dir():
        pytest.skip(f"the recordings are not here: {Path('shared') / 'recordings'}")
    rows = recorded()

    assert len(rows) > 10
    for name, maker, text in rows:
        found = versions.parse(maker, text)
        if maker is None:  # a unit nobody can name: a build date alone
            assert firmware.parse(None, text) is not None, name
            continue
        assert found is not None, (name, maker, text)
        assert ("build" not in text) or found.built is not None, (name, text)


# -- brands ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "letters"),
    [
        ("2.622.00AC000.0.R,build:2020-10-22", ("AC", "Amcrest")),
        ("4.000.00AC000.0,build:2020-05-21", ("AC", "Amcrest")),
        ("2.800.00IB00C.0.T", ("IB", "Intelbras")),
        ("2.622.00LR000.10.R", ("LR", "Lorex")),
        ("4.001.0000005.1", None),
        ("2.800.00XX000.0.R", None),
    ],
)
def test_letters_that_tell_the_brand(text: str, letters: tuple[str, str] | None) -> None:
    """With and without the last letter; letters nobody has explained tell nothing."""
    assert firmware.oem_letters(text) == letters
