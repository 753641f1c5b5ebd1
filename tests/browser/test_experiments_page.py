"""An experiment's page: what came out, live, and what can be done with all its runs."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from backend.store import claims, experiments, requests
from ols.spec.sweep import Sweep
from tests.browser.conftest import Opener
from tests.browser.looking import by_id, overflow, wait_for_chart
from tests.browser.serving import Site
from tests.support import seed

SWEEP = {
    "spec": {"dataset": "digits", "epochs": 2},
    "grid": {"method": ["hard", "ols"], "seed": [0, 1]},
}


def submitted(place: Site, name: str = "a small sweep") -> int:
    with place.database.write() as session:
        return experiments.submit(session, Sweep.parse(SWEEP), name=name).id


def train_first(place: Site, number: int, count: int) -> None:
    """Trains that many of its runs to the end."""
    with place.database.read() as session:
        ids = experiments.run_ids(session, number)
    for run_id in ids[:count]:
        claim = seed.claimed(place.database, run_id)
        seed.train(place.database, claim, 1, 2)
        with place.database.write() as session:
            claims.finish(session, claim)


def test_an_experiment_is_followed_steered_and_extended(visit: Opener, workshop: Site) -> None:
    number = submitted(workshop)
    page = visit(f"/experiments/{number}", at=workshop)
    page.evaluate("window.notReloaded = true")
    states = by_id(page, "experiment-states")
    expect(states).to_contain_text("4 queued")
    expect(by_id(page, "group-row")).to_have_count(2)
    train_first(workshop, number, 2)
    expect(states).to_contain_text("2 finished")
    expect(by_id(page, "group-row").first).to_contain_text(" ± ")
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator("toast-stack")).to_contain_text("2 runs cancelled.")
    expect(states).to_contain_text("2 cancelled")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("toast-stack")).to_contain_text("2 runs queued again.")
    expect(states).to_contain_text("2 queued")
    with workshop.database.write() as session:  # ended before: no undo of a later cancel brings it
        waiting = experiments.run_ids(session, number)[2:]
        requests.cancel(session, waiting[0])
        requests.pause(session, waiting[1])
    expect(states).to_contain_text("1 paused")
    page.get_by_role("button", name="Cancel").click()
    expect(states).to_contain_text("2 cancelled")
    page.get_by_role("button", name="Undo").last.click()
    expect(states).to_contain_text("1 paused")
    expect(states).to_contain_text("1 cancelled")
    page.get_by_role("button", name="Cancel").click()
    expect(states).to_contain_text("2 cancelled")
    page.get_by_label("Number of further seeds").fill("2")
    page.get_by_role("button", name="Add seeds").click()
    expect(states).to_contain_text("4 queued")
    page.get_by_role("button", name="Add notes").click()
    page.get_by_label("Notes, in Markdown").fill("## Aim\n\nfind **out**")
    page.get_by_role("button", name="Save").click()
    expect(by_id(page, "notes").locator("strong")).to_have_text("out")
    page.get_by_text("Rename or limit").click()
    page.get_by_label("Name").fill("renamed")
    page.get_by_label("Runs at once").fill("2")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="renamed")).to_be_visible()
    page.get_by_role("button", name="Pin").click()
    expect(page.locator(".tag", has_text="pinned")).to_be_visible()
    page.set_viewport_size({"width": 360, "height": 800})
    assert overflow(page) == 0
    assert page.evaluate("window.notReloaded")
    with workshop.database.read() as session:
        kept = experiments.get(session, number)
    assert (kept["name"], kept["parallel"], kept["runs"], kept["pinned"]) == ("renamed", 2, 8, True)


def test_the_list_leads_to_an_experiment_and_its_runs(visit: Opener, workshop: Site) -> None:
    number = submitted(workshop, "to be found")
    page = visit("/experiments?q=found", at=workshop)
    expect(by_id(page, "experiment-row")).to_have_count(1)
    page.get_by_role("link", name="to be found").click()
    by_id(page, "group-row").last.get_by_title("Show these runs").click()
    page.wait_for_url(f"**experiment={number}*")
    expect(by_id(page, "run-row")).to_have_count(2)


def test_what_came_out_is_said_drawn_and_ready_for_a_paper(visit: Opener, lab: Site) -> None:
    sweep = {
        "spec": {"dataset": "digits", "epochs": 2},
        "grid": {"method": ["hard", "ols"], "seed": [0, 1, 2]},
    }
    with lab.database.write() as session:
        number = experiments.submit(session, Sweep.parse(sweep), name="three seeds").id
    train_first(lab, number, 6)
    page = visit(f"/experiments/{number}")
    expect(by_id(page, "experiment-verdict")).to_contain_text("than Hard labels on Digits: +")
    expect(by_id(page, "experiment-verdict")).to_contain_text("n = 3")
    traces = wait_for_chart(page, "experiment-curves")
    assert {trace["name"] for trace in traces if not trace["meta"].get("band")} == {
        *("Hard labels (n = 3)", "Online label smoothing (n = 3)")
    }
    rows = by_id(page, "experiment-dots").locator("ol li")
    expect(rows).to_have_count(2)
    expect(rows.first.locator(".dot")).to_have_count(3)
    expect(rows.first.locator(".span")).to_have_count(1)
    page.get_by_text("Runs and their seeds").click()
    expect(by_id(page, "experiment-seeds").get_by_role("link", name="seed 2")).to_have_count(2)
    page.get_by_text("LaTeX", exact=True).click()
    expect(page.locator(".outcome code")).to_contain_text(r"\toprule")
    expect(page.get_by_role("link", name="Report")).to_have_attribute(
        "href", re.compile("/reports/compare")
    )
    page.set_viewport_size({"width": 390, "height": 844})
    assert overflow(page) <= 0
