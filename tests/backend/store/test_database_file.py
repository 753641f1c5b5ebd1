"""A SQLite file that is removed, replaced, read-only or damaged under the lab."""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
import subprocess
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from backend.__main__ import main
from backend.core.settings import Settings
from backend.core.storage import LEAST_FREE, storage_problem
from backend.store.database import Database, connect, migrate
from backend.store.errors import Damaged, Replaced
from tests.support import factories as make
from tests.support.restoring import back_up, restore

OLS = {"spec": {"method": "ols"}}


def replace(path: Path) -> None:
    backup = path.with_name("backup")
    shutil.copy(path, backup)
    backup.replace(path)


@pytest.mark.parametrize("do", [Path.unlink, replace])
def test_what_is_written_to_a_file_that_is_gone_is_refused(
    client: Any, config: Settings, do: Any
) -> None:
    assert client.post("/api/runs", json=OLS).status_code == 201
    do(config.data_dir / "ols.sqlite3")
    refused = client.post("/api/runs", json=OLS)
    assert refused.status_code == 503, "it would be lost with the process"
    assert "removed or replaced" in refused.json()["error"]["message"]
    assert client.get("/api/runs").status_code == 503
    health = client.get("/healthz")
    assert health.status_code == 503
    assert health.json()["database"] == "replaced"


@pytest.mark.slow
def test_an_older_copy_that_is_written_into_the_open_file_is_noticed(
    client: Any, config: Settings, database: Database
) -> None:
    """`cp backup ols.sqlite3`: the newer write-ahead log stays, and what is read is of both."""
    path = config.data_dir / "ols.sqlite3"
    backup = path.with_name("backup")
    _checkpoint(path)
    shutil.copy(path, backup)
    for _ in range(200):
        client.post("/api/runs", json=OLS)
    _checkpoint(path)
    for process in (database, client.app.state.database):  # each looks every second
        with process.read() as session:
            session.connection()
    with backup.open("rb") as old, path.open("r+b") as file:  # as cp does
        file.truncate(0)
        shutil.copyfileobj(old, file)
    for answer in (client.get("/api/runs"), client.post("/api/runs", json=OLS)):
        assert answer.status_code == 503
        assert "ols.sqlite3-wal" in answer.json()["error"]["message"]
    assert client.get("/healthz").json()["database"] == "replaced"
    with pytest.raises(Replaced, match="older copy"), database.read() as session:  # a worker's
        session.connection()


def test_what_the_lab_does_to_its_own_file_is_no_replacement(
    client: Any, config: Settings, database: Database
) -> None:
    path = config.data_dir / "ols.sqlite3"
    back_up(database, path.with_name("backup"))
    for _ in range(50):
        client.post("/api/runs", json=OLS)
    for command in ("PRAGMA wal_checkpoint(TRUNCATE)", "VACUUM", "PRAGMA incremental_vacuum"):
        with closing(sqlite3.connect(path)) as connection:
            connection.execute(command).fetchall()
        assert client.get("/api/runs").status_code == 200
    restore(database, path.with_name("backup"))
    _checkpoint(path)
    assert client.get("/api/runs").json()["runs"] == []


