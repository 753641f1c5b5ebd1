"""Queries of runs, and a run as JSON.

A list takes three queries whatever its length: which runs, their rows, their tags. Where one of
them is queued, it takes two more, for their places and for the workers that are online; and with
such a worker three for when they may start.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import ColumnElement, Row, delete, func, insert, select, update
from sqlalchemy.orm import Session

from backend.core.run_states import RunState
from backend.schemas.runs import RunChoice, RunDetail, RunFailure, RunFork, RunParent, RunRow
from backend.schemas.workers import RunJob
from backend.store import batch_jobs, trail, workers
from backend.store.claims import QUEUE_ORDER, devices_of, wanted_devices
from backend.store.errors import NotFound
from backend.store.folding import distinct
from backend.store.forecast import expected_starts
from backend.store.listing import (
    RunQuery,
    condition,
    next_cursor,
    page_of,
)
from backend.store.logged_runs import is_stale
from backend.store.preset_changes import preset_changes
from backend.store.run_index import index_texts
from backend.store.tables import Run, RunTag
from backend.store.transitions import announce
from ols.spec.catalogue import superclasses
from ols.spec.metrics import ACCURACY

# A list leaves out what is long and not shown in it: class names and the log's tail.
_LONG = ("classes", "error_log_tail", "label_counts", "log_key", "better", "fork_point")
_COLUMNS = [c for c in Run.__table__.columns if c.name not in _LONG]

_ALIVE: ColumnElement[bool] = Run.deleted_at.is_(None)


def get(session: Session, run_id: int) -> RunDetail:
    """One run as JSON; raises NotFound."""
    return get_many(session, [run_id])[0]


def get_many(session: Session, run_ids: Sequence[int]) -> list[RunDetail]:
    """These runs as JSON, in the order given; raises NotFound if one is missing."""
    query = select(*Run.__table__.columns).where(Run.id.in_(run_ids), _ALIVE)
    columns = session.execute(query).all()
    forks, jobs = _forks(session, run_ids), _jobs(session, columns)
    details = {
        row.id: _detail(row, run, forks.get(row.id, []), jobs.get(row.id))
        for row, run in _with_rows(session, columns)
    }
    for run_id in run_ids:
        if run_id not in details:
            raise NotFound(f"There is no run {run_id}.")
    return [details[run_id] for run_id in run_ids]


def rows(session: Session, run_ids: Sequence[int]) -> list[RunRow]:
    """Those of these runs that are there, as a list shows them."""
    query = select(*_COLUMNS).where(Run.id.in_(run_ids), _ALIVE)
    return [run for _, run in _with_rows(session, session.execute(query).all())]


def deleted(session: Session, since: datetime, most: int = 500) -> list[tuple[int, str]]:
    """Number and name of the runs that were deleted since then, the last one first."""
    query = select(Run.id, Run.name).where(Run.deleted_at > since).limit(most)
    rows = session.execute(query.order_by(Run.deleted_at.desc(), Run.id.desc()))
    return [(row.id, row.name) for row in rows]


def deleted_name(session: Session, run_id: int, since: datetime) -> str | None:
    """The name of a run that was deleted since then; None of any other."""
    query = select(Run.name).where(Run.id == run_id, Run.deleted_at > since)
    return session.scalar(query)


def require(session: Session, run_id: int) -> None:
    """Raises NotFound unless the run exists."""
    if session.scalar(select(Run.id).where(Run.id == run_id, _ALIVE)) is None:
        raise NotFound(f"There is no run {run_id}.")


def listing(session: Session, query: RunQuery) -> tuple[list[RunRow], str | None]:
    """A page of runs, without `classes` and `error.log_tail`, and the cursor of the next page."""
    # Numbers alone are sorted; the long rows are fetched for this page only.
    in_order = session.execute(page_of(query).where(_ALIVE)).all()
    if not in_order:
        return [], None
    page = in_order[: query.limit]
    whole_rows = session.execute(select(*_COLUMNS).where(Run.id.in_([row.id for row in page])))
    by_id = {row.id: row for row in whole_rows}
    following = next_cursor(query, page[-1]) if len(in_order) > query.limit else None
    return [run for _, run in _with_rows(session, [by_id[row.id] for row in page])], following


def count(session: Session, query: RunQuery) -> int:
    """How many match, whatever page they stand on."""
    matching_ids = select(func.count(Run.id)).where(_ALIVE, *condition(query))
    return session.scalar(matching_ids) or 0


def matching(session: Session, query: RunQuery, most: int) -> list[RunChoice]:
    """The newest that match, whatever page they stand on."""
    wishes = (Run.archived, Run.pinned, Run.cancel_requested, Run.pause_requested)
    rows = session.execute(
        select(Run.id, Run.owner, Run.state, Run.source, Run.stale_at, *wishes)
        .where(_ALIVE, *condition(query))
        .order_by(Run.id.desc())
        .limit(most)
    )
    return [_choice(row._asdict()) for row in rows]


def _choice(run: dict[str, Any]) -> RunChoice:
    stale = is_stale(run)
    del run["stale_at"]
    return cast(RunChoice, {**run, "stale": stale})


def counts(session: Session) -> dict[str, int]:
    """How many runs are in each state, for the top bar (archived ones included)."""
    rows = session.execute(
        select(Run.state, func.count().label("runs")).where(_ALIVE).group_by(Run.state)
    )
    return {**dict.fromkeys(map(str, RunState), 0), **{row.state: row.runs for row in rows}}


def too_large(session: Session, most: int) -> int:
    """How many queued runs need more devices than `most`."""
    query = select(func.count()).where(Run.state == RunState.QUEUED, _ALIVE, wanted_devices > most)
    return session.scalar(query) or 0


def all_tags(session: Session) -> list[str]:
    """Every tag in use, in one spelling, sorted; also those of runs that can still be restored."""
    query = select(RunTag.folded, func.min(RunTag.tag)).group_by(RunTag.folded)
    return [tag for _, tag in session.execute(query.order_by(RunTag.folded))]


def noise_rates(session: Session) -> list[float]:
    """Every noise rate in use, the lowest first."""
    query = select(Run.noise_rate).where(_ALIVE).distinct()
    return list(session.scalars(query.order_by(Run.noise_rate)))


def state_of(session: Session, run_id: int) -> str | None:
    """The run's state, None when there is no such run."""
    return session.scalar(select(Run.state).where(Run.id == run_id, _ALIVE))


