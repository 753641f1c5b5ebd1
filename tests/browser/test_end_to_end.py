"""With a real worker: a run from the form to its heatmap, and a running run cancelled."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Opener
from tests.browser.looking import by_id, heatmap_pixels, set_slider, wait_for_epoch
from tests.browser.serving import site, worker

pytestmark = [pytest.mark.browser, pytest.mark.slow]

TRAINING = 90_000  # ms; importing torch on a cold disk takes most of it


def test_submit_watch_play_and_cancel(visit: Opener, tmp_path: Path) -> None:
    with site(tmp_path) as place, worker(place):
        page = visit("/runs/new?preset=digits", at=place)
        page.locator('[name="epochs"]').fill("3")
        by_id(page, "submit-run").click()
        page.wait_for_url("**/runs/1")
        page.evaluate("window.notReloaded = true")
        expect(by_id(page, "run-state")).to_have_text("finished", timeout=TRAINING)
        assert page.evaluate("window.notReloaded")
        wait_for_epoch(page, 3)
        last = heatmap_pixels(page)
        set_slider(page, 0)
        assert heatmap_pixels(page) != last
        page.get_by_text("Log", exact=True).click()
        expect(page.locator("run-log pre")).not_to_have_text("Loading …")

        page.goto("/runs/new?from=1")
        page.locator('[name="epochs"]').fill("500")
        by_id(page, "submit-run").click()
        page.wait_for_url("**/runs/2")
        expect(by_id(page, "run-state")).to_have_text("running", timeout=TRAINING)
        page.get_by_role("button", name="Cancel").click()
        expect(by_id(page, "run-state")).to_have_text("cancelled", timeout=TRAINING)
        page.close()
