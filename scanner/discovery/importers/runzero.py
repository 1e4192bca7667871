"""Assets and services that runZero exports as JSONL or JSON.

The fields of an asset (addresses, macs, last_seen, service_ports_tcp ...) and of a service (service_address,
service_port, service_data ...) are those of runZero's published API description; the names of the texts inside
``services`` and ``service_data`` are in no document read here: unverified (docs/sources.md S3.5). What runZero
concludes (``hw``, ``type``) is its guess: C1.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from scanner.discovery.importers import Imported, Importer, ImportOptions
from scanner.discovery.importers.files import moments, replies, text
from scanner.discovery.importers.files.addresses import ip_of, mac_of
from scanner.discovery.importers.files.guesses import guessed
from scanner.discovery.importers.files.problems import Problems, shown
from scanner.model import Claim

FOUND_BY = "runzero"
_FIRST = re.compile(r'\s*(?:\[\s*)?\{.*"(?:service_address|service_ports_tcp|last_agent_id|detected_by)"', re.DOTALL)
_SCAN_DATA = re.compile(r'\s*\{"type":"[a-z]+","ts":\d+')
_DOOR = re.compile(r"(?P<ip>[^/]+)/(?P<transport>tcp|udp)/(?P<port>\d{1,5})(?:/.*)?")
_TEXTS = {
    "banner": "",
    "html.title": "http-title",
    "http.head.server": "http-server-header",
    "http.head.wwwAuthenticate": "http-realm",
    "snmp.sysDesc": "snmp-sysdescr",
    "tls.subject": "tls-subject",
    "tls.issuer": "tls-issuer",
}  # unverified
_SERVICES = {"http": "http", "rtsp": "rtsp", "ssh": "ssh", "ftp": "ftp", "telnet": "telnet"}


def recognises(head: bytes, filename: str) -> bool:
    """By the fields of its first object, or as scan data, which is refused with a word on what to export."""
    del filename
    first = text.head_text(head)
    return bool(_SCAN_DATA.match(first) or _FIRST.match(first))


def read(path: Path, options: ImportOptions) -> Iterator[Imported]:
    """One sign for each address of an asset, or one a service."""
    problems = Problems(path)
    reader = _Reader(path, options)
    for record in text.objects(path):
        if "ts" in record.value and "type" in record.value and "addresses" not in record.value:
            problems.add("expected an export of assets or services of runZero, found its raw scan data", record.line)
            break
        found = reader.service(record) if "service_address" in record.value else reader.asset(record)
        if not found:
            problems.add(f"expected an asset or a service with its addresses, found {shown(record.text)}", record.line)
        yield from found
    problems.done()
    if reader.texts:
        options.told(f"{path.name}: runZero's names of service texts are described nowhere public: read as unverified.")


class _Reader:
    def __init__(self, path: Path, options: ImportOptions) -> None:
        self.path = path
        self.options = options
        self.texts = 0

    def asset(self, record: text.Found) -> list[Imported]:
        """One sign an address; the doors and texts of its services with the address they belong to."""
        value = record.value
        addresses = [found for one in _strings(value.get("addresses")) if (found := ip_of(one))]
        macs = [found for one in _strings(value.get("macs")) if (found := mac_of(one))]
        named = [(door, value["services"][name]) for name in _names(value) if (door := _DOOR.fullmatch(name))]
        made = []
        # one device, one record: further addresses of it would count it again
        for address in addresses[:1] or ([macs[0]] if macs else []):
            notes = self._notes(record, address)
            if len(macs) == 1:
                notes.saw("mac", macs[0], notes.evidence, 0)
            for transport in ("tcp", "udp"):
                for port in _strings(value.get(f"service_ports_{transport}")):
                    if port.isdigit() and 0 < int(port[:6]) < 65_536:
                        notes.door(int(port), transport)
            for door, texts in named:
                if ip_of(door["ip"]) == address and isinstance(texts, dict) and 0 < int(door["port"]) < 65_536:
                    self._note_texts(notes, int(door["port"]), door["transport"], texts)
            made.append(self._imported(record, notes))
        return made

    def service(self, record: text.Found) -> list[Imported]:
        """The sign of one row of a service export."""
        value = record.value
        address, port = ip_of(str(value["service_address"])), str(value.get("service_port", ""))
        if not address:
            return []
        notes = self._notes(record, address)
        macs = [found for one in _strings(value.get("macs")) if (found := mac_of(one))]
        if len(macs) == 1 and len(_strings(value.get("addresses"))) <= 1:
            notes.saw("mac", macs[0], notes.evidence, 0)
        if port.isdigit() and 0 < int(port[:6]) < 65_536:
            transport = str(value.get("service_transport", "tcp"))
            spoken = str(value.get("service_protocol", "")).split()
            service = next((_SERVICES[word] for word in spoken if word in _SERVICES), "")
            service = "https" if service == "http" and "tls" in spoken else service
            if transport in ("tcp", "udp"):
                notes.door(int(port), transport, service)
                texts = value.get("service_data")
                self._note_texts(notes, int(port), transport, texts if isinstance(texts, dict) else {})
        return [self._imported(record, notes)]

    def _notes(self, record: text.Found, address: str) -> replies.FileNotes:
        at = moments.of_epoch(record.value.get("last_seen")) or self.options.written_at
        place = f"{self.path.name}:{record.line}"
        proof = self.options.evidence.keep(address, 0, place, "record", record.text.encode(), at)
        return replies.FileNotes(address, FOUND_BY, proof, at)

    def _note_texts(self, notes: replies.FileNotes, port: int, transport: str, texts: Mapping[str, Any]) -> None:
        notes.door(port, transport)
        for name, seen_in in _TEXTS.items():
            said = texts.get(name)
            if not isinstance(said, str) or not said:
                continue
            self.texts += 1
            if seen_in:
                notes.saw(seen_in, said, notes.evidence, port)
            else:
                data = said.encode("utf-8", "replace")
                if not replies.note_answer(notes, port, data, tls="tls.subject" in texts):
                    replies.note_banner(notes, port, "", data)

    def _imported(self, record: text.Found, notes: replies.FileNotes) -> Imported:
        return Imported(
            notes.sighting(),
            seen_at=moments.of_epoch(record.value.get("last_seen")),
            place=f"{self.path.name}:{record.line}",
            claims=_guesses(record.value, notes.evidence),
        )


def _guesses(value: Mapping[str, Any], proof: str) -> tuple[Claim, ...]:
    is_camera = "camera" in str(value.get("type", "")).casefold()
    return guessed("runzero", str(value.get("hw", "")), "camera" if is_camera else "", proof)


def _strings(value: Any) -> list[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def _names(value: Mapping[str, Any]) -> list[str]:
    services = value.get("services")
    return [name for name in services if isinstance(name, str)] if isinstance(services, dict) else []


IMPORTER = Importer("runzero", "runZero export of assets or services (JSONL)", recognises, read)
