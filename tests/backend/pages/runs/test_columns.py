"""A column of the runs table is said in one place, and every page shows it from there."""

from __future__ import annotations

from typing import Any

import pytest

from backend.analysis.targets import title_of_target
from backend.pages.runs import columns
from backend.pages.runs.columns import COLUMNS, Column, column_named, target_value
from backend.store.conditions import RENAMED
from backend.store.database import Database
from backend.store.listing import sort_name
from tests.support import factories as make


def test_a_column_is_added_in_one_place(
    client: Any, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    seeds = Column(
        "seed",
        "Seed",
        value=lambda run: run["spec"]["seed"],
        show="no. {}".format,
        help="Of the random numbers",
        sortable=False,
    )
    monkeypatch.setattr(columns, "COLUMNS", (*COLUMNS, seeds))
    run_id = make.submit(database, seed=7)
    page = client.get("/").text
    assert '<th class="c-seed" scope="col" title="Of the random numbers">Seed</th>' in page
    assert '<td class="c-seed">no. 7</td>' in page
    assert 'name="columns" value="seed" checked' in page, "one can leave it out"
    assert "c-seed" not in client.get("/?columns=method").text
    row = client.get(f"/fragments/runs?ids={run_id}&columns=seed").text
    assert '<td class="c-seed">no. 7</td>' in row


def test_text_of_a_cell_is_no_markup(
    client: Any, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    bold = Column("bold", "<i>", value=lambda run: "<b>", show=str, sortable=False)
    monkeypatch.setattr(columns, "COLUMNS", (*COLUMNS, bold))
    make.submit(database)
    page = client.get("/").text
    assert '<td class="c-bold">&lt;b&gt;</td>' in page
    assert "<i>" not in page


def test_every_column_sorts_by_its_name(client: Any, database: Database) -> None:
    make.submit(database)
    for column in COLUMNS:
        assert (sort_name(column.name) == column.name) is column.sortable, column.name
        sort = column.name if column.sortable else ""
        page = client.get(f"/?columns={column.name}&sort={sort}")
        assert page.status_code == 200
        assert ('aria-sort="ascending"' in page.text) is column.sortable


@pytest.mark.parametrize(("old", "new"), RENAMED.items())
def test_addresses_of_earlier_versions_still_work(
    client: Any, database: Database, old: str, new: str
) -> None:
    make.submit(database)
    page = client.get(f"/?columns={old}").text
    assert f'class="{column_named(new).css}"' in page
    assert 'aria-sort="descending"' in client.get(f"/?sort=-{old}").text


def test_values_and_titles_of_any_column() -> None:
    run = {"spec": {"method": {"alpha": 0.5}}, "summary": {"val_ece": {"last": 0.1, "best": 0.05}}}
    assert target_value(run, "spec.method.alpha") == 0.5
    assert target_value(run, "spec.method.alpha.more") is None
    assert target_value(run, "val_ece.best") == 0.05
    assert target_value(run, "val_loss.last") is None
    assert title_of_target("val_ece.best") == "Best val ECE†"
    assert title_of_target("spec.seed") == "Seed"
