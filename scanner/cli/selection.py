"""Which rules an audit is judged by: packs by name, rules by id, tags and severity."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click
import msgspec

from scanner.config import SEVERITIES, Settings
from scanner.errors import ConfigError

if TYPE_CHECKING:
    from rules import Finding, Pack, Rule, Waiver


def chosen_packs(settings: Settings) -> tuple[Pack, ...]:
    """The packs with the rules that the settings ask for. Raises PackError, or ConfigError for a name nobody has."""
    from rules import load_packs

    packs = load_packs(settings.packs or None)
    known = {rule.id for pack in packs for rule in pack.rules}
    for name in settings.rules:
        if name not in known:
            raise ConfigError(f"expected the id of a rule (see camaudit rules list), found {name!r}")
    tags = {tag for pack in packs for rule in pack.rules for tag in rule.tags}
    for name in settings.tags:
        if name not in tags:
            raise ConfigError(f"expected a tag of a rule ({', '.join(sorted(tags))}), found {name!r}")
    chosen = (
        msgspec.structs.replace(pack, rules=tuple(rule for rule in pack.rules if _wanted(rule, settings)))
        for pack in packs
    )
    return tuple(pack for pack in chosen if pack.rules)


def tell_unused(waivers: Sequence[Waiver], findings: Sequence[Finding]) -> None:
    """Name each waiver that stands on no finding: mistyped, not yet approved, or no longer needed."""
    from rules import unused_waivers

    for waiver in unused_waivers(waivers, findings):
        click.echo(f"{waiver.place}: this waiver of {waiver.rule} is for no finding of this audit", err=True)


def _wanted(rule: Rule, settings: Settings) -> bool:
    if settings.rules and rule.id not in settings.rules:
        return False
    if settings.tags and not set(rule.tags) & set(settings.tags):
        return False
    return settings.severity is None or SEVERITIES.index(rule.severity) <= SEVERITIES.index(settings.severity)
