"""The register of one device while it is being read: many statements in, one five-column row a feature out.

Statements about one column join as "or" with unknown (Kleene): one yes is yes, a silence beside a no stays unknown.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from scanner.model import COLUMNS, Answer, Column, Feature, Proof, Silence

DEVICE = "device"
MOST_PROOFS = 12  # of one column: a hostile device may list a rule ten thousand times
MOST_NAME = 200


@dataclass(slots=True)
class Row:
    """One feature on one channel, unfinished."""

    feature: str
    channel: str
    vendor_name: str = ""
    verified: bool = True
    count: int | None = None
    yes: dict[Column, list[Proof]] = field(default_factory=dict)
    no: dict[Column, list[Proof]] = field(default_factory=dict)
    silent: dict[Column, Silence] = field(default_factory=dict)

    def say(self, column: Column, answer: bool, evidence: str, says: str) -> None:
        """A column is answered by a reply."""
        (self.yes if answer else self.no).setdefault(column, []).append(Proof(column, evidence, says[:300]))

    def hush(self, column: Column, why: Silence) -> None:
        """A reply that would have answered a column did not; the first reason stays."""
        self.silent.setdefault(column, why)

    def hush_all(self, why: Silence) -> None:
        """Nothing could be read of it."""
        for column in COLUMNS:
            self.hush(column, why)

    def follow(self, other: Row, *columns: Column) -> None:
        """These columns are answered by another row: its hours and actions are ours too."""
        for column in columns:
            for mine, theirs in ((self.yes, other.yes), (self.no, other.no)):
                mine.setdefault(column, []).extend(theirs.get(column, []))
            if column in other.silent:
                self.hush(column, other.silent[column])

    def answer(self, column: Column) -> Answer:
        """The column as it stands."""
        if self.yes.get(column):
            return "yes"
        return "no" if self.no.get(column) and column not in self.silent else "unknown"

    def finish(self, read_by: str, default: Silence) -> Feature:
        """The row with a proof for each yes and no, and a reason for each unknown."""
        if self.answer("supported") == "no" and "enabled" not in self.yes and "enabled" not in self.silent:
            self._follow("enabled", "supported")
        if self.answer("enabled") == "no" and "armed" not in self.yes:
            self.silent.pop("armed", None)
            self._follow("armed", "enabled")
        answers = {column: self.answer(column) for column in COLUMNS}
        proofs: list[Proof] = []
        for column in COLUMNS:
            proofs += (self.yes.get(column, []) + self.no.get(column, []))[:MOST_PROOFS]
        return Feature(
            self.feature,
            self.channel,
            **answers,
            read_by=read_by,
            vendor_name=self.vendor_name[:MOST_NAME],
            why={column: self.silent.get(column, default) for column in COLUMNS if answers[column] == "unknown"},
            proofs=tuple(dict.fromkeys(proofs)),
            count=self.count,
            verified=self.verified,
        )

    def _follow(self, column: Column, cause: Column) -> None:
        """What is not there cannot be on, and what is off has no hours."""
        if not self.no.get(column):
            self.no[column] = [Proof(column, proof.evidence, proof.says) for proof in self.no[cause][:1]]


class Register:
    """Rows of one driver. ``default`` is the reason of a column nobody had anything to say about."""

    def __init__(self, read_by: str, default: Silence = "no-reader") -> None:
        self.read_by = read_by
        self.default: Silence = default
        self._rows: dict[tuple[str, str], Row] = {}

    def row(self, feature: str, channel: str, vendor_name: str = "", *, verified: bool = True) -> Row:
        """The row of a feature on a channel. A row is verified when one of its readers is."""
        key = (feature, channel)
        if key not in self._rows:
            self._rows[key] = Row(feature, channel, vendor_name, verified)
        row = self._rows[key]
        if vendor_name and vendor_name not in row.vendor_name:
            row.vendor_name = f"{row.vendor_name}, {vendor_name}" if row.vendor_name else vendor_name
        return row

    def has(self, feature: str, channel: str | None = None) -> bool:
        """True when there is a row of this feature (on this channel)."""
        return any(key[0] == feature and channel in (None, key[1]) for key in self._rows)

    def rows(self) -> Iterator[Row]:
        """All rows, in the order they were begun."""
        yield from self._rows.values()

    def features(self) -> Iterator[Feature]:
        """The finished rows."""
        for row in self._rows.values():
            yield row.finish(self.read_by, self.default)


def unknown(features: Iterable[str], read_by: str, why: Silence, channel: str = DEVICE) -> Iterator[Feature]:
    """Rows of features a device of this maker can have and of which nothing could be read: unknown, never off."""
    for feature in features:
        yield Feature(feature, channel, read_by=read_by, why=dict.fromkeys(COLUMNS, why), verified=False)
