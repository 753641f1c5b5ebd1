"""What runs measured: epochs, steps, matrices."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    ForeignKey,
    ForeignKeyConstraint,
    LargeBinary,
    String,
)
from sqlalchemy.orm import (
    Mapped,
    mapped_column,
)

from backend.store.tables.base import MOST_NAME, Base


class Epoch(Base):
    """The metrics of one finished epoch, name -> number or null: the one place that holds them all.

    Copies say why they are there: `runs.summary`, `runs.sparkline`, `run_metrics`, `events`.
    """

    __tablename__ = "epochs"

    run_id: Mapped[int] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True)
    epoch: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    attempt: Mapped[int]
    metrics: Mapped[dict[str, Any]]
    warnings: Mapped[list[Any]] = mapped_column(default=list)
    recorded_at: Mapped[datetime]
    # (2, bins, 3) float32, little-endian: backend.store.reliability
    reliability: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    # {"part", "pairs": [[true, predicted, image, ...], ...]}: backend.store.confused
    confused: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True), deferred=True)


class StepChunk(Base):
    """Some points of one metric of a logged run, by step (backend.store.step_chunks)."""

    __tablename__ = "step_chunks"

    run_id: Mapped[int] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True)
    name: Mapped[str] = mapped_column(String(MOST_NAME), primary_key=True)
    first_step: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    last_step: Mapped[int] = mapped_column(BigInteger)
    points: Mapped[int]
    preview: Mapped[bytes] = mapped_column(LargeBinary)  # its lowest and highest points
    data: Mapped[bytes] = mapped_column(LargeBinary)


class Matrix(Base):
    """One K x K matrix of one epoch; its values are in its bands."""

    __tablename__ = "matrices"

    run_id: Mapped[int] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(32), primary_key=True)
    epoch: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    version: Mapped[str] = mapped_column(String(16))  # a hash of the frame's bytes
    k: Mapped[int]
    codec: Mapped[str] = mapped_column(String(32))
    band_rows: Mapped[int]  # rows in each of its bands; the last may have fewer
    crc: Mapped[int] = mapped_column(BigInteger)  # gzip's check sum of the whole
    # For k > 256: the same frame max-pooled to at most 256 x 256, for playback.
    preview: Mapped[bytes | None] = mapped_column(
        LargeBinary, deferred=True, deferred_raiseload=True
    )
    preview_k: Mapped[int | None]


class MatrixBand(Base):
    """Some rows of a matrix (backend.matrix.bands)."""

    __tablename__ = "matrix_bands"
    __table_args__ = (
        ForeignKeyConstraint(
            ["run_id", "kind", "epoch"],
            ["matrices.run_id", "matrices.kind", "matrices.epoch"],
            ondelete="CASCADE",
        ),
    )

    run_id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(32), primary_key=True)
    epoch: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    band: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    data: Mapped[bytes] = mapped_column(LargeBinary, deferred=True, deferred_raiseload=True)
