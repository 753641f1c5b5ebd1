"""The panels at 1,000 classes: a class is found by typing, and every number is there."""

from __future__ import annotations

import io
import re
import urllib.request

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Opener
from tests.browser.looking import by_id, set_slider, wait_for_epoch
from tests.browser.serving import Site

K, EPOCHS = 1000, 6  # of `large`


def test_a_class_of_a_thousand_is_found_and_whole(visit: Opener, lab: Site, large: int) -> None:
    page = visit(f"/runs/{large}")
    wait_for_epoch(page, EPOCHS)
    detail = by_id(page, "class-detail")
    search = page.get_by_label("Find a class")
    search.fill("777")
    search.press("Enter")
    expect(detail.locator("h2")).to_have_text("Class “class 777”")
    page.get_by_text("As a table", exact=True).click()
    for epoch in (EPOCHS, 1):
        set_slider(page, epoch)
        url = f"{lab.url}/api/runs/{large}/matrices/soft_labels/{epoch}?format=npy"
        row = np.load(io.BytesIO(urllib.request.urlopen(url).read()))[777]
        ordered = np.sort(row)[::-1]
        expect(detail.locator("caption")).to_have_text(
            f"soft label of class class 777, epoch {epoch}"
        )
        expect(detail.locator(".row-table tbody tr")).to_have_count(K)
        names = detail.locator(".bars li:not(.rest) .name").all_inner_texts()
        barred = row[[int(name.split()[-1]) for name in names]]
        expect(detail.locator(".bars .rest")).to_have_text(
            f"984 others{100 * (row.sum() - barred.sum()):.2f}%"
        )
        texts = detail.locator(".row-table td").all_inner_texts()
        shown = [float(re.search(r"[\d.]+(?:e-\d+)?", text)[0]) for text in texts]  # type: ignore[index]
        assert shown == pytest.approx(100 * ordered, rel=1e-3, abs=6e-6)
    page.keyboard.press("[")
    expect(detail.locator("h2")).to_have_text("Class “class 776”")
    by_id(page, "pairs-table").scroll_into_view_if_needed()
    expect(by_id(page, "pairs-table").locator("tbody tr")).to_have_count(20)
