"""On SQLite, runs' fields and metrics lie in their primary keys: one look-up instead of two.

Groups and sorts of 10,000 runs take half the time (benchmarks/results/listing.md). PostgreSQL,
which joins such tables whole, keeps what it has.
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    if op.get_bind().dialect.name != "sqlite":
        return
    _rebuild(
        "run_fields",
        sa.Column("path", sa.String(length=100), nullable=False),
        sa.Column("text", sa.String(length=200), nullable=True),
        sa.Column("number", sa.Double(), nullable=True),
    )
    _rebuild(
        "run_metrics",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("last", sa.Double(), nullable=True),
        sa.Column("best", sa.Double(), nullable=True),
    )


def _rebuild(name: str, key: sa.Column, *values: sa.Column) -> None:
    """SQLite can't change how a table is stored: its rows go to a new one of the same name."""
    columns = ", ".join(["run_id", key.name, *(value.name for value in values)])
    op.create_table(
        f"new_{name}",
        sa.Column("run_id", sa.Integer(), nullable=False),
        key,
        *values,
        sa.ForeignKeyConstraint(
            ["run_id"], ["runs.id"], name=f"fk_{name}_run_id_runs", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("run_id", key.name, name=f"pk_{name}"),
        sqlite_with_rowid=False,
    )
    op.execute(f"INSERT INTO new_{name} ({columns}) SELECT {columns} FROM {name} ORDER BY 1, 2")
    op.drop_table(name)
    op.rename_table(f"new_{name}", name)
    for value in values:
        op.create_index(f"ix_{name}_{key.name}_{value.name}", name, [key.name, value.name])
