"""With a real worker: a run from the form to its heatmap, and every way to stop one."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from backend.core.run_states import FINAL
from backend.store import attempts, runs
from tests.browser.conftest import Opener
from tests.browser.looking import by_id, heatmap_pixels, set_slider, wait_for_epoch
from tests.browser.serving import Site, site, worker
from tests.support import seed
from tests.support.waiting import wait_until

pytestmark = pytest.mark.slow

TRAINING = 180_000  # ms; importing torch on a cold disk takes most of it


def test_submit_watch_play_and_stop(visit: Opener, tmp_path: Path) -> None:
    with site(tmp_path) as place:
        page = visit("/runs/new?preset=digits", at=place)
        page.locator('[name="epochs"]').fill("3")
        by_id(page, "submit-run").click()
        page.wait_for_url("**/runs/1")
        expect(by_id(page, "queue-banner")).to_contain_text("no worker is online")
        (offline,) = seed.queued(place.database, dataset="digits", rate=0)
        _cancel_offline(page, place, offline)
        with worker(place):
            page.goto("/runs/1")
            _watch(page)
            long = _long_run(page)
            _cancel_queued(page, place, behind=long)
            _pause_resume_and_cancel_busy(page, place, long)
            _drain(page, place)
        page.goto("/workers")
        expect(by_id(page, "worker")).to_have_attribute("data-state", "stopped")
        page.close()


def _state(place: Site, run: int) -> Any:
    with place.database.read() as session:
        return runs.get(session, run)["state"]


def _watch(page: Page) -> None:
    """The first run trains to its end, without a reload."""
    page.evaluate("window.notReloaded = true")
    expect(by_id(page, "run-state")).to_have_text("finished", timeout=TRAINING)
    expect(by_id(page, "queue-banner").locator(".banner")).to_have_count(0)
    expect(page.locator(".head-sub")).to_contain_text("on disk")
    assert page.evaluate("window.notReloaded")
    wait_for_epoch(page, 3)
    last = heatmap_pixels(page)
    set_slider(page, 0)
    assert heatmap_pixels(page) != last
    page.get_by_text("Log", exact=True).click()
    expect(page.locator("run-log pre")).not_to_have_text("Loading …")


def _long_run(page: Page) -> int:
    page.goto("/runs/new?from=1")
    page.locator('[name="epochs"]').fill("500")
    by_id(page, "submit-run").click()
    page.wait_for_url("**/runs/3")
    expect(by_id(page, "run-state")).to_have_text("running", timeout=TRAINING)
    return 3


def _cancel_offline(page: Page, place: Site, run: int) -> None:
    """Nobody works: the run is cancelled at once, and no worker will take it."""
    page.goto(f"/runs/{run}")
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator(".toast")).to_contain_text(f"#{run} cancelled.")
    assert _state(place, run) == "cancelled"


def _cancel_queued(page: Page, place: Site, behind: int) -> None:
    """The worker is busy with another run; the waiting one never starts."""
    (waiting,) = seed.queued(place.database, dataset="digits", rate=0)
    page.goto(f"/runs/{waiting}")
    expect(page.locator('run-head [data-live="note"]')).to_contain_text("next in queue")
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator(".toast")).to_contain_text(f"#{waiting} cancelled.")
    assert (_state(place, waiting), _state(place, behind)) == ("cancelled", "running")


def _pause_resume_and_cancel_busy(page: Page, place: Site, run: int) -> None:
    """Its trainer hears of each wish, and its attempts tell the story."""
    page.goto(f"/runs/{run}")
    state = by_id(page, "run-state")
    expect(page.locator('run-head [data-live="note"]')).to_contain_text("/500", timeout=TRAINING)
    page.get_by_role("button", name="Pause").click()
    expect(state).to_have_text("paused", timeout=TRAINING)
    page.get_by_role("button", name="Resume").click()
    expect(state).to_have_text("running", timeout=TRAINING)
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator(".toast").last).to_contain_text("Cancelling")
    expect(state).to_have_text("cancelled", timeout=TRAINING)
    with place.database.read() as session:
        outcomes = [one["outcome"] for one in attempts.listing(session, run)]
    assert outcomes == ["cancelled", "paused"]
    expect(page.get_by_text("Attempts (2)")).to_be_visible()


def _drain(page: Page, place: Site) -> None:
    """A drained worker leaves the queue alone until it is undrained."""
    page.goto("/workers")
    card = by_id(page, "worker")
    expect(card).to_have_attribute("data-state", "online")
    expect(card.get_by_role("meter", name="Memory")).to_have_count(1)  # it reports its load
    card.get_by_role("button", name="Drain").click()
    expect(card).to_have_attribute("data-state", "drained")
    page.goto("/runs/1")
    page.get_by_role("link", name="Clone").click()
    by_id(page, "submit-run").click()
    page.wait_for_url(re.compile(r"/runs/\d+$"))
    expect(by_id(page, "queue-banner")).to_contain_text("every worker is drained")
    run = int(page.url.rpartition("/")[2])
    assert _state(place, run) == "queued"
    page.goto("/workers")
    card.get_by_role("button", name="Undrain").click()
    # Perhaps before the card has shown it: a run of three epochs takes a second.
    wait_until(lambda: _state(place, run) in FINAL, otherwise=lambda: _state(place, run))
