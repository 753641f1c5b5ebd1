"""Slurm's jobs as `python -m backend slurm` saw them last, and what they are for.

A job belongs to no run: its worker takes what comes first. `run_id` is the queued run that a
pending job is meant for, so that its page can say what it waits for. Functions do not commit.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, func, insert, or_, select
from sqlalchemy.orm import Session

from backend.core.run_states import RunSource, RunState
from backend.schemas.workers import BatchJobRow, RunJob
from backend.store import workers
from backend.store.claims import QUEUE_ORDER, wanted_devices
from backend.store.tables import Attempt, BatchJob, Experiment, Lab, Run, Worker
from backend.store.transitions import announce

NEWS = timedelta(minutes=10)  # what was seen longer ago says nothing of now
MOST_WAITING = 1000  # queued runs that are looked at; nobody submits more jobs
PENDING = "PENDING"


@dataclass(frozen=True)
class Waiting:
    """A queued run that a worker could take, and its devices."""

    run_id: int
    devices: int


@dataclass(frozen=True)
class SeenJob:
    """A job as squeue shows it; `run_id`: the queued run that it is for."""

    number: str
    devices: int
    state: str
    reason: str
    run_id: int | None = None


def lab_uid(session: Session) -> str:
    """Of this lab."""
    return session.scalar(select(Lab.uid).limit(1)) or ""


def waiting_runs(session: Session) -> list[Waiting]:
    """The queued runs that may train now, in the order in which they are claimed: of an experiment
    with a limit only as many as it has places."""
    rows = session.execute(
        select(Run.id, wanted_devices, Run.experiment_id)
        .where(
            Run.state == RunState.QUEUED,
            Run.source == RunSource.TRAINED,
            Run.deleted_at.is_(None),
        )
        .order_by(*QUEUE_ORDER)
        .limit(MOST_WAITING)
    ).all()
    places = _places(session, {experiment for _, _, experiment in rows if experiment is not None})
    waiting = []
    for run_id, devices, experiment in rows:
        if experiment in places:
            if places[experiment] <= 0:
                continue
            places[experiment] -= 1
        waiting.append(Waiting(run_id, devices))
    return waiting


def _places(session: Session, experiments: Collection[int]) -> dict[int, int]:
    """How many runs more each of these may train at once, of those that have a limit."""
    if not experiments:
        return {}
    running = func.count(Run.id).filter(Run.state == RunState.RUNNING)
    rows = session.execute(
        select(Experiment.id, Experiment.parallel, running)
        .join(Run, Run.experiment_id == Experiment.id)
        .where(Experiment.id.in_(experiments), Experiment.parallel.is_not(None))
        .group_by(Experiment.id, Experiment.parallel)
    )
    return {number: (parallel or 0) - now for number, parallel, now in rows}


def free_devices(session: Session, numbers: Collection[str]) -> dict[str, int]:
    """Of those of these running jobs whose worker has reported: on how many devices it can begin
    a run. None where it leaves, is drained or can't write.

    What it trains is read from the runs: its own report of that is some seconds old.
    """
    since = datetime.now(UTC) - workers.ONLINE
    # The newest last: a job that was requeued has had several workers.
    rows = session.scalars(
        select(Worker).where(Worker.job.in_(numbers)).order_by(Worker.started_at)
    ).all()
    trains = func.sum(wanted_devices)
    names = [row.name for row in rows]
    busy: dict[str | None, int] = dict(
        session.execute(
            select(Run.worker, trains)
            .where(Run.state == RunState.RUNNING, Run.worker.in_(names))
            .group_by(Run.worker)
        ).all()
    )
    free = {}
    for row in rows:
        online = row.stopped_at is None and row.heartbeat_at > since
        claims = online and not row.draining and not row.problem
        left = min(len(row.slots) - busy.get(row.name, 0), workers.devices_of(row.slots))
        free[row.job or ""] = max(0, left) if claims else 0
    return free


def trained(session: Session, numbers: Collection[str]) -> set[str]:
    """Those of these jobs whose worker recorded an epoch, or ended a run."""
    rows = session.scalars(
        select(Worker.job)
        .join(Attempt, Attempt.worker == Worker.name)
        .where(
            Worker.job.in_(numbers),
            Attempt.started_at >= Worker.started_at,
            or_(Attempt.last_epoch >= Attempt.first_epoch, Attempt.outcome == RunState.FINISHED),
        )
    )
    return {number for number in rows if number is not None}


def record(session: Session, jobs: Sequence[SeenJob]) -> None:
    """These are all jobs now; tells whoever watches a run whose job has changed."""
    before = {row.number: row for row in session.scalars(select(BatchJob))}
    old = {_shown(row) for row in before.values()}
    new = {_shown(job) for job in jobs}
    now = datetime.now(UTC)
    session.execute(delete(BatchJob))
    if jobs:
        session.execute(
            insert(BatchJob),
            [
                {
                    "number": job.number,
                    "devices": job.devices,
                    "state": job.state[:32],
                    "reason": job.reason,
                    "run_id": job.run_id,
                    "seen_at": now,
                }
                for job in jobs
            ],
        )
    changed = {run_id for run_id, *_ in old ^ new if run_id is not None}
    for run in session.scalars(select(Run).where(Run.id.in_(changed), Run.deleted_at.is_(None))):
        announce(session, run)


def _shown(job: SeenJob | BatchJob) -> tuple[int | None, str, str, str]:
    return job.run_id, job.number, job.state, job.reason


def listing(session: Session) -> list[BatchJobRow]:
    """The jobs that were seen of late, those that run behind those that wait."""
    rows = session.execute(
        select(BatchJob, Run.name)
        .outerjoin(Run, Run.id == BatchJob.run_id)
        .where(BatchJob.seen_at > datetime.now(UTC) - NEWS)
        .order_by(BatchJob.state != PENDING, BatchJob.number)
    )
    return [
        {
            "number": job.number,
            "devices": job.devices,
            "state": job.state,
            "reason": job.reason,
            "run_id": job.run_id,
            "run_name": name,
            "seen_at": job.seen_at,
        }
        for job, name in rows
    ]


def pending(session: Session, now: datetime | None = None) -> int:
    """How many jobs wait for their turn."""
    query = select(func.count()).select_from(BatchJob)
    since = (now or datetime.now(UTC)) - NEWS
    return session.scalar(query.where(BatchJob.state == PENDING, BatchJob.seen_at > since)) or 0


def of_runs(
    session: Session, running: Mapping[int, str | None], queued: Collection[int]
) -> dict[int, RunJob]:
    """The job that trains each of these runs (`running`: run -> worker), or that is to train it."""
    jobs: dict[int, RunJob] = {}
    if running:
        named = set(filter(None, running.values()))
        query = select(Worker.name, Worker.job).where(
            Worker.name.in_(named), Worker.job.is_not(None)
        )
        numbers = dict(session.execute(query).all())
        for run_id, worker in running.items():
            if number := numbers.get(worker or ""):
                jobs[run_id] = {"number": number, "state": "RUNNING", "reason": ""}
    if queued:
        since = datetime.now(UTC) - NEWS
        query_jobs = select(BatchJob).where(BatchJob.run_id.in_(queued), BatchJob.seen_at > since)
        for job in session.scalars(query_jobs):
            jobs[job.run_id or 0] = {
                "number": job.number,
                "state": job.state,
                "reason": job.reason,
            }
    return jobs
