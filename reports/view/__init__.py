"""``AuditView``: every row, count, label and sentence a reader sees, computed once from an inventory and its findings.

The formats print it and compute nothing. It is pure: the day of judging is an argument.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from reports.view import devices as listing
from reports.view.assets import Assets, build_assets
from reports.view.board import Board, build_board
from reports.view.coverage import Coverage, build_coverage
from reports.view.devices import Names
from reports.view.findings import Judged, build_judged
from reports.view.makers import Makers, build_makers
from reports.view.record import LIMITS, Harm, Term, audit_terms, harm_of, method_of, notes_of
from reports.view.register import Register, build_register
from reports.view.tables import Reply, Table, cited
from reports.view.words import GRADE_MEANS, clean, counted, day
from rules.model import Finding, Pack
from scanner.model import Inventory

__all__ = ["AuditView", "build"]


@dataclass(frozen=True, slots=True)
class PackLine:
    """One pack as used."""

    id: str
    title: str
    jurisdiction: str
    version: str
    law_checked_on: str
    rules: int
    stale: bool
    in_force: bool
    note: str
    sha256: str
    lists: tuple[str, ...]  # "name, checked on day"


@dataclass(frozen=True, slots=True)
class Devices:
    """The lists of devices. Each device stands in one of ``cameras``, ``others`` and ``unclear``."""

    cameras: Table
    attached: Table
    others: Table
    unclear: Table
    kinds: str


@dataclass(frozen=True, slots=True)
class AuditView:
    """One audit as every report shows it. ``inventory``, ``findings`` and ``packs`` are for the data formats."""

    inventory: Inventory
    findings: tuple[Finding, ...]
    packs: tuple[Pack, ...]
    on: date
    title: str
    subtitle: str
    terms: tuple[Term, ...]
    notes: tuple[str, ...]
    board: Board
    coverage: Coverage
    register: Register
    assets: Assets | None  # None: no register of the organisation was given
    makers: Makers
    devices: Devices
    judged: Judged
    harm: Harm
    pack_lines: tuple[PackLine, ...]
    method: tuple[str, ...]
    limits: tuple[str, ...]
    grades: Mapping[str, str]
    replies: Mapping[str, Reply]

    @property
    def tables(self) -> tuple[Table, ...]:
        """Every table whose rows can be many."""
        return (
            self.coverage.table, self.register.by_site, self.register.entries, self.makers.table,
            self.makers.singled_out, self.devices.cameras, self.devices.attached, self.judged.open_table,
            self.judged.unknown_table, self.judged.rule_table, self.devices.unclear, self.devices.others,
            *(self.assets.tables if self.assets else ()),
        )  # fmt: skip


def build(inventory: Inventory, findings: Sequence[Finding], packs: Sequence[Pack], on: date) -> AuditView:
    """The view of one audit, judged as of ``on``."""
    names = Names({device.id: device for device in inventory.devices})
    cameras = [device for device in inventory.devices if device.identity.is_camera]
    judged = build_judged(findings, packs, names)
    coverage = build_coverage(inventory.audit, inventory.devices, judged.own)
    register = build_register(cameras, names)
    makers = build_makers(cameras, names)
    lists = Devices(
        cameras=listing.camera_table(cameras, judged.by_device, names),
        attached=listing.attached_table([device for device in cameras if device.attached], names),
        others=listing.other_table([one for one in inventory.devices if one.identity.is_camera is False], names),
        unclear=listing.unclear_table([one for one in inventory.devices if one.identity.is_camera is None], names),
        kinds=listing.kinds_sentence(cameras),
    )
    proven = (register.entries, judged.open_table, lists.attached, makers.singled_out)
    audit = inventory.audit
    return AuditView(
        inventory=inventory,
        findings=tuple(findings),
        packs=tuple(packs),
        on=on,
        title=f"Camera audit: {clean(audit.organisation.name, 100)}" if audit.organisation.name else "Camera audit",
        subtitle=f"Audit of {day(audit.started_at)}, judged as of {day(on)}",
        terms=audit_terms(audit, on),
        notes=tuple(notes_of(audit)),
        board=build_board(cameras, coverage, judged, register, makers),
        coverage=coverage,
        register=register,
        assets=build_assets(audit, names),
        makers=makers,
        devices=lists,
        judged=judged,
        harm=harm_of(audit),
        pack_lines=tuple(_pack_line(pack, on) for pack in packs),
        method=method_of(audit),
        limits=LIMITS,
        grades=GRADE_MEANS,
        replies=cited(proven, inventory.evidence),
    )


def _pack_line(pack: Pack, on: date) -> PackLine:
    return PackLine(
        id=pack.id,
        title=clean(pack.title),
        jurisdiction=clean(pack.jurisdiction),
        version=clean(pack.version),
        law_checked_on=day(pack.law_checked_on),
        rules=len(pack.rules),
        stale=pack.is_stale(on),
        in_force=pack.in_force(on),
        note=clean(pack.note, 600),
        sha256=pack.sha256,
        lists=tuple(
            f"{clean(one.title)}: {counted(len(one.rows), 'entry', 'entries')}, checked on {day(one.checked_on)}"
            for one in pack.data
        )
        + tuple(
            f"{clean(one.title)}: {counted(len(one.advisories), 'entry', 'entries')}, checked on "
            f"{day(one.checked_on)}, exploited ones by the catalogue of {day(one.exploited_as_of)}"
            for one in pack.advisories
        )
        + tuple(
            f"{clean(one.title)}: {counted(len(one.rows), 'entry', 'entries')}, checked on {day(one.checked_on)}"
            for one in pack.support
        ),
    )
