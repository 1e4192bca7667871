"""``findings.csv``, ``devices.csv``, ``features.csv`` and ``settings.csv`` for a spreadsheet: one row each,
nothing left out, UTF-8.

A cell that a spreadsheet could take for a formula is prefixed with an apostrophe.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from reports import Report
from reports.view import AuditView
from reports.view.because import because_text
from rules.model import Finding
from scanner.facts import FACTS
from scanner.model import COLUMNS, Contested, Device, Fact, Known, Unseen

FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")
_PIECE = 1_000_000  # characters


def safe(text: str) -> str:
    """The text as a cell that no spreadsheet computes."""
    return f"'{text}" if text.startswith(FORMULA_SIGNS) else text


def _table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[bytes]:
    """The file in pieces of some rows: the whole of it is far larger than the audit it is made of."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([safe(_text(cell)) for cell in row])
        if buffer.tell() > _PIECE:
            yield buffer.getvalue().encode("utf-8", errors="replace")
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue().encode("utf-8", errors="replace")


def _text(cell: object) -> str:
    # NUL ends a cell for some readers
    return "" if cell is None else str(cell).replace("\0", "")


def findings_csv(view: AuditView) -> Iterator[bytes]:
    """One row for each finding, passes included; what to do and the sources stand at those that ask for it."""
    devices = {device.id: device for device in view.inventory.devices}
    columns = (
        "id", "site", "address", "device", "maker", "model", "rule", "pack", "title", "severity", "verdict", "waived",
        "because", "evidence", "remediation", "cannot_decide", "references",
    )  # fmt: skip
    return _table(columns, (_finding(finding, devices.get(finding.device)) for finding in view.findings))


def _finding(finding: Finding, device: Device | None) -> tuple[object, ...]:
    waived = "" if finding.waiver is None else "expired" if finding.waiver.expired else "yes"
    advice: tuple[object, ...] = ("", "", "")
    if finding.verdict in ("fail", "review"):
        sources = " ".join(reference.url for reference in finding.references)
        advice = (finding.remediation, finding.cannot_decide, sources)
    return (
        finding.id, device.site if device else "", device.address if device else "", finding.device,
        device.identity.maker if device else "", device.identity.model if device else "",
        finding.rule, finding.pack, finding.title, finding.severity, finding.verdict, waived,
        "; ".join(because_text(because) for because in finding.because),
        " ".join(dict.fromkeys(name for because in finding.because for name in because.evidence)),
        *advice,
    )  # fmt: skip


def devices_csv(view: AuditView) -> Iterator[bytes]:
    """One row for each device, other equipment included."""
    columns = (
        "id", "site", "address", "also_at", "mac", "kind", "is_camera", "brand", "maker", "model", "firmware",
        "build_date", "serial", "grade", "login", "not_read_because", "seen_through", "fail", "review", "unknown",
        "pass", "waived", "first_seen", "last_seen",
    )  # fmt: skip
    return _table(columns, (_device(device, view) for device in view.inventory.devices))


def _device(device: Device, view: AuditView) -> tuple[object, ...]:
    identity, firmware = device.identity, device.identity.firmware
    verdicts = view.judged.by_device.get(device.id, Counter())
    camera = {True: "yes", False: "no", None: "unknown"}[identity.is_camera]
    return (
        device.id, device.site, device.address, " ".join(device.also_at), device.mac or identity.mac, identity.kind,
        camera, identity.brand, identity.maker, identity.model,
        firmware.version if firmware else "", firmware.build_date if firmware else "", identity.serial, identity.grade,
        device.login, device.settings_unread if identity.is_camera else "", device.seen_through,
        *(verdicts[word] for word in ("fail", "review", "unknown", "pass", "waived")),
        device.first_seen.isoformat(), device.last_seen.isoformat(),
    )  # fmt: skip


def features_csv(view: AuditView) -> Iterator[bytes]:
    """One row for each function, device and channel, those that are off included. What ``said_by`` a recorder is about
    its channel, not from the ``camera`` there, which has rows of its own where it was read."""
    columns = (
        "site", "address", "device", "channel", "feature", *COLUMNS, "count", "why_unknown", "read_by", "verified",
        "maker_calls_it", "evidence", "said_by", "camera",
    )  # fmt: skip
    rows = (
        (
            device.site, device.address, device.id, item.channel, item.feature,
            *(getattr(item, column) for column in COLUMNS), item.count,
            "; ".join(f"{column}: {why}" for column, why in sorted(item.why.items())), item.read_by,
            "yes" if item.verified else "no", item.vendor_name,
            " ".join(dict.fromkeys(proof.evidence for proof in item.proofs)), device.said_by,
            device.camera_on(item.channel),
        )
        for device in view.inventory.devices
        for item in device.features
    )  # fmt: skip
    return _table(columns, rows)


def settings_csv(view: AuditView) -> Iterator[bytes]:
    """One row for each setting of each device, whether a rule asks for it or not; why, where it is not known.

    Sources that disagree have one row each.
    """
    columns = ("site", "address", "device", "setting", "means", "state", "value", "why", "grade", "evidence")
    rows = (
        (device.site, device.address, device.id, key, FACTS[key].sentence if key in FACTS else "", *cells)
        for device in view.inventory.devices
        for key, fact in sorted(device.facts.items())
        for cells in _setting(fact)
    )
    return _table(columns, rows)


def _setting(fact: Fact) -> Iterator[tuple[object, ...]]:
    """State, value, why, grade and evidence."""
    match fact:
        case Known():
            yield "known", _value(fact.value), "", fact.grade, " ".join(fact.evidence)
        case Contested():
            for one in fact.values:
                yield "contested", _value(one.value), "", one.grade, " ".join(one.evidence)
        case Unseen():
            yield "unknown", "", fact.why, "", " ".join(fact.evidence)


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "; ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


REPORT = Report(
    "csv",
    {
        "findings.csv": findings_csv,
        "devices.csv": devices_csv,
        "features.csv": features_csv,
        "settings.csv": settings_csv,
    },
)
