"""Every exception camaudit raises on purpose.

    CamauditError                 one clear line for the operator; exit code 2
    ├── ScopeError                an authorisation is missing, malformed or expired
    ├── TargetError               an address, range, host name or target file cannot be used
    ├── ConfigError               a configuration, estate or login file cannot be used
    ├── PackError                 a rule pack, pattern file or data file does not load (holds every problem)
    ├── HistoryError              a stored inventory cannot be opened or is of another version
    └── InputError                any other file the operator named cannot be used
        └── InputProblems         the same, with every problem of the file
    NoAnswer                      a device did not say what was asked: data, not a failure of ours
    CatalogueError                our bug: a request that is not in the read-only catalogue; it was not sent

Messages say what was expected, what was found, and where (``file:line``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from scanner.model import Silence


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a file something was found; ``line`` counts from 1."""

    path: Path | str
    line: int | None = None

    def __str__(self) -> str:
        return f"{self.path}:{self.line}" if self.line else str(self.path)


class CamauditError(Exception):
    """Base of all errors the operator can mend. ``str(error)`` is one line."""

    def __init__(self, message: str, place: Place | None = None) -> None:
        self.message = message
        self.place = place
        super().__init__(f"{place}: {message}" if place else message)


class ScopeError(CamauditError):
    """The scan is not authorised, or its scope cannot be understood."""


class TargetError(CamauditError):
    """A target cannot be understood or resolved."""


class ConfigError(CamauditError):
    """A configuration, estate or login file cannot be used."""


class HistoryError(CamauditError):
    """A stored inventory cannot be opened."""


class InputError(CamauditError):
    """A file the operator named cannot be used."""


class InputProblems(InputError):
    """A file the operator named cannot be used; ``problems`` lists all that is wrong with it."""

    def __init__(self, problems: Sequence[CamauditError]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class PackError(CamauditError):
    """A file of rules, patterns or data does not load; ``problems`` lists all of them."""

    def __init__(self, problems: Sequence[CamauditError]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class NoAnswer(Exception):
    """A device did not say what was asked. Never leaves the stage that asked: it becomes an ``Unseen``."""

    def __init__(self, why: Silence, detail: str = "") -> None:
        self.why = why
        self.detail = detail
        super().__init__(f"{why}: {detail}" if detail else why)


class CatalogueError(Exception):
    """Our bug: code asked the door for a request that the read-only catalogue does not hold. Nothing was sent."""
