"""Captures made to harm: nothing raises, and what is held stays bounded."""

from __future__ import annotations

import gzip
import io
import random
import struct
import tracemalloc
import zlib
from datetime import UTC, datetime
from pathlib import Path

import pytest
from frames import (
    ACK,
    AT,
    DEVICE,
    SADP,
    Talk,
    block,
    datagram,
    ether,
    heard,
    http,
    interface,
    ip,
    new_capture,
    packet_block,
    pcap,
    section,
    tcp,
    udp,
    written,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.discovery.importers import ImportOptions, importer_of, load_importers
from scanner.discovery.importers.capture import hosts, streams
from scanner.discovery.importers.capture.answers import LIMITS, MOST_BODY
from scanner.discovery.importers.capture.files import Frame
from scanner.discovery.importers.capture.reading import Capture
from scanner.discovery.importers.pcap import IMPORTER, recognises
from scanner.discovery.sighting import MOST_ENDPOINTS, MOST_OBSERVATIONS
from scanner.errors import InputError
from scanner.evidence import MemoryEvidence
from scanner.fingerprint import identify

LINKS = st.sampled_from([0, 1, 12, 101, 108, 113, 228, 229, 276, 9999])
PORTS = st.sampled_from([21, 22, 23, 67, 68, 80, 443, 554, 1900, 3702, 5060, 5353, 8000, 37020, 37810, 50_000])
STARTS = st.sampled_from(
    [
        b"",
        b"HTTP/1.1 200 OK\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 9\r\n\r\n\x1f\x8b",
        b"GET / HTTP/1.1\r\n",
        b"RTSP/1.0 200 OK\r\n",
        b"$\x00",
        b"SIP/2.0 200 OK\r\n",
        b"\x16\x03\x03\x00\x40\x02",
        b"SSH-",
        b"NOTIFY * HTTP/1.1\r\nNTS: ssdp:alive\r\n",
        b"<ProbeMatch>",
        b"<Hello",
        b'{"params":{"deviceInfo":',
        b"\x01\x01\x06\x00" + bytes(232) + b"\x63\x82\x53\x63",  # DHCP, from a client and from a server
        b"\x02\x01\x06\x00" + bytes(232) + b"\x63\x82\x53\x63\x35\x01\x05",
        b"\0\0\x84\0\0\0\0\1\0\0\0\1\x03abc\xc0\x0c",  # mDNS with a name that points at itself
    ]
)


def _all(capture: Capture) -> None:
    """End it, and let every text be read."""
    for sighting, seen_at in capture.sightings(io.BytesIO(b"")):
        identify(sighting.observations)
        assert seen_at.tzinfo is not None
        assert len(sighting.observations) <= MOST_OBSERVATIONS
        assert len(sighting.endpoints) <= MOST_ENDPOINTS


@settings(max_examples=400, deadline=None)
@given(st.lists(st.tuples(LINKS, st.binary(max_size=200), st.floats()), max_size=6))
def test_any_bytes_as_frames(frames: list[tuple[int, bytes, float]]) -> None:
    """Of any link type, at any time, even one that is no number."""
    capture = new_capture()
    for link, data, at in frames:
        capture.take(Frame(at, link, data, True))
    _all(capture)


@settings(max_examples=400, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.booleans(), PORTS, PORTS, st.integers(0, 2**32 - 1) | st.integers(0, 300), st.integers(0, 63), STARTS,
            st.binary(max_size=120),
        ),
        max_size=12,
    )
)  # fmt: skip
def test_any_bytes_in_sound_packets(parts: list[tuple[bool, int, int, int, int, bytes, bytes]]) -> None:
    """Well-formed IP around what no device should say: the readers stand it."""
    capture = new_capture()
    for is_tcp, one, two, number, flags, start, rest in parts:
        inner = tcp(one, two, number, 0, flags, start + rest) if is_tcp else udp(one, two, start + rest)
        capture.take(Frame(1.0, 101, ip(inner, 6 if is_tcp else 17), True))
    _all(capture)


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from([b"", pcap([])[:24], section(), section() + interface(), section(">") + interface(1, ">")]),
    st.binary(max_size=300),
)
def test_any_bytes_as_a_file(head: bytes, rest: bytes) -> None:
    """Behind a sound beginning or none."""
    for sighting, _ in new_capture().sightings(io.BytesIO(head + rest)):
        identify(sighting.observations)


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_a_sound_capture_with_damaged_bytes(data: st.DataObject) -> None:
    """Any few bytes of a good file changed."""
    talk = Talk(80).open().ask(b"GET / HTTP/1.1\r\n\r\n").say(http(b"<html><title>x</title>", "Server: a"), 20)
    sound = bytearray(pcap([*talk.frames, datagram(SADP, 37020)]))
    for _ in range(data.draw(st.integers(1, 6))):
        sound[data.draw(st.integers(0, len(sound) - 1))] = data.draw(st.integers(0, 255))
    list(new_capture().sightings(io.BytesIO(bytes(sound))))


