"""docs/recordings.md names every field of the shape, and no other."""

from __future__ import annotations

import re

import msgspec
from needs import ROOT

from scanner.recordings import Exchange, Recording


def test_every_field_is_documented() -> None:
    text = (ROOT / "docs" / "recordings.md").read_text(encoding="utf-8")
    rows = "\n".join(line.split("|")[1] for line in text.splitlines() if line.startswith("| `"))
    documented = set(re.findall(r"`(\w+)`", rows))

    assert documented == {field.name for kind in (Recording, Exchange) for field in msgspec.structs.fields(kind)}
