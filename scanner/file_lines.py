"""On which line of a TOML or JSON text each entry starts: the parsers of the standard library do not say."""

from __future__ import annotations

import json
import re
import tomllib
from typing import TypeAlias

Keys: TypeAlias = tuple[str | int, ...]


class DuplicateKeyError(Exception):
    def __init__(self, key: str, line: int) -> None:
        self.key = key
        self.line = line
        super().__init__(key)


class _Lines:
    """Walks a text that a real parser has accepted, only to learn on which line each entry starts."""

    SEPARATOR = ""
    _SKIP = re.compile(r"\s*")
    _STRING = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
    _SCALAR = re.compile(r"[^,\]}\n#]*")

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.lines: dict[Keys, int] = {(): 1}
        self._counted_to = 0
        self._line = 1

    def line_here(self) -> int:
        self._line += self.text.count("\n", self._counted_to, self.at)
        self._counted_to = self.at
        return self._line

    def take(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self.text, self.at)
        taken = found[0] if found else ""
        self.at += len(taken)
        return taken

    def skip(self) -> str:
        """Pass over blanks (and comments); the character that follows, '' at the end."""
        self.take(self._SKIP)
        return self.text[self.at : self.at + 1]

    def key(self) -> Keys:
        raise NotImplementedError

    def string(self) -> None:
        self.take(self._STRING)

    def value(self, keys: Keys) -> None:
        match self.skip():
            case "[":
                self._array(keys)
            case "{":
                self._object(keys)
            case '"' | "'":
                self.string()
            case _:
                self.take(self._SCALAR)

    def _array(self, keys: Keys) -> None:
        self.at += 1
        count = 0
        while (char := self.skip()) not in ("]", ""):
            if char == ",":
                self.at += 1
                continue
            self.lines[(*keys, count)] = self.line_here()
            self.value((*keys, count))
            count += 1
        self.at += 1

    def _object(self, keys: Keys) -> None:
        self.at += 1
        while (char := self.skip()) not in ("}", ""):
            if char == ",":
                self.at += 1
                continue
            self.pair(keys)
        self.at += 1

    def pair(self, keys: Keys) -> None:
        line = self.line_here()
        path = keys
        for part in self.key():
            path = (*path, part)
            self.lines.setdefault(path, line)
        self.skip()
        self.at += len(self.SEPARATOR)
        self.value(path)


class TomlLines(_Lines):
    SEPARATOR = "="
    _SKIP = re.compile(r"(?:\s+|#[^\n]*)*")
    _STRING = re.compile(
        r'"""(?:[^\\]|\\.)*?"{3,5}(?!")|\'\'\'.*?\'{3,5}(?!\')|"(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\'', re.DOTALL
    )
    _BARE = re.compile(r"[A-Za-z0-9_-]+")

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._counts: dict[Keys, int] = {}

    def document(self) -> dict[Keys, int]:
        table: Keys = ()
        while char := self.skip():
            if char == "[":
                table = self._header()
            else:
                self.pair(table)
        return self.lines

    def key(self) -> Keys:
        parts: list[str] = []
        while True:
            if self.skip() in ('"', "'"):
                parts.append(tomllib.loads("k=" + self.take(self._STRING))["k"])
            else:
                parts.append(self.take(self._BARE))
            if self.skip() != ".":
                return tuple(parts)
            self.at += 1

    def _header(self) -> Keys:
        """``[a.b]`` or ``[[a.b]]``; the path of the table it opens, list positions included."""
        line = self.line_here()
        is_array = self.text.startswith("[[", self.at)
        self.at += 2 if is_array else 1
        *parents, last = self.key()
        self.at += 2 if is_array else 1
        path: Keys = ()
        for part in parents:
            path = self._enter((*path, part), line)
        path = (*path, last)
        if not is_array:
            self.lines[path] = line
            return path
        self.lines.setdefault(path, line)
        self._counts[path] = self._counts.get(path, 0) + 1
        path = (*path, self._counts[path] - 1)
        self.lines[path] = line
        return path

    def _enter(self, path: Keys, line: int) -> Keys:
        self.lines.setdefault(path, line)
        return (*path, self._counts[path] - 1) if path in self._counts else path


class JsonLines(_Lines):
    SEPARATOR = ":"

    def document(self) -> dict[Keys, int]:
        self.value(())
        return self.lines

    def key(self) -> Keys:
        return (json.loads(self.take(self._STRING)),)

    def pair(self, keys: Keys) -> None:
        start, line = self.at, self.line_here()
        (key,) = self.key()
        if (*keys, key) in self.lines:
            raise DuplicateKeyError(str(key), line)
        self.at = start
        super().pair(keys)
