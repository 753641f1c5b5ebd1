"""A data folder with runs, and real workers on it."""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil

from backend.core.celery_queue import nudge
from backend.core.run_states import FINAL
from backend.core.settings import Settings
from backend.schemas.runs import AttemptRow, RunDetail
from backend.store import attempts, claims, metrics, requests, runs
from backend.store.claims import Claim
from backend.store.database import Database
from ols.spec.run_spec import RunSpec
from tests.support.measured import Series, without_times
from tests.support.processes import WORKER, end, environment, start
from tests.support.waiting import wait_until
from worker.machine.slots import Slot
from worker.supervisor import Supervisor
from worker.trainer import template
from worker.trainer.forking import Forks

TRAINERS = {"worker.trainer.process", "worker.trainer.rank"}


class Lab:
    """What the tests do to a data folder: submit, start workers, wait, look."""

    def __init__(self, config: Settings, database: Database) -> None:
        self.config = config
        self.database = database
        self.worker = WORKER  # the command
        self.nudges = 1  # that follow a submission
        self.workers: list[subprocess.Popen[bytes]] = []
        self.forks: Forks | None = None  # of this process; where none, trainers start by themselves

    @property
    def log(self) -> Path:
        """What all its workers write."""
        return self.config.data_dir / "worker.log"

    def submit(self, **spec: Any) -> int:
        """A queued run; nudges as the API does. In fp32, as the library: `auto` may be bf16."""
        fields = {"method": "ols", "dataset": "digits", "epochs": 3, "precision": "fp32", **spec}
        with self.database.write() as session:
            run_id = requests.submit(session, name=None, tags=[], spec=RunSpec.parse(fields)).id
        for _ in range(self.nudges):
            nudge(self.config)
        return run_id

    def claim(self, **spec: Any) -> Claim:
        """A run that this process holds, as a worker would."""
        self.submit(**spec)
        return self.claim_queued(spec.get("devices", 1))

    def claim_queued(self, devices: int = 1) -> Claim:
        """The same of a run that is queued already."""
        with self.database.write() as session:
            claim = claims.claim_next(
                session, worker="test", slot=0, lease_seconds=30, free=devices
            )
        assert claim is not None
        return claim

    def train(self, claim: Claim) -> RunDetail:
        """The run when a supervisor in this process has trained it to its end."""
        supervisor = Supervisor(self.config, self.database, claim, threading.Event(), self.forks)
        supervisor.supervise([Slot(0, None, "CPU")])
        return self.run(claim.run_id)

    def attempts(self, run_id: int) -> list[AttemptRow]:
        """The run's attempts, the first one first."""
        with self.database.read() as session:
            return attempts.listing(session, run_id)[::-1]

    def run(self, run_id: int) -> RunDetail:
        with self.database.read() as session:
            return runs.get(session, run_id)

    def recorded(self, run_id: int) -> tuple[list[int], Series]:
        """The run's epochs and its metrics, as `measured.directly` gives them."""
        with self.database.read() as session:
            series = metrics.series(session, run_id)
        return series["epochs"], without_times(series["values"])

    def wait(self, run_id: int, good: Callable[[RunDetail], bool]) -> None:
        """Until `good(run)`; fails with the run's state and the workers' logs."""
        wait_until(lambda: good(self.run(run_id)), otherwise=lambda: self._story(run_id))

    def _story(self, run_id: int) -> str:
        log = self.log
        tail = log.read_text(errors="replace")[-3000:] if log.exists() else "no worker was started"
        return f"{self.run(run_id)}\n{tail}"

    def start_worker(self, **env: str) -> subprocess.Popen[bytes]:
        """A worker on this data folder."""
        settings = {"OLS_TRAINER_THREADS": "1", "OLS_LEASE_SECONDS": "5"} | env
        env = environment(self.config.data_dir, **settings)
        process = start(self.worker, self.log, env, trains=True)
        self.workers.append(process)
        return process

    def trainers(self) -> list[psutil.Process]:
        """Trainer processes of this data folder's runs, whoever their parent is now."""
        found = []
        for process in psutil.process_iter():
            try:
                if is_trainer(process) and any(
                    str(self.config.data_dir) in file.path for file in process.open_files()
                ):
                    found.append(process)
            except psutil.Error:
                continue
        return found

    def close(self) -> None:
        for worker in self.workers:
            end(worker)


def is_trainer(process: psutil.Process) -> bool:
    """A trainer, forked from a template or a process of its own, or a rank of one."""
    words = set(process.cmdline())
    if template.__name__ not in words:
        return bool(TRAINERS & words)
    try:  # a forked one has its template's command line and session, and leads a group of its own
        return os.getpgid(process.pid) == process.pid != os.getsid(process.pid)
    except ProcessLookupError:
        return False


def is_final(run: RunDetail) -> bool:
    return run["state"] in FINAL
