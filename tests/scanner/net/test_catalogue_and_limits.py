"""The read-only catalogue as data, and the readers of device text."""

from __future__ import annotations

from pathlib import Path

import pytest
from doors import silence
from hypothesis import given
from hypothesis import strategies as st

from scanner.errors import CatalogueError, NoAnswer, PackError
from scanner.net import Catalogue, Limits
from scanner.net.catalogue import packaged
from scanner.net.limits import clean_text, decode_text, decompress, parse_json, parse_xml

LIMITS = Limits()
HEAD = "source: test\n"
ENTRY = "id: a, source: s, reads: r"


def load(tmp_path: Path, text: str) -> Catalogue:
    file = tmp_path / "vendor.yaml"
    file.write_text(HEAD + text)
    return Catalogue.load([file])


@pytest.mark.parametrize(
    "text",
    [
        f"requests: [{{{ENTRY}, method: PUT, path: /a}}]",
        f"requests: [{{{ENTRY}, method: GET}}]",
        f"requests: [{{{ENTRY}, method: GET, path: /a, path_pattern: /b}}]",
        f"requests: [{{{ENTRY}, method: GET, path: a}}]",
        f"requests: [{{{ENTRY}, method: GET, path: '/a b'}}]",
        f"requests: [{{{ENTRY}, method: GET, path_pattern: '/.*'}}]",
        f"requests: [{{{ENTRY}, method: GET, path_pattern: '/x+'}}]",
        f"requests: [{{{ENTRY}, method: GET, path_pattern: '/('}}]",
        f"requests: [{{{ENTRY}, method: POST, path: /a}}]",
        f"requests: [{{{ENTRY}, method: GET, path: /a, body_methods: [x]}}]",
        f"requests: [{{{ENTRY}, method: GET, path: /a, verb: x}}]",
        f"requests: [{{{ENTRY}, method: GET, path: /a}}, {{{ENTRY}, method: GET, path: /b}}]",
        "soap: {devicemgmt: [SystemReboot]}",
        "soap: {devicemgmt: [GetSystemBackup]}",
        "soap: {media: [GetStreamUri]}",
        "request: []",
    ],
)
def test_a_catalogue_is_read_strictly(tmp_path: Path, text: str) -> None:
    """Writes, wide patterns, unknown keys and POSTs without a named method do not load."""
    with pytest.raises(PackError, match=r"vendor\.yaml:"):
        load(tmp_path, text)


def test_every_problem_is_told_at_once(tmp_path: Path) -> None:
    """With file and line."""
    with pytest.raises(PackError) as problem:
        load(tmp_path, f"requests:\n  - {{{ENTRY}, method: GET}}\n  - {{{ENTRY}, method: GET, path: b}}\n")

    assert len(problem.value.problems) == 3
    assert ":3:" in str(problem.value)


def test_paths_are_compared_whole(tmp_path: Path) -> None:
    """Case, query and all."""
    catalogue = load(tmp_path, f"requests: [{{{ENTRY}, method: GET, path_pattern: '/ch/[0-9]{{1,3}}[?]a=get'}}]")

    assert catalogue.hold_request("vendor", "GET", "/ch/12?a=get").id == "a"
    for path in ("/ch/1234?a=get", "/CH/1?a=get", "/ch/1?a=get&b=set", "/x/ch/1?a=get", "/ch/1?a=get\n"):
        with pytest.raises(CatalogueError):
            catalogue.hold_request("vendor", "GET", path)
    with pytest.raises(CatalogueError):
        catalogue.hold_request("vendor", "POST", "/ch/1?a=get", b"{}")


def test_a_post_needs_its_method_in_the_body() -> None:
    """Another method, no JSON, or two bodies in one do not pass."""
    catalogue = packaged()
    path = "/axis-cgi/basicdeviceinfo.cgi"
    good = b'{"apiVersion":"1.0","method":"getAllUnrestrictedProperties"}'

    assert catalogue.hold_request("first_contact", "POST", path, good).method == "POST"
    for body in (b"", b"x", b"[]", b'{"method":"set"}', good + good, b'{"method":["getAllUnrestrictedProperties"]}'):
        with pytest.raises(CatalogueError):
            catalogue.hold_request("first_contact", "POST", path, body)


@given(
    st.sampled_from(["first_contact", "onvif", "discovery", "none"]),
    st.sampled_from(["GET", "POST", "PUT", "DELETE"]),
    st.text(max_size=60),
)
def test_nothing_slips_through(vendor: str, method: str, path: str) -> None:
    """Random paths are refused or are entries."""
    try:
        entry = packaged().hold_request(vendor, method, path, None)
    except CatalogueError:
        return
    assert method == entry.method == "GET"


@given(st.binary(max_size=300))
def test_readers_answer_or_say_malformed(data: bytes) -> None:
    """No bytes make a reader raise anything else, and no control character passes."""
    for read in (
        lambda: parse_xml(data, LIMITS),
        lambda: parse_xml(data, LIMITS, recover=True),
        lambda: parse_json(data, LIMITS),
    ):
        assert silence(read) in {"", "malformed"}
    assert not any(ord(char) < 32 and char not in "\n\t" for char in decode_text(data, "gb18030"))
    for encoding in ("gzip", "deflate", "br", ""):
        decompress(data, encoding, LIMITS)


@pytest.mark.parametrize("data", [b"[" * 100_000, b'{"a":' * 1000, b"1" * 10_000, b'"\\ud800"' * 2])
def test_deep_json_is_malformed(data: bytes) -> None:
    """Nesting and endless numbers."""
    with pytest.raises(NoAnswer, match="malformed"):
        parse_json(data, LIMITS)


@pytest.mark.parametrize("data", [b"<a><b:/></a>", b"<a><b:1c/></a>", b"<:/>"])
def test_names_that_cannot_be_mended_are_malformed(data: bytes) -> None:
    """A prefix without a name, and a name that is none behind it."""
    with pytest.raises(NoAnswer, match="malformed"):
        parse_xml(data, LIMITS, recover=True)


def test_entities_in_utf_16_are_seen() -> None:
    """A bomb behind another encoding."""
    bomb = '<?xml version="1.0" encoding="utf-16"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'.encode("utf-16")
    with pytest.raises(NoAnswer, match="DTD"):
        parse_xml(bomb, LIMITS)


def test_text_is_decoded_as_it_was_meant() -> None:
    """UTF-8 first, then what the device names, then Latin-1."""
    assert decode_text("摄像机".encode()) == "摄像机"
    assert decode_text("摄像机".encode("gb18030"), "gb2312") == "摄像机"
    assert decode_text(b"caf\xe9", "nonsense") == "café"
    assert clean_text("a\x1b[2Jb\r\nc\u202ed") == "a[2Jb\ncd"
