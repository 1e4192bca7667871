"""Facts of the ONVIF device service (docs/sources.md A9.4), as pure decoding."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from scanner.drivers.markup import child, children, every, switch_at, text

if TYPE_CHECKING:
    from lxml.etree import _Element

Found = Iterator[tuple[str, Any]]


def decode_clock(body: _Element, seen_at: datetime) -> Found:
    """Device clock minus ours in seconds, and whether it follows a time server. Only its UTC counts."""
    root = next(every(body, "SystemDateAndTime"), None)
    kind = text(root, "DateTimeType")
    if kind in ("NTP", "Manual"):
        yield "time.ntp", kind == "NTP"
    moment = child(root, "UTCDateTime")
    try:
        year, month, day = (int(text(moment, "Date", name)) for name in ("Year", "Month", "Day"))
        hour, minute, second = (int(text(moment, "Time", name)) for name in ("Hour", "Minute", "Second"))
        device = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except (ValueError, OverflowError):
        return
    yield "time.skew_seconds", round((device - seen_at).total_seconds(), 1)


def decode_users(body: _Element) -> Found:
    """A number; names and levels stay where they are."""
    yield "onvif.users", sum(1 for _ in children(body, "User"))


def decode_protocols(body: _Element) -> Found:
    """HTTP and HTTPS as the device has them switched."""
    keys = {"HTTP": "web.http", "HTTPS": "web.https"}
    for item in children(body, "NetworkProtocols"):
        enabled = switch_at(item, "Enabled")
        name = text(item, "Name").upper()
        if name in keys and enabled is not None:
            yield keys[name], enabled


def decode_filter(body: _Element) -> Found:
    """A filter without addresses is off: that is how Axis writes it."""
    root = next(every(body, "IPAddressFilter"), None)
    if root is not None and text(root, "Type"):
        addresses = [node for node in children(root, "IPv4Address", "IPv6Address") if text(node, "Address")]
        yield "ip_filter.enabled", bool(addresses)


def decode_ntp(body: _Element) -> Found:
    """A time server is named; for devices whose clock does not say what it follows."""
    servers = [
        value
        for node in every(body, "NTPManual", "NTPFromDHCP")
        for name in ("DNSname", "IPv4Address", "IPv6Address")
        if (value := text(node, name)) and value not in ("0.0.0.0", "::")
    ]
    yield "time.ntp", bool(servers)
