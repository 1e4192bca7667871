"""The register of AI functions, in order of intrusion: what each does, where it is switched on, and what proves it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from reports.view.devices import Names, site_name
from reports.view.tables import Column, Note, Row, Table
from reports.view.words import (
    ANSWER_LABELS,
    COLUMN_LABELS,
    SLOT_LABELS,
    SLOT_SENTENCES,
    channel_ranges,
    clean,
    counted,
    listed,
    silence,
)
from scanner.facts import FEATURES, NOT_AI
from scanner.model import COLUMNS, Device, Feature, Slot

ANSWERS = ("yes", "no", "unknown")
UNCONFIRMED = "unconfirmed"
_ANSWER_ORDER = ("Yes", "Unknown", "No")


@dataclass(frozen=True, slots=True)
class Tally:
    """Answers of one column, counted over channels."""

    column: str
    yes: int
    no: int
    unknown: int


@dataclass(frozen=True, slots=True)
class FunctionLine:
    """One AI function in the whole audit. ``on`` counts are those of the column "switched on"."""

    feature: str
    title: str
    sentence: str
    rank: int
    tallies: tuple[Tally, ...]
    devices_on: int
    channels_on: int
    devices_unknown: int
    sites_on: tuple[str, ...]
    unverified: int  # entries with a yes whose reader no recording of a real device confirms
    by_recorders: int = 0  # of the channels that have it on: those a recorder said it of

    @property
    def where(self) -> str:
        """``School and Depot``."""
        return listed(self.sites_on, most=5)

    @property
    def on_text(self) -> str:
        """``3 devices, 12 channels``."""
        return f"{counted(self.devices_on, 'device')}, {counted(self.channels_on, 'channel')}"

    @property
    def doubt(self) -> str:
        """How much of what was seen rests on a reader that no recording confirms, and how many of the channels that
        have it on are a recorder's word, which may be about a camera counted by its own word too; '' for nothing."""
        told = []
        if self.by_recorders:
            whose = "said by a recorder" if self.by_recorders == 1 else "said by recorders"
            told.append(f"{counted(self.by_recorders, 'channel')} {whose}, perhaps of cameras counted themselves too")
        if self.unverified:
            told.append(f"{counted(self.unverified, 'answer')} read in a way not yet confirmed on a real device")
        return "; ".join(told)


@dataclass(frozen=True, slots=True)
class Register:
    """``functions`` are AI, most intrusive first; ``not_ai`` are motion and tamper detection."""

    functions: tuple[FunctionLine, ...]
    not_ai: tuple[FunctionLine, ...]
    by_site: Table
    entries: Table
    blind: int  # cameras of which no function could be read at all
    blind_sentence: str
    left_out: int  # entries that are "no" throughout and are counted only
    unverified_readers: tuple[str, ...]

    @property
    def on(self) -> tuple[FunctionLine, ...]:
        """AI functions that are switched on somewhere."""
        return tuple(line for line in self.functions if line.devices_on)


def build_register(cameras: Sequence[Device], names: Names) -> Register:
    """The register of all cameras; a function answered nowhere is no line of it."""
    by_feature: dict[str, list[tuple[Device, Feature]]] = defaultdict(list)
    for device in cameras:
        for item in device.features:
            by_feature[item.feature].append((device, item))
    ranked = sorted(by_feature, key=lambda name: (-FEATURES[name].rank, FEATURES[name].title))
    lines = [function_line(name, by_feature[name]) for name in ranked]
    rows = [pair for device in cameras for pair in _rows(device, names)]
    rows.sort(key=lambda pair: -pair[0])  # stable: within a function by site and device
    blind = [device for device in cameras if is_blind(device)]
    return Register(
        functions=tuple(line for line in lines if line.feature not in NOT_AI),
        not_ai=tuple(line for line in lines if line.feature in NOT_AI),
        by_site=_by_site(by_feature, ranked),
        entries=_entries(tuple(row for _, row in rows)),
        blind=len(blind),
        blind_sentence=_blind_sentence(blind),
        left_out=sum(_all_no(item) for device in cameras for item in device.features if item.feature not in NOT_AI),
        unverified_readers=tuple(
            sorted({clean(item.read_by, 40) for device in cameras for item in device.features if not item.verified})
        ),
    )


