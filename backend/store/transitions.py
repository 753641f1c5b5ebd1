"""The only module that moves a run's state, by conditional UPDATE.

    queued -> running -> finished | failed | cancelled
    running -> queued            its worker went away or shut down; it goes on from its checkpoint
    queued, running -> paused -> queued                                            (the user)
    failed, cancelled -> queued                                                    (retry)

A claim raises `attempt`. Whatever a worker writes is fenced by (run_id, attempt, running), so a
worker that lost its lease can't write over its successor. Functions do not commit.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from sqlalchemy import ColumnElement, func, insert, select, update
from sqlalchemy.orm import Session

from backend.store import events
from backend.store.errors import Conflict, NotFound
from backend.store.jsonable import clean_text, iso
from backend.store.tables import Run, RunTag
from ols.spec import RunSpec

FINAL = ("finished", "failed", "cancelled")
UNDO = timedelta(minutes=10)  # how long a deleted run can be restored

Answer = Literal["go_on", "cancel", "pause", "lost"]


@dataclass(frozen=True)
class Claim:
    """A run that a worker holds: everything it needs to train it, and the fence of its writes."""

    run_id: int
    attempt: int
    spec: dict[str, Any]
    name: str

    @property
    def devices(self) -> int:
        """On how many devices the run trains."""
        return devices_of(self.spec)


# -- submitting -----------------------------------------------------------------------------------


def submit(session: Session, *, name: str | None, tags: Sequence[str], spec: RunSpec) -> Run:
    """Inserts a queued run; without a name it is called after its method, dataset and noise."""
    now = datetime.now(UTC)
    run = Run(
        name=name or default_name(spec),
        spec=spec.model_dump(mode="json"),
        method=spec.method.name,
        dataset=spec.dataset.name,
        model=spec.model.name,
        noise_rate=spec.noise.rate,
        epochs=spec.epochs,
        state="queued",
        created_at=now,
        queued_at=now,
    )
    session.add(run)
    session.flush()
    if tags:
        rows = [{"run_id": run.id, "tag": tag} for tag in dict.fromkeys(tags)]
        session.execute(insert(RunTag), rows)
    _announce(session, run)
    return run


def default_name(spec: RunSpec) -> str:
    """For example `ols-glyphs-20%`."""
    noise = f"-{spec.noise.rate * 100:g}%" if spec.noise.rate else ""
    return f"{spec.method.name}-{spec.dataset.name}{noise}"


def clone(session: Session, run_id: int) -> Run:
    """A new queued run with the same spec and tags, called `name (2)`."""
    source = _existing(session, run_id)
    tags = session.scalars(select(RunTag.tag).where(RunTag.run_id == run_id)).all()
    return submit(session, name=_next_name(source.name), tags=tags, spec=RunSpec.parse(source.spec))


def _next_name(name: str) -> str:
    stem, count = name, 1
    if match := re.fullmatch(r"(.+) \((\d{1,6})\)", name):
        stem, count = match[1], int(match[2])
    suffix = f" ({count + 1})"
    return stem[: 200 - len(suffix)] + suffix


# -- what a worker does ---------------------------------------------------------------------------

# What a stored spec asks for, in SQL; specs from before the field was there say nothing: one.
_wanted = func.coalesce(Run.spec["devices"].as_integer(), 1)


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
) -> Claim | None:
    """Takes the queued run that comes first by priority, then age; None when none is to be taken.

    `free` devices are free of the `most` that the worker has. A run that needs more than `most` is
    passed over. One that needs more than `free` is waited for: nothing behind it is taken, or small
    runs would keep it waiting for ever (docs/decisions/0005-several-devices.md).
    """
    now = datetime.now(UTC)
    # SKIP LOCKED lets racing workers on PostgreSQL take different runs; SQLite, where it means
    # nothing, has one writer at a time. The UPDATE's condition holds on both.
    first = (
        select(Run.id, _wanted)
        .where(Run.state == "queued", Run.deleted_at.is_(None), _wanted <= (most or free))
        .order_by(Run.priority.desc(), Run.queued_at, Run.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    run_id, devices = session.execute(first).one_or_none() or (None, 0)
    if run_id is None or devices > free:
        return None
    run = _move(
        session,
        [Run.id == run_id, Run.state == "queued", Run.deleted_at.is_(None)],
        {
            **_IDLE,
            "state": "running",
            "attempt": Run.attempt + 1,
            "worker": worker,
            "slot": slot,
            "lease_expires_at": now + timedelta(seconds=lease_seconds),
            "stage": "preparing",
            "started_at": func.coalesce(Run.started_at, now),
            **_NO_ERROR,
        },
    )
    return Claim(run.id, run.attempt, run.spec, run.name) if run else None


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
    return [Run.id == claim.run_id, Run.attempt == claim.attempt, Run.state == "running"]


def finish(session: Session, claim: Claim) -> bool:
    """running -> finished. False, here and below: the claim does not hold its run any more."""
    return _end(session, claim, "finished", {})


def fail(session: Session, claim: Claim, code: str, message: str, log_tail: str = "") -> bool:
    """running -> failed, with the reason and the last lines of the log."""
    error = {
        "error_code": code[:64],
        "error_message": clean_text(message),
        "error_log_tail": clean_text(log_tail),
    }
    return _end(session, claim, "failed", error)


def cancelled(session: Session, claim: Claim) -> bool:
    """running -> cancelled."""
    return _end(session, claim, "cancelled", {})


def paused(session: Session, claim: Claim) -> bool:
    """running -> paused."""
    return _move(session, held(claim), {**_IDLE, "state": "paused"}) is not None


def requeue(session: Session, claim: Claim) -> bool:
    """running -> queued in its old place (or where the user wished it): the worker shuts down."""
    return _release(session, held(claim))


def expire_leases(session: Session) -> list[int]:
    """Releases running runs whose worker fell silent; returns the ids of those it moved."""
    late = [Run.state == "running", Run.lease_expires_at < datetime.now(UTC)]
    # In order, so that two janitors on PostgreSQL don't wait for each other's rows.
    ids = session.scalars(select(Run.id).where(*late).order_by(Run.id)).all()
    return [run_id for run_id in ids if _release(session, [Run.id == run_id, *late])]


def _release(session: Session, where: list[ColumnElement[bool]]) -> bool:
    now = datetime.now(UTC)
    ends = {**_IDLE, "state": "cancelled", "finished_at": now}
    moves: list[tuple[list[ColumnElement[bool]], dict[str, Any]]] = [
        ([Run.cancel_requested.is_(True)], ends),
        ([Run.pause_requested.is_(True)], {**_IDLE, "state": "paused"}),
        ([], {**_IDLE, "state": "queued"}),
    ]
    return any(_move(session, [*where, *extra], values) for extra, values in moves)


def _end(session: Session, claim: Claim, state: str, values: Mapping[str, Any]) -> bool:
    values = {**_IDLE, **values, "state": state, "finished_at": datetime.now(UTC)}
    return _move(session, held(claim), values) is not None


# -- what a user does -----------------------------------------------------------------------------


def request_cancel(session: Session, run_id: int) -> Run:
    """Ends a waiting run at once; asks a running run's worker to end it."""
    now = datetime.now(UTC)
    return (
        _user(session, run_id, ["queued", "paused"], {"state": "cancelled", "finished_at": now})
        or _user(session, run_id, ["running"], {"cancel_requested": True})
        or _refuse(session, run_id, "cancelled", "only queued, paused or running runs can be")
    )


