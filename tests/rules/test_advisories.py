"""Advisories: the dated data is read strictly, and an answer is given only where the data decides it."""

from __future__ import annotations

import re
from datetime import date

import pytest

from rules import load_packs
from rules.advisories import models
from rules.advisories.assess import Unit, assess
from rules.advisories.book import FlawBook
from rules.advisories.model import ALL_MODELS, Advisory, AdvisoryFile, ModelPattern
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


VIVOTEK, MILESIGHT, BOSCH, TVT = "Vivotek", "Milesight", "Bosch", "TVT"


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
        (HANWHA, "CVE-2025-52599", HANWHA, "XND-8082RV", "2.23.00", "camera", "cannot tell"),
        (HANWHA, "CVE-2023-6116", HANWHA, "PRN-1600B2", "5.01.50", "recorder", "cannot tell"),
        ("Uniview", "CVE-2023-0773", "Uniview", "IPC322LB-SF28-A", "CIPC-B2303.2.8.230105", "camera", "affected"),
        ("Uniview", "CVE-2023-0773", "Uniview", "IPC322LB-SF28-A", "CIPC-B2303.2.9.230105", "camera", "fixed"),
        ("Uniview", "CVE-2023-0773", "Uniview", "IPC2122LB-SF28-A", "CIPC-B2303.2.8.230105", "camera", "cannot tell"),
        ("Uniview", "CVE-2023-0773", "Uniview", "IPC2122LB-SF28-A", "CIPC-B2303.2.9.230601", "camera", "fixed"),
        ("Uniview", "CVE-2023-0773", "Uniview", "IPC3238SR-ADZK", "DIPC-B1230.2.9.230101", "camera", "cannot tell"),
        (HANWHA, "CVE-2025-8075", HANWHA, "QNV-C8012", "2.22.04", "camera", "affected"),
        ("Uniview", "CVE-2021-45039", "Uniview", "IPC3238SR-ADZK", "DIPC-B1216.5.7.240109", "camera", "cannot tell"),
        ("Uniview", "CVE-2024-0778", "Uniview", "ISC2500-S", "ISC-B1216.5.7.240109", "recorder", "affected"),
        (PTZ, "CVE-2026-75969", PTZ, "PT30X-NDI-GY-G2", "6.3.40", "camera", "affected"),
        (PTZ, "CVE-2026-75969", PTZ, "Move 4K 30X", "2.1.17", "camera", "fixed"),
        (LILIN, "CVE-2026-0854", LILIN, "NVR5416E", "4.0.24.4078", "recorder", "affected"),
        (LILIN, "CVE-2026-0854", LILIN, "NVR5832", "4.0.24.4078", "recorder", "fixed"),
        ("Digiever", "CVE-2025-10264", "Digiever", "DS-4200 Pro+", "3.1.0.79", "recorder", "cannot tell"),
        # A record that counts by numbers is silent between two of its ranges.
        (AXIS, "CVE-2025-0325", AXIS, "P3265-V", "6.49.9", "camera", "not applicable"),
        (AXIS, "CVE-2025-0325", AXIS, "P3265-V", "6.50.5.20", "camera", "affected"),
        (AXIS, "CVE-2025-0325", AXIS, "P3265-V", "6.50.5.21", "camera", "fixed"),
        (AXIS, "CVE-2025-0325", AXIS, "P3265-V", "6.55.1", "camera", "cannot tell"),
        (AXIS, "CVE-2025-0325", AXIS, "P3265-V", "7.10.1", "camera", "affected"),
        (AXIS, "CVE-2025-0325", AXIS, "P3265-V", "8.40.73", "camera", "affected"),
        (AXIS, "CVE-2025-0325", AXIS, "P3265-V", "8.40.74", "camera", "fixed"),
        (AXIS, "CVE-2025-0325", AXIS, "P3265-V", "8.50.1", "camera", "cannot tell"),
        (AXIS, "CVE-2025-0325", AXIS, "P3265-V", "10.5.1", "camera", "affected"),
        (AXIS, "CVE-2025-0325", AXIS, "P3265-V", "9.80.100", "camera", "fixed"),
        (AXIS, "CVE-2023-22984", AXIS, "AXIS 207W", "4.40.1", "camera", "cannot tell"),
        (AXIS, "CVE-2023-22984", AXIS, "AXIS 207MW", "4.40.1", "camera", "not applicable"),
        (AXIS, "CVE-2023-21405", AXIS, "A8207-VE", "10.12.178", "intercom", "affected"),
        (AXIS, "CVE-2023-21405", AXIS, "AXIS A8207-VE", "11.5.53", "intercom", "affected"),
        (AXIS, "CVE-2023-21405", AXIS, "A8207-VE", "10.12.179", "intercom", "fixed"),
        (AXIS, "CVE-2023-21405", AXIS, "A8207-VE Mk II", "10.12.178", "intercom", "cannot tell"),  # near
        (AXIS, "CVE-2023-21405", AXIS, "A8207-V", "10.12.178", "intercom", "not applicable"),
        (AXIS, "CVE-2023-21414", AXIS, "AXIS A8207-VE Mk II", "11.5.64", "intercom", "affected"),
        (AXIS, "CVE-2023-21414", AXIS, "AXIS Q3527-LVE", "10.12.205", "camera", "affected"),
        (AXIS, "CVE-2023-21414", AXIS, "AXIS Q3527-LV", "10.12.205", "camera", "cannot tell"),  # the chip is not seen
        (AXIS, "CVE-2024-47257", AXIS, "AXIS Q6128-E", "6.50.5.14", "camera", "cannot tell"),
        (AXIS, "CVE-2024-47257", AXIS, "AXIS Q6129-E", "6.50.5.14", "camera", "not applicable"),
        (AXIS, "CVE-2023-5677", AXIS, "AXIS P7214", "5.51.7.6", "encoder", "affected"),
        (AXIS, "CVE-2023-5677", AXIS, "AXIS P7214", "5.51.7.7", "encoder", "fixed"),
        (AXIS, "CVE-2023-5677", AXIS, "AXIS P7224", "5.51.7.6", "encoder", "cannot tell"),
        (HANWHA, "CVE-2023-31996", HANWHA, "QND-6012R1", "1.41.13", "camera", "affected"),
        (HANWHA, "CVE-2023-31996", HANWHA, "QND-6012R1", "1.41.14", "camera", "fixed"),
        (HANWHA, "CVE-2023-31996", HANWHA, "QNV-8080R", "1.41.05", "camera", "fixed"),
        (HANWHA, "CVE-2023-31996", HANWHA, "QND-7012R", "1.41.04", "camera", "cannot tell"),
        (HANWHA, "CVE-2023-31996", HANWHA, "XND-6080R", "1.41.04", "camera", "not applicable"),
        # Recorders are meant from six months before the cameras on.
        (DAHUA, "CVE-2021-33046", DAHUA, "IPC-HFW5442E-ZE", f"{OLD},build:2017-06-30", "camera", "not applicable"),
        (DAHUA, "CVE-2021-33046", DAHUA, "IPC-HFW5442E-ZE", f"{OLD},build:2017-07-01", "camera", "affected"),
        (DAHUA, "CVE-2021-33046", DAHUA, "NVR4104", f"{OLD},build:2017-06-30", "recorder", "affected"),
        (DAHUA, "CVE-2021-33046", DAHUA, "NVR4104", f"{OLD},build:2016-12-31", "recorder", "not applicable"),
        (DAHUA, "CVE-2021-33046", DAHUA, "NVR4104", f"{OLD},build:2021-07-15", "recorder", "cannot tell"),
        (DAHUA, "CVE-2021-33046", DAHUA, "NVR4104", f"{OLD},build:2021-08-01", "recorder", "fixed"),
        # Versions of one platform, of ten at once, and a mended one that is called affected as well.
        (MILESIGHT, "CVE-2026-28747", MILESIGHT, "MS-C2963-PD", "51.7.0.77-r12", "camera", "affected"),
        (MILESIGHT, "CVE-2026-28747", MILESIGHT, "MS-C2963-PD", "51.7.0.77-r13", "camera", "fixed"),
        (MILESIGHT, "CVE-2026-28747", MILESIGHT, "MS-C2963-PD", "52.7.0.77-r12", "camera", "cannot tell"),
        (MILESIGHT, "CVE-2026-28747", MILESIGHT, "MS-C2972-FPE", "61.8.0.5-r1", "camera", "cannot tell"),
        (MILESIGHT, "CVE-2026-28747", MILESIGHT, "MS-C2972-RFIPE", "61.8.0.5-r1", "camera", "affected"),
        (MILESIGHT, "CVE-2026-28747", MILESIGHT, "MS-C2972-RFIPE", "61.8.0.5-r2", "camera", "cannot tell"),
        (MILESIGHT, "CVE-2026-28747", MILESIGHT, "MS-C2972-RFIPE", "61.8.0.5-r3", "camera", "fixed"),
        (MILESIGHT, "CVE-2026-28747", MILESIGHT, "MS-C2974-PA", "33.8.0.3-r11", "camera", "affected"),
        (MILESIGHT, "CVE-2026-28747", MILESIGHT, "MS-C2974-PA", "39.8.0.3-r12", "camera", "fixed"),
        (MILESIGHT, "CVE-2026-28747", MILESIGHT, "MS-C2974-PA", "40.8.0.3-r11", "camera", "cannot tell"),
        (MILESIGHT, "CVE-2026-28747", MILESIGHT, "MS-N5008-UPT", "74.9.0.19-r5", "recorder", "affected"),
        (MILESIGHT, "CVE-2026-28747", MILESIGHT, "MS-N5008-UPT", "74.9.0.19-r6", "recorder", "fixed"),
        (MILESIGHT, "CVE-2026-28747", MILESIGHT, "MS-C2981-PD", "51.7.0.77-r12", "camera", "not applicable"),
        # Which platform it is cannot be seen; how the maker writes the mended build is not known.
        (BOSCH, "CVE-2021-23847", BOSCH, "FLEXIDOME IP starlight 8000i", "7.62.0005", "camera", "not applicable"),
        (BOSCH, "CVE-2021-23847", BOSCH, "FLEXIDOME IP starlight 8000i", "7.70.0098", "camera", "cannot tell"),
        (BOSCH, "CVE-2021-23847", BOSCH, "FLEXIDOME IP starlight 8000i", "7.80.0128", "camera", "cannot tell"),
        (BOSCH, "CVE-2021-23847", BOSCH, "FLEXIDOME IP starlight 8000i", "7.81.0047", "camera", "fixed"),
        # One tested firmware, one letter or number beside it.
        (VIVOTEK, "CVE-2024-26548", VIVOTEK, "FD8166A", "FD8166A-VVTK-0204j", "camera", "affected"),
        (VIVOTEK, "CVE-2024-26548", VIVOTEK, "FD8166A", "FD8166A-VVTK-0204k", "camera", "cannot tell"),
        (VIVOTEK, "CVE-2024-7442", VIVOTEK, "SD9365", "SD9365-VVTK-0103f", "camera", "not applicable"),
        (TVT, "CVE-2024-7339", TVT, "TD-2104TS-CL", "1.3.4.22966B181219.D44.U1(16A82T)", "recorder", "affected"),
        (TVT, "CVE-2024-7339", TVT, "TD-2104TS-CL", "1.3.4.22967B181219.D44.U1(16A82T)", "recorder", "cannot tell"),
        (TVT, "CVE-2024-7339", TVT, "TD-2104TS-HP", "1.3.4.22966B181219.D44.U1(16A82T)", "recorder", "not applicable"),
        (TVT, "CVE-2024-14007", TVT, "TD-2104TS-CL", "1.3.3.20657B180918", "recorder", "cannot tell"),
        (TVT, "CVE-2024-14007", TVT, "TD-2104TS-CL", "1.3.4.22966B181219", "recorder", "fixed"),
        (DAHUA, "CVE-2026-6824", "CP Plus", "CP-UNR-108F1", "V4.001.00AT009.0.R", "recorder", "affected"),
        (DAHUA, "CVE-2026-6824", "CP Plus", "CP-UNR-108F1", "V4.001.00AT009.1.R", "recorder", "cannot tell"),
        (DAHUA, "CVE-2026-6824", DAHUA, "CP-UNR-108F1", "V4.001.00AT009.0.R", "recorder", "not applicable"),
        (DAHUA, "CVE-2026-36438", "Intelbras", "VIP-1230-D-G4", "V2.800.00IB00C.0.T", "camera", "affected"),
        (DAHUA, "CVE-2026-36438", "Intelbras", "VIP-1230-D-G4", "V2.810.00IB00C.0.T", "camera", "cannot tell"),
        ("Edimax", "CVE-2024-7616", "Edimax", "IC-6220DC", "3.06", "camera", "affected"),
        ("Edimax", "CVE-2024-7616", "Edimax", "IC-6220DC", "3.07", "camera", "cannot tell"),
        ("Edimax", "CVE-2024-7616", "Edimax", "IC-6220D", "3.06", "camera", "not applicable"),
        # The hardware is not seen; all versions up to one; a version about which two sources differ.
        (TPLINK, "CVE-2025-7724", "TP-Link", "VIGI NVR1104H-4P", "1.1.5 Build 250517", "recorder", "cannot tell"),
        (TPLINK, "CVE-2025-7724", "TP-Link", "VIGI NVR1104H-4P", "1.1.5 Build 250518", "recorder", "fixed"),
        (TPLINK, "CVE-2025-7724", "TP-Link", "VIGI NVR1104H", "1.1.4 Build 240101", "recorder", "not applicable"),
        (TPLINK, "CVE-2021-4045", "TP-Link", "Tapo C200", "1.1.15 Build 211130 Rel.15378n", "camera", "affected"),
        (TPLINK, "CVE-2021-4045", "TP-Link", "Tapo C200", "1.1.16 Build 211209 Rel.37726n", "camera", "fixed"),
        (TPLINK, "CVE-2021-4045", "TP-Link", "Tapo C210", "1.1.15 Build 211130 Rel.15378n", "camera", "not applicable"),
        (PTZ, "CVE-2025-35451", PTZ, "PT12X-SE-GY-G3", "9.1.42", "camera", "affected"),
        (PTZ, "CVE-2025-35451", PTZ, "PT12X-SE-GY-G3", "9.1.43", "camera", "cannot tell"),
        (PTZ, "CVE-2025-35451", PTZ, "PT12X-SE-GY-G3", "9.1.44", "camera", "fixed"),
        (PTZ, "CVE-2025-35451", PTZ, "PT12X-SDI-GY-G2", "6.3.69", "camera", "affected"),
        (PTZ, "CVE-2025-35451", PTZ, "PT12X-SDI-GY-G2", "6.3.70", "camera", "cannot tell"),
        # No range that is public, or none that can be compared.
        ("Reolink", "CVE-2025-60858", "Reolink", "Video Doorbell WiFi", "v3.0.0.4662_2503122283", "intercom",
         "cannot tell"),
        ("Reolink", "CVE-2025-60858", "Reolink", "Video Doorbell PoE", "v3.0.0.4662_2503122283", "intercom",
         "not applicable"),
        ("Uniview", "CVE-2020-21452", "Uniview", "ISC2500-S", "ISC-B1216.5.7.240109", "recorder", "cannot tell"),
        ("Uniview", "CVE-2020-21452", "Uniview", "ISC3500-S", "ISC-B1216.5.7.240109", "recorder", "not applicable"),
        ("AVTECH", "CVE-2024-7029", "AVTECH", "AVM1203", "FullImg-1023-1007-1011-1009", "camera", "cannot tell"),
        ("GeoVision", "CVE-2023-3638", "GeoVision", "GV-ADR2701", "V1.00_2017_12_15", "camera", "cannot tell"),
        ("GeoVision", "CVE-2023-3638", "GeoVision", "GV-ADR2702", "V1.00_2017_12_15", "camera", "not applicable"),
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
        ("Vivotek", "IB8367A", date(2024, 8, 3)),
        ("Axis", "AXIS 207W", date(2023, 2, 21)),
        ("Axis", "AXIS 207MW", None),
        ("Vivotek", "IB8367", None),
    ],
)
def test_the_end_of_support_is_that_of_the_model(maker: str, model: str, ends: date | None) -> None:
    (pack,) = load_packs(["known-vulnerabilities"])
    book = FlawBook(pack.advisories, pack.support, date(2026, 11, 23))

    told = book.support_of(Unit(maker, maker, model, None, "camera"))

    assert told.ends == ends, told.words


def test_every_pattern_of_a_model_can_be_met(files: dict[str, AdvisoryFile]) -> None:
    """A pattern that no model can meet would call every unit it means safe: each is met by a name spelt after it."""
    for file in files.values():
        patterns = {one for advice in file.advisories for row in advice.rows for one in row.models}
        for pattern in patterns - {ModelPattern(ALL_MODELS)}:
            name = re.sub(r"(?i)\s+series$", "", pattern.reads_as or pattern.text)
            if file.maker == DAHUA:  # HX is a family of forms, XVR a word, any other X a digit
                name = re.sub(r"HXXX(?=\d)|HX(?=\d|X\d)", "HFW", name)
                name = re.sub(r"[Xx](?!VR)", "5", name)
            model = models.folded(file.maker, name.replace("x", "5"))

            met = models.match(file.maker, pattern, model)

            assert met == ("unclear" if pattern.loose else "yes"), (file.maker, pattern, model)


def test_every_row_names_its_source(files: dict[str, AdvisoryFile]) -> None:
    """A fact without a source is a defect."""
    for file in files.values():
        for one in file.advisories:
            assert one.source.startswith("https://"), one.id
            assert one.rows, one.id
