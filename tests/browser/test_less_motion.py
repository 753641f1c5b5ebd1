"""Who asks the system for less motion gets none that they did not start."""

from __future__ import annotations

from datetime import datetime

from playwright.sync_api import Page, expect

from backend.store import claims
from tests.browser.conftest import Opener
from tests.browser.looking import by_id, set_slider, wait_for_epoch
from tests.browser.pixels import wait_for_full
from tests.browser.serving import Site
from tests.support import seed


def moving(page: Page) -> int:
    """How many elements would glide or blink when they change."""
    found: int = page.evaluate(
        """() => [...document.querySelectorAll("*")].map((each) => getComputedStyle(each)).filter(
            (style) => style.animationName !== "none" || style.transitionDuration !== "0s"
        ).length"""
    )
    return found


def test_the_player_stands_still_until_it_is_started(visit: Opener) -> None:
    page = visit("/runs/3?epoch=0")
    page.emulate_media(reduced_motion="reduce")
    page.reload()
    wait_for_full(page, 0)
    page.clock.install(time=datetime(2030, 1, 1))
    page.clock.pause_at(datetime(2030, 1, 2))
    page.clock.run_for(5000)
    assert by_id(page, "heatmap-epoch").input_value() == "0"
    expect(by_id(page, "heatmap-play")).to_have_text("Play")
    page.clock.resume()
    set_slider(page, 4)  # at once: no epoch between is shown
    wait_for_epoch(page, 4)
    assert moving(page) == 0


def test_a_bar_does_not_glide_at_all(visit: Opener, lab: Site) -> None:
    """Each frame of it would draw the page anew."""
    claim = seed.start(lab.database, seed.spec("ols", "digits", 0))
    seed.progress(lab.database, claim, 0, 20)
    page = visit(f"/runs/{claim.run_id}")
    assert moving(page) == 0
    with lab.database.write() as session:
        claims.cancelled(session, claim)


def test_a_new_row_does_not_fade_in(visit: Opener) -> None:
    page = visit("/")
    page.locator(".runs tbody tr").first.evaluate("(row) => row.classList.add('fresh')")
    assert moving(page) > 0  # others may have just come
    page.emulate_media(reduced_motion="reduce")
    assert moving(page) == 0
