"""Neighbour tables of computers: ``ip neigh``, ``arp -an``, ``arp -n``, and ``arp -a`` of Windows.

Line forms: iproute2 ``ip-neighbour(8)``, net-tools ``arp(8)``, BSD ``arp(8)`` (also macOS, which writes octets without
a leading zero), Windows ``arp /?`` (docs/sources.md S3.2).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from scanner.discovery.importers import Imported, Importer, ImportOptions
from scanner.discovery.importers.files import text
from scanner.discovery.importers.files.addresses import ip_of, is_mac_shaped, mac_of, neighbour
from scanner.discovery.importers.files.problems import Problems, shown

_FORMS = (
    re.compile(r"(?P<ip>[0-9a-fA-F.:]+) dev \S+(?: lladdr (?P<mac>\S+))?(?:\s+\w+)*\s*"),  # ip neigh
    re.compile(r"\S+ \((?P<ip>[0-9a-fA-F.:]+)\) (?:at|auf) (?P<mac>\S+)(?: .*)?"),  # arp -a, arp -an
    re.compile(r"(?P<ip>\d+\.\d+\.\d+\.\d+)\s+(?:ether|\(incomplete\))\s*(?P<mac>[0-9a-fA-F:]+)?(?:\s.*)?"),  # arp -n
    re.compile(r"\s+(?P<ip>\d+\.\d+\.\d+\.\d+)\s+(?P<mac>[0-9a-fA-F]{2}(?:-[0-9a-fA-F]{2}){5})\s+\S+\s*"),  # Windows
)
_UNFINISHED = ("<incomplete>", "(incomplete)")
_LOOKS_LIKE_A_ROW = re.compile(r"\s*(?:\S+ \()?\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}\)?\s")


def recognises(head: bytes, filename: str) -> bool:
    """By a line of one of the forms among the first."""
    del filename
    found = [_row(line) for line in text.head_text(head).splitlines()[:200]]
    return any(row is not None and row[1] and (mac_of(row[1]) or is_mac_shaped(row[1])) for row in found)


def read(path: Path, options: ImportOptions) -> Iterator[Imported]:
    """One sign for each row with an Ethernet address. A row without one is somebody who did not answer."""
    problems = Problems(path)
    found: list[tuple[int, str, str, str]] = []
    for line in text.lines(path):
        row = _row(line.text)
        if row is None:
            if _LOOKS_LIKE_A_ROW.match(line.text):
                problems.add(f"expected a row of a neighbour table, found {shown(line.text.strip())}", line.number)
            continue
        address, mac = ip_of(row[0]), mac_of(row[1])
        if row[1] and row[1] not in _UNFINISHED and not mac and not is_mac_shaped(row[1]):
            problems.add(f"expected an Ethernet address, found {shown(row[1])}", line.number)
        elif mac and address and not address.startswith("fe80:"):  # its other address is in the table too
            found.append((line.number, line.text, address, mac))
    problems.done()
    for number, words, address, mac in found:
        place = f"{path.name}:{number}"
        proof = options.evidence.keep(address, 0, place, "row", words.encode(), options.written_at)
        yield Imported(neighbour(address, mac, proof), place=place)


def _row(line: str) -> tuple[str, str] | None:
    """(IP address, Ethernet address or '') as written; None for a line that is no row."""
    line = line.rstrip("\r\n")
    if len(line) > 500:
        return None
    for form in _FORMS:
        found = form.fullmatch(line)
        if found and ("." in found["ip"] or ":" in found["ip"]):
            return found["ip"], found["mac"] or ""
    return None


IMPORTER = Importer("neighbours", "a neighbour table of ip neigh or arp", recognises, read)
