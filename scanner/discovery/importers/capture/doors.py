"""What servers said over TCP, read by the same readers as a live first contact."""

from __future__ import annotations

import re
from datetime import datetime
from functools import partial

from scanner.discovery.importers.capture.answers import FAVICON, LIMITS, Answer, AnswerReader
from scanner.discovery.importers.capture.datagrams import note_sip
from scanner.discovery.importers.capture.handshakes import HandshakeReader
from scanner.discovery.importers.capture.hosts import Host, HostNotes, Hosts, Said
from scanner.discovery.importers.capture.streams import Listener, Request, Stream, Wants
from scanner.discovery.importers.capture.tally import Tally
from scanner.errors import NoAnswer
from scanner.evidence import without_secrets
from scanner.fingerprint.first_contact import makers_pages, onvif_calls, pages, silent_ports, streams
from scanner.net import Banner, Reply, RtspReply, SoapReply
from scanner.net.limits import decompress
from scanner.net.rtsp import parse_head
from scanner.net.secure import facts_of
from scanner.net.soap import soap_reply

_BANNER_BYTES = 64
_FRAME_BYTES = 16
_READ_OF_A_BODY = 65_536  # bytes, after unpacking; signs of a maker stand near the top
_GENERAL_PAGES = 2  # front pages of one port: room is kept for pages that tell more
_DEVICE_SERVICE = "http://www.onvif.org/ver10/device/wsdl"
_PARAMETERS = re.compile(rb"(?m)^root\.(?:Brand|Properties\.(?:Firmware|System))\.[^\r\n]{1,300}")
_IDENTITY_LINES = re.compile(rb"\s{0,8}(?:type|version|deviceType|serialNumber|processor|updateSerial)=")
_LEGACY = ("SSLv3", "TLSv1", "TLSv1.1")


AWAITED = frozenset({FAVICON, *makers_pages.PAGES})
"""Pages whose answers are known by their whole name."""


class Doors:
    """Chooses who listens to a stream, and notes what was heard at the host it came from."""

    def __init__(self, hosts: Hosts, tally: Tally) -> None:
        self._hosts = hosts
        self._tally = tally

    def tune(self, stream: Stream, opening: bytes) -> Listener | None:
        """See ``streams.Tune``."""
        start = opening.lstrip(b"\r\n")
        if start.startswith((b"HTTP/", b"SIP/2")):
            heard = self._web if start.startswith(b"HTTP/") else self._sip
            return AnswerReader(partial(heard, stream.server, stream.port), stream.asked, self._tally)
        if start.startswith((b"RTSP/", b"$")):
            return AnswerReader(partial(self._rtsp, stream.server, stream.port), stream.asked, self._tally, rtsp=True)
        if opening.startswith(b"\x16\x03"):
            return HandshakeReader(partial(self._tls, stream.server, stream.port), self._tally)
        if stream.spoke_first:
            return _BannerReader(partial(self._banner, stream.server, stream.port), stream)
        return None

    # -- by protocol -------------------------------------------------------------------------------------

    def _web(self, server: bytes, port: int, answer: Answer) -> None:
        host = self._hosts.of(server, answer.at)
        try:
            reply = _reply(answer, host, port, self._hosts.moment(answer.at))
        except NoAnswer:
            self._tally.answers_dropped += 1
            return
        asked = _asked(answer.request)
        said = Said(port, asked, str(reply.status), lambda: _proof(answer, reply), answer.at)
        self._hosts.learn(host, said, lambda notes: note_web(notes, host, port, reply, answer.request))

    def _sip(self, server: bytes, port: int, answer: Answer) -> None:
        host = self._hosts.of(server, answer.at)
        said = Said(port, "SIP", str(answer.status), lambda: without_secrets(answer.head), answer.at)
        self._hosts.learn(host, said, lambda notes: note_sip(host, notes, port, "tcp", answer.headers))

    def _rtsp(self, server: bytes, port: int, answer: Answer) -> None:
        request = answer.request
        method = request.method if request else ""
        if not method:  # the answers tell themselves apart
            names = {name.lower() for name, _ in answer.headers}
            method = "OPTIONS" if "public" in names else "DESCRIBE" if answer.body.startswith(b"v=0") else ""
        try:
            status, headers = parse_head(without_secrets(answer.head))
        except NoAnswer:
            self._tally.answers_dropped += 1
            return
        reply = RtspReply(method, status, headers, without_secrets(answer.body[:_READ_OF_A_BODY]), "")
        if method not in ("OPTIONS", "DESCRIBE"):
            return
        host = self._hosts.of(server, answer.at)
        door = host.door(port)

        def read(notes: HostNotes) -> None:
            if method == "OPTIONS":
                streams.note_servers(notes, door, [reply])
                return
            streams.note_replies(notes, door, [reply])
            if request is not None and not request.with_login:  # with a login it says nothing of "without"
                streams.note_login(notes, reply)

        self._hosts.learn(
            host,
            Said(port, method, str(status), lambda: without_secrets(answer.head + b"\r\n\r\n" + reply.body), answer.at),
            read,
        )

    def _tls(self, server: bytes, port: int, version: str, leaf: bytes, at: float) -> None:
        host = self._hosts.of(server, at)
        # one version was seen, not all that would be accepted: only an old one proves something
        versions = (version,) if version in _LEGACY else ()
        facts = facts_of(leaf, versions, "") if leaf else None

        def read(notes: HostNotes) -> None:
            notes.shown(host.door(port), "https" if port in pages.HTTPS_PORTS else "tls")
            if facts is not None:
                pages.note_certificate(notes, facts, port)

        self._hosts.learn(host, Said(port, "TLS", version, lambda: leaf, at), read)

    def _banner(self, server: bytes, port: int, data: bytes, at: float) -> None:
        host = self._hosts.of(server, at)
        banner = Banner(without_secrets(data[:_BANNER_BYTES]), "")
        service = silent_ports.service_of_banner(port, data)

        def read(notes: HostNotes) -> None:
            if service:
                silent_ports.note_banner(notes, host.door(port), service, banner)
            else:
                silent_ports.note_control_frame(notes, host.door(port), Banner(data[:_FRAME_BYTES], ""))

        self._hosts.learn(host, Said(port, "banner", "banner", lambda: banner.data, at), read)


