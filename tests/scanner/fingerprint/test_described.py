"""Pages of fields: what a unit says of itself is read, whoever made it; what lists other units is none itself."""

from __future__ import annotations

import pytest

from scanner.fingerprint import identify
from scanner.model import Identity, Observation


def told(body: str) -> Identity:
    return identify([Observation("http-body", body)])


UNITS = [
    ('{"deviceName": "2N IP Vario", "swVersion": "2.10.0.19.2", "serialNumber": "17-0000-0001"}', "2N", "intercom"),
    ("MAC=00-80-F0-00-00-01\nMODEL=WV-S1131\nVERSION=V2.10\n", "i-PRO", "camera"),
    ("<info><Manufacturer>Vivotek Inc.</Manufacturer><ModelName>IB9387-EHTV</ModelName></info>", "Vivotek", "camera"),
    ("root.General.Brand=Mobotix\nroot.General.ProductName=M16\nroot.General.Version=5.2.7\n", "Mobotix", "camera"),
    ('var g_modelName="DS-2CD2146G2-ISU";\nvar g_version="V5.7.17";\n', "Hikvision", "camera"),
    ("manufacturer=AXIS\nmodel=P3245-LVE\nfirmware=10.12.1\n", "Axis", "camera"),
    ("system_model: RLN8-410\nsystem_version: v3.2.0.215\n", "Reolink", "recorder"),
]


@pytest.mark.parametrize(("body", "maker", "kind"), UNITS)
def test_a_unit_is_told(body: str, maker: str, kind: str) -> None:
    found = told(body)
    assert (found.maker, found.kind, found.is_camera) == (maker, kind, True)


def test_all_fields_are_read() -> None:
    found = told(
        "brand=Foscam\nmodel=FI9900P\nfirmware_version=2.84.2.33\nmac=00:00:5e:00:53:01\nserial_no=FC00000001\n"
    )

    assert (found.brand, found.model, found.serial, found.mac) == (
        "Foscam",
        "FI9900P",
        "FC00000001",
        "00:00:5e:00:53:01",
    )
    assert found.firmware is not None
    assert found.firmware.raw == "2.84.2.33"
    assert any("its own description" in reason for reason in found.reasons)


def test_a_nameless_unit_that_calls_itself_a_camera() -> None:
    unit = '{"devname": "Smart Home Camera", "model": "Mini 8X", "serialno": "041927365", "softwareversion": "2.9.1"}'
    assert (told(unit).kind, told(unit).maker) == ("camera", None)
    assert told(unit.replace("Smart Home Camera", "Smart Home Hub")).is_camera is None
    assert told(f"[{unit}, {unit}]").is_camera is None  # a list of units is software
    assert told('{"devname": "Smart Home Camera"}').is_camera is None


def test_settings_of_pictures_are_a_cameras() -> None:
    settings = "var brightness=96;\nvar contrast=4;\nvar flip=0;\nvar fps=15;\nvar resolution=8;\n"
    assert told(settings).kind == "camera"
    assert not told(settings.replace("var fps=15;\n", "")).is_camera
    assert not told('{"brightness": 1, "contrast": 2, "flip": 0, "fps": 15, "resolution": 8, "ptz": 0}').is_camera


OTHERS = [
    # software and services that know cameras
    '{"devices": [{"vendor": "Hikvision", "model": "DS-2CD2146G2-ISU"}, {"vendor": "Axis", "model": "M3065"}]}',
    "<list><Model>DS-2CD2146G2-ISU</Model><Model>DS-2CD2042WD-I</Model></list>",
    "<!DOCTYPE html><html><body>brand=Hikvision model=DS-2CD2146G2-ISU version=5</body></html>",
    # other products of houses that build cameras too
    '{"manufacturer": "Sony", "model": "KD-55XE8096", "version": "6.7"}',
    '{"manufacturer": "Samsung", "modelName": "UE55", "firmwareVersion": "T-KTM2"}',
    "model=ARCHER C7\nbrand=TP-Link\nversion=3.15.3\n",
    '{"vendor": "D-Link", "model": "DIR-868L", "fwver": "1.12"}',
    # nobody we know
    '{"manufacturer": "Espressif", "model": "ESP32", "version": "1.0"}',
    '{"model": "gpt", "version": "4"}',
    '{"name": "Vivotek"}',
    "",
]


@pytest.mark.parametrize("body", OTHERS)
def test_what_is_no_camera_is_none(body: str) -> None:
    found = told(body)
    assert not found.is_camera
    assert found.maker in (None, "TP-Link", "D-Link")
