"""Somebody else's training loop: begin, log, finish, and what is refused."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest

from backend.store import claims, leases
from backend.store.database import Database
from backend.store.logged_points import MOST_METRICS
from backend.store.step_chunks import MOST
from tests.support import factories as make

JSON = {"Content-Type": "application/json"}


def begin(client: Any, **body: Any) -> dict[str, Any]:
    """A new logged run, as answered."""
    answer = client.post("/api/runs/logged", json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()


def log(client: Any, run_id: int, *points: dict[str, Any]) -> Any:
    return client.post(f"/api/runs/{run_id}/log", json={"points": list(points)})


def epoch(number: int, **metrics: float | None) -> dict[str, Any]:
    return {"epoch": number, "metrics": metrics}


def step(number: int, **metrics: float | None) -> dict[str, Any]:
    return {"step": number, "metrics": metrics}


def refused(answer: Any, status: int, path: str | None = None) -> str:
    """The message of an error in the contract's shape, which names `path`."""
    assert answer.status_code == status, answer.text
    error = answer.json()["error"]
    if path is not None:
        assert [field["path"] for field in error["fields"]] == [path]
    return error["message"]


def test_a_logged_run_is_a_run_like_any_other(client: Any) -> None:
    config = {"lr": 0.1, "optimizer": {"name": "sgd"}, "milestones": [10, 20]}
    run = begin(
        client, name="mine", tags=["a"], notes="n", config=config, method="my loss", epochs=3,
        classes=["cat", "dog"], key="k",
    )  # fmt: skip
    assert (run["source"], run["state"], run["stale"]) == ("logged", "running", False)
    assert (run["spec"], run["config"], run["method"], run["dataset"]) == (
        None,
        config,
        "my loss",
        None,
    )
    assert (run["lease_expires_at"], run["worker"], run["key"]) == (None, None, "k")
    said = log(
        client, run["id"], epoch(1, val_top1=0.5, loss=2.0), epoch(2, val_top1=0.4, loss=1.0)
    )
    assert said.json() == {
        "accepted": 2, "last_epoch": 2, "last_step": None, "cancel_requested": False,
    }  # fmt: skip
    ended = client.post(f"/api/runs/{run['id']}/finish", json={"state": "finished"}).json()
    assert (ended["state"], ended["progress"]["epoch"]) == ("finished", 2)
    assert ended["summary"]["val_top1"] == {"last": 0.4, "best": 0.5, "best_epoch": 1}
    assert ended["summary"]["loss"] == {"last": 1.0, "best": 1.0, "best_epoch": 2}
    listed = client.get("/api/runs?where=config.lr%3E%3D0.1&where=config.optimizer.name%3Dsgd")
    assert [one["id"] for one in listed.json()["runs"]] == [run["id"]]
    assert client.get("/api/runs?where=config.lr%3E0.2").json()["runs"] == []
    series = client.get(f"/api/runs/{run['id']}/metrics").json()
    assert series["values"]["val_top1"] == [0.5, 0.4]


def test_what_only_a_trained_run_has_is_refused_with_a_word(client: Any) -> None:
    run_id = begin(client)["id"]
    for action in ("pause", "resume", "retry", "clone"):
        message = refused(client.post(f"/api/runs/{run_id}/{action}"), 409)
        assert "logged by a loop of its own" in message
    acted = client.post(
        "/api/runs/actions", json={"ids": [run_id], "action": "priority", "priority": 1}
    )
    assert acted.json()["results"][0]["error"]["one"] == "is a logged run, which no worker has"
    trained = client.post("/api/runs", json={"spec": {"method": "ols"}}).json()
    assert (trained["source"], trained["config"], trained["stale"]) == ("trained", None, False)
    assert "trained by this lab" in refused(log(client, trained["id"], epoch(1, a=1)), 409)


def test_the_same_key_finds_the_same_run(client: Any) -> None:
    first = begin(client, key="k", name="first", config={"lr": 1})
    again = client.post("/api/runs/logged", json={"key": "k", "name": "other", "config": {"lr": 2}})
    assert again.status_code == 200
    assert (again.json()["id"], again.json()["name"]) == (first["id"], "first")
    assert again.json()["config"] == {"lr": 1}
    client.post(f"/api/runs/{first['id']}/finish", json={"state": "failed", "error": "no memory"})
    assert client.get(f"/api/runs/{first['id']}").json()["error"]["message"] == "no memory"
    reopened = client.post("/api/runs/logged", json={"key": "k"}).json()
    assert (reopened["state"], reopened["error"], reopened["finished_at"]) == (
        "running",
        None,
        None,
    )
    assert log(client, first["id"], epoch(1, a=1)).status_code == 200
    client.post(f"/api/runs/{first['id']}/finish", json={"state": "finished"})
    ended = client.post("/api/runs/logged", json={"key": "k"})
    assert (ended.status_code, ended.json()["state"]) == (200, "finished")
    assert "is finished" in refused(log(client, first["id"], epoch(2, a=1)), 409)


