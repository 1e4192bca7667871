"""What the devices answer to the finders of their makers, and to mDNS on their segment.

Shapes: field captures of public finders. A question that differs by one byte from the finder's own is a harm: on most
of these ports other operation codes write.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from ipaddress import IPv4Address

from scanner.lab.device import LabDevice
from scanner.lab.saying import Malformed, Saying

Answered = tuple[str, list[Saying]]


def _exactly(data: bytes, *known: bytes) -> None:
    if data not in known:
        raise Malformed(f"not the finder's question: {data[:24].hex()}")


def _address(device: LabDevice) -> bytes:
    return IPv4Address(device.address).packed


def _mac(device: LabDevice) -> bytes:
    return bytes.fromhex(device.mac.replace(":", ""))


def _fixed(size: int, *fields: tuple[int, bytes]) -> bytes:
    record = bytearray(size)
    for place, value in fields:
        record[place : place + len(value)] = value
    return bytes(record)


def _hanwha(device: LabDevice, data: bytes) -> Answered:
    _exactly(data, b"\x01" + bytes(261))
    page = device.url("/index.htm")[:38].encode()
    texts = ((0x13, device.mac), (0x25, device.address), (0x35, "255.255.255.0"), (0x6D, device.personality.model[:9]))
    fields = [(place, text.encode()) for place, text in texts]
    return "search", [Saying(_fixed(0x106, (0, b"\x0b"), (0x85, page), *fields), port=7711)]


def _bosch(device: LabDevice, data: bytes) -> Answered:
    if len(data) != 12 or data[:4] != bytes.fromhex("9939a427") or data[8:] != bytes.fromhex("ff0006de"):
        raise Malformed(f"not the finder's question: {data[:24].hex()}")
    if device.personality.extra.get("finder") == "binary":
        record = _fixed(32, (0, data[:8]), (8, _mac(device)), (0x10, _address(device)))
        return "search", [Saying(record, port=1758)]
    text = (
        '<?xml version="1.0" encoding="UTF-8"?><root xmlns="OEMExt00:device-1-0"><device><App>1</App>'
        f"<friendlyName>{device.personality.model}</friendlyName><unitName>{device.names.name}</unitName>"
        f"<serialNumber>{device.serial}</serialNumber><physAddress>{device.fill('{macdash}')}</physAddress>"
        f"<sessionKey>00000000000000000001</sessionKey><unitIPAddress>{device.address}</unitIPAddress>"
        f"<RCPPort>1756</RCPPort><HTTPPort>{device.port('http')}</HTTPPort><HTTPSPort>{device.port('https')}</HTTPSPort>"
        "<dhcp>0</dhcp></device></root>"
    )
    return "search", [Saying(text.encode(), port=1758)]


def _vivotek(device: LabDevice, data: bytes) -> Answered:
    if len(data) != 5 or data[1:] != bytes.fromhex("4a5d8f1c"):
        raise Malformed(f"not the finder's question: {data[:24].hex()}")
    pairs = ((1, f"Vivotek-{device.personality.model}".encode()), (2, _mac(device)), (3, _address(device)))
    body = b"".join(bytes([kind, len(value)]) + value for kind, value in pairs) + b"\x04\x1b"
    model = device.personality.model.encode()
    return "search", [Saying(data + body + bytes([9, len(model)]) + model)]


def _ipro(device: LabDevice, data: bytes) -> Answered:
    head, tail = data[:18], data[22:]
    if (
        len(data) != 52
        or head != bytes.fromhex("00010000000d000000000000ffffffffffff")
        or tail != bytes.fromhex("000120111e11231f1e191300000200000000000000000000" + "0000ffff0000")
    ):
        raise Malformed(f"not the finder's question: {data.hex()}")
    texts = {0xA7: device.personality.model, 0xA8: device.personality.model, 0xA9: device.firmware}
    fields = b"".join(
        struct.pack(">HH", kind, 16) + text.encode()[:16].ljust(16, b"\0") for kind, text in texts.items()
    )
    answer = _fixed(53, (0, bytes.fromhex("00010175000e")), (6, _mac(device)))
    own = b"\0\x20\0\x04" + _address(device)
    return "search", [Saying(answer + own + fields, port=int(device.personality.extra.get("finder_port", 10669)))]


def _sony(device: LabDevice, data: bytes) -> Answered:
    _exactly(data, b"\x02ENQ:allinfo\xff\x03")
    items = (
        f"MAC:{device.fill('{macdash}')}", f"MODEL:{device.personality.model}", f"SERIAL:{device.serial}",
        "INFO:allinfo", f"IPADR:{device.address}", f"WEBPORT:{device.port('http')}", f"SOFTVERSION:{device.firmware}",
    )  # fmt: skip
    return "search", [Saying(b"\x02" + b"".join(item.encode() + b"\xff" for item in items) + b"\x03")]


def _ubiquiti(device: LabDevice, data: bytes) -> Answered:
    _exactly(data, bytes.fromhex("01000000"), bytes.fromhex("02080000"))
    version = data[0]
    if version not in device.personality.extra.get("finder_versions", [1, 2]):
        return f"v{version}", []
    pairs = [
        (0x01, _mac(device)), (0x02, _mac(device) + _address(device)), (0x03, device.firmware.encode()),
        (0x0B, device.names.name.encode()), (0x14 if version == 1 else 0x15, device.personality.model.encode()),
    ]  # fmt: skip
    body = b"".join(bytes([kind]) + struct.pack(">H", len(value)) + value for kind, value in pairs)
    return f"v{version}", [Saying(bytes([version, 0 if version == 1 else 6]) + struct.pack(">H", len(body)) + body)]


def _tvt(device: LabDevice, data: bytes) -> Answered:
    _exactly(data, b"MHED" + bytes.fromhex("080001000100") + bytes(130))
    record = _fixed(
        240,
        (0, b"MHED"),
        (4, b"\x08\x00\x07\x00"),
        (12, device.names.name.encode()[:19]),
        (32, _mac(device)),
        (38, struct.pack("<H", 6036)),
        (40, _address(device)),
        (60, struct.pack("<H", device.port("http"))),
        (64, b"\x02" if device.personality.kind == "camera" else b"\x03"),
        (180, device.personality.model.encode()[:15]),
    )
    return "search", [Saying(record, port=23456, group="234.55.55.56")]


def _xiongmai(device: LabDevice, data: bytes) -> Answered:
    _exactly(data, bytes.fromhex("ff000000" + "00" * 10 + "fa05" + "00000000"))
    common = {
        "HostName": device.names.name,
        "HostIP": "0x" + _address(device)[::-1].hex().upper(),
        "MAC": device.mac,
        "SN": device.serial,
        "HttpPort": device.port("http"),
        "TCPPort": 34567,
        "ChannelNum": 1 if device.personality.kind == "camera" else 16,
        "DeviceType": 0,
        "Version": device.firmware,
    }
    body = json.dumps({"NetWork.NetCommon": common, "Ret": 100, "SessionID": "0x00000000"}).encode() + b"\n\0"
    head = b"\xff\x01\0\0" + bytes(10) + struct.pack("<HI", 1531, len(body))
    return "search", [Saying(head + body, port=34569)]


def _tplink(device: LabDevice, data: bytes) -> Answered:
    _exactly(data, bytes.fromhex("020000010000000000000000463cb5d3"))
    result = {
        "device_type": "SMART.IPCAMERA",
        "device_model": device.personality.model,
        "device_id": device.serial,
        "owner": "0123456789ABCDEF0123456789ABCDEF",
        "mac": device.fill("{MACDASH}"),
        "ip": device.address,
        "firmware_version": device.firmware,
        "hardware_version": "1.0",
        "factory_default": device.setting("account.activated") is False,
        "mgt_encrypt_schm": {"is_support_https": True, "encrypt_type": "AES", "http_port": device.port("https")},
    }
    body = json.dumps({"result": result, "error_code": 0}).encode()
    return "search", [Saying(bytes.fromhex("0200000100000000") + bytes(8) + body)]


def _reolink(device: LabDevice, data: bytes) -> Answered:
    _exactly(data, bytes.fromhex("aaaa0000"))
    # The places of its fields are not known; what is known is that the identifier is in it.
    return "search", [Saying(bytes(8) + device.names.name.encode() + b"\0" + b"95270000LABLABLA" + bytes(8), port=3000)]


def _dvrip(device: LabDevice, data: bytes) -> Answered:
    _exactly(data, bytes.fromhex("a3010001" + "00" * 12 + "02" + "00" * 15))
    second = device.mac.encode() + device.personality.model.encode()
    third = (
        f"Name:{device.names.name}\r\nDevice:{device.personality.model}\r\nSerialNo:{device.serial}\r\n\r\n".encode()
    )
    first = _fixed(
        0x78,
        (0, b"\xb3"),
        (2, bytes([len(second)])),
        (4, b"\x58"),
        (0x10, b"\x02"),
        (0x14, struct.pack("<H", len(third))),
        (0x28, device.personality.model.encode()[:15]),
        (0x38, _address(device)),
        (0x5E, struct.pack("<HHH", device.port("http"), device.port("https"), device.port("sdk-dahua"))),
    )
    return "search", [Saying(first + second + third)]


def _foscam(device: LabDevice, data: bytes) -> Answered:
    _exactly(data, b"MO_I" + bytes(11) + b"\x04" + bytes(7) + b"\0\0\0\x01")
    body = _fixed(
        0x40,
        (0, device.mac.replace(":", "").upper().encode()),
        (0x0D, device.names.name.encode()[:20]),
        (0x22, _address(device)),
        (0x36, bytes(int(part) for part in device.firmware.split("."))),
        (0x3E, struct.pack(">H", device.port("http"))),
    )
    key = b"_Foscam_" if device.personality.extra.get("finder") == "ciphered" else b""
    if key:
        body = bytes(byte ^ key[place % 8] for place, byte in enumerate(body))
    head = b"MO_I" + b"\x01\0" + (b"\x01" + key if key else bytes(9)) + b"\x40" + bytes(7)
    return "search", [Saying(head + body)]


FINDERS: dict[str, Callable[[LabDevice, bytes], Answered]] = {
    "hanwha": _hanwha, "bosch": _bosch, "vivotek": _vivotek, "ipro": _ipro, "sony": _sony, "ubiquiti": _ubiquiti,
    "tvt": _tvt, "xiongmai": _xiongmai, "tplink": _tplink, "reolink": _reolink, "dvrip": _dvrip, "foscam": _foscam,
}  # fmt: skip
