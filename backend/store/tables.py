"""The tables: runs, their tags and attempts, epochs, steps, matrices, events, workers.

Times are aware datetimes in UTC. JSON columns hold finite numbers or null, never NaN.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, ClassVar
from uuid import uuid4

from sqlalchemy import (
    JSON,
    BigInteger,
    DateTime,
    Dialect,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Text,
    TypeDecorator,
    false,
    text,
)
from sqlalchemy.dialects.postgresql import VARCHAR
from sqlalchemy.engine.default import DefaultExecutionContext
from sqlalchemy.orm import (
    DeclarativeBase,
    InstrumentedAttribute,
    Mapped,
    mapped_column,
    relationship,
    validates,
)

from backend.core.run_states import RunSource
from backend.store.folding import fold

MOST_NAME = 200  # characters of a metric's name


class UtcDateTime(TypeDecorator[datetime]):
    """An aware datetime in UTC; SQLite, which forgets time zones, gets it back aware."""

    impl = DateTime(timezone=True)
    cache_ok = True

    @property
    def python_type(self) -> type[datetime]:
        return datetime

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError("a naive datetime; use datetime.now(UTC)")
        return value.astimezone(UTC) if value else None

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _sorted_text(length: int | None = None) -> String:
    """Compared and sorted byte by byte on both databases, whatever the cluster's locale."""
    plain = String(length) if length else Text()
    return plain.with_variant(VARCHAR(length, collation="C"), "postgresql")


def _folded_tag(context: DefaultExecutionContext) -> str:
    return fold(context.get_current_parameters()["tag"])


def _new_uid() -> str:
    return uuid4().hex


class Base(DeclarativeBase):
    """Names every constraint, so that migrations can name them too."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar = {datetime: UtcDateTime, dict[str, Any]: JSON, list[Any]: JSON}


def largest(column: InstrumentedAttribute[int]) -> int:
    """The largest number that a column holds on every database; SQLite alone would hold more."""
    return 2**63 - 1 if isinstance(column.type, BigInteger) else 2**31 - 1


class Lab(Base):
    """One row: this database, told from others and from its own copies by a UID."""

    __tablename__ = "lab"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    uid: Mapped[str] = mapped_column(String(32))


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

    # The truth is `spec` (JSON null of a logged run); the columns below it repeat what lists show,
    # filter and group by, so that an index holds it (ix_runs_alive_kind) and no JSON is read.
    # Of a logged run they are empty, or 0, where it did not say.
    spec: Mapped[dict[str, Any]]
    method: Mapped[str] = mapped_column(_sorted_text(64), index=True)
    dataset: Mapped[str] = mapped_column(_sorted_text(64), index=True)
    model: Mapped[str] = mapped_column(String(64))
    noise_rate: Mapped[float]
    epochs: Mapped[int]

    state: Mapped[str] = mapped_column(_sorted_text(16))
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
    created_at: Mapped[datetime]
    folded_name: Mapped[str] = mapped_column(Text, server_default="")

    @validates("name")
    def _fold_name(self, _key: str, name: str) -> str:
        self.folded_name = fold(name)
        return name


class View(Base):
    """A view of the runs table that somebody named (backend.store.saved_views)."""

    __tablename__ = "views"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    folded_name: Mapped[str] = mapped_column(String(600), unique=True)
    query: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]


class RunText(Base):
    """A run's name, notes and tags, folded, to search and sort by (backend.store.run_index).

    A table of its own: ten thousand rows of `runs` are fifty times as long.
    """

    __tablename__ = "run_texts"

    run_id: Mapped[int] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True)
    name: Mapped[str] = mapped_column(_sorted_text())
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
    text: Mapped[str | None] = mapped_column(_sorted_text(200))  # every value as text
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
    folded: Mapped[str] = mapped_column(_sorted_text(), default=_folded_tag, index=True)


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
    """A Celery worker process, as it last reported itself."""

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

    name: Mapped[str] = mapped_column(_sorted_text(100), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    dataset: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(16))  # of numbers and labels
    # [number, label or null (drop), who, when], by number
    decisions: Mapped[list[Any]] = mapped_column(deferred=True)
    count: Mapped[int]
    created_at: Mapped[datetime]
