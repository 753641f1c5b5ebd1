"""The runs table over many runs: conditions, columns, groups, and a choice across pages."""

from __future__ import annotations

import re

from playwright.sync_api import Route, expect

from backend.store import experiments, requests, runs
from backend.store.listing import RunQuery
from ols.spec.sweep import Sweep
from tests.browser.conftest import Opener
from tests.browser.looking import by_id, overflow
from tests.browser.serving import Site
from tests.support import seed


def sweep(place: Site, seeds: int = 4) -> int:
    """An experiment of hard labels and OLS with that many seeds each."""
    grid = {"method": ["hard", "ols"], "seed": list(range(seeds))}
    body = {"spec": {"dataset": "digits", "epochs": 2}, "grid": grid}
    with place.database.write() as session:
        return experiments.submit(session, Sweep.parse(body)).id


def test_conditions_are_built_and_taken_away(visit: Opener, workshop: Site) -> None:
    number = sweep(workshop)
    page = visit(f"/?experiment={number}", at=workshop)
    expect(by_id(page, "run-row")).to_have_count(8)
    page.get_by_role("button", name="Condition").click()
    page.get_by_label("Field or metric").fill("spec.seed")
    page.locator("[data-part=compare]").select_option(">=")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.locator("condition-builder .field-error")).to_contain_text("value")
    page.get_by_label("Value", exact=True).fill("3")
    page.get_by_label("Value", exact=True).press("Enter")
    page.wait_for_url("**where=spec.seed*")
    expect(by_id(page, "run-row")).to_have_count(2)
    expect(page.locator(".chip")).to_have_count(2)
    page.get_by_role("link", name="Remove Seed ≥ 3").click()
    expect(by_id(page, "run-row")).to_have_count(8)
    with workshop.database.write() as session:
        for run in experiments.run_ids(session, number)[:2]:
            requests.tag(session, run, ["a b"])
    page.reload()
    page.get_by_role("button", name="Condition").click()
    page.locator('[data-pick="where"]').select_option("none")
    page.wait_for_url("**where=spec.noise.rate*")
    page.get_by_role("button", name="Condition").click()
    page.locator('[data-pick="tag"]').select_option("a b")
    page.wait_for_url("**tag=a*")
    expect(by_id(page, "run-row")).to_have_count(2)
    expect(page.locator(".chip")).to_contain_text(["tag a b", "ate = 0", "experiment #"])
    page.get_by_role("link", name="Remove tag a b").click()
    expect(by_id(page, "run-row")).to_have_count(8)


def test_pinned_runs_go_first_at_once(visit: Opener, workshop: Site) -> None:
    first, second, third = seed.queued(workshop.database, 3)
    page = visit("/", at=workshop)

    def order(*runs: int) -> None:
        names = [re.compile(f"#{run}") for run in runs]
        expect(by_id(page, "run-row").locator(".c-name")).to_contain_text(names)

    order(third, second, first)
    pin = page.locator(f'.pin[data-run="{first}"]')
    pin.press("Enter")
    order(first, third, second)
    expect(pin).to_have_attribute("aria-pressed", "true")
    expect(pin).to_be_focused()
    (fourth,) = seed.queued(workshop.database)  # a new run stands below them
    order(first, fourth, third, second)
    page.get_by_role("link", name="Name", exact=True).click()
    page.wait_for_url("**sort=name")
    order(first, second, third, fourth)
    page.get_by_label("Choose all runs on this page").check()
    bar = by_id(page, "selection-bar")
    expect(bar.get_by_role("button", name="Unpin")).to_have_text("Unpin 1")
    bar.get_by_role("button", name="Pin", exact=False).first.click()
    expect(page.locator("toast-stack")).to_contain_text("4 runs pinned.")
    page.get_by_role("button", name="Condition").click()
    page.get_by_label("Pinned", exact=True).check()
    page.wait_for_url("**pinned=true**")
    expect(by_id(page, "run-row")).to_have_count(4)
    page.locator(f'.pin[data-run="{second}"]').click()
    expect(page.locator(".toast")).to_contain_text(f"#{second} unpinned.")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(f'.pin[data-run="{second}"]')).to_have_attribute("aria-pressed", "true")
    expect(page.locator("toast-stack")).to_contain_text(f"#{second} pinned.")  # the server's answer
    page.goto(f"/runs/{second}")
    page.locator("run-head .pin").click()
    expect(page.locator("run-head .pin")).to_have_attribute("aria-pressed", "false")
    expect(page.locator(".toast")).to_contain_text("unpinned.")
    with workshop.database.read() as session:
        assert not runs.get(session, second)["pinned"]


