"""Firmware strings, MAC prefixes, and the replies of real devices."""

from __future__ import annotations

import csv
import importlib.util
import json
from datetime import date
from pathlib import Path
from typing import Any

import needs
import netaddr
import pytest

from scanner.errors import PackError
from scanner.fingerprint import firmware, identify, oui
from scanner.model import Observation

# -- firmware ----------------------------------------------------------------------------------------------

STRINGS = [
    ("Hikvision", "V5.7.17 build 240606", "V5.7.17", date(2024, 6, 6)),
    ("Hikvision", "V5.5.0build 170914", "V5.5.0", date(2017, 9, 14)),
    ("Hikvision", "V3.5.38build 191215", "V3.5.38", date(2019, 12, 15)),
    ("Hikvision", "V4.62.210", "V4.62.210", None),
    ("Dahua", "2.800.0000000.25.R, build: 2021-09-28", "2.800.0000000.25.R", date(2021, 9, 28)),
    ("Dahua", "2.800.00IB00C.0.T,build:2021-09-28", "2.800.00IB00C.0.T", date(2021, 9, 28)),
    ("Dahua", "2.400.0.8", "2.400.0.8", None),
    ("Axis", "9.80.3.1", "9.80.3.1", None),
    ("Axis", "11.9.60", "11.9.60", None),
    ("Hanwha Vision", "1.41.10_20211216_R234", "1.41.10_20211216_R234", date(2021, 12, 16)),
    ("Uniview", "QIPC-B2202.3.73.C06290.NB.230628", "QIPC-B2202.3.73.C06290.NB.230628", date(2023, 6, 28)),
    ("Bosch", "8.71.0066", "8.71.0066", None),
    ("Bosch", "08710066", "8.71.0066", None),
    ("Reolink", "v3.1.0.2649_23083101", "v3.1.0.2649_23083101", date(2023, 8, 31)),
    ("Vivotek", "IB9387-VVTK-0103a", "IB9387-VVTK-0103a", None),
    ("TP-Link", "1.3.1 Build 211120 Rel.53451n(4555)", "1.3.1", date(2021, 11, 20)),
    ("Canon", "Ver. 1.2.0", "1.2.0", None),
    (None, "V1.04.10-190309", "V1.04.10-190309", date(2019, 3, 9)),
]


@pytest.mark.parametrize(("maker", "raw", "version", "built"), STRINGS, ids=[row[1] for row in STRINGS])
def test_a_firmware_string(maker: str | None, raw: str, version: str, built: date | None) -> None:
    found = firmware.parse(maker, raw)
    assert found is not None
    assert (found.version, found.build_date, found.raw) == (version, built, raw)


@pytest.mark.parametrize("raw", ["", "   ", "unknown", "V"])
def test_a_text_without_a_version(raw: str) -> None:
    assert firmware.parse(None, raw) is None


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ("V5.5.0", "V5.7.17"),
        ("5.7.9", "V5.7.17"),
        ("9.80.3", "10.12.1"),
        ("2.800.0000000.25.R", "2.820.0000000.1.R"),
        ("IB9387-VVTK-0103a", "FD9380-VVTK-0103b"),
        ("v3.1.0.2649_23083101", "v3.1.0.4366_24080100"),
        ("1.0", "1.0.1"),
    ],
)
def test_versions_compare(older: str, newer: str) -> None:
    assert firmware.key(older) < firmware.key(newer)


@pytest.mark.parametrize(
    ("raw", "maker"),
    [
        ("2.800.00AC004.0.R", "Dahua"),
        ("2.800.106F004.0.R", "Dahua"),
        ("2.800.030000000.3.R", "Dahua"),
        ("HCMN-B2201.6.9.220415", "Uniview"),
        ("IPC_G6106-B0001P10", "Uniview"),
        ("V4.02.R11.34500140.12001.131600.00000", "Xiongmai"),
        ("5.3.0.12288B240820.IG1.U1(08A10).beta", "TVT"),
        ("1.4.12.76672B250120.N0A.U1(8A418)", "TVT"),
        ("1.4.12.76672B250120", None),
        ("V5.7.17 build 240606", "Hikvision"),
        ("9.80.3", None),
        ("1.0.4 Build 210322 Rel.30233n", None),
        ("V1.04.10-190309", None),
    ],
)
def test_the_shape_of_a_version(raw: str, maker: str | None) -> None:
    found = firmware.shape_of(raw)
    assert (found.maker if found else None) == maker


def test_the_letters_of_a_brand() -> None:
    assert firmware.oem_letters("2.800.00IB00C.0.T") == ("IB", "Intelbras")
    assert firmware.oem_letters("2.800.0000000.25.R") is None


# -- MAC prefixes -------------------------------------------------------------------------------------------


def _shipped() -> list[list[str]]:
    lines = (Path(oui.__file__).parent / "oui.csv").read_text(encoding="utf-8").splitlines()
    return [row for row in csv.reader(lines) if not row[0].startswith("#") and row[0] != "prefix"]


