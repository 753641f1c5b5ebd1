"""The class panel: its numbers are the API's, classes are found and stepped through, and a table
says what the bars show."""

from __future__ import annotations

import io
import json
import re
import string
import urllib.request
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Opener
from tests.browser.looking import by_id, set_slider, wait_for_chart, wait_for_epoch
from tests.browser.serving import Site

GLYPHS = string.digits + string.ascii_uppercase + string.ascii_lowercase
O = 24  # noqa: E741  # the letter's number among the glyphs


def api(site: Site, path: str) -> Any:
    """What the API answers."""
    return json.loads(urllib.request.urlopen(f"{site.url}/api/runs/{path}").read())


def row_of(site: Site, kind: str, epoch: int) -> np.ndarray:
    """The class's row of a matrix, as shares."""
    url = f"{site.url}/api/runs/3/matrices/{kind}/{epoch}?format=npy"
    row = np.load(io.BytesIO(urllib.request.urlopen(url).read()))[O]
    return np.asarray(row / row.sum())


def numbers(page: Page, selector: str) -> list[float]:
    """The percentages of a list."""
    texts = by_id(page, "class-detail").locator(selector).all_inner_texts()
    return [float(re.search(r"([\d.]+(?:e-\d+)?)%", text)[1]) for text in texts]  # type: ignore[index]


def opened(visit: Opener, path: str = f"/runs/3?class={O}&epoch=4") -> Page:
    page = visit(path)
    wait_for_chart(page, "accuracy-chart")
    by_id(page, "class-detail").scroll_into_view_if_needed()
    wait_for_chart(page, "class-chart")
    expect(by_id(page, "class-detail").locator("h2")).to_have_text("Class “O”")
    return page


@pytest.mark.parametrize("kind", ["soft_labels", "confusion"])
def test_bars_and_table_are_the_rows_values(visit: Opener, lab: Site, kind: str) -> None:
    page = opened(visit, f"/runs/3?class={O}&epoch=4&kind={kind}")
    panel = by_id(page, "class-detail")
    expect(panel.locator('[data-live="class-epoch"]')).to_contain_text("epoch 4")
    row = row_of(lab, kind, 4)
    ordered = np.sort(row)[::-1]
    expect(panel.locator(".bars .rest .name")).to_have_text("46 others")
    shown = [GLYPHS.index(name) for name in panel.locator(".bars .name").all_inner_texts()[:-1]]
    assert shown[0] == O
    bars = numbers(page, ".bars li .num")
    assert bars[:-1] == pytest.approx(100 * row[shown], abs=0.006)
    assert bars[-1] == pytest.approx(100 * (row.sum() - row[shown].sum()), abs=0.006)
    page.get_by_text("As a table", exact=True).click()
    expect(page.locator(".row-table tbody tr")).to_have_count(62)
    assert numbers(page, ".row-table td") == pytest.approx(100 * ordered, rel=1e-3, abs=1e-5)


def test_facts_and_lines_are_the_apis_and_follow_the_cursor(visit: Opener, lab: Site) -> None:
    page = opened(visit)
    for epoch in (4, 6):
        set_slider(page, epoch)
        detail = api(lab, f"3/classes/{O}?epoch={epoch}")
        at = detail["epochs"].index(epoch)
        facts = page.locator("class-detail [data-fact]")
        expect(facts).to_have_text(
            [
                f"{100 * detail['accuracy'][at]:.1f}%",
                f"{100 * detail['target'][at]:.1f}%",
                f"{detail['entropy'][at]:.3f} nats",
                "20.0%",
            ]
        )
        strongest = detail["partners"][0]
        page.wait_for_function(
            "(name) => document.querySelector('[data-testid=class-chart]').traces[0].name === name",
            arg=strongest["name"],
        )
    traces = wait_for_chart(page, "class-chart")
    for trace, partner in zip(traces, detail["partners"], strict=False):
        if trace["meta"]["group"] == "partners":
            assert (trace["name"], trace["y"]) == (partner["name"], partner["values"])
    own = {trace["meta"]["metric"]: trace["y"] for trace in traces}
    assert own["entropy"] == detail["entropy"]


def test_a_class_is_found_by_name_or_number(visit: Opener) -> None:
    page = opened(visit)
    name = by_id(page, "class-detail").locator("h2")
    search = page.get_by_label("Find a class")
    for typed, found in (("o", "o"), ("Q", "Q"), ("#0", "0")):
        search.fill(typed)
        search.press("Enter")
        expect(name).to_have_text(f"Class “{found}”")
        expect(search).to_have_value("")
    page.wait_for_url("**class=0*")
    search.fill("nothing like it")
    search.press("Enter")
    expect(search).to_have_attribute("aria-invalid", "true")
    expect(name).to_have_text("Class “0”")


def test_classes_are_stepped_through_by_key_and_button(visit: Opener) -> None:
    page = opened(visit)
    name = by_id(page, "class-detail").locator("h2")
    page.keyboard.press("]")
    expect(name).to_have_text("Class “P”")
    page.keyboard.press("[")
    expect(name).to_have_text("Class “O”")
    page.get_by_role("button", name="Previous").click()
    expect(name).to_have_text("Class “N”")
    page.wait_for_url("**class=23*")
    expect(page.locator(".row-mark")).to_be_visible()


def test_a_click_on_the_history_moves_the_pages_epoch(visit: Opener) -> None:
    page = opened(visit)
    strip = by_id(page, "class-detail").locator(".strip[ready] canvas")
    box = strip.bounding_box()
    assert box is not None
    strip.click(position={"x": box["width"] - 20, "y": 20})
    wait_for_epoch(page, 6)
