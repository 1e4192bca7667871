"""ONVIF without a login: the clock, the services, and one try of two protected reads (docs/sources.md I1.4).

An answer is believed only when it is the answer to the question: some stacks say the same to everything.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from scanner.errors import NoAnswer
from scanner.fingerprint.first_contact.notes import Notebook, Notes
from scanner.model import Endpoint

if TYPE_CHECKING:
    from lxml.etree import _Element

    from scanner.net import SoapReply

PATH = "/onvif/device_service"
FACT = "onvif.anonymous"
_LOGIN_WORDS = ("notauthorized", "failedauthentication", "failedcheck", "unauthorized", "notauthenticated")
_CLOCK = ("Year", "Month", "Day", "Hour", "Minute", "Second")
_TELLING = {
    "GetServices": "onvif-services",
    "GetCapabilities": "onvif-capabilities",
    "GetDeviceInformation": "onvif-deviceinfo",
    "GetScopes": "onvif-scopes",
}
_NO_SERVICE = frozenset({404, 405, 501})


def read_onvif(notes: Notes, web: tuple[int, bool] | None) -> None:
    """The announced services in turn until one answers; else the usual path, when the host looks like a camera."""
    announced = notes.announced("onvif")
    tls_ports = {door.port for door in notes.announced("https")}
    for door in announced:
        if not notes.left_alone and _read(notes, door.port, door.path or PATH, tls=door.port in tls_ports):
            return
    if not announced and web is not None and notes.looks_like_a_camera and not notes.left_alone:
        port, tls = web
        if _read(notes, port, PATH, tls=tls, announced=False):
            notes.add(Endpoint(notes.link.address, port, "tcp", "onvif", PATH, "first-contact"))


def _read(notes: Notes, port: int, path: str, *, tls: bool, announced: bool = True) -> bool:
    """True when an ONVIF service is there, whatever it let us read."""

    def ask(operation: str, params: dict[str, Any] | None = None) -> SoapReply:
        return notes.link.soap("devicemgmt", operation, port=port, tls=tls, path=path, params=params)

    try:
        clock = ask("GetSystemDateAndTime")
    except NoAnswer as silence:
        notes.silent(f"onvif {port}", silence)
        return False
    if clock.status in _NO_SERVICE or (clock.body is None and clock.fault is None):
        if announced:
            notes.gap(f"onvif {port}", "no-such-page", f"status {clock.status}")
        else:  # not announced and not at the usual path: off, or somewhere else
            notes.not_known("onvif.enabled", "no-such-page", f"status {clock.status}", clock.evidence)
        return False
    notes.know("onvif.enabled", True, clock.evidence)
    for door in notes.tcp_doors():
        if door.port == port and not door.service:
            notes.shown(door, "https" if tls else "http")
    _note_clock(notes, clock)
    with notes.attempt(f"onvif services {port}"):
        _note_services(notes, port, ask("GetServices", {"IncludeCapability": False}), lambda: ask("GetCapabilities"))
    with notes.attempt(f"onvif device information {port}"):
        _note_protected(notes, port, ask("GetDeviceInformation"), "GetDeviceInformation")
    if not notes.left_alone:
        with notes.attempt(f"onvif scopes {port}"):
            _note_protected(notes, port, ask("GetScopes"), "GetScopes")
    return True


def _note_services(notes: Notes, port: int, services: SoapReply, capabilities: Any) -> None:
    if note_answer(notes, port, services) != "GetServices":
        note_answer(notes, port, capabilities())


def note_answer(notes: Notebook, port: int, reply: SoapReply) -> str:
    """The text of an answer that tells who the device is; the name of its operation, '' for any other answer."""
    for operation, seen_in in _TELLING.items():
        if _answers(reply, operation):
            notes.saw(seen_in, _as_text(reply.body), reply.evidence, port)
            return operation
    return ""


def _note_protected(notes: Notes, port: int, reply: SoapReply, operation: str) -> None:
    if note_answer(notes, port, reply) == operation:
        if operation == "GetDeviceInformation":  # scopes are public by design on many devices
            notes.know(FACT, True, reply.evidence)
    elif _asks_for_login(reply):
        if operation == "GetDeviceInformation":
            notes.know(FACT, False, reply.evidence)
    else:
        notes.not_known(FACT, "malformed", f"{operation}: status {reply.status}", reply.evidence)


def _answers(reply: SoapReply, operation: str) -> bool:
    """The body is the response to this operation and says something."""
    body = reply.body
    return body is not None and reply.fault is None and _local(body) == f"{operation}Response" and bool(_words(body))


def _asks_for_login(reply: SoapReply) -> bool:
    if reply.status in (401, 403):
        return True
    fault = reply.fault
    if fault is None:
        return False
    said = f"{fault.code} {fault.subcode} {fault.reason}".lower().replace(" ", "")
    return any(word in said for word in _LOGIN_WORDS)


def _note_clock(notes: Notes, reply: SoapReply) -> None:
    """Device clock minus ours; its UTC only, as local time means nothing without its zone."""
    if not _answers(reply, "GetSystemDateAndTime") or reply.body is None:
        notes.not_known("time.skew_seconds", "malformed", "GetSystemDateAndTime", reply.evidence)
        return
    utc = next((node for node in _elements(reply.body) if _local(node) == "UTCDateTime"), None)
    numbers = {_local(node): (node.text or "").strip() for node in _elements(utc)} if utc is not None else {}
    try:
        year, month, day, hour, minute, second = (int(numbers[name]) for name in _CLOCK)
        device = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except (KeyError, ValueError, OverflowError):
        notes.not_known("time.skew_seconds", "malformed", "GetSystemDateAndTime", reply.evidence)
        return
    # the device tells whole seconds, so its clock stands half a second further on the average
    notes.know("time.skew_seconds", round((device - reply.seen_at).total_seconds() + 0.5), reply.evidence)
    kind = next((_words(node) for node in _elements(reply.body) if _local(node) == "DateTimeType"), "")
    if kind in ("NTP", "Manual"):
        notes.know("time.ntp", kind == "NTP", reply.evidence, "C2")


def _elements(root: _Element) -> Iterator[_Element]:
    for node in root.iter():
        if isinstance(node.tag, str):
            yield node


def _local(node: _Element) -> str:
    return str(node.tag).rpartition("}")[2].rpartition(":")[2]


def _words(node: _Element) -> str:
    return " ".join("".join(str(part) for part in node.itertext()).split())


def _as_text(node: _Element | None) -> str:
    from lxml import etree

    return "" if node is None else etree.tostring(node, encoding="unicode", with_tail=False)
