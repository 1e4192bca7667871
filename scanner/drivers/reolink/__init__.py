"""Reolink list API: cameras and recorders, in one session over TLS (docs/sources.md A7.1). No recording confirms it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from typing import TYPE_CHECKING

from scanner.drivers.base import (
    MORE_A_CHANNEL,
    MOST_CHANNELS,
    MOST_REQUESTS,
    Reading,
    claim,
    known,
    part,
    refusal_of,
    unseen,
    web_doors,
)
from scanner.drivers.register import unknown
from scanner.drivers.reolink import hygiene
from scanner.drivers.reolink.api import WAY, Answers, Api, Command, Result, need, number
from scanner.drivers.reolink.functions import COULD_HAVE, Channel, commands, decode_abilities, read_functions
from scanner.errors import NoAnswer
from scanner.fingerprint import firmware
from scanner.model import Answer, Attached, Endpoint, Gap, Identity, Silence

if TYPE_CHECKING:
    from scanner.net import Link
    from scanner.net.session import TokenSession

_INFO = Command("GetDevInfo")
_STATUS = Command("GetChannelstatus")
_RECORDERS = frozenset({"NVR", "WIFI_NVR", "HOMEHUB"})
_NEVER_SENT = ("refused", "tls-failed")
"""Silences of a door before anything of a login has left: another door may be tried."""


class Reolink:
    """The driver. The maker's guide and a widely used client agree; no reply of this API is recorded: experimental."""

    name = "reolink"
    title = "Reolink list API"
    verified = False

    def wants(self, identity: Identity, endpoints: Sequence[Endpoint]) -> bool:
        """Everything Reolink built: one without an HTTPS door has functions too, which then stay unknown."""
        del endpoints
        return identity.maker == "Reolink"

    def read(self, link: Link, identity: Identity, endpoints: Sequence[Endpoint]) -> Iterator[Reading]:
        """One login, one list for the device, lists for its channels, and out again."""
        try:
            session = _opened(link, _doors(link, identity, endpoints))
        except NoAnswer as silence:
            yield Gap("reolink: login", silence.why, silence.detail)
            yield from _nothing(silence.why)
            return
        with closing(session):
            yield from _read(Api(session, MOST_REQUESTS), session.user)
        if session.left_open is not None:
            yield Gap("reolink: logout", session.left_open.why, "the session was not ended; the device ends it itself")


def _doors(link: Link, identity: Identity, endpoints: Sequence[Endpoint]) -> list[int]:
    """Ports a login may be sent to; NoAnswer when there is no login, or none may be sent."""
    if link.login_state == "none-given":
        raise NoAnswer("no-login", "the interface tells nothing without a login")
    stopped = refusal_of(link)
    if stopped is not None:
        raise NoAnswer(stopped)
    _hold_fragile(identity)
    doors = web_doors(endpoints)
    ports = [port for port, tls in doors if tls]
    if ports:
        return ports
    if doors:
        raise NoAnswer("insecure-login", "the login would carry the password in clear: no HTTPS door is open")
    raise NoAnswer("no-such-page", "no web port is open")


def _hold_fragile(identity: Identity) -> None:
    """Requests of this kind restart an RLC-410W with firmware 3.0.0.136 (CVE-2021-40404; docs/sources.md I6.2)."""
    version = identity.firmware.raw if identity.firmware else ""
    if re.match(r"RLC-?410W", identity.model or "", re.IGNORECASE) and "3.0.0.136" in version:
        raise NoAnswer("no-reader", "not asked: such requests restart this firmware (CVE-2021-40404)")


def _opened(link: Link, ports: list[int]) -> TokenSession:
    """A session at the first door that lets a login leave at all."""
    for port in ports[:-1]:
        try:
            return link.session(WAY, port=port).open()
        except NoAnswer as silence:
            if silence.why not in _NEVER_SENT:
                raise
    return link.session(WAY, port=ports[-1]).open()


def _read(api: Api, user: str) -> Iterator[Reading]:
    ability = Command("GetAbility", None, user)
    answers = api.ask([_INFO, _STATUS, ability, *(page.command for page in hygiene.PAGES)])
    yield from part("reolink: device information", lambda: _identity(answers))
    yield from part("reolink: settings", lambda: hygiene.read_device_pages(answers))
    recorder = _is_recorder(answers)
    if recorder:
        yield from part("reolink: attached cameras", lambda: _attached(answers))
    numbers, left_out = _channels(answers)
    api.most_requests += MORE_A_CHANNEL if recorder else 0
    channels = _ask_channels(api, answers, ability, numbers)
    yield from part("reolink: abilities", lambda: _held(answers, ability))
    if left_out:
        yield Gap("reolink: channels", "over-budget", f"{left_out} further channels were not asked")
    yield from _gaps(channels)
    if not channels:
        yield from unknown(COULD_HAVE, "reolink", "silent")
    yield from part(
        "reolink: functions", lambda: read_functions(channels), lambda why: unknown(COULD_HAVE, "reolink", why)
    )
    yield from part("reolink: sound and targets", lambda: hygiene.read_channel_pages(channels))


