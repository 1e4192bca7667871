"""Reading a file as ``camaudit import`` does, for tests of the formats."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from scanner.discovery.importers import Imported, ImportOptions, importer_of
from scanner.errors import CamauditError
from scanner.evidence import MemoryEvidence
from scanner.fingerprint import identify
from scanner.model import Identity

WRITTEN = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Read:
    """What a file gave: signs in order, the sentences told, and the evidence kept."""

    signs: list[Imported]
    told: list[str]
    evidence: MemoryEvidence

    def addresses(self) -> list[str]:
        return [one.sighting.address for one in self.signs]

    def texts(self, address: str) -> list[tuple[str, str]]:
        """(where, text) of all observations at an address."""
        found = [one.sighting for one in self.signs if one.sighting.address == address]
        return [(text.seen_in, text.raw) for sighting in found for text in sighting.observations]

    def doors(self, address: str) -> dict[int, str]:
        found = [one.sighting for one in self.signs if one.sighting.address == address]
        return {door.port: door.service for sighting in found for door in sighting.endpoints}

    def identity(self, address: str) -> Identity:
        found = [one for one in self.signs if one.sighting.address == address]
        texts = [text for one in found for text in one.sighting.observations]
        return identify(texts, extra=[claim for one in found for claim in one.claims])


def read_file(path: Path, columns: Mapping[str, str] | None = None, name: str = "") -> Read:
    """The signs of a file, its format found by content."""
    evidence, told = MemoryEvidence(), list[str]()
    options = ImportOptions(evidence=evidence, written_at=WRITTEN, told=told.append, columns=columns or {})
    return Read(list(importer_of(path, name, "register" if columns else "").read(path, options)), told, evidence)


def mistakes(read: Callable[[], object]) -> list[str]:
    """The lines an operator sees instead of a result."""
    try:
        read()
    except CamauditError as error:
        return str(error).split("\n")
    raise AssertionError("nothing was refused")
