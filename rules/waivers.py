"""Waivers: a decision, by a named person and for a time, to live with a finding.

    [[waiver]]
    rule = "SS-03"
    devices = ["d-0123456789ab", "192.0.2.7", "192.0.2.0/28"]     # and, or instead: sites = ["Depot"]
    reason = "Replacement is ordered."
    approved_by = "J. Example, SIRO"
    approved_on = 2026-10-01
    evidence = "CHG-1234"
    until = 2027-03-31                                             # at most 365 days after approved_on

A waiver is a mark on a fail or review and never changes a verdict. An expired one stays on the finding as expired.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from pathlib import Path

import msgspec

from rules.model import Finding, Waiver, WaiverMark
from scanner.errors import ConfigError
from scanner.model import Device, Frozen
from scanner.strictfile import Located, convert, read_toml

LONGEST = timedelta(days=365)


class _WaiverRow(Frozen, frozen=True, kw_only=True):
    rule: str
    reason: str
    approved_by: str
    approved_on: date
    evidence: str
    until: date
    devices: tuple[str, ...] = ()
    sites: tuple[str, ...] = ()


class _WaiverFile(Frozen, frozen=True):
    waiver: tuple[_WaiverRow, ...]


def load_waivers(path: Path) -> tuple[Waiver, ...]:
    """The waivers of a TOML file. Raises ConfigError with file:line: a malformed file must stop the run."""
    located = read_toml(path)
    rows = convert(located, (), _WaiverFile, path).waiver
    return tuple(_waiver(located, number, row) for number, row in enumerate(rows))


def _waiver(located: Located, number: int, row: _WaiverRow) -> Waiver:
    at = ("waiver", number)
    for name in ("rule", "reason", "approved_by", "evidence"):
        if not getattr(row, name).strip():
            raise ConfigError(f"expected {name} to say something, found an empty text", located.place(*at, name))
    if not row.devices and not row.sites:
        raise ConfigError("expected devices or sites with at least one entry, found none", located.place(*at))
    for position, text in enumerate(row.devices):
        if not text.strip():
            raise ConfigError("expected a device id, address or network, found an empty text",
                              located.place(*at, "devices", position))  # fmt: skip
        if "/" in text and _network(text) is None:
            raise ConfigError(f"expected a network, found {text!r}", located.place(*at, "devices", position))
    if row.until < row.approved_on:
        raise ConfigError(f"until {row.until} is before approved_on {row.approved_on}", located.place(*at, "until"))
    if row.until - row.approved_on > LONGEST:
        latest = row.approved_on + LONGEST
        raise ConfigError(
            f"expected until at most {LONGEST.days} days after approved_on ({latest}), found {row.until}",
            located.place(*at, "until"),
        )
    return Waiver(**msgspec.structs.asdict(row), place=str(located.place(*at)))


class WaiverBook:
    """The waivers that could matter on a day. Those approved later do not exist yet."""

    def __init__(self, waivers: Sequence[Waiver], on: date) -> None:
        self._by_rule: dict[str, list[WaiverMark]] = {}
        for waiver in waivers:
            if waiver.approved_on <= on:
                self._by_rule.setdefault(waiver.rule, []).append(WaiverMark(waiver, expired=waiver.until < on))
        for marks in self._by_rule.values():  # one in force before an expired one, then the longest
            marks.sort(key=lambda mark: (mark.expired, -mark.waiver.until.toordinal()))

    def marked(self, finding: Finding, device: Device) -> Finding:
        """The finding with the waiver that names its rule and device, if there is one."""
        for mark in self._by_rule.get(finding.rule, ()):
            if names(mark.waiver, device):
                return msgspec.structs.replace(finding, waiver=mark)
        return finding


def names(waiver: Waiver, device: Device) -> bool:
    """Whether a waiver is meant for a device: by its id, address, network or site."""
    if device.site and device.site in waiver.sites:
        return True
    return any(text in (device.id, device.address) or _holds(text, device.address) for text in waiver.devices)


def unused_waivers(waivers: Iterable[Waiver], findings: Iterable[Finding]) -> tuple[Waiver, ...]:
    """Waivers that stand on no finding: mistyped, not yet approved, or no longer needed."""
    used = {finding.waiver.waiver for finding in findings if finding.waiver is not None}
    return tuple(waiver for waiver in waivers if waiver not in used)


def _network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None


def _holds(text: str, address: str) -> bool:
    network = _network(text)
    if network is None:
        return False
    try:
        return ipaddress.ip_address(address) in network
    except ValueError:  # a camera behind a recorder may have no address
        return False
