"""Milesight: a login page, and the calls of operator.cgi in JSON (docs/sources.md A7.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from scanner.lab.leaks import leak
from scanner.lab.styles.base import Plain
from scanner.lab.wire import Answer, Request, as_json, page, text

if TYPE_CHECKING:
    from scanner.lab.device import LabDevice
    from scanner.lab.words import Switch

PAGES: dict[str, tuple[str, str]] = {
    "get.vca.intrusion": ("intrusion", "regionEnable"),
    "get.vca.regionentrance": ("region-entrance", "regionEnable"),
    "get.vca.alllinecrossing": ("line-crossing", "lineCrossingEnable"),
    "get.vca.loitering": ("loitering", "loiteringEnable"),
}
_UNUSED = ":".join(["-1"] * 10) + ":"
_DRAWN = "128:320:280:180:-1:-1:-1:-1:-1:-1:"


class Milesight(Plain):
    """``/cgi-bin`` behind Digest."""

    defaults: ClassVar[dict[str, Any]] = {"time.ntp": True}

    def open_page(self, device: LabDevice, request: Request) -> Answer | None:  # noqa: ARG002
        if request.path in ("/", "/index.html"):
            return page("<!DOCTYPE html><html><head><title>Milesight Network Camera</title></head><body></body></html>")
        return None

    def guards(self, device: LabDevice, request: Request) -> bool:  # noqa: ARG002
        return request.path.startswith("/cgi-bin/")

    def guarded_page(self, device: LabDevice, request: Request) -> Answer | None:
        if request.path != "/cgi-bin/operator/operator.cgi":
            return None
        action = request.first("action")
        if action == "get.system.information":
            return as_json({
                "deviceName": "Network Camera", "model": device.personality.model, "firmwareVersion": device.firmware,
                "snCode": device.serial, "rtspPassword": leak("milesight"),
            })  # fmt: skip
        if action == "get.vca.alarmstatus":
            return _alarms(device.switch("people-counting"))
        if action in PAGES:
            return _rule(device, *PAGES[action])
        return None


def _rule(device: LabDevice, feature: str, name: str) -> Answer | None:
    switch = device.switch("intrusion" if feature == "region-entrance" else feature)
    if switch is None or switch.state == "missing":
        return None
    if switch.state == "forbidden":
        return page("<html><body>403 Forbidden</body></html>", status=403)
    on = feature != "region-entrance" and switch.state in ("on", "no-schedule", "not-loaded")
    drawn = _UNUSED if switch.state == "not-loaded" else _DRAWN
    slots = [
        {name: int(on and number == 0), "polygonX": drawn if number == 0 else _UNUSED,
         "polygonY": drawn if number == 0 else _UNUSED}
        for number in range(4)
    ]  # fmt: skip
    return as_json({"maxWidth": 320, "maxHeight": 240, "detectionInfoList": slots})


def _alarms(switch: Switch | None) -> Answer | None:
    if switch is None or switch.state == "missing":
        return text("var region_entrance_alarm_status='0';")
    if switch.state == "forbidden":
        return page("<html><body>403 Forbidden</body></html>", status=403)
    names = ("current_in_count", "current_out_count", "current_sum_count", "current_capacity_count")
    return text("".join(f"var {name}='7';" for name in names))


STYLE = Milesight()
