"""Leases of DHCP servers: ``dhcpd.leases`` of ISC, ``dnsmasq.leases``, and the CSV of Windows' Get-DhcpServerv4Lease.

A lease says that somebody with this Ethernet address asked for an address, and with ISC also what it calls itself
(vendor class). Formats: ``dhcpd.leases(5)``, dnsmasq's ``lease.c``, the class DhcpServerv4Lease (docs/sources.md S3.3).
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from scanner.discovery.importers import Imported, Importer, ImportOptions
from scanner.discovery.importers.files import moments, text
from scanner.discovery.importers.files.addresses import ip_of, is_mac_shaped, mac_of
from scanner.discovery.importers.files.problems import Problems, shown
from scanner.discovery.sighting import Sighting
from scanner.model import Observation

_LEASE = re.compile(r"\s*lease\s+(\S+)\s*\{\s*")
_DNSMASQ = re.compile(r"(?P<until>\d{1,12}) (?P<mac>(?:\d\d-)?[0-9a-fA-F:]{11,}) (?P<ip>[0-9.]{7,15}) \S+(?: \S+)?\s*")
_DNSMASQ_OTHER = re.compile(r"duid \S+|\d{1,12} \S+ [0-9a-fA-F:]{2,} \S+(?: \S+)?")
_WORDS = re.compile(
    r"(?i)(starts|cltt|binding state|hardware ethernet|set vendor-class-identifier =)\s+(\S.*)", re.DOTALL
)
_WINDOWS = frozenset({"ipaddress", "clientid", "addressstate"})


@dataclass(slots=True)
class _Lease:
    line: int
    address: str
    text: list[str]
    mac: str = ""
    vendor_class: str = ""
    at: datetime | None = None
    is_active: bool = True


def recognises(head: bytes, filename: str) -> bool:
    """By the first lease, or by the columns Windows writes."""
    del filename
    first = text.head_text(head).splitlines()[:400]
    if any(_LEASE.match(line) for line in first) or _windows_header(first) is not None:
        return True
    return any(_DNSMASQ.fullmatch(line) for line in first[:20])


def read(path: Path, options: ImportOptions) -> Iterator[Imported]:
    """The leases in force, each address once: in a file of ISC the last word on an address counts."""
    problems = Problems(path)
    lines = text.lines(path)
    first = [line.text for line in lines[:400]]
    if any(_LEASE.match(line) for line in first):
        leases = _isc(lines, problems)
    elif _windows_header(first) is not None:
        leases = _windows(lines, problems)
    else:
        leases = _dnsmasq(lines, problems)
    problems.done()
    current = {lease.address: lease for lease in leases}
    ended = sum(not lease.is_active for lease in current.values())
    if ended:
        options.told(f"{path.name}: {ended:,} leases that have ended or were given back, left out.")
    for lease in current.values():
        if lease.is_active:
            yield _imported(lease, path, options)


def _imported(lease: _Lease, path: Path, options: ImportOptions) -> Imported:
    place = f"{path.name}:{lease.line}"
    said = "\n".join(lease.text).encode()
    proof = options.evidence.keep(lease.address, 0, place, "lease", said, lease.at or options.written_at)
    seen = [Observation("mac", lease.mac, proof)] if lease.mac else []
    if lease.vendor_class:
        seen.append(Observation("dhcp-vendor-class", lease.vendor_class, proof))
    return Imported(Sighting(lease.address, observations=tuple(seen)), seen_at=lease.at, place=place)


# -- ISC ------------------------------------------------------------------------------------------------------


def _isc(lines: list[text.Line], problems: Problems) -> list[_Lease]:
    leases: list[_Lease] = []
    lease: _Lease | None = None
    for line in lines:
        if found := _LEASE.match(line.text):
            if lease is not None:
                problems.add("expected } at the end of the lease, found another lease", line.number)
            lease = _Lease(line.number, ip_of(found[1]), [line.text])
            if not lease.address:
                problems.add(f"expected an address after lease, found {shown(found[1])}", line.number)
        elif lease is not None:
            lease.text.append(line.text)
            if line.text.strip() == "}":
                leases.append(lease)
                lease = None
            else:
                _say(lease, line, problems)
    if lease is not None:
        problems.add("expected } at the end of the lease, found the end of the file", lease.line)
    return leases


def _say(lease: _Lease, line: text.Line, problems: Problems) -> None:
    found = _WORDS.fullmatch(line.text.strip()[:2000])
    if not found:
        return
    word, value = found[1].lower(), found[2].rstrip("; ")
    match word:
        case "starts" if lease.at is None:
            lease.at = moments.of_lease(value)
        case "cltt":  # the client's last transaction
            lease.at = moments.of_lease(value) or lease.at
        case "binding state":
            lease.is_active = value == "active"
        case "hardware ethernet":
            lease.mac = mac_of(value)
            if not is_mac_shaped(value):
                problems.add(f"expected an Ethernet address, found {shown(value)}", line.number)
        case "set vendor-class-identifier =":
            lease.vendor_class = value.strip('"')


# -- dnsmasq ----------------------------------------------------------------------------------------------------


def _dnsmasq(lines: list[text.Line], problems: Problems) -> list[_Lease]:
    leases = []
    for line in lines:
        if not line.text.strip():
            continue
        found = _DNSMASQ.fullmatch(line.text[:500])
        if found is None:
            if not _DNSMASQ_OTHER.fullmatch(line.text[:500].strip()):  # leases of IPv6 carry no Ethernet address
                expected = "expected a lease: time, Ethernet address, address, name, client id"
                problems.add(f"{expected}; found {shown(line.text)}", line.number)
            continue
        address, mac = ip_of(found["ip"]), mac_of(found["mac"][-17:])
        if not address:
            problems.add(f"expected an address, found {shown(found['ip'])}", line.number)
        leases.append(_Lease(line.number, address, [line.text], mac))
    return leases


# -- Windows ------------------------------------------------------------------------------------------------------


def _windows_header(first: list[str]) -> int | None:
    """The place of the header among the first lines; Export-Csv may put a ``#TYPE`` line before it."""
    for index, line in enumerate(first[:3]):
        if {cell.strip(' "').casefold() for cell in re.split(r"[,;\t]", line)} >= _WINDOWS:
            return index
    return None


def _windows(lines: list[text.Line], problems: Problems) -> list[_Lease]:
    start = _windows_header([line.text for line in lines]) or 0
    delimiter = max(",;\t", key=lines[start].text.count)
    header = [cell.strip().casefold() for cell in next(csv.reader([lines[start].text], delimiter=delimiter))]
    leases = []
    for line in lines[start + 1 :]:
        if not line.text.strip():
            continue
        cells = next(csv.reader([line.text], delimiter=delimiter))
        row = dict(zip(header, cells, strict=False))
        address, client = ip_of(row.get("ipaddress", "")), row.get("clientid", "")
        if len(cells) != len(header) or not address:
            problems.add(
                f"expected a lease of {len(header)} columns with its IPAddress, found {shown(line.text)}", line.number
            )
            continue
        is_active = row["addressstate"].strip().casefold() in ("active", "activereservation")
        leases.append(_Lease(line.number, address, [line.text], mac_of(client), is_active=is_active))
    return leases


IMPORTER = Importer("dhcp-leases", "DHCP leases of ISC dhcpd, dnsmasq or Windows", recognises, read)
