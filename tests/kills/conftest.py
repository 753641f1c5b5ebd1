"""Workers, web processes and servers to kill, and what a run looks like when nobody does."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from backend.settings import Settings
from backend.store import metrics
from backend.store.database import connect, migrate
from ols.spec import RunSpec
from ols.trainer import Trainer
from tests.servers import NotInstalledError, PostgreSQL, RedisServer, free_port
from tests.worker.conftest import Lab, is_final
from tests.worker.process import ROOT

LEASE = 3.0
TIMES = {"epoch_seconds", "images_per_second"}
SPEC: dict[str, Any] = {"method": "ols", "dataset": "digits", "epochs": 24, "seed": 3}

Series = dict[str, list[float]]


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
        """`python -m backend` and a client for it."""
        with (self.config.data_dir / "web.log").open("ab") as log:
            self.web = subprocess.Popen(
                [sys.executable, "-m", "backend"],
                cwd=ROOT,
                env=os.environ | {"OLS_DATA_DIR": str(self.config.data_dir)} | self.environment,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        client = httpx.Client(base_url=f"http://127.0.0.1:{self.config.port}", timeout=30)
        for _ in range(200):
            try:
                client.get("/healthz")
                break
            except httpx.TransportError:
                time.sleep(0.05)
        return client

    def holder(self, run_id: int) -> subprocess.Popen[bytes]:
        """The worker process that holds the run."""
        number = int(self.run(run_id)["worker"].rpartition(":")[2])
        return next(worker for worker in self.workers if worker.pid == number)

    def trainer_of(self, worker: subprocess.Popen[bytes]) -> psutil.Process:
        """The one trainer of a worker."""
        mine = psutil.Process(worker.pid).children()
        (trainer,) = (p for p in mine if "worker.trainer_process" in p.cmdline())
        return trainer

    def until_epoch(self, run_id: int, epoch: int) -> None:
        self.wait(run_id, lambda run: run["progress"]["epoch"] >= epoch, 60)

    def until_final(self, *run_ids: int, seconds: float = 90) -> None:
        for run_id in run_ids:
            self.wait(run_id, is_final, seconds)

    def close(self) -> None:
        for worker in self.workers:
            if worker.poll() is None:
                worker.kill()  # in good order is tested elsewhere; this takes no time
                worker.wait()
        if self.web is not None and self.web.poll() is None:
            self.web.kill()
            self.web.wait()
        deadline = time.monotonic() + 10
        while self.trainers() and time.monotonic() < deadline:
            time.sleep(0.1)
        self.database.dispose()


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Series:
    """The metrics of SPEC without worker, database or kill."""
    folder = tmp_path_factory.mktemp("undisturbed")
    reports = list(Trainer(RunSpec.parse(SPEC), data_dir=folder, threads=1))
    names = reports[0].metrics.keys() - TIMES
    return {name: [report.metrics[name] for report in reports] for name in names}


@pytest.fixture(scope="module")
def servers() -> Iterator[tuple[PostgreSQL, RedisServer]]:
    try:
        postgres, redis = PostgreSQL(), RedisServer()
    except NotInstalledError as missing:
        pytest.skip(str(missing))
    postgres.start()
    redis.start()
    yield postgres, redis
    redis.close()
    postgres.close()


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="ols-kills-", ignore_cleanup_errors=True) as path:
        yield Path(path)


@pytest.fixture
def ground(servers: tuple[PostgreSQL, RedisServer], folder: Path) -> Iterator[Ground]:
    """On PostgreSQL and Redis, as several machines would be."""
    postgres, redis = servers
    for server in servers:
        if not server.running:  # a test that failed left it so
            server.start()
    redis.flush()
    config = Settings(
        _env_file=None,
        data_dir=folder,
        database_url=postgres.new_database(),
        broker_url=redis.url,
        trainer_threads=1,
        lease_seconds=LEASE,
        port=free_port(),
    )
    migrate(config.database_url)
    ground = Ground(config, postgres, redis)
    yield ground
    ground.close()


@pytest.fixture
def embedded(folder: Path) -> Iterator[Ground]:
    """On the default: SQLite and a folder as the queue."""
    config = Settings(
        _env_file=None,
        data_dir=folder,
        trainer_threads=1,
        lease_seconds=LEASE,
        port=free_port(),
    )
    migrate(config.resolved_database_url)
    ground = Ground(config, None, None)
    yield ground
    ground.close()


@pytest.fixture
def as_if_undisturbed(undisturbed: Series) -> Callable[..., None]:
    """Asserts that runs finished once, bit for bit as without a kill, and left no process."""

    def check(ground: Ground, *run_ids: int) -> None:
        for run_id in run_ids:
            run = ground.run(run_id)
            assert run["state"] == "finished", run["error"]
            with ground.database.read() as session:
                series = metrics.series(session, run_id)
            assert series["epochs"] == list(range(1, SPEC["epochs"] + 1)), "each epoch once"
            values = {name: v for name, v in series["values"].items() if name not in TIMES}
            assert values == undisturbed, f"run {run_id} is not what it would have been"
            outcomes = [attempt["outcome"] for attempt in ground.attempts(run_id)]
            assert outcomes.count("finished") == 1, outcomes
            assert None not in outcomes, "no attempt is left open"
        assert not ground.trainers(), "an orphan"

    return check
