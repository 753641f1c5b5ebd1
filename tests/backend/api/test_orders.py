from __future__ import annotations

from typing import Any

import pytest

from backend.store.database import Database
from tests.support import factories as make


@pytest.fixture
def run_id(database: Database) -> int:
    return make.trained(database, epochs=2, k=10, dataset="fashion_mnist")


def test_orders_of_the_last_epoch(client: Any, run_id: int) -> None:
    found = client.get(f"/api/runs/{run_id}/orders").json()
    assert (found["kind"], found["epoch"]) == ("soft_labels", 2)
    names = {"index", "name", "superclass", "cluster", "accuracy", "entropy"}
    assert set(found["orders"]) == names
    assert all(sorted(order) == list(range(10)) for order in found["orders"].values())
    assert len(found["superclasses"]) == 10
    assert found["blocks"][0] == {"name": "top", "start": 0, "end": 4}
    assert len(found["linkage"]) == 9


def test_an_epoch_before_the_first_has_no_accuracies(client: Any, run_id: int) -> None:
    found = client.get(f"/api/runs/{run_id}/orders?epoch=0").json()
    assert found["epoch"] == 0
    assert found["orders"]["accuracy"] is None


def test_counts_are_ordered_too(client: Any, run_id: int) -> None:
    found = client.get(f"/api/runs/{run_id}/orders?kind=confusion&epoch=1").json()
    assert sorted(found["orders"]["cluster"]) == list(range(10))


def test_a_dataset_without_superclasses(client: Any, database: Database) -> None:
    run_id = make.trained(database, epochs=1, k=3)
    found = client.get(f"/api/runs/{run_id}/orders").json()
    assert found["superclasses"] is None
    assert found["blocks"] == []
    assert client.get(f"/api/runs/{run_id}").json()["superclasses"] is None


def test_unchanged_orders_are_304(client: Any, run_id: int) -> None:
    path = f"/api/runs/{run_id}/orders"
    etag = client.get(path).headers["etag"]
    assert client.get(path, headers={"If-None-Match": etag}).status_code == 304
    assert client.get(f"{path}?epoch=1", headers={"If-None-Match": etag}).status_code == 200


@pytest.mark.parametrize(
    ("query", "status"),
    [("epoch=-1", 422), ("epoch=x", 422), ("kind=nope", 422)],
)
def test_what_can_not_be_ordered(client: Any, run_id: int, query: str, status: int) -> None:
    answer = client.get(f"/api/runs/{run_id}/orders?{query}")
    assert answer.status_code == status
    assert answer.json()["error"]["message"]


def test_a_run_without_matrices_or_without_existence(client: Any, database: Database) -> None:
    queued = make.submit(database)
    assert client.get(f"/api/runs/{queued}/orders").status_code == 404
    assert client.get("/api/runs/999/orders").status_code == 404
