"""How a host and the network bear us: what slows us down, by how much, and how we recover.

A host: its replies take much longer than they used to, or it breaks connections off. Its spacing doubles, and halves
again with each usual reply. A network: a burst of "unreachable" or "prohibited" (ICMP) out of one /24, or devices there
that answered before and now fall silent together. Its rate is halved at most once a second and grows back by a
sixteenth of the cap each second (additive increase, multiplicative decrease: of the simple schemes the one by which
several senders that know nothing of each other come to share a network without swinging; Chiu and Jain, 1989, the way
of TCP). Silence by itself is no sign: most addresses are dark. Nothing is left out because a network complains: every
address is still asked, only later, for a wrong early end would miss cameras.
"""

from __future__ import annotations

import ipaddress
from collections import Counter, deque
from dataclasses import dataclass, field

SLOW_REPLY = 3.0  # a reply that takes this many times its usual time is slow
SLOW_SECONDS = 0.5  # and never one below this
MOST_SLOWDOWN = 16.0

LEAST_SHARE, LEAST_SHARE_OF_ALL = 1 / 8, 1 / 4
"""A firewall that refuses every packet is no overload: a sweep that met one has to end some day."""

GROWTH_A_SECOND = 1 / 16
SETTLE_SECONDS = 1.0
"""After a halving: so long nothing is halved again, and nothing grows. Its effect must be seen first."""

BURST, BURST_WITHIN = 8, 1.0
"""So many complaints of a network within so many seconds. Routers that limit their ICMP send one or two a second for
dark addresses, which is everyday life."""

FALTERING, FALTERING_WITHIN = 3, 10.0
"""So many devices of one /24 that had answered and fall silent, within so many seconds."""

NETWORKS, NETWORKS_WITHIN = 3, 10.0
"""So many /24 slowed down within so many seconds: the trouble is nearer to us, and everything slows down."""

MOST_NOTED = 20
_MOST_WATCHED = 4_096  # networks with signs that are remembered at a time

EVERYWHERE = ""
"""The name of all networks together."""


class Temper:
    """How a host bears us: ``stretch`` multiplies the spacing of its packets. Connects and replies are not compared."""

    __slots__ = ("_usual", "stretch")

    def __init__(self) -> None:
        self._usual: dict[str, float] = {}
        self.stretch = 1.0

    def replied(self, seconds: float, what: str) -> None:
        """An answer of this kind took so long."""
        usual = self._usual.get(what)
        if usual is not None and seconds > max(SLOW_SECONDS, SLOW_REPLY * usual):
            self._usual[what] = 0.9 * usual + 0.1 * seconds  # a page that is always slow becomes usual in time
            self.worse()
            return
        self._usual[what] = seconds if usual is None else 0.8 * usual + 0.2 * seconds
        self.stretch = max(1.0, self.stretch / 2)

    def worse(self) -> None:
        """Twice the spacing, up to the most."""
        self.stretch = min(MOST_SLOWDOWN, self.stretch * 2)

    @property
    def has_answered(self) -> bool:
        """True when anything was heard of this host before."""
        return bool(self._usual)


class Brake:
    """The share of a cap that may be used: halved by ``press``, growing back by itself. Seconds of any clock."""

    __slots__ = ("_base", "_least", "_since", "lowest")

    def __init__(self, least: float = LEAST_SHARE) -> None:
        self._least = least
        self._base, self._since = 1.0, float("-inf")
        self.lowest = 1.0

    def share(self, now: float) -> float:
        """Between the least share and 1."""
        return min(1.0, self._base + GROWTH_A_SECOND * max(0.0, now - self._since - SETTLE_SECONDS))

    def press(self, now: float) -> bool:
        """Halve the share; False while the last halving settles."""
        if now - self._since < SETTLE_SECONDS:
            return False
        self._base, self._since = max(self._least, self.share(now) / 2), now
        self.lowest = min(self.lowest, self._base)
        return True


@dataclass(slots=True)
class _Watched:
    """What one network has said of late."""

    complaints: deque[float] = field(default_factory=lambda: deque(maxlen=BURST))
    faltering: dict[str, float] = field(default_factory=dict)


@dataclass(slots=True)
class _Noted:
    """What slowed one network down, for the report."""

    words: Counter[str] = field(default_factory=Counter)
    by: set[str] = field(default_factory=set)


