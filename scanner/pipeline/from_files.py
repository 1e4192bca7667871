"""An audit made from files: what others have seen and what registers state becomes devices. Nothing is sent.

Signs of one address are joined over all files. A device that showed nothing itself, and stands in a register, is made
from what the register states: circumstantial at most.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import reduce
from pathlib import Path

import msgspec

from scanner.discovery import Sighting
from scanner.discovery.importers import Importer, ImportOptions
from scanner.errors import InputError, Place
from scanner.estate import Estate
from scanner.evidence import EvidenceSink
from scanner.fingerprint import identify
from scanner.history import Store
from scanner.model import (
    Claim,
    Device,
    Gap,
    Identity,
    NotSeen,
    RegisterResult,
    RegisterRow,
    SiteCoverage,
)
from scanner.pipeline.coverage import coverage_of
from scanner.pipeline.device import agree, device_id
from scanner.pipeline.landed import Landed
from scanner.pipeline.register import match
from scanner.pipeline.signs import Joined, Signs
from scanner.pipeline.two_addresses import fold, merged

VANTAGE = "Nothing was sent for this audit: it knows what its files say, and nothing of who is in none of them."

NOT_ASKED = (Gap("settings", "not-asked", "nothing was sent: made from files"),)

STATED_ONLY = "the device itself"
"""The gap of a device that nobody has seen: a register states it."""


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file to import, its format, and the columns the operator named."""

    path: Path
    importer: Importer
    columns: dict[str, str] = field(default_factory=dict)

    def written_at(self) -> datetime:
        """When the file was last written: the time of signs that give none. Raises InputError."""
        try:
            return datetime.fromtimestamp(int(self.path.stat().st_mtime), UTC)
        except OSError as problem:
            raise InputError(f"cannot be read: {problem.strerror or problem}", Place(self.path)) from None

    def describe(self) -> str:
        """Name, format and hash, for the report."""
        digest = hashlib.sha256()
        with self.path.open("rb") as file:
            while chunk := file.read(1 << 20):
                digest.update(chunk)
        return f"{self.path.name}: {self.importer.title}, SHA-256 {digest.hexdigest()}"


class Discarded:
    """Takes evidence and keeps none: for a register that is only compared."""

    def keep(self, address: str, port: int, request: str, status: str, data: bytes, seen_at: datetime) -> str:  # noqa: ARG002
        """See EvidenceSink."""
        return ""

    def find(self, evidence: str) -> None:  # noqa: ARG002
        """See EvidenceSink."""
        return


