"""What the operator asks for: addresses, CIDRs, ranges, host names, files of them, minus exclusions.

Everything stays an interval until an address is needed: a /8 costs as much as one address. An address is
yielded once, whatever overlaps. Host names are resolved once, checked, and pinned to what they resolved to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from ipaddress import IPv6Address, IPv6Network
from pathlib import Path
from typing import TextIO

from scanner.addresses import (
    AddressSet,
    Claims,
    Interval,
    Span,
    Version,
    address_of,
    as_text,
    is_host_name,
    parse_span,
    parse_zoned,
)
from scanner.errors import Place, TargetError
from scanner.model import Target
from scanner.strictfile import MAX_BYTES, read_text

MAX_TARGETS = 1 << 20
"""Addresses in one audit unless the operator allows more: a slip of the pen in a prefix is found before the sweep."""

LINK_LOCAL = IPv6Network("fe80::/10")

Resolve = Callable[[str], Sequence[str]]
"""Host name -> its addresses; raises OSError when it has none."""


@dataclass(frozen=True)
class Wanted:
    """One thing asked for. ``span`` is None for a host name that is not resolved yet; ``site`` where it belongs.

    ``ports`` are known to be open there. ``optional``: left out where it is not in scope, instead of refused.
    """

    text: str
    span: Span | None
    place: Place | None = None
    site: str = ""
    ports: tuple[int, ...] = ()
    optional: bool = False

    @property
    def is_name(self) -> bool:
        return self.span is None


def resolve(name: str) -> list[str]:
    """The addresses of a host name, IPv4 first, by the resolver of this machine. Raises OSError."""
    import socket

    found = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    addresses = {str(address_of(str(entry[4][0]).partition("%")[0])) for entry in found}
    return sorted(addresses, key=lambda text: (address_of(text).version, int(address_of(text))))


def parse_target(text: str, place: Place | None = None, site: str = "") -> Wanted:
    """One address, CIDR, range or host name; raises TargetError with what was expected."""
    if is_host_name(text):
        return Wanted(text, None, place, site)
    try:
        return Wanted(text, parse_zoned(text) if "%" in text else parse_span(text), place, site)
    except ValueError as problem:
        message = str(problem).replace("an address, CIDR or range", "an address, CIDR, range or host name")
        raise TargetError(message, place) from None


def parse_targets(texts: Iterable[str], stdin: TextIO | None = None) -> list[Wanted]:
    """The targets of a command line; ``-`` reads ``stdin``."""
    wanted: list[Wanted] = []
    for text in texts:
        wanted += read_stream(stdin) if text == "-" and stdin is not None else [parse_target(text)]
    return wanted


def read_file(path: Path | str, stdin: TextIO | None = None) -> list[Wanted]:
    """The targets of a file (``-``: ``stdin``): one or more a line, ``#`` begins a comment. Empty is refused."""
    if str(path) == "-" and stdin is not None:
        return read_stream(stdin)
    return _parse_lines(read_text(path, error=TargetError), path)


def read_stream(stdin: TextIO) -> list[Wanted]:
    """The same from standard input."""
    try:
        text = stdin.read(MAX_BYTES + 1)
    except UnicodeDecodeError:
        raise TargetError("expected text, found other bytes", Place("<stdin>")) from None
    if len(text) > MAX_BYTES:
        raise TargetError(f"expected at most {MAX_BYTES:,} characters, found more", Place("<stdin>"))
    return _parse_lines(text, "<stdin>")


def _parse_lines(text: str, name: Path | str) -> list[Wanted]:
    wanted = [
        parse_target(word, Place(name, number))
        for number, line in enumerate(text.splitlines(), 1)
        for word in line.partition("#")[0].split()
    ]
    if not wanted:
        raise TargetError("expected at least one address, CIDR, range or host name, found none", Place(name))
    return wanted


def pin(wanted: Iterable[Wanted], why_not: Callable[[str], str], resolve: Resolve = resolve) -> list[Wanted]:
    """Host names become the one permitted address they resolve to; raises TargetError when there is none.

    ``why_not`` gives '' for a permitted address, else the clause for the message (``Scope.why_not``). Called
    once, after everything else was checked: nothing is asked of a name server before.
    """
    pinned = []
    for one in wanted:
        if one.span is None:
            address = address_of(_permitted_address(one, why_not, resolve))
            span = Span(address.version, int(address), int(address), one.text)
            pinned.append(replace(one, span=span))
        else:
            _refuse_no_interface(one, one.span)
            pinned.append(one)
    return pinned


