"""What no move of a run's state tells of: stale loops, no worker, a full disk, an experiment's end.

Each look is a few reads; a write follows only where something has changed. Several processes may
look at once (backend.store.alerts).
"""

from __future__ import annotations

import os
import shutil
import socket
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from backend.core.notice_kinds import NoticeKind
from backend.core.run_states import RunSource, RunState
from backend.core.settings import Settings
from backend.store import alerts, batch_jobs, experiment_notices, notices
from backend.store.database import Database
from backend.store.jsonable import iso
from backend.store.tables import Run, Worker
from backend.store.workers import ONLINE

ENOUGH = 1.2  # of the free bytes at which a disk is nearly full: then it is not any more
AT_ONCE = 500  # stale runs in one look


def look(database: Database, config: Settings, now: datetime) -> None:
    """Looks at all of it once."""
    _experiments(database)
    _stale(database, now)
    _workers(database, config, now)
    _disk(database, config)


def _experiments(database: Database) -> None:
    with database.read() as session:
        news = experiment_notices.with_news(session)
    for experiment_id in news:
        with database.write() as session:
            experiment_notices.gather(session, experiment_id)


def _stale(database: Database, now: datetime) -> None:
    stale = (
        Run.state == RunState.RUNNING,
        Run.source == RunSource.LOGGED,
        Run.deleted_at.is_(None),
        Run.stale_at <= now,
    )
    with database.read() as session:
        told = {subject for _, subject in alerts.lasting(session, [NoticeKind.STALE])}
        ids = list(session.scalars(select(Run.id).where(*stale).order_by(Run.id)))
    new = [run_id for run_id in ids if str(run_id) not in told][:AT_ONCE]
    over = told - set(map(str, ids))
    if not (new or over):
        return
    with database.write() as session:
        alerts.end(session, NoticeKind.STALE, *over)
        for run in session.scalars(select(Run).where(*stale, Run.id.in_(new))):
            if alerts.begin(session, NoticeKind.STALE, str(run.id)):
                data = {**notices.facts(run), "heard_at": iso(run.heard_at)}
                notices.append(session, NoticeKind.STALE, data, run_id=run.id)


def _workers(database: Database, config: Settings, now: datetime) -> None:
    patience = timedelta(minutes=config.notify_no_worker_minutes)
    with database.read() as session:
        lasts = bool(alerts.lasting(session, [NoticeKind.NO_WORKER]))
        queued, since = _queue(session)
        heard_at = session.scalar(select(func.max(Worker.heartbeat_at)))
        # Between two of Slurm's jobs there is no worker, and nothing is wrong.
        coming = batch_jobs.pending(session, now) > 0
    online = coming or (heard_at is not None and heard_at > now - ONLINE)
    if lasts and (online or not queued):
        with database.write() as session:
            alerts.end(session, NoticeKind.NO_WORKER, "")
    late = since is not None and since <= now - patience
    if lasts or coming or not (patience and late) or (heard_at and heard_at > now - patience):
        return
    with database.write() as session:
        if alerts.begin(session, NoticeKind.NO_WORKER):
            data = {"queued": queued, "heard_at": iso(heard_at)}
            notices.append(session, NoticeKind.NO_WORKER, data)


def _queue(session: Session) -> tuple[int, datetime | None]:
    """How many runs wait for a worker, and since when the first one does."""
    waiting = (Run.state == RunState.QUEUED, Run.deleted_at.is_(None))
    row = session.execute(select(func.count(), func.min(Run.queued_at)).where(*waiting)).one()
    return row[0], row[1]


def _disk(database: Database, config: Settings) -> None:
    least = config.notify_disk_gb * 1e9
    if not least:
        return
    folder = config.data_dir
    usage, disk = shutil.disk_usage(folder), os.statvfs(folder)
    subject = f"{disk.f_fsid:x}-{usage.total}"  # the same for all processes that share the disk
    with database.read() as session:
        lasts = (NoticeKind.DISK, subject) in alerts.lasting(session, [NoticeKind.DISK])
    if lasts and usage.free > ENOUGH * least:
        with database.write() as session:
            alerts.end(session, NoticeKind.DISK, subject)
    if lasts or usage.free >= least:
        return
    with database.write() as session:
        if alerts.begin(session, NoticeKind.DISK, subject):
            data = {"free": usage.free, "host": socket.gethostname(), "folder": str(folder)}
            notices.append(session, NoticeKind.DISK, data)
