"""Heads of HTTP replies, read as devices write them: http.client with its reading of header fields replaced.

http.client gives the lines to the parser of e-mail, which takes a line without a colon for the end of the head and
loses all fields after it (some cameras send such a line), and takes an eighth of the time of a deep read.
"""

from __future__ import annotations

import http.client
from collections.abc import Callable
from typing import Any

MOST_FIELDS = 100
LONGEST_LINE = 65_536
_LENGTHLESS = (http.client.NO_CONTENT, http.client.NOT_MODIFIED)


class Fields(http.client.HTTPMessage):
    """The fields of one head in their order. A message of e-mail by its type alone: it has no body to look for."""

    def __init__(self, found: list[tuple[str, str]]) -> None:
        super().__init__()
        self._all = found
        self._first = {name.lower(): value for name, value in reversed(found)}
        for name, value in found:
            self.set_raw(name, value)

    def items(self) -> list[tuple[str, str]]:
        """Every field, those of one name too."""
        return list(self._all)

    def get(self, name: str, failobj: Any = None) -> Any:
        """The first field of a name."""
        return self._first.get(name.lower(), failobj)

    def get_payload(self, *_: Any, **__: Any) -> Any:
        """Nothing: what follows the head is read elsewhere."""
        return None


class HeadedResponse(http.client.HTTPResponse):
    """A reply whose fields are read line by line: a line without a colon is passed over, a folded one joined on."""

    # what http.client's own begin() works with
    _method: str
    _read_status: Callable[[], tuple[str, int, str]]
    _check_close: Callable[[], bool]

    def begin(self) -> None:
        """Read the status line and the fields; raises what ``http.client`` raises for the same replies."""
        version, status, reason = self._status_line()
        self.code = self.status = status
        self.reason = reason.strip()
        if not version.startswith(("HTTP/1.", "HTTP/0.9")):
            raise http.client.UnknownProtocol(version)
        self.version = 10 if version in ("HTTP/1.0", "HTTP/0.9") else 11
        self.headers = self.msg = self._fields()
        self.chunked = self.headers.get("transfer-encoding", "").lower() == "chunked"
        self.chunk_left = None
        self.length = None if self.chunked else _length(self.headers.get("content-length", ""))
        if status in _LENGTHLESS or 100 <= status < 200 or self._method == "HEAD":
            self.length = 0
        self.will_close = self._check_close() or (not self.chunked and self.length is None)

    def _status_line(self) -> tuple[str, int, str]:
        """The first that is no "100 Continue"."""
        while True:
            version, status, reason = self._read_status()
            if status != http.client.CONTINUE:
                return version, status, reason
            self._fields()

    def _fields(self) -> Fields:
        found: list[tuple[str, str]] = []
        for _ in range(MOST_FIELDS + 1):
            line = self.fp.readline(LONGEST_LINE + 1)
            if len(line) > LONGEST_LINE:
                raise http.client.LineTooLong("header line")
            text = line.decode("iso-8859-1").rstrip("\r\n")
            if not text:
                break
            name, colon, value = text.partition(":")
            if text[0] in " \t" and found:
                found[-1] = (found[-1][0], f"{found[-1][1]} {text.strip()}")
            elif colon and name:
                found.append((name, value.strip()))
        else:
            raise http.client.HTTPException(f"got more than {MOST_FIELDS} headers")
        return Fields(found)


def _length(text: str) -> int | None:
    """The length a reply promises; None when there is none that makes sense."""
    try:
        return length if (length := int(text)) >= 0 else None
    except ValueError:
        return None
