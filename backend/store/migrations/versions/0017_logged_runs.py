"""Logged runs: who trains a run, its config and key, its last report; metrics by step."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_NAME = sa.String(length=200)


def upgrade() -> None:
    time = sa.DateTime(timezone=True)
    source = sa.Column("source", sa.String(length=16), server_default="trained", nullable=False)
    op.add_column("runs", source)
    for column in (
        sa.Column("config", sa.JSON(), nullable=True),
        sa.Column("log_key", sa.String(length=200), nullable=True),
        sa.Column("better", sa.JSON(), nullable=True),
        sa.Column("heard_at", time, nullable=True),
        sa.Column("stale_at", time, nullable=True),
        sa.Column("last_step", sa.BigInteger(), nullable=True),
    ):
        op.add_column("runs", column)
    op.create_index("ix_runs_log_key", "runs", ["log_key"], unique=True)
    op.create_table(
        "step_chunks",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("name", _NAME, nullable=False),
        sa.Column("first_step", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("preview", sa.LargeBinary(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id"], ["runs.id"], name="fk_step_chunks_run_id_runs", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("run_id", "name", "first_step", name="pk_step_chunks"),
    )
    if op.get_bind().dialect.name == "sqlite":
        _rebuild_run_metrics()
    else:
        op.alter_column("run_metrics", "name", type_=_NAME, existing_nullable=False)


def _rebuild_run_metrics() -> None:
    """SQLite can't change a column's type: the rows go to a new table of the same name."""
    op.create_table(
        "new_run_metrics",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("name", _NAME, nullable=False),
        sa.Column("last", sa.Double(), nullable=True),
        sa.Column("best", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(
            ["run_id"], ["runs.id"], name="fk_run_metrics_run_id_runs", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("run_id", "name", name="pk_run_metrics"),
        sqlite_with_rowid=False,
    )
    columns = "run_id, name, last, best"
    op.execute(
        f"INSERT INTO new_run_metrics ({columns}) SELECT {columns} FROM run_metrics ORDER BY 1, 2"
    )
    op.drop_table("run_metrics")
    op.rename_table("new_run_metrics", "run_metrics")
    for value in ("last", "best"):
        op.create_index(f"ix_run_metrics_name_{value}", "run_metrics", ["name", value])
