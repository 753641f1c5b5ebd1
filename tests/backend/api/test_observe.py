"""/metrics, read as Prometheus reads it."""

from __future__ import annotations

from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from backend.core.settings import Settings
from backend.store import workers
from backend.store.database import Database
from tests.support import factories as make


def scrape(client: Any) -> dict[tuple[str, ...], float]:
    answer = client.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=")
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def test_runs_attempts_workers_and_devices(client: Any, database: Database) -> None:
    make.trained(database, epochs=1)
    size = make.run_in(database, "failed")
    make.set_columns(database, size, disk_bytes=12_000)
    make.submit(database)
    slot = {
        "index": 0,
        "device": "cuda:0",
        "device_name": "H200",
        "run_id": 7,
        "memory_used": 5,
        "memory_total": 9,
        "utilization": None,
    }
    with database.write() as session:
        workers.heartbeat(
            session,
            name="w",
            host="h",
            pid=1,
            slots=[slot],
            datasets={},
            versions={},
            started_at=make.STARTED,
        )
    found = scrape(client)
    assert found["ols_database_up",] == 1
    assert [found["ols_runs", state] for state in make.STATES] == [1, 0, 0, 1, 1, 0]
    assert found["ols_attempts_total", "finished"] == 1
    assert found["ols_attempts_total", "failed"] == 1
    assert found["ols_queue_oldest_seconds",] > 0
    assert found["ols_files_bytes",] == 12_000
    assert found["ols_workers",] == 1
    assert found["ols_slot_busy", "cuda:0", "0", "w"] == 1
    assert found["ols_device_memory_used_bytes", "cuda:0", "0", "w"] == 5
    assert ("ols_device_utilization_ratio", "cuda:0", "0", "w") not in found, "it does not say"
    assert found["ols_event_streams",] == 0
    assert found["process_resident_memory_bytes",] > 0


def test_requests_are_counted_by_route_and_not_by_address(client: Any) -> None:
    for path in ("/api/runs/1", "/api/runs/2", "/nowhere/1", "/nowhere/2"):
        assert client.get(path).status_code == 404
    assert client.request("BREW", "/api/runs").status_code == 405
    found = scrape(client)
    name = "ols_http_request_seconds_count"
    assert found[name, "GET", "/api/runs/{run_id}", "404"] == 2
    assert found[name, "GET", "none", "404"] == 2
    assert sum(value for key, value in found.items() if key[:2] == (name, "other")) == 1


def test_without_a_database_it_says_so(client: Any, config: Settings) -> None:
    client.app.state.database.dispose()
    (config.data_dir / "ols.sqlite3").unlink()
    found = scrape(client)
    assert found["ols_database_up",] == 0
    assert ("ols_runs", "queued") not in found


@pytest.mark.parametrize(("given", "status"), [("", 401), ("Bearer secret-of-the-tests", 200)])
def test_it_is_not_for_everybody(config: Settings, given: str, status: int) -> None:
    from backend.app import create_app
    from tests.backend.conftest import ADDRESS, TestClient

    settings = Settings(_env_file=None, data_dir=config.data_dir, token="secret-of-the-tests")
    with TestClient(create_app(settings), base_url=ADDRESS) as client:
        assert client.get("/metrics", headers={"Authorization": given}).status_code == status
