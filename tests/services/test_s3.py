"""A run that changes machines: two data folders, one database, one S3 server."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from backend.settings import Settings
from backend.store import metrics
from backend.store.database import Database, connect, migrate
from backend.store.errors import FilesUnreachable
from backend.store.objects import LOG_CHUNK, ObjectStore
from tests.servers import S3Server, free_port
from tests.worker.conftest import Lab, is_final

pytestmark = pytest.mark.services

TIMES = {"epoch_seconds", "images_per_second"}
GLYPHS = {"name": "glyphs", "train_per_class": 20, "test_per_class": 5}


@pytest.fixture(scope="module")
def server() -> Iterator[S3Server]:
    server = S3Server()
    server.start()
    yield server
    server.close()


@pytest.fixture
def store(server: S3Server, monkeypatch: pytest.MonkeyPatch, request: object) -> ObjectStore:
    for name, value in server.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    name = request.node.name  # type: ignore[attr-defined]
    return ObjectStore(f"{server.URL}/{name}")


class Machines:
    """Workers on machines of their own: nothing is shared but database, broker and store."""

    def __init__(self, folder: Path, store: ObjectStore) -> None:
        self.folder = folder
        shared = folder / "shared"
        shared.mkdir()
        self.config = Settings(_env_file=None, data_dir=shared, files_url=store.url)
        migrate(self.config.resolved_database_url)
        self.database: Database = connect(self.config.resolved_database_url)
        self.lab = Lab(self.config, self.database)

    def start(self, name: str, **env: str) -> subprocess.Popen[bytes]:
        (self.folder / name).mkdir()
        return self.lab.start_worker(
            OLS_DATA_DIR=str(self.folder / name),
            OLS_DATABASE_URL=self.config.resolved_database_url,
            OLS_BROKER_URL=f"filesystem://{self.config.data_dir / 'broker'}",
            OLS_FILES_URL=self.config.files_url,
            OLS_WORKER_NAME=name,
            **env,
        )

    def series(self, run_id: int) -> dict[str, list[float]]:
        with self.database.read() as session:
            values = metrics.series(session, run_id)["values"]
        return {name: series for name, series in values.items() if name not in TIMES}


@pytest.fixture
def machines(tmp_path: Path, store: ObjectStore) -> Iterator[Machines]:
    machines = Machines(tmp_path, store)
    yield machines
    machines.lab.close()
    machines.database.dispose()


@pytest.mark.slow
def test_a_run_goes_on_from_the_store_on_another_machine(
    machines: Machines, store: ObjectStore
) -> None:
    lab = machines.lab
    run_id = lab.submit(dataset=GLYPHS, epochs=20)
    first = machines.start("first")
    lab.wait(run_id, lambda run: len(store.checkpoints(run_id)) > 1, 120)
    first.send_signal(signal.SIGKILL)
    first.wait()
    assert not is_final(lab.run(run_id)), "it was to be killed in the middle"
    machines.start("second")
    lab.wait(run_id, is_final, 180)
    run = lab.run(run_id)
    assert (run["state"], run["attempt"]) == ("finished", 2), run["error"]
    log = (machines.folder / f"second/runs/{run_id}/logs/attempt-000002.log").read_text()
    assert "fetched the checkpoint of epoch" in log
    assert "resumed after epoch" in log
    again = lab.submit(dataset=GLYPHS, epochs=20)
    lab.wait(again, is_final, 120)
    assert lab.run(again)["attempt"] == 1
    assert machines.series(run_id) == machines.series(again), "bit for bit"
    assert {stored.attempt for stored in store.log_chunks(run_id)} == {1, 2}
    assert store.checkpoints(run_id)[-1].number == 20


@pytest.mark.slow
def test_a_worker_refuses_a_bucket_that_is_not_there(machines: Machines) -> None:
    machines.config.files_url = "s3://nowhere/x"
    worker = machines.start("first")
    assert worker.wait(60) == 1
    said = (machines.config.data_dir / "worker.log").read_text()
    assert "The worker can't start. The store s3://nowhere/x can't be written to" in said
    assert "Check OLS_FILES_URL" in said


def test_objects_are_listed_by_attempt_and_read_in_parts(
    store: ObjectStore, tmp_path: Path
) -> None:
    store.check()
    for attempt, epoch in ((2, 3), (1, 10), (1, 9)):
        path = tmp_path / f"epoch-{epoch:06d}.pt"
        path.write_bytes(b"0123456789" * epoch)
        store.put_checkpoint(7, attempt, path)
    store.put_checkpoint(70, 1, path)
    found = store.checkpoints(7)
    assert [(c.attempt, c.number, c.size) for c in found] == [(1, 9, 90), (1, 10, 100), (2, 3, 30)]
    assert store.read(found[0], 5, 12) == b"5678901"
    assert store.read(found[2], 25, 900) == b"56789"
    store.fetch(found[1], tmp_path / "fetched")
    assert (tmp_path / "fetched").read_bytes() == b"0123456789" * 10
    with pytest.raises(FileNotFoundError):
        store.put_checkpoint(7, 2, tmp_path / "epoch-000099.pt")
    store.remove(found[:1])
    assert store.checkpoints(7) == found[1:]
    with pytest.raises(FileNotFoundError):
        store.fetch(found[0], tmp_path / "gone")
    store.put_log_chunk(7, 1, 0, b"x" * LOG_CHUNK)
    store.put_log_chunk(7, 1, 1, b"y")
    store.put_log_chunk(7, 1, 1, b"yz")
    assert [(c.number, c.size) for c in store.log_chunks(7)] == [(0, LOG_CHUNK), (1, 2)]
    store.remove_run(7)
    assert (store.checkpoints(7), store.log_chunks(7)) == ([], [])
    store.remove_run(7)
    assert len(store.checkpoints(70)) == 1, "run 70 is not run 7"


def test_a_server_that_is_away_is_named_with_its_setting(
    store: ObjectStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{free_port()}")
    with pytest.raises(FilesUnreachable, match="OLS_FILES_URL"):
        ObjectStore(store.url + "/elsewhere").check()
