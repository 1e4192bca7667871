"""What first contact has learned so far of one device, and the guess that decides what may be asked next."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from types import TracebackType
from typing import TYPE_CHECKING, Any

import msgspec

from scanner.errors import CatalogueError, NoAnswer
from scanner.fingerprint import identify
from scanner.model import (
    Endpoint,
    FactSeen,
    Frozen,
    Gap,
    Grade,
    Identity,
    Known,
    Observation,
    Silence,
    Unseen,
)
from scanner.net.catalogue import packaged

if TYPE_CHECKING:
    from scanner.net import Link

MOST_CHARACTERS = 32_768
"""Of one observation: signs of a maker stand near the top of a page; the whole reply is in the evidence."""

CATALOGUE = "first_contact"
"""The only catalogue first contact asks from; it holds nothing that needs a login."""

AT_A_PATH = frozenset({"onvif", "upnp"})
"""Services that stand at a path of a web door, beside the endpoint of the door itself."""

_SPOKEN_BY_CAMERAS = {"onvif", "sadp", "dhip", "rtsp"}


class FirstContact(Frozen, frozen=True):
    """What one device showed without a login; ``endpoints`` have their service filled in where it was shown."""

    observations: tuple[Observation, ...] = ()
    endpoints: tuple[Endpoint, ...] = ()
    facts: tuple[FactSeen, ...] = ()
    gaps: tuple[Gap, ...] = ()


@dataclass(slots=True)
class Notebook:
    """What is written down of one device, whoever asked it: first contact itself, or somebody in a capture."""

    doors: list[Endpoint] = field(default_factory=list)
    observations: list[Observation] = field(default_factory=list)
    facts: dict[str, FactSeen] = field(default_factory=dict)
    gaps: dict[tuple[str, Silence], Gap] = field(default_factory=dict)

    def saw(self, seen_in: str, raw: str | None, evidence: str, port: int) -> None:
        """One text; nothing when it is empty or was seen before."""
        text = (raw or "")[:MOST_CHARACTERS].strip()
        if text and not any(old.seen_in == seen_in and old.raw == text for old in self.observations):
            self.observations.append(Observation(seen_in, text, evidence, port))

    def know(self, key: str, value: Any, evidence: str, grade: Grade = "C3") -> None:
        """One fact, measured by ourselves (C3) or said by the device (C2). The first answer stays."""
        if key not in self.facts or isinstance(self.facts[key].fact, Unseen):
            self.facts[key] = FactSeen(key, Known(value, (evidence,) if evidence else (), grade))

    def not_known(self, key: str, why: Silence, detail: str = "", evidence: str = "") -> None:
        """Why a fact could not be seen, unless it is known already."""
        self.facts.setdefault(key, FactSeen(key, Unseen(why, detail, (evidence,) if evidence else ())))

    def gap(self, part: str, why: Silence, detail: str = "") -> None:
        """A part that could not be read, each reason once."""
        self.gaps.setdefault((part, why), Gap(f"first contact: {part}", why, detail))

    def shown(self, door: Endpoint, service: str) -> None:
        """The port was shown to speak ``service``."""
        spoken = msgspec.structs.replace(door, service=service, path="")
        places = [
            place
            for place, one in enumerate(self.doors)
            if (one.port, one.transport) == (door.port, door.transport) and one.service not in AT_A_PATH
        ]
        if places:
            self.doors[places[0]] = spoken
        else:
            self.doors.append(spoken)

    def add(self, door: Endpoint) -> None:
        """A service found on a port that is known."""
        if not any((one.port, one.service, one.path) == (door.port, door.service, door.path) for one in self.doors):
            self.doors.append(door)


@dataclass(slots=True, kw_only=True)
class Notes(Notebook):
    """The notebook of one first contact. ``heard`` is what discovery saw before."""

    link: Link
    heard: tuple[Observation, ...] = ()
    left_alone: bool = False
    _identity: tuple[int, Identity] | None = None

    # -- writing -----------------------------------------------------------------------------------------

    def silent(self, part: str, error: NoAnswer) -> None:
        """A device did not answer; after "left alone" or the stop of the audit nothing more is asked."""
        self.left_alone = self.left_alone or error.why in ("left-alone", "interrupted")
        self.gap(part, error.why, error.detail)

    def attempt(self, part: str) -> Attempt:
        """A block in which the silence of a device becomes a gap; our own errors pass through."""
        return Attempt(self, part)

    # -- reading -----------------------------------------------------------------------------------------

    @property
    def identity(self) -> Identity:
        """Who it seems to be, from everything seen up to now."""
        if self._identity is None or self._identity[0] != len(self.observations):
            self._identity = len(self.observations), identify((*self.heard, *self.observations))
        return self._identity[1]

    @property
    def is_decoy(self) -> bool:
        """It has shown what it is, and that is no camera: it is left alone."""
        return self.identity.is_camera is False

    @property
    def looks_like_a_camera(self) -> bool:
        """Something speaks for a camera and nothing outweighs it. A MAC prefix or an open port alone does not."""
        identity = self.identity
        if identity.is_camera is not None:
            return identity.is_camera
        return bool(self.suspects) or any(door.service in _SPOKEN_BY_CAMERAS for door in self.doors)

    @property
    def suspects(self) -> set[str]:
        """Makers that any sign but a MAC prefix speaks for."""
        return {claim.value for claim in self.identity.claims if claim.field == "maker" and claim.pattern != "oui"}

    def tcp_doors(self) -> list[Endpoint]:
        """Each open TCP port once, in order, with the service it is thought to have."""
        ports: dict[int, Endpoint] = {}
        for door in self.doors:
            if door.transport == "tcp" and door.service not in AT_A_PATH:
                ports.setdefault(door.port, door)
        return list(ports.values())

    def announced(self, *services: str) -> list[Endpoint]:
        """Doors of these services, in order."""
        return [door for door in self.doors if door.service in services]

    def result(self) -> FirstContact:
        """All of it, in the order it was seen."""
        return FirstContact(
            tuple(self.observations), tuple(self.doors), tuple(self.facts.values()), tuple(self.gaps.values())
        )


def may_get(path: str) -> bool:
    """True when the read-only catalogue of first contact holds this path, which a device has named."""
    try:
        packaged().hold_request(CATALOGUE, "GET", path)
    except CatalogueError:
        return False
    return True


@dataclass(slots=True)
class Attempt:
    """``with notes.attempt("http 80"):`` ends at the first NoAnswer and goes on after the block."""

    notes: Notes
    part: str

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        if not isinstance(error, NoAnswer):
            return False
        self.notes.silent(self.part, error)
        return True


def start(link: Link, endpoints: Iterable[Endpoint], heard: Iterable[Observation]) -> Notes:
    """An empty notebook; an endpoint of another address is not ours to ask and is left out."""
    own = [door for door in endpoints if door.address == link.address]
    return Notes(link=link, doors=own, heard=tuple(heard))
