"""Advisories: the dated data is read strictly, and an answer is given only where the data decides it."""

from __future__ import annotations

from datetime import date

import pytest

from rules import load_packs
from rules.advisories.assess import Unit, assess
from rules.advisories.book import FlawBook
from rules.advisories.model import Advisory, AdvisoryFile
from scanner.fingerprint import firmware
from scanner.model import Firmware, Kind


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
    found = Firmware(version, version, built) if version else None

    told = assess(advisory(files, maker, cve), Unit(maker, brand, model, found, "camera"))

    assert (told.answer, told.why) == (answer, told.why)
    assert bool(told.missing) is (answer == "cannot tell")


AXIS_55, AXIS_64 = "5.51.7.4", "6.42.1"
PTZ, LILIN, TPLINK, HANWHA = "PTZOptics", "LILIN", "TP-Link", "Hanwha Vision"


@pytest.mark.parametrize(
    ("maker", "cve", "brand", "model", "text", "kind", "answer"),
    [
        # Built between two days, both inside: the flaw came with one build and left with another.
        (DAHUA, "CVE-2022-30564", "Dahua", "IPC-HFW5442E-ZE", f"{OLD},build:2018-11-30", "camera", "not applicable"),
        (DAHUA, "CVE-2022-30564", "Dahua", "IPC-HFW5442E-ZE", f"{OLD},build:2018-12-01", "camera", "affected"),
        (DAHUA, "CVE-2022-30564", "Dahua", "IPC-HFW5442E-ZE", f"{OLD},build:2020-12-21", "camera", "affected"),
        (DAHUA, "CVE-2022-30564", "Dahua", "IPC-HFW5442E-ZE", f"{OLD},build:2020-12-22", "camera", "fixed"),
        (DAHUA, "CVE-2022-30564", "Dahua", "NVR5216-I", f"{OLD},build:2020-01-02", "recorder", "affected"),
        (DAHUA, "CVE-2022-30564", "Dahua", "NVR5216-16P-I/L", f"{OLD},build:2020-01-02", "recorder", "cannot tell"),
        (DAHUA, "CVE-2022-30564", "Dahua", "IPC-HUM5241", f"{OLD},build:2019-05-05", "camera", "not applicable"),
        (DAHUA, "CVE-2025-31703", "Dahua", "XVR4232AN-I/T", f"{NEW},build:2026-03-02", "recorder", "affected"),
        (DAHUA, "CVE-2025-31703", "Dahua", "NVR2108HS-8P-4KS3", f"{NEW},build:2026-03-02", "recorder", "cannot tell"),
        (DAHUA, "CVE-2025-31703", "Dahua", "XVR4232AN-I/T", f"{NEW},build:2026-03-03", "recorder", "fixed"),
        (DAHUA, "CVE-2017-9315", "Dahua", "IPC-HFW4431R", f"{OLD},build:2016-09-14", "camera", "affected"),
        (DAHUA, "CVE-2017-9315", "Dahua", "IPC-HFW4431R", f"{OLD},build:2017-03-20", "camera", "cannot tell"),
        (DAHUA, "CVE-2017-9315", "Dahua", "SD22204T-GN", f"{OLD},build:2016-09-14", "camera", "cannot tell"),
        (DAHUA, "CVE-2024-13130", "Dahua", "IPC-HFW1200S", f"{NEW},build:2026-01-01", "camera", "cannot tell"),
        # Lines of updates: each is held against its own mended version, and one whose mending was not read is open.
        (AXIS, "CVE-2021-31987", "Axis", "M1065-LW", AXIS_55, "camera", "cannot tell"),
        (AXIS, "CVE-2021-31987", "Axis", "M1065-LW", "6.50.5.4", "camera", "affected"),
        (AXIS, "CVE-2021-31987", "Axis", "M1065-LW", "8.40.4.3", "camera", "fixed"),
        (AXIS, "CVE-2021-31987", "Axis", "M1065-LW", "10.7.2", "camera", "affected"),
        (AXIS, "CVE-2021-31986", "Axis", "M1065-LW", AXIS_64, "camera", "affected"),
        (AXIS, "CVE-2021-31986", "Axis", "M1065-LW", AXIS_55, "camera", "not applicable"),
        (AXIS, "CVE-2024-0066", "Axis", "P3265-V", "9.80.68", "camera", "affected"),
        (AXIS, "CVE-2024-0066", "Axis", "P3265-V", "8.40.50", "camera", "cannot tell"),
        (AXIS, "CVE-2024-0066", "Axis", "P3265-V", "11.10.1", "camera", "fixed"),
        (AXIS, "CVE-2025-0325", "Axis", "P3265-V", "11.5.64", "camera", "affected"),
        (AXIS, "CVE-2025-0325", "Axis", "P3265-V", "11.11.142", "camera", "fixed"),
        (AXIS, "CVE-2024-6979", "Axis", "P3265-V", "11.10.61", "camera", "not applicable"),
        (AXIS, "CVE-2026-0804", "Axis", "P3265-V", "12.10.4", "camera", "fixed"),
        # The number that says it comes last: a release after the day of the build, or nothing that can be seen.
        (TPLINK, "CVE-2026-0629", "TP-Link", "VIGI C345", "3.1.0 Build 250820 Rel.57667n", "camera", "affected"),
        (TPLINK, "CVE-2026-0629", "TP-Link", "VIGI C345", "3.1.0 Build 250820 Rel.57668n", "camera", "fixed"),
        (TPLINK, "CVE-2026-0629", "TP-Link", "VIGI C230I", "2.1.0 Build 250701 Rel.45000n", "camera", "cannot tell"),
        (TPLINK, "CVE-2026-0629", "TP-Link", "VIGI C230I Mini", "2.1.0 Build 250701 Rel.47000n", "camera", "affected"),
        (TPLINK, "CVE-2026-0629", "TP-Link", "VIGI C340", "2.0.1 Build 230101 Rel.10000n", "camera", "cannot tell"),
        (TPLINK, "CVE-2026-0629", "TP-Link", "VIGI C340", "2.1.0 Build 251014 Rel.10000n", "camera", "fixed"),
        (TPLINK, "CVE-2026-0629", "TP-Link", "Tapo C210", "1.1.0 Build 230101 Rel.10000n", "camera", "not applicable"),
        (HIKVISION, "CVE-2025-45851", "Hikvision", "DS-2CD1321-I", "V5.7.21 build 230819", "camera", "affected"),
        (HIKVISION, "CVE-2025-45851", "Hikvision", "DS-2CD1321-I", "V5.7.23 build 250601", "camera", "cannot tell"),
        (HIKVISION, "CVE-2025-45851", "Hikvision", "DS-2CD1321-I", "V5.8.0 build 251101", "camera", "fixed"),
        (HIKVISION, "CVE-2025-45851", "Hikvision", "DS-2CD1323-I", "V5.7.21 build 230819", "camera", "not applicable"),
        # Sold under one name only, by its seller's model.
        (HIKVISION, "CVE-2021-32941", "Annke", "N48PBB", "V3.4.106 build 200422", "recorder", "affected"),
        (HIKVISION, "CVE-2021-32941", "Annke", "N48PBB", "V3.4.107 build 210601", "recorder", "fixed"),
        (HIKVISION, "CVE-2021-32941", "Annke", "N46PCK", "V3.4.106 build 200422", "recorder", "cannot tell"),
        (HIKVISION, "CVE-2021-32941", "LTS", "N48PBB", "V3.4.106 build 200422", "recorder", "not applicable"),
        # One tested firmware; a version for each model; every version there is; no range at all.
        ("Reolink", "CVE-2022-21796", "Reolink", "RLC-410W", "v3.0.0.136_20121102", "camera", "affected"),
        ("Reolink", "CVE-2022-21796", "Reolink", "RLC-410W", "v3.0.0.149_21052600", "camera", "cannot tell"),
        ("Reolink", "CVE-2021-44419", "Reolink", "RLC-410", "v3.0.0.136_20121102", "camera", "not applicable"),
        ("Reolink", "CVE-2021-40150", "Reolink", "E1 Zoom", "v3.0.0.716_21112404", "camera", "affected"),
        ("Reolink", "CVE-2021-40150", "Reolink", "E1 Zoom", "v3.0.0.717_22010101", "camera", "fixed"),
        ("Reolink", "CVE-2021-40150", "Reolink", "E1 Pro", "v3.0.0.716_21112404", "camera", "not applicable"),
        (HANWHA, "CVE-2023-5037", HANWHA, "PNM-9022V", "2.21.99", "camera", "affected"),
        (HANWHA, "CVE-2023-5037", HANWHA, "PNM-9022V", "2.22.00", "camera", "fixed"),
        (HANWHA, "CVE-2023-5037", HANWHA, "PNM-9000QB", "2.22.00", "camera", "affected"),
        (HANWHA, "CVE-2023-5037", HANWHA, "QNV-C8012", "1.41.10", "camera", "cannot tell"),
        (HANWHA, "CVE-2023-5747", HANWHA, "XNV-8080R", "2.21.02", "camera", "not applicable"),
        (HANWHA, "CVE-2025-8075", HANWHA, "QNV-C8012", "2.22.04", "camera", "affected"),
        ("Uniview", "CVE-2021-45039", "Uniview", "IPC3238SR-ADZK", "DIPC-B1216.5.7.240109", "camera", "cannot tell"),
        ("Uniview", "CVE-2024-0778", "Uniview", "ISC2500-S", "ISC-B1216.5.7.240109", "recorder", "affected"),
        (PTZ, "CVE-2026-75969", PTZ, "PT30X-NDI-GY-G2", "6.3.40", "camera", "affected"),
        (PTZ, "CVE-2026-75969", PTZ, "Move 4K 30X", "2.1.17", "camera", "fixed"),
        (LILIN, "CVE-2026-0854", LILIN, "NVR5416E", "4.0.24.4078", "recorder", "affected"),
        (LILIN, "CVE-2026-0854", LILIN, "NVR5832", "4.0.24.4078", "recorder", "fixed"),
        ("Digiever", "CVE-2025-10264", "Digiever", "DS-4200 Pro+", "3.1.0.79", "recorder", "cannot tell"),
    ],
)  # fmt: skip
def test_unusual_ranges_and_near_misses(
    files: dict[str, AdvisoryFile], maker: str, cve: str, brand: str, model: str, text: str, kind: Kind, answer: str,
) -> None:  # fmt: skip
    """Firmware as the device writes it, one number beside the range as well as in it."""
    unit = Unit(maker, brand, model, firmware.parse(maker, text), kind)

    told = assess(advisory(files, maker, cve), unit)

    assert told.answer == answer, told.why


