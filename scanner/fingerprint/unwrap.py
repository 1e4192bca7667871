"""Device text brought into the form the patterns expect: bounded, without control bytes, without its wrapping.

Collectors hand over the same thing in several forms (a realm or the whole WWW-Authenticate header, a title or the
``<title>`` element, "CN=x, O=y" or "/O=y/CN=x"); a device can hand over anything at all. Nothing here raises.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator

LIMIT = 64 * 1024
"""Characters looked at; what lies behind is not read."""

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_BLANK = re.compile(r"\s{1,500}")
_TITLE = re.compile(r"(?is)<title[^<>]{0,200}>(.{0,500}?)</title")
_REALM = re.compile(r'(?i)realm {0,3}= {0,3}(?:"([^"\r\n]{0,300})"|\'([^\'\r\n]{0,300})\'|([^\s,"]{1,300}))')
_HEADER = re.compile(r"(?i)^(?:server|user-agent|set-cookie|www-authenticate|title|realm)\s{0,3}:\s{0,3}")
_SERVER_LINE = re.compile(r"(?im)^server\s{0,3}:[ \t]{0,4}([^\r\n]{1,300})")
_COOKIE_LINE = re.compile(r"(?im)^set-cookie\s{0,3}:[ \t]{0,4}([^\r\n]{1,300})")
_STATUS_LINE = re.compile(r"(?m)^(HTTP|RTSP)/[12](?:\.\d)? {1,3}\d{3}\b")
_END_OF_HEAD = re.compile(r"\r?\n\r?\n")
_BODY_WITHOUT_END_OF_HEAD = re.compile(r"(?m)^(?=<|[{\[]|v=\d|[som]=)")
"""Where a body begins in a reply without the empty line, as some units send it."""
_SESSION = re.compile(r"(?m)^[vosm]=")
_SNMP = re.compile(r"^\S{1,80} = (?:STRING|OID|Hex-STRING): ?")
_MD5 = re.compile(r"(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])")
_LONG_NAMES = (
    (re.compile(r"(?i)(?:^|(?<=[,/ ]))commonName\s{0,2}="), "CN="),
    (re.compile(r"(?i)(?:^|(?<=[,/ ]))organizationName\s{0,2}="), "O="),
    (re.compile(r"(?i)(?:^|(?<=[,/ ]))organizationalUnitName\s{0,2}="), "OU="),
)
_AROUND = re.compile(r"\s{0,4}([=,])\s{0,4}")
_SLASHES = re.compile(r"/(?=[A-Za-z]{1,20}=)")
_QUOTED = re.compile(r'="([^"]{0,200})"')


def clean(raw: str) -> str:
    """The first ``LIMIT`` characters without control characters (line ends and tabs stay) and outer blanks."""
    return _CONTROL.sub("", raw[:LIMIT]).strip().lstrip("\ufeff")


def one_line(text: str) -> str:
    """Blanks of any kind as single spaces."""
    return _BLANK.sub(" ", text).strip()


def _header_value(text: str) -> list[str]:
    return [one_line(_HEADER.sub("", text[:2000]))]


def _title(text: str) -> list[str]:
    return [title_in(text) or one_line(html.unescape(_HEADER.sub("", text[:2000])))]


def _realms(text: str) -> list[str]:
    found = list(dict.fromkeys(a or b or c for a, b, c in _REALM.findall(text[:8000])))
    return [one_line(realm) for realm in found[:8]] if found else [one_line(_HEADER.sub("", text[:2000])).strip("\"'")]


def _distinguished_name(text: str) -> list[str]:
    name = one_line(text[:4000])
    for long, short in _LONG_NAMES:
        name = long.sub(short, name)
    if name.startswith("/"):
        name = _SLASHES.sub(",", name).lstrip(",")
    return [_QUOTED.sub(r"=\1", _AROUND.sub(r"\1", name))]


def _snmp_value(text: str) -> list[str]:
    """A value as a walk prints it, with the object and the type in front, or alone."""
    value = _SNMP.sub("", text).removeprefix("OID: ")
    return [value.strip('"') if value.startswith('"') else value]


def _favicon_hash(text: str) -> list[str]:
    found = _MD5.search(text[:200].lower())
    return [found[0] if found else text[:100].lower()]


def title_in(page: str) -> str:
    """The text of a page's title element; '' where it has none. One that is commented out counts where no other is."""
    found = _TITLE.search(_without_comments(page)) or _TITLE.search(page)
    return one_line(html.unescape(found[1])) if found else ""


def _without_comments(page: str) -> str:
    parts = page.split("<!--")
    return parts[0] + "".join(part.partition("-->")[2] for part in parts[1:])


def _whole(text: str) -> list[str]:
    return [text]


_FORMS: dict[str, Callable[[str], list[str]]] = {
    "http-server-header": _header_value,
    "http-title": _title,
    "http-realm": _realms,
    "http-set-cookie": _header_value,
    "http-favicon-md5": _favicon_hash,
    "rtsp-server": _header_value,
    "rtsp-realm": _realms,
    "ssdp-server": _header_value,
    "sip-server": _header_value,
    "tls-subject": _distinguished_name,
    "tls-issuer": _distinguished_name,
    "snmp-sysdescr": _snmp_value,
    "snmp-sysobjectid": _snmp_value,
}


def views(seen_in: str, text: str) -> Iterator[tuple[str, str]]:
    """Each (kind, text) a cleaned text can be matched as: itself, and the headers, title and session it contains.

    A text of web or stream that begins with a status line is one reply or several: then its parts are all there is.
    """
    if seen_in.startswith(("http-", "rtsp-")) and _STATUS_LINE.match(text):
        starts = [found.start() for found in _STATUS_LINE.finditer(text)][:8]
        for start, end in zip(starts, [*starts[1:], len(text)], strict=True):
            yield from _of_reply(text[start:end])
        return
    for form in _FORMS.get(seen_in, _whole)(text):
        if form:
            yield seen_in, form
    if seen_in in ("rtsp-response", "ssdp") and (line := _SERVER_LINE.search(text)):
        yield ("rtsp-server" if seen_in == "rtsp-response" else "ssdp-server"), one_line(line[1])
    if seen_in == "http-body" and (title := title_in(text)):
        yield "http-title", title


def _of_reply(text: str) -> Iterator[tuple[str, str]]:
    """What one whole reply holds: headers, challenges, cookies and body. The status line tells the protocol."""
    web = text.startswith("HTTP")
    end = _END_OF_HEAD.search(text) or _BODY_WITHOUT_END_OF_HEAD.search(text)
    head, body = (text[: end.start()], text[end.end() :].strip()) if end else (text, "")
    if not web:
        yield "rtsp-response", text
    if line := _SERVER_LINE.search(head):
        yield "http-server-header" if web else "rtsp-server", one_line(line[1])
    if "realm" in head.lower():
        for realm in _realms(head):
            yield "http-realm" if web else "rtsp-realm", realm
    if web:
        for cookie in _COOKIE_LINE.findall(head)[:8]:
            yield "http-set-cookie", one_line(cookie)
    if web and body:
        yield "http-body", body
        if title := title_in(body):
            yield "http-title", title
    elif session := _SESSION.search(body):
        yield "rtsp-sdp", body[session.start() :]
