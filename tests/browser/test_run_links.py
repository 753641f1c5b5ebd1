"""Where a run belongs and where it leads; what is left of one that was cut short."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from backend.store import claims, experiments, requests
from ols.spec.sweep import Sweep
from tests.browser.conftest import Opener
from tests.browser.looking import by_id
from tests.browser.serving import Site
from tests.support import seed


def test_a_run_of_an_experiment_leads_to_it_and_to_its_others(visit: Opener, lab: Site) -> None:
    sweep = Sweep.parse(
        {"spec": {"method": "ols", "dataset": "digits"}, "grid": {"seed": [0, 1, 2]}}
    )
    with lab.database.write() as session:
        made = experiments.submit(session, sweep, name="three <seeds>")
        first, second, third = experiments.run_ids(session, made.id)
        experiments.act(session, made.id, "cancel")
    page = visit(f"/runs/{second}")
    page.get_by_role("button", name="Compare with …").click()
    choices = page.locator(".run-links input[type=checkbox]")
    assert choices.evaluate_all("all => all.map((one) => Number(one.value))") == [third, first]
    choices.first.check()
    page.locator(".run-links").get_by_role("button", name="Compare", exact=True).click()
    page.wait_for_url(f"**/compare?runs={second}&runs={third}")
    page.go_back()
    page.get_by_role("link", name="three <seeds>").click()
    page.wait_for_url(f"**/experiments/{made.id}")


def test_report_and_checkpoint_are_one_click_away_where_they_exist(
    visit: Opener, lab: Site
) -> None:
    page = visit("/runs/3")
    links = page.locator(".run-links")
    expect(links.get_by_role("link", name="Report")).to_have_attribute(
        "href", re.compile(r"/reports/runs/3$")
    )
    expect(links.get_by_role("link", name="Checkpoint")).to_be_visible()
    claim = seed.start(lab.database, seed.spec("hard", "digits", 0.0, epochs=2))
    page = visit(f"/runs/{claim.run_id}")
    checkpoint = page.locator('[data-live="checkpoint"]')
    expect(checkpoint).to_be_hidden()
    seed.train(lab.database, claim, 1, 1)
    expect(checkpoint).to_be_visible()
    with lab.database.write() as session:
        claims.fail(session, claim, "crash", "The trainer was killed.", "last line")
    said = by_id(page, "verdict")
    expect(said).to_contain_text("It has one epoch of 2: curves, matrices and the log")
    expect(said).to_contain_text("Up to epoch 1: ")


def test_a_run_that_never_began_promises_nothing(visit: Opener, lab: Site) -> None:
    with lab.database.write() as session:
        run = requests.submit(session, name=None, tags=[], spec=seed.spec("ols"))
        requests.cancel(session, run.id)
    page = visit(f"/runs/{run.id}")
    expect(by_id(page, "verdict")).to_contain_text("there is only its configuration")
    text = page.locator("main").inner_text()
    for promise in ("The first matrix appears", "yet", "are known once", "Loading"):
        assert promise not in text, promise


def test_clone_opens_the_form_that_holds_the_run(visit: Opener, lab: Site) -> None:
    page = visit("/?tag=three")
    page.locator("#run-3").hover()
    page.locator("#run-3").get_by_role("link", name="Clone").click()
    page.wait_for_url("**/runs/new?from=3")
    expect(page.locator('[name="epochs"]:visible')).to_be_visible()
