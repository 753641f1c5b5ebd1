"""A private PostgreSQL cluster with a migrated database, and the application on it.

Named as the fixtures of tests/backend, so that its tests run here as they are.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from backend.core.settings import Settings
from backend.store.database import Database, connect, migrate
from backend.store.tables import Base
from tests.backend.conftest import client  # noqa: F401
from tests.support.servers import NotInstalledError, PostgreSQL


@pytest.fixture(scope="session")
def server() -> Iterator[PostgreSQL]:
    """A running server, its databases still empty."""
    try:
        server = PostgreSQL()
    except NotInstalledError as missing:
        pytest.skip(str(missing))
    try:
        server.start()
        yield server
    finally:
        server.close()


@pytest.fixture(scope="session")
def cluster(server: PostgreSQL) -> str:
    """URL of a migrated database."""
    migrate(server.url)
    return server.url


@pytest.fixture
def empty_url(server: PostgreSQL) -> str:
    """URL of a database without tables."""
    return server.new_database()


@pytest.fixture
def database(cluster: str) -> Iterator[Database]:
    """The cluster's database, emptied, its ids starting anew."""
    database = connect(cluster, check=True)
    tables = ", ".join(table.name for table in Base.metadata.sorted_tables)
    with database.write() as session:
        session.execute(text(f"TRUNCATE {tables} RESTART IDENTITY CASCADE"))
    yield database
    database.dispose()


@pytest.fixture
def config(cluster: str, tmp_path: Path) -> Settings:
    """Settings of a lab on the cluster's database."""
    return Settings(_env_file=None, data_dir=tmp_path, database_url=cluster)
