"""A run whose name, tag and notes hold letters beyond Latin-1 does all that another run does."""

from __future__ import annotations

from unicodedata import normalize

import pytest
from playwright.sync_api import expect

from backend.store import experiments, runs
from ols.spec.sweep import Sweep
from tests.browser.conftest import Opener
from tests.browser.looking import by_id, overflow, wait_for_heatmap
from tests.browser.serving import Site
from tests.support import seed

NAME = "Übung α=0.5 🚀 日本語"


@pytest.fixture(scope="module")
def named(lab: Site) -> list[int]:
    """Three finished runs of that name and tag, the last of them with notes."""
    run_ids = [
        seed.finished(lab.database, seed.spec("ols", "digits", epochs=2, seed=number), NAME, [NAME])
        for number in range(3)
    ]
    with lab.database.write() as session:
        runs.edit(session, run_ids[-1], {"notes": f"# {NAME}\n\n**{NAME}**"})
    return run_ids


def test_its_rows_are_found_chosen_and_compared(visit: Opener, lab: Site, named: list[int]) -> None:
    page = visit("/?sort=name&limit=2&q=ÜBUNG+Α")
    rows = by_id(page, "run-row")
    expect(rows).to_have_count(2)
    expect(rows.first).to_contain_text(NAME)
    for row in rows.all():
        row.get_by_role("checkbox").check()
    page.get_by_role("link", name="Next").click()
    expect(rows).to_have_count(1)
    page.get_by_role("link", name=NAME, exact=True).first.click()
    expect(page.locator("run-head h1")).to_contain_text(NAME)
    page.goto(f"/?tag={NAME.upper()}")
    expect(rows).to_have_count(3)
    for row in rows.all():
        row.get_by_role("checkbox").check()
    by_id(page, "compare-button").click()
    page.wait_for_url("**/compare?**")
    expect(page.locator("table.results tbody tr").first).to_contain_text(NAME)
    page.goto(f"/compare?results=runs&runs={','.join(map(str, named))}")
    expect(page.locator("table.results tbody tr").first).to_contain_text(NAME)


def test_its_page_its_link_and_its_files(visit: Opener, named: list[int]) -> None:
    page = visit(f"/runs/{named[-1]}", width=390)
    wait_for_heatmap(page)
    expect(page.locator("notes-box strong")).to_have_text(NAME)
    assert overflow(page) <= 0
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.locator("soft-label-player").get_by_text("Copy link").evaluate(
        "(button) => button.click()"
    )
    expect(page.locator(".toast")).to_contain_text("link")
    assert f"/runs/{named[-1]}" in page.evaluate("navigator.clipboard.readText()")
    for path in (f"/reports/runs/{named[-1]}", f"/reports/compare?runs={named[0]},{named[1]}"):
        report = page.request.get(path)
        assert report.ok
        assert NAME in report.text()
    csv = page.request.get(f"/api/runs/{named[-1]}/matrices/soft_labels/2?format=csv")
    assert csv.ok


def test_an_experiment_of_that_name_is_found_in_any_case(visit: Opener, lab: Site) -> None:
    sweep = Sweep.parse({"spec": {"epochs": 1}, "grid": {"method": ["hard", "ols"]}})
    with lab.database.write() as session:
        number = experiments.submit(session, sweep, name=NAME, tags=[NAME]).id
        experiments.act(session, number, experiments.Action.CANCEL)
    page = visit(f"/experiments?q={normalize('NFD', 'übung')}")
    page.get_by_role("link", name=NAME).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(NAME)