@dataclass(slots=True)
class FileAudit:
    """Reads files, then makes devices of them. ``notes`` are sentences for the report.

    A device is stored when it is made; only what a register is held against stays in memory.
    """

    store: Store
    evidence: EvidenceSink
    estate: Estate
    notes: list[str] = field(default_factory=list)
    signs: Signs = field(default_factory=Signs)
    rows: list[tuple[RegisterRow, tuple[Claim, ...], datetime]] = field(default_factory=list)
    _dated: set[str] = field(default_factory=set)
    _owners: set[str] = field(default_factory=set)

    def read(self, source: SourceFile) -> None:
        """Take one file in. Raises InputError or InputProblems."""
        written_at = source.written_at()
        options = ImportOptions(
            evidence=self.evidence, written_at=written_at, told=self.notes.append, columns=source.columns
        )
        for one in source.importer.read(source.path, options):
            seen_at = one.seen_at or written_at
            if one.seen_at is None and not source.importer.is_register:
                self._dated.add(source.path.name)
            if one.row is not None:
                self.rows.append((one.row, one.claims, seen_at))
            else:
                self.signs.add(one.sighting, seen_at, one.claims)

    def finish(
        self, compared: Sequence[RegisterRow], register_files: Sequence[str]
    ) -> tuple[tuple[SiteCoverage, ...], RegisterResult | None]:
        """Store every device. ``compared`` are rows of registers that are held against the devices and make none."""
        for name in sorted(self._dated):
            self.notes.append(f"{name} gives no time for some or all rows: they have the time the file was written.")
        with self.signs:
            devices = {device.id: device for device in map(self._seen, self.signs.addresses())}
            for second, first in fold(self.store, devices.values(), {}).items():
                devices[first] = merged(devices[first], devices.pop(second))
            rows = [*(row for row, _, _ in self.rows), *compared]
            if not rows:
                return self._coverage(devices.values()), None
            register = match(rows, list(devices.values()), _not_asked, register_files)
            self._with_statements(devices, register)
            return self._coverage(devices.values()), register

    def _coverage(self, devices: Collection[Device]) -> tuple[SiteCoverage, ...]:
        """Nobody was asked; who is only in a register has not answered anybody."""
        stated = Counter(device.site for device in devices if any(gap.part == STATED_ONLY for gap in device.gaps))
        rows = coverage_of(list(devices), Landed(), self.estate, (VANTAGE,))
        return tuple(msgspec.structs.replace(row, asked=0, answered=row.answered - stated[row.site]) for row in rows)

    def _seen(self, address: str) -> Device:
        """Make and store the device at an address; what is given back is without what it showed."""
        found = self.signs.of(address)
        identity = identify(found.sighting.observations, extra=found.claims)
        own = self._own_id(device_id(identity, address), address)
        return self._stored(self._device(own, identity, address, found))

    def _device(self, own: str, identity: Identity, address: str, found: Joined, site: str = "") -> Device:
        return Device(
            id=own,
            site=site or _site_of(self.estate, address),
            address=address,
            identity=identity,
            mac=identity.mac,
            endpoints=found.sighting.endpoints,
            facts=agree(found.sighting.facts),
            gaps=NOT_ASKED,
            login="untried",
            first_seen=found.first_seen,
            last_seen=found.last_seen,
            observations=found.sighting.observations,
        )

    def _stored(self, device: Device) -> Device:
        """The device written down; what stays in memory is what a register is held against."""
        self.store.save_device(device)
        identity = msgspec.structs.replace(device.identity, claims=(), reasons=())
        return msgspec.structs.replace(device, identity=identity, observations=(), facts={}, endpoints=())

    def _own_id(self, wanted: str, address: str) -> str:
        """Two devices that show one serial number stay two."""
        own = wanted if wanted not in self._owners else f"{wanted}-{address or len(self._owners)}"
        while own in self._owners:
            own = f"{own}-{len(self._owners)}"
        self._owners.add(own)
        return own

    # -- what registers state ------------------------------------------------------------------------------------

    def _with_statements(self, devices: dict[str, Device], register: RegisterResult) -> None:
        """Add what a register states of devices that showed no maker, and the devices only a register knows."""
        alone: set[str] = set()
        for (row, claims, at), one in zip(self.rows, register.rows, strict=False):
            if one.device and devices[one.device].identity.maker is None:
                devices[one.device] = self._supported(devices[one.device], claims)
            elif not one.device and one.why not in ("same-device", "another-device"):
                key = row.address or row.mac or row.serial.casefold() or row.place
                if key not in alone:
                    alone.add(key)
                    device = self._stated(row, claims, at)
                    devices[device.id] = device

    def _supported(self, device: Device, claims: tuple[Claim, ...]) -> Device:
        """A device that showed no maker of its own, with what the register states (C1)."""
        found = {address: self.signs.of(address) for address in device.addresses}
        texts = [text for one in found.values() for text in one.sighting.observations]
        identity = identify(texts, extra=(*(claim for one in found.values() for claim in one.claims), *claims))
        made = reduce(merged, (self._device(device.id, identity, address, one) for address, one in found.items()))
        return self._stored(msgspec.structs.replace(made, mac=device.mac or identity.mac))

    def _stated(self, row: RegisterRow, claims: tuple[Claim, ...], at: datetime) -> Device:
        where = row.address or row.mac
        identity = identify((), extra=claims)
        known = {site.name.casefold(): site.name for site in self.estate.sites}
        site = "" if row.address else known.get(row.site.casefold(), "")
        own = self._own_id(device_id(identity, where or row.place), where)
        device = self._device(own, identity, where, Joined(Sighting(where), (), at, at), site)
        gap = Gap(STATED_ONLY, "not-asked", f"known from {row.place} only: a register proves nobody's presence")
        return self._stored(msgspec.structs.replace(device, gaps=(*device.gaps, gap)))


def read_register(source: SourceFile, told: Callable[[str], None]) -> Iterator[RegisterRow]:
    """The rows of a register that is only compared. Raises InputError or InputProblems."""
    options = ImportOptions(evidence=Discarded(), written_at=source.written_at(), told=told, columns=source.columns)
    for one in source.importer.read(source.path, options):
        if one.row is not None:
            yield one.row


def _not_asked(_address: str) -> NotSeen:
    return "not-asked"


def _site_of(estate: Estate, address: str) -> str:
    try:
        return estate.site_of(address).name
    except ValueError:  # an Ethernet address, or none
        return ""