def _talkative() -> list[bytes]:
    """Frames of a device that says a little of everything."""
    soap = (
        b'<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:t="http://www.onvif.org/ver10/device/wsdl">'
        b"<s:Body><t:GetScopesResponse><t:Scopes><t:ScopeItem>onvif://www.onvif.org/name/X</t:ScopeItem></t:Scopes>"
        b"</t:GetScopesResponse></s:Body></s:Envelope>"
    )
    web = (
        Talk(80)
        .open()
        .ask(b"GET /SDK/activateStatus HTTP/1.1\r\n\r\n")
        .say(http(b"<a><Activated>true</Activated></a>"))
    )
    for body in (
        soap,
        b"<DeviceInfo><model>DS-1</model></DeviceInfo>",
        b'{"propertyList":{"Brand":"AXIS"}}',
        b"root.Brand=1",
    ):
        web.ask(b"POST /onvif/device_service HTTP/1.1\r\n\r\n").say(http(body, 'WWW-Authenticate: Basic realm="x"'), 90)
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n<html\r\n1\r\n>\r\n0\r\n\r\n"
    stream = Talk(554, client_port=9).open().ask(b"DESCRIBE x RTSP/1.0\r\nCSeq: 2\r\n\r\n")
    stream.say(b"RTSP/1.0 200 OK\r\nCSeq: 2\r\nContent-Length: 5\r\n\r\nv=0\r\n$\0\0\3abc")
    texts = b"\0\0\x84\0\0\0\0\1\0\0\0\0\1a\0\0\x10\0\1\0\0\0\1\0\4\3a=b"
    return [
        *web.say(chunked).frames, *stream.frames,
        *Talk(23, client_port=8).open().say(b"\xff\xfd\1login: ").close().frames,
        datagram(SADP, 37020), datagram(texts, 5353), datagram(b"SIP/2.0 200 OK\r\nServer: x\r\n\r\n", 5060),
    ]  # fmt: skip


@pytest.mark.parametrize("seed", range(40))
def test_a_talkative_device_with_damaged_bytes(seed: int) -> None:
    """Payloads changed here and there, shuffled, cut: every reader meets what is almost right."""
    dice = random.Random(seed)
    for _ in range(10):
        frames = [bytearray(frame) for frame in _talkative()]
        for frame in frames:
            for _ in range(dice.randrange(4)):
                frame[dice.randrange(34, len(frame))] = dice.choice(b'<>{}}:/"\0\r\n$ \xff%ae1')
        if seed % 2:
            dice.shuffle(frames)
        capture = new_capture()
        for frame in frames:
            capture.take(Frame(1.0, 1, bytes(frame[: dice.choice([40, 80, None, None, None])]), dice.random() < 0.9))
        _all(capture)

        assert capture.streams.held == 0


