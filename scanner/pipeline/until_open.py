"""Devices that answered and whose site is closed now: they wait for its hours, and nobody waits for them."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable

from scanner.net import Opening

LOOK_SECONDS = 0.2


class UntilOpen:
    """Waits for the hours of sites. Belongs to the running event loop; however many wait, each site is one watch."""

    def __init__(self, opening: Opening, stopping: threading.Event, on_waiting: Callable[[str], None]) -> None:
        self._opening = opening
        self._stopping = stopping
        self._on_waiting = on_waiting
        self._watches: dict[str, asyncio.Task[None]] = {}

    async def wait(self, address: str) -> None:
        """Until the site of ``address`` may be asked, or the audit is stopped."""
        site = self._opening.site_of(address)
        watch = self._watches.get(site)
        if watch is None or watch.done():
            watch = self._watches[site] = asyncio.create_task(self._watch(site))
        await asyncio.shield(watch)

    async def _watch(self, site: str) -> None:
        said = False
        # The stop comes from a signal handler or another thread, and the clock is the operator's: both are looked at.
        while not self._stopping.is_set() and not self._opening.is_open(site):
            if not said:
                name = f" of site {site}" if site else ""
                self._on_waiting(f"waiting for the hours{name} until {self._opening.opens_text(site)}")
                said = True
            await asyncio.sleep(LOOK_SECONDS)
        if said:
            self._on_waiting("")
