"""The experiments' pages say what the store holds, with settings grouped and seeds averaged."""

from __future__ import annotations

from typing import Any

import pytest

from backend.pages.experiment import varied_paths
from backend.store.database import Database
from backend.store.run_index import index_summary
from backend.store.time_estimate import seconds_left
from tests.support import factories as make

SWEEP = {
    "name": "three settings",
    "notes": "**why** <script>",
    "spec": {"epochs": 4},
    "grid": {"method": ["hard", {"name": "ols", "alpha": 0.3}, "ols"], "seed": [0, 1]},
}


@pytest.fixture
def made(client: Any) -> int:
    return int(client.post("/api/experiments", json=SWEEP).json()["id"])


def test_what_varies_are_the_grid_s_fields_but_the_seed() -> None:
    grid = {"noise.rate": [0, 0.2], "seed": [0, 1], "noise": [{"kind": "none"}], **SWEEP["grid"]}  # type: ignore[dict-item]
    found = varied_paths({"grid": grid})
    assert found == ["noise.rate", "noise", "method.name", "method.alpha"]
    assert varied_paths({"grid": {"seed": [1, 2]}}) == []


def test_the_page_groups_settings_and_links_their_runs(client: Any, made: int) -> None:
    text = client.get(f"/experiments/{made}").text
    assert text.count('data-testid="group-row"') == 3
    assert "three settings" in text
    assert "<strong>why</strong> &lt;script&gt;" in text
    assert (
        f"/?experiment={made}&amp;where=spec.method.name%3Dols&amp;where=spec.method.alpha%3D0.3"
        in text
    )
    found = client.get(
        f"/api/runs?experiment={made}&where=spec.method.name%3Dols&where=spec.method.alpha%3D0.3"
    ).json()["runs"]
    assert len(found) == 2


def test_the_list_finds_by_name_and_shows_the_archived_apart(client: Any, made: int) -> None:
    def names(query: str) -> int:
        answer = client.get(f"/experiments{query}")
        assert answer.status_code == 200
        return int(answer.text.count('data-testid="experiment-row"'))

    assert [names(""), names("?q=three"), names("?q=four"), names("?archived=true")] == [1, 1, 0, 0]
    client.patch(f"/api/experiments/{made}", json={"archived": True})
    assert [names(""), names("?archived=true")] == [0, 1]


def test_fragments_answer_and_what_is_not_there_is_404(client: Any, made: int) -> None:
    for path in (f"{made}/head", f"{made}/notes", f"{made}/results?sort=-val_top1.last", ""):
        assert client.get(f"/fragments/experiments/{path}".rstrip("/")).status_code == 200
    for path in ("/experiments/99", "/experiments/x", "/fragments/experiments/99/head"):
        assert client.get(path).status_code == 404


def test_time_left_is_judged_by_the_experiment_s_own_epochs(
    client: Any, database: Database, made: int
) -> None:
    with database.read() as session:
        assert seconds_left(session, made, None) is None
    with database.write() as session:
        entry = {"last": 2.0, "best": 2.0, "best_epoch": 1}
        index_summary(session, 1, {"epoch_seconds": entry})
    with database.read() as session:
        assert seconds_left(session, made, None) == pytest.approx(6 * 4 * 2.0)
    make.heartbeat(database, "w", devices=("cuda:0", "cuda:1", "cuda:2"))
    with database.read() as session:
        assert seconds_left(session, made, None) == pytest.approx(6 * 4 * 2.0 / 3)
        assert seconds_left(session, made, 2) == pytest.approx(6 * 4 * 2.0 / 2)
