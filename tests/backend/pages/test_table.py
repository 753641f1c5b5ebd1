"""The table's page shows the API's numbers, in server-rendered HTML, for the same address."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest

from backend.store.database import Database
from tests.support import factories as make


@pytest.fixture
def six(database: Database) -> list[int]:
    """Three seeds of hard labels and of OLS; epoch e has val_top1 = e / 100."""
    return [
        make.trained(database, epochs=epochs + seed, method=method, seed=seed)
        for method, epochs in (("hard", 3), ("ols", 12))
        for seed in range(3)
    ]


def text_of(page: Any, testid: str) -> str:
    assert page.status_code == 200
    part = re.search(rf'data-testid="{testid}".*?</(table|section|form)>', page.text, re.DOTALL)
    assert part, testid
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", part[0])).split())


def test_the_page_says_what_the_api_says(client: Any, six: list[int]) -> None:
    asked = "rows=dataset.name&columns=method.name&which=last_ten"
    page, data = client.get(f"/table?{asked}"), client.get(f"/api/table?{asked}").json()
    shown = text_of(page, "paper-table")
    for cell in data["cells"][0]:
        assert f"{100 * cell['mean']:.2f} ± {100 * cell['std']:.2f} n = {cell['n']}" in shown
    assert f"{100 * data['improvements'][0]['mean']:+.2f}" in shown
    said = text_of(page, "verdicts")
    for verdict in data["verdicts"]:
        assert verdict["sentence"] in said
    for warning in data["warnings"]:
        assert warning in said
    assert f'href="/compare?runs={",".join(map(str, six[3:]))}"' in page.text


def test_errors_are_what_is_missing_to_100_and_fall(client: Any, six: list[int]) -> None:
    shown = text_of(client.get("/table?rows=dataset.name&error=1"), "paper-table")
    assert "96.00 ± 1.00" in shown
    assert "−9.00" in shown


def test_calibration_stands_beside_accuracy(client: Any, six: list[int]) -> None:
    page = client.get("/table?metric=val_top1")
    ece = client.get("/api/table?metric=val_ece").json()["cells"]
    known = any(cell["n"] for row in ece for cell in row)
    assert ('data-testid="beside-table"' in page.text) is known


def test_the_form_holds_what_the_address_says(client: Any, six: list[int]) -> None:
    page = client.get("/table?rows=seed&where=spec.seed<2&baseline=ols&which=best").text
    assert re.search(r'<option value="seed" selected>', page)
    assert 'value="spec.seed&lt;2"' in page
    assert '<option value="ols" selected>' in page
    assert '<option value="best" selected>' in page
    assert "format=latex" in page


def test_repeated_fields_of_the_form_are_one_list(client: Any, six: list[int]) -> None:
    one = client.get("/api/table?rows=dataset.name,seed").json()
    assert client.get("/api/table?rows=dataset.name&rows=seed&rows=").json() == one
    alone = client.get("/api/table?rows=,").json()["rows"]
    assert [row["fields"] for row in alone] == [{}]


def test_a_run_that_goes_on_is_named(client: Any, database: Database, six: list[int]) -> None:
    make.submit(database, method="hard", seed=9)
    make.record(database, make.claim(database), 1)
    assert "1 run has not finished" in text_of(client.get("/table"), "verdicts")


def test_no_run_makes_no_fault(client: Any) -> None:
    assert "No run matches" in client.get("/table?q=nothing").text
    assert client.get("/table?rows=a b").status_code == 422


def test_published_figures_stand_beside_ours_where_the_setting_is_the_same(
    client: Any, database: Database
) -> None:
    paper = {"dataset": "cifar100", "model": "cifar_resnet56"}
    same = make.trained(database, epochs=2, method="hard", **paper)
    other = make.trained(database, epochs=3, method="ols", augment={"mix": "mixup"}, **paper)
    page = client.get(f"/table?runs={same},{other}&error=1")
    shown = text_of(page, "paper-table")
    assert "98.00 n = 1 published 26.81" in shown
    assert shown.count("published") == 1
    assert "Published: Zhang et al." in page.text
    alone = client.get(f"/table?runs={other}&error=1").text
    assert "published" not in alone.replace("published figures", "")
    ece = client.get(f"/table?runs={same}&metric=val_loss").text
    assert 'class="published"' not in ece


def test_few_seeds_are_said_beside_every_comparison(client: Any, database: Database) -> None:
    ids = [
        make.trained(database, epochs=epochs, method=method, seed=seed)
        for method, epochs in (("hard", 3), ("ols", 6))
        for seed in range(2)
    ]
    one = text_of(client.get(f"/table?runs={ids[0]},{ids[2]}"), "verdicts")
    assert "fewer than 3 seeds (the smallest has 1)" in one
    assert "n = 1. One seed says nothing about chance." in one
    two = text_of(client.get(f"/table?runs={','.join(map(str, ids))}"), "verdicts")
    assert "fewer than 3 seeds (the smallest has 2)" in two
    assert "is not significantly different from" in two
    assert "2 seeds are few." in two


def test_three_seeds_are_judged_by_both_tests_after_holm(client: Any, database: Database) -> None:
    for method, epochs in (("hard", 3), ("label_smoothing", 3), ("ols", 30)):
        for seed in range(3):
            make.trained(database, epochs=epochs + seed, method=method, seed=seed)
    page = client.get("/table?rows=dataset.name")
    said = text_of(page, "verdicts")
    verdicts = client.get("/api/table?rows=dataset.name").json()["verdicts"]
    assert len(verdicts) == 2
    assert "Welch’s t-test, and a paired bootstrap over the seeds that both have" in said
    assert "Holm-corrected for the 2 comparisons" in said
    assert "Online label smoothing is better than Hard labels" in said
    assert "95% CI" in said
    assert "fewer than" not in said
    same = next(each for each in verdicts if "Label smoothing" in each["sentence"][:16])
    assert "is not significantly different from" in same["sentence"]
