"""A unit that was seen at its IPv4 address and at an IPv6 address: one device, counted once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from scanner.history import Store
from scanner.model import Device, FactSeen
from scanner.pipeline.device import agree
from scanner.pipeline.sameness import Index, Marks, marks_of_device


def fold(store: Store, devices: Iterable[Device], told: Mapping[str, Iterable[str]]) -> dict[str, str]:
    """Make one device in the store of each pair; gives the pairs back: Device.id that is gone -> the one that stays."""
    found = pairs(devices, told)
    if not found:
        return {}
    named = {*found, *found.values()}
    whole = {device.id: device for device in store.each_device() if device.id in named}
    for second, first in found.items():
        whole[first] = merged(whole[first], whole[second])
    for first in set(found.values()):
        store.save_device(whole[first])  # before the other one goes: killed between, they are folded again
    store.drop_devices(found)
    return found


def pairs(devices: Iterable[Device], told: Mapping[str, Iterable[str]]) -> dict[str, str]:
    """Device.id at the IPv6 address -> Device.id at the IPv4 address, of what was seen directly.

    Serial number or Ethernet address agree, or one names the address of the other, and nothing says that they are two
    units. Where more than one device fits (a router that answers for others, cloned serial numbers) there is no pair.
    ``told`` are further addresses of a device by its id.
    """
    index = Index()
    four: list[tuple[Device, Marks]] = []
    six: list[tuple[Device, Marks]] = []
    for device in devices:
        if device.seen_through is None:
            marks = marks_of_device(device, told.get(device.id, ()))
            if ":" in device.address:
                six.append((device, marks))
            else:
                four.append((device, marks))
                index.add(marks)
    found = {}
    for device, marks in six:
        near = dict.fromkeys((*index.same_unit(marks), *index.same_address(marks)[0]))
        fits = [four[number][0].id for number in near if _one_unit(*four[number], device, marks)]
        if len(fits) == 1:
            found[device.id] = fits[0]
    return found


def _one_unit(first: Device, marks: Marks, second: Device, others: Marks) -> bool:
    makers = {device.identity.maker for device in (first, second)} - {None}
    models = {one.model for one in (marks, others)} - {""}
    cards = marks.macs and others.macs and not marks.macs & others.macs  # a number may be cloned, a card is another
    return len(makers) < 2 and len(models) < 2 and not cards and not marks.contradict(others)


def merged(first: Device, second: Device) -> Device:
    """One device of both, at the address of the first. Settings and functions are those of the address whose login was
    accepted; facts that differ stay side by side."""
    told, other = (second, first) if "accepted" == second.login != first.login else (first, second)
    seen = [[FactSeen(key, fact) for key, fact in device.facts.items()] for device in (told, other)]
    return msgspec.structs.replace(
        told,
        id=first.id,
        site=first.site,
        address=first.address,
        also_at=tuple(dict.fromkeys((*first.also_at, second.address, *second.also_at))),
        mac=told.mac or other.mac,
        endpoints=tuple(dict.fromkeys((*first.endpoints, *second.endpoints))),
        observations=tuple(dict.fromkeys((*first.observations, *second.observations))),
        facts=agree(*seen),
        attached=told.attached or other.attached,
        first_seen=min(first.first_seen, second.first_seen),
        last_seen=max(first.last_seen, second.last_seen),
    )
