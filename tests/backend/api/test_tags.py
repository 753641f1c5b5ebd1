"""A comma separates tags, by whichever way they come; no tag holds one."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from importlib import import_module
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations

from backend.store.database import Database
from tests.support import factories as make

MIGRATION = "backend.store.migrations.versions.0020_tags_without_commas"
SPEC = {"method": "ols", "dataset": "digits"}


def _submitted(client: Any, tags: list[str]) -> int:
    return int(client.post("/api/runs", json={"spec": SPEC, "tags": tags}).json()["id"])


def _patched(client: Any, tags: list[str]) -> int:
    run_id = _submitted(client, ["before"])
    assert client.patch(f"/api/runs/{run_id}", json={"tags": tags}).status_code == 200
    return run_id


def _in_the_bar(client: Any, tags: list[str]) -> int:
    run_id = _submitted(client, [])
    for text in tags:
        body = {"ids": [run_id], "action": "tag", "tag": text}
        assert "run" in client.post("/api/runs/actions", json=body).json()["results"][0]
    return run_id


def _logged(client: Any, tags: list[str]) -> int:
    return int(client.post("/api/runs/logged", json={"name": "mine", "tags": tags}).json()["id"])


def _swept(client: Any, tags: list[str]) -> int:
    body = {"spec": SPEC, "grid": {"seed": [0]}, "tags": tags}
    experiment = client.post("/api/experiments", json=body).json()["id"]
    return int(client.get(f"/api/runs?experiment={experiment}").json()["runs"][0]["id"])


@pytest.mark.parametrize("way", [_submitted, _patched, _in_the_bar, _logged, _swept])
def test_a_comma_separates_tags(client: Any, way: Callable[[Any, list[str]], int]) -> None:
    run_id = way(client, ["b,a ,, B", "c"])
    assert client.get(f"/api/runs/{run_id}").json()["tags"] == ["a", "b", "c"]
    for query, matches in (("a", True), ("x, c", True), ("x&tag=y,a", True), ("a b", False)):
        listed = client.get(f"/api/runs?tag={query}").json()["runs"]
        assert bool(listed) is matches, query
    rows = csv.DictReader(io.StringIO(client.get("/api/runs.csv").text))
    assert next(rows)["tags"].split(", ") == ["a", "b", "c"]


def test_several_tags_are_removed_at_once(client: Any) -> None:
    run_id = _submitted(client, ["a", "b", "c"])
    body = {"ids": [run_id], "action": "untag", "tag": "a, C"}
    client.post("/api/runs/actions", json=body)
    assert client.get(f"/api/runs/{run_id}").json()["tags"] == ["b"]


def test_more_tags_than_a_run_can_have_are_an_error_of_the_field(client: Any) -> None:
    texts = [", ".join(f"t{n}" for n in range(11)), ", ".join(f"u{n}" for n in range(10))]
    answer = client.post("/api/runs", json={"spec": SPEC, "tags": texts})
    assert answer.status_code == 422
    [field] = answer.json()["error"]["fields"]
    assert (field["path"], "at most 20" in field["message"]) == ("tags", True)


def test_an_older_labs_tag_with_a_comma_becomes_several(database: Database) -> None:
    run_id = make.submit(database, tags=["B"])
    tags = sa.table("run_tags", *map(sa.column, ("run_id", "tag", "folded")))
    with database.engine.execution_options(ols_write=True).begin() as connection:
        values = {"run_id": run_id, "tag": "a, b,c", "folded": "a, b,c"}
        connection.execute(sa.insert(tags).values(values))
        with Operations.context(MigrationContext.configure(connection)):
            import_module(MIGRATION).upgrade()
    with database.engine.connect() as connection:
        rows = connection.execute(sa.select(tags.c.tag, tags.c.folded).order_by(tags.c.folded))
        assert [tuple(row) for row in rows] == [("a", "a"), ("B", "b"), ("c", "c")]
