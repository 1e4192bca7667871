"""Uniview through LAPI: identity, functions, faces in libraries, Telnet, cameras behind recorders. Experimental.

The addresses stand in the maker's own web pages and app, the fields in clients of others (docs/sources.md A7.3, A8.5):
nothing is recorded of a camera, and of one recorder only its lists. Accounts are not counted and NTP is not read: no
source names the fields. ``/cgi-bin/main-cgi`` of recorders belongs to published exploits and is never asked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from scanner.drivers.base import (
    MORE_A_CHANNEL,
    MOST_CHANNELS,
    READS_ON,
    Asker,
    Reading,
    all_unseen,
    claim,
    known,
    nothing,
    part,
    unseen,
    web_doors,
)
from scanner.drivers.register import unknown
from scanner.drivers.uniview.functions import COULD_HAVE, UNPUBLISHED, Channel
from scanner.drivers.uniview.lapi import Lapi
from scanner.drivers.uniview.pages import LAPI, Data, decode_libraries, decode_switch, text
from scanner.drivers.uniview.recorder import read_attached
from scanner.errors import NoAnswer
from scanner.fingerprint.oui import normal_mac
from scanner.model import Attached, Endpoint, Gap, Identity, Silence

if TYPE_CHECKING:
    from scanner.net import Link

BASIC = f"{LAPI}/System/DeviceBasicInfo"
INFORMATION = f"{LAPI}/System/DeviceInfo"
LIBRARIES = f"{LAPI}/PeopleLibraries/BasicInfo"
TELNET = f"{LAPI}/Channel/0/NetWork/Telnet"
SSH = f"{LAPI}/Network/SSH"
CLOCK = f"{LAPI}/System/TimeNTP"
KEYS = ("face-library.count", "service.telnet", "service.ssh", "time.skew_seconds", "account.count")
_RECORDER = re.compile(r"(?:NVR|XVR)[-_\d]")
_QUIET: frozenset[Silence] = frozenset({"no-such-page"})


class Uniview:
    """The driver. Clients of others agree on its pages; no reply of a named camera is recorded: experimental."""

    name = "uniview"
    title = "Uniview LAPI"
    verified = False
    needs = (
        "Uniview: a recorder has administrators and operators, and no source says which of them may read a page; begin "
        "with an operator, what it may not read stays unknown (docs/sources.md A7.3, A8.5; unverified)."
    )

    def wants(self, identity: Identity, endpoints: Sequence[Endpoint]) -> bool:
        """Everything Uniview built that has a web door."""
        return identity.maker == "Uniview" and bool(web_doors(endpoints))

    def read(self, link: Link, identity: Identity, endpoints: Sequence[Endpoint]) -> Iterator[Reading]:
        """The device information decides the login; after a refusal nothing more is asked."""
        lapi = Lapi(Asker(link, self.name, web_doors(endpoints)))
        recorder = identity.kind == "recorder"
        try:
            data, proof = _information(lapi, recorder=recorder)
        except NoAnswer as silence:
            yield Gap("uniview: device information", silence.why, silence.detail)
            if silence.why not in READS_ON:
                yield from nothing(self.name, silence.why, COULD_HAVE, KEYS)
                return
        else:
            yield from _identity(data, proof)
            recorder = recorder or _is_recorder(data)
        yield from _recorder(lapi) if recorder else _camera(lapi)
        yield from part("uniview: libraries of faces", partial(_libraries, lapi), all_unseen(KEYS[0]), quiet=_QUIET)
        yield unseen("account.count", "no-reader", "no source names the fields of the list of users")


def _information(lapi: Lapi, *, recorder: bool) -> tuple[Data, str]:
    """Cameras have one page, the recorder that was seen has the other, and said so of the first."""
    first, second = (INFORMATION, BASIC) if recorder else (BASIC, INFORMATION)
    try:
        return lapi.data(first)
    except NoAnswer as silence:
        if silence.why != "no-such-page":
            raise
    return lapi.data(second)


def _is_recorder(data: Data) -> bool:
    """``NVR302-09E2-IQ`` with firmware ``NVR-B3113...``; the numbers of ``DeviceType`` are not published."""
    return any(_RECORDER.match(text(data.get(name))) for name in ("DeviceModel", "FirmwareVersion"))


def _identity(data: Data, proof: str) -> Iterator[Reading]:
    """``DeviceModel``, ``SerialNumber``, ``FirmwareVersion``, ``MAC``; what it calls its maker may be a reseller."""
    names = {"model": "DeviceModel", "serial": "SerialNumber", "firmware": "FirmwareVersion"}
    for field, name in names.items():
        yield from claim(field, text(data.get(name)), "uniview", "http-body", proof)
    yield from claim("mac", normal_mac(text(data.get("MAC"))), "uniview", "http-body", proof)
    if _is_recorder(data):
        yield from claim("kind", "recorder", "uniview", "http-body", proof)


def _camera(lapi: Lapi) -> Iterator[Reading]:
    yield from part("uniview: functions", Channel(lapi, 0).read, partial(unknown, COULD_HAVE, "uniview"))
    yield from part("uniview: Telnet", partial(_telnet, lapi), all_unseen("service.telnet"), quiet=_QUIET)


def _telnet(lapi: Lapi) -> Iterator[Reading]:
    """``Enable`` in the one example, ``Enabled`` as all other pages have it (unverified)."""
    data, proof = lapi.data(TELNET)
    yield known("service.telnet", decode_switch(data, "Enabled", "Enable"), proof)


def _recorder(lapi: Lapi) -> Iterator[Reading]:
    """Its own settings first, then the functions of each camera that is there, each with its share of requests."""
    attached: list[Reading] = []
    yield from part("uniview: SSH", partial(_ssh, lapi), all_unseen("service.ssh"), quiet=_QUIET)
    yield from part("uniview: clock", partial(_clock, lapi), all_unseen("time.skew_seconds"), quiet=_QUIET)
    for reading in part(
        "uniview: attached cameras", partial(read_attached, lapi), all_unseen("recorder.channels", "recorder.attached")
    ):
        attached.append(reading)
        yield reading
    numbers = [int(one.channel) for one in attached if isinstance(one, Attached) and one.online == "yes"]
    if not numbers:
        lost: Silence | None = next((one.why for one in attached if isinstance(one, Gap)), None)
        yield from unknown(COULD_HAVE, "uniview", lost or "no-reader")
    else:
        yield from unknown(UNPUBLISHED, "uniview", "no-reader")
    for channel in numbers[:MOST_CHANNELS]:
        lapi.allow(MORE_A_CHANNEL)
        yield from part(f"uniview: functions of channel {channel}", Channel(lapi, channel).read)
    if len(numbers) > MOST_CHANNELS:
        yield Gap("uniview: channels", "over-budget", f"{len(numbers) - MOST_CHANNELS} further channels were not asked")
    lapi.allow(1)


def _ssh(lapi: Lapi) -> Iterator[Reading]:
    data, proof = lapi.data(SSH)
    yield known("service.ssh", decode_switch(data), proof)


def _clock(lapi: Lapi) -> Iterator[Reading]:
    """``DeviceTime``: seconds since 1970 in UTC. Which field tells that a time server is followed is not published."""
    data, reply = lapi.reply(CLOCK)
    seconds = data.get("DeviceTime")
    if not isinstance(seconds, int) or isinstance(seconds, bool) or not 0 < seconds < 2**32:
        raise NoAnswer("malformed", "expected DeviceTime in seconds")
    moment = datetime.fromtimestamp(seconds, UTC)
    yield known("time.skew_seconds", round((moment - reply.seen_at).total_seconds(), 1), reply.evidence)


def _libraries(lapi: Lapi) -> Iterator[Reading]:
    data, proof = lapi.data(LIBRARIES)
    yield known("face-library.count", decode_libraries(data), proof)


DRIVER = Uniview()
