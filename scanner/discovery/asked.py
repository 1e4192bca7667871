"""Which addresses were asked, in a memory that does not grow with the size of a range."""

from __future__ import annotations

from bisect import bisect_right, insort

from scanner.addresses import address_of


class AskedAddresses:
    """Addresses as runs of neighbours: a /16 asked in order costs as much as one address."""

    def __init__(self) -> None:
        self._runs: list[list[int]] = []  # [first, last], sorted
        self._latest: list[int] | None = None

    def add(self, address: str) -> None:
        """Remember one address. Raises ValueError for what is no address."""
        number = _number(address)
        if self._latest is not None and number == self._latest[1] + 1:
            self._latest[1] = number
        elif number not in self:
            self._latest = [number, number]
            insort(self._runs, self._latest)

    def __contains__(self, address: object) -> bool:
        number = address if isinstance(address, int) else _number(str(address))
        at = bisect_right(self._runs, number, key=lambda run: run[0]) - 1
        return at >= 0 and number <= self._runs[at][1]


def _number(address: str) -> int:
    """IPv6 lies far above IPv4, so that both fit on one line of numbers."""
    parsed = address_of(address)
    return int(parsed) + (1 << 128 if parsed.version == 6 else 0)
