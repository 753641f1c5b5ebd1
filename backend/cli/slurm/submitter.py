"""One round after the other: look at queue and jobs, submit, cancel, note down what squeue says."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import replace

from sqlalchemy.exc import SQLAlchemyError

from backend.cli.slurm.commands import Slurm, SlurmError
from backend.cli.slurm.plan import plan
from backend.store import batch_jobs
from backend.store.batch_jobs import SeenJob, Waiting
from backend.store.database import Database
from backend.store.errors import Unreachable

log = logging.getLogger("ols.slurm")

FRUITLESS = 3  # jobs in a row that trained nothing, after which the next one has to wait
LONGEST = 600.0  # seconds that it waits at most


class Submitter:
    """At most `most` jobs of this lab at a time. What it knows survives it: in Slurm."""

    def __init__(
        self,
        database: Database,
        slurm: Slurm,
        most: int,
        every: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.database = database
        self.slurm = slurm
        self.most = most
        self.every = every
        self._clock = clock
        self._seen: set[str] = set()  # jobs of the last round
        self._surplus: set[str] = set()  # pending jobs that nothing needed in the last round
        self._fruitless = 0
        self._not_before = 0.0
        self._too_large: set[int] = set()  # runs that were warned of

    def work(self, stop: threading.Event) -> None:
        """Until `stop`; what fails is said and tried again in the next round."""
        while not stop.is_set():
            try:
                self.round()
            except SlurmError as error:
                log.warning("%s; trying again in %g s", error, self.every)
            except (SQLAlchemyError, Unreachable) as error:
                log.warning("the database is away: %s", getattr(error, "orig", None) or error)
            stop.wait(self.every)

    def round(self) -> None:
        """Raises SlurmError, and the database's errors."""
        jobs = self.slurm.jobs()
        with self.database.read() as session:
            waiting = batch_jobs.waiting_runs(session)
            free = batch_jobs.free_devices(session, [job.number for job in jobs])
            gone = self._seen - {job.number for job in jobs}
            fruitful = batch_jobs.trained(session, gone)
        self._judge(gone, fruitful, anything=bool(waiting))
        todo = plan(self._fitting(waiting), jobs, free, self.most)
        # What nothing needed twice is cancelled: it may have waited for long, and a run that is
        # handed back is queued again at once.
        cancelled = [number for number in todo.cancel if number in self._surplus]
        self._surplus = set(todo.cancel)
        jobs = [replace(job, run_id=todo.runs.get(job.number)) for job in jobs]
        self._seen = {job.number for job in jobs} - set(cancelled)
        try:
            self._cancel(cancelled)
            jobs = [job for job in jobs if job.number not in cancelled]
            for run in self._allowed(todo.submit):
                jobs.append(self._submit(run))
        finally:  # should Slurm refuse one of them, the pages still show what is there
            with self.database.write() as session:
                batch_jobs.record(session, jobs)

    def _allowed(self, runs: list[Waiting]) -> list[Waiting]:
        """All of them; after jobs that trained nothing one at a time, and later."""
        if self._fruitless < FRUITLESS:
            return runs
        return runs[:1] if self._clock() >= self._not_before else []

    def _fitting(self, waiting: list[Waiting]) -> list[Waiting]:
        """Those that the template has jobs for."""
        if self.slurm.template.sized:
            return waiting
        for run in waiting:
            if run.devices > 1 and run.run_id not in self._too_large:
                self._too_large.add(run.run_id)
                log.warning(
                    "run %d needs %d devices, for which the template has no place: write {devices} "
                    "in an #SBATCH line, such as --gres=gpu:{devices}",
                    run.run_id,
                    run.devices,
                )
        return [run for run in waiting if run.devices == 1]

    def _judge(self, gone: set[str], fruitful: set[str], *, anything: bool) -> None:
        """A template that fails at once must not fill the cluster with jobs."""
        if fruitful or not anything:
            self._fruitless, self._not_before = 0, 0.0
        self._fruitless += len(gone - fruitful) if anything else 0
        if gone - fruitful and self._fruitless >= FRUITLESS:
            pause = min(LONGEST, self.every * 2 ** (self._fruitless - FRUITLESS + 1))
            self._not_before = self._clock() + pause
            log.warning(
                "the last %d jobs trained no epoch; their output says why. The next one is "
                "submitted in %g s",
                self._fruitless,
                pause,
            )

    def _cancel(self, numbers: list[str]) -> None:
        self.slurm.cancel(numbers)
        for number in numbers:
            log.info("job %s is cancelled: no queued run needs it", number)

    def _submit(self, run: Waiting) -> SeenJob:
        job = replace(self.slurm.submit(run.devices), run_id=run.run_id)
        self._seen.add(job.number)
        devices = f"{run.devices} device{'s' if run.devices > 1 else ''}"
        log.info("job %s is submitted for run %d, with %s", job.number, run.run_id, devices)
        return job
