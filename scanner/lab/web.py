"""The HTTP server of the virtual devices: reads requests, keeps the login, judges harm, asks the style."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
from http import HTTPStatus

from scanner.lab import onvif
from scanner.lab.device import LabDevice
from scanner.lab.journal import harm_of_path
from scanner.lab.recorded import NOTHING
from scanner.lab.rtsp import note_rejection
from scanner.lab.wire import Answer, Asked, Request, page
from scanner.lab.words import Fault

IDLE_SECONDS = 30.0
MAX_BODY = 1_000_000
TLS_HELLO = b"\x16"
GARBAGE = bytes(range(128, 256)) + b"<{&%\x00" * 4
_READING_VERBS = ("GET", "HEAD", "POST", "OPTIONS")
_WRITING_VERBS = ("PUT", "DELETE", "PATCH")


async def serve_http(
    device: LabDevice, port: int, tls: bool, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, asked: Asked
) -> None:
    """Answer requests on one connection until either side closes it."""
    while True:
        request = await _read(device, port, tls, reader)
        if request is None:
            return
        device.journal.saw(device.address, port, "tcp", "http", request.method, request.shown)
        asked()
        device.journal.count_request(device.address, port, device.personality.fragile_rate)
        _judge(device, request)
        if device.reply_seconds:
            await asyncio.sleep(device.reply_seconds)
        answer = respond(device, request)
        if answer.status == NOTHING:
            if answer.body:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(reader.read(1), IDLE_SECONDS)
            return
        fault = fault_of(device, request) if answer.status < HTTPStatus.BAD_REQUEST else None
        if fault == "silent":
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(reader.read(1), IDLE_SECONDS)  # until the visitor hangs up
            return
        if fault is not None:
            answer = _spoil(device, request, answer, fault)
        close = request.headers.get("connection", "").lower() == "close"
        writer.write(_encode(device, request, answer, close=close))
        await writer.drain()
        if close:
            return


async def _read(device: LabDevice, port: int, tls: bool, reader: asyncio.StreamReader) -> Request | None:
    try:
        first = await asyncio.wait_for(reader.readexactly(1), IDLE_SECONDS)
        if first == TLS_HELLO:  # a visitor who asks what the port speaks; servers hang up on it
            device.journal.saw(device.address, port, "tcp", "tls")
            return None
        head = first + await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), IDLE_SECONDS)
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, TimeoutError) as error:
        partial = getattr(error, "partial", b"")
        if partial:
            device.journal.hurt(device.address, port, "not-http", repr(partial[:60]))
        return None
    lines = head.decode("latin-1").split("\r\n")
    method, _, rest = lines[0].partition(" ")
    target, _, version = rest.rpartition(" ")
    if not version.startswith("HTTP/1."):
        device.journal.hurt(device.address, port, "not-http", lines[0])
        return None
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
    length = headers.get("content-length", "0")
    body = b""
    if headers.get("transfer-encoding", "").lower() == "chunked":
        device.journal.hurt(device.address, port, "malformed-request", "chunked request body")
        return None
    if length.isdecimal() and 0 < int(length) <= MAX_BODY:
        try:
            body = await asyncio.wait_for(reader.readexactly(int(length)), IDLE_SECONDS)
        except (asyncio.IncompleteReadError, TimeoutError):
            device.journal.hurt(device.address, port, "malformed-request", f"{lines[0]}: body shorter than announced")
            return None
    return Request(method, target, headers, body, port, tls)


def _judge(device: LabDevice, request: Request) -> None:
    """Write down whatever would have hurt."""

    def hurt(kind: str, detail: str) -> None:
        device.journal.hurt(device.address, request.port, kind, detail)

    line = f"{request.method} {request.target}"
    if request.method in _WRITING_VERBS:
        hurt("write", line)
    elif request.method not in _READING_VERBS:
        hurt("unknown-verb", line)
    found = harm_of_path(request.shown)
    if found is not None and not (found[0] == "login-step" and device.style.logs_in(device, request)):
        hurt(*found)
    if request.headers.get("authorization", "").lower().startswith("basic") and not request.tls:
        hurt("clear-basic", line)
    if request.method == "POST":
        if not request.body:
            hurt("bodiless-post", line)
        elif onvif.is_soap(device, request):
            for kind, detail in onvif.harm_of(request):
                hurt(kind, detail)
        elif not device.style.reads_by_post(device, request):
            hurt("write", f"{line}: {request.body[:80]!r}")


def fault_of(device: LabDevice, request: Request) -> Fault | None:
    """What is wrong with the answer to this request: the first fault whose word stands in its target or body."""
    for word, fault in device.personality.faults.items():
        if word in request.target or word.encode() in request.body:
            return fault
    return None


def _spoil(device: LabDevice, request: Request, answer: Answer, fault: Fault) -> Answer:
    if fault == "malformed":
        return dataclasses.replace(answer, body=GARBAGE)
    if onvif.is_soap(device, request):
        return onvif.not_authorized()
    return page("<html><body>403 Forbidden</body></html>", status=HTTPStatus.FORBIDDEN)


def respond(device: LabDevice, request: Request) -> Answer:
    """Answer one request, with the login where it is asked for."""
    if device.recorded is not None:
        return device.recorded.respond(device, request)
    if onvif.is_soap(device, request):
        return onvif.respond(device, request)
    if "http-onvif" in device.ports and request.port == device.ports["http-onvif"]:
        return page("", status=404)
    if request.method not in ("GET", "HEAD", "POST"):
        return page("<html><body>405 Method Not Allowed</body></html>", status=405)
    answer = device.style.open_page(device, request)
    if answer is not None:
        return answer
    if not device.style.guards(device, request):
        return page("<html><head><title>404 Not Found</title></head><body>404 Not Found</body></html>", status=404)
    verdict = device.gate.check_http(request.headers.get("authorization"), request.method, request.target, device.realm)
    if verdict in ("rejected", "locked"):
        note_rejection(device, request.port, f"{request.method} {request.path}")
    if verdict != "accepted":
        refusal = device.style.denied(device, "locked" if device.gate.locked else verdict)
        if refusal.status != HTTPStatus.UNAUTHORIZED:
            return refusal
        challenges = device.gate.challenges(device.realm, stale=verdict == "stale")
        headers = tuple(("WWW-Authenticate", value) for value in challenges)
        return Answer(refusal.status, refusal.body, refusal.content_type, (*headers, *refusal.headers))
    answer = device.style.guarded_page(device, request)
    return answer or page(
        "<html><head><title>404 Not Found</title></head><body>404 Not Found</body></html>", status=404
    )


def _encode(device: LabDevice, request: Request, answer: Answer, *, close: bool) -> bytes:
    lines = [f"HTTP/1.1 {answer.status} {answer.reason or HTTPStatus(answer.status).phrase}"]
    if device.personality.server:
        lines.append(f"Server: {device.fill(device.personality.server)}")
    shout = bool(device.personality.extra.get("capital_headers"))
    headers = [
        *answer.headers,
        *([("Content-Type", answer.content_type)] if answer.content_type else []),
        ("Content-Length", str(len(answer.body))),
        ("Connection", "close" if close else "keep-alive"),
    ]
    lines += [f"{name.upper() if shout and name != 'WWW-Authenticate' else name}: {value}" for name, value in headers]
    head = "\r\n".join(lines).encode() + b"\r\n\r\n"
    return head if request.method == "HEAD" else head + answer.body
