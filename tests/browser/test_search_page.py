"""A search in the browser: submitted from the form, watched, narrowed by brushes, confirmed."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from backend.store import experiments
from tests.browser.axe import in_all_looks
from tests.browser.conftest import Opener
from tests.browser.looking import by_id, overflow, wait_for_chart
from tests.browser.serving import Site
from tests.support import searched
from worker import searching


@pytest.fixture(scope="module")
def search(_workshop: Site) -> tuple[Site, int]:
    return _workshop, searched.search(_workshop.database, 40)


def body(page: Page) -> dict[str, Any]:
    sent: dict[str, Any] = json.loads(page.locator("#code-json code").inner_text())
    return sent


def vary(page: Page, path: str) -> Any:
    field = page.locator(f'.field[data-field="{path}"]:visible')
    field.get_by_role("button", name="vary").click()
    return field.locator(".vary-values input")


def test_the_page_shows_settings_the_best_importance_and_slices(
    visit: Opener, search: tuple[Site, int]
) -> None:
    site, number = search
    page = visit(f"/experiments/{number}", at=site)
    expect(by_id(page, "search-standing")).to_contain_text(
        "40 settings tried of at most 40; ended."
    )
    expect(by_id(page, "search-best")).to_contain_text("Online label smoothing")
    expect(by_id(page, "search-note")).to_contain_text("measured on the test set")
    expect(by_id(page, "search-importance").locator("li")).not_to_have_count(0)
    best, complete, pruned = wait_for_chart(page, "search-over-time")
    assert best["y"] == sorted(best["y"])
    assert len(complete["x"]) + len(pruned["x"]) == 40
    assert pruned["marker"]["symbol"] == "circle-open"
    expect(by_id(page, "search-slices").locator("plotly-chart")).to_have_count(3)
    expect(page.locator("[data-trial]")).to_have_count(40)
    expect(page.locator("[data-trial] td.best")).to_have_count(1)
    assert overflow(page) == 0
    found = in_all_looks(page)
    assert not found, "\n".join(found)


def test_a_brush_on_an_axis_keeps_the_settings_that_pass_there(
    visit: Opener, search: tuple[Site, int]
) -> None:
    site, number = search
    page = visit(f"/experiments/{number}", at=site)
    axes = by_id(page, "search-axes")
    axes.scroll_into_view_if_needed()
    expect(axes.locator("path.line")).to_have_count(40)
    reach = axes.locator('[data-axis="3"] .reach').bounding_box()
    assert reach
    x = reach["x"] + reach["width"] / 2
    page.mouse.move(x, reach["y"] + 2)
    page.mouse.down()
    page.mouse.move(x, reach["y"] + 60, steps=4)
    page.mouse.up()
    shown = page.locator("[data-trial]:visible")
    expect(shown).not_to_have_count(40)
    assert 1 <= shown.count() < 40
    expect(page.locator("[data-trial]:visible td.best")).to_have_count(1)
    assert axes.locator("path.off").count() == 40 - shown.count()
    page.mouse.click(x, reach["y"] + 100)
    expect(page.locator("[data-trial]:visible")).to_have_count(40)


def test_narrow_and_dark_it_holds_too(visit: Opener, search: tuple[Site, int]) -> None:
    site, number = search
    page = visit(f"/experiments/{number}", at=site, width=390, height=844, dark=True)
    wait_for_chart(page, "search-over-time")
    assert overflow(page) == 0


def test_it_is_extended_and_the_best_is_run_again_on_fresh_seeds(
    visit: Opener, search: tuple[Site, int]
) -> None:
    site, _ = search
    number = searched.search(site.database, 4)
    page = visit(f"/experiments/{number}", at=site)
    page.get_by_role("spinbutton", name="Number of further settings").fill("2")
    page.get_by_role("button", name="Add trials").click()
    expect(by_id(page, "search-standing")).to_contain_text("of at most 6; running.")
    page.get_by_role("button", name="Stop search").click()
    expect(by_id(page, "search-standing")).to_contain_text("stopped.")
    page.get_by_role("button", name="Resume search").click()
    expect(by_id(page, "search-standing")).to_contain_text("running.")
    page.get_by_label("on seeds").fill("3")
    page.get_by_role("button", name="Run again on fresh seeds").click()
    expect(by_id(page, "search-confirmations")).to_contain_text("0 of 3")
    page.get_by_label("with seeds each").fill("2")
    page.get_by_role("button", name="Run the best again").click()
    expect(by_id(page, "search-confirmations")).to_contain_text("0 of 2")
    page.get_by_role("link", name=re.compile(r"^Setting \d+$")).first.click()
    expect(page.locator(".experiment-head")).to_contain_text(f"of search #{number} on fresh seeds")


def test_a_search_is_submitted_from_the_form_and_changed(visit: Opener, workshop: Site) -> None:
    page = visit("/runs/new?preset=digits", at=workshop, expect=("status of 422",))
    page.locator('[name="eval_on"]').select_option("holdout")
    alpha = vary(page, "method.alpha")
    alpha.fill("0..1")
    page.get_by_text("TPE", exact=True).click()
    expect(by_id(page, "sweep-summary")).to_contain_text("At most 30 runs")
    expect(by_id(page, "submit-run")).to_have_text("Start search")
    page.get_by_label("Pause early what does badly").check()
    page.get_by_label("Search by").select_option("val_ece")
    page.get_by_label("Runs per setting").fill("2")
    page.get_by_label("At most runs").fill("1")
    expect(by_id(page, "sweep-summary")).to_contain_text("less than one setting's 2 seeds")
    by_id(page, "submit-run").click()
    field = page.locator('.field[data-field="budget.runs"]')
    expect(field.locator(".field-error")).to_contain_text("2 seeds")
    page.get_by_label("At most runs").fill("6")
    sent = body(page)
    assert sent["search"] == "tpe"
    assert sent["pruner"] == "asha"
    assert sent["objective"] == {"metric": "val_ece", "seeds": 2}
    assert sent["budget"] == {"runs": 6}
    page.set_viewport_size({"width": 390, "height": 800})
    assert overflow(page) == 0
    by_id(page, "submit-run").click()
    page.wait_for_url(re.compile(r"/experiments/\d+$"))
    expect(by_id(page, "no-proposer")).to_contain_text("extra search")
    number = int(page.url.rpartition("/")[2])
    with workshop.database.read() as session:
        state = experiments.get(session, number)["search"]
    assert state is not None
    assert state["runs_allowed"] == 6
    assert searching.step(workshop.database, number) == 2
    page.set_viewport_size({"width": 1440, "height": 900})
    page.get_by_role("link", name="Change and submit again").click()
    expect(by_id(page, "submit-run")).to_have_text("Start search")
    again = body(page)
    assert {key: again[key] for key in sent if key != "spec"} == {
        key: sent[key] for key in sent if key != "spec"
    }
