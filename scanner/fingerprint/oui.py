"""MAC addresses: one spelling, and whose prefix they carry.

A prefix tells who made the network interface: circumstantial for the maker of the unit, and the strongest
sign of a rebrand where the name on the unit is another (docs/sources.md I8). Source and date of the
data stand in the first lines of ``oui.csv``.
"""

from __future__ import annotations

import csv
import re
from pathlib import Path

from scanner.errors import ConfigError, PackError, Place
from scanner.fingerprint.makers import names
from scanner.once import once

HERE = Path(__file__).parent
_HEX12 = re.compile(r"(?i)^[0-9a-f]{12}$")
_SEPARATORS = re.compile(r"[-:. ]")
_PREFIX = re.compile(r"^(?:[0-9a-f]{2}:){2}[0-9a-f]{2}$")


def normal_mac(text: str) -> str | None:
    """The MAC address in ``text`` as "aa:bb:cc:dd:ee:ff"; None when it is none, all zeros, all ones or a group."""
    digits = _SEPARATORS.sub("", text.strip()[:40]).lower()
    if not _HEX12.match(digits) or len(set(digits)) == 1 or int(digits[:2], 16) & 1:
        return None
    return ":".join(digits[index : index + 2] for index in range(0, 12, 2))


def owner(mac: str) -> str | None:
    """The canonical name in ``makers.yaml`` whose prefix this normal MAC address carries."""
    return prefixes().get(mac[:8])


@once
def prefixes() -> dict[str, str]:
    """Prefix "aa:bb:cc" -> canonical name; raises PackError when the file is unsound."""
    return load(HERE / "oui.csv")


def load(path: Path) -> dict[str, str]:
    """Read a prefix file (prefix, name, organisation; ``#`` starts a comment line)."""
    problems = []
    found: dict[str, str] = {}
    with path.open(encoding="utf-8", newline="") as file:
        for number, row in enumerate(csv.reader(file), start=1):
            if not row or row[0].startswith("#") or row[0] == "prefix":
                continue
            place = Place(path, number)
            if len(row) != 3 or not _PREFIX.match(row[0]):
                problems.append(ConfigError(f"expected prefix, name, organisation, found {row}", place))
            elif names().get(row[1]) is None:
                problems.append(ConfigError(f"expected a name of makers.yaml, found {row[1]!r}", place))
            elif row[0] in found:
                problems.append(ConfigError(f"expected each prefix once, found {row[0]} again", place))
            else:
                found[row[0]] = row[1]
    if problems:
        raise PackError(problems)
    return found
