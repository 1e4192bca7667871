"""The read-only catalogue: every request camaudit may send, as data. What is not in it does not leave.

One YAML file a vendor beside this module::

    source: where the facts come from
    requests:
      - {id: axis.release, method: GET, path: '/axis-release/releaseinfo', source: ..., reads: firmware}
      - {id: ..., method: GET, path_pattern: '/ISAPI/Smart/LineDetection/[0-9]{1,3}', source: ..., reads: ...}
      - {id: ..., method: POST, path: ..., body_methods: [getAllProperties], source: ..., reads: ...}
    soap: {devicemgmt: [GetScopes]}
    datagrams: [sadp]
    finders:
      - {id: bosch, port: 1757, answers_to: [1758], hex: ['9939a427 ######## ff0006de'], source: ..., verified: false}

A path includes its query and is compared whole and case-sensitive. A GET can change a device (several makers
reboot by GET), so there is no entry "any GET".
"""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any, Literal

import msgspec

from scanner.errors import CamauditError, CatalogueError, ConfigError, PackError, Place
from scanner.once import once
from scanner.strictfile import Located, convert, read_yaml

SENDABLE = re.compile(r"/[A-Za-z0-9/._~!$&'()*+,;=:@?%-]*")
"""What a path may be made of: it goes out exactly as it stands here, brackets and blanks percent-encoded."""

NEVER_OPERATIONS: frozenset[str] = frozenset(
    {
        "GetSystemBackup",
        "GetSystemSupportInformation",
        "GetSystemLog",
        "GetStreamUri",
        "GetSnapshotUri",
        "CreatePullPointSubscription",
    }
)
"""Heavy, or full of secrets, or media, or a subscription: no catalogue may list them."""


class Request(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One entry. Exactly one of ``path`` and ``path_pattern``."""

    id: str
    method: Literal["GET", "POST"]
    source: str
    reads: str
    path: str = ""
    path_pattern: str = ""
    body_methods: tuple[str, ...] = ()
    verified: bool = True

    def permits(self, method: str, path: str, body_method: str | tuple[str, ...] | None) -> bool:
        """True when this entry allows the request; of several commands in one body it must allow each."""
        if method != self.method:
            return False
        if self.path != path if self.path else not re.fullmatch(self.path_pattern, path):
            return False
        named = body_method if isinstance(body_method, tuple) else (body_method,)
        return method == "GET" or (bool(named) and all(name in self.body_methods for name in named))


class Finder(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The question of one maker's finder: UDP, asked only when the operator names it.

    ``hex`` are its bytes, one text a variant: ``#`` stands for a random digit, ``@`` eight times for the address that
    is asked; ``zeros`` bytes follow. ``answers_to`` are local ports that answers come to; ``groups`` are multicast
    groups that may be asked, ``hears`` those to listen to. ``unicast`` False: it answers to its group only.
    ``removes`` are JSON fields of the answer that are not kept as evidence; ``keeps`` False: nothing of it is.
    """

    id: str
    port: int
    hex: tuple[str, ...]
    source: str
    reads: str
    verified: bool
    zeros: int = 0
    answers_to: tuple[int, ...] = ()
    groups: tuple[str, ...] = ()
    hears: tuple[str, ...] = ()
    unicast: bool = True
    removes: tuple[str, ...] = ()
    keeps: bool = True


class _CatalogueFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    source: str
    requests: tuple[Request, ...] = ()
    soap: dict[str, tuple[str, ...]] = {}
    datagrams: tuple[str, ...] = ()
    finders: tuple[Finder, ...] = ()


@dataclass(frozen=True)
class Catalogue:
    """All files together; ``vendors`` by file name. Build it with ``load()``."""

    vendors: dict[str, _CatalogueFile]

    @classmethod
    def load(cls, extra: Iterable[Traversable] = ()) -> Catalogue:
        """The packaged files and ``extra`` ones; PackError with every problem."""
        problems: list[CamauditError] = []
        vendors: dict[str, _CatalogueFile] = {}
        files = [file for file in resources.files(__package__).iterdir() if file.name.endswith(".yaml")]
        for file in sorted([*files, *extra], key=lambda file: file.name):
            try:
                located = read_yaml(file)
                loaded = convert(located, (), _CatalogueFile, file)
            except ConfigError as problem:
                problems.append(problem)
                continue
            problems.extend(_problems_of(loaded, located))
            vendors[file.name.removesuffix(".yaml")] = loaded
        if problems:
            raise PackError(problems)
        return cls(vendors)

    def hold_request(self, vendor: str, method: str, path: str, body: bytes | None = None) -> Request:
        """The entry that allows a request; CatalogueError when there is none."""
        entries = self._vendor(vendor).requests
        if not SENDABLE.fullmatch(path) or ".." in path or path.startswith("//"):
            raise CatalogueError(f"{vendor}: {method} {path!r} cannot be sent as it stands")
        body_method = _body_method(body)
        for entry in entries:
            if entry.permits(method, path, body_method):
                return entry
        said = f" with method {body_method!r}" if body is not None else ""
        raise CatalogueError(f"{vendor}: {method} {path}{said} is not in the read-only catalogue")

    def hold_operation(self, service: str, operation: str) -> None:
        """CatalogueError unless this SOAP operation is listed and only reads."""
        listed = any(operation in vendor.soap.get(service, ()) for vendor in self.vendors.values())
        if not listed or not operation.startswith("Get") or operation in NEVER_OPERATIONS:
            raise CatalogueError(f"SOAP {service} {operation} is not in the read-only catalogue")

    def hold_datagram(self, protocol: str) -> None:
        """CatalogueError unless this discovery protocol or finder is listed."""
        if not any(protocol in vendor.datagrams for vendor in self.vendors.values()):
            self.finder(protocol)

    def finder(self, name: str) -> Finder:
        """The finder of this name; CatalogueError when there is none."""
        for vendor in self.vendors.values():
            for finder in vendor.finders:
                if finder.id == name:
                    return finder
        raise CatalogueError(f"{name} is not in the read-only catalogue")

    def _vendor(self, vendor: str) -> _CatalogueFile:
        if vendor not in self.vendors:
            raise CatalogueError(f"there is no catalogue {vendor!r}")
        return self.vendors[vendor]


@once
def packaged() -> Catalogue:
    """The catalogue of this installation, read once."""
    return Catalogue.load()


_ENVELOPE = re.compile(
    rb'<s:Envelope xmlns:s="http://www[.]w3[.]org/2003/05/soap-envelope"><s:Body>'
    rb'<(Get[A-Za-z]{1,60}) xmlns="http://[A-Za-z0-9./]{1,80}"/></s:Body></s:Envelope>'
)
"""The one form of a SOAP body that may leave: a single call that begins with Get and carries no parameter."""


def _body_method(body: bytes | None) -> str | tuple[str, ...] | None:
    """The ``method`` of a JSON body, each ``cmd`` of a JSON list, the call of a SOAP body; None when there is none."""
    if body is None:
        return None
    soap = _ENVELOPE.fullmatch(body)
    if soap is not None:
        return soap[1].decode()
    try:
        value = json.loads(body, object_pairs_hook=_without_doubles)
    except ValueError:
        return None
    if isinstance(value, list):
        return tuple(str(item.get("cmd")) if isinstance(item, dict) else "" for item in value)
    method = value.get("method") if isinstance(value, dict) else None
    return method if isinstance(method, str) else None


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object; ValueError when it names a member twice: a device might read the other one."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a member is there twice")
    return found


