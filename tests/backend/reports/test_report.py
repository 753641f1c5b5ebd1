"""Reports: one file, the figures of the run, nothing fetched."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from backend.__main__ import main
from backend.analysis.figures.quality import chart_figure, charts
from backend.core.settings import Settings
from backend.reports.notebook import RunView, open_run
from backend.reports.run_report import report
from backend.store import recorder, runs
from backend.store.database import Database
from backend.store.errors import NotFound
from ols.measures.soft_label_quality import SoftLabelQuality
from tests.support import factories as make

K = 4


def measured_run(database: Database, epochs: int = 3, k: int = K) -> int:
    """A run with everything that a report shows."""
    run_id = make.submit(database, name="</script><b>bold</b>")
    taken = make.claim(database)
    with database.write() as session:
        recorder.record_info(session, taken, make.info(k))
    quality = SoftLabelQuality(make.info(k).initial_soft_labels)
    diagram = np.full((2, 15, 3), np.nan, np.float32)
    diagram[:, :, 0] = 0
    diagram[:, 13] = (20, 0.9, 0.8)
    for epoch in range(1, epochs + 1):
        plain = make.report(epoch, k=k)
        more = quality.measure(plain.matrices["soft_labels"], plain.matrices["confusion"])
        full = replace(plain, metrics={**plain.metrics, **more}, reliability=diagram)
        with database.write() as session:
            recorder.record_epoch(session, taken, full, make.LEASE)
    return run_id


def test_a_notebook_gets_valid_figures(database: Database) -> None:
    view = RunView(database, measured_run(database))
    heatmap = view.heatmap()
    assert [frame.name for frame in heatmap.frames] == ["0", "1", "2", "3"]
    np.testing.assert_allclose(
        heatmap.data[0].customdata,
        make.report(3, k=K).matrices["soft_labels"]
        / make.report(3, k=K).matrices["soft_labels"].sum(1, keepdims=True),
        rtol=3e-4,
    )
    assert len(view.curves()) == 2
    assert {figure.layout.title.text for figure in view.quality()} >= {"Entropy"}
    run, series = view.facts(), view.series()
    pages = [chart_figure(run, chart, series)["data"] for chart in charts(run)]
    assert [figure.to_plotly_json()["data"][0]["y"] for figure in view.quality()] == [
        data[0]["y"] for data in pages if data[0]["y"]
    ], "the page's own charts"
    diagram, scaled = view.reliability()
    assert scaled.layout.title.text == "After temperature scaling"
    assert [frame.name for frame in diagram.frames] == ["1", "2", "3"]
    assert [step.label for step in diagram.layout.sliders[0].steps] == ["1", "2", "3"]
    assert diagram.data[0].y[13] == np.float32(0.8)
    assert diagram.layout.title.text == "As trained"  # this run's metrics name no ECE
    assert view.class_evolution(1).layout.title.text == "Class c1"
    assert view.matrix(epoch=2).shape == (K, K)
    with pytest.raises(NotFound):
        view.class_evolution(K)


def test_many_classes_are_pooled(database: Database) -> None:
    heatmap = RunView(database, measured_run(database, 1, 130)).heatmap()
    assert len(heatmap.data[0].y) == len(heatmap.data[0].z) == 65
    assert heatmap.data[0].y[0] == "c0 +1"


def test_a_report_is_one_file_that_fetches_nothing(database: Database) -> None:
    page = report(RunView(database, measured_run(database)))
    assert page.count("Plotly.newPlot(") >= 9
    assert "<b>bold</b>" not in page.replace("&lt;b&gt;bold", "")
    body = re.sub(r"<script.*?</script>", "", page, flags=re.S)
    assert not re.search(r"""(src|href)=["']?(https?:)?//""", body)
    assert "<script src" not in page
    for section in (
        "Curves",
        "Soft labels per epoch",
        "Strongest pairs",
        "Calibration",
        "Classes in epoch 3, the hardest first",
    ):
        assert f"<h2>{section}</h2>" in page


def test_notes_are_formatted_and_run_nothing(database: Database) -> None:
    run_id = measured_run(database, 1)
    assert "<h2>Notes</h2>" not in report(RunView(database, run_id))
    with database.write() as session:
        runs.edit(session, run_id, {"notes": "**Why**: <img src=x onerror=alert(1)>"})
    page = report(RunView(database, run_id))
    assert "<strong>Why</strong>: &lt;img src=x" in page
    assert "<img" not in page


def test_the_hardest_class_stands_first_with_its_numbers(database: Database) -> None:
    view = RunView(database, measured_run(database))
    classes = view.classes()
    counts = np.arange(K * K).reshape(K, K)  # the confusion of every epoch, up to a factor
    right = np.diagonal(counts) / counts.sum(1)
    assert [row["class"] for row in classes] == np.argsort(right, kind="stable").tolist()
    soft = view.matrix()
    for row in classes:
        number, own = row["class"], soft[row["class"]] / soft[row["class"]].sum()
        assert row["accuracy"] == pytest.approx(right[number])
        assert row["target"] == pytest.approx(own[number])
        assert row["entropy"] == pytest.approx(-(own * np.log(own)).sum())
        assert row["partners"][0]["now"] == pytest.approx(np.delete(own, number).max())
    body = report(view).partition("the hardest first")[2]
    assert re.findall(r'<th scope="row">(\w+)</th>', body) == [row["name"] for row in classes]
    assert f'<td class="num">{100 * right[1]:.1f}%</td>' in body
    assert "wrong labels" not in body  # this run's info counts none


def test_classes_without_counts_stand_last(database: Database) -> None:
    run_id = make.submit(database)
    taken = make.claim(database)
    plain = make.report(1, k=K)
    confusion = np.eye(K, dtype=np.uint32)
    confusion[0] = 0
    matrices = {**plain.matrices, "confusion": confusion}
    with database.write() as session:
        recorder.record_info(session, taken, make.info(K))
    assert [row["accuracy"] for row in RunView(database, run_id).classes()] == [None] * K
    with database.write() as session:
        recorder.record_epoch(session, taken, replace(plain, matrices=matrices), make.LEASE)
    found = RunView(database, run_id).classes()
    assert [row["accuracy"] for row in found] == [1, 1, 1, None]
    assert found[-1]["class"] == 0


def test_a_run_without_epochs_has_a_report_too(database: Database) -> None:
    page = report(RunView(database, make.submit(database)))
    assert "No matrix has been recorded yet." in page


def test_the_command_prints_the_file(
    database: Database, config: Settings, monkeypatch: Any, capfdbinary: Any
) -> None:
    run_id = measured_run(database, 1)
    monkeypatch.setattr("backend.__main__.settings", lambda: config)
    assert main(["report", str(run_id)]) == 0
    assert capfdbinary.readouterr().out.startswith(b"<!doctype html>")
    assert main(["report", "999"]) == 1
    assert b"There is no run 999." in capfdbinary.readouterr().err
    with pytest.raises(NotFound):
        open_run(999, config.resolved_database_url)


@pytest.mark.slow
def test_the_page_is_a_download_made_in_a_child(client: Any, database: Database) -> None:
    run_id = measured_run(database, 1)
    answer = client.get(f"/reports/runs/{run_id}")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-disposition"] == f'attachment; filename="run-{run_id}.html"'
    assert answer.text.startswith("<!doctype html>")
    assert client.get("/reports/runs/999").status_code == 404
