"""What a driver is, and the pieces all drivers are built from.

A driver asks one maker's own interface (or ONVIF) and yields readings. Decoding is pure and stands apart from asking,
so that recordings of real devices can be replayed through it. Vendor words end in the decoders.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from scanner.drivers.register import unknown
from scanner.errors import NoAnswer
from scanner.facts import check_value
from scanner.model import Attached, Claim, Endpoint, FactSeen, Feature, Gap, Grade, Identity, Known, Silence, Unseen

if TYPE_CHECKING:
    from scanner.net import Link, Reply

Reading: TypeAlias = Claim | FactSeen | Feature | Attached | Gap

_log = logging.getLogger("camaudit.drivers")

MOST_REQUESTS = 40
"""Requests one driver sends to one camera (Hikvision counts first contact among them); a recorder gets
``MORE_A_CHANNEL`` for each further channel."""
MORE_A_CHANNEL = 12
MOST_CHANNELS = 64

READS_ON: frozenset[Silence] = frozenset({"forbidden", "malformed", "no-such-page"})
"""Silences of a device's first page after which others may still answer; after any other nothing more is asked."""

_REFUSED: dict[str, Silence] = {
    "refused": "login-refused",
    "remembered-refusal": "login-refused",
    "locked": "login-locked",
}
_WEB = {80: False, 443: True, 8080: False, 8443: True}


class Driver(Protocol):
    """Reads one kind of interface. ``verified`` is False where no recording of a real device confirms it at all.

    A driver may have ``needs``: one sentence on the least account that reads everything, with its source.
    """

    name: str
    title: str
    verified: bool

    def wants(self, identity: Identity, endpoints: Sequence[Endpoint]) -> bool:
        """True when the device is worth asking."""
        ...

    def read(self, link: Link, identity: Identity, endpoints: Sequence[Endpoint]) -> Iterator[Reading]:
        """Everything that could be read; what a device does not say becomes ``Gap``, ``Unseen`` or ``unknown``."""
        ...


def needs_of(driver: Driver) -> str:
    """The account a driver needs, in a sentence."""
    said: str = getattr(driver, "needs", "")
    return said or "No source says which account is enough; begin with one that may only read settings."


