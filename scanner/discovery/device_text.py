"""Reading the texts of datagrams, which are written by hand and by hostile hands.

Replies have varying prefixes, unescaped ``&``, trailing NULs and unclosed elements, so they are not read with an XML
parser: elements are found by their local name, in time linear in the size of the datagram. No entity is expanded but
the five of XML.
"""

from __future__ import annotations

import codecs
import re
from urllib.parse import urlsplit

MOST_CHARACTERS = 65_536

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_REFERENCE = re.compile(r"&(?:(lt|gt|amp|quot|apos)|#(\d{1,7})|#[xX]([0-9a-fA-F]{1,6}));")
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"', "apos": "'"}
_LAST_CHARACTER = 0x10FFFF
_PATH = re.compile(r"/[A-Za-z0-9._~/-]{0,255}")
_SERVICE_PATH = re.compile(r"(?!.*//)(?!.*/\.\.?(?:/|$))")


def decoded(data: bytes) -> str:
    """The text of a datagram without control characters and outer blanks; what is not UTF-8 becomes U+FFFD."""
    encoding = "utf-16" if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8-sig"
    return cleaned(data.decode(encoding, "replace"))


def cleaned(text: str) -> str:
    """At most ``MOST_CHARACTERS`` characters, without control characters (line ends and tabs stay) and outer blanks."""
    return _CONTROL.sub("", text[:MOST_CHARACTERS]).strip()


def element_texts(text: str, *names: str) -> list[tuple[str, str]]:
    """(local name as asked, text) of each element so named, in any case and with any prefix, in order.

    The text reaches to the next ``<``.
    """
    wanted = {name.lower(): name for name in names}
    pattern = re.compile(
        rf"<(?:[\w.-]{{1,40}}:)?({'|'.join(map(re.escape, names))})(?:\s[^<>]*)?>([^<]*)", re.IGNORECASE
    )
    return [(wanted[found[1].lower()], unescaped(found[2]).strip()) for found in pattern.finditer(text)]


def has_element(text: str, name: str) -> bool:
    """True when an element of this local name begins somewhere."""
    return bool(re.search(rf"<(?:[\w.-]{{1,40}}:)?{re.escape(name)}[\s/>]", text, re.IGNORECASE))


def unescaped(text: str) -> str:
    """XML references resolved; a lone ``&`` stays."""
    return _REFERENCE.sub(_character, text)


def _character(found: re.Match[str]) -> str:
    if found[1]:
        return _NAMED[found[1]]
    number = int(found[2]) if found[2] else int(found[3], 16)
    return cleaned(chr(number)) if number <= _LAST_CHARACTER else ""


def truth(text: str) -> bool | None:
    """``true`` and ``false`` as devices spell them (``flase`` was seen); None for anything else."""
    word = text.strip().lower()
    if word in ("true", "ture", "1", "yes"):
        return True
    return False if word in ("false", "flase", "fasle", "0", "no") else None


def port_number(text: str) -> int | None:
    """A TCP port, or None."""
    text = text.strip()
    if not re.fullmatch(r"[0-9]{1,5}", text):
        return None
    number = int(text)
    return number if 1 <= number <= 65_535 else None


def url_parts(url: str) -> tuple[str, str, int, str] | None:
    """(scheme, host, port, path) of an http or https URL; None when it cannot be used.

    Userinfo, query and fragment are not taken. The path is plain and has no ``..``, or is "".
    """
    if len(url) > 1_000 or not url.isprintable() or "\\" in url:
        return None
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or port == 0:
        return None
    path = "" if parts.path == "/" else parts.path
    if path and not (_PATH.fullmatch(path) and _SERVICE_PATH.match(path)):
        return None
    return parts.scheme, parts.hostname, port or (443 if parts.scheme == "https" else 80), path