def function_line(name: str, entries: Sequence[tuple[Device, Feature]]) -> FunctionLine:
    """One function over ``entries``; a channel that two readers answered counts once, "yes" before "no"."""
    word = FEATURES[name]
    best = {column: _by_channel(entries, column) for column in COLUMNS}
    on = [place for place, answer in best["enabled"].items() if answer == "yes"]
    on_devices = {device for device, _ in on}
    recorders = {device.id for device, _ in entries if device.said_by == "recorder"}
    unknown = {device for (device, _), answer in best["enabled"].items() if answer == "unknown"} - on_devices
    sites = {site_name(device) for device, _ in entries if device.id in on_devices}
    counts = sorted((item.count for _, item in entries if item.count), reverse=True)
    return FunctionLine(
        feature=name,
        title=word.title,
        sentence=_summary_sentence(name, counts),
        rank=word.rank,
        tallies=tuple(_tally(column, best[column].values()) for column in COLUMNS),
        devices_on=len(on_devices),
        channels_on=len(on),
        devices_unknown=len(unknown),
        sites_on=tuple(sorted(sites)),
        unverified=sum(not item.verified and "yes" in _answers(item) for _, item in entries),
        by_recorders=sum(device in recorders for device, _ in on),
    )


def _by_channel(entries: Iterable[tuple[Device, Feature]], column: str) -> dict[tuple[str, str], str]:
    best: dict[tuple[str, str], str] = {}
    for device, item in entries:
        place, answer = (device.id, item.channel), getattr(item, column)
        before = best.get(place)
        # An answer beats silence, and what is in use on one reader's word is not hidden by another's.
        if before is None or _weight(answer) > _weight(before):
            best[place] = answer
    return best


def _weight(answer: str) -> int:
    return {"unknown": 0, "no": 1, "yes": 2}[answer]


def _tally(column: str, answers: Iterable[str]) -> Tally:
    count = Counter(answers)
    return Tally(COLUMN_LABELS[column], count["yes"], count["no"], count["unknown"])


def sentence_of(name: str, count: int | None) -> str:
    """What one function does, for a person who protects data; ``count`` is the size of the list it uses."""
    word = FEATURES[name]
    if count is None:
        return word.sentence
    if name == "face-recognition":
        return f"compares faces with a stored list of {counted(count, 'person', 'people')}"
    if name == "anpr":
        return f"reads number plates and holds a list of {counted(count, 'plate')}"
    return f"{word.sentence}; holds a list of {counted(count, 'entry', 'entries')}"


def _summary_sentence(name: str, counts: Sequence[int]) -> str:
    if not counts:
        return FEATURES[name].sentence
    if len(counts) == 1:
        return sentence_of(name, counts[0])
    return f"{FEATURES[name].sentence}; {len(counts):,} such lists were found, the largest with {counts[0]:,} entries"


def is_blind(device: Device) -> bool:
    """No AI function of this camera is known to be on or off."""
    told = (item for item in device.features if item.feature not in NOT_AI)
    return not any(item.enabled != "unknown" for item in told) and device.settings_unread is not None


def _blind_sentence(blind: Sequence[Device]) -> str:
    if not blind:
        return "The AI functions of every camera could be asked for."
    whose = "its" if len(blind) == 1 else "their"
    return (
        f"Of {counted(len(blind), 'camera')} not one AI function is known to be on or off: any of {whose} kind may be "
        "on. They are counted as unknown, never as off."
    )


def _all_no(item: Feature) -> bool:
    return all(getattr(item, column) == "no" for column in ("supported", "enabled")) and "yes" not in _answers(item)


def _answers(item: Feature) -> tuple[str, ...]:
    return tuple(getattr(item, column) for column in COLUMNS)


# -- rows --------------------------------------------------------------------------------------------


def _rows(device: Device, names: Names) -> list[tuple[int, Row]]:
    """Rows with their rank; a camera that could not be read comes last."""
    told = [item for item in device.features if item.feature not in NOT_AI and not _all_no(item)]
    why = device.settings_unread
    if why is not None and is_blind(device):
        cells = (*_where(device, names), "whole device", "Every AI function", *["Unknown"] * len(COLUMNS), "not read")
        return [(0, Row(cells, (Note(silence(why)),)))]
    groups: dict[tuple[object, ...], list[Feature]] = defaultdict(list)
    for item in told:
        key = (item.feature, _answers(item), item.read_by, item.verified, item.count, tuple(sorted(item.why.items())))
        groups[key].append(item)
    ordered = sorted(groups.values(), key=lambda group: (-FEATURES[group[0].feature].rank, group[0].feature))
    return [(FEATURES[group[0].feature].rank, _row(device, group, names)) for group in ordered]


