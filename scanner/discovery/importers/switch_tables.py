"""Tables of Cisco switches and routers: ``show ip arp`` and ``show mac address-table`` (IOS and NX-OS).

Columns as in the published templates for these outputs (docs/sources.md S3.2). A MAC table tells no IP address: its
rows stand under their Ethernet address, and of those only the ones whose prefix is a camera maker's are taken.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from scanner.discovery.importers import Imported, Importer, ImportOptions
from scanner.discovery.importers.files import text
from scanner.discovery.importers.files.addresses import ip_of, mac_of, neighbour
from scanner.discovery.importers.files.problems import Problems, shown
from scanner.fingerprint import oui

_MAC = r"(?P<mac>[0-9a-fA-F]{4}\.[0-9a-fA-F]{4}\.[0-9a-fA-F]{4})"
_ARP = re.compile(rf"Internet\s+(?P<ip>\S+)\s+(?P<age>\S+)\s+(?:{_MAC}|Incomplete)\s+\S+(?:\s+\S+)?\s*")
_MACS = re.compile(rf"[*+ ~RGEC]{{0,4}}\s*(?P<vlan>\d{{1,4}}|All|N/A|---|-)\s+{_MAC}\s+(?P<type>\w+)\s+(?P<rest>\S.*)")
_OLD_MACS = re.compile(rf"\s*{_MAC}\s+(?P<type>\w+)\s+(?P<vlan>\d{{1,4}})\s+(?P<rest>\S.*)")
_OWN_PORTS = re.compile(r"(?i)\b(?:CPU|Router|Switch|sup-eth\d*\S*|vPC Peer-Link\S*)\s*$")
_LOOKS_LIKE_A_ROW = re.compile(r"Internet\s|.*\b[0-9a-fA-F]{4}\.[0-9a-fA-F]{4}\.[0-9a-fA-F]{4}\b")


def recognises(head: bytes, filename: str) -> bool:
    """By a row of one of the tables among the first lines."""
    del filename
    return any(_row(line) is not None for line in text.head_text(head).splitlines()[:200])


def read(path: Path, options: ImportOptions) -> Iterator[Imported]:
    """One sign a row, in order. The switch's own addresses are left out."""
    problems = Problems(path)
    found: list[tuple[int, str, str, str]] = []
    others = 0
    for line in text.lines(path):
        row = _row(line.text)
        if row is None:
            if _LOOKS_LIKE_A_ROW.match(line.text[:300]):
                problems.add(f"expected a row of a switch's table, found {shown(line.text.strip())}", line.number)
            continue
        address, mac = row
        if address or (mac and oui.owner(mac)):
            found.append((line.number, line.text, address, mac))
        elif mac:
            others += 1
    problems.done()
    if others:
        options.told(
            f"{path.name}: {others:,} Ethernet addresses of no camera maker, and without an IP address, left out."
        )
    for number, words, address, mac in found:
        place = f"{path.name}:{number}"
        proof = options.evidence.keep(address or mac, 0, place, "row", words.encode(), options.written_at)
        yield Imported(neighbour(address, mac, proof), place=place)


def _row(line: str) -> tuple[str, str] | None:
    """(IP address or '', Ethernet address or '') of a row; both '' for a row that tells of nobody else."""
    line = line.rstrip("\r\n")
    if len(line) > 500:
        return None
    if found := _ARP.fullmatch(line):
        address = ip_of(found["ip"])
        if not address:
            return None
        mac = mac_of(found["mac"] or "")
        return (address, mac) if mac and found["age"] != "-" else ("", "")
    if found := _MACS.fullmatch(line) or _OLD_MACS.fullmatch(line):
        return ("", "") if _OWN_PORTS.search(found["rest"]) else ("", mac_of(found["mac"]))
    return None


IMPORTER = Importer("switch-tables", "show ip arp or show mac address-table of a Cisco switch", recognises, read)
