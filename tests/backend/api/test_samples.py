from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from backend.store import recorder, samples
from backend.store.database import Database
from ols.training.epoch_report import ClassSamples
from tests.support import factories as make


def webp(words: bytes) -> bytes:
    """What begins as a WebP file does."""
    return b"RIFF----WEBP" + words.ljust(30)


PICTURES = ClassSamples(2, 8, (webp(b"zero"), webp(b"one"), webp(b"two")))


def started(database: Database, found: ClassSamples | None = None, **values: Any) -> int:
    """A running run of three classes, whose trainer sent sample images."""
    run_id = make.submit(database, **values)
    taken = make.claim(database)
    with database.write() as session:
        recorder.record_info(session, taken, make.info())
        if found:
            assert recorder.record_samples(session, taken, found) == "go_on"
    return run_id


def test_pictures_of_each_class(client: Any, database: Database) -> None:
    run_id = started(database, PICTURES)
    found = client.get(f"/api/runs/{run_id}/samples").json()
    assert (found["classes"], found["per_class"], found["size"]) == (3, 2, 8)
    answer = client.get(found["url"].replace("{class}", "1"))
    assert (answer.content, answer.headers["content-type"]) == (webp(b"one"), "image/webp")
    assert "immutable" in answer.headers["cache-control"]
    plain = client.get(f"/api/runs/{run_id}/samples/1")
    assert plain.headers["cache-control"] == "no-cache"
    again = client.get(
        f"/api/runs/{run_id}/samples/1", headers={"If-None-Match": plain.headers["etag"]}
    )
    assert again.status_code == 304


def test_runs_on_one_dataset_share_them_and_the_first_ones_stay(
    client: Any, database: Database
) -> None:
    first = started(database, PICTURES, seed=1)
    with database.read() as session:
        assert not samples.wanted(session, make.spec(seed=2).model_dump(mode="json"))
        other = make.spec(dataset="glyphs").model_dump(mode="json")
        assert samples.wanted(session, other)
    second = started(
        database,
        replace(PICTURES, rows=(webp(b"x"), webp(b"y"), webp(b"z"))),
        seed=2,
        method="hard",
    )
    for run_id in (first, second):
        assert client.get(f"/api/runs/{run_id}/samples/0").content == webp(b"zero")


def test_another_size_is_another_dataset() -> None:
    keys = {
        samples.key_of(make.spec(dataset=dataset).model_dump(mode="json"))
        for dataset in (
            "glyphs",
            {"name": "glyphs", "render_seed": 1},
            {"name": "glyphs", "train_per_class": 10},
            "digits",
        )
    }
    assert len(keys) == 4
    folder = {"name": "image_folder", "folder": "a"}
    one, two = (
        samples.key_of(make.spec(dataset={**folder, "workers": n}).model_dump(mode="json"))
        for n in (0, 4)
    )
    assert one == two


def test_a_folder_whose_classes_changed_is_rendered_anew(client: Any, database: Database) -> None:
    folder = {"name": "image_folder", "folder": "a"}
    started(database, PICTURES, dataset=folder)
    run_id = make.submit(database, dataset=folder)
    taken = make.claim(database)
    with database.write() as session:
        recorder.record_info(session, taken, replace(make.info(), classes=("x", "y", "new")))
    assert client.get(f"/api/runs/{run_id}/samples").status_code == 404
    with database.read() as session:
        assert samples.wanted(session, make.spec(dataset=folder).model_dump(mode="json"))


@pytest.mark.parametrize("path", ["samples/3", "samples/x"])
def test_classes_that_are_not_there(client: Any, database: Database, path: str) -> None:
    run_id = started(database, PICTURES)
    assert client.get(f"/api/runs/{run_id}/{path}").status_code == 404


def test_none_are_there_before_a_worker_has_the_data(client: Any, database: Database) -> None:
    for run_id in (make.submit(database), started(database), 999):
        answer = client.get(f"/api/runs/{run_id}/samples")
        assert answer.status_code == 404
        assert client.get(f"/api/runs/{run_id}/samples/0").status_code == 404


def test_a_run_that_is_held_by_another_stores_nothing(database: Database) -> None:
    run_id = started(database)
    with database.write() as session:
        assert recorder.record_samples(session, make.held(run_id, 7), PICTURES) == "lost"
    with database.read() as session:
        assert samples.wanted(session, make.spec().model_dump(mode="json"))
