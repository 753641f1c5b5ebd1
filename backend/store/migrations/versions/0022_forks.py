"""Runs that continue another run from one of its epochs on."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("runs", sa.Column("parent_id", sa.Integer(), nullable=True))
    op.add_column("runs", sa.Column("fork_epoch", sa.Integer(), nullable=True))
    op.add_column("runs", sa.Column("fork_point", sa.JSON(), nullable=True))
    forks = sa.text("parent_id IS NOT NULL")
    op.create_index(
        "ix_runs_parent", "runs", ["parent_id"], sqlite_where=forks, postgresql_where=forks
    )
