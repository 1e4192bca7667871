"""Records devices of the lab in this process, as ``camaudit record`` does."""

from __future__ import annotations

import asyncio
import threading
from datetime import UTC, datetime
from functools import cache
from typing import Any

from lab_doors import QUICK, UNHURRIED

from scanner.discovery import DEFAULT_PORTS, Sighting, finders, load_protocols, sweep
from scanner.estate import Estate
from scanner.evidence import MemoryEvidence
from scanner.fingerprint.makers import names
from scanner.lab import LabDevice
from scanner.logins import Logins
from scanner.model import Device, Target
from scanner.net import Door, Ledger
from scanner.pipeline.device import DeviceReader
from scanner.pipeline.tape import Tape
from scanner.recordings import Recording
from scanner.recordings.whole import anonymise
from scanner.scope import Scope
from scanner.secret import Secret

MEASURED = frozenset({"time.skew_seconds"})


def clock() -> datetime:
    """Now."""
    return datetime.now(UTC)


@cache
def is_maker(text: str) -> bool:
    """Whether the shipped list of makers has this name, as ``camaudit record`` asks it."""
    return names().is_distinct(text)


def taped(device: LabDevice) -> tuple[Device, Recording]:
    """A device of a running fleet as an audit of its address alone reads it, and the recording of it, still raw."""
    tape = Tape(clock)
    placement = device.placement
    logins = Logins.none()
    if placement.login != "none":
        logins = Logins.single(placement.user, Secret(placement.password))
    door = Door(
        Scope.loopback(), pace=UNHURRIED, ledger=Ledger(None), evidence=MemoryEvidence(), now=clock, limits=QUICK,
        tap=tape,
    )  # fmt: skip
    found = asyncio.run(_sighting(door, device))
    reader = DeviceReader(door, logins, Estate(), clock, threading.Event(), lambda _address, _port: True)
    read = reader.read(found)
    return read, tape.recording(read, "camaudit test", placement.user if placement.login != "none" else "")


async def _sighting(door: Door, device: LabDevice) -> Sighting:
    seen: list[Sighting] = []
    asked = (*load_protocols(), *(name for name in device.finder_ports if name in finders()))
    await sweep(
        door, [Target(device.address)], ports=DEFAULT_PORTS, protocols=asked, window_seconds=1.0, repeat_seconds=0.5,
        on_sighting=seen.append,
    )  # fmt: skip
    (found,) = seen
    return found


def anonymous(device: LabDevice, raw: Recording) -> Recording:
    """The recording as the command would write it."""
    account = device.placement.user
    return anonymise(raw, is_maker, [Secret(device.placement.password)], [("user name", account)])


def said(concluded: dict[str, Any]) -> dict[str, Any]:
    """What was concluded, without the numbers of exchanges and the value of the clock. Claims stand in the order in
    which datagrams arrived, and the sentences made of them too: they are put in one order, and left out."""
    bare: dict[str, Any] = _bare(concluded)
    bare["identity"]["claims"].sort(key=str)
    del bare["identity"]["reasons"]
    for key in MEASURED & bare["facts"].keys():
        bare["facts"][key].pop("value", None)
    return bare


def _bare(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _bare(inner) for key, inner in value.items() if key != "evidence"}
    return [_bare(inner) for inner in value] if isinstance(value, list) else value
