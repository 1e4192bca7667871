"""Datagrams of invented devices, in the shape of public captures."""

from __future__ import annotations

import json
import struct
from datetime import UTC, datetime
from typing import Any

from scanner.net import DatagramReply

SEEN_AT = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)
SCOPES = "onvif://www.onvif.org/type/video_encoder onvif://www.onvif.org/hardware/LC-200 onvif://www.onvif.org/name/LAB%20LC-200"


def reply(protocol: str, data: bytes, address: str, port: int = 40_000) -> DatagramReply:
    """A datagram that came from ``address``; its evidence is "e1"."""
    return DatagramReply(address, port, data, SEEN_AT, "e1", protocol)


def probe_match(xaddrs: str, types: str = "dn:NetworkVideoTransmitter tds:Device", scopes: str = SCOPES) -> bytes:
    """A WS-Discovery reply; the texts go in as they are."""
    return (
        '<?xml version="1.0"?><s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" '
        'xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery" xmlns:tds="http://www.onvif.org/ver10/device/wsdl">'
        f"<s:Body><d:ProbeMatches><d:ProbeMatch><d:Types>{types}</d:Types><d:Scopes>{scopes}</d:Scopes>"
        f"<d:XAddrs>{xaddrs}</d:XAddrs></d:ProbeMatch></d:ProbeMatches></s:Body></s:Envelope>"
    ).encode("utf-8", "replace")


def sadp_match(**fields: Any) -> bytes:
    """A SADP reply with these fields beside the usual ones."""
    usual = {
        "Uuid": "0F1E2D3C-0000-4000-8000-000000000001", "Types": "inquiry", "DeviceDescription": "LC-2100",
        "DeviceSN": "LC-210020240101AAWR000000001", "CommandPort": 8000, "HttpPort": 80, "MAC": "02-00-5e-00-00-01",
        "SoftwareVersion": "V5.7.3build 220112", "Activated": "true", "HCPlatformEnable": "false",
        "Salt": "00aa11bb22cc",
    }  # fmt: skip
    inner = "".join(f"<{name}>{value}</{name}>\r\n" for name, value in (usual | fields).items() if value is not None)
    return f'<?xml version="1.0" encoding="UTF-8"?>\r\n<ProbeMatch>\r\n{inner}</ProbeMatch>\r\n'.encode()


def dhip_answer(**info: Any) -> bytes:
    """A DHIP reply with header; the device information has these fields beside the usual ones."""
    usual = {
        "DeviceClass": "IPC",
        "DeviceType": "LC-D20",
        "HttpPort": 80,
        "Port": 37777,
        "Init": 3222,
        "SerialNo": "0L00000PAN00001",
    }
    body = {"mac": "02:00:5e:00:00:02", "method": "client.notifyDevInfo", "params": {"deviceInfo": usual | info}}
    text = json.dumps(body).encode() + b"\n\x00"
    return struct.pack("<I4sIIIIII", 0x20, b"DHIP", 0, 0, len(text), 0, len(text), 0) + text
