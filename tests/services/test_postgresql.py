"""The store's tests once more, on a private PostgreSQL cluster.

They are the same functions: only the `database` fixture differs.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from backend.store.database import Database, connect, migrate
from backend.store.tables import Base

# Imported names that start with test_ are collected here too.
from tests.backend.test_events import *  # noqa: F403
from tests.backend.test_migrations import test_migrations_lead_to_the_models  # noqa: F401
from tests.backend.test_purge import *  # noqa: F403
from tests.backend.test_recorder import *  # noqa: F403
from tests.backend.test_runs import *  # noqa: F403
from tests.backend.test_store_queries import *  # noqa: F403
from tests.backend.test_transitions import *  # noqa: F403
from tests.backend.test_workers import *  # noqa: F403

pytestmark = pytest.mark.services


def _binaries() -> Path | None:
    """The newest installed PostgreSQL's programs (Debian hides them from PATH)."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), reverse=True)
    on_path = shutil.which("initdb")
    candidates = [*found, *([Path(on_path)] if on_path else [])]
    return candidates[0].parent if candidates else None


def _as_postgres() -> list[str]:
    """PostgreSQL refuses to run as root."""
    return ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]


@pytest.fixture(scope="session")
def cluster() -> Iterator[str]:
    """URL of a running, migrated database."""
    binaries = _binaries()
    if binaries is None:
        pytest.skip("PostgreSQL is not installed: apt-get install postgresql")
    prefix = _as_postgres() if os.geteuid() == 0 else []
    # Not a folder of pytest's: those are root's alone, whatever one grants to another user.
    folder = Path(tempfile.mkdtemp(prefix="ols-postgresql-"))
    if prefix:
        shutil.chown(folder, "postgres", "postgres")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]

    def run(program: str, *arguments: str) -> None:
        subprocess.run(
            [*prefix, str(binaries / program), *arguments],
            check=True,
            cwd="/",
            stdout=subprocess.DEVNULL,
        )

    data = folder / "data"
    run("initdb", "-D", str(data), "-U", "ols", "-A", "trust", "-E", "UTF8", "--no-sync")
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c fsync=off -c unix_socket_directories=''"
    run("pg_ctl", "-D", str(data), "-l", str(folder / "log"), "-w", "-o", options, "start")
    try:
        url = f"postgresql://ols@127.0.0.1:{port}/postgres"
        migrate(url)
        yield url
    finally:
        run("pg_ctl", "-D", str(data), "-m", "immediate", "stop")
        shutil.rmtree(folder)


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
