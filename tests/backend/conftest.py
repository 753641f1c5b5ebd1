"""A really migrated database for every test, and the application on it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from backend.core.settings import Settings
from backend.store.database import Database, connect
from tests.backend.contract import TestClient

ADDRESS = "http://127.0.0.1:8000"


@pytest.fixture
def config(migrated: Path, tmp_path: Path) -> Settings:
    """Settings whose data folder holds a fresh migrated database."""
    shutil.copy(migrated, tmp_path / "ols.sqlite3")
    return Settings(_env_file=None, data_dir=tmp_path)


@pytest.fixture
def database(config: Settings) -> Iterator[Database]:
    """A fresh migrated database."""
    database = connect(config.resolved_database_url)
    yield database
    database.dispose()


@pytest.fixture
def client(config: Settings) -> Iterator[TestClient]:
    """The whole application, with its middleware."""
    from backend.app import create_app  # only here: the store's tests need no pages

    with TestClient(create_app(config), base_url=ADDRESS) as client:
        yield client
