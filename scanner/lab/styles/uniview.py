"""Uniview: a login page, and LAPI with its JSON envelope."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from scanner.lab.styles.base import Plain
from scanner.lab.wire import Answer, Request, as_json, page

if TYPE_CHECKING:
    from scanner.lab.device import LabDevice
    from scanner.lab.gate import Verdict


class Uniview(Plain):
    """``/LAPI`` behind Digest. No recording of a LAPI body exists; the envelope is all that is known."""

    defaults: ClassVar[dict[str, Any]] = {"time.ntp": True}

    def open_page(self, device: LabDevice, request: Request) -> Answer | None:  # noqa: ARG002
        if request.path == "/":
            return page(
                "<html><head><title>Login</title></head><body><script src='/js/login.js'></script></body></html>"
            )
        return None

    def guards(self, device: LabDevice, request: Request) -> bool:  # noqa: ARG002
        return request.path.startswith("/LAPI/")

    def denied(self, device: LabDevice, verdict: Verdict) -> Answer:  # noqa: ARG002
        return as_json(_envelope("/LAPI", 401, "Not Authorized", None), status=401)

    def guarded_page(self, device: LabDevice, request: Request) -> Answer | None:
        if request.path == "/LAPI/V1.0/System/DeviceBasicInfo":
            data = {
                "Manufacturer": "UNIVIEW",
                "DeviceModel": device.personality.model,
                "SerialNumber": device.serial,
                "FirmwareVersion": device.firmware,
                "MAC": device.mac,
            }
            return as_json(_envelope(request.path, 0, "Succeed", data))
        return as_json(_envelope(request.path, 4, "Not Supported", None))


def _envelope(url: str, code: int, word: str, data: dict[str, Any] | None) -> dict[str, Any]:
    return {
        "Response": {
            "ResponseURL": url,
            "CreatedID": -1,
            "ResponseCode": code,
            "SubResponseCode": 0,
            "ResponseString": word,
            "StatusCode": code,
            "StatusString": word,
            "Data": data if data is not None else "null",
        }
    }


STYLE = Uniview()
