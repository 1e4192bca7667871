"""Files somebody else made: scans, captures, tables and registers, one format a file of this folder.

A module here that has an ``IMPORTER`` is a format: there is no second list. Nothing is sent.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path

from scanner.discovery.sighting import Sighting
from scanner.errors import InputError, Place
from scanner.evidence import EvidenceSink
from scanner.model import Claim, Frozen, RegisterRow

HEAD_BYTES = 65_536
"""How much of a file ``recognises`` is given."""


class Imported(Frozen, frozen=True):
    """One sign of one address in a file; a file may have several of one address: join them.

    ``sighting.address`` is a canonical IP address; where the file knows none the Ethernet address
    ("aa:bb:cc:dd:ee:ff"), and "" for a row of a register that gives neither. ``row`` is what a register states: no
    sign that anybody is there. ``claims`` are guesses of the tool that wrote the file, C1 at most: what the device
    itself said are observations. ``seen_at`` is the time the file gives, None where it gives none. ``place`` is
    "hosts.xml:17".
    """

    sighting: Sighting
    row: RegisterRow | None = None
    seen_at: datetime | None = None
    place: str = ""
    claims: tuple[Claim, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportOptions:
    """What a reader is told.

    ``evidence`` keeps the bytes of each row with "FILE:LINE" as their request. ``columns`` maps a field of a register
    to the header the operator named for it. ``written_at`` is the time of the file: evidence of a row without a time
    has it. ``told`` takes sentences for the operator about what of the file could not be read.
    """

    evidence: EvidenceSink
    written_at: datetime
    columns: Mapping[str, str] = field(default_factory=dict)
    told: Callable[[str], None] = lambda _sentence: None


@dataclass(frozen=True, slots=True)
class Importer:
    """One format.

    ``recognises`` is given the first ``HEAD_BYTES`` bytes and the file's name; it goes by content and never raises.
    ``read`` is lazy, in bounded memory; it raises InputError, or InputProblems with all that is wrong, with file:line,
    at the latest when it comes to its end. ``is_general``: gives way to any other format that recognises the file.
    ``is_register``: its rows are what an organisation states, no signs of devices.
    """

    name: str
    title: str
    recognises: Callable[[bytes, str], bool]
    read: Callable[[Path, ImportOptions], Iterator[Imported]]
    is_general: bool = False
    is_register: bool = False


@cache
def load_importers() -> dict[str, Importer]:
    """All formats by name, in the order of their files."""
    found: dict[str, Importer] = {}
    for module in sorted(pkgutil.iter_modules(__path__), key=lambda module: module.name):
        if not module.ispkg:
            importer = getattr(importlib.import_module(f"{__name__}.{module.name}"), "IMPORTER", None)
            if importer is not None:
                found[importer.name] = importer
    return found


def importer_of(path: Path, name: str = "", otherwise: str = "") -> Importer:
    """The format of a file, by its content; ``name`` says it instead, ``otherwise`` where none recognises the file.

    Raises InputError.
    """
    formats = load_importers()
    if name and name not in formats:
        raise InputError(f"expected one of the formats {', '.join(formats)}; found {name!r}")
    head = _head(path)
    if name:
        return formats[name]
    known = [one for one in formats.values() if one.recognises(head, path.name)]
    known = [one for one in known if not one.is_general] or known
    if len(known) == 1:
        return known[0]
    if not known and otherwise:
        return formats[otherwise]
    if not known:
        titles = ", ".join(f"{one.title} ({one.name})" for one in formats.values())
        raise InputError(f"expected a file of a known format, found another; name it with --as: {titles}", Place(path))
    names = ", ".join(one.name for one in known)
    raise InputError(f"expected a file of one format, found one that may be {names}: say which with --as", Place(path))


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
    except OSError as problem:
        raise InputError(f"cannot be read: {problem.strerror or problem}", Place(path)) from None
    if not head:
        raise InputError("expected something to import, found an empty file", Place(path))
    return head
