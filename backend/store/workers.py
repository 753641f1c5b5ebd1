"""Workers: their heartbeats, and the list of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from backend.schemas.workers import ReportedSlot, WorkerDetail, WorkerSlot
from backend.store.errors import NotFound
from backend.store.tables import Run, Worker
from backend.store.upsert import upsert

ONLINE = timedelta(seconds=15)  # a heartbeat older than this: the worker has gone
FORGOTTEN = timedelta(days=1)  # a worker that has not reported for this long leaves the list


def heartbeat(
    session: Session,
    *,
    name: str,
    host: str,
    pid: int,
    slots: Sequence[Mapping[str, Any]],
    datasets: Mapping[str, Any],
    versions: Mapping[str, str],
    started_at: datetime,
    problem: str | None = None,
    job: str | None = None,
) -> None:
    """Says that a worker lives, what it has and does, and what keeps it from claiming runs.

    `job`: Slurm's number of the job that it is.
    """
    row = {
        "name": name,
        "host": host,
        "pid": pid,
        "slots": [dict(slot) for slot in slots],
        "datasets": dict(datasets),
        "versions": dict(versions),
        "started_at": started_at,
        "heartbeat_at": datetime.now(UTC),
        "stopped_at": None,
        "problem": problem,
        "job": job,
    }
    upsert(session, Worker, [row])


def stopped(session: Session, name: str) -> None:
    """Says that a worker has ended in good order."""
    session.execute(
        update(Worker).where(Worker.name == name).values(stopped_at=datetime.now(UTC), slots=[])
    )


def drain(session: Session, name: str, draining: bool) -> None:
    """Lets a worker claim nothing more, or claim again. Raises NotFound."""
    row = session.execute(
        update(Worker).where(Worker.name == name).values(draining=draining).returning(Worker.name)
    ).one_or_none()
    if row is None:
        raise NotFound(f"There is no worker {name!r}.")


def arrived(session: Session, name: str) -> None:
    """A worker has started: what was wished of one with its name before does not bind it."""
    session.execute(update(Worker).where(Worker.name == name).values(draining=False))


def listing(session: Session) -> list[WorkerDetail]:
    """Workers as JSON, those online first. A slot's `run_name` is its current run's."""
    now = datetime.now(UTC)
    rows = session.scalars(
        select(Worker).where(Worker.heartbeat_at > now - FORGOTTEN).order_by(Worker.name)
    ).all()
    ids = [slot["run_id"] for row in rows for slot in row.slots if slot.get("run_id")]
    names = (
        dict(session.execute(select(Run.id, Run.name).where(Run.id.in_(ids))).all()) if ids else {}
    )
    workers = [_worker_json(row, names, now) for row in rows]
    return sorted(workers, key=lambda worker: not worker["online"])


def online_count(session: Session) -> int:
    """How many workers are online."""
    since = datetime.now(UTC) - ONLINE
    return (
        session.scalar(
            select(func.count())
            .select_from(Worker)
            .where(Worker.heartbeat_at > since, Worker.stopped_at.is_(None))
        )
        or 0
    )


@dataclass(frozen=True)
class Online:
    """What a worker that is online can train."""

    name: str
    draining: bool
    slots: int
    devices: int  # the most that one run can get
    datasets: Mapping[str, Any]  # name -> {"available", "detail"}
    problem: str | None = None  # why it claims nothing

    @property
    def claims(self) -> bool:
        """Whether it takes queued runs now."""
        return not self.draining and not self.problem

    def has(self, dataset: str) -> bool:
        """Whether it says so; one that says nothing is not known to."""
        return bool(self.datasets.get(dataset, {}).get("available"))


def online(session: Session) -> list[Online]:
    """The workers that are online."""
    since = datetime.now(UTC) - ONLINE
    rows = session.execute(
        select(Worker.name, Worker.draining, Worker.slots, Worker.datasets, Worker.problem).where(
            Worker.heartbeat_at > since, Worker.stopped_at.is_(None)
        )
    )
    return [
        Online(
            row.name,
            row.draining,
            len(row.slots),
            devices_of(row.slots),
            row.datasets,
            row.problem,
        )
        for row in rows
    ]


def versions_online(session: Session) -> dict[str, dict[str, str]]:
    """What each worker that is online says it runs, by name."""
    since = datetime.now(UTC) - ONLINE
    rows = session.execute(
        select(Worker.name, Worker.versions).where(
            Worker.heartbeat_at > since, Worker.stopped_at.is_(None)
        )
    )
    return {row.name: row.versions for row in rows}


def devices_of(slots: Sequence[ReportedSlot]) -> int:
    """The most that one run can get: a GPU counts once, however many slots it has; without one
    every slot is a device. Parts of GPUs (MIG) don't train together."""
    gpus = {slot["device"] for slot in slots if slot["device"] != "cpu"}
    if any(device.startswith("cuda:MIG-") for device in gpus):
        return 1
    return len(gpus) or len(slots)


def forget(session: Session) -> None:
    """Removes workers that have not reported for a day."""
    session.execute(delete(Worker).where(Worker.heartbeat_at < datetime.now(UTC) - FORGOTTEN))


def _worker_json(row: Worker, names: Mapping[int, str], now: datetime) -> WorkerDetail:
    online = row.stopped_at is None and row.heartbeat_at > now - ONLINE
    reported: list[ReportedSlot] = row.slots
    slots: list[WorkerSlot] = [
        {**slot, "run_name": names.get(slot["run_id"] or 0)} for slot in reported
    ]
    return {
        "name": row.name,
        "host": row.host,
        "pid": row.pid,
        "online": online,
        "draining": row.draining,
        "slots": slots,
        "datasets": row.datasets,
        "versions": row.versions,
        "started_at": row.started_at,
        "heartbeat_at": row.heartbeat_at,
        "heartbeat_age_seconds": max(0.0, (now - row.heartbeat_at).total_seconds()),
        "stopped_at": row.stopped_at,
        "problem": row.problem,
        "job": row.job,
    }
