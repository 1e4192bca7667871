"""The inventory on disk: one SQLite file an audit, written as it comes, so that a killed audit loses nothing.

``Store`` is imported when it is asked for: SQLAlchemy takes half a second to load.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from scanner.history.store import Store

__all__ = ["Store"]


def __getattr__(name: str) -> Any:
    if name == "Store":
        from scanner.history.store import Store

        return Store
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
