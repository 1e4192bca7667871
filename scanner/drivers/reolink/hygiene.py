"""How a Reolink device is kept (docs/sources.md A7.1). Accounts are counted; passwords, the remote-access id and the
paths of web hooks end here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from scanner.drivers.base import Reading, known, unseen
from scanner.drivers.reolink.api import Answers, Command, Result, need, switch
from scanner.drivers.reolink.functions import Channel, is_on
from scanner.errors import NoAnswer
from scanner.model import Silence

Found = Iterator[tuple[str, Any]]
_MOST_HOSTS = 16


class Page(NamedTuple):
    """One command of the whole device and the facts it answers."""

    command: Command
    keys: tuple[str, ...]
    decode: Callable[[Result], Found]


def _flags(part: str, **keys: str) -> Callable[[Result], Found]:
    """Switches of one object: the name of the switch for each fact, ``_`` for a dot in the fact's key."""

    def decode(result: Result) -> Found:
        found = result.part(part)
        for key, name in keys.items():
            value = switch(found.get(name))
            if value is not None:
                yield key.replace("__", "."), value

    return decode


def decode_users(result: Result) -> Found:
    """Counts by level; the names stay where they are."""
    users = result.value.get("User")
    if not isinstance(users, list) or not all(isinstance(user, dict) and "level" in user for user in users):
        raise NoAnswer("malformed", "GetUser: no list of accounts")
    yield "account.count", len(users)
    yield "account.admin_count", sum(user["level"] == "admin" for user in users)


def decode_lock(result: Result) -> Found:
    """``loginLock`` and ``allowedTimes``."""
    lock = result.part("SysCfg")
    on = switch(lock.get("loginLock"))
    if on is not None:
        yield "login.lock.enabled", on
        times = lock.get("allowedTimes")
        if on and isinstance(times, int) and not isinstance(times, bool):
            yield "login.lock.attempts", times


PAGES: tuple[Page, ...] = (
    Page(
        Command("GetNetPort"),
        ("web.http", "web.https", "onvif.enabled"),
        _flags("NetPort", web__http="httpEnable", web__https="httpsEnable", onvif__enabled="onvifEnable"),
    ),
    Page(Command("GetP2p"), ("cloud.p2p",), _flags("P2p", cloud__p2p="enable")),
    Page(Command("GetUser"), ("account.count", "account.admin_count"), decode_users),
    Page(Command("GetNtp"), ("time.ntp",), _flags("Ntp", time__ntp="enable")),
    Page(Command("GetUpnp"), ("upnp.enabled",), _flags("Upnp", upnp__enabled="enable")),
    Page(Command("GetSysCfg", 0), ("login.lock.enabled", "login.lock.attempts"), decode_lock),
)
KEYS: tuple[str, ...] = (*(key for page in PAGES for key in page.keys), "audio.enabled", "upload.targets")
"""Every fact these readers can answer."""


def read_device_pages(answers: Answers) -> Iterator[Reading]:
    """Facts of the whole device, each with its reason where it is unseen."""
    for page in PAGES:
        try:
            result = need(answers, page.command)
            found = dict(page.decode(result))
        except NoAnswer as silence:
            yield from (unseen(key, silence.why, silence.detail) for key in page.keys)
            continue
        for key in page.keys:
            if key in found:
                yield known(key, found[key], result.evidence)
            elif key != "login.lock.attempts" or "login.lock.enabled" not in found:  # no lock has no number of tries
                yield unseen(key, "no-such-page", f"{page.command.name} does not tell it", result.evidence)


def read_channel_pages(channels: Sequence[Channel]) -> Iterator[Reading]:
    """Sound on any channel; hosts that anything is sent to."""
    yield from _sound(channels)
    yield from _targets(channels)


def _sound(channels: Iterable[Channel]) -> Iterator[Reading]:
    quiet: list[str] = []
    lost: Silence | None = None
    for channel in channels:
        try:
            result = need(channel.answers, "GetEnc")
            on = switch(result.part("Enc").get("audio"))
        except NoAnswer as silence:
            lost = lost or silence.why
            continue
        if on:
            yield known("audio.enabled", True, result.evidence)
            return
        if on is None:
            lost = lost or "no-such-page"
        else:
            quiet.append(result.evidence)
    if lost is not None or not quiet:
        yield unseen("audio.enabled", lost or "no-reader")
    else:
        yield known("audio.enabled", False, quiet[0])


def _targets(channels: Iterable[Channel]) -> Iterator[Reading]:
    """``smtpServer``, ``server`` and the hosts of web hooks, of what is switched on."""
    hosts: list[str] = []
    proof = ""
    lost: Silence | None = None
    for channel in channels:
        for name, read in (("Email", _mail_host), ("Ftp", _file_host), ("WebHook", _hook_hosts)):
            answered = next(
                (answer for asked, answer in channel.answers.items() if asked.startswith(f"Get{name}")), None
            )
            if isinstance(answered, Result):
                found = read(answered.value.get(name))
                if found is None:
                    lost = lost or "malformed"
                else:
                    hosts += found
                    proof = answered.evidence if found or not proof else proof
            elif answered is not None and answered.why != "no-such-page":
                lost = lost or answered.why
    if hosts:
        yield known("upload.targets", tuple(dict.fromkeys(hosts))[:_MOST_HOSTS], proof)
    elif lost is not None or not proof:
        yield unseen("upload.targets", lost or "no-reader")
    else:
        yield known("upload.targets", (), proof)


def _one_host(value: Any, name: str) -> list[str] | None:
    if not isinstance(value, dict) or is_on(value) is None:
        return None
    host = value.get(name)
    return [host.strip()[:127]] if is_on(value) and isinstance(host, str) and host.strip() else []


def _mail_host(value: Any) -> list[str] | None:
    return _one_host(value, "smtpServer")


def _file_host(value: Any) -> list[str] | None:
    return _one_host(value, "server")


def _hook_hosts(value: Any) -> list[str] | None:
    """Hosts alone: the rest of such an address is as good as a password. ``indexEnable`` 1 is in use."""
    if not isinstance(value, list):
        return None
    found: list[str] = []
    for hook in value[:_MOST_HOSTS]:
        if isinstance(hook, dict) and switch(hook.get("indexEnable")) is True:
            try:
                host = urlsplit(str(hook.get("hookUrl", ""))).hostname
            except ValueError:
                host = None
            found += [host[:127]] if host else []
    return found
