"""Each picture of the compare page has its numbers under /api/compare, and its figure."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import pytest
from sqlalchemy import update

from backend.store import claims, recorder, requests
from backend.store.database import Database
from backend.store.tables import Epoch
from tests.support import factories as make


@pytest.fixture
def asked(database: Database) -> str:
    """`runs=` of two seeds of hard labels and of OLS; epoch e has val_top1 = e / 100."""
    ids = [
        make.trained(database, epochs=epochs + seed, method=method, seed=seed)
        for method, epochs in (("hard", 2), ("ols", 5))
        for seed in range(2)
    ]
    return f"runs={','.join(map(str, ids))}"


def figure_of(page: Any, testid: str) -> dict[str, Any]:
    found = re.search(
        rf'data-testid="{testid}".*?<script type="application/json">(.*?)</script>',
        page.text,
        re.DOTALL,
    )
    assert found, testid
    made: dict[str, Any] = json.loads(unescape(found[1]))
    return made


def test_loops_of_their_own_are_compared_by_step(client: Any, asked: str) -> None:
    for place in range(2):
        run_id = client.post("/api/runs/logged", json={"name": f"loop {place}"}).json()["id"]
        points = [{"step": 10 * step, "metrics": {"x": step - place}} for step in range(3)]
        client.post(f"/api/runs/{run_id}/log", json={"points": points})
        asked += f",{run_id}"
    figure = figure_of(client.get(f"/compare?{asked}"), "compare-steps")
    assert [group["id"] for group in figure["groups"]] == ["x"]
    assert [(trace["name"][:6], trace["x"], trace["y"]) for trace in figure["data"]] == [
        ("loop 0", [0, 10, 20], [0, 1, 2]),
        ("loop 1", [0, 10, 20], [-1, 0, 1]),
    ]


def test_results_by_run_and_by_setting(client: Any, asked: str) -> None:
    runs = client.get(f"/api/compare/results?{asked}&results=runs").json()
    assert (runs["by"], len(runs["rows"])) == ("runs", 4)
    found = client.get(f"/api/compare/results?{asked}").json()
    assert found["by"] == "settings", "where seeds repeat a setting, its mean is shown"
    last = [column["which"] for column in found["columns"]].index("last")
    assert [row["title"] for row in found["rows"]] == ["Hard labels", "Online label smoothing"]
    ours = found["rows"][1]["values"][last]
    assert ours["mean"] == pytest.approx(0.055)
    assert (ours["n"], ours["best"]) == (2, False)


def test_the_page_shows_the_settings_means(client: Any, asked: str) -> None:
    page = client.get(f"/compare?{asked}&results=settings").text
    words = " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())
    assert "Online label smoothing 2 5.5 ± 0.7% 5.5 ± 0.7%" in words
    assert 'value="settings" form="view-form" autocomplete="off" checked' in page


@pytest.mark.parametrize(
    ("part", "testids"),
    [
        ("curves", {"compare-chart": "compare-chart"}),
        ("classes?format=plotly", {"bars": "class-bars", "points": "class-points"}),
        ("fields?format=plotly", {"scatter": "field-scatter", "parallel": "parallel"}),
    ],
)
def test_a_picture_s_twin_is_what_the_page_draws(
    client: Any, asked: str, part: str, testids: dict[str, str]
) -> None:
    view = f"{asked}&lines=mean&x=images&field=spec.seed&bars=2"
    page = client.get(f"/compare?{view}")
    path, _, more = part.partition("?")
    figures = client.get(f"/api/compare/{path}?{view}&{more}").json()["figures"]
    assert {name: figure_of(page, testid) for name, testid in testids.items()} == figures


def test_classes_are_means_over_a_setting_s_seeds(client: Any, asked: str) -> None:
    found = client.get(f"/api/compare/classes?{asked}").json()
    assert found["classes"] == ["c0", "c1", "c2"]
    assert (found["ours"]["method"], found["base"]["method"]) == ("ols", "hard")
    assert len(found["ours"]["runs"]) == 2
    assert all(0 <= share <= 1 for share in found["ours"]["accuracy"])


def test_fields_have_a_value_a_run(client: Any, asked: str) -> None:
    found = client.get(f"/api/compare/fields?{asked}&field=spec.seed&against=val_top1.best").json()
    assert found["field"] == {"name": "spec.seed", "values": [0, 1, 0, 1]}
    assert found["against"]["values"] == pytest.approx([0.02, 0.03, 0.05, 0.06])
    assert [axis["name"] for axis in found["axes"]][:2] == ["spec.method.name", "spec.seed"]


def test_what_is_not_there_says_so(client: Any, database: Database, asked: str) -> None:
    alone = f"runs={make.submit(database)}"
    for part in ("classes", "reliability"):
        answer = client.get(f"/api/compare/{part}?{alone}")
        assert answer.status_code == 404, part
        assert answer.json()["error"]["message"]
    for part in ("results", "curves", "classes", "reliability", "fields"):
        assert client.get(f"/api/compare/{part}?runs=1,999").status_code == 404
        assert client.get(f"/api/compare/{part}?runs=a").status_code == 422
        assert client.get(f"/api/compare/{part}?{asked}&x=miles&bars=-1").status_code == 422
    for part in ("results", "curves", "fields"):
        assert client.get(f"/api/compare/{part}?{alone}").status_code == 200


def curve_by(client: Any, axis: str, run_id: int) -> tuple[list[float], list[int]]:
    """Places and epochs of a run's first curve."""
    answer = client.get(f"/api/compare/curves?runs={run_id}&x={axis}").json()
    line = next(iter(answer["figures"].values()))["data"][0]
    return line["x"], line["customdata"]


