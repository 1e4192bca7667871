"""What styles have in common: a plain refusal and no pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from scanner.lab.wire import Answer, Request, page

if TYPE_CHECKING:
    from scanner.lab.device import LabDevice
    from scanner.lab.gate import Verdict


class Plain:
    """A web server with nothing on it. Styles override what they have."""

    defaults: ClassVar[dict[str, Any]] = {}

    def open_page(self, device: LabDevice, request: Request) -> Answer | None:  # noqa: ARG002
        return None

    def guards(self, device: LabDevice, request: Request) -> bool:  # noqa: ARG002
        return False

    def guarded_page(self, device: LabDevice, request: Request) -> Answer | None:  # noqa: ARG002
        return None

    def reads_by_post(self, device: LabDevice, request: Request) -> bool:  # noqa: ARG002
        return False

    def logs_in(self, device: LabDevice, request: Request) -> bool:  # noqa: ARG002
        return False

    def denied(self, device: LabDevice, verdict: Verdict) -> Answer:  # noqa: ARG002
        if verdict == "locked":
            return page("<html><body>403 Forbidden</body></html>", status=403)
        return page(
            "<html><head><title>401 Unauthorized</title></head><body>401 Unauthorized</body></html>", status=401
        )
