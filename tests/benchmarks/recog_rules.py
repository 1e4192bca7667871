"""The rules of recog as a second opinion on a text, read from a copy on this machine; nothing of it is shipped.

recog tries the fingerprints of a file in order and takes the first that matches; its parameters say what the thing is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from labelled_rows import RECOG_KINDS, label_of, parameters_of
from lxml import etree

_FLAGS = {"REG_ICASE": re.IGNORECASE, "REG_DOT_NEWLINE": re.DOTALL, "REG_MULTILINE": re.MULTILINE}


@dataclass(frozen=True, slots=True)
class Rule:
    """One fingerprint: its expression, and whether what it describes is a camera (None: it does not say)."""

    regex: re.Pattern[str]
    is_camera: bool | None


@cache
def rules(directory: Path) -> dict[str, tuple[Rule, ...]]:
    """The fingerprints Python can read, by our kind of text, in the order of the files."""
    found: dict[str, list[Rule]] = {}
    for name, seen_in in RECOG_KINDS.items():
        for fingerprint in etree.parse(directory / "xml" / f"{name}.xml").iter("fingerprint"):
            flags = re.RegexFlag(0)
            for flag in re.split(r"[,|\s]+", fingerprint.get("flags") or ""):
                flags |= _FLAGS.get(flag, re.RegexFlag(0))
            try:
                regex = re.compile(fingerprint.get("pattern", ""), flags)
            except re.error:
                continue
            is_camera, _ = label_of(*parameters_of(fingerprint))
            found.setdefault(seen_in, []).append(Rule(regex, is_camera))
    return {seen_in: tuple(listed) for seen_in, listed in found.items()}


def evaluate(directory: Path, seen_in: str, raw: str) -> bool | None:
    """What the first rule that matches says; None where none does or it says nothing of cameras."""
    first = next((rule for rule in rules(directory).get(seen_in, ()) if rule.regex.search(raw)), None)
    return first.is_camera if first else None
