"""Devices in words: how one is named, why its settings could not be read, and the tables that list them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from reports.view.tables import Column, Note, Row, Table
from reports.view.words import (
    ANSWER_LABELS,
    GRADE_MEANS,
    KIND_LABELS,
    SLOT_LABELS,
    SLOT_SENTENCES,
    clean,
    counted,
    day,
    instant,
    silence,
)
from scanner.model import NO_CAMERA, Attached, Device, Identity, Silence

NO_SITE = "No site stated"
NOT_KNOWN = "not known"
READ, UNREAD = "Yes", "No"


def site_name(device: Device) -> str:
    """The site of a device as shown."""
    return clean(device.site, 80) or NO_SITE


@dataclass(frozen=True, slots=True)
class Names:
    """How devices are called throughout a report."""

    by_id: Mapping[str, Device]

    def place(self, device: Device) -> str:
        """Its address, or through which recorder it was seen."""
        if device.address:
            return clean(device.address, 60)
        recorder = self.by_id.get(device.seen_through or "")
        return f"behind {clean(recorder.address, 60)}" if recorder else "no address"

    def call(self, device: Device) -> str:
        """``10.20.0.7 Hikvision DS-2CD2143``."""
        return f"{self.place(device)} {product(device.identity)}"


def product(identity: Identity) -> str:
    """Brand (or maker) and model; the kind where neither is known."""
    words = [clean(word, 60) for word in (identity.brand or identity.maker, identity.model) if word]
    return " ".join(words) or KIND_LABELS[identity.kind].lower()


def firmware_text(identity: Identity) -> str:
    """The version as normalised, else as the device says it."""
    if identity.firmware is None:
        return NOT_KNOWN
    return clean(identity.firmware.version or identity.firmware.raw, 60)


def is_rebrand(device: Device) -> bool:
    """The name on the device is not that of its maker."""
    return bool(
        device.identity.is_camera
        and device.identity.brand
        and device.identity.maker
        and device.identity.brand != device.identity.maker
    )


def camera_table(cameras: Sequence[Device], verdicts: Mapping[str, Counter[str]], names: Names) -> Table:
    """Every camera, recorder, encoder and intercom once, with its verdicts."""
    rows = []
    for device in cameras:
        identity, count = device.identity, verdicts.get(device.id, Counter())
        cells = (
            site_name(device), names.place(device), KIND_LABELS[identity.kind],
            clean(identity.brand or NOT_KNOWN, 60), clean(identity.maker or NOT_KNOWN, 60),
            clean(identity.model or NOT_KNOWN, 60), firmware_text(identity),
            READ if device.settings_unread is None else UNREAD,
            str(count["fail"]), str(count["review"]), str(count["unknown"]),
        )  # fmt: skip
        rows.append(Row(cells, device_notes(device, names)))
    columns = (
        Column("Site", choose=True), Column("Address"), Column("Kind", choose=True), Column("Brand", choose=True),
        Column("Maker", choose=True), Column("Model"), Column("Firmware"),
        Column("Settings read", "tag", choose=True, order=(READ, UNREAD)),
        Column("Fail", "number"), Column("Review", "number"), Column("Unknown", "number"),
    )  # fmt: skip
    return Table(
        "devices", "Cameras, recorders, encoders and intercoms", columns, tuple(rows),
        "No camera was found.", "About", "devices.csv",
    )  # fmt: skip


def device_notes(device: Device, names: Names) -> tuple[Note, ...]:
    """What else is to be said of a device: identity and its reasons, disagreements, what could not be read."""
    identity = device.identity
    numbers = [
        f"{label} {clean(value, 60)}"
        for label, value in (("Serial number", identity.serial), ("MAC address", device.mac or identity.mac))
        if value
    ]
    notes = [Note(f"{text}.") for text in numbers]
    if identity.firmware is not None and identity.firmware.build_date:
        notes.append(Note(f"Firmware built on {day(identity.firmware.build_date)}."))
    why = device.settings_unread
    if why is not None:
        notes.append(Note(f"Settings not read. {silence(why)}"))
    if identity.grade:
        notes.append(Note(f"Maker: grade {identity.grade}, {GRADE_MEANS[identity.grade]}."))
    notes += [Note(clean(reason)) for reason in identity.reasons]
    notes += contested_notes(identity)
    if device.also_at:
        notes.append(Note(f"The same unit was seen at {', '.join(clean(one, 60) for one in device.also_at)} as well."))
    recorder = names.by_id.get(device.seen_through or "")
    if recorder is not None:
        notes.append(Note(f"Seen only through the recorder {names.call(recorder)}."))
    notes += [Note(_gap(gap.part, gap.why, gap.detail)) for gap in device.gaps]
    notes.append(Note(f"Last seen {instant(device.last_seen)}."))
    return tuple(notes)


def contested_notes(identity: Identity) -> list[Note]:
    """One note for each field whose sources disagree."""
    return [
        Note(f"The sources disagree on the {field.replace('_', ' ')}: {_either(values)}.")
        for field, values in sorted(identity.contested.items())
    ]


def _either(values: Sequence[str]) -> str:
    return " or ".join(clean(value, 60) for value in values)


def _gap(part: str, why: Silence, detail: str) -> str:
    return f"Not read: {clean(part, 80)}. {silence(why)}" + (f" ({clean(detail, 100)})" if detail else "")


def attached_table(recorders: Sequence[Device], names: Names) -> Table:
    """Cameras seen through recorders, one row for each channel in use."""
    rows = []
    for recorder in recorders:
        for item in recorder.attached:
            same = names.by_id.get(item.device or "")
            direct = same is not None and same.seen_through is None
            what = " ".join(clean(word, 60) for word in (item.brand or item.maker, item.model) if word) or NOT_KNOWN
            cells = (
                site_name(recorder), names.call(recorder), clean(item.channel, 20), clean(item.name, 80),
                what, clean(item.address or NOT_KNOWN, 60),
                clean(item.firmware.version, 60) if item.firmware else NOT_KNOWN,
                ANSWER_LABELS[item.online], "Yes" if direct and item.slot not in NO_CAMERA else "No",
                SLOT_LABELS[item.slot],
            )  # fmt: skip
            rows.append(Row(cells, _attached_notes(item)))
    columns = (
        Column("Site", choose=True), Column("Recorder", choose=True), Column("Channel", "number"), Column("Name"),
        Column("Camera"), Column("Address"), Column("Firmware"), Column("Online", "tag", choose=True),
        Column("Also seen directly", "tag", choose=True), Column("Channel is", "tag", choose=True),
    )  # fmt: skip
    return Table(
        "attached", "Cameras seen through a recorder", columns, tuple(rows),
        "No recorder showed cameras behind it.", "Evidence", "audit.json",
    )  # fmt: skip


def _attached_notes(item: Attached) -> tuple[Note, ...]:
    serial = (
        f"Serial number {clean(item.serial, 60)}, as the recorder says." if item.serial else "As the recorder says."
    )
    protocol = f" Reached by {clean(item.protocol, 40)}." if item.protocol and item.slot != "analogue" else ""
    return Note(SLOT_SENTENCES[item.slot]), Note(f"{serial}{protocol}", item.evidence)


def other_table(others: Sequence[Device], names: Names) -> Table:
    """What answered and is no camera, in one line each."""
    rows = [
        Row((site_name(one), names.place(one), KIND_LABELS[one.identity.kind], product(one.identity))) for one in others
    ]
    columns = (
        Column("Site", choose=True),
        Column("Address"),
        Column("Kind", choose=True),
        Column("What it says it is"),
    )
    return Table(
        "others", "Other equipment that answered and was left alone", columns, tuple(rows),
        "Nothing else answered.", whole_in="devices.csv",
    )  # fmt: skip


def unclear_table(unclear: Sequence[Device], names: Names) -> Table:
    """What answered and could not be told: perhaps a camera."""
    rows = []
    for device in unclear:
        doors = sorted({(door.port, door.transport, door.service) for door in device.endpoints})
        said = (
            ", ".join(f"{port}/{transport} {service}".strip() for port, transport, service in doors) or "no open port"
        )
        rows.append(Row((site_name(device), names.place(device), clean(said)), device_notes(device, names)))
    columns = (Column("Site", choose=True), Column("Address"), Column("What answered"))
    return Table(
        "unclear", "Devices that answered and could not be told: each may be a camera", columns, tuple(rows),
        "Every device that answered could be told.", "About", "devices.csv",
    )  # fmt: skip


def kinds_sentence(cameras: Sequence[Device]) -> str:
    """``21 cameras, 3 recorders``."""
    count: Counter[str] = Counter(device.identity.kind for device in cameras)
    return ", ".join(counted(count[kind], KIND_LABELS[kind].lower()) for kind in KIND_LABELS if count[kind])
