"""Summaries of rank correlations anew: their best is the highest, once the lowest was kept."""

import sqlalchemy as sa
from alembic import op

from backend.store.summary import recompute

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_runs = sa.table("runs", sa.column("id"), sa.column("summary", sa.JSON()))
_epochs = sa.table(
    "epochs", sa.column("run_id"), sa.column("epoch"), sa.column("metrics", sa.JSON())
)
_metrics = sa.table("run_metrics", *map(sa.column, ("run_id", "name", "best")))


def upgrade() -> None:
    connection = op.get_bind()
    ranked = _metrics.c.name.like("soft_rank_%")
    for run_id in connection.scalars(sa.select(_metrics.c.run_id).where(ranked).distinct()).all():
        _renew(connection, run_id)


def _renew(connection: sa.Connection, run_id: int) -> None:
    rows = connection.execute(
        sa.select(_epochs.c.epoch, _epochs.c.metrics)
        .where(_epochs.c.run_id == run_id)
        .order_by(_epochs.c.epoch)
    ).all()
    found = recompute(
        (row.epoch, {k: v for k, v in row.metrics.items() if k.startswith("soft_rank_")})
        for row in rows
    )
    here = _runs.c.id == run_id
    summary = connection.execute(sa.select(_runs.c.summary).where(here)).scalar_one()
    connection.execute(sa.update(_runs).where(here).values(summary={**summary, **found}))
    for name, entry in found.items():
        row = (_metrics.c.run_id == run_id) & (_metrics.c.name == name)
        connection.execute(sa.update(_metrics).where(row).values(best=entry["best"]))
