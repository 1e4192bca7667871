"""Cameras behind recorders: tied to the same camera seen directly, or listed as a device seen through the recorder."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import msgspec

from scanner.estate import Estate
from scanner.model import Attached, Device, Gap, Identity
from scanner.pipeline.device import device_id


def join_attached(devices: Iterable[Device], estate: Estate, now: datetime) -> list[Device]:
    """All devices, each camera once.

    An attached camera is the same as a device when serial, MAC or address agree; then the recorder's entry
    points to it. Else it becomes a device of its own with ``seen_through``. Slots that say nothing about a
    camera (no model, serial, MAC or address) stay entries of the recorder only. What a recorder says of the AI
    functions of a channel stays in the recorder's own register, so that no function is counted twice.
    """
    found = list(devices)
    index = _Index(found)
    result: list[Device] = []
    for device in found:
        entries: list[Attached] = []
        for entry in device.attached:
            other = index.same_as(entry, but=device.id)
            if other is None and _says_something(entry):
                other = _through(device, entry, estate, now)
                result.append(other)
                index.add(other)
            entries.append(msgspec.structs.replace(entry, device=other.id if other else None))
        result.append(msgspec.structs.replace(device, attached=tuple(entries)) if entries else device)
    return sorted(result, key=lambda device: (device.site, device.address, device.id))


class _Index:
    """Devices by serial, MAC and address."""

    def __init__(self, devices: Iterable[Device]) -> None:
        self._by: dict[tuple[str, str], Device] = {}
        for device in devices:
            self.add(device)

    def add(self, device: Device) -> None:
        identity = device.identity
        for kind, value in (("serial", identity.serial), ("mac", device.mac), ("address", device.address)):
            if value:
                self._by.setdefault((kind, _plain(value)), device)

    def same_as(self, entry: Attached, but: str) -> Device | None:
        for kind, value in (("serial", entry.serial), ("mac", entry.mac), ("address", entry.address)):
            other = self._by.get((kind, _plain(value))) if value else None
            if other is not None and other.id != but:
                return other
        return None


def _plain(value: str) -> str:
    """Without the separators and case that makers differ in."""
    return value.replace(":", "").replace("-", "").strip().lower()


def _says_something(entry: Attached) -> bool:
    return bool(entry.model or entry.serial or entry.mac or entry.address)


def _through(recorder: Device, entry: Attached, estate: Estate, now: datetime) -> Device:
    identity = Identity(
        brand=entry.brand,
        maker=entry.maker,
        model=entry.model,
        firmware=entry.firmware,
        serial=entry.serial,
        mac=entry.mac,
        kind="camera",
        grade="C2" if entry.maker else None,
        reasons=(f"as recorder {recorder.address} describes its channel {entry.channel}",),
    )
    address = entry.address or ""
    return Device(
        id=device_id(identity, address or f"{recorder.id}/{entry.channel}"),
        site=estate.site_of(address).name if address else recorder.site,
        address=address,
        identity=identity,
        mac=entry.mac,
        gaps=(Gap("settings of the camera itself", "seen-through", f"only seen through recorder {recorder.address}"),),
        login="untried",
        first_seen=now,
        last_seen=now,
        seen_through=recorder.id,
    )
