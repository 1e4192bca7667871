"""The match lines of nmap's service probes, as a second opinion and as labelled texts; read where nmap is installed.

Nothing of the file is shipped (NPSL). ``evaluate`` tries its lines on a reply as ``nmap -sV`` would; ``samples`` makes
the simplest text each line matches and labels it with the line's own device type and product.
"""

from __future__ import annotations

import re
import re._constants as sre  # the parsed form of an expression; no public name for it exists
import re._parser as parser
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from labelled_rows import Sample, maker_label

from scanner.fingerprint.makers import names

PROBES = Path("/usr/share/nmap/nmap-service-probes")
_LINE = re.compile(
    r"^(?:soft)?match (?P<service>\S+) m(?P<mark>.)(?P<regex>.*?)(?P=mark)(?P<flags>[is]{0,2})(?: (?P<info>.*))?$"
)
_INFO = re.compile(r"(?:^| )(?P<key>cpe:|[pviodh])(?P<mark>[/|%=@#])(?P<value>.*?)(?P=mark)")
_NOT_CCTV = re.compile(
    r"(?i)polycom|tandberg|lifesize|PCS-|pentax|conferenc|viewstation|vcon|codian|skype|HDHomeRun|humax|topfield|tivo|"
    r"in-sight|weatherbug|^motion|active webcam|^ISS|intelligent security systems|webcamXP|TeamViewer|"
    r"camera control|vbrick|gopro|aimetis|go1984|blue iris"
)
"""Conference systems, television recorders, industrial and photo cameras, and software, all under the same type."""
_VIDEO = re.compile(
    r"(?i)\bcam(?:era)?s?\b|webcam|\bIP ?cam|\bDVR\b|\bNVR\b|video server|video encoder|surveillance|CCTV|"
    r"hikvision|dahua"
)
_PARTS = {
    "http-server-header": re.compile(r"(?im)^server: ?([^\r\n]{1,300})"),
    "http-title": re.compile(r"(?is)<title[^<>]{0,80}>(.{1,300}?)</title"),
    "http-realm": re.compile(r"(?im)^www-authenticate: ?([^\r\n]{1,300})"),
    "http-set-cookie": re.compile(r"(?im)^set-cookie: ?([^\r\n]{1,300})"),
}


@dataclass(frozen=True, slots=True)
class MatchLine:
    """One line: its service, expression over bytes, and what it says (p product, i info, d device, o system)."""

    service: str
    regex: re.Pattern[bytes]
    source: str
    info: dict[str, str]

    @property
    def is_camera(self) -> bool | None:
        """What the device type says; None where it says nothing or lumps cameras with other things."""
        device, words = self.info.get("d", ""), f"{self.info.get('p', '')} {self.info.get('i', '')}"
        if device == "webcam":
            return None if _NOT_CCTV.search(words) else True
        if device in ("media device", "security-misc", "storage-misc", "specialized", ""):
            return True if device and _VIDEO.search(words) and not _NOT_CCTV.search(words) else None
        return False

    @property
    def maker(self) -> str | None:
        """The maker its product name starts with."""
        product = self.info.get("p", "")
        other = next((maker for start, maker in LATER_LABELS.items() if product.startswith(start)), "")
        found = names().get(other) or names().split(product)[0]
        return maker_label(found, self.is_camera)


LATER_LABELS = {"Sanyo M800 DVR": "LILIN"}
"""Products that nmap calls otherwise than two other sources do (recog; docs/sources.md V3)."""


@cache
def match_lines(path: Path = PROBES) -> tuple[MatchLine, ...]:
    """Every line whose expression Python can read, in the order of the file."""
    found: list[MatchLine] = []
    for line in path.read_text(encoding="latin-1").splitlines():
        told = _LINE.match(line)
        if not told:
            continue
        flags = (re.IGNORECASE if "i" in told["flags"] else 0) | (re.DOTALL if "s" in told["flags"] else 0)
        source = told["regex"].replace(r"\0", r"\x00")
        try:
            regex = re.compile(source.encode("latin-1"), flags)
        except (re.error, OverflowError):
            continue
        info = {match["key"]: match["value"] for match in _INFO.finditer(told["info"] or "")}
        found.append(MatchLine(told["service"], regex, source, info))
    return tuple(found)


