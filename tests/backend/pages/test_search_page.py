"""The page of a search, as the server writes it."""

from __future__ import annotations

from typing import Any

from backend.analysis.figures.figure import as_plotly
from backend.analysis.searches import search_view
from backend.store.database import Database
from tests.support import searched


def test_it_says_what_may_be_claimed(client: Any, database: Database) -> None:
    held_out = searched.search(database, 12)
    page = client.get(f"/experiments/{held_out}").text
    assert "This is no number to report." in page
    assert "on the images of the holdout that chose it" in page
    client.post(f"/api/experiments/{held_out}/confirm", json={"seeds": 3})
    assert "0 of 3" in client.get(f"/experiments/{held_out}").text
    tested = searched.search(database, 4, spec={"dataset": "digits", "epochs": 9})
    page = client.get(f"/experiments/{tested}").text
    assert "the test set itself chose it" in page
    assert client.get(f"/fragments/experiments/{tested}/search").status_code == 200


def test_a_search_without_any_run_has_its_page(client: Any, database: Database) -> None:
    body = searched.BODY | {"budget": {"hours": 2}}
    number = client.post("/api/experiments", json=body).json()["id"]
    page = client.get(f"/experiments/{number}").text
    assert "at most 2.0 hours of training" in page
    assert "No worker online can propose settings" in page
    assert client.get("/experiments").status_code == 200
    assert client.get(f"/runs/new?experiment={number}").status_code == 200


def test_its_figures_are_valid_and_a_field_that_a_setting_lacks_is_left_out(
    database: Database,
) -> None:
    number = searched.search(database, 12)
    with database.read() as session:
        view = search_view(session, number)
    for figure in (view.over_time, *view.slices):
        as_plotly(figure)
    hard = [place for place, row in enumerate(view.rows) if row.fields[0] == "Hard labels"]
    assert hard
    alpha = view.axes["axes"][1]
    assert alpha["title"] == "alpha"
    assert {alpha["places"][place] for place in hard} == {None}
    assert all(
        place is None or 0 <= place <= 1 for axis in view.axes["axes"] for place in axis["places"]
    )
    assert view.rows[hard[0]].fields[1] == "–"
