"""Who built the cameras, and under which names they were sold."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from reports.view.devices import NOT_KNOWN, Names, contested_notes, is_rebrand, product, site_name
from reports.view.tables import Column, Note, Row, Table
from reports.view.words import GRADE_MEANS, clean, counted
from scanner.model import Device


@dataclass(frozen=True, slots=True)
class MakerLine:
    """One maker with the names its devices carry."""

    maker: str
    devices: int
    share: float  # percent of all cameras
    brands: tuple[str, ...]  # names other than the maker's own
    rebranded: int


@dataclass(frozen=True, slots=True)
class Makers:
    """``table`` counts (maker, brand, grade); ``singled_out`` lists rebrands and identities in doubt."""

    lines: tuple[MakerLine, ...]
    rebrands: int
    without_maker: int
    sentence: str
    table: Table
    singled_out: Table


def build_makers(cameras: Sequence[Device], names: Names) -> Makers:
    """The makers of all cameras, the most frequent first."""
    by_maker: dict[str, list[Device]] = defaultdict(list)
    for device in cameras:
        by_maker[device.identity.maker or ""].append(device)
    order = sorted(by_maker, key=lambda maker: (not maker, -len(by_maker[maker]), maker))
    rebrands = sum(is_rebrand(device) for device in cameras)
    without = len(by_maker.get("", ()))
    return Makers(
        lines=tuple(_line(maker, by_maker[maker], len(cameras)) for maker in order),
        rebrands=rebrands,
        without_maker=without,
        sentence=_sentence(len([maker for maker in order if maker]), rebrands, without),
        table=_table(cameras),
        singled_out=_singled_out(cameras, names),
    )


def _line(maker: str, devices: Sequence[Device], total: int) -> MakerLine:
    rebranded = [device for device in devices if is_rebrand(device)]
    return MakerLine(
        maker=clean(maker, 60) or NOT_KNOWN,
        devices=len(devices),
        share=100 * len(devices) / total,
        brands=tuple(sorted({clean(device.identity.brand or "", 60) for device in rebranded})),
        rebranded=len(rebranded),
    )


def _sentence(makers: int, rebrands: int, without: int) -> str:
    parts = [f"The cameras come from {counted(makers, 'maker')}."]
    if rebrands:
        parts.append(f"{counted(rebrands, 'device carries', 'devices carry')} a name other than that of the maker.")
    if without:
        parts.append(f"The maker of {counted(without, 'device')} is not known.")
    return " ".join(parts)


def _table(cameras: Sequence[Device]) -> Table:
    groups: dict[tuple[str, str, str], list[Device]] = defaultdict(list)
    for device in cameras:
        identity = device.identity
        groups[identity.maker or "", identity.brand or "", identity.grade or ""].append(device)
    rows = []
    for (maker, brand, grade), devices in sorted(groups.items(), key=lambda item: (-len(item[1]), item[0])):
        cells = (
            clean(maker, 60) or NOT_KNOWN, clean(brand, 60) or NOT_KNOWN, _grade(grade),
            "Yes" if is_rebrand(devices[0]) else "No", str(len(devices)),
            str(len({device.site for device in devices})),
            str(sum(bool(device.identity.contested) for device in devices)),
        )  # fmt: skip
        rows.append(Row(cells))
    columns = (
        Column("Maker", choose=True), Column("Name on the device", choose=True), Column("How sure", choose=True),
        Column("Rebrand", "tag", choose=True), Column("Devices", "number"), Column("Sites", "number"),
        Column("In dispute", "number"),
    )  # fmt: skip
    return Table("makers", "Makers, and the names on their devices", columns, tuple(rows), "No camera was found.")


def _grade(grade: str) -> str:
    return grade or "no evidence"


def _singled_out(cameras: Sequence[Device], names: Names) -> Table:
    rows = []
    for device in cameras:
        identity = device.identity
        because = [
            word
            for word, holds in (
                ("rebrand", is_rebrand(device)),
                ("sources disagree", bool(identity.contested)),
                ("maker not known", identity.maker is None),
                ("weak proof", identity.grade == "C1"),
            )
            if holds
        ]
        if not because:
            continue
        notes = [Note(clean(reason)) for reason in identity.reasons] + contested_notes(identity)
        if identity.grade:
            notes.append(Note(f"Grade {identity.grade}: {GRADE_MEANS[identity.grade]}."))
        seen = dict.fromkeys(
            claim.evidence for claim in identity.claims if claim.evidence and claim.field in ("maker", "brand")
        )
        if seen:
            notes.append(Note("What the device showed.", tuple(seen)))
        cells = (
            site_name(device), names.place(device), product(identity), clean(identity.brand or NOT_KNOWN, 60),
            clean(identity.maker or NOT_KNOWN, 60), _grade(identity.grade or ""), ", ".join(because),
        )  # fmt: skip
        rows.append(Row(cells, tuple(notes)))
    columns = (
        Column("Site", choose=True), Column("Address"), Column("Device"), Column("Name on the device", choose=True),
        Column("Maker", choose=True), Column("How sure", choose=True), Column("Listed because", choose=True),
    )  # fmt: skip
    return Table(
        "singled-out", "Rebrands, and devices whose maker is in doubt", columns, tuple(rows),
        "Every device carries the name of its maker, and no maker is in doubt.", "Reasons", "devices.csv",
    )  # fmt: skip
