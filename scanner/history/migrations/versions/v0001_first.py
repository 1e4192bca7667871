"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def _audit() -> sa.Column[str]:
    return sa.Column("audit", sa.String, sa.ForeignKey("audits.id", ondelete="CASCADE"), primary_key=True)


def upgrade() -> None:
    op.create_table(
        "audits",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("started_at", sa.DateTime, nullable=False),
        sa.Column("finished_at", sa.DateTime),
        sa.Column("record", sa.Text, nullable=False),
    )
    op.create_table(
        "devices",
        _audit(),
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("site", sa.String, nullable=False),
        sa.Column("address", sa.String, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("maker", sa.String),
        sa.Column("model", sa.String),
        sa.Column("firmware", sa.String),
        sa.Column("record", sa.Text, nullable=False),
    )
    op.create_index("ix_devices_address", "devices", ["audit", "address"])
    op.create_table(
        "observations",
        _audit(),
        sa.Column("device", sa.String, primary_key=True),
        sa.Column("position", sa.Integer, primary_key=True),
        sa.Column("seen_in", sa.String, nullable=False),
        sa.Column("port", sa.Integer, nullable=False),
        sa.Column("raw", sa.Text, nullable=False),
        sa.Column("evidence", sa.String, nullable=False),
    )
    op.create_table(
        "evidence",
        _audit(),
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("address", sa.String, nullable=False),
        sa.Column("seen_at", sa.DateTime, nullable=False),
        sa.Column("blob", sa.String, nullable=False),
        sa.Column("record", sa.Text, nullable=False),
    )
    op.create_index("ix_evidence_address", "evidence", ["audit", "address"])
    op.create_table(
        "done",
        _audit(),
        sa.Column("stage", sa.String, primary_key=True),
        sa.Column("address", sa.String, primary_key=True),
    )


def downgrade() -> None:
    for table in ("done", "evidence", "observations", "devices", "audits"):
        op.drop_table(table)
