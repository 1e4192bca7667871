"""Cameras behind recorders: tied to the same camera seen directly, or listed as a device seen through the recorder."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

import msgspec

from scanner.estate import Estate
from scanner.model import NO_CAMERA, Attached, Device, Gap, Grade, Identity
from scanner.pipeline.device import device_id
from scanner.pipeline.sameness import Index, Marks, marks_of_device, marks_of_entry

ITSELF = frozenset({"127.0.0.1", "::1", "localhost"})
_ORDER = {"live": 0, "unknown": 1, "absent": 2}


def join_attached(
    devices: Iterable[Device], estate: Estate, now: datetime, told: Mapping[str, Iterable[str]] | None = None
) -> list[Device]:
    """All devices, each camera once. ``told`` are further addresses of a device by its id.

    An entry of a recorder is the same camera as a device when serial number or Ethernet address agree, else when the
    address does and neither of these speaks against it. What no direct device is becomes a device of its own with
    ``seen_through``, one for all entries of all recorders that mean it. A channel that stands for no network camera (a
    left-over, an input of the recorder, the recorder itself) and one that says nothing about its camera stay entries
    only. What a recorder says of the AI functions of a channel stays in its own register, so that no function is
    counted twice.
    """
    found = list(devices)
    return _Joining(found, estate, now, told or {}).result() if any(one.attached for one in found) else _sorted(found)


def _sorted(devices: Iterable[Device]) -> list[Device]:
    return sorted(devices, key=lambda device: (device.site, device.address, device.id))


@dataclass(slots=True)
class _Entry:
    """One channel of one recorder, on its way to its camera."""

    recorder: Device
    entry: Attached
    marks: Marks


@dataclass(slots=True)
class _Behind:
    """A camera nobody saw directly: the entry that tells most, and what the others add."""

    best: _Entry
    device: Device


class _Joining:
    def __init__(self, devices: list[Device], estate: Estate, now: datetime, told: Mapping[str, Iterable[str]]) -> None:
        self.devices = devices
        self.estate = estate
        self.now = now
        self.direct = Index()
        for device in devices:
            self.direct.add(marks_of_device(device, told.get(device.id, ())))
        self.behind = Index()
        self.cameras: list[_Behind] = []
        self.ids = {device.id for device in devices}
        self.told: dict[tuple[str, int], Attached] = {}
        self.inside: dict[tuple[str, str], tuple[str, Marks]] = {}  # (recorder, address on its own ports) -> the device

    def result(self) -> list[Device]:
        waiting: list[tuple[tuple[str, int], _Entry]] = []
        for device in self.devices:
            for number, entry in enumerate(device.attached):
                one = _Entry(device, entry, marks_of_entry(entry))
                at = (device.id, number)
                self.told[at] = self._directly(one)
                if self.told[at].device is None and self.told[at].slot not in NO_CAMERA and not one.marks.empty:
                    waiting.append((at, one))
        # what tells most comes first: an offline entry without a serial number then finds the camera it is
        for at, one in sorted(waiting, key=lambda pair: _rank(pair[1])):
            same = self._inside(one) or self._behind(one).device.id
            self.told[at] = msgspec.structs.replace(self.told[at], device=same)
        changed = [self._with_entries(device) if device.attached else device for device in self.devices]
        return _sorted([*changed, *(camera.device for camera in self.cameras)])

    def _with_entries(self, recorder: Device) -> Device:
        entries = tuple(self.told[recorder.id, number] for number in range(len(recorder.attached)))
        return msgspec.structs.replace(recorder, attached=entries)

    def _directly(self, one: _Entry) -> Attached:
        """The entry with the device it is. An old entry whose address another unit has by now is a left-over."""
        entry = msgspec.structs.replace(one.entry, device=None)
        if entry.slot == "analogue":
            return entry
        if one.marks.addresses & ITSELF:
            return msgspec.structs.replace(entry, device=one.recorder.id, slot="itself")
        units = self.direct.same_unit(one.marks)
        here, others = self.direct.same_address(one.marks)
        both = [number for number in units if number in here] or units or here
        if both:
            same = self.devices[both[0]]
            if same.id == one.recorder.id:
                return msgspec.structs.replace(entry, device=same.id, slot="itself")
            for address in one.marks.addresses:
                self.inside.setdefault((one.recorder.id, address), (same.id, one.marks))
            return msgspec.structs.replace(entry, device=same.id)
        if others and entry.online != "yes":
            return msgspec.structs.replace(entry, slot="left-over")
        return entry

    def _inside(self, one: _Entry) -> str | None:
        """The device that another channel of the same recorder has under this address: two lenses of one camera."""
        found = [self.inside.get((one.recorder.id, address)) for address in one.marks.addresses]
        return next((device for device, marks in filter(None, found) if not marks.contradict(one.marks)), None)

    def _behind(self, one: _Entry) -> _Behind:
        """The camera behind recorders that an entry is; a new one where it is none of those known."""
        units = self.behind.same_unit(one.marks)
        here = [number for number in self.behind.same_address(one.marks)[0] if self._near(self.cameras[number], one)]
        for number in (*units, *here):
            camera = self.cameras[number]
            self.behind.extend(number, one.marks)
            camera.device = _completed(camera.device, one.entry)
            return camera
        camera = _Behind(one, self._new(one))
        self.cameras.append(camera)
        self.behind.add(one.marks)
        return camera

    def _near(self, camera: _Behind, one: _Entry) -> bool:
        """An address means the same camera within one recorder or one site: recorders with ports of their own give the
        same addresses to the cameras on them."""
        other = camera.best.recorder
        return other.id == one.recorder.id or other.site == one.recorder.site

    def _new(self, one: _Entry) -> Device:
        device = _through(one.recorder, one.entry, self.estate, self.now)
        if device.id in self.ids:
            device = msgspec.structs.replace(device, id=f"{device.id}-{one.recorder.id}-{one.entry.channel}")
        self.ids.add(device.id)
        return device


def _rank(one: _Entry) -> tuple[int, int]:
    entry = one.entry
    known = (one.marks.serial, one.marks.macs, entry.model, entry.firmware, entry.maker)
    return _ORDER.get(entry.slot, 3), -sum(bool(fact) for fact in known)


def _completed(device: Device, entry: Attached) -> Device:
    """What another recorder, or another channel, knows of the same camera besides."""
    identity = device.identity
    more = msgspec.structs.replace(
        identity,
        brand=identity.brand or entry.brand,
        maker=identity.maker or entry.maker,
        model=identity.model or entry.model,
        firmware=identity.firmware or entry.firmware,
        serial=identity.serial or entry.serial,
        mac=identity.mac or entry.mac,
        grade=identity.grade or _grade(entry),
    )
    return msgspec.structs.replace(device, identity=more, mac=device.mac or entry.mac)


def _grade(entry: Attached) -> Grade | None:
    """A camera that showed its model to the recorder has said something; a protocol alone is what somebody chose."""
    if entry.maker is None:
        return None
    return "C2" if entry.model or entry.firmware else "C1"


def _through(recorder: Device, entry: Attached, estate: Estate, now: datetime) -> Device:
    reasons = [f"as recorder {recorder.address} describes its channel {entry.channel}"]
    if entry.slot == "absent":
        reasons.append("the recorder does not reach it now: it may be switched off, or no longer there")
    identity = Identity(
        brand=entry.brand,
        maker=entry.maker,
        model=entry.model,
        firmware=entry.firmware,
        serial=entry.serial,
        mac=entry.mac,
        kind="camera",
        grade=_grade(entry),
        reasons=tuple(reasons),
    )
    address = entry.address or ""
    return Device(
        id=device_id(identity, address or f"{recorder.id}/{entry.channel}"),
        site=_site(address, recorder, estate),
        address=address,
        identity=identity,
        mac=entry.mac,
        gaps=(Gap("settings of the camera itself", "seen-through", f"only seen through recorder {recorder.address}"),),
        login="untried",
        first_seen=now,
        last_seen=now,
        seen_through=recorder.id,
    )


def _site(address: str, recorder: Device, estate: Estate) -> str:
    """The site whose ranges hold the address; that of the recorder where there is no address, a name, or no site."""
    try:
        return estate.site_of(address).name or recorder.site
    except ValueError:
        return recorder.site
