"""What a capture showed of each address, in bounded memory, and whose Ethernet address a frame really carried."""

from __future__ import annotations

from collections import Counter, OrderedDict, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from ipaddress import IPv4Address, IPv6Address

import msgspec

from scanner.discovery.sighting import MOST_OBSERVATIONS, Sighting, merged
from scanner.evidence import EvidenceSink
from scanner.fingerprint import oui
from scanner.fingerprint.first_contact.notes import Notebook
from scanner.model import Endpoint, FactSeen, Known, Unseen

FOUND_BY = "pcap"
MOST_HOSTS = 65_536
MOST_TEXT = 96 * 1024 * 1024
"""Characters of all observations together; past it the addresses longest silent are given out."""

_MOST_OF_A_KIND = 4  # at one port: a discovery answer has a new number each time
_MOST_BODIES = 8
_MOST_OBSERVATIONS = MOST_OBSERVATIONS - 1  # and the Ethernet address
_MOST_DOORS = 48
_MOST_STATIONS = 65_536
_ADDRESSES_OF_A_DEVICE = 2  # a frame's sender with more IPv4 addresses is a router
_IP6_ADDRESSES_OF_A_DEVICE = 8  # temporary ones come and go
_MOST_MACS = 4


@dataclass(slots=True)
class HostNotes(Notebook):
    """A notebook that stays small whatever a device sends."""

    counts: Counter[tuple[str, int]] = field(default_factory=Counter)

    def saw(self, seen_in: str, raw: str | None, evidence: str, port: int) -> None:
        """As in Notebook, a few of each kind and port."""
        most = _MOST_BODIES if seen_in == "http-body" else _MOST_OF_A_KIND
        if self.counts[seen_in, port] < most and len(self.observations) < _MOST_OBSERVATIONS:
            before = len(self.observations)
            Notebook.saw(self, seen_in, raw, evidence, port)
            self.counts[seen_in, port] += len(self.observations) - before

    def shown(self, door: Endpoint, service: str) -> None:
        """As in Notebook, so many doors."""
        if len(self.doors) < _MOST_DOORS or any(one.port == door.port for one in self.doors):
            Notebook.shown(self, door, service)

    def add(self, door: Endpoint) -> None:
        """As in Notebook, so many doors."""
        if len(self.doors) < _MOST_DOORS:
            Notebook.add(self, door)


@dataclass(frozen=True, slots=True)
class Said:
    """What a host said: where from, in answer to what, its bytes (without secrets, asked for only when it is new), and
    when."""

    port: int
    request: str
    status: str
    data: Callable[[], bytes]
    at: float


@dataclass(slots=True)
class Host:
    """One address of the capture."""

    address: str
    notes: HostNotes = field(default_factory=HostNotes)
    macs: dict[bytes, None] = field(default_factory=dict)
    last_at: float = 0.0
    weight: int = 0

    def door(self, port: int, service: str = "", path: str = "") -> Endpoint:
        """A TCP door of it."""
        return Endpoint(self.address, port, "tcp", service, path, FOUND_BY)

    def opened(self, port: int) -> None:
        """It took a connection."""
        if not any((door.port, door.transport) == (port, "tcp") for door in self.notes.doors):
            self.notes.add(self.door(port))

    def absorb(self, sighting: Sighting) -> None:
        """What a discovery protocol read."""
        for door in sighting.endpoints:
            self.notes.add(door)
        for text in sighting.observations:
            self.notes.saw(text.seen_in, text.raw, text.evidence, text.port)
        for seen in sighting.facts:
            self.notes.facts.setdefault(seen.key, seen)


@dataclass(slots=True)
class _Station:
    """A sender of Ethernet frames: the addresses it carried, None once they are too many for a device."""

    addresses: set[bytes] | None
    at: float


