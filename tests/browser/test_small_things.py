"""What nobody asks for and everybody notices: addresses, titles, paper, other people's letters."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from backend.store import runs
from tests.browser.conftest import Opener
from tests.browser.looking import by_id, overflow, wait_for_epoch
from tests.browser.serving import Site
from tests.support import seed

NAMES = ("x" * 200, "שלום עולם (2)", "🚀👩‍🔬 α=0.5")


def test_the_address_of_all_runs_may_be_guessed(visit: Opener) -> None:
    page = visit("/runs?tag=three")
    expect(by_id(page, "run-row")).to_have_count(3)


def test_a_deleted_runs_page_offers_to_restore_it(visit: Opener, lab: Site) -> None:
    run = seed.finished(lab.database, seed.spec("ols", "digits", 0.0, epochs=1), "to be missed")
    page = visit(f"/runs/{run}", expect=("status of 404",))
    page.get_by_role("button", name="More").click()
    page.get_by_role("button", name="Delete").click()
    expect(by_id(page, "run-state")).to_have_text("deleted")  # before the server has answered
    expect(page.locator("toast-stack")).to_contain_text("deleted")
    page.reload()
    expect(page.get_by_role("heading", name="to be missed")).to_contain_text("was deleted")
    page.get_by_role("main").get_by_role("button", name="Restore").click()
    expect(by_id(page, "run-state")).to_have_text("finished")


def test_a_rename_reaches_the_title_of_another_tab(visit: Opener, lab: Site) -> None:
    run = seed.finished(lab.database, seed.spec("ols", "digits", 0.0, epochs=1), "first name")
    page, other = visit(f"/runs/{run}"), visit(f"/runs/{run}")
    wait_for_epoch(other, 1)
    page.get_by_role("button", name="More").click()
    page.get_by_label("Name", exact=True).fill("second name")
    page.get_by_role("button", name="Rename").click()
    for one in (page, other):
        expect(one).to_have_title(f"second name #{run} · OLS Lab")


@pytest.mark.parametrize("dark", [False, True])
def test_paper_is_white_and_has_no_buttons(visit: Opener, dark: bool) -> None:
    page = visit("/runs/3", dark=dark)
    wait_for_epoch(page, 6)
    page.emulate_media(media="print", color_scheme="dark" if dark else "light")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    ink = page.evaluate("getComputedStyle(document.querySelector('h1')).color")
    assert max(map(int, ink.removeprefix("rgb(").rstrip(")").split(","))) < 60
    for part in (".topbar", ".head-actions", ".player-bar", "page-nav", ".foot"):
        expect(page.locator(part).first).to_be_hidden()


def test_long_and_foreign_names_keep_their_place(visit: Opener, lab: Site) -> None:
    ids = [
        seed.finished(lab.database, seed.spec("ols", "digits", 0.0, epochs=1), name, ["names"])
        for name in NAMES
    ]
    for path in ("/?tag=names", f"/runs/{ids[0]}", f"/compare?runs={ids[0]},{ids[1]}"):
        page = visit(path)
        for width in (1440, 390):
            page.set_viewport_size({"width": width, "height": 844})
            assert overflow(page) <= 0, (path, width)
    page = visit(f"/runs/{ids[1]}")
    heading = page.locator("h1")
    boxes = [heading.locator(part).bounding_box() for part in ("bdi", ".id")]
    assert boxes[0] is not None
    assert boxes[1] is not None
    assert boxes[0]["x"] < boxes[1]["x"], "the number stands behind the name, whatever its script"


def test_an_undo_goes_when_something_else_was_done(visit: Opener, lab: Site) -> None:
    run = seed.finished(lab.database, seed.spec("ols", "digits", 0.0, epochs=1), "moved about")
    page = visit(f"/runs/{run}")
    for action in ("Archive", "Unarchive"):
        page.get_by_role("button", name="More").click()
        page.get_by_role("button", name=action, exact=False).first.click()
        expect(page.locator(".toast").last).to_contain_text(f"{action.lower()}d")
    expect(page.locator(".toast").get_by_role("button", name="Undo")).to_have_count(1)
    with lab.database.read() as session:
        assert not runs.get(session, run)["archived"]


def test_one_noise_rate_asks_for_more_and_claims_nothing(visit: Opener) -> None:
    page = visit("/noise?runs=1,2,3")
    expect(page.get_by_role("heading", name="One noise rate so far")).to_be_visible()
    expect(page.get_by_text("The claim:")).to_have_count(0)
    page.get_by_role("link", name="Add noise rates").click()
    page.wait_for_url("**vary=noise.rate")
    expect(by_id(page, "submit-run")).to_have_text("Start 3 runs")


def test_words_in_backticks_are_code(visit: Opener) -> None:
    for name in ("ols", "elr", "sat"):
        page = visit(f"/methods/{name}")
        assert "`" not in page.locator("main").inner_text()
