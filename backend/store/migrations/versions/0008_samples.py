"""Sample images of datasets."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sample_sets",
        sa.Column("key", sa.String(length=16), nullable=False),
        sa.Column("version", sa.String(length=16), nullable=False),
        sa.Column("classes", sa.JSON(), nullable=False),
        sa.Column("per_class", sa.Integer(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_sample_sets"),
    )
    op.create_table(
        "sample_rows",
        sa.Column("key", sa.String(length=16), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["key"],
            ["sample_sets.key"],
            name="fk_sample_rows_key_sample_sets",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("key", "number", name="pk_sample_rows"),
    )
