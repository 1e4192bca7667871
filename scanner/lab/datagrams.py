"""What the devices answer to datagrams: WS-Discovery, SADP, DHIP, SSDP.

Shapes: ``reference`` texts of WS-Discovery 2005/04 and ONVIF Core; UPnP Device Architecture 1.1; field captures for
SADP and DHIP. A datagram that no finder would send is a harm and gets no answer.
"""

from __future__ import annotations

import json
import struct
from typing import Any
from uuid import UUID
from xml.sax.saxutils import escape

from lxml import etree

from scanner.lab import mdns
from scanner.lab.device import LabDevice, in_url
from scanner.lab.finders import FINDERS
from scanner.lab.saying import Malformed, Saying

PROBE_ACTION = "http://schemas.xmlsoap.org/ws/2005/04/discovery/Probe"
SADP_GROUP = "239.255.255.250"
_PARSER = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)


def answer_datagram(device: LabDevice, protocol: str, data: bytes, group: str = "") -> list[Saying]:
    """Note one datagram, judge it, and give the replies; ``group`` is where it was sent to, '' for the device alone."""
    port = (device.datagram_ports | device.finder_ports)[protocol]
    device.journal.saw(device.address, port, "udp", protocol, "MULTICAST" if group else "")
    if device.recorded is not None and protocol not in _ANSWERS:  # a finder: its question is not judged
        return device.recorded.datagrams(device, protocol, data)
    try:
        kind, replies = _ANSWERS[protocol](device, data) if protocol in _ANSWERS else FINDERS[protocol](device, data)
    except Malformed as error:
        device.journal.hurt(device.address, port, "malformed-datagram", f"{protocol}: {error}")
        return []
    device.journal.count_datagram(device.address, port, f"{protocol} {kind} {group}".strip())
    return replies if device.recorded is None else device.recorded.datagrams(device, protocol, data)


def _tree(data: bytes) -> etree._Element:
    if not data.strip():
        raise Malformed("empty")
    try:
        return etree.fromstring(data, _PARSER)
    except etree.XMLSyntaxError as error:
        raise Malformed(f"not XML: {data[:60]!r}") from error


def _local(element: etree._Element) -> str:
    return etree.QName(element).localname


def _find(root: etree._Element, name: str) -> str:
    for element in root.iter(etree.Element):
        if _local(element) == name:
            return (element.text or "").strip()
    return ""


def _ws_discovery(device: LabDevice, data: bytes) -> tuple[str, list[Saying]]:
    root = _tree(data)
    if _find(root, "Action") != PROBE_ACTION or _local(root) != "Envelope":
        raise Malformed(f"not a Probe: {_find(root, 'Action')!r}")
    message = _find(root, "MessageID")
    try:
        UUID(message.rpartition("uuid:")[2])
    except ValueError as error:
        raise Malformed(f"MessageID {message!r}") from error
    types = _find(root, "Types")
    wanted = "device" if types.rpartition(":")[2] == "Device" else "nvt"
    onvif = device.personality.onvif
    if onvif is None:  # printers and their like answer a probe only for their own type
        return wanted, []
    answers_to = device.personality.extra.get("probe_types", ["nvt", "device"])
    if wanted not in answers_to:
        return wanted, []
    scopes = " ".join(device.fill(scope) for scope in onvif.scopes)
    port = device.ports.get("http-onvif") or device.ports.get("http") or device.ports.get("https")
    address = onvif.xaddr or device.address
    reply = f"""<?xml version="1.0" encoding="UTF-8"?>
<env:Envelope xmlns:env="http://www.w3.org/2003/05/soap-envelope" \
xmlns:wsadis="http://schemas.xmlsoap.org/ws/2004/08/addressing" \
xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery" \
xmlns:dn="http://www.onvif.org/ver10/network/wsdl" xmlns:tds="http://www.onvif.org/ver10/device/wsdl">\
<env:Header><wsadis:MessageID>urn:uuid:{device.uuid}</wsadis:MessageID>\
<wsadis:RelatesTo>{escape(message)}</wsadis:RelatesTo>\
<wsadis:To>http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous</wsadis:To>\
<wsadis:Action>http://schemas.xmlsoap.org/ws/2005/04/discovery/ProbeMatches</wsadis:Action>\
<d:AppSequence InstanceId="1" MessageNumber="1"/></env:Header><env:Body><d:ProbeMatches><d:ProbeMatch>\
<wsadis:EndpointReference><wsadis:Address>urn:uuid:{device.uuid}</wsadis:Address></wsadis:EndpointReference>\
<d:Types>dn:NetworkVideoTransmitter tds:Device</d:Types><d:Scopes>{escape(scopes)}</d:Scopes>\
<d:XAddrs>http://{in_url(address)}:{port}{onvif.service_path}</d:XAddrs><d:MetadataVersion>10</d:MetadataVersion>\
</d:ProbeMatch></d:ProbeMatches></env:Body></env:Envelope>"""
    return wanted, [Saying(reply.encode())]


