"""Server-sent events from a real server: live, resumed, ended, and its shutdown."""

from __future__ import annotations

import json
import signal
import subprocess
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import update

from backend.core.settings import Settings
from backend.store import claims, events
from backend.store.database import Database, connect
from backend.store.tables import Run
from tests.support import factories as make
from tests.support.processes import kill, start_web
from tests.support.waiting import PATIENCE, wait_until


@dataclass
class Server:
    """A running web service and its database."""

    url: str
    process: subprocess.Popen[bytes]
    database: Database


def start(folder: Path) -> Server:
    web = start_web(folder)
    config = Settings(_env_file=None, data_dir=folder)
    return Server(web.url, web.process, connect(config.resolved_database_url))


def stop(server: Server) -> None:
    server.database.dispose()
    kill(server.process)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = start(tmp_path_factory.mktemp("live"))
    yield server
    stop(server)


@pytest.fixture(autouse=True)
def _empty_queue(server: Server) -> Iterator[None]:
    """The server is shared: no test leaves runs that the next one would claim."""
    yield
    with server.database.write() as session:
        session.execute(update(Run).where(Run.state == "queued").values(state="cancelled"))


class Stream:
    """Reads a stream in a thread, as a page would."""

    def __init__(self, server: Server, path: str, **headers: str) -> None:
        self.events: list[tuple[str, dict[str, Any], str]] = []
        self.status = 0
        self.error: Exception | None = None
        self.ended = threading.Event()
        self._opened = threading.Event()
        thread = threading.Thread(target=self._read, args=(server.url + path, headers), daemon=True)
        thread.start()
        assert self._opened.wait(PATIENCE)

    def _read(self, url: str, headers: dict[str, str]) -> None:
        fields: dict[str, str] = {}
        try:
            with httpx.stream("GET", url, headers=headers, timeout=PATIENCE) as answer:
                self.status = answer.status_code
                for line in answer.iter_lines():
                    self._opened.set()
                    name, _, value = line.partition(": ")
                    if line:
                        fields[name] = value
                    elif "data" in fields:
                        data = json.loads(fields["data"])
                        self.events.append((fields["event"], data, fields["id"]))
                        fields = {}
        except httpx.HTTPError as error:
            self.error = error
        self._opened.set()
        self.ended.set()

    def wait_for(self, count: int) -> list[str]:
        """The kinds of the first events, once there are so many."""
        wait_until(lambda: len(self.events) >= count, otherwise=lambda: self.events)
        return [kind for kind, _, _ in self.events]


def last_id(server: Server) -> int:
    with server.database.read() as session:
        return events.last_id(session)


def test_a_watched_run_from_queue_to_end(server: Server) -> None:
    run_id = make.submit(server.database)
    one = Stream(server, f"/api/runs/{run_id}/events")
    everything = Stream(server, "/api/events")
    named = Stream(server, f"/api/events?runs={run_id},999999")
    other = make.submit(server.database)
    claim = make.claim(server.database)
    assert claim.run_id == run_id
    make.record(server.database, claim, 1, 2)
    with server.database.write() as session:
        claims.finish(session, claim)
    assert one.wait_for(5) == ["state", "epoch", "epoch", "state", "end"]
    assert one.ended.wait(PATIENCE)
    assert one.error is None
    assert one.events[-1][1] == {"run_id": run_id, "state": "finished"}
    assert one.events[1][1]["metrics"]["val_top1"] == 0.01
    assert everything.wait_for(5) == ["state", "state", "epoch", "epoch", "state"]
    assert everything.events[0][1]["run_id"] == other
    assert named.wait_for(4) == ["state", "epoch", "epoch", "state"]
    assert {data["run_id"] for _, data, _ in named.events} == {run_id}
    assert not everything.ended.is_set()


def test_coming_back_to_a_finished_run_gets_204(server: Server) -> None:
    run_id = make.run_in(server.database, "cancelled")
    path = f"/api/runs/{run_id}/events"
    first = Stream(server, f"{path}?after=0")
    assert first.ended.wait(PATIENCE)
    assert [kind for kind, _, _ in first.events] == ["state", "state", "state", "end"]
    cursor = first.events[-1][2]
    assert httpx.get(f"{server.url}{path}?after={cursor}").status_code == 204
    again = httpx.get(f"{server.url}{path}", headers={"Last-Event-ID": cursor})
    assert again.status_code == 204
    fresh = Stream(server, path)
    assert fresh.ended.wait(PATIENCE)
    assert [kind for kind, _, _ in fresh.events] == ["end"]


def test_a_reconnection_misses_nothing(server: Server) -> None:
    run_id = make.submit(server.database)
    claim = make.claim(server.database)
    start_id = last_id(server)
    make.record(server.database, claim, 1, 2, 3)
    # The address still holds the cursor with which the page was opened; the header is newer.
    header = {"Last-Event-ID": str(start_id + 1)}
    stream = Stream(server, f"/api/runs/{run_id}/events?after=0", **header)
    make.record(server.database, claim, 4)
    stream.wait_for(3)
    assert [data["epoch"] for _, data, _ in stream.events] == [2, 3, 4]
    ids = [int(identifier) for _, _, identifier in stream.events]
    assert ids == sorted(set(ids))
    with server.database.write() as session:
        claims.finish(session, claim)
    assert stream.ended.wait(PATIENCE)


def test_a_deleted_run_ends_its_stream(server: Server) -> None:
    run_id = make.submit(server.database)
    stream = Stream(server, f"/api/runs/{run_id}/events")
    httpx.delete(f"{server.url}/api/runs/{run_id}")
    assert stream.ended.wait(PATIENCE)
    assert stream.events[0][1]["deleted"] is True
    assert stream.events[-1][:2] == ("end", {"run_id": run_id, "state": "deleted"})


def test_a_cursor_from_another_database_does_not_wait_for_ever(server: Server) -> None:
    stream = Stream(server, "/api/events?after=999999999")
    assert stream.wait_for(1) == ["reset"]
    make.submit(server.database)
    assert stream.wait_for(2) == ["reset", "state"]


@pytest.mark.parametrize(("state", "statuses"), [("queued", [200, 409]), ("running", [200, 200])])
def test_two_cancels_at_once(server: Server, state: str, statuses: list[int]) -> None:
    run_id = make.run_in(server.database, state)
    address = f"{server.url}/api/runs/{run_id}/cancel"
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(httpx.post, [address] * 2))
    assert sorted(answer.status_code for answer in answers) == statuses


def test_events_are_not_compressed_nor_cached(server: Server) -> None:
    with httpx.stream("GET", f"{server.url}/api/events") as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert "content-encoding" not in answer.headers
        assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_open_streams_end_when_the_server_stops(tmp_path: Path, number: signal.Signals) -> None:
    server = start(tmp_path)
    try:
        run_id = make.submit(server.database)
        streams = [Stream(server, "/api/events"), Stream(server, f"/api/runs/{run_id}/events")]
        server.process.send_signal(number)
        assert server.process.wait(PATIENCE) == 0
        for stream in streams:
            assert stream.ended.wait(PATIENCE)
            assert stream.error is None, "the stream ended in good order"
    finally:
        stop(server)
