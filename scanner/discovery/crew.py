"""Workers that share one source, as many as it keeps busy and never more than a bound."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

Item = TypeVar("Item")


class Crew(Generic[Item]):
    """``await Crew(take, work, most).run()`` takes items until ``take`` gives None and every worker is done.

    A worker is added when all others are busy; an error of one ends them all. ``take`` must go on giving None.
    """

    def __init__(
        self, take: Callable[[], Awaitable[Item | None]], work: Callable[[Item], Awaitable[None]], most: int
    ) -> None:
        self._take = take
        self._work = work
        self._most = most
        self._idle = 0
        self._workers = 0

    async def run(self) -> None:
        """To the end of the source."""
        async with asyncio.TaskGroup() as group:
            self._add(group)

    def _add(self, group: asyncio.TaskGroup) -> None:
        self._workers += 1
        self._idle += 1
        group.create_task(self._worker(group))

    async def _worker(self, group: asyncio.TaskGroup) -> None:
        while (item := await self._take()) is not None:
            self._idle -= 1
            if self._idle == 0 and self._workers < self._most:
                self._add(group)
            await self._work(item)
            self._idle += 1


def taking(station: asyncio.Queue[Item | None]) -> Callable[[], Awaitable[Item | None]]:
    """``take`` for a queue that ends with None."""

    async def take() -> Item | None:
        item = await station.get()
        if item is None:
            station.put_nowait(None)  # for the next worker
        return item

    return take
