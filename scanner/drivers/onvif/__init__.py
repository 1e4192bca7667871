"""ONVIF: identity, clock, accounts, and which analytics are configured and attached (analytics reference 5, 9.4)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec

from scanner.drivers.base import MOST_REQUESTS, Reading, all_unseen, known, part, refusal_of, role_of, unseen
from scanner.drivers.markup import every, local, text
from scanner.drivers.onvif.analytics import decode_services
from scanner.drivers.onvif.device import decode_clock, decode_filter, decode_ntp, decode_protocols, decode_users
from scanner.drivers.onvif.functions import Functions
from scanner.drivers.onvif.recorder import read_recorder
from scanner.drivers.onvif.words import COULD_HAVE
from scanner.drivers.register import unknown
from scanner.errors import NoAnswer
from scanner.fingerprint import claims_of
from scanner.model import Endpoint, Gap, Identity, Observation, Silence

if TYPE_CHECKING:
    from lxml.etree import _Element

    from scanner.net import Link, SoapReply

PATH = "/onvif/device_service"
OWN_ACCOUNTS = frozenset({"Hikvision", "Dahua"})
"""Makers that keep ONVIF accounts apart from those of their own interface: a login that works there may be a wrong one
here, and a wrong one is worth a lock."""
OWN_CLOCK = frozenset({"Hikvision"})
"""Those of them whose own interface tells the clock with its offset: the call is saved."""
_FACTS: tuple[tuple[str, tuple[str, ...], Callable[[_Element], Iterator[tuple[str, Any]]]], ...] = (
    ("GetUsers", ("onvif.users",), decode_users),
    ("GetNetworkProtocols", (), decode_protocols),
    ("GetIPAddressFilter", ("ip_filter.enabled",), decode_filter),
)


class Line:
    """SOAP calls to one device: one door, none twice, never more than a budget, none with a login after a refusal."""

    def __init__(self, link: Link, port: int, path: str, *, tls: bool) -> None:
        self.link = link
        self.port = port
        self.path = path
        self.tls = tls
        self.services: dict[str, str] = {}
        self.users: SoapReply | None = None
        self.sent = 0

    def call(
        self, operation: str, service: str = "devicemgmt", params: dict[str, Any] | None = None, *, login: bool = True
    ) -> SoapReply:
        """One call that was answered with its own answer; NoAnswer for everything else."""
        stopped = refusal_of(self.link)
        if login and stopped is not None:
            raise NoAnswer(stopped)
        if self.sent >= MOST_REQUESTS:
            raise NoAnswer("over-budget", f"not asked: {MOST_REQUESTS} calls are the most one device gets")
        self.sent += 1
        reply = self.link.soap(
            service, operation, port=self.port, tls=self.tls, path=self.services.get(service) or self.path,
            params=params, login=login,
        )  # fmt: skip
        body = reply.require_ok()
        if not local(body).startswith(f"{operation}Response"):  # some stacks say the same to every question
            raise NoAnswer("malformed", f"expected {operation}Response, found {local(body)[:60]}")
        return reply


class Onvif:
    """The driver. Profiles, metadata and events are confirmed by recordings of several makers, rules by few."""

    name = "onvif"
    title = "ONVIF"
    verified = True
    needs = (
        "ONVIF: rules, modules and profiles need the access class READ_MEDIA (docs/sources.md A5.1), which a User has "
        "unless the device says otherwise; the list of accounts needs an Administrator. On Hikvision and Dahua these "
        "are accounts of ONVIF itself."
    )

    def wants(self, identity: Identity, endpoints: Sequence[Endpoint]) -> bool:
        """Everything that was shown to speak ONVIF."""
        del identity
        return any(endpoint.service == "onvif" for endpoint in endpoints)

    def read(self, link: Link, identity: Identity, endpoints: Sequence[Endpoint]) -> Iterator[Reading]:
        """The device information decides the login; after a refusal every function is unknown.

        Where the maker's own interface took the login and keeps ONVIF accounts apart, only open calls are made.
        """
        door = next(endpoint for endpoint in endpoints if endpoint.service == "onvif")
        tls = any(endpoint.port == door.port and endpoint.service == "https" for endpoint in endpoints)
        line = Line(link, door.port, door.path or PATH, tls=tls)
        if identity.maker in OWN_CLOCK and link.login_state == "accepted":
            return
        timed = False
        for reading in part("onvif: clock", lambda: _clock(line), lambda why: [unseen("time.skew_seconds", why)]):
            timed = timed or getattr(reading, "key", "") == "time.ntp"
            yield reading
        if identity.maker in OWN_ACCOUNTS and link.login_state == "accepted":
            return
        yield from part("onvif: services", lambda: _services(line))
        try:
            yield from list(_identity(line))
        except NoAnswer as silence:
            yield Gap("onvif: device information", silence.why, silence.detail)
            if silence.why not in ("forbidden", "malformed", "no-such-page"):
                yield from _nothing(silence.why)
                return
        for operation, keys, decode in _FACTS:
            yield from part(
                f"onvif: {operation}",
                partial(_facts, line, operation, decode),
                all_unseen(*keys),
                quiet=frozenset({"no-such-page", "malformed"}),
            )
        yield from part("onvif: own account", lambda: _role(line, link.login_user))
        if not timed:
            yield from part(
                "onvif: GetNTP",
                lambda: _facts(line, "GetNTP", decode_ntp),
                quiet=frozenset({"no-such-page", "malformed"}),
            )
        functions = Functions(line)
        yield from part("onvif: functions", functions.read, lambda why: unknown(COULD_HAVE, "onvif", why))
        if identity.kind == "recorder":
            yield from part(
                "onvif: channels", lambda: read_recorder(line, functions.profiles, functions.profiles_evidence)
            )


def _nothing(why: Silence) -> Iterator[Reading]:
    yield from unknown(COULD_HAVE, "onvif", why)
    yield unseen("metadata.stream", why)
    for _, keys, _ in _FACTS:
        for key in keys:
            yield unseen(key, why)


def _clock(line: Line) -> Iterable[Reading]:
    """Open to everybody, so it is asked without a login."""
    reply = line.call("GetSystemDateAndTime", login=False)
    found = dict(decode_clock(reply.require_ok(), reply.seen_at))
    if "time.skew_seconds" not in found:
        yield unseen("time.skew_seconds", "malformed", "no UTC time in it", reply.evidence)
    for key, value in found.items():
        yield known(key, value, reply.evidence)


def _services(line: Line) -> Iterable[Reading]:
    """Where the other services are; GetCapabilities on devices that do not have GetServices."""
    try:
        line.services = decode_services(
            line.call("GetServices", params={"IncludeCapability": True}, login=False).require_ok()
        )
    except NoAnswer:
        line.services = {}
    if not {"media", "media2"} & line.services.keys():
        older = decode_services(line.call("GetCapabilities", params={"Category": ["All"]}, login=False).require_ok())
        line.services = {**older, **line.services}
    return ()


def _identity(line: Line) -> Iterator[Reading]:
    from lxml import etree

    reply = line.call("GetDeviceInformation")
    raw = etree.tostring(reply.require_ok(), encoding="unicode", with_tail=False)
    for claim in claims_of(Observation("onvif-deviceinfo", raw, reply.evidence)):
        yield msgspec.structs.replace(claim, grade="C3") if reply.sent_login and claim.grade == "C2" else claim
    if not reply.sent_login:
        yield known("onvif.anonymous", True, reply.evidence)


def _role(line: Line, user: str) -> Iterable[Reading]:
    """The level of the account in use; the reply is the one whose accounts were counted."""
    reply = line.users
    accounts = (
        [(text(one, "Username"), text(one, "UserLevel")) for one in every(reply.require_ok(), "User")] if reply else []
    )
    return [known(key, value, reply.evidence if reply else "") for key, value in role_of(user, accounts)]


def _facts(line: Line, operation: str, decode: Callable[[_Element], Iterator[tuple[str, Any]]]) -> Iterable[Reading]:
    reply = line.call(operation)
    if operation == "GetUsers":
        line.users = reply
    for key, value in decode(reply.require_ok()):
        yield known(key, value, reply.evidence)


DRIVER = Onvif()
