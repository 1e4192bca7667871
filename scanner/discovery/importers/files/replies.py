"""Whole replies that other tools have kept: HTTP and RTSP heads, banners, certificates.

They are read by the same code that reads a live device, so that a file and a scan agree.
"""

from __future__ import annotations

import base64
import binascii
import re
from datetime import datetime

from scanner.discovery.sighting import Sighting
from scanner.errors import NoAnswer
from scanner.fingerprint.first_contact import pages, silent_ports, streams
from scanner.fingerprint.first_contact.notes import Notebook
from scanner.model import Endpoint
from scanner.net import Banner, Reply, RtspReply
from scanner.net.plain_http import read_reply
from scanner.net.secure import facts_of

_CERTIFICATE = re.compile(r"-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----")
_MOST_CERTIFICATE = 65_536
TERMINALS = ("ftp", "ssh", "telnet")


class FileNotes(Notebook):
    """A notebook for what a file tells of one address. ``evidence`` proves all of it, ``at`` is when it was said."""

    def __init__(self, address: str, found_by: str, evidence: str, at: datetime) -> None:
        super().__init__()
        self.address = address
        self.found_by = found_by
        self.evidence = evidence
        self.at = at

    def door(self, port: int, transport: str = "tcp", service: str = "", path: str = "") -> Endpoint:
        """A door of this address, written down if it is new."""
        door = Endpoint(self.address, port, "udp" if transport == "udp" else "tcp", service, path, self.found_by)
        if service and not path:
            self.shown(door, service)
        elif not any((one.port, one.transport) == (port, door.transport) for one in self.doors) or path:
            self.add(door)
        return door

    def sighting(self) -> Sighting:
        """All of it."""
        return Sighting(self.address, tuple(self.doors), tuple(self.observations), tuple(self.facts.values()))


def note_answer(notes: FileNotes, port: int, data: bytes, *, tls: bool, method: str = "GET") -> bool:
    """An HTTP, RTSP or SIP reply as a server sent it; False when it is none of them."""
    try:
        if data.startswith(b"HTTP/"):
            _note_page(notes, port, data, tls=tls)
        elif data.startswith(b"RTSP/"):
            _note_stream(notes, port, data, method)
        elif data.startswith(b"SIP/"):
            answer = read_reply(_whole_head(data))
            for name in ("server", "user-agent"):
                for value in answer.values(name):
                    notes.saw("sip-server", value, notes.evidence, port)
        else:
            return False
    except NoAnswer:
        return False
    return True


def _whole_head(data: bytes) -> bytes:
    """Tools cut replies short: the head gets the end it may have lost."""
    return data if re.search(rb"\r?\n\r?\n", data) else data.rstrip(b"\r\n") + b"\r\n\r\n"


def _note_page(notes: FileNotes, port: int, data: bytes, *, tls: bool) -> None:
    answer = read_reply(_whole_head(data))
    scheme = "https" if tls else "http"
    notes.shown(notes.door(port), scheme)
    url = f"{scheme}://{notes.address}:{port}/"
    reply = Reply(answer.status, answer.headers, answer.body, notes.evidence, notes.at, url, complete=False)
    pages.note_page(notes, reply, port, body=bool(answer.body))


def _note_stream(notes: FileNotes, port: int, data: bytes, method: str) -> None:
    answer = read_reply(_whole_head(data))
    headers: dict[str, list[str]] = {}
    for name, value in answer.headers:
        headers.setdefault(name.lower(), []).append(value)
    streams.note_replies(notes, notes.door(port), [RtspReply(method, answer.status, headers, b"", notes.evidence)])


def note_banner(notes: FileNotes, port: int, service: str, data: bytes) -> None:
    """What an FTP, SSH or Telnet server says first; nothing for another service."""
    service = service if service in TERMINALS else silent_ports.service_of_banner(port, data)
    if service and data.strip():
        silent_ports.note_banner(notes, notes.door(port), service, Banner(data, notes.evidence))


def note_certificate(notes: FileNotes, port: int, der: bytes, versions: tuple[str, ...] = ()) -> None:
    """The certificate of a TLS door."""
    if der and len(der) <= _MOST_CERTIFICATE:
        pages.note_certificate(notes, facts_of(der, versions, notes.evidence), port)


def der_of(text: str) -> bytes:
    """The certificate in a PEM text or in base64; empty when there is none."""
    found = _CERTIFICATE.search(text)
    try:
        return base64.b64decode("".join((found[1] if found else text).split()), validate=True)
    except (binascii.Error, ValueError):
        return b""
