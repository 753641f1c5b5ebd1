"""The store's tests once more, on a private PostgreSQL cluster.

They are the same functions: only the `database` fixture differs.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import text

from backend.store.database import Database, connect, migrate
from backend.store.tables import Base

# Imported names that start with test_ are collected here too.
from tests.backend.store.test_attempts import *  # noqa: F403
from tests.backend.store.test_confused import *  # noqa: F403
from tests.backend.store.test_events import *  # noqa: F403
from tests.backend.store.test_folding import *  # noqa: F403
from tests.backend.store.test_forecast import *  # noqa: F403
from tests.backend.store.test_migrations import test_migrations_lead_to_the_models  # noqa: F401
from tests.backend.store.test_old_databases import *  # noqa: F403
from tests.backend.store.test_purge import *  # noqa: F403
from tests.backend.store.test_recorder import *  # noqa: F403
from tests.backend.store.test_runs import *  # noqa: F403
from tests.backend.store.test_store_queries import *  # noqa: F403
from tests.backend.store.test_transitions import *  # noqa: F403
from tests.backend.store.test_workers import *  # noqa: F403
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


def test_migrating_again_changes_nothing(cluster: str) -> None:
    migrate(cluster)
    connect(cluster, check=True).dispose()


def test_a_reader_cannot_write(database: Database) -> None:
    with database.read() as session, pytest.raises(Exception, match="read-only"):
        session.execute(text("DELETE FROM runs"))
