"""Model names held against the patterns of makers: "IPC-HX3XXX", "DS-76xxNXI-Ix", "DS-2DFx Series".

Each maker writes wildcards in its own way; the maker's text stays in the data and is read here.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal, TypeAlias

from rules.advisories.model import ALL_MODELS, ModelPattern
from scanner.fingerprint import naming

Match: TypeAlias = Literal["yes", "no", "unclear"]

_BLANK = re.compile(r"[\s_]+")
_SERIES = re.compile(r"(?i)\s+series$")
_DAHUA_PREFIX = re.compile(r"^DHI?-")
_AXIS_PREFIX = re.compile(r"(?i)^axis\s+")
_END = r"(?![0-9A-Z])"


def folded(maker: str, model: str) -> str:
    """A model as it is compared: capitals, no blanks, without the prefixes a maker puts before any model."""
    text = _BLANK.sub("", _AXIS_PREFIX.sub("", model.strip()) if maker == "Axis" else model).upper()
    return _DAHUA_PREFIX.sub("", text) if maker == "Dahua" else text


@lru_cache(maxsize=4096)
def expression(maker: str, pattern: ModelPattern) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """The pattern as two expressions at the start of a folded model: models it names, and what it may name.

    The second is met where a number goes on after its last wildcard: "IPC-HX3XXX" and a model with five digits.
    """
    text = pattern.reads_as or pattern.text
    series = _SERIES.search(text) is not None
    if maker == "Axis":  # before the blanks go: the blank after the name is what tells it from a model
        text = _AXIS_PREFIX.sub("", text)
    text = _BLANK.sub("", _SERIES.sub("", text))
    body = _dahua(text) if maker == "Dahua" else _lower_x(text)
    no_more_digits = r"(?!\d)" if text[-1:] in ("X", "x") else ""
    end = no_more_digits if maker == "Dahua" else "" if series else _END
    return re.compile(body + end), re.compile(body)


def _lower_x(text: str) -> str:
    """Hikvision and most others: a small x is one letter or digit; capitals stand for themselves."""
    return "".join("[0-9A-Z]" if sign == "x" else re.escape(sign.upper()) for sign in text)


_DAHUA_TOKENS = re.compile(r"XVR|HXXX(?=\d)|HX(?=\d|X\d)|[Xx]|.")


def _dahua(text: str) -> str:
    """Dahua: "HX" is the family of forms (HFW, HDW, HDBW ...) without HUM; "XVR" is a word; any other X is a digit."""
    parts = []
    for token in _DAHUA_TOKENS.findall(_DAHUA_PREFIX.sub("", text)):
        if token in ("HX", "HXXX"):
            parts.append("H(?!UM)[A-Z]{1,4}")
        elif token in ("X", "x"):
            parts.append(r"\d")
        else:
            parts.append(re.escape(token.upper()))
    return "".join(parts)


@lru_cache(maxsize=65536)
def match(maker: str, pattern: ModelPattern, model: str) -> Match:
    """Whether the maker's pattern names this model (``folded``)."""
    if pattern.text == ALL_MODELS:
        return "yes"
    named, near = expression(maker, pattern)
    if named.match(model):
        return "unclear" if pattern.loose else "yes"
    return "unclear" if near.match(model) else "no"


@lru_cache(maxsize=65536)
def is_own(maker: str, model: str) -> bool:
    """The model is written as the maker itself names its models (``scanner/fingerprint/models.yaml``)."""
    texts = (folded(maker, model), model.strip())  # some makers put a blank in the middle: "Tapo C210"
    return any(series.regex.match(text) for series in naming.all_series().get(maker, ()) for text in texts)