def request_pause(session: Session, run_id: int) -> Run:
    """Sets a queued run aside at once; asks a running run's worker to do so."""
    return (
        _user(session, run_id, ["queued"], {"state": "paused"})
        or _user(session, run_id, ["running"], {"pause_requested": True})
        or _refuse(session, run_id, "paused", "only queued or running runs can be")
    )


def request_resume(session: Session, run_id: int) -> Run:
    """Queues a paused run again; takes a pause back that has not happened yet."""
    queued = {"state": "queued", "queued_at": datetime.now(UTC), "finished_at": None}
    asked = Run.pause_requested.is_(True)
    return (
        _user(session, run_id, ["paused"], queued)
        or _user(session, run_id, ["running"], {"pause_requested": False}, asked)
        or _refuse(session, run_id, "resumed", "only paused runs can be")
    )


def request_retry(session: Session, run_id: int) -> Run:
    """Queues a failed or cancelled run again; it goes on from its last checkpoint."""
    values = {
        **_IDLE,
        **_NO_ERROR,
        "state": "queued",
        "queued_at": datetime.now(UTC),
        "finished_at": None,
    }
    return _user(session, run_id, ["failed", "cancelled"], values) or _refuse(
        session, run_id, "retried", "only failed or cancelled runs can be; clone it instead"
    )


