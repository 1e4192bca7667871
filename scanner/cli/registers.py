"""Registers on the command line: reading them before anything is sent, and holding them against what was seen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from scanner.errors import ConfigError, InputError, InputProblems, Place
from scanner.targets import Wanted

MOST_KNOWN_PORTS = 64
"""Doors of one address that a file may name."""

if TYPE_CHECKING:
    from scanner.history import Store
    from scanner.model import Inventory, NotSeen, RegisterRow
    from scanner.pipeline.from_files import SourceFile
    from scanner.scope import Scope


def parse_columns(texts: Sequence[str]) -> dict[str, str]:
    """``address=IP Address`` and the like as field -> header. Raises ConfigError."""
    from scanner.discovery.importers.register import FIELDS

    columns: dict[str, str] = {}
    for text in texts:
        name, equals, header = text.partition("=")
        name = name.strip().lower()
        if not equals or not header.strip() or name not in FIELDS:
            raise ConfigError(
                f"expected FIELD=HEADER with one of the fields {', '.join(FIELDS)}; found {text!r}", Place("--column")
            )
        if name in columns:
            raise ConfigError(f"expected one column for {name}, found two", Place("--column"))
        columns[name] = header.strip()
    return columns


def sources_of(paths: Sequence[Path], columns: dict[str, str], name: str = "") -> tuple[SourceFile, ...]:
    """The files with their formats; ``name`` says the format of all of them. Raises InputError or InputProblems."""
    from scanner.discovery.importers import importer_of
    from scanner.pipeline.from_files import SourceFile

    problems: list[InputError] = []
    found = []
    for path in paths:
        try:
            importer = importer_of(path, name, "register" if columns else "")
        except InputError as problem:
            problems.append(problem)
            continue
        found.append(SourceFile(path, importer, columns if importer.is_register else {}))
    raise_all(problems)
    return tuple(found)


def read_registers(
    paths: Sequence[Path], columns: dict[str, str], told: Callable[[str], None]
) -> tuple[RegisterRow, ...]:
    """The rows of the registers of ``--register``. Raises InputError or InputProblems with all that is wrong."""
    from scanner.pipeline.from_files import read_register

    rows: list[RegisterRow] = []
    problems: list[InputError] = []
    for source in sources_of(paths, columns, "register"):
        try:
            rows += read_register(source, told)
        except InputError as problem:
            problems.append(problem)
    raise_all(problems)
    return tuple(rows)


def targets_of(paths: Sequence[Path], columns: dict[str, str], told: Callable[[str], None]) -> list[Wanted]:
    """The addresses of ``--from``, each once a file, with the doors that are known. Raises InputError, InputProblems.

    Those of a register are optional: a register is about a whole organisation, an audit about the part it is for.
    """
    from scanner.addresses import parse_span
    from scanner.discovery.importers import ImportOptions
    from scanner.discovery.importers.files.addresses import is_ethernet
    from scanner.pipeline.from_files import Discarded

    wanted: dict[tuple[Path, str], Wanted] = {}
    problems: list[InputError] = []
    for source in sources_of(paths, columns):
        options = ImportOptions(evidence=Discarded(), written_at=source.written_at(), told=told, columns=source.columns)
        try:
            for one in source.importer.read(source.path, options):
                address = one.sighting.address
                if not address or is_ethernet(address):
                    continue
                ports = [door.port for door in one.sighting.endpoints if door.transport == "tcp"]
                earlier = wanted.get((source.path, address))
                line = one.place.rpartition(":")[2]
                wanted[source.path, address] = Wanted(
                    address,
                    parse_span(address),
                    earlier.place if earlier else Place(source.path, int(line) if line.isdecimal() else None),
                    ports=tuple(dict.fromkeys((*(earlier.ports if earlier else ()), *ports)))[:MOST_KNOWN_PORTS],
                    optional=source.importer.is_register,
                )
        except InputError as problem:
            problems.append(problem)
    raise_all(problems)
    return list(wanted.values())


def raise_all(problems: Sequence[InputError]) -> None:
    """One error with every problem of every file; nothing when there is none."""
    each = [one for problem in problems for one in (getattr(problem, "problems", None) or (problem,))]
    if len(each) == 1:
        raise each[0]
    if each:
        raise InputProblems(each)


def hold_against(
    store: Store, inventory: Inventory, rows: Sequence[RegisterRow], files: Sequence[str], scope: Scope
) -> Inventory:
    """The inventory of a scan with its register beside it, which is stored too."""
    from scanner.pipeline.landed import Landed
    from scanner.pipeline.register import match

    landed = Landed.of(store)

    def why_not_seen(address: str) -> NotSeen:
        if not scope.permits(address):
            return "out-of-scope"
        return next((sign for sign, addresses in landed.by_sign.items() if address in addresses), "not-asked")

    result = match(rows, inventory.devices, why_not_seen, files)
    audit = msgspec.structs.replace(inventory.audit, register=result)
    store.save_audit(audit)
    return msgspec.structs.replace(inventory, audit=audit)
