"""One line of the table of figures."""

from __future__ import annotations

from typing import NamedTuple


class Row(NamedTuple):
    """What was measured, the figure as text with its unit, the budget, and whether it was kept."""

    what: str
    measured: str
    budget: str
    kept: bool
