"""The comparison: curves, differences, heatmaps under one slider, live, and what does not exist."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.conftest import Opener
from tests.browser.looking import by_id, heatmap_pixels, set_slider, wait_for_chart, wait_for_epoch
from tests.browser.serving import Site
from tests.support import seed


def test_runs_stand_side_by_side(visit: Opener) -> None:
    page = visit("/compare?runs=1,2,3")
    traces = wait_for_chart(page, "compare-chart")
    shown = [trace for trace in traces if trace["visible"]]
    assert [trace["meta"] for trace in shown] == [
        {"run": run, "metric": "val_top1", "group": "val_top1"} for run in (1, 2, 3)
    ]
    assert len({trace["line"]["color"] for trace in shown}) == 3
    table = page.locator("table.results")
    expect(table.locator("tbody tr")).to_have_count(3)
    assert "ECE" in table.locator("thead").inner_text()
    assert table.locator(".best").count() == 0, "one seed of each shows no difference"
    assert "One seed in each row." in table.locator("caption").inner_text()
    expect(page.locator(".differences")).to_contain_text("Online label smoothing")
    by_id(page, "compare-chart").get_by_text("val ECE").click()
    page.wait_for_function(
        """() => document.querySelector("metric-chart").traces
            .filter((trace) => trace.visible === true)
            .every((trace) => trace.meta.metric === "val_ece")"""
    )


def test_one_slider_moves_all_heatmaps(visit: Opener) -> None:
    page = visit("/compare?runs=1,3")
    assert by_id(page, "compare-heatmaps").locator("canvas").count() >= 2
    for index in (0, 1):
        wait_for_epoch(page, 6, index)
    before = [heatmap_pixels(page, index) for index in (0, 1)]
    assert before[0] != before[1]
    set_slider(page, 2)
    wait_for_epoch(page, 2, 1)
    after = [heatmap_pixels(page, index) for index in (0, 1)]
    assert after[0] != before[0]
    assert after[1] != before[1]


def test_the_difference_of_a_run_from_itself_is_nothing(visit: Opener) -> None:
    page = visit("/compare?runs=1,3")
    wait_for_epoch(page, 6, 1)
    before = heatmap_pixels(page, 1)
    page.get_by_label("Difference", exact=True).select_option("base")
    page.wait_for_function(
        """() => document.querySelectorAll("matrix-view")[1].shown.scale.mode === "difference" """
    )
    assert heatmap_pixels(page, 1) != before
    set_slider(page, 0)  # both began with the uniform S0
    page.wait_for_function(
        """() => document.querySelectorAll("matrix-view")[1].drawn.frame.codes
            .every((code) => code === 32768)"""
    )


def test_a_running_run_is_followed(visit: Opener, lab: Site) -> None:
    claim = seed.start(lab.database, seed.spec("ols", epochs=4, seed=5))
    page = visit(f"/compare?runs=3,{claim.run_id}")
    wait_for_chart(page, "compare-chart")
    seed.train(lab.database, claim, 1, 2)
    wait_for_epoch(page, 2, 1)
    traces = by_id(page, "compare-chart").evaluate("(chart) => chart.traces")
    live = [t for t in traces if t["meta"]["run"] == claim.run_id and t["visible"]]
    assert live[0]["x"] == [1, 2]
    assert live[0]["line"]["dash"] != "solid"  # run 3 is of the same method
    from backend.store import claims

    with lab.database.write() as session:
        claims.cancelled(session, claim)
    expect(page.locator("table.results")).to_contain_text("cancelled")


def test_unknown_runs_are_named_and_left_out(visit: Opener) -> None:
    page = visit("/compare?runs=1,999,cat")
    expect(page.get_by_role("alert")).to_contain_text("999")
    expect(page.get_by_role("alert")).to_contain_text("cat")
    expect(page.locator("table.results tbody tr")).to_have_count(1)


def test_without_runs_one_chooses_them(visit: Opener) -> None:
    page = visit("/compare")
    boxes = page.locator('.choose input[type="checkbox"]')
    boxes.nth(0).check()
    boxes.nth(1).check()
    by_id(page, "compare-button").click()
    expect(page.locator("table.results tbody tr")).to_have_count(2)
