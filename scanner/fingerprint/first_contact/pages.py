"""The front page of each web door, its certificate where it has TLS, and the UPnP description SSDP announced."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from scanner.errors import NoAnswer
from scanner.fingerprint.first_contact import page_text
from scanner.fingerprint.first_contact.notes import CATALOGUE, Notebook, Notes, may_get
from scanner.model import Endpoint

if TYPE_CHECKING:
    from scanner.net import Reply, TlsFacts

HTTP_PORTS = frozenset({80, 81, 88, 8080})
HTTPS_PORTS = frozenset({443, 8443})
_SERIAL_OID = "2.5.4.5="  # RFC 4514 has no short name for it, and device certificates are full of it
_MOVED = frozenset({301, 302, 303, 307, 308})


@dataclass(slots=True)
class WebDoors:
    """What the web doors gave. ``best`` is the (port, tls) that further questions go to."""

    clear_pages: int = 0
    clear_only_to_tls: int = 0
    tls_pages: int = 0
    best: tuple[int, bool] | None = None
    asked: set[int] = field(default_factory=set)


def read_clear_pages(notes: Notes, web: WebDoors) -> None:
    """GET / on each door that is known or announced to speak clear HTTP."""
    described = {door.port for door in notes.announced("upnp")}
    for door in notes.tcp_doors():
        if door.service == "http" or (not door.service and door.port in HTTP_PORTS | described):
            with notes.attempt(f"http {door.port}"):
                read_front_page(notes, web, door, tls=False)


def read_tls_doors(notes: Notes, web: WebDoors) -> None:
    """The certificate of each TLS door; its page only where no clear door gave one."""
    for door in notes.tcp_doors():
        if door.service == "https" or (not door.service and door.port in HTTPS_PORTS):
            with notes.attempt(f"https {door.port}"):
                _read_tls_door(notes, web, door)


def _read_tls_door(notes: Notes, web: WebDoors, door: Endpoint) -> None:
    try:
        facts = notes.link.tls_facts(door.port)
    except NoAnswer as silence:
        if silence.why not in ("tls-failed", "silent", "closed-early"):
            raise
        # Clear HTTP on 443 exists: a web door that cannot make sense of a hello gets one plain question.
        notes.gap(f"tls {door.port}", silence.why, silence.detail)
        read_front_page(notes, web, door, tls=False)
        return
    notes.shown(door, "https")
    note_certificate(notes, facts, door.port)
    notes.know("web.https", True, facts.evidence)
    if not web.clear_pages:
        read_front_page(notes, web, door, tls=True)


def note_certificate(notes: Notebook, facts: TlsFacts, port: int) -> None:
    """Names and facts of one TLS handshake."""
    subject, issuer = (name.replace(_SERIAL_OID, "SERIALNUMBER=") for name in (facts.subject, facts.issuer))
    notes.saw("tls-subject", subject, facts.evidence, port)
    notes.saw("tls-issuer", issuer, facts.evidence, port)
    if facts.versions:
        notes.know("tls.versions", list(facts.versions), facts.evidence)
        notes.know("tls.legacy", facts.legacy, facts.evidence)
    if facts.self_signed is not None:
        notes.know("tls.certificate.self_signed", facts.self_signed, facts.evidence)
    if facts.not_after is not None:
        notes.know("tls.certificate.not_after", facts.not_after.isoformat(), facts.evidence)
    if subject:
        notes.know("tls.certificate.subject", subject, facts.evidence)


def read_front_page(notes: Notes, web: WebDoors, door: Endpoint, *, tls: bool) -> None:
    """GET /, and at most one page further on the same door. Raises NoAnswer."""
    web.asked.add(door.port)
    reply = notes.link.get("/", port=door.port, tls=tls, vendor=CATALOGUE)
    notes.shown(door, "https" if tls else "http")
    note_page(notes, reply, door.port)
    target = page_text.moved_to(
        reply.header("Location") if reply.status in _MOVED else None, reply.text() if reply.status == 200 else ""
    )
    if target and not tls and page_text.leads_to_tls(target, notes.link.address):
        web.clear_only_to_tls += 1
        notes.know("web.http", False, reply.evidence)
        return
    _count(notes, web, door.port, reply.evidence, tls=tls)
    path = page_text.path_on_host(target, notes.link.address, door.port, tls=tls) if target else None
    if path and path != "/" and may_get(path):
        note_page(notes, notes.link.get(path, port=door.port, tls=tls, vendor=CATALOGUE), door.port)


def _count(notes: Notes, web: WebDoors, port: int, evidence: str, *, tls: bool) -> None:
    if tls:
        web.tls_pages += 1
        notes.know("web.https", True, evidence)
    else:
        web.clear_pages += 1
        notes.facts.pop("web.http", None)  # another clear door may only have led to TLS
        notes.know("web.http", True, evidence)
    web.best = web.best or (port, tls)


def note_page(notes: Notebook, reply: Reply, port: int, *, body: bool = True) -> None:
    """Server, realm, cookies, title and body of one reply."""
    notes.saw("http-server-header", reply.header("Server"), reply.evidence, port)
    challenges = reply.headers_all("WWW-Authenticate")
    for realm in page_text.realms(challenges):
        notes.saw("http-realm", realm, reply.evidence, port)
    for cookie in reply.headers_all("Set-Cookie")[:4]:
        notes.saw("http-set-cookie", page_text.cookie_shape(cookie), reply.evidence, port)
    schemes = page_text.login_schemes(challenges)
    if schemes:
        notes.know("web.auth", schemes, reply.evidence)
    if body:
        page = reply.text()
        notes.saw("http-title", page_text.title(page), reply.evidence, port)
        notes.saw("http-body", page, reply.evidence, port)


def read_favicon(notes: Notes, port: int, *, tls: bool) -> None:
    """The MD5 of /favicon.ico: a second, circumstantial sign."""
    with notes.attempt("favicon"):
        note_favicon(notes, notes.link.get("/favicon.ico", port=port, tls=tls, vendor=CATALOGUE), port)


def note_favicon(notes: Notebook, reply: Reply, port: int) -> None:
    """The MD5 of a picture; a page that says "not found" is none."""
    if reply.status == 200 and reply.body and b"<html" not in reply.body[:512].lower():
        digest = hashlib.md5(reply.body, usedforsecurity=False).hexdigest()
        notes.saw("http-favicon-md5", digest, reply.evidence, port)


def read_description(notes: Notes) -> None:
    """The UPnP description, where its path is one we know to be a description."""
    for door in notes.announced("upnp")[:1]:
        if not may_get(door.path):
            notes.gap("upnp description", "no-reader", door.path)
            continue
        with notes.attempt("upnp description"):
            reply = notes.link.get(door.path, port=door.port, vendor=CATALOGUE)
            note_description(notes, reply, door.port)


def note_description(notes: Notebook, reply: Reply, port: int) -> None:
    """A UPnP device description."""
    if reply.status == 200:
        notes.saw("ssdp", reply.text(), reply.evidence, port)
        notes.know("upnp.enabled", True, reply.evidence)
