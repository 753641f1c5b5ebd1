"""Reliability diagrams, epoch by epoch."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("epochs", sa.Column("reliability", sa.LargeBinary(), nullable=True))
