"""``findings.csv``, ``devices.csv`` and ``features.csv`` for a spreadsheet: one row each, nothing left out, UTF-8.

A cell that a spreadsheet could take for a formula is prefixed with an apostrophe.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Sequence

from reports import Report
from reports.view import AuditView
from reports.view.findings import because_text
from rules.model import Finding
from scanner.model import COLUMNS, Device

FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")


def safe(text: str) -> str:
    """The text as a cell that no spreadsheet computes."""
    return f"'{text}" if text.startswith(FORMULA_SIGNS) else text


def _table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([safe(_text(cell)) for cell in row] for row in rows)
    return buffer.getvalue().encode("utf-8", errors="replace")


def _text(cell: object) -> str:
    # NUL ends a cell for some readers
    return "" if cell is None else str(cell).replace("\0", "")


def findings_csv(view: AuditView) -> bytes:
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


def devices_csv(view: AuditView) -> bytes:
    """One row for each device, other equipment included."""
    columns = (
        "id", "site", "address", "mac", "kind", "is_camera", "brand", "maker", "model", "firmware", "build_date",
        "serial", "grade", "login", "not_read_because", "seen_through", "fail", "review", "unknown", "pass", "waived",
        "first_seen", "last_seen",
    )  # fmt: skip
    return _table(columns, (_device(device, view) for device in view.inventory.devices))


def _device(device: Device, view: AuditView) -> tuple[object, ...]:
    identity, firmware = device.identity, device.identity.firmware
    verdicts = view.judged.by_device.get(device.id, Counter())
    camera = {True: "yes", False: "no", None: "unknown"}[identity.is_camera]
    return (
        device.id, device.site, device.address, device.mac or identity.mac, identity.kind, camera, identity.brand,
        identity.maker, identity.model, firmware.version if firmware else "", firmware.build_date if firmware else "",
        identity.serial, identity.grade, device.login,
        device.settings_unread if identity.is_camera else "", device.seen_through,
        *(verdicts[word] for word in ("fail", "review", "unknown", "pass", "waived")),
        device.first_seen.isoformat(), device.last_seen.isoformat(),
    )  # fmt: skip


def features_csv(view: AuditView) -> bytes:
    """One row for each function, device and channel, those that are off included."""
    columns = (
        "site", "address", "device", "channel", "feature", *COLUMNS, "count", "why_unknown", "read_by", "verified",
        "maker_calls_it", "evidence",
    )  # fmt: skip
    rows = (
        (
            device.site, device.address, device.id, item.channel, item.feature,
            *(getattr(item, column) for column in COLUMNS), item.count,
            "; ".join(f"{column}: {why}" for column, why in sorted(item.why.items())), item.read_by,
            "yes" if item.verified else "no", item.vendor_name,
            " ".join(dict.fromkeys(proof.evidence for proof in item.proofs)),
        )
        for device in view.inventory.devices
        for item in device.features
    )  # fmt: skip
    return _table(columns, rows)


REPORT = Report("csv", {"findings.csv": findings_csv, "devices.csv": devices_csv, "features.csv": features_csv})
