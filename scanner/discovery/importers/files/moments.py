"""Times as files write them. All are UTC; what lies before 1990 or after 2100 is the clock of nobody."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

_FIRST = datetime(1990, 1, 1, tzinfo=UTC)
_LAST = datetime(2100, 1, 1, tzinfo=UTC)
_LEASE = re.compile(r"(?:[0-6]\s+)?(\d{4})/(\d{1,2})/(\d{1,2})\s+(\d{1,2}):(\d{1,2}):(\d{1,2})")


def of_epoch(value: Any) -> datetime | None:
    """Seconds since 1970, as a number or its text; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        return _plausible(datetime.fromtimestamp(float(value), UTC))
    except (ValueError, OverflowError, OSError):
        return None


def of_lease(text: str) -> datetime | None:
    """``4 2026/11/19 08:15:00`` or ``epoch 1795076100`` of dhcpd.leases; None for ``never`` and anything else."""
    if text.startswith("epoch"):
        return of_epoch(text.removeprefix("epoch").partition(";")[0].partition("#")[0].strip())
    found = _LEASE.match(text.strip())
    if not found:
        return None
    try:
        return _plausible(datetime(*(int(part) for part in found.groups()), tzinfo=UTC))  # type: ignore[misc,arg-type]
    except ValueError:
        return None


def _plausible(moment: datetime) -> datetime | None:
    return moment if _FIRST <= moment < _LAST else None
