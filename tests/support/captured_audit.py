"""A lab fleet audited by the real command line inside a network namespace, while all packets are captured.

Run as a program in the namespace (``python captured_audit.py FOLDER PERSONALITY...``) it writes ``all.pcap`` and the
audit into the folder. The capture is our own: an AF_PACKET socket on loopback, so no program of the system is needed.
"""

from __future__ import annotations

import json
import socket
import struct
import subprocess
import sys
import threading
import time
from pathlib import Path

from audits import camaudit

from scanner.lab import Fleet
from scanner.lab.words import Placement

BASE = "127.36.0.0"
_ALL_PROTOCOLS, _OUTGOING = 3, 4
_ETHERNET = 1
_SNAP = 262_144
_RECEIVE_BYTES = 64 * 1024 * 1024


def captured_audit(folder: Path, *personalities: str, timeout: float = 300) -> subprocess.CompletedProcess[str]:
    """Audit these personalities in a fresh namespace; ``folder`` then has ``all.pcap`` and ``audit/``."""
    return subprocess.run(
        ["unshare", "-rn", sys.executable, str(Path(__file__)), str(folder), *personalities],
        capture_output=True, text=True, timeout=timeout, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip


class Sniffer:
    """Writes what passes on an interface to a pcap file until it is closed; ``lost``: what the kernel dropped."""

    def __init__(self, path: Path, interface: str = "lo") -> None:
        self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(_ALL_PROTOCOLS))
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BYTES)
        self._socket.bind((interface, 0))
        self._socket.settimeout(0.5)
        self._file = path.open("wb")
        self._file.write(struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, _SNAP, _ETHERNET))
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._write, daemon=True)
        self._thread.start()
        self.lost = 0

    def close(self) -> None:
        """Write what is still waiting, and end."""
        self._stop.set()
        self._thread.join()
        statistics = self._socket.getsockopt(263, 6, 8)  # SOL_PACKET, PACKET_STATISTICS
        self.lost = struct.unpack("II", statistics)[1]
        self._socket.close()
        self._file.close()

    def _write(self) -> None:
        while True:
            try:
                data, (_, _, kind, *_) = self._socket.recvfrom(_SNAP)
            except TimeoutError:
                if self._stop.is_set():
                    return
                continue
            if kind == _OUTGOING:  # loopback shows each packet as sent and as received
                continue
            nanoseconds = time.time_ns()
            head = struct.pack("<IIII", nanoseconds // 10**9, nanoseconds % 10**9, len(data), len(data))
            self._file.write(head + data)


def _main(folder: Path, personalities: list[str]) -> int:
    for words in (["ip", "link", "set", "lo", "up"], ["ip", "route", "add", "224.0.0.0/4", "dev", "lo"]):
        subprocess.run(words, check=True, capture_output=True)
    sniffer = Sniffer(folder / "all.pcap")
    # each one twice: where the auditor has a login, and where he has none
    placements = [
        Placement(personality=personality, host=f"{place}.{number}", login=login)
        for place, login in ((1, "works"), (2, "none"))
        for number, personality in enumerate(personalities, 1)
    ]
    with Fleet(placements, base=BASE) as fleet:
        done = camaudit(
            "scan", *(device.address for device in fleet.devices), "--logins", str(_logins(folder, placements[0])),
            "-T", "fast", "-o", str(folder / "audit"), timeout=240,
        )  # fmt: skip
        who = {device.address: device.personality.id for device in fleet.devices}
    sniffer.close()
    (folder / "who.json").write_text(json.dumps(who), encoding="utf-8")
    print(json.dumps({"code": done.returncode, "stderr": done.stderr[-4000:], "lost": sniffer.lost}))
    return 0


def _logins(folder: Path, placement: Placement) -> Path:
    secret = folder / "password.txt"
    secret.touch(mode=0o600)
    secret.write_text(placement.password + "\n", encoding="utf-8")
    logins = folder / "logins.toml"
    logins.touch(mode=0o600)
    network = BASE.replace("0.0", "1.0/24")
    logins.write_text(
        f'[[login]]\nrange = "{network}"\nuser = "{placement.user}"\npassword = "file:{secret}"\n', encoding="utf-8"
    )
    return logins


if __name__ == "__main__":
    sys.exit(_main(Path(sys.argv[1]), sys.argv[2:]))
