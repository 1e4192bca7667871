"""The same thing in the forms collectors hand it over: whole replies, lines of a walk, wrapped headers."""

from __future__ import annotations

import pytest

from scanner.fingerprint import identify
from scanner.fingerprint.unwrap import title_in, views
from scanner.model import Observation

DIGEST = 'WWW-Authenticate: Digest realm="AXIS_ACCC8E000001", nonce="0"'
SESSION = "v=0\r\ns=NVT\r\nm=application 0 RTP/AVP 107\r\na=rtpmap:107 vnd.onvif.metadata/90000\r\n"


def test_a_whole_reply_is_taken_apart() -> None:
    page = "<html><!-- <title>old</title> --><title>VIVOTEK FD8134</title></html>"
    head = f"HTTP/1.1 401 Unauthorized\r\nServer: Hikvision-Webs\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\n{DIGEST}"
    reply = f"{head}\r\n\r\n{page}"

    assert set(views("http-body", reply)) == {
        ("http-server-header", "Hikvision-Webs"),
        ("http-realm", "AXIS_ACCC8E000001"),
        ("http-set-cookie", "a=1"),
        ("http-set-cookie", "b=2"),
        ("http-body", page),
        ("http-title", "VIVOTEK FD8134"),
    }
    assert list(views("http-server-header", reply)) == list(views("http-body", reply))


def test_the_session_in_a_stream_reply_is_read() -> None:
    reply = f"RTSP/1.0 200 OK\r\nServer: Acme\r\nContent-Type: application/sdp\r\n\r\n{SESSION}"

    assert ("rtsp-sdp", SESSION.strip()) in views("rtsp-response", reply)
    assert ("rtsp-server", "Acme") in views("rtsp-response", reply)
    assert identify([Observation("rtsp-response", reply)]).is_camera is True
    assert identify([Observation("rtsp-response", reply.partition("v=0")[0])]).is_camera is None


def test_two_replies_in_one_text_are_both_read() -> None:
    first = "RTSP/1.0 200 OK\r\nCSeq: 1\r\nPublic: OPTIONS\r\n\r\n"
    second = f"RTSP/1.0 401 Unauthorized\r\nCSeq: 2\r\n{DIGEST}\r\n\r\n"
    assert ("rtsp-realm", "AXIS_ACCC8E000001") in views("rtsp-response", first + second)

    moved = "HTTP/1.1 302 Found\r\nLocation: /x\r\n\r\nHTTP/2 200\r\nserver: Hikvision-Webs\r\n\r\n"
    assert ("http-server-header", "Hikvision-Webs") in views("http-server-header", moved)


def test_a_reply_without_the_empty_line_has_its_body_all_the_same() -> None:
    page = "HTTP/1.0 200 OK\nServer: Boa/0.94\nContent-type: text/html\n<html><head><title>AXIS M3045</title>"
    assert ("http-title", "AXIS M3045") in views("http-body", page)
    session = 'RTSP/1.0 200 OK\r\nContent-Type: application/sdp\r\nv=0\r\ns=Session streamed by "MERCURY RTSP Server"'
    assert identify([Observation("rtsp-sdp", session)]).brand == "Mercury"


def test_a_described_unit_is_read_whatever_part_the_collector_meant() -> None:
    reply = 'HTTP/1.1 200 OK\r\nServer: x\r\n\r\n{"manufacturer":"Reolink","model":"RLC-810A","firmware":"v3.1"}'
    for seen_in in ("http-body", "http-title", "http-server-header", "http-realm"):
        assert identify([Observation(seen_in, reply)]).model == "RLC-810A"


def test_the_status_line_tells_the_protocol() -> None:
    reply = "RTSP/1.0 400 Bad Request\r\nServer: H264DVR 1.0\r\n\r\n"
    assert ("rtsp-server", "H264DVR 1.0") in views("http-body", reply)


def test_a_body_with_a_realm_is_no_challenge() -> None:
    reply = 'HTTP/1.1 200 OK\r\nServer: x\r\n\r\n<p>realm="IP Camera"</p>'
    assert "http-realm" not in {kind for kind, _ in views("http-body", reply)}


def test_a_title_in_a_comment_counts_where_no_other_is() -> None:
    assert title_in("<!-- <title>old</title> --><title>new</title>") == "new"
    assert title_in("<!-- <title>old</title> -->") == "old"
    assert title_in("<title>open</title><!--") == "open"
    assert title_in("no title") == ""


@pytest.mark.parametrize(
    ("seen_in", "raw", "maker"),
    [
        ("snmp-sysobjectid", "SNMPv2-MIB::sysObjectID.0 = OID: SNMPv2-SMI::enterprises.39165.1.1", "Hikvision"),
        ("snmp-sysobjectid", "iso.3.6.1.4.1.368.1.1", "Axis"),
        ("snmp-sysdescr", 'iso.3.6.1.2.1.1.1.0 = STRING: "AXIS P3367; Network Camera; 5.50"', "Axis"),
        ("mac", "AC:CC:8E:00:00:01 (Axis Communications AB)", "Axis"),
        ("mac", "accc.8e00.0001", "Axis"),
        ("mac", "ACCC8E000001", "Axis"),
        ("mac", "ac-cc-8e", "Axis"),
        ("mac", "AC:CC:8E:XX:XX:XX", "Axis"),
        ("http-favicon-md5", "MD5: 89b932fcc47cf4ca3faadb0cfdef89cf", "Hikvision"),
        ("rtsp-server", "RTSP/1.0 200 OK\r\nServer: Dahua Rtsp Server\r\n\r\n", "Dahua"),
    ],
)
def test_the_form_of_a_value_does_not_matter(seen_in: str, raw: str, maker: str) -> None:
    assert identify([Observation(seen_in, raw)]).maker == maker


@pytest.mark.parametrize("raw", ["AC:CC:8E:XX", "00:00:00:00:00:00", "no address", "AC:CC", "AC:CC:8E:00:00:01:02"])
def test_what_is_no_address_has_none(raw: str) -> None:
    assert identify([Observation("mac", raw)]).mac is None