def _is_recorder(answers: Answers) -> bool:
    try:
        info = need(answers, _INFO).part("DevInfo")
    except NoAnswer:
        return False
    return bool({str(info.get("type")), str(info.get("exactType"))} & _RECORDERS)


def _identity(answers: Answers) -> Iterator[Reading]:
    """``model``, ``firmVer`` (its end is the build date), ``serial`` where it is no row of noughts."""
    result = need(answers, _INFO)
    info, proof = result.part("DevInfo"), result.evidence
    version = str(info.get("firmVer") or "")
    built = firmware.parse("Reolink", version)
    serial = str(info.get("serial") or "")
    for field in ("maker", "brand"):
        yield from claim(field, "Reolink", "reolink", "http-body", proof)
    yield from claim("model", str(info.get("model") or ""), "reolink", "http-body", proof)
    yield from claim("firmware", version, "reolink", "http-body", proof)
    if built is not None and built.build_date is not None:
        yield from claim("build_date", built.build_date.isoformat(), "reolink", "http-body", proof)
    yield from claim("serial", serial if serial.strip("0") else "", "reolink", "http-body", proof)
    if _is_recorder(answers):
        yield from claim("kind", "recorder", "reolink", "http-body", proof)
        count = number(info.get("channelNum"))
        if count is not None:
            yield known("recorder.channels", count, proof)


def _attached(answers: Answers) -> Iterator[Reading]:
    """Channels that have a camera now or a name from one they had."""
    result = need(answers, _STATUS)
    count = 0
    for row in _rows(result):
        channel, model, name = number(row.get("channel")), str(row.get("typeInfo") or ""), str(row.get("name") or "")
        online: Answer = "yes" if row.get("online") == 1 else "no"
        if channel is None or not (online == "yes" or model):
            continue
        count += 1
        yield Attached(
            str(channel + 1), name[:80], model=model[:80] or None, online=online, evidence=(result.evidence,)
        )
    yield known("recorder.attached", count, result.evidence)


def _rows(result: Result) -> list[dict[str, object]]:
    rows = result.value.get("status")
    if not isinstance(rows, list):
        raise NoAnswer("malformed", "GetChannelstatus: no list")
    return [row for row in rows if isinstance(row, dict)][:1000]


def _channels(answers: Answers) -> tuple[list[int], int]:
    """Channels to ask, counted from 0, and how many are left out: those with a picture now; all where nothing says."""
    try:
        found = [number(row.get("channel")) for row in _rows(need(answers, _STATUS)) if row.get("online") == 1]
        numbers = list(dict.fromkeys(channel for channel in found if channel is not None and 0 <= channel < 1000))
    except NoAnswer:
        info = answers.get(_INFO)
        known_info = info.value.get("DevInfo") if isinstance(info, Result) else None
        count = number(known_info.get("channelNum")) if isinstance(known_info, dict) else None
        numbers = list(range(min(max(count or 1, 1), 1000)))
    return numbers[:MOST_CHANNELS], max(0, len(numbers) - MOST_CHANNELS)


def _ask_channels(api: Api, answers: Answers, ability: Command, numbers: Iterable[int]) -> list[Channel]:
    """Everything of every channel, in as few requests as it fits into."""
    asked: dict[int, list[Command]] = {}
    channels: dict[int, Channel] = {}
    for channel in numbers:
        try:
            result = need(answers, ability)
            abilities = decode_abilities(result.value, channel, result.evidence)
        except NoAnswer:
            abilities = decode_abilities({}, channel, "")
        sleeps = bool(abilities.has("battery")) or not abilities.versions  # nobody is woken on a guess
        asked[channel] = commands(channel, abilities, sleeps=sleeps)
        channels[channel] = Channel(channel, abilities, {}, sleeps)
    given = api.ask([command for several in asked.values() for command in several])
    for channel, several in asked.items():
        channels[channel].answers.update({command.name: given[command] for command in several})
    return list(channels.values())


def _held(answers: Answers, command: Command) -> Iterator[Reading]:
    """Nothing, but the silence of a command."""
    need(answers, command)
    yield from ()


def _gaps(channels: Iterable[Channel]) -> Iterator[Gap]:
    """What could not be read, once a reason; what a firmware does not have is no gap."""
    lost: dict[Silence, list[str]] = {}
    for channel in channels:
        for name, answer in channel.answers.items():
            if isinstance(answer, NoAnswer) and answer.why != "no-such-page":
                lost.setdefault(answer.why, []).append(name)
    for why, names in lost.items():
        yield Gap("reolink: channel settings", why, ", ".join(dict.fromkeys(names)))
    if any(channel.abilities.has("battery") for channel in channels):
        yield Gap("reolink: switches and sound", "no-reader", "a camera on a battery is not woken to be asked")


def _nothing(why: Silence) -> Iterator[Reading]:
    """Nothing can be read: all functions and settings stay unknown, with the reason."""
    yield from unknown(COULD_HAVE, "reolink", why)
    for key in hygiene.KEYS:
        yield unseen(key, why)


DRIVER = Reolink()
