"""ONVIF over SOAP 1.2 as a virtual device answers it: login, faults, and which call belongs to which module.

PRE_AUTH operations (ONVIF Core, access classes) are answered to everybody; all others ask for HTTP Digest or a
WS-UsernameToken made near the device's own clock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from lxml import etree

from scanner.lab.device import LabDevice
from scanner.lab.gate import Verdict
from scanner.lab.onvif import analytics, device_service, media
from scanner.lab.onvif.namespaces import DECLARATIONS, PREFIX_OF
from scanner.lab.rtsp import note_rejection
from scanner.lab.wire import Answer, Request

PRE_AUTH = frozenset(
    {
        "GetWsdlUrl", "GetServices", "GetServiceCapabilities", "GetCapabilities", "GetHostname",
        "GetSystemDateAndTime", "GetEndpointReference",
    }
)  # fmt: skip
_HEAVY = frozenset({"GetSystemBackup", "GetSystemSupportInformation", "GetSystemLog", "GetStreamUri", "GetSnapshotUri"})
_SUBSCRIPTIONS = frozenset({"Subscribe", "CreatePullPointSubscription", "PullMessages", "Renew", "Unsubscribe", "Seek"})
_PARSER = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
CONTENT_TYPE = "application/soap+xml; charset=utf-8"

Operation: TypeAlias = Callable[[LabDevice, etree._Element], str]
_OPERATIONS: dict[tuple[str, str], Operation] = {
    **device_service.OPERATIONS,
    **media.OPERATIONS,
    **analytics.OPERATIONS,
}


@dataclass(frozen=True, slots=True)
class _Call:
    prefix: str
    name: str
    element: etree._Element
    envelope: etree._Element


def is_soap(device: LabDevice, request: Request) -> bool:
    """Say whether this is a call to an ONVIF address, whether or not the device has ONVIF."""
    onvif = device.personality.onvif
    own = onvif is not None and request.path == onvif.service_path
    return request.method == "POST" and (own or request.path.startswith("/onvif"))


def harm_of(request: Request) -> Iterator[tuple[str, str]]:
    """What of this call would hurt a real device: (kind, detail)."""
    call = _call(request.body)
    if call is None:
        yield "malformed-soap", repr(request.body[:80])
        return
    if call.name in _SUBSCRIPTIONS:
        yield "subscription", call.name
    elif call.name in _HEAVY:
        yield "media", call.name
    elif not call.name.startswith("Get"):
        yield "state-change", call.name
    for password in call.envelope.iter("{*}Password"):
        if not (password.get("Type") or "").endswith("PasswordDigest") and not request.tls:
            yield "clear-basic", "WS-UsernameToken with PasswordText"


def respond(device: LabDevice, request: Request) -> Answer:
    """Answer one SOAP call."""
    onvif = device.personality.onvif
    if onvif is None:
        return Answer(404, b"", "text/html")
    call = _call(request.body)
    if call is None:
        return _fault(400, "env:Sender", "ter:WellFormed", "not a SOAP envelope")
    if call.name not in PRE_AUTH and not onvif.anonymous:
        refusal = _login(device, request, call)
        if refusal is not None:
            return refusal
    operation = _OPERATIONS.get((call.prefix, call.name))
    hidden = (call.prefix == "tan" and not onvif.analytics) or (call.prefix == "tr2" and not onvif.media2)
    unsaid = (call.prefix, call.name) == ("tan", "GetServiceCapabilities") and not onvif.flags
    if operation is None or hidden or unsaid:
        if onvif.faults == "gsoap":
            reason = f"Method '{call.prefix}:{call.name}' not implemented: method name or namespace not recognized"
            return _fault(400, "env:Sender", "", reason)
        return _fault(500, "env:Receiver", "ter:ActionNotSupported", "Optional action not implemented")
    return _envelope(200, operation(device, call.element))


def _call(body: bytes) -> _Call | None:
    try:
        envelope = etree.fromstring(body, _PARSER)
    except (etree.XMLSyntaxError, ValueError):
        return None
    soap_body = envelope.find("{*}Body")
    if etree.QName(envelope).localname != "Envelope" or soap_body is None or len(soap_body) != 1:
        return None
    name = etree.QName(soap_body[0])
    return _Call(PREFIX_OF.get(name.namespace or "", ""), name.localname, soap_body[0], envelope)


def _login(device: LabDevice, request: Request, call: _Call) -> Answer | None:
    """None when the login is accepted, else the refusal."""
    wants = device.personality.onvif.wants if device.personality.onvif else "both"
    token = call.envelope.find(".//{*}UsernameToken")
    header = request.headers.get("authorization")
    if token is not None and wants != "digest":
        verdict = _token_verdict(device, token)
        if verdict == "accepted":
            return None
        note_rejection(device, request.port, f"ONVIF {call.name}", device.onvif_gate)
        return _fault(400, "env:Sender", "ter:NotAuthorized", "Sender not authorized")
    if wants == "token":
        return _fault(400, "env:Sender", "ter:NotAuthorized", "Sender not authorized")
    verdict = device.onvif_gate.check_http(header, request.method, request.target, device.realm)
    if verdict == "accepted":
        return None
    if verdict in ("rejected", "locked"):
        note_rejection(device, request.port, f"ONVIF {call.name}", device.onvif_gate)
    fault = _fault(401, "env:Sender", "ter:NotAuthorized", "Sender not authorized")
    challenges = device.onvif_gate.challenges(device.realm, stale=verdict == "stale")
    return Answer(401, fault.body, fault.content_type, tuple(("WWW-Authenticate", value) for value in challenges))


def token_verdict(device: LabDevice, body: bytes) -> Verdict:
    """What the gate says of the token in an envelope."""
    call = _call(body)
    token = call.envelope.find(".//{*}UsernameToken") if call is not None else None
    return "missing" if token is None else _token_verdict(device, token)


def _token_verdict(device: LabDevice, token: etree._Element) -> Verdict:
    password = token.find("{*}Password")
    return device.onvif_gate.check_token(
        token.findtext("{*}Username") or "",
        (password.get("Type") or "") if password is not None else "",
        (password.text or "") if password is not None else "",
        (token.findtext("{*}Nonce") or "").strip(),
        (token.findtext("{*}Created") or "").strip(),
        device.now(),
    )


def not_authorized() -> Answer:
    """The fault for a login without the right to a call."""
    return _fault(400, "env:Sender", "ter:NotAuthorized", "Sender not authorized")


def _envelope(status: int, inner: str) -> Answer:
    head = '<?xml version="1.0" encoding="UTF-8"?>\n'
    text = f"{head}<env:Envelope {DECLARATIONS}><env:Body>{inner}</env:Body></env:Envelope>"
    return Answer(status, text.encode(), CONTENT_TYPE)


def _fault(status: int, code: str, subcode: str, reason: str) -> Answer:
    sub = f"<env:Subcode><env:Value>{subcode}</env:Value></env:Subcode>" if subcode else ""
    return _envelope(
        status,
        f"<env:Fault><env:Code><env:Value>{code}</env:Value>{sub}</env:Code>"
        f'<env:Reason><env:Text xml:lang="en">{reason}</env:Text></env:Reason></env:Fault>',
    )
