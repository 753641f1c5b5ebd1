"""Matrices in bands of rows: one class is read without whole frames."""

import sqlalchemy as sa
from alembic import op

from backend.matrix import bands, frames

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "matrix_bands",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("epoch", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("band", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id", "kind", "epoch"],
            ["matrices.run_id", "matrices.kind", "matrices.epoch"],
            name="fk_matrix_bands_run_id_matrices",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("run_id", "kind", "epoch", "band", name="pk_matrix_bands"),
    )
    if op.get_bind().dialect.name == "postgresql":
        # Compressed already: PostgreSQL would try again, in vain.
        op.execute("ALTER TABLE matrix_bands ALTER COLUMN data SET STORAGE EXTERNAL")
    op.add_column(
        "matrices", sa.Column("band_rows", sa.Integer(), nullable=False, server_default="0")
    )
    op.add_column("matrices", sa.Column("crc", sa.BigInteger(), nullable=False, server_default="0"))
    _convert(op.get_bind())
    op.drop_column("matrices", "frame")


def _convert(connection: sa.Connection) -> None:
    """Frames as they were, one at a time; their versions stay, for their values do."""
    matrices = sa.table(
        "matrices",
        *map(sa.column, ("run_id", "kind", "epoch", "k", "codec", "frame", "band_rows", "crc")),
    )
    stored = sa.table("matrix_bands", *map(sa.column, ("run_id", "kind", "epoch", "band", "data")))
    which = sa.select(matrices.c.run_id, matrices.c.kind, matrices.c.epoch)
    keys = connection.execute(which).all()
    for run_id, kind, epoch in keys:
        this = (matrices.c.run_id == run_id, matrices.c.kind == kind, matrices.c.epoch == epoch)
        query = sa.select(matrices.c.k, matrices.c.codec, matrices.c.frame).where(*this)
        k, codec, frame = connection.execute(query).one()
        banded = bands.split(frames.unpack(bytes(frame), codec, (k, k)))
        rows = [
            {"run_id": run_id, "kind": kind, "epoch": epoch, "band": number, "data": data}
            for number, data in enumerate(banded.bands)
        ]
        connection.execute(sa.insert(stored), rows)
        values = {"band_rows": banded.rows, "crc": banded.crc}
        connection.execute(sa.update(matrices).where(*this).values(**values))
