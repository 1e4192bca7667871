"""Addresses as operators write them: one address, a CIDR, a range; and sets of them with fast membership.

Pure text and numbers: no name is resolved here and nothing is sent.
"""

from __future__ import annotations

import ipaddress
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Literal, NamedTuple, TypeAlias

Network: TypeAlias = IPv4Network | IPv6Network
Version: TypeAlias = Literal[4, 6]

_NAME = re.compile(
    r"(?=.{1,253}$)(?:[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9])?\.)*[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
)

_ZONE = re.compile(r"[A-Za-z0-9_.@-]{1,32}")


class Span(NamedTuple):
    """All addresses from ``first`` to ``last``, both included, as numbers; ``text`` as the operator wrote it."""

    version: Version
    first: int
    last: int
    text: str
    prefix: int | None = None  # of a CIDR
    zone: str = ""  # ``%eth0``, of a single link-local address

    @property
    def hosts(self) -> Span:
        """Without the addresses no host has: network and broadcast of IPv4, router anycast of IPv6."""
        if self.prefix is None or self.prefix >= (31 if self.version == 4 else 127):
            return self
        return self._replace(first=self.first + 1, last=self.last - (1 if self.version == 4 else 0))


@lru_cache(maxsize=32_768)
def address_of(text: str) -> IPv4Address | IPv6Address:
    """One address; an IPv4 address in IPv6 clothes (``::ffff:10.0.0.1``) is that IPv4 address. Raises ValueError."""
    address = ipaddress.ip_address(text)
    if isinstance(address, IPv6Address):
        return address.ipv4_mapped or address
    return address


def as_text(version: Version, number: int) -> str:
    """The canonical text of an address."""
    return str(IPv4Address(number) if version == 4 else IPv6Address(number))


def is_host_name(text: str) -> bool:
    """True for a host name; never for a mistyped address or range (``10.0.0.300``, ``10.0.0.x``, ``10.0.0.1-5O``)."""
    if not _NAME.fullmatch(text):
        return False
    labels = text.split(".")
    if sum(label.isdecimal() for label in labels) >= 3:
        return False
    return labels[-1][0].isalpha() or (len(labels) == 1 and any(char.isalpha() for char in text))


def parse_span(text: str) -> Span:
    """An address, a CIDR or a range (``10.0.0.1-10.0.0.50``, ``10.0.0.1-50``). Raises ValueError with one sentence."""
    if not text.isascii() or not text.isprintable() or " " in text or not text:
        raise ValueError(f"expected an address, CIDR or range, found {_shown(text)}")
    if "%" in text:
        raise ValueError(f"expected an address without an interface name, found {_shown(text)}")
    if "/" in text:
        return _cidr(text)
    if "-" in text:
        return _range(text)
    try:
        address = address_of(text)
    except ValueError:
        raise ValueError(f"expected an address, CIDR or range, found {_shown(text)}") from None
    return Span(address.version, int(address), int(address), text)


def parse_zoned(text: str) -> Span:
    """A single link-local IPv6 address with the interface it is on, ``fe80::1%eth0``. Raises ValueError."""
    host, _, zone = text.partition("%")
    span = parse_span(host)
    if span.version != 6 or span.first != span.last or not IPv6Address(span.first).is_link_local:
        raise ValueError(f"expected an interface name only after a link-local IPv6 address, found {_shown(text)}")
    if not _ZONE.fullmatch(zone):
        raise ValueError(f"expected the name of an interface after %, found {_shown(text)}")
    return span._replace(text=text, zone=f"%{zone}")


def _cidr(text: str) -> Span:
    base, _, prefix = text.partition("/")
    if not re.fullmatch(r"[0-9]{1,3}", prefix):
        raise ValueError(f"expected a prefix length after the slash, found {_shown(text)}")
    try:
        network = ipaddress.ip_network(f"{base}/{int(prefix)}", strict=False)
    except ValueError:
        raise ValueError(f"expected a CIDR such as 10.20.0.0/16, found {_shown(text)}") from None
    if isinstance(network, IPv6Network) and network.network_address.ipv4_mapped:
        raise ValueError(f"expected an IPv4 network written as IPv4, found {_shown(text)}")
    if network.network_address != ipaddress.ip_address(base):
        raise ValueError(f"{_shown(text)} is an address inside {network}: write {network}, or {base} for that one")
    return Span(network.version, int(network.network_address), int(network.broadcast_address), text, network.prefixlen)


def _range(text: str) -> Span:
    start, _, end = text.partition("-")
    try:
        first = address_of(start)
        if re.fullmatch(r"[0-9]{1,3}", end) and isinstance(first, IPv4Address):
            end = f"{start.rpartition('.')[0]}.{int(end)}"
        last = address_of(end)
    except ValueError:
        raise ValueError(f"expected a range such as 10.0.0.1-10.0.0.50 or 10.0.0.1-50, found {_shown(text)}") from None
    if first.version != last.version:
        raise ValueError(f"expected both ends of a range to be IPv4 or both IPv6, found {_shown(text)}")
    if int(last) < int(first):
        raise ValueError(f"the range {text} is reversed: {last} comes before {first}")
    return Span(first.version, int(first), int(last), text)


def _shown(text: str) -> str:
    clean = "".join(char if char.isprintable() else "?" for char in text)
    return repr(clean if len(clean) <= 60 else clean[:60] + "...")


