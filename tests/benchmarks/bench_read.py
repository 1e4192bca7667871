"""Deep reads of virtual cameras that take 100 ms a reply; CPU is that of the reading process, the lab runs in another.

The baseline is onvif-zeep as shipped, on ONVIF calls that our ONVIF driver makes too, in the same run.
"""

from __future__ import annotations

import multiprocessing
import sys
import threading
import time
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from multiprocessing.synchronize import Event
from typing import TYPE_CHECKING

from figures import Row

if TYPE_CHECKING:
    from scanner.model import Endpoint
    from scanner.net import Door

CAMERAS = 1_000
REPLY_SECONDS = 0.1
THREADS = 128
PLAIN = 8  # cameras for onvif-zeep as shipped: each takes it 0.2 s of CPU
KINDS = ("hikvision-acusense-new", "dahua-face", "axis-aoa", "onvif-generic")
USER, PASSWORD = "auditor", "Lab-Passw0rd"


def run() -> list[Row]:
    """Both ways, against one lab."""
    context = multiprocessing.get_context("spawn")
    ready, done = context.Event(), context.Event()
    lab = context.Process(target=_lab, args=(ready, done), daemon=True)
    lab.start()
    try:
        if not ready.wait(120):
            return [Row("deep reads", "the lab did not start", "", False)]
        return _ours() + _onvif()
    finally:
        done.set()
        lab.join(20)


def _lab(ready: Event, done: Event) -> None:
    from scanner.lab import Fleet

    kinds = [KINDS[number % len(KINDS)] for number in range(CAMERAS)]
    with Fleet(kinds, base="127.90.0.0", fragile=False, reply_seconds=REPLY_SECONDS):
        ready.set()
        done.wait()


def _addresses() -> list[str]:
    return [f"127.90.{number // 254}.{number % 254 + 1}" for number in range(CAMERAS)]


def _ours() -> list[Row]:
    from scanner.cli.audit import SWITCH_SECONDS
    from scanner.discovery import Sighting
    from scanner.estate import Estate
    from scanner.logins import Logins, Secret
    from scanner.pipeline.device import DeviceReader

    sys.setswitchinterval(SWITCH_SECONDS)  # as a scan does
    door = _door()
    reader = DeviceReader(
        door, Logins.single(USER, Secret(PASSWORD)), Estate(), _now, threading.Event(), lambda *_: True
    )
    sightings = [Sighting(address, _endpoints(address)) for address in _addresses()]
    wall, cpu = time.perf_counter(), time.process_time()
    with ThreadPoolExecutor(THREADS) as pool:
        devices = list(pool.map(reader.read, sightings))
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    read = sum(device.login == "accepted" for device in devices)
    rate, each = read / wall, 1000 * cpu / max(1, read)
    return [
        Row(
            f"deep read, {read} of {CAMERAS} cameras at 100 ms a reply", f"{rate:.0f} cameras/s", ">= 25/s", rate >= 25
        ),
        Row("deep read: CPU a camera (first contact included)", f"{each:.0f} ms", "<= 40 ms", each <= 40),
    ]


def _onvif() -> list[Row]:
    """The same five ONVIF calls: onvif-zeep as shipped, and through our door."""
    addresses = [
        address for number, address in enumerate(_addresses()) if KINDS[number % len(KINDS)] == "onvif-generic"
    ]
    plain = _cpu_each(addresses[:PLAIN], _plain_camera)
    door = _door()
    _warm_up(door, addresses[0])
    ours = _cpu_each(addresses[1 : 1 + 4 * PLAIN], lambda address: _our_camera(door, address))
    ratio = plain / ours
    return [
        Row(
            f"five ONVIF calls: {1000 * ours:.1f} ms CPU (onvif-zeep as shipped {1000 * plain:.0f} ms)",
            f"x{ratio:.0f} less",
            ">= x10",
            ratio >= 10,
        )
    ]


def _cpu_each(addresses: list[str], ask: Callable[[str], None]) -> float:
    started = time.process_time()
    for address in addresses:
        ask(address)
    return (time.process_time() - started) / len(addresses)


def _plain_camera(address: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from onvif import ONVIFCamera

        from scanner.net.onvif_camera import wsdl_directory

        camera = ONVIFCamera(address, 8080, USER, PASSWORD, wsdl_dir=str(wsdl_directory()))
        camera.devicemgmt.GetSystemDateAndTime()
        camera.devicemgmt.GetDeviceInformation()
        camera.create_media_service().GetProfiles()
        camera.create_analytics_service()


def _warm_up(door: Door, address: str) -> None:
    """The WSDLs are parsed once a process: that one time is not a cost of a camera."""
    _our_camera(door, address)


def _our_camera(door: Door, address: str) -> None:
    from scanner.logins import Login, Secret

    with door.link(address, login=Login(USER, Secret(PASSWORD))) as link:
        for service, operation in (
            ("devicemgmt", "GetCapabilities"),
            ("devicemgmt", "GetSystemDateAndTime"),
            ("devicemgmt", "GetDeviceInformation"),
            ("media", "GetProfiles"),
            ("analytics", "GetServiceCapabilities"),
        ):
            link.soap(service, operation, port=8080, login=True)


def _endpoints(address: str) -> tuple[Endpoint, ...]:
    from scanner.model import Endpoint

    return (
        Endpoint(address, 8080),
        Endpoint(address, 8554),
        Endpoint(address, 8080, service="onvif", path="/onvif/device_service"),
    )


def _door() -> Door:
    from scanner.evidence import MemoryEvidence
    from scanner.net import PACES, Door, Ledger
    from scanner.scope import Scope

    return Door(Scope.loopback(), pace=PACES["fast"], ledger=Ledger(None), evidence=MemoryEvidence(), now=_now)


def _now() -> datetime:
    return datetime.now(UTC)
