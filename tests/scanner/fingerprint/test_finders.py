"""Answers of makers' finders: the protocol tells the maker, its fields tell the unit."""

from __future__ import annotations

import json

import pytest

from scanner.fingerprint import identify
from scanner.fingerprint.finders import MAKERS
from scanner.model import Observation


def told(**fields: str) -> Observation:
    return Observation("vendor-finder", json.dumps(fields), "e-1")


@pytest.mark.parametrize("finder", MAKERS)
def test_who_answers_a_finder_is_its_maker(finder: str) -> None:
    found = identify([told(finder=finder)])

    assert (found.maker, found.grade) == MAKERS[finder]
    assert found.is_camera is not False


def test_the_fields_are_read() -> None:
    found = identify([told(finder="hanwha", model="XNV-8080R", mac="00:09:18:00:00:01", firmware="1.41.10_20211216")])

    assert (found.maker, found.model, found.mac, found.kind) == (
        "Hanwha Vision", "XNV-8080R", "00:09:18:00:00:01", "camera",
    )  # fmt: skip
    assert found.grade == "C3"  # its finder and its prefix
    assert found.firmware is not None


def test_a_recorder_says_so() -> None:
    assert identify([told(finder="tvt", model="TD-2116NS-HC", kind="recorder")]).kind == "recorder"


def test_an_access_point_that_answers_its_makers_finder_is_no_camera() -> None:
    assert identify([told(finder="ubiquiti", model="UAP-AC-PRO")]).is_camera is False


@pytest.mark.parametrize("raw", ["", "{}", "[]", '{"finder": "nobody"}', '{"finder": 3}', "not JSON"])
def test_other_texts_say_nothing(raw: str) -> None:
    assert identify([Observation("vendor-finder", raw)]).claims == ()
