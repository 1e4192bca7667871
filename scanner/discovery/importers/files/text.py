"""Text files of unknown origin: their encoding, their lines, and the JSON objects in them."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from json import JSONDecodeError
from pathlib import Path
from typing import Any, NamedTuple

from scanner.discovery.importers.files.problems import shown
from scanner.errors import InputError, Place

MAX_BYTES = 64 * 1024 * 1024
"""Of a text file that is read whole."""

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_BETWEEN = re.compile(r"[\s,\[\]]*")
_FINISHED = re.compile(r'\{\s*"?finished"?\s*:\s*1\s*\}')


class Line(NamedTuple):
    """One line of a file; ``number`` counts from 1, ``text`` is without its line end."""

    number: int
    text: str


def decoded(data: bytes) -> str | None:
    """The text of a file: by its mark, as UTF-8, or else as the Western code page of Windows. None for other bytes."""
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            try:
                return data.decode(encoding)
            except UnicodeDecodeError:
                return None
    if b"\0" in data:
        return None
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def head_text(head: bytes) -> str:
    """The first bytes of a file as text, for a look at them; '' for other bytes. A letter cut in two does no harm."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return head[: len(head) & ~1].decode("utf-16", "replace")
    return "" if b"\0" in head else head.decode("utf-8", "replace").lstrip("\ufeff")


def read(path: Path) -> str:
    """The whole text of a file; InputError when there is none, too much, or something else."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as problem:
        raise InputError(f"cannot be read: {problem.strerror or problem}", Place(path)) from None
    if len(data) > MAX_BYTES:
        raise InputError(f"expected at most {MAX_BYTES >> 20} MiB of text, found more: split the file", Place(path))
    text = decoded(data)
    if text is None:
        raise InputError("expected text, found other bytes", Place(path))
    return text


def lines(path: Path) -> list[Line]:
    """The lines of a file, as ``read`` has it."""
    return [Line(number, text.rstrip("\r\n")) for number, text in enumerate(read(path).split("\n"), 1)]


class Found(NamedTuple):
    """One JSON object: the line it begins in, its value, and its text."""

    line: int
    value: dict[str, Any]
    text: str


def objects(path: Path) -> Iterator[Found]:
    """The objects of a file, one a line or in one list, whatever commas stand between; InputError at what is none.

    masscan writes ``{finished: 1}`` as its last object, and used to leave a comma behind the last one before it.
    """
    text = read(path)
    decoder = json.JSONDecoder()
    at, line, counted = 0, 1, 0
    while True:
        between = _BETWEEN.match(text, at)
        at = between.end() if between else at
        if at >= len(text):
            return
        line += text.count("\n", counted, at)
        counted = at
        if end := _FINISHED.match(text, at):
            at = end.end()
            continue
        try:
            value, after = decoder.raw_decode(text, at)
        except JSONDecodeError as problem:
            where = line + text.count("\n", at, problem.pos)
            raise InputError(f"expected a JSON object, found: {problem.msg}", Place(path, where)) from None
        except (RecursionError, ValueError):  # lists without end; numbers longer than Python reads
            raise InputError("expected a JSON object, found one that cannot be read", Place(path, line)) from None
        if not isinstance(value, dict):
            raise InputError(f"expected a JSON object, found {shown(text[at:after])}", Place(path, line))
        yield Found(line, value, text[at:after])
        at = after
