"""A network namespace without uplink, for tests that must show what leaves the machine: nothing can.

Run as a program inside the namespace (``python namespace.py COUNT COMMAND...``) it brings loopback and a cable to
nowhere up, counts every packet that the command sends on any interface, and prints the counts as JSON.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

_HERE = str(Path(__file__).parent)  # a benchmark that runs itself in there imports what lies here


def in_namespace(*words: str, timeout: float = 120) -> subprocess.CompletedProcess[str]:
    """Run a command in a fresh namespace whose only ways out are loopback and a cable to nowhere on 10.99.0.0/16."""
    return subprocess.run(
        ["unshare", "-rn", sys.executable, str(Path(__file__)), *words],
        capture_output=True, text=True, timeout=timeout, check=False, stdin=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, (_HERE, os.environ.get("PYTHONPATH"))))},
    )  # fmt: skip


def packets() -> dict[str, int]:
    """Packets sent so far, by interface."""
    counts = {}
    for line in Path("/proc/net/dev").read_text(encoding="ascii").splitlines()[2:]:
        name, numbers = line.split(":", 1)
        counts[name.strip()] = int(numbers.split()[9])
    return counts


def _main() -> int:
    # The kernel announces every new interface by IPv6 messages of its own, which would be counted.
    for which in ("all", "default"):
        Path(f"/proc/sys/net/ipv6/conf/{which}/disable_ipv6").write_text("1", encoding="ascii")
    for words in (
        ["ip", "link", "set", "lo", "up"],
        ["ip", "link", "add", "out0", "type", "veth", "peer", "name", "out1"],
        ["ip", "address", "add", "10.99.0.1/16", "dev", "out0"],
        ["ip", "link", "set", "out0", "up", "arp", "off"],  # nobody is there to answer: packets leave unasked
        ["ip", "link", "set", "out1", "up"],
        ["ip", "route", "add", "224.0.0.0/4", "dev", "lo"],
    ):
        subprocess.run(words, check=True, capture_output=True)
    before = packets()
    ran = subprocess.run(sys.argv[1:], capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    after = packets()
    sent = {name: after[name] - before.get(name, 0) for name in after}
    print(json.dumps({"code": ran.returncode, "stdout": ran.stdout, "stderr": ran.stderr, "sent": sent}))
    return 0


if __name__ == "__main__":
    sys.exit(_main())
