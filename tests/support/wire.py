"""A cable between two network namespaces that delays, loses and counts packets: two TUN devices and what lies between.

Not every kernel has ``tc netem``; TUN devices are nearly everywhere, and here the packets can be counted at the place
where the network would have carried them: behind the scanner, before any device.
"""

from __future__ import annotations

import errno
import fcntl
import os
import random
import select
import struct
import time
from array import array
from collections import Counter, deque
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path
from typing import BinaryIO

_TUNSETIFF, _IFF_TUN, _IFF_NO_PI = 0x400454CA, 0x0001, 0x1000
_PACKET_BYTES = 65_536
_AT_A_TIME = 64
_LINKTYPE_RAW = 101
_TCP, _UDP = 6, 17


def open_tun(name: str) -> int:
    """A new TUN device in the namespace of the caller; its file descriptor, not blocking. Raises OSError."""
    descriptor = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(descriptor, _TUNSETIFF, struct.pack("16sH22x", name.encode(), _IFF_TUN | _IFF_NO_PI))
    return descriptor


@dataclass(slots=True)
class Counted:
    """Every packet that came from the scanner's side: when, to whom (an IPv4 address as a number), and whether it was
    one that begins something: a datagram or a SYN."""

    times: array[float] = field(default_factory=lambda: array("d"))
    hosts: array[int] = field(default_factory=lambda: array("I"))
    begins: array[int] = field(default_factory=lambda: array("b"))
    stray: Counter[str] = field(default_factory=Counter)
    lost: int = 0

    def per_host(self) -> Counter[int]:
        """Packets to each address."""
        return Counter(self.hosts)

    def most_in_a_second(self, prefix: int) -> int:
        """The most datagrams and SYNs to one network of that prefix length within any second."""
        shift, most = 32 - prefix, 0
        recent: dict[int, deque[float]] = {}
        for when, host, begins in zip(self.times, self.hosts, self.begins, strict=True):
            if not begins:
                continue
            window = recent.setdefault(host >> shift, deque())
            window.append(when)
            while window[0] <= when - 1.0:
                window.popleft()
            most = max(most, len(window))
        return most


class Wire:
    """Carries packets between ``near`` (the scanner) and ``far`` (the devices) until ``stop`` says so.

    ``delay`` is the seconds a packet takes from near to far, ``loss`` the share of packets that get lost, each way.
    Packets to ``networks`` whose address is not in ``live`` meet nobody; packets to anywhere else are ``stray``.
    """

    def __init__(
        self,
        near: int,
        far: int,
        networks: Collection[IPv4Network],
        live: Collection[int],
        *,
        delay: float = 0.0,
        loss: float = 0.0,
        seed: int = 1,
        capture: Path | None = None,
    ) -> None:
        self.counted = Counted()
        self._near, self._far = near, far
        self._spans = [(int(network.network_address), int(network.broadcast_address)) for network in networks]
        self._live = frozenset(live)
        self._delay, self._loss = delay, loss
        self._random = random.Random(seed)  # chance, not secrecy
        self._under_way: deque[tuple[float, bytes]] = deque()
        self._capture = _pcap(capture) if capture else None

    def carry(self, stop: Callable[[], bool]) -> None:
        """Until ``stop()``; it is asked ten times a second."""
        ears = select.poll()
        ears.register(self._near, select.POLLIN)
        ears.register(self._far, select.POLLIN)
        looked = 0.0
        while True:
            now = time.monotonic()
            if now - looked > 0.1:
                looked = now
                if stop():
                    break
            wait = 100.0 if not self._under_way else max(0.0, (self._under_way[0][0] - now) * 1000)
            for descriptor, _ in ears.poll(min(wait, 100.0)):
                if descriptor == self._near:
                    self._take_near()
                else:
                    self._take_far()
            self._deliver()
        if self._capture:
            self._capture.close()

    def _take_near(self) -> None:
        counted = self.counted
        for _ in range(_AT_A_TIME):
            try:
                packet = os.read(self._near, _PACKET_BYTES)
            except BlockingIOError:
                return
            if packet[0] >> 4 != 4:
                continue  # the kernel's own IPv6 greetings
            now = time.monotonic()
            host = int.from_bytes(packet[16:20], "big")
            if not any(first <= host <= last for first, last in self._spans):
                counted.stray[str(IPv4Address(host))] += 1
                continue
            counted.times.append(now)
            counted.hosts.append(host)
            counted.begins.append(_begins(packet))
            if host not in self._live:
                continue
            if self._is_lost():
                continue
            self._keep(packet)
            self._under_way.append((now + self._delay, packet))

    def _take_far(self) -> None:
        for _ in range(_AT_A_TIME):
            try:
                packet = os.read(self._far, _PACKET_BYTES)
            except BlockingIOError:
                return
            if packet[0] >> 4 == 4 and not self._is_lost():
                self._keep(packet)
                _put(self._near, packet)

    def _deliver(self) -> None:
        now = time.monotonic()
        while self._under_way and self._under_way[0][0] <= now:
            _put(self._far, self._under_way.popleft()[1])

    def _is_lost(self) -> bool:
        lost = self._loss > 0 and self._random.random() < self._loss
        self.counted.lost += lost
        return lost

    def _keep(self, packet: bytes) -> None:
        if self._capture:
            moment = time.time()
            head = struct.pack("<IIII", int(moment), int(moment % 1 * 1e6), len(packet), len(packet))
            self._capture.write(head + packet)


def _begins(packet: bytes) -> bool:
    """True for a datagram and for the first packet of a connection."""
    head = (packet[0] & 15) * 4
    return packet[9] == _UDP or (packet[9] == _TCP and packet[head + 13] & 0x12 == 0x02)


def _put(descriptor: int, packet: bytes) -> None:
    try:
        os.write(descriptor, packet)
    except OSError as problem:
        if problem.errno not in (errno.EAGAIN, errno.EIO, errno.EINVAL, errno.ENOBUFS):
            raise


def _pcap(path: Path) -> BinaryIO:
    file = path.open("wb")
    file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262_144, _LINKTYPE_RAW))
    return file
