"""Channels of a Hikvision recorder (docs/sources.md A8.1). User names of the cameras are not looked at."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import msgspec

from scanner.drivers.addresses import address_in, told
from scanner.drivers.base import MOST_CHANNELS
from scanner.drivers.markup import child, every, local, switch, switch_at, text
from scanner.errors import NoAnswer
from scanner.fingerprint import firmware
from scanner.model import Answer, Attached, Gap

if TYPE_CHECKING:
    from lxml.etree import _Element

    from scanner.drivers.hikvision.pages import Isapi, Page

RECORDERS = frozenset({"NVR", "DVR", "HVR", "XVR", "HYBIRDNVR", "HYBRIDNVR", "ENCODER"})
MOST_ATTACHED = 512
LIST = "ContentMgmt/InputProxy/channels"
ANALOGUE = "analogue"
_NO_VIDEO = "NO VIDEO"
_DETECTED = frozenset({"connect", "connected"})
_UNDETECTED = frozenset({"notexist", "networkerror", "neterror", "netunreachable", "disconnect", "disconnected"})
"""``chanDetectResult`` (docs/sources.md A8.4), looked at where ``online`` is missing. Words that
tell of a camera that is there and keeps the recorder out (a wrong password) are neither."""


def decode_attached(root: _Element, evidence: str) -> list[Attached]:
    """``InputProxyChannelList``; its ``size`` is often wrong, so the items are counted. A camera that is offline
    has no model and no firmware in it, on some recorders never. Only the protocol ``HIKVISION`` names a maker: ONVIF,
    ISAPI, PSIA and RTSP are spoken by many. A channel without address, model and serial number is not in use."""
    found: dict[str, Attached] = {}
    for item in every(root, "InputProxyChannel"):
        channel = text(item, "id")
        source = child(item, "sourceInputPortDescriptor")
        if not channel or source is None or len(found) >= MOST_ATTACHED:
            continue
        protocol = told(text(source, "proxyProtocol"))
        names = ("ipAddress", "hostName", "ipv6Address")
        address = next((one for name in names if (one := address_in(text(source, name)))), None)
        model, serial = told(text(source, "model")), told(text(source, "serialNumber"))
        if not (address or model or serial):
            continue
        own = protocol.upper() == "HIKVISION"
        maker = "Hikvision" if own else None
        branded = own and model.upper().startswith(("DS-", "IDS-"))
        found.setdefault(
            channel,
            Attached(
                channel,
                text(item, "name"),
                address,
                brand="Hikvision" if branded else None,
                maker=maker,
                model=model or None,
                firmware=firmware.parse(maker, text(source, "firmwareVersion")),
                serial=serial or None,
                protocol=protocol,
                evidence=(evidence,) if evidence else (),
            ),
        )
    return list(found.values())


def decode_online(root: _Element) -> dict[str, Answer]:
    """``InputProxyChannelStatus`` by channel; ``online`` may stand inside the descriptor, and its case varies."""
    states: dict[str, Answer] = {}
    for item in every(root, "InputProxyChannelStatus"):
        channel = text(item, "id")
        if channel:
            states.setdefault(channel, _online(item))
    return {channel: state for channel, state in states.items() if state != "unknown"}


def _online(item: _Element) -> Answer:
    value = switch_at(item, "online")
    if value is None:
        said = [switch(node.text) for node in item.iter() if local(node).lower() == "online"]
        value = next((one for one in said if one is not None), None)
    if value is None:
        word = text(item, "chanDetectResult").lower()
        value = True if word in _DETECTED else False if word in _UNDETECTED else None
    return "unknown" if value is None else "yes" if value else "no"


def decode_inputs(root: _Element, evidence: str) -> list[Attached]:
    """``VideoInputChannelList``: the recorder's own inputs, for cameras on a coaxial cable. Nothing tells of the camera
    but ``resDesc``, the format of its picture, which is ``NO VIDEO`` on an empty socket (docs/sources.md A8.4)."""
    found: dict[str, Attached] = {}
    for item in every(root, "VideoInputChannel"):
        channel, picture = text(item, "id"), text(item, "resDesc")
        if not channel.isdecimal() or len(found) >= MOST_ATTACHED:
            continue
        online: Answer = "unknown" if not picture else "no" if picture.upper() == _NO_VIDEO else "yes"
        proof = (evidence,) if evidence else ()
        entry = Attached(channel, text(item, "name"), protocol=ANALOGUE, online=online, evidence=proof, slot="analogue")
        found.setdefault(channel, entry)
    return list(found.values())


def read_states(isapi: Isapi, cameras: Sequence[Attached]) -> Iterator[Attached | Gap]:
    """The cameras with their state, from one list or, where the recorder has none, asked channel by channel."""
    states: dict[str, Answer] = {}
    proofs: dict[str, str] = {}
    try:
        page = isapi.xml(f"{LIST}/status")
        states = decode_online(page.root)
        proofs = dict.fromkeys(states, page.evidence)
    except NoAnswer as silence:
        if silence.why not in ("no-such-page", "malformed"):
            yield Gap("hikvision: state of attached cameras", silence.why, silence.detail)
            yield from cameras
            return
    missing = [camera.channel for camera in cameras if camera.channel not in states and camera.channel.isdecimal()]
    try:
        for channel, page in _each_state(isapi, missing[:MOST_CHANNELS]):
            state: Answer = next((_online(item) for item in every(page.root, "InputProxyChannelStatus")), "unknown")
            states[channel], proofs[channel] = state, page.evidence
    except NoAnswer as silence:
        yield Gap("hikvision: state of attached cameras", silence.why, silence.detail)
    for camera in cameras:
        online = states.get(camera.channel, "unknown")
        proof = (proofs[camera.channel],) if camera.channel in proofs else ()
        evidence = tuple(dict.fromkeys((*camera.evidence, *proof)))
        yield msgspec.structs.replace(camera, online=online, evidence=evidence)


def _each_state(isapi: Isapi, channels: Sequence[str]) -> Iterator[tuple[str, Page]]:
    """The first channel that cannot be asked ends it: a page that is missing is missing for all of them."""
    for channel in channels:
        isapi.asker.most_requests += 1
        yield channel, isapi.xml(f"{LIST}/{channel}/status")
