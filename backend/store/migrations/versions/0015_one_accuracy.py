"""runs.val_top1_best and val_top1_last go: run_metrics holds them as it does every metric's."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_COLUMNS = ("val_top1_best", "val_top1_last")


def upgrade() -> None:
    # What an older version put nowhere else.
    op.execute(
        "INSERT INTO run_metrics (run_id, name, last, best)"
        " SELECT id, 'val_top1', val_top1_last, val_top1_best FROM runs"
        " WHERE (val_top1_last IS NOT NULL OR val_top1_best IS NOT NULL) AND NOT EXISTS"
        " (SELECT 1 FROM run_metrics m WHERE m.run_id = runs.id AND m.name = 'val_top1')"
    )
    indices = {index["name"] for index in sa.inspect(op.get_bind()).get_indexes("runs")}
    for column in _COLUMNS:
        if (name := f"ix_runs_{column}") in indices:
            op.drop_index(name, "runs")
        op.drop_column("runs", column)
