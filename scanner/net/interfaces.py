"""The network interfaces of this machine, and which of them the scope lets us ask by multicast."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Interface, IPv6Interface

from scanner.addresses import AddressSet
from scanner.errors import ScopeError
from scanner.scope import Scope

ALL = "all"
"""The word for every interface whose network the scope permits."""


@dataclass(frozen=True, slots=True)
class Interface:
    """One interface. ``addresses`` have the prefix of their network; ``index`` is the system's number."""

    name: str
    index: int
    addresses: tuple[IPv4Interface | IPv6Interface, ...]

    def permitted(self, scope: Scope, version: int) -> tuple[IPv4Interface | IPv6Interface, ...]:
        """Its addresses of an IP version whose own network holds at least one address that the scope permits.

        An address that is permitted itself comes first.
        """
        own = [
            one
            for one in self.addresses
            if one.version == version and scope.permitted & AddressSet.of_networks([one.network])
        ]
        return tuple(sorted(own, key=lambda one: not scope.permits(str(one.ip).partition("%")[0])))


def interfaces() -> tuple[Interface, ...]:
    """Those that are up and have an address."""
    import psutil  # only where --local was given

    indexes = {name: index for index, name in socket.if_nameindex()}
    states = psutil.net_if_stats()
    found = []
    for name, addresses in sorted(psutil.net_if_addrs().items()):
        own = tuple(one for address in addresses if (one := _with_prefix(address.address, address.netmask)) is not None)
        if own and name in states and states[name].isup:
            found.append(Interface(name, indexes.get(name, 0), own))
    return tuple(found)


def _with_prefix(address: str, netmask: str | None) -> IPv4Interface | IPv6Interface | None:
    """None for what is no IP address: an interface has others too."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
        if not netmask:
            return ipaddress.ip_interface(parsed)
        prefix = int(ipaddress.ip_address(netmask.partition("%")[0])).bit_count()
        return ipaddress.ip_interface(f"{parsed}/{prefix}")
    except ValueError:
        return None


def permitted_interfaces(names: Iterable[str], scope: Scope, there: Sequence[Interface]) -> tuple[Interface, ...]:
    """The interfaces that ``names`` mean, ``ALL`` for every one that may be asked.

    A question to a multicast group reaches everybody on the interface's network, so it is only permitted where the
    scope permits addresses of that very network. Raises ScopeError in one line for an unknown interface, for one whose
    network is not in scope, and when ``ALL`` finds none.
    """
    known = {one.name: one for one in there}
    chosen: dict[str, Interface] = {}
    for name in names:
        if name == ALL:
            chosen |= {one.name: one for one in there if _may_ask(one, scope)}
        elif name not in known:
            raise ScopeError(
                f"expected an interface of this machine ({', '.join(known) or 'none is up'}), found {name!r}"
            )
        elif not _may_ask(known[name], scope):
            networks = ", ".join(str(one.network) for one in known[name].addresses)
            raise ScopeError(f"{name}: nothing of its network ({networks}) is in scope, so no group is asked")
        else:
            chosen[name] = known[name]
    if not chosen:
        raise ScopeError("no interface of this machine has a network that is in scope, so no group is asked")
    return tuple(chosen.values())


def _may_ask(interface: Interface, scope: Scope) -> bool:
    return bool(interface.permitted(scope, 4) or interface.permitted(scope, 6))
