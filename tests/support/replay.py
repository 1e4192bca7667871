"""A small web server on loopback that answers with given bodies: recordings of real devices, or invented ones.

It asks for no login, keeps every request it got, and answers 404 to what it does not know.
"""

from __future__ import annotations

import contextlib
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from doors import door

from scanner.drivers import DeviceReadings, read_device
from scanner.model import Endpoint, Feature, Identity
from scanner.net import Limits
from scanner.secret import Login

_OPERATION = re.compile(rb"<(?:[\w-]+:)?Body[^>]*>\s*<(?:[\w-]+:)?(\w+)")
_ENVELOPE = (
    '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:tds="http://www.onvif.org/ver10/device/wsdl" '
    'xmlns:tt="http://www.onvif.org/ver10/schema" xmlns:trt="http://www.onvif.org/ver10/media/wsdl" '
    'xmlns:tr2="http://www.onvif.org/ver20/media/wsdl" xmlns:tan="http://www.onvif.org/ver20/analytics/wsdl" '
    'xmlns:fc="http://www.onvif.org/ver20/analytics/humanface" '
    'xmlns:bd="http://www.onvif.org/ver20/analytics/humanbody" '
    'xmlns:tev="http://www.onvif.org/ver10/events/wsdl" xmlns:wsnt="http://docs.oasis-open.org/wsn/b-2" '
    'xmlns:wstop="http://docs.oasis-open.org/wsn/t-1" xmlns:tns1="http://www.onvif.org/ver10/topics">'
    "<s:Body>{body}</s:Body></s:Envelope>"
)
_FAULT = (
    '<s:Fault xmlns:ter="http://www.onvif.org/ver10/error"><s:Code><s:Value>s:Receiver</s:Value><s:Subcode>'
    "<s:Value>ter:ActionNotSupported</s:Value></s:Subcode></s:Code><s:Reason>"
    '<s:Text xml:lang="en">not here</s:Text></s:Reason></s:Fault>'
)


@dataclass
class Replay:
    """What the server knows: ``pages`` by path (with query), ``calls`` by SOAP operation, ``methods`` by path and JSON
    method. A page is a body, or (status, body)."""

    address: str
    pages: dict[str, str | tuple[int, str]] = field(default_factory=dict)
    calls: dict[str, str] = field(default_factory=dict)
    methods: dict[tuple[str, str], str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    port: int = 0

    def answer(self, method: str, path: str, body: bytes) -> tuple[int, str]:
        if method == "POST" and (found := _OPERATION.search(body)):
            operation = found[1].decode()
            self.asked.append(operation)
            inner = self.calls.get(operation)
            return (500, _ENVELOPE.format(body=_FAULT)) if inner is None else (200, _ENVELOPE.format(body=inner))
        if method == "POST":
            named = re.search(rb'"method"\s*:\s*"(\w+)"', body)
            name = named[1].decode() if named else ""
            self.asked.append(f"{path} {name}")
            return (200, self.methods[path, name]) if (path, name) in self.methods else (404, "")
        self.asked.append(path)
        page = self.pages.get(path, (404, ""))
        return page if isinstance(page, tuple) else (200, page)

    def read(self, maker: str | None, *, kind: Any = "camera", login: Login | None = None) -> DeviceReadings:
        """All drivers that want it, through the real door."""
        onvif = [Endpoint(self.address, self.port, "tcp", "onvif", "/onvif/device_service")] if self.calls else []
        endpoints = [Endpoint(self.address, self.port, "tcp", "http"), *onvif]
        with door(limits=Limits()).link(self.address, login=login) as link:
            return read_device(link, Identity(maker=maker, kind=kind), endpoints)


@contextlib.contextmanager
def serving(replay: Replay) -> Iterator[Replay]:
    """The server, while the block runs."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # head and body leave together: apart they wait for an acknowledgement, 40 ms each time

        def _reply(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            status, text = replay.answer(self.command, self.path, self.rfile.read(length))
            data = text.encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)
            self.wfile.flush()

        do_GET = _reply  # noqa: N815  # the name the server looks for
        do_POST = _reply  # noqa: N815

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Silence: the test keeps what was asked."""

    server = ThreadingHTTPServer((replay.address, 0), Handler)
    server.daemon_threads = True
    replay.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield replay
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def rows(readings: DeviceReadings) -> dict[tuple[str, str], Feature]:
    """Features by (feature, channel)."""
    return {(row.feature, row.channel): row for row in readings.features}


def facts(readings: DeviceReadings) -> dict[str, Any]:
    """Values of known facts by key."""
    return {seen.key: seen.fact.value for seen in readings.facts if hasattr(seen.fact, "value")}
