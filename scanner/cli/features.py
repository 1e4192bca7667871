"""``camaudit features AUDIT``: the AI functions of a stored audit, chosen by function, site, maker or state.

What is not known comes first. Cameras and what recorders say of their channels are told apart. Fits 80 columns; device
text goes through ``rich.text.Text`` and is never read as markup.
"""

from __future__ import annotations

import csv
import io
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from scanner.cli.feature_rows import Choice, Entry, Extract, Function, extract_of, known_maker, known_site, side_of
from scanner.cli.stored import audit_argument, load_inventory
from scanner.facts import FEATURES, NOT_AI, SITE_TYPES
from scanner.model import COLUMNS, Device, Feature

if TYPE_CHECKING:
    from rich.console import Console

    from reports.view.devices import Names

WIDTH = 80
ANSWERS = ("yes", "no", "unknown")
SHORT = {"supported": "sup", "licensed": "lic", "enabled": "on", "armed": "sch", "linked": "act"}
SHORT_ANSWERS = {"yes": "yes", "no": "no", "unknown": "?"}
MARK = "*"
MOST_ROWS = 200  # of one function in the table: more is for a spreadsheet


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
        site=known_site(inventory, given["site"]),
        site_type=given["site_type"],
        maker=known_maker(inventory, given["maker"]),
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
            f"{counted(len(extract.through), 'camera')} seen through a recorder only and not read: unknown, and not "
            "counted below. What the recorder says of a channel counts as the recorder's."
        )
    yield from extract.notes


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{counts.get(answer, 0):,} {answer}" for answer in ANSWERS)


def _print_table(console: Console, extract: Extract) -> None:
    from reports.view.devices import Names
    from reports.view.words import COLUMN_LABELS

    column = COLUMN_LABELS[extract.choice.column].lower()
    for line in _silence_lines(extract):
        _line(console, line.strip(), indent=len(line) - len(line.lstrip()))
    names = Names({device.id: device for device in extract.inventory.devices})
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
            if side == "camera" or function.sentences[side] != function.sentences.get("camera"):
                _line(console, f"{whose}{function.sentences[side]}", 2)
            told = f"{column}: devices {_counts(tally.devices)}; channels {_counts(tally.channels)}"
            _line(console, f"{whose}{told}", 2)
        _print_rows(console, rows[function.feature], names)
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


def _print_rows(console: Console, entries: Sequence[Entry], names: Names) -> None:
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

    from reports.view.devices import site_name
    from reports.view.words import channel_ranges, clean

    if not entries:
        return
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
    for group in islice(groups.values(), MOST_ROWS):
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
    if len(groups) > MOST_ROWS:
        _line(console, f"and {len(groups) - MOST_ROWS:,} more rows; -f csv and -f json have them all", 2)


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
            silent: dict[str, object] = dict.fromkeys(COLUMNS, "unknown")
            records.append({
                **whole, **silent, "said_by": side_of(device), "channel": "device",
                "why_unknown": f"every AI function: {device.settings_unread}",
            })  # fmt: skip
    for record in records:
        writer.writerow({
            name: "" if cell is None else safe(str(cell).replace("\0", "")) for name, cell in record.items()
        })  # fmt: skip
    return buffer.getvalue().encode("utf-8", errors="replace")