def best_epoch(session: Session, run_id: int) -> int:
    """The epoch of the highest validation top-1, 0 before the first; raises NotFound."""
    row = session.execute(select(Run.summary).where(Run.id == run_id, _ALIVE)).one_or_none()
    if row is None:
        raise NotFound(f"There is no run {run_id}.")
    return row.summary.get(ACCURACY, {}).get("best_epoch") or 0


def edit(session: Session, run_id: int, changes: Mapping[str, Any]) -> None:
    """Sets name, notes, archived, pinned, priority, tags: what a user may change; tells viewers.

    Raises NotFound.
    """
    require(session, run_id)
    trail.record(session, [run_id], "edit", **_told(session, run_id, changes))
    values = {key: value for key, value in changes.items() if key != "tags"}
    if values:
        session.execute(update(Run).where(Run.id == run_id).values(**values))
    if "tags" in changes:
        session.execute(delete(RunTag).where(RunTag.run_id == run_id))
        rows = [{"run_id": run_id, "tag": tag} for tag in distinct(changes["tags"])]
        if rows:
            session.execute(insert(RunTag), rows)
    if changes:
        index_texts(session, [run_id])
        announce(session, session.scalars(select(Run).where(Run.id == run_id)).one())


def _told(session: Session, run_id: int, changes: Mapping[str, Any]) -> dict[str, Any]:
    """The changes as the trail keeps them: with what was there before; of notes the length."""
    told = {key: value for key, value in changes.items() if key != "notes"}
    was = trail.was(session, run_id, [key for key in told if key != "tags"])
    if "notes" in changes:
        told["notes"] = f"{len(changes['notes']):,} characters"
    return told | {key: [old, told[key]] for key, old in was.items()}


@dataclass(frozen=True)
class _Waiting:
    """What a queued run waits for; empty for one that is not queued."""

    place: int | None = None  # 1: claimed next
    note: str | None = None  # why it can't start, whatever its place
    starts_in: float | None = None  # seconds


def _with_rows(session: Session, rows: Sequence[Row[Any]]) -> list[tuple[Row[Any], RunRow]]:
    """Each run's columns with what lists show of it."""
    tags = _tags(session, [row.id for row in rows])
    waiting = _waiting(session, [row for row in rows if row.state == RunState.QUEUED])
    return [
        (row, _run_row(row, tags.get(row.id, []), waiting.get(row.id, _Waiting()))) for row in rows
    ]


def _tags(session: Session, ids: Sequence[int]) -> dict[int, list[str]]:
    by_run: dict[int, list[str]] = {}
    query = select(RunTag.run_id, RunTag.tag).where(RunTag.run_id.in_(ids))
    for run_id, tag in session.execute(query.order_by(RunTag.folded)):
        by_run.setdefault(run_id, []).append(tag)
    return by_run


def _waiting(session: Session, queued: Sequence[Row[Any]]) -> dict[int, _Waiting]:
    if not queued:
        return {}
    places = _queue_places(session, [row.id for row in queued])
    online = workers.online(session)
    most = max((one.devices for one in online), default=0)
    starts = expected_starts(session, {one.name: one.slots for one in online if one.claims})
    hindered = _hindered(online)
    notes = {row.id: hindered or _note(devices_of(row.spec), most) for row in queued}
    return {
        row.id: _Waiting(
            places.get(row.id), notes[row.id], None if notes[row.id] else starts.get(row.id)
        )
        for row in queued
    }


