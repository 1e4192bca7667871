"""One device, from its first sign to its record: first contact, identity, drivers, and a look back at its doors."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from scanner.discovery import Sighting
from scanner.drivers import DeviceReadings, read_device
from scanner.errors import NoAnswer
from scanner.estate import Estate
from scanner.fingerprint import identify, soc_facts
from scanner.fingerprint.first_contact import FirstContact, observe
from scanner.logins import Logins
from scanner.model import Contested, Device, Endpoint, Fact, FactSeen, Gap, Identity, Known, Observation, Unseen
from scanner.net import Door, Link


@dataclass(slots=True)
class DeviceReader:
    """Reads devices, each in the calling thread. ``closed_after`` lists doors that were open before and not after."""

    door: Door
    logins: Logins
    estate: Estate
    now: Callable[[], datetime]
    stopping: threading.Event
    still_open: Callable[[str, int], bool]
    services: bool = False  # let nmap name the services of known cameras
    closed_after: list[str] = field(default_factory=list)

    def read(self, sighting: Sighting) -> Device:
        """The record of one address. What the audit was stopped before is a gap with the reason ``interrupted``."""
        site = self.estate.site_of(sighting.address).name
        first_seen = self.now()
        contact, readings = FirstContact(endpoints=sighting.endpoints), DeviceReadings()
        observations = sighting.observations
        identity: Identity | None = None
        try:
            with self.door.link(sighting.address) as link:
                contact = observe(link, sighting.endpoints, sighting.observations)
                observations = (*sighting.observations, *contact.observations)
                identity = identify(observations)
                if identity.is_camera:
                    readings = self._settings(link, site, identity, contact.endpoints, observations)
        except NoAnswer as silence:  # the door let nothing out at all
            gap = Gap("settings" if identity else "first contact", silence.why, silence.detail)
            contact = msgspec.structs.replace(contact, gaps=(*contact.gaps, gap))
        identity = identify(observations, extra=readings.claims)
        named = self._service_names(sighting.address, contact.endpoints) if identity.is_camera else ()
        self._look_back(contact.endpoints)
        facts = agree(sighting.facts, contact.facts, readings.facts, named, soc_facts(observations))
        return _record(sighting, site, contact, identity, readings, facts, (first_seen, self.now()))

    def _settings(
        self,
        link: Link,
        site: str,
        identity: Identity,
        endpoints: tuple[Endpoint, ...],
        observations: tuple[Observation, ...],
    ) -> DeviceReadings:
        """On the line of first contact: what was told there is not asked again."""
        if self.stopping.is_set():
            return DeviceReadings(gaps=(Gap("settings", "interrupted"),))
        link.use(self.logins.for_device(link.address, site=site, maker=identity.maker or ""))
        return read_device(link, identity, endpoints, observations)

    def _service_names(self, address: str, endpoints: Iterable[Endpoint]) -> tuple[FactSeen, ...]:
        """What nmap makes of the web and terminal doors. It tries many protocols: RTSP and control ports are spared."""
        if not self.services or self.stopping.is_set():
            return ()
        from scanner.discovery.nmap_ports import service_names

        ports = sorted({one.port for one in endpoints if one.transport == "tcp" and one.service in _NAMEABLE})
        names = service_names(self.door, address, ports)
        lines = tuple(f"{port}/tcp {name}" for port, name in sorted(names.items()))
        return (FactSeen("services.named", Known(lines, (), "C2")),) if lines else ()

    def _look_back(self, endpoints: Iterable[Endpoint]) -> None:
        """The doors that were open before are tried once more: an audit must not end a service."""
        doors = {(one.address, one.port): None for one in endpoints if one.transport == "tcp"}
        for address, port in doors:
            if not self.stopping.is_set() and not self.still_open(address, port):
                self.closed_after.append(f"{address}:{port}")


_NAMEABLE = frozenset({"http", "https", "ssh", "telnet", "ftp"})


def _record(
    sighting: Sighting,
    site: str,
    contact: FirstContact,
    identity: Identity,
    readings: DeviceReadings,
    facts: dict[str, Fact],
    seen: tuple[datetime, datetime],
) -> Device:
    return Device(
        id=device_id(identity, sighting.address),
        site=site,
        address=sighting.address,
        identity=identity,
        mac=identity.mac,
        endpoints=contact.endpoints,
        features=readings.features,
        facts=facts,
        attached=readings.attached,
        gaps=(*contact.gaps, *readings.gaps),
        login=readings.login if identity.is_camera else "not-needed",
        read_by=readings.read_by,
        first_seen=seen[0],
        last_seen=seen[1],
        observations=(*sighting.observations, *contact.observations),
    )


def device_id(identity: Identity, address: str) -> str:
    """A short id that survives a change of address where serial or MAC is known."""
    anchor = (
        f"serial:{identity.maker}:{identity.serial}"
        if identity.serial
        else f"mac:{identity.mac}"
        if identity.mac
        else f"address:{address}"
    )
    return "d-" + hashlib.sha256(anchor.encode()).hexdigest()[:12]


def agree(*sources: Iterable[FactSeen]) -> dict[str, Fact]:
    """One fact a key from all sources: an answer beats silence, a better grade beats a circumstantial sign, equal
    answers join their evidence, and other answers stay side by side as ``Contested``."""
    agreed: dict[str, Fact] = {}
    for source in sources:
        for seen in source:
            known = seen.key in agreed and not (seen.key in _MEASURED and isinstance(seen.fact, Known))
            agreed[seen.key] = _both(agreed[seen.key], seen.fact) if known else seen.fact
    return agreed


_MEASURED = frozenset({"time.skew_seconds"})
"""Measured anew at each reading: the later one replaces the earlier, they do not contradict each other."""


def _both(before: Fact, after: Fact) -> Fact:
    if isinstance(after, Unseen):
        return before
    if isinstance(before, Unseen):
        return after
    if isinstance(before, Known) and isinstance(after, Known) and before.value != after.value:
        signs = sorted((before, after), key=lambda fact: fact.grade)
        if signs[0].grade == "C1" and signs[1].grade != "C1":  # a closed port 23 says little beside the setting read
            return signs[1]
    values = [*(before.values if isinstance(before, Contested) else (before,))]
    for new in after.values if isinstance(after, Contested) else (after,):
        same = next((index for index, old in enumerate(values) if old.value == new.value), None)
        if same is None:
            values.append(new)
        else:
            old = values[same]
            evidence = tuple(dict.fromkeys((*old.evidence, *new.evidence)))
            values[same] = Known(old.value, evidence, max(old.grade, new.grade))
    return values[0] if len(values) == 1 else Contested(tuple(values))
