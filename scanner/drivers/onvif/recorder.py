"""Channels of a recorder through ONVIF (docs/sources.md A8.3).

The standard has one video source a channel, and no place for model, firmware, serial number or state of the camera on
it. The recording service may name the camera: what a recording calls its source, and the address this source gave.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from scanner.drivers.addresses import address_in, told
from scanner.drivers.markup import child, every, text
from scanner.drivers.onvif.analytics import Profile, channels_of
from scanner.errors import NoAnswer
from scanner.model import Attached, Gap

if TYPE_CHECKING:
    from lxml.etree import _Element

    from scanner.drivers.onvif import Line

MOST_ATTACHED = 512
PROTOCOL = "ONVIF channel"
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


def read_attached(line: Line, profiles: list[Profile], proof: str) -> Iterator[Attached | Gap]:
    """Channels of a recorder, with the addresses its recordings name."""
    sources: list[Source] = []
    evidence = ""
    if "recording" in line.services:
        try:
            reply = line.call("GetRecordings", "recording")
        except NoAnswer as silence:
            if silence.why not in _QUIET:
                yield Gap("onvif: GetRecordings", silence.why, silence.detail)
        else:
            sources, evidence = decode_recordings(reply.require_ok()), reply.evidence
    yield from attached_of(profiles, sources, (proof, evidence))
