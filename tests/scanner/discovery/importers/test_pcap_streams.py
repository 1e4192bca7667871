"""Segments in any order, twice, overlapping, missing: the answer comes out right or not at all, in bounded memory."""

from __future__ import annotations

import io
import random

import pytest
from frames import ACK, DEVICE, SYN, Talk, ether, heard, http, ip, new_capture, pcap, tcp

from scanner.discovery.importers.capture.streams import MOST_STREAMS, request_in

INFO = b'<DeviceInfo xmlns="http://www.hikvision.com/ver20/XMLSchema"><model>DS-2CD1</model>%s</DeviceInfo>' % (
    b"<a>" + b"x" * 5_000 + b"</a>"
)


def _pieces(size: int) -> tuple[Talk, list[bytes]]:
    talk = Talk(80).open()
    before = len(talk.frames)
    talk.say(http(INFO), size)
    return talk, talk.frames[before:]


@pytest.mark.parametrize("seed", range(20))
def test_segments_in_any_order_and_twice(seed: int) -> None:
    """Shuffled, repeated: the same answer."""
    talk, segments = _pieces(100)
    shuffled = segments * 2
    random.Random(seed).shuffle(shuffled)
    found = heard([*talk.frames[:3], *shuffled])

    assert found.texts("isapi-deviceinfo") == [INFO.decode()]


@pytest.mark.parametrize("seed", range(20))
def test_overlapping_segments(seed: int) -> None:
    """Pieces that cover each other; what came first stays, as a receiver would have it."""
    dice = random.Random(seed)
    talk = Talk(80).open()
    data = http(INFO)
    frames, place = [], 0
    while place < len(data):
        start = max(0, place - dice.randrange(200))
        end = min(len(data), place + dice.randrange(1, 300))
        frames.append(talk.segment(talk.theirs + start, data[start:end]))
        place = end
    other = talk.segment(talk.theirs, b"HTTP/1.1 500 Other\r\n\r\n")  # a later version of bytes that were there

    assert heard([*talk.frames, *frames, other]).texts("isapi-deviceinfo") == [INFO.decode()]


def test_every_packet_twice() -> None:
    """A mirror of both sides of a switch: answers still belong to their own questions."""
    talk = Talk(80).open().ask(b"GET /favicon.ico HTTP/1.1\r\n\r\n").say(http(b"icon"))
    talk.ask(b"GET / HTTP/1.1\r\n\r\n").say(http(b"<html><title>second</title>")).ask(
        b"GET /SDK/activateStatus HTTP/1.1\r\n\r\n"
    )
    talk.say(http(b"<a><Activated>true</Activated></a>"))
    once, twice = heard(talk.frames), heard([frame for frame in talk.frames for _ in range(2)])

    assert once.by == twice.by
    assert [seen.key for seen in twice.by[DEVICE].facts if seen.key == "account.activated"]


def test_sequence_numbers_that_turn_over() -> None:
    """A stream across the end of the 32-bit circle."""
    talk = Talk(80, theirs=2**32 - 700).open().say(http(INFO), 100)

    assert heard(talk.frames).texts("isapi-deviceinfo") == [INFO.decode()]


def test_a_missing_segment_costs_its_own_answer_only() -> None:
    """A hole in a body of known length: that body is torn, the next answer is read."""
    talk, segments = _pieces(1_000)
    talk.ask(b"GET /b HTTP/1.1\r\n\r\n").say(http(b"<html><title>second</title>", "Server: after"))
    talk.frames.remove(segments[2])
    for number in range(70):  # and enough more for the missing one to be given up
        talk.say(http(b"%d" % number))
    found = heard(talk.close().frames)

    assert found.texts("http-server-header") == ["after"]
    assert INFO.decode() not in found.texts("isapi-deviceinfo")
    assert found.capture.tally.segments_given_up >= 1


def test_packets_cut_by_the_snap_length() -> None:
    """Only the head of each packet was captured: headers are read, bodies are not pretended to be whole."""
    talk = Talk(80).open()
    for number in range(3):
        talk.ask(b"GET / HTTP/1.1\r\n\r\n").say(http(b"<html><title>t</title>" + b"y" * 1_000, f"Server: s{number}"))
    found = heard_cut(talk, 120)

    assert found == ["s0", "s1", "s2"]


def heard_cut(talk: Talk, snap: int) -> list[str]:
    """Server names in a capture of that snap length."""
    told = list(new_capture().sightings(io.BytesIO(pcap(talk.frames, snap=snap))))
    return [text.raw for sighting, _ in told for text in sighting.observations if text.seen_in == "http-server-header"]


def test_a_port_pair_used_again() -> None:
    """The second connection on the same ports is another one, wherever its numbers start."""
    first = Talk(80).open().say(http(b"x" * 500, "Server: one")[:300])
    second = Talk(80, theirs=77, ours=99).open().say(http(b"x", "Server: two"))

    assert heard([*first.frames, *second.frames]).texts("http-server-header") == ["one", "two"]


def test_one_flow_a_packet_stays_bounded() -> None:
    """Many more connections at once than are held: the oldest end early, counted, and nothing of them stays."""
    frames = []
    for number in range(3 * MOST_STREAMS):
        source = f"127.{36 + number % 3}.{number // 256 % 256}.{number % 256}"
        frames.append(
            ether(ip(tcp(80, 1_024 + number % 60_000, 1, 1, ACK, b"HTTP/1.1 200 OK\r\nServer: a"), 6, source))
        )
        frames.append(ether(ip(tcp(80, 1_024 + number % 60_000, 1, 1, SYN | ACK), 6, source, "127.36.9.201")))
    found = heard(frames)

    assert len(found.capture.streams) == 0
    assert found.capture.streams.held == 0
    assert found.capture.tally.streams_dropped > 0


@pytest.mark.parametrize(
    ("asked", "target"),
    [
        (b"GET /login.cgi?user=op&pwd=hunter22 HTTP/1.1\r\n\r\n", "/login.cgi"),
        (b"DESCRIBE rtsp://op:hunter22@127.36.9.1/live RTSP/1.0\r\nCSeq: 7\r\n\r\n", ""),
        (b"GET /awaited?action=x HTTP/1.1\r\nAuthorization: Basic b3A6aHVudGVyMjI=\r\n\r\n", "/awaited?action=x"),
    ],
)
def test_what_is_kept_of_a_question(asked: bytes, target: str) -> None:
    """Method, path, number, and that there was a login: nothing of the login, no query, no user in an address."""
    request = request_in(asked, {"/awaited?action=x"})

    assert request is not None
    assert (request.target, request.with_login) == (target, b"Authorization" in asked)
    assert "hunter22" not in repr(request)
    assert "b3A6" not in repr(request)


def test_a_device_is_named_once() -> None:
    """One sighting an address."""
    talk = Talk(80).open().say(http(INFO))

    assert list(heard(talk.frames).by) == [DEVICE]
