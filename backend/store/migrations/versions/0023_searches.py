"""Searches: experiments whose runs are proposed one after the other, and their settings."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "searches",
        sa.Column("experiment_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("stopped", sa.Boolean(), nullable=False),
        sa.Column("closed", sa.Boolean(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("resumed_after", sa.Integer(), nullable=False),
        sa.Column("runs_allowed", sa.Integer(), nullable=True),
        sa.Column("hours_allowed", sa.Double(), nullable=True),
        sa.Column("tags", sa.JSON(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("importance", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(
            ["experiment_id"],
            ["experiments.id"],
            name="fk_searches_experiment_id_experiments",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("experiment_id", name="pk_searches"),
    )
    op.create_table(
        "trials",
        sa.Column("experiment_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("combination", sa.JSON(), nullable=False),
        sa.Column("rungs", sa.Integer(), nullable=False),
        sa.Column("pruned_at", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["experiment_id"],
            ["searches.experiment_id"],
            name="fk_trials_experiment_id_searches",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("experiment_id", "number", name="pk_trials"),
    )
    op.add_column("runs", sa.Column("trial", sa.Integer(), nullable=True))
    op.add_column("experiments", sa.Column("confirms", sa.Integer(), nullable=True))
    op.add_column("experiments", sa.Column("confirms_trial", sa.Integer(), nullable=True))
    op.create_index("ix_experiments_confirms", "experiments", ["confirms"])
