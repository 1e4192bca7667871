"""The order in which addresses are asked: sites that are open first, the others when their hours come.

Addresses of a closed site are parked as runs of neighbours, so that a /16 that waits for the night costs as much as one
address. Whoever was cut off by the end of the hours is put back and asked anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from scanner.discovery.asked import AskedAddresses
from scanner.model import Target

if TYPE_CHECKING:
    from scanner.net import Opening

MOST_PARKED_AT_ONCE = 256
"""Addresses put aside in one ``draw``: whoever draws has other things to do."""

OnWaiting = Callable[[str], None]
"""Gets ``waiting for the hours of site Leeds until 19:00`` when nobody else may be asked; '' at its end."""


class TargetLine:
    """Where a sweep gets its addresses from. Belongs to one thread."""

    def __init__(self, targets: Iterable[Target], opening: Opening, on_waiting: OnWaiting | None = None) -> None:
        self._targets: Iterator[Target] | None = iter(targets)
        self._opening = opening
        self._on_waiting = on_waiting
        self._parked: dict[str, AskedAddresses] = {}
        self._going: dict[str, Iterator[str]] = {}  # parked once, and drawn from now
        self._special: dict[str, Target] = {}  # those of which more is known than the address
        self._said = ""

    @property
    def ended(self) -> bool:
        """True when there is nobody left to draw, now or later; ``put_back`` may change that."""
        return self._targets is None and not self._parked and not self._going

    def draw(self) -> Target | None:
        """The next address that may be asked; None when there is none just now."""
        target = self._parked_one() or self._new_one()
        self._say("" if target or (not self._parked and not self._going) or self._targets else self.waiting())
        return target

    def put_back(self, target: Target) -> None:
        """Its hours ended before it was asked to the end: from the beginning when they come again."""
        site = self._opening.site_of(target.address)
        if target.label or target.ports:
            self._special[target.address] = target
        self._parked.setdefault(site, AskedAddresses()).add(target.address)

    def waiting(self) -> str:
        """``waiting for the hours of site Leeds until 19:00``: of the site that opens first; '' when none waits."""
        moments = [(self._opening.changes_at(site), site) for site in {**self._parked, **self._going}]
        first = min(((moment, site) for moment, site in moments if moment is not None), default=None)
        if first is None:
            return ""
        name = f" of site {first[1]}" if first[1] else ""
        return f"waiting for the hours{name} until {self._opening.opens_text(first[1])}"

    def _parked_one(self) -> Target | None:
        for site in [*self._going, *(one for one in self._parked if one not in self._going)]:
            while self._opening.is_open(site):
                if site not in self._going:
                    if site not in self._parked:
                        break
                    self._going[site] = iter(self._parked.pop(site))
                address = next(self._going[site], None)
                if address is not None:
                    return self._special.pop(address, None) or Target(address, site=site)
                del self._going[site]
        return None

    def _new_one(self) -> Target | None:
        for _ in range(MOST_PARKED_AT_ONCE):
            target = next(self._targets, None) if self._targets is not None else None
            if target is None:
                self._targets = None
                return None
            if not self._opening or self._opening.is_open(self._opening.site_of(target.address)):
                return target
            self.put_back(target)
        return None

    def _say(self, text: str) -> None:
        if text != self._said:
            self._said = text
            if self._on_waiting is not None:
                self._on_waiting(text)
