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

# TRUNCATE makes a new file for each table and index, which takes fifteen times as long.
_TABLES = ",".join(table.name for table in Base.metadata.sorted_tables)
EMPTY = f"""
DO $$
DECLARE name text;
BEGIN
    SET LOCAL session_replication_role = replica; -- in whatever order they refer to each other
    FOREACH name IN ARRAY '{{{_TABLES}}}'::text[]
    LOOP EXECUTE 'DELETE FROM ' || name; END LOOP;
    FOR name IN SELECT quote_ident(sequencename) FROM pg_sequences WHERE last_value IS NOT NULL
    LOOP EXECUTE 'ALTER SEQUENCE ' || name || ' RESTART'; END LOOP;
END $$
"""


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


@pytest.fixture(scope="session")
def _connected(cluster: str) -> Iterator[Database]:
    """One for all tests: SQLAlchemy compiles each statement once per engine."""
    database = connect(cluster, check=True)
    yield database
    database.dispose()


@pytest.fixture
def database(_connected: Database) -> Database:
    """The cluster's database, emptied, its ids starting anew."""
    with _connected.write() as session:
        session.execute(text(EMPTY))
    return _connected


@pytest.fixture
def config(cluster: str, tmp_path: Path) -> Settings:
    """Settings of a lab on the cluster's database."""
    return Settings(_env_file=None, data_dir=tmp_path, database_url=cluster)
