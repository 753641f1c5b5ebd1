"""What a run shows before anybody touches it: the verdict, the heatmap's defaults."""

from __future__ import annotations

import json
import re
from urllib.request import urlopen

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Opener
from tests.browser.looking import by_id, wait_for_epoch
from tests.browser.serving import Site
from tests.support import seed

# What is written on the canvas when the view is drawn anew.
TEXTS = """() => {
    const texts = [];
    const kind = CanvasRenderingContext2D.prototype;
    const { fillText } = kind;
    kind.fillText = (text) => texts.push(text);
    document.querySelector("matrix-view").draw();
    kind.fillText = fillText;
    return texts;
}"""


def pair_labels(page: Page) -> list[str]:
    texts: list[str] = page.evaluate(TEXTS)
    return [text for text in texts if "→" in text]


def test_the_verdict_is_the_apis_and_each_phrase_leads_to_its_panel(
    visit: Opener, lab: Site
) -> None:
    page = visit("/runs/3")
    with urlopen(f"{lab.url}/api/runs/3/verdict") as answer:
        said = json.load(answer)
    line = by_id(page, "verdict")
    assert re.sub(r"\s+", " ", line.inner_text()) == said["sentence"]
    line.get_by_text("confident").click()
    expect(page.locator("#reliability")).to_be_in_viewport()
    line.get_by_text("One seed.").click()
    page.wait_for_url("**/runs/new?from=3")


def test_many_classes_come_clustered_with_their_strongest_pairs_named(visit: Opener) -> None:
    page = visit("/runs/3")
    wait_for_epoch(page, 6)
    expect(page.get_by_label("Order", exact=True)).to_have_value("cluster")
    assert "order=" not in page.url
    assert page.evaluate("document.querySelector('matrix-view').shown.scale") == {
        "mode": "log",
        "floor": 0.001,
    }
    labels = pair_labels(page)
    assert 2 <= len(labels) <= 6
    strongest = page.locator("pairs-list li").first.inner_text().split()
    assert labels[0].split()[:3] == strongest[:3]
    page.locator("details.player-menu summary").click()
    page.get_by_label("Label the strongest pairs").uncheck()
    assert pair_labels(page) == []
    page.wait_for_url("**labels=off*")
    page.get_by_label("Order", exact=True).select_option("index")
    page.wait_for_url("**order=index*")


def test_times_uniform_is_a_scale_that_the_address_holds(visit: Opener) -> None:
    page = visit("/runs/3?scale=uniform&zoom=0,0,4&order=index")
    wait_for_epoch(page, 6)
    expect(page.get_by_label("× uniform")).to_be_checked()
    texts = page.evaluate(TEXTS)
    assert len([text for text in texts if text.endswith("×")]) >= 16
    assert not any(text.endswith("%") for text in texts)


@pytest.fixture(scope="module")
def digits(lab: Site) -> int:
    return seed.finished(lab.database, seed.spec("ols", "digits", 0.0, epochs=2))


def test_few_classes_stand_by_index_with_two_digits(visit: Opener, digits: int) -> None:
    page = visit(f"/runs/{digits}")
    wait_for_epoch(page, 2)
    expect(page.get_by_label("Order", exact=True)).to_have_value("index")
    values = [text for text in page.evaluate(TEXTS) if text.endswith("%")]
    assert len(values) >= 100
    assert all(re.fullmatch(r"<0\.01%|100%|99\.\d%|\d+%|0?\.?\d*\.\d+%", text) for text in values)
    assert "0.0%" not in values