def test_every_prefix_is_in_the_registry() -> None:
    """As the newest full registry among the development packages has it; ``make oui`` writes the table from it."""
    registry = _oui_table()
    registered = dict(registry.registry())
    assert len(registered) > 39_000
    assert len(_shipped()) == len(oui.prefixes()) > 800
    for prefix, _, organisation in _shipped():
        assert registered.get(prefix) == organisation, prefix
    assert (Path(oui.__file__).parent / "oui.csv").read_text(encoding="utf-8") == registry.table()


def test_older_prefixes_agree_with_another_copy_of_the_registry() -> None:
    """Nine in ten rows stand in the listing of 2024 as well, nearly all of them under the same first word."""
    same = differs = 0
    for prefix, _, organisation in _shipped():
        try:
            entry = netaddr.OUI(prefix.replace(":", "-"))
        except netaddr.NotRegisteredError:
            continue  # registered since
        first = {str(entry.registration(index).org).casefold()[:5] for index in range(entry.reg_count)}
        agrees = organisation.casefold()[:5] in first
        same, differs = same + agrees, differs + (not agrees)
    assert same > 600
    assert differs < 20


def _oui_table() -> Any:
    there = importlib.util.find_spec("aiooui") is not None
    needs.need(there, "aiooui is not installed: the prefixes are not held against the registry")
    path = Path(__file__).resolve().parents[3] / "docs" / "oui_table.py"
    spec = importlib.util.spec_from_file_location("oui_table", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_file_says_where_it_is_from_and_of_when() -> None:
    head = (Path(oui.__file__).parent / "oui.csv").read_text(encoding="utf-8").splitlines()[0]
    assert "aiooui 0.1.11" in head
    assert "2026-09" in head


@pytest.mark.parametrize("text", ["C0-56-E3-00-00-01", "c056e3000001", "c0:56:e3:00:00:01", "c056.e300.0001"])
def test_a_mac_has_one_spelling(text: str) -> None:
    assert oui.normal_mac(text) == "c0:56:e3:00:00:01"


@pytest.mark.parametrize(
    "text", ["", "x", "00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff", "01:00:5e:00:00:01", "c0:56:e3:00:00"]
)
def test_what_is_no_mac_of_a_device(text: str) -> None:
    assert oui.normal_mac(text) is None


def test_an_unsound_prefix_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "oui.csv"
    path.write_text(
        "prefix,name,organisation\nzz,Axis,x\n00:00:01,Acme,x\n00:00:02,Axis,x\n00:00:02,Axis,x\n", encoding="utf-8"
    )
    with pytest.raises(PackError) as caught:
        oui.load(path)
    assert len(caught.value.problems) == 3


# -- real devices ---------------------------------------------------------------------------------------------

_CALLS = {
    "GetDeviceInformation": "onvif-deviceinfo", "GetScopes": "onvif-scopes", "GetServices": "onvif-services",
    "GetCapabilities": "onvif-capabilities", "deviceInfo": "isapi-deviceinfo",
    "InputProxy/channels": "isapi-inputproxy",
}  # fmt: skip
_KINDS = {"camera": "camera", "nvr": "recorder", "dvr": "recorder"}


def _observations(evidence: list[dict[str, str]]) -> list[Observation]:
    found = []
    for row in evidence:
        probe = row.get("probe") or ""
        seen_in = row["kind"] if row["kind"] in ("onvif-scopes", "http-body") else ""
        if row["kind"] == "vapix-param":
            seen_in = "http-body"
        if row["kind"] in ("onvif", "isapi"):
            seen_in = next((kind for call, kind in _CALLS.items() if probe.endswith(call)), "")
        if seen_in:
            found.append(Observation(seen_in, row["raw"]))
    return found


def _recordings() -> list[Path]:
    return sorted(needs.RECORDINGS.glob("*.json"))


def test_there_are_recordings() -> None:
    assert needs.recordings()


@pytest.mark.parametrize("path", _recordings(), ids=lambda path: path.stem)
def test_a_recorded_device_is_told(path: Path) -> None:
    recording = json.loads(path.read_text(encoding="utf-8"))
    truth = recording["truth"]
    observations = _observations(recording["evidence"])
    assert observations
    found = identify(observations)
    assert found.is_camera is truth["is_camera"]
    assert found.kind == _KINDS[truth["device_type"]]
    assert found.brand == truth["vendor"]
    assert found.maker == truth.get("oem_of", truth["vendor"])
    assert found.model == truth["model"]
    assert (found.firmware.version if found.firmware else None) == truth.get("firmware")
    assert "maker" not in found.contested
    if "firmware_build" in truth:
        assert found.firmware is not None
        assert found.firmware.build_date == firmware.parse_date(truth["firmware_build"])


@pytest.mark.parametrize("path", _recordings(), ids=lambda path: path.stem)
def test_no_single_reply_tells_a_wrong_maker(path: Path) -> None:
    recording = json.loads(path.read_text(encoding="utf-8"))
    truth = recording["truth"]
    for observation in _observations(recording["evidence"]):
        assert identify([observation]).maker in (None, truth.get("oem_of", truth["vendor"]))
