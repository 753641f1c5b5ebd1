"""What people are notified of, how far each address was told, and which alerts last."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0023"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)
_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "notices",
        sa.Column("id", _BIG, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=True),
        sa.Column("experiment_id", sa.Integer(), nullable=True),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("held", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_notices"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_notices_held",
        "notices",
        ["experiment_id"],
        sqlite_where=sa.text("held = 1"),
        postgresql_where=sa.text("held"),
    )
    op.create_index("ix_notices_created_at", "notices", ["created_at"])
    op.create_table(
        "recipients",
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("kinds", sa.JSON(), nullable=False),
        sa.Column("cursor", _BIG, nullable=False),
        sa.Column("token", sa.String(length=32), nullable=True),
        sa.Column("leased_until", _TIME, nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("next_try_at", _TIME, nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("last_sent_at", _TIME, nullable=True),
        sa.Column("given_up", sa.Integer(), nullable=False),
        sa.Column("given_up_at", _TIME, nullable=True),
        sa.Column("seen_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_recipients"),
    )
    op.create_table(
        "alerts",
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("since", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("kind", "subject", name="pk_alerts"),
    )


def downgrade() -> None:
    for table in ("alerts", "recipients", "notices"):
        op.drop_table(table)
