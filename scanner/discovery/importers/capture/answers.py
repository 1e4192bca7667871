"""Cuts one server's bytes into answers: HTTP, RTSP with the media between its answers left out, and SIP.

Headers are bounded by the limits of a live exchange; of a body no more is kept than anybody reads. Pictures, sound,
scripts and downloads pass by without being kept.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from scanner.discovery.importers.capture.streams import Request, Wants
from scanner.discovery.importers.capture.tally import Tally
from scanner.errors import NoAnswer
from scanner.net import Limits
from scanner.net.plain_http import read_reply
from scanner.net.web import RawAnswer

LIMITS = Limits()
MOST_BODY = 262_144
"""Bytes of a body as it was sent."""

_MOST_LINE = 1_024
_START = re.compile(rb"[\r\n]{0,4}(?:HTTP|RTSP|ICY|SIP)[/ ]")
_START_BYTES = 9
_END_OF_HEAD = re.compile(rb"\r?\n\r?\n")
_HEX = re.compile(rb"\s{0,4}([0-9A-Fa-f]{1,8})")
_MEDIA = re.compile(
    r"(?i)\s*(?:video|audio|font|multipart|image)/|\s*application/(?:octet-stream|(?:x-)?(?:zip|gzip|rtsp|java|wasm)|pdf)"
    r"|\s*text/(?:css|javascript)|\s*application/(?:x-)?javascript"
)
FAVICON = "/favicon.ico"
_INTERLEAVED = 0x24


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer. ``body`` is as it was sent; ``is_whole`` is False when some of it is missing."""

    at: float
    head: bytes
    status: int
    headers: list[tuple[str, str]]
    body: bytes
    is_whole: bool
    request: Request | None


