"""Cameras behind a Dahua recorder (docs/sources.md A8.2). Passwords and user names end where the tables are read.

Inputs for cameras on a coaxial cable are not listed: a channel without a network camera may be one or may be empty, and
no published field tells.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import msgspec

from scanner.drivers.addresses import UNUSED, address_in, told
from scanner.drivers.base import MOST_CHANNELS, Asker, known
from scanner.drivers.dahua.tables import Table, about, ask, section
from scanner.errors import NoAnswer
from scanner.model import Answer, Attached, FactSeen, Gap, Silence, Slot

_LOGIC = "/cgi-bin/LogicDeviceManager.cgi?action="
STATES = (f"{_LOGIC}getCameraState&uniqueChannels%5B0%5D=-1", f"{_LOGIC}getCameraState&uniqueChannels=-1")
"""The same question in its two spellings."""
ALL = f"{_LOGIC}getCameraAll"
_SLOT = re.compile(r"\.(?:uuid:)?System_CONFIG_NETCAMERA_INFO_(\d{1,4})\.", re.IGNORECASE)
_NO_MODEL = frozenset({"", "ip camera", "ipc", "private", "onvif"})
_NO_BRAND = frozenset({"", "private", "onvif", "general", "custom", "rtsp", "auto"})
_NO_MAC = frozenset({"", "00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff"})
_THERE = frozenset({"connected", "connect"})
_NOT_THERE = frozenset({"unconnect", "unconnected", "disconnect", "disconnected", "empty"})
_UNSAID: frozenset[Silence] = frozenset({"no-such-page", "malformed"})


def decode_remote_devices(table: Table) -> list[Attached]:
    """``RemoteDevice``: one entry a slot that names a camera; slots count from 0 and channels from 1.

    A slot nobody uses has the address 192.168.0.0 and is left out. One that is switched off, or has this address, and
    still names a camera is a left-over. ``DeviceType`` is often only "IP Camera".
    """
    slots: dict[int, dict[str, str]] = {}
    for key, value in table.lines.items():
        if found := _SLOT.match(key):
            slots.setdefault(int(found[1]), {})[key[found.end() - 1 :]] = value
    entries = (_entry(str(slot + 1), Table(slots[slot], table.evidence)) for slot in sorted(slots))
    return [entry for entry in entries if entry is not None]


def decode_all(table: Table) -> list[Attached]:
    """``getCameraAll``: the same for recorders that give no states. ``UniqueChannel`` is the recorder's channel from 0,
    ``Channel`` that of the camera. Pictures put together of others (``Type=Compose``) are no cameras. NoAnswer
    ``malformed`` for a reply about other things."""
    found: dict[str, Attached] = {}
    for lines in about(table, "camera").split("camera").values():
        number = lines.get(".UniqueChannel")
        if not number.isdecimal() or len(number) > 4 or lines.get(".Type", "Remote").lower() != "remote":
            continue
        channel = str(int(number) + 1)
        inner = Table({**lines.lines, **lines.under(".DeviceInfo").lines}, table.evidence)
        off = lines.switch(".Enable") is False
        entry = _entry(channel, Table({**inner.lines, ".Enable": "false"}, table.evidence) if off else inner)
        if entry is not None:
            found.setdefault(channel, entry)
    return sorted(found.values(), key=lambda entry: int(entry.channel))


def _entry(channel: str, lines: Table) -> Attached | None:
    unused = lines.get(".Address") == UNUSED
    address = address_in(lines.get(".Address"))
    model, serial = told(lines.get(".DeviceType")), told(lines.get(".SerialNo"))
    mac = lines.get(".Mac").lower().replace("-", ":")
    if model.lower() in _NO_MODEL:
        model = ""
    if not (address or serial):
        return None
    vendor, protocol = told(lines.get(".Vendor")), told(lines.get(".ProtocolType")) or told(lines.get(".Protocol"))
    brand = vendor if vendor.lower() not in _NO_BRAND else None
    own = protocol.lower() == "private" and (brand is None or brand.lower() == "dahua")
    return Attached(
        channel,
        lines.get(".Name"),
        address,
        brand=brand,
        maker="Dahua" if own else None,
        model=model or None,
        serial=serial or None,
        mac=None if mac in _NO_MAC else mac,
        protocol=protocol,
        evidence=(lines.evidence,) if lines.evidence else (),
        slot="left-over" if unused or lines.switch(".Enable") is False else "unknown",
    )


def decode_states(table: Table) -> dict[str, str]:
    """``getCameraState``: connected, unconnect, disconnect, empty in lower case, by channel; case and spelling vary."""
    states = {}
    for lines in table.split("states").values():
        said = {key.lower(): value.strip() for key, value in lines.lines.items()}
        channel, state = said.get(".channel", ""), said.get(".connectionstate", "")
        if channel.isdecimal() and len(channel) <= 4 and state:
            states[str(int(channel) + 1)] = re.sub(r"[^a-z]", "", state.lower())
    return states


def online(state: str | None) -> Answer:
    """Whether a camera is there. A slot may keep a camera that was removed: only the state tells."""
    return "yes" if state in _THERE else "no" if state in _NOT_THERE else "unknown"


def _with_state(entry: Attached, state: str | None, evidence: str) -> Attached:
    """An entry that is switched on and empty is an old one. One that is switched off has no camera the recorder uses,
    unless the recorder itself says that it is connected."""
    there = online(state)
    slot: Slot = entry.slot
    if there == "yes":
        slot = "live"
    elif state == "empty":
        slot = "left-over"
    elif slot != "left-over":
        slot = "absent" if there == "no" else "unknown"
    elif there == "unknown":
        there = "no"  # switched off is what the recorder says
    proof = (evidence,) if state is not None and evidence else ()
    proofs = tuple(dict.fromkeys((*entry.evidence, *proof)))
    return msgspec.structs.replace(entry, online=there, slot=slot, evidence=proofs)


def read_attached(asker: Asker) -> Iterator[Attached | FactSeen | Gap]:
    """All entries with their state; where it cannot be read, ``getCameraAll`` still tells which are switched off."""
    lost: NoAnswer | None = None
    entries: list[Attached] = []
    evidence = ""
    try:
        table = section(asker, "RemoteDevice")
        entries, evidence = decode_remote_devices(table)[:MOST_CHANNELS], table.evidence
    except NoAnswer as silence:
        lost = silence
        if silence.why not in (*_UNSAID, "forbidden"):
            raise
    states, proof, silence_of_states = _states(asker)
    if silence_of_states is not None:
        yield Gap("dahua: state of attached cameras", silence_of_states.why, silence_of_states.detail)
    if lost is not None or (not states and (silence_of_states is None or silence_of_states.why in _UNSAID)):
        try:
            table = ask(asker, ALL)
            others = decode_all(table)[:MOST_CHANNELS]
        except NoAnswer:
            if lost is not None:
                raise lost from None
        else:
            entries = list(_joined(entries, others))
            evidence = evidence or table.evidence
    found = [_with_state(entry, states.get(entry.channel), proof) for entry in entries]
    yield known("recorder.attached", sum(entry.slot != "left-over" for entry in found), evidence)
    yield from found


def _states(asker: Asker) -> tuple[dict[str, str], str, NoAnswer | None]:
    """States by channel, the reply they stand in, and why there are none."""
    lost: NoAnswer | None = None
    for question in STATES:
        try:
            table = ask(asker, question)
        except NoAnswer as silence:
            lost = silence
            if silence.why not in _UNSAID:
                break
            continue
        if states := decode_states(table):
            return states, table.evidence, None
        lost = NoAnswer("malformed", "no states in it")
    return {}, "", lost


def _joined(entries: Iterable[Attached], others: Iterable[Attached]) -> Iterator[Attached]:
    """One entry a channel: what the first list says, completed by the second; switched off in either is off."""
    more = {entry.channel: entry for entry in others}
    for entry in entries:
        other = more.pop(entry.channel, None)
        if other is None:
            yield entry
            continue
        yield msgspec.structs.replace(
            entry,
            address=entry.address or other.address,
            model=entry.model or other.model,
            serial=entry.serial or other.serial,
            mac=entry.mac or other.mac,
            evidence=tuple(dict.fromkeys((*entry.evidence, *other.evidence))),
            slot="left-over" if "left-over" in (entry.slot, other.slot) else entry.slot,
        )
    yield from more.values()