def role_of(user: str, accounts: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """The fact ``login.role`` out of (name, role) of all accounts: the names end here."""
    if user:
        for name, role in accounts:
            if name == user and role:
                yield "login.role", role[:40]
                return


def retention_of(days: Iterable[int]) -> Iterator[tuple[str, Any]]:
    """How long recordings are kept, out of the days of each disk or recording; 0 is no limit but the room there is."""
    found = list(days)
    if found:
        yield "retention.limited", all(found)
        if all(found):
            yield "retention.days", max(found)


RETENTION = ("retention.limited", "retention.days")
NO_LIMIT = "no time is set: the oldest recordings go when room is needed"


def web_doors(endpoints: Iterable[Endpoint]) -> list[tuple[int, bool]]:
    """(port, tls) of the web doors, HTTPS first: a login travels better under TLS.

    A port whose service nobody has shown counts when it is one of the four usual ones.
    """
    found: dict[int, bool] = {}
    for endpoint in endpoints:
        if endpoint.transport != "tcp":
            continue
        if endpoint.service in ("http", "https"):
            found[endpoint.port] = endpoint.service == "https"
        elif not endpoint.service and endpoint.port in _WEB:
            found.setdefault(endpoint.port, _WEB[endpoint.port])
    return sorted(found.items(), key=lambda door: (not door[1], door[0]))


def refusal_of(link: Link) -> Silence | None:
    """Why no call with a login may be made any more, None while it may."""
    return _REFUSED.get(link.login_state)


class Asker:
    """Requests of one driver to one device: one door, none twice, none after a refusal, never more than a budget."""

    def __init__(
        self, link: Link, vendor: str, doors: Sequence[tuple[int, bool]], most_requests: int = MOST_REQUESTS
    ) -> None:
        self.link = link
        self.vendor = vendor
        self.most_requests = most_requests
        self.sent = 0
        self._doors = list(doors)
        self._answers: dict[tuple[str, bytes], Reply | NoAnswer] = {}

    @property
    def user(self) -> str:
        """The account that is asked with, to find its own rights in a list of accounts."""
        return self.link.login_user

    def get(self, path: str) -> Reply:
        """One GET with the login; raises NoAnswer."""
        return self._ask(path, b"", "")

    def post(self, path: str, body: bytes, content_type: str = "application/json") -> Reply:
        """One reading POST with the login; raises NoAnswer."""
        return self._ask(path, body, content_type)

    def _ask(self, path: str, body: bytes, content_type: str) -> Reply:
        key = (path, body)
        if key not in self._answers:
            try:
                self._answers[key] = self._first_open(path, body, content_type)
            except NoAnswer as silence:
                self._answers[key] = silence
        answer = self._answers[key]
        if isinstance(answer, NoAnswer):
            raise answer
        return answer

    def _first_open(self, path: str, body: bytes, content_type: str) -> Reply:
        """The first door that answers at all is the one used from then on."""
        if not self._doors:
            raise NoAnswer("no-such-page", "no web port is open")
        while True:
            port, tls = self._doors[0]
            try:
                return self._once(path, body, content_type, port, tls)
            except NoAnswer as silence:
                if len(self._doors) == 1 or silence.why not in ("refused", "silent", "tls-failed", "closed-early"):
                    raise
                del self._doors[0]

    def _once(self, path: str, body: bytes, content_type: str, port: int, tls: bool) -> Reply:
        stopped = refusal_of(self.link)
        if stopped is not None:
            raise NoAnswer(stopped)
        if self.sent >= self.most_requests:
            raise NoAnswer("over-budget", f"not asked: {self.most_requests} requests are the most one device gets")
        self.sent += 1
        if body:
            reply = self.link.post(
                path, body, content_type=content_type, port=port, tls=tls, vendor=self.vendor, login=True
            )
        else:
            reply = self.link.get(path, port=port, tls=tls, vendor=self.vendor, login=True)
        del self._doors[1:]
        return reply


def part(
    name: str,
    read: Callable[[], Iterable[Reading]],
    lost: Callable[[Silence], Iterable[Reading]] = lambda _: (),
    *,
    quiet: frozenset[Silence] = frozenset(),
) -> Iterator[Reading]:
    """One part of a driver: the silence of a device becomes a ``Gap`` and what ``lost`` makes of it, the rest survives.

    A silence in ``quiet`` is worth no gap ("no such page" of an optional page). Anything else is a bug of ours: it is
    logged with its traceback and reported as one.
    """
    try:
        yield from read()
    except NoAnswer as silence:
        if silence.why not in quiet:
            yield Gap(name, silence.why, silence.detail)
        yield from lost(silence.why)
    except Exception as bug:  # noqa: BLE001  # one driver part must not end the audit of a device
        _log.exception("bug in %s", name)
        yield Gap(name, "our-bug", f"{type(bug).__name__}: {bug}"[:200])
        yield from lost("our-bug")


def known(key: str, value: Any, evidence: str = "", grade: Grade = "C3") -> FactSeen:
    """A fact that was read; ValueError when the value has not the type of its key (our bug)."""
    check_value(key, value)
    return FactSeen(key, Known(value, (evidence,) if evidence else (), grade))


def unseen(key: str, why: Silence, detail: str = "", evidence: str = "") -> FactSeen:
    """A fact that could not be read, and why."""
    return FactSeen(key, Unseen(why, detail, (evidence,) if evidence else ()))


def nothing(read_by: str, why: Silence, features: Iterable[str], keys: Iterable[str]) -> Iterator[Reading]:
    """No page can be read: all functions and settings stay unknown, with the reason."""
    yield from unknown(features, read_by, why)
    yield from (unseen(key, why) for key in keys)


def all_unseen(*keys: str) -> Callable[[Silence], list[Reading]]:
    """For ``part``: these facts are unseen for the reason the part was lost."""
    return lambda why: [unseen(key, why) for key in keys]


def claim(field: Any, value: str | None, driver: str, seen_in: str, evidence: str) -> Iterator[Claim]:
    """A statement of the device about itself, read after a login; nothing for an empty value."""
    text = " ".join((value or "").split())
    if text:
        yield Claim(field, text, "C3", f"driver:{driver}", seen_in, evidence)
