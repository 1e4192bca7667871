"""A device that answers as a recording says: nothing of its own but the word on what only reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scanner.lab.styles.base import Plain
from scanner.lab.wire import Request

if TYPE_CHECKING:
    from scanner.lab.device import LabDevice


class Recorded(Plain):
    """``scanner.lab.recorded`` answers; here stands what the harm journal asks."""

    def reads_by_post(self, device: LabDevice, request: Request) -> bool:
        return device.recorded is not None and device.recorded.reads(request)

    def logs_in(self, device: LabDevice, request: Request) -> bool:
        return device.recorded is not None and device.recorded.reads(request)


STYLE = Recorded()