def networks_of(span: Span) -> tuple[Network, ...]:
    """The CIDRs a span is made of."""
    if span.version == 4:
        return tuple(ipaddress.summarize_address_range(IPv4Address(span.first), IPv4Address(span.last)))
    return tuple(ipaddress.summarize_address_range(IPv6Address(span.first), IPv6Address(span.last)))


def span_of(network: Network) -> Span:
    """A network as a span."""
    return Span(
        network.version,
        int(network.network_address),
        int(network.broadcast_address),
        str(network),
        network.prefixlen,
    )


Interval: TypeAlias = tuple[int, int]
_BEYOND = 1 << 128


@dataclass(frozen=True)
class AddressSet:
    """A set of addresses as sorted, disjoint intervals per IP version; a million addresses cost as much as one."""

    v4: tuple[Interval, ...] = ()
    v6: tuple[Interval, ...] = ()
    _starts: dict[int, list[int]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_starts", {4: [one[0] for one in self.v4], 6: [one[0] for one in self.v6]})

    @classmethod
    def of(cls, spans: Iterable[Span]) -> AddressSet:
        """The union of spans."""
        split: dict[int, list[Interval]] = {4: [], 6: []}
        for span in spans:
            if span.first <= span.last:
                split[span.version].append((span.first, span.last))
        return cls(_merged(split[4]), _merged(split[6]))

    @classmethod
    def of_networks(cls, networks: Iterable[Network]) -> AddressSet:
        """The union of networks."""
        return cls.of(span_of(network) for network in networks)

    def has(self, version: int, number: int) -> bool:
        """True when the address is in the set."""
        at = bisect_right(self._starts[version], number) - 1
        return at >= 0 and number <= (self.v4 if version == 4 else self.v6)[at][1]

    def __contains__(self, text: str) -> bool:
        address = address_of(text)
        return self.has(address.version, int(address))

    def __bool__(self) -> bool:
        return bool(self.v4 or self.v6)

    def __len__(self) -> int:
        raise TypeError("a set of IPv6 addresses can be longer than len() can say: use size")

    @property
    def size(self) -> int:
        """Number of addresses."""
        return sum(last - first + 1 for first, last in (*self.v4, *self.v6))

    def __or__(self, other: AddressSet) -> AddressSet:
        return AddressSet(_merged([*self.v4, *other.v4]), _merged([*self.v6, *other.v6]))

    def __sub__(self, other: AddressSet) -> AddressSet:
        return AddressSet(_without(self.v4, other.v4), _without(self.v6, other.v6))

    def __and__(self, other: AddressSet) -> AddressSet:
        return self - (self - other)

    def spans(self) -> Iterator[Span]:
        """The intervals, IPv4 first, each with a text of its own."""
        for first, last in self.v4:
            yield Span(4, first, last, _interval_text(4, first, last))
        for first, last in self.v6:
            yield Span(6, first, last, _interval_text(6, first, last))

    def first_text(self) -> str:
        """The lowest address, for messages; '' for the empty set."""
        return next((as_text(span.version, span.first) for span in self.spans()), "")


def _interval_text(version: Version, first: int, last: int) -> str:
    start = as_text(version, first)
    return start if first == last else f"{start}-{as_text(version, last)}"


def _merged(intervals: Iterable[Interval]) -> tuple[Interval, ...]:
    merged: list[Interval] = []
    for first, last in sorted(intervals):
        if merged and first <= merged[-1][1] + 1:
            if last > merged[-1][1]:
                merged[-1] = (merged[-1][0], last)
        else:
            merged.append((first, last))
    return tuple(merged)


def _without(keep: tuple[Interval, ...], remove: tuple[Interval, ...]) -> tuple[Interval, ...]:
    left: list[Interval] = []
    for first, last in keep:
        start = first
        for at in range(max(0, bisect_right(remove, (first, _BEYOND)) - 1), len(remove)):
            gone_first, gone_last = remove[at]
            if gone_first > last:
                break
            if gone_first > start:
                left.append((start, gone_first - 1))
            start = max(start, gone_last + 1)
        if start <= last:
            left.append((start, last))
    return tuple(left)


class Claims:
    """Addresses given out so far, for many small spans in turn: each claim costs a binary search, not a walk."""

    def __init__(self, taken: AddressSet = AddressSet()) -> None:  # frozen
        self._firsts = {4: [one[0] for one in taken.v4], 6: [one[0] for one in taken.v6]}
        self._lasts = {4: [one[1] for one in taken.v4], 6: [one[1] for one in taken.v6]}

    def claim(self, span: Span) -> list[Interval]:
        """Take ``span``; the parts of it that were still free, in order."""
        firsts, lasts = self._firsts[span.version], self._lasts[span.version]
        first, last = span.first, span.last
        if first > last:
            return []
        low, high = bisect_left(lasts, first), bisect_right(firsts, last)
        free: list[Interval] = []
        start = first
        for at in range(low, high):
            if firsts[at] > start:
                free.append((start, firsts[at] - 1))
            start = lasts[at] + 1
        if start <= last:
            free.append((start, last))
        if low < high:
            first, last = min(first, firsts[low]), max(last, lasts[high - 1])
        firsts[low:high], lasts[low:high] = [first], [last]
        return free
