"""Xiongmai finder on UDP 34569; answers are broadcast to that port. Unverified: unicast is not told of (I6.3, PD).

A header of 20 bytes with message 1531, then JSON with ``NetWork.NetCommon``. Its serial number is the address by which
anybody reaches the device over the maker's cloud, so it is not taken.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from scanner.discovery.device_text import cleaned, port_number
from scanner.discovery.finder_answer import sighting
from scanner.discovery.protocols import Protocol
from scanner.discovery.sighting import Sighting

if TYPE_CHECKING:
    from scanner.net import DatagramReply

NAME, PORT = "xiongmai", 34569
_HEAD, _MESSAGE = 20, 1531
_FIELDS = {"HostName": "name", "MAC": "mac", "Version": "firmware"}
_DOORS = {"HttpPort": "http", "TCPPort": "sdk-xiongmai"}


def read(reply: DatagramReply) -> Sighting | None:
    """Name, firmware, MAC address and doors; more than one channel is a recorder."""
    data = reply.data
    if len(data) <= _HEAD or data[0] != 0xFF or int.from_bytes(data[14:16], "little") != _MESSAGE:
        return None
    found = _net_common(cleaned(data[_HEAD:].decode("utf-8", "replace")))
    if found is None:
        return None
    fields = {key: _text(found.get(name)) for name, key in _FIELDS.items()}
    channels = _text(found.get("ChannelNum"))
    fields["kind"] = "recorder" if re.fullmatch(r"0{0,4}(?:[2-9]|[1-9][0-9]{1,3})", channels) else ""
    doors = [(port_number(_text(found.get(name))), service) for name, service in _DOORS.items()]
    return sighting(reply, NAME, PORT, fields, doors)


def _net_common(text: str) -> dict[str, Any] | None:
    try:
        answer = json.loads(text)
    except (ValueError, RecursionError):
        return None
    found = answer.get("NetWork.NetCommon") if isinstance(answer, dict) else None
    return found if isinstance(found, dict) else None


def _text(value: Any) -> str:
    return str(value)[:200] if isinstance(value, str | int) and not isinstance(value, bool) else ""


PROTOCOL = Protocol(NAME, PORT, ("1", "1"), read, when="named", vendor="Xiongmai", verified=False)
