"""The run page's curves: of few, many and odd values, and what can be done with them."""

from __future__ import annotations

import math

import pytest
from playwright.sync_api import Page, expect

from backend.store import claims, recorder
from ols.training.epoch_report import EpochReport
from tests.browser.conftest import Opener
from tests.browser.looking import by_id, point_of, wait_for_chart, wait_for_epoch
from tests.browser.serving import Site
from tests.support import seed

EPOCHS = 400


@pytest.fixture(scope="module")
def long(lab: Site) -> int:
    """400 epochs without matrices; the loss of one is a million."""
    claim = seed.start(lab.database, seed.spec("ols", "digits", epochs=EPOCHS))
    with lab.database.write() as session:
        for epoch in range(1, EPOCHS + 1):
            loss = 1e6 if epoch == 200 else 2 * math.exp(-epoch / 100)
            metrics = {"val_loss": loss, "train_loss": loss, "val_top1": 0.5 + epoch / 1000}
            recorder.record_epoch(
                session, claim, EpochReport(epoch, EPOCHS, metrics, {}), seed.LEASE
            )
        claims.finish(session, claim)
    return claim.run_id


def top(page: Page, name: str) -> float:
    """The value at a chart's upper edge."""
    wait_for_chart(page, name)
    value: float = by_id(page, name).evaluate("(chart) => chart.plot.y.back(0)")
    return value


def end(page: Page, name: str) -> float:
    """The value at a chart's right edge."""
    wait_for_chart(page, name)
    value: float = by_id(page, name).evaluate("({ plot }) => plot.x.back(plot.area.width)")
    return value


def test_an_outlier_does_not_flatten_the_rest_and_is_told_of(visit: Opener, long: int) -> None:
    page = visit(f"/runs/{long}")
    assert 2 < top(page, "loss-chart") < 3
    loss = by_id(page, "loss-chart")
    loss.get_by_role("button", name="2 outside").click()
    page.wait_for_function(
        "() => document.querySelector('[data-testid=loss-chart]').plot.y.back(0) > 1e6"
    )
    loss.get_by_role("button", name="Fit without outliers").click()
    expect(loss.get_by_role("button", name="2 outside")).to_be_visible()


def test_many_points_are_a_line_and_few_are_dots_too(visit: Opener, long: int) -> None:
    dots = "(chart) => chart.querySelectorAll('path.line[stroke-width=\"4\"]')[0].getAttribute('d')"
    page = visit(f"/runs/{long}")
    wait_for_chart(page, "accuracy-chart")
    assert by_id(page, "accuracy-chart").evaluate(dots) == ""
    page = visit("/runs/3")
    wait_for_chart(page, "accuracy-chart")
    assert by_id(page, "accuracy-chart").evaluate(dots).count("M") == 6


def test_a_young_run_fills_its_chart_and_an_older_one_shows_what_is_to_come(
    visit: Opener, lab: Site
) -> None:
    claim = seed.start(lab.database, seed.spec("ols", "digits", epochs=2000))

    def record(first: int, last: int) -> None:
        with lab.database.write() as session:
            for epoch in range(first, last + 1):
                report = EpochReport(epoch, 2000, {"val_top1": 0.5 + epoch / 1e4}, {})
                recorder.record_epoch(session, claim, report, seed.LEASE)

    record(1, 22)
    page = visit(f"/runs/{claim.run_id}")
    assert 22 < end(page, "accuracy-chart") <= 44
    record(23, 40)
    page.wait_for_function(
        "() => document.querySelector('[data-testid=accuracy-chart]').plot.x(40) <"
        " document.querySelector('[data-testid=accuracy-chart]').plot.area.width"
    )
    record(41, 1100)
    page.reload()
    assert end(page, "accuracy-chart") >= 2000
    with lab.database.write() as session:
        claims.cancelled(session, claim)


def test_a_logarithmic_scale_is_one_click_away(visit: Opener) -> None:
    page = visit("/runs/3")
    wait_for_chart(page, "loss-chart")
    loss = by_id(page, "loss-chart")
    loss.get_by_role("button", name="log").click()
    page.wait_for_function(
        """() => {
            const { y, area } = document.querySelector("[data-testid=loss-chart]").plot;
            return Math.abs(y.back(area.height / 2) ** 2 / (y.back(0) * y.back(area.height)) - 1)
                < 1e-6;
        }"""
    )
    expect(loss.get_by_role("button", name="log")).to_have_attribute("aria-pressed", "true")


