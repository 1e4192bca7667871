"""Personalities and fleets from YAML, read strictly: unknown keys, wrong types and odd booleans are refused."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

import msgspec
import yaml

from scanner.errors import ConfigError, Place
from scanner.lab.words import AttachedCamera, Personality, Placement, Switch
from scanner.model import Frozen, Record


class _Loader(yaml.SafeLoader):
    """YAML 1.2 scalars: only true and false are booleans, only plain digits are numbers; no duplicate keys."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if key in seen:
                raise yaml.constructor.ConstructorError(None, None, f"key {key!r} twice", key_node.start_mark)
            seen.add(key)
        return super().construct_mapping(node, deep)


_Loader.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in (
    ("bool", r"true|false", "tf"),
    ("null", r"null|~|", "n~\0"),
    ("float", r"-?(0|[1-9][0-9]*)\.[0-9]+", "-0123456789"),
    ("int", r"-?(0|[1-9][0-9]*)", "-0123456789"),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(f"^(?:{_pattern})$"), list(_first))


class SiteAccount(Frozen, frozen=True):
    """One entry of the auditor's login file. ``hosts`` is a CIDR within the site ("0/25"); '' the whole site."""

    user: str
    password: str
    hosts: str = ""
    maker: str = ""


class FleetSite(Frozen, frozen=True):
    """A place of the organisation and what stands there. ``net`` is its /24 under the base."""

    name: str
    net: int
    type: str = ""
    tags: tuple[str, ...] = ()
    segment: Literal["dedicated", "shared", ""] = ""
    exposed: Literal["yes", "no", ""] = ""
    records: dict[str, Record] = msgspec.field(default_factory=dict)
    accounts: tuple[SiteAccount, ...] = ()
    devices: tuple[FleetDevice, ...] = ()


class FleetDevice(Frozen, frozen=True, rename={"personality": "is"}):
    """One device of a site; the account of the site's first matching entry is the one it takes, unless it says else."""

    host: int
    personality: str
    name: str = ""
    login: Literal["works", "none", "refused"] = "works"
    serial: str = ""
    mac: str = ""
    firmware: str = ""
    switches: tuple[Switch, ...] | None = None
    attached: tuple[AttachedCamera, ...] | None = None
    settings: dict[str, Any] = msgspec.field(default_factory=dict)


class FleetFile(Frozen, frozen=True):
    """A fleet: an invented organisation, its sites, its devices."""

    organisation: dict[str, Any]
    base: str
    sites: tuple[FleetSite, ...]

    def placements(self) -> Iterator[Placement]:
        """Every device with the account it takes."""
        for site in self.sites:
            for device in site.devices:
                account = _account(site, device.host)
                yield Placement(
                    personality=device.personality,
                    host=f"{site.net}.{device.host}",
                    name=device.name,
                    site=site.name,
                    user=account.user if account else "engineer",
                    password=account.password if account else "only-the-installer-knows",
                    login=device.login if account else "none",
                    serial=device.serial,
                    mac=device.mac,
                    firmware=device.firmware,
                    switches=device.switches,
                    attached=device.attached,
                    settings=device.settings,
                )


def _account(site: FleetSite, host: int) -> SiteAccount | None:
    for account in site.accounts:
        if not account.hosts:
            return account
        start, _, bits = account.hosts.partition("/")
        if int(start) <= host < int(start) + 2 ** (32 - int(bits)):
            return account
    return None


def _read(path: Path) -> Any:
    loader = _Loader(path.read_text(encoding="utf-8"))
    try:
        return loader.get_single_data()
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise ConfigError(
            str(getattr(error, "problem", error)), Place(path, mark.line + 1 if mark else None)
        ) from error
    finally:
        loader.dispose()


@cache
def load_personalities() -> dict[str, Personality]:
    """Every packaged personality by id. Raises ConfigError with the file of a malformed one."""
    found: dict[str, Personality] = {}
    folder = Path(str(files("scanner.lab") / "personalities"))
    for path in sorted(folder.glob("*.yaml")):
        try:
            entries = msgspec.convert(_read(path), list[Personality])
        except msgspec.ValidationError as error:
            raise ConfigError(str(error), Place(path)) from error
        for entry in entries:
            if entry.id in found:
                raise ConfigError(f"personality {entry.id} twice", Place(path))
            found[entry.id] = entry
    return found


def find_fleet(what: str | Path) -> FleetFile:
    """A packaged fleet by name, or a fleet file by path. Raises ConfigError."""
    path = Path(str(files("scanner.lab") / "fleets" / f"{what}.yaml")) if isinstance(what, str) else what
    if isinstance(what, str) and not path.is_file():
        path = Path(what)
    if not path.is_file():
        raise ConfigError(f"no fleet called {what}")
    try:
        return msgspec.convert(_read(path), FleetFile)
    except msgspec.ValidationError as error:
        raise ConfigError(str(error), Place(path)) from error