def test_rows_that_change_move_neither_window_nor_choice(visit: Opener, workshop: Site) -> None:
    queued = seed.queued(workshop.database, 12)
    page = visit("/", at=workshop, height=300)
    box = page.locator(f'tr[data-run="{queued[0]}"] input')  # the last row
    box.check()
    page.evaluate("scrollTo(0, 0)")
    with workshop.database.write() as session:
        for run in queued:
            requests.tag(session, run, ["new"])
    expect(page.locator(".c-name .tag")).to_have_count(12)
    expect(box).to_be_focused()
    expect(box).to_be_checked()
    assert page.evaluate("scrollY") == 0


def test_columns_stay_while_rows_are_renewed(visit: Opener, workshop: Site) -> None:
    sweep(workshop, seeds=1)
    page = visit("/", at=workshop)
    page.get_by_role("button", name="Columns").click()
    page.get_by_label("Created").uncheck()
    page.get_by_label("Add", exact=True).fill("spec.method.alpha, val_loss.last")
    page.get_by_role("button", name="Show", exact=True).click()
    page.wait_for_url("**columns=*")
    heads = page.locator("table.runs thead th").all_inner_texts()
    assert heads[-3:-1] == ["Method: alpha", "Last val loss"]
    assert "Created" not in heads
    ols = page.locator("tr", has_text="Online label smoothing")
    expect(ols.locator(".c-more").first).to_have_text("0.5")
    run = int(ols.get_attribute("data-run") or 0)
    claim = seed.claimed(workshop.database, run)
    seed.train(workshop.database, claim, 1, 1)
    row = page.locator(f'tr[data-run="{run}"]')
    expect(row).to_have_attribute("data-state", "running")
    expect(row.locator(".c-more").nth(1)).not_to_have_text("–")
    page.get_by_role("link", name="Method: alpha").click()
    page.wait_for_url("**sort=spec.method.alpha*")
    assert "columns=" in page.url
    page.set_viewport_size({"width": 360, "height": 800})
    assert overflow(page) == 0


def test_groups_have_means_and_lead_to_their_runs(visit: Opener, lab: Site) -> None:
    page = visit("/?tag=three&group=method.name&columns=val_top1.last")
    expect(by_id(page, "group-row")).to_have_count(3)
    page.get_by_role("link", name="Last val top-1").click()
    page.wait_for_url("**sort=-val_top1.last*")
    expect(by_id(page, "group-row").first).to_contain_text("Online label smoothing")
    by_id(page, "group-row").first.get_by_title("Show these runs").click()
    expect(by_id(page, "run-row")).to_have_count(1)
    page.get_by_role("button", name="Group").click()
    page.get_by_role("group", name="Group by").get_by_label("Method", exact=True).check()
    page.get_by_label("And by").fill("seed")
    page.get_by_role("button", name="Show means").click()
    expect(page.locator(".groups thead th").nth(1)).to_have_text("Seed")
    expect(by_id(page, "group-row")).to_have_count(1)
    page.get_by_role("button", name="Views").click()
    page.get_by_role("link", name="Means by method and noise").click()
    expect(by_id(page, "groups-table")).to_be_visible()


def test_means_move_while_runs_train(visit: Opener, workshop: Site) -> None:
    claim = seed.start(workshop.database, seed.spec("ols", "digits", epochs=2))
    page = visit("/?group=method.name", at=workshop)
    row = by_id(page, "group-row")
    expect(row).to_contain_text("0 done")
    expect(row).not_to_contain_text("%")
    seed.train(workshop.database, claim, 1, 2)
    expect(row).to_contain_text("%")


def test_a_choice_that_ends_before_all_that_match_says_so(visit: Opener, workshop: Site) -> None:
    number = sweep(workshop, seeds=3)
    page = visit(f"/?experiment={number}&limit=2", at=workshop)

    def cut(route: Route) -> None:
        route.fulfill(json={**route.fetch().json(), "more": True})

    page.route("**/fragments/matching*", cut)
    page.get_by_label("Choose all runs on this page").check()
    page.get_by_role("button", name="Choose all that match").click()
    expect(page.locator("toast-stack")).to_contain_text("these are the newest 6")


def test_all_that_match_are_chosen_and_changed_in_portions(visit: Opener, workshop: Site) -> None:
    number = sweep(workshop, seeds=302)
    page = visit(f"/?experiment={number}&method=ols,hard&limit=20", at=workshop)
    page.get_by_label("Choose all runs on this page").check()
    expect(page.locator(".chosen")).to_have_text("20 chosen")
    page.get_by_role("button", name="Choose all that match").click()
    expect(page.locator(".chosen")).to_have_text("604 chosen")
    expect(page.locator("toast-stack")).not_to_contain_text("More runs match")
    expect(by_id(page, "compare-button")).to_be_disabled()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    by_id(page, "selection-bar").get_by_role("button", name="Archive").click()
    expect(page.locator("toast-stack")).to_contain_text("604 runs archived.")
    assert len([url for url in asked if url.endswith("/actions")]) == 2
    with workshop.database.read() as session:
        query = RunQuery(experiments=(number,), archived=True)
        assert len(runs.matching(session, query, 1000)) == 604
