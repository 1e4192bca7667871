"""How a Dahua device is kept (docs/sources.md A9.2). Passwords, user names and communities end in the parser."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any, NamedTuple

from scanner.drivers.base import Asker, Reading, all_unseen, known, part, role_of, unseen
from scanner.drivers.dahua.tables import Table, ask, section
from scanner.errors import NoAnswer
from scanner.model import Silence

Found = Iterator[tuple[str, Any]]
MOST_FORBIDDEN = 4
"""Sections refused in a row before the rest is left: some devices count odd reads as attacks."""


class Section(NamedTuple):
    """One section of the configuration and the facts it answers."""

    name: str
    keys: tuple[str, ...]
    decode: Callable[[Table], Found]


def _flag(key: str, name: str = ".Enable") -> Callable[[Table], Found]:
    def decode(table: Table) -> Found:
        value = table.switch(name)
        if value is not None:
            yield key, value

    return decode


def decode_general(table: Table) -> Found:
    """The login lock stands in General, not in LoginFailureAlarm."""
    value = table.switch(".LockLoginEnable")
    if value is not None:
        yield "login.lock.enabled", value
    times = table.get(".LockLoginTimes")
    if times.isdecimal():
        yield "login.lock.attempts", int(times)


def decode_snmp(table: Table) -> Found:
    """``Enable`` and the switches of versions 1 and 2, whose names vary."""
    enabled = table.switch(".Enable")
    old = [
        value
        for key in table.lines
        if "v1" in key.lower() or "v2" in key.lower()
        if (value := table.switch(key)) is not None
    ]
    if enabled is not None:
        yield "snmp.enabled", enabled
        if old:
            yield "snmp.v1v2", enabled and any(old)


def decode_encode(table: Table) -> Found:
    """Sound in any main stream."""
    values = [table.switch(key) for key in table.lines if ".MainFormat[" in key and key.endswith(".AudioEnable")]
    if any(value is not None for value in values):
        yield "audio.enabled", any(value is True for value in values)


def decode_users(table: Table) -> Found:
    """Counts by group; the names stay where they are."""
    users = table.split("users")
    if users:
        groups = [user.get(".Group").lower() for user in users.values()]
        yield "account.count", len(users)
        yield "account.admin_count", sum(group.startswith("admin") for group in groups)


def decode_upnp(table: Table) -> Found:
    """The switch, and whether any line of ``MapTable`` is on while it is."""
    enabled = table.switch(".Enable")
    if enabled is None:
        return
    yield "upnp.enabled", enabled
    lines = [line.switch(".Enable") for line in table.split(".MapTable").values()]
    if any(line is not None for line in lines):
        yield "upnp.mapped", enabled and True in lines


def decode_target(table: Table) -> Iterator[str]:
    """Hosts of one section that sends pictures, events or recordings away, where it is switched on.

    Sections are indexed or not; the host is ``Address``. Only the names of the sections are published, not their
    bodies, so this reader is unverified.
    """
    for lines in table.split().values() or (table,):
        host = lines.get(".Address")
        if lines.switch(".Enable") is True and host and host not in ("0.0.0.0", "::"):
            yield host


SECTIONS: tuple[Section, ...] = (
    Section("Telnet", ("service.telnet",), _flag("service.telnet")),
    Section("SSHD", ("service.ssh",), _flag("service.ssh")),
    Section("UPnP", ("upnp.enabled", "upnp.mapped"), decode_upnp),
    Section("T2UServer", ("cloud.p2p",), _flag("cloud.p2p")),
    Section("NTP", ("time.ntp",), _flag("time.ntp")),
    Section("SNMP", ("snmp.enabled", "snmp.v1v2"), decode_snmp),
    Section("AccessFilter", ("ip_filter.enabled",), _flag("ip_filter.enabled")),
    Section("Encode", ("audio.enabled",), decode_encode),
)
TARGETS: tuple[str, ...] = ("AlarmServer", "NAS", "Email", "PictureHttpUpload", "EventHttpUpload")
"""Sections that name a host to which something is sent."""
GENERAL = Section("General", ("login.lock.enabled", "login.lock.attempts"), decode_general)
USERS = Section("users", ("account.count", "account.admin_count"), decode_users)
_QUIET: frozenset[Silence] = frozenset({"no-such-page"})


def read_general(asker: Asker) -> Iterator[Reading]:
    """The section every Dahua device has: its silence tells "no rights at all" from "no such section"."""
    yield from _read(GENERAL, section(asker, "General"))


def read_hygiene(asker: Asker) -> Iterator[Reading]:
    """All sections, each surviving the silence of the others; left when too many in a row are refused."""
    forbidden = 0
    yield from _guarded(USERS, lambda: _users(asker))
    for one in SECTIONS:
        if forbidden >= MOST_FORBIDDEN:
            yield from (unseen(key, "forbidden", "left after several refusals in a row") for key in one.keys)
            continue
        refused = False
        for reading in _guarded(one, partial(_section, asker, one)):
            refused = refused or getattr(getattr(reading, "fact", None), "why", "") == "forbidden"
            yield reading
        forbidden = forbidden + 1 if refused else 0
    if forbidden >= MOST_FORBIDDEN:
        yield unseen("upload.targets", "forbidden", "left after several refusals in a row")
    else:
        yield from part("dahua: hosts that something is sent to", lambda: _targets(asker))
    yield unseen("time.skew_seconds", "no-reader", "the clock of this interface does not tell its offset")


def _users(asker: Asker) -> Iterator[Reading]:
    table = ask(asker, "/cgi-bin/userManager.cgi?action=getUserInfoAll")
    yield from _read(USERS, table)
    accounts = [(user.get(".Name"), user.get(".Group")) for user in table.split("users").values()]
    for key, value in role_of(asker.user, accounts):
        yield known(key, value, table.evidence)


def _targets(asker: Asker) -> Iterator[Reading]:
    """One fact out of several sections; one that is not there sends nothing. A list with a hole is no list: where a
    section could not be read and no other names a host, nothing is known."""
    hosts: list[str] = []
    evidence = ""
    lost: NoAnswer | None = None
    for name in TARGETS:
        try:
            table = section(asker, name)
        except NoAnswer as silence:
            if silence.why == "no-such-page":
                evidence = evidence or getattr(silence, "evidence", "")
                continue
            lost = silence
            if silence.why == "forbidden":
                break
            continue
        found = list(decode_target(table))
        evidence = table.evidence if found or not hosts else evidence
        hosts += found
    if hosts:
        yield known("upload.targets", tuple(dict.fromkeys(hosts)), evidence, "C2")
    elif lost is not None:
        yield unseen("upload.targets", lost.why, lost.detail)
    else:
        yield known("upload.targets", (), evidence, "C2")


def _section(asker: Asker, one: Section) -> Iterator[Reading]:
    yield from _read(one, section(asker, one.name))


def _guarded(one: Section, read: Callable[[], Iterable[Reading]]) -> Iterator[Reading]:
    yield from part(f"dahua: {one.name}", read, all_unseen(*one.keys), quiet=_QUIET)


def _read(one: Section, table: Table) -> Iterator[Reading]:
    answered = set()
    for key, value in one.decode(table):
        answered.add(key)
        yield known(key, value, table.evidence)
    for key in one.keys:
        if key not in answered:
            yield unseen(key, "malformed", f"{one.name} does not say", table.evidence)
