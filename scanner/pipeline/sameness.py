"""By what a camera in the list of a recorder and a device that was seen are told to be one and the same.

Serial numbers and Ethernet addresses belong to a unit; an address is lent to it. So an address makes two the same only
where nothing says that they are two.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv6Address

from scanner.addresses import address_of
from scanner.drivers.addresses import address_in
from scanner.model import Attached, Device, Observation
from scanner.pipeline.register import SERIAL_TAIL, plain

_COUNTED = re.compile(r"0*1234567\d*|(.)\1*")
"""No serial number of a unit: 0000000000, 123456789. Many third-party cameras show one of these."""
_MAC = re.compile(r"[0-9a-f]{12}")
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_TOLD_IN = frozenset({"sadp", "dhdiscover"})
_ADDRESSES = (
    re.compile(r"<IPv[46]Address>\s{0,9}([0-9a-fA-F.:]{3,45})\s{0,9}</"),  # SADP
    re.compile(r'"(?:IPAddress|LinkLocalAddress)"\s{0,9}:\s{0,9}"([0-9a-fA-F.:]{3,45})'),  # DHIP
)


def serial_key(text: str | None) -> str:
    """A serial number for comparison; '' for one that does not tell units apart."""
    key = plain(text or "")
    usable = len(key) >= 4 and any(letter.isdigit() for letter in key) and not _COUNTED.fullmatch(key)
    return key if usable else ""


def alike(one: str, other: str) -> bool:
    """Two serial keys of one unit. Some firmware puts model and date before the number, recorders letters after it:
    ``ds2cd2146g2isu20231104aawrf12345678`` and ``f12345678``."""
    short, long = sorted((one, other), key=len)
    if short == long:
        return bool(short)
    return len(short) >= SERIAL_TAIL and (long.endswith(short) or long.rstrip(_LETTERS).endswith(short))


def mac_key(text: str | None) -> str:
    """Twelve hex digits; '' for all zeros, all ones and group addresses."""
    key = plain(text or "")
    if not _MAC.fullmatch(key) or key in ("0" * 12, "f" * 12) or int(key[1], 16) & 1:
        return ""
    return key


def address_key(text: str | None) -> str:
    """An address without zone and in its one spelling (``::ffff:192.0.2.1`` is ``192.0.2.1``), a name in lower case."""
    return address_in(text or "") or ""


def mac_of_address(text: str | None) -> str:
    """The Ethernet address an IPv6 address was made from (EUI-64), '' for every other one."""
    try:
        address = address_of((text or "").partition("%")[0])
    except ValueError:
        return ""
    tail = f"{int(address) & (2**64 - 1):016x}" if isinstance(address, IPv6Address) else ""
    return mac_key(f"{int(tail[:2], 16) ^ 2:02x}{tail[2:6]}{tail[10:]}") if tail[6:10] == "fffe" else ""


def addresses_told(observations: Iterable[Observation]) -> frozenset[str]:
    """Other addresses of a device, as its own discovery answers name them: the IPv4 one beside the IPv6 one."""
    said = [one.raw[:16_384] for one in observations if one.seen_in in _TOLD_IN]
    found = (match for raw in said for form in _ADDRESSES for match in form.findall(raw))
    return frozenset(filter(None, map(address_in, found)))


@dataclass(frozen=True, slots=True)
class Marks:
    """What tells one unit from another; '' and empty sets where nothing is known."""

    serial: str
    macs: frozenset[str]
    addresses: frozenset[str]
    model: str

    def contradict(self, other: Marks) -> bool:
        """They are two units: by serial numbers, else by Ethernet addresses. Two drivers may show two serial numbers
        of one unit, so the same model takes the word of the numbers away."""
        if self.macs & other.macs:
            return False
        if self.serial and other.serial:
            return not alike(self.serial, other.serial) and not (self.model and self.model == other.model)
        return bool(self.macs and other.macs)

    @property
    def empty(self) -> bool:
        """Nothing by which it could be found again."""
        return not (self.serial or self.macs or self.addresses)


def marks_of_entry(entry: Attached) -> Marks:
    """Of a channel in a recorder's list."""
    return _marks(entry.serial, (entry.mac,), [entry.address] if entry.address else [], entry.model)


def marks_of_device(device: Device, told: Iterable[str] = ()) -> Marks:
    """Of a device that was seen; ``told`` are its other addresses."""
    identity = device.identity
    known = [device.address] if device.address else []
    return _marks(identity.serial, (device.mac, identity.mac), [*known, *told], identity.model)


def _marks(serial: str | None, macs: Iterable[str | None], addresses: list[str], model: str | None) -> Marks:
    key = serial_key(serial)
    # Axis and others give the Ethernet address as serial number
    found = {mac_key(one) for one in macs} | {mac_of_address(one) for one in addresses} | {mac_key(key)}
    return Marks(
        key, frozenset(found - {""}), frozenset(address_key(one) for one in addresses) - {""}, plain(model or "")
    )


class Index:
    """Things by their marks, in the order they were added."""

    def __init__(self) -> None:
        self._marks: list[Marks] = []
        self._serials: dict[str, list[int]] = {}
        self._macs: dict[str, list[int]] = {}
        self._addresses: dict[str, list[int]] = {}

    def add(self, marks: Marks) -> int:
        """The number of the new thing."""
        number = len(self._marks)
        self._marks.append(marks)
        self._enter(number, marks)
        return number

    def extend(self, number: int, marks: Marks) -> None:
        """A thing is known by more marks."""
        old = self._marks[number]
        self._marks[number] = Marks(
            old.serial or marks.serial, old.macs | marks.macs, old.addresses | marks.addresses, old.model or marks.model
        )
        self._enter(number, marks)

    def _enter(self, number: int, marks: Marks) -> None:
        pairs = [(self._macs, mac) for mac in marks.macs] + [(self._addresses, one) for one in marks.addresses]
        if marks.serial:
            ends = {marks.serial[-SERIAL_TAIL:], marks.serial.rstrip(_LETTERS)[-SERIAL_TAIL:]}
            pairs += [(self._serials, end) for end in ends]
        for index, key in pairs:
            numbers = index.setdefault(key, [])
            if number not in numbers:
                numbers.append(number)

    def same_unit(self, marks: Marks) -> list[int]:
        """Things with the same serial number or Ethernet address."""
        ends = {marks.serial[-SERIAL_TAIL:], marks.serial.rstrip(_LETTERS)[-SERIAL_TAIL:]} - {""}
        near = [number for end in sorted(ends) for number in self._serials.get(end, ())]
        found = [number for number in near if alike(marks.serial, self._marks[number].serial)]
        found += [number for mac in sorted(marks.macs) for number in self._macs.get(mac, ())]
        return list(dict.fromkeys(found))

    def same_address(self, marks: Marks) -> tuple[list[int], list[int]]:
        """Things at the same address: those nothing speaks against, and those that are another unit."""
        there = [number for one in sorted(marks.addresses) for number in self._addresses.get(one, ())]
        there = list(dict.fromkeys(there))
        others = [number for number in there if self._marks[number].contradict(marks)]
        return [number for number in there if number not in others], others
