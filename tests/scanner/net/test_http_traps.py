"""What broken and hostile web servers do to an HTTP client, one test a trap (docs/sources.md S0 and S2.1)."""

from __future__ import annotations

import gzip
import time
from pathlib import Path

import pytest
from doors import CANARY, SHORT, door, login
from tiny_servers import TinyServer, hang_up, in_turn, page, raw, reply, server_context, trickle

from scanner.errors import CatalogueError, NoAnswer
from scanner.net import Limits

ADDRESS = "127.31.1.1"


def why(problem: pytest.ExceptionInfo[NoAnswer]) -> str:
    return problem.value.why


def test_a_ca_bundle_of_the_environment_is_ignored(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Trap 6: with REQUESTS_CA_BUNDLE set, requests verifies although told not to: no self-signed camera answers."""
    bundle = tmp_path / "none.pem"
    bundle.write_text("")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(bundle))
    monkeypatch.setenv("CURL_CA_BUNDLE", str(bundle))
    with TinyServer(ADDRESS, page(b"hello"), context=server_context()) as server, door().link(ADDRESS) as link:
        assert link.get("/", port=server.port, tls=True, vendor="first_contact").body == b"hello"


def test_netrc_and_proxies_are_not_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Trap 6: ~/.netrc credentials leak to cameras and proxies of the environment are used, unless trust_env is off."""
    netrc = tmp_path / "netrc"
    netrc.write_text(f"default login {CANARY} password {CANARY}\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("http_proxy", "http://127.31.1.250:9")
    with TinyServer(ADDRESS, page()) as server, door().link(ADDRESS) as link:
        link.get("/", port=server.port, vendor="first_contact")

        assert b"uthorization" not in server.requests[0]


@pytest.mark.parametrize("target", ["file:///etc/passwd", "http://127.31.1.99/", "//127.31.1.99/", "https://[::1"])
def test_a_redirect_is_given_back_and_never_followed(target: str) -> None:
    """Trap 5: a redirect may name a file, another host, another scheme, or nonsense."""
    with TinyServer(ADDRESS, page(b"", "302 Found", f"Location: {target}")) as server:
        used = door()
        with used.link(ADDRESS) as link:
            answer = link.get("/", port=server.port, vendor="first_contact")

            assert (answer.status, answer.header("location"), answer.body) == (302, target, b"")
        assert len(server.requests) == 1
        assert used.ledger.summary().connections == 1


def test_a_location_that_is_no_text_breaks_nothing() -> None:
    """Trap: requests raises UnicodeDecodeError for a bad Location even with redirects off."""
    answer = b"HTTP/1.1 302 Found\r\nLocation: http://\xff\xfe\x80/\r\nContent-Length: 0\r\n\r\n"
    with TinyServer(ADDRESS, raw(answer)) as server, door().link(ADDRESS) as link:
        assert link.get("/", port=server.port, vendor="first_contact").status == 302


@pytest.mark.parametrize(
    ("head", "piece"),
    [
        (b"HTTP/1.1 200 OK\r\n", b"X-A: b\r\n"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n", b"x"),
        (b"", b"H"),
        (b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 100 Continue\r\n\r\n"),
    ],
)
@pytest.mark.parametrize("tls", [False, True])
def test_a_trickle_ends_at_the_deadline(head: bytes, piece: bytes, tls: bool) -> None:
    """Trap: timeout=3 does not bound one header a second: measured 12 s. The whole exchange has a wall clock."""
    context = server_context() if tls else None
    with TinyServer(ADDRESS, trickle(head, piece, 0.1), context=context) as server, door().link(ADDRESS) as link:
        begun = time.monotonic()
        with pytest.raises(NoAnswer) as problem:
            link.get("/", port=server.port, tls=tls, vendor="first_contact")

        assert time.monotonic() - begun < SHORT.exchange_seconds + 1.0
        assert why(problem) == "too-slow"


def test_the_body_is_capped() -> None:
    """Trap 5: no byte cap: a camera that sends for ever fills the memory."""
    limits = Limits(body_bytes=100_000, header_bytes=10_000)
    with TinyServer(ADDRESS, page(b"x" * 200_000)) as server, door(limits=limits).link(ADDRESS) as link:
        with pytest.raises(NoAnswer) as problem:
            link.get("/", port=server.port, vendor="first_contact")

        assert why(problem) == "too-large"


def test_headers_are_capped() -> None:
    """Trap: thousands of headers, or one endless one."""
    many = b"HTTP/1.1 200 OK\r\n" + b"".join(b"X-%d: y\r\n" % number for number in range(5000)) + b"\r\n"
    endless = b"HTTP/1.1 200 OK\r\nX: " + b"y" * 300_000 + b"\r\n\r\n"
    for answer in (many, endless):
        with TinyServer(ADDRESS, raw(answer)) as server, door().link(ADDRESS) as link:
            with pytest.raises(NoAnswer) as problem:
                link.get("/", port=server.port, vendor="first_contact")

            assert why(problem) == "too-large"


def test_a_gzip_bomb_is_not_unpacked() -> None:
    """Trap: 100 MB of zeros in 100 kB."""
    bomb = gzip.compress(b"\0" * 100_000_000, 9)
    with TinyServer(ADDRESS, page(bomb, "200 OK", "Content-Encoding: gzip")) as server, door().link(ADDRESS) as link:
        with pytest.raises(NoAnswer) as problem:
            link.get("/", port=server.port, vendor="first_contact")

        assert why(problem) == "too-large"


def test_honest_and_lying_compression_are_read() -> None:
    """Trap: a device that says gzip and sends plain text; only the raw stream shows it."""
    behaviour = in_turn(
        page(gzip.compress(b"packed"), "200 OK", "Content-Encoding: gzip"),
        page(b"plain", "200 OK", "Content-Encoding: gzip"),
    )
    with TinyServer(ADDRESS, behaviour) as server, door().link(ADDRESS) as link:
        assert link.get("/", port=server.port, vendor="first_contact").body == b"packed"
        assert link.get("/favicon.ico", port=server.port, vendor="first_contact").body == b"plain"


def test_a_short_body_is_kept_but_never_taken_for_whole() -> None:
    """Trap: fewer bytes than promised. The title may be read, settings not: what is missing would look switched off."""

    def short(server: TinyServer, connection: object, request: bytes) -> None:
        raw(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n<title>Cam</title>")(server, connection, request)  # type: ignore[arg-type]
        hang_up(server, connection, request)  # type: ignore[arg-type]

    with TinyServer(ADDRESS, short) as server, door().link(ADDRESS) as link:
        answer = link.get("/", port=server.port, vendor="first_contact")

        assert (answer.text(), answer.complete) == ("<title>Cam</title>", False)
        with pytest.raises(NoAnswer) as problem:
            answer.require_ok()
        assert why(problem) == "closed-early"


@pytest.mark.parametrize(
    ("answer", "status", "body"),
    [
        (b"RTSP/1.0 400 Bad Request\r\nServer: Old\r\n\r\n", 400, b""),
        (b"ICY 200 OK\r\n\r\nradio", 200, b"radio"),
        (b"<html>0.9</html>", 200, b"<html>0.9</html>"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nContent-Length: 2\r\n\r\nabcd", 200, b"abcd"),
    ],
)
def test_replies_no_library_reads_are_read_by_hand(answer: bytes, status: int, body: bytes) -> None:
    """Trap: HTTP/0.9, RTSP and ICY status lines, two different lengths: a raw socket reads and keeps them."""

    def once(server: TinyServer, connection: object, request: bytes) -> None:
        raw(answer)(server, connection, request)  # type: ignore[arg-type]
        hang_up(server, connection, request)  # type: ignore[arg-type]

    with TinyServer(ADDRESS, once) as server:
        used = door()
        with used.link(ADDRESS) as link:
            found = link.get("/", port=server.port, vendor="first_contact")

            assert (found.status, found.body) == (status, body)
        assert used.ledger.summary().requests == len(server.requests) == 2


@pytest.mark.parametrize(
    "line",
    [
        b"no colon at all",
        b"Name : space before",
        b"X-Nul: a\0b",
        b": empty name",
        b"Content-Length: abc",
        b"Content-Length: -1",
    ],
)
def test_odd_header_lines_are_survived(line: bytes) -> None:
    """Trap: header lines that other clients refuse; the page is still read, and so are the fields after them."""

    def once(server: TinyServer, connection: object, request: bytes) -> None:
        head = b"HTTP/1.1 200 OK\r\nServer: Odd\r\n" + line + b"\r\nX-After: kept,\r\n folded\r\n\r\n"
        raw(head + b"<title>odd</title>")(server, connection, request)  # type: ignore[arg-type]
        hang_up(server, connection, request)  # type: ignore[arg-type]

    with TinyServer(ADDRESS, once) as server, door().link(ADDRESS) as link:
        answer = link.get("/", port=server.port, vendor="first_contact")

        assert (answer.status, b"<title>odd</title>" in answer.body) == (200, True)
        assert answer.header("X-After") == "kept, folded"


def test_silence_and_refusal_have_their_words() -> None:
    """Nobody listens, nobody speaks, somebody hangs up: three words, no exception of a library."""
    with TinyServer(ADDRESS, lambda *_: time.sleep(3)) as mute, TinyServer(ADDRESS, hang_up) as rude:
        for port, word in ((mute.port, "silent"), (rude.port, "closed-early"), (9, "refused")):
            with door().link(ADDRESS) as link, pytest.raises(NoAnswer) as problem:
                link.get("/", port=port, vendor="first_contact")
            assert why(problem) == word


def test_plain_http_on_a_tls_port_is_tls_failed() -> None:
    """Trap: plain HTTP on 443, and TLS where HTTP was expected."""
    with TinyServer(ADDRESS, page()) as server, door().link(ADDRESS) as link, pytest.raises(NoAnswer) as problem:
        link.get("/", port=server.port, tls=True, vendor="first_contact")

    assert why(problem) in {"tls-failed", "silent"}


def test_control_characters_do_not_get_in() -> None:
    """Trap: ESC and OSC bytes of a banner reach the operator's terminal; raw bytes stay in the evidence."""
    title = "<title>\x1b]8;;file:///etc/passwd\x07cam\u202egnp</title>".encode()
    with TinyServer(ADDRESS, page(title, "200 OK", "Server: a\x1b[31mb")) as server, door().link(ADDRESS) as link:
        answer = link.get("/", port=server.port, vendor="first_contact")

        assert not set("\x1b\x07\u202e") & set(answer.text() + (answer.header("server") or ""))
        record = link.evidence_of(answer.evidence)
        assert record is not None
        assert record.excerpt.isprintable()


def test_cookies_are_not_sent_back() -> None:
    """A cookie sent back is the beginning of a session."""
    with TinyServer(ADDRESS, page(b"", "200 OK", "Set-Cookie: sid=1; path=/")) as server, door().link(ADDRESS) as link:
        for _ in range(2):
            link.get("/", port=server.port, vendor="first_contact")

        assert not any(b"ookie" in request for request in server.requests)


def test_a_kept_connection_that_was_closed_is_opened_again_once() -> None:
    """A device may close a kept connection between two reads: that is no failure of the device."""

    def answer_and_close(server: TinyServer, connection: object, request: bytes) -> None:
        raw(reply(b"x"))(server, connection, request)  # type: ignore[arg-type]
        hang_up(server, connection, request)  # type: ignore[arg-type]

    with TinyServer(ADDRESS, answer_and_close) as server, door().link(ADDRESS) as link:
        for path in ("/", "/favicon.ico", "/liveview"):
            assert link.get(path, port=server.port, vendor="first_contact").body == b"x"
        assert len(server.connections) == 3


def test_after_one_silent_hang_up_the_connection_is_looked_at_before_each_request() -> None:
    """A request into a connection that the device has closed is sent twice: once a device, not each time."""

    def answer_and_close(server: TinyServer, connection: object, request: bytes) -> None:
        raw(reply(b"x"))(server, connection, request)  # type: ignore[arg-type]
        hang_up(server, connection, request)  # type: ignore[arg-type]

    paths = ("/", "/favicon.ico", "/liveview", "/index.asp")
    used = door()
    with TinyServer(ADDRESS, answer_and_close) as server, used.link(ADDRESS) as link:
        for path in paths:
            link.get(path, port=server.port, vendor="first_contact")
            time.sleep(0.1)  # the end of the connection is here before the next request
        assert [request.split()[1].decode() for request in server.requests] == list(paths)
    summary = used.ledger.summary()
    assert summary.requests == len(paths) + 1, "one request was repeated, and one only"


def test_what_was_told_to_everybody_is_not_asked_again() -> None:
    """A whole answer without a login is kept for the time of the link; what failed may be asked again."""
    behaviour = in_turn(page(b"no", "404 Not Found"), page(b"one"), page(b"two"))
    with TinyServer(ADDRESS, behaviour) as server, door().link(ADDRESS) as link:
        bodies = [link.get("/", port=server.port, vendor="first_contact").body for _ in range(3)]

        assert bodies == [b"no", b"one", b"one"]
        assert len(server.requests) == 2


def test_a_question_leaves_in_one_piece() -> None:
    """Head and body of a POST are one write: small devices read them badly when they come apart."""
    with TinyServer(ADDRESS, page(b"{}")) as server, door().link(ADDRESS) as link:
        body = b'{"apiVersion": "1.0", "method": "getAllUnrestrictedProperties"}'
        link.post("/axis-cgi/basicdeviceinfo.cgi", body, port=server.port, vendor="first_contact")

        assert server.pieces == [len(server.requests[0])]


def test_what_is_not_in_the_catalogue_does_not_leave() -> None:
    """The door refuses it, says that it is our bug, and records it."""
    with TinyServer(ADDRESS, page()) as server:
        used = door()
        with used.link(ADDRESS, login=login()) as link:
            for path in ("/cgi-bin/magicBox.cgi?action=reboot", "/..%2f", "/../x.xml", "/?x", "//x.xml"):
                with pytest.raises(CatalogueError):
                    link.get(path, port=server.port, vendor="first_contact")
            with pytest.raises(CatalogueError):
                link.post(
                    "/axis-cgi/basicdeviceinfo.cgi", b'{"method":"setAll"}', port=server.port, vendor="first_contact"
                )
        assert server.requests == []
        assert used.ledger.summary().refused_by_door == 6
