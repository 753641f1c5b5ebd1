"""A run that no worker online can hold says so on its page and in the list."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from backend.store import requests
from tests.browser import seed
from tests.browser.conftest import Opener
from tests.browser.looking import overflow
from tests.browser.serving import site

pytestmark = pytest.mark.browser

NOTE = "needs 4 devices; the largest worker online has 1"


def test_a_run_too_large_for_every_worker_says_so(visit: Opener, tmp_path: Path) -> None:
    with site(tmp_path) as place:
        with place.database.write() as session:
            spec = seed.spec(devices=4)
            run_id = requests.submit(session, name=None, tags=[], spec=spec).id
        page = visit(f"/runs/{run_id}", at=place)
        expect(page.locator(".run-head .hint")).to_contain_text("No worker is online")
        page.close()
        seed.worker(place.database)
        for dark in (False, True):
            page = visit(f"/runs/{run_id}", at=place, dark=dark)
            expect(page.locator(".run-head .hint")).to_contain_text(
                "starts when one with 4 devices"
            )
            for path in (f"/runs/{run_id}", "/"):
                page.goto(path)
                expect(page.locator('[data-live="note"]')).to_have_text(NOTE)
                for width in (1440, 360):
                    page.set_viewport_size({"width": width, "height": 900})
                    page.wait_for_function("(width) => innerWidth === width", arg=width)
                    assert overflow(page) <= 0, (path, width)
            page.close()
