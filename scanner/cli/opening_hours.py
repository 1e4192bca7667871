"""The hours of an audit: those of each site in the estate, and ``--hours`` for every address."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time

from scanner.config import Config
from scanner.errors import ConfigError, Place
from scanner.estate import Estate, Timetable
from scanner.hours import Hours, parse


def timetable_of(config: Config, estate: Estate, today: date) -> Timetable:
    """Both kinds together; raises ConfigError for hours that say nothing, or that never come for a site.

    ``--hours`` are by the clock of the organisation's time zone, or of this machine where it states none.
    """
    everywhere: Hours | None = None
    if config.settings.hours:
        try:
            everywhere = parse(config.settings.hours, estate.organisation.timezone)
        except ValueError as problem:
            raise ConfigError(str(problem), config.where("hours")) from None
    timetable = estate.timetable(everywhere)
    begin = datetime.combine(today, time(), UTC)
    for name, hours in timetable.hours.items():
        if not hours.open_at(begin) and hours.changes_after(begin) is None:
            place = config.where("hours") if everywhere else Place(config.settings.estate)
            raise ConfigError(f"{_site(name)} would never be asked: {hours}", place)
    return timetable


def hours_lines(timetable: Timetable) -> Iterator[str]:
    """Sentences for the report."""
    for name, hours in timetable.hours.items():
        yield f"{_site(name)} {'was asked in its' if name else 'were asked in these'} hours only: {hours}."


def hours_plan(timetable: Timetable, now: datetime) -> Iterator[str]:
    """Lines for ``--dry-run``: the hours, and whether they are now."""
    for name, hours in timetable.hours.items():
        changes = hours.changes_after(now)
        shown = f"{changes.astimezone(hours.timezone):%a %Y-%m-%d %H:%M}" if changes else ""
        state = ("open now" + (f", until {shown}" if shown else "")) if hours.open_at(now) else f"they begin {shown}"
        yield f"Hours of {'site ' + name if name else 'all other addresses'}: {hours}; {state}"


def _site(name: str) -> str:
    return f"Site {name}" if name else "Addresses of no site"
