"""Bad input: the right status, one shape, and the request's own path."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

JSON = {"Content-Type": "application/json"}
HUGE = "9" * 5000
GIVEN = {"name": "forward_correction", "transition": "given"}


def error(answer: Any) -> dict[str, Any]:
    body = answer.json()
    assert set(body) == {"error"}
    assert {"code", "message"} <= set(body["error"]) <= {"code", "message", "fields"}
    assert body["error"]["message"]
    return body["error"]


@pytest.mark.parametrize(
    ("body", "paths"),
    [
        ({"spec": {"method": {"name": "ols", "alpha": 3}}}, ["spec.method.alpha"]),
        ({"spec": {"method": {"name": "ols", "alpah": 0.3}}}, ["spec.method.alpah"]),
        ({"spec": {"method": "ols", "epoch": 3}}, ["spec.epoch"]),
        ({"spec": {"method": "ols", "epochs": 0}}, ["spec.epochs"]),
        ({"spec": {"method": "ols", "dataset": "mnist"}}, ["spec.dataset"]),
        ({"spec": {"method": "ols", "augment": {"flip": True}}}, ["spec.augment.flip"]),
        (
            {"spec": {"method": {**GIVEN, "matrix": [[0.9, 0.2], [0, 1]]}}},  # a row of 1.1
            ["spec.method.matrix"],
        ),
        ({"spec": {"method": "elr", "augment": {"mix": "mixup"}}}, ["spec.augment.mix"]),
        (
            {"spec": {"method": "ols", "model": {"name": "resnet18", "weights": "file"}}},
            ["spec.model.weights_file"],
        ),
        (
            {"spec": {"method": "ols", "dataset": {"name": "image_folder", "folder": "../x"}}},
            ["spec.dataset.folder"],
        ),
        ({"spec": {"method": "ols", "preset": "cifar1000"}}, ["spec.preset"]),
        ({"spec": {"method": "olx"}, "nam": "x"}, ["spec.method", "nam"]),
        ({"spec": {}}, ["spec.method"]),
        ({"spec": "ols"}, ["spec"]),
        ({}, ["spec"]),
        ({"spec": {"method": "ols"}, "name": " "}, ["name"]),
        ({"spec": {"method": "ols"}, "name": "x" * 201}, ["name"]),
        ({"spec": {"method": "ols"}, "name": 5}, ["name"]),
        ({"spec": {"method": "ols"}, "name": "a\x00b"}, ["name"]),
        ({"spec": {"method": "ols"}, "tags": ["x"] * 21}, ["tags"]),
        ({"spec": {"method": "ols"}, "tags": ["ok", "x" * 65]}, ["tags.1"]),
        ([], [""]),
        (None, [""]),
    ],
)
def test_invalid_submissions_name_their_fields(client: Any, body: Any, paths: list[str]) -> None:
    answer = client.post("/api/runs", content=json.dumps(body), headers=JSON)
    assert answer.status_code == 422
    found = error(answer)
    assert found["code"] == "invalid"
    assert [field["path"] for field in found["fields"]] == paths
    assert all(field["message"] for field in found["fields"])
    assert client.get("/api/runs").json()["runs"] == []


@pytest.mark.parametrize(
    "content",
    [
        b'{"spec":',
        b"\xff\xfe{}",
        b"[" * 100_000,
        b'{"spec": {"method": "ols", "seed": ' + HUGE.encode() + b"}}",
    ],
    ids=["cut", "not utf-8", "deep", "long number"],
)
def test_a_body_that_is_not_json(client: Any, content: bytes) -> None:
    answer = client.post("/api/runs", content=content, headers=JSON)
    assert answer.status_code == 400
    error(answer)


@pytest.mark.parametrize(
    "content",
    [
        b'{"spec": {"method": "ols", "holdout": NaN}}',
        b'{"spec": {"method": "ols", "holdout": 1e999}}',
        b'{"name": "\\ud800", "spec": {"method": "ols"}}',
        b'{"spec": {"method": "ols", "\\ud800": 1}}',
        b'{"spec": {"method": "\\ud800"}}',
    ],
)
def test_json_that_no_database_takes(client: Any, content: bytes) -> None:
    answer = client.post("/api/runs", content=content, headers=JSON)
    assert answer.status_code == 422
    error(answer)


def test_a_body_without_a_content_type_says_what_to_send(client: Any) -> None:
    answer = client.post("/api/runs", content=b'{"spec": {"method": "ols"}}')
    assert answer.status_code == 422
    assert "application/json" in error(answer)["message"]


def test_a_huge_body_is_refused_announced_or_not(client: Any) -> None:
    def parts() -> Iterator[bytes]:
        for _ in range(40):
            yield b"x" * 50_000

    for content in (b"x" * 2_000_000, parts()):
        answer = client.post("/api/runs", content=content, headers=JSON)
        assert answer.status_code == 413
        assert error(answer)["code"] == "too_large"


@pytest.mark.parametrize("run_id", ["7", "0", "-1", "abc", "1.5", str(2**63), "9" * 50, "٣", HUGE])
@pytest.mark.parametrize("path", ["", "/metrics", "/matrices/soft_labels/1", "/events"])
def test_an_unknown_run_is_404(client: Any, run_id: str, path: str) -> None:
    answer = client.get(f"/api/runs/{run_id}{path}")
    assert answer.status_code == 404
    assert error(answer)["code"] == "not_found"


@pytest.mark.parametrize(
    ("query", "path"),
    [
        ("limit=0", "limit"),
        ("limit=501", "limit"),
        ("limit=x", "limit"),
        ("sort=spec", "sort"),
        ("cursor=x", "cursor"),
        ("q=%00", "q"),
        ("archived=perhaps", "archived"),
    ],
)
def test_a_wrong_query_is_named(client: Any, query: str, path: str) -> None:
    answer = client.get(f"/api/runs?{query}")
    assert answer.status_code == 422
    assert error(answer)["fields"][0]["path"].split(".")[0] == path


@pytest.mark.parametrize("after", ["-1", "x", str(2**63), HUGE])
def test_a_wrong_cursor_of_metrics_or_events(client: Any, after: str) -> None:
    client.post("/api/runs", json={"spec": {"method": "ols"}})
    for path in ("/api/runs/1/events", "/api/events", "/api/runs/1/log"):
        assert client.get(f"{path}?after={after}").status_code == 422, path
    # Epochs and steps of a logged run begin at 0, so all of them come after -1.
    beyond = "-2" if after == "-1" else after
    assert client.get(f"/api/runs/1/metrics?after={beyond}").status_code == 422


def test_unknown_addresses_and_verbs(client: Any) -> None:
    missing = client.get("/api/nothing", headers={"Accept": "text/html"})
    assert missing.status_code == 404
    assert error(missing)["code"] == "not_found"
    assert error(client.get("/nothing"))["code"] == "not_found"
    wrong = client.put("/api/runs")
    assert wrong.status_code == 405
    assert "allow" in wrong.headers
    assert error(wrong)["code"] == "method_not_allowed"


def test_a_browser_gets_a_page(client: Any) -> None:
    answer = client.get("/nothing", headers={"Accept": "text/html"})
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")


def test_what_nobody_foresaw_is_500_without_details(
    client: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("secret")

    monkeypatch.setattr("backend.api.runs.runs.get", broken)
    answer = client.get("/api/runs/1")
    assert answer.status_code == 500
    assert error(answer)["code"] == "internal"
    assert "secret" not in answer.text
    assert "secret" in caplog.text
    assert "content-security-policy" in answer.headers


def test_a_database_that_is_locked_is_503(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from sqlalchemy.exc import OperationalError

    def busy(*_: object) -> None:
        raise OperationalError("SELECT", {}, Exception("database is locked"))

    monkeypatch.setattr("backend.api.runs.runs.get", busy)
    answer = client.get("/api/runs/1")
    assert answer.status_code == 503
    assert error(answer)["code"] == "unavailable"
