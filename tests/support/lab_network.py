"""A network of thousands of addresses with a virtual fleet in it: two namespaces without uplink and a wire between.

Run as a program inside a fresh namespace (``unshare -rn python lab_network.py PLAN.json``): it builds the devices'
side, runs the command of the plan on the scanner's side, and prints as JSON what the command said and what the wire
counted. Whatever the command sends leaves by the wire: a packet to an address outside the plan is counted as stray.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path
from typing import Any

from lures import Lures
from wire import Wire, open_tun

from scanner.lab import Fleet
from scanner.lab.words import Placement

CAMERAS = (
    "hikvision-acusense-new",
    "dahua-face",
    "axis-aoa",
    "hikvision-old",
    "axis-plain",
    "dahua-smd",
    "onvif-faces",
    "hikvision-deepinview",
)
"""Personalities that tell maker, model and firmware to who asks without a login."""

SCANNER, ROUTER = "10.99.0.1", "10.99.0.2"


@dataclass(frozen=True, kw_only=True)
class Plan:
    """``live`` devices of ``kinds`` spread over ``networks``; ``rejecting`` more addresses refuse every connection.

    ``delay`` in seconds from the scanner to the devices, ``loss`` the share of packets lost each way. ``command`` runs
    on the scanner's side. ``lures`` of the rejecting addresses try to lead it elsewhere. ``caps`` are prefix lengths
    whose busiest second is counted.
    """

    command: tuple[str, ...]
    networks: tuple[str, ...]
    live: int = 0
    kinds: tuple[str, ...] = CAMERAS
    rejecting: int = 0
    lures: int = 0
    delay: float = 0.0
    loss: float = 0.0
    seed: int = 1
    caps: tuple[int, ...] = ()
    capture: str = ""
    fragile: bool = False
    timeout: float = 600.0


@dataclass(frozen=True, kw_only=True)
class Ran:
    """What came of a plan. ``truth`` is by address; ``most`` maps a prefix length to the most packets in a second."""

    code: int
    stdout: str
    stderr: str
    seconds: float
    peak_mb: float
    cpu_seconds: float
    packets: int
    dark_most: int
    dark_mean: float
    stray: dict[str, int]
    lost: int
    most: dict[str, int]
    truth: dict[str, dict[str, Any]]
    harm: list[str]
    lured: int


def permitted() -> str:
    """Why this machine cannot build such a network; '' when it can."""
    for program in ("unshare", "ip"):
        if not shutil.which(program):
            return f"{program} is not installed"
    if not Path("/dev/net/tun").exists():
        return "there is no /dev/net/tun"
    tried = subprocess.run(
        ["unshare", "-rn", "ip", "tuntap", "add", "dev", "try0", "mode", "tun"], capture_output=True, check=False
    )
    return "" if tried.returncode == 0 else "this kernel permits no network namespace with a TUN device"


def run(plan: Plan) -> Ran:
    """Build the network, run the command, take it down."""
    with tempfile.TemporaryDirectory(prefix="lab-network-") as folder:
        path = Path(folder) / "plan.json"
        path.write_text(json.dumps(asdict(plan)), encoding="utf-8")
        done = subprocess.run(
            ["unshare", "-rn", sys.executable, str(Path(__file__)), str(path)],
            capture_output=True, text=True, timeout=plan.timeout + 120, check=False, stdin=subprocess.DEVNULL,
        )  # fmt: skip
    if done.returncode != 0:
        raise RuntimeError(f"the lab network could not be run: {done.stderr[-2000:]}")
    return Ran(**json.loads(done.stdout))


def live_addresses(networks: Sequence[IPv4Network], count: int, first: int = 0) -> list[int]:
    """``count`` addresses spread evenly over all networks, never the first or last of a /24."""
    everything = [
        number
        for network in networks
        for number in range(int(network.network_address), int(network.broadcast_address) + 1)
        if number % 256 not in (0, 255)
    ]
    if count == 0:
        return []
    step = len(everything) / count
    return [everything[(int(index * step) + first) % len(everything)] for index in range(count)]


# -- inside the namespace ---------------------------------------------------------------------------


def _ip(*lines: str) -> None:
    subprocess.run(["ip", "-batch", "-"], input="\n".join(lines), text=True, check=True, capture_output=True)


def _devices_side(plan: Plan, live: list[int], rejecting: list[int], talk: socket.socket) -> None:
    """The child: a namespace of its own, the fleet in it. Sends its TUN device up, then the truth when asked."""
    tun = open_tun("wire1")
    _ip(
        "link set lo up",
        f"address add {ROUTER}/30 dev wire1",
        "link set wire1 txqueuelen 20000",
        "link set wire1 up",
        "route add default dev wire1",
        *(f"route add local {IPv4Address(number)}/32 dev lo" for number in (*live, *rejecting)),
    )
    socket.send_fds(talk, [b"tun"], [tun])
    kinds = plan.kinds
    base = "10.0.0.0"
    placements = [
        Placement(personality=kinds[index % len(kinds)], host=".".join(str(IPv4Address(number)).split(".")[1:]))
        for index, number in enumerate(live)
    ]
    lures = Lures([str(IPv4Address(number)) for number in rejecting[: plan.lures]])
    with Fleet(placements, base=base, ports="real", fragile=plan.fragile) as fleet:
        truth = {address: _plain(truth) for address, truth in fleet.truth.items()}
        talk.sendall(b"up\n")
        talk.recv(16)
        answer = {
            "truth": truth,
            "harm": [str(one) for one in fleet.harm],
            "lured": lures.asked,
        }
        talk.sendall(json.dumps(answer).encode() + b"\n")
        talk.recv(16)


def _plain(truth: Any) -> dict[str, Any]:
    told = truth.told("", "") if callable(getattr(truth, "told", None)) else truth
    return {name: getattr(told, name, None) for name in ("maker", "brand", "model", "firmware", "kind")}


def _main(path: str) -> int:
    words = json.loads(Path(path).read_text(encoding="utf-8"))
    plan = Plan(**{key: tuple(value) if isinstance(value, list) else value for key, value in words.items()})
    networks = [IPv4Network(text) for text in plan.networks]
    live = live_addresses(networks, plan.live, first=7)
    rejecting = [number for number in live_addresses(networks, plan.rejecting, first=11) if number not in set(live)]
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    # The kernel announces every new interface by IPv6 messages of its own, which would be counted.
    for which in ("all", "default"):
        Path(f"/proc/sys/net/ipv6/conf/{which}/disable_ipv6").write_text("1", encoding="ascii")
    ours, theirs = socket.socketpair()
    child = os.fork()
    if child == 0:
        ours.close()
        os.unshare(os.CLONE_NEWNET) if hasattr(os, "unshare") else _unshare_net()
        code = 1
        try:
            _devices_side(plan, live, rejecting, theirs)
            code = 0
        finally:
            os._exit(code)
    theirs.close()
    near = open_tun("wire0")
    _, (far, *_), _, _ = socket.recv_fds(ours, 16, 1)
    _ip(
        "link set lo up",
        f"address add {SCANNER}/30 dev wire0",
        "link set wire0 txqueuelen 20000",
        "link set wire0 up",
        "route add default dev wire0",
    )
    lines = ours.makefile("rb")
    assert lines.readline() == b"up\n", "the fleet did not start"
    wire = Wire(
        near,
        far,
        networks,
        {*live, *rejecting},
        delay=plan.delay,
        loss=plan.loss,
        seed=plan.seed,
        capture=Path(plan.capture) if plan.capture else None,
    )
    result = _run_command(plan, wire)
    ours.sendall(b"truth")
    result |= json.loads(lines.readline())
    ours.sendall(b"end")
    os.waitpid(child, 0)
    counts = wire.counted.per_host()
    dark = [counts.get(number, 0) for number in counts if number not in set(live) and number not in set(rejecting)]
    result |= {
        "packets": len(wire.counted.times),
        "dark_most": max(dark, default=0),
        "dark_mean": sum(dark) / len(dark) if dark else 0.0,
        "stray": dict(wire.counted.stray),
        "lost": wire.counted.lost,
        "most": {str(prefix): wire.counted.most_in_a_second(prefix) for prefix in plan.caps},
    }
    print(json.dumps(result))
    return 0


def _unshare_net() -> None:
    """``os.unshare`` came with Python 3.12."""
    import ctypes

    clone_newnet = 0x40000000
    if ctypes.CDLL(None, use_errno=True).unshare(clone_newnet) != 0:
        raise OSError(ctypes.get_errno(), "unshare")


def _run_command(plan: Plan, wire: Wire) -> dict[str, Any]:
    started = time.monotonic()
    process = subprocess.Popen(
        plan.command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True
    )
    said: list[str] = ["", ""]
    ended: list[float] = []

    def listen() -> None:
        said[:] = process.communicate()
        ended.append(time.monotonic())

    ear = threading.Thread(target=listen, daemon=True)
    ear.start()
    wire.carry(lambda: bool(ended) or time.monotonic() - started > plan.timeout)
    if not ended:
        process.kill()
        ear.join(10)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return {
        "code": process.returncode if ended else -1,
        "stdout": said[0],
        "stderr": said[1],
        "seconds": (ended[0] if ended else time.monotonic()) - started,
        "peak_mb": used.ru_maxrss / 1024,
        "cpu_seconds": used.ru_utime + used.ru_stime,
    }


if __name__ == "__main__":
    sys.exit(_main(sys.argv[1]))