def test_a_body_that_unpacks_to_gigabytes() -> None:
    """No more is unpacked than a live exchange allows; nothing of it is kept."""
    packer = zlib.compressobj(9, wbits=31)
    bomb = b"".join(packer.compress(bytes(1 << 20)) for _ in range(200)) + packer.flush()
    talk = Talk(80).open().say(http(bomb, "Content-Encoding: gzip", "Server: bomb"))
    frames = pcap(talk.frames)
    tracemalloc.start()
    try:
        capture = new_capture()
        told = list(capture.sightings(io.BytesIO(frames)))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert len(bomb) < MOST_BODY
    assert capture.tally.answers_dropped == 1
    assert all(len(text.raw) < 100 for sighting, _ in told for text in sighting.observations)
    assert peak < 4 * LIMITS.decompressed_bytes


def test_a_head_without_end() -> None:
    """It is given up at the limit of a live exchange, one byte a segment or many."""
    for piece in (1, 1_400):
        talk = Talk(80).open().say(b"HTTP/1.1 200 OK\r\nX: " + b"y" * (LIMITS.header_bytes + 5_000), piece)
        capture = new_capture()
        most = 0
        for frame in talk.frames:
            capture.take(Frame(1.0, 1, frame, True))
            most = max(most, capture.streams.held)

        assert most <= LIMITS.header_bytes + 1_400
        assert capture.tally.answers_dropped == 1
        assert capture.streams.held == 0


def test_a_body_without_end() -> None:
    """Of a body nobody ends so much is kept."""
    talk = Talk(80).open().say(b"HTTP/1.1 200 OK\r\n\r\n<html>" + b"y" * 3_000_000)
    capture = new_capture()
    for frame in talk.frames:
        capture.take(Frame(1.0, 1, frame, True))

    assert capture.streams.held <= MOST_BODY
    _all(capture)


@pytest.mark.parametrize("step", [2, 3, -2, -3])
def test_tiny_segments_out_of_order(step: int) -> None:
    """65,535 of them with holes between, forwards and backwards: a few are held."""
    talk = Talk(80).open()
    capture = new_capture()
    for frame in talk.frames:
        capture.take(Frame(1.0, 1, frame, True))
    most = 0
    for number in range(65_535):
        offset = 10 + (number if step > 0 else 65_535 - number) * abs(step)
        capture.take(Frame(1.0, 1, talk.segment(talk.theirs + offset, b"z"), True))
        most = max(most, capture.streams.held)

    assert most <= 131_072
    assert capture.tally.segments_out_of_order > 0
    _all(capture)


def test_many_half_answers_at_once() -> None:
    """Thousands of bodies that never end, at once: together they stay under the bound."""
    capture = new_capture()
    body = b"HTTP/1.1 200 OK\r\nContent-Length: 9000000\r\n\r\n" + b"b" * 60_000
    for number in range(2_000):
        source = f"127.36.{number // 256}.{number % 256}"
        capture.take(Frame(1.0, 101, ip(tcp(80, 50_000, 1, 1, ACK, body), 6, source), True))

        assert capture.streams.held <= streams.MOST_HELD
    assert capture.tally.streams_dropped > 0
    _all(capture)
    assert capture.streams.held == 0


def test_a_device_that_never_stops_talking() -> None:
    """Ten thousand different answers, ports and names of one address."""
    frames = []
    for number in range(10_000):
        frames.append(datagram(SADP.replace(b"<Uuid>1<", b"<Uuid>%d<" % number), 37020))
        frames.append(
            Talk(number + 1, client_port=number + 2)
            .open()
            .say(http(b"<html>%d" % number, f"Server: {number}"))
            .frames[-1]
        )
        frames.append(ether(ip(tcp(number + 1, 9, 5, 6, 18), 6)))
    found = heard(frames).by[DEVICE]

    assert len(found.observations) <= MOST_OBSERVATIONS
    assert len(found.endpoints) <= MOST_ENDPOINTS


