"""ONVIF calls of one link: asked without a login first, then with the one the device itself asks for.

HTTP Digest when it challenges, a WS-Security token on the device's clock when it says NotAuthorized. So a wrong
password is sent once, in one way. Answers are read tolerantly: faults come under 200, 400, 401 and 500, some
devices leave out namespaces.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias
from urllib.parse import urlsplit

from lxml import etree

from scanner.errors import NoAnswer
from scanner.net.catalogue import SENDABLE
from scanner.net.guard import Guard, host_of
from scanner.net.limits import Limits, clean_text, parse_xml
from scanner.net.login import LoginUse
from scanner.net.question import Question
from scanner.net.replies import Reply, SoapFault, SoapReply

Web: TypeAlias = Callable[[Question, bool, str], Reply]
"""``Link._web``: the question, whether with the login, and its label in the evidence."""

_DEFAULT_PATH = "/onvif/device_service"


class SoapLine:
    """SOAP with one device."""

    def __init__(self, guard: Guard, address: str, login: LoginUse, web: Web) -> None:
        self._guard = guard
        self._address = address
        self._login = login
        self._web = web
        self._cameras: dict[tuple[int, bool], Any] = {}
        self._takes_digest: set[tuple[int, bool]] = set()
        self._wants_token: set[tuple[int, bool]] = set()
        self._offsets: dict[tuple[int, bool], timedelta] = {}
        self._label = ""
        self._with_login = False
        self._taken = False  # ONVIF has taken the login itself; it may have accounts of its own
        self._refused: bool | None = None  # None: nobody has looked

    def call(
        self, service: str, operation: str, port: int, tls: bool, path: str, params: dict[str, Any], login: bool
    ) -> SoapReply:
        """One operation; see ``Link.soap``."""
        door = (port, tls)
        path = pinned_path(path)
        foreign = False
        if login:
            self._login.hold()
            foreign = self._hold_foreign(door)
        answer = self._call(door, service, operation, path, params, login=login)
        return self._first_answer(answer, foreign=foreign) if answer.sent_login and not self._taken else answer

    def _hold_foreign(self, door: tuple[int, bool]) -> bool:
        """True when the login is known to the web pages only: then this is the one attempt ONVIF gets, begun anew."""
        if self._taken or self._login.state != "accepted":
            return False
        if self._refused is None:
            self._refused = self._login.refused_by_onvif
        if self._refused:
            raise NoAnswer("login-refused", "ONVIF has accounts of its own here, and this login is none of them")
        self._login.forget_nonce(door)
        return True

    def _first_answer(self, answer: SoapReply, *, foreign: bool) -> SoapReply:
        """What the first login that ONVIF saw came to."""
        refused = answer.status == 401 or (answer.fault is not None and answer.fault.is_login)
        self._taken = not refused
        if refused and foreign:
            self._refused = True
            self._login.rejected_by_onvif()
            return replace(answer, login="refused")
        return answer

    def _call(
        self,
        door: tuple[int, bool],
        service: str,
        operation: str,
        path: str,
        params: dict[str, Any],
        *,
        login: bool,
    ) -> SoapReply:
        wants_token = login and self._login.usable and door in self._wants_token
        if wants_token:
            return self._with_token(door, service, operation, path, params)
        reply = self._send(door, service, operation, path, params, login=login)
        answer = soap_reply(reply, self._guard.limits)
        refused = answer.fault is not None and answer.fault.is_login
        if reply.sent_login and not refused:
            self._takes_digest.add(door)
        # A device that wants a token does not look at an Authorization header, and sends no challenge.
        wants_token = refused and door not in self._takes_digest and not reply.header("www-authenticate")
        if login and wants_token and self._login.usable:
            return self._with_token(door, service, operation, path, params)
        return answer

    def _with_token(
        self, door: tuple[int, bool], service: str, operation: str, path: str, params: dict[str, Any]
    ) -> SoapReply:
        offset = self._offset(door)
        user, password = self._login.token_user()
        reply = self._send(door, service, operation, path, params, login=False, token=(user, password, offset))
        answer = soap_reply(reply, self._guard.limits)
        if self._login.locked(reply.body) and (answer.fault is not None or reply.status in (401, 403)):
            self._guard.ledger.login_rejected(self._address, door[0], "http")
        elif reply.status == 401 or (answer.fault is not None and answer.fault.is_login):
            self._login.rejected(door[0])
        elif answer.body is not None or answer.fault is not None:
            self._login.accepted()
            self._wants_token.add(door)
        return SoapReply(
            answer.status,
            answer.body,
            answer.fault,
            answer.evidence,
            answer.seen_at,
            self._login.state,
            sent_login=True,
        )

    def _send(
        self,
        door: tuple[int, bool],
        service: str,
        operation: str,
        path: str,
        params: dict[str, Any],
        *,
        login: bool,
        token: tuple[str, str, timedelta] | None = None,
    ) -> Reply:
        camera = self._camera(door)
        self._label, self._with_login = f"POST {path} ({service} {operation})", login
        reply: Reply = camera.call(service, operation, path, params, token)
        return reply

    def _camera(self, door: tuple[int, bool]) -> Any:
        from scanner.net.onvif_camera import AuditCamera

        if door not in self._cameras:
            port, tls = door
            base = f"{'https' if tls else 'http'}://{host_of(self._address, port)}"

            def post(path: str, envelope: bytes, content_type: str) -> Reply:
                asked = Question("POST", path, door, envelope, content_type)
                return self._web(asked, self._with_login, self._label)

            self._cameras[door] = AuditCamera(base, post)
        return self._cameras[door]

    def _offset(self, door: tuple[int, bool]) -> timedelta:
        """The device's clock minus ours, asked once without a login; zero where it does not say."""
        if door not in self._offsets:
            self._offsets[door] = timedelta()
            self._guard.hold_operation(self._address, door[0], "devicemgmt", "GetSystemDateAndTime")
            try:
                reply = self._send(door, "devicemgmt", "GetSystemDateAndTime", _DEFAULT_PATH, {}, login=False)
                body = soap_reply(reply, self._guard.limits).body
                clock = clock_of(body) if body is not None else None
                if clock is not None:
                    self._offsets[door] = clock - reply.seen_at.astimezone(UTC)
            except NoAnswer:
                pass  # a device without a readable clock is taken to share ours
        return self._offsets[door]


