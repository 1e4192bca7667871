"""The addresses that were asked to the end and are no device to read: what an audit that goes on need not ask again."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import get_args

from scanner.discovery import AskedAddresses, Quiet
from scanner.history import Store

SIGNS: tuple[Quiet, ...] = get_args(Quiet)
SAVE_SECONDS = 0.5
"""What a killed audit asks again at most, where nobody answered."""


@dataclass(slots=True)
class Landed:
    """Addresses by what they showed: dark, refusing, unreachable. Belongs to one thread."""

    by_sign: dict[Quiet, AskedAddresses] = field(default_factory=lambda: {sign: AskedAddresses() for sign in SIGNS})
    _saved_at: float = 0.0

    @classmethod
    def of(cls, store: Store) -> Landed:
        """What an earlier part of the audit has left in its store."""
        return cls({sign: AskedAddresses(store.done(sign)) for sign in SIGNS})

    def add(self, address: str, sign: Quiet) -> None:
        """One more address."""
        self.by_sign[sign].add(address)

    def __contains__(self, address: str) -> bool:
        return any(address in addresses for addresses in self.by_sign.values())

    def save_sometimes(self, store: Store) -> None:
        """``save``, at most every ``SAVE_SECONDS``."""
        if time.monotonic() - self._saved_at >= SAVE_SECONDS:
            self.save(store)

    def save(self, store: Store) -> None:
        """Write them down as runs of neighbours."""
        self._saved_at = time.monotonic()
        for sign, addresses in self.by_sign.items():
            store.replace_done(sign, addresses.texts())
