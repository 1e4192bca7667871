"""Axis: VAPIX in its three families (key=value text, XML, JSON by POST) and the applications on the device."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from scanner.lab.datagrams import upnp_description
from scanner.lab.styles._vapix import actions
from scanner.lab.styles._vapix.parameters import is_modern, parameters, properties, yes
from scanner.lab.styles.base import Plain
from scanner.lab.wire import Answer, Request, as_json, page, text, xml

if TYPE_CHECKING:
    from scanner.lab.device import LabDevice
    from scanner.lab.gate import Verdict

# method names that only read, by path; VAPIX library (docs/sources.md A6)
_READS: dict[str, frozenset[str]] = {
    "/axis-cgi/apidiscovery.cgi": frozenset({"getApiList", "getSupportedVersions"}),
    "/axis-cgi/basicdeviceinfo.cgi": frozenset(
        {"getAllProperties", "getAllUnrestrictedProperties", "getProperties", "getSupportedVersions"}
    ),
    "/axis-cgi/systemready.cgi": frozenset({"systemready", "getSupportedVersions"}),
    "/axis-cgi/analyticsmetadataconfig.cgi": frozenset(
        {"listProducers", "getSupportedMetadata", "getSupportedVersions"}
    ),
    "/axis-cgi/audioanalytics.cgi": frozenset({"getPluginsSchemas", "getPluginsSettings", "getSupportedVersions"}),
    "/axis-cgi/ptz-autotracking/viewer.cgi": frozenset(
        {"getAutotrackingState", "getApplicationSettings", "getAutotrackingSettings"}
    ),
    "/axis-cgi/ntp.cgi": frozenset({"getNTPInfo", "getSupportedVersions"}),
    "/axis-cgi/mqtt/client.cgi": frozenset({"getClientStatus"}),
    "/axis-cgi/mqtt/event.cgi": frozenset({"getEventPublicationConfig"}),
    "/local/objectanalytics/control.cgi": frozenset(
        {"getConfiguration", "getConfigurationCapabilities", "getSupportedVersions"}
    ),
    **{
        f"/local/{name}/control.cgi": frozenset({"getConfiguration", "getSupportedVersions"})
        for name in ("vmd", "fenceguard", "loiteringguard", "motionguard")
    },
}
_SCENARIOS = {
    "line-crossing": "fence",
    "intrusion": "motion",
    "people-counting": "crosslinecounting",
    "crowd": "occupancyInArea",
}
_RUNS = ("on", "no-schedule")


class Axis(Plain):
    """VAPIX behind Digest; identity and readiness without a login."""

    defaults: ClassVar[dict[str, Any]] = {
        "account.activated": True,
        "account.admin_count": 1,
        "account.count": 2,
        "web.auth": "digest",
        "service.ssh": False,
        "service.ftp": False,
        "upnp.enabled": False,
        "cloud.p2p": False,
        "snmp.enabled": False,
        "snmp.v1v2": False,
        "time.ntp": True,
        "log.remote": False,
        "ip_filter.enabled": False,
        "audio.enabled": None,
        "metadata.stream": False,
        "stream.encryption": False,
        "upnp.mapped": False,
        "storage.encryption": None,
    }

    def open_page(self, device: LabDevice, request: Request) -> Answer | None:
        path = request.path
        if path == "/":
            return page(
                '<html><head><meta http-equiv="refresh" content="0; URL=/camera/index.html"></head><body></body></html>'
            )
        if path == "/camera/index.html":
            return page(
                "<!DOCTYPE html><html><head><title>AXIS</title></head><body><noscript></noscript></body></html>"
            )
        if path == "/rootdesc1.xml" and "ssdp" in device.personality.extra:
            return xml(upnp_description(device))
        if request.method != "POST" or device.personality.extra.get("closed"):
            return None
        method = request.json().get("method")
        if path == "/axis-cgi/basicdeviceinfo.cgi" and method == "getAllUnrestrictedProperties":
            return _json(request, {"propertyList": properties(device, restricted=False)})
        if path == "/axis-cgi/systemready.cgi" and method == "systemready":
            setup = "no" if device.setting("account.activated") else "yes"
            return _json(request, {"systemready": "yes", "needsetup": setup, "uptime": "86400", "bootid": device.uuid})
        return None

    def guards(self, device: LabDevice, request: Request) -> bool:  # noqa: ARG002
        return request.path.startswith(("/axis-cgi/", "/local/", "/config/", "/vapix/"))

    def reads_by_post(self, device: LabDevice, request: Request) -> bool:  # noqa: ARG002
        if request.path == "/axis-cgi/pwdgrp.cgi":
            return request.body == b"action=get"
        if request.path == "/axis-cgi/applications/list.cgi":
            return True
        if request.path == actions.SERVICES:
            return actions.reads(request)
        return request.json().get("method") in _READS.get(request.path, frozenset())

    def denied(self, device: LabDevice, verdict: Verdict) -> Answer:  # noqa: ARG002
        body = "<HTML><HEAD><TITLE>401 Unauthorized</TITLE></HEAD><BODY><H1>401 Unauthorized</H1></BODY></HTML>"
        return page(body, status=401)

    def guarded_page(self, device: LabDevice, request: Request) -> Answer | None:
        path = request.path
        if path == "/axis-cgi/param.cgi":
            return parameters(device, request)
        if path == "/axis-cgi/applications/list.cgi":
            return _applications(device)
        if path == "/axis-cgi/applications/config.cgi" and request.first("action") == "get":
            return xml('<reply result="ok"><param name="AllowUnsigned" value="false"/></reply>')
        if path == "/axis-cgi/pwdgrp.cgi":
            return _accounts(device)
        if path == "/axis-cgi/disks/list.cgi":
            return _disks(device)
        if path.startswith("/config/"):
            return _rest(device, path)
        if request.method != "POST":
            return None
        if path == actions.SERVICES:
            return actions.action_rules(device, _linked_scenarios(device)) if actions.reads(request) else None
        method = str(request.json().get("method", ""))
        if path == "/axis-cgi/mqtt/client.cgi" and is_modern(device):
            return _json(request, actions.mqtt_client(device))
        if path == "/axis-cgi/mqtt/event.cgi" and is_modern(device):
            return _json(request, actions.mqtt_events(device))
        if path == "/axis-cgi/apidiscovery.cgi":
            return _api_list(device, request)
        if path == "/axis-cgi/basicdeviceinfo.cgi":
            return _json(request, {"propertyList": properties(device, restricted=True)})
        if path == "/axis-cgi/analyticsmetadataconfig.cgi" and is_modern(device):
            return _metadata(device, request, method)
        if path == "/axis-cgi/audioanalytics.cgi" and device.switch("audio-detection"):
            return _audio(device, request, method)
        if path == "/axis-cgi/ntp.cgi" and is_modern(device):
            return _json(request, {"client": {"enabled": bool(device.setting("time.ntp")), "synced": True}})
        if path.startswith("/local/") and path.endswith("/control.cgi"):
            return _application(device, request, path.split("/")[2], method)
        return None


def _json(request: Request, data: dict[str, Any]) -> Answer:
    asked = request.json()
    reply = {"apiVersion": asked.get("apiVersion", "1.0"), "method": asked.get("method", ""), "data": data}
    if "context" in asked:
        reply["context"] = asked["context"]
    return as_json(reply)


def _error(request: Request, code: int, message: str) -> Answer:
    return as_json(
        {
            "apiVersion": "1.0",
            "method": request.json().get("method", ""),
            "error": {"code": code, "message": message},
        }
    )


def _applications(device: LabDevice) -> Answer:
    """``applications/list.cgi``: Status tells what runs; the resource flags do not."""
    items = ""
    for app in device.personality.extra.get("apps", []):
        newer = f' Bundled="{app.get("bundled", "No")}" SignatureStatus="Signed"' if is_modern(device) else ""
        inner = ""
        if is_modern(device):
            inner = (
                f'<Resources><Resource name="DeepLearningProcessor" used="{app.get("uses_dlpu", "No")}"/></Resources>'
            )
        items += (
            f'<application Name="{app["name"]}" NiceName="{app["nice"]}" '
            f'Vendor="{app.get("vendor", "Axis Communications")}" '
            f'Version="{app.get("version", "1.0.0")}" ApplicationID="{app.get("id", "1001")}" '
            f'License="{app.get("license", "None")}" LicenseExpirationDate="0" Status="{app["status"]}" '
            f'ConfigurationPage="local/{app["name"]}/settings.html" VendorHomePage="http://www.axis.com" '
            f'LicenseName="Proprietary"{newer}>{inner}</application>'
        )
    return xml(f'<reply result="ok">\n{items}\n</reply>')


def _accounts(device: LabDevice) -> Answer:
    admins = ["root", "backup", "spare"][: int(device.setting("account.admin_count") or 1)]
    others = max(int(device.setting("account.count") or 2) - len(admins), 0)
    viewers = [device.gate.user, "guard", "desk"][:others]
    everybody = ",".join([*admins, *viewers])
    return text(
        f'admin="{",".join(admins)}"\noperator="{device.gate.user}"\nviewer="{",".join(viewers)}"\nptz=""\n'
        f'digusers="{everybody}"\napi-discovery=""\n'
    )


def _disks(device: LabDevice) -> Answer:
    """A card where the personality says whether it is encrypted, an empty slot elsewhere."""
    value = device.setting("storage.encryption")
    status = "disconnected" if value is None else "OK"
    return xml(
        f'<root><disks numberofdisks="1"><disk diskid="SD_DISK" status="{status}" encryptionenabled="{yes(value)}" '
        f'diskencrypted="{yes(value)}" cleanupmaxage="{device.setting("retention.days") or 0}" cleanuppolicy="fifo"/>'
        "</disks></root>"
    )


def _linked_scenarios(device: LabDevice) -> list[tuple[str, bool]]:
    """(id, an action hangs on it) of the scenarios, in the order they are listed in."""
    running = [switch for switch in device.switches if switch.feature in _SCENARIOS and switch.state in _RUNS]
    return [(str(number), switch.linked and switch.state == "on") for number, switch in enumerate(running, 1)]


def _rest(device: LabDevice, path: str) -> Answer | None:
    if not device.personality.extra.get("rest"):
        return None
    pages: dict[str, Any] = {
        "/config/discover": {"apis": {"ssh": {"v2": {}}, "snmp": {"v1": {}}, "firewall": {"v1": {}}}},
        "/config/rest/snmp/v1": {
            "enabled": bool(device.setting("snmp.enabled")),
            "snmpV1": {"enabled": bool(device.setting("snmp.v1v2"))},
            "snmpV2": {"enabled": bool(device.setting("snmp.v1v2"))},
            "snmpV3": {"enabled": bool(device.setting("snmp.enabled")) and not device.setting("snmp.v1v2")},
        },
        "/config/rest/ssh/v2": {"enabled": bool(device.setting("service.ssh"))},
        "/config/rest/firewall/v1": {"activated": bool(device.setting("ip_filter.enabled")), "conf": {"rules": {}}},
        "/config/rest/best-snapshot/v1": {"enabled": False, "margin": 0},
        "/config/rest/analytics-mqtt/v1/publishers": [],
    }
    if path not in pages:
        return None
    return as_json({"status": "success", "data": pages[path]})


def _api_list(device: LabDevice, request: Request) -> Answer:
    ids = ["api-discovery", "basic-device-info", "user-management", "ntp"]
    if is_modern(device):
        ids += ["analytics-metadata-config", "mqtt-client", "event-mqtt-bridge", "ssh", "upnp"]
    if device.switch("audio-detection"):
        ids.append("audio-analytics")
    listed = [{"id": name, "version": "1.0", "name": name, "status": "official"} for name in ids]
    return _json(request, {"apiList": listed})


def _metadata(device: LabDevice, request: Request, method: str) -> Answer:
    producers = [("AnalyticsSceneDescription", "Analytics Scene Description")]
    if method == "listProducers":
        enabled = bool(device.setting("metadata.stream"))
        data = [
            {"name": name, "niceName": nice, "videochannels": [{"channel": 1, "enabled": enabled}]}
            for name, nice in producers
        ]
        return _json(request, {"producers": data})
    frame = device.personality.extra.get("metadata_frame", "<tt:Frame/>")
    return _json(request, {"producers": [{"name": name, "sampleFrameXML": frame} for name, _ in producers]})


def _audio(device: LabDevice, request: Request, method: str) -> Answer:
    switch = device.switch("audio-detection")
    plugin = {"id": "AdaptiveAudioDetection", "settings": {"enabled": switch is not None and switch.state in _RUNS}}
    if method == "getPluginsSchemas":
        return _json(request, {"plugins": [{"id": plugin["id"]}]})
    return _json(request, {"devices": [{"id": "0", "inputs": [{"id": "0", "plugins": [plugin]}]}]})


def _application(device: LabDevice, request: Request, name: str, method: str) -> Answer | None:
    """The interface of one application; a stopped one answers no CGI."""
    apps = {str(app["name"]).lower(): app for app in device.personality.extra.get("apps", [])}
    app = apps.get(name.lower())
    if app is None or app["status"] != "Running":
        return None
    if name == "objectanalytics":
        return _object_analytics(device, request, method)
    profile = {
        "name": "Profile 1",
        "uid": 1,
        "camera": 1,
        "filters": [],
        "triggers": [{"type": "includeArea", "data": []}],
    }
    profiles = [profile] if app.get("profiles", True) else []
    return _json(request, {"cameras": [{"id": 1, "active": True, "rotation": 0}], "profiles": profiles})


def _object_analytics(device: LabDevice, request: Request, method: str) -> Answer:
    if method == "getConfigurationCapabilities":
        return _json(
            request,
            {
                "scenarios": {"supportedScenarios": {name: {} for name in _SCENARIOS.values()}},
                "objectClassifications": [
                    {"type": "human"},
                    {"type": "vehicle", "subTypes": ["car", "bus", "truck", "bike", "otherVehicle"]},
                ],
            },
        )
    if method != "getConfiguration":
        return _error(request, 2004, "Method not supported")
    scenarios: list[dict[str, Any]] = []
    for switch in device.switches:
        if switch.feature not in _SCENARIOS or switch.state not in _RUNS:
            continue
        scenarios.append(
            {
                "id": len(scenarios) + 1,
                "name": f"Scenario {len(scenarios) + 1}",
                "type": _SCENARIOS[switch.feature],
                "devices": [{"id": 1}],
                "filters": [],
                "objectClassifications": [{"type": target} for target in switch.targets],
                "perspectives": [],
                "presets": [],
                "triggers": [{"type": "fence" if switch.feature == "line-crossing" else "includeArea"}],
                "metadataOverlay": "all",
            }
        )
    devices = [{"id": 1, "type": "camera", "rotation": 0, "isActive": not device.personality.extra.get("inactive")}]
    return _json(request, {"devices": devices, "scenarios": scenarios, "status": {}})


STYLE = Axis()
