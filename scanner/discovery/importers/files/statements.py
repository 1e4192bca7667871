"""Cells of a register: what people write where an address, a serial number or a kind belongs.

Each reader gives the normal form, '' for a cell that states nothing, and raises ValueError with one sentence for one
that cannot be meant.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from scanner.addresses import is_host_name
from scanner.discovery.importers.files.addresses import ip_of, is_mac_shaped, mac_of
from scanner.discovery.importers.files.problems import shown
from scanner.model import Kind

_NOTHING = frozenset((
    "", "-", "--", "?", "n/a", "na", "none", "null", "nil", "tbc", "tbd", "tba", "unknown", "not known", "not set",
    "dhcp", "dynamic", "unassigned", "see above", "#n/a", "#ref!", "#value!", "0.0.0.0",
))  # fmt: skip
_ROUNDED = re.compile(r"[0-9]{1,2}[.,][0-9]+E\+[0-9]+", re.IGNORECASE)
_HAS_MANY = re.compile(r"[0-9]\s*[;,/&]\s*[0-9]{1,3}\.[0-9]{1,3}\.")
KINDS: dict[Kind, tuple[str, ...]] = {
    "recorder": ("nvr", "dvr", "xvr", "recorder", "hvr"),
    "encoder": ("encoder", "videoserver"),
    "intercom": ("intercom", "doorstation", "doorentry", "videodoor"),
    "access-control": ("accesscontrol", "doorcontroller"),
    "vms": ("vms", "managementserver", "recordingserver"),
    "camera": ("camera", "cctv", "dome", "bullet", "ptz", "ipc", "turret", "fisheye", "cam"),
    "other": ("printer", "switch", "router", "phone", "laptop", "desktop", "monitor", "server", "accesspoint", "ups"),
}
"""Kind -> words without case and blanks; the first kind with a word in the cell is meant."""


def is_nothing(cell: str) -> bool:
    """People's words for an empty cell."""
    return cell.strip().casefold() in _NOTHING


def address_stated(cell: str) -> str:
    """A host's address, also out of ``http://10.0.0.5:8080/`` or ``10.0.0.5:554``; ``host:NAME`` for a host name."""
    cell = cell.strip().lstrip("'").strip()
    if is_nothing(cell):
        return ""
    if found := ip_of(cell):
        return found
    if _HAS_MANY.search(cell):
        raise ValueError(f"expected one address in the cell, found {shown(cell)}: give each device a row")
    if re.match(r"(?i)[a-z]{3,8}://", cell) or re.fullmatch(r"[0-9.]+:[0-9]{1,5}(?:/.*)?", cell):
        host = _host_of(cell if "://" in cell else f"http://{cell}")
        if found := ip_of(host):
            return found
        cell = host
    if is_host_name(cell) and not cell.replace(".", "").isdigit():
        return f"host:{cell}"
    raise ValueError(f"expected an IP address, found {shown(cell.rpartition('@')[2])}")


def _host_of(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def mac_stated(cell: str) -> str:
    """An Ethernet address in any of its spellings."""
    cell = cell.strip().lstrip("'").strip()
    if is_nothing(cell):
        return ""
    if found := mac_of(cell):
        return found
    if _ROUNDED.fullmatch(cell):
        raise ValueError(f"expected an Ethernet address, found {cell}: a spreadsheet has taken it for a number")
    if is_mac_shaped(cell):  # all zeros, all ones: somebody filled the cell in
        return ""
    raise ValueError(f"expected an Ethernet address, found {shown(cell)}")


def serial_stated(cell: str) -> str:
    """A serial number."""
    cell = " ".join(cell.strip().lstrip("'").split())
    if is_nothing(cell):
        return ""
    if _ROUNDED.fullmatch(cell):
        raise ValueError(f"expected a serial number, found {cell}: a spreadsheet has rounded it")
    return cell[:100]


def kind_stated(cell: str) -> str:
    """A kind of device; '' for a word that names none."""
    folded = re.sub(r"[^a-z]", "", cell.casefold())
    return next((kind for kind, words in KINDS.items() if any(word in folded for word in words)), "")
