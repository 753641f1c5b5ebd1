"""Logged runs: somebody else's training loop, which sends what it measures.

Such a run is a run like any other, but no worker has it: it is running from its first call until
its loop says how it ended, has no lease and is never queued. One that has not reported for
OLS_STALE_SECONDS is shown as stale; it may still call again. Functions do not commit.

Raises NotFound for an id that is not there, Conflict where the run's state forbids the call.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from backend.core.run_states import CUT_SHORT, FINAL, RunSource, RunState
from backend.store import owners, trail
from backend.store.errors import Conflict, NotFound
from backend.store.folding import distinct
from backend.store.jsonable import clean_text
from backend.store.run_index import index_logged
from backend.store.tables import Run, RunTag
from backend.store.transitions import IDLE, NO_ERROR, announce, move

ERROR_CODE = "error"  # of a loop that ended with an exception
_ALIVE = Run.deleted_at.is_(None)


def begin(
    session: Session,
    *,
    stale_seconds: float,
    key: str | None = None,
    name: str | None = None,
    tags: Sequence[str] = (),
    **facts: Any,
) -> tuple[int, bool]:
    """The run's id, and whether it is a new one; `facts` are columns of `Run`.

    The same key finds its run again, and reopens it if it failed or was cancelled.
    """
    if key is not None and (run_id := _with_key(session, key)) is not None:
        _reopen(session, run_id, stale_seconds)
        return run_id, False
    now = datetime.now(UTC)
    run = Run(
        name=name or "logged run",
        source=RunSource.LOGGED,
        spec=None,
        log_key=key,
        noise_rate=0.0,
        state=RunState.RUNNING,
        stage="",
        created_at=now,
        queued_at=now,
        started_at=now,
        **_heard(stale_seconds),
        **facts,
    )
    session.add(run)
    session.flush()
    trail.record(session, [run.id], "log")
    if tags:
        session.execute(insert(RunTag), [{"run_id": run.id, "tag": tag} for tag in distinct(tags)])
    index_logged(session, run)
    announce(session, run, moved=True)
    return run.id, True


def finish(
    session: Session, run_id: int, state: RunState, error: str | None, stale_seconds: float
) -> None:
    """running -> finished, failed or cancelled; the last where a user asked for it.

    Said again of a run that has ended so, or that a user ended, it changes nothing.
    """
    run = _locked(session, run_id)
    if run.state in FINAL:
        if run.state in (state, RunState.CANCELLED):
            return
        raise Conflict(f"Run {run_id} is {run.state} and can't end as {state}.")
    cancelled = run.cancel_requested or state == RunState.CANCELLED
    values = {
        **IDLE,
        **_heard(stale_seconds),
        "state": RunState.CANCELLED if cancelled else state,
        "finished_at": datetime.now(UTC),
    }
    if error:
        values["error_message"] = clean_text(error)
    if state == RunState.FAILED and not cancelled:
        values |= {"error_code": ERROR_CODE}
        values.setdefault("error_message", "The loop ended with an error.")
    move(session, [Run.id == run_id], values)
    trail.record(session, [run_id], "finish", state=values["state"])


def open_run(session: Session, run_id: int, stale_seconds: float) -> Run:
    """The running logged run, locked, with this call noted. Raises NotFound and Conflict."""
    run = _locked(session, run_id)
    if run.state != RunState.RUNNING:
        again = "; POST /api/runs/logged with its key reopens it" if run.state in CUT_SHORT else ""
        raise Conflict(f"Run {run_id} is {run.state}, so nothing can be logged to it{again}.")
    for column, value in _heard(stale_seconds).items():
        setattr(run, column, value)
    return run


def is_stale(run: Mapping[str, Any], now: datetime | None = None) -> bool:
    """Whether a running logged run, as its columns, has not reported for too long."""
    stale_at = run["stale_at"]
    running = run["state"] == RunState.RUNNING
    return running and stale_at is not None and stale_at <= (now or datetime.now(UTC))


def _heard(stale_seconds: float) -> dict[str, datetime]:
    now = datetime.now(UTC)
    return {"heard_at": now, "stale_at": now + timedelta(seconds=stale_seconds)}


def _locked(session: Session, run_id: int) -> Run:
    run = session.scalar(select(Run).where(Run.id == run_id, _ALIVE).with_for_update())
    if run is None:
        raise NotFound(f"There is no run {run_id}.")
    if run.source != RunSource.LOGGED:
        raise Conflict(f"Run {run_id} is trained by this lab; only a logged run can be logged to.")
    return run


def _with_key(session: Session, key: str) -> int | None:
    """The run of this key; of a deleted one the key is free again."""
    gone = (Run.log_key == key, Run.deleted_at.is_not(None))
    session.execute(update(Run).where(*gone).values(log_key=None))
    return session.scalar(select(Run.id).where(Run.log_key == key))


def _reopen(session: Session, run_id: int, stale_seconds: float) -> None:
    again = {**IDLE, **NO_ERROR, **_heard(stale_seconds)}
    again |= {"state": RunState.RUNNING, "finished_at": None}
    owners.require(session, run_id)
    if move(session, [Run.id == run_id, Run.state.in_(CUT_SHORT)], again):
        trail.record(session, [run_id], "reopen")
    else:
        session.execute(
            update(Run)
            .where(Run.id == run_id, Run.state == RunState.RUNNING)
            .values(**_heard(stale_seconds))
        )
