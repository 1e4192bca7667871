"""pcap and pcapng, whole and damaged: what can be read is read, what cannot is counted, nothing raises."""

from __future__ import annotations

import io
import struct

import pytest
from frames import AT, block, datagram, interface, packet_block, pcap, section

from scanner.discovery.importers.capture.files import MOST_FRAME, Frame, frames, is_capture
from scanner.discovery.importers.capture.tally import Tally

ONE = datagram(b"hello", 4000)
TWO = datagram(b"again", 4000)


def _read(data: bytes) -> tuple[list[Frame], Tally]:
    tally = Tally()
    return list(frames(io.BytesIO(data), tally)), tally


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("nano", [False, True])
def test_pcap_in_all_its_variants(order: str, nano: bool) -> None:
    """Both byte orders, micro- and nanoseconds: the same frames at the same times."""
    data = pcap([ONE, TWO], order=order, nano=nano)
    found, tally = _read(data)

    assert is_capture(data[:16])
    assert [frame.data for frame in found] == [ONE, TWO]
    assert [frame.at for frame in found] == pytest.approx([AT, AT + 0.001], abs=1e-5)
    assert tally == Tally(packets=2)


@pytest.mark.parametrize("order", ["<", ">"])
def test_pcapng_with_several_interfaces_and_sections(order: str) -> None:
    """Each packet has the link type and clock of its own interface; a new section begins anew."""
    ticks = int(AT * 1e9)
    data = (
        section(order)
        + interface(1, order)
        + interface(113, order, resolution=9)
        + block(0xBAD, b"something else", order)
        + packet_block(ONE, order)
        + packet_block(TWO, order, place=1, ticks=ticks)
        + section("<")
        + interface(101, resolution=0x80 | 10, offset=int(AT))
        + packet_block(b"E", ticks=512)
    )
    found, tally = _read(data)

    assert is_capture(data[:16])
    assert [(frame.link, frame.data) for frame in found] == [(1, ONE), (113, TWO), (101, b"E")]
    assert [frame.at for frame in found] == pytest.approx([AT, AT, AT + 0.5])
    assert tally == Tally(packets=3)


def test_older_packet_blocks() -> None:
    """Simple packets have no time; the obsolete packet block has a shorter interface number."""
    old = struct.pack("<HHIIII", 0, 7, int(AT * 1e6) >> 32, int(AT * 1e6) & 0xFFFFFFFF, 4, 4) + b"abcd"
    data = section() + interface() + block(3, struct.pack("<I", 3) + b"abc") + block(2, old)
    found, _ = _read(data)

    assert [(frame.at, frame.data) for frame in found] == [(0.0, b"abc"), (pytest.approx(AT), b"abcd")]


@pytest.mark.parametrize("data", [pcap([ONE, TWO]), section() + interface() + packet_block(ONE) + packet_block(TWO)])
def test_a_torn_file_gives_what_came_before(data: bytes) -> None:
    """Wherever the file ends: the whole frames before come out, and the tear is counted once."""
    seen = set()
    for size in range(len(data)):
        found, tally = _read(data[:size])
        seen.add(len(found))

        assert [frame.data for frame in found] == [ONE, TWO][: len(found)]
        assert tally.torn + tally.damaged <= 1
    assert seen == {0, 1}


def test_frames_cut_by_the_snap_length_are_counted() -> None:
    """They come out as far as they were captured."""
    found, tally = _read(pcap([ONE], snap=20))

    assert [(frame.data, frame.is_whole) for frame in found] == [(ONE[:20], False)]
    assert tally.cut_short == 1


def test_lengths_are_not_believed() -> None:
    """A record or block of 4 GiB is never read into memory."""
    huge = struct.pack("<IIII", 1, 0, 0xFFFFFFFF, 0xFFFFFFFF)
    found, tally = _read(pcap([ONE]) + huge + ONE)
    blocks, more = _read(section() + interface() + struct.pack("<II", 6, 0xFFFFFFF0) + bytes(100))
    over = struct.pack("<IIIII", 0, 0, 0, MOST_FRAME, MOST_FRAME)
    lying, third = _read(section() + interface() + block(6, over) + packet_block(TWO))

    assert ([frame.data for frame in found], tally.damaged) == ([ONE], 1)
    assert (blocks, more.torn, more.damaged) == ([], 1, 1)
    assert ([frame.data for frame in lying], third.damaged) == ([TWO], 1)


def test_what_is_no_capture() -> None:
    """Nothing comes out, and the head is not taken for one."""
    for data in (b"", b"\xa1", b"nmap scan", b"\x0a\x0d\x0d\x0a\x00\x00\x00\x1c????", b"\x00" * 64):
        assert not is_capture(data[:16])
        assert _read(data)[0] == []


def test_the_tally_speaks() -> None:
    """Every count that is not zero becomes a sentence, and none of them has a hole."""
    said = Tally(**dict.fromkeys(Tally.__slots__, 12_345)).sentences()

    assert Tally(packets=5, answers=3).sentences() == ()
    assert len(said) >= 10
    assert not any("{" in sentence for sentence in said)
