from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from backend.store import recorder
from backend.store.database import Database
from ols.training.epoch_report import ClassSamples, ConfusedPairs
from tests.support import factories as make

SAMPLES = ClassSamples(2, 8, (b"zero", b"one", b"two"))
PAIRS = np.array([[1, 0, 7, 9, -1], [0, 2, 4, -1, -1]], np.int32)
FIRST = ConfusedPairs("test", PAIRS, {7: b"seven", 9: b"nine", 4: b"four"})
LATER = ConfusedPairs("test", np.array([[1, 2, 7, 8, -1]], np.int32), {8: b"eight"})


def started(
    database: Database, *epochs: ConfusedPairs | None, drawn: bool = True, **values: Any
) -> int:
    """A running run of three classes with what each of its epochs confused."""
    run_id = make.submit(database, **values)
    taken = make.claim(database)
    with database.write() as session:
        recorder.record_info(session, taken, make.info())
        if drawn:
            recorder.record_samples(session, taken, SAMPLES)
    for number, found in enumerate(epochs, 1):
        report = replace(make.report(number), confused=found)
        with database.write() as session:
            assert recorder.record_epoch(session, taken, report, make.LEASE) == "go_on"
    return run_id


def pairs(client: Any, run_id: int, query: str = "") -> list[tuple[int, int, list[int]]]:
    found = client.get(f"/api/runs/{run_id}/confused{query}").json()["pairs"]
    return [(pair["a"], pair["b"], pair["images"]) for pair in found]


def test_images_of_each_pair(client: Any, database: Database) -> None:
    run_id = started(database, FIRST)
    found = client.get(f"/api/runs/{run_id}/confused").json()
    assert (found["epoch"], found["part"], found["size"]) == (1, "test", 8)
    assert pairs(client, run_id) == [(1, 0, [7, 9]), (0, 2, [4])]
    assert pairs(client, run_id, "?class=0") == [(0, 2, [4])]
    assert pairs(client, run_id, "?limit=1") == [(1, 0, [7, 9])]
    answer = client.get(found["url"].replace("{number}", "9"))
    assert (answer.content, answer.headers["content-type"]) == (b"nine", "image/webp")
    assert "immutable" in answer.headers["cache-control"]
    etag = {"If-None-Match": answer.headers["etag"]}
    assert client.get(f"/api/runs/{run_id}/confused/9", headers=etag).status_code == 304


def test_each_epoch_has_its_own_and_the_newest_before_it_answers(
    client: Any, database: Database
) -> None:
    run_id = started(database, FIRST, None, LATER)
    assert pairs(client, run_id) == [(1, 2, [7, 8])]  # image 7 was drawn in the first epoch
    assert pairs(client, run_id, "?epoch=2") == pairs(client, run_id, "?epoch=1")
    assert pairs(client, run_id, "?epoch=0") == []


def test_runs_on_one_dataset_share_the_pictures(client: Any, database: Database) -> None:
    started(database, FIRST, seed=1)
    again = started(database, replace(FIRST, pictures={7: b"other"}), seed=2)
    assert pairs(client, again) == [(1, 0, [7, 9]), (0, 2, [4])]
    assert client.get(f"/api/runs/{again}/confused/7").content == b"seven"


def test_a_holdouts_numbers_are_those_of_the_training_set(client: Any, database: Database) -> None:
    started(database, FIRST)
    held = started(database, replace(FIRST, part="train", pictures={7: b"held"}), eval_on="holdout")
    assert pairs(client, held) == [(1, 0, [7])]
    assert client.get(f"/api/runs/{held}/confused/7").content == b"held"


def test_an_attempt_that_goes_on_forgets_what_came_after(client: Any, database: Database) -> None:
    run_id = started(database, FIRST, LATER)
    with database.write() as session:
        recorder.record_info(session, make.held(run_id), make.info(resumed_epoch=1))
    assert pairs(client, run_id) == [(1, 0, [7, 9]), (0, 2, [4])]


@pytest.mark.parametrize("drawn", [False, True])
def test_none_are_no_error(client: Any, database: Database, drawn: bool) -> None:
    run_id = started(database, FIRST if not drawn else None, drawn=drawn)
    answer = client.get(f"/api/runs/{run_id}/confused")
    assert (answer.status_code, answer.json()["pairs"]) == (200, [])


@pytest.mark.parametrize(
    "path", ["1/confused/3", "1/confused/x", "1/confused/9999999999", "9/confused"]
)
def test_what_is_not_there(client: Any, database: Database, path: str) -> None:
    started(database, FIRST)
    assert client.get(f"/api/runs/{path}").status_code == 404
