"""What can be done with one run on its page: only what its state allows, and shown at once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, Route, expect
from sqlalchemy import update

from backend.store import claims, recorder, requests, runs
from backend.store.tables import Run
from ols.training.epoch_report import EpochReport
from tests.browser.conftest import Opener
from tests.browser.looking import both_looks, by_id, overflow, wait_for_silence
from tests.browser.serving import Site, site
from tests.support import seed


def buttons(page: Page) -> list[str]:
    page.get_by_role("button", name="More").click()
    names: list[str] = page.locator(".head-actions [data-action]").evaluate_all(
        "all => all.map((one) => one.dataset.action)"
    )
    page.keyboard.press("Escape")
    return names


def test_buttons_are_those_that_the_state_allows(visit: Opener, workshop: Site) -> None:
    (run,) = seed.queued(workshop.database)
    page = visit(f"/runs/{run}", at=workshop)
    state = by_id(page, "run-state")
    waiting = ["cancel", "priority", "devices", "rename", "tag", "archive", "delete"]
    assert buttons(page) == ["pause", *waiting]
    page.get_by_role("button", name="Pause").click()
    expect(state).to_have_text("paused")
    expect(page.get_by_role("button", name="Resume")).to_be_enabled()
    assert buttons(page) == ["resume", *waiting]
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("button", name="Retry")).to_be_enabled()
    assert buttons(page) == ["retry", "devices", "rename", "tag", "archive", "delete"]
    page.get_by_role("button", name="Retry").click()
    expect(page.get_by_role("button", name="Pause")).to_be_enabled()
    seed.claimed(workshop.database, run)
    expect(state).to_have_text("running")
    assert buttons(page) == ["pause", "cancel", "priority", "rename", "tag", "archive"]
    page.get_by_role("button", name="More").click()
    page.get_by_label("Name", exact=True).fill("a <b>better</b> name")
    page.get_by_role("button", name="Rename").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("a <b>better</b> name")
    expect(page.locator(".toast").last).to_have_text(
        f"Run #{run} is now called a <b>better</b> name."
    )


def test_a_worker_that_falls_silent_is_told_of_by_itself(visit: Opener, workshop: Site) -> None:
    claim = seed.start(workshop.database, seed.spec("ols", "digits"))
    final = {"test_top1": 0.9, "test_nll": 0.4, "test_fgsm_top1": 0.2, "test_ensemble_top1": 0.91}
    with workshop.database.write() as session:
        made = EpochReport(1, 9, final, {})
        recorder.record_epoch(session, claim, made, 3600)
    page = visit(f"/runs/{claim.run_id}", at=workshop)
    expect(by_id(page, "stale-worker")).to_have_count(0)
    expect(by_id(page, "final-test").locator("dd")).to_have_text(
        ["90.0%", "0.400", "20.0%", "91.0%"]
    )
    with workshop.database.write() as session:
        requests.cancel(session, claim.run_id)
    expect(page.get_by_role("button", name="Cancel")).to_have_count(0)
    with workshop.database.write() as session:  # of which no event tells
        ends = datetime.now(UTC) + timedelta(seconds=20)
        session.execute(update(Run).where(Run.id == claim.run_id).values(lease_expires_at=ends))
    expect(by_id(page, "stale-worker")).to_contain_text("then the run is cancelled")
    for _ in both_looks(page):
        assert overflow(page) <= 0
    assert not Axe().run(page).response["violations"]
    with workshop.database.write() as session:
        assert claims.cancelled(session, claim)
    expect(by_id(page, "run-state")).to_have_text("cancelled")
    expect(by_id(page, "stale-worker")).to_have_count(0)


def test_the_page_answers_before_the_server_does(visit: Opener, workshop: Site) -> None:
    (run,) = seed.queued(workshop.database)
    page = visit(f"/runs/{run}", at=workshop)
    held: list[Route] = []
    page.route("**/api/runs/actions", lambda route: held.append(route))
    page.get_by_role("button", name="Cancel").click()
    expect(by_id(page, "run-state")).to_have_text("cancelled")
    assert len(held) == 1  # the request has not arrived yet
    with workshop.database.read() as session:
        assert runs.get(session, run)["state"] == "queued"
    held[0].continue_()
    expect(page.locator(".toast")).to_contain_text(f"#{run} cancelled.")
    expect(page.get_by_role("button", name="Retry")).to_be_enabled()
    page.unroute_all()
    page.get_by_role("button", name="Undo").click()
    expect(by_id(page, "run-state")).to_have_text("queued")


def test_what_was_refused_is_taken_back(visit: Opener, workshop: Site) -> None:
    claim = seed.start(workshop.database, seed.spec("ols", "digits"))
    page = visit(f"/runs/{claim.run_id}", at=workshop)
    held: list[Route] = []
    page.route("**/api/runs/actions", lambda route: held.append(route))
    page.get_by_role("button", name="Pause").click()
    expect(page.locator('run-head [data-live="note"]')).to_have_text("pausing …")
    with workshop.database.write() as session:
        claims.finish(session, claim)
    held[0].continue_()
    expect(page.locator(".toast.error")).to_contain_text("has finished and can't be paused")
    expect(by_id(page, "run-state")).to_have_text("finished")


def test_a_server_out_of_reach_is_said_and_nothing_pretended(visit: Opener, workshop: Site) -> None:
    (run,) = seed.queued(workshop.database)
    page = visit(f"/runs/{run}", at=workshop, expect=("ERR_FAILED",))
    page.route("**/api/runs/actions", lambda route: route.abort())
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator(".toast.error")).to_contain_text("nothing was changed")
    expect(by_id(page, "run-state")).to_have_text("queued")


def test_a_run_whose_worker_died_is_cancelled_when_its_lease_ends(
    visit: Opener, tmp_path: Path
) -> None:
    with site(tmp_path, OLS_LEASE_SECONDS="4") as place:
        claim = seed.start(place.database, seed.spec("ols", "digits"))  # nobody renews its lease
        page = visit(f"/runs/{claim.run_id}", at=place)
        page.get_by_role("button", name="Cancel").click()
        expect(by_id(page, "run-state")).to_have_text("cancelled")
        expect(page.get_by_role("button", name="Retry")).to_be_visible()
        page.close()


def test_undoing_a_cancel_brings_a_paused_run_back_as_paused(visit: Opener, workshop: Site) -> None:
    (run,) = seed.queued(workshop.database)
    with workshop.database.write() as session:
        requests.pause(session, run)
    page = visit(f"/runs/{run}", at=workshop)
    page.get_by_role("button", name="Cancel").click()
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".toast").last).to_contain_text(f"#{run} paused.")
    expect(by_id(page, "run-state")).to_have_text("paused")


def test_deleting_offers_to_restore(visit: Opener, workshop: Site) -> None:
    run = seed.finished(workshop.database, seed.spec("hard", "digits", epochs=1))
    page = visit(f"/runs/{run}", at=workshop)
    wait_for_silence(page)  # what its panels ask for is not there any more later
    page.clock.install()
    page.get_by_role("button", name="More").press("ArrowDown")
    page.keyboard.press("ArrowUp")
    expect(page.get_by_role("button", name="Delete")).to_be_focused()  # the last of the menu
    page.keyboard.press("Enter")
    expect(by_id(page, "run-state")).to_have_text("deleted")
    expect(page.locator(".toast")).to_contain_text("deleted.")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.clock.fast_forward(70_000)
    page.locator("#reliability").scroll_into_view_if_needed()
    assert not [url for url in asked if f"/runs/{run}" in url], "it would be answered 404"
    page.get_by_role("button", name="Restore").click()
    expect(by_id(page, "run-state")).to_have_text("finished")


def test_place_in_the_queue_moves_and_the_open_menu_stays(visit: Opener, workshop: Site) -> None:
    first, second = seed.queued(workshop.database, 2)
    page = visit(f"/runs/{second}", at=workshop)
    note = page.locator('run-head [data-live="note"]')
    expect(note).to_contain_text("2nd in queue")
    page.get_by_role("button", name="More").click()
    page.get_by_label("Priority").fill("3")
    with workshop.database.write() as session:
        requests.cancel(session, first)
    page.evaluate(
        "document.dispatchEvent(new CustomEvent('runschanged'))"
    )  # what the bar waits for
    expect(note).to_contain_text("next in queue")
    expect(page.get_by_label("Priority")).to_be_focused()
    expect(page.get_by_label("Priority")).to_have_value("3")
    page.keyboard.press("Enter")
    expect(page.locator(".head-sub")).to_contain_text("priority 3")


def test_attempts_and_files_are_told(visit: Opener, workshop: Site) -> None:
    claim = seed.start(workshop.database, seed.spec("ols", "digits", epochs=4))
    seed.train(workshop.database, claim, 1, 2)
    with workshop.database.write() as session:
        claims.crashed(session, claim, "killed", "The kernel killed it: out of memory.")
    page = visit(f"/runs/{claim.run_id}", at=workshop)
    page.get_by_text("Attempts (1)").click()
    row = page.locator(".attempts tbody tr").last
    expect(row).to_contain_text("1 to 2")
    expect(row).to_contain_text("crashed The kernel killed it: out of memory.")
    seed.claimed(workshop.database, claim.run_id)
    expect(page.get_by_text("Attempts (2)")).to_be_visible()
    expect(page.locator(".attempts tbody tr").first).to_contain_text("running")  # still unfolded


def test_the_actions_fit_a_phone(visit: Opener, workshop: Site) -> None:
    (run,) = seed.queued(workshop.database)
    page = visit(f"/runs/{run}", at=workshop, width=360, dark=True)
    page.get_by_role("button", name="More").click()
    panel = page.locator(".head-actions .menu-panel").bounding_box()
    assert panel is not None
    assert panel["x"] >= 0
    assert panel["x"] + panel["width"] <= 360
    assert overflow(page) <= 0
    assert not Axe().run(page).response["violations"]
    page.mouse.click(5, 400)
    expect(page.locator(".head-actions .menu-panel")).to_be_hidden()
