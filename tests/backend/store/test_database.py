from __future__ import annotations

import threading
from contextlib import suppress
from pathlib import Path

import pytest
from sqlalchemy import text, update
from sqlalchemy.exc import OperationalError, StatementError

from backend.store import runs
from backend.store.database import Database, connect, migrate
from backend.store.errors import SchemaMismatch
from backend.store.tables import Run
from tests.support import factories as make


def test_sqlite_is_set_up_for_several_processes(database: Database) -> None:
    with database.read() as session:
        pragmas = {
            name: session.scalar(text(f"PRAGMA {name}"))
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    assert pragmas == {
        "journal_mode": "wal",
        "synchronous": 1,  # NORMAL
        "foreign_keys": 1,
        "busy_timeout": 15000,
    }


def test_a_write_session_takes_the_write_lock_at_its_beginning(database: Database) -> None:
    with make.counted(database), database.write() as session:
        session.execute(text("SELECT 1"))
        other = connect(str(database.url))
        with other.engine.connect() as connection:
            connection.exec_driver_sql("COMMIT")
            connection.exec_driver_sql("PRAGMA busy_timeout = 1")
            with pytest.raises(OperationalError, match="locked"):
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            connection.exec_driver_sql("BEGIN")
        other.dispose()


def test_an_exception_rolls_a_write_back(database: Database) -> None:
    run_id = make.submit(database)
    with suppress(RuntimeError), database.write() as session:
        runs.edit(session, run_id, {"name": "other"})
        raise RuntimeError
    with database.read() as session:
        assert runs.get(session, run_id)["name"] == "ols digits s0"


def test_a_read_session_commits_nothing(database: Database) -> None:
    run_id = make.submit(database)
    with database.read() as session:
        session.execute(update(Run).where(Run.id == run_id).values(name="other"))
    with database.read() as session:
        assert runs.get(session, run_id)["name"] == "ols digits s0"


def test_readers_see_one_state_while_another_writes(database: Database) -> None:
    run_id = make.submit(database)
    with database.read() as session:
        assert runs.counts(session)["queued"] == 1
        make.claim(database)
        assert runs.get(session, run_id)["state"] == "queued"
    with database.read() as session:
        assert runs.get(session, run_id)["state"] == "running"


def test_nan_does_not_reach_the_database(database: Database) -> None:
    run_id = make.submit(database)
    with pytest.raises(StatementError, match="JSON"), database.write() as session:
        session.execute(update(Run).where(Run.id == run_id).values(info={"a": float("nan")}))


def test_the_folder_is_made_and_an_empty_database_says_what_to_do(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/new/folder 100%/ols.sqlite3"
    with pytest.raises(SchemaMismatch, match="python -m backend migrate"):
        connect(url, check=True)
    migrate(url)
    connect(url, check=True).dispose()


@pytest.mark.parametrize(("found", "advice"), [("0000", "migrate"), ("9999", "newer than")])
def test_another_version_is_refused_with_advice(
    database: Database, found: str, advice: str
) -> None:
    with database.write() as session:
        session.execute(text("UPDATE alembic_version SET version_num = :v"), {"v": found})
    with pytest.raises(SchemaMismatch, match=advice):
        database.require_current()
    if found == "9999":
        with pytest.raises(SchemaMismatch, match=advice):
            migrate(str(database.url))


def test_two_processes_may_migrate_at_once(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/ols.sqlite3"
    errors: list[Exception] = []

    def work() -> None:
        try:
            migrate(url)
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    connect(url, check=True).dispose()


def test_a_deleted_last_id_does_not_come_back(database: Database) -> None:
    first = make.submit(database)
    with database.write() as session:
        session.execute(text("DELETE FROM runs"))
    assert make.submit(database) > first
