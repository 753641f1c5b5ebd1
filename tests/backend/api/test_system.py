from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from backend.core.settings import Settings
from backend.store import workers
from backend.store.database import Database
from ols.spec.run_spec import RunSpec
from ols.version import __version__
from tests.support import factories as make
from tests.support import seed


def beat(database: Database, name: str, **datasets: bool) -> None:
    with database.write() as session:
        workers.heartbeat(
            session,
            name=name,
            host="h",
            pid=1,
            slots=[],
            datasets={
                key: {"available": value, "detail": "" if value else "get it"}
                for key, value in datasets.items()
            },
            versions={},
            started_at=datetime.now(UTC),
        )


def test_health(client: Any, database: Database) -> None:
    beat(database, "a")
    answer = client.get("/healthz")
    assert answer.status_code == 200
    assert answer.json() == {
        "status": "ok",
        "database": "ok",
        "queue": "ok",
        "storage": "ok",
        "workers": 1,
        "version": __version__,
    }


def test_a_lost_database_is_named(client: Any, config: Settings) -> None:
    client.app.state.database.dispose()
    (config.data_dir / "ols.sqlite3").unlink()
    answer = client.get("/healthz")
    assert answer.status_code == 503
    assert answer.json()["database"] == "replaced"
    assert answer.json()["queue"] == "ok"


def test_the_schema_takes_what_the_api_takes(client: Any) -> None:
    schema = client.get("/api/schema").json()
    assert schema == RunSpec.model_json_schema()
    assert schema["required"] == ["method"]


def test_the_catalogue_says_what_online_workers_have(client: Any, database: Database) -> None:
    def availability() -> dict[str, Any]:
        tables = client.get("/api/catalogue").json()
        assert {"methods", "datasets", "models", "presets"} <= set(tables)
        return {entry["name"]: entry["availability"] for entry in tables["datasets"]}

    assert availability()["digits"] == {
        "available": None,
        "detail": "",
        "workers": [],
        "places": {},
    }
    beat(database, "a", digits=True, fashion_mnist=False)
    beat(database, "b", digits=True)
    with database.write() as session:
        workers.stopped(session, "b")
    found = availability()
    assert found["digits"] == {
        "available": True,
        "detail": "",
        "workers": ["a"],
        "places": {"a": ""},
    }
    assert found["fashion_mnist"] == {
        "available": False,
        "detail": "get it",
        "workers": [],
        "places": {},
    }
    assert found["glyphs"]["available"] is None


def test_timms_networks_and_who_has_timm(client: Any, database: Database) -> None:
    loaded = "timm" in sys.modules  # by another test of this process
    answer = client.get("/api/networks").json()
    assert answer["workers"] == []
    assert {"name", "parameters", "macs", "image_size"} == set(answer["networks"][0])
    seed.worker(database, None, "a", {"timm": "1.0"})
    seed.worker(database, None, "b")
    assert client.get("/api/networks").json()["workers"] == ["a"]
    assert ("timm" in sys.modules) == loaded


def test_the_workers(client: Any, database: Database) -> None:
    beat(database, "a")
    [worker] = client.get("/api/workers").json()["workers"]
    assert (worker["name"], worker["online"]) == ("a", True)


def test_the_log_is_read_on(client: Any, database: Database, config: Settings) -> None:
    run_id = make.submit(database)
    empty = client.get(f"/api/runs/{run_id}/log")
    assert (empty.status_code, empty.text, empty.headers["x-log-size"]) == (200, "", "0")
    make.take_folder(config, database, run_id)
    path = config.log_path(run_id)
    path.write_text("épocha\n" * 3)
    whole = client.get(f"/api/runs/{run_id}/log")
    assert whole.text == "épocha\n" * 3
    assert whole.headers["content-type"] == "text/plain; charset=utf-8"
    assert whole.headers["x-log-next"] == whole.headers["x-log-size"] == "24"
    assert client.get(f"/api/runs/{run_id}/log?after=16").text == "épocha\n"
    assert client.get(f"/api/runs/{run_id}/log?tail=6").text == "pocha\n"
    assert client.get(f"/api/runs/{run_id}/log?after=999").text == ""


def test_the_checkpoint_is_a_download(client: Any, database: Database, config: Settings) -> None:
    run_id = make.submit(database)
    missing = client.get(f"/api/runs/{run_id}/checkpoint")
    assert missing.status_code == 404
    assert "no checkpoint yet" in missing.json()["error"]["message"]
    make.take_folder(config, database, run_id)
    folder: Path = config.checkpoint_dir(run_id)
    folder.mkdir(parents=True)
    (folder / "epoch-000001.pt").write_bytes(b"weights" * 200)
    answer = client.get(f"/api/runs/{run_id}/checkpoint")
    assert answer.content == b"weights" * 200
    assert f"run-{run_id}-epoch-1.pt" in answer.headers["content-disposition"]
    assert "content-encoding" not in answer.headers


def test_the_documentation_names_every_call_without_scripts(client: Any) -> None:
    page = client.get("/docs", headers={"Accept": "text/html"})
    assert page.status_code == 200
    openapi = client.get("/api/openapi.json").json()
    for path in openapi["paths"]:
        assert path in page.text, path
    assert "<script" not in page.text
    assert "http://" not in page.text
    assert "https://" not in page.text
    run_id = openapi["paths"]["/api/runs/{run_id}"]["get"]["parameters"][0]
    assert run_id["schema"]["type"] == "integer"
    assert {"RunSpec-Input", "RunSpec-Output", "ErrorAnswer"} <= set(
        openapi["components"]["schemas"]
    )
    assert "HTTPValidationError" not in openapi["components"]["schemas"], "not our errors' shape"


@pytest.mark.parametrize("path", ["/api/runs", "/docs", "/api/schema", "/api/events"])
def test_pages_may_not_run_foreign_scripts(client: Any, path: str) -> None:
    if path == "/api/events":
        client.app.state.tail.close()  # the stream ends at once
    policy = client.get(path).headers["content-security-policy"]
    assert "script-src 'self';" in policy
    assert "frame-ancestors 'none'" in policy