def test_a_deleted_runs_key_is_free(client: Any) -> None:
    first = begin(client, key="k")["id"]
    client.post(f"/api/runs/{first}/finish", json={"state": "finished"})
    assert client.delete(f"/api/runs/{first}").status_code == 204
    assert begin(client, key="k")["id"] != first
    assert client.post(f"/api/runs/{first}/restore").status_code == 200


def test_a_cancel_is_answered_with_the_next_call(client: Any) -> None:
    run_id = begin(client)["id"]
    asked = client.post(f"/api/runs/{run_id}/cancel").json()
    assert (asked["state"], asked["cancel_requested"]) == ("running", True)
    assert log(client, run_id, epoch(1, a=1)).json()["cancel_requested"] is True
    ended = client.post(f"/api/runs/{run_id}/finish", json={"state": "finished"}).json()
    assert ended["state"] == "cancelled"
    repeated = client.post(f"/api/runs/{run_id}/finish", json={"state": "finished"})
    assert (repeated.status_code, repeated.json()["state"]) == (200, "cancelled")


def test_a_silent_run_is_stale_until_it_calls_again(client: Any) -> None:
    client.app.state.settings.stale_seconds = 0
    run_id = begin(client)["id"]
    stale = client.get(f"/api/runs/{run_id}").json()
    assert (stale["state"], stale["stale"]) == ("running", True)
    assert stale["heard_at"] == stale["created_at"] or stale["heard_at"] > stale["created_at"]
    page = client.get(f"/runs/{run_id}").text
    assert "loop has not reported since" in page
    client.app.state.settings.stale_seconds = 600
    log(client, run_id, epoch(1, a=1))
    assert client.get(f"/api/runs/{run_id}").json()["stale"] is False


def test_cancelling_a_stale_run_ends_it_at_once(client: Any) -> None:
    client.app.state.settings.stale_seconds = 0
    run_id = begin(client)["id"]
    ended = client.post(f"/api/runs/{run_id}/cancel").json()
    assert (ended["state"], ended["stale"]) == ("cancelled", False)
    assert "is cancelled" in refused(log(client, run_id, epoch(1, a=1)), 409)


def test_workers_never_touch_a_logged_run(client: Any, database: Database) -> None:
    client.app.state.settings.stale_seconds = 0
    run_id = begin(client, key="k")["id"]
    with database.write() as session:
        assert leases.held_leases(session) == {}
        assert claims.claim_next(session, worker="w", slot=0, lease_seconds=30) is None
    client.post(f"/api/runs/{run_id}/finish", json={"state": "failed"})
    with database.write() as session:
        assert claims.claim_next(session, worker="w", slot=0, lease_seconds=30) is None


def test_the_same_point_again_replaces(client: Any) -> None:
    run_id = begin(client)["id"]
    log(client, run_id, epoch(1, acc=0.9, loss=1.0), epoch(2, acc=0.5))
    log(client, run_id, epoch(1, acc=0.1))
    series = client.get(f"/api/runs/{run_id}/metrics").json()
    assert series["values"] == {"acc": [0.1, 0.5], "loss": [1.0, None]}
    assert client.get(f"/api/runs/{run_id}").json()["summary"]["acc"] == {
        "last": 0.5, "best": 0.5, "best_epoch": 2,
    }  # fmt: skip
    for _ in range(2):
        log(client, run_id, *(step(n, fast=float(n % 7)) for n in range(50)))
    log(client, run_id, step(3, fast=100.0))
    log(client, run_id, step(3, fast=0.0), step(49, fast=None))
    assert client.get(f"/api/runs/{run_id}").json()["summary"]["fast"] == {
        "last": None, "best": 6.0, "best_epoch": None, "best_step": 6,
    }  # fmt: skip