class _BannerReader:
    """What a server says before anybody speaks to it; it ends where the client begins."""

    def __init__(self, heard: partial[None], stream: Stream) -> None:
        self._heard = heard
        self._stream = stream
        self._data = b""
        self._at = 0.0

    @property
    def held(self) -> int:
        """Bytes it keeps."""
        return len(self._data)

    def feed(self, data: bytes, at: float) -> Wants:
        """See Listener."""
        if self._stream.client_spoke and self._data:
            self.end()
            return Wants.NOTHING
        self._at = self._at or at
        self._data += data[: _BANNER_BYTES - len(self._data)]
        if len(self._data) < _BANNER_BYTES:
            return Wants.MORE
        self.end()
        return Wants.NOTHING

    def lost(self, size: int) -> Wants:
        """See Listener."""
        del size
        self.end()
        return Wants.NOTHING

    def end(self) -> None:
        """See Listener."""
        if self._data:
            self._heard(self._data, self._at)
        self._data = b""


# -- one answer ------------------------------------------------------------------------------------------


def _asked(request: Request | None) -> str:
    """The page asked for."""
    return f"{request.method} {request.target}" if request else "(request not in the capture)"


def _reply(answer: Answer, host: Host, port: int, seen_at: datetime) -> Reply:
    """The answer as the live scan would have it, without secrets. NoAnswer ``too-large``."""
    body = answer.body
    for name, value in answer.headers:
        if name.lower() == "content-encoding":
            body = decompress(body, value, LIMITS)
    if not (answer.request and answer.request.target == FAVICON):
        body = _whole_characters(without_secrets(_whole_characters(_told_in(body)[:_READ_OF_A_BODY])))
    return Reply(
        answer.status, answer.headers, body, "", seen_at, f"http://{host.address}:{port}",
        complete=answer.is_whole, limits=LIMITS,
    )  # fmt: skip


def _told_in(body: bytes) -> bytes:
    """A parameter dump of hundreds of settings is cut down to the lines that tell who the device is."""
    lines = _PARAMETERS.findall(body) if b"root." in body[:4096] else []
    return b"\n".join(lines[:64]) or body


def _whole_characters(body: bytes) -> bytes:
    """Without the torn UTF-8 character at a cut, which would make the whole text Latin-1."""
    for size in range(1, 4):
        if len(body) >= size and body[-size] >= 0xC0:
            needs = 2 if body[-size] < 0xE0 else 3 if body[-size] < 0xF0 else 4
            return body[:-size] if size < needs else body
    return body


def _proof(answer: Answer, reply: Reply) -> bytes:
    return without_secrets(answer.head) + b"\r\n\r\n" + reply.body


def note_web(notes: HostNotes, host: Host, port: int, reply: Reply, request: Request | None) -> None:
    """Headers of any answer; of bodies those that tell who the device is. Settings and lists are not kept."""
    path = request.target if request else ""
    notes.shown(host.door(port), "http")
    pages.note_page(notes, reply, port, body=False)
    if path == FAVICON:
        if reply.complete:
            pages.note_favicon(notes, reply, port)
        return
    body = reply.body
    if b"Envelope" in body[:2048] and (soap := _soap(reply)) is not None:
        onvif_calls.note_answer(notes, port, soap)
        if soap.body is not None and str(soap.body.tag).startswith(f"{{{_DEVICE_SERVICE}}}"):
            place = path or onvif_calls.PATH
            notes.add(host.door(port, "onvif", place))
        return
    known = makers_pages.PAGES.get(path)
    if known is not None:
        known(notes, reply, port)
    elif b"urn:schemas-upnp-org:device" in body:
        pages.note_description(notes, reply, port)
    elif reply.status == 200 and b"<DeviceInfo" in body[:4096]:
        notes.saw("isapi-deviceinfo", reply.text(), "", port)
    elif reply.status == 200 and b"<InputProxyChannelList" in body[:4096]:
        notes.saw("isapi-inputproxy", reply.text(), "", port)
    elif _tells_identity(body):
        notes.saw("http-body", reply.text(), "", port)
    elif _is_page(reply) and notes.counts["http-body", port] < _GENERAL_PAGES:
        pages.note_page(notes, reply, port)


def _soap(reply: Reply) -> SoapReply | None:
    try:
        return soap_reply(reply, LIMITS)
    except NoAnswer:
        return None


def _tells_identity(body: bytes) -> bool:
    named = b'"propertyList"' in body[:4096] or b'"DeviceModel"' in body[:4096]
    return named or bool(_IDENTITY_LINES.match(body)) or body.startswith(b"root.")


def _is_page(reply: Reply) -> bool:
    """A page for people; on a refusal too, as makers write their own."""
    kind = (reply.header("Content-Type") or "").lower()
    start = reply.body[:512].lstrip().lower()
    return "html" in kind or start.startswith((b"<!doctype html", b"<html", b"<head"))
