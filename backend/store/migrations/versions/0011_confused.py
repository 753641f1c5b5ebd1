"""Validation images that were taken for another class: which, by epoch, and their pictures."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("epochs", sa.Column("confused", sa.JSON(), nullable=True))
    op.create_table(
        "sample_images",
        sa.Column("key", sa.String(length=16), nullable=False),
        sa.Column("part", sa.String(length=8), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["key"],
            ["sample_sets.key"],
            name="fk_sample_images_key_sample_sets",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("key", "part", "number", name="pk_sample_images"),
    )
