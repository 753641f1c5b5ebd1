"""HEAD answers wherever GET does, and OPTIONS says what an address takes."""

from __future__ import annotations

from typing import Any

import pytest

from backend.store.database import Database
from tests.support import factories as make

PAGES = ("/", "/runs/1", "/runs/new", "/compare?runs=1", "/experiments", "/table", "/noise",
         "/workers", "/methods", "/methods/ols", "/docs")  # fmt: skip
CALLS = ("/api/runs", "/api/runs/1", "/api/runs/1/matrices", "/api/runs/1/matrices/soft_labels/1",
         "/api/runs/1/log", "/api/runs/1/pairs", "/api/catalogue", "/healthz", "/metrics",
         "/openapi.json")  # fmt: skip
VARYING = ("date", "content-length", "content-encoding", "transfer-encoding", "vary")


@pytest.mark.parametrize("path", [*PAGES, *CALLS])
def test_head_is_get_without_its_body(client: Any, database: Database, path: str) -> None:
    make.trained(database, epochs=1)
    headers = {"Accept": "text/html"} if path in PAGES else {}
    whole, head = client.get(path, headers=headers), client.head(path, headers=headers)
    assert (whole.status_code, head.status_code) == (200, 200)
    assert head.content == b""
    kept = [
        {name: value for name, value in answer.headers.items() if name not in VARYING}
        for answer in (whole, head)
    ]
    assert kept[0] == kept[1]


def test_the_head_of_a_missing_page_is_404(client: Any) -> None:
    assert client.head("/runs/9", headers={"Accept": "text/html"}).status_code == 404
    assert client.head("/api/runs/9").status_code == 404


@pytest.mark.parametrize("path", ["/api/events", "/api/runs/1/events"])
def test_the_head_of_a_stream_ends(client: Any, database: Database, path: str) -> None:
    make.submit(database)
    answer = client.head(path)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert client.app.state.tail.viewers == 0


@pytest.mark.parametrize(
    ("path", "allow"),
    [
        ("/api/runs", "GET, HEAD, OPTIONS, POST"),
        ("/api/runs/1", "DELETE, GET, HEAD, OPTIONS, PATCH"),
        ("/api/runs/1/cancel", "OPTIONS, POST"),
        ("/api/workers/w/drain", "OPTIONS, POST"),
        ("/healthz", "GET, HEAD, OPTIONS"),
        ("/", "GET, HEAD, OPTIONS"),
        ("/runs/1", "GET, HEAD, OPTIONS"),
    ],
)
def test_options_names_every_method(client: Any, path: str, allow: str) -> None:
    answer = client.options(path)
    assert (answer.status_code, answer.headers["allow"]) == (204, allow)
    assert answer.content == b""
    for method in {"GET", "POST", "PUT", "PATCH", "DELETE"} - set(allow.split(", ")):
        refused = client.request(method, path)
        assert (refused.status_code, refused.headers["allow"]) == (405, allow)
        assert refused.json()["error"]["code"] == "method_not_allowed"


def test_options_of_nothing_is_404(client: Any) -> None:
    assert client.options("/api/nothing").status_code == 404
