"""The estate: the words of the vocabulary only, and one site an address."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from scanner.errors import ConfigError
from scanner.estate import NO_SITE, Estate
from scanner.model import Site

GOOD = """
[organisation]
name = "Borough of Example"
jurisdiction = "england"
bodies = ["uk-council"]

[[site]]
name = "Town Hall"
type = "office"
tags = ["workplace"]
ranges = ["10.20.0.0/16", "fd00:20::/64"]
segment = "dedicated"
exposed = "no"
[site.records.dpia]
date = 2025-05-01
owner = "DPO"
covers = ["face-recognition"]

[[site]]
name = "Hill School"
type = "school"
ranges = ["10.21.0.1-10.21.0.99"]
exposed = true
"""


def estate_file(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "estate.toml"
    path.write_text(text)
    return path


def test_an_estate(tmp_path: Path) -> None:
    estate = Estate.from_file(estate_file(tmp_path, GOOD))
    assert estate.organisation.bodies == ("uk-council",)
    assert estate.sites[0].records["dpia"].date == date(2025, 5, 1)
    assert [site.exposed for site in estate.sites] == ["no", "yes"]
    for address, name in {
        "10.20.0.0": "Town Hall", "10.20.255.255": "Town Hall", "10.21.0.0": "", "10.21.0.1": "Hill School",
        "10.21.0.99": "Hill School", "10.21.0.100": "", "fd00:20::9": "Town Hall", "fd00:21::9": "", "9.9.9.9": "",
    }.items():  # fmt: skip
        assert estate.site_of(address).name == name
    assert estate.site("Hill School") is estate.sites[1]
    assert estate.site("elsewhere") == Site(name="elsewhere")
    assert Estate().site_of("10.0.0.1") == NO_SITE


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("[organisation]\njurisdiction = 'uk'", 2, "expected one of: england, wales, scotland"),
        ("[organisation]\nbodies = ['uk-council',\n'town']", 3, "uk-council, uk-police"),
        ("[organisation]\nnome = 'x'", 2, "unknown key 'nome'; expected one of: bodies, jurisdiction, name"),
        ("[[site]]\nname = 'A'\ntype = 'church'", 3, "school, college, hospital"),
        ("[[site]]\nname = 'A'\ntags = ['x']", 3, "expected one of: sensitive"),
        ("[[site]]\nname = 'A'\nsegment = 'vlan'", 3, "found 'vlan'"),
        ("[[site]]\nname = 'A'\nexposed = 'maybe'", 3, "expected one of: no, unknown, yes"),
        ("[[site]]\nname = 'A'\n[site.records.dpai]\ndate = 2025-01-01", 3, "expected one of: dpia"),
        ("[[site]]\nname = 'A'\n[site.records.dpia]\nowner = 'x'", 3, "expected a key 'date', found none"),
        ("[[site]]\nname = 'A'\nrecords.dpia = {date = 2025-01-01, covers = ['faces']}", 3, "found 'faces'"),
        ("[[site]]\nname = 'A'\nrecords.dpia = {date = 'May'}", 3, "expected a date"),
        ("[[site]]\nname = 'A'\nrecords.dpia = {date = 2025-01-01, days = 3}", 3, "only the record retention"),
        ("[[site]]\nname = 'A'\nrecords.retention = {date = 2025-01-01, days = 0}", 3, "a number of days from 1"),
        ("[[site]]\nname = 'A'\nranges = ['10.0.0.1',\n'10.0.0.0/33']", 4, "expected a CIDR"),
        ("[[site]]\nname = 'A'\nranges = ['hall']", 3, "expected an address, CIDR or range, found 'hall'"),
        ("[[site]]\nname = ' '", 2, "expected a site name"),
        ("[[site]]\ntype = 'office'", 1, "expected a key 'name', found none"),
        ("[[site]]\nname = 'A'\n[[site]]\nname = 'a'", 4, "'a' is there twice, first on line 1"),
        (
            "[[site]]\nname='A'\nranges=['10.0.0.0/24']\n[[site]]\nname='B'\nranges=['10.1.0.0/24',\n'10.0.0.9']",
            7,
            "the range 10.0.0.9 of site 'B' overlaps 10.0.0.0/24 of site 'A' on line 3",
        ),
        ("[[site]]\nname='A'\nranges=['10.0.0.0/24', '10.0.0.0/25']", 3, "overlaps"),
    ],
)
def test_mistakes_in_an_estate_file(tmp_path: Path, text: str, line: int, message: str) -> None:
    path = estate_file(tmp_path, text)
    with pytest.raises(ConfigError) as error:
        Estate.from_file(path)
    assert str(error.value).startswith(f"{path}:{line}: ")
    assert message in str(error.value)
    assert "\n" not in str(error.value)


def test_an_estate_built_by_hand_is_checked_too() -> None:
    with pytest.raises(ConfigError, match="ranges overlap: A and B"):
        Estate(sites=(Site(name="A", ranges=("10.0.0.0/24",)), Site(name="B", ranges=("10.0.0.1",))))
