"""A table over a selection of recorded runs, in every format."""

from __future__ import annotations

from typing import Any

import pytest

from backend.store.database import Database
from tests.support import factories as make

ASK = "/api/table?rows=dataset.name&columns=method.name"


@pytest.fixture
def six(database: Database) -> list[int]:
    """Three seeds of hard labels and of OLS; epoch e has val_top1 = e / 100."""
    return [
        make.trained(database, epochs=epochs + seed, method=method, seed=seed)
        for method, epochs in (("hard", 3), ("ols", 12))
        for seed in range(3)
    ]


def test_a_cell_is_the_mean_of_its_runs_and_names_them(client: Any, six: list[int]) -> None:
    found = client.get(ASK).json()
    hard, ols = found["cells"][0]
    assert hard["mean"] == pytest.approx(0.04)
    assert ols["mean"] == pytest.approx(0.13)
    assert ols["runs"] == six[3:]
    assert ols["best"]
    assert not hard["best"]
    assert [column["fields"] for column in found["columns"]] == [
        {"method.name": "hard"},
        {"method.name": "ols"},
    ]
    (verdict,) = found["verdicts"]
    assert "is better than Hard labels on Digits: +9.0 points" in verdict["sentence"]
    assert verdict["pairs"] == 3


def test_the_mean_of_the_last_ten_epochs(client: Any, six: list[int]) -> None:
    _, ols = client.get(f"{ASK}&which=last_ten").json()["cells"][0]
    assert ols["values"] == pytest.approx([0.075, 0.085, 0.095])


def test_filters_and_numbers_choose_the_runs(client: Any, six: list[int]) -> None:
    cells = client.get(f"{ASK}&where=spec.seed<2").json()["cells"][0]
    assert [cell["n"] for cell in cells] == [2, 2]
    cells = client.get(f"{ASK}&runs={six[0]},{six[5]}").json()["cells"][0]
    assert [cell["runs"] for cell in cells] == [[six[0]], [six[5]]]


def test_another_baseline(client: Any, six: list[int]) -> None:
    found = client.get(f"{ASK}&baseline=ols").json()
    assert found["baseline"] == 1
    assert "is worse than Online label smoothing" in found["verdicts"][0]["sentence"]


@pytest.mark.parametrize(
    ("format", "words"),
    [("latex", r"\toprule"), ("markdown", "| Digits |"), ("csv", "dataset.name,method.name,mean")],
)
def test_formats(client: Any, six: list[int], format: str, words: str) -> None:
    answer = client.get(f"{ASK}&format={format}&error=1")
    assert answer.status_code == 200
    assert words in answer.text
    assert "96.00" in answer.text or "96.0" in answer.text


def test_no_runs_make_an_empty_table(client: Any) -> None:
    for format in ("json", "latex", "markdown", "csv"):
        assert client.get(f"{ASK}&format={format}").status_code == 200
    assert client.get(ASK).json()["cells"] == []


@pytest.mark.parametrize("named", [{}, {"method": "ols"}, {"config": {"dataset": {"name": "x"}}}])
def test_a_logged_run_stands_in_a_table_without_a_published_figure(
    client: Any, named: dict[str, Any]
) -> None:
    run_id = client.post("/api/runs/logged", json=named).json()["id"]
    points = {"points": [{"epoch": 1, "metrics": {"val_top1": 0.5}}]}
    assert client.post(f"/api/runs/{run_id}/log", json=points).status_code == 200
    (cell,) = client.get("/api/table").json()["cells"][0]
    assert cell["n"] == 1
    assert cell["published"] is None


@pytest.mark.parametrize(
    ("query", "path"),
    [
        ("rows=a b", "rows.0"),
        ("columns=method.name;x", "columns.0"),
        ("metric=val%2Ctop1", "metric"),
        ("which=middle", "which"),
        ("runs=1,x", "runs"),
        ("format=pdf", "format"),
        ("where=alpha", "where.0"),
        ("sort=nothing", "sort"),
    ],
)
def test_what_is_asked_wrongly_is_named(client: Any, query: str, path: str) -> None:
    answer = client.get(f"/api/table?{query}")
    assert answer.status_code == 422
    assert [field["path"] for field in answer.json()["error"]["fields"]] == [path]