def _sadp(device: LabDevice, data: bytes) -> tuple[str, list[Saying]]:
    root = _tree(data)
    if _local(root) != "Probe" or not _find(root, "Uuid"):
        raise Malformed(f"not a Probe: {data[:60]!r}")
    if _find(root, "Types") != "inquiry":
        raise Malformed(f"Types {_find(root, 'Types')!r} changes or exports something")
    extra = device.personality.extra
    camera = device.personality.kind == "camera"
    build = f"{device.personality.build_date:%y%m%d}" if device.personality.build_date else "000000"
    fields: dict[str, Any] = {
        "Uuid": _find(root, "Uuid"),
        "Types": "inquiry",
        "DeviceType": extra.get("sadp_type", "139296"),
        "DeviceDescription": device.personality.model,
        "DeviceSN": device.serial,
        "CommandPort": device.ports.get("sdk-hikvision", 8000),
        "HttpPort": device.ports.get("http", 80),
        "MAC": device.fill("{macdash}"),
        "IPv4Address": device.address,
        "IPv4SubnetMask": "255.255.255.0",
        "IPv4Gateway": device.address.rpartition(".")[0] + ".1",
        "IPv6Address": "::",
        "IPv6Gateway": "::",
        "IPv6MaskLen": 64,
        "DHCP": "false",
        "AnalogChannelNum": 1 if camera else 0,
        "DigitalChannelNum": 1 if camera else len(device.attached),
        "SoftwareVersion": f"{device.firmware}build {build}",
        "DSPVersion": extra.get("dsp_version", "V7.3build 240516"),
        "BootTime": "2026-10-02 06:12:44",
        "Encrypt": "true",
        "ResetAbility": "false",
        "DiskNumber": extra.get("disks", 0),
        "Activated": str(bool(device.setting("account.activated"))).lower(),
        "PasswordResetAbility": "true",
        "PasswordResetModeSecond": "true",
        "SupportSecurityQuestion": "true",
        "SupportHCPlatform": "true",
        "HCPlatformEnable": str(bool(device.setting("cloud.p2p"))).lower(),
        "IsModifyVerificationCode": "true",
        "Salt": "00112233445566778899aabbccddeeff",
        "DeviceLock": "false",
        "OEMInfo": extra.get("oem_info", "N/A"),
    }
    if device.ports.get("https"):
        fields["HttpsPort"] = device.ports["https"]
    inner = "".join(f"<{name}>{escape(str(value))}</{name}>\r\n" for name, value in fields.items())
    text = f'<?xml version="1.0" encoding="UTF-8"?>\r\n<ProbeMatch>\r\n{inner}</ProbeMatch>\r\n'
    to_group = extra.get("sadp_answers") == "group"  # firmware differs in where its answer goes
    group, port = (SADP_GROUP, device.datagram_ports["sadp"]) if to_group else ("", 0)
    return "inquiry", [Saying(text.encode(), port, group)]


