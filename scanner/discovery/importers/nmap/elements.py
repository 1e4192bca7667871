"""The hosts of nmap's XML, one after the other in bounded memory, each with its bytes and its line.

No entity is expanded and nothing outside the file is read: a document type that declares an entity is refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from scanner.errors import InputError, Place

CHUNK = 65_536
MOST_BYTES = 8 * 1024 * 1024
"""Of one host."""

_MOST_DEPTH = 64


class HostFound(NamedTuple):
    """One ``<host>``: the element, the line it begins in, its bytes as they stand in the file."""

    element: Element
    line: int
    raw: bytes


class HostReader:
    """Iterates over the hosts of a file. ``started`` is the ``start`` of the run, '' until it was read."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.started = ""
        self._parser = expat.ParserCreate()
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.EntityDeclHandler = self._entity
        self._depth = 0
        self._builder: TreeBuilder | None = None
        self._host_at = 0
        self._host_line = 0
        self._buffer = bytearray()
        self._buffer_at = 0  # of its first byte, in the file
        self._ready: list[HostFound] = []

    def __iter__(self) -> Iterator[HostFound]:
        try:
            with self.path.open("rb") as file:
                while chunk := file.read(CHUNK):
                    self._feed(chunk)
                    yield from self._ready
                    self._ready.clear()
        except OSError as problem:
            raise InputError(f"cannot be read: {problem.strerror or problem}", Place(self.path)) from None
        self._feed(b"")

    def _feed(self, chunk: bytes) -> None:
        self._buffer += chunk
        try:
            self._parser.Parse(chunk, not chunk)
        except expat.ExpatError as problem:
            said = expat.errors.messages.get(problem.code, "")
            hint = " (a scan that was stopped leaves it unfinished)" if not chunk else ""
            raise InputError(
                f"expected nmap's XML to its end, found: {said or problem}{hint}", Place(self.path, problem.lineno)
            ) from None
        keep_from = self._host_at if self._builder is not None else self._buffer_at + len(self._buffer)
        if self._buffer_at + len(self._buffer) - keep_from > MOST_BYTES:
            raise InputError(
                f"expected at most {MOST_BYTES >> 20} MiB of one host, found more", Place(self.path, self._host_line)
            )
        del self._buffer[: keep_from - self._buffer_at]
        self._buffer_at = keep_from

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > _MOST_DEPTH:
            raise self._refused("elements that are not nested without end", "more")
        if self._depth == 1:
            if name != "nmaprun":
                raise self._refused("nmap's XML (nmaprun)", f"the element {name[:40]!r}")
            self.started = attributes.get("start", "")
        elif self._depth == 2 and name == "host":
            self._builder = TreeBuilder()
            self._parser.CharacterDataHandler = self._builder.data
            self._host_at, self._host_line = self._parser.CurrentByteIndex, self._parser.CurrentLineNumber
        if self._builder is not None:
            self._builder.start(name, attributes)

    def _end(self, name: str) -> None:
        self._depth -= 1
        if self._builder is None:
            return
        self._builder.end(name)
        if self._depth == 1:
            start = self._host_at - self._buffer_at
            end = self._buffer.find(b">", self._parser.CurrentByteIndex - self._buffer_at) + 1
            self._ready.append(HostFound(self._builder.close(), self._host_line, bytes(self._buffer[start:end])))
            self._parser.CharacterDataHandler = None
            self._builder = None

    def _entity(self, *_: object) -> None:
        raise self._refused("nmap's XML", "one that declares an entity")

    def _refused(self, expected: str, found: str) -> InputError:
        return InputError(f"expected {expected}, found {found}", Place(self.path, self._parser.CurrentLineNumber))
