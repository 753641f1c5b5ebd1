"""The lab itself: its UID, its workers, what pages follow, views that were named."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    text,
)
from sqlalchemy.orm import (
    Mapped,
    mapped_column,
)

from backend.store.tables.base import Base


class Lab(Base):
    """One row: this database, told from others and from its own copies by a UID."""

    __tablename__ = "lab"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    uid: Mapped[str] = mapped_column(String(32))


class View(Base):
    """A view of the runs table that somebody named (backend.store.saved_views)."""

    __tablename__ = "views"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    folded_name: Mapped[str] = mapped_column(String(600), unique=True)
    query: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]


class Event(Base):
    """Something a page may want to know at once. Ids commit in order (backend.store.events).

    Copies of what other tables hold, as it was then: a page that follows asks nothing again. They
    go after two days.
    """

    __tablename__ = "events"
    __table_args__ = (
        Index("ix_events_run_id_id", "run_id", "id"),
        # Finds a run's one progress row among its epochs without reading them.
        Index(
            "ix_events_progress",
            "run_id",
            sqlite_where=text("kind = 'progress'"),
            postgresql_where=text("kind = 'progress'"),
        ),
        Index("ix_events_created_at", "created_at"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"),  # SQLite counts up only an INTEGER key
        primary_key=True,
    )
    run_id: Mapped[int] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(16))  # state, progress, epoch
    data: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]


class Worker(Base):
    """A worker process, as it last reported itself."""

    __tablename__ = "workers"

    name: Mapped[str] = mapped_column(String(200), primary_key=True)
    host: Mapped[str] = mapped_column(String(200))
    pid: Mapped[int]
    # [{"index", "device", "device_name", "run_id", "memory_used", "memory_total", "utilization"}]
    slots: Mapped[list[Any]]
    datasets: Mapped[dict[str, Any]]  # name -> {"available", "detail"}
    versions: Mapped[dict[str, Any]]  # package -> version
    started_at: Mapped[datetime]
    heartbeat_at: Mapped[datetime]
    draining: Mapped[bool] = mapped_column(default=False)  # a user's wish: claims nothing more
    stopped_at: Mapped[datetime | None]
    problem: Mapped[str | None] = mapped_column(Text)  # why it claims nothing: a full disk, ...
    job: Mapped[str | None] = mapped_column(String(64))  # Slurm's number of the job that it is


class BatchJob(Base):
    """A job of Slurm's that waits or runs (backend.store.batch_jobs)."""

    __tablename__ = "batch_jobs"

    number: Mapped[str] = mapped_column(String(64), primary_key=True)
    devices: Mapped[int]
    state: Mapped[str] = mapped_column(String(32))
    reason: Mapped[str] = mapped_column(Text)  # squeue's, why it waits
    run_id: Mapped[int | None]  # the queued run that it is for, which may be gone by now
    seen_at: Mapped[datetime]
