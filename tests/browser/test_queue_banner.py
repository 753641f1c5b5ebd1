"""A queue that stands still says so on every page, with what to do; it comes and goes by itself."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from backend.store import runs, workers
from tests.browser.conftest import Opener
from tests.browser.looking import both_looks, by_id, overflow
from tests.browser.serving import Site
from tests.support import seed

COMMAND = ".venv/bin/celery -A worker.app worker"


def test_every_page_says_that_no_worker_takes_the_queue(visit: Opener, workshop: Site) -> None:
    done = seed.finished(workshop.database, seed.spec("hard", "digits", epochs=1))
    (waiting,) = seed.queued(workshop.database)
    page = visit("/", at=workshop, expect=("status of 404",))
    for path in ("/", "/runs/new", f"/runs/{waiting}", f"/compare?runs={done}", "/workers", "/no"):
        page.goto(path)
        banner = by_id(page, "queue-banner")
        expect(banner).to_contain_text("1 run waits, and no worker is online.")
        command = banner.locator("code").inner_text()
        assert command == f"OLS_DATA_DIR={workshop.data_dir} {COMMAND}"
        expect(page.locator(".queue.stands .bad")).to_have_text("no worker is online")
    for _ in both_looks(page):
        assert overflow(page) <= 0
        assert not Axe().run(page).response["violations"]


def test_the_banner_comes_and_goes_with_the_queue_and_its_workers(
    visit: Opener, workshop: Site
) -> None:
    page = visit("/", at=workshop)
    banner = by_id(page, "queue-banner")
    expect(banner).to_be_empty()
    page.evaluate("window.notReloaded = true")
    seed.queued(workshop.database, 2)
    expect(banner).to_contain_text("2 runs wait")
    seed.worker(workshop.database)
    expect(banner.locator(".banner")).to_have_count(0)
    expect(page.locator(".queue")).to_contain_text("1 worker online")
    with workshop.database.write() as session:
        workers.drain(session, "test-worker", True)
    seed.queued(workshop.database)  # the bar looks when a run comes
    expect(banner).to_contain_text("3 runs wait, and every worker is drained.")
    assert page.evaluate("window.notReloaded")


def test_runs_too_large_for_every_worker_say_so(visit: Opener, workshop: Site) -> None:
    (large,) = seed.queued(workshop.database, devices=4)
    note = "needs 4 devices; the largest worker online has 1"
    seed.worker(workshop.database)
    page = visit(f"/runs/{large}", at=workshop)
    expect(by_id(page, "queue-banner")).to_contain_text(
        "1 queued run is too large for every worker. The largest online worker has 1 device."
    )
    expect(page.locator(".run-head .hint")).to_contain_text(
        "starts once a worker with 4 devices is online"
    )
    for path in (f"/runs/{large}", "/"):
        page.goto(path)
        expect(page.locator('[data-live="note"]')).to_have_text(note)
        for width in (1440, 360):
            page.set_viewport_size({"width": width, "height": 900})
            page.wait_for_function("(width) => innerWidth === width", arg=width)
            assert overflow(page) <= 0, (path, width)
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(f"/runs/{large}")
    page.get_by_role("button", name="More").click()
    page.get_by_label("GPUs").fill("1")
    page.get_by_label("GPUs").press("Enter")
    expect(page.locator('run-head [data-live="note"]')).to_contain_text("next in queue")
    with workshop.database.read() as session:
        assert runs.get(session, large)["spec"]["devices"] == 1
    expect(by_id(page, "queue-banner").locator(".banner")).to_have_count(0)
