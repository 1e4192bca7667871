"""``camaudit show AUDIT DEVICE``: who a device is, which signs say so, and the replies they were read from.

Fits 80 columns. Device text is hostile text: it goes through ``rich.text.Text`` without control or direction
characters, and is never read as markup.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from scanner.cli.stored import audit_argument, load_inventory
from scanner.errors import InputError, Place

if TYPE_CHECKING:
    from rich.console import Console

    from scanner.model import Claim, Device, Evidence, Inventory

WIDTH = 80
_EXCERPT = 480


@click.command("show", short_help="Show one device of an audit: its identity, the signs, the replies.")
@audit_argument
@click.argument("device", metavar="DEVICE")
@click.option("--json", "as_json", is_flag=True, help="As JSON, with every sign and reply whole.")
def command(audit: Path, device: str, as_json: bool) -> None:
    """Show who DEVICE is and why: brand, maker and model, each sign with its grade, and each reply it was read from.

    AUDIT is the directory of an audit, or its inventory.sqlite; DEVICE is the id or the address of a device. What
    its sources disagree on is named as contested.
    """
    inventory = load_inventory(audit)
    found = find(inventory, device, audit)
    replies = replies_of(found, inventory)
    if as_json:
        import msgspec

        click.echo(msgspec.json.format(msgspec.json.encode(_record(found, replies)), indent=2))
        return
    from scanner.cli.terminal import Stdout

    console = Stdout(width=WIDTH, soft_wrap=False)
    _identity(console, found)
    _contested(console, found)
    _claims(console, found.identity.claims)
    _replies(console, replies)


def find(inventory: Inventory, wanted: str, audit: Path) -> Device:
    """The device with this id or address; raises InputError when there is none, or more than one."""
    address = _canonical(wanted)
    found = [one for one in inventory.devices if one.id == wanted or address in one.addresses]
    if len(found) == 1:
        return found[0]
    if found:
        raise InputError(f"expected one device at {wanted}, found {', '.join(one.id for one in found)}", Place(audit))
    import difflib

    every = [name for one in inventory.devices for name in (one.id, *one.addresses)]
    close = difflib.get_close_matches(wanted, every, n=3)
    hint = f"did you mean {' or '.join(close)}?" if close else f"it has {len(inventory.devices):,} devices"
    raise InputError(f"expected the id or address of a device of this audit, found {wanted!r}; {hint}", Place(audit))


def _canonical(text: str) -> str:
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return text


def replies_of(device: Device, inventory: Inventory) -> tuple[Evidence, ...]:
    """The replies that the signs of its identity were read from, in the order they came in."""
    wanted = {claim.evidence for claim in device.identity.claims if claim.evidence}
    return tuple(sorted((inventory.evidence[one] for one in wanted if one in inventory.evidence), key=_moment))


def _moment(reply: Evidence) -> tuple[Any, str]:
    return reply.seen_at, reply.id


def _record(device: Device, replies: Sequence[Evidence]) -> dict[str, Any]:
    identity = device.identity
    return {
        "device": device.id,
        "address": device.address,
        "also_at": device.also_at,
        "site": device.site,
        "is_camera": identity.is_camera,
        "identity": identity,
        "contested_facts": {key: fact for key, fact in device.facts.items() if _is_contested(fact)},
        "replies": replies,
    }


def _is_contested(fact: object) -> bool:
    from scanner.model import Contested

    return isinstance(fact, Contested)


# -- printed ------------------------------------------------------------------------------------------


def _line(console: Console, text: str, indent: int = 0, style: str = "") -> None:
    """One cleaned text, wrapped at the width of the page."""
    from rich.padding import Padding
    from rich.text import Text

    console.print(Padding(Text(text, style=style, overflow="fold"), (0, 0, 0, indent)))


def _identity(console: Console, device: Device) -> None:
    from reports.view.words import clean

    identity = device.identity
    parts = (" and ".join(device.addresses) or "no address", device.id, clean(device.site))
    where = "   ".join(filter(None, parts))
    _line(console, where, style="bold")
    firmware = identity.firmware
    built = f", built {firmware.build_date}" if firmware and firmware.build_date else ""
    rows = (
        ("brand", identity.brand),
        ("maker", f"{identity.maker} ({identity.grade})" if identity.maker else None),
        ("model", identity.model),
        ("firmware", f"{firmware.version}{built}" if firmware else None),
        ("serial", identity.serial),
        ("MAC", identity.mac),
        ("kind", identity.kind),
    )
    for name, value in rows:
        _line(console, f"{name:<10}{clean(value) if value else 'not known'}", 2)
    for reason in identity.reasons:
        _line(console, clean(reason, _EXCERPT), 2)


def _contested(console: Console, device: Device) -> None:
    from reports.view.words import clean
    from scanner.model import Contested

    rows = [f"{what}: {' | '.join(clean(value) for value in values)}" for what, values in
            device.identity.contested.items()]  # fmt: skip
    rows += [
        f"{key}: {' | '.join(clean(str(one.value)) for one in fact.values)}"
        for key, fact in device.facts.items()
        if isinstance(fact, Contested)
    ]
    if rows:
        _line(console, "Contested", style="bold")
        for row in rows:
            _line(console, row, 2)


def _claims(console: Console, claims: Sequence[Claim]) -> None:
    from reports.view.words import clean

    _line(console, f"Signs ({len(claims)})", style="bold")
    for claim in claims:
        _line(console, f"{claim.grade}  {claim.field} {clean(claim.value)}", 2)
        source = f" in {clean(claim.evidence)}" if claim.evidence else ""
        _line(console, f"by {clean(claim.pattern)} ({claim.seen_in}){source}", 6)
    if not claims:
        _line(console, "none: nothing it showed says who it is", 2)


def _replies(console: Console, replies: Sequence[Evidence]) -> None:
    from reports.view.words import clean

    _line(console, f"Replies ({len(replies)})", style="bold")
    for reply in replies:
        moment = f"{reply.seen_at:%Y-%m-%d %H:%M:%S} UTC"
        asked = f"{clean(reply.request)} -> {clean(reply.status)}, {reply.size:,} bytes"
        _line(console, f"{reply.id}  {moment}  {reply.address}:{reply.port}", 2)
        _line(console, asked, 6)
        _line(console, clean(reply.excerpt, _EXCERPT) or "(no printable text)", 6)