def _where(device: Device, names: Names) -> tuple[str, str]:
    """A recorder's word about its channels is not that of the cameras on them."""
    mark = " (recorder)" if device.said_by == "recorder" else ""
    return site_name(device), f"{names.call(device)}{mark}"


def _row(device: Device, group: Sequence[Feature], names: Names) -> Row:
    first = group[0]
    reader = clean(first.read_by, 40) or "not said"
    cells = (
        *_where(device, names),
        channel_ranges(item.channel for item in group),
        FEATURES[first.feature].title,
        *(ANSWER_LABELS[answer] for answer in _answers(first)),
        reader if first.verified else f"{reader} ({UNCONFIRMED})",
    )
    return Row(cells, (*_notes(group), *_whose(device, group, names)))


def _whose(device: Device, group: Sequence[Feature], names: Names) -> Iterable[Note]:
    if device.said_by != "recorder":
        return
    yield Note("Said by the recorder of its channels; what a camera on one says of itself stands in a row of its own.")
    for item in group:
        channel, camera = clean(item.channel, 20), names.by_id.get(device.camera_on(item.channel))
        if camera is not None:
            yield Note(f"On channel {channel}: {names.call(camera)}.")
        slot: Slot = next((entry.slot for entry in device.attached if entry.channel == item.channel), "live")
        if slot in ("absent", "left-over", "analogue"):
            yield Note(f"Channel {channel}: {SLOT_LABELS[slot].lower()}. {SLOT_SENTENCES[slot]}")


def _notes(group: Sequence[Feature]) -> Iterable[Note]:
    first = group[0]
    yield Note(f"This function {sentence_of(first.feature, first.count)}.")
    if first.vendor_name:
        yield Note(f"The maker calls it {clean(first.vendor_name, 80)}.")
    for column in COLUMNS:
        if column in first.why:
            yield Note(f"{COLUMN_LABELS[column]} is unknown. {silence(first.why[column])}")
    for item in group:
        channel = "" if item.channel == "device" else f"Channel {clean(item.channel, 20)}, "
        for proof in item.proofs:
            label = COLUMN_LABELS[proof.column]
            yield Note(f"{channel}{label.lower() if channel else label}: {clean(proof.says)}", (proof.evidence,))


def _entries(rows: tuple[Row, ...]) -> Table:
    answer = {"kind": "tag", "choose": True, "order": _ANSWER_ORDER}
    columns = (
        Column("Site", choose=True), Column("Device"), Column("Channels"), Column("Function", choose=True),
        *(Column(COLUMN_LABELS[column], **answer) for column in COLUMNS),  # type: ignore[arg-type]
        Column("Read by", choose=True),
    )  # fmt: skip
    return Table(
        "register", "AI functions by device and channel", columns, rows,
        "No AI function was seen on any device.", "Evidence", "features.csv",
    )  # fmt: skip


def _by_site(by_feature: dict[str, list[tuple[Device, Feature]]], ranked: Sequence[str]) -> Table:
    rows = []
    for name in ranked:
        if name in NOT_AI:
            continue
        sites: dict[str, list[tuple[Device, Feature]]] = defaultdict(list)
        for device, item in by_feature[name]:
            sites[site_name(device)].append((device, item))
        for site in sorted(sites):
            line = function_line(name, sites[site])
            tallies = [f"{one.yes:,} / {one.no:,} / {one.unknown:,}" for one in line.tallies]
            rows.append((site, Row((site, line.title, f"{line.devices_on:,}", *tallies))))
    rows.sort(key=lambda pair: pair[0])
    columns = (
        Column("Site", choose=True), Column("Function", choose=True), Column("Devices with it on", "number"),
        *(Column(COLUMN_LABELS[column]) for column in COLUMNS),
    )  # fmt: skip
    return Table(
        "register-sites", "AI functions by site, in channels: yes / no / unknown", columns,
        tuple(row for _, row in rows), "No AI function was seen on any device.", whole_in="features.csv",
    )  # fmt: skip
