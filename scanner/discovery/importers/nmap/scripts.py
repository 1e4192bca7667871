"""Outputs of nmap's scripts that hold a device's own words: title, headers, login, certificate, banner, description.

What a script concludes is left alone. Fields as the scripts write them (docs/sources.md S3.1).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from xml.etree.ElementTree import Element

from scanner.discovery.device_text import url_parts
from scanner.discovery.importers.files import replies
from scanner.discovery.importers.files.replies import FileNotes
from scanner.fingerprint.first_contact import page_text

_NO_TITLE = ("Site doesn't have a title", "Did not follow redirect", "Requested resource was", "400 Bad Request")
_HEADER = re.compile(r"^\s{0,4}([A-Za-z-]{1,60}): ?(.{0,2000})$", re.MULTILINE)
_ESCAPE = re.compile(r"\\x([0-9A-Fa-f]{2})")
_FAVICON = re.compile(r"MD5: ([0-9A-Fa-f]{32})")
_TLS = {"SSLv3": "SSLv3", "TLSv1.0": "TLSv1", "TLSv1.1": "TLSv1.1", "TLSv1.2": "TLSv1.2", "TLSv1.3": "TLSv1.3"}
_SHORT = {
    "commonName": "CN", "organizationName": "O", "organizationalUnitName": "OU", "countryName": "C",
    "stateOrProvinceName": "ST", "localityName": "L", "serialNumber": "SERIALNUMBER",
}  # fmt: skip
_CAMERA_TYPE = "NetworkVideoTransmitter"


def note_script(notes: FileNotes, port: int, script: Element, *, tls: bool) -> None:
    """One script of a port; unknown ones say nothing."""
    reader = _READERS.get(script.get("id", ""))
    if reader is not None:
        reader(notes, port, script, tls)


def _title(notes: FileNotes, port: int, script: Element, _tls: bool) -> None:
    title = _text(script, "title")
    output = script.get("output", "")
    if not title and not script.findall("elem") and not output.startswith(_NO_TITLE):  # before nmap 6.25
        title = output.split("\n", 1)[0]
    notes.saw("http-title", title, notes.evidence, port)


def _server(notes: FileNotes, port: int, script: Element, _tls: bool) -> None:
    for element in script.iter("elem"):
        notes.saw("http-server-header", element.text, notes.evidence, port)


def _headers(notes: FileNotes, port: int, script: Element, _tls: bool) -> None:
    found = [(name.lower(), value.strip()) for name, value in _HEADER.findall(script.get("output", "")[:65_536])]
    for name, value in found:
        if name == "server":
            notes.saw("http-server-header", value, notes.evidence, port)
        elif name == "set-cookie":
            notes.saw("http-set-cookie", page_text.cookie_shape(value), notes.evidence, port)
    _note_challenges(notes, port, [value for name, value in found if name == "www-authenticate"])


def _login(notes: FileNotes, port: int, script: Element, _tls: bool) -> None:
    """``scheme`` and ``realm`` of each challenge."""
    schemes = [f"{element.text or ''} " for element in script.iter("elem") if element.get("key") == "scheme"]
    for element in script.iter("elem"):
        if element.get("key") == "realm":
            notes.saw("http-realm", element.text, notes.evidence, port)
    if offered := page_text.login_schemes(schemes):
        notes.know("web.auth", offered, notes.evidence, "C2")


def _note_challenges(notes: FileNotes, port: int, challenges: list[str]) -> None:
    for realm in page_text.realms(challenges):
        notes.saw("http-realm", realm, notes.evidence, port)
    if offered := page_text.login_schemes(challenges):
        notes.know("web.auth", offered, notes.evidence, "C2")


def _certificate(notes: FileNotes, port: int, script: Element, _tls: bool) -> None:
    der = replies.der_of(_text(script, "pem") or "") if _text(script, "pem") else b""
    if not der and "BEGIN CERTIFICATE" in script.get("output", ""):
        der = replies.der_of(script.get("output", ""))
    if der:
        replies.note_certificate(notes, port, der)
        return
    for name in ("subject", "issuer"):
        table = next((one for one in script.findall("table") if one.get("key") == name), None)
        if table is not None:
            parts = [f"{_SHORT.get(one.get('key', ''), one.get('key'))}={one.text or ''}" for one in table.iter("elem")]
            notes.saw(f"tls-{name}", ",".join(parts), notes.evidence, port)


def _versions(notes: FileNotes, _port: int, script: Element, _tls: bool) -> None:
    accepted = [_TLS[key] for table in script.findall("table") if (key := table.get("key", "")) in _TLS]
    if accepted:
        notes.know("tls.versions", accepted, notes.evidence, "C2")
        notes.know("tls.legacy", bool({"SSLv3", "TLSv1", "TLSv1.1"} & set(accepted)), notes.evidence, "C2")


def _system(notes: FileNotes, port: int, script: Element, _tls: bool) -> None:
    words = script.get("output", "").partition("\n  System uptime:")[0]
    notes.saw("snmp-sysdescr", words, notes.evidence, port)


def _banner(notes: FileNotes, port: int, script: Element, _tls: bool) -> None:
    """nmap writes unprintable bytes as \\x0D."""
    said = _ESCAPE.sub(lambda found: chr(int(found[1], 16)), script.get("output", "")[:8_192])
    data = said.encode("latin-1", "replace")
    service = next((door.service for door in notes.doors if door.port == port), "")
    if not replies.note_answer(notes, port, data, tls=False):
        replies.note_banner(notes, port, service, data)


def _streams(notes: FileNotes, port: int, _script: Element, _tls: bool) -> None:
    """It listed the methods it answers: it speaks RTSP."""
    notes.door(port, "tcp", "rtsp")


def _upnp(notes: FileNotes, port: int, script: Element, _tls: bool) -> None:
    """The first line is the Server header of its answer."""
    first = script.get("output", "").strip().split("\n", 1)[0].strip()
    if "UPnP/" in first:
        notes.saw("ssdp-server", first, notes.evidence, port)
        notes.know("upnp.enabled", True, notes.evidence, "C2")


def _ws_discovery(notes: FileNotes, port: int, script: Element, _tls: bool) -> None:
    """Its types, and the addresses of its services as far as they are on this host."""
    for line in script.get("output", "")[:65_536].splitlines():
        word, _, rest = line.strip().partition(": ")
        if word == "Type" and _CAMERA_TYPE in rest:
            notes.saw("onvif-scopes", f"<Types>{rest.strip()}</Types>", notes.evidence, port)
        for url in rest.split() if word == "Address" else ():
            parts = url_parts(url)
            if parts is not None and parts[1] == notes.address and parts[3]:
                notes.door(parts[2], "tcp", "onvif", parts[3])


def _favicon(notes: FileNotes, port: int, script: Element, _tls: bool) -> None:
    if found := _FAVICON.search(script.get("output", "")):
        notes.saw("http-favicon-md5", found[1].lower(), notes.evidence, port)


def _text(script: Element, key: str) -> str | None:
    return next((element.text for element in script.findall("elem") if element.get("key") == key), None)


_READERS: dict[str, Callable[[FileNotes, int, Element, bool], None]] = {
    "http-title": _title,
    "http-server-header": _server,
    "http-headers": _headers,
    "http-auth": _login,
    "http-favicon": _favicon,
    "ssl-cert": _certificate,
    "ssl-enum-ciphers": _versions,
    "snmp-sysdescr": _system,
    "banner": _banner,
    "rtsp-methods": _streams,
    "upnp-info": _upnp,
    "wsdd-discover": _ws_discovery,
}
