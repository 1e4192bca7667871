"""Model names: the device's own model without the maker's name, and what its series says it is.

Series are data (``models.yaml``); they give a kind, and show that a unit carries its maker's own model name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from urllib.parse import unquote

from scanner.errors import CamauditError, ConfigError, PackError
from scanner.fingerprint.makers import names
from scanner.model import Frozen, Kind
from scanner.once import once
from scanner.strictfile import convert, read_yaml

HERE = Path(__file__).parent
_PRODUCT_WORDS = re.compile(
    r"(?i)(?: (?:(?:Fixed|PTZ|Mini|Dome|Bullet|Box|Network|Panoramic|Thermal|Modular|Onboard|Explosion-Protected|"
    r"Positioning|Video|Camera|Encoder|Door|Station|Server|IP)\b,?)){1,8}$"
)
_REGION = re.compile(r"(?: ?\([A-Z/]{2,8}\)| \d{1,2}\.\d{1,2})$")
_PLAIN = re.compile(r"[^0-9a-z]")
GENERIC = frozenset((
    "ipc", "ipcbo", "ipcamera", "ipcam", "ipcam1", "networkcamera", "camera", "onvif", "onvifcamera", "nvr", "dvr",
    "xvr", "hvr", "nvt", "ipnc", "device", "unknown", "none", "na", "default", "hdipc", "h264", "h265", "h264dvr",
    "networkvideotransmitter", "network", "embeddednetdvr", "embeddednetnvr", "networkdigitalvideo",
    "networkvideorecorder", "webcam", "10", "100", "general", "private", "standard", "model", "ipdome",
    "hdipcamera", "onvifipnc",
))  # fmt: skip
"""Words devices put where a model belongs, without case and punctuation."""


class _Series(Frozen, frozen=True):
    series: str
    kind: Kind
    example: str
    distinctive: bool = False


@dataclass(frozen=True, slots=True)
class Series:
    """One model series of a maker."""

    maker: str
    regex: re.Pattern[str]
    kind: Kind
    distinctive: bool
    example: str


@once
def all_series() -> dict[str, tuple[Series, ...]]:
    """The series by maker; raises PackError with every problem of ``models.yaml``."""
    return load(HERE / "models.yaml")


def load(path: Path) -> dict[str, tuple[Series, ...]]:
    """Read a file of series strictly: known makers, expressions that compile, and examples that match them first."""
    problems: list[CamauditError] = []
    located = read_yaml(path)
    found: dict[str, tuple[Series, ...]] = {}
    for maker, rows in located.value.get("makers", {}).items():
        known = names().get(maker)
        if known is None or known.brand_only:
            problems.append(
                ConfigError(f"expected a maker of makers.yaml, found {maker!r}", located.place("makers", maker))
            )
        series: list[Series] = []
        for index in range(len(rows)):
            place = located.place("makers", maker, index)
            try:
                row = convert(located, ("makers", maker, index), _Series, path)
                regex = re.compile(f"(?i)(?:{row.series})")
            except (ConfigError, re.error) as error:
                problems.append(error if isinstance(error, CamauditError) else ConfigError(str(error), place))
                continue
            series.append(Series(maker, regex, row.kind, row.distinctive, row.example))
            first = next((one for one in series if one.regex.match(row.example)), None)
            if first is not series[-1]:
                problems.append(ConfigError(f"expected the example {row.example!r} to match this series first", place))
        found[maker] = tuple(series)
    if problems:
        raise PackError(problems)
    return found


@lru_cache(maxsize=4096)
def series_of(maker: str, model: str) -> Series | None:
    """The series of ``maker`` a model belongs to."""
    return next((one for one in all_series().get(maker, ()) if one.regex.match(model)), None)


@lru_cache(maxsize=4096)
def distinctive_maker(model: str) -> str | None:
    """The one maker known to name models so; None for the many names that tell nothing."""
    return next(
        (one.maker for rows in all_series().values() for one in rows if one.distinctive and one.regex.match(model)),
        None,
    )


def is_generic(model: str) -> bool:
    """Whether a text in the place of a model names none."""
    return plain(model) in GENERIC or not plain(model)


def plain(text: str) -> str:
    """A model for comparison: no case, no punctuation, no DH- or DHI- in front, no region behind."""
    folded = _PLAIN.sub("", _REGION.sub("", text.strip()).casefold())
    for prefix in ("dhi", "dh"):
        if folded.startswith(prefix) and folded[len(prefix) :].startswith(
            ("ipc", "nvr", "xvr", "hcvr", "hac", "sd", "vt")
        ):
            return folded[len(prefix) :]
    return folded


def _without_name(text: str) -> str:
    """ "ReolinkTrackMixWiFi" -> "TrackMixWiFi": name and model as one word, each with its capital."""
    for spelling in names().by_fold:
        rest = text[len(spelling) :]
        if len(spelling) >= 5 and len(rest) >= 4 and rest[0].isupper() and text[: len(spelling)].casefold() == spelling:
            return rest
    return text


@lru_cache(maxsize=4096)
def clean_model(raw: str) -> str:
    """The model without the maker's name and without product words: "AXIS P3265-V Network Camera" -> "P3265-V"."""
    text = " ".join(unquote(raw[:200]).split()).strip("\"'")
    found, rest = names().split(text)
    if found and rest:
        text = rest
    elif " " not in text:
        text = _without_name(text)
    if any(character.isdigit() for character in text.split(" ", 1)[0]):
        text = _PRODUCT_WORDS.sub("", text)
    return _REGION.sub("", text)[:80]