def _queue_places(session: Session, ids: Sequence[int]) -> dict[int, int]:
    """1 for the run that is claimed next."""
    place = func.row_number().over(order_by=QUEUE_ORDER).label("place")
    queue = select(Run.id, place).where(Run.state == RunState.QUEUED, _ALIVE).subquery()
    rows = session.execute(select(queue.c.id, queue.c.place).where(queue.c.id.in_(ids)))
    return {row.id: row.place for row in rows}


def _hindered(online: Sequence[workers.Online]) -> str | None:
    """Of every queued run while no worker online can claim one."""
    problems = [f"worker {one.name}: {one.problem}" for one in online if one.problem]
    return "; ".join(problems) if problems and not any(one.claims for one in online) else None


def _note(devices: int, most: int) -> str | None:
    """Of a run that no worker online is large enough for."""
    # Without any worker that is the whole truth, and the pages say it already.
    if devices <= most or most == 0:
        return None
    return f"needs {devices} devices; the largest worker online has {most}"


def _run_row(row: Row[Any], tags: list[str], waiting: _Waiting) -> RunRow:
    run = row._asdict()
    return {
        "id": run["id"],
        "name": run["name"],
        "experiment_id": run["experiment_id"],
        "owner": run["owner"],
        "parent": _parent(run),
        "tags": tags,
        "notes": run["notes"],
        "archived": run["archived"],
        "pinned": run["pinned"],
        "priority": run["priority"],
        "state": run["state"],
        "cancel_requested": run["cancel_requested"],
        "pause_requested": run["pause_requested"],
        "attempt": run["attempt"],
        "source": run["source"],
        "stale": is_stale(run),
        "heard_at": run["heard_at"],
        "spec": run["spec"],
        "config": run["config"],
        "method": run["method"] or None,
        "dataset": run["dataset"] or None,
        "model": run["model"] or None,
        "noise_rate": run["noise_rate"],
        "eval_on": run["spec"].get("eval_on") if run["spec"] else None,
        "progress": {
            "stage": run["stage"],
            "epoch": run["epoch"],
            "epochs": run["epochs"],
            "step": run["step"] if run["last_step"] is None else run["last_step"],
            "steps": run["steps"],
            "eta_seconds": run["eta_seconds"],
            "images_per_second": run["images_per_second"],
        },
        "summary": run["summary"],
        "sparkline": run["sparkline"],
        "info": run["info"],
        "worker": run["worker"],
        "lease_expires_at": run["lease_expires_at"],
        "queue_position": waiting.place,
        "queue_note": waiting.note,
        "expected_start_seconds": waiting.starts_in,
        "disk_bytes": run["disk_bytes"],
        "error": _failure(run),
        "created_at": run["created_at"],
        "queued_at": run["queued_at"],
        "started_at": run["started_at"],
        "finished_at": run["finished_at"],
    }


def _forks(session: Session, run_ids: Sequence[int]) -> dict[int, list[RunFork]]:
    """Of each run the forks, oldest first."""
    by_parent: dict[int, list[RunFork]] = {}
    query = select(Run.parent_id, Run.id, Run.name, Run.state, Run.fork_epoch)
    rows = session.execute(query.where(Run.parent_id.in_(run_ids), _ALIVE).order_by(Run.id))
    for parent, number, name, state, epoch in rows:
        fork: RunFork = {"id": number, "name": name, "state": RunState(state), "epoch": epoch or 0}
        by_parent.setdefault(parent or 0, []).append(fork)
    return by_parent


def _jobs(session: Session, columns: Sequence[Row[Any]]) -> dict[int, RunJob]:
    running = {row.id: row.worker for row in columns if row.state == RunState.RUNNING}
    queued = [row.id for row in columns if row.state == RunState.QUEUED]
    return batch_jobs.of_runs(session, running, queued)


def _detail(row: Row[Any], run: RunRow, forks: list[RunFork], job: RunJob | None) -> RunDetail:
    """With what lists leave out."""
    if run["error"] is not None:
        run["error"]["log_tail"] = row.error_log_tail
    return {
        **run,
        "classes": row.classes,
        "superclasses": superclasses(row.dataset, len(row.classes or ())),
        "preset_changes": preset_changes(row.spec) if row.spec else [],
        "key": row.log_key,
        "better": row.better or {},
        "forks": forks,
        "job": job,
    }


def _parent(run: Mapping[str, Any]) -> RunParent | None:
    if run["parent_id"] is None:
        return None
    return {"run": run["parent_id"], "epoch": run["fork_epoch"]}


def _failure(run: Mapping[str, Any]) -> RunFailure | None:
    if run["error_code"] is None:
        return None
    return {"code": run["error_code"], "message": run["error_message"]}
