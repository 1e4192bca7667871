"""What a Hikvision device says it can do: capability flags, event types of each channel, selectable algorithms."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from scanner.drivers.hikvision.resources import Resources
from scanner.drivers.hikvision.words import EVENTS_ONLY, FAMILIES, FLAGS_ONLY, Rule


class Sign(NamedTuple):
    """One statement that something is supported or not."""

    supported: bool
    evidence: str
    says: str


@dataclass(slots=True)
class Abilities:
    """All that was read. ``flags`` maps a flag to its value and the reply it came in; ``lists`` are the replies of
    closed lists (SmartCap), by name; ``events`` the event types of each channel."""

    flags: dict[str, tuple[bool, str]] = field(default_factory=dict)
    lists: dict[str, str] = field(default_factory=dict)
    events: dict[str, frozenset[str]] = field(default_factory=dict)
    events_evidence: str = ""

    def add(self, flags: dict[str, bool], evidence: str) -> None:
        """Flags of one page; a more specific page read later beats an earlier one only where it says yes."""
        for name, value in flags.items():
            if name not in self.flags or (value and not self.flags[name][0]):
                self.flags[name] = (value, evidence)

    def signs_of_flags(self, names: Iterable[str]) -> Iterator[Sign]:
        """What the flags of these names say."""
        for name in names:
            if name in self.flags:
                value, evidence = self.flags[name]
                yield Sign(value, evidence, f"{name} = {str(value).lower()}")

    def signs(self, rule: Rule, channel: str, resources: Resources) -> list[Sign]:
        """Everything that speaks for or against a rule on a channel; empty when nothing does.

        Event types decide for a channel. A smart rule whose flag is missing from SmartCap is not there.
        """
        signs = list(self.signs_of_flags(rule.flags))
        listed = self.events.get(channel)
        if listed is not None and rule.events:
            named = sorted(set(rule.events) & listed)
            if named or not any(sign.supported for sign in signs):
                says = f"eventType names {', '.join(named)}" if named else f"eventType names no {rule.events[0]}"
                signs.append(Sign(bool(named), self.events_evidence, f"channel {channel}: {says}"))
        chosen = sorted(rule.families & resources.selectable - {"smart"})
        if chosen:
            signs.append(Sign(True, resources.evidence, f"VCAResource/type can be {', '.join(chosen)}"))
        needs_other = bool(rule.families and resources.selectable) and not rule.families & resources.selectable
        if not signs and needs_other:
            signs.append(Sign(False, resources.evidence, f"VCAResource/type cannot be {min(rule.families)}"))
        if not signs and rule.smart and "SmartCap" in self.lists:
            signs.append(Sign(False, self.lists["SmartCap"], f"SmartCap names no {rule.title}"))
        return signs

    def without_page(self, channel: str, resources: Resources) -> Iterator[tuple[str, Sign]]:
        """(feature, sign) of functions that have no page to read their switch from."""
        for feature, names in FLAGS_ONLY.items():
            for sign in self.signs_of_flags(names):
                yield feature, sign
        for event in sorted(self.events.get(channel, frozenset())):
            if event in EVENTS_ONLY:
                yield (
                    EVENTS_ONLY[event],
                    Sign(True, self.events_evidence, f"channel {channel}: eventType names {event}"),
                )
        for kind in sorted(resources.selectable):
            if kind in FAMILIES:
                yield FAMILIES[kind], Sign(True, resources.evidence, f"VCAResource/type can be {kind}")
