"""Advisories: the dated data is read strictly, and an answer is given only where the data decides it."""

from __future__ import annotations

from datetime import date

import pytest

from rules import load_packs
from rules.advisories.assess import Unit, assess
from rules.advisories.model import Advisory, AdvisoryFile
from scanner.model import Firmware


@pytest.fixture(scope="module")
def files() -> dict[str, AdvisoryFile]:
    """The shipped advisories by maker."""
    (pack,) = load_packs(["known-vulnerabilities"])
    return {file.maker: file for file in pack.advisories}


def advisory(files: dict[str, AdvisoryFile], maker: str, cve: str) -> Advisory:
    return next(one for one in files[maker].advisories if cve in one.cves)


DAHUA, HIKVISION, AXIS = "Dahua", "Hikvision", "Axis"
OLD, NEW = "2.800.0000000.25.R", "2.820.0000000.18.R"


@pytest.mark.parametrize(
    ("maker", "cve", "brand", "model", "version", "built", "answer"),
    [
        (DAHUA, "CVE-2021-33044", "Dahua", "IPC-HFW5442E-ZE", OLD, date(2020, 5, 1), "affected"),
        (DAHUA, "CVE-2021-33044", "Dahua", "IPC-HDW3441EM-AS", OLD, date(2023, 1, 9), "fixed"),
        (DAHUA, "CVE-2021-33044", "Dahua", "IPC-HFW5442E-ZE", OLD, date(2021, 6, 20), "cannot tell"),  # sources differ
        (DAHUA, "CVE-2021-33044", "Dahua", "IPC-HFW5442E-ZE", OLD, None, "cannot tell"),
        (DAHUA, "CVE-2021-33044", "Dahua", "IPC-HFW1431S", OLD, date(2020, 5, 1), "not applicable"),
        (DAHUA, "CVE-2021-33044", "Kestrel", "KV-2124L", OLD, date(2020, 5, 1), "cannot tell"),  # the seller's own name
        (AXIS, "CVE-2025-0324", "Axis", "P3265-V", "11.9.60", None, "affected"),
        (AXIS, "CVE-2025-0324", "Axis", "P3265-V", "11.11.140", None, "fixed"),
        (AXIS, "CVE-2025-0324", "Axis", "P3265-V", "12.3.32", None, "affected"),
        (AXIS, "CVE-2025-0324", "Axis", "P3265-V", "12.3.33", None, "fixed"),
        (AXIS, "CVE-2025-0324", "Axis", "P3265-V", None, None, "cannot tell"),
        (HIKVISION, "CVE-2021-36260", "Hikvision", "DS-2CD2143G2-I", "V5.7.17", date(2023, 6, 13), "fixed"),
    ],
)
def test_affected_fixed_or_cannot_tell(
    files: dict[str, AdvisoryFile],
    maker: str, cve: str, brand: str, model: str, version: str | None, built: date | None, answer: str,
) -> None:  # fmt: skip
    """Through the maker, whatever the brand; what is missing is named where there is no answer."""
    firmware = Firmware(version, version, built) if version else None

    told = assess(advisory(files, maker, cve), Unit(maker, brand, model, firmware, "camera"))

    assert (told.answer, told.why) == (answer, told.why)
    assert bool(told.missing) is (answer == "cannot tell")


def test_the_catalogue_of_exploited_flaws_is_there(files: dict[str, AdvisoryFile]) -> None:
    """Camera and recorder entries of CISA KEV, each with the day it was added."""
    exploited = {cve for file in files.values() for one in file.advisories if one.kev for cve in one.cves}

    assert {
        "CVE-2017-7921", "CVE-2021-36260", "CVE-2021-33044", "CVE-2021-33045", "CVE-2020-25078", "CVE-2020-25079",
        "CVE-2024-11120", "CVE-2024-6047", "CVE-2025-1316", "CVE-2021-40407", "CVE-2019-11001", "CVE-2022-23227",
        "CVE-2018-14933", "CVE-2024-8956", "CVE-2024-8957", "CVE-2023-47565",
    } <= exploited  # fmt: skip


def test_every_row_names_its_source(files: dict[str, AdvisoryFile]) -> None:
    """A fact without a source is a defect."""
    for file in files.values():
        for one in file.advisories:
            assert one.source.startswith("https://"), one.id
            assert one.rows, one.id
