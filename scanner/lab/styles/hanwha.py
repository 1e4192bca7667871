"""Hanwha Vision: the state page that needs no login, and SUNAPI views and attributes that do (docs/sources.md A7.2).

``extra``: ``json`` answers in JSON, ``analysis`` names the view of video analysis, ``channels`` how many there are,
``attributes: [group/category/name=value]`` are told beside those of the switches, ``old`` tells none of these.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, ClassVar

from scanner.lab.styles._sunapi.attributes import attributes
from scanner.lab.styles._sunapi.views import device_page, view
from scanner.lab.styles.base import Plain
from scanner.lab.wire import Answer, Request, page, text

if TYPE_CHECKING:
    from scanner.lab.device import LabDevice

_VIEW = re.compile(r"/stw-cgi/(\w+)\.cgi\?msubmenu=(\w+)&action=view")


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
                f"Initialized={initialised}\r\nLanguage=English\r\nMaxChannel={len(device.channels)}\r\n"
                "SpecialType=none\r\n"
                "NewPasswordPolicy=True\r\nMaxPasswordLength=64\r\nManufacturer=Hanwha Vision\r\n"
            )
        return None

    def guards(self, device: LabDevice, request: Request) -> bool:  # noqa: ARG002
        return request.path.startswith(("/stw-cgi/", "/home/", "/init-cgi/"))

    def guarded_page(self, device: LabDevice, request: Request) -> Answer | None:
        if request.target == "/stw-cgi/attributes.cgi/attributes":
            return attributes(device)
        found = _VIEW.fullmatch(request.target)
        if found is None:
            return None
        if found[1] in ("system", "security"):
            return device_page(device, found[2])
        return view(device, found[1], found[2])


STYLE = Hanwha()
