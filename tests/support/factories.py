"""Runs in any state, and what a trainer would report of them."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import event, update

from backend.core.run_states import RunState
from backend.core.settings import Settings
from backend.store import claims, recorder, requests, run_identity, workers
from backend.store.claims import Claim
from backend.store.database import Database
from backend.store.tables import Run
from ols.spec.audit_scores import SCORE_NAMES
from ols.spec.run_spec import RunSpec
from ols.training.epoch_report import EpochReport, RunInfo, SampleAudit

LEASE = 30.0
STARTED = datetime(2026, 1, 1, tzinfo=UTC)
STATES = tuple(map(str, RunState))


def spec(**values: Any) -> RunSpec:
    """A spec; OLS on digits unless said otherwise."""
    return RunSpec.parse({"method": "ols", **values})


def submit(
    database: Database, *, name: str | None = None, tags: Sequence[str] = (), **values: Any
) -> int:
    """A queued run's id."""
    with database.write() as session:
        return requests.submit(session, name=name, tags=tags, spec=spec(**values)).id


def claim(database: Database, worker: str = "w", lease: float = LEASE) -> Claim:
    """Takes the next run, which must exist."""
    with database.write() as session:
        found = claims.claim_next(session, worker=worker, slot=0, lease_seconds=lease)
    assert found is not None
    return found


def run_in(database: Database, state: str, **values: Any) -> int:
    """The id of a new run in `state`; a running one is held by attempt 1."""
    run_id = submit(database, **values)
    if state == "queued":
        return run_id
    if state == "paused":
        with database.write() as session:
            requests.pause(session, run_id)
        return run_id
    held = claim(database)
    assert held.run_id == run_id
    with database.write() as session:
        if state == "finished":
            assert claims.finish(session, held)
        elif state == "failed":
            assert claims.fail(session, held, "crash", "it crashed", "last line")
        elif state == "cancelled":
            assert claims.cancelled(session, held)
    return run_id


def heartbeat(
    database: Database,
    name: str,
    devices: Sequence[str] = ("cpu",),
    run_id: int | None = None,
    lacks: Sequence[str] = (),
    problem: str | None = None,
    job: str | None = None,
    started_at: datetime = STARTED,
) -> None:
    """A worker reports itself; its slots train `run_id`. It has digits and CIFAR-10, or `lacks`."""
    slots = [
        {"index": index, "device": device, "device_name": device.upper(), "run_id": run_id}
        for index, device in enumerate(devices)
    ]
    with database.write() as session:
        workers.heartbeat(
            session,
            name=name,
            host="h",
            pid=1,
            slots=slots,
            datasets={
                dataset: {"available": dataset not in lacks, "detail": ""}
                for dataset in ("digits", "cifar10")
            },
            versions={"torch": "2"},
            started_at=started_at,
            problem=problem,
            job=job,
        )


def take_folder(config: Settings, database: Database, run_id: int) -> Path:
    """The run's folder, as the worker makes it that trains the run."""
    with database.read() as session:
        run_identity.take_folder(config, run_identity.identity_of(session, run_id))
    return config.run_dir(run_id)


def held(run_id: int, attempt: int = 1) -> Claim:
    """The claim that a worker would hold."""
    return Claim(run_id, attempt, {}, "")


def info(k: int = 3, resumed_epoch: int = 0) -> RunInfo:
    """What a trainer says before its first step."""
    return RunInfo(
        classes=tuple(f"c{i}" for i in range(k)),
        device="cpu",
        device_name="a CPU",
        threads=1,
        parameters=1000,
        train_size=100,
        val_size=20,
        corrupted=0,
        steps_per_epoch=5,
        resumed_epoch=resumed_epoch,
        initial_soft_labels=np.full((k, k), 1 / k, np.float32),
    )


