"""The tables of an inventory. Records that are read whole are kept as JSON; the columns beside them are for queries.

A change here needs a migration in ``migrations/versions`` and a new ``HEAD``; a test compares the two.
"""

from __future__ import annotations

from sqlalchemy import Column, DateTime, ForeignKey, Index, Integer, MetaData, String, Table, Text

HEAD = "0002"
"""The newest migration."""

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_name)s",
    }
)

audits = Table(
    "audits",
    metadata,
    Column("id", String, primary_key=True),
    Column("started_at", DateTime, nullable=False),  # UTC
    Column("finished_at", DateTime),
    Column("record", Text, nullable=False),  # model.Audit
)


def _audit_column() -> Column[str]:
    return Column("audit", String, ForeignKey("audits.id", ondelete="CASCADE"), primary_key=True)


devices = Table(
    "devices",
    metadata,
    _audit_column(),
    Column("id", String, primary_key=True),
    Column("site", String, nullable=False),
    Column("address", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("maker", String),
    Column("model", String),
    Column("firmware", String),
    Column("record", Text, nullable=False),  # model.Device
)
Index("ix_devices_address", devices.c.audit, devices.c.address)

observations = Table(
    "observations",
    metadata,
    _audit_column(),
    Column("device", String, primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("seen_in", String, nullable=False),
    Column("port", Integer, nullable=False),
    Column("raw", Text, nullable=False),
    Column("evidence", String, nullable=False),
)

evidence = Table(
    "evidence",
    metadata,
    _audit_column(),
    Column("id", String, primary_key=True),
    Column("address", String, nullable=False),
    Column("seen_at", DateTime, nullable=False),  # UTC
    Column("blob", String, nullable=False),
    Column("record", Text, nullable=False),  # model.Evidence
)
Index("ix_evidence_address", evidence.c.audit, evidence.c.address)

sightings = Table(
    "sightings",
    metadata,
    _audit_column(),
    Column("address", String, primary_key=True),
    Column("record", Text, nullable=False),  # as the pipeline wrote it
)

done = Table(
    "done",
    metadata,
    _audit_column(),
    Column("stage", String, primary_key=True),
    Column("address", String, primary_key=True),
)