class AnswerReader:
    """A listener that calls ``heard`` with each answer. ``rtsp``: as RTSP frames bodies and carries media."""

    def __init__(
        self, heard: Callable[[Answer], None], asked: deque[Request], tally: Tally, *, rtsp: bool = False
    ) -> None:
        self._heard = heard
        self._asked = asked
        self._tally = tally
        self._rtsp = rtsp
        self._at = 0.0
        self._line = bytearray()
        self._looked = 0
        self._fresh()

    def _fresh(self) -> None:
        self._answer: tuple[bytes, RawAnswer, Request | None] | None = None
        self._body = bytearray()
        self._keeps = False
        self._is_whole = True
        self._left = 0
        self._wants = Wants.MORE
        self._line.clear()
        self._looked = 0
        self._next: Step = AnswerReader._head
        self._is_known = False

    @property
    def held(self) -> int:
        """Bytes it keeps."""
        return len(self._line) + len(self._body)

    def feed(self, data: bytes, at: float) -> Wants:
        """See Listener."""
        self._at = at
        rest: bytes | None = data
        while rest:
            rest = self._next(self, rest)
        if rest is None:
            wants, self._wants = self._wants, Wants.MORE
            return wants
        return Wants.MORE

    def lost(self, size: int) -> Wants:
        """A hole in a body of known length is passed over; anywhere else the next answer has to be found again."""
        self._keeps = False
        self._is_whole = False
        if self._next is AnswerReader._until_closed:
            return Wants.MORE
        if self._next in (AnswerReader._counted, AnswerReader._media) and size <= self._left:
            self._left -= size
            if self._left == 0:
                self._finish() if self._next is AnswerReader._counted else self._fresh()
            return Wants.MORE
        if self._answer is not None:
            self._finish()
        self._fresh()
        return Wants.AGAIN

    def end(self) -> None:
        """See Listener."""
        if self._answer is not None:
            self._is_whole = self._is_whole and self._next is AnswerReader._until_closed
            self._finish()

    # -- the steps: each takes what it understands and gives back the rest; None when the listener is done ----------

    def _head(self, data: bytes) -> bytes | None:
        line = self._line
        if self._rtsp and (line or data)[0] == _INTERLEAVED:
            return self._frame_head(data)
        line += data
        if not self._is_known and len(line) >= _START_BYTES:
            if not _START.match(line):
                return self._stop(Wants.AGAIN)
            self._is_known = True
        found = _END_OF_HEAD.search(line, max(self._looked - 3, 0))
        if found is None:
            self._looked = len(line)
            if len(line) > LIMITS.header_bytes:
                self._tally.answers_dropped += 1
                return self._stop(Wants.AGAIN)
            return b""
        head, rest = bytes(line[: found.start()]), bytes(line[found.end() :])
        line.clear()
        self._looked, self._is_known = 0, False
        if len(head) > LIMITS.header_bytes:
            self._tally.answers_dropped += 1
            return self._stop(Wants.AGAIN)
        return self._begin(head, rest)

    def _frame_head(self, data: bytes) -> bytes | None:
        """``$``, channel, length: a piece of media between two answers."""
        missing = 4 - len(self._line)
        self._line += data[:missing]
        if len(self._line) == 4:
            self._left = int.from_bytes(self._line[2:], "big")
            self._line.clear()
            self._next = AnswerReader._media if self._left else AnswerReader._head
        return data[missing:]

    def _media(self, data: bytes) -> bytes | None:
        used = min(self._left, len(data))
        self._left -= used
        if self._left == 0:
            self._next = AnswerReader._head
        return data[used:]

    def _begin(self, head: bytes, rest: bytes) -> bytes | None:
        try:
            answer = read_reply(head + b"\r\n\r\n")
        except NoAnswer:
            self._tally.answers_dropped += 1
            return self._stop(Wants.AGAIN)
        if 100 <= answer.status < 200 and answer.status != 101:
            return rest
        request = self._request_of(answer)
        self._answer = head, answer, request
        self._is_whole = True
        self._keeps = self._is_read(answer, request)
        if answer.status in (101, 204, 304) or (request is not None and request.method == "HEAD"):
            self._finish()
            return rest if answer.status != 101 else self._stop(Wants.NOTHING)
        if not self._rtsp and "chunked" in ",".join(answer.values("transfer-encoding")).lower():
            self._next = AnswerReader._chunk_size
            return rest
        length = next(iter(answer.values("content-length")), "0" if self._rtsp else "")
        if re.fullmatch(r"[0-9]{1,12}", length):
            self._left = int(length)
            self._next = AnswerReader._counted
            if self._left == 0:
                self._finish()
        else:
            self._next = AnswerReader._until_closed
        return rest

    def _request_of(self, answer: RawAnswer) -> Request | None:
        """The oldest request, or by its number where the protocol gives one."""
        number = next(iter(answer.values("cseq")), "")
        while self._asked:
            request = self._asked.popleft()
            if not number or not request.sequence or request.sequence == number:
                return request
        return None

    def _is_read(self, answer: RawAnswer, request: Request | None) -> bool:
        if request is not None and request.target == FAVICON:
            return True
        return not any(_MEDIA.match(value) for value in answer.values("content-type"))

    def _counted(self, data: bytes) -> bytes | None:
        used = min(self._left, len(data))
        self._keep(data[:used])
        self._left -= used
        if self._left == 0:
            self._finish()
        return data[used:]

    def _until_closed(self, data: bytes) -> bytes | None:
        if _START.match(data) and data.startswith(b"HTTP/1."):  # no length was given, and yet the next answer comes
            self._finish()
            return data
        self._keep(data)
        return b""

    def _chunk_size(self, data: bytes) -> bytes | None:
        line, newline, rest = data.partition(b"\n")
        self._line += line
        if not newline:
            if len(self._line) > _MOST_LINE:
                return self._stop(Wants.AGAIN)
            return b""
        said = bytes(self._line)
        self._line.clear()
        if not said.strip():
            return rest  # the line end behind the chunk before
        found = _HEX.match(said)
        if found is None:
            return self._stop(Wants.AGAIN)
        self._left = int(found[1], 16)
        self._next = AnswerReader._chunk if self._left else AnswerReader._trailer
        return rest or b""

    def _chunk(self, data: bytes) -> bytes | None:
        used = min(self._left, len(data))
        self._keep(data[:used])
        self._left -= used
        if self._left == 0:
            self._next = AnswerReader._chunk_size
        return data[used:]

    def _trailer(self, data: bytes) -> bytes | None:
        line, newline, rest = data.partition(b"\n")
        self._line += line
        if len(self._line) > _MOST_LINE:
            return self._stop(Wants.AGAIN)
        if newline:
            is_last = not self._line.strip()
            self._line.clear()
            if is_last:
                self._finish()
        return rest

    def _keep(self, data: bytes) -> None:
        if self._keeps:
            self._body += data[: MOST_BODY - len(self._body)]
            if len(self._body) >= MOST_BODY:
                self._keeps = False
                self._is_whole = False

    def _finish(self) -> None:
        if self._answer is None:
            return
        head, answer, request = self._answer
        self._tally.answers += 1
        said = Answer(self._at, head, answer.status, answer.headers, bytes(self._body), self._is_whole, request)
        self._fresh()
        self._heard(said)

    def _stop(self, wants: Wants) -> bytes | None:
        if self._answer is not None:
            self._is_whole = False
            self._finish()
        self._fresh()
        self._wants = wants
        return None


Step: TypeAlias = Callable[[AnswerReader, bytes], "bytes | None"]
