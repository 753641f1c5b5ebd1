"""A run's report in a browser: nothing overlaps, nothing is logged, the diagrams move."""

from __future__ import annotations

import pytest
from playwright.sync_api import Route, expect

from backend.reports.notebook import RunView
from backend.reports.run_report import report
from tests.browser.conftest import Opener
from tests.browser.looking import overflow
from tests.browser.serving import Site

_BOXES = """() => [...document.querySelectorAll(".js-plotly-plot .svg-container")].map((figure) => {
    const { left, right, top, bottom } = figure.getBoundingClientRect();
    return [left, right, top, bottom];
})"""


@pytest.mark.parametrize("width", [1440, 360])
def test_figures_stand_apart_and_slide_over_the_epochs(
    visit: Opener, lab: Site, width: int
) -> None:
    html = report(RunView(lab.database, 3))

    def send(route: Route) -> None:
        route.fulfill(body=html, content_type="text/html; charset=utf-8")

    page = visit("/healthz", width=width)
    page.route("**/report.html", send)
    page.goto("/report.html")
    figures = page.locator(".js-plotly-plot .main-svg:first-child")
    expect(figures).to_have_count(html.count('class="plotly-graph-div"'))
    boxes = page.evaluate(_BOXES)
    for place, (left, right, top, bottom) in enumerate(boxes):
        for other in boxes[place + 1 :]:
            apart = other[0] >= right - 1 or other[1] <= left + 1
            assert apart or other[2] >= bottom - 1 or other[3] <= top + 1
    assert overflow(page) == 0
    diagram = page.locator(".js-plotly-plot").last
    expect(diagram).to_contain_text("epoch 6")
    title = "(figure) => figure.layout.title.text"
    before = diagram.evaluate(title)
    expect(diagram.locator(".slider-label-group text")).to_have_text(list("123456"))
    diagram.evaluate("(figure) => Plotly.animate(figure, ['2'], { mode: 'immediate' })")
    expect(diagram).to_contain_text("epoch 2")
    assert diagram.evaluate(title) != before  # the ECE of that epoch
