"""A migrated database in a fresh data folder, claimed runs, and real worker processes."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from backend.core.celery_queue import nudge
from backend.core.run_states import FINAL
from backend.core.settings import Settings
from backend.store import attempts, claims, requests, runs
from backend.store.claims import Claim
from backend.store.database import Database, connect, migrate
from ols.spec.run_spec import RunSpec
from tests.worker.process import ROOT, Process

WORKER = (sys.executable, "-m", "celery", "-A", "worker.app", "worker")
TRAINERS = {"worker.trainer.process", "worker.trainer.rank"}


@pytest.fixture
def config(tmp_path: Path) -> Settings:
    """Settings of a fresh data folder, one trainer thread."""
    settings = Settings(_env_file=None, data_dir=tmp_path, trainer_threads=1, lease_seconds=5)
    migrate(settings.resolved_database_url)
    return settings


@pytest.fixture
def database(config: Settings) -> Iterator[Database]:
    database = connect(config.resolved_database_url)
    yield database
    database.dispose()


class Lab:
    """What the tests do to a data folder: submit, start workers, wait, look."""

    def __init__(self, config: Settings, database: Database) -> None:
        self.config = config
        self.database = database
        self.workers: list[subprocess.Popen[bytes]] = []

    def submit(self, **spec: Any) -> int:
        """A queued run; nudges as the API does."""
        fields = {"method": "ols", "dataset": "digits", "epochs": 3, **spec}
        with self.database.write() as session:
            run_id = requests.submit(session, name=None, tags=[], spec=RunSpec.parse(fields)).id
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

    def attempts(self, run_id: int) -> list[dict[str, Any]]:
        """The run's attempts, the first one first."""
        with self.database.read() as session:
            return attempts.listing(session, run_id)[::-1]

    def run(self, run_id: int) -> dict[str, Any]:
        with self.database.read() as session:
            return runs.get(session, run_id)

    def wait(self, run_id: int, good: Callable[[dict[str, Any]], bool], seconds: float) -> float:
        """Seconds until `good(run)`; fails with the run's state and the workers' logs."""
        start = time.monotonic()
        while time.monotonic() - start < seconds:
            if good(self.run(run_id)):
                return time.monotonic() - start
            time.sleep(0.05)
        log = (self.config.data_dir / "worker.log").read_text(errors="replace")
        raise AssertionError(f"not within {seconds} s: {self.run(run_id)}\n{log[-3000:]}")

    def start_worker(self, **env: str) -> subprocess.Popen[bytes]:
        """`celery -A worker.app worker`, as docker-compose starts it."""
        with (self.config.data_dir / "worker.log").open("ab") as log:
            process = subprocess.Popen(
                WORKER,
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=os.environ
                | {
                    "OLS_DATA_DIR": str(self.config.data_dir),
                    "OLS_TRAINER_THREADS": "1",
                    "OLS_LEASE_SECONDS": "5",
                }
                | env,
            )
        self.workers.append(process)
        return process

    def trainers(self) -> list[psutil.Process]:
        """Trainer processes of this data folder's runs, whoever their parent is now."""
        found = []
        for process in psutil.process_iter():
            try:
                if TRAINERS & set(process.cmdline()) and any(
                    str(self.config.data_dir) in file.path for file in process.open_files()
                ):
                    found.append(process)
            except psutil.Error:
                continue
        return found

    def close(self) -> None:
        for worker in self.workers:
            if worker.poll() is None:
                worker.terminate()
                try:
                    worker.wait(15)
                except subprocess.TimeoutExpired:
                    worker.kill()


@pytest.fixture
def lab(config: Settings, database: Database) -> Iterator[Lab]:
    lab = Lab(config, database)
    yield lab
    lab.close()


def is_final(run: dict[str, Any]) -> bool:
    return run["state"] in FINAL


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Process]]:
    """Starts a trainer process with these arguments of Python's, for a run on so many devices."""
    started: list[Process] = []

    def start(*arguments: str, devices: int = 1) -> Process:
        started.append(Process([sys.executable, *arguments], tmp_path, devices))
        return started[-1]

    yield start
    for process in started:
        process.end()
