"""What a user asks of runs: a new one, and moves of one that is there. Functions do not commit.

Raises NotFound for an id that is not there, Refused where the run's state forbids the action
(backend.core.run_actions says which does).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import wraps
from types import MappingProxyType
from typing import Any, Concatenate, ParamSpec

from sqlalchemy import ColumnElement, insert, select
from sqlalchemy import delete as delete_rows
from sqlalchemy.orm import Session

from backend.core.run_actions import (
    RULES,
    WORKERS_ONLY,
    Action,
    Refusal,
    logged_refusal,
    refusal,
)
from backend.core.run_states import RunSource, RunState
from backend.store import label_sets, owners, trail
from backend.store.errors import Conflict, NotFound, Refused
from backend.store.folding import distinct, fold
from backend.store.run_index import index_specs, index_texts, reindex_spec
from backend.store.run_names import default_names
from backend.store.tables import Run, RunTag
from backend.store.transitions import IDLE, NO_ERROR, announce, move
from ols.spec.run_spec import RunSpec

Asked = ParamSpec("Asked")

UNDO = timedelta(minutes=10)  # how long a deleted run can be restored
MOST_TAGS = 20  # of one run


def submit(
    session: Session,
    *,
    name: str | None,
    tags: Sequence[str],
    spec: RunSpec,
    priority: int = 0,
    whence: Mapping[str, Any] = MappingProxyType({}),
) -> Run:
    """Inserts a queued run; without a name it is called by what tells it apart."""
    (run,) = submit_many(session, [spec], name=name, tags=tags, priority=priority, whence=whence)
    return run


def submit_many(
    session: Session,
    specs: Sequence[RunSpec],
    *,
    name: str | None = None,
    tags: Sequence[str],
    experiment_id: int | None = None,
    priority: int = 0,
    whence: Mapping[str, Any] = MappingProxyType({}),
) -> list[Run]:
    """Inserts queued runs, in their order, with a few statements however many they are.

    `whence` is what the trail says of where they come from.
    """
    now = datetime.now(UTC)
    specs = label_sets.pinned(session, specs)
    names = [name] * len(specs) if name else default_names(specs)
    runs = [
        Run(
            name=own_name,
            spec=spec.model_dump(mode="json"),
            method=spec.method.name,
            dataset=spec.dataset.name,
            model=spec.model.name,
            noise_rate=spec.noise.rate,
            epochs=spec.epochs,
            priority=priority,
            experiment_id=experiment_id,
            state=RunState.QUEUED,
            created_at=now,
            queued_at=now,
        )
        for spec, own_name in zip(specs, names, strict=True)
    ]
    session.add_all(runs)
    session.flush()
    rows = [{"run_id": run.id, "tag": tag} for run in runs for tag in distinct(tags)]
    if rows:
        session.execute(insert(RunTag), rows)
    index_specs(session, [(run.id, run.spec) for run in runs])
    index_texts(session, [run.id for run in runs])
    trail.record(session, [run.id for run in runs], "submit", **whence)
    for run in runs:
        announce(session, run, moved=True)
    return runs


def clone(session: Session, run_id: int) -> Run:
    """A new queued run with the same spec and tags, called `name (2)`."""
    source = _of_worker(session, run_id, Action.CLONE)
    if source.parent_id is not None:  # trained from scratch it would be another run
        where = f"forks run {source.parent_id} at epoch {source.fork_epoch}"
        raise Refused(
            Refusal(
                f"Run {run_id} {where} and can't be cloned: fork run {source.parent_id} again.",
                "is a fork: fork its parent again",
                "are forks: fork their parents again",
            )
        )
    tags = session.scalars(select(RunTag.tag).where(RunTag.run_id == run_id)).all()
    return submit(
        session,
        name=_next_name(source.name),
        tags=tags,
        spec=RunSpec.parse(source.spec),
        whence={"clone_of": run_id},
    )


def _next_name(name: str) -> str:
    stem, count = name, 1
    if match := re.fullmatch(r"(.+) \((\d{1,6})\)", name):
        stem, count = match[1], int(match[2])
    suffix = f" ({count + 1})"
    return stem[: 200 - len(suffix)] + suffix


def _change(
    action: Action, *columns: str
) -> Callable[
    [Callable[Concatenate[Session, int, Asked], Run]],
    Callable[Concatenate[Session, int, Asked], Run],
]:
    """Of what changes a run: whoever asks may, and it stands in the run's trail, with the
    `columns` that it sets as they were and are."""

    def traced(
        do: Callable[Concatenate[Session, int, Asked], Run],
    ) -> Callable[Concatenate[Session, int, Asked], Run]:
        @wraps(do)
        def done(session: Session, run_id: int, *args: Asked.args, **kwargs: Asked.kwargs) -> Run:
            owners.require(session, run_id)
            was = trail.was(session, run_id, columns)
            run = do(session, run_id, *args, **kwargs)
            told = {name: [old, getattr(run, name)] for name, old in was.items()}
            trail.record(session, [run_id], action, **told)
            return run

        return done

    return traced


@_change(Action.CANCEL)
def cancel(session: Session, run_id: int) -> Run:
    """Ends a waiting or stale run at once; asks a running run's worker, or its loop, to end it."""
    now = datetime.now(UTC)
    ended = {"state": RunState.CANCELLED, "finished_at": now}
    if run := _move(session, run_id, [RunState.RUNNING], ended, Run.stale_at <= now):
        return run
    return _act(session, run_id, Action.CANCEL, ended, asked={"cancel_requested": True})


