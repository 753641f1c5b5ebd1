"""Connecting: engines for SQLite and PostgreSQL, read and write sessions, migrations.

database = connect(settings().resolved_database_url)
with database.write() as session:      # one transaction; commits at the end of the block
    run = requests.submit(session, name=None, tags=[], spec=spec)
with database.read() as session:       # a snapshot; never commits
    runs.get(session, run.id)
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from pydantic_core import from_json
from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, OperationalError
from sqlalchemy.orm import Session

from backend.store import events, notices
from backend.store.database_file import DatabaseFile
from backend.store.errors import Damaged, SchemaMismatch, Unreachable

# The newest migration (a test compares it with the files). Revisions sort as strings.
REVISION = "0027"

LONGEST_LOG = (
    64 * 2**20
)  # bytes that SQLite's write-ahead log keeps on the disk once it is done with
BUSY_SECONDS = 15  # how long a SQLite writer waits for another one
# After which PostgreSQL ends a transaction that asks nothing: a process that is stopped within one,
# or whose machine sleeps, would keep its rows locked for all others until it wakes up.
IDLE_SECONDS = 120
_MIGRATION_LOCK = 0x4F4C5301  # PostgreSQL advisory lock: one migration at a time


class Database:
    """One engine and its two kinds of session."""

    def __init__(self, url: URL) -> None:
        self.url = url
        self.engine = _engine(url)
        # SQLite's file; None where a server keeps the database.
        self.file = (
            Path(url.database) if url.get_backend_name() == "sqlite" and url.database else None
        )
        self._watched = DatabaseFile(self.file) if self.file is not None else None
        if self._watched is not None:
            self._watched.watch(self.engine)
        self._writer = self.engine.execution_options(ols_write=True)
        # A read sees one state of the database, however many queries it makes. On SQLite a
        # deferred transaction does that by itself.
        self._reader = (
            self.engine
            if url.get_backend_name() == "sqlite"
            else self.engine.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )
        )

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session for queries; what it would write is rolled back."""
        with Session(self._reader, autoflush=False) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A session whose block is one transaction; an exception rolls it back."""
        with Session(self._writer, expire_on_commit=False) as session, session.begin():
            yield session
            events.flush(session)
            notices.flush(session)

    def writable(self) -> bool:
        """False for a read-only one; True, too, while another process writes."""
        if self.engine.dialect.name == "postgresql":
            query = text("SELECT current_setting('transaction_read_only')::bool")
            with self.engine.connect() as connection:
                return not connection.scalar(query)
        options = {"ols_write": True, "ols_patience": 0}
        try:
            with self.engine.execution_options(**options).connect() as connection:
                # BEGIN IMMEDIATE alone is a mere read of a database that is read-only.
                connection.exec_driver_sql("UPDATE lab SET uid = uid")
                connection.rollback()
        except (OperationalError, sqlite3.OperationalError) as error:
            return "locked" in str(error)
        return True

    def revision(self) -> str | None:
        """The database's migration, None when it has no tables of ours."""
        with self.engine.connect() as connection:
            if not inspect(connection).has_table("alembic_version"):
                return None
            return connection.scalar(text("SELECT version_num FROM alembic_version"))

    def require_current(self) -> None:
        """Raises SchemaMismatch unless the database's tables are the code's."""
        revision = self.revision()
        if revision == REVISION:
            return
        if revision is not None and revision > REVISION:
            raise SchemaMismatch(
                f"The database is at migration {revision}, newer than this code ({REVISION}). "
                "Update the code, or point OLS_DATABASE_URL at another database."
            )
        state = f"is at migration {revision}" if revision else "has no tables yet"
        raise SchemaMismatch(
            f"The database {state}; this code needs {REVISION}. Run `python -m backend migrate`."
        )

    def dispose(self) -> None:
        """Closes all pooled connections."""
        self.engine.dispose()
        if self._watched is not None:
            self._watched.close()


def connect(url: str, *, check: bool = False) -> Database:
    """Opens the database at `url`; with `check`, refuses one of another version.

    Creates the folder of a SQLite file. Connects lazily unless `check` is set.
    Raises SchemaMismatch and Unreachable.
    """
    try:
        parsed = _normalised(url)
        database = Database(parsed)
    except (ArgumentError, ModuleNotFoundError) as error:
        # Without the address: an error that quotes it would quote its password.
        raise Unreachable(
            "OLS_DATABASE_URL is not a database's address. It looks like "
            "postgresql://user:password@host/ols or sqlite:////folder/ols.sqlite3."
        ) from error
    if parsed.get_backend_name() == "sqlite" and parsed.database:
        with _reaching(parsed):
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    if check:
        with _reaching(parsed):
            database.require_current()
    return database


