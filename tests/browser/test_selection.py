"""Choosing runs, and what can be done with all of them at once."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from backend.store import claims, runs
from backend.store.listing import RunQuery
from tests.browser.conftest import Opener
from tests.browser.looking import by_id, overflow
from tests.browser.serving import Site
from tests.support import seed


def stored(place: Site) -> dict[int, dict[str, Any]]:
    with place.database.read() as session:
        found, _ = runs.listing(session, RunQuery(archived=None))
    return {run["id"]: run for run in found}


def box(page: Page, run: int) -> Any:
    return page.locator(f'tr[data-run="{run}"] input')


def chosen(page: Page) -> list[int]:
    values = page.locator('input[name="runs"]:checked').evaluate_all(
        "all => all.map((b) => b.value)"
    )
    return sorted(int(value) for value in values)


def bar(page: Page, name: str) -> Any:
    return by_id(page, "selection-bar").get_by_role("button", name=name, exact=False)


def test_rows_are_chosen_by_mouse_and_keys(visit: Opener, workshop: Site) -> None:
    first, *middle, last = seed.queued(workshop.database, 6)
    page = visit("/", at=workshop)
    expect(by_id(page, "selection-bar")).to_be_hidden()
    box(page, last).check()
    box(page, middle[1]).click(modifiers=["Shift"])
    assert chosen(page) == [*middle[1:], last]
    expect(page.locator(".chosen")).to_have_text("4 chosen")
    for name in ("table", "noise"):
        numbers = page.locator(f"[data-page='/{name}']").get_attribute("href")
        assert numbers is not None
        path, _, ids = numbers.partition("?runs=")
        assert (path, sorted(map(int, ids.split(",")))) == (f"/{name}", [*middle[1:], last])
    everything = page.get_by_label("Choose all runs on this page")
    assert everything.evaluate("(box) => box.indeterminate")
    everything.check()
    assert chosen(page) == [first, *middle, last]
    everything.uncheck()
    expect(by_id(page, "selection-bar")).to_be_hidden()
    box(page, last).focus()
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("Shift+ArrowDown")
    assert chosen(page) == [*middle[1:], last]
    box(page, first).focus()
    page.keyboard.press("Control+a")
    assert chosen(page) == [first, *middle, last]
    page.keyboard.press("Escape")
    expect(page.locator(".chosen")).to_have_text("0 chosen")
    assert chosen(page) == []


def test_partial_failures_are_told_in_words(visit: Opener, workshop: Site) -> None:
    done = seed.finished(workshop.database, seed.spec("hard", "digits", epochs=1))
    going = seed.start(workshop.database, seed.spec("ols", "digits")).run_id
    waiting = seed.queued(workshop.database, 2)
    page = visit("/", at=workshop)
    page.get_by_label("Choose all runs on this page").check()
    expect(bar(page, "Cancel")).to_have_text("Cancel 3")
    expect(bar(page, "Resume")).to_be_disabled()
    bar(page, "Cancel").click()
    toast = page.locator(".toast").last
    expect(toast).to_contain_text(f"3 of 4 cancelled; #{done} has finished.")
    expect(page.locator(f'tr[data-run="{going}"]')).to_contain_text("cancelling …")
    assert [stored(workshop)[run]["state"] for run in waiting] == ["cancelled"] * 2
    assert stored(workshop)[going]["cancel_requested"]
    bar(page, "Delete").click()
    expect(toast).to_contain_text(f"3 of 4 deleted; #{going} is running: cancel it first.")
    expect(page.locator(".chosen")).to_have_text("1 chosen")
    assert chosen(page) == [going]
    page.locator(".toast").last.get_by_role("button", name="Undo").click()
    expect(page.locator(f'tr[data-run="{done}"] .pill')).to_have_text("finished")
    assert len(stored(workshop)) == 4


def test_the_choice_outlives_live_rows_and_the_scroll(visit: Opener, workshop: Site) -> None:
    claim = seed.start(workshop.database, seed.spec("ols", "digits", epochs=3))
    others = seed.queued(workshop.database, 40)
    page = visit("/", at=workshop)
    box(page, claim.run_id).check()
    box(page, others[0]).click(modifiers=["Shift"])
    place = page.evaluate("document.scrollingElement.scrollTop")
    assert place > 0  # the two lie at the end of the list
    seed.train(workshop.database, claim, 1, 3)
    with workshop.database.write() as session:
        claims.finish(session, claim)
    row = page.locator(f'tr[data-run="{claim.run_id}"]')
    expect(row.locator(".pill")).to_have_text("finished")
    assert chosen(page) == [claim.run_id, others[0]]
    assert page.evaluate("document.scrollingElement.scrollTop") == place
    expect(bar(page, "Pause")).to_have_text("Pause 1")  # what its new state allows


def test_many_rows_are_asked_for_together(visit: Opener, workshop: Site) -> None:
    seed.queued(workshop.database, 12)
    page = visit("/", at=workshop)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.get_by_label("Choose all runs on this page").check()
    bar(page, "Pause").click()
    expect(page.locator('tr[data-state="paused"]')).to_have_count(12)
    assert len([url for url in asked if url.endswith("/actions")]) == 1
    assert len([url for url in asked if "/fragments/runs?" in url]) <= 3


def test_priority_tag_and_archive_for_all(visit: Opener, workshop: Site) -> None:
    ids = seed.queued(workshop.database, 3)
    page = visit("/", at=workshop)
    box(page, ids[0]).check()
    box(page, ids[1]).check()
    bar(page, "Priority").click()
    page.get_by_label("Priority").fill("5")
    page.get_by_label("Priority").press("Enter")
    expect(page.locator(".toast").last).to_contain_text("2 runs given the priority.")
    expect(page.locator(f'tr[data-run="{ids[2]}"]')).to_contain_text("3rd in queue")
    bar(page, "Tag").click()
    tag = by_id(page, "selection-bar").get_by_label("Tags", exact=True).first
    tag.fill("night shift")
    tag.press("Enter")
    expect(page.locator(f'tr[data-run="{ids[1]}"]')).to_contain_text("night shift")
    expect(page.locator(f'tr[data-run="{ids[2]}"]')).not_to_contain_text("night shift")
    bar(page, "Archive").click()
    expect(page.locator(".toast").last).to_contain_text("2 runs archived.")
    assert chosen(page) == ids[:2]
    found = stored(workshop)
    assert [(found[run]["priority"], found[run]["tags"]) for run in ids] == [
        (5, ["night shift"]),
        (5, ["night shift"]),
        (0, []),
    ]
    assert [found[run]["archived"] for run in ids] == [True, True, False]
    page.get_by_role("button", name="Condition").click()
    page.get_by_label("Archived").check()
    page.wait_for_url("**archived=true*")
    expect(by_id(page, "run-row")).to_have_count(2)
    page.get_by_label("Choose all runs on this page").check()
    bar(page, "Unarchive").click()
    expect(page.locator(".toast").last).to_contain_text("2 runs unarchived.")


def test_deleted_runs_can_be_restored_after_a_reload(visit: Opener, workshop: Site) -> None:
    ids = seed.queued(workshop.database, 3)
    page = visit("/", at=workshop)
    page.get_by_label("Choose all runs on this page").check()
    bar(page, "Delete").click()
    expect(page.locator(".toast").last).to_contain_text("3 runs deleted.")
    page.reload()
    expect(by_id(page, "run-row")).to_have_count(0)
    page.get_by_text("Deleted in the last ten minutes (3)").click()
    page.get_by_role("button", name=f"Restore ols glyphs 20% s0 #{ids[0]}").click()
    expect(by_id(page, "run-row")).to_have_count(1)
    expect(by_id(page, "deleted-runs").locator("li")).to_have_count(2)
    page.get_by_role("button", name="Restore all").click()
    expect(by_id(page, "run-row")).to_have_count(3)
    expect(page.locator(".toast").last).to_contain_text(
        f"2 of 3 restored; #{ids[0]} was not deleted."
    )


@pytest.mark.parametrize(("dark", "width"), [(False, 1440), (True, 360)])
def test_the_bar_fits_and_is_accessible(
    visit: Opener, workshop: Site, dark: bool, width: int
) -> None:
    seed.queued(workshop.database, 30)
    page = visit("/", at=workshop, dark=dark, width=width)
    page.locator('input[name="runs"]').first.check()
    if width < 900:
        page.get_by_role("button", name="Actions").click()
    box = by_id(page, "selection-bar").bounding_box()
    assert box is not None
    assert box["y"] + box["height"] <= 900  # in sight, wherever the list is
    assert overflow(page) <= 0
    bar(page, "Priority").click()
    expect(page.get_by_label("Priority")).to_be_visible()
    menu = page.locator("selection-bar .menu-panel:visible").bounding_box()
    assert menu is not None
    assert menu["x"] >= 0
    assert menu["x"] + menu["width"] <= width
    assert not Axe().run(page).response["violations"]
