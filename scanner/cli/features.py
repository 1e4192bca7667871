"""``camaudit features AUDIT``: the AI functions of a stored audit, chosen by function, site, maker or state.

Cameras come first; what recorders say of their channels is told and counted apart, because the same picture would count
twice. A camera that could not be read is unknown in every function, never off. Fits 80 columns.
"""

from __future__ import annotations

import csv
import io
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from scanner.cli.stored import audit_argument, load_inventory
from scanner.errors import ConfigError
from scanner.facts import FEATURES, NOT_AI, SITE_TYPES
from scanner.model import COLUMNS, Column, Device, Feature, Inventory

if TYPE_CHECKING:
    from rich.console import Console

WIDTH = 80
ANSWERS = ("yes", "no", "unknown")
SIDES = ("camera", "recorder")
SHORT = {"supported": "sup", "licensed": "lic", "enabled": "on", "armed": "sch", "linked": "act"}
SHORT_ANSWERS = {"yes": "yes", "no": "no", "unknown": "?"}
MARK = "*"


@dataclass(frozen=True, slots=True)
class Choice:
    """What the user wants to see. ``column`` and ``answer`` choose rows only when ``filters`` is true."""

    features: tuple[str, ...] = ()
    site: str | None = None
    site_type: str | None = None
    maker: str | None = None
    column: Column = "enabled"
    answer: str = "yes"
    filters: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the register: what one device says of one function on one channel."""

    device: Device
    item: Feature
    side: str  # camera, or recorder: a statement of a recorder about one of its channels
    camera: str  # Device.id of the camera on this channel of a recorder, '' where it was not seen or is itself


@dataclass(frozen=True, slots=True)
class Tally:
    """Devices and channels by their answer in the chosen column; a camera that could not be read is unknown."""

    devices: Mapping[str, int]
    channels: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Function:
    """One AI function among the chosen devices: a sentence and counts for each side that has it."""

    feature: str
    sentences: Mapping[str, str]
    tallies: Mapping[str, Tally]


@dataclass(frozen=True, slots=True)
class Extract:
    """What was chosen. ``unread`` are cameras and recorders of which no function could be read, ``through`` cameras
    that were seen through a recorder only; ``notes`` say what the choice leaves out for want of knowledge."""

    choice: Choice
    inventory: Inventory
    site_types: Mapping[str, str]
    functions: tuple[Function, ...]
    entries: tuple[Entry, ...]
    unread: tuple[Device, ...]
    through: tuple[Device, ...]
    notes: tuple[str, ...]


@click.command("features", short_help="The AI functions of an audit: what, where, in which state.")
@audit_argument
@click.option(
    "--feature",
    "names",
    type=click.Choice(tuple(FEATURES)),
    multiple=True,
    metavar="ID",
    help="Only this function (face-recognition, ...); can be repeated.",
)
@click.option("--site", metavar="NAME", help="Only devices of this site.")
@click.option(
    "--site-type", type=click.Choice(SITE_TYPES), metavar="TYPE", help=f"Only sites that are: {', '.join(SITE_TYPES)}."
)
@click.option("--maker", metavar="NAME", help="Only devices built by this maker.")
@click.option(
    "--column", type=click.Choice(COLUMNS), help="Only rows with this column in the state of --is.  [default: enabled]"
)
@click.option("--is", "answer", type=click.Choice(ANSWERS), help="The state of the column.  [default: yes]")
@click.option("-f", "--format", "form", type=click.Choice(["table", "json", "csv"]), default="table", show_default=True)
def command(audit: Path, form: str, **given: Any) -> None:
    """Show the AI functions of AUDIT, the directory of an audit or its inventory.sqlite: what each does, how many
    devices and channels have it in which state, and every row with its five columns.

    Without --column and --is all rows are shown and the column "enabled" is counted.
    """  # fmt: skip
    inventory = load_inventory(audit)
    choice = Choice(
        features=tuple(dict.fromkeys(given["names"])),
        site=_known_site(inventory, given["site"]),
        site_type=given["site_type"],
        maker=_known_maker(inventory, given["maker"]),
        column=given["column"] or "enabled",
        answer=given["answer"] or "yes",
        filters=bool(given["column"] or given["answer"]),
    )
    extract = extract_of(inventory, choice)
    if form == "table":
        from scanner.cli.terminal import Stdout

        _print_table(Stdout(width=WIDTH, soft_wrap=False), extract)
        return
    click.echo(as_json(extract) if form == "json" else as_csv(extract), nl=form == "json")
    if form == "csv":
        for line in _silence_lines(extract):
            click.echo(line, err=True)


# -- chosen -------------------------------------------------------------------------------------------


def _known_site(inventory: Inventory, wanted: str | None) -> str | None:
    there = {site.name for site in inventory.audit.sites} | {device.site for device in inventory.devices}
    return _known("site", wanted, there)


def _known_maker(inventory: Inventory, wanted: str | None) -> str | None:
    return _known("maker", wanted, {device.identity.maker or "" for device in inventory.devices})


def _known(what: str, wanted: str | None, there: set[str]) -> str | None:
    """The name as the audit writes it; raises ConfigError when the audit has none like it."""
    if wanted is None:
        return None
    from reports.view.words import clean, listed

    names = sorted(there - {""})
    found = next((name for name in names if name.casefold() == wanted.strip().casefold()), None)
    if found is None:
        told = (
            f"one of {listed((clean(name, 60) for name in names), most=40)}"
            if names
            else "none: this audit has no such name"
        )
        raise ConfigError(f"--{what}: expected {told}, found {wanted!r}")
    return found


def extract_of(inventory: Inventory, choice: Choice) -> Extract:
    """The part of the register that was chosen, most intrusive function first."""
    from reports.view.register import is_blind

    types = {site.name: site.type for site in inventory.audit.sites}
    cameras = [device for device in inventory.devices if device.identity.is_camera]
    chosen = [device for device in cameras if _fits(device, choice, types)]
    blind = [device for device in chosen if is_blind(device)]
    entries = [entry for device in chosen for entry in _entries(device, choice)]
    by_feature: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        by_feature[entry.item.feature].append(entry)
    names = set(by_feature) | set(choice.features)
    ranked = sorted(names, key=lambda name: (-FEATURES[name].rank, FEATURES[name].title))
    return Extract(
        choice=choice,
        inventory=inventory,
        site_types=types,
        functions=tuple(_function(name, by_feature[name], blind, choice.column) for name in ranked),
        entries=tuple(entry for name in ranked for entry in by_feature[name] if _wanted(entry.item, choice)),
        unread=tuple(device for device in blind if device.seen_through is None),
        through=tuple(device for device in blind if device.seen_through is not None),
        notes=tuple(_left_out(inventory, cameras, choice, types)),
    )


def _fits(device: Device, choice: Choice, types: Mapping[str, str]) -> bool:
    return (
        choice.site in (None, device.site)
        and choice.site_type in (None, types.get(device.site, ""))
        and choice.maker in (None, device.identity.maker)
    )


def _wanted(item: Feature, choice: Choice) -> bool:
    return not choice.filters or getattr(item, choice.column) == choice.answer


def _entries(device: Device, choice: Choice) -> Iterator[Entry]:
    """Rows of one device; motion and tamper detection are no AI and come only where they are named."""
    attached = {camera.channel: camera.device or "" for camera in device.attached}
    side = side_of(device)
    for item in device.features:
        if item.feature in choice.features or (not choice.features and item.feature not in NOT_AI):
            yield Entry(device, item, side, attached.get(item.channel, "") if side == "recorder" else "")


def side_of(device: Device) -> str:
    """Whose word it is: that of a camera about itself, or of a recorder about its channels."""
    return "recorder" if device.identity.kind == "recorder" else "camera"


def _left_out(
    inventory: Inventory, cameras: Sequence[Device], choice: Choice, types: Mapping[str, str]
) -> Iterator[str]:
    from reports.view.words import counted

    unclear = sum(device.identity.is_camera is None for device in inventory.devices)
    if unclear:
        yield f"{counted(unclear, 'device')} of unclear kind: not in this register, and any may be a camera."
    untyped = sum(not types.get(device.site) for device in cameras)
    if choice.site_type and untyped:
        yield f"{counted(untyped, 'camera')} at sites whose type nobody stated: left out by --site-type."
    nameless = sum(not device.identity.maker for device in cameras)
    if choice.maker and nameless:
        yield f"{counted(nameless, 'camera')} of unknown maker: left out by --maker."


def _function(name: str, entries: Sequence[Entry], blind: Sequence[Device], column: Column) -> Function:
    from reports.view.register import function_line

    sentences, tallies = {}, {}
    for side in SIDES:
        mine = [entry for entry in entries if entry.side == side]
        silent = [device for device in blind if side_of(device) == side]
        if mine or (silent and side == "camera"):
            sentences[side] = function_line(name, [(entry.device, entry.item) for entry in mine]).sentence
            tallies[side] = _tally(mine, silent, column)
    return Function(name, sentences, tallies)


def _tally(entries: Sequence[Entry], silent: Sequence[Device], column: Column) -> Tally:
    """A device is "yes" where one channel is, else unknown where one is: silence beside a "no" is no "no"."""
    channels: dict[tuple[str, str], set[str]] = defaultdict(set)
    devices: dict[str, set[str]] = {device.id: {"unknown"} for device in silent}
    for entry in entries:
        answer = getattr(entry.item, column)
        channels[entry.device.id, entry.item.channel].add(answer)
        devices.setdefault(entry.device.id, set()).add(answer)
    return Tally(
        Counter(_strongest(said, ("yes", "unknown", "no")) for said in devices.values()),
        Counter(_strongest(said, ("yes", "no", "unknown")) for said in channels.values()),
    )


def _strongest(said: set[str], order: tuple[str, ...]) -> str:
    return next(answer for answer in order if answer in said)


# -- said -----------------------------------------------------------------------------------------------


def _silence_lines(extract: Extract) -> Iterator[str]:
    """What is not known, first: cameras that could not be read by reason, those behind recorders, what is left out."""
    from reports.view.words import counted, silence

    if extract.unread:
        whose = "its" if len(extract.unread) == 1 else "their"
        yield (
            f"{counted(len(extract.unread), 'device')} could not be read: each of {whose} AI functions is unknown, "
            "and may be on."
        )
        for why, count in Counter(str(device.settings_unread) for device in extract.unread).most_common():
            yield f"  {count:,}: {silence(why)}"
    if extract.through:
        yield (
            f"{counted(len(extract.through), 'camera')} seen through a recorder only: not read, unknown in every "
            "function. What the recorder says of a channel is counted as the recorder's."
        )
    yield from extract.notes


def _counts(counts: Mapping[str, int], one: str) -> str:
    from reports.view.words import counted

    return f"{counted(sum(counts.values()), one)}: " + ", ".join(f"{counts.get(word, 0):,} {word}" for word in ANSWERS)


def _print_table(console: Console, extract: Extract) -> None:
    from reports.view.words import COLUMN_LABELS

    column = COLUMN_LABELS[extract.choice.column].lower()
    for line in _silence_lines(extract):
        _line(console, line.strip(), indent=len(line) - len(line.lstrip()))
    rows: dict[str, list[Entry]] = defaultdict(list)
    for entry in _printed(extract):
        rows[entry.item.feature].append(entry)
    for function in extract.functions:
        if extract.choice.filters and not rows[function.feature]:
            continue
        _line(console, "")
        word = FEATURES[function.feature]
        _line(console, f"{word.title} ({function.feature})", style="bold")
        for side, tally in function.tallies.items():
            whose = "" if side == "camera" else "recorders: "
            _line(console, f"{whose}{function.sentences[side]}", 2)
            _line(
                console, f"{whose}{column}: {_counts(tally.devices, 'device')}; {_counts(tally.channels, 'channel')}", 2
            )
        _print_rows(console, rows[function.feature], extract)
    _line(console, "")
    if not any(rows.values()):
        _line(console, "No row fits. That is no proof of absence where something could not be read.")
        return
    legend = "  ".join(f"{short}: {COLUMN_LABELS[name].lower()}" for name, short in SHORT.items())
    _line(console, f"{legend}  ?: unknown, never off")
    if any(not entry.item.verified for each in rows.values() for entry in each):
        _line(console, f"{MARK} read in a way not yet confirmed on a real device")


def _printed(extract: Extract) -> Iterator[Entry]:
    """Rows worth a line: not those of devices summed up as unread, unless the unknown is asked for."""
    unread = {device.id for device in (*extract.unread, *extract.through)}
    for entry in extract.entries:
        if extract.choice.filters or entry.device.id not in unread:
            yield entry


def _print_rows(console: Console, entries: Sequence[Entry], extract: Extract) -> None:
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

    from reports.view.devices import Names, site_name
    from reports.view.words import channel_ranges, clean

    if not entries:
        return
    names = Names({device.id: device for device in extract.inventory.devices})
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("site", width=14, overflow="fold")
    table.add_column("device", width=20, overflow="fold")
    table.add_column("ch", width=6, overflow="fold")
    for short in SHORT.values():
        table.add_column(short, width=3)
    table.add_column("read by", width=11, overflow="fold")
    groups: dict[tuple[object, ...], list[Entry]] = defaultdict(list)
    for entry in entries:
        groups[entry.device.id, _answers(entry.item), entry.item.read_by, entry.item.verified].append(entry)
    for group in groups.values():
        first = group[0]
        reader = f"{clean(first.item.read_by, 40)}{'' if first.item.verified else MARK}"
        mark = "recorder " if first.side == "recorder" else ""
        cells = (
            site_name(first.device),
            f"{mark}{names.call(first.device)}",
            channel_ranges(entry.item.channel for entry in group),
            *(SHORT_ANSWERS[answer] for answer in _answers(first.item)),
            reader,
        )
        table.add_row(*(Text(cell) for cell in cells))
    console.print(Padding(table, (0, 0, 0, 2)))


def _answers(item: Feature) -> tuple[str, ...]:
    return tuple(getattr(item, column) for column in COLUMNS)


def _line(console: Console, text: str, indent: int = 0, style: str = "") -> None:
    from rich.padding import Padding
    from rich.text import Text

    console.print(Padding(Text(text, style=style, overflow="fold"), (0, 0, 0, indent)))


# -- as data --------------------------------------------------------------------------------------------


def _record(entry: Entry, types: Mapping[str, str]) -> dict[str, object]:
    device, item = entry.device, entry.item
    return {
        "site": device.site, "site_type": types.get(device.site, ""), "device": device.id, "address": device.address,
        "maker": device.identity.maker, "said_by": entry.side, "camera": entry.camera, "channel": item.channel,
        "feature": item.feature, **{column: getattr(item, column) for column in COLUMNS}, "count": item.count,
        "why_unknown": dict(sorted(item.why.items())), "read_by": item.read_by, "verified": item.verified,
    }  # fmt: skip


def _unread_record(device: Device, types: Mapping[str, str]) -> dict[str, object]:
    return {
        "site": device.site, "site_type": types.get(device.site, ""), "device": device.id, "address": device.address,
        "maker": device.identity.maker, "kind": device.identity.kind, "seen_through": device.seen_through,
        "why": device.settings_unread,
    }  # fmt: skip


def as_json(extract: Extract) -> str:
    """The extract as one JSON document."""
    import msgspec

    choice, types = extract.choice, extract.site_types
    document = {
        "schema": "camaudit.features/1",
        "audit": extract.inventory.audit.id,
        "chosen": {
            "features": choice.features, "site": choice.site, "site_type": choice.site_type, "maker": choice.maker,
            "column": choice.column, "is": choice.answer if choice.filters else None,
        },
        "not_read": [_unread_record(device, types) for device in extract.unread],
        "seen_through_a_recorder": [_unread_record(device, types) for device in extract.through],
        "notes": extract.notes,
        "functions": [_function_record(function) for function in extract.functions],
        "rows": [_record(entry, types) for entry in extract.entries],
    }  # fmt: skip
    return msgspec.json.format(msgspec.json.encode(document), indent=2).decode()


def _function_record(function: Function) -> dict[str, object]:
    word = FEATURES[function.feature]
    each: Callable[[Mapping[str, int]], dict[str, int]] = lambda counts: {name: counts.get(name, 0) for name in ANSWERS}  # noqa: E731
    return {
        "feature": function.feature, "title": word.title, "rank": word.rank, "is_ai": function.feature not in NOT_AI,
        "said_by": {
            side: {
                "sentence": function.sentences[side], "devices": each(tally.devices), "channels": each(tally.channels),
            }
            for side, tally in function.tallies.items()
        },
    }  # fmt: skip


def as_csv(extract: Extract) -> bytes:
    """One row for each device, channel and function; a device that could not be read is a row without a function."""
    from reports.csv import safe

    columns = (
        "site", "site_type", "device", "address", "maker", "said_by", "camera", "channel", "feature", *COLUMNS,
        "count", "why_unknown", "read_by", "verified",
    )  # fmt: skip
    buffer = io.StringIO(newline="")
    writer = csv.DictWriter(buffer, columns, restval="", lineterminator="\r\n")
    writer.writeheader()
    records = [_record(entry, extract.site_types) for entry in extract.entries]
    for record in records:
        why = record["why_unknown"]
        record["why_unknown"] = "; ".join(f"{column}: {word}" for column, word in why.items())  # type: ignore[attr-defined]
        record["verified"] = "yes" if record["verified"] else "no"
    if not extract.choice.filters or extract.choice.answer == "unknown":
        for device in (*extract.unread, *extract.through):
            whole = {
                name: value for name, value in _unread_record(device, extract.site_types).items() if name in columns
            }
            silent = dict.fromkeys(COLUMNS, "unknown")
            records.append({
                **whole, **silent, "said_by": side_of(device), "channel": "device",
                "why_unknown": f"every AI function: {device.settings_unread}",
            })  # fmt: skip
    for record in records:
        writer.writerow({
            name: "" if cell is None else safe(str(cell).replace("\0", "")) for name, cell in record.items()
        })  # fmt: skip
    return buffer.getvalue().encode("utf-8", errors="replace")
