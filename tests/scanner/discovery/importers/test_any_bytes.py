"""Whatever is in a file, a format either reads it or says in one line why not."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from imports import read_file

from scanner.discovery import importers
from scanner.discovery.importers import importer_of, load_importers
from scanner.errors import CamauditError
from scanner.fingerprint import identify

TEXT_FORMATS = [name for name in load_importers() if name != "pcap"]
BEGINNINGS = (
    b"", b'<nmaprun start="1"><host><status state="up"/><address addr="10.0.0.1"/>', b"\xef\xbb\xbf",
    b'[\n{ "ip": "10.0.0.1", "timestamp":', b'{"addresses":["10.0.0.1"],"service_ports_tcp":["80"],',
    b"IP,MAC,Serial,Name\n10.0.0.1,", b"lease 10.0.0.1 {\n", b"10.0.0.1 dev eth0 lladdr ",
    b"Internet  10.0.0.1  1  ", b"1795076100 44:19:b6:00:00:11 10.0.0.1 ", b"\xff\xfeI\0P\0",
)  # fmt: skip
PIECES = (
    b'<port protocol="tcp" portid="80"><state state="open"/><service name="http" method="probed" servicefp="',
    b'%r(GetRequest,4,"HTTP/1\\.1', b'<script id="ssl-cert" output="x"><elem key="pem">', b"</host>", b"</nmaprun>",
    b"-----BEGIN CERTIFICATE-----", b"]]>", b"&#x0;", b'"', b"'", b"}", b"{", b"[", b"]", b",", b";", b"\n", b"\r\n",
    b"\t", b"9" * 5_000, b"10.0.0.1", b"44:19:b6:00:00:11", b"4419.b600.0011", b"cltt 4 2026/99/99 1:1:1;", b"\\x",
    b'"ports": [ {"port": 80, "service": {"name": "http", "banner": "HTTP/1.1 200"}} ] }', b"1E+400", b"NaN",
    b"[" * 3_000, b"\xc3", b"\0",
)  # fmt: skip

anything = st.builds(
    lambda start, parts: start + b"".join(parts),
    st.sampled_from(BEGINNINGS),
    st.lists(st.one_of(st.sampled_from(PIECES), st.binary(max_size=40)), max_size=12),
)


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=anything, name=st.sampled_from(TEXT_FORMATS))
def test_any_bytes_are_read_or_refused_in_one_line_each(data: bytes, name: str) -> None:
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "file"
        path.write_bytes(data)
        try:
            found = read_file(path, name=name)
        except CamauditError as error:
            odd = [line for line in str(error).split("\n") if not line.isprintable()]
            found = None
        else:
            odd = []
        assert odd == []
        if found is None:
            return
        for one in found.signs:
            identify(one.sighting.observations, extra=one.claims)
            assert one.place


@settings(max_examples=250, deadline=None)
@given(data=anything)
def test_a_look_at_any_bytes_never_raises(data: bytes) -> None:
    for one in load_importers().values():
        assert one.recognises(data, "file") in (True, False)


@pytest.mark.parametrize("name", TEXT_FORMATS)
@pytest.mark.parametrize("data", [b"\0\1\2\3" * 40, b"\xff\xfe\x00", b"\x89PNG\r\n\x1a\n" + b"\0" * 40])
def test_other_bytes_are_no_text(tmp_path: Path, name: str, data: bytes) -> None:
    path = tmp_path / "file"
    path.write_bytes(data)
    with pytest.raises(CamauditError, match="expected"):
        read_file(path, name=name)


def test_being_there_is_being_registered() -> None:
    """Each module of the folder is one format, found by content under its own name and under no other."""
    modules = {path.stem for path in Path(importers.__file__).parent.glob("[a-z]*.py")}
    assert len(load_importers()) == len(modules)


def test_files_of_no_known_format_and_of_none(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    (tmp_path / "letter").write_text("Dear Sir or Madam,\n\nplease find enclosed\n")
    for name, words in (("empty", "found an empty file"), ("letter", "name it with --as"), ("none", "cannot be read"),
                        (".", "cannot be read: Is a directory")):  # fmt: skip
        with pytest.raises(CamauditError, match=words):
            importer_of(tmp_path / name)
    with pytest.raises(CamauditError, match="expected one of the formats"):
        importer_of(tmp_path / "letter", "nmapxml")
