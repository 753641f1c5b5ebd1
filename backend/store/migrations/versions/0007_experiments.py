"""Experiments, and runs' fields and metrics as rows."""

import sqlalchemy as sa
from alembic import op

from backend.store.run_index import field_rows, metric_rows

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "experiments",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("notes", sa.Text(), nullable=False),
        sa.Column("sweep", sa.JSON(), nullable=False),
        sa.Column("parallel", sa.Integer(), nullable=True),
        sa.Column("pinned", sa.Boolean(), nullable=False),
        sa.Column("archived", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_experiments"),
        sqlite_autoincrement=True,
    )
    fields = _create(
        "run_fields",
        sa.Column("path", sa.String(length=100), nullable=False),
        sa.Column("text", sa.String(length=200), nullable=True),
        sa.Column("number", sa.Double(), nullable=True),
    )
    metrics = _create(
        "run_metrics",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("last", sa.Double(), nullable=True),
        sa.Column("best", sa.Double(), nullable=True),
    )
    _fill(fields, metrics)
    op.create_index("ix_run_fields_path_number", "run_fields", ["path", "number"])
    op.create_index("ix_run_fields_path_text", "run_fields", ["path", "text"])
    op.create_index("ix_run_metrics_name_last", "run_metrics", ["name", "last"])
    op.create_index("ix_run_metrics_name_best", "run_metrics", ["name", "best"])
    # Without a foreign key, which SQLite can't add to a table that is there.
    op.add_column("runs", sa.Column("experiment_id", sa.Integer(), nullable=True))
    op.create_index("ix_runs_experiment_id", "runs", ["experiment_id"])


def _create(name: str, key: sa.Column, *columns: sa.Column) -> sa.Table:
    return op.create_table(
        name,
        sa.Column("run_id", sa.Integer(), nullable=False),
        key,
        *columns,
        sa.ForeignKeyConstraint(
            ["run_id"], ["runs.id"], name=f"fk_{name}_run_id_runs", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("run_id", key.name, name=f"pk_{name}"),
    )


def _fill(fields: sa.Table, metrics: sa.Table) -> None:
    """The runs that are there, some hundred at a time."""
    runs = sa.table(
        "runs", sa.column("id"), sa.column("spec", sa.JSON()), sa.column("summary", sa.JSON())
    )
    last = 0
    while True:
        rows = op.get_bind().execute(
            sa.select(runs).where(runs.c.id > last).order_by(runs.c.id).limit(500)
        ).all()  # fmt: skip
        if not rows:
            return
        last = rows[-1].id
        op.bulk_insert(fields, [r for row in rows for r in field_rows(row.id, row.spec)])
        op.bulk_insert(metrics, [r for row in rows for r in metric_rows(row.id, row.summary)])
