"""The chip inside is a fact for review: circumstantial, with its evidence, and never a maker."""

from __future__ import annotations

from pathlib import Path

import pytest

from scanner.errors import PackError
from scanner.facts import check_value
from scanner.fingerprint import identify, soc_facts
from scanner.fingerprint.chips import KEY, load, signs
from scanner.model import Known, Observation


@pytest.mark.parametrize("number", range(len(signs())), ids=lambda number: f"{signs()[number].family}-{number}")
def test_each_sign_in_each_kind(number: int) -> None:
    sign = signs()[number]
    for seen_in in sign.seen_in:
        (seen,) = soc_facts([Observation(seen_in, sign.example, "e-1")])
        assert (seen.key, seen.fact) == (KEY, Known(sign.family, ("e-1",), "C1"))
        check_value(KEY, sign.family)


def test_a_chip_is_no_maker() -> None:
    found = identify([Observation("rtsp-server", "HiIpcam/V100R003 VodServer/1.0.0")])

    assert found.maker is None
    assert found.is_camera is True


def test_signs_of_one_family_join_their_evidence() -> None:
    seen = soc_facts([Observation("rtsp-server", "Hipcam", "a"), Observation("rtsp-realm", "HiIpcam", "b")])

    assert [one.fact for one in seen] == [Known("HiSilicon", ("a", "b"), "C1")]


def test_most_texts_tell_no_chip() -> None:
    assert soc_facts([Observation("http-server-header", "nginx"), Observation("http-title", "Hipcam")]) == ()


def test_an_unsound_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "chips.yaml"
    path.write_text(
        "rows:\n"
        "  - {family: A, seen_in: [smell], pattern: 'x', source: s, example: x}\n"
        "  - {family: B, seen_in: [http-title], pattern: '(', source: s, example: x}\n"
        "  - {family: C, seen_in: [http-title], pattern: 'y', source: s, example: x}\n",
        encoding="utf-8",
    )
    with pytest.raises(PackError) as caught:
        load(path)
    said = [str(problem) for problem in caught.value.problems]
    assert len(said) == 3
    assert "'smell'" in said[0]
