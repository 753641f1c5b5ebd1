"""The workers page: who works on what, how busy, the last report; drain and undrain."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect
from sqlalchemy import update

from backend.core.code_version import PACKAGE, code_version
from backend.store import batch_jobs, requests, workers
from backend.store.batch_jobs import SeenJob
from backend.store.tables import Worker
from tests.browser.conftest import Opener
from tests.browser.looking import both_looks, by_id, overflow
from tests.browser.serving import Site
from tests.support import seed

GIB = 2**30


def test_without_a_worker_the_page_says_how_to_start_one(visit: Opener, workshop: Site) -> None:
    page = visit("/workers", at=workshop)
    expect(page.get_by_role("heading", name="No worker has reported")).to_be_visible()
    expect(page.locator("workers-page code")).to_contain_text("celery -A worker.app worker")
    seed.worker(workshop.database)
    expect(by_id(page, "worker")).to_have_count(1)  # by itself


def test_a_card_tells_device_load_run_and_versions(visit: Opener, workshop: Site) -> None:
    claim = seed.start(workshop.database, seed.spec("ols", "digits"), "the long one")
    seed.worker(
        workshop.database,
        claim.run_id,
        "box:1",
        {**code_version(), "torch": "2.14.1"},
        device="cuda:0",
        device_name="H100",
        memory_used=20 * GIB,
        memory_total=80 * GIB,
        utilization=0.97,
    )
    seed.worker(workshop.database, None, "box:2", {PACKAGE: "0.0.1"})
    page = visit("/workers", at=workshop)
    card = page.locator('[data-worker="box:1"].worker')
    for words in ("H100 (cuda:0)", "20.0 of 80.0 GiB", "97%", "torch 2.14.1", "online"):
        expect(card).to_contain_text(words)
    assert card.get_by_role("meter", name="Memory").get_attribute("aria-valuenow") == "25"
    expect(card.get_by_role("alert")).to_have_count(0)
    other = page.locator('[data-worker="box:2"].worker')
    expect(other.get_by_role("alert")).to_contain_text(f"runs {PACKAGE} 0.0.1; this server")
    expect(other.locator(".slot-meter").first).to_have_text("–")  # it reports no load
    for _ in both_looks(page):
        assert overflow(page) <= 0
        assert not Axe().run(page).response["violations"]
    card.get_by_role("link", name="the long one").click()
    page.wait_for_url(f"**/runs/{claim.run_id}")


def test_the_age_of_the_heartbeat_ticks(visit: Opener, workshop: Site) -> None:
    seed.worker(workshop.database)
    page = visit("/workers", at=workshop)
    page.wait_for_function(
        """() => {
            const text = document.querySelector("live-age")?.textContent;
            window.ages = new Set([...(window.ages ?? []), text]);
            return window.ages.size >= 3;
        }"""
    )


def test_a_worker_is_drained_and_undrained(visit: Opener, workshop: Site) -> None:
    claim = seed.start(workshop.database, seed.spec("ols", "digits"))
    seed.worker(workshop.database, claim.run_id, "box:1")
    page = visit("/workers", at=workshop)
    card = by_id(page, "worker")
    card.get_by_role("button", name="Drain box:1").click()
    expect(card).to_have_attribute("data-state", "draining")
    expect(card).to_contain_text("Finishes its runs and starts no new ones.")
    with workshop.database.read() as session:
        assert workers.listing(session)[0]["draining"]
    seed.worker(workshop.database, None, "box:1")
    expect(card).to_have_attribute("data-state", "drained")
    card.get_by_role("button", name="Undrain box:1").click()
    expect(card).to_have_attribute("data-state", "online")
    page.locator(".toast").last.get_by_role("button", name="Undo").click()
    expect(card).to_have_attribute("data-state", "drained")


def test_workers_that_are_gone_say_since_when(visit: Opener, workshop: Site) -> None:
    seed.worker(workshop.database, None, "silent:1")
    seed.worker(workshop.database, None, "stopped:1")
    with workshop.database.write() as session:
        then = datetime.now(UTC) - timedelta(minutes=5)
        session.execute(update(Worker).where(Worker.name == "silent:1").values(heartbeat_at=then))
        workers.stopped(session, "stopped:1")
    page = visit("/workers", at=workshop)
    silent = page.locator('[data-worker="silent:1"]')
    expect(silent).to_contain_text("5 min ago")
    expect(silent).to_contain_text("Stopped responding")
    expect(page.locator('[data-worker="stopped:1"]')).to_contain_text("Shut down cleanly")
    expect(page.get_by_role("button", name="Drain")).to_have_count(0)


def test_slurm_jobs_say_what_they_wait_for(visit: Opener, workshop: Site) -> None:
    database = workshop.database
    long_reason = "ReqNodeNotAvail, UnavailableNodes:gpu[001-016]"
    claim = seed.start(database, seed.spec("ols", "digits"), "in a job")
    with database.write() as session:
        waiting = requests.submit(
            session, name="waits for a GPU", tags=[], spec=seed.spec("ols", "digits")
        ).id
        batch_jobs.record(
            session,
            [
                SeenJob("4711", 1, "PENDING", long_reason, waiting),
                SeenJob("4710", 1, "RUNNING", ""),
            ],
        )
    page = visit(f"/runs/{waiting}", at=workshop)
    expect(page.get_by_test_id("job")).to_have_text(f"Slurm job 4711 is pending: {long_reason}")
    expect(page.get_by_test_id("queue-banner")).to_contain_text("1 run waits for Slurm")
    expect(page.locator(".q-workers")).to_have_text("1 Slurm job pending")
    seed.worker(database, claim.run_id, "test-worker", job="4710")
    page = visit("/workers", at=workshop)
    rows = page.get_by_test_id("batch-jobs").locator("tbody tr")
    expect(rows.first).to_contain_text("4711")
    expect(rows.first).to_contain_text(long_reason)
    expect(page.locator('[data-worker="test-worker"].worker')).to_contain_text("Slurm job 4710")
    for _ in both_looks(page):
        assert overflow(page) <= 0
        assert not Axe().run(page).response["violations"]
    rows.first.get_by_role("link", name="waits for a GPU").click()
    page.wait_for_url(f"**/runs/{waiting}")