class Strain:
    """Signs of networks under strain, and what they cost us. Not thread-safe: the pacer holds its lock."""

    def __init__(self) -> None:
        self._watched: dict[str, _Watched] = {}
        self._brakes: dict[str, Brake] = {}
        self._noted: dict[str, _Noted] = {}
        self._slowed: dict[str, float] = {}

    def __bool__(self) -> bool:
        """True when anything was ever slowed down."""
        return bool(self._brakes)

    def share(self, network: str, now: float) -> float:
        """Which part of its cap a network gets now; ``EVERYWHERE``: all of them together."""
        brake = self._brakes.get(network)
        return 1.0 if brake is None else brake.share(now)

    def complained(self, network: str, words: str, by: str, now: float) -> None:
        """The network said that it cannot or will not deliver; ``by`` is the address that said so, '' if unknown."""
        watched = self._watch(network, now)
        watched.complaints.append(now)
        if network in self._noted:
            self._note(network, words, by)
        if len(watched.complaints) == BURST and watched.complaints[0] > now - BURST_WITHIN:
            self._slow_down(network, f"answered with “{words}”", by, now)

    def faltered(self, network: str, address: str, now: float) -> None:
        """A device that had answered before does not."""
        faltering = self._watch(network, now).faltering
        faltering[address] = now
        for gone in [one for one, when in faltering.items() if when <= now - FALTERING_WITHIN]:
            del faltering[gone]
        if len(faltering) >= FALTERING:
            faltering.clear()
            self._slow_down(network, "let devices that had answered fall silent", "", now)

    def notes(self, caps: dict[str, float]) -> tuple[str, ...]:
        """Sentences for the report; ``caps`` gives packets a second for ``EVERYWHERE`` and, as '/24', a network."""
        lines = []
        for network, noted in self._noted.items():
            what = " and ".join(word for word, _ in noted.words.most_common(3))
            who = f" (said by {', '.join(sorted(noted.by))})" if noted.by else ""
            cap = caps[EVERYWHERE] if network == EVERYWHERE else caps["/24"]
            lowest = max(1, round(cap * self._lowest(network)))
            name = "all networks" if network == EVERYWHERE else network
            lines.append(f"The network {what} in {name}{who}; slowed down to {lowest:,} packets/s at the lowest.")
        more = len(self._brakes) - len(self._noted)
        if more > 0:
            lines.append(f"{more} more networks were slowed down for such reasons.")
        return tuple(lines)

    def _lowest(self, network: str) -> float:
        brake = self._brakes.get(network)
        return brake.lowest if brake else 1.0

    def _slow_down(self, network: str, words: str, by: str, now: float) -> None:
        if network not in self._brakes:
            self._brakes[network] = Brake(LEAST_SHARE_OF_ALL if network == EVERYWHERE else LEAST_SHARE)
        if not self._brakes[network].press(now):
            return
        self._note(network, words, by)
        if network == EVERYWHERE:
            return
        self._slowed[network] = now
        for gone in [one for one, when in self._slowed.items() if when <= now - NETWORKS_WITHIN]:
            del self._slowed[gone]
        if len(self._slowed) >= NETWORKS:
            self._slowed.clear()
            self._slow_down(EVERYWHERE, "showed such signs in several places at once", "", now)

    def _note(self, network: str, words: str, by: str) -> None:
        if network not in self._noted and len(self._noted) >= MOST_NOTED:
            return
        noted = self._noted.setdefault(network, _Noted())
        noted.words[words if words.startswith(("answered", "let", "showed")) else f"answered with “{words}”"] += 1
        if by and len(noted.by) < 3:
            noted.by.add(by)

    def _watch(self, network: str, now: float) -> _Watched:
        if network not in self._watched and len(self._watched) >= _MOST_WATCHED:
            self._watched = {
                name: one
                for name, one in self._watched.items()
                if one.complaints and one.complaints[-1] > now - FALTERING_WITHIN
            }
        return self._watched.setdefault(network, _Watched())


def neighbourhood_of(address: str) -> str:
    """The /24 (IPv6: /64) an address lies in."""
    if ":" not in address:
        return address.rpartition(".")[0] + ".0/24"
    return str(ipaddress.ip_network(f"{address.partition('%')[0]}/64", strict=False))
