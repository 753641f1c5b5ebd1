"""The noise report over recorded runs; its page shows the same."""

from __future__ import annotations

from typing import Any

import pytest

from backend.store.database import Database
from tests.support import factories as make


@pytest.fixture
def runs(database: Database) -> list[int]:
    """Hard labels and OLS with and without noise; epoch e has val_top1 = e / 100."""
    return [
        make.trained(database, epochs=epochs, method=method, noise=noise)
        for method, epochs in (("hard", 3), ("ols", 5))
        for noise in ({"kind": "none"}, {"kind": "symmetric", "rate": 0.2})
    ]


def test_each_point_names_its_runs(client: Any, runs: list[int]) -> None:
    found = client.get("/api/noise").json()
    assert found["dataset"] == "digits"
    assert found["rates"] == [0.0, 0.2]
    assert [p["runs"] for p in found["accuracy"]["last"]["ols"]] == [[runs[2]], [runs[3]]]
    assert found["gain"]["ols"][0]["mean"] == pytest.approx(0.02)
    assert client.get(f"/api/noise?runs={runs[0]}").json()["methods"] == ["hard"]


def test_the_page_says_what_the_api_says(client: Any, runs: list[int]) -> None:
    page, data = client.get("/noise"), client.get("/api/noise").json()
    assert page.status_code == 200
    assert data["claim"] in page.text
    assert len(data["verdicts"]) == 2
    for verdict in data["verdicts"]:
        assert verdict["sentence"] in page.text


def test_no_runs_make_no_fault(client: Any) -> None:
    assert client.get("/api/noise?q=nothing").json()["dataset"] is None
    assert "No run matches" in client.get("/noise?q=nothing").text
    assert client.get("/api/noise?runs=x").status_code == 422


@pytest.mark.parametrize("named", [{}, {"method": "ols", "dataset": "digits"}])
def test_a_logged_run_without_noise_has_no_place(client: Any, named: dict[str, Any]) -> None:
    run_id = client.post("/api/runs/logged", json=named).json()["id"]
    points = {"points": [{"epoch": 1, "metrics": {"val_top1": 0.5}}]}
    assert client.post(f"/api/runs/{run_id}/log", json=points).status_code == 200
    assert client.get(f"/api/noise?runs={run_id}").json()["rates"] == []
    assert client.get("/noise", headers={"Accept": "text/html"}).status_code == 200
