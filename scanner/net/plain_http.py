"""HTTP by hand, for replies no library reads: HTTP/0.9, RTSP or ICY status lines, two different lengths.

GET without credentials only. The bytes are kept: a reply that broken is a fact about the device.
"""

from __future__ import annotations

import re

from scanner.errors import NoAnswer
from scanner.net import tcp
from scanner.net.guard import host_of
from scanner.net.limits import clean_text, decode_text
from scanner.net.web import USER_AGENT, RawAnswer, Wire

_STATUS = re.compile(rb"\s*(HTTP|RTSP|ICY|SIP|RTP)[/\d.]*[ \t]+(\d{3})[ \t]*([^\r\n]{0,200})\r?\n?", re.IGNORECASE)


def fetch(wire: Wire, path: str, *, port: int, tls: bool) -> RawAnswer:
    """One GET on a connection of its own; NoAnswer when nothing or nothing like a page comes."""
    where = host_of(wire.address, port)
    request = (
        f"GET {path} HTTP/1.1\r\nHost: {where}\r\nUser-Agent: {USER_AGENT}\r\nAccept: */*\r\n"
        "Accept-Encoding: identity\r\nConnection: close\r\n\r\n"
    ).encode()
    plain = wire.connect(port)
    sock = wire.handshake(plain, port) if tls else plain
    with sock:
        wire.asks(port, "http", "GET", path, len(request))
        data = bytearray()
        try:
            sock.sendall(request)
            while not _is_whole(data) and (piece := sock.recv(65_536)):
                data += piece
        except OSError as problem:
            if not data:
                raise tcp.translated(problem, where) from problem
    if not data:
        raise NoAnswer("closed-early", f"{where}: hung up without a byte")
    try:
        answer = read_reply(bytes(data))
    except NoAnswer:
        wire.guard.evidence.keep(wire.address, port, f"GET {path}", "unreadable", bytes(data), wire.guard.now())
        raise
    wire.heard(answer.status, len(answer.body))
    return answer


def _is_whole(data: bytearray) -> bool:
    head, end, body = bytes(data).partition(b"\r\n\r\n")
    if not end:
        return False
    lengths = [int(length) for length in re.findall(rb"(?im)^content-length[ \t]*:[ \t]*(\d{1,9})", head)]
    return bool(lengths) and len(body) >= max(lengths)


def read_reply(data: bytes) -> RawAnswer:
    """Whatever came, as far as it can be read. Pure. NoAnswer ``malformed`` for bytes that are no page."""
    found = _STATUS.match(data)
    if found is None:
        if data.lstrip()[:1] == b"<":  # HTTP/0.9: the page and nothing else
            return RawAnswer(200, "", [], data)
        raise NoAnswer("malformed", f"expected HTTP, found {clean_text(decode_text(data[:40]))!r}")
    head, _, body = re.sub(rb"\r?\n\r?\n", b"\r\n\r\n", b"\r\n" + data[found.end() :], count=1).partition(b"\r\n\r\n")
    headers = []
    for line in head.splitlines()[:100]:
        name, colon, value = line.partition(b":")
        if colon and name.strip():
            headers.append((decode_text(name).strip(), decode_text(value).strip()))
    return RawAnswer(int(found[2]), decode_text(found[3]).strip(), headers, body)
