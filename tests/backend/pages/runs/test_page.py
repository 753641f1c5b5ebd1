"""The runs page's URL: what it cannot mean is refused, what it means stays in every link."""

from __future__ import annotations

import re
from typing import Any

import pytest

from backend.pages.runs.filters import VIEWS
from backend.store import requests
from backend.store.database import Database
from tests.support import factories as make


@pytest.mark.parametrize(
    ("query", "field"),
    [("columns=nothing", "columns"), ("group=a b", "group"), ("where=alhpa>3", "where")],
)
def test_what_is_no_column_or_field_is_refused(client: Any, query: str, field: str) -> None:
    answer = client.get(f"/?{query}", headers={"Accept": "application/json"})
    assert answer.status_code == 422


def test_links_keep_filters_columns_and_conditions(client: Any, database: Database) -> None:
    make.submit(database)
    query = "where=spec.seed%3D0&where=spec.epochs%3E1&columns=method,spec.method.alpha&method=ols"
    text = client.get(f"/?{query}").text
    assert text.count('data-testid="run-row"') == 1
    link = text.split('href="/?')[-1]
    heads = [part.split('"')[0] for part in text.split('<a href="/?')[1:]]
    sorting = [head for head in heads if "sort=-val" in head or "sort=spec.method.alpha" in head]
    assert sorting, link
    for part in (
        "where=spec.seed%3D0",
        "where=spec.epochs%3E1",
        "columns=method%2Cspec.method.alpha",
    ):
        assert all(part in head for head in sorting)


def test_several_tags_and_group_fields_stay_apart(client: Any, database: Database) -> None:
    make.submit(database, tags=["a b"])
    make.submit(database, tags=["c"])
    text = client.get("/?tag=a%20b&tag=c").text
    assert text.count('data-testid="run-row"') == 2
    assert "tag=a+b&amp;tag=c" in text
    grouped = client.get("/?group=method.name&group=seed,epochs&group=").text
    assert re.findall(r'<th scope="col" class=""[^>]*title="spec.([\w.]+)"', grouped) == [
        "method.name",
        "seed",
        "epochs",
    ]


def rows(client: Any, query: str) -> list[int]:
    """The runs of a page, in its order."""
    return [int(n) for n in re.findall(r'<tr id="run-(\d+)"', client.get(f"/?{query}").text)]


def test_pinned_runs_stand_first_whatever_the_order(client: Any, database: Database) -> None:
    first, second, third, fourth = (make.submit(database, epochs=n) for n in (1, 2, 3, 4))
    with database.write() as session:
        for run_id in (first, third):
            requests.pin(session, run_id)
    assert rows(client, "") == [third, first, fourth, second]
    assert rows(client, "sort=spec.epochs") == [first, third, second, fourth]
    assert rows(client, "pinned=true") == [third, first]
    assert rows(client, "pinned=false") == [fourth, second]
    assert rows(client, "where=spec.epochs>2") == [third, fourth], "filters hold for them too"
    following = client.get("/?limit=1").text.split('rel="next" href="/?')[1].split('"')[0]
    assert rows(client, following.replace("&amp;", "&")) == [second], "they stand there once"
    assert rows(client, "q=pinned") == []


def test_what_matches_leads_to_its_table_and_its_noise_page(
    client: Any, database: Database
) -> None:
    kept, _ = make.trained(database, method="ols"), make.trained(database, method="hard")
    asked = "method=ols&where=spec.seed%3C5&group=dataset.name,method.alpha&sort=name"
    page = client.get(f"/?{asked}").text
    filters = "method=ols&where=spec.seed%3C5"
    table = f"/table?{filters}&rows=dataset.name&columns=method.alpha"
    for address in (table, f"/noise?{filters}"):
        assert f'href="{address.replace("&", "&amp;")}"' in page
        assert client.get(address).status_code == 200
    cells = client.get(f"/api{table}").json()["cells"]
    assert [cell["runs"] for row in cells for cell in row] == [[kept]]
    pinned = client.get("/?pinned=true&archived=true").text
    assert 'href="/table?archived=true&amp;pinned=true"' in pinned
    again = client.get("/table?archived=true&pinned=true").text
    assert 'name="pinned" value="true" checked' in again


def test_all_that_match_come_with_what_can_be_done(client: Any, database: Database) -> None:
    waiting, done = make.submit(database), make.run_in(database, "paused")
    found = client.get("/fragments/matching?method=ols").json()
    actions = {run: set(found["can"][kind]) for run, kind in found["runs"]}
    assert set(actions) == {waiting, done}
    assert "pause" in actions[waiting]
    assert "resume" in actions[done]
    assert found["more"] is False


def test_of_more_runs_than_can_be_chosen_the_newest_come_and_it_says_so(
    client: Any, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = [make.submit(database) for _ in range(3)]
    monkeypatch.setattr("backend.pages.runs.page.MOST_CHOSEN", 2)
    found = client.get("/fragments/matching").json()
    assert [run for run, _ in found["runs"]] == [numbers[2], numbers[1]]
    assert found["more"] is True


def test_every_view_is_answered(client: Any, database: Database) -> None:
    make.submit(database)
    for _, address in VIEWS:
        assert client.get(f"/?{address}").status_code == 200
