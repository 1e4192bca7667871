"""RTSP: OPTIONS and DESCRIBE on one connection, without a login; nothing is set up or played."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from scanner.fingerprint.first_contact.notes import Notebook, Notes
from scanner.fingerprint.first_contact.page_text import realms
from scanner.model import Endpoint, Silence

if TYPE_CHECKING:
    from scanner.net import RtspReply

RTSP_PORTS = frozenset({554, 8554, 10554})
"""On these nothing but RTSP is ever spoken: one HTTP request ends some RTSP servers."""

FACT = "stream.anonymous"
_NAMES = {"www-authenticate": "WWW-Authenticate", "cseq": "CSeq"}
# Lines that name the software and the kind of the media; the addresses and controls of a live stream are not kept.
_SESSION_LINES = re.compile(r"^(?:v=|s=|i=|m=|a=tool:|a=Media_header:|a=rtpmap:|a=range:)[^\r\n]{0,300}", re.MULTILINE)
_SILENCES: dict[int, Silence] = {403: "forbidden", 404: "no-such-page", 405: "no-such-page", 501: "no-such-page"}


def read_streams(notes: Notes) -> None:
    """Each RTSP door in turn."""
    for door in notes.tcp_doors():
        if door.service == "rtsp" or (not door.service and door.port in RTSP_PORTS):
            with notes.attempt(f"rtsp {door.port}"):
                _read(notes, door, notes.link.rtsp(door.port))


def _read(notes: Notes, door: Endpoint, replies: list[RtspReply]) -> None:
    if not replies:
        notes.gap(f"rtsp {door.port}", "closed-early")
        return
    note_replies(notes, door, replies)
    note_login(notes, replies[-1])


def note_replies(notes: Notebook, door: Endpoint, replies: list[RtspReply]) -> None:
    """Server, realm, the last reply, and the lines of an SDP that name software and media."""
    note_servers(notes, door, replies)
    last = replies[-1]
    notes.saw("rtsp-response", _as_text(last), last.evidence, door.port)
    if last.method == "DESCRIBE" and last.status == 200:
        session = "\r\n".join(_SESSION_LINES.findall(last.body[:16_384].decode("utf-8", "replace")))
        notes.saw("rtsp-sdp", session, last.evidence, door.port)


def note_servers(notes: Notebook, door: Endpoint, replies: list[RtspReply]) -> None:
    """The names that server and login give themselves."""
    notes.shown(door, "rtsp")
    for reply in replies:
        for server in reply.headers.get("server", []):
            notes.saw("rtsp-server", server, reply.evidence, door.port)
        for realm in realms(reply.headers.get("www-authenticate", [])):
            notes.saw("rtsp-realm", realm, reply.evidence, door.port)


def note_login(notes: Notebook, last: RtspReply) -> None:
    """Whether the stream is described without a login, by the last reply to somebody who gave none."""
    if last.method != "DESCRIBE":
        notes.not_known(FACT, "no-such-page", "DESCRIBE was not answered")
    elif last.status == 200:
        notes.know(FACT, True, last.evidence)
    elif last.status == 401:
        notes.know(FACT, False, last.evidence)
    else:
        notes.not_known(FACT, _SILENCES.get(last.status, "malformed"), f"RTSP {last.status}", last.evidence)


def _as_text(reply: RtspReply) -> str:
    """Status and headers, with header names in their usual spelling."""
    lines = [f"RTSP/1.0 {reply.status}"]
    for name, values in reply.headers.items():
        lines += [f"{_NAMES.get(name, name.title())}: {value}" for value in values]
    return "\r\n".join(lines)
