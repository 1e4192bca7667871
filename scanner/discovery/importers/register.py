"""Asset registers and device lists of video management systems, as CSV.

The columns are found by the usual English headers, or named by the operator (``--column FIELD=HEADER``). A row is what
an organisation states: it proves nobody's presence and nobody's maker. Formulas in cells stay plain text here and
wherever they are shown.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from scanner.discovery.importers import Imported, Importer, ImportOptions
from scanner.discovery.importers.files import text
from scanner.discovery.importers.files.problems import Problems, shown
from scanner.discovery.importers.files.statements import address_stated, kind_stated, mac_stated, serial_stated
from scanner.discovery.sighting import Sighting
from scanner.errors import InputError, Place
from scanner.fingerprint import oui
from scanner.fingerprint.makers import names
from scanner.fingerprint.saw import Saw
from scanner.model import Claim, RegisterRow

HEADERS: dict[str, tuple[str, ...]] = {
    "address": ("ipaddress", "ip", "ipv4", "ipv4address", "ipaddr", "ipv6address", "address", "deviceip",
                "deviceaddress", "cameraip", "hostaddress", "networkaddress", "ipaddresses", "host", "url"),
    "mac": ("mac", "macaddress", "macaddr", "physicaladdress", "hardwareaddress", "ethernetaddress", "hwaddress"),
    "serial": ("serial", "serialnumber", "serialno", "sn", "devicesn", "serialnum", "deviceserial"),
    "brand": ("manufacturer", "make", "brand", "vendor", "maker", "supplier"),
    "model": ("model", "modelname", "modelnumber", "modelno", "devicemodel", "product", "hardware", "producttype"),
    "firmware": ("firmware", "firmwareversion", "fw", "fwversion", "softwareversion"),
    "location": ("location", "room", "area", "position", "building", "floor", "place", "description"),
    "site": ("site", "sitename", "school", "premises", "campus", "facility"),
    "name": ("name", "devicename", "cameraname", "hostname", "asset", "assetname", "assettag", "assetid", "camera",
             "displayname", "title", "tag"),
    "kind": ("type", "devicetype", "assettype", "category", "kind", "class"),
}  # fmt: skip
"""Field -> headers without case, blanks and punctuation, the likeliest first."""

FIELDS = tuple(HEADERS)
WHO = ("address", "mac", "serial")
"""A register has at least one of these, or its rows cannot be held against anything."""

_DELIMITERS = ",;\t|"
_SEARCHED = 25  # lines: exports begin with a title, a date, a filter
_FIRST_LINES = 60
_USERINFO = re.compile(r"//[^/\s@]{0,200}@")
_PLAIN = re.compile(r"[^0-9a-z]")


class _Header(NamedTuple):
    at: int  # of its line, from 0
    delimiter: str
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Cells:
    line: int
    said: str  # the cells that are read, each with its header: lists of cameras hold passwords in other columns
    by_field: Mapping[str, str]


def recognises(head: bytes, filename: str) -> bool:
    """By a line of headers with an address, an Ethernet address or a serial number, and one thing more."""
    del filename
    header = _header(text.head_text(head).split("\n")[:_FIRST_LINES])
    return header is not None


def read(path: Path, options: ImportOptions) -> Iterator[Imported]:
    """One row of the register each, all of them checked before the first is given out."""
    lines = [line.text for line in text.lines(path)]
    header = _chosen_header(lines, options.columns, path)
    places = _columns(header, options.columns, Place(path, header.at + 1))
    problems = Problems(path)
    rows = []
    without = 0
    for cells in _rows(lines, header, places, problems):
        row, host = _stated(cells, path, problems)
        if row is not None:
            rows.append((row, cells))
            without += host
    problems.done()
    if not rows:
        raise InputError("expected rows below the headers, found none", Place(path, header.at + 1))
    if without:
        options.told(f"{path.name}: {without:,} rows give a host name where an address belongs: it was not looked up.")
    for row, cells in rows:
        yield _imported(row, cells, options)


def _imported(row: RegisterRow, cells: _Cells, options: ImportOptions) -> Imported:
    where = row.address or row.mac
    proof = options.evidence.keep(where, 0, row.place, "register", cells.said.encode(), options.written_at)
    return Imported(Sighting(where), row, place=row.place, claims=claims_of(row, proof))


def claims_of(row: RegisterRow, proof: str) -> tuple[Claim, ...]:
    """What the register states, as claims that prove nothing (C1): for a device that showed nothing itself."""
    saw = Saw("register", proof)
    saw.name(row.brand, "register", "C1")
    saw.model(row.model, "register", "C1")
    saw.say("serial", row.serial, "C1", "register")
    saw.say("firmware", row.firmware, "C1", "register")
    saw.say("kind", row.kind, "C1", "register")
    saw.say("mac", row.mac, "C1", "register")
    owner = names().get(oui.owner(row.mac) or "") if row.mac else None
    if owner:
        saw.say("brand" if owner.brand_only else "maker", owner.name, "C1", "oui")
    return tuple(saw.claims)


# -- headers -------------------------------------------------------------------------------------------------


def _header(lines: list[str]) -> _Header | None:
    """The first line of headers that tell who a row is about, split at the delimiter that finds most of them."""
    best: tuple[int, _Header] | None = None
    for index, line in enumerate(lines[:_SEARCHED]):
        for delimiter in _DELIMITERS:
            cells = _split(line, delimiter)
            known = {field for field in FIELDS if any(_fold(cell) in HEADERS[field] for cell in cells)}
            if len(cells) > 1 and len(known) > 1 and known & set(WHO) and (best is None or len(known) > best[0]):
                best = len(known), _Header(index, delimiter, cells)
        if best is not None:
            return best[1]
    return None


def _chosen_header(lines: list[str], named: Mapping[str, str], path: Path) -> _Header:
    """The line of headers: one that holds the headers the operator named, or else one with usual ones."""
    wanted = {_fold(header) for header in named.values()}
    if wanted:
        for index, line in enumerate(lines[:_SEARCHED]):
            for delimiter in _DELIMITERS:
                cells = _split(line, delimiter)
                if wanted <= {_fold(cell) for cell in cells}:
                    return _Header(index, delimiter, cells)
    header = _header(lines)
    if header is not None:
        return header
    first = next((line for line in lines if line.strip()), "")
    raise InputError(
        "expected headers with an IP address, a MAC address or a serial number and one thing more; found "
        f"{shown(first)}; name them with --column address=HEADER",
        Place(path),
    )


def _columns(header: _Header, named: Mapping[str, str], place: Place) -> dict[str, int]:
    """Field -> place of its column. What the operator named goes first; a column serves one field."""
    folded = [_fold(cell) for cell in header.cells]
    places: dict[str, int] = {}
    for field, wanted in named.items():
        if field not in FIELDS:
            raise InputError(f"--column: expected one of the fields {', '.join(FIELDS)}; found {field!r}")
        if _fold(wanted) not in folded:
            raise InputError(
                f"expected a column {wanted!r}, found {', '.join(repr(cell) for cell in header.cells if cell)}", place
            )
        places[field] = folded.index(_fold(wanted))
    for field, usual in HEADERS.items():
        free = [word for word in usual if word in folded and folded.index(word) not in places.values()]
        if field not in places and free:
            places[field] = folded.index(free[0])
    if not set(WHO) & places.keys():
        raise InputError("expected a column with an address, an Ethernet address or a serial number", place)
    return places


def _split(line: str, delimiter: str) -> tuple[str, ...]:
    if line.count(delimiter) > 500:
        return ()
    try:
        return tuple(cell.strip() for cell in next(csv.reader([line.rstrip("\r")], delimiter=delimiter), []))
    except csv.Error:
        return ()


def _fold(header: str) -> str:
    return _PLAIN.sub("", header.casefold())


# -- rows ------------------------------------------------------------------------------------------------------


def _rows(lines: list[str], header: _Header, places: Mapping[str, int], problems: Problems) -> Iterator[_Cells]:
    """The rows below the headers; a quoted cell may go over several lines."""
    below = lines[header.at + 1 :]
    reader = csv.reader((f"{line}\n" for line in below), delimiter=header.delimiter, strict=True)
    first = header.at + 2  # in the file, from 1
    while True:
        before = reader.line_num
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as problem:
            problems.add(f"expected a row of CSV, found: {problem}", first + before)
            return
        line = first + before
        while cells and not cells[-1].strip():
            cells.pop()
        if not cells:
            continue
        if len(cells) > len(header.cells):
            problems.add(f"expected at most {len(header.cells)} cells, as the headers have; found {len(cells)}", line)
            continue
        by_field = {field: cells[at].strip() for field, at in places.items() if at < len(cells)}
        said = "\n".join(f"{header.cells[at]}: {cells[at]}" for at in sorted(places.values()) if at < len(cells))
        yield _Cells(line, _USERINFO.sub("//", said), by_field)


def _stated(cells: _Cells, path: Path, problems: Problems) -> tuple[RegisterRow | None, bool]:
    """The row in normal form, and whether it gives a host name for an address; None where it states nothing."""
    said = {field: cells.by_field.get(field, "") for field in FIELDS}
    values: dict[str, str] = {}
    has_host = False
    for field, read_it in (("address", address_stated), ("mac", mac_stated), ("serial", serial_stated)):
        try:
            values[field] = read_it(said[field])
        except ValueError as problem:
            problems.add(str(problem), cells.line)
            values[field] = ""
    if values["address"].startswith("host:"):
        has_host = True
        said["name"] = said["name"] or values["address"].removeprefix("host:")
        values["address"] = ""
    values["kind"] = kind_stated(said["kind"])
    for field in ("name", "site", "location", "brand", "model", "firmware"):
        values[field] = " ".join(said[field].split())[:200]
    if not any(values.values()):
        return None, False
    return RegisterRow(place=f"{path.name}:{cells.line}", **values), has_host


IMPORTER = Importer(
    "register",
    "an asset register or device list (CSV)",
    recognises,
    read,
    is_general=True,
    is_register=True,
)
