"""TVT, and who sells its units under another name: identity, AI functions, receivers of events, channels. Experimental.

Commands and flags stand in a guide of a reseller and in constants of the maker's own client, fields that the guide
leaves out in clients of others (docs/sources.md A7.6); no reply is recorded. Every command has a reading and a writing
form (``Get``, ``Set``); lists of faces and plates, snapshots, searches and the subscription to events are never asked.
The login travels as Basic on most firmware: over clear HTTP it is sent only where the operator allows that.
Accounts, FTP, mail and the hours of a function are not read: no source names the fields.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
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
from scanner.drivers.tvt.functions import COULD_HAVE, Channel, Flags, Posts, unread
from scanner.drivers.tvt.pages import (
    Api,
    Information,
    Receiver,
    decode_alarm_server,
    decode_audio,
    decode_channels,
    decode_flags,
    decode_information,
    decode_ntp,
    decode_posts,
)
from scanner.errors import NoAnswer
from scanner.model import Attached, Endpoint, Gap, Identity, Silence

if TYPE_CHECKING:
    from lxml.etree import _Element

    from scanner.net import Link

INFORMATION = "/GetDeviceInfo"
DETAIL = "/GetDeviceDetail"
CHANNELS = "/GetChannelInfo"
OLD_CHANNELS = "/GetChannelList"
POSTS = "/GetHttpPostConfig"
ALARM_SERVER = "/GetAlarmServerConfig"
AUDIO = "/GetAudioStreamConfig/1"
TIME = "/GetDateAndTime"
KEYS = ("time.ntp", "audio.enabled", "upload.targets")
RECORDER_KEYS = ("recorder.channels", "recorder.attached")
_QUIET: frozenset[Silence] = frozenset({"no-such-page"})


class Tvt:
    """The driver. A guide and clients of others agree on its pages; no reply of a unit is recorded: experimental."""

    name = "tvt"
    title = "TVT HTTP API"
    verified = False
    needs = (
        "TVT: accounts are administrator, advance and normal, and no source says which may read settings; begin with "
        "normal, over HTTPS (docs/sources.md A7.6; unverified)."
    )

    def wants(self, identity: Identity, endpoints: Sequence[Endpoint]) -> bool:
        """Everything TVT built that has a web door."""
        return identity.maker == "TVT" and bool(web_doors(endpoints))

    def read(self, link: Link, identity: Identity, endpoints: Sequence[Endpoint]) -> Iterator[Reading]:
        """The device information decides the login; after a refusal nothing more is asked."""
        api = Api(Asker(link, self.name, web_doors(endpoints)))
        recorder = identity.kind == "recorder"
        keys = (*KEYS, *RECORDER_KEYS) if recorder else KEYS
        information: Information | None = None
        flags: list[Flags] = []
        try:
            root, proof = api.page(INFORMATION)
            information = decode_information(root)
        except NoAnswer as silence:
            yield Gap("tvt: device information", silence.why, silence.detail)
            if silence.why not in READS_ON | {"undecided"}:
                yield from nothing(self.name, silence.why, COULD_HAVE, keys)
                return
        else:
            yield from _identity(information, proof)
            recorder = recorder or (identity.kind != "camera" and information.is_recorder)
            flags.append(Flags(decode_flags(root), proof, INFORMATION[1:]))
        yield from part("tvt: clock", partial(_time, api), all_unseen("time.ntp"))
        yield from _recorder(api, information) if recorder else _camera(api, information, flags)


def _identity(information: Information, proof: str) -> Iterator[Reading]:
    """Model, firmware, serial number, MAC and the day the firmware was built, as the device says them."""
    said = {"model": information.model, "firmware": information.firmware, "serial": information.serial}
    for field, value in {**said, "mac": information.mac, "build_date": information.built}.items():
        yield from claim(field, value, "tvt", "http-body", proof)
    if information.is_recorder:
        yield from claim("kind", "recorder", "tvt", "http-body", proof)


def _time(api: Api) -> Iterator[Reading]:
    root, proof = api.page(TIME)
    yield known("time.ntp", decode_ntp(root), proof)


# -- cameras ---------------------------------------------------------------------------------------------


def _camera(api: Api, information: Information | None, flags: list[Flags]) -> Iterator[Reading]:
    """Flags of the whole unit, receivers of its events, then each channel."""
    lost: Silence | None = None
    try:
        root, proof = api.page(DETAIL)
        flags.insert(0, Flags(decode_flags(root), proof, DETAIL[1:]))
    except NoAnswer as silence:
        lost = silence.why
        if lost not in _QUIET:
            yield Gap("tvt: device detail", silence.why, silence.detail)
    posts = yield from _receivers(api, (POSTS, ALARM_SERVER))
    yield from part("tvt: audio", partial(_audio, api), all_unseen("audio.enabled"), quiet=_QUIET)
    numbers = ["1"]
    if information is not None and information.newer and (information.channels or 1) > 1:
        try:
            root, proof = api.page(CHANNELS)
            numbers = [one.channel for one in decode_channels(root, proof)][:MOST_CHANNELS] or numbers
        except NoAnswer as silence:
            yield Gap("tvt: channels", silence.why, silence.detail)
    channels = [Channel(api, number, flags, posts, lost=lost, recorder=False) for number in numbers]
    yield from _functions(api, channels)


def _audio(api: Api) -> Iterator[Reading]:
    root, proof = api.page(AUDIO)
    yield known("audio.enabled", decode_audio(root), proof)


def _receivers(api: Api, pages: Sequence[str]) -> Generator[Reading, None, Posts]:
    """HTTP POST and the older alarm server. FTP and mail are not read, so that none of these is not the same as none.
    A page the firmware does not have sends nothing; one that is not read leaves open what is sent."""
    receivers: list[Receiver] = []
    lost: Silence | None = None if POSTS in pages else "no-reader"
    for path in pages:
        try:
            root, proof = api.page(path)
            receivers += decode_posts(root, proof) if path == POSTS else decode_alarm_server(root, proof)
        except NoAnswer as silence:
            if silence.why not in _QUIET:
                yield Gap(f"tvt: {path[1:]}", silence.why, silence.detail)
                lost = lost or silence.why
    hosts = tuple(dict.fromkeys(one.host for one in receivers if one.host))
    if hosts:
        yield known("upload.targets", hosts, next(one.evidence for one in receivers if one.host))
    else:
        yield unseen("upload.targets", lost or "no-reader", "no receiver of events is known; FTP and mail are not read")
    return Posts(receivers, lost)


def _functions(api: Api, channels: Sequence[Channel]) -> Iterator[Reading]:
    """The rows of every channel, each with its share of requests, and of what nothing tells how to read."""
    api.asker.most_requests += MORE_A_CHANNEL * (len(channels) - 1)
    for one in channels:
        lost = partial(unknown, COULD_HAVE, "tvt", channel=one.number)
        yield from part(f"tvt: functions of channel {one.number}", one.read, lost)
    yield from unread([one.register for one in channels])


# -- recorders ---------------------------------------------------------------------------------------------


def _recorder(api: Api, information: Information | None) -> Iterator[Reading]:
    """Its channels, and the functions of those that are there. Its HTTP POST has no published page."""
    attached: list[Reading] = []
    for reading in part("tvt: attached cameras", partial(_attached, api, information), all_unseen(*RECORDER_KEYS)):
        attached.append(reading)
        yield reading
    yield unseen("audio.enabled", "no-reader", "each camera has its own")
    posts = yield from _receivers(api, (ALARM_SERVER,))
    numbers = [one.channel for one in attached if isinstance(one, Attached) and one.online == "yes"][:MOST_CHANNELS]
    if numbers:
        yield from _functions(
            api, [Channel(api, number, (), posts, lost=None, recorder=True) for number in numbers]
        )  # fmt: skip
    else:
        silences: list[Silence] = [one.why for one in attached if isinstance(one, Gap)]
        yield from unknown(COULD_HAVE, "tvt", silences[0] if silences else "no-reader")


def _attached(api: Api, information: Information | None) -> Iterator[Reading]:
    """Channels with their name and state; model, address and firmware of a camera stand in no published field. A
    channel that is offline may have a camera that is gone, or none: the count is known where all are online."""
    root, proof = _list(api, information)
    channels = decode_channels(root, proof)
    yield from channels
    if information is not None and information.channels is not None:
        yield known("recorder.channels", information.channels, proof)
    else:
        yield unseen("recorder.channels", "no-such-page", "GetDeviceInfo does not tell chlMaxCount")
    there = sum(one.online == "yes" for one in channels)
    if there == len(channels):
        yield known("recorder.attached", there, proof)
    else:
        yield unseen("recorder.attached", "undecided", f"{there} of {len(channels)} channels are online", proof)


def _list(api: Api, information: Information | None) -> tuple[_Element, str]:
    """The newer list has names; older recorders have the other, which cameras are never asked for."""
    newer = information is None or information.newer
    first, second = (CHANNELS, OLD_CHANNELS) if newer else (OLD_CHANNELS, CHANNELS)
    try:
        return api.page(first)
    except NoAnswer as silence:
        if silence.why != "no-such-page":
            raise
    return api.page(second)


DRIVER = Tvt()
