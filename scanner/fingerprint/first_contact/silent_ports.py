"""Ports where we only listen: terminals, the makers' control ports, and whatever is not known.

On a maker's control port the first byte may begin a login, so nothing is said there, and mostly nothing is heard.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from scanner.errors import NoAnswer
from scanner.fingerprint.first_contact.notes import Notebook, Notes
from scanner.fingerprint.first_contact.pages import note_certificate
from scanner.model import Endpoint

if TYPE_CHECKING:
    from scanner.net import Banner

TERMINALS = {21: ("ftp", "service.ftp"), 22: ("ssh", "service.ssh"), 23: ("telnet", "service.telnet")}
CONTROL_PORTS = {
    8000: ("sdk-hikvision", "Hikvision"),
    37777: ("sdk-dahua", "Dahua"),
    34567: ("sdk-xiongmai", "Xiongmai"),
    9000: ("sdk-reolink", "Reolink"),
}
_HIKVISION_FRAMES = tuple(bytes.fromhex(f"00000010{word}{word}00000000") for word in ("0000001e", "0000000d"))
_INTRODUCES_ITSELF = 8000
_KNOWN_BANNERS = ((b"SSH-", "ssh"), (b"\xff\xfb", "telnet"), (b"\xff\xfd", "telnet"))
_TELNET_COMMANDS = re.compile(rb"\xff[\xfb-\xfe].|\xff[\xf0-\xfa]", re.DOTALL)


def listen(notes: Notes) -> None:
    """Every open TCP port that nothing else has spoken to."""
    onvif = {door.port for door in notes.announced("onvif")}
    for door in notes.tcp_doors():
        if notes.left_alone:
            return
        if door.port in onvif:
            continue
        if door.port in TERMINALS and not door.service:
            _terminal(notes, door)
        elif door.port in CONTROL_PORTS and door.service in ("", CONTROL_PORTS[door.port][0]):
            _control_port(notes, door)
        elif door.service.startswith("sdk-"):
            notes.know("service.sdk", True, "", "C2")


def _terminal(notes: Notes, door: Endpoint) -> None:
    service, fact = TERMINALS[door.port]
    with notes.attempt(f"{service} {door.port}"):
        banner = notes.link.banner(door.port)
        notes.know(fact, True, banner.evidence, "C3" if banner.data else "C2")
        note_banner(notes, door, service, banner)


def note_banner(notes: Notebook, door: Endpoint, service: str, banner: Banner) -> None:
    """What a terminal said before anybody spoke to it."""
    notes.shown(door, service)
    notes.know(f"service.{service}", True, banner.evidence)
    notes.saw(f"{service}-banner", _text(banner.data), banner.evidence, door.port)


def service_of_banner(port: int, data: bytes) -> str:
    """Which terminal speaks first like this; '' for anything else."""
    said = next((name for start, name in _KNOWN_BANNERS if data.startswith(start)), "")
    return said or (TERMINALS[port][0] if port in TERMINALS else "")


def note_control_frame(notes: Notebook, door: Endpoint, banner: Banner) -> bool:
    """The control port of a Hikvision-made device introduces itself with one of two frames."""
    if banner.data not in _HIKVISION_FRAMES:
        return False
    notes.shown(door, CONTROL_PORTS[_INTRODUCES_ITSELF][0])
    notes.know("service.sdk", True, banner.evidence)
    return True


def _control_port(notes: Notes, door: Endpoint) -> None:
    """8000 may introduce itself; the others are taken for what they are only where the maker is suspected."""
    service, maker = CONTROL_PORTS[door.port]
    if door.port == _INTRODUCES_ITSELF:
        with notes.attempt(f"control port {door.port}"):
            note_control_frame(notes, door, notes.link.banner(door.port, limit=16))
    if door.service == service or maker in notes.suspects:
        notes.shown(door, service)
        notes.know("service.sdk", True, "", "C2")


def read_unknown_ports(notes: Notes, known: frozenset[int]) -> None:
    """A port we have no idea of: wait for a banner, then offer TLS; never ask anything in the clear."""
    onvif = {door.port for door in notes.announced("onvif")}
    for door in notes.tcp_doors():
        if not door.service and door.port not in known | onvif and not notes.left_alone:
            with notes.attempt(f"unknown port {door.port}"):
                _read_unknown(notes, door)


def _read_unknown(notes: Notes, door: Endpoint) -> None:
    banner = notes.link.banner(door.port)
    if banner.data:
        service = next((name for start, name in _KNOWN_BANNERS if banner.data.startswith(start)), "")
        if not service:
            raise NoAnswer("no-reader", "it speaks first, in a way that is not known")
        note_banner(notes, door, service, banner)
        return
    try:
        facts = notes.link.tls_facts(door.port)
    except NoAnswer as silence:
        raise NoAnswer("no-reader", f"no banner, and TLS: {silence}") from None
    notes.shown(door, "tls")
    note_certificate(notes, facts, door.port)


def _text(data: bytes) -> str:
    """A banner without Telnet commands and control characters."""
    words = _TELNET_COMMANDS.sub(b"", data).decode("utf-8", "replace")
    return "".join(char for char in words if char.isprintable() or char in "\r\n\t").strip()
