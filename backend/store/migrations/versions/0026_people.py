"""People, their sign-ins, owners, and the trail of changes."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

_OWNED = sa.text("deleted_at IS NULL AND owner IS NOT NULL")


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "people",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("folded_name", sa.String(192), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("disabled_at", moment, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_people"),
        sa.UniqueConstraint("folded_name", name="uq_people_folded_name"),
        sa.UniqueConstraint("token_hash", name="uq_people_token_hash"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "sign_ins",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key_hash", sa.String(64), nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("person", sa.String(64), nullable=False),
        sa.Column("browser", sa.String(200), nullable=False),
        sa.Column("address", sa.String(64), nullable=False),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("expires_at", moment, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_sign_ins"),
        sa.UniqueConstraint("key_hash", name="uq_sign_ins_key_hash"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_sign_ins_token_hash", "sign_ins", ["token_hash"])
    op.create_table(
        "changes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("person", sa.String(64), nullable=False),
        sa.Column("action", sa.String(32), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("made_at", moment, nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id"], ["runs.id"], name="fk_changes_run_id_runs", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_changes"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_changes_run_id_id", "changes", ["run_id", "id"])
    # Compared byte by byte, as the other texts that lists sort by.
    collation = "C" if op.get_bind().dialect.name == "postgresql" else None
    op.add_column("runs", sa.Column("owner", sa.String(64, collation=collation), nullable=True))
    op.add_column("experiments", sa.Column("owner", sa.String(64), nullable=True))
    op.create_index(
        "ix_runs_owner", "runs", ["owner"], sqlite_where=_OWNED, postgresql_where=_OWNED
    )
