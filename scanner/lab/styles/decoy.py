"""Things that are no cameras: a page, a title, a UPnP description."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scanner.lab.datagrams import upnp_description
from scanner.lab.styles.base import Plain
from scanner.lab.wire import Answer, Request, page, xml

if TYPE_CHECKING:
    from scanner.lab.device import LabDevice


class Decoy(Plain):
    """One page for everybody, nothing behind a login."""

    def open_page(self, device: LabDevice, request: Request) -> Answer | None:
        extra = device.personality.extra
        if request.path in ("/", "/index.html"):
            title = device.fill(str(extra.get("title", "")))
            body = extra.get("body", "")
            return page(f"<!DOCTYPE html>\n<html><head><title>{title}</title></head>\n<body>{body}</body></html>\n")
        ssdp = extra.get("ssdp")
        if isinstance(ssdp, dict) and request.path == ssdp.get("path"):
            return xml(upnp_description(device))
        return None


STYLE = Decoy()
