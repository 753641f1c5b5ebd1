"""A UID for the lab and for each run submitted from now on; what hinders a worker."""

from uuid import uuid4

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    lab = op.create_table(
        "lab",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("uid", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lab")),
    )
    op.bulk_insert(lab, [{"id": 1, "uid": uuid4().hex}])
    # Runs from before keep an empty one: their folders have no identity either.
    op.add_column("runs", sa.Column("uid", sa.String(length=32), server_default="", nullable=False))
    op.add_column("workers", sa.Column("problem", sa.Text(), nullable=True))