def request_delete(session: Session, run_id: int) -> Run:
    """Hides a run at once; it can be restored for ten minutes."""
    states = ["queued", "paused", *FINAL]
    return _user(session, run_id, states, {"deleted_at": datetime.now(UTC)}) or _refuse(
        session, run_id, "deleted", "cancel it first"
    )


def restore(session: Session, run_id: int) -> Run:
    """Brings a deleted run back, as it was, within ten minutes."""
    since = datetime.now(UTC) - UNDO
    run = _move(session, [Run.id == run_id, Run.deleted_at > since], {"deleted_at": None})
    if run is None:
        _existing(session, run_id)
        raise Conflict(f"Run {run_id} is not deleted, so it can't be restored.")
    return run


def _user(
    session: Session,
    run_id: int,
    states: list[str],
    values: Mapping[str, Any],
    *extra: ColumnElement[bool],
) -> Run | None:
    where = [Run.id == run_id, Run.state.in_(states), Run.deleted_at.is_(None), *extra]
    return _move(session, where, values)


def _refuse(session: Session, run_id: int, verb: str, rule: str) -> Run:
    run = _existing(session, run_id)
    raise Conflict(f"Run {run_id} is {run.state} and can't be {verb}: {rule}.")


def _existing(session: Session, run_id: int) -> Run:
    run = session.scalar(select(Run).where(Run.id == run_id, Run.deleted_at.is_(None)))
    if run is None:
        raise NotFound(f"There is no run {run_id}.")
    return run


# -- moving ---------------------------------------------------------------------------------------

# What a run that no worker holds looks like.
_IDLE: dict[str, Any] = {
    "worker": None,
    "slot": None,
    "lease_expires_at": None,
    "cancel_requested": False,
    "pause_requested": False,
    "stage": "",
    "step": 0,
    "eta_seconds": None,
}
_NO_ERROR: dict[str, Any] = {
    "error_code": None,
    "error_message": None,
    "error_log_tail": None,
}


def _move(
    session: Session, where: Sequence[ColumnElement[bool]], values: Mapping[str, Any]
) -> Run | None:
    """The one UPDATE: moves the run that `where` finds, and tells whoever watches."""
    run = session.scalars(
        update(Run).where(*where).values(**values).returning(Run),
        execution_options={"synchronize_session": False, "populate_existing": True},
    ).one_or_none()
    if run is not None:
        _announce(session, run)
    return run


def _announce(session: Session, run: Run) -> None:
    events.append(session, run.id, "state", state_event(run))


def state_event(run: Run) -> dict[str, Any]:
    """The data of a `state` event."""
    error = None
    if run.error_code is not None:
        error = {
            "code": run.error_code,
            "message": run.error_message,
            "log_tail": run.error_log_tail,
        }
    return {
        "state": run.state,
        "deleted": run.deleted_at is not None,
        "cancel_requested": run.cancel_requested,
        "pause_requested": run.pause_requested,
        "attempt": run.attempt,
        "worker": run.worker,
        "error": error,
        "info": run.info,
        "classes": run.classes,
        "started_at": iso(run.started_at),
        "finished_at": iso(run.finished_at),
    }
