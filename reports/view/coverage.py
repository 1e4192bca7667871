"""What could and could not be seen, by site and in all, counted from the devices themselves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from reports.view.devices import NO_SITE, site_name
from reports.view.tables import Column, Note, Row, Table
from reports.view.words import clean, counted, silence
from scanner.model import Audit, Device, Site, SiteCoverage


@dataclass(frozen=True, slots=True)
class Reason:
    """Why the settings of ``devices`` cameras could not be read."""

    why: str
    sentence: str
    devices: int


@dataclass(frozen=True, slots=True)
class Numbers:
    """``devices`` = cameras + not_cameras + unclear; ``cameras`` = read + not_read; asked and answered: addresses."""

    asked: int
    answered: int
    not_asked: int
    refusing: int
    unreachable: int
    devices: int
    cameras: int
    identified: int
    read: int
    not_read: int
    seen_through: int
    not_cameras: int
    unclear: int

    @property
    def read_percent(self) -> int:
        """Cameras whose settings were read, in percent of all cameras, rounded down so that 100 means all."""
        return 100 * self.read // self.cameras if self.cameras else 0


@dataclass(frozen=True, slots=True)
class SiteLine:
    """One site as the first page shows it."""

    name: str
    type: str
    numbers: Numbers
    fail: int  # devices with a fail of their own that is not waived
    review: int


@dataclass(frozen=True, slots=True)
class Coverage:
    """``vantage`` are sentences about what could not have been seen from where the auditor stood."""

    numbers: Numbers
    reasons: tuple[Reason, ...]
    sites: tuple[SiteLine, ...]
    table: Table
    vantage: tuple[str, ...]
    sentence: str


def build_coverage(audit: Audit, devices: Sequence[Device], judged: Mapping[str, Counter[str]]) -> Coverage:
    """``judged`` counts the open verdicts on each device itself by device id."""
    records = {clean(row.site, 80) or NO_SITE: row for row in audit.coverage}
    stated = {clean(site.name, 80): site for site in audit.sites}
    by_site: dict[str, list[Device]] = {name: [] for name in sorted({*records, *stated})}
    for device in devices:
        by_site.setdefault(site_name(device), []).append(device)
    lines, rows = [], []
    for name, here in sorted(by_site.items()):
        record = records.get(name, SiteCoverage(site=name))
        numbers = numbers_of(here, [record])
        site = stated.get(name, Site(name=name))
        lines.append(
            SiteLine(
                name,
                clean(site.type) or "not stated",
                numbers,
                _with(here, judged, "fail"),
                _with(here, judged, "review"),
            )
        )
        rows.append(_row(name, site, numbers, here, record))
    total = numbers_of(devices, audit.coverage)
    return Coverage(
        numbers=total,
        reasons=reasons_of(devices),
        sites=tuple(lines),
        table=_table(tuple(rows)),
        vantage=tuple(dict.fromkeys(clean(text, 400) for row in audit.coverage for text in row.vantage)),
        sentence=_of_files(total, audit) if audit.sources else _sentence(total, len(by_site)),
    )


def numbers_of(devices: Sequence[Device], records: Sequence[SiteCoverage]) -> Numbers:
    """The counts of some devices, each counted once."""
    cameras = [device for device in devices if device.identity.is_camera]
    read = sum(device.settings_unread is None for device in cameras)
    return Numbers(
        asked=sum(row.asked for row in records),
        not_asked=sum(row.not_asked for row in records),
        refusing=sum(row.refusing for row in records),
        unreachable=sum(row.unreachable for row in records),
        answered=sum(row.answered for row in records),
        devices=len(devices),
        cameras=len(cameras),
        identified=sum(device.identity.maker is not None for device in cameras),
        read=read,
        not_read=len(cameras) - read,
        seen_through=sum(device.seen_through is not None for device in cameras),
        not_cameras=sum(device.identity.is_camera is False for device in devices),
        unclear=sum(device.identity.is_camera is None for device in devices),
    )


def reasons_of(devices: Sequence[Device]) -> tuple[Reason, ...]:
    """Why settings of cameras could not be read, the most frequent reason first."""
    count = Counter(
        why for device in devices if device.identity.is_camera and (why := device.settings_unread) is not None
    )
    return tuple(Reason(why, silence(why), number) for why, number in count.most_common())


def _with(devices: Sequence[Device], judged: Mapping[str, Counter[str]], verdict: str) -> int:
    return sum(judged[device.id][verdict] > 0 for device in devices if device.id in judged)


def _sentence(total: Numbers, sites: int) -> str:
    addresses = counted(total.asked, "address", "addresses")
    asked = f"{addresses} at {counted(sites, 'site')} were asked; {total.answered:,} answered. "
    seen = f"{counted(total.cameras, 'camera or recorder', 'cameras and recorders')} were found"
    through = f", {total.seen_through:,} of them only through a recorder" if total.seen_through else ""
    settings = f"The settings of {total.read:,} could be read and those of {total.not_read:,} could not."
    return " ".join((f"{asked}{seen}{through}. {settings}", *_unseen_places(total)))


def _of_files(total: Numbers, audit: Audit) -> str:
    files = counted(len(audit.sources), "file")
    seen = f"{counted(total.cameras, 'camera or recorder', 'cameras and recorders')} are known from them"
    return (
        f"Nobody was asked: {files} tell of {counted(total.answered, 'address', 'addresses')} that somebody has seen. "
        f"{seen}. Their settings could not be read."
    )


def _unseen_places(numbers: Numbers) -> Iterator[str]:
    """Where something may be that was not seen, in sentences."""
    if numbers.not_asked:
        yield f"The audit was stopped before {counted(numbers.not_asked, 'address', 'addresses')} had been asked."
    if numbers.unreachable:
        addresses = counted(numbers.unreachable, "address", "addresses")
        yield f"{addresses} could not be reached: the network between said so, and nothing is known of them."
    if numbers.refusing:
        addresses = counted(numbers.refusing, "address", "addresses")
        yield f"{addresses} refused every door that was tried: something is there, and it was not told what."


def _row(name: str, site: Site, numbers: Numbers, devices: Sequence[Device], record: SiteCoverage) -> Row:
    cells = (
        name, clean(site.type) or "not stated", f"{numbers.asked:,}", f"{numbers.answered:,}", f"{numbers.cameras:,}",
        f"{numbers.identified:,}", f"{numbers.read:,}", f"{numbers.not_read:,}", f"{numbers.not_cameras:,}",
        f"{numbers.unclear:,}",
    )  # fmt: skip
    notes = [
        Note(f"Not read, {counted(reason.devices, 'device')}: {reason.sentence}") for reason in reasons_of(devices)
    ]
    notes += [Note(sentence) for sentence in _unseen_places(numbers)]
    notes += [Note(clean(text, 400)) for text in record.vantage]
    if site.segment:
        notes.append(Note(f"As stated by the auditor: a {site.segment} network."))
    if site.exposed != "unknown":
        reach = "can" if site.exposed == "yes" else "cannot"
        notes.append(Note(f"As stated by the auditor: it {reach} be reached from the internet."))
    return Row(cells, tuple(notes))


def _table(rows: tuple[Row, ...]) -> Table:
    numbers = (
        "Addresses asked", "Answered", "Cameras", "Maker known", "Settings read", "Not read", "Not cameras", "Unclear",
    )  # fmt: skip
    columns = (Column("Site"), Column("Type", choose=True), *(Column(label, "number") for label in numbers))
    return Table("coverage", "Coverage by site", columns, rows, "No site was asked.", "Why not", "audit.json")
