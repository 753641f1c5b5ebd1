"""An index of what runs are grouped by, which spares reading their specs and summaries."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_runs_alive_kind",
        "runs",
        ["archived", "method", "dataset", "model", "noise_rate", "epochs", "state"],
        sqlite_where=sa.text("deleted_at IS NULL"),
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
