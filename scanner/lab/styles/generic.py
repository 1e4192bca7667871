"""A camera of no particular maker: a title, a login page, everything else through ONVIF."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from scanner.lab.styles.base import Plain
from scanner.lab.wire import Answer, Request, page

if TYPE_CHECKING:
    from scanner.lab.device import LabDevice


class Generic(Plain):
    """A front page with a title; ``/cgi-bin`` asks for a login and has nothing behind it."""

    defaults: ClassVar[dict[str, Any]] = {"time.ntp": True}

    def open_page(self, device: LabDevice, request: Request) -> Answer | None:
        if request.path in ("/", "/index.html"):
            title = device.fill(str(device.personality.extra.get("title", "")))
            return page(
                f"<!DOCTYPE html><html><head><title>{title}</title></head><body><form id=login></form></body></html>"
            )
        return None

    def guards(self, device: LabDevice, request: Request) -> bool:  # noqa: ARG002
        return request.path.startswith("/cgi-bin/")


STYLE = Generic()