def _dhip(device: LabDevice, data: bytes) -> tuple[str, list[Saying]]:
    if len(data) < 34 or data[:8] != b"\x20\x00\x00\x00DHIP":
        raise Malformed(f"no DHIP header: {data[:16]!r}")
    length, again = struct.unpack_from("<I", data, 16)[0], struct.unpack_from("<I", data, 24)[0]
    if length != again or length != len(data) - 32:
        raise Malformed(f"lengths {length}, {again} for {len(data) - 32} bytes")
    try:
        question = json.loads(data[32:].rstrip(b"\x00\n"))
    except ValueError as error:
        raise Malformed("not JSON") from error
    if not isinstance(question, dict) or question.get("method") != "DHDiscover.search":
        raise Malformed(f"method {question.get('method') if isinstance(question, dict) else question!r} is no search")
    extra = device.personality.extra
    recorder = device.personality.kind == "recorder"
    body = {
        "mac": device.mac,
        "method": "client.notifyDevInfo",
        "params": {
            "deviceInfo": {
                "AlarmInputChannels": 0,
                "AlarmOutputChannels": 0,
                "DeviceClass": extra.get("device_class", "NVR" if recorder else "IPC"),
                "DeviceType": device.personality.model,
                "Find": "BD",
                "HttpPort": device.ports.get("http", 80),
                "IPv4Address": {
                    "DefaultGateway": device.address.rpartition(".")[0] + ".1",
                    "DhcpEnable": False,
                    "IPAddress": device.address,
                    "SubnetMask": "255.255.255.0",
                },
                "IPv6Address": {"DhcpEnable": None, "LinkLocalAddress": None},
                "Init": 3222 if device.setting("account.activated") else 3221,
                "MachineName": device.names.name,
                "Manufacturer": extra.get("dhip_manufacturer", "Private"),
                "Port": device.ports.get("sdk-dahua", 37777),
                "RemoteVideoInputChannels": 16 if recorder else 0,
                "SerialNo": device.serial,
                "Vendor": extra.get("vendor", "Dahua"),
                "Version": device.firmware,
                "VideoInputChannels": 0 if recorder else 1,
                "VideoOutputChannels": 0,
            }
        },
    }
    payload = json.dumps(body, separators=(",", ":")).encode() + b"\n\x00"
    header = struct.pack("<I4sIIIIII", 0x20, b"DHIP", 0, 0, len(payload), 0, len(payload), 0)
    return "search", [Saying(header + payload)]


def _ssdp(device: LabDevice, data: bytes) -> tuple[str, list[Saying]]:
    lines = data.decode("latin-1").split("\r\n")
    if lines[0] != "M-SEARCH * HTTP/1.1" or not data.endswith(b"\r\n\r\n"):
        raise Malformed(f"no M-SEARCH: {data[:60]!r}")
    headers = {name.strip().upper(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
    if headers.get("MAN") != '"ssdp:discover"' or not headers.get("ST"):
        raise Malformed(f"MAN {headers.get('MAN')!r}, ST {headers.get('ST')!r}")
    ssdp = device.personality.extra.get("ssdp")
    if not isinstance(ssdp, dict):
        return "search", []
    target = headers["ST"]
    known = {"ssdp:all", "upnp:rootdevice", ssdp.get("device_type", "")}
    if target not in known:
        return "search", []
    udn = device.fill(ssdp.get("udn", "uuid:{uuid}"))
    kind = "upnp:rootdevice" if target == "ssdp:all" else target
    reply = "\r\n".join(
        [
            "HTTP/1.1 200 OK",
            "CACHE-CONTROL: max-age=1800",
            "EXT:",
            f"LOCATION: {device.url(ssdp.get('path', '/upnpdevicedesc.xml'))}",
            f"SERVER: {device.fill(ssdp.get('server', 'Linux UPnP/1.0'))}",
            f"ST: {kind}",
            f"USN: {udn}::{device.fill(ssdp.get('usn_tail', kind))}",
            "",
            "",
        ]
    )
    return "search", [Saying(reply.encode())]


_ANSWERS = {"ws-discovery": _ws_discovery, "sadp": _sadp, "dhip": _dhip, "ssdp": _ssdp, "mdns": mdns.answer}


def upnp_description(device: LabDevice) -> str:
    """The UPnP device description, as SSDP's LOCATION names it."""
    ssdp = device.personality.extra.get("ssdp") or {}
    udn = device.fill(ssdp.get("udn", "uuid:{uuid}"))
    fields = {
        "deviceType": ssdp.get("device_type", "urn:schemas-upnp-org:device:Basic:1.0"),
        "friendlyName": device.fill(ssdp.get("friendly_name", "{name} - {address}")),
        "manufacturer": ssdp.get("manufacturer", device.personality.brand),
        "manufacturerURL": ssdp.get("url", ""),
        "modelDescription": ssdp.get("description", ""),
        "modelName": ssdp.get("model", device.personality.model),
        "modelNumber": ssdp.get("number", device.personality.model),
        "serialNumber": device.fill(ssdp.get("serial", "{serial}")),
        "UDN": udn,
        "presentationURL": device.url("/"),
    }
    inner = "".join(f"<{name}>{escape(str(value))}</{name}>\n" for name, value in fields.items())
    return (
        '<root xmlns="urn:schemas-upnp-org:device-1-0"><specVersion><major>1</major><minor>0</minor></specVersion>'
        f"<device>\n{inner}</device></root>"
    )
