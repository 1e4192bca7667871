"""The signs of a hundred thousand addresses out of many files, joined by address, on disk until they are wanted."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from datetime import datetime
from types import TracebackType
from typing import NamedTuple

import msgspec

from scanner.addresses import address_of
from scanner.discovery import Sighting
from scanner.discovery.importers.files.addresses import is_ethernet
from scanner.discovery.sighting import merged
from scanner.model import Claim


class _Sign(msgspec.Struct, frozen=True, array_like=True):
    sighting: Sighting
    seen_at: datetime
    claims: tuple[Claim, ...]


class Joined(NamedTuple):
    """All that files tell of one address, with the first and the last time somebody saw it."""

    sighting: Sighting
    claims: tuple[Claim, ...]
    first_seen: datetime
    last_seen: datetime


class Signs:
    """A context manager. Signs under an Ethernet address go to the IP address that showed it, if any did."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115  # closed by __exit__
        self._end = 0
        self._places: dict[str, list[tuple[int, int]]] = {}
        self._joined: set[str] = set()  # Ethernet addresses that an IP address showed
        self._also: dict[str, list[str]] = {}  # IP address -> those it showed

    def __enter__(self) -> Signs:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def add(self, sighting: Sighting, seen_at: datetime, claims: tuple[Claim, ...]) -> None:
        """One more sign."""
        packed = msgspec.msgpack.encode(_Sign(sighting, seen_at, claims))
        self._file.seek(self._end)
        self._file.write(packed)
        self._places.setdefault(sighting.address, []).append((self._end, len(packed)))
        self._end += len(packed)

    def addresses(self) -> list[str]:
        """Every address once, in order; Ethernet addresses that have no IP address last."""
        self._join()
        return sorted((one for one in self._places if one not in self._joined), key=_sortable)

    def _join(self) -> None:
        """Look for the addresses that showed an Ethernet address under which signs stand."""
        alone = {one for one in self._places if is_ethernet(one)} - self._joined
        if not alone:
            return
        for address in self._places:
            for sign in () if is_ethernet(address) else self._read(address):
                for text in sign.sighting.observations:
                    if text.seen_in == "mac" and text.raw in alone and text.raw not in self._joined:
                        self._joined.add(text.raw)
                        self._also.setdefault(address, []).append(text.raw)

    def of(self, address: str) -> Joined:
        """Everything about an address of ``addresses``."""
        parts = [sign for one in (address, *self._also.get(address, ())) for sign in self._read(one)]
        sightings = (msgspec.structs.replace(part.sighting, address=address) for part in parts)
        times = [part.seen_at for part in parts]
        claims = dict.fromkeys(claim for part in parts for claim in part.claims)
        return Joined(merged(sightings), tuple(claims), min(times), max(times))

    def _read(self, address: str) -> Iterator[_Sign]:
        for start, size in self._places.get(address, ()):
            self._file.seek(start)
            yield msgspec.msgpack.decode(self._file.read(size), type=_Sign)


def _sortable(address: str) -> tuple[int, int, str]:
    try:
        parsed = address_of(address)
    except ValueError:
        return 9, 0, address
    return parsed.version, int(parsed), address
