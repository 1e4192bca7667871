"""Names and words in free text: a name counts where the device says it, and a page about cameras is no camera."""

from __future__ import annotations

import pytest

from scanner.fingerprint import identify
from scanner.fingerprint.spoken import KINDS
from scanner.model import Observation


@pytest.mark.parametrize(
    ("seen_in", "raw", "brand"),
    [
        ("http-title", "Surveon NVR Login", "Surveon"),
        ("http-realm", 'Basic realm="Messoa Camera"', "Messoa"),
        ("snmp-sysdescr", "Dallmeier DF4910HD-DN", "Dallmeier"),
        ("tls-subject", "CN=cam.example,O=Geutebrueck GmbH,C=DE", "Geutebrueck"),
        ("ftp-banner", "220 Pixord FTP server", "Pixord"),
        ("http-server-header", "Hikvision-Webs", "Hikvision"),
        ("sip-server", "Zenitel IP camera station", "Zenitel"),
        ("http-title", "Siemens IP Camera", "Siemens"),
    ],
)
def test_a_name_a_device_says_is_its_brand(seen_in: str, raw: str, brand: str) -> None:
    found = identify([Observation(seen_in, raw)])

    assert found.brand == brand
    assert found.is_camera is True


@pytest.mark.parametrize(
    ("seen_in", "raw"),
    [
        ("http-title", "Hikvision CCTV installation - book our engineers"),
        ("http-title", "Reolink review: the best IP cameras of the year"),
        ("http-title", "Camera hire and IP camera shop - book online"),
        ("http-title", "Vivotek driver downloads"),
        ("http-title", "Canon"),  # also sells printers
        ("http-title", "Toshiba"),
        ("snmp-sysdescr", "Hunt for the planet"),  # words that are names as well
        ("http-title", "Axis Bank"),
        ("http-title", "Avigilonesque"),  # no word of its own
        ("http-title", "IP Camera"),
    ],
)
def test_what_makes_no_camera(seen_in: str, raw: str) -> None:
    found = identify([Observation(seen_in, raw)])

    assert found.is_camera is not True
    assert found.maker is None


def test_a_wide_name_beside_a_model_of_its_cameras() -> None:
    found = identify([Observation("http-title", "Sony SNC-EB630")])

    assert (found.maker, found.model, found.kind) == ("Sony", "SNC-EB630", "camera")


@pytest.mark.parametrize(("word", "kind"), [("Embedded Net DVR", "recorder"), ("Network Video Server", "encoder")])
def test_words_of_video_tell_the_kind(word: str, kind: str) -> None:
    assert identify([Observation("snmp-sysdescr", f"Acme {word} 2.1")]).kind == kind


def test_a_word_of_another_thing_is_weaker_beside_words_of_video() -> None:
    """ "Router with IP camera" is contested, not a router and not a camera."""
    assert identify([Observation("snmp-sysdescr", "Acme router")]).is_camera is False
    assert identify([Observation("snmp-sysdescr", "Acme router, IP camera")]).is_camera is None


def test_the_kinds_are_short_free_texts() -> None:
    assert not KINDS & {"http-body", "onvif-scopes", "ssdp", "sadp", "dhdiscover", "mac"}
