"""Names and models in the places where a web page of a unit carries them: meta tags, headings, alternative texts of
pictures, copyright lines and values that scripts assign to names like ``model`` or ``productName``.

A page outside such places may speak about any maker; and a page with the signs of a shop, a forum or a general web
application tells nothing at all (docs/sources.md V4, V5).
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from scanner.fingerprint import naming, spoken
from scanner.fingerprint.makers import Name
from scanner.fingerprint.saw import Saw
from scanner.fingerprint.unwrap import title_in
from scanner.model import CAMERA_KINDS

_PAGE = ("<html", "<head", "<body", "<script", "<frameset", "<title", "<!doctype html")
_UNIT = (
    "password", "<object", "<embed", "classid", ".ocx", ".cab", "activex", "rtsp://", "<frameset",
)  # fmt: skip
"""What a page of a unit has: a login, a plug-in, a stream or frames."""
_SOLD = (
    "add to cart", "add-to-cart", "checkout", "basket", "wp-content", "/product", "/shop", "newsletter", "og:title",
    "schema.org", "facebook.com", "linkedin.com", "twitter.com", "youtube.com", "google-analytics", "googletagmanager",
    "gtag(", "/blog", "£", "&pound;", "&euro;",
)  # fmt: skip
"""What shops, installers and newspapers have on their pages, and no unit has."""
_META = re.compile(
    r"(?is)<meta\b[^<>]{0,80}?\bname ?= ?[\"']?(?:author|copyright|generator|description|keywords|application-name|"
    r"product|model|manufacturer)[\"']?[^<>]{0,40}?\bcontent ?= ?[\"']([^\"'<>]{2,120})"
)
_HEADING = re.compile(r"(?is)<h[1-3]\b[^<>]{0,120}>([^<>]{2,80})</h")
_ALTERNATIVE = re.compile(r"(?i)\b(?:alt|placeholder) ?= ?[\"']([^\"'<>]{3,60})[\"']")
_COPYRIGHT = re.compile(r"(?i)(?:©|&copy;|\(c\)|copyright)([^<>\r\n]{3,100})")
_ASSIGNED = re.compile(
    r"(?i)(?:model|product|devname|device_?name|devtype|device_?type|brand|oem|vendor|company|manufacturer)\w{0,10}"
    r"[\"']?\s{0,3}[:=]\s{0,3}[\"']([^\"'<>\r\n]{2,60})[\"']"
)
_LONGEST = 48 * 1024
_MOST_NAMES = 3
_MOST_PLACES = 60


def read(saw: Saw, text: str) -> None:
    """Brand, model and kind of a unit whose page names them; circumstantial, since anybody can write a page."""
    text = text[:_LONGEST]
    lowered = text.lower()
    if not any(one in lowered for one in _PAGE) or not any(one in lowered for one in _UNIT):
        return
    if any(one in lowered for one in _SOLD) or spoken.talks(title_in(text)):
        return
    places = [(place, alone) for place, alone in dict(_places(text)).items() if not spoken.talks(place)]
    found: dict[str, tuple[Name, bool]] = {}
    for place, alone in places:
        for named, rest in spoken.names_in(place):
            tells = (
                bool(spoken.video(place)) or spoken.series_beside(named, rest) is not None or (alone and not named.wide)
            )
            found[named.name] = (named, tells or found.get(named.name, (named, False))[1])
    if len(found) > _MOST_NAMES:
        return
    shown = next((kind for place, _ in places if (kind := spoken.video(place))), "")
    for named, tells in found.values():
        if tells:
            saw.say("brand", named.name, "C1", "page")
            saw.say("kind", shown, "C1", "page")
    for place, _ in places:
        _model(saw, place)


def _places(text: str) -> Iterator[tuple[str, bool]]:
    """Each place, and whether a name tells something there without a word of video or a model beside it."""
    count = 0
    for place, alone in (
        (_META, True),
        (_COPYRIGHT, True),
        (_ASSIGNED, True),
        (_HEADING, False),
        (_ALTERNATIVE, False),
    ):
        for found in place.finditer(text):
            yield " ".join(html.unescape(found[1]).split()), alone
            count += 1
            if count >= _MOST_PLACES:
                return


def _model(saw: Saw, place: str) -> None:
    """A model of a series that one maker alone uses, where a page puts the model of its unit."""
    word = place.split(" ", 1)[0].strip(".,;:()")
    maker = naming.distinctive_maker(word) if any(sign.isdigit() for sign in word) else None
    series = naming.series_of(maker, word) if maker else None
    if series and series.kind in CAMERA_KINDS:
        saw.model(word, "page", "C1")
        saw.say("kind", series.kind, "C1", "page")