EXPLOITED = {
    "Hikvision": {"CVE-2017-7921", "CVE-2021-36260"},
    "Dahua": {"CVE-2021-33044", "CVE-2021-33045", "CVE-2020-5735"},
    "D-Link": {"CVE-2016-11021", "CVE-2020-25078", "CVE-2020-25079", "CVE-2022-40799"},
    "GeoVision": {"CVE-2024-6047", "CVE-2024-11120"},
    "Edimax": {"CVE-2025-1316"},
    "Reolink": {"CVE-2019-11001", "CVE-2021-40407"},
    "NUUO": {"CVE-2018-14933", "CVE-2022-23227"},
    "PTZOptics": {"CVE-2024-8956", "CVE-2024-8957"},
    "QNAP": {"CVE-2023-47565"},
    "TVT": {"CVE-2019-20085"},
    "Digiever": {"CVE-2023-52163"},
}


def test_the_catalogue_of_exploited_flaws_is_there(files: dict[str, AdvisoryFile]) -> None:
    """Camera and recorder entries of CISA KEV, by the maker who has them."""
    found = {maker: {cve for one in file.advisories if one.kev for cve in one.cves} for maker, file in files.items()}

    assert {maker: cves for maker, cves in found.items() if cves} == EXPLOITED


@pytest.mark.parametrize("maker", ["Hikvision", "Dahua", "Axis", "Hanwha Vision", "Uniview", "Reolink"])
def test_the_six_large_makers_are_looked_up_over_six_years(files: dict[str, AdvisoryFile], maker: str) -> None:
    file = files[maker]

    assert file.covers == "advisories"
    assert file.covers_from is not None
    assert file.covers_from <= date(2020, 11, 1)


