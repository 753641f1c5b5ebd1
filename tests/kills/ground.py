"""A lab whose parts may be killed, and what a run looks like when nobody does."""

from __future__ import annotations

import os
import signal
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import psutil
from sqlalchemy import select, text

from backend.core.settings import Settings
from backend.store.database import connect, migrate
from backend.store.tables import Run
from tests.support.lab import Lab, is_final, is_trainer
from tests.support.measured import Series
from tests.support.ports import free_port
from tests.support.processes import kill, start_web
from tests.support.servers import PostgreSQL, RedisServer
from tests.support.waiting import PATIENCE, wait_until

LEASE = 3.0
# Long enough to be hit in the middle. Three large steps per epoch cost half of twelve, a narrow
# network half of the usual one.
EPOCHS = 24
SPEC: dict[str, Any] = {
    "method": "ols",
    "dataset": "digits",
    "model": {"name": "small_cnn", "width": 4},
    "epochs": EPOCHS,
    "batch_size": 512,
    "seed": 3,
    "precision": "fp32",  # as the library trains
}


# Of everybody else, on PostgreSQL.
TRANSACTIONS = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND state <> 'idle' AND pid <> pg_backend_pid()
"""


class Ground(Lab):
    """A lab whose parts may be killed: any number of workers, a web process, real servers."""

    def __init__(
        self, config: Settings, postgres: PostgreSQL | None, redis: RedisServer | None
    ) -> None:
        super().__init__(config, connect(config.resolved_database_url))
        self.postgres, self.redis = postgres, redis
        self.web: subprocess.Popen[bytes] | None = None

    def submit(self, **spec: Any) -> int:
        return super().submit(**{**SPEC, **spec})

    @property
    def environment(self) -> dict[str, str]:
        return {
            "OLS_DATABASE_URL": self.config.database_url,
            "OLS_BROKER_URL": self.config.broker_url,
            "OLS_LEASE_SECONDS": str(self.config.lease_seconds),
            "OLS_PORT": str(self.config.port),
        }

    def start_worker(self, **env: str) -> subprocess.Popen[bytes]:
        return super().start_worker(**self.environment | env)

    def start_web(self) -> httpx.Client:
        """A web process on the settings' port, the same each time, and a client for it."""
        web = start_web(self.config.data_dir, **self.environment)
        self.web = web.process
        return httpx.Client(base_url=web.url, timeout=PATIENCE)

    def holder(self, run_id: int) -> subprocess.Popen[bytes]:
        """The worker process that holds the run."""
        number = int((self.run(run_id)["worker"] or "").rpartition(":")[2])
        return next(worker for worker in self.workers if worker.pid == number)

    def trainer_of(self, worker: subprocess.Popen[bytes]) -> psutil.Process:
        """The one trainer of a worker."""
        mine = psutil.Process(worker.pid).children(recursive=True)
        (trainer,) = (process for process in mine if is_trainer(process))
        return trainer

    def freeze(self, worker: subprocess.Popen[bytes]) -> None:
        """Stops a worker between two transactions: the others would wait for its locks."""

        def stopped_between() -> bool:
            os.kill(worker.pid, signal.SIGSTOP)
            with self.database.read() as session:
                between = not session.scalar(text(TRANSACTIONS))
            if not between:
                os.kill(worker.pid, signal.SIGCONT)
            return between

        wait_until(stopped_between)

    def until_epoch(self, run_id: int, epoch: int) -> None:
        """Or later; looks often, and at that number alone, since the run does not wait."""

        def reached() -> bool:
            with self.database.read() as session:
                return session.scalars(select(Run.epoch).where(Run.id == run_id)).one() >= epoch

        wait_until(reached, longest=0.05, otherwise=lambda: self._story(run_id))

    def until_final(self, *run_ids: int) -> None:
        for run_id in run_ids:
            self.wait(run_id, is_final)

    def close(self) -> None:
        for worker in self.workers:
            kill(worker)  # in good order is tested elsewhere; this takes no time
        if self.web is not None:
            kill(self.web)
        with suppress(AssertionError):  # a trainer that lives on is another test's subject
            wait_until(lambda: not self.trainers())
        self.database.dispose()


def settings(folder: Path, database_url: str = "", broker_url: str = "") -> Settings:
    """Of a fresh lab; without addresses on SQLite and a folder."""
    config = Settings(
        _env_file=None,
        data_dir=folder,
        database_url=database_url,
        broker_url=broker_url,
        trainer_threads=1,
        lease_seconds=LEASE,
        port=free_port(),
    )
    migrate(config.resolved_database_url)
    return config


def faults(ground: Ground, run_id: int, undisturbed: Series) -> list[str]:
    """What a run has that one that nobody disturbed has not."""
    run = ground.run(run_id)
    if run["state"] != "finished":
        return [f"run {run_id} is {run['state']}: {run['error']}"]
    epochs, values = ground.recorded(run_id)
    outcomes = [attempt["outcome"] for attempt in ground.attempts(run_id)]
    found = {
        "has an epoch twice or lacks one": epochs != list(range(1, run["progress"]["epochs"] + 1)),
        "has other metrics than undisturbed": values != undisturbed,
        f"finished not just once: {outcomes}": outcomes.count("finished") != 1,
        f"has an open attempt: {outcomes}": None in outcomes,
    }
    return [f"run {run_id} {what}" for what, there in found.items() if there]
