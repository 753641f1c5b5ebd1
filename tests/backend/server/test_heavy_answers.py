from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from subprocess import CompletedProcess

import pytest

from backend.core.settings import Settings
from backend.pages import reports
from backend.server.heavy_answers import REPORT, RETRY_SECONDS
from backend.store.database import Database
from tests.backend.conftest import ADDRESS, TestClient
from tests.support import factories as make

ASKED = 44  # more than the service has threads
GROUPS = ("group", "seed")  # what groups need and others take or ignore


def test_reports_hold_nobody_up(
    config: Settings, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Forty-four readers ask for a report at once: one is made, some wait, the rest hear 503."""
    from backend.app import create_app

    run_id = make.submit(database)
    release, at_once, most = threading.Event(), [0], [0]

    def slow(config: Settings, *arguments: str) -> CompletedProcess[bytes]:
        at_once[0] += 1
        most[0] = max(most)
        most.append(at_once[0])
        assert release.wait(60)
        at_once[0] -= 1
        return CompletedProcess(arguments, 0, b"<p>report</p>", b"")

    monkeypatch.setattr(reports, "_in_child", slow)
    with (
        TestClient(create_app(config), base_url=ADDRESS) as client,
        ThreadPoolExecutor(ASKED) as readers,
    ):
        asked = [readers.submit(client.get, f"/reports/runs/{run_id}") for _ in range(ASKED)]
        refused = _finished(asked, ASKED - 1 - REPORT.dependency.waiting)
        assert {answer.status_code for answer in refused} == {503}
        assert {answer.headers["retry-after"] for answer in refused} == {str(RETRY_SECONDS)}
        assert client.get("/healthz").status_code == 200, "while the others wait"
        assert client.get(f"/api/runs/{run_id}").status_code == 200
        release.set()
        answers = [future.result(60) for future in asked]
    assert sum(answer.status_code == 200 for answer in answers) == 1 + REPORT.dependency.waiting
    assert max(most) == 1


def _finished(futures: list, count: int) -> list:  # type: ignore[type-arg]
    """The answers of the first `count` that end."""
    done: list = []  # type: ignore[type-arg]
    enough = threading.Event()

    def add(future) -> None:  # type: ignore[no-untyped-def]
        done.append(future.result())
        if len(done) >= count:
            enough.set()

    for future in futures:
        future.add_done_callback(add)
    assert enough.wait(60)
    return done[:count]


@pytest.mark.parametrize("name", ["tag", "where", "state", "method", "dataset", "experiment"])
@pytest.mark.parametrize("path", ["/api/runs", "/", "/api/runs/groups", "/table", "/noise"])
def test_a_filter_of_too_many_values_is_refused(client: TestClient, path: str, name: str) -> None:
    value = {"where": "spec.epochs>1", "experiment": "1", "state": "queued"}.get(name, "x")
    few = client.get(path, params=[GROUPS, *[(name, value)] * 100])
    assert few.status_code == 200
    assert len(few.content) < 1024 * 1024, "no page grows with the square of its address"
    many = client.get(path, params=[GROUPS, *[(name, value)] * 101])
    assert many.status_code == 422
    assert many.json()["error"]["fields"][0]["path"] == name


@pytest.mark.parametrize("name", ["x" * 300, "a/" * 3000, "js/%00.js", "..%2f..%2fpyproject.toml"])
def test_a_name_that_no_file_has_is_not_found(client: TestClient, name: str) -> None:
    assert client.get(f"/static/v/{name}").status_code == 404
