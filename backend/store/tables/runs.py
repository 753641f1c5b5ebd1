"""Runs, what they are found by, their attempts, and the experiments that they belong to."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import (
    JSON,
    BigInteger,
    ForeignKey,
    Index,
    String,
    Text,
    false,
    text,
)
from sqlalchemy.engine.default import DefaultExecutionContext
from sqlalchemy.orm import (
    Mapped,
    mapped_column,
    relationship,
    validates,
)

from backend.core.actor import actor_name
from backend.core.run_states import RunSource
from backend.store.folding import fold
from backend.store.tables.base import MOST_NAME, Base, sorted_text
from backend.store.tables.people import MOST_PERSON


def _folded_tag(context: DefaultExecutionContext) -> str:
    return fold(context.get_current_parameters()["tag"])


def _new_uid() -> str:
    return uuid4().hex


class Run(Base):
    """One submitted run. Only backend.store.transitions changes `state`."""

    __tablename__ = "runs"
    __table_args__ = (
        Index("ix_runs_queue", "state", "priority", "queued_at"),
        Index("ix_runs_state_lease", "state", "lease_expires_at"),
        # Partial, or SQLite would take an index on deleted_at for every list and then sort it.
        Index(
            "ix_runs_deleted_at",
            "deleted_at",
            sqlite_where=text("deleted_at IS NOT NULL"),
            postgresql_where=text("deleted_at IS NOT NULL"),
        ),
        # The top bar counts states on every page.
        Index(
            "ix_runs_alive_state",
            "state",
            sqlite_where=text("deleted_at IS NULL"),
            postgresql_where=text("deleted_at IS NULL"),
        ),
        # What runs are grouped by: a group needs neither spec nor summary of any run.
        Index(
            "ix_runs_alive_kind",
            "archived",
            "method",
            "dataset",
            "model",
            "noise_rate",
            "epochs",
            "state",
            sqlite_where=text("deleted_at IS NULL"),
            postgresql_where=text("deleted_at IS NULL"),
        ),
        # The few that stand first in the table.
        Index(
            "ix_runs_pinned",
            "archived",
            "id",
            sqlite_where=text("deleted_at IS NULL AND pinned = 1"),
            postgresql_where=text("deleted_at IS NULL AND pinned"),
        ),
        Index("ix_runs_log_key", "log_key", unique=True),
        Index(
            "ix_runs_parent",
            "parent_id",
            sqlite_where=text("parent_id IS NOT NULL"),
            postgresql_where=text("parent_id IS NOT NULL"),
        ),
        Index(
            "ix_runs_owner",
            "owner",
            sqlite_where=text("deleted_at IS NULL AND owner IS NOT NULL"),
            postgresql_where=text("deleted_at IS NULL AND owner IS NOT NULL"),
        ),
        {"sqlite_autoincrement": True},  # a deleted last id must not come back
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    # Its files carry it, for numbers come back with a restored backup (run_identity.py).
    uid: Mapped[str] = mapped_column(String(32), default=_new_uid, server_default="")
    name: Mapped[str] = mapped_column(String(200))
    notes: Mapped[str] = mapped_column(Text, default="")
    archived: Mapped[bool] = mapped_column(default=False)
    pinned: Mapped[bool] = mapped_column(default=False, server_default=false())
    priority: Mapped[int] = mapped_column(default=0)  # higher is claimed first
    # Who submitted or logged it; null without people, and of what a command submitted.
    owner: Mapped[str | None] = mapped_column(sorted_text(MOST_PERSON), default=actor_name)

    # A logged run is somebody else's training loop (backend.store.logged_runs): no worker has it.
    source: Mapped[str] = mapped_column(
        String(16), default=RunSource.TRAINED, server_default=RunSource.TRAINED
    )
    config: Mapped[Any | None] = mapped_column(JSON(none_as_null=True))
    log_key: Mapped[str | None] = mapped_column(String(200))  # the same again finds the same run
    better: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))  # min, max
    heard_at: Mapped[datetime | None]  # its last call
    stale_at: Mapped[datetime | None]  # when it counts as stale unless it calls again
    last_step: Mapped[int | None] = mapped_column(BigInteger)

    # A fork: its epochs up to `fork_epoch` are those of its parent, which may be deleted since.
    # `fork_point` is what a trainer needs to begin there (backend.store.forks).
    parent_id: Mapped[int | None]
    fork_epoch: Mapped[int | None]
    fork_point: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))

    # The truth is `spec` (JSON null of a logged run); the columns below it repeat what lists show,
    # filter and group by, so that an index holds it (ix_runs_alive_kind) and no JSON is read.
    # Of a logged run they are empty, or 0, where it did not say.
    spec: Mapped[dict[str, Any]]
    method: Mapped[str] = mapped_column(sorted_text(64), index=True)
    dataset: Mapped[str] = mapped_column(sorted_text(64), index=True)
    model: Mapped[str] = mapped_column(String(64))
    noise_rate: Mapped[float]
    epochs: Mapped[int]

    state: Mapped[str] = mapped_column(sorted_text(16))
    cancel_requested: Mapped[bool] = mapped_column(default=False)
    pause_requested: Mapped[bool] = mapped_column(default=False)
    attempt: Mapped[int] = mapped_column(default=0)  # raised by each claim; fences later writes
    worker: Mapped[str | None] = mapped_column(String(200))
    slot: Mapped[int | None]
    lease_expires_at: Mapped[datetime | None]

    stage: Mapped[str] = mapped_column(String(16), default="")  # preparing, training, validating
    epoch: Mapped[int] = mapped_column(default=0)  # the newest in `epochs`, for lists and the fence
    step: Mapped[int] = mapped_column(default=0)  # within the epoch that is running
    steps: Mapped[int] = mapped_column(default=0)
    eta_seconds: Mapped[float | None]
    images_per_second: Mapped[float | None]

    # Copies of the table epochs, which holds every metric of every epoch: a list of 500 runs would
    # else read up to 150,000 rows of it. The recorder renews both with each epoch.
    summary: Mapped[dict[str, Any]] = mapped_column(default=dict)  # name -> last, best, best_epoch
    sparkline: Mapped[list[Any]] = mapped_column(default=list)  # val_top1, at most 60 points
    info: Mapped[dict[str, Any]] = mapped_column(default=dict)  # RunInfo: device, threads, sizes
    classes: Mapped[list[Any] | None]
    label_counts: Mapped[dict[str, Any] | None]  # {"labelled", "corrupted"}: lists by class
    disk_bytes: Mapped[int | None] = mapped_column(BigInteger)  # of its checkpoints and logs

    error_code: Mapped[str | None] = mapped_column(String(64))
    error_message: Mapped[str | None] = mapped_column(Text)
    error_log_tail: Mapped[str | None] = mapped_column(Text)

    created_at: Mapped[datetime]
    queued_at: Mapped[datetime]
    started_at: Mapped[datetime | None]  # of the first attempt
    finished_at: Mapped[datetime | None]
    deleted_at: Mapped[datetime | None]
    experiment_id: Mapped[int | None] = mapped_column(index=True)
    trial: Mapped[int | None]  # of the experiment's search: backend.store.searches

    tag_rows: Mapped[list[RunTag]] = relationship(
        lazy="raise", cascade="all, delete-orphan", order_by="RunTag.folded"
    )


class Experiment(Base):
    """Runs that were submitted as one sweep (backend.store.experiments)."""

    __tablename__ = "experiments"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    notes: Mapped[str] = mapped_column(Text, default="")
    sweep: Mapped[dict[str, Any]]  # as it was asked for
    parallel: Mapped[int | None]  # runs at once; None: as many as the workers take
    pinned: Mapped[bool] = mapped_column(default=False)
    archived: Mapped[bool] = mapped_column(default=False)
    owner: Mapped[str | None] = mapped_column(String(MOST_PERSON), default=actor_name)
    created_at: Mapped[datetime]
    folded_name: Mapped[str] = mapped_column(Text, server_default="")
    # A setting that a search chose, on seeds that the search has not seen.
    confirms: Mapped[int | None] = mapped_column(index=True)  # an experiment
    confirms_trial: Mapped[int | None]

    @validates("name")
    def _fold_name(self, _key: str, name: str) -> str:
        self.folded_name = fold(name)
        return name


class RunText(Base):
    """A run's name, notes and tags, folded, to search and sort by (backend.store.run_index).

    A table of its own: ten thousand rows of `runs` are fifty times as long.
    """

    __tablename__ = "run_texts"

    run_id: Mapped[int] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True)
    name: Mapped[str] = mapped_column(sorted_text())
    text: Mapped[str] = mapped_column(Text)  # all of them, a separator between


class RunField(Base):
    """A leaf of a run's resolved spec, to filter, sort and group by (backend.store.run_index).

    A copy of `runs.spec`: conditions on 10,000 runs' JSON would read and parse all of it.
    """

    __tablename__ = "run_fields"
    __table_args__ = (
        Index("ix_run_fields_path_number", "path", "number"),
        Index("ix_run_fields_path_text", "path", "text"),
        {"sqlite_with_rowid": False},  # groups and sorts read it by its key, run by run
    )

    run_id: Mapped[int] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True)
    path: Mapped[str] = mapped_column(String(100), primary_key=True)
    text: Mapped[str | None] = mapped_column(sorted_text(200))  # every value as text
    number: Mapped[float | None]  # where it is one
    # Only where lower(text) is not it; most are ASCII.
    folded: Mapped[str | None] = mapped_column(Text)


class RunMetric(Base):
    """An entry of a run's summary, to filter, sort and group by (backend.store.run_index).

    A copy of `runs.summary`, which lists read whole and no index can look into.
    """

    __tablename__ = "run_metrics"
    __table_args__ = (
        Index("ix_run_metrics_name_last", "name", "last"),
        Index("ix_run_metrics_name_best", "name", "best"),
        {"sqlite_with_rowid": False},
    )

    run_id: Mapped[int] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True)
    name: Mapped[str] = mapped_column(String(MOST_NAME), primary_key=True)
    last: Mapped[float | None]
    best: Mapped[float | None]


class RunTag(Base):
    """One tag of one run."""

    __tablename__ = "run_tags"

    run_id: Mapped[int] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True)
    tag: Mapped[str] = mapped_column(String(64), primary_key=True)
    folded: Mapped[str] = mapped_column(sorted_text(), default=_folded_tag, index=True)


class Attempt(Base):
    """One worker's hold of a run, from its claim to its end (backend.store.attempts)."""

    __tablename__ = "attempts"

    run_id: Mapped[int] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True)
    attempt: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    worker: Mapped[str] = mapped_column(String(200))
    slot: Mapped[int]
    started_at: Mapped[datetime]
    first_epoch: Mapped[int]  # the epoch that was to be trained when it began
    ended_at: Mapped[datetime | None]
    last_epoch: Mapped[int | None]  # the last one recorded when it ended
    outcome: Mapped[str | None] = mapped_column(String(16))
    reason: Mapped[str | None] = mapped_column(Text)


class RunOrigin(Base):
    """Where one attempt came from, or one start of a loop (backend.store.origins)."""

    __tablename__ = "run_origins"

    run_id: Mapped[int] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True)
    attempt: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    facts: Mapped[dict[str, Any]]  # backend.schemas.origins.Facts
    changes: Mapped[str | None] = mapped_column(Text, deferred=True)  # a diff
    recorded_at: Mapped[datetime]
