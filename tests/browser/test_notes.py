"""Notes are written where they stand, and what was written is not lost."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Route, expect

from backend.store import runs
from tests.browser.conftest import Opener
from tests.browser.looking import by_id, overflow
from tests.browser.serving import Site
from tests.support import seed

TEXT = "# Aim\n\nfind **out** <img src=x onerror=alert(1)>\n\n| a | b |\n|---|---|\n| 1 | 2 |\n"


def test_notes_are_previewed_saved_and_found(visit: Opener, workshop: Site) -> None:
    run, other = seed.queued(workshop.database, 2)
    page = visit(f"/runs/{run}", at=workshop)
    box = by_id(page, "notes-box")
    area = page.get_by_label("Notes, in Markdown")
    page.get_by_role("button", name="Add notes").press("Enter")
    expect(area).to_be_focused()
    area.fill(TEXT)
    page.get_by_text("Preview", exact=True).click()
    preview = box.locator(".notes-preview")
    expect(preview.locator("strong")).to_have_text("out")
    expect(preview.locator("img")).to_have_count(0)
    for dark, width in ((True, 360), (False, 1440)):
        page.emulate_media(color_scheme="dark" if dark else "light")
        page.set_viewport_size({"width": width, "height": 900})
        assert overflow(page) <= 0
    assert not Axe().run(page, "notes-box").response["violations"]
    page.get_by_text("Write", exact=True).click()
    held: list[Route] = []
    page.route(f"**/api/runs/{run}", lambda route: held.append(route))
    area.press("Control+Enter")
    shown = by_id(page, "notes")
    expect(shown).to_contain_text("find **out**")  # before the server has answered
    expect(area).to_be_hidden()
    held[0].continue_()
    expect(shown.locator("strong")).to_have_text("out")
    expect(box.get_by_role("button", name="Edit notes")).to_be_focused()
    expect(page.locator("run-head").get_by_role("link", name="notes")).to_be_visible()
    with workshop.database.read() as session:
        assert runs.get(session, run)["notes"] == TEXT
    page.goto("/?q=find+**out")
    expect(by_id(page, "run-row")).to_have_count(1)
    with workshop.database.write() as session:  # somebody else's, while the page is open
        runs.edit(session, run, {"notes": "other words"})
    page.get_by_role("link", name="notes", exact=True).click()
    expect(shown).to_have_text("other words")
    with workshop.database.write() as session:
        runs.edit(session, run, {"notes": "the last word"})
    expect(shown).to_have_text("the last word")
    with workshop.database.read() as session:
        assert runs.get(session, other)["notes"] == ""


def test_what_was_written_comes_back(visit: Opener, workshop: Site) -> None:
    (run,) = seed.queued(workshop.database)
    page = visit(f"/runs/{run}", at=workshop, expect=("ERR_FAILED",))
    area = page.get_by_label("Notes, in Markdown")
    page.get_by_role("button", name="Add notes").click()
    page.route(f"**/api/runs/{run}", lambda route: route.abort())
    area.fill("worth keeping")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("notes-box .field-error")).to_contain_text("nothing was changed")
    expect(area).to_have_value("worth keeping")
    area.press("Escape")
    expect(area).to_be_hidden()
    page.get_by_role("button", name="Undo").click()
    expect(area).to_have_value("worth keeping")
    with workshop.database.write() as session:
        runs.edit(session, run, {"notes": "from another tab"})
    expect(page.locator("notes-box .field-error")).to_contain_text("changed elsewhere")
    page.unroute_all()
    page.get_by_role("button", name="Save").click()
    expect(by_id(page, "notes")).to_have_text("worth keeping")
