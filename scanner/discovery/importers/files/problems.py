"""All that is wrong with one file, told together."""

from __future__ import annotations

from pathlib import Path

from scanner.errors import InputError, InputProblems, Place

MOST = 20
"""Lines told of one file: who mends twenty rows runs the import again."""


class Problems:
    """Mistakes of the file at ``path``; ``done`` raises them."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._found: list[InputError] = []
        self._more = 0

    def add(self, message: str, line: int | None = None) -> None:
        """One mistake, as "expected ..., found ..."."""
        if len(self._found) < MOST:
            self._found.append(InputError(message, Place(self._path, line)))
        else:
            self._more += 1

    def done(self) -> None:
        """Raise InputProblems with all that was added; nothing when all is well."""
        if not self._found:
            return
        if self._more:
            self._found.append(InputError(f"and {self._more:,} more mistakes", Place(self._path)))
        raise InputProblems(self._found)


def shown(text: str) -> str:
    """A piece of a file as a message may show it: one line, printable, at most 60 characters."""
    clean = "".join(char if char.isprintable() else "?" for char in text[:200])
    return repr(clean if len(clean) <= 60 else clean[:60] + "...")
