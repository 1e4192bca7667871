"""A table as every format prints it: columns, rows of text, and the notes that can be opened under a row."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from reports.view.words import clean, instant
from scanner.model import Evidence

ColumnKind = Literal["text", "number", "tag"]

PAGE_ROWS = 50
"""Rows of a page; also the rows that are there without JavaScript."""

EXCERPT_CUT, EXCERPT_CUT_MANY, MANY_REPLIES = 240, 60, 5_000
"""Characters kept of a reply; fewer in a report that cites very many. The evidence store keeps the whole reply."""


@dataclass(frozen=True, slots=True)
class Column:
    """``tag`` columns hold one of a few words; ``order`` sorts those by meaning. ``choose`` offers a filter."""

    label: str
    kind: ColumnKind = "text"
    choose: bool = False
    order: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Note:
    """One sentence under a row and the replies that prove it (``Evidence.id``). ``link`` is an anchor of the page."""

    text: str
    replies: tuple[str, ...] = ()
    link: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One text for each column."""

    cells: tuple[str, ...]
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """``empty`` is the sentence shown when there is no row; ``whole_in`` names the file that has all rows as data."""

    id: str
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    empty: str
    notes_label: str = ""
    whole_in: str = ""
    row_head: int = 0  # the column that names the row

    @property
    def first_page(self) -> tuple[Row, ...]:
        """The rows that are there without JavaScript."""
        return self.rows[:PAGE_ROWS]

    @property
    def has_more(self) -> bool:
        """Whether rows are left after the first page."""
        return len(self.rows) > PAGE_ROWS


@dataclass(frozen=True, slots=True)
class Reply:
    """One reply of a device as proof."""

    where: str
    request: str
    status: str
    when: str
    sha256: str
    excerpt: str


def cited(tables: Iterable[Table], evidence: dict[str, Evidence]) -> dict[str, Reply]:
    """The replies that the notes of ``tables`` cite, by their id; ids the inventory does not have are left out."""
    wanted = dict.fromkeys(
        name
        for table in tables
        for row in table.rows
        for note in row.notes
        for name in note.replies
        if name in evidence
    )
    cut = EXCERPT_CUT if len(wanted) <= MANY_REPLIES else EXCERPT_CUT_MANY
    return {name: reply_of(evidence[name], cut) for name in wanted}


def reply_of(item: Evidence, cut: int = EXCERPT_CUT) -> Reply:
    """One piece of evidence in words."""
    return Reply(
        where=f"{item.address} port {item.port}" if item.port else item.address or "no address",
        request=clean(item.request),
        status=clean(item.status, 40),
        when=instant(item.seen_at),
        sha256=item.blob,
        excerpt=clean(item.excerpt, cut),
    )


def text_columns(labels: Sequence[str]) -> tuple[Column, ...]:
    """Plain columns."""
    return tuple(Column(label) for label in labels)
