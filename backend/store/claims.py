"""What a worker does with a run: claims it under a lease, renews, ends or releases it.

A claim raises `attempt`. Whatever a worker writes is fenced by (run_id, attempt, running), so a
worker that lost its lease can't write over its successor. Functions do not commit.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from sqlalchemy import ColumnElement, exists, func, or_, select, true, update
from sqlalchemy.orm import Session

from backend.core.run_states import RunSource, RunState
from backend.store import attempts, notices, workers
from backend.store.jsonable import clean_text
from backend.store.run_identity import RunIdentity, identity_of
from backend.store.tables import Experiment, Run, Worker
from backend.store.transitions import IDLE, NO_ERROR, move

Answer = Literal["go_on", "cancel", "pause", "lost", "behind"]
CRASHES = 3  # of the trainer in one epoch, after which a run fails


@dataclass(frozen=True)
class Claim:
    """A run that a worker holds: everything it needs to train it, and the fence of its writes."""

    run_id: int
    attempt: int
    spec: dict[str, Any]
    name: str
    epoch: int = 0  # the last one recorded; a checkpoint of a later one is another attempt's
    uid: str = ""
    lab: str = ""
    fork_point: dict[str, Any] | None = None  # of a fork: backend.store.forks
    search: int | None = None  # the experiment whose search proposed it

    @property
    def identity(self) -> RunIdentity:
        """Tells its own files from those of another run with the same number."""
        return RunIdentity(self.run_id, self.uid, self.lab)

    @property
    def devices(self) -> int:
        """On how many devices the run trains."""
        return devices_of(self.spec)


# What a stored spec asks for, in SQL; specs from before the field was there say nothing: one.
wanted_devices = func.coalesce(Run.spec["devices"].as_integer(), 1)
QUEUE_ORDER = (Run.priority.desc(), Run.queued_at, Run.id)  # the first is claimed next


def devices_of(spec: Mapping[str, Any]) -> int:
    """The same of a spec that was read."""
    return int(spec.get("devices", 1))


def claim_next(
    session: Session,
    *,
    worker: str,
    slot: int,
    lease_seconds: float,
    free: int = 1,
    most: int | None = None,
    passed_over: Collection[int] = (),
) -> Claim | None:
    """Takes the queued run that comes first by priority, then age; None when none is to be taken.

    `free` devices are free of the `most` that the worker has. A run that needs more than `most` is
    passed over. One that needs more than `free` is waited for: nothing behind it is taken, or small
    runs would keep it waiting for ever (docs/decisions/0005-several-devices.md). A worker that a
    user drains gets nothing. `passed_over` are runs that this worker can't read. A run whose
    dataset this worker lacks is left to another that has it.
    """
    now = datetime.now(UTC)
    # SKIP LOCKED lets racing workers on PostgreSQL take different runs; SQLite, where it means
    # nothing, has one writer at a time. The UPDATE's condition holds on both.
    draining = exists().where(Worker.name == worker, Worker.draining)
    waiting = [
        Run.state == RunState.QUEUED,
        Run.source == RunSource.TRAINED,
        Run.deleted_at.is_(None),
        _experiment_has_room(),
    ]
    waiting += _not_left_to_others(workers.online(session), worker)
    if passed_over:
        waiting.append(Run.id.not_in(passed_over))
    first = (
        select(Run.id, wanted_devices, Run.experiment_id)
        .where(*waiting, wanted_devices <= (most or free), ~draining)
        .order_by(*QUEUE_ORDER)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    run_id, devices, experiment = session.execute(first).one_or_none() or (None, 0, None)
    if run_id is None or devices > free:
        return None
    if experiment is not None:  # two claims at once must not both take its last place
        session.execute(select(Experiment).where(Experiment.id == experiment).with_for_update())
    run = move(
        session,
        [Run.id == run_id, *waiting],
        {
            **IDLE,
            "state": RunState.RUNNING,
            "attempt": Run.attempt + 1,
            "worker": worker,
            "slot": slot,
            "lease_expires_at": now + timedelta(seconds=lease_seconds),
            "stage": "preparing",
            "started_at": func.coalesce(Run.started_at, now),
            **NO_ERROR,
        },
    )
    if run is None:
        return None
    attempts.begin(session, run)
    lab = identity_of(session, run.id).lab
    return Claim(
        run.id,
        run.attempt,
        run.spec,
        run.name,
        run.epoch,
        run.uid,
        lab,
        run.fork_point,
        None if run.trial is None else run.experiment_id,
    )


def _not_left_to_others(online: list[workers.Online], name: str) -> list[ColumnElement[bool]]:
    """The run's dataset is not one that this worker lacks and another, large enough, has.

    Where nobody has it the first to come takes the run, whose failure says what to download.
    """
    conditions = []
    own = [one for one in online if one.name == name]
    for dataset in (dataset for one in own for dataset in one.datasets if not one.has(dataset)):
        having = [one.devices for one in online if one.has(dataset) and one.claims]
        if having:
            conditions.append(or_(Run.dataset != dataset, wanted_devices > max(having)))
    return conditions


def _experiment_has_room() -> ColumnElement[bool]:
    """The run belongs to no experiment, or to one that runs fewer than it may at once."""
    full = (
        select(Experiment.id)
        .join(Run, Run.experiment_id == Experiment.id)
        .where(Run.state == RunState.RUNNING, Experiment.parallel.is_not(None))
        .group_by(Experiment.id)
        .having(func.count() >= Experiment.parallel)
    )
    return Run.experiment_id.is_(None) | Run.experiment_id.not_in(full)


def renew(session: Session, claim: Claim, lease_seconds: float) -> Answer:
    """Extends the lease and says what to do; `lost`: somebody else holds the run, stop."""
    row = session.execute(
        update(Run)
        .where(*held(claim))
        .values(lease_expires_at=datetime.now(UTC) + timedelta(seconds=lease_seconds))
        .returning(Run.cancel_requested, Run.pause_requested)
    ).one_or_none()
    return "lost" if row is None else answer(*row)


def answer(cancel_requested: bool, pause_requested: bool) -> Answer:
    """What a run's worker should do, given the user's wishes."""
    if cancel_requested:
        return "cancel"
    return "pause" if pause_requested else "go_on"


def held(claim: Claim) -> list[ColumnElement[bool]]:
    """The fence: true while the claim holds its run."""
    return [Run.id == claim.run_id, Run.attempt == claim.attempt, Run.state == RunState.RUNNING]


def finish(session: Session, claim: Claim) -> bool:
    """running -> finished. False, here and below: the claim does not hold its run any more."""
    return _leave(session, held(claim), _final(RunState.FINISHED), RunState.FINISHED)


def fail(session: Session, claim: Claim, code: str, message: str, log_tail: str = "") -> bool:
    """running -> failed, with the reason and the last lines of the log."""
    error = {
        "error_code": code[:64],
        "error_message": clean_text(message),
        "error_log_tail": clean_text(log_tail),
    }
    return _leave(session, held(claim), _final(RunState.FAILED) | error, RunState.FAILED, message)


def crashed(session: Session, claim: Claim, code: str, message: str, log_tail: str = "") -> bool:
    """running -> queued, to resume from its checkpoint; failed the third time in the same epoch."""
    epoch = session.scalar(select(Run.epoch).where(*held(claim)))
    if epoch is None:
        return False
    if attempts.crashes(session, claim.run_id, epoch) + 1 < CRASHES:
        return release(session, held(claim), "crashed", message)
    often = f"The trainer ended {CRASHES} times in epoch {epoch + 1}, the last time so: {message}"
    return fail(session, claim, code, often, log_tail)


def cancelled(session: Session, claim: Claim) -> bool:
    """running -> cancelled."""
    return _leave(session, held(claim), _final(RunState.CANCELLED), RunState.CANCELLED)


def paused(session: Session, claim: Claim) -> bool:
    """running -> paused."""
    return _leave(session, held(claim), {"state": RunState.PAUSED}, RunState.PAUSED)


def requeue(session: Session, claim: Claim, reason: str | None = None) -> bool:
    """running -> queued in its old place (or where the user wished it): the worker shuts down, or
    can't train it for this reason."""
    return release(session, held(claim), "handed back", reason)


def _final(state: RunState) -> dict[str, Any]:
    return {"state": state, "finished_at": datetime.now(UTC)}


def release(
    session: Session, where: list[ColumnElement[bool]], outcome: str, reason: str | None = None
) -> bool:
    """To where the user wished the run, else back to the queue."""
    places: list[tuple[ColumnElement[bool], dict[str, Any]]] = [
        (Run.cancel_requested.is_(True), _final(RunState.CANCELLED)),
        (Run.pause_requested.is_(True), {"state": RunState.PAUSED}),
        (true(), {"state": RunState.QUEUED}),
    ]
    return any(
        _leave(session, [*where, wished], values, outcome, reason) for wished, values in places
    )


def _leave(
    session: Session,
    where: list[ColumnElement[bool]],
    values: Mapping[str, Any],
    outcome: str,
    reason: str | None = None,
) -> bool:
    """Moves a run out of `running` and closes its attempt."""
    run = move(session, where, {**IDLE, **values})
    if run is None:
        return False
    attempts.end(session, run, outcome, reason)
    if outcome == "lost" and run.state == RunState.QUEUED:
        notices.of_lost(session, run)
    return True
