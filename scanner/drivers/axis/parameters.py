"""VAPIX ``param.cgi``: settings and properties as ``root.Group.Name=value`` lines (sections 6.1 and 9.3).

After a group the firmware lacks, the next group loses its ``root.`` prefix; both forms are read. Values that are
secrets or could be (communities, passwords) are dropped here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from scanner.drivers.base import retention_of, role_of
from scanner.drivers.markup import attribute, every, switch

if TYPE_CHECKING:
    from lxml.etree import _Element

GROUPS: tuple[str, ...] = (
    "Properties", "Brand", "Network", "HTTPS", "System", "SNMP", "Time", "RemoteService", "Audio", "Tampering", "API",
)  # fmt: skip
PATH = f"/axis-cgi/param.cgi?action=list&group={','.join(GROUPS)}"
_SECRET = re.compile(
    r"(?:community|passw(?:or)?d|protviewer|proxylogin|clientcert|secret|username)$", re.IGNORECASE
)  # a setting about passwords (ActivatePasswordThrottling) is no password
Found = Iterator[tuple[str, Any]]


class Parameters(NamedTuple):
    """What the device answered: values without ``root.``, and the groups it says it does not have."""

    values: dict[str, str]
    missing: frozenset[str]

    def switch(self, key: str) -> bool | None:
        """A yes/no value."""
        return switch(self.values.get(key))

    def has_group(self, group: str) -> bool:
        """True when at least one value of the group came."""
        return any(key.startswith(f"{group}.") for key in self.values)


def decode(text: str) -> Parameters:
    """The lines of a reply."""
    values: dict[str, str] = {}
    missing: set[str] = set()
    for line in text.splitlines():
        if line.startswith("#"):
            found = re.search(r"in group '([^']{1,80})'", line)
            if found:
                missing.add(found[1].removeprefix("root."))
            continue
        key, equals, value = line.partition("=")
        key = key.strip().removeprefix("root.")
        if equals and key and not _SECRET.search(key):
            values[key] = value.strip()
    return Parameters(values, frozenset(missing))


def _cloud(parameters: Parameters) -> Found:
    """``oneclick`` offers the service at the press of a button, ``yes`` runs it; anything but these is not guessed."""
    value = parameters.values.get("RemoteService.Enabled", "").lower()
    if value in ("yes", "no", "oneclick"):
        yield "cloud.p2p", value == "yes"


def _flag(key: str, name: str) -> Callable[[Parameters], Found]:
    def read(parameters: Parameters) -> Found:
        value = parameters.switch(name)
        if value is not None:
            yield key, value

    return read


def _auth(parameters: Parameters) -> Found:
    value = parameters.values.get("Network.HTTP.AuthenticationPolicy", "").lower()
    if value:
        yield "web.auth", value.replace("basic_digest", "digest/basic").replace("recommended", "digest")


def _snmp(parameters: Parameters) -> Found:
    versions = [parameters.switch(f"SNMP.{name}") for name in ("V1", "V2c", "V3")]
    enabled = parameters.switch("SNMP.Enabled")
    if enabled is not None:
        yield "snmp.enabled", enabled
        if any(value is not None for value in versions[:2]):
            yield "snmp.v1v2", enabled and any(value is True for value in versions[:2])


def _clock(parameters: Parameters) -> Found:
    source = parameters.values.get("Time.SyncSource", "")
    if source:
        yield "time.ntp", source.upper() == "NTP"


def _throttle(parameters: Parameters) -> Found:
    value = parameters.switch("System.PreventDoSAttack.ActivatePasswordThrottling")
    if value is not None:
        yield "login.lock.enabled", value


def _sound(parameters: Parameters) -> Found:
    values = [parameters.switch(key) for key in parameters.values if re.fullmatch(r"Audio\.A\d{1,2}\.Enabled", key)]
    if any(value is not None for value in values):
        yield "audio.enabled", any(value is True for value in values)


def _syslog(parameters: Parameters) -> Found:
    values = [
        parameters.switch(key) for key in parameters.values if re.fullmatch(r"API\.RemoteSyslog\d{1,2}\.Enabled", key)
    ]
    if any(value is not None for value in values):
        yield "log.remote", any(value is True for value in values)


def _activated(parameters: Parameters) -> Found:
    for name in ("Properties.API.Browser.RootPwdSetValue", "System.RootPwdSet"):
        value = parameters.switch(name)
        if value is not None:
            yield "account.activated", value
            return


def _legacy_tls(parameters: Parameters) -> Found:
    values = [parameters.switch(f"HTTPS.{name}") for name in ("AllowSSLV3", "AllowTLS1", "AllowTLS11")]
    if parameters.switch("HTTPS.Enabled") and any(value is not None for value in values):
        yield "tls.legacy", any(value is True for value in values)


READERS: tuple[tuple[tuple[str, ...], Callable[[Parameters], Found]], ...] = (
    (("account.activated",), _activated),
    (("service.ssh",), _flag("service.ssh", "Network.SSH.Enabled")),
    (("service.ftp",), _flag("service.ftp", "Network.FTP.Enabled")),
    (("web.https",), _flag("web.https", "HTTPS.Enabled")),
    (("upnp.enabled",), _flag("upnp.enabled", "Network.UPnP.Enabled")),
    (("upnp.mapped",), _flag("upnp.mapped", "Network.UPnP.NATTraversal.Enabled")),
    (("stream.encryption",), _flag("stream.encryption", "Network.RTSPS.Enabled")),
    (("ip_filter.enabled",), _flag("ip_filter.enabled", "Network.Filter.Enabled")),
    (("web.auth",), _auth),
    (("cloud.p2p",), _cloud),
    (("snmp.enabled", "snmp.v1v2"), _snmp),
    (("time.ntp",), _clock),
    (("login.lock.enabled",), _throttle),
    (("audio.enabled",), _sound),
    (("log.remote",), _syslog),
    (("tls.legacy",), _legacy_tls),
)
"""Facts of param.cgi: which keys each reader may answer, and the reader."""


def decode_rest_snmp(data: dict[str, Any]) -> Found:
    """``/config/rest/snmp/v1``: the switches; communities are not looked at."""
    enabled = data.get("enabled")
    if not isinstance(enabled, bool):
        return
    yield "snmp.enabled", enabled
    old = [row.get("enabled") for name in ("snmpV1", "snmpV2") if isinstance(row := data.get(name), dict)]
    if any(isinstance(value, bool) for value in old):
        yield "snmp.v1v2", enabled and True in old


def decode_rest_firewall(data: dict[str, Any]) -> Found:
    """``/config/rest/firewall/v1``: whether the firewall of the device is at work."""
    activated = data.get("activated")
    if isinstance(activated, bool):
        yield "ip_filter.enabled", activated


REST: tuple[tuple[str, tuple[str, ...], Callable[[dict[str, Any]], Found]], ...] = (
    ("/config/rest/snmp/v1", ("snmp.enabled", "snmp.v1v2"), decode_rest_snmp),
    ("/config/rest/firewall/v1", ("ip_filter.enabled",), decode_rest_firewall),
)
"""Newer interfaces, asked where the firmware has no parameters of these names any more."""


def decode_disks(root: _Element) -> Found:
    """``disks/list.cgi``: whether every disk or card in the device is encrypted, and how long recordings stay on them
    (docs/sources.md A9.6: ``cleanupmaxage`` in days, of shares in the network as well); nothing where there is none."""
    disks = [disk for disk in every(root, "disk") if attribute(disk, "status").lower() != "disconnected"]
    values = [switch(attribute(disk, "diskencrypted")) for disk in disks]
    if any(value is not None for value in values):
        yield "storage.encryption", all(value is True for value in values)
    ages = [attribute(disk, "cleanupmaxage") for disk in disks]
    if all(age.isdecimal() and len(age) < 6 for age in ages):
        yield from retention_of(
            int(age) if attribute(disk, "cleanuppolicy").lower() == "fifo" else 0
            for disk, age in zip(disks, ages, strict=True)
        )


def decode_accounts(text: str, user: str = "") -> Found:
    """``pwdgrp.cgi``: counts of ``digusers`` and of ``admin``, and the widest group of ``user``; names stay where they
    are."""
    groups: dict[str, list[str]] = {}
    for line in text.splitlines():
        name, equals, value = line.partition("=")
        if equals:
            groups[name.strip()] = [user for user in value.strip().strip('"').split(",") if user.strip()]
    if "digusers" in groups:
        yield "account.count", len(set(groups["digusers"]))
    if "admin" in groups:
        yield "account.admin_count", len(set(groups["admin"]))
    yield from role_of(user, ((one, group) for group in ROLES for one in groups.get(group, ())))


ROLES = ("admin", "operator", "viewer", "ptz")
"""Groups of accounts, from the widest rights to the least."""