def test_one_epoch_may_come_in_several_calls_and_epochs_begin_at_0(client: Any) -> None:
    run_id = begin(client)["id"]
    assert log(client, run_id, epoch(0, loss=3.0)).json()["last_epoch"] == 0
    log(client, run_id, epoch(0, acc=0.1))
    log(client, run_id, epoch(1, loss=2.0))
    log(client, run_id, epoch(1, acc=0.2))
    series = client.get(f"/api/runs/{run_id}/metrics").json()
    assert series == {
        "names": ["acc", "loss"], "epochs": [0, 1],
        "values": {"acc": [0.1, 0.2], "loss": [3.0, 2.0]},
    }  # fmt: skip
    assert client.get(f"/api/runs/{run_id}/metrics?after=0").json()["epochs"] == [1]
    summary = client.get(f"/api/runs/{run_id}").json()["summary"]
    assert summary["loss"] == {"last": 2.0, "best": 2.0, "best_epoch": 1}


def test_which_way_is_better(client: Any) -> None:
    run_id = begin(client, better={"score": "min"})["id"]
    log(client, run_id, epoch(1, score=1, my_loss=1, piece=1, error_rate=1, lr=1, other=1))
    log(client, run_id, epoch(2, score=2, my_loss=2, piece=2, error_rate=2, lr=2, other=2))
    summary = client.get(f"/api/runs/{run_id}").json()["summary"]
    best = {name: entry["best"] for name, entry in summary.items()}
    assert best == {"score": 1, "my_loss": 1, "piece": 1, "error_rate": 1, "lr": 2, "other": 2}


def test_numbers_that_json_lacks_are_gaps(client: Any) -> None:
    run_id = begin(client)["id"]
    body = '{"points": [{"epoch": 1, "metrics": {"a": NaN, "b": Infinity, "c": null, "d": 1e400}}]}'
    answer = client.post(f"/api/runs/{run_id}/log", content=body)
    assert answer.status_code == 200, answer.text
    values = client.get(f"/api/runs/{run_id}/metrics").json()["values"]
    assert values == {"a": [None], "b": [None], "c": [None], "d": [None]}
    config = client.post(
        "/api/runs/logged", content='{"config": {"x": NaN, "t": "a\\u0000b"}}', headers=JSON
    )
    assert config.json()["config"] == {"x": None, "t": "ab"}


