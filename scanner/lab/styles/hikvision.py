"""Hikvision and the brands that sell its devices: the web pages and ISAPI."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from scanner.lab.datagrams import upnp_description
from scanner.lab.styles._isapi import events, recorder, settings
from scanner.lab.styles._isapi.words import leaves, refused, root
from scanner.lab.styles.base import Plain
from scanner.lab.wire import Answer, Request, page, text, xml

if TYPE_CHECKING:
    from scanner.lab.device import LabDevice
    from scanner.lab.gate import Verdict

_LOGIN_PAGE = """<!doctype html><html><head><title>{title}</title>
<script type="text/javascript" src="/doc/script/lib/seajs/config/sea-config.js?version={web}"></script></head>
<body><div id="login"></div><script>window.location.href = "/doc/page/login.asp?_" + (new Date()).getTime();</script>
</body></html>"""


class Hikvision(Plain):
    """``/ISAPI`` behind Digest; a front page that leads to ``/doc/page/login.asp``."""

    defaults: ClassVar[dict[str, Any]] = {
        "account.activated": True,
        "account.default_password": False,
        "account.admin_count": 1,
        "account.count": 2,
        "login.lock.enabled": True,
        "login.anonymous": False,
        "web.auth": "digest",
        "service.ssh": False,
        "service.telnet": None,
        "onvif.enabled": False,
        "onvif.users": 0,
        "upnp.enabled": False,
        "cloud.p2p": False,
        "snmp.enabled": False,
        "snmp.v1v2": False,
        "time.ntp": True,
        "log.remote": False,
        "stream.encryption": False,
        "ip_filter.enabled": False,
        "audio.enabled": None,
    }

    def open_page(self, device: LabDevice, request: Request) -> Answer | None:
        extra = device.personality.extra
        web = extra.get("web_version", "V4.0.1build210731")
        path = request.path
        if path == "/":
            return page(_LOGIN_PAGE.format(title=extra.get("title", "index"), web=web))
        if path in ("/doc/page/login.asp", "/index.asp"):
            return page(_LOGIN_PAGE.format(title=extra.get("title", "login"), web=web))
        if path == "/doc/script/lib/seajs/config/sea-config.js":
            return text(
                f'seajs.web_version = "{web}";\nseajs.config({{base: "/doc/script/"}});\n', kind="text/javascript"
            )
        if path == "/doc/script/inc.js":
            return text('var m_szPlugin = "/hikvision://";\n', kind="text/javascript")
        if path == "/SDK/activateStatus":
            return xml(settings.activation(device))
        if path == "/SDK/language":
            return xml("<Language><type>English</type></Language>")
        if path == "/upnpdevicedesc.xml" and "ssdp" in extra:
            return xml(upnp_description(device))
        return None

    def guards(self, device: LabDevice, request: Request) -> bool:  # noqa: ARG002
        return request.path.startswith(("/ISAPI/", "/PSIA/"))

    def denied(self, device: LabDevice, verdict: Verdict) -> Answer:
        if not device.setting("account.activated"):
            return refused(device, "/ISAPI", "notActivated")  # nobody can log in before a password is set
        if device.personality.extra.get("old") and verdict != "locked":
            return super().denied(device, verdict)
        gate = device.gate
        locked = verdict == "locked"
        inner = leaves(
            statusValue=401,
            statusString="Unauthorized",
            lockStatus="lock" if locked else "unlock",
            unlockTime=gate.seconds_left if locked else 0,
            retryLoginTime=0 if locked else gate.tries_left,
        )
        return root(device, "userCheck", inner, status=403 if locked and gate.rejected else 401)

    def guarded_page(self, device: LabDevice, request: Request) -> Answer | None:
        below = request.path.removeprefix("/ISAPI/")
        if request.method == "POST":
            return refused(device, request.path, "methodNotAllowed")
        if below == "System/deviceInfo":
            return settings.device_info(device)
        if below == "System/capabilities":
            return events.capabilities(device)
        if below == "Smart/capabilities":
            return events.smart_capabilities(device, request.path)
        if below == "Event/triggers":
            return events.triggers(device)
        if below.startswith("System/Video/inputs/channels/") and "/VCAResource" in below:
            return events.resource(device, request)
        if below in ("Custom/OpenPlatform/capabilities", "Custom/OpenPlatform/App"):
            return events.open_platform(device, request)
        if below == "Intelligent/FDLib/Count":
            return events.face_library(device, request)
        if below.startswith("ContentMgmt/InputProxy/channels") and "/video/" not in below:
            answer = recorder.channels(
                device, below.removeprefix("ContentMgmt/InputProxy/channels").strip("/"), request.path
            )
            return answer or refused(device, request.path)
        if below == "System/Video/inputs/channels":
            return _inputs(device)
        if below in settings.PAGES:
            answer = settings.PAGES[below](device, request)
            return answer if isinstance(answer, Answer) else None
        return events.rule_page(device, request) or refused(
            device, request.target, status=404 if device.personality.extra.get("old") else 403
        )


def _inputs(device: LabDevice) -> Answer:
    if device.personality.kind == "recorder":
        sockets = device.personality.extra.get("analogue", {})  # name -> format of the picture, as on real recorders
        listed = [
            f"<VideoInputChannel>{leaves(id=number, inputPort=number, name=name, resDesc=picture)}</VideoInputChannel>"
            for number, (name, picture) in enumerate(sockets.items(), 1)
        ]
        return root(device, "VideoInputChannelList", "".join(listed))
    inner = "".join(
        f"<VideoInputChannel>{leaves(id=channel, inputPort=channel, name=device.names.name)}</VideoInputChannel>"
        for channel in device.channels
    )
    return root(device, "VideoInputChannelList", inner)


STYLE = Hikvision()
