"""How much of a device's time and text is taken, and readers that hold to it.

Device text is hostile: XML without DTD, entities or network; nesting, size and seconds bounded; control
characters dropped before a text goes anywhere. Reasons and measurements: a one-byte trickle outlives the usual
socket timeout for ever, a gzip body of 1 kB can unpack to gigabytes.
"""

from __future__ import annotations

import json
import re
import zlib
from dataclasses import dataclass
from typing import Any

from lxml import etree

from scanner.errors import NoAnswer


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds of one exchange; seconds and bytes."""

    connect_seconds: float = 3.0  # a lost SYN is sent again after 1 s; leave room for that one
    connect_test_seconds: float = 2.0
    idle_seconds: float = 10.0  # embedded web servers take their time before the first byte
    exchange_seconds: float = 20.0  # from the first byte sent to the last byte read
    body_bytes: int = 4 * 1024 * 1024
    header_bytes: int = 64 * 1024
    decompressed_bytes: int = 8 * 1024 * 1024
    xml_depth: int = 64
    json_depth: int = 64
    datagram_bytes: int = 16 * 1024
    datagrams_of_an_address: int = 16  # kept of one address and protocol; a device answers once per card and send
    rtsp_bytes: int = 64 * 1024
    open_sockets: int = 4096  # connect tests under way together


_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]")
_DOCTYPE = re.compile(rb"<!\s*(?:DOCTYPE|ENTITY)", re.IGNORECASE)


def clean_text(text: str) -> str:
    """``text`` without control characters and those that turn the direction of writing; tabs and newlines stay."""
    if text.isprintable():  # most header values: nothing to take out
        return text
    return _CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def decode_text(data: bytes, charset: str = "") -> str:
    """Bytes of a device as clean text: UTF-8 where it fits, else ``charset`` where Python knows it, else Latin-1."""
    for codec in ("utf-8-sig", charset or "latin-1"):
        try:
            return clean_text(data.decode(codec))
        except (UnicodeError, LookupError):
            continue
    return clean_text(data.decode("latin-1"))


def parse_xml(data: bytes, limits: Limits, *, recover: bool = False) -> etree._Element:
    """The root of an XML reply; NoAnswer ``malformed`` when it is none, has a DTD, or nests too deep.

    ``recover`` mends what the parser can, such as prefixes that no namespace was given to.
    """
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        data = re.sub(rb"^<\?xml[^>]*\?>", b"", data.decode("utf-16", "replace").encode())
    data = data.removeprefix(b"\xef\xbb\xbf").strip(b" \t\r\n\x00")
    if not data:
        raise NoAnswer("malformed", "expected XML, found nothing")
    if _DOCTYPE.search(data):
        raise NoAnswer("malformed", "expected XML without a DTD, found one")
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        recover=recover,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as problem:
        raise NoAnswer("malformed", f"expected XML: {clean_text(str(problem))[:120]}") from None
    if root is None:
        raise NoAnswer("malformed", "expected XML, found nothing that can be read")
    _hold_depth(root, limits.xml_depth)
    if recover:  # a prefix without a namespace stays in the name then, and no tool takes such a name
        for element in root.iter(etree.Element):
            if not element.tag.startswith("{") and ":" in element.tag:
                try:
                    element.tag = element.tag.rpartition(":")[2]
                except ValueError:
                    raise NoAnswer("malformed", "expected XML, found an element without a name") from None
    return root


def _hold_depth(root: etree._Element, most: int) -> None:
    depth = 0
    for event, _ in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        if depth > most:
            raise NoAnswer("malformed", f"expected XML of at most {most} levels, found more")


def parse_json(data: bytes, limits: Limits) -> Any:
    """The value of a JSON reply; NoAnswer ``malformed`` when it is none or nests too deep. Trailing NULs go."""
    text = data.removeprefix(b"\xef\xbb\xbf").strip(b" \t\r\n\x00").decode("utf-8", "replace")
    depth, in_string, escaped = 0, False, False
    for char in text:
        if in_string:
            if escaped:
                escaped = False
            elif char == "\\":
                escaped = True
            elif char == '"':
                in_string = False
        elif char == '"':
            in_string = True
        elif char in "[{":
            depth += 1
            if depth > limits.json_depth:
                raise NoAnswer("malformed", f"expected JSON of at most {limits.json_depth} levels, found more")
        elif char in "]}":
            depth -= 1
    try:
        return json.loads(text)
    except ValueError as problem:
        raise NoAnswer("malformed", f"expected JSON: {clean_text(str(problem))[:120]}") from None


def decompress(data: bytes, encoding: str, limits: Limits) -> bytes:
    """Undo gzip or deflate up to the limit (NoAnswer ``too-large``); what only claims to be compressed stays."""
    encoding = encoding.strip().lower()
    if encoding not in ("gzip", "x-gzip", "deflate") or not data:
        return data
    for wbits in (zlib.MAX_WBITS | 32, -zlib.MAX_WBITS):
        unpacker = zlib.decompressobj(wbits)
        try:
            plain = unpacker.decompress(data, limits.decompressed_bytes + 1)
        except zlib.error:
            continue
        if len(plain) > limits.decompressed_bytes:
            raise NoAnswer("too-large", f"the reply unpacks to more than {limits.decompressed_bytes:,} bytes")
        return plain
    return data
