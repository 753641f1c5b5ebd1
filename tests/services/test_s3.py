"""A run that changes machines: two data folders, one database, one S3 server."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psutil
import pytest

from backend.app import create_app
from backend.core.settings import Settings
from backend.store import forks
from backend.store.database import Database, connect, migrate
from backend.store.errors import FilesUnreachable
from backend.store.forks import Wish
from backend.store.objects import LOG_CHUNK, ObjectStore
from backend.store.purge import purge_deleted
from backend.store.run_identity import identity_of, take_folder
from backend.store.tables import Run
from tests.backend.conftest import TestClient
from tests.support import factories as make
from tests.support.lab import Lab, is_final, is_trainer
from tests.support.ports import free_port
from tests.support.servers import S3Server
from tests.support.waiting import PATIENCE, wait_until

TWENTY: dict[str, Any] = {"dataset": "digits", "epochs": 20, "batch_size": 128}


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
            OLS_CHECKPOINTS_EVERY="8",
            OLS_DATA_DIR=str(self.folder / name),
            OLS_DATABASE_URL=self.config.resolved_database_url,
            OLS_BROKER_URL=f"filesystem://{self.config.data_dir / 'broker'}",
            OLS_FILES_URL=self.config.files_url,
            OLS_WORKER_NAME=name,
            **env,
        )


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
    run_id = lab.submit(**TWENTY)
    name = in_store(machines.database, run_id)
    first = machines.start("first")

    wait_until(lambda: lab.run(run_id)["progress"]["epoch"] >= 9, longest=0.02)
    family = psutil.Process(first.pid).children(recursive=True)
    (trainer,) = (process for process in family if is_trainer(process))
    trainer.suspend()  # the run waits for its files

    def stored() -> bool:
        """The newest go first, so the one to be kept, of epoch 8, comes late."""
        there = {one.number for one in store.checkpoints(name)}
        return len(there) > 1 and 8 in there

    wait_until(stored)
    for process in (first, trainer):
        process.kill()
    first.wait()
    assert not is_final(lab.run(run_id)), "it was to be killed in the middle"
    machines.start("second")
    lab.wait(run_id, is_final)
    run = lab.run(run_id)
    assert (run["state"], run["attempt"]) == ("finished", 2), run["error"]
    log = (machines.folder / f"second/runs/{run_id}/logs/attempt-000002.log").read_text()
    assert "fetched the checkpoint of epoch" in log
    assert "resumed after epoch" in log
    again = lab.submit(**TWENTY)
    lab.wait(again, is_final)
    assert lab.run(again)["attempt"] == 1
    assert lab.recorded(run_id) == lab.recorded(again), "bit for bit"
    assert {stored.attempt for stored in store.log_chunks(name)} == {1, 2}
    kept = store.checkpoints(name)
    best = run["summary"]["val_top1"]["best_epoch"]
    assert [one.number for one in kept] == sorted({best, 8, 16, 19, 20})
    size = sum(one.size for one in [*kept, *store.log_chunks(name)])
    assert lab.run(run_id)["disk_bytes"] == size


@pytest.mark.slow
def test_a_worker_refuses_a_bucket_that_is_not_there(machines: Machines) -> None:
    machines.config.files_url = "s3://nowhere/x"
    worker = machines.start("first")
    assert worker.wait(PATIENCE) == 1
    said = (machines.config.data_dir / "worker.log").read_text()
    assert "The worker can't start. The store s3://nowhere/x can't be written to" in said
    assert "Check OLS_FILES_URL" in said


@pytest.mark.slow
def test_a_fork_is_trained_on_another_machine_though_its_parent_has_gone(
    machines: Machines, store: ObjectStore
) -> None:
    lab = machines.lab
    parent = lab.submit(**TWENTY, model={"name": "small_cnn", "width": 4})
    worker = machines.start("first")
    lab.wait(parent, is_final)
    expected = lab.recorded(parent)
    worker.terminate()
    worker.wait()
    numbers = []
    for epoch, retrain in ((16, False), (17, True)):
        with machines.database.write() as session:
            wish = Wish(epoch, retrain=retrain)
            numbers.append(forks.fork(session, machines.config, parent, wish).id)
    for number in numbers:
        assert set(store.parent_files(in_store(machines.database, number))) == {"epoch-000016.pt"}
    store.remove_run(in_store(machines.database, parent))
    machines.start("second")
    for number in numbers:
        lab.wait(number, is_final)
        run = lab.run(number)
        assert run["state"] == "finished", run["error"]
        assert lab.recorded(number) == expected, "bit for bit"
    log = (machines.folder / f"second/runs/{numbers[1]}/logs/attempt-000001.log").read_text()
    assert "fetched epoch-000016.pt of the run that this one continues" in log
    assert "  epoch 17 of 17 again" in log


def test_objects_are_listed_by_attempt_and_read_in_parts(
    store: ObjectStore, tmp_path: Path
) -> None:
    store.check()
    for attempt, epoch in ((2, 3), (1, 10), (1, 9)):
        path = tmp_path / f"epoch-{epoch:06d}.pt"
        path.write_bytes(b"0123456789" * epoch)
        store.put_checkpoint("7", attempt, path)
    store.put_checkpoint("70", 1, path)
    found = store.checkpoints("7")
    assert [(c.attempt, c.number, c.size) for c in found] == [(1, 9, 90), (1, 10, 100), (2, 3, 30)]
    assert store.read(found[0], 5, 12) == b"5678901"
    assert store.read(found[2], 25, 900) == b"56789"
    store.fetch(found[1].key, tmp_path / "fetched")
    assert (tmp_path / "fetched").read_bytes() == b"0123456789" * 10
    with pytest.raises(FileNotFoundError):
        store.put_checkpoint("7", 2, tmp_path / "epoch-000099.pt")
    store.remove(found[:1])
    assert store.checkpoints("7") == found[1:]
    with pytest.raises(FileNotFoundError):
        store.fetch(found[0].key, tmp_path / "gone")
    store.put_log_chunk("7", 1, 0, b"x" * LOG_CHUNK)
    store.put_log_chunk("7", 1, 1, b"y")
    store.put_log_chunk("7", 1, 1, b"yz")
    assert [(c.number, c.size) for c in store.log_chunks("7")] == [(0, LOG_CHUNK), (1, 2)]
    store.remove_run("7")
    assert (store.checkpoints("7"), store.log_chunks("7")) == ([], [])
    store.remove_run("7")
    assert len(store.checkpoints("70")) == 1, "run 70 is not run 7"


def test_a_server_that_is_away_is_named_with_its_setting(
    store: ObjectStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{free_port()}")
    with pytest.raises(FilesUnreachable, match="OLS_FILES_URL"):
        ObjectStore(store.url + "/elsewhere").check()


def in_store(database: Database, run_id: int) -> str:
    """What a run is called there."""
    with database.read() as session:
        return identity_of(session, run_id).name


@pytest.fixture
def web(store: ObjectStore, tmp_path: Path) -> Iterator[tuple[TestClient, Settings, int]]:
    """The web service of a machine that trains nothing, and a run's number."""
    config = Settings(_env_file=None, data_dir=tmp_path / "web", files_url=store.url)
    migrate(config.resolved_database_url)
    with TestClient(create_app(config), base_url="http://127.0.0.1:8000") as client:
        answer = client.post("/api/runs", json={"spec": {"method": "ols", "dataset": "digits"}})
        yield client, config, answer.json()["id"]


