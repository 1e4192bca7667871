"""Names of makers and brands inside free text, and the words of cameras and recorders beside them.

A title "VIVOTEK FD8134", a realm "Foscam Camera", a certificate with "O=Milesight": the device says a name, so it is a
brand claim (docs/sources.md I9.1). A name that stands on other things as well counts only beside a word of video; a
name that is an ordinary word is not looked for at all (``word`` in makers.yaml).
"""

from __future__ import annotations

import re
from functools import cache

from scanner.fingerprint import naming
from scanner.fingerprint.literals import any_of
from scanner.fingerprint.makers import Name, fold, names
from scanner.fingerprint.saw import Saw

KINDS = frozenset((
    "http-title", "http-realm", "http-server-header", "snmp-sysdescr", "ftp-banner", "telnet-banner", "ssh-banner",
    "tls-subject", "tls-issuer", "sip-server", "rtsp-server", "rtsp-realm", "rtsp-sdp", "ssdp-server",
    "dhcp-vendor-class", "mdns-txt",
))  # fmt: skip
"""Kinds of short free text in which a device says names."""

_LONGEST = 2_000
_LONG_TITLE = 70
_RECORDER = re.compile(
    r"(?i)(?<![a-z0-9])(?:[NDXH]VR|(?:digital|network|hybrid) video recorder|embedded net dvr|network dvr)(?![a-z0-9])"
)
_ENCODER = re.compile(r"(?i)(?<![a-z0-9])(?:video ?(?:web )?(?:server|encoder)|network video server)(?![a-z0-9])")
_CAMERA = re.compile(
    r"(?i)(?<![a-z0-9])(?:"
    r"(?:ip|net|network|internet|web|security|surveillance|dome|ptz|thermal|smart)[ _-]?cam(?:era)?s?|"
    r"cctv|speed ?dome|bullet camera|network fixed dome)(?![a-z0-9])"
)
_TALK = re.compile(
    r"(?i)\b(?:shops?|store|install\w{0,6}|buy|reviews?|blog|prices?|support|forum|downloads?|manuals?|drivers?|news|"
    r"hire|sales?|solutions?|distributor|wholesale|reseller|partners?|welcome to our|home ?page of|best|how to|wiki|"
    r"github|documentation|api|jobs|careers|inc\.? ?\||ltd\.? ?\|)\b"
)
"""Words of pages about cameras: a shop or a forum names makers and is none of their units."""


def read(saw: Saw, text: str, kind: str) -> None:
    """Brand, model and kind claims out of a free text; nothing for a page that talks about cameras.

    ``kind`` is what the text is: a title can come out of a page.
    """
    text = text[:_LONGEST]
    title = kind == "http-title"
    if title and (len(text) > _LONG_TITLE or _TALK.search(text)):
        return
    shown = video(text)
    for named, rest in _names_in(text):
        series = _series(named, rest)
        if named.wide and not shown and series is None:
            continue
        saw.say("brand", named.name, "C2", "named")
        if series is not None:
            saw.model(rest.split()[0], "named", "C1")
            saw.say("kind", series.kind, "C1", "named")
    if shown and (not title or any(claim.pattern == "named" for claim in saw.claims)):
        saw.say("kind", shown, "C1", "words")


def video(text: str) -> str:
    """What the words of a text say it is: recorder, encoder, camera, or '' for nothing."""
    if _RECORDER.search(text):
        return "recorder"
    if _ENCODER.search(text):
        return "encoder"
    return "camera" if _CAMERA.search(text) else ""


def _names_in(text: str) -> list[tuple[Name, str]]:
    """Each name in the text with what follows it, each name once."""
    found: dict[str, tuple[Name, str]] = {}
    for match in _spellings().finditer(text):
        named = names().find(match[1])
        if named is not None and named.name not in found:
            found[named.name] = (named, text[match.end() : match.end() + 80].strip(" -_:/,|"))
    return list(found.values())[:4]


def _series(named: Name, rest: str) -> naming.Series | None:
    """The series of a video device that the word after a name belongs to."""
    word = rest.split(" ", 1)[0].strip("\"'();,") if rest else ""
    if not any(character.isdigit() for character in word):
        return None
    series = naming.series_of(named.name, word)
    return series if series and series.kind != "other" else None


@cache
def _spellings() -> re.Pattern[str]:
    """One expression for all spellings looked for."""
    listed = {
        spelling.casefold()
        for named in names().by_name.values()
        for spelling in (named.name, *named.aliases)
        if len(fold(spelling)) >= 4 and not (named.word and fold(spelling) == fold(named.name))
    }
    return re.compile(rf"(?i)(?<![a-z0-9])({any_of(listed)})(?![a-z0-9])")