def test_time_leaves_out_what_a_run_was_paused_for(client: Any, database: Database) -> None:
    """Two runs of the same epochs, one of which lay idle for three hours after its second."""
    steady, idle = make.submit(database), make.submit(database)
    make.record(database, make.claim(database), 1, 2, 3, 4, epoch_seconds=60.0)
    first = make.claim(database)
    with database.write() as session:
        recorder.record_info(session, first, make.info())
    make.record(database, first, 1, 2, epoch_seconds=60.0)
    with database.write() as session:
        requests.pause(session, idle)
        assert claims.paused(session, first)
        ago = datetime.now(UTC) - timedelta(hours=3)
        session.execute(update(Epoch).where(Epoch.run_id == idle).values(recorded_at=ago))
        requests.resume(session, idle)
    make.record(database, make.claim(database), 3, 4, epoch_seconds=60.0)
    assert curve_by(client, "time", idle) == curve_by(client, "time", steady)
    assert curve_by(client, "time", idle) == ([1.0, 2.0, 3.0, 4.0], [1, 2, 3, 4])


def test_after_three_kills_each_epoch_is_there_once_and_time_runs_on(
    client: Any, database: Database
) -> None:
    """Each attempt resumes from a checkpoint an epoch before the last one recorded."""
    run_id = make.submit(database, epochs=9)
    for checkpoint, last in ((0, 3), (2, 5), (4, 7)):
        held = make.claim(database)
        with database.write() as session:
            recorder.record_info(session, held, make.info(resumed_epoch=checkpoint))
        make.record(database, held, *range(checkpoint + 1, last + 1), epoch_seconds=60.0)
        with database.write() as session:
            assert claims.crashed(session, held, "killed", "SIGKILL")
    held = make.claim(database)
    with database.write() as session:
        recorder.record_info(session, held, make.info(resumed_epoch=6))
    make.record(database, held, *range(7, 10), epoch_seconds=60.0)
    every = list(range(1, 10))
    assert client.get(f"/api/runs/{run_id}/metrics").json()["epochs"] == every
    for axis in ("time", "images"):
        places, epochs = curve_by(client, axis, run_id)
        assert epochs == every
        assert places == sorted(set(places)), "never back, never twice in one place"