def _refuse_no_interface(one: Wanted, span: Span) -> None:
    """A link-local address is one of many on this machine: which interface it is on has to be said."""
    if span.version == 6 and LINK_LOCAL.network_address <= IPv6Address(span.first) <= LINK_LOCAL.broadcast_address:
        import socket

        if not span.zone:
            raise TargetError(
                f"expected the interface with a link-local address (fe80::1%eth0), found {one.text}", one.place
            )
        known = [name for _, name in socket.if_nameindex()]
        if span.zone[1:] not in known:
            raise TargetError(
                f"{one.text}: expected an interface of this machine ({', '.join(known)}), found {span.zone[1:]!r}",
                one.place,
            )


def _permitted_address(one: Wanted, why_not: Callable[[str], str], resolve: Resolve) -> str:
    try:
        addresses = list(resolve(one.text))
    except (OSError, UnicodeError) as problem:
        reason = getattr(problem, "strerror", None) or "it cannot be looked up"
        raise TargetError(f"the host name {one.text} cannot be resolved: {reason}", one.place) from None
    if not addresses:
        raise TargetError(f"the host name {one.text} has no address", one.place)
    reasons = [why_not(address) for address in addresses]
    if "" in reasons:
        return addresses[reasons.index("")]
    raise TargetError(f"the host name {one.text} resolves to {addresses[0]}, which {reasons[0]}", one.place)


def parse_excludes(texts: Iterable[str], paths: Iterable[Path] = (), stdin: TextIO | None = None) -> AddressSet:
    """Addresses to leave out: comma-separated texts and files. Host names are refused: what they mean can change."""
    wanted = [parse_target(part.strip()) for text in texts for part in text.split(",") if part.strip()]
    for path in paths:
        wanted += read_file(path, stdin)
    for one in wanted:
        if one.is_name:
            raise TargetError(f"expected an address, CIDR or range to leave out, found the name {one.text}", one.place)
    return AddressSet.of(one.span for one in wanted if one.span)


def _parts(wanted: Iterable[Wanted], exclude: AddressSet) -> Iterator[tuple[Wanted, Version, Interval]]:
    """Each wanted with the intervals of it that no earlier one had and that are not excluded."""
    claims = Claims(exclude)
    for one in wanted:
        if one.span is None:
            raise TargetError(f"the host name {one.text} was not resolved", one.place)
        for interval in claims.claim(one.span.hosts):
            yield one, one.span.version, interval


def count(wanted: Iterable[Wanted], exclude: AddressSet = AddressSet()) -> int:  # noqa: B008  # frozen
    """Number of addresses ``expand`` yields."""
    return sum(last - first + 1 for _, _, (first, last) in _parts(wanted, exclude))


def expand(
    wanted: Iterable[Wanted],
    exclude: AddressSet = AddressSet(),  # noqa: B008  # frozen
    site_of: Callable[[str], str] | None = None,
) -> Iterator[Target]:
    """Every address once, in the order asked for; ``site_of`` names the site of an address whose target has none."""
    for one, version, (first, last) in _parts(wanted, exclude):
        label = one.text if is_host_name(one.text) else ""
        for number in range(first, last + 1):
            address = as_text(version, number) + (one.span.zone if one.span else "")
            yield Target(address, label, one.site or (site_of(address) if site_of else ""), one.ports)


def refuse_too_many(number: int, most: int = MAX_TARGETS) -> None:
    """Raise TargetError when an audit asks for more addresses than allowed, or for none."""
    if number == 0:
        raise TargetError("no address is left to audit: everything asked for is excluded or denied")
    if number > most:
        raise TargetError(
            f"expected at most {most:,} addresses, found {number:,}: check the prefixes, or allow it with --max-targets"
        )


def check_in_scope(
    wanted: Iterable[Wanted], allowed: AddressSet, denied: AddressSet, why_not: Callable[[str], str]
) -> None:
    """Raise TargetError for the first target that reaches outside ``allowed``; parts in ``denied`` are left out later.

    ``why_not`` gives the clause for the message (``Scope.why_not``). Names are checked by ``pin``.
    """
    for one in wanted:
        if one.span is None:
            continue
        asked = AddressSet.of([one.span.hosts])
        outside = asked - denied - allowed
        if outside:
            address = outside.first_text()
            about = one.text if address == one.text else f"{one.text}: {address}"
            raise TargetError(f"{about} {why_not(address) or 'is not in scope'}", one.place)
        if not asked - denied:
            raise TargetError(f"{one.text} is denied by the scope as a whole", one.place)
