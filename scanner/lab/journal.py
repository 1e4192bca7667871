"""What the fleet received, and what of it would have hurt.

One journal a fleet. It is written by the fleet's loop only and may be read from any thread.
"""

from __future__ import annotations

import re
import time
from collections import defaultdict, deque
from datetime import UTC, datetime
from typing import Literal

from scanner.lab.words import Harm, Received

DATAGRAM_WINDOW_SECONDS = 30.0
DATAGRAMS_OF_A_KIND = 2  # one and one repeat
BOTH_OPEN_SECONDS = 0.4  # a switch of connections may overlap this long

# Reading these costs a device dearly, hands out pictures or people, or leaves handles open, whoever made it.
_MEDIA = re.compile(
    r"/picture\b|/httpPreview|snapshot\.cgi|mjpg|/mjpeg|audio\.cgi|loadfile\.cgi|mediafilefind|startfind|dofind"
    r"|/jpg/image|/axis-cgi/media|logsearch|/ContentMgmt/(search|download|logSearch|record)|FDSearch|UserInfo/Search"
    r"|configurationData|getSystemLog|serverreport|systemlog|recordfinder|/Streaming/tracks",
    re.IGNORECASE,
)
_SUBSCRIPTION = re.compile(
    r"alertStream|eventManager\.cgi\?action=attach|action=attach|subscribeEvent|CreatePullPoint|/event/stream",
    re.IGNORECASE,
)
_LOGIN_STEP = re.compile(
    r"RPC2_Login|/sessionLogin|/SDK/activate$|global\.login|cmd=Login\b|/login\.cgi", re.IGNORECASE
)
_STATE_CHANGE = re.compile(
    r"action=(set|update|add|remove|delete|modify|create|enable|disable|open|reboot|shutdown|factory|upgrade|put"
    r"|control|start|stop|group|deploy|restart|reset|clear)|/PTZCtrl/|direction=WRITE|[?&]reboot|/reboot|setparam\.cgi"
    r"|/restart|occupancy-reset|clear-data|/VCAResource/test|setinitpassword|firmwareupgrade|factorydefault",
    re.IGNORECASE,
)


def harm_of_path(path: str) -> tuple[str, str] | None:
    """Judge a request target by itself: (kind, detail), or None where nothing is wrong with it."""
    for kind, pattern in (
        ("login-step", _LOGIN_STEP),
        ("subscription", _SUBSCRIPTION),
        ("media", _MEDIA),
        ("state-change", _STATE_CHANGE),
    ):
        if pattern.search(path):
            return kind, path
    return None


class Journal:
    """Keeps everything received and every harm, in the order they came."""

    def __init__(self, *, fragile: bool = True) -> None:
        self._fragile = fragile
        self.received: list[Received] = []
        self.harm: list[Harm] = []
        self._datagrams: dict[tuple[str, str], deque[float]] = defaultdict(deque)
        self._requests: dict[str, deque[float]] = defaultdict(deque)

    def clear(self) -> None:
        self.received.clear()
        self.harm.clear()
        self._datagrams.clear()
        self._requests.clear()

    def saw(
        self,
        address: str,
        port: int,
        transport: Literal["tcp", "udp"],
        protocol: str,
        method: str = "",
        path: str = "",
    ) -> None:
        """Note one thing that came in."""
        self.received.append(Received(datetime.now(UTC), address, port, transport, protocol, method, path))

    def hurt(self, address: str, port: int, kind: str, detail: str) -> None:
        """Note one harm."""
        self.harm.append(Harm(datetime.now(UTC), address, port, kind, detail[:300]))

    def count_datagram(self, address: str, port: int, kind: str) -> None:
        """Count one datagram of a kind; the third within the window is a harm."""
        now = time.monotonic()
        times = self._datagrams[address, kind]
        while times and now - times[0] > DATAGRAM_WINDOW_SECONDS:
            times.popleft()
        times.append(now)
        if len(times) > DATAGRAMS_OF_A_KIND:
            self.hurt(
                address, port, "too-many-datagrams", f"{len(times)} of {kind} within {DATAGRAM_WINDOW_SECONDS:.0f} s"
            )

    def count_request(self, address: str, port: int, per_second: float | None) -> None:
        """Count one request against the rate a fragile device bears."""
        if per_second is None or not self._fragile:
            return
        now = time.monotonic()
        times = self._requests[address]
        while times and now - times[0] > 1.0:
            times.popleft()
        times.append(now)
        if len(times) > per_second + 1:
            self.hurt(address, port, "too-fast", f"{len(times)} requests within a second; it bears {per_second:g}")
