"""What ``--probe`` and ``--local`` mean: the finders and interfaces they name, each mistake in one line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from scanner.config import Config
from scanner.errors import ConfigError, ScopeError
from scanner.scope import Scope

if TYPE_CHECKING:
    from scanner.discovery.protocols import Protocol
    from scanner.net import Interface


def refuse_unknown_probes(config: Config) -> None:
    """ConfigError for a finder that is not known, and for one that needs ``--local`` and does not have it; for a
    target that stands where ``--local`` expects an interface."""
    settings = config.settings
    for name in settings.local:
        if name[:1].isdigit() or set(name) & set(":/"):
            raise ConfigError(
                f"expected the name of an interface, found {name!r}: before a target write --local=all",
                config.where("local"),
            )
    if not settings.probes:
        return
    from scanner.discovery import finders

    known = finders()
    for name in settings.probes:
        if name not in known:
            raise ConfigError(
                f"expected one of the finders: {', '.join(known)}; found {name!r}", config.where("probes")
            )
        if not known[name].rounds and not settings.local:
            raise ConfigError(
                f"the finder {name} answers to a multicast group only: give --local with it", config.where("probes")
            )


def local_interfaces(config: Config, scope: Scope) -> tuple[Interface, ...]:
    """The interfaces of ``--local``; ScopeError for an unknown one and for one whose network is not in scope."""
    if not config.settings.local:
        return ()
    from scanner.net.interfaces import interfaces, permitted_interfaces

    try:
        return permitted_interfaces(config.settings.local, scope, interfaces())
    except ScopeError as problem:
        raise ScopeError(problem.message, config.where("local")) from None


def protocols_of(config: Config) -> tuple[str, ...]:
    """The protocols of an audit by name: the usual ones, then the finders that were named."""
    from scanner.discovery import load_protocols

    return (*load_protocols(), *dict.fromkeys(config.settings.probes))


def plan_of(config: Config, local: tuple[Interface, ...]) -> Iterator[str]:
    """The lines of a dry run on the finders and groups."""
    from scanner.discovery import all_protocols
    from scanner.discovery.protocols import local_protocols

    known = all_protocols()
    if config.settings.probes:
        named = ", ".join(_marked(known[one]) for one in config.settings.probes)
        yield f"Finders of makers to each IPv4 address: {named}"
    if local:
        names = ", ".join(local_protocols(config.settings.probes))
        where = ", ".join(one.name for one in local)
        yield f"Multicast groups on {where}: {names}; one question each, one repeat"


def _marked(protocol: Protocol) -> str:
    words = [] if protocol.verified else ["unverified"]
    words += [] if protocol.rounds else ["by multicast only"]
    return f"{protocol.name} ({', '.join(words)})" if words else protocol.name
