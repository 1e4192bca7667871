"""Firmware strings: what version they say, when it was built, and whose shape they have.

``version`` keeps the maker's own notation without the build part ("V5.7.17", "2.800.0000000.25.R"), so that
it can be found again on the device; ``key`` makes versions comparable. Formats: docs/sources.md I9.2,
recordings of real devices.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Literal

from scanner.model import Firmware

_BUILD = re.compile(r"(?i)^(?P<version>\S{1,60}?)[ ,;_]{0,3}build[ :_]{0,3}(?P<date>\d{4}-\d{2}-\d{2}|\d{8}|\d{6})?")
_TAIL_DATE = re.compile(r"(?:[-_.]|_\D{0,3})(\d{8}|\d{6})(?:\d{2})?(?:_[A-Z]\w{0,6})?$")
_DATE_AFTER = re.compile(r"^(?P<version>\S{1,60}) (?P<date>20\d{2}[/-]\d{2}[/-]\d{2})$")
_TOKEN = re.compile(r"\d+|[a-z]+")
_ISO = re.compile(r"(20\d{2}|19\d{2})[-/.]?(\d{2})[-/.]?(\d{2})")
_SHORT = re.compile(r"(\d{2})(\d{2})(\d{2})")
_WORDS = re.compile(r"([A-Za-z]{3})[a-z]{0,6} {1,2}(\d{1,2}),? {1,2}(\d{4})")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_BOSCH_HEX = re.compile(r"^(?:0x)?(\d{2})(\d{2})(\d{4})$")
_MAX = 160


@dataclass(frozen=True, slots=True)
class Shape:
    """The shape of a maker's firmware strings; ``grade`` says how much it tells of the maker."""

    maker: str
    grade: Literal["C1", "C2"]
    regex: re.Pattern[str]


SHAPES: tuple[Shape, ...] = (
    Shape("Dahua", "C2", re.compile(r"^V?\d\.\d{3}\.[0-9A-Z]{7,9}\.\d{1,3}\.[A-Z](?![\w.])")),
    Shape("Uniview", "C2", re.compile(r"^(?:[A-Z]{0,2}IPC|HCMN|[A-Z]{0,2}NVR)[-_][A-Z]\d{4}[.-]")),
    Shape(
        "Xiongmai",
        "C2",
        re.compile(r"^V\d\.\d{2}\.R\d{2}\.[0-9A-Z]{8}\.\d{5}\.[0-9A-Fa-f]{6}\.(?:[0-9A-F]{5,8}$|\.ONVIF )"),
    ),
    Shape("Vivotek", "C2", re.compile(r"^[A-Z0-9-]{2,16}-VVTK-\d{4}")),
    Shape("TVT", "C2", re.compile(r"^\d\.\d{1,2}\.\d{1,2}\.\d{4,6}B\d{6}\.[A-Z][A-Z0-9]{1,3}(?![\w])")),
    Shape("Hanwha Vision", "C2", re.compile(r"^\d\.\d{2}\.\d{2}_20\d{6}_R\d{1,4}$")),
    Shape("Hikvision", "C1", re.compile(r"^V\d{1,2}\.\d{1,3}\.\d{1,3}[ _]?build ?\d{6}$")),
    Shape("Reolink", "C1", re.compile(r"^v\d{1,2}\.\d{1,2}\.\d{1,2}\.\d{1,5}_\d{8}$")),
)
"""Distinctive shapes, most telling first (docs/sources.md I9.2, A7.2, V2; recordings)."""

_HIKVISION = re.compile(r"(?i)^V?\d{1,2}(?:\.\d{1,3}){1,2}[\W_]{0,3}build[ _]?\d{6}|^V\d{1,2}\.\d{1,3}\.\d{3}$")
_OEM = re.compile(r"^V?\d\.\d{3}\.\d{2}([A-Z]{2})[0-9A-Z]{3,5}\.\d{1,3}(?![\w])(?:\.[A-Z])?")
OEM_LETTERS = {"AC": "Amcrest", "DH": "Dahua", "LR": "Lorex", "IB": "Intelbras"}
"""Letters inside a Dahua version: AC, DH and LR from AD (PyPI aiodahua 0.5.0, brands; Amcrest met as 2.622.00AC000.0.R
and, without the last letter, 4.000.00AC000.0), IB from AD's documents (docs/sources.md I9.2)."""


def shape_of(raw: str) -> Shape | None:
    """Whose shape a firmware string has; None for the many that tell nothing."""
    text = raw.strip()[:_MAX]
    return next((shape for shape in SHAPES if shape.regex.match(text)), None)


def written_by_hikvision(raw: str) -> bool:
    """Whether a version is written as Hikvision writes it: number and build day, under whatever name."""
    return _HIKVISION.match(raw.strip()[:_MAX]) is not None


def oem_letters(raw: str) -> tuple[str, str] | None:
    """The OEM letters of a Dahua version and the brand they stand for: ("AC", "Amcrest")."""
    found = _OEM.match(raw.strip()[:_MAX])
    if found and found[1] in OEM_LETTERS:
        return found[1], OEM_LETTERS[found[1]]
    return None


def parse(maker: str | None, raw: str) -> Firmware | None:
    """The version and build date in ``raw`` as ``maker`` writes them; None when no version is there."""
    text = " ".join(raw.split())[:_MAX].strip(" \"'")
    if not any(character.isdigit() for character in text):
        return None
    version, built = text, None
    found = _BUILD.match(text)
    if found:
        version = found["version"].rstrip(",;_ ")
        built = parse_date(found["date"]) if found["date"] else None
    elif after := _DATE_AFTER.match(text):  # "V1.10 2023/05/15", GeoVision [U]
        version, built = after["version"], parse_date(after["date"])
    else:
        tail = _TAIL_DATE.search(text)
        # Reolink writes the hour after the day: "20121102" is 2020-12-11, never 2012.
        built = parse_date(tail[1][:6] if maker == "Reolink" else tail[1]) if tail else None
    if maker == "Bosch" and (packed := _BOSCH_HEX.match(version)):
        version = f"{int(packed[1])}.{packed[2]}.{packed[3]}"
    if maker == "Canon" and version.lower().startswith("ver."):
        version = version[4:].strip()
    return Firmware(version=version, raw=raw.strip()[:_MAX], build_date=built)


def parse_date(text: str) -> date | None:
    """A build date in any of the forms seen: "build 240606", "2021-09-28", "20230831", "Apr 06 2018"."""
    text = text[:60]
    if words := _WORDS.search(text):
        month = words[1].lower()
        return _date(int(words[3]), _MONTHS.index(month) + 1, int(words[2])) if month in _MONTHS else None
    if iso := _ISO.search(text):
        return _date(int(iso[1]), int(iso[2]), int(iso[3]))
    if short := _SHORT.search(text):
        return _date(2000 + int(short[1]), int(short[2]), int(short[3]))
    return None


def _date(year: int, month: int, day: int) -> date | None:
    try:
        found = date(year, month, day)
    except ValueError:
        return None
    return found if 1995 <= year <= 2099 else None


def key(version: str) -> tuple[tuple[int, int, str], ...]:
    """A comparable form: numbers as numbers, letters after "no letter" and before the next number.

    "V5.5.0" < "V5.7.17"; "0103a" < "0103b"; leading V, and the model part before "-VVTK-", do not count.
    """
    text = version.strip().lower()[:_MAX]
    text = text.split("-vvtk-", 1)[-1]
    if text[:1] == "v" and text[1:2].isdigit():
        text = text[1:]
    return tuple((1, int(token), "") if token.isdigit() else (0, 0, token) for token in _TOKEN.findall(text))
