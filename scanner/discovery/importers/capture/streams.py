"""What servers sent over TCP, put back in order, in bounded memory whatever the capture holds.

Only the server's side is put together. Of a client's segment nothing stays but the name of the page it asks for: its
credentials, cookies and forms are gone with the packet.
"""

from __future__ import annotations

import re
from collections import OrderedDict, deque
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Protocol, TypeAlias

from scanner.discovery.importers.capture.packets import ACK, FIN, RST, SYN, Packet
from scanner.discovery.importers.capture.tally import Tally

MOST_STREAMS = 8_192
MOST_HELD = 32 * 1024 * 1024
"""Bytes held for all streams together: answers that are not whole yet and segments that came too early."""

_MOST_EARLY_SEGMENTS = 64
_MOST_EARLY_BYTES = 131_072
_WINDOW = 1 << 20
_MOST_STRAYS = 16  # segments from beyond the window before a stream is looked for anew
_DECIDED_AFTER = 16  # bytes that tell what a server speaks
_CIRCLE = 1 << 32

_ANSWER = re.compile(rb"(?:HTTP/\d|RTSP/\d|SIP/2|SSH-|\x16\x03[\x00-\x04]..\x02)", re.DOTALL)
_HELLO = re.compile(rb"\x16\x03[\x00-\x04]..\x01", re.DOTALL)
_REQUEST = re.compile(rb"([A-Z]{3,13}) ([^\s\x00-\x20]{1,2000}) (?:HTTP|RTSP)/\d")
_SEQUENCE = re.compile(rb"(?i)\ncseq[ \t]*:[ \t]*(\d{1,10})")
_LOGIN = re.compile(rb"(?i)\nauthorization[ \t]*:")


class Wants(Enum):
    """What a listener wants next: more of the stream, a new beginning in it, or nothing any more."""

    MORE = auto()
    AGAIN = auto()
    NOTHING = auto()


class Listener(Protocol):
    """Reads one server's side of one connection."""

    @property
    def held(self) -> int:
        """Bytes it keeps."""

    def feed(self, data: bytes, at: float) -> Wants:
        """The next bytes in order."""

    def lost(self, size: int) -> Wants:
        """So many bytes are missing from the capture."""

    def end(self) -> None:
        """The stream is over."""


@dataclass(frozen=True, slots=True)
class Request:
    """What a client asked for: enough to know what the answer is.

    ``target`` is a path without its query, which may hold anything; with it for the pages somebody waits for.
    """

    method: str
    target: str
    sequence: str
    with_login: bool


Key: TypeAlias = tuple[bytes, int, bytes, int]
"""(server, its port, client, its port)."""


@dataclass(slots=True)
class Stream:
    """The server's side of one connection. ``expected`` is the sequence number of its next byte, None while unknown."""

    server: bytes
    port: int
    expected: int | None
    listener: Listener | None = None
    deaf: bool = False
    opening: bytes = b""
    opened_at: float = 0.0
    client_spoke: bool = False
    spoke_first: bool = False
    asked: deque[Request] = field(default_factory=lambda: deque(maxlen=8))
    asked_at: int | None = None
    early: dict[int, tuple[bytes, int]] = field(default_factory=dict)
    early_bytes: int = 0
    strays: int = 0
    counted: int = 0

    @property
    def held(self) -> int:
        """Bytes it keeps."""
        return self.early_bytes + len(self.opening) + (self.listener.held if self.listener else 0)


Tune: TypeAlias = Callable[[Stream, bytes], Listener | None]
"""The listener for a stream that begins with these bytes; None when nobody wants to hear it."""


def request_in(payload: bytes, awaited: Collection[str]) -> Request | None:
    """The request a client's segment begins with; ``awaited`` are the targets that are taken whole."""
    found = _REQUEST.match(payload)
    if found is None:
        return None
    head = payload.partition(b"\r\n\r\n")[0]
    number = _SEQUENCE.search(head)
    target = found[2].decode("latin-1")
    if target not in awaited:
        target = target.partition("?")[0] if target.startswith("/") else ""  # an address may hold a login
    return Request(
        found[1].decode(),
        target,
        number[1].decode() if number else "",
        _LOGIN.search(head) is not None,
    )


