"""The hours in which a site may be audited: ``19:00-06:00``, ``Mon-Fri 19:00-06:00``, ``Sat,Sun``.

A span lasts from the first moment at which the clocks of the site show its start to the first moment after it at which
they show its end, or later. So a clock that is put forward shortens a night and never prolongs it past its end, and a
clock that is put back opens no span a second time. The days are those on which a span starts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
EXAMPLE = "19:00-06:00, Mon-Fri 19:00-06:00 or Sat,Sun"
_MINUTES_A_DAY = 24 * 60
_LOOK_AHEAD_DAYS = 15
"""Spans come back each week; a clock that is put forward may leave one of them out."""
_SPAN = re.compile(r"(\d{1,2}):(\d{2})-(\d{1,2}):(\d{2})")
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Span:
    """``start`` and ``end`` in minutes after midnight of a day in ``days`` (0 is Monday); past midnight: over 1440."""

    days: frozenset[int]
    start: int
    end: int


@dataclass(frozen=True)
class Hours:
    """When a place may be asked. ``timezone`` None: the clock of this machine. All moments carry their time zone."""

    texts: tuple[str, ...]
    timezone: ZoneInfo | None = None
    spans: tuple[Span, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Raises ValueError with one sentence where a text cannot be understood."""
        object.__setattr__(self, "spans", tuple(span for text in self.texts for span in _spans_of(text)))

    def __str__(self) -> str:
        zone = self.timezone.key if self.timezone else "local time"
        return f"{'; '.join(self.texts)} ({zone})"

    def open_at(self, moment: datetime) -> bool:
        """True when the place may be asked."""
        return any(start <= moment < end for start, end in self._around(moment))

    def changes_after(self, moment: datetime) -> datetime | None:
        """When the place opens next, or when it closes if it is open. None: not within two weeks."""
        spans = sorted(self._around(moment))
        if not self.open_at(moment):
            return min((start for start, _ in spans if start > moment), default=None)
        end = moment
        for first, last in spans:  # spans that touch or overlap are one
            if first <= end < last:
                end = last
        return end if end < moment + timedelta(days=_LOOK_AHEAD_DAYS - 1) else None

    def _around(self, moment: datetime) -> Iterator[tuple[datetime, datetime]]:
        """The spans of the day before yesterday up to two weeks ahead, as moments in UTC."""
        today = self._shown(moment).date()
        for ahead in range(-2, _LOOK_AHEAD_DAYS):
            day = today + timedelta(days=ahead)
            for span in self.spans:
                if day.weekday() in span.days:
                    start, end = self._first_shown(day, span.start), self._first_shown(day, span.end)
                    if start < end:
                        yield start, end

    def _shown(self, moment: datetime) -> datetime:
        """What the clock on the wall shows."""
        return moment.astimezone(self.timezone).replace(tzinfo=None)

    def _first_shown(self, day: date, minutes: int) -> datetime:
        """The first moment at which the clock shows so many minutes after the midnight before ``day``, or more."""
        wall = datetime.combine(day, time()) + timedelta(minutes=minutes)
        moment = self._moment(wall)
        if self._shown(moment) == wall:
            return moment
        # The clock never shows it: it is put forward over it, somewhere between these two.
        before, after = sorted((moment, self._moment(wall.replace(fold=1))))
        while after - before > _SECOND:
            middle = before + (after - before) // _SECOND // 2 * _SECOND
            before, after = (before, middle) if self._shown(middle) >= wall else (middle, after)
        return after

    def _moment(self, wall: datetime) -> datetime:
        return wall.replace(tzinfo=self.timezone).astimezone(UTC)


def parse(texts: Iterable[str], timezone: str = "") -> Hours:
    """Hours of one place; ``timezone`` as in ``Europe/London``, '' for the clock of this machine. Raises ValueError."""
    return Hours(tuple(" ".join(text.split()) for text in texts), zone_of(timezone) if timezone else None)


def zone_of(name: str) -> ZoneInfo:
    """The time zone of that name; raises ValueError with one sentence."""
    try:
        return ZoneInfo(name)
    except (LookupError, ValueError, OSError):
        raise ValueError(f"expected a time zone such as Europe/London, found {name!r}") from None


@dataclass(frozen=True)
class Both:
    """Two sets of hours that must both be open."""

    one: Hours
    other: Hours

    def __str__(self) -> str:
        return f"{self.one} and {self.other}"

    @property
    def timezone(self) -> ZoneInfo | None:
        """Whose clock moments are told by."""
        return self.one.timezone

    def open_at(self, moment: datetime) -> bool:
        """True when both are open."""
        return self.one.open_at(moment) and self.other.open_at(moment)

    def changes_after(self, moment: datetime) -> datetime | None:
        """When they are open together next, or when that ends. None: not within two weeks."""
        is_open, at = self.open_at(moment), moment
        while at < moment + timedelta(days=_LOOK_AHEAD_DAYS):
            changes = [change for each in (self.one, self.other) if (change := each.changes_after(at))]
            if not changes:
                return None
            at = min(changes)
            if self.open_at(at) != is_open:
                return at
        return None


def _spans_of(text: str) -> Iterator[Span]:
    days_text, times_text = _split(text)
    days = frozenset(day for part in days_text.split(",") for day in _days_of(part, text)) if days_text else None
    for part in times_text.split(",") if times_text else ["00:00-24:00"]:
        start, end = _minutes_of(part, text)
        yield Span(frozenset(range(7)) if days is None else days, start, end)


def _split(text: str) -> tuple[str, str]:
    words: Sequence[str] = text.split()
    if len(words) == 1:
        return ("", words[0]) if words[0][:1].isdigit() else (words[0], "")
    if len(words) == 2:
        return words[0], words[1]
    raise ValueError(f"expected hours such as {EXAMPLE}, found {text!r}")


def _days_of(part: str, text: str) -> Iterator[int]:
    first, dash, last = part.partition("-")
    names = [name.casefold() for name in DAYS]
    if first.casefold() not in names or (dash and last.casefold() not in names):
        wrong = last if first.casefold() in names else first
        raise ValueError(f"expected days such as Mon-Fri or Sat,Sun, found {wrong!r} in {text!r}")
    low, high = names.index(first.casefold()), names.index((last or first).casefold())
    return (day % 7 for day in range(low, (high if high >= low else high + 7) + 1))


def _minutes_of(part: str, text: str) -> tuple[int, int]:
    found = _SPAN.fullmatch(part) if part.isascii() else None
    if found is None:
        raise ValueError(f"expected a span such as 19:00-06:00, found {part!r} in {text!r}")
    hour, minute, last_hour, last_minute = (int(number) for number in found.groups())
    start, end = hour * 60 + minute, last_hour * 60 + last_minute
    if minute > 59 or last_minute > 59 or start >= _MINUTES_A_DAY or end > _MINUTES_A_DAY:
        raise ValueError(f"expected times from 00:00 to 24:00, found {part!r}")
    if start == end:
        raise ValueError(f"{part!r} says nothing: write 00:00-24:00 for the whole day")
    return start, end if end > start else end + _MINUTES_A_DAY
