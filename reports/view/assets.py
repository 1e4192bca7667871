"""The organisation's own register of devices held against what was seen: missing, unregistered, and not alike."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from reports.view.devices import NOT_KNOWN, Names, site_name
from reports.view.tables import Column, Note, Row, Table
from reports.view.words import KIND_LABELS, clean, counted, listed
from scanner.model import Audit, Device, RegisterMatch, RegisterRow

WHY_NOT_SEEN: Final[dict[str, str]] = {
    "out-of-scope": "Outside the audit",
    "dark": "Nobody answered",
    "unreachable": "Could not be reached",
    "refusing": "Something is there and refused every door",
    "not-asked": "Nobody asked its address",
    "no-address": "No address stated, and nobody showed its number",
    "another-device": "Another device answers there",
    "same-device": "Another row has this device",
}
MATCHED_BY: Final[dict[str, str]] = {"serial": "Serial number", "mac": "Ethernet address", "address": "Address"}


@dataclass(frozen=True, slots=True)
class Assets:
    """``missing``: rows without a device; ``extra``: cameras without a row; ``unlike``: rows that say otherwise."""

    sentence: str
    missing: Table
    extra: Table
    unlike: Table
    conflicts: tuple[str, ...]
    seen_rows: int
    missing_rows: int
    extra_devices: int

    @property
    def tables(self) -> tuple[Table, ...]:
        """Its tables, in the order they are shown."""
        return self.missing, self.extra, self.unlike


def build_assets(audit: Audit, names: Names) -> Assets | None:
    """None where no register was given."""
    result = audit.register
    if result is None:
        return None
    found = [row for row in result.rows if row.device]
    missing = [row for row in result.rows if not row.device]
    extra = [names.by_id[one] for one in result.unregistered if one in names.by_id]
    unlike = [row for row in result.rows if row.differs]
    return Assets(
        sentence=_sentence(result.files, found, missing, len(extra), result.unclear),
        missing=_missing(missing),
        extra=_extra(extra, names),
        unlike=_unlike(unlike, names),
        conflicts=tuple(clean(text, 300) for text in result.conflicts),
        seen_rows=len(found),
        missing_rows=len(missing),
        extra_devices=len(extra),
    )


def _sentence(
    files: Sequence[str], found: Sequence[RegisterMatch], missing: Sequence[RegisterMatch], extra: int, unclear: int
) -> str:
    by = Counter(row.by for row in found)
    ways = listed(f"{count:,} by {MATCHED_BY[way].lower()}" for way, count in sorted(by.items()) if way)
    parts = [
        f"The register ({listed(clean(name, 60) for name in files)}) has {counted(len(found) + len(missing), 'row')}: "
        f"seen: {len(found):,}{f' ({ways})' if ways else ''}; not seen: {len(missing):,}.",
        f"{counted(extra, 'camera or recorder', 'cameras and recorders')} in no row "
        f"{'was' if extra == 1 else 'were'} seen.",
    ]
    if unclear:
        parts.append(
            f"{counted(unclear, 'device')} of unclear kind {'is' if unclear == 1 else 'are'} in no row either."
        )
    return " ".join(parts)


def _missing(rows: Sequence[RegisterMatch]) -> Table:
    made = tuple(
        Row((*_stated(one.row), WHY_NOT_SEEN.get(one.why, NOT_KNOWN)), tuple(Note(f"{text}.") for text in one.differs))
        for one in rows
    )
    columns = (
        Column("Row"), Column("Name"), Column("Site", choose=True), Column("Location"), Column("Address"),
        Column("Make and model"), Column("Serial number"), Column("Why", choose=True),
    )  # fmt: skip
    return Table(
        "registered-not-seen", "Rows of the register without a device", columns, made,
        "Every row of the register was seen.", "What answers there", "audit.json",
    )  # fmt: skip


def _stated(row: RegisterRow) -> tuple[str, ...]:
    """What the register states; formulas and markup are plain text here."""
    return (
        clean(row.place, 80), clean(row.name, 80), clean(row.site, 60), clean(row.location, 80),
        clean(row.address or row.mac, 60), clean(f"{row.brand} {row.model}".strip(), 80), clean(row.serial, 60),
    )  # fmt: skip


def _extra(devices: Sequence[Device], names: Names) -> Table:
    rows = tuple(
        Row((
            site_name(device), names.place(device), KIND_LABELS[device.identity.kind],
            clean(device.identity.maker or device.identity.brand or NOT_KNOWN, 60),
            clean(device.identity.model or NOT_KNOWN, 60),
            clean(device.identity.serial or device.mac or NOT_KNOWN, 60),
        ))
        for device in devices
    )  # fmt: skip
    columns = (
        Column("Site", choose=True), Column("Address"), Column("Kind", choose=True), Column("Maker", choose=True),
        Column("Model"), Column("Serial number or MAC"),
    )  # fmt: skip
    return Table(
        "seen-not-registered", "Cameras and recorders in no row", columns, rows,
        "Every camera and recorder that was seen is in the register.", "", "audit.json", row_head=1,
    )  # fmt: skip


def _unlike(rows: Sequence[RegisterMatch], names: Names) -> Table:
    made = tuple(
        Row(
            (clean(one.row.place, 80), clean(one.row.name, 80), _call(one.device, names), MATCHED_BY.get(one.by, "")),
            tuple(Note(clean(f"{text}.", 300)) for text in one.differs),
        )
        for one in rows
        if one.device
    )
    columns = (Column("Row"), Column("Name"), Column("Device"), Column("Matched by", choose=True))
    return Table(
        "registered-otherwise", "Rows that say something else than their device", columns, made,
        "No row says anything else than what was seen.", "What differs", "audit.json",
    )  # fmt: skip


def _call(device: str, names: Names) -> str:
    by_id: Mapping[str, Device] = names.by_id
    return names.call(by_id[device]) if device in by_id else NOT_KNOWN