def test_the_values_of_an_epoch_stand_beside_the_pointer(visit: Opener) -> None:
    page = visit("/runs/3")
    traces = wait_for_chart(page, "accuracy-chart")
    page.mouse.move(*point_of(page, "accuracy-chart", 2))
    tip = by_id(page, "accuracy-chart").locator(".chart-tip")
    expect(tip).to_contain_text("epoch 3")
    for trace in traces:
        expect(tip).to_contain_text(f"{trace['name']}{100 * trace['y'][2]:.1f}%")
    page.mouse.move(5, 5)
    expect(tip).to_be_hidden()


def test_a_range_is_dragged_and_a_double_click_shows_all_again(visit: Opener, long: int) -> None:
    page = visit(f"/runs/{long}")
    whole = end(page, "loss-chart")
    page.mouse.move(*point_of(page, "loss-chart", 99))
    page.mouse.down()
    page.mouse.move(*point_of(page, "loss-chart", 199), steps=4)
    page.mouse.up()
    loss = by_id(page, "loss-chart")
    expect(loss.get_by_role("button", name="Reset zoom")).to_be_visible()
    assert end(page, "loss-chart") == pytest.approx(200, abs=3)
    loss.locator(".plot").dblclick()
    expect(loss.get_by_role("button", name="Reset zoom")).to_be_hidden()
    assert end(page, "loss-chart") == whole


def test_keys_read_the_values_and_move_the_page(visit: Opener) -> None:
    page = visit("/runs/3")
    wait_for_chart(page, "accuracy-chart")
    wait_for_epoch(page, 6)
    chart = page.get_by_role("slider", name="Accuracy, curves")
    chart.focus()
    page.keyboard.press("ArrowLeft")
    wait_for_epoch(page, 5)
    expect(chart).to_have_attribute("aria-valuenow", "4")
    page.keyboard.press("Home")
    wait_for_epoch(page, 1)
    said = chart.get_attribute("aria-valuetext") or ""
    assert said.startswith("epoch 1 val top-1")
    page.keyboard.press("Escape")
    wait_for_epoch(page, 6)
    page.keyboard.press("Home")
    page.keyboard.press("Enter")
    page.wait_for_url("**epoch=1*")


def test_the_legend_switches_a_line_off_and_on(visit: Opener) -> None:
    page = visit("/runs/3")
    wait_for_chart(page, "accuracy-chart")
    chart = by_id(page, "accuracy-chart")
    lines = chart.locator(".curves > g")
    expect(lines).to_have_count(4)
    button = chart.get_by_role("button", name="memorised")
    button.click()
    expect(lines).to_have_count(3)
    expect(button).to_have_attribute("aria-pressed", "false")
    button.click()
    expect(lines).to_have_count(4)
    button.dblclick()
    expect(lines).to_have_count(1)


def test_what_is_out_of_sight_is_drawn_when_it_is_seen(visit: Opener, lab: Site) -> None:
    claim = seed.start(lab.database, seed.spec("ols", epochs=4))
    seed.train(lab.database, claim, 1, 2)
    page = visit(f"/runs/{claim.run_id}")
    wait_for_chart(page, "quality-entropy")
    line = "[data-testid=quality-entropy] path.line"
    page.locator(line).first.wait_for(state="attached")  # the panel's values come after the page
    page.evaluate("scrollTo(0, 0)")
    seed.train(lab.database, claim, 3, 3)
    wait_for_epoch(page, 3)
    drawn = f"() => document.querySelector('{line}').getAttribute('d')"
    before = page.evaluate(drawn)
    assert before.count("L") == 1, "two points, though the third has come"
    page.locator("quality-panel").scroll_into_view_if_needed()
    page.wait_for_function(f"(before) => ({drawn})() !== before", arg=before)


def test_a_run_page_needs_no_plotly_until_a_diagram_is_near(visit: Opener) -> None:
    page = visit("/runs/3")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.reload()
    wait_for_chart(page, "loss-chart")
    wait_for_epoch(page, 6)
    assert not [url for url in asked if "plotly.min" in url]
    wait_for_chart(page, "reliability-raw")
    assert len([url for url in asked if "plotly.min" in url]) == 1


def test_curves_are_printed_though_nobody_has_seen_them(visit: Opener) -> None:
    page = visit("/runs/3")
    wait_for_chart(page, "accuracy-chart")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert by_id(page, "quality-entropy").get_attribute("ready") == ""