def test_more_text_than_is_held() -> None:
    """Addresses that have been silent longest are given out when the texts of all grow too long."""
    table = hosts.Hosts(None, "some.pcap", datetime(2026, 1, 1, tzinfo=UTC), most_text=10_000)
    told = []
    for number in range(200):
        host = table.of(bytes([127, 36, 0, number]), 1.0)
        said = hosts.Said(80, "GET /", "200", bytes, 1.0)
        table.learn(host, said, lambda notes: notes.saw("http-body", "x" * 900, "", 80))
        told += [sighting.address for sighting, _ in table.ready()]

        assert table.text <= 10_000
        assert len(table) <= 11
    told += [sighting.address for sighting, _ in table.all()]

    assert told == [f"127.36.0.{number}" for number in range(200)]


def test_more_addresses_than_are_held() -> None:
    """They are given out as they go; none is lost, and the table stays small."""
    capture = new_capture()
    count = hosts.MOST_HOSTS + 3_000
    packets = (datagram(SADP, 37020, source=f"10.{n >> 16}.{n >> 8 & 255}.{n & 255}", ttl=63) for n in range(count))
    told = set()
    most = 0
    for sighting, _ in capture.sightings(io.BytesIO(pcap(packets))):
        told.add(sighting.address)
        most = max(most, len(capture.hosts))

    assert len(told) == count
    assert most <= hosts.MOST_HOSTS


def _options(told: list[str] | None = None) -> ImportOptions:
    return ImportOptions(
        evidence=MemoryEvidence(),
        written_at=datetime(2026, 1, 1, tzinfo=UTC),
        told=(told if told is not None else []).append,
    )


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    """One line with the file's name."""
    for data, said in ((None, "cannot be read"), (pcap([]), "no packets|none"), (section()[:14], "none")):
        path = tmp_path / f"{len(data or b'')}.pcap"
        if data is not None:
            path.write_bytes(data)
        with pytest.raises(InputError, match=rf"{path.name}: .*(?:{said})"):
            list(IMPORTER.read(path, _options()))


def test_the_importer(tmp_path: Path) -> None:
    """It is found by being there; each sign has its time and place, and what was not read is told."""
    path = written(tmp_path, pcap([datagram(SADP, 37020)]) + b"torn")
    told: list[str] = []
    options = _options(told)
    (found,) = importer_of(path).read(path, options)

    assert load_importers()["pcap"] is IMPORTER
    assert (found.sighting.address, found.place, found.row) == (DEVICE, "some.pcap", None)
    assert found.seen_at == datetime.fromtimestamp(AT, UTC)
    assert [record.request for record in options.evidence.records.values()] == ["some.pcap: sadp heard"]
    assert told == ["some.pcap: the file ends inside a packet: what came before was read"]


def test_packets_without_a_time(tmp_path: Path) -> None:
    """Simple packet blocks have none: that of the file stands in."""
    frame = datagram(SADP, 37020)
    path = written(tmp_path, section() + interface() + block(3, struct.pack("<I", len(frame)) + frame))
    (found,) = IMPORTER.read(path, _options())

    assert found.seen_at == datetime(2026, 1, 1, tzinfo=UTC)


def test_the_importer_knows_a_capture_by_its_head() -> None:
    """Whatever the file is called."""
    assert recognises(pcap([])[:24], "cameras.csv")
    assert recognises(section(), "")
    assert not recognises(b"address,mac", "some.pcap")
    assert not recognises(gzip.compress(b"x"), "some.pcap.gz")
    assert not recognises(struct.pack("<I", 0xA1B2C3D5), "x.pcap")


def test_packet_blocks_of_nobody() -> None:
    """A packet of an interface that was never described is counted."""
    capture = new_capture()

    assert list(capture.sightings(io.BytesIO(section() + packet_block(datagram(SADP, 37020))))) == []
    assert capture.tally.damaged == 1