@_change(Action.PAUSE)
def pause(session: Session, run_id: int) -> Run:
    """Sets a queued run aside at once; asks a running run's worker to do so."""
    set_aside = {"state": RunState.PAUSED}
    return _act(session, run_id, Action.PAUSE, set_aside, asked={"pause_requested": True})


@_change(Action.RESUME)
def resume(session: Session, run_id: int) -> Run:
    """Queues a paused run again; takes a pause back that has not happened yet."""
    taken_back = _move(
        session,
        run_id,
        [RunState.RUNNING],
        {"pause_requested": False},
        Run.pause_requested.is_(True),
    )
    return taken_back or _act(session, run_id, Action.RESUME, _queued_now())


@_change(Action.RETRY)
def retry(session: Session, run_id: int) -> Run:
    """Queues a failed or cancelled run again; it resumes from the last checkpoint."""
    return _act(session, run_id, Action.RETRY, {**IDLE, **NO_ERROR, **_queued_now()})


@_change(Action.PRIORITY, "priority")
def prioritise(session: Session, run_id: int, priority: int) -> Run:
    """Moves a run forward (higher) or back in the queue; also one that may be queued later."""
    _of_worker(session, run_id, Action.PRIORITY)
    return _set(session, run_id, {"priority": priority})


@_change(Action.ARCHIVE, "archived")
def archive(session: Session, run_id: int, archived: bool = True) -> Run:
    """Takes a run out of the lists that do not ask for archived ones, or puts it back."""
    return _set(session, run_id, {"archived": archived})


@_change(Action.PIN, "pinned")
def pin(session: Session, run_id: int, pinned: bool = True) -> Run:
    """Lets a run stand first in the table, or where its order puts it."""
    return _set(session, run_id, {"pinned": pinned})


@_change(Action.RENAME, "name")
def rename(session: Session, run_id: int, name: str) -> Run:
    """Gives a run another name; several may have the same."""
    run = _set(session, run_id, {"name": name})
    index_texts(session, [run_id])
    return run


def tag(session: Session, run_id: int, tags: Sequence[str]) -> Run:
    """Adds tags; one that the run has already, in whatever case, changes nothing."""
    owners.require(session, run_id)
    run = _existing(session, run_id)
    has = set(session.scalars(select(RunTag.folded).where(RunTag.run_id == run_id)))
    new = [tag for tag in distinct(tags) if fold(tag) not in has]
    if not new:
        return run
    trail.record(session, [run_id], Action.TAG, tags=new)
    if len(has) + len(new) > MOST_TAGS:
        raise Conflict(f"Run {run_id} has {len(has)} tags already; at most {MOST_TAGS} fit.")
    session.execute(insert(RunTag), [{"run_id": run_id, "tag": tag} for tag in new])
    index_texts(session, [run_id])
    announce(session, run)
    return run