def test_a_thread_that_is_held_up_takes_no_newer_file_for_an_older_one(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database.read() as session:
        session.connection()
    has_read, goes_on = threading.Event(), threading.Event()

    def slow_read(*_: object) -> bytes:
        if has_read.is_set():
            return (2).to_bytes(4)
        has_read.set()
        goes_on.wait(0.5)  # the other one may not overtake it meanwhile
        return (1).to_bytes(4)

    def look() -> None:
        with database.read() as session:
            session.connection()

    watched = database._watched
    assert watched is not None
    watched._counter = 0
    monkeypatch.setattr(os, "pread", slow_read)
    with ThreadPoolExecutor() as threads:
        first = threads.submit(look)
        has_read.wait()
        second = threads.submit(look)
        second.add_done_callback(lambda _: goes_on.set())
        first.result()
        second.result()


def _checkpoint(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()


def test_a_missing_file_is_not_made_anew(database: Database) -> None:
    path = Path(database.url.database or "")
    make.submit(database)
    database.dispose()  # no connection is open
    path.unlink()
    with pytest.raises(Replaced), database.read():
        make.submit(database)
    assert not path.exists()


def test_a_file_that_comes_back_is_used_again(client: Any, config: Settings) -> None:
    path = config.data_dir / "ols.sqlite3"
    path.rename(path.with_name("elsewhere"))
    assert client.post("/api/runs", json=OLS).status_code == 503
    path.with_name("elsewhere").rename(path)
    assert client.post("/api/runs", json=OLS).status_code == 201


@pytest.fixture
def immutable(tmp_path: Path) -> Iterator[Path]:
    """A folder that not even root can write to."""
    folder = tmp_path / "immutable"
    folder.mkdir()
    done = subprocess.run(["chattr", "+i", folder], capture_output=True, check=False)
    if done.returncode:
        pytest.skip("chattr +i needs root and a file system that knows it")
    yield folder
    subprocess.run(["chattr", "-i", folder], check=True)


def test_a_folder_that_cannot_be_written_to_is_said(immutable: Path, tmp_path: Path) -> None:
    assert storage_problem(tmp_path) is None
    problem = storage_problem(immutable)
    assert problem is not None
    assert problem.kind == "read-only"
    assert "OLS_DATA_DIR" in problem.text


def test_a_full_disk_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nearly = SimpleNamespace(free=LEAST_FREE - 1)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: nearly)
    problem = storage_problem(tmp_path)
    assert problem is not None
    assert problem.kind == "full"

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    assert "is full" in (storage_problem(tmp_path) or ("", ""))[1]


def test_health_says_that_nothing_can_be_written(
    client: Any, config: Settings, immutable: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config.data_dir = immutable
    answer = client.get("/healthz")
    assert answer.status_code == 503
    assert answer.json()["storage"] == "read-only"
    assert "storage" in answer.json()["error"]["message"]


def test_a_read_only_database_is_known(config: Settings) -> None:
    path = config.data_dir / "ols.sqlite3"
    database = connect(f"sqlite:///{path}")
    assert database.writable()
    database.dispose()  # or the write-ahead log would be there
    done = subprocess.run(["chattr", "+i", path], capture_output=True, check=False)
    if done.returncode:
        pytest.skip("chattr +i needs root and a file system that knows it")
    try:
        assert not database.writable()
    finally:
        database.dispose()
        subprocess.run(["chattr", "-i", path], check=True)


def test_health_says_that_the_database_is_read_only(
    client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert client.get("/healthz").json()["database"] == "ok"
    monkeypatch.setattr(Database, "writable", lambda _: False)
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()["database"]) == (503, "read-only")


def test_another_writer_is_no_fault(client: Any, database: Database) -> None:
    with database.write() as session:
        session.connection()
        assert client.get("/healthz").json()["database"] == "ok"


@pytest.mark.parametrize("command", ["migrate", "serve"])
def test_a_damaged_file_is_a_sentence(
    tmp_path: Path, command: str, capsys: pytest.CaptureFixture[str], monkeypatch: Any
) -> None:
    from backend.core.settings import settings

    path = tmp_path / "ols.sqlite3"
    path.write_bytes(b"this is no database" * 1000)
    monkeypatch.setenv("OLS_DATA_DIR", str(tmp_path))
    settings.cache_clear()
    try:
        assert main([command]) == 1
    finally:
        settings.cache_clear()
    said = capsys.readouterr().err
    assert "is damaged" in said
    assert "restore a backup" in said
    assert "Traceback" not in said
    with pytest.raises(Damaged):
        migrate(f"sqlite:///{path}")


def test_a_file_that_is_damaged_while_it_is_open_answers_503(client: Any, config: Settings) -> None:
    path = config.data_dir / "ols.sqlite3"
    client.app.state.database.dispose()
    for extra in path.parent.glob("ols.sqlite3-*"):
        extra.unlink()
    with path.open("r+b") as file:
        file.write(b"no database any more" * 500)
    answer = client.get("/api/runs")
    assert answer.status_code == 503
    assert "damaged" in answer.json()["error"]["message"]
    connect(f"sqlite:///{path}").dispose()