def test_a_flaw_is_told_once(files: dict[str, AdvisoryFile]) -> None:
    """Twice the same CVE of one maker would be two answers to one question."""
    for file in files.values():
        cves = [cve for one in file.advisories for cve in one.cves]
        assert len(cves) == len(set(cves)), [cve for cve in cves if cves.count(cve) > 1]


@pytest.mark.parametrize(
    ("maker", "model", "ends"),
    [
        ("D-Link", "DCS-932L", date(2021, 9, 24)),
        ("D-Link", "DNR-322L", date(2024, 8, 13)),
        ("D-Link", "DCS-932LB", None),  # merely like a named one
        ("NUUO", "NVRmini 2", date(2024, 12, 18)),
        ("Uniview", "ISC2500-S", date(2024, 1, 22)),
        ("Uniview", "ISC2500-E", None),
        ("Vivotek", "SD9364", date(2024, 8, 3)),
        ("Vivotek", "SD9364-EH", date(2024, 8, 3)),
        ("Vivotek", "SD9365", None),
    ],
)
def test_the_end_of_support_is_that_of_the_model(maker: str, model: str, ends: date | None) -> None:
    (pack,) = load_packs(["known-vulnerabilities"])
    book = FlawBook(pack.advisories, pack.support, date(2026, 11, 23))

    told = book.support_of(Unit(maker, maker, model, None, "camera"))

    assert told.ends == ends, told.words


def test_every_row_names_its_source(files: dict[str, AdvisoryFile]) -> None:
    """A fact without a source is a defect."""
    for file in files.values():
        for one in file.advisories:
            assert one.source.startswith("https://"), one.id
            assert one.rows, one.id
