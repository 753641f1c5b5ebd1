"""The numbers behind the story of /methods/ols fit together, and the page tells them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from backend.pages.methods import story
from backend.pages.methods.story_file import story_file
from backend.store import requests
from backend.store.database import Database
from ols.spec.run_spec import RunSpec
from tests.support import seed

ROUNDING = 0.5 / story.PARTS


@pytest.fixture(scope="module")
def data() -> dict[str, Any]:
    return story.recorded().data


def shares(rows: Any) -> np.ndarray:
    return np.array(rows) / story.PARTS


def test_the_soft_label_is_the_mean_of_what_was_right(data: dict[str, Any]) -> None:
    softmax, letter = shares(data["softmax"]), data["letter"]
    right = softmax.argmax(1) == letter
    assert right.sum() == data["right"][data["epoch"] - 1]
    soft = shares(data["rows"][data["epoch"]])
    assert np.abs(softmax[right].mean(0) - soft).max() < 2 * ROUNDING
    assert np.abs(softmax.mean(0) - soft).max() > 20 * ROUNDING  # all of them would be another


def test_rows_are_distributions_that_start_uniform_and_end_in_the_matrix(
    data: dict[str, Any],
) -> None:
    size, letter = len(data["classes"]), data["letter"]
    for name in ("rows", "matrix", "softmax", "example_softmax"):
        assert np.abs(shares(data[name]).sum(1) - 1).max() < size * ROUNDING, name
    rows, matrix = shares(data["rows"]), shares(data["matrix"])
    assert np.abs(rows[0] - 1 / size).max() < ROUNDING * 1.01
    assert (rows[1:].argmax(1) == letter).all()
    assert (matrix[letter] == rows[-1]).all()
    assert (matrix.argmax(1) == np.arange(size)).all()


def test_every_epoch_is_there_as_the_spec_says(data: dict[str, Any]) -> None:
    spec = RunSpec.parse(data["spec"])
    assert spec.method.name == story.METHOD
    assert spec.noise.kind == "none"
    assert len(data["rows"]) - 1 == len(data["right"]) == len(data["example_softmax"])
    assert len(data["right"]) == spec.epochs
    looked_into = data["softmax"][data["example"]]
    assert data["example_softmax"][data["epoch"] - 1] == looked_into
    assert np.argmax(looked_into) == data["letter"]


def test_the_page_tells_these_numbers(client: Any) -> None:
    told = story.recorded()
    text = client.get("/methods/ols").text
    assert f"{told.right} of {told.images} here" in text
    assert f"gets {told.shown_right} of them right" in text
    assert "When to use it" in text  # the reference stays
    assert 'data-testid="story"' not in client.get("/methods/sat").text


def test_the_newest_finished_run_of_ols_closes_it(client: Any, database: Database) -> None:
    assert "Train this run" in client.get("/methods/ols").text
    first = seed.finished(database, seed.spec("ols", "digits", 0, epochs=2), "first")
    newest = seed.finished(database, seed.spec("ols", "digits", 0, epochs=2), "newest")
    seed.finished(database, seed.spec("hard", "digits", 0, epochs=2), "of another method")
    with database.write() as session:
        requests.submit(session, name="waits", tags=[], spec=seed.spec("ols", "digits", 0))
    text = client.get("/methods/ols").text
    assert f'href="/runs/{newest}#heatmap"' in text
    assert f'href="/runs/{first}#heatmap"' not in text
    with database.read() as session:
        own = story.newest_run(session)
    assert own is not None
    assert client.get(own.frame).status_code == 200


def test_the_file_asks_nobody_for_anything(client: Any) -> None:
    answer = client.get("/reports/methods/ols")
    assert answer.headers["content-disposition"].endswith('"online-label-smoothing.html"')
    text = answer.text
    assert text == story_file()
    before_the_module = text[: text.rindex('<script type="module">')]
    for asking in ("src=", "<link", 'href="/', "url(", "@import"):
        assert asking not in before_the_module, asking
    assert text.count("</script>") == 2  # the numbers, the module
    assert len(text) < 250_000
