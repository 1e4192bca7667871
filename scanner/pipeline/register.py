"""A register of the organisation held against the devices that were seen: what is missing, what is there unregistered.

A row and a device are the same when their serial numbers agree, else their Ethernet addresses, else their addresses:
the first two go with a device when it moves, an address does not.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence

from scanner.fingerprint import naming
from scanner.fingerprint.makers import names
from scanner.model import Device, NotSeen, RegisterMatch, RegisterResult, RegisterRow

SERIAL_TAIL = 9
"""Characters of a serial number that tell a unit by themselves: labels and registers often have the end of it only."""

MOST_CONFLICTS = 200

_PLAIN = re.compile(r"[^0-9a-z]")


def match(
    rows: Sequence[RegisterRow],
    devices: Iterable[Device],
    why_not_seen: Callable[[str], NotSeen],
    files: Sequence[str] = (),
) -> RegisterResult:
    """Each row with its device, or why it has none; ``why_not_seen`` says it for an address where nobody was seen."""
    return _Matching(rows, devices, why_not_seen).result(files)


class _Matching:
    def __init__(
        self, rows: Sequence[RegisterRow], devices: Iterable[Device], why_not_seen: Callable[[str], NotSeen]
    ) -> None:
        self.rows = rows
        self.devices = list(devices)
        self.why_not_seen = why_not_seen
        self.by_id = {device.id: device for device in self.devices}
        self.serials = _index((plain(one.identity.serial or ""), one.id) for one in self.devices)
        self.tails = _index((serial[-SERIAL_TAIL:], one) for serial, ids in self.serials.items() for one in ids)
        self.macs = _index((one.mac or "", one.id) for one in self.devices)
        self.addresses = _index((address, one.id) for one in self.devices for address in one.addresses)
        self.taken: dict[str, RegisterRow] = {}
        self.found: dict[int, RegisterMatch] = {}
        self.conflicts: list[str] = []

    def result(self, files: Sequence[str]) -> RegisterResult:
        """By what stays with a device first, so that a device that moved is not given to the row of its new address."""
        for number, row in enumerate(self.rows):
            self._by_itself(number, row)
        for number, row in enumerate(self.rows):
            if number not in self.found:
                self.found[number] = self._by_address(row)
        unregistered = [one for one in self.devices if one.id not in self.taken]
        more = len(self.conflicts) - MOST_CONFLICTS
        told = self.conflicts[:MOST_CONFLICTS] + ([f"And {more:,} more."] if more > 0 else [])
        return RegisterResult(
            files=tuple(files),
            rows=tuple(self.found[number] for number in range(len(self.rows))),
            unregistered=tuple(one.id for one in unregistered if one.identity.is_camera),
            unclear=sum(one.identity.is_camera is None for one in unregistered),
            conflicts=tuple(told),
        )

    def _by_itself(self, number: int, row: RegisterRow) -> None:
        serial = plain(row.serial)
        by_serial = self.serials.get(serial, []) if serial else []
        if not by_serial and len(serial) >= SERIAL_TAIL:
            by_serial = [one for one in self.tails.get(serial[-SERIAL_TAIL:], []) if self._ends_alike(serial, one)]
        by_mac = self.macs.get(row.mac, []) if row.mac else []
        if len(by_serial) > 1:
            self._conflict(row, f"its serial number {row.serial} was shown by {self._named(by_serial)}")
            by_serial = [one for one in by_serial if row.address in self.by_id[one].addresses] or by_serial[:1]
        if by_serial and by_mac and not set(by_serial) & set(by_mac):
            what = f"its serial number is that of {self._named(by_serial)}, its Ethernet address that of"
            self._conflict(row, f"{what} {self._named(by_mac)}; the serial number was believed")
        if by_serial:
            self.found[number] = self._take(row, by_serial[0], "serial")
        elif by_mac:
            self.found[number] = self._take(row, by_mac[0], "mac")

    def _ends_alike(self, serial: str, device: str) -> bool:
        other = plain(self.by_id[device].identity.serial or "")
        return other.endswith(serial) or (len(other) >= SERIAL_TAIL and serial.endswith(other))

    def _by_address(self, row: RegisterRow) -> RegisterMatch:
        here = self.addresses.get(row.address, []) if row.address else []
        if not here:
            return RegisterMatch(row=row, why=self.why_not_seen(row.address) if row.address else "no-address")
        fitting = [one for one in here if not contradicts(row, self.by_id[one])]
        if not fitting:
            return RegisterMatch(row=row, why="another-device", differs=tuple(differences(row, self.by_id[here[0]])))
        return self._take(row, fitting[0], "address")

    def _take(self, row: RegisterRow, device: str, by: str) -> RegisterMatch:
        first = self.taken.setdefault(device, row)
        if first is not row:
            self._conflict(row, f"it points at {self._named([device])}, as {first.place} does")
            return RegisterMatch(row=row, why="same-device")
        return RegisterMatch(
            row=row,
            device=device,
            by=by,  # type: ignore[arg-type]  # callers write one of the three words
            differs=tuple(differences(row, self.by_id[device])),
        )

    def _conflict(self, row: RegisterRow, what: str) -> None:
        self.conflicts.append(f"{row.place}: {what}.")

    def _named(self, devices: Iterable[str]) -> str:
        return " and ".join(self.by_id[one].address or one for one in devices)


def contradicts(row: RegisterRow, device: Device) -> bool:
    """The row is about another unit than the one at its address: by serial numbers, else by Ethernet addresses."""
    ours, theirs = plain(row.serial), plain(device.identity.serial or "")
    if ours and theirs:
        return not (ours.endswith(theirs) or theirs.endswith(ours))
    return bool(row.mac and device.mac and row.mac != device.mac)


def differences(row: RegisterRow, device: Device) -> Iterator[str]:
    """Where the register and the device disagree, in sentences."""
    identity = device.identity
    pairs = (
        ("address", row.address, device.address, row.address in device.addresses),
        ("Ethernet address", row.mac, device.mac or "", row.mac == device.mac),
        ("serial number", row.serial, identity.serial or "", _same_end(row.serial, identity.serial or "")),
        ("maker", row.brand, identity.brand or identity.maker or "", _same_name(row.brand, identity)),
        ("model", row.model, identity.model or "", _same_model(row.model, identity.model or "")),
        ("firmware", row.firmware, identity.firmware.version if identity.firmware else "", _same_firmware(row, device)),
        ("site", row.site, device.site, row.site.casefold() == device.site.casefold()),
    )
    for what, stated, seen, same in pairs:
        if stated and seen and not same:
            yield f"{what}: the register says {stated}, seen was {seen}"


def _same_end(ours: str, theirs: str) -> bool:
    return plain(ours).endswith(plain(theirs)) or plain(theirs).endswith(plain(ours))


def _same_name(stated: str, identity: object) -> bool:
    known = names().find(stated)
    name = known.name if known else stated
    seen = {getattr(identity, "brand", None), getattr(identity, "maker", None)} - {None}
    return name.casefold() in {str(one).casefold() for one in seen}


def _same_model(stated: str, seen: str) -> bool:
    ours, theirs = naming.plain(naming.clean_model(stated)), naming.plain(seen)
    return ours.startswith(theirs) or theirs.startswith(ours)


def _same_firmware(row: RegisterRow, device: Device) -> bool:
    firmware = device.identity.firmware
    stated = plain(row.firmware)
    return firmware is None or plain(firmware.version) in stated or stated in plain(firmware.raw)


def plain(text: str) -> str:
    """A serial number or version for comparison: without case, blanks and punctuation."""
    return _PLAIN.sub("", text.casefold())


def _index(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    index: dict[str, list[str]] = defaultdict(list)
    for key, value in pairs:
        if key:
            index[key].append(value)
    return dict(index)
