"""Channels of a recorder through ONVIF (docs/sources.md A8.3).

The standard has one video source a channel, and no place for model, firmware, serial number or state of the camera on
it. The recording service may name the camera: what a recording calls its source, and the address this source gave. It
also tells how long recordings are kept (``MaximumRetentionTime`` of the ONVIF schema).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from scanner.drivers.addresses import address_in, told
from scanner.drivers.base import NO_LIMIT, RETENTION, Reading, all_unseen, known, part, retention_of, unseen
from scanner.drivers.markup import child, every, text
from scanner.drivers.onvif.analytics import Profile, channels_of
from scanner.errors import NoAnswer
from scanner.model import Attached, FactSeen, Gap

if TYPE_CHECKING:
    from lxml.etree import _Element

    from scanner.drivers.onvif import Line

MOST_ATTACHED = 512
PROTOCOL = "ONVIF channel"
_UNITS = {"years": 365.0, "months": 30.0, "days": 1.0, "hours": 1 / 24, "minutes": 1 / 1440, "seconds": 1 / 86_400}
_DURATION = re.compile(
    r"P(?:(?P<years>\d{1,4})Y)?(?:(?P<months>\d{1,5})M)?(?:(?P<days>\d{1,6})D)?"
    r"(?:T(?:(?P<hours>\d{1,7})H)?(?:(?P<minutes>\d{1,9})M)?(?:(?P<seconds>\d{1,11}(?:\.\d{1,9})?)S)?)?"
)
_QUIET = frozenset({"no-such-page", "malformed"})


class Source(NamedTuple):
    """Where a recording comes from, in the words of the client that set it up; ``address`` None: none is given."""

    recording: str
    id: str
    name: str
    address: str | None


def decode_recordings(body: _Element) -> list[Source]:
    """``GetRecordings``: one source a recording. All its texts are optional; a login in an address is left behind."""
    found: list[Source] = []
    for item in every(body, "RecordingItem"):
        source = child(item, "Configuration", "Source")
        if source is None or len(found) >= MOST_ATTACHED:
            continue
        address = address_in(text(source, "Address"))
        found.append(
            Source(text(item, "RecordingToken"), told(text(source, "SourceId")), told(text(source, "Name")), address)
        )
    return found


def decode_retention(body: _Element) -> Iterator[int]:
    """``GetRecordings``: days of ``MaximumRetentionTime`` of each recording, begun ones whole; 0 is no limit.

    NoAnswer ``malformed`` for what is no duration: a limit that cannot be read is not the lack of one.
    """
    for item in every(body, "RecordingItem"):
        configuration = child(item, "Configuration")
        said = text(configuration, "MaximumRetentionTime") if configuration is not None else ""
        if said:
            yield _days(said)


def _days(duration: str) -> int:
    found = _DURATION.fullmatch(duration)
    if found is None:
        raise NoAnswer("malformed", f"expected a duration such as P30D, found {duration[:40]}")
    return math.ceil(sum(float(found[unit] or 0) * days for unit, days in _UNITS.items()))


def attached_of(profiles: Iterable[Profile], sources: Iterable[Source], proofs: tuple[str, str]) -> Iterator[Attached]:
    """One entry a video source, numbered as its AI functions are. A recording belongs to a channel when it calls its
    source as the video source or its configuration is called; one that fits no channel and names an address is an entry
    of its own, under its token. ``proofs``: the replies of profiles and of recordings, '' for none."""
    names: dict[str, str] = {}
    for profile in profiles:
        names[profile.source] = names.get(profile.source) or profile.name
    calls = {token: {word.casefold() for word in (token, name) if word} for token, name in names.items()}
    left = [source for source in sources if source.address]
    for token, channel in channels_of(profiles).items():
        mine = [one for one in left if {one.id.casefold(), one.name.casefold()} & calls[token]]
        address = mine[0].address if len({one.address for one in mine}) == 1 else None
        left = [one for one in left if one not in mine or address is None]
        evidence = tuple(proof for proof in (proofs[0], proofs[1] if address else "") if proof)
        yield Attached(channel, names[token], address, protocol=PROTOCOL, evidence=evidence)
    evidence = (proofs[1],) if proofs[1] else ()
    for number, one in enumerate(left, 1):
        channel = f"recording {one.recording or number}"
        yield Attached(channel, one.name, one.address, protocol=PROTOCOL, evidence=evidence)


def read_recorder(line: Line, profiles: list[Profile], proof: str) -> Iterator[Reading]:
    """Channels of a recorder with the addresses its recordings name, and how long it keeps recordings."""
    sources: list[Source] = []
    evidence = ""
    if "recording" in line.services:
        try:
            reply = line.call("GetRecordings", "recording")
        except NoAnswer as silence:
            if silence.why not in _QUIET:
                yield Gap("onvif: GetRecordings", silence.why, silence.detail)
        else:
            body, evidence = reply.require_ok(), reply.evidence
            sources = decode_recordings(body)
            yield from part("onvif: retention", lambda: _retention(body, evidence), all_unseen(*RETENTION))
    yield from attached_of(profiles, sources, (proof, evidence))


def _retention(body: _Element, evidence: str) -> Iterator[FactSeen]:
    found = dict(retention_of(decode_retention(body)))
    yield from (known(key, value, evidence) for key, value in found.items())
    if found.get("retention.limited") is False:
        yield unseen("retention.days", "undecided", NO_LIMIT, evidence)
