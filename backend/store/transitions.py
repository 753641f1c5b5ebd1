"""The one UPDATE that moves a run's state, and only as backend.core.run_states allows.

What moves it and when: claims.py (a worker), requests.py (a user). Every move is a conditional
UPDATE: who finds no row was too late. Functions do not commit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from sqlalchemy import ColumnElement, update
from sqlalchemy.orm import Session

from backend.core.run_states import RunState, sources
from backend.schemas.events import StateEvent
from backend.schemas.runs import RunFacts, RunFailure
from backend.store import events, notices
from backend.store.jsonable import iso
from backend.store.tables import Run

# What a run that no worker holds looks like.
IDLE: dict[str, Any] = {
    "worker": None,
    "slot": None,
    "lease_expires_at": None,
    "cancel_requested": False,
    "pause_requested": False,
    "stage": "",
    "step": 0,
    "eta_seconds": None,
}
NO_ERROR: dict[str, Any] = {
    "error_code": None,
    "error_message": None,
    "error_log_tail": None,
}


def move(
    session: Session, where: Sequence[ColumnElement[bool]], values: Mapping[str, Any]
) -> Run | None:
    """The one UPDATE: moves the run that `where` finds, and tells whoever watches.

    None: no run is so, or none whose state may become the new one.
    """
    if "state" in values:
        where = [*where, Run.state.in_(sources(values["state"]))]
    run = session.scalars(
        update(Run).where(*where).values(**values).returning(Run),
        execution_options={"synchronize_session": False, "populate_existing": True},
    ).one_or_none()
    if run is not None:
        announce(session, run, moved="state" in values)
        if "state" in values:
            notices.of_move(session, run)
    return run


def announce(session: Session, run: Run, *, moved: bool = False) -> None:
    """Tells whoever watches how the run is now."""
    events.append(session, run.id, "state", state_event(run, moved=moved))


def state_event(run: Run, *, moved: bool = False) -> StateEvent:
    """The data of a `state` event."""
    error: RunFailure | None = None
    if run.error_code is not None:
        error = {
            "code": run.error_code,
            "message": run.error_message,
            "log_tail": run.error_log_tail,
        }
    return {
        "state": RunState(run.state),
        "moved": moved,
        "deleted": run.deleted_at is not None,
        "cancel_requested": run.cancel_requested,
        "pause_requested": run.pause_requested,
        "attempt": run.attempt,
        "worker": run.worker,
        "error": error,
        "info": cast(RunFacts, run.info),
        "classes": run.classes,
        "started_at": iso(run.started_at),
        "finished_at": iso(run.finished_at),
    }
