"""Where a run comes from, on its page and between two runs."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from backend.store import origins
from ols.provenance.origin import origin
from tests.browser.conftest import Opener
from tests.browser.looking import by_id, overflow
from tests.browser.serving import Site
from tests.support import seed


def test_code_and_machine_of_each_attempt_and_between_runs(visit: Opener, workshop: Site) -> None:
    ours, other = seed.queued(workshop.database, 2)
    facts = origin() | {"git": {"commit": "a" * 40, "branch": "main", "dirty": True}}
    newer = facts | {"packages": facts["packages"] | {"torch": "99.1"}}
    with workshop.database.write() as session:
        origins.record(session, ours, 1, facts, "+lr = 0.2\n")  # type: ignore[arg-type]
        origins.record(session, ours, 2, facts, "+lr = 0.3\n")  # type: ignore[arg-type]
        origins.record(session, other, 1, newer, "")  # type: ignore[arg-type]
    page = visit(f"/runs/{ours}", at=workshop)
    page.get_by_text("Code and machine", exact=True).press("Enter")
    whence = by_id(page, "origin")
    expect(whence).to_contain_text("aaaaaaaaaa on main, with uncommitted changes")
    page.get_by_text("Earlier attempts (1)", exact=True).click()
    assert not Axe().run(page, "[data-testid=origin]").response["violations"]
    page.set_viewport_size({"width": 360, "height": 800})
    assert overflow(page) <= 0
    changes = whence.get_by_role("link", name="Show the diff").first.get_attribute("href")
    assert page.request.get(f"{workshop.url}{changes}").text() == "+lr = 0.3\n"
    page = visit(f"/compare?runs={ours},{other}", at=workshop)
    page.get_by_text("Code and machine: 1 difference", exact=True).click()
    expect(by_id(page, "origin-differences").locator("tbody tr")).to_contain_text(["99.1"])
