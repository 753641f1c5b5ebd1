"""Audits of training labels, and what was decided on these."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    ForeignKey,
    LargeBinary,
    String,
)
from sqlalchemy.orm import (
    Mapped,
    mapped_column,
)

from backend.store.tables.base import Base, sorted_text


class Audit(Base):
    """What a run says of its training labels (backend.store.audits)."""

    __tablename__ = "audits"

    run_id: Mapped[int] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True)
    version: Mapped[str] = mapped_column(String(16))  # a hash of its columns
    samples: Mapped[int]
    size: Mapped[int]  # pixels a side of its pictures
    rates: Mapped[dict[str, Any]]  # score -> estimated share of wrong labels
    cuts: Mapped[dict[str, Any]]  # score -> the value above which they lie
    created_at: Mapped[datetime]


class AuditColumn(Base):
    """One number of each training sample, packed: ten tables of 50,000 rows would be a run's."""

    __tablename__ = "audit_columns"

    run_id: Mapped[int] = mapped_column(
        ForeignKey("audits.run_id", ondelete="CASCADE"), primary_key=True
    )
    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    dtype: Mapped[str] = mapped_column(String(8))  # NumPy's, little-endian
    data: Mapped[bytes] = mapped_column(LargeBinary)  # zlib


class AuditPicture(Base):
    """One of a run's most suspicious training images, WebP, by its number in the dataset."""

    __tablename__ = "audit_pictures"

    run_id: Mapped[int] = mapped_column(
        ForeignKey("audits.run_id", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    data: Mapped[bytes] = mapped_column(LargeBinary, deferred=True, deferred_raiseload=True)


class LabelSet(Base):
    """One version of decisions on a dataset's training labels (backend.store.label_sets)."""

    __tablename__ = "label_sets"

    name: Mapped[str] = mapped_column(sorted_text(100), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    dataset: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(16))  # of numbers and labels
    # [number, label or null (drop), who, when], by number
    decisions: Mapped[list[Any]] = mapped_column(deferred=True)
    count: Mapped[int]
    created_at: Mapped[datetime]
