"""One account of a device out of those of several drivers.

The maker's own interface beats ONVIF, but a yes of any driver wins: what somebody saw running does run. Where they
disagree both proofs are kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from scanner.model import COLUMNS, Answer, Attached, Column, FactSeen, Feature, Known, Slot, Unseen

_ANY_TRUE = frozenset({"metadata.stream", "onvif.anonymous"})
"""Facts of which one sighting is enough, whichever driver had it."""


def merge_features(registers: Sequence[Iterable[Feature]]) -> tuple[Feature, ...]:
    """Rows of all drivers, best driver first, as one row a feature and channel, ordered by channel then feature.

    A row for the whole device of which nothing is known is left out when a channel's row knows something.
    """
    rows: dict[tuple[str, str], Feature] = {}
    for register in registers:
        for feature in register:
            key = (feature.feature, feature.channel)
            rows[key] = _both(rows[key], feature) if key in rows else feature
    speaking = {row.feature for row in rows.values() if _says_something(row)}
    kept = [
        row
        for row in rows.values()
        if _says_something(row)
        or row.channel != "device"
        or (row.feature not in speaking and not _elsewhere(row, rows))
    ]
    return tuple(sorted(kept, key=lambda row: (_channel_order(row.channel), row.feature)))


def _elsewhere(row: Feature, rows: dict[tuple[str, str], Feature]) -> bool:
    """The same feature has a row on a channel, with its own reason."""
    return any(feature == row.feature and channel != "device" for feature, channel in rows)


def _says_something(row: Feature) -> bool:
    return any(getattr(row, column) != "unknown" for column in COLUMNS)


def _channel_order(channel: str) -> tuple[int, int, str]:
    return (1, int(channel), "") if channel.isdecimal() else (0, 0, channel)


def _both(first: Feature, second: Feature) -> Feature:
    answers = {column: _better(first, second, column) for column in COLUMNS}
    decided_by = second if first.enabled == "unknown" and second.enabled != "unknown" else first
    names = tuple(dict.fromkeys(name for name in (first.vendor_name, second.vendor_name) if name))
    readers = tuple(dict.fromkeys(name for name in (first.read_by, second.read_by) if name))
    return Feature(
        first.feature,
        first.channel,
        **answers,
        read_by="+".join(readers),
        vendor_name=", ".join(names),
        why={
            column: first.why.get(column) or second.why[column]
            for column in COLUMNS
            if answers[column] == "unknown" and (column in first.why or column in second.why)
        },
        proofs=tuple(dict.fromkeys((*first.proofs, *second.proofs))),
        count=first.count if first.count is not None else second.count,
        verified=decided_by.verified,
    )


def _better(first: Feature, second: Feature, column: Column) -> Answer:
    one: Answer = getattr(first, column)
    other: Answer = getattr(second, column)
    if "yes" in (one, other):
        return "yes"
    return one if one != "unknown" else other


def merge_facts(sources: Sequence[Iterable[FactSeen]]) -> tuple[FactSeen, ...]:
    """One fact a key, best driver first: an answer beats silence, the first answer beats later ones."""
    facts: dict[str, FactSeen] = {}
    for source in sources:
        for seen in source:
            before = facts.get(seen.key)
            better = before is None or (isinstance(before.fact, Unseen) and not isinstance(seen.fact, Unseen))
            if better or (seen.key in _ANY_TRUE and isinstance(seen.fact, Known) and seen.fact.value is True):
                facts[seen.key] = seen
    return tuple(facts.values())


_SLOTS: dict[Answer, Slot] = {"yes": "live", "no": "absent", "unknown": "unknown"}
"""What stands behind a channel of which a driver says no more than whether a camera answers."""


def merge_attached(sources: Sequence[Iterable[Attached]]) -> tuple[Attached, ...]:
    """The channels as the best driver lists them, one entry a channel. Another driver may count channels otherwise, so
    the lists of two are not mixed: a camera would be in both."""
    found: dict[str, Attached] = {}
    for source in sources:
        for camera in source:
            slot = _SLOTS[camera.online] if camera.slot == "unknown" else camera.slot
            found.setdefault(camera.channel, msgspec.structs.replace(camera, slot=slot))
        if found:
            break
    return tuple(sorted(found.values(), key=lambda camera: _channel_order(camera.channel)))
