"""A migrated database in a fresh data folder, claimed runs, and real worker processes."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from backend.core.settings import Settings
from backend.store.database import Database, connect
from tests.support.lab import Lab
from tests.worker.process import Process


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
def lab(config: Settings, database: Database) -> Iterator[Lab]:
    lab = Lab(config, database)
    yield lab
    lab.close()


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