class Streams:
    """All connections that are under way in a capture."""

    def __init__(self, tune: Tune, tally: Tally, awaited: Collection[str] = ()) -> None:
        self._tune = tune
        self._awaited = frozenset(awaited)
        self._tally = tally
        self._streams: OrderedDict[Key, Stream] = OrderedDict()
        self.held = 0

    def __len__(self) -> int:
        return len(self._streams)

    def take(self, packet: Packet) -> None:
        """The next segment of the capture."""
        key = (packet.source, packet.source_port, packet.target, packet.target_port)
        back = (packet.target, packet.target_port, packet.source, packet.source_port)
        if packet.flags & SYN:
            self._end(key)
            self._end(back)
            if packet.flags & ACK:
                self._add(key, (packet.sequence + 1) % _CIRCLE)
            return
        stream = self._streams.get(key)
        if stream is None and packet.payload:
            if back in self._streams:
                self._heard_client(back, packet)
            else:
                stream = self._found_midway(key, back, packet)
        if stream is not None and packet.payload and not stream.deaf:
            self._streams.move_to_end(key)
            self._receive(stream, packet.sequence, packet.payload, packet.size, packet.at)
            self._weigh(stream)
        if packet.flags & RST:
            self._end(key)
            self._end(back)
        elif packet.flags & FIN and stream is not None and _is_all(stream, packet):
            self._end(key)

    def close(self) -> None:
        """The capture is over."""
        for key in list(self._streams):
            self._end(key)

    # -- beginning and end -----------------------------------------------------------------------------

    def _add(self, key: Key, expected: int | None) -> Stream:
        while len(self._streams) >= MOST_STREAMS:
            self._drop_oldest()
        self._streams[key] = stream = Stream(key[0], key[1], expected)
        return stream

    def _found_midway(self, key: Key, back: Key, packet: Packet) -> Stream | None:
        """The capture began after the connection did: an answer or a request shows who is the server."""
        if _ANSWER.match(packet.payload):
            return self._add(key, packet.sequence)
        if _REQUEST.match(packet.payload) or _HELLO.match(packet.payload):
            self._add(back, packet.acknowledged)
            self._heard_client(back, packet)
        return None

    def _heard_client(self, key: Key, packet: Packet) -> None:
        stream = self._streams[key]
        stream.client_spoke = stream.client_spoke or not packet.payload.startswith(b"\xff")  # Telnet negotiates
        if stream.deaf:
            return
        if stream.opening and stream.client_spoke:  # what a terminal said first ends here
            self._decide(stream)
        self._streams.move_to_end(key)
        request = request_in(packet.payload, self._awaited)
        if request is None or (stream.asked_at is not None and not _is_later(packet.sequence, stream.asked_at)):
            return  # the same packet may stand in a capture twice
        stream.asked.append(request)
        stream.asked_at = packet.sequence

    def _end(self, key: Key) -> None:
        stream = self._streams.pop(key, None)
        if stream is None:
            return
        while stream.early and not stream.deaf:
            self._jump(stream, 0.0)
        if stream.opening:
            self._decide(stream)
        if stream.listener is not None and not stream.deaf:
            stream.listener.end()
        stream.listener = None
        self.held -= stream.counted

    def _drop_oldest(self) -> None:
        key = next(iter(self._streams))
        self._tally.streams_dropped += bool(self._streams[key].held)
        self._end(key)

    def _weigh(self, stream: Stream) -> None:
        weight = stream.held
        self.held += weight - stream.counted
        stream.counted = weight
        while self.held > MOST_HELD and len(self._streams) > 1:
            self._drop_oldest()

    # -- putting in order ------------------------------------------------------------------------------

    def _receive(self, stream: Stream, sequence: int, payload: bytes, size: int, at: float) -> None:
        if stream.expected is None:
            if not _ANSWER.match(payload):
                return
            stream.expected = sequence
        ahead = (sequence - stream.expected) % _CIRCLE
        if ahead >= _CIRCLE // 2:  # sent again, at least in part: what came first stays
            behind = _CIRCLE - ahead
            if behind >= size:
                return
            self._deliver(stream, payload[behind:], size - behind, at)
        elif ahead:
            self._keep_early(stream, sequence, payload, size, ahead, at)
            return
        else:
            self._deliver(stream, payload, size, at)
        self._catch_up(stream, at)

    def _keep_early(self, stream: Stream, sequence: int, payload: bytes, size: int, ahead: int, at: float) -> None:
        self._tally.segments_out_of_order += 1
        if ahead > _WINDOW:
            stream.strays += 1
            self._tally.segments_given_up += 1
            if stream.strays >= _MOST_STRAYS:
                self._lose_place(stream)
            return
        if len(stream.early) >= _MOST_EARLY_SEGMENTS or stream.early_bytes + len(payload) > _MOST_EARLY_BYTES:
            self._jump(stream, at)
        if sequence not in stream.early and not stream.deaf and stream.expected is not None:
            stream.early[sequence] = payload, size
            stream.early_bytes += len(payload)
            self._catch_up(stream, at)

    def _catch_up(self, stream: Stream, at: float) -> None:
        """Deliver what came early and is due now."""
        while stream.early and not stream.deaf and stream.expected is not None:
            here = stream.expected
            due = next((one for one in stream.early if (here - one) % _CIRCLE < _CIRCLE // 2), None)
            if due is None:
                return
            payload, size = self._take_early(stream, due)
            behind = (here - due) % _CIRCLE
            if behind < size:
                self._deliver(stream, payload[behind:], size - behind, at)

    def _jump(self, stream: Stream, at: float) -> None:
        """What is missing will not come any more: go on behind the hole."""
        if stream.expected is None:
            self._lose_place(stream)
            return
        expected = stream.expected
        nearest = min(stream.early, key=lambda one: (one - expected) % _CIRCLE)
        self._tally.segments_given_up += 1
        missing = (nearest - expected) % _CIRCLE
        stream.expected = nearest
        if stream.listener is None:
            self._lose_place(stream)
        else:
            self._obey(stream, stream.listener.lost(missing))
        self._catch_up(stream, at)

    def _take_early(self, stream: Stream, sequence: int) -> tuple[bytes, int]:
        payload, size = stream.early.pop(sequence)
        stream.early_bytes -= len(payload)
        return payload, size

    def _lose_place(self, stream: Stream) -> None:
        """From here on the next answer that begins with a segment is looked for."""
        stream.expected, stream.listener, stream.opening, stream.strays = None, None, b"", 0
        stream.early.clear()
        stream.early_bytes = 0
        stream.asked.clear()

    def _deliver(self, stream: Stream, payload: bytes, size: int, at: float) -> None:
        assert stream.expected is not None  # noqa: S101  # the callers have just looked
        stream.expected = (stream.expected + size) % _CIRCLE
        stream.strays = 0
        if stream.listener is None:
            if not stream.opening:
                stream.spoke_first, stream.opened_at = not stream.client_spoke, at
            stream.opening += payload
            if len(stream.opening) < _DECIDED_AFTER and b"\n" not in stream.opening and size == len(payload):
                return
            self._decide(stream)
        else:
            self._obey(stream, stream.listener.feed(payload, at))
        if size > len(payload):  # the snap length ended it
            self._tally.segments_given_up += 1
            if stream.listener is not None:
                self._obey(stream, stream.listener.lost(size - len(payload)))

    def _decide(self, stream: Stream) -> None:
        """What it has said so far tells who listens to it."""
        opening, stream.opening = stream.opening, b""
        stream.listener = self._tune(stream, opening)
        if stream.listener is None:
            self._lose_place(stream)
        else:
            self._obey(stream, stream.listener.feed(opening, stream.opened_at))

    def _obey(self, stream: Stream, wants: Wants) -> None:
        if wants is Wants.AGAIN:
            self._lose_place(stream)
        elif wants is Wants.NOTHING:
            self._lose_place(stream)
            stream.deaf = True


def _is_later(sequence: int, than: int) -> bool:
    return 0 < (sequence - than) % _CIRCLE < _CIRCLE // 2


def _is_all(stream: Stream, last: Packet) -> bool:
    """Nothing is missing before the segment that ends a stream."""
    return stream.expected in (None, (last.sequence + last.size) % _CIRCLE)
