"""RTSP, TLS facts and banners over real sockets."""

from __future__ import annotations

import time
from socket import socket

import pytest
from doors import door, silence
from hypothesis import given
from hypothesis import strategies as st
from tiny_servers import TinyServer, hang_up, in_turn, page, raw, server_context, trickle

from scanner.errors import NoAnswer
from scanner.net import Limits
from scanner.net.plain_http import read_reply
from scanner.net.rtsp import body_length, parse_head, split_head

ADDRESS = "127.31.4.1"


def test_options_and_describe_on_one_connection() -> None:
    """Both requests, in order, no login, one connection, and in the ledger."""
    sdp = b"v=0\r\ns=Media\r\n"
    behaviour = in_turn(
        raw(b"RTSP/1.0 200 OK\r\nCSeq: 1\r\nPublic: OPTIONS, DESCRIBE\r\n\r\n"),
        raw(b"RTSP/1.0 200 OK\r\nCSeq: 2\r\nContent-Length: %d\r\n\r\n%s" % (len(sdp), sdp)),
    )
    with TinyServer(ADDRESS, behaviour) as server:
        used = door()
        with used.link(ADDRESS) as link:
            options, describe = link.rtsp(server.port)

        url = f"rtsp://{ADDRESS}:{server.port}/"
        assert server.lines == [f"OPTIONS {url} RTSP/1.0", f"DESCRIBE {url} RTSP/1.0"]
        assert b"uthorization" not in b"".join(server.requests)
        assert (options.headers["public"], describe.body, len(server.connections)) == (["OPTIONS, DESCRIBE"], sdp, 1)
        assert used.ledger.summary().by_protocol == {"rtsp": 2, "tcp": 1}


def test_a_hang_up_after_options_keeps_what_came() -> None:
    """Half an answer is an answer."""
    with TinyServer(ADDRESS, in_turn(raw(b"RTSP/1.0 200 OK\r\n\r\n"), hang_up)) as server, door().link(ADDRESS) as link:
        assert [reply.method for reply in link.rtsp(server.port)] == ["OPTIONS"]


@pytest.mark.parametrize(
    ("answer", "word"),
    [
        (b"HTTP/1.1 400 Bad\r\n\r\n", "malformed"),
        (b"RTSP/1.0 200 OK\r\nContent-Length: 99999999\r\n\r\n", "too-large"),
        (b"R" * 400_000, "too-large"),
    ],
)
def test_what_is_no_rtsp(answer: bytes, word: str) -> None:
    """Other protocols and endless replies."""
    with TinyServer(ADDRESS, raw(answer)) as server, door().link(ADDRESS) as link, pytest.raises(NoAnswer) as problem:
        link.rtsp(server.port)

    assert problem.value.why == word


def test_a_trickle_ends() -> None:
    """One byte at a time does not hold us."""
    with TinyServer(ADDRESS, trickle(b"RTSP/1.0 200 OK\r\n", b"X", 0.1)) as server, door().link(ADDRESS) as link:
        begun = time.monotonic()
        with pytest.raises(NoAnswer, match="too-slow"):
            link.rtsp(server.port)

        assert time.monotonic() - begun < 4


@given(st.binary(max_size=400))
def test_no_bytes_break_the_grammar(data: bytes) -> None:
    """Whatever comes is a reply or ``malformed``."""
    for parse in (lambda: parse_head((split_head(data) or (data, b""))[0]), lambda: read_reply(data)):
        assert silence(parse) in {"", "malformed"}


@given(st.text(max_size=40))
def test_lengths_are_bounded(text: str) -> None:
    """A length is a small number or none."""
    headers = {"content-length": [text]}
    if silence(lambda: body_length(headers, Limits())) != "too-large":
        assert 0 <= body_length(headers, Limits()) <= Limits().rtsp_bytes


def test_certificate_and_versions() -> None:
    """A modern server: one usual handshake, one old-only attempt that it refuses, both in the ledger."""
    with TinyServer(ADDRESS, page(), context=server_context()) as server:
        used = door()
        with used.link(ADDRESS) as link:
            facts = link.tls_facts(server.port)

        assert (facts.subject, facts.self_signed, facts.key_bits) == ("O=TINY,CN=camera.invalid", True, 2048)
        assert (facts.versions, facts.legacy) == (("TLSv1.3",), False)
        assert used.ledger.summary().by_protocol == {"tcp": 2, "tls": 2}
        server.settle()
        assert len(server.handshakes) == 2


def test_old_tls_is_reached_and_told() -> None:
    """Trap: default contexts refuse TLS 1.0 and 1.1: the devices that most need an audit stay unseen."""
    with TinyServer(ADDRESS, page(b"old"), context=server_context(old=True)) as server, door().link(ADDRESS) as link:
        facts = link.tls_facts(server.port)

        assert facts.legacy
        assert link.get("/", port=server.port, tls=True, vendor="first_contact").body == b"old"


def test_no_tls_at_all() -> None:
    """The word for it."""
    with TinyServer(ADDRESS, page(), greeting=b"SSH-2.0-x\r\n") as server, door().link(ADDRESS) as link:
        assert silence(lambda: link.tls_facts(server.port)) == "tls-failed"


def test_banners_are_waited_for_in_silence() -> None:
    """Control ports: read a few bytes, send none. A port that waits for us says nothing, and that is no failure."""

    def never(_server: TinyServer, _connection: socket, request: bytes) -> None:
        raise AssertionError(request)

    frame = bytes.fromhex("000000100000001e0000001e00000000")
    with (
        TinyServer(ADDRESS, never, greeting=frame) as talks,
        TinyServer(ADDRESS, never) as waits,
        door().link(ADDRESS) as link,
    ):
        assert link.banner(talks.port, limit=16, seconds=0.5).data == frame
        for _ in range(4):
            assert link.banner(waits.port, seconds=0.1).data == b""
        assert talks.requests == waits.requests == []


def test_one_connection_at_a_time_over_protocols() -> None:
    """The HTTP connection is closed before RTSP, TLS or a banner opens another one, and the other way round.

    A server learns a moment later than the client that a connection is closed, so each waits, before it answers, until
    the other one has served all it had: whoever waits for an answer here closes nothing meanwhile.
    """
    others = []

    def web_answers(server: TinyServer, connection: socket, request: bytes) -> None:
        rtsp.settle()
        others.append(rtsp.open_now)
        page(b"x")(server, connection, request)

    def rtsp_answers(_server: TinyServer, connection: socket, _request: bytes) -> None:
        web.settle()
        others.append(web.open_now)
        connection.sendall(b"RTSP/1.0 200 OK\r\n\r\n")

    with TinyServer(ADDRESS, web_answers) as web, TinyServer(ADDRESS, rtsp_answers) as rtsp:
        with door().link(ADDRESS) as link:
            for _ in range(2):
                link.get("/", port=web.port, vendor="first_contact")
                link.rtsp(rtsp.port)
        assert len(others) == len(web.requests) + len(rtsp.requests) >= 4
        assert not any(others)
