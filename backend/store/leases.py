"""The leases of running runs, and which have ended by this process's own clock.

A lease ends when it has not been renewed for its length. What counts is whether it changed, timed
by this process's monotonic clock: the wall clocks of several machines need not agree,
and one that jumps neither ends a lease nor keeps one alive.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from backend.core.run_states import RunSource, RunState
from backend.store import claims
from backend.store.database import Database
from backend.store.tables import Run


@dataclass(frozen=True)
class Lease:
    """A running run's lease as it was seen; each renewal makes another one of it."""

    attempt: int
    expires_at: datetime | None


class LeaseWatch:
    """Looks again and again; `seconds` is a lease's length.

    A lease that has not changed may belong to a worker that could not write either (SQLite lets one
    write at a time). So one ends only after this watch itself could write at once for a third of a
    lease, in which its worker would have come through as well.
    """

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.seconds = seconds
        self._clock = clock
        self._since: dict[int, tuple[Lease, float]] = {}  # run -> its lease, when it was new
        self._looked = clock()
        self._writable_since: float | None = None

    def ended(self, leases: Mapping[int, Lease]) -> dict[int, Lease]:
        """Those of `leases`, the present ones, that have stayed as they are for too long."""
        now = self._clock()
        if now - self._looked > self.seconds / 2:
            # The database was away, or this machine asleep: nobody could renew, so all begin anew.
            self._since.clear()
        self._looked = now
        since = self._since
        self._since = {
            run_id: since[run_id] if run_id in since and since[run_id][0] == lease else (lease, now)
            for run_id, lease in leases.items()
        }
        return self._older_than(self.seconds)

    def release(self, database: Database) -> list[int]:
        """Takes runs from workers that stopped responding; their ids. Several may try at once."""
        with database.read() as session:
            leases = held_leases(session)
        ended = self.ended(leases)
        if not self._older_than(self.seconds / 2):
            self._writable_since = None
            return []
        began = self._clock()
        try:
            with database.write() as session:
                session.connection()  # SQLite waits here while somebody else writes
                if not self._writes_for_long(began):
                    return []
                return [run_id for run_id, lease in ended.items() if expire(session, run_id, lease)]
        except OperationalError:
            self._begin_anew()
            raise

    def _writes_for_long(self, began: float) -> bool:
        """Whether writes have gone through at once for a third of a lease, this one too."""
        now = self._clock()
        if now - began > self.seconds / 6:
            self._begin_anew()  # those who renew have waited as long
            return False
        if self._writable_since is None:
            self._writable_since = now
        return now - self._writable_since >= self.seconds / 3

    def _begin_anew(self) -> None:
        self._since.clear()
        self._writable_since = None

    def _older_than(self, seconds: float) -> dict[int, Lease]:
        return {
            run_id: lease
            for run_id, (lease, since) in self._since.items()
            if self._looked - since > seconds
        }


def held_leases(session: Session) -> dict[int, Lease]:
    """The lease of each running run that a worker has, in the order of their ids."""
    ours = (Run.state == RunState.RUNNING, Run.source == RunSource.TRAINED)
    query = select(Run.id, Run.attempt, Run.lease_expires_at).where(*ours)
    rows = session.execute(query.order_by(Run.id))
    return {row.id: Lease(row.attempt, row.lease_expires_at) for row in rows}


def expire(session: Session, run_id: int, lease: Lease) -> bool:
    """running -> queued: the worker stopped responding. False: the lease was renewed meanwhile."""
    where = [
        Run.id == run_id,
        Run.state == RunState.RUNNING,
        Run.attempt == lease.attempt,
        Run.lease_expires_at == lease.expires_at,
    ]
    return claims.release(session, where, "lost", "The worker stopped responding.")