def test_the_web_serves_logs_of_several_attempts_from_the_store(
    web: tuple[TestClient, Settings, int], store: ObjectStore
) -> None:
    client, config, run_id = web
    name = in_store(client.app.state.database, run_id)  # type: ignore[attr-defined]
    assert client.get(f"/api/runs/{run_id}/log").text == ""
    first = "".join(f"line {n}: épocha\n" for n in range(30_000)).encode()
    for number, start in enumerate(range(0, len(first), LOG_CHUNK)):
        store.put_log_chunk(
            in_store(client.app.state.database, run_id), 1, number, first[start : start + LOG_CHUNK]
        )
    store.put_log_chunk(name, 2, 0, b"second\n")
    read, after = b"", 0
    while part := client.get(f"/api/runs/{run_id}/log?after={after}"):
        read, after = read + part.content, int(part.headers["x-log-next"])
        if not part.content:
            break
    assert read == first + b"second\n"
    assert client.get(f"/api/runs/{run_id}/log?tail=9").text == "a\nsecond\n"
    # A worker of this machine is ahead of the store.
    with client.app.state.database.read() as session:  # type: ignore[attr-defined]
        take_folder(config, identity_of(session, run_id))
    path = config.log_path(run_id, 2)
    path.parent.mkdir(parents=True)
    path.write_text("second\nand live\n")
    assert client.get(f"/api/runs/{run_id}/log?tail=16").text == "second\nand live\n"


def test_the_web_serves_the_last_checkpoint_in_ranges_too(
    web: tuple[TestClient, Settings, int], store: ObjectStore, tmp_path: Path
) -> None:
    client, _, run_id = web
    address = f"/api/runs/{run_id}/checkpoint"
    assert client.get(address).status_code == 404
    path = tmp_path / "epoch-000003.pt"
    path.write_bytes(bytes(range(256)) * 40_000)  # more than two blocks
    store.put_checkpoint(in_store(client.app.state.database, run_id), 2, path)
    whole = client.get(address)
    assert whole.content == path.read_bytes()
    assert whole.headers["content-length"] == str(path.stat().st_size)
    assert f"run-{run_id}-epoch-3.pt" in whole.headers["content-disposition"]
    part = client.get(address, headers={"Range": "bytes=250-259"})
    assert (part.status_code, part.content) == (206, bytes([*range(250, 256), *range(4)]))
    assert part.headers["content-range"] == f"bytes 250-259/{path.stat().st_size}"
    beyond = client.get(address, headers={"Range": "bytes=99999999-"})
    assert beyond.status_code == 416
    assert "beyond" in beyond.json()["error"]["message"]


def test_purging_a_run_removes_its_objects(
    web: tuple[TestClient, Settings, int], store: ObjectStore, tmp_path: Path
) -> None:
    client, config, run_id = web
    name = in_store(client.app.state.database, run_id)  # type: ignore[attr-defined]
    store.put_log_chunk(name, 1, 0, b"x")
    assert client.delete(f"/api/runs/{run_id}").status_code == 204
    database = client.app.state.database  # type: ignore[attr-defined]
    assert purge_deleted(database, config) == []
    assert store.log_chunks(name)
    make.set_columns(database, run_id, deleted_at=datetime.now(UTC) - timedelta(minutes=11))
    assert purge_deleted(database, config) == [run_id]
    assert not store.log_chunks(name)


def test_a_store_that_is_away_keeps_the_row_and_answers_503(
    web: tuple[TestClient, Settings, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    client, config, run_id = web
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{free_port()}")
    config.files_url += "/away"
    for path in ("log", "checkpoint"):
        answer = client.get(f"/api/runs/{run_id}/{path}")
        assert answer.status_code == 503, answer.text
        assert answer.json()["error"]["code"] == "unavailable"
    database = client.app.state.database  # type: ignore[attr-defined]
    make.set_columns(database, run_id, deleted_at=datetime.now(UTC) - timedelta(minutes=11))
    assert purge_deleted(database, config) == []
    with database.read() as session:
        assert session.get(Run, run_id) is not None
