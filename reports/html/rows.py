"""The rows of the large tables as compact JSON for the page's script.

Every text stands once, in reading order (10.0.0.9 before 10.0.0.10), and a cell is its index: so the file stays
small, a sort compares numbers, and a search looks at each text once. A row is its cells, then its notes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from reports.view import AuditView
from reports.view.tables import PAGE_ROWS, Note, Reply, Table
from reports.view.words import natural

FEW_ROWS = 10
"""Tables up to this length stay as they are: nothing to page, sort or search."""


def rows_json(view: AuditView) -> str:
    """``{page, texts, notes, replies, tables}``; safe inside a script element."""
    tables = [table for table in view.tables if len(table.rows) > FEW_ROWS]
    notes: dict[Note, int] = {}
    for table in tables:
        for row in table.rows:
            for note in row.notes:
                notes.setdefault(note, len(notes))
    replies = {name: at for at, name in enumerate(dict.fromkeys(_cited(notes, view)))}
    shown = [view.replies[name] for name in replies]
    texts = {text: at for at, text in enumerate(sorted(set(_texts(tables, notes, shown)), key=natural))}
    document: dict[str, Any] = {
        "page": PAGE_ROWS,
        "texts": list(texts),
        "notes": [
            [texts[note.text], note.link, *(replies[name] for name in note.replies if name in replies)]
            for note in notes
        ],
        "replies": [
            [texts[one.where], texts[one.request], texts[one.status], texts[one.when], one.sha256, texts[one.excerpt]]
            for one in shown
        ],
        "tables": [_table(table, texts, notes) for table in tables],
    }
    return msgspec.json.encode(document).decode().replace("<", "\\u003c")


def _cited(notes: dict[Note, int], view: AuditView) -> Iterator[str]:
    for note in notes:
        for name in note.replies:
            if name in view.replies:
                yield name


def _texts(tables: Sequence[Table], notes: dict[Note, int], replies: Sequence[Reply]) -> Iterator[str]:
    for table in tables:
        for row in table.rows:
            yield from row.cells
    for note in notes:
        yield note.text
    for reply in replies:
        yield from (reply.where, reply.request, reply.status, reply.when, reply.excerpt)


def _table(table: Table, texts: dict[str, int], notes: dict[Note, int]) -> dict[str, Any]:
    return {
        "id": table.id,
        "head": table.row_head,
        "label": table.notes_label,
        "columns": [
            {"label": column.label, "kind": column.kind, "choose": column.choose, "order": list(column.order)}
            for column in table.columns
        ],
        "rows": [[*(texts[cell] for cell in row.cells), *(notes[note] for note in row.notes)] for row in table.rows],
    }
