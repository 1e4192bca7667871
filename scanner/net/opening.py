"""The hours of sites, asked before every packet like the scope: nothing leaves for a site that is closed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from scanner.addresses import Network
from scanner.errors import NoAnswer
from scanner.estate import Timetable

_LONG = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class _Known:
    """What was found at ``since`` holds until ``until``."""

    is_open: bool
    since: datetime
    until: datetime


class Opening:
    """Which sites may be asked now. Thread-safe. ``now`` gives the time with its zone."""

    def __init__(self, timetable: Timetable | None = None, now: Callable[[], datetime] | None = None) -> None:
        self._timetable = timetable or Timetable()
        self._now = now or (lambda: datetime.now(UTC))
        self._known: dict[str, _Known] = {}

    def __bool__(self) -> bool:
        """False when no site has hours."""
        return bool(self._timetable.hours)

    def site_of(self, address: str) -> str:
        """The name of the site an address belongs to; '' for none."""
        return self._timetable.site_of(address)

    def is_open(self, site: str) -> bool:
        """True when addresses of this site may be asked now."""
        return site not in self._timetable.hours or self._look_up(site).is_open

    def changes_at(self, site: str) -> datetime | None:
        """When the site opens, or closes if it is open; None for a site without hours."""
        return self._look_up(site).until if site in self._timetable.hours else None

    def permits(self, address: str) -> bool:
        """True when this address may be asked now."""
        return not self._timetable.hours or self.is_open(self._timetable.site_of(address))

    def hold(self, address: str) -> None:
        """NoAnswer ``out-of-hours`` when the site of ``address`` is closed."""
        if self._timetable.hours:
            site = self._timetable.site_of(address)
            if not self.is_open(site):
                raise NoAnswer("out-of-hours", self.until(site))

    def until(self, site: str) -> str:
        """``the hours of site Leeds begin at 19:00``, by the clock of the site, with the day where it is another."""
        name = f"the hours of site {site}" if site else "the hours"
        return f"{name} begin at {self.opens_text(site)}"

    def opens_text(self, site: str) -> str:
        """``19:00`` or ``Mon 19:00``, by the clock of the site."""
        opens = self.changes_at(site)
        if opens is None:
            return "any time"
        zone = self._timetable.hours[site].timezone
        shown, today = opens.astimezone(zone), self._now().astimezone(zone)
        return f"{shown:%H:%M}" if shown.date() == today.date() else f"{shown:%a %H:%M}"

    def closed_in(self, networks: Iterable[Network]) -> str:
        """The name of a closed site with addresses in one of these networks; '' when there is none."""
        if not self._timetable.hours:
            return ""
        closed = (site for site in self._timetable.sites_in(networks) if not self.is_open(site))
        return next((site or "no site" for site in closed), "")

    def _look_up(self, site: str) -> _Known:
        now = self._now()
        known = self._known.get(site)
        if known is None or not known.since <= now < known.until:
            hours = self._timetable.hours[site]
            until = hours.changes_after(now) or now + _LONG
            known = self._known[site] = _Known(hours.open_at(now), now, until)
        return known
