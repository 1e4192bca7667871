"""Addresses as recorders write those of their cameras."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from scanner.addresses import address_of, is_host_name

_NOTHING = frozenset({"", "null", "none", "n/a", "unknown", "(null)"})
UNUSED = "192.168.0.0"
"""What Dahua writes into a slot nobody uses (docs/sources.md A8.2)."""
_UNUSED = frozenset({"0.0.0.0", "::", "255.255.255.255", UNUSED})
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{1,20}://")


def told(value: str) -> str:
    """The value, or '' for the words that stand for none."""
    return "" if value.strip().lower() in _NOTHING else value.strip()


def address_in(value: str) -> str | None:
    """The address or name of a host in an address, a name or a URI; None for everything else, and for the addresses
    of slots nobody uses. A user name and password in a URI are left behind."""
    text = told(value)[:512]
    try:
        if _SCHEME.match(text):
            text = urlsplit(text).hostname or ""
        address = str(address_of(text.strip("[]").partition("%")[0]))
    except ValueError:
        name = text.rstrip(".").lower()
        return name if is_host_name(name) and not name.replace(".", "").isdecimal() else None
    return None if address in _UNUSED else address
