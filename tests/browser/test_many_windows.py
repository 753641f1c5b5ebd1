"""Several windows of one browser: they share one event stream, and tell each other's news."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from backend.store import claims, requests
from tests.browser.conftest import Opener
from tests.browser.looking import by_id, wait_for_epoch, wait_for_silence
from tests.browser.serving import Site
from tests.support import seed

WINDOWS = 7  # a browser opens six connections to a host over HTTP/1.1


def windows(first: Page, *others: str) -> list[Page]:
    """The first and others of the same browser at these addresses, all of them visible."""
    pages = [first, *(first.context.new_page() for _ in others)]
    for page, path in zip(pages[1:], others, strict=True):
        page.goto(path)
    assert all(page.evaluate("document.visibilityState") == "visible" for page in pages)
    return pages


def open_streams(page: Page) -> int:
    """How many the server holds, by its own count."""
    text: str = page.request.get("/metrics").text()
    (line,) = (one for one in text.splitlines() if one.startswith("ols_event_streams "))
    return int(float(line.split()[1]))


@pytest.mark.parametrize("shared", [True, False], ids=["shared worker", "none"])
def test_news_reach_a_page_with_and_without_a_shared_worker(
    visit: Opener, workshop: Site, shared: bool
) -> None:
    claim = seed.start(workshop.database, seed.spec("ols", "digits", epochs=3))
    page = visit("/healthz", at=workshop)
    if not shared:
        page.context.add_init_script("delete window.SharedWorker")
    page.goto(f"/runs/{claim.run_id}")
    seed.train(workshop.database, claim, 1, 1)
    wait_for_epoch(page, 1)


@pytest.mark.parametrize("shared", [True, False], ids=["shared worker", "none"])
def test_the_seventh_window_loads_and_all_of_them_follow(
    visit: Opener, workshop: Site, shared: bool
) -> None:
    claim = seed.start(workshop.database, seed.spec("ols", "digits", epochs=4))
    other = seed.start(workshop.database, seed.spec("hard", "digits", epochs=4))
    seed.train(workshop.database, claim, 1, 1)
    path = f"/runs/{claim.run_id}"
    page = visit("/healthz", at=workshop)
    if not shared:
        page.context.add_init_script("delete window.SharedWorker")
    page.goto(path)
    pages = windows(page, "/", f"/runs/{other.run_id}", *[path] * (WINDOWS - 3))
    seed.train(workshop.database, claim, 2, 2)
    seed.train(workshop.database, other, 1, 1)
    for page in (pages[0], *pages[3:]):
        wait_for_epoch(page, 2)
    wait_for_epoch(pages[2], 1)
    expect(pages[1].locator(f"#run-{claim.run_id}")).to_contain_text("2/4")
    assert open_streams(pages[0]) == (1 if shared else 0)  # without one they poll
    last = pages[-1]
    last.get_by_role("button", name="Pause").click()
    expect(last.locator(".toast")).to_contain_text(f"#{claim.run_id}")
    for page in pages[3:]:
        expect(page.locator("run-head")).to_contain_text("pausing")


def test_a_run_deleted_in_another_window_says_so_and_asks_no_more(
    visit: Opener, workshop: Site
) -> None:
    """It is deleted once its training was cancelled, while the first window shows it."""
    claim = seed.start(workshop.database, seed.spec("ols", "digits", epochs=4))
    seed.train(workshop.database, claim, 1, 2)
    path = f"/runs/{claim.run_id}"
    first, second = windows(visit(path, at=workshop), path)
    wait_for_epoch(first, 2)
    second.get_by_role("button", name="Cancel").click()
    with workshop.database.write() as session:
        assert claims.cancelled(session, claim)
    expect(by_id(first, "run-state")).to_have_text("cancelled")
    wait_for_silence(first)
    second.get_by_role("button", name="More").click()
    second.get_by_role("button", name="Delete").click()
    expect(by_id(first, "run-state")).to_have_text("deleted")
    asked: list[str] = []
    first.on("request", lambda request: asked.append(request.url))
    for part in ("class", "pairs", "quality", "reliability", "run-data"):
        first.locator(f"#{part}").scroll_into_view_if_needed()
    first.get_by_text("This matrix as a table").click()
    first.wait_for_timeout(1500)
    assert not [url for url in asked if path in url], "every one would be answered 404"
    second.get_by_role("button", name="Undo").click()
    expect(by_id(first, "run-state")).to_have_text("cancelled")
    expect(first.get_by_role("button", name="Retry")).to_be_enabled()
    expect(by_id(first, "matrix-table").locator("table")).to_be_visible()  # what had to wait


def test_what_somebody_else_deletes_is_told_of_too(visit: Opener, workshop: Site) -> None:
    """In another browser, of a run that had ended long before."""
    run = seed.finished(workshop.database, seed.spec("hard", "digits", epochs=1))
    page = visit(f"/runs/{run}", at=workshop)
    wait_for_silence(page)
    with workshop.database.write() as session:
        requests.delete(session, run)
    expect(by_id(page, "run-state")).to_have_text("deleted")
    page.get_by_role("button", name="Restore").click()
    expect(by_id(page, "run-state")).to_have_text("finished")