def evaluate(reply: bytes, services: tuple[str, ...]) -> MatchLine | None:
    """The first line of these services that matches a reply and says something."""
    return next(
        (line for line in match_lines() if line.service in services and line.info and line.regex.search(reply)), None
    )


def reply_of(seen_in: str, raw: str) -> tuple[bytes, tuple[str, ...]]:
    """A row as the reply nmap would have read, and the services to try; no services where nmap reads no such text."""
    text = raw.encode("latin-1", "replace")
    head = b"HTTP/1.0 200 OK\r\n"
    if seen_in == "http-server-header":
        return head + b"Server: " + text + b"\r\n\r\n", ("http",)
    if seen_in == "http-title":
        return head + b"\r\n<html><head><title>" + text + b"</title>", ("http",)
    if seen_in == "http-realm":
        return b"HTTP/1.0 401 Unauthorized\r\nWWW-Authenticate: " + text + b"\r\n\r\n", ("http",)
    if seen_in == "http-set-cookie":
        return head + b"Set-Cookie: " + text + b"\r\n\r\n", ("http",)
    if seen_in == "http-body":
        return head + b"\r\n" + text, ("http",)
    if seen_in == "rtsp-response":
        return text, ("rtsp",)
    if seen_in == "rtsp-realm":
        return b"RTSP/1.0 401 Unauthorized\r\nCSeq: 1\r\nWWW-Authenticate: " + text + b"\r\n\r\n", ("rtsp",)
    if seen_in == "rtsp-server":
        return b"RTSP/1.0 200 OK\r\nServer: " + text + b"\r\n\r\n", ("rtsp",)
    if seen_in == "ftp-banner":
        return (text if text.startswith(b"220") else b"220 " + text) + b"\r\n", ("ftp",)
    if seen_in == "ssh-banner":
        return (text if text.startswith(b"SSH-") else b"SSH-2.0-" + text) + b"\r\n", ("ssh",)
    if seen_in == "sip-server":
        return b"SIP/2.0 200 OK\r\nServer: " + text + b"\r\nUser-Agent: " + text + b"\r\n\r\n", ("sip", "sip-proxy")
    if seen_in == "telnet-banner":
        return text, ("telnet",)
    return text, ()


def samples() -> Iterator[Sample]:
    """For each line with a device type, a device that shows the simplest text it matches, in parts by kind."""
    for number, line in enumerate(match_lines()):
        if not line.info.get("d"):
            continue
        text = _text_of(line)
        if not text:
            continue
        label = " | ".join((line.info.get("d", ""), line.info.get("p", ""), line.info.get("i", "")))
        texts = tuple((seen_in, raw) for seen_in, raw in _parts(line.service, text) if len(raw.strip()) > 2)
        if texts:
            yield Sample(f"nmap/{number}", texts, line.is_camera, line.maker, label, f"{line.service}\n{line.source}")


def _text_of(line: MatchLine) -> str:
    """A text the line matches, '' when none was found."""
    try:
        parsed = parser.parse(line.source, line.regex.flags & ~re.UNICODE)
        texts = ("".join(_simplest(parsed, {}, words)) for words in (True, False))
        return next((text for text in texts if line.regex.search(text.encode("latin-1", "replace"))), "")
    except (re.error, RecursionError):
        return ""


def _parts(service: str, text: str) -> Iterator[tuple[str, str]]:
    if service in ("http", "https", "http-proxy"):
        for seen_in, regex in _PARTS.items():
            if found := regex.search(text):
                yield seen_in, found[1]
        body = text.partition("\r\n\r\n")[2]
        if len(body) > 20:
            yield "http-body", body
    elif service == "rtsp":
        yield "rtsp-response", text
    elif service in ("ftp", "telnet", "ssh"):
        yield f"{service}-banner", text
    elif service in ("sip", "sip-proxy"):
        found = re.search(r"(?im)^(?:server|user-agent): ?([^\r\n]{1,300})", text)
        if found:
            yield "sip-server", found[1]
    elif service == "upnp":
        yield "ssdp", text


