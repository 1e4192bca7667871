"""Stand-ins: what is written in the place of a value. The same value always gets the same one, of the same shape.

Letters become x and digits 0, but for a few characters at the end that tell values apart. A value that looks like a
stand-in already is its own, so that a second pass changes nothing.
"""

from __future__ import annotations

import ipaddress
import re
import string
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator

from scanner.recordings.fields import Kind

_COUNTERS = 3
_HEX = re.compile(r"(?=.*\d)(?=.*[a-fA-F])(?:[0-9a-f]{5,}|[0-9A-F]{5,})")
_MAC_MARK = 0xCAFE00
_DAY = re.compile(r"(?<=\S{4})20[012]\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?=[A-Za-z]{3,6}\d{8})")
_NO_DAY = "20000101"
_UUID_HEAD = "00000000-0000-4000-8000-"
_KEPT = ("0.0.0.0/8", "224.0.0.0/4", "240.0.0.0/4", "127.0.0.1/32", "192.168.0.0/32")
_KEPT_V4 = [ipaddress.ip_network(one) for one in _KEPT]  # the last stands in slots of recorders that nobody uses
DOCUMENTATION_V4 = [ipaddress.ip_network(one) for one in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24")]
_OVERFLOW_V4 = ipaddress.ip_network("198.18.0.0/15")  # of benchmarks: for a device that names 700 addresses
DOCUMENTATION_V6 = ipaddress.ip_network("2001:db8::/32")


class StandIns:
    """All stand-ins of one recording. ``protect`` are texts that stay inside a value: the model, a stand-in MAC."""

    def __init__(self, protect: Callable[[], Iterable[str]]) -> None:
        self._protect = protect
        self._made: dict[str, dict[str, str]] = defaultdict(dict)
        self._taken: set[str] = set()
        self.macs: dict[str, str] = {}  # hex of 12, lower case -> hex of 12

    def counts(self, is_there: Callable[[str], bool]) -> dict[str, int]:
        """Different stand-ins that are there, by kind."""
        sets: dict[str, set[str]] = {kind: set(values.values()) for kind, values in self._made.items()}
        sets["Ethernet address"] = set(self.macs.values())
        return {
            kind: sum(map(is_there, made)) if kind != "Ethernet address" else len(made) for kind, made in sets.items()
        }

    def count(self, kind: Kind, made: str) -> None:
        """A stand-in that was made elsewhere."""
        self._made[kind].setdefault(made, made)

    def made(self, kind: Kind) -> set[str]:
        """The stand-ins of a kind."""
        return set(self._made[kind].values())

    # -- by kind -----------------------------------------------------------------------------------------

    def text(self, kind: Kind, value: str) -> str:
        """A name, serial number or the like: same length, same kinds of characters, the product's words kept."""
        made = self._made[kind]
        if value not in made:
            for other in self._made.values():  # the same text in two roles stays the same text
                if other.get(value):
                    made[value] = other[value]
                    break
            else:
                is_serial = kind == "serial number"
                shaped = self._shaped(value, _prefix(value) if is_serial else 0)
                made[value] = _with_a_day(value, shaped) if is_serial else shaped
        return made[value]

    def address(self, text: str) -> str:
        """An IP address: from the ranges for documentation, of the same length where one is."""
        made = self._made["IP address"]
        if text not in made:
            address = ipaddress.ip_address(text)
            known = DOCUMENTATION_V6 if address.version == 6 else None
            if (known is not None and address in known) or any(address in one for one in DOCUMENTATION_V4):
                made[text] = text
            else:
                made[text] = self._free(_v6() if address.version == 6 else _v4(len(text)))
            self._taken.add(made[text])
        return made[text]

    def mac(self, text: str) -> str:
        """An Ethernet address as it is written: the maker's prefix stays, for it tells the maker."""
        plain = re.sub(r"[^0-9a-fA-F]", "", text).lower()
        if plain not in self.macs:
            is_one = _MAC_MARK <= int(plain[6:], 16) < _MAC_MARK + 512
            number = _MAC_MARK + 1
            while not is_one and f"{plain[:6]}{number:06x}" in self.macs.values():
                number += 1
            self.macs[plain] = plain if is_one else f"{plain[:6]}{number:06x}"
        digits = iter(self.macs[plain])
        made = "".join(next(digits) if char in string.hexdigits else char for char in text)
        return made.upper() if text.upper() == text != text.lower() else made

    def uuid(self, text: str) -> str:
        """A UUID; its last twelve digits stay an Ethernet address where they are one that is known."""
        made, plain = self._made["cloud id"], text.lower()
        if plain not in made:
            tail = plain[24:]
            if tail in self.macs or tail in self.macs.values():
                made[plain] = _UUID_HEAD + self.macs.get(tail, tail)
            elif plain.startswith(_UUID_HEAD):
                made[plain] = plain
            else:
                made[plain] = self._free(f"{_UUID_HEAD}{number:012d}" for number in range(1, 10**9))
            self._taken.add(made[plain])
        return made[plain].upper() if text.upper() == text != plain else made[plain]

    def email(self, text: str) -> str:
        """An e-mail address at example.com."""
        local, at, _ = re.split("(@|%40)", text, maxsplit=1)
        made = self._made["e-mail address"]
        if text not in made:
            made[text] = f"{self._shaped(local)}{at}example.com"
        return made[text]

    def number(self, kind: Kind, text: str) -> str:
        """A number that stays one in every format: 52.3702 -> 10.0000."""
        made = self._made[kind]
        if text not in made:
            first = True
            shaped = []
            for char in text:
                shaped.append("1" if char.isdigit() and first else "0" if char.isdigit() else char)
                first = first and not char.isdigit()
            made[text] = "".join(shaped)
        return made[text]

    # -- shapes ------------------------------------------------------------------------------------------

    def _shaped(self, value: str, start: int = 0) -> str:
        kept = _kept_places(value, self._protect()) | set(range(start))
        free = [place for place, char in enumerate(value) if char.isalnum() and place not in kept]
        hexadecimal = bool(_HEX.fullmatch(value))  # stays hexadecimal
        upper, lower = ("A", "a") if hexadecimal else ("X", "x")
        shape = list(value)
        for place in free:
            shape[place] = "0" if value[place].isdigit() else upper if value[place].isupper() else lower
        counters = free[len(free) - min(_COUNTERS, max(0, len(free) - 2)) :]
        if all(value[place] == shape[place] for place in free if place not in counters) and counters:
            self._taken.add(value)
            return value
        blank = "".join(shape)
        made = next((one for one in _numbered(shape, counters) if one not in self._taken), blank)
        self._taken.add(made)
        return made

    def _free(self, candidates: Iterable[str]) -> str:
        return next(one for one in candidates if one not in self._taken)


def is_kept_address(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Masks, groups and addresses that mean "none" or "myself" say nothing of a network."""
    if isinstance(address, ipaddress.IPv6Address):
        return address.is_unspecified or address.is_loopback or address.is_multicast
    return any(address in one for one in _KEPT_V4)


def _prefix(serial: str) -> int:
    """How many letters a long serial number begins with: brands are told by them (docs/sources.md I9.2)."""
    found = re.match(r"[A-Z]{2,3}(?=[0-9A-Z]{8})", serial)
    return len(found[0]) if found else 0


def _with_a_day(serial: str, shaped: str) -> str:
    """A day where the serial number has one before letters and digits: that shape tells a maker, the day nobody."""
    found = _DAY.search(serial)
    return f"{shaped[: found.start()]}{_NO_DAY}{shaped[found.end() :]}" if found else shaped


def _kept_places(value: str, protected: Iterable[str]) -> set[int]:
    small = value.casefold()
    if len(small) != len(value):
        return set()
    places: set[int] = set()
    for word in protected:
        start = small.find(word)
        while word and start >= 0:
            places.update(range(start, start + len(word)))
            start = small.find(word, start + 1)
    return places


def _numbered(shape: list[str], places: list[int]) -> Iterator[str]:
    """The shape with counters at its end, the smallest first."""
    bases = [10 if shape[place] == "0" else 6 if shape[place] in "aA" else 23 for place in places]  # a to w: no x
    most = 1
    for base in bases:
        most *= base
    for number in range(1, most):
        rest, made = number, list(shape)
        for place, base in zip(reversed(places), reversed(bases), strict=True):
            rest, digit = divmod(rest, base)
            if base == 10:
                made[place] = str(digit)
            elif rest or digit:
                made[place] = chr((ord("A") if shape[place] in "XA" else ord("a")) + digit)
        yield "".join(made)


def _v4(length: int) -> Iterator[str]:
    """Addresses for documentation, those of the wanted length first, then the nearest."""
    everything = [str(network[host]) for network in DOCUMENTATION_V4 for host in range(1, 255)]
    yield from sorted(everything, key=lambda one: abs(len(one) - length))
    yield from (str(one) for one in _OVERFLOW_V4.hosts())


def _v6() -> Iterator[str]:
    return (str(DOCUMENTATION_V6[number]) for number in range(1, 65_536))
