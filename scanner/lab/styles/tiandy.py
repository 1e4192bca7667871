"""Tiandy: a few pages that look like ISAPI, 400 for the others (docs/sources.md A7.7)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from scanner.lab.styles.base import Plain
from scanner.lab.wire import Answer, Request, page, xml

if TYPE_CHECKING:
    from scanner.lab.device import LabDevice


class Tiandy(Plain):
    """``/CGI`` and ``/ISAPI`` behind Digest. ``extra.isapi_space``: its XML carries the name space of ISAPI."""

    defaults: ClassVar[dict[str, Any]] = {"time.ntp": True}

    def open_page(self, device: LabDevice, request: Request) -> Answer | None:
        if request.path == "/":
            title = str(device.personality.extra.get("title", "Tiandy"))
            return page(f"<html><head><title>{title}</title></head><body></body></html>")
        return None

    def guards(self, device: LabDevice, request: Request) -> bool:  # noqa: ARG002
        return request.path.startswith(("/CGI/", "/ISAPI/"))

    def guarded_page(self, device: LabDevice, request: Request) -> Answer | None:
        space = ""
        if device.personality.extra.get("isapi_space"):
            space = ' version="2.0" xmlns="http://www.isapi.org/ver20/XMLSchema"'
        if request.path == "/CGI/System/deviceInfo":
            inner = f"<firmwareVersion>{device.firmware}</firmwareVersion><webVersion>1.0</webVersion>"
            return xml(f"<DeviceInfo{space}>{inner}</DeviceInfo>")
        if request.path == "/ISAPI/System/Video/inputs/channels/1/motionDetection":
            return _motion(device, space)
        return page("<html><body>400 Bad Request</body></html>", status=400)


def _motion(device: LabDevice, space: str) -> Answer:
    classes, motion = device.switch("object-class"), device.switch("motion")
    state = classes.state if classes else "missing"
    if state == "forbidden":
        return page("<html><body>403 Forbidden</body></html>", status=403)
    if state == "missing":
        return page("<html><body>400 Bad Request</body></html>", status=400)
    on = state in ("on", "no-schedule")
    targets = classes.targets if classes else ()
    switches = {
        "allEnabled": motion is not None and motion.state == "on",
        "carEnabled": on and "vehicle" in targets,
        "enabled": on and (not targets or "human" in targets),
    }
    if state == "supported-only":
        del switches["allEnabled"], switches["carEnabled"]
    inner = "".join(f"<{name}>{str(value).lower()}</{name}>" for name, value in switches.items())
    return xml(f"<MotionDetection{space}>{inner}</MotionDetection>")


STYLE = Tiandy()
