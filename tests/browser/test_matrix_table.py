"""The whole matrix as a table, by keyboard: fetched once it is open, in step with the player."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Opener
from tests.browser.looking import by_id, set_slider, wait_for_epoch
from tests.browser.pixels import matrix
from tests.browser.serving import Site


def shares(page: Page) -> list[float]:
    """The table's cells, in percent."""
    texts = page.locator(".whole-matrix tbody td").all_text_contents()
    return [float(text.removesuffix("%")) for text in texts]


def test_the_table_follows_the_player_and_costs_nothing_while_closed(
    visit: Opener, lab: Site
) -> None:
    page = visit("/runs/3?epoch=4")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    wait_for_epoch(page, 4)
    set_slider(page, 3)
    by_id(page, "matrix-table").locator("summary").focus()
    assert not [url for url in asked if "/fragments/runs/3/matrices" in url]
    page.keyboard.press("Enter")
    caption = by_id(page, "matrix-table").locator("caption")
    for epoch in (3, 5):
        set_slider(page, epoch)
        expect(caption).to_contain_text(f"Soft labels, epoch {epoch}:")
        found = matrix(lab.url, 3, "soft_labels", epoch)
        assert shares(page) == pytest.approx(100 * found.ravel(), rel=6e-3)
    expect(page.locator('.whole-matrix th[scope="row"]')).to_have_count(62)
    page.keyboard.press("Tab")  # on to the region, which scrolls by the arrow keys
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == (
        "The matrix as a table"
    )
    page.get_by_label("Matrix", exact=True).select_option("confusion")
    expect(caption).to_contain_text("Confusion (validation), epoch 5:")
