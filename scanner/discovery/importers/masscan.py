"""JSON of masscan (``-oJ``): open ports, and with ``--banners`` what was said there.

Fields as masscan's ``out-json.c`` writes them, services as its ``masscan-app.c`` names them (docs/sources.md S3.4).
Older releases leave a comma behind the last record, and one run may write of one address many times.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from scanner.discovery.doors import terminal_facts
from scanner.discovery.flight import PortState
from scanner.discovery.importers import Imported, Importer, ImportOptions
from scanner.discovery.importers.files import moments, replies, text
from scanner.discovery.importers.files.addresses import ip_of
from scanner.discovery.importers.files.problems import Problems, shown
from scanner.fingerprint.first_contact import page_text

FOUND_BY = "masscan"
_RECORD = re.compile(r'\{\s*"ip":\s*"[^"]*",\s*"timestamp":')
_STATES: dict[str, PortState] = {"open": "open", "closed": "refused"}


def recognises(head: bytes, filename: str) -> bool:
    """By its first record."""
    del filename
    return bool(_RECORD.search(text.head_text(head)[:4_096]))


def read(path: Path, options: ImportOptions) -> Iterator[Imported]:
    """One sign a record."""
    problems = Problems(path)
    for record in text.objects(path):
        imported = _imported(record, path, options, problems)
        if imported is not None:
            yield imported
    problems.done()


def _imported(record: text.Found, path: Path, options: ImportOptions, problems: Problems) -> Imported | None:
    address = ip_of(str(record.value.get("ip", "")))
    ports = record.value.get("ports")
    if not address or not isinstance(ports, list):
        problems.add(f"expected a record of masscan with ip and ports, found {shown(record.text)}", record.line)
        return None
    seen_at = moments.of_epoch(record.value.get("timestamp"))
    place = f"{path.name}:{record.line}"
    at = seen_at or options.written_at
    proof = options.evidence.keep(address, 0, place, "record", record.text.encode(), at)
    notes = replies.FileNotes(address, FOUND_BY, proof, at)
    for port in ports:
        if not isinstance(port, dict) or not _is_port(port.get("port")):
            problems.add(f"expected a port from 1 to 65535, found {shown(repr(port))}", record.line)
            return None
        _note_port(notes, port)
    sighting = notes.sighting()
    if not (sighting.endpoints or sighting.observations or sighting.facts):
        return None  # a closed port alone is no device of interest
    return Imported(sighting, seen_at=seen_at, place=place)


def _is_port(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value < 65_536


def _note_port(notes: replies.FileNotes, port: dict[str, Any]) -> None:
    number, transport = port["port"], str(port.get("proto", "tcp"))
    if transport not in ("tcp", "udp"):
        return
    status, service = port.get("status"), port.get("service")
    if status == "open" or isinstance(service, dict):
        notes.door(number, transport)
    if transport == "tcp" and isinstance(status, str) and status in _STATES:
        for fact in terminal_facts({number: _STATES[status]}):
            notes.know(fact.key, status == "open", notes.evidence, "C2" if status == "open" else "C1")
    if isinstance(service, dict):
        _note_banner(notes, number, str(service.get("name", "")), str(service.get("banner", "")))


def _note_banner(notes: replies.FileNotes, port: int, name: str, banner: str) -> None:
    match name:
        case "http":
            replies.note_answer(notes, port, banner.encode("latin-1", "replace"), tls=False)
        case "http.server":
            notes.saw("http-server-header", banner, notes.evidence, port)
        case "title":
            notes.saw("http-title", banner, notes.evidence, port)
        case "html":
            notes.saw("http-title", page_text.title(banner), notes.evidence, port)
            notes.saw("http-body", banner, notes.evidence, port)
        case "X509":
            replies.note_certificate(notes, port, replies.der_of(banner))
        case "ssh" | "ftp" | "telnet":
            replies.note_banner(notes, port, name, banner.encode("latin-1", "replace"))
        case "snmp":
            notes.saw("snmp-sysdescr", banner.removeprefix("sysDescr:"), notes.evidence, port)


IMPORTER = Importer("masscan", "masscan JSON (-oJ)", recognises, read)
