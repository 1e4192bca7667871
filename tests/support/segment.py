"""A network segment with a virtual fleet on it: two namespaces without uplink and a cable between.

Run as a program inside a fresh namespace (``unshare -rn python segment.py PLAN.json``): it builds the devices' side,
runs the command of the plan on the auditor's side (interface ``seg0``), and prints as JSON what the command said and
what the devices received.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from scanner.lab import Fleet
from scanner.lab.files import load_personalities
from scanner.lab.words import Personality, Placement

UNIT = {"serial", "mac"}
AUDITOR, AUDITOR6, AUDITOR_LINK = "10.35.0.1/24", "fd00:35::1/64", "fe80::35:1/64"


@dataclass(frozen=True, kw_only=True)
class Plan:
    """``fleets`` are (base, devices): each device is a personality and changes of its fields, or serial and MAC of the
    unit, and stands on the next address after the base. ``command`` runs on the auditor's side.
    """

    command: tuple[str, ...]
    fleets: tuple[tuple[str, tuple[tuple[str, dict[str, Any]], ...]], ...]
    timeout: float = 90.0


@dataclass(frozen=True, kw_only=True)
class Ran:
    """What came of it. ``received`` are (address, transport, protocol, method) in the order they came."""

    code: int
    stdout: str
    stderr: str
    harm: list[str]
    received: list[tuple[str, str, str, str]]
    truth: dict[str, dict[str, Any]]

    def asked(self, address: str) -> set[tuple[str, str, str]]:
        """What one device received."""
        return {(transport, protocol, method) for to, transport, protocol, method in self.received if to == address}


def run(plan: Plan) -> Ran:
    """Build the segment, run the command, take it down."""
    with tempfile.TemporaryDirectory(prefix="segment-") as folder:
        path = Path(folder) / "plan.json"
        path.write_text(json.dumps(asdict(plan)), encoding="utf-8")
        done = subprocess.run(
            ["unshare", "-rn", sys.executable, str(Path(__file__)), str(path)],
            capture_output=True, text=True, timeout=plan.timeout + 60, check=False, stdin=subprocess.DEVNULL,
        )  # fmt: skip
    if done.returncode != 0:
        raise RuntimeError(f"the segment could not be run: {done.stderr[-2000:]}")
    found = json.loads(done.stdout)
    found["received"] = [tuple(one) for one in found["received"]]
    return Ran(**found)


# -- inside the namespace ---------------------------------------------------------------------------


def _ip(*lines: str) -> None:
    subprocess.run(["ip", "-batch", "-"], input="\n".join(lines), text=True, check=True, capture_output=True)


def _unshare_net() -> None:
    """``os.unshare`` came with Python 3.12."""
    import ctypes

    clone_newnet = 0x40000000
    if ctypes.CDLL(None, use_errno=True).unshare(clone_newnet) != 0:
        raise OSError(ctypes.get_errno(), "unshare")


def _personality(name: str, changes: dict[str, Any], number: int) -> Personality:
    import msgspec

    known = load_personalities()[name]
    plain = msgspec.to_builtins(known)
    for key, value in changes.items():
        plain[key] = {**(plain.get(key) or {}), **value} if isinstance(value, dict) else value
    return msgspec.convert({**plain, "id": f"{name}-{number}"}, Personality)


def _fleet(base: str, rows: list[list[Any]]) -> Fleet:
    chosen = [
        Placement(personality=name, **changes)
        if changes and changes.keys() <= UNIT
        else _personality(name, changes, number)
        for number, (name, changes) in enumerate(rows)
    ]
    return Fleet(chosen, base=base, segment="seg1")


def _devices_side(plan: dict[str, Any], talk: socket.socket) -> None:
    _unshare_net()
    talk.sendall(b"here\n")
    talk.recv(16)
    fleets = [_fleet(base, rows) for base, rows in plan["fleets"]]
    addresses = [device.address.partition("%")[0] for fleet in fleets for device in fleet.devices]
    _ip(
        "link set lo up",
        "link set seg1 addrgenmode none",
        *(
            f"address add {one}/64 dev seg1 nodad" if ":" in one else f"address add {one}/24 dev seg1"
            for one in addresses
        ),
        "address add fe80::35:2/64 dev seg1 nodad",
        "link set seg1 up",
    )
    with ExitStack() as stack:
        for fleet in fleets:
            stack.enter_context(fleet)
        talk.sendall(b"up\n")
        talk.recv(16)
        answer = {
            "harm": [str(one) for fleet in fleets for one in fleet.harm],
            "received": [
                (one.address, one.transport, one.protocol, one.method) for fleet in fleets for one in fleet.received
            ],
            "truth": {
                address: {name: getattr(truth, name) for name in ("maker", "model", "firmware", "mac", "serial")}
                for fleet in fleets
                for address, truth in fleet.truth.items()
            },
        }
        talk.sendall(json.dumps(answer).encode() + b"\n")
        talk.recv(16)


def _main(path: str) -> int:
    plan = json.loads(Path(path).read_text(encoding="utf-8"))
    ours, theirs = socket.socketpair()
    child = os.fork()
    if child == 0:
        ours.close()
        code = 1
        try:
            _devices_side(plan, theirs)
            code = 0
        finally:
            os._exit(code)
    theirs.close()
    lines = ours.makefile("rb")
    assert lines.readline() == b"here\n", "there is no second namespace"
    _ip(
        "link set lo up",
        "link add seg0 type veth peer name seg1",
        f"link set seg1 netns {child}",
        "link set seg0 addrgenmode none",
        f"address add {AUDITOR} dev seg0",
        f"address add {AUDITOR6} dev seg0 nodad",
        f"address add {AUDITOR_LINK} dev seg0 nodad",
        "link set seg0 up",
    )
    ours.sendall(b"go")
    assert lines.readline() == b"up\n", "the fleet did not start"
    done = subprocess.run(
        plan["command"], capture_output=True, text=True, timeout=plan["timeout"], check=False, stdin=subprocess.DEVNULL
    )
    ours.sendall(b"truth")
    result = json.loads(lines.readline())
    ours.sendall(b"end")
    os.waitpid(child, 0)
    print(json.dumps({"code": done.returncode, "stdout": done.stdout, "stderr": done.stderr} | result))
    return 0


if __name__ == "__main__":
    sys.exit(_main(sys.argv[1]))