def pinned_path(xaddr: str) -> str:
    """The path of a service address; a device cannot steer us to another host, port or scheme by it."""
    try:
        parts = urlsplit(xaddr if xaddr.startswith("/") or "://" in xaddr else f"http://{xaddr}")
    except ValueError:
        raise NoAnswer("malformed", f"a service address that is none: {clean_text(xaddr)[:80]!r}") from None
    path = parts.path + (f"?{parts.query}" if parts.query else "")
    if not path or path == "/":
        return _DEFAULT_PATH
    if not SENDABLE.fullmatch(path) or ".." in path or path.startswith("//"):
        raise NoAnswer("malformed", f"a service address that cannot be used: {clean_text(xaddr)[:80]!r}")
    return path


def soap_reply(reply: Reply, limits: Limits) -> SoapReply:
    """Make sense of an HTTP reply as SOAP; NoAnswer ``malformed`` for a 2xx that is none."""
    try:
        root = _tree(reply.body, limits)
    except NoAnswer:
        if 200 <= reply.status < 300:
            raise
        root = None
    body, fault = None, None
    holder = _child(root, "Body") if root is not None and _local(root) == "Envelope" else None
    first = next((child for child in holder if isinstance(child.tag, str)), None) if holder is not None else None
    if first is not None and _local(first) == "Fault":
        fault = fault_of(first)
    else:
        body = first
    if root is not None and holder is None and 200 <= reply.status < 300:
        raise NoAnswer("malformed", "expected a SOAP envelope, found other XML")
    return SoapReply(reply.status, body, fault, reply.evidence, reply.seen_at, reply.login, reply.sent_login)


def _tree(data: bytes, limits: Limits) -> etree._Element:
    start = data.find(b"<")  # some devices put blanks, newlines or a MIME head before the envelope
    data = data[max(start, 0) :]
    try:
        return parse_xml(data, limits)
    except NoAnswer:
        return parse_xml(data, limits, recover=True)


def fault_of(fault: etree._Element) -> SoapFault:
    """A SOAP 1.1 or 1.2 fault, with or without namespaces."""
    code_holder = _child(fault, "Code")
    if code_holder is None:
        return SoapFault(_word(_text(fault, "faultcode")), "", _text(fault, "faultstring"))
    subcode, inner = "", _child(code_holder, "Subcode")
    while inner is not None:
        subcode = _word(_text(inner, "Value")) or subcode
        inner = _child(inner, "Subcode")
    reason = _child(fault, "Reason")
    said = _text(reason, "Text") if reason is not None else ""
    return SoapFault(_word(_text(code_holder, "Value")), subcode, said)


def clock_of(answer: etree._Element) -> datetime | None:
    """The UTC time of a GetSystemDateAndTime answer; None where it is missing or impossible."""
    moment = next((element for element in answer.iter() if _local(element) == "UTCDateTime"), None)
    if moment is None:
        return None
    numbers = {_local(element): (element.text or "").strip() for element in moment.iter()}
    try:
        year, month, day, hour, minute, second = (
            int(numbers[name]) for name in ("Year", "Month", "Day", "Hour", "Minute", "Second")
        )
        return datetime(year, month, day, hour, minute, min(second, 59), tzinfo=UTC)
    except (KeyError, ValueError):
        return None


def _local(element: etree._Element) -> str:
    # QName would refuse the namespaces that a mended document may have
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _child(element: etree._Element, name: str) -> etree._Element | None:
    return next((child for child in element if _local(child) == name), None)


def _text(element: etree._Element, name: str) -> str:
    child = _child(element, name)
    return clean_text(child.text or "").strip()[:400] if child is not None else ""


def _word(qualified: str) -> str:
    return qualified.rpartition(":")[2]
