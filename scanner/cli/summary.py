"""The table at the end of a scan: verdicts, coverage, AI functions on, makers. Fits 80 columns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from rules import Finding
from scanner.facts import FEATURES, NOT_AI
from scanner.model import Audit, Device

WIDTH = 78
VERDICTS = ("fail", "review", "unknown", "pass")


def print_summary(console: Console, audit: Audit, devices: Sequence[Device], findings: Sequence[Finding]) -> None:
    """Small tables. Device text goes through ``Text``: a camera's banner is never read as markup."""
    _coverage(console, audit)
    _functions(console, devices)
    _makers(console, devices)
    _verdicts(console, findings)
    _register(console, audit)


def _table(title: str, *columns: tuple[str, str]) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", width=WIDTH, show_edge=False, pad_edge=False)
    for index, (name, side) in enumerate(columns):
        table.add_column(name, justify="left" if side == "left" else "right", ratio=1 if index == 0 else None)
    return table


def _rows(table: Table, rows: Sequence[Sequence[str]], console: Console) -> None:
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    console.print(table, width=WIDTH, crop=False)  # a narrower terminal wraps; no number is cut off
    console.print()


def _coverage(console: Console, audit: Audit) -> None:
    table = _table(
        "Coverage", ("site", "left"), ("asked", "right"), ("answered", "right"), ("cameras", "right"),
        ("settings read", "right"), ("not read", "right"),
    )  # fmt: skip
    rows = [
        (
            row.site,
            str(row.asked),
            str(row.answered),
            str(row.cameras),
            str(row.authenticated),
            str(row.cameras - row.authenticated),
        )
        for row in audit.coverage
    ]
    _rows(table, rows, console)


def _functions(console: Console, devices: Sequence[Device]) -> None:
    on = {
        (device.id, item.channel, item.feature)
        for device in devices
        for item in device.features
        if item.enabled == "yes"
    }
    units, channels = Counter[str](), Counter[str]()
    for feature in {feature for _, _, feature in on}:
        units[feature] = len({device for device, _, name in on if name == feature})
        channels[feature] = sum(name == feature for _, _, name in on)
    blind = sum(bool(device.identity.is_camera) and device.login != "accepted" for device in devices)
    table = _table("AI functions switched on", ("function", "left"), ("devices", "right"), ("channels", "right"))
    ranked = sorted((name for name in units if name not in NOT_AI), key=lambda name: (-FEATURES[name].rank, name))
    rows = [(FEATURES[name].title, str(units[name]), str(channels[name])) for name in ranked]
    rows.append(("unknown: settings could not be read", str(blind), "?"))
    _rows(table, rows, console)


def _makers(console: Console, devices: Sequence[Device]) -> None:
    cameras = [device for device in devices if device.identity.is_camera]
    made = Counter(device.identity.maker or "unknown" for device in cameras)
    other = Counter(
        device.identity.maker or "unknown"
        for device in cameras
        if device.identity.brand and device.identity.maker and device.identity.brand != device.identity.maker
    )
    table = _table("Makers", ("maker", "left"), ("devices", "right"), ("under another brand", "right"))
    _rows(table, [(name, str(count), str(other[name] or "")) for name, count in made.most_common()], console)


def _verdicts(console: Console, findings: Sequence[Finding]) -> None:
    count = Counter[tuple[str, str]]((finding.severity, finding.verdict) for finding in findings)
    table = _table("Verdicts", ("severity", "left"), *((verdict, "right") for verdict in VERDICTS))
    rows = [
        (severity, *(str(count[severity, verdict] or "") for verdict in VERDICTS))
        for severity in ("critical", "high", "medium", "low", "info")
        if any(count[severity, verdict] for verdict in VERDICTS)
    ]
    _rows(table, rows, console)


def _register(console: Console, audit: Audit) -> None:
    """Counts only: which rows and which devices they are is in the report."""
    result = audit.register
    if result is None:
        return
    seen = sum(bool(row.device) for row in result.rows)
    table = _table(
        "Asset register", ("rows", "left"), ("seen", "right"), ("not seen", "right"), ("seen, not registered", "right"),
        ("to look into", "right"),
    )  # fmt: skip
    row = (len(result.rows), seen, len(result.rows) - seen, len(result.unregistered), len(result.conflicts))
    _rows(table, [tuple(str(count) for count in row)], console)
