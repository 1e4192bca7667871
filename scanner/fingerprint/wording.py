"""Claims as words: where a sign was seen, which signs are independent, and the sentences of an identity."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

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
    "vendor-finder": "answer to a maker's finder",
    "snmp-sysdescr": "SNMP sysDescr", "snmp-sysobjectid": "SNMP sysObjectID", "ftp-banner": "FTP banner",
    "telnet-banner": "Telnet banner", "ssh-banner": "SSH banner", "sip-server": "SIP header",
    "dhcp-vendor-class": "DHCP vendor class", "mdns-txt": "mDNS", "mac": "MAC address",
    "nmap-guess": "a guess of nmap", "runzero-guess": "a guess of runZero", "register": "the organisation's register",
}  # fmt: skip
_SIGNS = {
    "sadp": "SADP answer", "dhdiscover": "DHDiscover answer", "tplink-discovery": "TP-Link discovery answer",
    "isapi-deviceinfo": "ISAPI interface", "isapi-inputproxy": "ISAPI channel list", "oui": "MAC prefix",
    "named": "its name", "words": "words of video", "described": "its own description", "page": "its web page",
    "axis-properties": "VAPIX answer",
    "isapi-deviceinfo.user-check": "ISAPI login state",
    "onvif-scopes.hikvision-layout": "Hikvision layout of its ONVIF scopes",
    "onvif-scopes.dahua-layout": "Dahua layout of its ONVIF scopes",
}  # fmt: skip


_PLAIN = ("named", "words", "described", "page")
"""Signs that are left out beside a more telling one from the same place."""


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
    if claim.pattern in _PLAIN:
        return f"{_SIGNS[claim.pattern]} in the {place}"
    if claim.pattern in _SIGNS:
        return _SIGNS[claim.pattern]
    if claim.pattern == "firmware-shape":
        return f"firmware shape ({place})"
    if claim.pattern == "firmware-letters":
        return f"letters in the firmware version ({place})"
    if claim.pattern == "serial-shape":
        return f"shape of the serial number ({place})"
    if claim.pattern == "model-series":
        return f"model series ({place})"
    prefix, _, name = claim.pattern.partition(".")
    return f"{place} ({name.replace('-', ' ')})" if name and prefix in _PLACES else place


def signs(claims: Iterable[Claim]) -> str:
    """The signs of several claims, each once: "DHDiscover answer, firmware shape and MAC prefix"."""
    listed = list(claims)
    telling = {claim.seen_in for claim in listed if claim.pattern not in _PLAIN}
    kept = [claim for claim in listed if claim.pattern not in _PLAIN or claim.seen_in not in telling]
    return _listed(list(dict.fromkeys(sign(claim) for claim in kept)), "and")


@dataclass(slots=True)
class Story:
    """Why an identity is what it is: one sentence for brand, maker and kind, and notes beside it."""

    brand: str = ""
    maker: str = ""
    kind: str = ""
    notes: list[str] = field(default_factory=list)

    def told(self, contested: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
        """The sentence first, then the notes, then what is contested; empty when nothing was seen."""
        sentence = "; ".join(filter(None, (self.brand, self.maker, self.kind)))
        disputes = [f"{what} contested: {', '.join(values)}" for what, values in contested.items()]
        return tuple(filter(None, (sentence, *self.notes, *disputes)))


def open_maker(brand: str) -> str:
    """Why a name alone does not tell the maker."""
    makers = names().possible_makers(brand)
    if not makers:
        return f"maker open: nothing seen here tells who builds {brand}"
    row = names().lineage[brand]
    note = f"; {row.note}" if row.note else ""
    claimed = f"{_listed(makers, 'or')} (claimed, grade {row.grade}{note})"
    return f"maker open: {brand} has been sold with units of {claimed}, and nothing seen here tells"


def _listed(words: Sequence[str], last: str) -> str:
    return ", ".join(words[:-1]) + f" {last} " + words[-1] if len(words) > 1 else "".join(words)
