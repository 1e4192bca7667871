"""Vivotek: parameters by level, and the API of the analytics module while it runs (docs/sources.md A7.4)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, ClassVar

from scanner.lab.styles.base import Plain
from scanner.lab.wire import Answer, Request, as_json, page, text

if TYPE_CHECKING:
    from scanner.lab.device import LabDevice

NAMES: dict[str, str] = {
    "crowd": "CrowdDetection", "loitering": "LoiteringDetection", "intrusion": "IntrusionDetection",
    "line-crossing": "LineCrossingDetection", "object-removed": "MissingObjectDetection",
    "object-left": "UnattendedObjectDetection", "face-detection": "FaceDetection", "running": "RunningDetection",
}  # fmt: skip
_PARAMETERS = re.compile(r"/cgi-bin/(viewer|operator|admin)/getparam\.cgi")


class Vivotek(Plain):
    """``/cgi-bin/<level>/getparam.cgi`` and ``/VCA/`` behind Digest."""

    defaults: ClassVar[dict[str, Any]] = {
        "time.ntp": True, "web.auth": "digest", "upnp.enabled": False, "upnp.mapped": False,
    }  # fmt: skip

    def open_page(self, device: LabDevice, request: Request) -> Answer | None:
        if request.path in ("/", "/index.html"):
            title = device.fill(str(device.personality.extra.get("title", "Network Camera")))
            return page(f"<!DOCTYPE html><html><head><title>{title}</title></head><body></body></html>")
        return None

    def guards(self, device: LabDevice, request: Request) -> bool:  # noqa: ARG002
        return request.path.startswith(("/cgi-bin/", "/VCA/"))

    def guarded_page(self, device: LabDevice, request: Request) -> Answer | None:
        found = _PARAMETERS.fullmatch(request.path)
        if found is not None:
            return _parameters(device, found[1], request)
        if request.path.startswith("/VCA/") and _module(device) == "on":
            return _vca(device, request.path.removeprefix("/VCA/"))
        return None


def _module(device: LabDevice) -> str:
    """Status of the maker's own module; '' where it is not installed."""
    states = {switch.state for switch in device.switches if switch.feature in NAMES}
    if not states or states == {"missing"}:
        return ""
    return "off" if "not-loaded" in states else "on"


def _parameters(device: LabDevice, level: str, request: Request) -> Answer:
    values: dict[str, str] = {}
    if "system_info" in request.query:
        values = {
            "system_info_modelname": device.personality.model,
            "system_info_extendedmodelname": device.personality.model,
            "system_info_serialnumber": device.serial,
            "system_info_firmwareversion": device.firmware,
        }
    if level == "admin":
        named = {"network_http_authmode": "web.auth", "upnpportforwarding_enable": "upnp.mapped",
                  "upnppresentation_enable": "upnp.enabled"}  # fmt: skip
        for name in named.keys() & request.query.keys():
            value = device.setting(named[name])
            values[name] = str(int(value)) if isinstance(value, bool) else str(value)
    if "vadp_module" in request.query and level == "admin" and not device.personality.extra.get("viewer_only"):
        modules = [("VCA", _module(device)), *map(tuple, device.personality.extra.get("modules", ()))]
        modules = [(name, status) for name, status in modules if status]
        values["vadp_module_number"] = str(len(modules))
        for number, (name, status) in enumerate(modules):
            values[f"vadp_module_i{number}_name"] = name
            values[f"vadp_module_i{number}_url"] = f"/vadp/{number}/www/index.html"
            values[f"vadp_module_i{number}_status"] = status
            values[f"vadp_module_i{number}_enable"] = str(int(status == "on"))
    return text("".join(f"{name}='{value}'\r\n" for name, value in values.items()))


def _vca(device: LabDevice, page_name: str) -> Answer | None:
    there = [switch for switch in device.switches if switch.feature in NAMES and switch.state != "missing"]
    if any(switch.state == "forbidden" for switch in there):
        return page("<html><body>403 Forbidden</body></html>", status=403)
    if page_name == "Functions":
        return as_json([f"{NAMES[switch.feature]}_1.0" for switch in there])
    if page_name != "Config/RE" or any(switch.state == "supported-only" for switch in there):
        return None
    rules: dict[str, Any] = {"ExclusiveArea": {"Field": []}}
    for switch in there:
        on = switch.state in ("on", "no-schedule")
        rules[NAMES[switch.feature]] = {"Rule-1": {"Field": [[{"x": 0, "y": 0}]]}} if on else {}
    return as_json(rules)


STYLE = Vivotek()