def _problems_of(loaded: _CatalogueFile, located: Located) -> Iterable[CamauditError]:
    seen: set[str] = set()
    for number, entry in enumerate(loaded.requests):
        at = located.place("requests", number)
        if entry.id in seen:
            yield ConfigError(f"the id {entry.id} is used twice", at)
        seen.add(entry.id)
        yield from _entry_problems(entry, at)
    for number, finder in enumerate(loaded.finders):
        at = located.place("finders", number)
        if finder.id in seen:
            yield ConfigError(f"the id {finder.id} is used twice", at)
        seen.add(finder.id)
        yield from _finder_problems(finder, at)
    for service, operations in loaded.soap.items():
        for operation in operations:
            if not re.fullmatch(r"Get[A-Za-z0-9]+", operation) or operation in NEVER_OPERATIONS:
                yield ConfigError(
                    f"expected SOAP operations that only read (Get...), found {operation}",
                    located.place("soap", service),
                )


_FINDER_BYTES = re.compile(r"(?:(?:[0-9a-f]{2}|##|@{8}) ?){1,256}")
_MOST_ZEROS = 512


def _finder_problems(finder: Finder, at: Place) -> Iterable[CamauditError]:
    if not finder.hex or not all(_FINDER_BYTES.fullmatch(text) for text in finder.hex):
        yield ConfigError("expected hex of whole bytes, with # for a random digit and @@@@@@@@ for the address", at)
    if not 0 <= finder.zeros <= _MOST_ZEROS:
        yield ConfigError(f"expected at most {_MOST_ZEROS} zeros, found {finder.zeros}", at)
    if not all(1 <= port <= 65_535 for port in (finder.port, *finder.answers_to)):
        yield ConfigError("expected ports from 1 to 65535", at)
    for group in (*finder.groups, *finder.hears):
        try:
            multicast = ipaddress.IPv4Address(group).is_multicast
        except ValueError:
            multicast = False
        if not multicast:
            yield ConfigError(f"expected an IPv4 multicast group, found {group!r}", at)
    if not finder.unicast and not finder.groups:
        yield ConfigError("expected groups, as it cannot be asked by unicast", at)


def _entry_problems(entry: Request, at: Place) -> Iterable[CamauditError]:
    if bool(entry.path) == bool(entry.path_pattern):
        yield ConfigError("expected either path or path_pattern", at)
    if entry.path and not SENDABLE.fullmatch(entry.path):
        yield ConfigError(f"expected a path that can be sent as it stands, found {entry.path!r}", at)
    if entry.path_pattern:
        try:
            pattern = re.compile(entry.path_pattern)
        except re.error as problem:
            yield ConfigError(f"path_pattern is no regular expression: {problem}", at)
        else:
            if not entry.path_pattern.startswith("/") or pattern.fullmatch("/" + "x" * 5000):
                yield ConfigError("expected a path_pattern that starts with / and is bounded", at)
            if re.search(r"(?<!\\)\.[*+]|(?<!\\)\.\{", entry.path_pattern):
                yield ConfigError("expected a path_pattern that names its characters, found one that takes any", at)
    if (entry.method == "POST") != bool(entry.body_methods):
        yield ConfigError("expected body_methods with POST and only there", at)
