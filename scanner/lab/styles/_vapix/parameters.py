"""VAPIX: settings and properties as ``root.Group.Name=value`` lines, and what a unit says of itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scanner.lab.leaks import leak
from scanner.lab.wire import Answer, Request, text

if TYPE_CHECKING:
    from scanner.lab.device import LabDevice


def is_modern(device: LabDevice) -> bool:
    """With the newer interfaces beside this one."""
    return not device.personality.extra.get("old")


def properties(device: LabDevice, *, restricted: bool) -> dict[str, str]:
    """What a unit says of itself, to everybody or after a login."""
    model = device.personality.model
    kind = str(device.personality.extra.get("product_type", "Network Camera"))
    fields = {
        "Brand": "AXIS",
        "ProdNbr": model,
        "ProdShortName": f"AXIS {model}",
        "ProdFullName": f"AXIS {model} {kind}",
        "ProdType": kind,
        "ProdVariant": "",
        "SerialNumber": device.fill("{MAC12}"),
        "Version": device.firmware,
        "BuildDate": f"{device.personality.build_date:%b %d %Y 09:42}" if device.personality.build_date else "",
        "HardwareID": "7DB",
        "WebURL": "http://www.axis.com",
    }
    if restricted:
        fields |= {"Architecture": "aarch64", "Soc": "Axis Artpec-8", "SocSerialNumber": "00000000"}
    return fields


def yes(value: object) -> str:
    """A switch in the words of this interface."""
    return "yes" if value else "no"


def _network(device: LabDevice) -> dict[str, str]:
    setting = device.setting
    return {
        "HTTP.AuthenticationPolicy": setting("web.auth"),
        "SSH.Enabled": yes(setting("service.ssh")),
        "FTP.Enabled": yes(setting("service.ftp")),
        "UPnP.Enabled": yes(setting("upnp.enabled")),
        "UPnP.NATTraversal.Enabled": yes(setting("upnp.mapped")),
        "Bonjour.Enabled": "yes",
        "Filter.Enabled": yes(setting("ip_filter.enabled")),
        "RTSPS.Enabled": yes(setting("stream.encryption")),
        "Wireless.W0.WPA.Passphrase": leak("wifi"),
        "DNSUpdate.Password": leak("ddns"),
    }


def _groups(device: LabDevice) -> dict[str, dict[str, str]]:
    setting = device.setting
    build = f"{device.personality.build_date:%b %d %Y 09:42}" if device.personality.build_date else ""
    motion = device.switch("motion")
    groups = {
        "Brand": {
            name: value for name, value in properties(device, restricted=False).items() if name[:4] in ("Bran", "Prod")
        },
        "Properties": {
            "Firmware.Version": device.firmware,
            "Firmware.BuildDate": build,
            "System.SerialNumber": device.fill("{MAC12}"),
            "EmbeddedDevelopment.EmbeddedDevelopment": "yes",
            "EmbeddedDevelopment.Version": "2.16",
            "Audio.Audio": yes(setting("audio.enabled") is not None),
            "API.Metadata.Metadata": "yes",
            "Motion.Motion": yes(motion),
            "API.Browser.RootPwdSetValue": yes(setting("account.activated")),
        },
        "Network": _network(device),
        "RemoteService": {"Enabled": "yes" if setting("cloud.p2p") else "no"},
        "SNMP": {
            "Enabled": yes(setting("snmp.enabled")),
            "V1": yes(setting("snmp.v1v2")),
            "V2c": yes(setting("snmp.v1v2")),
            "V3": yes(setting("snmp.enabled") and not setting("snmp.v1v2")),
            "V1ReadCommunity": leak("read"),
            "V1WriteCommunity": leak("write"),
        },
        "Time": {"SyncSource": "NTP" if setting("time.ntp") else "None", "ObtainFromDHCP": "no"},
        "System": {
            "RootPwdSet": yes(setting("account.activated")),
            "PreventDoSAttack.ActivatePasswordThrottling": "on",
            "AccessLog": "Off",
        },
        "Audio": {"A0.Enabled": yes(setting("audio.enabled")), "NbrOfConfigs": "1"},
        "HTTPS": {"Enabled": yes("https" in device.ports), "Port": "443", "AllowTLS1": "no", "AllowTLS11": "no"},
        "Tampering": {"T0.Enabled": yes(device.switch("tamper"))},
        "API": {"RemoteSyslog1.Enabled": yes(setting("log.remote"))},
    }
    if setting("audio.enabled") is None:
        del groups["Audio"]
    if not is_modern(device):
        del groups["API"]
    for name in device.personality.extra.get("no_groups", ()):
        del groups[name]
    return groups


def parameters(device: LabDevice, request: Request) -> Answer | None:
    """``param.cgi?action=list``: the groups asked for; None for every other action."""
    if request.first("action") != "list":
        return None
    groups = _groups(device)
    wanted = [name for name in request.first("group").split(",") if name] or list(groups)
    lines = []
    after_error = False
    for name in wanted:
        plain = name.removeprefix("root.").removesuffix(".*").removesuffix(".")
        group, _, below = plain.partition(".")
        found = {key: value for key, value in groups.get(group, {}).items() if not below or key.startswith(below)}
        if not found:
            lines.append(f"# Error: Error -1 getting param in group '{name}'")
            after_error = True
            continue
        prefix = "" if after_error else "root."  # as AXIS OS 12 does after a group it lacks
        after_error = False
        lines += [f"{prefix}{group}.{key}={value}" for key, value in found.items()]
    return text("\n".join(lines) + "\n")
