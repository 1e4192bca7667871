"""The few questions that one maker's devices answer without a login (docs/sources.md I3.5 and I6.2).

Each is asked only where something already speaks for that maker. All are reads; the 401 of a guarded page is asked for
once, for its realm and lock state: no login is sent, so no counter moves.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from scanner.fingerprint.first_contact.notes import CATALOGUE, Notebook, Notes
from scanner.fingerprint.first_contact.page_text import login_schemes, realms

if TYPE_CHECKING:
    from scanner.net import Reply

_AXIS_QUESTION = json.dumps({"apiVersion": "1.0", "method": "getAllUnrestrictedProperties"}).encode()
_HANWHA_FIRST_USE = "/init-cgi/pw_init.cgi?msubmenu=statuscheck&action=view"
_ELEMENT = re.compile(r"<(?:\w{1,20}:)?(\w{1,40})(?:\s[^<>]{0,200})?>\s{0,20}([^<>]{0,100})(?=<)")
_INITIALISED = re.compile(r"(?i)[\"']?\bInitialized[\"']?\s{0,4}[:=]\s{0,4}[\"']?(true|false)")


def ask_maker_pages(notes: Notes, port: int, *, tls: bool) -> None:
    """The questions of every maker that is suspected."""
    for maker, ask in _QUESTIONS.items():
        if maker in notes.suspects and not notes.left_alone:
            ask(notes, port, tls)


def _page(notes: Notes, part: str, path: str, port: int, tls: bool) -> Reply | None:
    with notes.attempt(part):
        return notes.link.get(path, port=port, tls=tls, vendor=CATALOGUE)
    return None


def _note_login(notes: Notebook, reply: Reply, port: int) -> None:
    challenges = reply.headers_all("WWW-Authenticate")
    for realm in realms(challenges):
        notes.saw("http-realm", realm, reply.evidence, port)
    schemes = login_schemes(challenges)
    if schemes:
        notes.know("web.auth", schemes, reply.evidence)


def _elements(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in _ELEMENT.findall(text[:16_384]):
        found.setdefault(name.lower(), value.strip().lower())
    return found


def _hikvision(notes: Notes, port: int, tls: bool) -> None:
    for part, path in (("activation", "/SDK/activateStatus"), ("device info", "/ISAPI/System/deviceInfo")):
        reply = _page(notes, f"hikvision {part}", path, port, tls)
        if reply is not None:
            PAGES[path](notes, reply, port)


def _note_activation(notes: Notebook, reply: Reply, port: int) -> None:
    if reply.status == 200:
        notes.saw("http-body", reply.text(), reply.evidence, port)
        activated = _elements(reply.text()).get("activated")
        if activated in ("true", "false"):
            notes.know("account.activated", activated == "true", reply.evidence, "C2")


def _note_isapi(notes: Notebook, reply: Reply, port: int) -> None:
    if reply.status in (404, 405, 501):
        return
    _note_login(notes, reply, port)
    text = reply.text()
    notes.saw("isapi-deviceinfo" if reply.status == 200 else "http-body", text, reply.evidence, port)
    if _elements(text).get("lockstatus") == "lock":
        seconds = _elements(text).get("unlocktime", "")
        notes.gap("hikvision login", "login-locked", f"for {seconds} s" if seconds.isdecimal() else "")


def _dahua(notes: Notes, port: int, tls: bool) -> None:
    reply = _page(notes, "dahua device type", "/cgi-bin/magicBox.cgi?action=getDeviceType", port, tls)
    if reply is not None:
        _note_open_page(notes, reply, port)
    reply = _page(notes, "dahua language file", "/custom_lang/English.txt", port, tls)
    if reply is not None:
        _note_words(notes, reply, port)


def _note_open_page(notes: Notebook, reply: Reply, port: int) -> None:
    _note_login(notes, reply, port)
    _note_words(notes, reply, port)


def _note_words(notes: Notebook, reply: Reply, port: int) -> None:
    if reply.status == 200:
        notes.saw("http-body", reply.text(), reply.evidence, port)


def _axis(notes: Notes, port: int, tls: bool) -> None:
    with notes.attempt("axis basic device info"):
        reply = notes.link.post(
            "/axis-cgi/basicdeviceinfo.cgi",
            _AXIS_QUESTION,
            content_type="application/json",
            port=port,
            tls=tls,
            vendor=CATALOGUE,
        )
        _note_open_page(notes, reply, port)


def _hanwha(notes: Notes, port: int, tls: bool) -> None:
    reply = _page(notes, "hanwha first use", _HANWHA_FIRST_USE, port, tls)
    if reply is not None:
        _note_first_use(notes, reply, port)


def _note_first_use(notes: Notebook, reply: Reply, port: int) -> None:
    if reply.status == 200:
        notes.saw("http-body", reply.text(), reply.evidence, port)
        found = _INITIALISED.search(reply.text()[:16_384])
        if found:
            notes.know("account.activated", found[1].lower() == "true", reply.evidence, "C2")


def _uniview(notes: Notes, port: int, tls: bool) -> None:
    reply = _page(notes, "uniview device info", "/LAPI/V1.0/System/DeviceBasicInfo", port, tls)
    if reply is not None:
        _note_basic_info(notes, reply, port)


def _tvt(notes: Notes, port: int, tls: bool) -> None:
    reply = _page(notes, "tvt device info", "/GetDeviceInfo", port, tls)
    if reply is not None:
        _note_basic_info(notes, reply, port)


def _note_basic_info(notes: Notebook, reply: Reply, port: int) -> None:
    if reply.status in (200, 401):
        _note_login(notes, reply, port)
        notes.saw("http-body", reply.text(), reply.evidence, port)


_QUESTIONS: dict[str, Callable[[Notes, int, bool], Any]] = {
    "Hikvision": _hikvision,
    "Dahua": _dahua,
    "Axis": _axis,
    "Hanwha Vision": _hanwha,
    "Uniview": _uniview,
    "TVT": _tvt,
}
"""By the name of ``makers.yaml``. Reolink is absent: a POST to its API reboots one firmware (CVE-2021-40404)."""

PAGES: dict[str, Callable[[Notebook, Reply, int], None]] = {
    "/SDK/activateStatus": _note_activation,
    "/ISAPI/System/deviceInfo": _note_isapi,
    "/cgi-bin/magicBox.cgi?action=getDeviceType": _note_open_page,
    "/custom_lang/English.txt": _note_words,
    "/axis-cgi/basicdeviceinfo.cgi": _note_open_page,
    _HANWHA_FIRST_USE: _note_first_use,
    "/stw-cgi/system.cgi?msubmenu=deviceinfo&action=view": _note_words,
    "/LAPI/V1.0/System/DeviceBasicInfo": _note_basic_info,
    "/GetDeviceInfo": _note_basic_info,
}
"""What the reply to each of these pages says, whoever asked for it."""