class Hosts:
    """All addresses of a capture that said something.

    ``evidence`` keeps the answers that told something new, under the name of the ``file``. ``written_at`` stands in
    where the capture gives no time.
    """

    def __init__(
        self, evidence: EvidenceSink | None, file: str, written_at: datetime, *, most_text: int = MOST_TEXT
    ) -> None:
        self._hosts: OrderedDict[bytes, Host] = OrderedDict()
        self._evidence = evidence
        self._file = file
        self._most_text = most_text
        self._written_at = written_at
        self._stations: OrderedDict[bytes, _Station] = OrderedDict()
        self._finished: deque[Host] = deque()
        self.text = 0  # characters of all observations held

    def __len__(self) -> int:
        return len(self._hosts)

    def of(self, address: bytes, at: float) -> Host:
        """The host at an address of 4 or 16 bytes, or at an Ethernet address of 6 where no other is known."""
        host = self._hosts.get(address)
        if host is None:
            host = self._hosts[address] = Host(text_of(address))
            if len(self._hosts) > MOST_HOSTS:
                self._finish_oldest()
        else:
            self._hosts.move_to_end(address)
        host.last_at = max(host.last_at, at)
        return host

    def moment(self, at: float) -> datetime:
        """Seconds since 1970 as a time; that of the file where there is none, or none that can be."""
        try:
            return datetime.fromtimestamp(at, UTC) if at > 0 else self._written_at
        except (ValueError, OverflowError, OSError):
            return self._written_at

    def learn(self, host: Host, said: Said, read: Callable[[HostNotes], None]) -> None:
        """Let ``read`` note what was said; keep it as evidence when it told something new."""
        notes = host.notes
        texts, facts = len(notes.observations), set(notes.facts)
        read(notes)
        fresh = notes.observations[texts:]
        told = [key for key in notes.facts if key not in facts]
        host.weight += sum(len(text.raw) for text in fresh)
        self.text += sum(len(text.raw) for text in fresh)
        if (fresh or told) and self._evidence is not None:
            request = f"{self._file}: {said.request}"
            at = self.moment(said.at)
            proof = self._evidence.keep(host.address, said.port, request, said.status, said.data(), at)
            notes.observations[texts:] = [msgspec.structs.replace(text, evidence=proof) for text in fresh]
            for key in told:
                notes.facts[key] = _proven(notes.facts[key], proof)
        while self.text > self._most_text and len(self._hosts) > 1:
            self._finish_oldest()

    # -- Ethernet addresses ----------------------------------------------------------------------------------

    def on_link(self, mac: bytes, address: bytes, at: float) -> None:
        """A frame of this sender carried a packet of this address, and no router stood between."""
        if mac[0] & 1 or not any(mac) or not any(address):
            return
        station = self._stations.get(mac)
        if station is None:
            self._stations[mac] = station = _Station(set(), at)
            if len(self._stations) > _MOST_STATIONS:
                self._stations.popitem(last=False)
        station.at = at
        if station.addresses is None:
            return
        if address not in station.addresses:
            station.addresses.add(address)
            alike = sum(len(one) == len(address) and not _is_link_local(one) for one in station.addresses)
            if alike > (_ADDRESSES_OF_A_DEVICE if len(address) == 4 else _IP6_ADDRESSES_OF_A_DEVICE):
                station.addresses = None
                return
        host = self._hosts.get(address)
        if host is not None and len(host.macs) < _MOST_MACS:
            host.macs[mac] = None

    def addresses_of(self, mac: bytes) -> list[bytes]:
        """The addresses a sender carried; none for a router."""
        station = self._stations.get(mac)
        return sorted(station.addresses or ()) if station else []

    # -- giving out --------------------------------------------------------------------------------------------

    def ready(self) -> Iterator[tuple[Sighting, datetime]]:
        """Hosts that had to make room; the rest of what they say comes as another sighting."""
        while self._finished:
            yield from self._told(self._finished.popleft())

    def all(self) -> Iterator[tuple[Sighting, datetime]]:
        """Everything that is left, by address."""
        for mac, station in self._stations.items():
            for address in sorted(station.addresses or ()):
                if address in self._hosts or (not _is_link_local(address) and oui.owner(mac.hex(":"))):
                    self.of(address, station.at).macs[mac] = None
                    yield from self.ready()
        for address in sorted(self._hosts, key=lambda one: (len(one), one)):
            yield from self._told(self._hosts[address])

    def _told(self, host: Host) -> Iterator[tuple[Sighting, datetime]]:
        """The sighting of a host that showed a door, a text, or an Ethernet address of a maker we know."""
        notes = host.notes
        own = [mac for mac in host.macs if (station := self._stations.get(mac)) and station.addresses is not None]
        if len(own) == 1 and not any(text.seen_in == "mac" for text in notes.observations):
            Notebook.saw(notes, "mac", oui.normal_mac(own[0].hex(":")), "", 0)
        if notes.doors or notes.observations:
            sighting = Sighting(
                host.address, tuple(notes.doors), tuple(notes.observations), tuple(notes.facts.values())
            )
            yield merged([sighting]), self.moment(host.last_at)

    def _finish_oldest(self) -> None:
        _, host = self._hosts.popitem(last=False)
        self.text -= host.weight
        self._finished.append(host)


def text_of(address: bytes) -> str:
    """An address of 4 or 16 bytes as text; six are those of an Ethernet address."""
    if len(address) == 4:
        return str(IPv4Address(address))
    if len(address) == 6:
        return address.hex(":")
    return str(IPv6Address(address).ipv4_mapped or IPv6Address(address))


def _is_link_local(address: bytes) -> bool:
    return len(address) == 16 and address[0] == 0xFE and address[1] & 0xC0 == 0x80


def _proven(seen: FactSeen, proof: str) -> FactSeen:
    fact = seen.fact
    if isinstance(fact, Known | Unseen):
        return FactSeen(seen.key, msgspec.structs.replace(fact, evidence=(proof,)))
    return seen
