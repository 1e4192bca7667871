"""IP and Ethernet addresses as tables write them, and the sign that a row of a table is."""

from __future__ import annotations

import re

from scanner.addresses import address_of
from scanner.discovery.sighting import Sighting
from scanner.fingerprint import oui
from scanner.model import Observation

_SHORT = re.compile(r"(?i)[0-9a-f]{1,2}(?::[0-9a-f]{1,2}){5}")
_NORMAL = re.compile(r"[0-9a-f]{2}(?::[0-9a-f]{2}){5}")
_SPELLED = re.compile(r"(?i)(?:[0-9a-f]{1,2}[:-]){5}[0-9a-f]{1,2}|(?:[0-9a-f]{4}\.){2}[0-9a-f]{4}|[0-9a-f]{12}")


def ip_of(text: str) -> str:
    """The canonical text of a host's address, without its zone; '' for none, or one that no single host has."""
    try:
        address = address_of(text.strip().partition("%")[0])
    except ValueError:
        return ""
    return "" if address.is_multicast or address.is_unspecified or str(address) == "255.255.255.255" else str(address)


def mac_of(text: str) -> str:
    """The normal form of a host's Ethernet address, also of macOS's ``0:1b:2c:3:4:5``; '' for none or a group's."""
    text = text.strip()
    if _SHORT.fullmatch(text):
        text = ":".join(part.zfill(2) for part in text.split(":"))
    return oui.normal_mac(text) or ""


def is_mac_shaped(text: str) -> bool:
    """It is meant to be an Ethernet address, be it a group's."""
    return bool(_SPELLED.fullmatch(text.strip()))


def is_ethernet(address: str) -> bool:
    """An Ethernet address stands where an IP address is not known (``Imported.sighting``)."""
    return bool(_NORMAL.fullmatch(address))


def neighbour(address: str, mac: str, evidence: str) -> Sighting:
    """Who was seen at this address with this Ethernet address; without ``address`` the Ethernet address stands."""
    seen = (Observation("mac", mac, evidence),) if mac else ()
    return Sighting(address or mac, observations=seen)
