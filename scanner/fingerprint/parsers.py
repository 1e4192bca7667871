"""Claims out of replies with fields: ONVIF, ISAPI, SADP, DHDiscover, UPnP, Axis properties, TP-Link, MAC addresses.

A name a device gives itself becomes a ``brand`` claim; only signs that survive a new badge (its protocol, the shape
of its firmware, its interface, its MAC prefix) become ``maker`` claims. Nothing here raises, whatever the bytes.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import unquote

from scanner.fingerprint import described, naming, oui, page_names, spoken
from scanner.fingerprint.fields import any_fields, json_fields, pairs, tags
from scanner.fingerprint.finders import vendor_finder
from scanner.fingerprint.makers import names
from scanner.fingerprint.pattern_book import shelf
from scanner.fingerprint.saw import Saw

_SCOPE = re.compile(r"onvif://www\.onvif\.org/([A-Za-z_]{1,30})/([^\s<>\"']{1,200})", re.IGNORECASE)
_MAC = re.compile(
    r"(?i)(?<![0-9a-f:-])(?:(?:[0-9a-f]{2}[-: ]){5}[0-9a-f]{2}|(?:[0-9a-f]{4}\.){2}[0-9a-f]{4}|[0-9a-f]{12})"
    r"(?![-:.]?[0-9a-f])"
)
_MAC_PREFIX = re.compile(r"(?i)^((?:[0-9a-f]{2}[-:]){2}[0-9a-f]{2})(?:[-:](?:xx|\*\*|\?\?|__|\.\.|nn)){0,3}$")
_UUID_TAIL = re.compile(r"(?i)uuid:[0-9a-f-]{20,28}([0-9a-f]{12})(?![0-9a-f])")
_BETWEEN = re.compile(r"(?<=[A-Za-z]{4})[_-](?=[A-Z]{0,3}\d)")
"""What joins a name and a model: "VIGI-C350"."""
_WORDS_BESIDE_MODEL = 3
_SHORTEST_MODEL = 3
_VIDEO_WORDS = re.compile(
    r"(?i)\b(?:network|ip|internet|surveillance|security|dome|bullet|ptz)[ _-]?cam(?:era)?s?\b|\bIPC(?:am)?\b|"
    r"video encoder|video server"
)
_RECORDER_WORDS = re.compile(
    r"(?i)\b(?:NVR|DVR|XVR|(?:network|digital|embedded net) ?(?:video )?(?:recorder|DVR|NVR))\b"
)
_NEITHER = re.compile(
    r"(?i)router|gateway|access point|switch|printer|television|\btv\b|media ?server|speaker|phone|nas\b"
)


def onvif_deviceinfo(saw: Saw, text: str) -> None:
    """GetDeviceInformation, as XML or as key and value."""
    found = any_fields(text)
    if not ({"manufacturer", "model", "firmwareversion"} & found.keys()):
        return
    named = saw.name(found.get("manufacturer", ""), "onvif-deviceinfo.manufacturer")
    saw.model(found.get("model", ""), "onvif-deviceinfo.model")
    saw.firmware(found.get("firmwareversion", found.get("firmware", "")), "onvif-deviceinfo.firmware", named)
    saw.serial(found.get("serialnumber", ""), "onvif-deviceinfo.serial")
    if "fault" not in found:
        saw.say("kind", "camera", "C2" if named else "C1", "onvif-deviceinfo")


def onvif_scopes(saw: Saw, text: str) -> None:
    """Scope URIs, alone or inside a WS-Discovery reply or GetScopes answer (docs/sources.md I1.3)."""
    scopes: dict[str, list[str]] = {}
    for category, value in _SCOPE.findall(text)[:200]:
        scopes.setdefault(category.lower(), []).append(unquote(value).strip())
    tail = _UUID_TAIL.search(text)
    macs = [
        mac
        for raw in (*scopes.get("mac", ()), *scopes.get("macaddress", ()), *scopes.get("macaddr", ()))
        if (mac := saw.mac(raw, "onvif-scopes.mac"))
    ]
    for raw in (*scopes.get("serial", ()), *scopes.get("serialnumber", ())):
        saw.serial(raw, "onvif-scopes.serial")
    for raw in scopes.get("version", ())[:1]:
        saw.firmware(raw, "onvif-scopes.version", None)
    hardware = next(
        (value for value in (*scopes.get("hardware", ()), *scopes.get("model", ())) if not naming.is_generic(value)), ""
    )
    _scope_names(saw, scopes, hardware)
    if hardware:
        saw.model(hardware, "onvif-scopes.hardware")
    types = {value.lower() for value in scopes.get("type", ())}
    profiles = {value.upper() for value in scopes.get("profile", ())}
    if types & {"video_encoder", "network_video_transmitter", "ptz", "audio_encoder"} or profiles & {
        "S",
        "T",
        "STREAMING",
        "M",
    }:
        saw.say("kind", "camera", "C2", "onvif-scopes.video")
    elif profiles & {"A", "C", "D"}:
        saw.say("kind", "access-control", "C2", "onvif-scopes.access")
    elif _called_camera([*scopes.get("name", ()), *scopes.get("hardware", ())]):
        saw.say("kind", "camera", "C1", "onvif-scopes.words")
    hikvision = any(oui.owner(mac) == "Hikvision" for mac in macs)
    if hikvision and "video_encoder" in types and (not tail or tail[1].lower() == macs[0].replace(":", "")):
        saw.say("maker", "Hikvision", "C2", "onvif-scopes.hikvision-layout")
    country = any(value.lower().startswith("country/") for value in scopes.get("location", ()))
    if (
        country
        and "network_video_transmitter" in types
        and any(value.startswith("unique_identifier") for value in scopes.get("extension", ()))
    ):
        saw.say("maker", "Dahua", "C1", "onvif-scopes.dahua-layout")


def _called_camera(names_given: list[str]) -> bool:
    """Whether one of the names is that of a camera, and none of a program or another thing."""
    said = [value.replace("-", " ").replace("_", " ") for value in names_given]
    return any(spoken.video(value) == "camera" for value in said) and not any(
        _NEITHER.search(value) or spoken.thing(value) or spoken.talks(value) for value in said
    )


def _scope_names(saw: Saw, scopes: dict[str, list[str]], hardware: str) -> None:
    """A name scope is set freely: it counts where it is a known name, alone or in front of a model."""
    typed = [value.partition("/") for value in scopes.get("type", ())]
    for category in ("manufacturer", "mfr", "vendor", "brand", "b"):
        values = [*scopes.get(category, ()), *(rest for kind, _, rest in typed if kind.lower() == category)]
        for value in values[:1]:
            saw.name(value, f"onvif-scopes.{category}")
    for value in scopes.get("name", ())[:6]:
        spaced = _BETWEEN.sub(" ", value)
        found, rest = names().split(spaced)
        if found is None and naming.distinctive_maker(value):
            saw.model(value, "onvif-scopes.name", "C1")
        model = rest.split(" ", 1)[0]
        looks_like_model = (
            len(model) >= _SHORTEST_MODEL
            and any(character.isdigit() for character in model)
            and rest.count(" ") < _WORDS_BESIDE_MODEL
        )
        if found is None or not (not rest or looks_like_model or naming.plain(rest) == naming.plain(hardware)):
            continue
        own = naming.plain(rest) == naming.plain(hardware) or naming.series_of(found.name, model) is not None
        if rest and not own and not names().is_distinct(spaced[: len(spaced) - len(rest)].strip()):
            continue  # "Vista 202" may be a room, "AXIS P3245-LVE" is none
        saw.say("brand", found.name, "C2", "onvif-scopes.name")
        if rest and not hardware and looks_like_model:
            saw.model(model, "onvif-scopes.name")


_ISAPI_KINDS = {
    "ipcamera": "camera", "ipdome": "camera", "ipzoom": "camera", "ptz": "camera", "thermal": "camera",
    "nvr": "recorder", "dvr": "recorder", "hybridnvr": "recorder", "hybirdnvr": "recorder", "xvr": "recorder",
    "dvs": "encoder", "encoder": "encoder", "vis": "intercom", "acs": "access-control",
    "decoder": "other", "networkspeaker": "other", "ipspeaker": "other", "securitycontrolpanel": "other",
    "switch": "other",
}  # fmt: skip
_ISAPI_SPACE = re.compile(
    r"(?i)xmlns[^<>]{0,4}=\s{0,2}[\"']http://www\.(?:hikvision\.com|isapi\.(?:org|com)|std-cgi\.(?:com|org))/ver\d\d/"
)


def isapi_deviceinfo(saw: Saw, text: str) -> None:
    """DeviceInfo of ISAPI (docs/sources.md I9.2; recordings)."""
    found = tags(text)
    if _ISAPI_SPACE.search(text) and ("model" in found or "firmwareversion" in found or "usercheck" in text.lower()):
        saw.say("maker", "Hikvision", "C2", "isapi-deviceinfo")
    elif "<usercheck" in text.lower() and {"lockstatus", "retrylogintime", "statusvalue"} & found.keys():
        saw.say("maker", "Hikvision", "C2", "isapi-deviceinfo.user-check")
    named = saw.name(found.get("manufacturer", ""), "isapi-deviceinfo.manufacturer")
    if named is None and "hikvision" in found.get("systemcontact", "").lower():
        named = saw.name("Hikvision", "isapi-deviceinfo.contact", "C1")
    saw.model(found.get("model", ""), "isapi-deviceinfo.model")
    saw.firmware(
        found.get("firmwareversion", ""), "isapi-deviceinfo.firmware", named, found.get("firmwarereleaseddate", "")
    )
    saw.serial(found.get("serialnumber", ""), "isapi-deviceinfo.serial")
    saw.mac(found.get("macaddress", ""), "isapi-deviceinfo.mac")
    kind = _ISAPI_KINDS.get(found.get("devicetype", "").lower().replace(" ", ""))
    if kind:
        saw.say("kind", kind, "C2", "isapi-deviceinfo.type")


def isapi_inputproxy(saw: Saw, text: str) -> None:
    """The list of cameras behind a recorder: it tells of the recorder, the cameras are read by the driver."""
    if "<InputProxyChannel" in text and (_ISAPI_SPACE.search(text) or "<proxyProtocol>" in text):
        saw.say("maker", "Hikvision", "C2", "isapi-inputproxy")
        saw.say("kind", "recorder", "C2", "isapi-inputproxy")


def sadp(saw: Saw, text: str) -> None:
    """A SADP inquiry answer (docs/sources.md I2); our own probe coming back says nothing."""
    found = tags(text)
    if "<ProbeMatch" not in text and not ({"devicesn", "softwareversion"} <= found.keys()):
        return
    saw.say("maker", "Hikvision", "C2", "sadp")
    named = saw.name(found.get("oeminfo", ""), "sadp.oem-info")
    model = saw.model(found.get("devicedescription", ""), "sadp.model")
    serial = found.get("devicesn", "")
    saw.serial(serial, "sadp.serial")
    saw.mac(found.get("mac", ""), "sadp.mac")
    saw.firmware(found.get("softwareversion", ""), "sadp.firmware", named)
    if _positive(found, "digitalchannelnum", "disknumber") or serial.endswith("WCVU"):
        saw.say("kind", "recorder", "C1" if naming.series_of("Hikvision", model) else "C2", "sadp.channels")


_DAHUA_KINDS = (
    (re.compile(r"(?i)^(?:IPC|SD|PTZ|TPC|ITC|HAC|IP ?CAMERA)"), "camera"),
    (re.compile(r"(?i)^(?:NVR|DVR|XVR|HCVR|MHDX|EVS|MXVR|iNVD|IVSS)"), "recorder"),
    (re.compile(r"(?i)^VT[OHSN]"), "intercom"),
    (re.compile(r"(?i)^(?:ASI|ASC|ASA|BSC|ACCESS)"), "access-control"),
    (re.compile(r"(?i)^(?:NVS|DVS)"), "encoder"),
    (re.compile(r"(?i)^(?:ARC|ARM|ALARM|PFS|SWITCH|NVD|DECODER)"), "other"),
)


def dhdiscover(saw: Saw, text: str) -> None:
    """A DHDiscover answer, with or without its binary header (docs/sources.md I3.1)."""
    found = json_fields(text)
    if not ({"devicetype", "deviceclass", "serialno", "version"} & found.keys()):
        return
    saw.say("maker", "Dahua", "C2", "dhdiscover")
    named = saw.name(found.get("vendor", ""), "dhdiscover.vendor")
    if named is None:
        named = saw.name(found.get("manufacturer", ""), "dhdiscover.manufacturer")
    saw.model(found.get("devicetype", ""), "dhdiscover.model")
    serial = found.get("serialno", "")
    saw.serial(serial, "dhdiscover.serial")
    if serial.startswith(("AMC", "AMR")):
        saw.say("brand", "Amcrest", "C1", "dhdiscover.serial-letters")
    saw.mac(found.get("mac", ""), "dhdiscover.mac")
    saw.firmware(found.get("version", ""), "dhdiscover.firmware", named)
    group = found.get("deviceclass", "")
    kind = next((kind for regex, kind in _DAHUA_KINDS if regex.match(group)), "")
    if not kind and _positive(found, "remotevideoinputchannels"):
        kind = "recorder"
    saw.say("kind", kind, "C2", "dhdiscover.class")


def _positive(found: dict[str, str], *keys: str) -> bool:
    return any(found.get(key, "").isdigit() and int(found[key][:9]) > 0 for key in keys)


def ssdp(saw: Saw, text: str) -> None:
    """A UPnP device description (docs/sources.md I4.1); plain reply headers are matched by patterns."""
    found = tags(text)
    if "manufacturer" not in found and "modelname" not in found:
        return
    words = " ".join(found.get(key, "") for key in ("friendlyname", "modeldescription", "modelname", "devicetype"))
    named = names().find(found.get("manufacturer", ""))
    candidates = [naming.clean_model(found[key]) for key in ("modelname", "modelnumber") if key in found]
    own = next((model for model in candidates if named and naming.series_of(named.name, model)), "")
    things = " ".join(found.get(key, "") for key in ("modeldescription", "modelname", "devicetype"))
    video = bool(_VIDEO_WORDS.search(words) or _RECORDER_WORDS.search(words)) and not _NEITHER.search(things)
    if named is None or (named.wide and not own and not video):
        if not video and (_NEITHER.search(words) or _names_another_thing(f"{found.get('manufacturer', '')} {words}")):
            saw.say("kind", "other", "C1", "ssdp.words")
        return
    saw.say("brand", named.name, "C2", "ssdp.manufacturer")
    if own or video:
        recorder = _RECORDER_WORDS.search(words) is not None
        if video:
            saw.say("kind", "recorder" if recorder else "camera", "C1", "ssdp.words")
        model = own or next((one for one in candidates if any(char.isdigit() for char in one)), "")
        saw.model(model, "ssdp.model")
    elif candidates:
        saw.model(candidates[0], "ssdp.model")
    saw.serial(found.get("serialnumber", ""), "ssdp.serial")


def _names_another_thing(words: str) -> bool:
    return any(pattern.kind == "other" for pattern, _ in shelf("ssdp-server").matches(words))


def axis_properties(saw: Saw, text: str) -> None:
    """basicdeviceinfo.cgi, as JSON or as ``root.Brand`` parameters (docs/sources.md I6.2)."""
    found = json_fields(text)
    if found.get("brand", "").upper() != "AXIS":
        return
    saw.say("maker", "Axis", "C2", "axis-properties")
    saw.model(found.get("prodnbr", found.get("prodshortname", "")), "axis-properties.model")
    saw.firmware(found.get("version", ""), "axis-properties.firmware", names().get("Axis"), found.get("builddate", ""))
    serial = found.get("serialnumber", "")
    saw.serial(serial, "axis-properties.serial")
    saw.mac(serial, "axis-properties.mac")


def http_body(saw: Saw, text: str) -> None:
    """Bodies that are one of the structured replies."""
    if '"propertyList"' in text or '"ProdNbr"' in text:
        axis_properties(saw, text)
    elif "<DeviceInfo" in text:
        isapi_deviceinfo(saw, text)
    elif "urn:schemas-upnp-org:device" in text:
        ssdp(saw, text)
    elif "GetDeviceInformationResponse" in text:
        onvif_deviceinfo(saw, text)
    else:
        described.read(saw, text)
        page_names.read(saw, text)


def tplink_discovery(saw: Saw, text: str) -> None:
    """An answer of the TP-Link discovery on UDP 20002 (docs/sources.md I6.3)."""
    found = json_fields(text) or pairs(text)
    older = found.get("mic_type") or found.get("type") or ""
    if older.startswith("IOT."):  # the answer of Kasa units on port 9999
        found = {**found, "device_type": older, "device_model": found.get("model", ""),
                 "firmware_version": found.get("sw_ver", "")}  # fmt: skip
    if not ({"device_type", "device_model", "devicetype", "devicemodel"} & found.keys()):
        return
    saw.say("maker", "TP-Link", "C2", "tplink-discovery")
    group = found.get("device_type", found.get("devicetype", "")).upper()
    model = found.get("device_model", found.get("devicemodel", ""))
    saw.model(model, "tplink-discovery.model")
    saw.mac(found.get("mac", ""), "tplink-discovery.mac")
    saw.firmware(
        found.get("firmware_version", found.get("firmwareversion", "")),
        "tplink-discovery.firmware",
        names().get("TP-Link"),
    )
    if "CHIME" in group:
        saw.say("kind", "other", "C2", "tplink-discovery.type")
    elif "DOORBELL" in group:
        saw.say("kind", "intercom", "C2", "tplink-discovery.type")
    elif "CAMERA" in group or "IPC" in group:
        saw.say("kind", "camera", "C2", "tplink-discovery.type")
    elif "NVR" in group:
        saw.say("kind", "recorder", "C2", "tplink-discovery.type")
    elif group:
        saw.say("kind", "other", "C2", "tplink-discovery.type")


def mac(saw: Saw, text: str) -> None:
    """A MAC address from ARP, DHCP or a switch, with what a list has beside it; or its prefix, the rest masked."""
    if found := _MAC.search(text[:200]):
        saw.mac(found[0], "mac")
    elif found := _MAC_PREFIX.match(text[:40]):
        saw.prefix(found[1])


PARSERS: dict[str, Callable[[Saw, str], None]] = {
    "onvif-deviceinfo": onvif_deviceinfo,
    "onvif-scopes": onvif_scopes,
    "isapi-deviceinfo": isapi_deviceinfo,
    "isapi-inputproxy": isapi_inputproxy,
    "sadp": sadp,
    "dhdiscover": dhdiscover,
    "ssdp": ssdp,
    "http-body": http_body,
    "tplink-discovery": tplink_discovery,
    "vendor-finder": vendor_finder,
    "mac": mac,
}
"""The reader of each kind of reply that has fields; every kind may have patterns as well."""
