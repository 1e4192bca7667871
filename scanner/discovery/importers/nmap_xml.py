"""nmap's XML (``-oX``): who is up, which doors are open, and what the devices said to its probes and scripts.

Only a device's own words become observations: script outputs that repeat them, and the replies nmap could not name.
What nmap made of them (``product``, ``devicetype``) is its guess: C1, because it may be the only word there is and a
person can then look; its guess at a port's service (``method="table"``) and at the operating system are dropped.
Elements as ``nmap.dtd`` and ``output.cc`` have them (docs/sources.md S3.1).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from xml.etree.ElementTree import Element

import msgspec

from scanner.discovery.doors import terminal_facts
from scanner.discovery.flight import PortState
from scanner.discovery.importers import Imported, Importer, ImportOptions
from scanner.discovery.importers.files import moments, replies, text
from scanner.discovery.importers.files.addresses import ip_of, mac_of
from scanner.discovery.importers.files.guesses import guessed
from scanner.discovery.importers.files.problems import Problems, shown
from scanner.discovery.importers.nmap.elements import HostFound, HostReader
from scanner.discovery.importers.nmap.fingerprints import replies as fingerprint_replies
from scanner.discovery.importers.nmap.scripts import note_script
from scanner.model import Claim, FactSeen, Known

FOUND_BY = "nmap"
MOST_PORTS = 512
"""Open ports of one host that are looked at: past it nmap met something that answers on all of them."""

_STATES: dict[str, PortState] = {"open": "open", "closed": "refused", "filtered": "silent"}
_SERVICES = {"http": "http", "https": "https", "http-proxy": "http", "rtsp": "rtsp", "ssh": "ssh", "telnet": "telnet",
             "ftp": "ftp", "snmp": "snmp", "sip": "sip"}  # fmt: skip
_OVER_TLS = {"http": "https", "rtsp": "rtsps"}
_METHODS = {"RTSPRequest": "OPTIONS"}


def recognises(head: bytes, filename: str) -> bool:
    """By its root element."""
    del filename
    return "<nmaprun" in text.head_text(head)[:8_192]


def read(path: Path, options: ImportOptions) -> Iterator[Imported]:
    """One sign for each host that is up and showed a door, a word or its Ethernet address."""
    problems = Problems(path)
    hosts = HostReader(path)
    for host in hosts:
        imported = _imported(host, path, options, hosts.started, problems)
        if imported is not None:
            yield imported
    problems.done()


def _imported(host: HostFound, path: Path, options: ImportOptions, started: str, problems: Problems) -> Imported | None:
    status = host.element.find("status")
    if status is not None and status.get("state") != "up":
        return None
    said = {one.get("addrtype", "ipv4"): one.get("addr", "") for one in host.element.findall("address")}
    address = ip_of(said.get("ipv4") or said.get("ipv6") or "")
    if not address:
        problems.add(f"expected a host with its IP address, found {shown(' '.join(said.values()))}", host.line)
        return None
    seen_at = _seen_at(host.element, started)
    place = f"{path.name}:{host.line}"
    proof = options.evidence.keep(address, 0, place, "host", host.raw, seen_at or options.written_at)
    notes = replies.FileNotes(address, FOUND_BY, proof, seen_at or options.written_at)
    notes.saw("mac", mac_of(said.get("mac", "")), proof, 0)
    claims = _note_ports(notes, host, problems)
    sighting = notes.sighting()
    if not (sighting.endpoints or sighting.observations):
        return None
    return Imported(sighting, seen_at=seen_at, place=place, claims=claims)


def _seen_at(host: Element, started: str) -> datetime | None:
    return next(
        (found for said in (host.get("endtime"), host.get("starttime"), started) if (found := moments.of_epoch(said))),
        None,
    )


def _note_ports(notes: replies.FileNotes, host: HostFound, problems: Problems) -> tuple[Claim, ...]:
    states: dict[int, PortState] = {}
    named: list[str] = []
    claims: dict[Claim, None] = {}
    open_ports: list[tuple[int, str, Element]] = []
    for element in host.element.findall("ports/port"):
        said, transport = element.get("portid", ""), element.get("protocol", "tcp")
        if not (said.isdecimal() and 0 < int(said[:6]) < 65_536):
            problems.add(f"expected a port from 1 to 65535, found {shown(said)}", host.line)
            return ()
        state = element.find("state")
        state_word = "" if state is None else state.get("state", "")
        if transport == "tcp" and state_word in _STATES:
            states[int(said)] = _STATES[state_word]
        if state_word == "open" and transport in ("tcp", "udp") and len(open_ports) < MOST_PORTS:
            open_ports.append((int(said), transport, element))
    for port, transport, element in open_ports:
        service = element.find("service")
        _note_port(notes, port, transport, element, service)
        if service is not None and service.get("method") == "probed":
            words = " ".join(service.get(key, "") for key in ("name", "product", "version")).split()
            named.append(f"{port}/{transport} {' '.join(words)}")
            kind = "camera" if service.get("devicetype") == "webcam" else ""
            claims |= dict.fromkeys(guessed(FOUND_BY, service.get("product", ""), kind, notes.evidence))
    for fact in terminal_facts(states):
        notes.facts.setdefault(fact.key, _proven(fact, notes.evidence))
    if named:
        notes.know("services.named", named[:64], notes.evidence, "C2")
    return tuple(claims)


def _note_port(notes: replies.FileNotes, port: int, transport: str, element: Element, service: Element | None) -> None:
    tls = service is not None and service.get("tunnel") == "ssl"
    spoken = ""
    if service is not None and service.get("method") == "probed":
        spoken = _SERVICES.get(service.get("name", ""), "")
        spoken = _OVER_TLS.get(spoken, spoken) if tls else spoken
    notes.door(port, transport, spoken)
    tls = tls or spoken == "https"
    for script in element.findall("script"):
        note_script(notes, port, script, tls=tls)
    for probe, data in fingerprint_replies(service.get("servicefp", "") if service is not None else ""):
        if replies.note_answer(notes, port, data, tls=tls, method=_METHODS.get(probe, "GET")):
            continue
        if probe == "NULL" and transport == "tcp":
            replies.note_banner(notes, port, spoken, data)
        elif b"onvif://" in data:
            notes.saw("onvif-scopes", data.decode("utf-8", "replace"), notes.evidence, port)


def _proven(seen: FactSeen, proof: str) -> FactSeen:
    if isinstance(seen.fact, Known):
        return FactSeen(seen.key, msgspec.structs.replace(seen.fact, evidence=(proof,)))
    return seen


IMPORTER = Importer("nmap", "nmap XML (-oX)", recognises, read)
