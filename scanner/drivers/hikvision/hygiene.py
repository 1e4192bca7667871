"""How a Hikvision device is kept: accounts, protocols, clock, cloud (docs/sources.md A9.1). Secrets end here, unread.

Each page is one request; it names the facts it can answer, so that a silence becomes ``Unseen`` for each of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta, timezone
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from scanner.drivers.base import Reading, all_unseen, known, part, role_of, unseen
from scanner.drivers.hikvision.pages import Isapi, Page
from scanner.drivers.markup import children, every, switch_at, text
from scanner.errors import NoAnswer
from scanner.model import Silence

if TYPE_CHECKING:
    from lxml.etree import _Element

Found = Iterator[tuple[str, Any]]
Flags = Mapping[str, tuple[bool, str]]
"""Capability flag -> its value and the reply it came in."""

_ZONE = re.compile(r"[A-Za-z]{1,6}([+-]?)(\d{1,2}):(\d{2})(?::\d{2})?")  # CST-8:00:00, without summer time


class HygienePage(NamedTuple):
    """One page, the facts it answers, and its decoder: (key, value) pairs.

    ``flag`` is the capability without which the page is not asked for: where the device says that it has no such thing,
    the thing is off. ``more`` decodes what needs the moment of the reply or the account in use. ``optional`` keys may
    be missing from the page: that says nothing, and is no unreadable reply.
    """

    path: str
    keys: tuple[str, ...]
    decode: Callable[[_Element], Found]
    flag: str = ""
    more: Callable[[Page, str], Found] | None = None
    optional: bool = False


def _flag(key: str, *path: str) -> Callable[[_Element], Found]:
    """A page with one switch."""

    def decode(root: _Element) -> Found:
        value = switch_at(root, *path)
        if value is not None:
            yield key, value

    return decode


def decode_user_check(root: _Element) -> Found:
    """``isDefaultPassword``, ``isRiskPassword`` and ``isActivated``, where this firmware has them."""
    words = {
        "isDefaultPassword": "account.default_password",
        "isRiskPassword": "account.weak_password",
        "isActivated": "account.activated",
    }
    for name, key in words.items():
        value = switch_at(root, name)
        if value is not None:
            yield key, value


def decode_users(root: _Element) -> Found:
    """Counts of accounts; the names stay where they are."""
    levels = [text(user, "userLevel").lower() for user in every(root, "User")]
    if levels:
        yield "account.count", len(levels)
        yield "account.admin_count", sum(level.startswith("admin") for level in levels)


def decode_role(page: Page, user: str) -> Found:
    """The level of the account that asks."""
    yield from role_of(user, ((text(one, "userName"), text(one, "userLevel")) for one in every(page.root, "User")))


def decode_onvif_users(root: _Element) -> Found:
    """How many ONVIF accounts there are; a list of their own beside the web accounts."""
    yield "onvif.users", sum(1 for _ in every(root, "User"))


def decode_integrate(root: _Element) -> Found:
    """The ONVIF switch; ``enable`` here, ``enabled`` nowhere seen."""
    for name in ("enable", "enabled"):
        value = switch_at(root, "ONVIF", name)
        if value is not None:
            yield "onvif.enabled", value
            return


def decode_web_certificate(root: _Element) -> Found:
    """digest, digest/basic."""
    value = text(root, "CertificateType") or text(root, "certificateType")
    if value:
        yield "web.auth", value.lower()


def decode_snmp(root: _Element) -> Found:
    """Switches of the versions; communities are not looked at."""
    old = [switch_at(node, "enabled") for node in every(root, "SNMPv1", "SNMPv2c", "SNMPv1c", "SNMPv2")]
    new = [switch_at(node, "enabled") for node in every(root, "SNMPAdvanced", "SNMPv3")]
    own = switch_at(root, "enabled")
    if any(value is not None for value in old):
        yield "snmp.v1v2", any(value is True for value in old)
    if any(value is not None for value in (*old, *new, own)):
        yield "snmp.enabled", any(value is True for value in (*old, *new, own))


def decode_lock(root: _Element) -> Found:
    """Whether failed logins lock, and after how many; the unit of the lock time differs, so it is left out."""
    value = switch_at(root, "enabled")
    if value is not None:
        yield "login.lock.enabled", value
    attempts = text(root, "maxIllegalLoginTimes")
    if attempts.isdecimal():
        yield "login.lock.attempts", int(attempts)


def decode_time(root: _Element) -> Found:
    """``timeMode``: NTP, manual, satellite ..."""
    mode = text(root, "timeMode")
    if mode:
        yield "time.ntp", mode.upper() == "NTP"


def decode_skew(page: Page, _user: str = "") -> Found:
    """Device clock minus ours in seconds, from ``localTime`` and its offset.

    Without an offset the ``timeZone`` tells it (``CST-8:00:00``: eight hours east), unless it has summer time, of which
    nobody knows here whether it is on. Verified by a client only: no recording holds this page (docs/sources.md A9.5).
    """
    zone = _ZONE.fullmatch(text(page.root, "timeZone"))
    try:
        moment = datetime.fromisoformat(text(page.root, "localTime").replace("Z", "+00:00"))
        if moment.tzinfo is None and zone is not None:
            east = timedelta(hours=int(zone[2]), minutes=int(zone[3])) * (1 if zone[1] == "-" else -1)
            moment = moment.replace(tzinfo=timezone(east))
        if moment.tzinfo is not None:
            yield "time.skew_seconds", round((moment - page.seen_at).total_seconds(), 1)
    except (ValueError, OverflowError):
        return


def decode_hosts(root: _Element) -> Found:
    """Hosts that events are sent to; 0.0.0.0 is an unused slot."""
    hosts = []
    for item in every(root, "HttpHostNotification"):
        host = text(item, "hostName") or text(item, "ipAddress")
        if host and host not in ("0.0.0.0", "::"):
            hosts.append(host)
    yield "upload.targets", tuple(dict.fromkeys(hosts))


def decode_stream(root: _Element) -> Found:
    """Sound in the main stream."""
    value = switch_at(root, "Audio", "enabled")
    if value is not None:
        yield "audio.enabled", value


def decode_accesses(root: _Element) -> Found:
    """``AdminAccessProtocol`` entries: which protocols are switched on, and old TLS versions."""
    keys = {"HTTP": "web.http", "HTTPS": "web.https", "DEV_MANAGE": "service.sdk"}
    for item in children(root, "AdminAccessProtocol"):
        protocol = text(item, "protocol").upper()
        enabled = switch_at(item, "enabled")
        if protocol in keys and enabled is not None:
            yield keys[protocol], enabled
        if protocol == "HTTPS" and enabled:
            legacy = [switch_at(item, name) for name in ("TLS1_0Enable", "TLS1_1Enable")]
            if any(value is not None for value in legacy):
                yield "tls.legacy", any(value is True for value in legacy)


PAGES: tuple[HygienePage, ...] = (
    HygienePage(
        "Security/userCheck",
        ("account.default_password", "account.weak_password", "account.activated"),
        decode_user_check,
        optional=True,
    ),
    HygienePage("Security/adminAccesses", (), decode_accesses),
    HygienePage("Security/webCertificate", ("web.auth",), decode_web_certificate),
    HygienePage(
        "Security/illegalLoginLock",
        ("login.lock.enabled", "login.lock.attempts"),
        decode_lock,
        "issupIllegalLoginLock",
    ),
    HygienePage("System/Network/telnetd", ("service.telnet",), _flag("service.telnet", "enabled")),
    HygienePage("System/Network/EZVIZ", ("cloud.p2p",), _flag("cloud.p2p", "enabled"), "isSupportEZVIZ"),
    HygienePage("System/Network/UPnP", ("upnp.enabled",), _flag("upnp.enabled", "enabled"), "isSupportUpnp"),
    HygienePage("System/time", ("time.ntp", "time.skew_seconds"), decode_time, more=decode_skew),
    HygienePage("System/logServer", ("log.remote",), _flag("log.remote", "enabled"), "isSupportLogServer"),
    HygienePage("System/Network/SNMP", ("snmp.enabled", "snmp.v1v2"), decode_snmp),
    HygienePage(
        "Security/UserPermission/anonymouslogin",
        ("login.anonymous",),
        _flag("login.anonymous", "enabled"),
        "isSupportAnonymous",
    ),
    HygienePage("Streaming/channels/101", ("audio.enabled",), decode_stream, "audioInputNums", optional=True),
    HygienePage("System/Network/Integrate", ("onvif.enabled",), decode_integrate),
    HygienePage("Security/users", ("account.count", "account.admin_count"), decode_users, more=decode_role),
    HygienePage("System/Network/ssh", ("service.ssh",), _flag("service.ssh", "enabled"), "isSupportSSH"),
    HygienePage("Security/ONVIF/users", ("onvif.users",), decode_onvif_users),
    HygienePage("Event/notification/httpHosts", ("upload.targets",), decode_hosts),
    HygienePage(
        "System/Network/ipFilter", ("ip_filter.enabled",), _flag("ip_filter.enabled", "enabled"), "isSupportIPFilter"
    ),
    HygienePage(
        "Security/videoEncryption",
        ("stream.encryption",),
        _flag("stream.encryption", "enabled"),
        "isSupportStreamEncryption",
    ),
)
"""What a rule asks for stands first: where the budget ends, the least is lost. Flags: docs/sources.md A9.5."""
_OPTIONAL: frozenset[Silence] = frozenset({"no-such-page", "left-alone", "over-budget"})


def read_hygiene(isapi: Isapi, flags: Flags, *, onvif_answers: bool) -> Iterator[Reading]:
    """All pages, each surviving the silence of the others. Without ONVIF its accounts are of no use to anybody; where
    it answers, nobody has to be asked whether it is on.

    ``flags`` are those of the capability pages. "Not supported" is off, with grade C2: a page of its own may know
    better, and costs a request.
    """
    skipped: set[str] = set()
    for page in PAGES:
        if onvif_answers and page.keys == ("onvif.enabled",):
            continue
        if page.path in skipped:
            yield from (unseen(key, "no-such-page", "ONVIF is switched off") for key in page.keys)
            continue
        if page.flag in flags and not flags[page.flag][0]:
            yield from _not_there(page, flags[page.flag][1])
            continue
        yield from part(
            f"hikvision: {page.path}",
            partial(_read, isapi, page),
            all_unseen(*page.keys),
            quiet=_OPTIONAL,
        )
        if page.path == "System/Network/Integrate" and _off(isapi, page):
            skipped.add("Security/ONVIF/users")


def _not_there(page: HygienePage, evidence: str) -> Iterator[Reading]:
    """The device says that it has no such thing: its switch is off; what else the page would tell there is not."""
    switch, *others = page.keys
    yield known(switch, False, evidence, "C2")
    yield from (unseen(key, "no-such-page", f"{page.flag} says that there is none", evidence) for key in others)


def _off(isapi: Isapi, page: HygienePage) -> bool:
    """The page was read and says that its service is switched off. The asker remembers it: nothing is sent again."""
    try:
        return dict(page.decode(isapi.xml(page.path).root)).get(page.keys[0]) is False
    except NoAnswer:
        return False


def _read(isapi: Isapi, page: HygienePage) -> Iterable[Reading]:
    reply = isapi.xml(page.path)
    found = dict(page.decode(reply.root))
    if page.more is not None:
        found |= dict(page.more(reply, isapi.asker.user))
    for key, value in found.items():
        yield known(key, value, reply.evidence)
    for key in page.keys:
        if key not in found:
            why: Silence = "no-such-page" if page.optional else "malformed"
            yield unseen(key, why, f"{page.path} does not say", reply.evidence)