def _simplest(parsed: Any, groups: dict[int, str], words: bool, before: str = "") -> Iterator[str]:
    """The pieces of the simplest text; ``before`` is the end of what stands in front of them."""
    for item in parsed:
        text = "".join(_piece(item, groups, words, before))
        before = (before + text)[-4:]
        yield text


def _piece(item: Any, groups: dict[int, str], words: bool, before: str) -> Iterator[str]:
    code, value = item
    if code is sre.LITERAL:
        yield chr(value)
    elif code is sre.NOT_LITERAL:
        yield "x" if value != ord("x") else "y"
    elif code is sre.ANY:
        yield "x"
    elif code is sre.IN:
        yield _member(value)
    elif code in (sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT):
        least, most, inner = value
        if words and (token := _token(inner, least, most, _VERSION_NEXT.search(before) is not None)):
            yield token
            return
        for _ in range(max(least, 1 if most and least == 0 and _plain(inner) else least)):
            yield from _simplest(inner, groups, words, before)
    elif code is sre.SUBPATTERN:
        text = "".join(_simplest(value[3], groups, words, before))
        if value[0]:
            groups[value[0]] = text
        yield text
    elif code is sre.BRANCH:
        yield from _simplest(value[1][0], groups, words, before)
    elif code is sre.GROUPREF:
        yield groups.get(value, "")


_VERSION_NEXT = re.compile(r"(?i)(?:\w/| v|ver\.? ?)$")
"""What stands in front of a version: "Httpd v", "gen5th/"."""


def _token(inner: Any, least: int, most: int, version: bool) -> str:
    """A word that looks like a model or a version where an expression takes any word; '' where it does not."""
    if len(inner) != 1 or most < 5:
        return ""
    sign = _one_sign(inner[0])
    return next(
        (
            word
            for word in (("1.20", "1200") if version else ("P1200", "1.20", "1200"))
            if len(word) >= least and sign and all(map(sign.fullmatch, word))
        ),
        "",
    )


def _one_sign(item: Any) -> re.Pattern[str] | None:
    code, value = item
    if code is sre.ANY:
        return re.compile(".")
    if code is sre.NOT_LITERAL:
        return re.compile(f"[^{re.escape(chr(value))}]")
    if code is not sre.IN:
        return None
    refused = value[0][0] is sre.NEGATE
    texts = "|".join(_as_text(member) for member in (value[1:] if refused else value))
    return re.compile(f"(?!{texts})." if refused else texts, re.DOTALL)


def _plain(inner: Any) -> bool:
    return len(inner) == 1 and inner[0][0] in (sre.IN, sre.ANY)


def _member(members: Any) -> str:
    if members and members[0][0] is sre.NEGATE:
        refused = re.compile("|".join(_as_text(member) for member in members[1:]) or "(?!)")
        return next(sign for sign in "x1- y.aA\x01" if not refused.match(sign))
    code, value = members[0]
    if code is sre.LITERAL:
        return chr(value)
    if code is sre.RANGE:
        return chr(max(value[0], 0x31) if value[0] <= 0x31 <= value[1] else value[0])
    return {sre.CATEGORY_DIGIT: "1", sre.CATEGORY_WORD: "x", sre.CATEGORY_SPACE: " "}.get(value, "x")


def _as_text(member: Any) -> str:
    code, value = member
    if code is sre.LITERAL:
        return re.escape(chr(value))
    if code is sre.RANGE:
        return f"[{re.escape(chr(value[0]))}-{re.escape(chr(value[1]))}]"
    return {
        sre.CATEGORY_DIGIT: r"\d", sre.CATEGORY_WORD: r"\w", sre.CATEGORY_SPACE: r"\s",
        sre.CATEGORY_NOT_DIGIT: r"\D", sre.CATEGORY_NOT_WORD: r"\W", sre.CATEGORY_NOT_SPACE: r"\S",
    }[value]  # fmt: skip
