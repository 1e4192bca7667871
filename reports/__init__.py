"""Findings become documents, all from one AuditView.

A format is a module or package here with a ``REPORT``; being there is being registered.
"""

from __future__ import annotations

import importlib
import os
import pkgutil
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from scanner.errors import InputError, Place

if TYPE_CHECKING:
    from reports.view import AuditView

__all__ = ["DEFAULT_FORMATS", "Report", "load_reports", "write_reports"]

DEFAULT_FORMATS = ("html", "json", "csv")


@dataclass(frozen=True, slots=True)
class Report:
    """One format. ``files`` maps the name of each file it writes to the function that makes its bytes, whole or in
    pieces."""

    name: str
    files: Mapping[str, Callable[[AuditView], bytes | Iterable[bytes]]]


def load_reports() -> dict[str, Report]:
    """Every format of this folder, by its name."""
    found: dict[str, Report] = {}
    for module in pkgutil.iter_modules(__path__):
        report = getattr(importlib.import_module(f"{__name__}.{module.name}"), "REPORT", None)
        if report is not None:
            found[report.name] = report
    return dict(sorted(found.items()))


def write_reports(view: AuditView, directory: Path, formats: Sequence[str] = DEFAULT_FORMATS) -> tuple[Path, ...]:
    """Write ``formats`` into ``directory``, which is made where it is missing; returns the files in order.

    Each file appears whole or not at all and is readable by its owner only, as the inventory is. Raises InputError
    for a format that is not there and for a place that cannot be written.
    """
    known = load_reports()
    unknown = [name for name in formats if name not in known]
    if unknown:
        raise InputError(f"expected formats of {', '.join(known)}; found {', '.join(unknown)}")
    written: list[Path] = []
    for name in dict.fromkeys(formats):
        for filename, render in known[name].files.items():
            path = directory / filename
            data = render(view)
            try:
                directory.mkdir(parents=True, exist_ok=True)
                write_whole(path, data)
            except OSError as problem:
                raise InputError(f"cannot be written: {problem.strerror}", Place(path)) from None
            written.append(path)
    return tuple(written)


def write_whole(path: Path, data: bytes | Iterable[bytes]) -> None:
    """Write a file, from one piece or many: a reader sees the old one or the new one, never a part. Raises OSError."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    part = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.writelines([data] if isinstance(data, bytes) else data)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
