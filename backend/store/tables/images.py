"""Images of datasets, which their runs share."""

from __future__ import annotations

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

from backend.store.tables.base import Base


class SampleSet(Base):
    """Sample images of a dataset, shared by its runs (backend.store.samples)."""

    __tablename__ = "sample_sets"

    key: Mapped[str] = mapped_column(String(16), primary_key=True)
    version: Mapped[str] = mapped_column(String(16))
    classes: Mapped[list[Any]]
    per_class: Mapped[int]
    size: Mapped[int]  # pixels a side of a tile


class SampleRow(Base):
    """One class's tiles side by side, WebP."""

    __tablename__ = "sample_rows"

    key: Mapped[str] = mapped_column(
        ForeignKey("sample_sets.key", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    data: Mapped[bytes] = mapped_column(LargeBinary, deferred=True, deferred_raiseload=True)


class SampleImage(Base):
    """One validation image of a dataset, WebP, by its number there (backend.store.confused)."""

    __tablename__ = "sample_images"

    key: Mapped[str] = mapped_column(
        ForeignKey("sample_sets.key", ondelete="CASCADE"), primary_key=True
    )
    part: Mapped[str] = mapped_column(String(8), primary_key=True)  # test, train
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    data: Mapped[bytes] = mapped_column(LargeBinary, deferred=True, deferred_raiseload=True)
