"""Several questions of a run's page in one request are answered as if each had come alone."""

from __future__ import annotations

import gzip
import json
import struct
from typing import Any

import pytest

from backend.store.database import Database
from tests.support import factories as make

Answer = tuple[int, dict[str, str], bytes]


def parts(body: bytes) -> list[Answer]:
    """(status, headers, plain body) of each answer."""
    (length,) = struct.unpack_from("<I", body)
    start, found = 4 + length, []
    for part in json.loads(body[4:start]):
        own = body[start : start + part["bytes"]]
        start += part["bytes"]
        packed = part["headers"].pop("content-encoding", "") == "gzip"
        found.append((part["status"], part["headers"], gzip.decompress(own) if packed else own))
    assert start == len(body)
    return found


def ask(client: Any, *paths: str) -> Any:
    return client.post("/fragments/bundle", json={"paths": list(paths)})


def test_each_answer_is_the_one_that_would_come_alone(client: Any, database: Database) -> None:
    run = make.trained(database)
    paths = [
        f"/api/runs/{run}/matrices/soft_labels/3",
        f"/api/runs/{run}/classes/1?epoch=2",
        f"/fragments/runs/{run}/head",
        f"/api/runs/{run}/matrices/soft_labels/99",
    ]
    answer = ask(client, *paths)
    assert answer.headers["content-type"] == "application/vnd.ols.bundle"
    assert "content-encoding" not in answer.headers
    for path, (status, headers, body) in zip(paths, parts(answer.content), strict=True):
        alone = client.get(path, headers={"Accept": "*/*"})
        assert (status, body) == (alone.status_code, alone.content)
        assert headers["content-type"] == alone.headers["content-type"]
    frame = parts(answer.content)[0][1]
    assert (frame["x-matrix-shape"], frame["x-matrix-codec"]) == ("3,3", "u16log-shuffle")


@pytest.mark.parametrize(
    "path",
    [
        "/api/runs/1/events",  # never ends
        "/api/runs/1/checkpoint",
        "/api/runs/1",
        "/api/workers",
        "http://elsewhere/api/runs/1/log",
        "/api/runs/١/log",
    ],
)
def test_what_is_no_part_of_a_runs_page_is_refused(client: Any, path: str) -> None:
    answer = ask(client, path)
    assert answer.status_code == 422
    assert answer.json()["error"]["fields"][0]["path"] == "paths.0"


def test_a_bundle_has_an_end(client: Any) -> None:
    assert ask(client, *["/api/runs/1/pairs"] * 25).status_code == 422
    assert ask(client).status_code == 422


def test_a_token_is_asked_for_as_ever(config: Any, database: Database) -> None:
    from backend.app import create_app
    from tests.backend.contract import TestClient

    run = make.trained(database)
    closed = create_app(config.model_copy(update={"token": type(config.token)("s3cret-token")}))
    with TestClient(closed, base_url="http://127.0.0.1:8000") as client:
        assert ask(client, f"/api/runs/{run}/pairs").status_code == 401
        client.headers["Authorization"] = "Bearer s3cret-token"
        [(status, _, _)] = parts(ask(client, f"/api/runs/{run}/pairs").content)
        assert status == 200
