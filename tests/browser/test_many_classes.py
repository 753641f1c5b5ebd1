"""The panels at 1,000 classes: a class is found by typing, and every number is there."""

from __future__ import annotations

import io
import re
import urllib.request

import numpy as np
import pytest
from playwright.sync_api import expect

from backend.store import claims, recorder, requests
from ols.report import EpochReport
from tests.browser import seed
from tests.browser.conftest import Opener
from tests.browser.looking import by_id, set_slider, wait_for_epoch
from tests.browser.serving import Site

pytestmark = pytest.mark.browser

K = 1000


@pytest.fixture(scope="module")
def large(lab: Site) -> int:
    """A finished run of K classes and two epochs, recorded as a trainer's; its id."""
    made = seed.spec("ols", epochs=2, rate=0.0)
    with lab.database.write() as session:
        run = requests.submit(session, name="large", tags=[], spec=made)
    claim = seed.claimed(lab.database, run.id)
    names = tuple(f"species {number:03d}" for number in range(K))
    with lab.database.write() as session:
        recorder.record_info(session, claim, seed.info(made, names))
    for epoch in (1, 2):
        soft = np.random.default_rng(epoch).random((K, K), np.float32) ** 30 + 1e-6
        np.fill_diagonal(soft, 40.0 * epoch)
        soft /= soft.sum(axis=1, keepdims=True)
        report = EpochReport(epoch, 2, {"val_top1": 0.5}, {"soft_labels": soft})
        with lab.database.write() as session:
            recorder.record_epoch(session, claim, report, seed.LEASE)
    with lab.database.write() as session:
        claims.finish(session, claim)
    return run.id


def test_a_class_of_a_thousand_is_found_and_whole(visit: Opener, lab: Site, large: int) -> None:
    page = visit(f"/runs/{large}")
    wait_for_epoch(page, 2)
    detail = by_id(page, "class-detail")
    search = page.get_by_label("Find a class")
    search.fill("777")
    search.press("Enter")
    expect(detail.locator("h2")).to_have_text("Class “species 777”")
    page.get_by_text("As a table").click()
    for epoch in (2, 1):
        set_slider(page, epoch)
        url = f"{lab.url}/api/runs/{large}/matrices/soft_labels/{epoch}?format=npy"
        ordered = np.sort(np.load(io.BytesIO(urllib.request.urlopen(url).read()))[777])[::-1]
        expect(detail.locator("caption")).to_have_text(
            f"soft label of class species 777, epoch {epoch}"
        )
        expect(detail.locator(".row-table tbody tr")).to_have_count(K)
        expect(detail.locator(".bars .rest")).to_have_text(
            f"985 others{100 * ordered[15:].sum():.2f}%"
        )
        texts = detail.locator(".row-table td").all_inner_texts()
        shown = [float(re.search(r"[\d.]+(?:e-\d+)?", text)[0]) for text in texts]  # type: ignore[index]
        assert shown == pytest.approx(100 * ordered, rel=1e-3, abs=6e-6)
    page.keyboard.press("[")
    expect(detail.locator("h2")).to_have_text("Class “species 776”")
    by_id(page, "pairs-table").scroll_into_view_if_needed()
    expect(by_id(page, "pairs-table").locator("tbody tr")).to_have_count(20)