def report(epoch: int, k: int = 3, epochs: int = 30, **metrics: float) -> EpochReport:
    """One finished epoch; its matrices differ from epoch to epoch."""
    soft = np.full((k, k), 0.01 * epoch / (k + 1), np.float32)
    np.fill_diagonal(soft, 0.5)
    return EpochReport(
        epoch=epoch,
        epochs=epochs,
        metrics={"val_top1": epoch / 100, "val_loss": 1 / epoch, **metrics},
        matrices={
            "soft_labels": soft,
            "confusion": np.arange(k * k, dtype=np.uint32).reshape(k, k) * epoch,
            "val_probs": soft,
        },
        eta_seconds=1.5,
    )


def record(database: Database, claim: Claim, *epochs: int, **options: Any) -> None:
    """Records these epochs."""
    for epoch in epochs:
        with database.write() as session:
            answer = recorder.record_epoch(session, claim, report(epoch, **options), LEASE)
        assert answer == "go_on"


def trained(database: Database, epochs: int = 3, k: int = 3, **values: Any) -> int:
    """The id of a finished run with that many epochs."""
    run_id = submit(database, **values)
    taken = claim(database)
    assert taken.run_id == run_id
    with database.write() as session:
        recorder.record_info(session, taken, info(k))
    record(database, taken, *range(1, epochs + 1), k=k)
    with database.write() as session:
        claims.finish(session, taken)
    return run_id


def set_columns(database: Database, run_id: int, **values: Any) -> None:
    """Writes columns past the rules, to set a scene."""
    with database.write() as session:
        session.execute(update(Run).where(Run.id == run_id).values(**values))


@contextmanager
def counted(database: Database) -> Iterator[list[str]]:
    """Collects the SQL that is sent within the block, without BEGIN and what is asked once per
    second: the lease keeper's, and the door's look whether there are people."""
    statements: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        keeper = threading.current_thread().name == "lease keeper"
        door = statement.startswith("SELECT EXISTS") and "FROM people" in statement
        if not statement.startswith("BEGIN") and not keeper and not door:
            statements.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(database.engine, "before_cursor_execute", note)


def audit(count: int = 40, k: int = 3, *, truth: bool = True, seed: int = 0) -> SampleAudit:
    """Of `count` samples, every fifth of which is labelled as the class behind its own; scores
    know most of it. Pictures of the first ten numbers."""
    stream = np.random.default_rng(seed)
    number = np.arange(count, dtype=np.int32)
    true = number % k
    wrong = number % 5 == 0
    given = np.where(wrong, (true + 1) % k, true).astype(np.int32)
    suspicion = (wrong + stream.normal(0, 0.2, count)).astype(np.float32)
    columns: dict[str, np.ndarray] = {
        "number": number,
        "given": given,
        "suggested": np.where(wrong, true, (true + 1) % k).astype(np.int32),
        "confidence": (1 - suspicion / 2).astype(np.float32),
        "deviation": np.full(count, 0.1, np.float32),
        "learned": np.where(wrong, 0, 3).astype(np.int16),
        "forgotten": np.ones(count, np.int16),
        **dict.fromkeys(SCORE_NAMES, suspicion),
    }
    if truth:
        columns["true"] = true.astype(np.int32)
    joint = np.eye(k, dtype=np.float32) / k
    return SampleAudit(
        columns=columns,
        rates=dict.fromkeys(SCORE_NAMES, 0.2),
        cuts=dict.fromkeys(SCORE_NAMES, 0.5),
        joints=dict.fromkeys(SCORE_NAMES, joint),
        pictures={n: b"picture %d" % n for n in range(10)},
        size=28,
    )


def audited(database: Database, told: SampleAudit | None = None, **values: Any) -> int:
    """The id of a finished run with an audit."""
    run_id = submit(database, **values)
    taken = claim(database)
    assert taken.run_id == run_id
    with database.write() as session:
        recorder.record_info(session, taken, info())
    epochs = spec(**values).epochs
    record(database, taken, *range(1, epochs + 1), epochs=epochs)
    with database.write() as session:
        assert recorder.record_audit(session, taken, told or audit()) == "go_on"
        assert claims.finish(session, taken)
    return run_id
