"""Which addresses were asked, in a memory that does not grow with the size of a range."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator

from scanner.addresses import Version, address_of, as_text, parse_span

_IPV6 = 1 << 128
"""IPv6 lies far above IPv4, so that both fit on one line of numbers."""


class AskedAddresses:
    """Addresses as runs of neighbours: a /16 asked in any order costs as much as one address."""

    def __init__(self, runs: Iterable[str] = ()) -> None:
        """``runs`` as ``texts`` gives them. Raises ValueError for anything else."""
        self._firsts: list[int] = []
        self._lasts: list[int] = []
        for text in runs:
            span = parse_span(text)
            above = _IPV6 if span.version == 6 else 0
            self._join(span.first + above, span.last + above)

    def add(self, address: str) -> None:
        """Remember one address. Raises ValueError for what is no address."""
        number = _number(address)
        self._join(number, number)

    def __contains__(self, address: object) -> bool:
        number = address if isinstance(address, int) else _number(str(address))
        at = bisect_right(self._firsts, number) - 1
        return at >= 0 and number <= self._lasts[at]

    def texts(self) -> list[str]:
        """The runs as ``first-last``, in order."""
        return [f"{_text(first)}-{_text(last)}" for first, last in zip(self._firsts, self._lasts, strict=True)]

    def __iter__(self) -> Iterator[str]:
        """Every address, in order."""
        for first, last in zip(self._firsts, self._lasts, strict=True):
            for number in range(first, last + 1):
                yield _text(number)

    def __len__(self) -> int:
        return sum(self._lasts) - sum(self._firsts) + len(self._firsts)

    def _join(self, first: int, last: int) -> None:
        """Add a run, and make one of all it touches."""
        low = bisect_right(self._firsts, first) - 1
        if low < 0 or self._lasts[low] < first - 1:
            low += 1
        high = low
        while high < len(self._firsts) and self._firsts[high] <= last + 1:
            first, last = min(first, self._firsts[high]), max(last, self._lasts[high])
            high += 1
        self._firsts[low:high] = [first]
        self._lasts[low:high] = [last]


def _number(address: str) -> int:
    parsed = address_of(address)
    return int(parsed) + (_IPV6 if parsed.version == 6 else 0)


def _text(number: int) -> str:
    version: Version = 6 if number >= _IPV6 else 4
    return as_text(version, number - _IPV6 if version == 6 else number)
