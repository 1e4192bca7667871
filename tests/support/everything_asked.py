"""Everything camaudit asks of a device: a catalogue that writes down what was looked up, and the readers that ask."""

from __future__ import annotations

import ast
import threading
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from doors import door

import scanner.drivers
from scanner.drivers import load_drivers, read_device
from scanner.errors import NoAnswer
from scanner.fingerprint import identify
from scanner.fingerprint.first_contact import observe
from scanner.lab import Fleet, LabDevice, load_personalities
from scanner.lab.words import Placement
from scanner.model import Endpoint, Gap
from scanner.net import Catalogue, Limits
from scanner.net.catalogue import Request
from scanner.secret import Login, Secret

Sent = tuple[str, str, str, bytes | None]
"""(vendor, method, path, body) of one request."""


@dataclass(frozen=True)
class Watched(Catalogue):
    """The read-only catalogue; what it allowed is kept, by entry: ``asked[vendor, entry id]`` are the requests."""

    asked: dict[tuple[str, str], set[Sent]] = field(default_factory=dict)
    operations: set[tuple[str, str]] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def begin(cls) -> Watched:
        """The packaged catalogue, nothing asked yet."""
        return cls(Catalogue.load().vendors)

    def hold_request(self, vendor: str, method: str, path: str, body: bytes | None = None) -> Request:
        entry = super().hold_request(vendor, method, path, body)
        with self.lock:
            self.asked.setdefault((vendor, entry.id), set()).add((vendor, method, path, body))
        return entry

    def hold_operation(self, service: str, operation: str) -> None:
        super().hold_operation(service, operation)
        with self.lock:
            self.operations.add((service, operation))


def cameras() -> list[Any]:
    """One of every camera, recorder, encoder and intercom of the lab."""
    return [Placement(personality=name) for name, one in load_personalities().items() if one.is_camera]


def endpoints_of(device: LabDevice) -> list[Endpoint]:
    """The doors of a lab device with what they speak."""
    return [
        Endpoint(device.address, port, "tcp", name.replace("http-onvif", "onvif"))
        for name, port in device.ports.items()
    ]


def read_everybody(fleet: Fleet, catalogue: Catalogue) -> list[tuple[str, Gap]]:
    """First contact and all drivers on every device; returns the gaps that are faults of ours."""
    entrance = door(limits=Limits(idle_seconds=1.0, connect_seconds=1.0), catalogue=catalogue)
    wrong: list[tuple[str, Gap]] = []
    for device in fleet.devices:
        truth = fleet.truth[device.address]
        login = Login(truth.login[0], Secret(truth.login[1]), "test") if truth.login else None
        with entrance.link(device.address) as link:
            contact = observe(link, endpoints_of(device))
        with entrance.link(device.address, login=login) as link:
            readings = read_device(link, identify(contact.observations), contact.endpoints)
        wrong += [(truth.personality, gap) for gap in readings.gaps if gap.why == "our-bug"]
    return wrong


def spoken(driver: str) -> set[str]:
    """Every text the code of a driver can put together out of its own constants: literals, module constants, and
    f-strings with those in them. A number or name that is only known at run time stands as 1."""
    found: set[str] = set()
    prefixes: set[str] = set()
    for path in _files(driver):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        constants = dict(_constants(tree))
        texts = {text for node in ast.walk(tree) if (text := _text(node, constants))}
        prefixes |= {text for text in texts if text.startswith("/") and text.endswith(("/", "="))}
        found |= texts
    return found | {prefix + text for prefix in {*prefixes, "/ISAPI/"} for text in found if not text.startswith("/")}


def _files(driver: str) -> list[Path]:
    home = Path(scanner.drivers.__file__).parent
    return sorted((home / driver).glob("*.py")) if (home / driver).is_dir() else [home / f"{driver}.py"]


def _constants(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and (text := _text(node.value, {})):
            yield node.targets[0].id, text


def _text(node: ast.AST, constants: dict[str, str]) -> str:
    match node:
        case ast.Constant(value=str(value)):
            return value
        case ast.JoinedStr(values=values):
            return "".join(_text(value, constants) for value in values)
        case ast.FormattedValue(value=ast.Name(id=name)) if name in constants:
            return constants[name]
        case ast.FormattedValue():
            return "1"
        case ast.BinOp(left=ast.Name(id=name), op=ast.Add(), right=right) if name in constants:
            return constants[name] + _text(right, constants)
        case _:
            return ""


def unasked(catalogue: Watched, vendors: Iterable[str]) -> list[str]:
    """Entries of these vendors' catalogues that nothing asked for, and that the code of their driver cannot ask."""
    found = []
    for vendor in vendors:
        texts = spoken(vendor) if vendor in load_drivers() else set()
        paths = {text for text in texts if text.startswith("/")}
        for entry in catalogue.vendors[vendor].requests:
            could = any(
                entry.permits(entry.method, path, method)
                for path in paths
                for method in (entry.body_methods if entry.method == "POST" else (None,))
                if method is None or method in texts
            )
            if not could and (vendor, entry.id) not in catalogue.asked:
                found.append(f"{vendor}: {entry.id}")
    listed: set[tuple[str, str]] = {
        (service, operation)
        for vendor in vendors
        for service, operations in catalogue.vendors[vendor].soap.items()
        for operation in operations
    }
    texts = spoken("onvif")
    left = {(service, name) for service, name in listed - catalogue.operations if not {service, name} <= texts}
    return [*found, *(f"{service}.{operation}" for service, operation in sorted(left))]


def replayed(fleet: Fleet, catalogue: Watched, own: dict[str, LabDevice]) -> list[str]:
    """Send every request that was asked for to the device of its maker in ``own``, those of first contact and of makers
    that have none there to all; returns the harm that was done."""
    entrance = door(limits=Limits(idle_seconds=1.0, connect_seconds=1.0), catalogue=catalogue)
    requests = sorted({one for asked in catalogue.asked.values() for one in asked}, key=str)
    for device in fleet.devices:
        truth = fleet.truth[device.address]
        login = Login(truth.login[0], Secret(truth.login[1]), "test") if truth.login else None
        with entrance.link(device.address, login=login) as link:
            for vendor, method, path, body in requests:
                if vendor in own and own[vendor] is not device:
                    continue  # a POST that reads at one maker may be a write at another
                with suppress(NoAnswer):
                    if method == "GET":
                        link.get(path, port=device.ports["http"], vendor=vendor, login=True)
                    elif vendor in own and body:
                        link.post(path, body, port=device.ports["http"], vendor=vendor, login=True)
    return [str(harm) for harm in fleet.harm]
