"""The virtual fleet: any number of devices in one asyncio loop in one thread.

    with Fleet(["hikvision-acusense-new", "axis-aoa"], base="127.20.0.0") as fleet:
        fleet.devices[0].address, fleet.truth, fleet.harm, fleet.received
    with Fleet("council") as fleet:
        fleet.write_inputs(folder)

Each device listens on its own 127.x.y.z address. POSIX lets an ordinary user bind these on Linux; elsewhere the
addresses have to be added to the loopback interface first.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import threading
from collections.abc import Callable, Coroutine, Iterable
from pathlib import Path
from types import TracebackType
from typing import Any, cast

from scanner.lab.connections import Entrance, Listener
from scanner.lab.datagrams import answer_datagram
from scanner.lab.device import LabDevice
from scanner.lab.files import FleetFile, find_fleet, load_personalities
from scanner.lab.inputs import write_inputs
from scanner.lab.journal import Journal
from scanner.lab.segment import bound, listen
from scanner.lab.styles import load_styles
from scanner.lab.words import (
    DATAGRAM_PORTS,
    FINDER_PORTS,
    SERVICE_PORTS,
    DeviceTruth,
    Harm,
    Personality,
    Placement,
    Received,
)

START_SECONDS = 60.0


class _Datagrams(asyncio.DatagramProtocol):
    """One UDP port of one device."""

    def __init__(self, device: LabDevice, protocol: str) -> None:
        self._device = device
        self._protocol = protocol
        self._transport: asyncio.DatagramTransport | None = None

    @property
    def address(self) -> str:
        return self._device.address

    @property
    def is_deaf(self) -> bool:
        """Some devices are in no group."""
        return bool(self._device.personality.extra.get("deaf_to_groups"))

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str | Any, int]) -> None:
        self.answer(data, (addr[0], addr[1]))

    def answer(self, data: bytes, asker: tuple[str, int], group: str = "") -> None:
        """Send what the device says to a datagram that came to it, or to a group it is in."""
        for saying in answer_datagram(self._device, self._protocol, data, group):
            if self._transport is not None:
                self._transport.sendto(saying.data, (saying.group or asker[0], saying.port or asker[1]))

    def error_received(self, exc: Exception) -> None:
        """The asker has gone; nothing to do for a server."""


class Fleet:
    """Devices that answer on loopback while the context is open.

    ``what`` is the name of a packaged fleet (``"council"``), the path of a fleet file, or personalities: ids,
    ``Personality`` or ``Placement`` objects, one device each. ``base`` is the network they stand in: addresses are base
    plus the host of each placement (else 1, 2, 3 ...). ``ports`` is ``"high"`` (no privilege needed) or ``"real"``.
    ``fragile`` False switches the request-rate limits of fragile personalities off; ``reply_seconds`` is how long every
    device thinks before each HTTP or RTSP answer. ``segment`` is the interface the devices stand on: they hear the
    multicast groups of their protocols there.
    Raises OSError when an address or port cannot be bound.
    """

    def __init__(
        self,
        what: str | Path | Iterable[str | Personality | Placement],
        base: str | None = None,
        ports: str = "high",
        *,
        fragile: bool = True,
        reply_seconds: float = 0.0,
        segment: str = "",
    ) -> None:
        if ports not in SERVICE_PORTS:
            raise ValueError(f"ports: expected one of {', '.join(SERVICE_PORTS)}, found {ports!r}")
        self.journal = Journal(fragile=fragile)
        self.ports = ports
        self.file: FleetFile | None = None
        known = load_personalities()
        if isinstance(what, str | Path):
            self.file = find_fleet(what)
            placements = list(self.file.placements())
        else:
            placements = []
            for item in what:
                if isinstance(item, Personality):
                    known = {**known, item.id: item}
                    placements.append(Placement(personality=item.id))
                else:
                    placements.append(Placement(personality=item) if isinstance(item, str) else item)
        self.base = base or (self.file.base if self.file else "127.20.0.0")
        addresses = _addresses(self.base, placements)
        by_host = {placement.host: address for placement, address in zip(placements, addresses, strict=True)}
        styles = load_styles()
        self.devices = [
            LabDevice(
                known[placement.personality],
                placement,
                address,
                style=styles[known[placement.personality].style],
                ports=ports,
                journal=self.journal,
            )
            for placement, address in zip(placements, addresses, strict=True)
        ]
        for device in self.devices:
            device.reply_seconds = reply_seconds
        self._join_attached(by_host)
        self._by_address = {device.address: device for device in self.devices}
        self._listeners: list[Listener] = []
        self._datagram_transports: list[asyncio.DatagramTransport] = []
        self._voices: dict[str, list[_Datagrams]] = {}
        self.segment = segment
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    # -- what tests read --------------------------------------------------------------------------------

    @property
    def truth(self) -> dict[str, DeviceTruth]:
        return {device.address: device.truth for device in self.devices}

    @property
    def harm(self) -> list[Harm]:
        return list(self.journal.harm)

    @property
    def received(self) -> list[Received]:
        return list(self.journal.received)

    def device(self, which: str) -> LabDevice:
        """The device at an address, or else the first of a personality. Raises KeyError."""
        if which in self._by_address:
            return self._by_address[which]
        for device in self.devices:
            if device.personality.id == which:
                return device
        raise KeyError(which)

    def reset(self) -> None:
        """Forget everything received, every harm, and every failed login."""
        self._call(self._reset())

    def write_inputs(self, folder: Path) -> tuple[Path, Path]:
        """Write what the auditor of this fleet would have: (estate.toml, logins.toml). Only for a fleet file."""
        if self.file is None:
            raise ValueError("only a fleet from a file has an organisation and sites")
        return write_inputs(self.file, self.base, folder)

    # -- life -------------------------------------------------------------------------------------------

    def start(self) -> Fleet:
        """Bind every port and start answering."""
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="camaudit-lab", daemon=True)
        self._thread.start()
        try:
            self._call(self._open())
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """Close every socket and end the loop. Safe to call twice."""
        if self._loop is None or self._thread is None:
            return
        self._call(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(START_SECONDS)
        self._loop.close()
        self._loop = None
        self._thread = None

    def __enter__(self) -> Fleet:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _run(self) -> None:
        assert self._loop is not None  # noqa: S101 # start() made it
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()

    def _call(self, work: Coroutine[Any, Any, None]) -> None:
        if self._loop is None:
            work.close()
            raise RuntimeError("the fleet is not running")
        asyncio.run_coroutine_threadsafe(work, self._loop).result(START_SECONDS)

    async def _open(self) -> None:
        loop = asyncio.get_running_loop()
        _allow_many_files()
        for device in self.devices:
            entrance = Entrance(device)
            for service, port in device.ports.items():
                listener = Listener(entrance, service, port)
                self._listeners.append(listener)
                await listener.open()
            for protocol, port in (device.datagram_ports | device.finder_ports).items():
                transport, voice = await loop.create_datagram_endpoint(
                    _factory(device, protocol), sock=bound(device.address, port, self.segment)
                )
                self._datagram_transports.append(transport)
                self._voices.setdefault(protocol, []).append(voice)
        if self.segment:
            ports = DATAGRAM_PORTS | FINDER_PORTS
            own = next((device.address for device in self.devices if ":" not in device.address), "")
            self._datagram_transports += await listen(self.segment, own, ports, self._voices, self._heard)

    def _heard(self, protocol: str, group: str, data: bytes, asker: tuple[str, int]) -> None:
        """Somebody asked a group: every device in it hears. What comes from the port itself is a device's answer."""
        if asker[1] == (DATAGRAM_PORTS | FINDER_PORTS)[protocol]:
            return
        for voice in self._voices.get(protocol, ()):
            if (":" in group) == (":" in voice.address) and not voice.is_deaf:
                voice.answer(data, (asker[0], asker[1]), group)

    async def _close(self) -> None:
        for listener in self._listeners:
            await listener.close()
        for transport in self._datagram_transports:
            transport.close()
        self._listeners.clear()
        self._datagram_transports.clear()
        self._voices.clear()
        here = asyncio.current_task()
        waiting = [task for task in asyncio.all_tasks() if task is not here]
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        for _ in range(3):  # let transports run their connection_lost
            await asyncio.sleep(0)

    async def _reset(self) -> None:
        self.journal.clear()
        for device in self.devices:
            device.gate.failures = 0
            device.gate.rejected = 0
            if not device.personality.locked:
                device.gate.locked_until = 0.0

    def _join_attached(self, by_host: dict[str, str]) -> None:
        """Fill in an attached camera from the fleet device it is."""
        devices = {device.address: device for device in self.devices}
        hosts = {host: devices[address] for host, address in by_host.items() if host}
        for device in self.devices:
            device.attach(hosts, lambda host: _addresses(self.base, [Placement(personality="", host=host)])[0])


def _factory(device: LabDevice, protocol: str) -> Callable[[], _Datagrams]:
    return lambda: _Datagrams(device, protocol)


def _addresses(base: str, placements: list[Placement]) -> list[str]:
    first = ipaddress.ip_address(base)
    start = int(first)
    zone = base[base.index("%") :] if "%" in base else ""
    taken = set()
    addresses: list[str] = []
    free = 1
    for placement in placements:
        if placement.host:
            number = 0
            for part in placement.host.split("."):
                number = number * 256 + int(part)
        else:
            while free in taken or free % 256 in (0, 255):
                free += 1
            number = free
        if number in taken:
            raise ValueError(f"two devices on {type(first)(start + number)}")
        taken.add(number)
        addresses.append(f"{type(first)(start + number)}{zone}")
    return addresses


def _allow_many_files() -> None:
    """Raise the soft limit of open files to the hard one; a large fleet holds several sockets a device."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