@pytest.mark.parametrize(
    ("points", "path"),
    [
        ([{"metrics": {"a": 1}}], "points.0"),
        ([{"epoch": 1, "step": 1, "metrics": {"a": 1}}], "points.0"),
        ([epoch(1, a=1), {"epoch": 1}], "points.1.metrics"),
        ([{"epoch": -1, "metrics": {"a": 1}}], "points.0.epoch"),
        ([{"epoch": 1.5, "metrics": {"a": 1}}], "points.0.epoch"),
        ([{"epoch": 10**9, "metrics": {"a": 1}}], "points.0.epoch"),
        ([{"step": 2**60, "metrics": {"a": 1}}], "points.0.step"),
        ([{"step": 1, "metrics": {"a": "1"}}], "points.0.metrics.a"),
        ([{"step": 1, "metrics": {"a": True}}], "points.0.metrics.a"),
        ([{"step": 1, "metrics": {"a,b": 1}}], "points.0.metrics.a,b"),
        ([{"step": 1, "metrics": {"": 1}}], "points.0.metrics."),
        ([{"step": 1, "metrics": {"a\nb": 1}}], "points.0.metrics.a\nb"),
        ([{"step": 1, "metrics": {"a" * 10_000: 1}}], "points.0.metrics." + "a" * 40),
        ([{"step": 1, "time": 32_000_000_000_000, "metrics": {"a": 1}}], "points.0.time"),
        ([{"step": 1, "time": "2999-01-01T00:00:00Z", "metrics": {"a": 1}}], "points.0.time"),
        ([{"step": 1, "time": "2020-01-01T00:00:00", "metrics": {"a": 1}}], "points.0.time"),
        ([{"step": 1, "metrics": {"a": 1}, "wall": 3}], "points.0.wall"),
        ([step(n, a=1) for n in range(10_001)], "points"),
        ([{"step": 1, "metrics": {f"m{n}": 1 for n in range(MOST_METRICS + 1)}}], "points"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_points_that_are_refused(client: Any, points: list[Any], path: str) -> None:
    run_id = begin(client)["id"]
    refused(client.post(f"/api/runs/{run_id}/log", json={"points": points}), 422, path)
    assert client.get(f"/api/runs/{run_id}/metrics").json()["names"] == []


def test_bodies_that_are_refused(client: Any) -> None:
    run_id = begin(client)["id"]
    log_at = f"/api/runs/{run_id}/log"
    assert "at character 10" in refused(client.post(log_at, content=b'{"points":'), 400)
    refused(client.post(log_at, content=b"[]"), 422)
    packed = {"Content-Encoding": "gzip"}
    bomb = gzip.compress(b" " * 200_000_000)
    assert len(bomb) < 1_000_000
    assert "larger than 16777216 bytes" in refused(
        client.post(log_at, content=bomb, headers=packed), 413
    )
    refused(client.post(log_at, content=b"no gzip", headers=packed), 400)
    refused(client.post(log_at, content=gzip.compress(b"{}" * 100)[:-9], headers=packed), 400)
    refused(client.post(log_at, content=b"{}", headers={"Content-Encoding": "br"}), 415)
    elsewhere = gzip.compress(b" " * 2_000_000)
    refused(client.post("/api/runs/logged", content=elsewhere, headers=packed), 413)
    refused(client.post(log_at, content=b" " * 17_000_000), 413)
    assert log(client, 99, epoch(1, a=1)).status_code == 404


def test_gzip_is_taken(client: Any) -> None:
    run_id = begin(client)["id"]
    body = json.dumps({"points": [step(n, a=n) for n in range(10_000)]}).encode()
    answer = client.post(
        f"/api/runs/{run_id}/log", content=gzip.compress(body), headers={"Content-Encoding": "gzip"}
    )
    assert answer.json()["accepted"] == 10_000
    assert answer.json()["last_step"] == 9999


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"key": ""}, "key"),
        ({"key": "k" * 201}, "key"),
        ({"method": "m" * 65}, "method"),
        ({"epochs": 0}, "epochs"),
        ({"better": {"a": "up"}}, "better.a"),
        ({"lr": 1}, "lr"),
        ({"tags": [f"t{n}" for n in range(21)]}, "tags"),
        ({"config": [0] * 20_000}, "config"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_beginnings_that_are_refused(client: Any, body: dict[str, Any], path: str) -> None:
    refused(client.post("/api/runs/logged", json=body), 422, path)


def test_odd_configs_are_kept(client: Any) -> None:
    deep: Any = 1
    for _ in range(30):
        deep = {"x": deep}
    refused(client.post("/api/runs/logged", json={"config": deep}), 422, "config")
    long = {"a" * 150 + str(n): n for n in range(3)}
    for config in (long, [1, 2], "text", 3, True, None, {"": 1, " ": 2, "a.b": {"c": 1}}):
        content = json.dumps({"config": config})
        answer = client.post("/api/runs/logged", content=content, headers=JSON)
        assert answer.status_code == 201, answer.text
        assert answer.json()["config"] == config
    assert client.get("/").status_code == 200


def test_a_finish_says_how(client: Any) -> None:
    run_id = begin(client)["id"]
    path = f"/api/runs/{run_id}/finish"
    refused(client.post(path, json={"state": "running"}), 422, "state")
    failed = client.post(path, json={"state": "failed", "error": "ValueError: no"}).json()
    assert (failed["state"], failed["error"]["message"]) == ("failed", "ValueError: no")
    assert client.post(path, json={"state": "failed"}).status_code == 200
    other = begin(client)["id"]
    long = {"state": "failed", "error": "x" * 50_000 + "the end"}
    ended = client.post(f"/api/runs/{other}/finish", json=long).json()
    assert ended["error"]["message"].endswith("the end")
    assert "can't end as finished" in refused(client.post(path, json={"state": "finished"}), 409)
    trained = make.submit(client.app.state.database)
    refused(client.post(f"/api/runs/{trained}/finish", json={"state": "finished"}), 409)


def test_steps_of_many_calls_become_few_rows(client: Any, database: Database) -> None:
    from sqlalchemy import func, select

    from backend.store.tables import StepChunk

    run_id = begin(client)["id"]
    for start in range(0, 2 * MOST, 1000):
        log(client, run_id, *(step(n, a=n) for n in range(start, start + 1000)))
    with database.read() as session:
        rows, points = session.execute(
            select(func.count(), func.sum(StepChunk.points)).select_from(StepChunk)
        ).one()
    assert points == -(-2 * MOST // 1000) * 1000
    assert rows < 12


def test_times_are_texts_or_seconds(client: Any) -> None:
    run_id = begin(client)["id"]
    times = ("2026-01-01T01:00:00+01:00", 1767225600.5)
    points = [{**step(place, a=1.0), "time": time} for place, time in enumerate(times)]
    assert log(client, run_id, *points).status_code == 200
    rows = client.get(f"/api/metrics?runs={run_id}").json()
    assert [row["time"] for row in rows] == ["2026-01-01T00:00:00Z", "2026-01-01T00:00:00.500000Z"]
