"""A comparison's report: one file with the API's numbers, nothing fetched."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest

from backend.__main__ import main
from backend.analysis.comparison.axes import axes_of
from backend.core.settings import Settings
from backend.reports.compare_report import compare_report
from backend.store.compare import compare
from backend.store.database import Database
from backend.store.errors import NotFound
from tests.support import factories as make


@pytest.fixture
def runs(database: Database) -> list[int]:
    """Two seeds of hard labels and of OLS, with and without noise."""
    return [
        make.trained(
            database, epochs=2 + seed, method=method, seed=seed, noise=noise, name="</script><b>x"
        )
        for method in ("hard", "ols")
        for noise in ({"kind": "none"}, {"kind": "symmetric", "rate": 0.2})
        for seed in (0, 1)
    ]


def test_it_says_what_the_table_says(client: Any, database: Database, runs: list[int]) -> None:
    page = compare_report(database, runs)
    words = " ".join(unescape(re.sub(r"<[^>]+>", " ", page.partition("<script")[0])).split())
    asked = f"/api/table?runs={','.join(map(str, runs))}&rows=noise.rate"
    found = client.get(asked).json()
    for cells in found["cells"]:
        for cell in cells:
            assert f"{100 * cell['mean']:.2f} ± {100 * cell['std']:.2f} n = 2" in words
    assert len(found["verdicts"]) == 2
    for verdict in found["verdicts"]:
        assert verdict["sentence"] in words


def test_it_fetches_nothing_and_no_name_becomes_markup(database: Database, runs: list[int]) -> None:
    page = compare_report(database, runs)
    assert len(page.encode()) < 8_000_000
    assert not re.findall(r'<(?:script|link|img)[^>]+(?:src|href)="http', page)
    assert "<b>x" not in page.replace("&lt;/script&gt;&lt;b&gt;x", "").replace("\\u003cb", "")


def test_notes_stand_under_their_run_s_name(client: Any, database: Database) -> None:
    first, second = make.trained(database, epochs=1), make.trained(database, epochs=1, seed=1)
    client.patch(f"/api/runs/{second}", json={"notes": "*slow*", "name": "the second"})
    words = compare_report(database, [first, second]).partition("<h2>Notes</h2>")[2]
    assert re.findall(r"<h3>(.*?)</h3>", words) == [f"the second #{second}"]
    assert "<em>slow</em>" in words


def test_rows_and_columns_are_the_fields_that_differ(database: Database, runs: list[int]) -> None:
    alpha = make.trained(database, method={"name": "ols", "alpha": 0.9}, seed=5)
    with database.read() as session:
        assert axes_of(compare(session, runs)) == (["noise.rate"], ["method.name"])
        some = compare(session, [runs[4], alpha])
    assert axes_of(some) == (["dataset.name"], ["method.name", "method.alpha"])


def test_runs_without_epochs_have_a_report_too(database: Database) -> None:
    page = compare_report(database, [make.submit(database), make.submit(database, method="hard")])
    assert "Comparison of 2 runs" in page


def test_the_command_prints_the_file(
    database: Database, config: Settings, monkeypatch: Any, capfdbinary: Any, runs: list[int]
) -> None:
    monkeypatch.setattr("backend.__main__.settings", lambda: config)
    assert main(["report", "--compare", f"{runs[0]},{runs[2]}"]) == 0
    assert capfdbinary.readouterr().out.startswith(b"<!doctype html>")
    assert main(["report", "--compare", "999"]) == 1
    with pytest.raises(NotFound):
        compare_report(database, [999])


@pytest.mark.slow
def test_the_page_is_a_download(client: Any, runs: list[int]) -> None:
    answer = client.get(f"/reports/compare?runs={runs[0]},{runs[1]}")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-disposition"] == 'attachment; filename="comparison.html"'
    assert client.get("/reports/compare?runs=999").status_code == 404
    assert client.get("/reports/compare").status_code == 422
