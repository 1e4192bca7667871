"""What discovery learns of one address, and how several signs of it become one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

from scanner.model import Endpoint, FactSeen, Frozen, Observation

MOST_ENDPOINTS = 64
MOST_OBSERVATIONS = 32
"""Bounds for one address: a device that answers without end must not fill our memory."""

_Door: TypeAlias = tuple[int, str, str, str]


class Sighting(Frozen, frozen=True):
    """One address that answered: its doors, the texts it showed, the facts its protocols tell."""

    address: str
    endpoints: tuple[Endpoint, ...] = ()
    observations: tuple[Observation, ...] = ()
    facts: tuple[FactSeen, ...] = ()


def merged(sightings: Iterable[Sighting]) -> Sighting:
    """One sighting of all of one address; doors and texts each once, in the order they came.

    A door of unknown service gives way to the same door with its service known; a service at a path (ONVIF, a UPnP
    description) stands beside its door. Raises ValueError when ``sightings`` is empty or of several addresses.
    """
    parts = list(sightings)
    addresses = {part.address for part in parts}
    if len(addresses) != 1:
        raise ValueError(f"expected sightings of one address, found {len(addresses)}")
    return Sighting(
        addresses.pop(),
        _endpoints(endpoint for part in parts for endpoint in part.endpoints),
        _observations(text for part in parts for text in part.observations),
        _facts(fact for part in parts for fact in part.facts),
    )


def _endpoints(all_endpoints: Iterable[Endpoint]) -> tuple[Endpoint, ...]:
    doors: dict[_Door, Endpoint] = {}
    for endpoint in all_endpoints:
        door = (endpoint.port, endpoint.transport, endpoint.service, endpoint.path)
        if len(doors) < MOST_ENDPOINTS:
            doors.setdefault(door, endpoint)
    named = {(port, transport) for port, transport, service, path in doors if service and not path}
    return tuple(
        endpoint for endpoint in doors.values() if endpoint.service or (endpoint.port, endpoint.transport) not in named
    )


def _observations(texts: Iterable[Observation]) -> tuple[Observation, ...]:
    unique: dict[tuple[str, str], Observation] = {}
    for text in texts:
        if len(unique) < MOST_OBSERVATIONS:
            unique.setdefault((text.seen_in, text.raw), text)
    return tuple(unique.values())


def _facts(facts: Iterable[FactSeen]) -> tuple[FactSeen, ...]:
    """Equal statements once; the evidence of the first stays."""
    unique: dict[tuple[str, str], FactSeen] = {}
    for seen in facts:
        unique.setdefault((seen.key, repr(getattr(seen.fact, "value", seen.fact))), seen)
    return tuple(unique.values())
