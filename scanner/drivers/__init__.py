"""Drivers: what each camera is, which AI functions it supports and has switched on, and how it is kept.

A driver is a module or package of this folder with a ``DRIVER``; being there is being registered.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable, Mapping, Sequence
from functools import cache, partial
from types import MappingProxyType
from typing import TYPE_CHECKING

from scanner.drivers.base import Driver, Reading, part
from scanner.drivers.merge import merge_attached, merge_facts, merge_features
from scanner.model import (
    Attached,
    Claim,
    Endpoint,
    FactSeen,
    Feature,
    Frozen,
    Gap,
    Identity,
    LoginState,
    Observation,
)

if TYPE_CHECKING:
    from scanner.net import Link

__all__ = ["DeviceReadings", "Driver", "Reading", "load_drivers", "read_device"]


class DeviceReadings(Frozen, frozen=True):
    """Everything the drivers read of one device; ``read_by`` names those that asked it."""

    claims: tuple[Claim, ...] = ()
    facts: tuple[FactSeen, ...] = ()
    features: tuple[Feature, ...] = ()
    attached: tuple[Attached, ...] = ()
    gaps: tuple[Gap, ...] = ()
    login: LoginState = "untried"
    read_by: tuple[str, ...] = ()


@cache
def load_drivers() -> Mapping[str, Driver]:
    """All drivers by name; the makers' own first, ONVIF last. Looked for once: every device asks for them."""
    found: dict[str, Driver] = {}
    for module in pkgutil.iter_modules(__path__):
        driver = getattr(importlib.import_module(f"{__name__}.{module.name}"), "DRIVER", None)
        if driver is not None:
            found[module.name] = driver
    return MappingProxyType(dict(sorted(found.items(), key=lambda item: (item[0] == "onvif", item[0]))))


def read_device(
    link: Link,
    identity: Identity,
    endpoints: Sequence[Endpoint],
    observations: Iterable[Observation] = (),
) -> DeviceReadings:
    """Ask one device with every driver that wants it, one after the other on one link.

    Nothing a device does raises; a bug in a driver becomes a gap ``our-bug`` and the other drivers go on.
    ``observations`` are of no use to the drivers of today; they belong to the call so that one may need them.
    """
    del observations
    registers: list[list[Feature]] = []
    facts: list[list[FactSeen]] = []
    attached: list[list[Attached]] = []
    claims: list[Claim] = []
    gaps: list[Gap] = []
    asked: list[str] = []
    for name, driver in load_drivers().items():
        if not driver.wants(identity, endpoints):
            continue
        asked.append(name)
        readings = list(part(name, partial(driver.read, link, identity, endpoints)))
        registers.append([item for item in readings if isinstance(item, Feature)])
        facts.append([item for item in readings if isinstance(item, FactSeen)])
        attached.append([item for item in readings if isinstance(item, Attached)])
        claims += [item for item in readings if isinstance(item, Claim)]
        gaps += [item for item in readings if isinstance(item, Gap)]
    return DeviceReadings(
        claims=tuple(dict.fromkeys(claims)),
        facts=merge_facts(facts),
        features=merge_features(registers),
        attached=merge_attached(attached),
        gaps=tuple(dict.fromkeys(gaps)),
        login=_login(link, gaps),
        read_by=tuple(asked),
    )


def _login(link: Link, gaps: Iterable[Gap]) -> LoginState:
    """The state of the login; a device that takes no login at all (never activated) has refused ours unseen."""
    state = link.login_state
    if state == "untried" and any(gap.why == "login-refused" for gap in gaps):
        return "refused"
    return state
