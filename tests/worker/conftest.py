"""A migrated database in a fresh data folder, claimed runs, and real worker processes."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from backend.core.settings import Settings
from backend.store.database import Database, connect
from tests.support import warm
from tests.support.lab import Lab
from tests.worker.process import Process
from worker.trainer import forking
from worker.trainer.forking import Forks


@pytest.fixture
def config(migrated: Path, tmp_path: Path) -> Settings:
    """Settings of a fresh data folder with a migrated database, one trainer thread."""
    shutil.copy(migrated, tmp_path / "ols.sqlite3")
    return Settings(_env_file=None, data_dir=tmp_path, trainer_threads=1, lease_seconds=5)


@pytest.fixture
def database(config: Settings) -> Iterator[Database]:
    database = connect(config.resolved_database_url)
    yield database
    database.dispose()


@pytest.fixture
def lab(config: Settings, database: Database, forks: Forks) -> Iterator[Lab]:
    lab = Lab(config, database)
    lab.forks = forks
    yield lab
    lab.close()


@pytest.fixture
def forks(monkeypatch: pytest.MonkeyPatch) -> Iterator[Forks]:
    """For supervisors in this process: their trainers come from a template of the nursery's."""
    monkeypatch.setattr(forking, "launch", warm.launch)
    forks = Forks()
    yield forks
    forks.close()


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
