from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from backend.store import recorder
from backend.store.database import Database
from tests.support import factories as make

K = 6


def soft(epoch: int) -> np.ndarray:
    """Class 0 is taken for class 2 from epoch 2 on, more with every epoch; the rest is even."""
    matrix = np.full((K, K), 0.04)
    np.fill_diagonal(matrix, 0.8)
    if epoch >= 2:
        matrix[0, 2] += 0.1 * epoch
        matrix[0, 0] -= 0.1 * epoch
    return matrix.astype(np.float32)


@pytest.fixture
def run_id(database: Database) -> int:
    """Four epochs, the confusion counting 10 samples of each class, all of class 1 wrong."""
    run_id = make.submit(database, noise={"kind": "symmetric", "rate": 0.5})
    taken = make.claim(database)
    counts = np.diag([10, 0, 10, 10, 10, 10]).astype(np.uint32)
    counts[1, 3] = 10
    facts = replace(make.info(K), labelled=(4, 8, 4, 4, 4, 4), corrupted_of=(1, 2, 0, 0, 0, 0))
    with database.write() as session:
        recorder.record_info(session, taken, facts)
    for epoch in range(1, 5):
        matrices = {"soft_labels": soft(epoch), "confusion": counts, "val_probs": soft(epoch)}
        report = replace(make.report(epoch), matrices=matrices)
        with database.write() as session:
            recorder.record_epoch(session, taken, report, make.LEASE)
    return run_id


def test_a_class_over_the_epochs(client: Any, run_id: int) -> None:
    found = client.get(f"/api/runs/{run_id}/classes/0").json()
    assert (found["class"], found["name"], found["epoch"]) == (0, "c0", 4)
    assert found["epochs"] == [0, 1, 2, 3, 4]
    assert found["accuracy"] == [None, 1, 1, 1, 1]
    assert found["target"] == pytest.approx([1 / K, 0.8, 0.6, 0.5, 0.4], rel=2e-4)
    assert found["entropy"][0] == pytest.approx(np.log(K), rel=1e-4)
    assert (found["train_size"], found["corrupted_share"]) == (4, 0.25)
    first, *others = found["partners"]
    assert (first["class"], first["name"], first["first_rose"]) == (2, "c2", 2)
    assert first["values"] == pytest.approx([1 / K, 0.04, 0.24, 0.34, 0.44], rel=2e-4)
    assert first["now"] == first["values"][-1]
    assert {other["first_rose"] for other in others} == {None}
    assert found["tail"] == pytest.approx(0, abs=1e-6)


def test_partners_of_another_epoch_and_the_tail_of_the_others(client: Any, run_id: int) -> None:
    found = client.get(f"/api/runs/{run_id}/classes/0?epoch=3&top=1").json()
    assert found["epoch"] == 3
    assert [partner["class"] for partner in found["partners"]] == [2]
    assert found["partners"][0]["now"] == pytest.approx(0.34, rel=2e-4)
    assert found["tail"] == pytest.approx(4 * 0.04, rel=1e-3)


def test_a_class_that_is_never_right(client: Any, run_id: int) -> None:
    assert client.get(f"/api/runs/{run_id}/classes/1").json()["accuracy"][1:] == [0] * 4


def test_pairs_with_their_history(client: Any, run_id: int) -> None:
    first, *others = client.get(f"/api/runs/{run_id}/pairs?limit=3").json()
    assert (first["a"], first["b"], first["a_name"], first["b_name"]) == (0, 2, "c0", "c2")
    assert first["value"] == first["forward"] == pytest.approx(0.44, rel=2e-4)
    assert first["reverse"] == pytest.approx(0.04, rel=2e-4)
    assert first["first_rose"] == 2
    assert first["trend"] > 0.05
    assert first["epochs"] == [0, 1, 2, 3, 4]
    assert first["history"] == pytest.approx([1 / K, 0.04, 0.24, 0.34, 0.44], rel=2e-4)
    assert len(others) == 2
    assert {pair["first_rose"] for pair in others} == {None}


def test_symmetric_pairs_come_once(client: Any, run_id: int) -> None:
    found = client.get(f"/api/runs/{run_id}/pairs?symmetric=1&limit=200").json()
    assert len(found) == K * (K - 1) // 2
    assert all(pair["a"] < pair["b"] for pair in found)
    assert found[0]["value"] == pytest.approx((0.44 + 0.04) / 2, rel=2e-4)
    assert found[0]["history"][-1] == pytest.approx(found[0]["value"])
    assert found[0]["first_rose"] == 2


def test_pairs_of_counts_are_shares(client: Any, run_id: int) -> None:
    found = client.get(f"/api/runs/{run_id}/pairs?kind=confusion").json()
    assert [(pair["a"], pair["b"], pair["value"]) for pair in found] == [(1, 3, 1.0)]


def test_what_has_not_changed_is_304(client: Any, run_id: int) -> None:
    for path in ("classes/0", "pairs"):
        address = f"/api/runs/{run_id}/{path}"
        etag = client.get(address).headers["etag"]
        assert client.get(address, headers={"If-None-Match": etag}).status_code == 304
        other = client.get(f"{address}?epoch=1", headers={"If-None-Match": etag})
        assert other.status_code == 200


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("classes/6", 404),
        ("classes/x", 404),
        ("classes/0?epoch=-1", 422),
        ("classes/0?top=0", 422),
        ("pairs?limit=0", 422),
        ("pairs?kind=nope", 422),
        ("pairs?symmetric=2", 422),
    ],
)
def test_what_can_not_be_asked(client: Any, run_id: int, path: str, status: int) -> None:
    answer = client.get(f"/api/runs/{run_id}/{path}")
    assert answer.status_code == status
    assert answer.json()["error"]["message"]


def test_a_run_without_matrices(client: Any, database: Database) -> None:
    queued = make.submit(database)
    for path in ("classes/0", "pairs"):
        assert client.get(f"/api/runs/{queued}/{path}").status_code == 404
        assert client.get(f"/api/runs/999/{path}").status_code == 404


def test_one_class_reads_one_band_of_each_epoch(client: Any, database: Database) -> None:
    run_id = make.trained(database, epochs=2, k=300)  # 22 bands of a frame of 180 kB
    with make.counted(client.app.state.database) as statements:
        answer = client.get(f"/api/runs/{run_id}/classes/7")
    assert answer.status_code == 200
    reading = [sql for sql in statements if "matrix_bands.data" in sql]
    assert len(reading) == 2  # soft labels and confusion
    assert all("matrix_bands.band IN" in sql for sql in reading)
