"""The files an auditor of the fleet would hold: who the organisation is, and which logins he was given."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Sequence
from pathlib import Path

from scanner.lab.files import FleetFile, FleetSite, SiteAccount


def write_inputs(fleet: FleetFile, base: str, folder: Path) -> tuple[Path, Path]:
    """Write ``estate.toml``, ``logins.toml`` and one password file an account into ``folder``.

    The password files are made for the owner only. Returns the paths of the two TOML files.
    """
    folder.mkdir(parents=True, exist_ok=True)
    estate = folder / "estate.toml"
    estate.write_text(_estate(fleet, base), encoding="utf-8")
    lines = ["# Logins the auditor was given. Passwords stand in files of their own."]
    number = 0
    for site in fleet.sites:
        for account in site.accounts:
            number += 1
            secret = (folder / f"password-{number}.txt").resolve()
            secret.touch(mode=0o600)
            secret.write_text(account.password + "\n", encoding="utf-8")
            lines += ["", *_login(site, account, base, secret)]
    logins = folder / "logins.toml"
    logins.touch(mode=0o600)
    logins.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return estate, logins


def _net(base: str, site: FleetSite, hosts: str = "0/24") -> str:
    start, _, bits = hosts.partition("/")
    first = ipaddress.IPv4Address(int(ipaddress.IPv4Address(base)) + site.net * 256 + int(start))
    return str(ipaddress.ip_network(f"{first}/{bits}"))


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)  # a JSON string is a TOML basic string


def _texts(values: Sequence[str]) -> str:
    return "[" + ", ".join(_text(value) for value in values) + "]"


def _login(site: FleetSite, account: SiteAccount, base: str, secret: Path) -> list[str]:
    lines = ["[[login]]", f"range = {_text(_net(base, site, account.hosts or '0/24'))}"]
    if account.maker:
        lines.append(f"maker = {_text(account.maker)}")
    return [*lines, f"user = {_text(account.user)}", f"password = {_text(f'file:{secret}')}"]


def _estate(fleet: FleetFile, base: str) -> str:
    organisation = fleet.organisation
    lines = ["# An invented organisation.", "[organisation]", f"name = {_text(str(organisation.get('name', '')))}"]
    if organisation.get("jurisdiction"):
        lines.append(f"jurisdiction = {_text(str(organisation['jurisdiction']))}")
    lines.append(f"bodies = {_texts(organisation.get('bodies', []))}")
    for site in fleet.sites:
        lines += ["", "[[site]]", f"name = {_text(site.name)}", f"type = {_text(site.type)}"]
        lines += [f"tags = {_texts(site.tags)}", f"ranges = {_texts([_net(base, site)])}"]
        if site.segment:
            lines.append(f"segment = {_text(site.segment)}")
        if site.exposed:
            lines.append(f"exposed = {_text(site.exposed)}")
        for key, record in site.records.items():
            parts = [f"date = {record.date.isoformat()}"]
            if record.owner:
                parts.append(f"owner = {_text(record.owner)}")
            if record.covers:
                parts.append(f"covers = {_texts(record.covers)}")
            if record.days is not None:
                parts.append(f"days = {record.days}")
            if record.note:
                parts.append(f"note = {_text(record.note)}")
            lines.append(f"records.{key} = {{ {', '.join(parts)} }}")
    return "\n".join(lines) + "\n"
