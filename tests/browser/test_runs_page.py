"""The runs table: live rows, filters, order, selection, deletion with undo, the first visit."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Route, expect

from backend.store import claims
from tests.browser.conftest import Opener
from tests.browser.looking import by_id
from tests.browser.serving import Site, site
from tests.support import seed


def test_an_empty_lab_leads_to_the_first_run(visit: Opener, tmp_path: Path) -> None:
    with site(tmp_path) as empty:
        page = visit("/", at=empty)
        expect(page.get_by_role("heading", name="No runs yet")).to_be_visible()
        expect(page.locator(".queue")).to_contain_text("no worker is online")
        page.get_by_role("link", name="Glyphs, 20% wrong labels (the demo)").click()
        expect(by_id(page, "new-run-form")).to_be_visible()
        assert page.locator('[name="noise.rate"]').input_value() == "0.2"
        page.goto("/compare")
        expect(page.get_by_role("link", name="New run").last).to_be_visible()
        page.close()


def test_rows_show_what_the_database_holds(visit: Opener) -> None:
    page = visit("/?tag=three&sort=id")
    rows = by_id(page, "run-row")
    expect(rows).to_have_count(3)
    text = rows.nth(2).inner_text()
    assert "Online label smoothing" in text
    assert "finished" in text
    assert "20%" in text
    assert rows.nth(2).locator(".spark polyline").count() == 1


def test_filters_and_order_are_the_url(visit: Opener) -> None:
    page = visit("/?tag=three")
    page.get_by_label("Any method").select_option("ols")
    page.wait_for_url("**method=ols*")
    expect(by_id(page, "run-row")).to_have_count(1)
    page.goto("/?tag=three")
    page.get_by_role("link", name="Best val").click()
    page.wait_for_url("**sort=-val_top1.best*")
    values = [
        float(text.rstrip("%"))
        for text in by_id(page, "run-row").locator(".c-val-top1-best").all_inner_texts()
    ]
    assert values == sorted(values, reverse=True)
    page.goto("/?q=nothing-is-called-so")
    expect(page.get_by_text("No run matches.")).to_be_visible()


def test_pages_are_turned(visit: Opener) -> None:
    page = visit("/?tag=three&limit=2")
    expect(by_id(page, "run-row")).to_have_count(2)
    page.get_by_role("link", name="Next page").click()
    expect(by_id(page, "run-row")).to_have_count(1)
    page.get_by_role("link", name="First page").click()
    expect(by_id(page, "run-row")).to_have_count(2)


def test_chosen_runs_are_compared(visit: Opener) -> None:
    page = visit("/?tag=three&sort=id")
    compare = by_id(page, "compare-button")
    expect(compare).to_be_hidden()
    page.get_by_label("Choose hard glyphs 20% s0 #1").check()
    expect(compare).to_be_disabled()
    page.get_by_label("Choose ols glyphs 20% s0 #3").check()
    expect(compare).to_have_text("Compare (2)")
    compare.click()
    page.wait_for_url("**/compare?runs=1,3")


def test_rows_come_and_change_in_place(visit: Opener, lab: Site) -> None:
    page = visit("/")
    page.evaluate("window.notReloaded = true")
    claim = seed.start(lab.database, seed.spec("hard", epochs=4), "a live one")
    row = page.locator(f'tr[data-run="{claim.run_id}"]')
    expect(row).to_contain_text("a live one")
    row.get_by_role("checkbox").check()
    seed.train(lab.database, claim, 1, 2)
    expect(row).to_contain_text("2/4")
    seed.progress(lab.database, claim, 2, 36)
    page.wait_for_function(
        "(run) => parseFloat(document.querySelector(`tr[data-run='${run}'] .bar span`)"
        ".style.scale) > 0.6",
        arg=claim.run_id,
    )
    seed.train(lab.database, claim, 3, 4)
    with lab.database.write() as session:
        claims.finish(session, claim)
    expect(row.locator(".pill")).to_have_text("finished")
    expect(row.get_by_role("checkbox")).to_be_checked()
    assert page.evaluate("window.notReloaded")


def test_a_long_name_leaves_room_for_its_first_tag(visit: Opener, lab: Site) -> None:
    spec = seed.spec("hard", "digits", epochs=1)
    seed.finished(lab.database, spec, "of a name that no column could hold " * 3, tags=["kept"])
    page = visit("/?q=no+column")
    page.get_by_role("link", name="kept", exact=True).click()
    page.wait_for_url("**tag=kept*")


def test_a_row_under_way_does_not_bring_a_deleted_run_back(visit: Opener, lab: Site) -> None:
    run = seed.finished(lab.database, seed.spec("hard", "digits", epochs=1), "soon gone")
    page = visit("/?q=soon+gone")
    row = page.locator(f'tr[data-run="{run}"]')
    page.evaluate(
        """() => {
            window.heard = 0;
            document.addEventListener("runschanged", () => window.heard++);
        }"""
    )
    before = page.request.get(f"/fragments/runs?ids={run}").text()
    under_way: list[Route] = []
    page.route("**/fragments/runs*", lambda route: under_way.append(route))
    with page.expect_request("**/fragments/runs*"):
        row.get_by_role("button", name="Pin").click()
    row.get_by_role("button", name="Delete").click()
    page.get_by_text(f"soon gone #{run} deleted.").wait_for()
    page.wait_for_function("() => window.heard === 2")  # pinned, deleted: nothing newer will come
    with page.expect_response("**/fragments/runs*"):
        under_way[0].fulfill(body=before, content_type="text/html")
    page.evaluate("new Promise((drawn) => setTimeout(drawn, 200))")
    expect(row.locator(".pill")).to_have_text("deleted")
    expect(row.get_by_role("button", name="Restore")).to_be_visible()


def test_delete_offers_undo(visit: Opener, lab: Site) -> None:
    run = seed.finished(lab.database, seed.spec("hard", "digits", epochs=1), "unwanted")
    page = visit("/?q=unwanted")
    row = page.locator(f'tr[data-run="{run}"]')
    row.get_by_role("button", name="Delete").click()
    expect(row.locator(".pill")).to_have_text("deleted")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("toast-stack")).to_contain_text(f"unwanted #{run} restored.")
    expect(row.locator(".pill")).to_have_text("finished")
    row.get_by_role("button", name="Delete").click()
    expect(page.locator("toast-stack")).to_contain_text(f"unwanted #{run} deleted.")
    row.get_by_role("button", name="Restore").click()  # the row offers it when the toast is gone
    expect(row.locator(".pill")).to_have_text("finished")
    page.reload()
    expect(row).to_be_visible()
