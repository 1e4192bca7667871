"""Claims as words: where a sign was seen, which signs are independent, and the sentences of an identity."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from scanner.fingerprint.makers import names
from scanner.model import Claim

_PLACES = {
    "http-server-header": "HTTP Server header", "http-title": "page title", "http-realm": "web login realm",
    "http-body": "web page", "http-favicon-md5": "favicon", "http-set-cookie": "web cookie",
    "rtsp-server": "RTSP Server header", "rtsp-realm": "RTSP realm", "rtsp-response": "RTSP reply",
    "rtsp-sdp": "stream description", "tls-subject": "certificate subject", "tls-issuer": "certificate issuer",
    "onvif-scopes": "ONVIF scopes", "onvif-deviceinfo": "ONVIF device information", "onvif-services": "ONVIF services",
    "onvif-capabilities": "ONVIF capabilities", "isapi-deviceinfo": "ISAPI device information",
    "isapi-inputproxy": "ISAPI channel list", "ssdp": "UPnP description", "ssdp-server": "UPnP Server header",
    "sadp": "SADP answer", "dhdiscover": "DHDiscover answer", "tplink-discovery": "TP-Link discovery answer",
    "snmp-sysdescr": "SNMP sysDescr", "snmp-sysobjectid": "SNMP sysObjectID", "ftp-banner": "FTP banner",
    "telnet-banner": "Telnet banner", "ssh-banner": "SSH banner", "sip-server": "SIP header",
    "dhcp-vendor-class": "DHCP vendor class", "mdns-txt": "mDNS", "mac": "MAC address",
}  # fmt: skip
_SIGNS = {
    "sadp": "answers SADP", "dhdiscover": "answers DHDiscover", "tplink-discovery": "answers TP-Link discovery",
    "isapi-deviceinfo": "speaks ISAPI", "isapi-inputproxy": "lists cameras over ISAPI", "oui": "MAC prefix",
    "isapi-deviceinfo.user-check": "answers ISAPI with its login state", "axis-properties": "answers VAPIX",
    "onvif-scopes.hikvision-layout": "Hikvision layout of its ONVIF scopes",
    "onvif-scopes.dahua-layout": "Dahua layout of its ONVIF scopes",
}  # fmt: skip


def family(claim: Claim) -> str:
    """Signs of one family come from the same part of a device and do not confirm each other."""
    if claim.pattern == "oui":
        return "mac"
    if claim.pattern.startswith("driver:"):
        return "driver"
    return claim.seen_in.split("-", 1)[0]


def sign(claim: Claim) -> str:
    """What was seen, in a few words: "firmware shape (ONVIF device information)"."""
    if claim.pattern.startswith("driver:"):
        return f"read by the {claim.pattern.removeprefix('driver:')} driver"
    place = _PLACES.get(claim.seen_in, claim.seen_in)
    if claim.pattern in _SIGNS:
        return _SIGNS[claim.pattern]
    if claim.pattern == "firmware-shape":
        return f"firmware shape ({place})"
    if claim.pattern == "firmware-letters":
        return f"letters in the firmware version ({place})"
    if claim.pattern == "model-series":
        return f"model series ({place})"
    prefix, _, name = claim.pattern.partition(".")
    return f"{place} ({name.replace('-', ' ')})" if name and prefix in _PLACES else place


def signs(claims: Iterable[Claim]) -> str:
    """The signs of several claims, each once."""
    return ", ".join(dict.fromkeys(sign(claim) for claim in claims))


def open_maker(brand: str) -> str:
    """Why a name alone does not tell the maker."""
    makers = names().possible_makers(brand)
    if not makers:
        return f"maker open: nothing seen here tells who builds {brand}"
    row = names().lineage[brand]
    note = f"; {row.note}" if row.note else ""
    claimed = f"{_either(makers)} (claimed, grade {row.grade}{note})"
    return f"maker open: {brand} has been sold with units of {claimed}, and nothing seen here tells"


def _either(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " or " + words[-1]
