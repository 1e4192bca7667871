"""RTSP (RFC 2326): OPTIONS and DESCRIBE on one connection, no login, nothing played. The grammar is pure functions."""

from __future__ import annotations

import re
import socket

from scanner.errors import NoAnswer
from scanner.net import tcp
from scanner.net.guard import host_of
from scanner.net.limits import Limits, clean_text, decode_text
from scanner.net.replies import RtspReply
from scanner.net.tap import Heard
from scanner.net.web import USER_AGENT, Wire

_STATUS = re.compile(rb"RTSP/\d\.\d[ \t]+(\d{3})(?:[ \t]+([^\r\n]*))?$")
_MOST_HEADERS = 100


def request_of(method: str, url: str, sequence: int) -> bytes:
    """One request as it goes out."""
    accept = "Accept: application/sdp\r\n" if method == "DESCRIBE" else ""
    return f"{method} {url} RTSP/1.0\r\nCSeq: {sequence}\r\nUser-Agent: {USER_AGENT}\r\n{accept}\r\n".encode()


def split_head(data: bytes) -> tuple[bytes, bytes] | None:
    """(head, rest) once the blank line is there, else None. Bare newlines count as line ends."""
    found = re.search(rb"\r?\n\r?\n", data)
    return (data[: found.start()], data[found.end() :]) if found else None


def parse_head(head: bytes) -> tuple[int, dict[str, list[str]]]:
    """Status and headers (names in lower case); NoAnswer ``malformed`` when it is no RTSP reply."""
    lines = head.lstrip().splitlines()
    found = _STATUS.match(lines[0].rstrip()) if lines else None
    if found is None:
        raise NoAnswer("malformed", f"expected RTSP, found {clean_text(decode_text(head[:40]))!r}")
    headers: dict[str, list[str]] = {}
    for line in lines[1 : _MOST_HEADERS + 1]:
        name, colon, value = line.partition(b":")
        if colon and name.strip():
            headers.setdefault(decode_text(name).strip().lower(), []).append(decode_text(value).strip())
    return int(found[1]), headers


def body_length(headers: dict[str, list[str]], limits: Limits) -> int:
    """Bytes of the body; 0 where none is announced. NoAnswer ``too-large``."""
    text = headers.get("content-length", ["0"])[0]
    length = int(text) if re.fullmatch(r"[0-9]{1,9}", text) else 0
    if length > limits.rtsp_bytes:
        raise NoAnswer("too-large", f"the RTSP reply announces {length:,} bytes")
    return length


def ask(wire: Wire, port: int, *, tls: bool) -> list[RtspReply]:
    """OPTIONS, then DESCRIBE. What came before a failure is given back; NoAnswer when nothing came."""
    where = host_of(wire.address, port)
    url = f"{'rtsps' if tls else 'rtsp'}://{where}/"
    plain = wire.connect(port)
    replies: list[RtspReply] = []
    with wire.handshake(plain, port) if tls else plain as line:
        rest = b""
        for sequence, method in enumerate(("OPTIONS", "DESCRIBE"), 1):
            try:
                reply, rest = _exchange(wire, line, port, method, url, sequence, rest)
            except NoAnswer:
                if not replies:
                    raise
                break
            replies.append(reply)
    return replies


def _exchange(
    wire: Wire, sock: socket.socket, port: int, method: str, url: str, sequence: int, rest: bytes
) -> tuple[RtspReply, bytes]:
    guard = wire.guard
    request = request_of(method, url, sequence)
    seq = wire.asks(port, "rtsp", method, url, len(request))
    data = rest
    try:
        sock.sendall(request)
        while (parts := split_head(data)) is None:
            data = _more(sock, data, guard.limits)
        head, body = parts
        status, headers = parse_head(head)
        length = body_length(headers, guard.limits)
        while len(body) < length:
            body = _more(sock, body, guard.limits)
    except OSError as problem:
        raise tcp.translated(problem, url, wire.allowance.received) from problem
    body, rest = body[:length], body[length:]
    guard.ledger.answered(seq, wire.address, port, str(status), len(head) + len(body))
    evidence = guard.evidence.keep(
        wire.address, port, f"{method} {url}", str(status), head + b"\r\n\r\n" + body, guard.now()
    )
    if guard.tap is not None:
        fields = tuple((name, value) for name, values in headers.items() for value in values)
        guard.tap.heard(
            Heard(
                protocol="rtsp",
                address=wire.address,
                port=port,
                tls=url.startswith("rtsps"),
                method=method,
                path=url,
                status=status,
                headers=fields,
                data=body,
                evidence=evidence,
            )
        )
    return RtspReply(method, status, headers, body, evidence), rest


def _more(sock: socket.socket, data: bytes, limits: Limits) -> bytes:
    piece = sock.recv(16_384)
    if not piece:
        raise NoAnswer("closed-early", f"after {len(data)} bytes")
    if len(data) + len(piece) > limits.rtsp_bytes + limits.header_bytes:
        raise NoAnswer("too-large", "the RTSP reply does not end")
    return data + piece
