"""ISAPI of a recorder: its cameras and whether they are there."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from scanner.lab.leaks import leak
from scanner.lab.styles._isapi.words import leaves, refused, root
from scanner.lab.wire import Answer

if TYPE_CHECKING:
    from scanner.lab.device import LabDevice
    from scanner.lab.words import AttachedCamera


def channels(device: LabDevice, below: str, path: str) -> Answer | None:
    """``/ISAPI/ContentMgmt/InputProxy/channels`` and below; None where it is another page's."""
    if device.personality.kind != "recorder":
        return refused(device, path)
    parts = below.split("/")
    if not below:
        inner = "".join(_channel(camera) for camera in device.attached)
        # the size a real recorder gives is often wrong
        return root(device, "InputProxyChannelList", inner, attributes=f' size="{len(device.attached) + 2}"')
    if below == "status" and device.personality.extra.get("states") == "by channel":
        return None
    if below == "status":
        return root(device, "InputProxyChannelStatusList", "".join(_status(camera) for camera in device.attached))
    for camera in device.attached:
        if parts == [camera.channel, "status"]:
            status = (
                _status(camera).removeprefix("<InputProxyChannelStatus>").removesuffix("</InputProxyChannelStatus>")
            )
            return root(device, "InputProxyChannelStatus", status)
        if parts == [camera.channel]:
            inner = _channel(camera).removeprefix("<InputProxyChannel>").removesuffix("</InputProxyChannel>")
            return root(device, "InputProxyChannel", inner)
    return None


def _source(camera: AttachedCamera) -> str:
    known = camera.online
    return leaves(
        proxyProtocol=camera.protocol or "HIKVISION",
        addressingFormatType="ipaddress",
        ipAddress=camera.address,
        managePortNo=8000 if camera.protocol in ("", "HIKVISION") else 80,
        srcInputPort=1,
        userName=leak("proxyuser"),
        connMode="plugplay" if camera.protocol in ("", "HIKVISION") else "manual",
        streamType="auto",
        model=camera.model if known else None,
        serialNumber=camera.serial if known else None,
        firmwareVersion=camera.firmware if known else None,
        deviceID=None,
    )


def _channel(camera: AttachedCamera) -> str:
    head = leaves(id=camera.channel, name=escape(camera.name))
    tail = leaves(certificateValidationEnabled=False, defaultAdminPortEnabled=True, enableTiming=True)
    source = f"<sourceInputPortDescriptor>{_source(camera)}</sourceInputPortDescriptor>"
    return f"<InputProxyChannel>{head}{source}{tail}</InputProxyChannel>"


def _status(camera: AttachedCamera) -> str:
    source = f"<sourceInputPortDescriptor>{_source(camera)}</sourceInputPortDescriptor>"
    result = "connect" if camera.online else "networkError"
    head = leaves(id=camera.channel)
    state = leaves(online=camera.online, chanDetectResult=result)
    return f"<InputProxyChannelStatus>{head}{source}{state}</InputProxyChannelStatus>"
