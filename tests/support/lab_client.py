"""Clients for the virtual fleet made of the standard library only: a third opinion about the wire."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import http.client
import json
import re
import secrets
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from lxml import etree

SECONDS = 5.0
HTTP, HTTPS, RTSP = 8080, 8443, 8554
LOGIN = ("auditor", "Lab-Passw0rd")


@dataclass(frozen=True)
class Got:
    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key.lower() == name.lower()]

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def xml(self) -> etree._Element:
        return etree.fromstring(self.body)

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    def find(self, name: str) -> str | None:
        """Text of the first element of a local name."""
        for element in self.xml.iter(etree.Element):
            if etree.QName(element).localname == name:
                return element.text or ""
        return None

    @property
    def lines(self) -> dict[str, str]:
        """A key=value reply."""
        return dict(line.split("=", 1) for line in self.text.splitlines() if "=" in line)


def tls_context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


@contextlib.contextmanager
def visit(address: str, port: int = HTTP, *, tls: bool = False) -> Iterator[Visit]:
    """One kept-alive connection."""
    kind = http.client.HTTPSConnection if tls else http.client.HTTPConnection
    extra: dict[str, Any] = {"context": tls_context()} if tls else {}
    connection = kind(address, port, timeout=SECONDS, **extra)
    try:
        yield Visit(connection)
    finally:
        connection.close()


class Visit:
    def __init__(self, connection: http.client.HTTPConnection) -> None:
        self._connection = connection

    def ask(self, method: str, target: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> Got:
        self._connection.request(method, target, body, headers or {})
        response = self._connection.getresponse()
        return Got(response.status, response.getheaders(), response.read())

    def get(self, target: str, login: tuple[str, str] | None = None, *, algorithm: str = "MD5") -> Got:
        return self._with_login("GET", target, None, login, {}, algorithm)

    def post(self, target: str, value: object, login: tuple[str, str] | None = None) -> Got:
        body = json.dumps(value).encode()
        return self._with_login("POST", target, body, login, {"Content-Type": "application/json"}, "MD5")

    def soap(self, operation: str, namespace: str, login: tuple[str, str] | None = None, *, inner: str = "",
             path: str = "/onvif/device_service", header: str = "") -> Got:  # fmt: skip
        body = (
            '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope">'
            f"<s:Header>{header}</s:Header><s:Body>"
            f'<{operation} xmlns="{namespace}">{inner}</{operation}></s:Body></s:Envelope>'
        ).encode()
        return self._with_login("POST", path, body, login, {"Content-Type": "application/soap+xml"}, "MD5")

    def _with_login(self, method: str, target: str, body: bytes | None, login: tuple[str, str] | None,
                    headers: dict[str, str], algorithm: str) -> Got:  # fmt: skip
        got = self.ask(method, target, body, headers)
        if got.status != 401 or login is None:
            return got
        authorization = digest(got.all("WWW-Authenticate"), method, target, login, algorithm)
        return self.ask(method, target, body, {**headers, "Authorization": authorization})


def digest(challenges: list[str], method: str, target: str, login: tuple[str, str], algorithm: str = "MD5") -> str:
    """An RFC 7616 answer with qop=auth, written from the RFC."""
    for challenge in challenges:
        fields = dict(re.findall(r'(\w+)="?([^",]+)"?', challenge))
        if challenge.startswith("Digest") and fields.get("algorithm", "MD5") == algorithm:
            break
    else:
        raise AssertionError(f"no {algorithm} challenge among {challenges}")
    hashed = {"MD5": hashlib.md5, "SHA-256": hashlib.sha256}[algorithm]

    def h(text: str) -> str:
        return hashed(text.encode()).hexdigest()

    user, password = login
    cnonce = secrets.token_hex(8)
    first, second = h(f"{user}:{fields['realm']}:{password}"), h(f"{method}:{target}")
    response = h(f"{first}:{fields['nonce']}:00000001:{cnonce}:auth:{second}")
    return (
        f'Digest username="{user}", realm="{fields["realm"]}", nonce="{fields["nonce"]}", uri="{target}", '
        f'algorithm={algorithm}, qop=auth, nc=00000001, cnonce="{cnonce}", response="{response}"'
    )


def token(login: tuple[str, str], created: datetime | None = None) -> str:
    """A WS-UsernameToken with PasswordDigest."""
    made = (created or datetime.now(UTC)).strftime("%Y-%m-%dT%H:%M:%SZ")
    nonce = secrets.token_bytes(16)
    value = base64.b64encode(hashlib.sha1(nonce + made.encode() + login[1].encode()).digest()).decode()
    wsse = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
    wsu = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
    kind = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0#PasswordDigest"
    return (
        f'<o:Security xmlns:o="{wsse}" xmlns:u="{wsu}"><o:UsernameToken><o:Username>{login[0]}</o:Username>'
        f'<o:Password Type="{kind}">{value}</o:Password><o:Nonce>{base64.b64encode(nonce).decode()}</o:Nonce>'
        f"<u:Created>{made}</u:Created></o:UsernameToken></o:Security>"
    )


def ask_datagram(address: str, port: int, data: bytes, seconds: float = 1.0) -> bytes | None:
    """Send one datagram and wait for one reply."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(seconds)
        sock.sendto(data, (address, port))
        try:
            return sock.recv(65_535)
        except TimeoutError:
            return None


def ask_rtsp(address: str, *requests: str, port: int = RTSP) -> list[str]:
    """Send requests one after the other on one connection; a reply each."""
    replies = []
    with socket.create_connection((address, port), SECONDS) as sock, sock.makefile("rb") as stream:
        for number, request in enumerate(requests, 1):
            sock.sendall(f"{request}\r\nCSeq: {number}\r\n\r\n".encode())
            head = b""
            while not head.endswith(b"\r\n\r\n"):
                line = stream.readline()
                if not line:
                    return replies
                head += line
            text = head.decode()
            length = re.search(r"Content-Length: (\d+)", text)
            replies.append(text + (stream.read(int(length[1])).decode() if length else ""))
    return replies
