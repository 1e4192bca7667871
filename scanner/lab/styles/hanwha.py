"""Hanwha Vision: the state page that needs no login, and SUNAPI paths that do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from scanner.lab.styles.base import Plain
from scanner.lab.wire import Answer, Request, page, text

if TYPE_CHECKING:
    from scanner.lab.device import LabDevice


class Hanwha(Plain):
    """``/init-cgi/pw_init.cgi?...statuscheck`` open, ``/stw-cgi/`` behind Digest (SUNAPI guide)."""

    defaults: ClassVar[dict[str, Any]] = {"account.activated": True, "time.ntp": True}

    def open_page(self, device: LabDevice, request: Request) -> Answer | None:
        if request.path == "/":
            return page(
                "<html><head><title>Hanwha Techwin</title></head>"
                '<body><script src="/wmf/index.js"></script></body></html>'
            )
        if request.target == "/init-cgi/pw_init.cgi?msubmenu=statuscheck&action=view":
            initialised = "True" if device.setting("account.activated") else "False"
            return text(
                f"Initialized={initialised}\r\nLanguage=English\r\nMaxChannel=1\r\nSpecialType=none\r\n"
                "NewPasswordPolicy=True\r\nMaxPasswordLength=64\r\nManufacturer=Hanwha Vision\r\n"
            )
        return None

    def guards(self, device: LabDevice, request: Request) -> bool:  # noqa: ARG002
        return request.path.startswith(("/stw-cgi/", "/home/", "/init-cgi/"))

    def guarded_page(self, device: LabDevice, request: Request) -> Answer | None:
        if request.target == "/stw-cgi/system.cgi?msubmenu=deviceinfo&action=view":
            return text(
                f"Model={device.personality.model}\r\nDeviceType=NWC\r\nFirmwareVersion={device.firmware}\r\n"
                f"SerialNumber={device.serial}\r\nConnectedMACAddress={device.mac.upper()}\r\nCGIVersion=2.6.3\r\n"
            )
        return None


STYLE = Hanwha()