def untag(session: Session, run_id: int, tags: Sequence[str]) -> Run:
    """Removes tags; one that the run does not have changes nothing."""
    owners.require(session, run_id)
    run = _existing(session, run_id)
    trail.record(session, [run_id], Action.UNTAG, tags=list(tags))
    here = (RunTag.run_id == run_id) & RunTag.folded.in_([fold(tag) for tag in tags])
    session.execute(delete_rows(RunTag).where(here))
    index_texts(session, [run_id])
    announce(session, run)
    return run


@_change(Action.DEVICES)
def set_devices(session: Session, run_id: int, devices: int) -> Run:
    """On how many devices a run that does not train just now is to train."""
    run = _of_worker(session, run_id, Action.DEVICES)
    spec = RunSpec.parse({**run.spec, "devices": devices}).model_dump(mode="json")
    changed = _act(session, run_id, Action.DEVICES, {"spec": spec})
    reindex_spec(session, run_id, spec)
    return changed


@_change(Action.DELETE)
def delete(session: Session, run_id: int) -> Run:
    """Hides a run at once; it can be restored for ten minutes."""
    return _act(session, run_id, Action.DELETE, {"deleted_at": datetime.now(UTC)})


@_change(Action.RESTORE)
def restore(session: Session, run_id: int) -> Run:
    """Brings a deleted run back, as it was, within ten minutes."""
    since = datetime.now(UTC) - UNDO
    run = move(session, [Run.id == run_id, Run.deleted_at > since], {"deleted_at": None})
    if run is None:
        _existing(session, run_id)
        said = f"Run {run_id} is not deleted, so it can't be restored."
        raise Refused(Refusal(said, "was not deleted", "were not deleted"))
    return run


def _set(session: Session, run_id: int, values: Mapping[str, Any]) -> Run:
    """Changes columns that say nothing about the state."""
    run = move(session, [Run.id == run_id, Run.deleted_at.is_(None)], values)
    return run or _existing(session, run_id)


def _queued_now() -> dict[str, Any]:
    return {"state": RunState.QUEUED, "queued_at": datetime.now(UTC), "finished_at": None}


def _act(
    session: Session,
    run_id: int,
    action: Action,
    values: Mapping[str, Any],
    asked: Mapping[str, Any] | None = None,
) -> Run:
    """Does it where the run's state allows it, or raises Refused.

    `values` are set at once; of a running run that stays so until its worker has heard, `asked`.
    """
    if action in WORKERS_ONLY:
        _of_worker(session, run_id, action)
    rule = RULES[action]
    waits = rule.leading_to(RunState.RUNNING) if asked else []
    at_once = [state for state in rule.states if state not in waits]
    run = _move(session, run_id, at_once, values)
    if run is None and asked:
        run = _move(session, run_id, waits, asked)
    if run is None:
        raise Refused(refusal(action, run_id, _existing(session, run_id).state))
    return run


def _move(
    session: Session,
    run_id: int,
    states: Sequence[RunState],
    values: Mapping[str, Any],
    *extra: ColumnElement[bool],
) -> Run | None:
    where = [Run.id == run_id, Run.state.in_(states), Run.deleted_at.is_(None), *extra]
    return move(session, where, values)


def _of_worker(session: Session, run_id: int, action: Action) -> Run:
    """The run, which this lab trains; raises Refused for a logged one."""
    run = _existing(session, run_id)
    if run.source == RunSource.LOGGED:
        raise Refused(logged_refusal(action, run_id))
    return run


def _existing(session: Session, run_id: int) -> Run:
    run = session.scalar(select(Run).where(Run.id == run_id, Run.deleted_at.is_(None)))
    if run is None:
        raise NotFound(f"There is no run {run_id}.")
    return run
