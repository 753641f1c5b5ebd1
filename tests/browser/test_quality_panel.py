"""Soft-label quality and reliability: charts and numbers are those of the API, at the page's epoch.

Panels fetch when they are near, keep their place, and say so when there is nothing to show.
"""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from backend.analysis.figures.reliability import reliability_figure
from backend.store.tables import Epoch
from ols.spec.metrics import metric
from tests.browser.conftest import Opener
from tests.browser.looking import by_id, set_slider, wait_for_chart, wait_for_silence
from tests.browser.serving import Site
from tests.browser.test_class_panel import api
from tests.support import seed


def opened(visit: Opener, path: str = "/runs/3", panel: str = "quality") -> Page:
    page = visit(path)
    wait_for_chart(page, "accuracy-chart")
    page.get_by_role("navigation", name="On this page").locator(f"[href='#{panel}']").click()
    page.locator(f"#{panel}[loaded]").wait_for()
    return page


def test_charts_and_numbers_are_the_apis_at_the_cursor(visit: Opener, lab: Site) -> None:
    page = opened(visit)
    quality = api(lab, "3/quality")
    measures = {measure["name"]: measure for measure in quality["measures"]}
    for epoch in (6, 2):
        set_slider(page, epoch)
        expect(page.locator('[data-live="quality-epoch"]')).to_have_text(f"epoch {epoch}")
        shown = dict(
            page.locator("quality-panel output").evaluate_all(
                "(all) => all.map((output) => [output.dataset.metric, output.textContent])"
            )
        )
        assert set(shown) == set(measures)
        at = quality["epochs"].index(epoch)
        for name, text in shown.items():
            value = quality["values"][name][at]
            assert text == metric(name).form_with_unit.text(value), name
    (entropy,) = wait_for_chart(page, "quality-entropy")
    assert entropy["x"] == quality["epochs"]
    assert entropy["y"] == quality["values"]["soft_entropy"]


def test_every_chart_says_how_to_read_it(visit: Opener) -> None:
    page = opened(visit)
    figures = page.locator("quality-panel figure")
    expect(figures).to_have_count(9)
    for text in figures.locator(".reading").all_inner_texts():
        assert len(text) > 80
        assert text.endswith(".")


def test_charts_of_wrong_labels_need_wrong_labels(visit: Opener, lab: Site) -> None:
    run = seed.finished(lab.database, seed.spec("ols", "digits", 0, epochs=2))
    page = opened(visit, f"/runs/{run}")
    expect(page.locator("quality-panel figure")).to_have_count(6)
    expect(page.locator("class-detail [data-fact]")).to_have_count(3)


def test_a_run_of_an_older_version_says_what_it_lacks(visit: Opener, lab: Site) -> None:
    run = seed.finished(lab.database, seed.spec("ols", "digits", 0, epochs=2))
    with lab.database.write() as session:
        for row in session.scalars(select(Epoch).where(Epoch.run_id == run)):
            row.metrics = {k: v for k, v in row.metrics.items() if not k.startswith("soft_")}
    page = opened(visit, f"/runs/{run}")
    missing = page.locator("quality-panel .measure-missing")
    assert [line.is_visible() for line in missing.all()] == [True] * 6


def test_panels_fetch_when_they_are_near_and_nothing_moves(visit: Opener) -> None:
    page = visit("/runs/3")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.reload()
    wait_for_chart(page, "accuracy-chart")
    page.wait_for_function("() => document.querySelector('class-detail .bars').children.length > 0")
    wait_for_silence(page)  # the class's facts too
    assert not [url for url in asked if "/api/runs/3/quality" in url]
    tops = "() => [...document.querySelectorAll('.section')].map((s) => s.offsetTop)"
    before = page.evaluate(tops)
    page.locator("#quality").scroll_into_view_if_needed()
    page.locator("#quality[loaded]").wait_for()
    wait_for_chart(page, "quality-leak")
    assert len([url for url in asked if "/api/runs/3/quality" in url]) == 1
    assert page.evaluate(tops) == before


def test_the_sections_bar_leads_on_and_holds_the_epoch(visit: Opener) -> None:
    page = opened(visit)
    nav = page.locator("page-nav")
    expect(nav.locator("[href='#quality']")).to_have_attribute("aria-current", "true")
    slider = page.get_by_label("Epoch of the whole page")
    expect(slider).to_be_visible()
    slider.press("ArrowLeft")
    expect(page.locator('[data-live="quality-epoch"]')).to_have_text("epoch 5")
    expect(by_id(page, "heatmap-epoch")).to_have_value("5")
    nav.locator("[href='#heatmap']").click()
    expect(slider).to_be_hidden()  # the player's own is in sight
    expect(page.locator("page-nav [aria-current]")).to_have_text(re.compile("Heatmap"))


def test_a_live_run_grows_in_every_panel(visit: Opener, lab: Site) -> None:
    claim = seed.start(lab.database, seed.spec("ols", epochs=4))
    seed.train(lab.database, claim, 1, 2)
    page = opened(visit, f"/runs/{claim.run_id}")
    expect(page.locator('[data-live="quality-epoch"]')).to_have_text("epoch 2")
    seed.train(lab.database, claim, 3, 3)
    expect(page.locator('[data-live="quality-epoch"]')).to_have_text("epoch 3")
    page.locator("#class").scroll_into_view_if_needed()
    expect(page.locator('[data-live="class-epoch"]')).to_contain_text("epoch 3")
    expect(page.locator('[data-live="table-epoch"]')).to_have_text("epoch 3")
    page.wait_for_function(
        """() => document.querySelector('[data-testid=class-chart]').traces[0].x.at(-1) === 3"""
    )


@pytest.mark.parametrize("epoch", [6, 3])
def test_the_reliability_diagram_is_pythons_at_the_cursor(
    visit: Opener, lab: Site, epoch: int
) -> None:
    page = opened(visit, f"/runs/3?epoch={epoch}", "reliability")
    found = api(lab, "3/reliability")
    run = api(lab, "3")
    at = found["epochs"].index(epoch)
    expect(page.locator('[data-live="reliability-epoch"]')).to_have_text(f"epoch {epoch}")
    for side in ("raw", "scaled"):
        traces = wait_for_chart(page, f"reliability-{side}")
        made = reliability_figure(run, side, found, epoch)["data"]
        assert sum(found[side]["count"][at]) == 2000
        for shown, wanted in zip(traces, made, strict=True):
            for key in ("x", "y"):
                assert shown[key] == pytest.approx(wanted[key], nan_ok=True), shown["name"]
        figure = page.locator(f'figure[data-side="{side}"]')
        expect(figure.locator('[data-live="ece"]')).to_have_text(
            f"{100 * found[side]['ece'][at]:.1f}%"
        )
    temperature = found["scaled"]["temperature"][at]
    expect(page.locator('[data-live="temperature"]')).to_have_text(f"{temperature:.2f}")
    assert found["raw"]["ece"][at] > found["scaled"]["ece"][at]


def test_a_run_without_reliability_bins_says_so(visit: Opener, lab: Site) -> None:
    run = seed.finished(lab.database, seed.spec("ols", "digits", 0, epochs=1))
    with lab.database.write() as session:
        for row in session.scalars(select(Epoch).where(Epoch.run_id == run)):
            row.reliability = None
    page = opened(visit, f"/runs/{run}", "reliability")
    expect(page.locator("#reliability .measure-missing")).to_be_visible()
    expect(page.locator(".sides")).to_be_hidden()
