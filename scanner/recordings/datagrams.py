"""Datagrams whose header tells the length of what follows, or that are written under a known key. Pure."""

from __future__ import annotations

import struct

_DHIP = b"\x20\x00\x00\x00DHIP"
_HEADER = 32
_FOSCAM, _FOSCAM_KEY, _FOSCAM_HEADER = b"MO_I", b"_Foscam_", 23


def measured(data: bytes) -> bytes:
    """The datagram with the length it has; anything that is no DHIP stays as it is."""
    if not data.startswith(_DHIP) or len(data) < _HEADER:
        return data
    length = struct.pack("<I", len(data) - _HEADER)
    return data[:16] + length + data[20:24] + length + data[28:]


def plain(data: bytes) -> bytes:
    """A datagram of Foscam's finder without its key (docs/sources.md I6.3); and with it again."""
    if data[:4] != _FOSCAM or _FOSCAM_KEY not in data[:_FOSCAM_HEADER]:
        return data
    body = bytes(byte ^ _FOSCAM_KEY[place % 8] for place, byte in enumerate(data[_FOSCAM_HEADER:]))
    return data[:_FOSCAM_HEADER] + body
