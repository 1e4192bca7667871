"""What the operator may touch, and on whose word.

Loopback needs no paper. Private networks need an authorisation: a scope file, or ``--authorised-by`` with
``--reference``. Public addresses need a scope file that names them. An empty allow list permits nothing, and
whatever is denied is denied. ``Scope.permits`` is asked before every packet.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path

from scanner.addresses import AddressSet, Claims, Network, Span, address_of, networks_of, parse_span
from scanner.errors import Place, ScopeError
from scanner.model import Frozen, ScopeRecord
from scanner.strictfile import Located, convert, read_toml

LOOPBACK = AddressSet.of_networks([IPv4Network("127.0.0.0/8"), IPv6Network("::1/128")])
PRIVATE = AddressSet.of_networks(
    [
        IPv4Network("10.0.0.0/8"),  # RFC 1918
        IPv4Network("172.16.0.0/12"),
        IPv4Network("192.168.0.0/16"),
        IPv4Network("169.254.0.0/16"),  # RFC 3927 link-local
        IPv4Network("100.64.0.0/10"),  # RFC 6598 behind a carrier's NAT
        IPv6Network("fc00::/7"),  # RFC 4193
        IPv6Network("fe80::/10"),  # RFC 4291 link-local
    ]
)
NEVER = AddressSet.of_networks(
    [
        IPv4Network("0.0.0.0/8"),  # this network, unspecified
        IPv4Network("224.0.0.0/3"),  # multicast, reserved, broadcast
        IPv6Network("::/128"),
        IPv6Network("::ffff:0:0/96"),  # IPv4 in IPv6 clothes is written as IPv4
        IPv6Network("ff00::/8"),
    ]
)
"""Addresses no single device has: refused in a scope, whoever authorised it."""

WIDEST_PUBLIC = {4: 8, 6: 16}
"""Shortest prefix that still counts as naming public addresses: 0.0.0.0/0 names nobody."""


@dataclass(frozen=True)
class Scope:
    """An authorisation. Raises ScopeError when anything but loopback is allowed on nobody's word.

    ``named_public`` are the public networks a scope file names; other public addresses are not permitted even
    inside ``allow``. ``notes`` are sentences about oddities of the lists, for the operator and the report.
    """

    allow: tuple[Network, ...] = ()
    deny: tuple[Network, ...] = ()
    authorised_by: str = ""
    reference: str = ""
    valid_until: date | None = None
    named_public: tuple[Network, ...] = ()
    notes: tuple[str, ...] = field(default=(), compare=False)
    place: Place | None = field(default=None, compare=False)
    permitted: AddressSet = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        allowed = AddressSet.of_networks(self.allow)
        if (allowed - LOOPBACK) and not (self.authorised_by and self.reference):
            raise ScopeError(
                f"{(allowed - LOOPBACK).first_text()} is not loopback: give a scope file, "
                "or --authorised-by NAME and --reference REF",
                self.place,
            )
        reachable = LOOPBACK | PRIVATE | AddressSet.of_networks(self.named_public)
        permitted = (allowed & reachable) - AddressSet.of_networks(self.deny) - NEVER
        object.__setattr__(self, "permitted", permitted)

    def permits(self, address: str) -> bool:
        """True when ``address`` may be sent something. Anything that is no IP address is not permitted."""
        try:
            parsed = address_of(address)
        except ValueError:
            return False
        return self.permitted.has(parsed.version, int(parsed))

    def why_not(self, address: str) -> str:
        """Why ``address`` is not permitted, as a clause for a message; '' when it is permitted."""
        try:
            parsed = address_of(address)
        except ValueError:
            return "is no IP address"
        version, number = parsed.version, int(parsed)
        if self.permitted.has(version, number):
            return ""
        if NEVER.has(version, number):
            return "is no address of a single device"
        if not self.allow:
            return "is not in scope: the scope allows no address"
        if AddressSet.of_networks(self.deny).has(version, number):
            return "is denied by the scope"
        if not AddressSet.of_networks(self.allow).has(version, number):
            return "is not in scope"
        return "is a public address that no scope file names"

    def record(self) -> ScopeRecord:
        """The authorisation as it goes into the audit."""
        return ScopeRecord(
            allow=tuple(str(network) for network in self.allow),
            deny=tuple(str(network) for network in self.deny),
            authorised_by=self.authorised_by,
            reference=self.reference,
            valid_until=self.valid_until,
        )

    @classmethod
    def loopback(cls) -> Scope:
        """Everything on this machine, nothing else; needs no paper."""
        return cls(allow=(IPv4Network("127.0.0.0/8"), IPv6Network("::1/128")))

    @classmethod
    def from_flags(
        cls,
        targets: Iterable[str | Span],
        authorised_by: str = "",
        reference: str = "",
        deny: Iterable[str | Span] = (),
        valid_until: date | None = None,
    ) -> Scope:
        """The targets themselves are the scope. Public addresses are refused: they need a scope file."""
        spans = [_span(text) for text in targets]
        denied = [_span(text) for text in deny]
        _refuse_impossible(spans, None)
        public = AddressSet.of(spans) - LOOPBACK - PRIVATE - AddressSet.of(denied)
        if public:
            raise ScopeError(
                f"{public.first_text()} is a public address: it needs a scope file (--scope-file) that names it"
            )
        return cls(
            allow=tuple(network for span in spans for network in networks_of(span)),
            deny=tuple(network for span in denied for network in networks_of(span)),
            authorised_by=authorised_by.strip(),
            reference=reference.strip(),
            valid_until=valid_until,
        )

    @classmethod
    def from_file(cls, path: Path, today: date) -> Scope:
        """Read a scope file (TOML); raises ScopeError with file:line. The last day of ``valid_until`` still counts."""
        located = read_toml(path, error=ScopeError)
        words = convert(located, (), _ScopeFile, path, error=ScopeError)
        if words.valid_until and words.valid_until < today:
            raise ScopeError(
                f"the authorisation ended on {words.valid_until} and today is {today}", located.place("valid_until")
            )
        allow = _spans(located, "allow", words.allow)
        deny = _spans(located, "deny", words.deny)
        public = _named_public(located, allow)
        beyond = AddressSet.of(allow) - LOOPBACK
        for key in ("authorised_by", "reference"):
            if beyond and not getattr(words, key).strip():
                raise ScopeError(f"expected '{key}' to say who authorised this, found none", located.place(key))
        if allow and not (AddressSet.of(allow) - AddressSet.of(deny)):
            raise ScopeError("deny covers everything that allow names: nothing is left to audit", located.place("deny"))
        return cls(
            allow=tuple(network for span in allow for network in networks_of(span)),
            deny=tuple(network for span in deny for network in networks_of(span)),
            authorised_by=words.authorised_by.strip(),
            reference=words.reference.strip(),
            valid_until=words.valid_until,
            named_public=tuple(network for span in public for network in networks_of(span)),
            notes=tuple(_oddities(located, allow, deny, words.valid_until)),
            place=Place(path),
        )


class _ScopeFile(Frozen, frozen=True):
    allow: tuple[str, ...]
    deny: tuple[str, ...] = ()
    authorised_by: str = ""
    reference: str = ""
    valid_until: date | None = None


def _span(text: str | Span) -> Span:
    if isinstance(text, Span):
        return text
    try:
        return parse_span(text)
    except ValueError as problem:
        raise ScopeError(str(problem)) from None


def _spans(located: Located, key: str, texts: Sequence[str]) -> list[Span]:
    spans = []
    for number, text in enumerate(texts):
        place = located.place(key, number)
        try:
            spans.append(parse_span(text.strip()))
        except ValueError as problem:
            raise ScopeError(str(problem), place) from None
        if key == "allow":
            _refuse_impossible(spans[-1:], place)
    return spans


def _refuse_impossible(spans: Sequence[Span], place: Place | None) -> None:
    for span in spans:
        impossible = AddressSet.of([span]) & NEVER
        if impossible:
            raise ScopeError(f"{span.text}: {impossible.first_text()} is no address of a single device", place)


def _named_public(located: Located, allow: Sequence[Span]) -> list[Span]:
    """The allow entries that are public, each of which must name public addresses and nothing else."""
    public = []
    for number, span in enumerate(allow):
        whole = AddressSet.of([span])
        outside = whole - LOOPBACK - PRIVATE
        if not outside:
            continue
        place = located.place("allow", number)
        if outside != whole:
            raise ScopeError(f"{span.text} holds private and public addresses: name them apart", place)
        if any(network.prefixlen < WIDEST_PUBLIC[span.version] for network in networks_of(span)):
            widest = WIDEST_PUBLIC[span.version]
            raise ScopeError(f"{span.text} is too wide to name public addresses: expected /{widest} or narrower", place)
        public.append(span)
    return public


def _oddities(located: Located, allow: Sequence[Span], deny: Sequence[Span], valid_until: date | None) -> Iterable[str]:
    """What is allowed to be there and is probably not meant."""
    denied, allowed = AddressSet.of(deny), AddressSet.of(allow)
    if not allow:
        yield f"{located.place('allow')}: allow is empty, so nothing is permitted"
    if valid_until is None:
        yield f"{located.path}: no valid_until, so the authorisation has no end"
    earlier = Claims()
    for number, span in enumerate(allow):
        new = earlier.claim(span)
        if not AddressSet.of([span]) - denied:
            yield f"{located.place('allow', number)}: {span.text} is denied as a whole"
        elif not new:
            yield f"{located.place('allow', number)}: {span.text} is allowed by an earlier entry already"
    for number, span in enumerate(deny):
        if not AddressSet.of([span]) & allowed:
            yield f"{located.place('deny', number)}: {span.text} is denied and was never allowed"
