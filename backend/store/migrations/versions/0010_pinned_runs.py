"""Runs that stand first in the lists."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "runs", sa.Column("pinned", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.create_index(
        "ix_runs_pinned",
        "runs",
        ["archived", "id"],
        sqlite_where=sa.text("deleted_at IS NULL AND pinned = 1"),
        postgresql_where=sa.text("deleted_at IS NULL AND pinned"),
    )
