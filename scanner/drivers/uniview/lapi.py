"""LAPI as questions: one GET, its envelope opened, a share of the requests for each channel (docs/sources.md A7.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scanner.drivers.base import Asker
from scanner.drivers.uniview.pages import Data, decode_data
from scanner.errors import NoAnswer

if TYPE_CHECKING:
    from scanner.net import Reply

_UNKNOWN_PAGE = 599
"""The status of a page the firmware does not have; the reason stands in the envelope below it."""


class Lapi:
    """Pages of one device. What is asked twice is answered once."""

    def __init__(self, asker: Asker) -> None:
        self.asker = asker

    def reply(self, path: str) -> tuple[Data, Reply]:
        """``Response.Data`` and the reply it stood in; NoAnswer with the reason. Recorders break off the body of a page
        they do not have."""
        reply = self.asker.get(path)
        if reply.status == _UNKNOWN_PAGE and not reply.complete:
            raise NoAnswer("no-such-page", "HTTP status 599, and the body is cut off")
        if reply.status != _UNKNOWN_PAGE:
            reply.require_ok()
        return decode_data(reply.json()), reply

    def data(self, path: str) -> tuple[Data, str]:
        """``Response.Data`` and the evidence it stands in; NoAnswer with the reason."""
        data, reply = self.reply(path)
        return data, reply.evidence

    def allow(self, further: int) -> None:
        """From here on at most ``further`` requests more: what one channel leaves over is not spent on another."""
        self.asker.most_requests = self.asker.sent + further
