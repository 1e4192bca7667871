"""The TCP doors that are tried, in this order."""

from __future__ import annotations

DEFAULT_PORTS: tuple[int, ...] = (
    80,  # web pages and ONVIF of nearly every device (docs/sources.md I6)
    443,  # the same over TLS (7)
    554,  # RTSP (5)
    8000,  # control port of Hikvision-made devices; ONVIF of Reolink (2, 6.3; recording of an E1 Zoom)
    37777,  # control port of Dahua-made devices, only ever connected to (3.3)
    8080,  # web pages moved away from 80
    8443,  # the same over TLS
    8554,  # RTSP moved away from 554 (5)
    34567,  # control port of Xiongmai-made devices, only ever connected to (6.3)
    9000,  # control port of Reolink devices, only ever connected to (6.3)
    81,  # web pages of recorders and of cameras that share one address
    88,  # web pages of Foscam (6.1)
    10554,  # RTSP (5)
    23,  # Telnet: open or not is a finding
    22,  # SSH
    21,  # FTP
)
DARK_PORTS = 4
"""Doors tried at an address that has given no sign: with eight datagrams no more than twelve packets."""