def migrate(url: str) -> None:
    """Brings the database at `url` to the newest migration; several callers may race.

    Raises SchemaMismatch for a database of a newer version, and Unreachable.
    """
    database = connect(url)
    try:
        with _reaching(database.engine.url):
            revision = database.revision()
        if revision is not None and revision >= REVISION:
            database.require_current()
            return
        # Only here: to load Alembic takes a quarter of a second and some megabytes.
        from alembic import command
        from alembic.config import Config

        config = Config()
        folder = Path(__file__).parent / "migrations"
        config.set_main_option("script_location", str(folder).replace("%", "%%"))
        writer = database.engine.execution_options(ols_write=True)
        with _readable(database.engine.url), writer.begin() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(text(f"SELECT pg_advisory_xact_lock({_MIGRATION_LOCK})"))
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    finally:
        database.dispose()


@contextmanager
def _reaching(url: URL) -> Iterator[None]:
    """Turns the driver's error into a sentence without the password."""
    try:
        with _readable(url):
            yield
    except (OperationalError, OSError) as error:
        raise _unreachable(url, error) from error


@contextmanager
def _readable(url: URL) -> Iterator[None]:
    """Turns what SQLite says of a file that is no database into what to do."""
    try:
        yield
    except (DatabaseError, sqlite3.DatabaseError) as error:
        if not is_damage(error):
            raise
        raise Damaged(
            f"The database {url.render_as_string()} is damaged: {getattr(error, 'orig', error)}. "
            "Stop the services, then restore a backup of the file, recover what can be read of it "
            "(`sqlite3 FILE .recover`), or move it away to begin with an empty lab."
        ) from error


def is_damage(error: Exception) -> bool:
    """True for SQLite's own word that the file is no database; its subclasses mean other things."""
    return type(getattr(error, "orig", error)) is sqlite3.DatabaseError


def _unreachable(url: URL, error: Exception) -> Unreachable:
    setting = "OLS_DATA_DIR" if url.get_backend_name() == "sqlite" else "that its server runs"
    reason = getattr(error, "orig", error)
    return Unreachable(
        f"The database {url.render_as_string()} can't be used: {reason}. "
        f"Check OLS_DATABASE_URL and {setting}."
    )


def _normalised(url: str) -> URL:
    parsed = make_url(url)
    if parsed.drivername in ("postgres", "postgresql"):
        return parsed.set(drivername="postgresql+psycopg")
    return parsed


def _engine(url: URL) -> Engine:
    options: dict[str, Any] = {
        # NaN must not reach the database: PostgreSQL refuses it, browsers cannot parse it.
        "json_serializer": partial(
            json.dumps, allow_nan=False, ensure_ascii=False, separators=(",", ":")
        ),
        "json_deserializer": from_json,  # in half the time of json.loads; lists are made of it
        "pool_size": 10,
        "max_overflow": 40,  # more than the web process and a worker have threads
    }
    if url.get_backend_name() == "sqlite":
        engine = create_engine(url, connect_args={"timeout": BUSY_SECONDS}, **options)
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    engine = create_engine(url, pool_pre_ping=True, **options)
    event.listen(engine, "connect", _prepare_postgresql)
    return engine


def _prepare_postgresql(connection: Any, _record: object) -> None:
    # Not as an option of the connection, which PgBouncer refuses.
    connection.execute(f"SET idle_in_transaction_session_timeout = '{IDLE_SECONDS}s'")
    connection.commit()


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # the driver must not begin transactions: _begin_sqlite does
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000}")
    if cursor.execute("PRAGMA page_count").fetchone()[0] == 0:  # before the file has a first page
        cursor.execute("PRAGMA auto_vacuum = INCREMENTAL")  # backend.store.disk_space gives back
    _set_wal(cursor)
    cursor.execute(f"PRAGMA journal_size_limit = {LONGEST_LOG}")
    cursor.execute("PRAGMA synchronous = NORMAL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _set_wal(cursor: sqlite3.Cursor) -> None:
    """Switches to the write-ahead log; the switch itself ignores the busy timeout."""
    for attempt in range(50):
        try:
            cursor.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError:
            if attempt == 49:
                raise
            time.sleep(0.05)


def _begin_sqlite(connection: Connection) -> None:
    # A read that turns into a write fails at once when another writer was quicker, whatever the
    # busy timeout; a transaction that will write says so from its beginning.
    options = connection.get_execution_options()
    if (patience := options.get("ols_patience")) is None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if options.get("ols_write") else "BEGIN")
        return
    connection.exec_driver_sql(f"PRAGMA busy_timeout = {patience}")
    try:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    finally:
        connection.exec_driver_sql(f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000}")
