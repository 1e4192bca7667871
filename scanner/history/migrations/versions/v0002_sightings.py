"""Addresses that answered and were not read yet, so that an audit that goes on need not ask them again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sightings",
        sa.Column("audit", sa.String, sa.ForeignKey("audits.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("address", sa.String, primary_key=True),
        sa.Column("record", sa.Text, nullable=False),
    )
