"""A router that says by ICMP that it cannot deliver, in a network namespace without uplink; what it got is counted.

Run as a program inside a fresh namespace (``unshare -rn python complaining_router.py WORDS.json``): a TUN device is the
way to every address, and a sweep of the product runs against it. Prints as JSON what the router counted and what the
product said. ``prohibited`` networks get ICMP 3/13, ``unreachable`` ones 3/1, ``refusing`` ones 3/3 from the host
itself (nobody listens on that port); all others are dark.
"""

from __future__ import annotations

import asyncio
import json
import os
import select
import struct
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path
from typing import Any

from wire import open_tun

OWN, ROUTER = "10.99.0.1", "10.99.0.2"


def swept_past(
    networks: Sequence[str],
    pace: dict[str, float],
    ports: Sequence[int],
    ports_by: str = "connect",
    **codes: Sequence[str],
) -> Any:
    """Sweep the networks through such a router; see ``_main`` for what comes back."""
    words = {
        "networks": list(networks), "pace": pace, "ports": list(ports), "ports_by": ports_by,
        "codes": {word: list(texts) for word, texts in codes.items()},
    }  # fmt: skip
    done = subprocess.run(
        ["unshare", "-rn", sys.executable, str(Path(__file__)), json.dumps(words)],
        capture_output=True, text=True, timeout=110, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)


class Router:
    """Answers the packets of a TUN device in a thread of its own. ``got`` are (moment, address) of each packet,
    ``doors`` the datagrams and the different TCP doors of each address."""

    def __init__(self, device: int, codes: dict[str, list[str]]) -> None:
        self.got: list[tuple[float, str]] = []
        self.doors: dict[str, list[str]] = {}
        self._device = device
        self._codes = [(IPv4Network(text), word) for word, texts in codes.items() for text in texts]
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._route)
        self._thread.start()

    def end(self) -> None:
        self._ended.set()
        self._thread.join()

    def _route(self) -> None:
        while not self._ended.is_set():
            if not select.select([self._device], [], [], 0.1)[0]:
                continue
            packet = os.read(self._device, 65_536)
            if packet[0] >> 4 != 4:
                continue
            host = IPv4Address(packet[16:20])
            self.got.append((time.monotonic(), str(host)))
            door = "udp" if packet[9] == 17 else f"tcp {int.from_bytes(packet[22:24], 'big')}"
            doors = self.doors.setdefault(str(host), [])
            if door == "udp" or door not in doors:  # a SYN that the kernel sends again is the same door
                doors.append(door)
            for network, word in self._codes:
                if host in network:
                    self._complain(packet, word, host)

    def _complain(self, packet: bytes, word: str, host: IPv4Address) -> None:
        code = {"unreachable": 1, "prohibited": 13, "refusing": 3}[word]
        if word == "refusing" and packet[9] != 17:
            return
        body = struct.pack("!BBHI", 3, code, 0, 0) + packet[:28]
        body = body[:2] + struct.pack("!H", _checksum(body)) + body[4:]
        by = host if word == "refusing" else IPv4Address(ROUTER)
        head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(body), 0, 0, 64, 1, 0, by.packed, packet[12:16])
        head = head[:10] + struct.pack("!H", _checksum(head)) + head[12:]
        os.write(self._device, head + body)


def _checksum(data: bytes) -> int:
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


async def _sweep(words: dict[str, Any]) -> dict[str, Any]:
    from scanner.discovery import sweep
    from scanner.evidence import MemoryEvidence
    from scanner.model import Target
    from scanner.net import Door, Ledger, Pace
    from scanner.scope import Scope

    door = Door(
        Scope.from_flags(words["networks"], "a test", "none"),
        pace=Pace("test", **words["pace"]),
        ledger=Ledger(None),
        evidence=MemoryEvidence(),
        now=lambda: datetime.now(UTC),
    )
    targets = (Target(str(address)) for text in words["networks"] for address in IPv4Network(text).hosts())
    quiet: Counter[str] = Counter()
    progress = await sweep(
        door,
        targets,
        ports=words["ports"],
        ports_by=words["ports_by"],
        on_sighting=lambda _sighting: None,
        on_quiet=lambda _address, sign: quiet.update([sign]),
        window_seconds=1.0,
        repeat_seconds=0.5,
    )
    return {"packets": progress.packets, "quiet": dict(quiet), "notes": [*progress.notes, *door.notes()]}


def _main(text: str) -> int:
    words = json.loads(text)
    for which in ("all", "default"):
        Path(f"/proc/sys/net/ipv6/conf/{which}/disable_ipv6").write_text("1", encoding="ascii")
    device = open_tun("wire0")
    for line in (
        ["link", "set", "lo", "up"], ["address", "add", f"{OWN}/30", "dev", "wire0"],
        ["link", "set", "wire0", "up"], ["route", "add", "default", "via", ROUTER],
    ):  # fmt: skip
        subprocess.run(["ip", *line], check=True, capture_output=True)
    router = Router(device, words["codes"])
    begun = time.monotonic()
    said = asyncio.run(_sweep(words))
    seconds = time.monotonic() - begun
    time.sleep(0.2)
    router.end()
    per_host = Counter(host for _, host in router.got)
    times: dict[str, list[float]] = {}
    for moment, host in router.got:
        times.setdefault(host.rpartition(".")[0] + ".0/24", []).append(moment - begun)
    print(json.dumps({**said, "seconds": seconds, "per_host": per_host, "times": times, "doors": router.doors}))
    return 0


if __name__ == "__main__":
    sys.exit(_main(sys.argv[1]))
