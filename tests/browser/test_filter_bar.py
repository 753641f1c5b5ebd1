"""One line of search and chips: conditions by their names, views that the lab shares."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.conftest import Opener
from tests.browser.looking import by_id


def test_a_condition_may_be_typed_into_the_search_box(visit: Opener) -> None:
    page = visit("/?tag=three")
    search = page.get_by_label("Search name, notes, tags or number")
    search.fill("Epochs >= 6")
    search.press("Enter")
    page.wait_for_url("**where=**")
    expect(page.locator(".chip", has_text="Epochs ≥ 6")).to_be_visible()
    expect(search).to_have_value("")
    expect(by_id(page, "run-row")).to_have_count(3)
    expect(by_id(page, "total")).to_have_text("3")
    page.get_by_label("Remove Epochs ≥ 6").click()
    expect(page.locator(".chip")).to_have_count(1)
    search.fill("a=b")  # no field is called so: it is a name that is looked for
    search.press("Enter")
    page.wait_for_url("**q=a%3Db**")


def test_the_builder_completes_titles_and_knows_what_is_none(visit: Opener) -> None:
    page = visit("/?tag=three")
    assert page.locator('#names option[value="Epochs"]').count() == 1
    page.get_by_role("button", name="Condition").click()
    field = page.get_by_label("Field or metric")
    field.fill("epoch")
    page.get_by_label("Value", exact=True).fill("6")
    page.get_by_role("button", name="Add", exact=True).first.click()
    expect(page.locator("condition-builder .field-error")).to_contain_text("is called “epoch”")
    field.fill("epochs")
    page.get_by_role("button", name="Add", exact=True).first.click()
    expect(page.locator(".chip", has_text="Epochs = 6")).to_be_visible()


def test_a_view_is_saved_for_all_and_its_removal_undone(visit: Opener) -> None:
    address = "/?method=ols&where=spec.epochs%3E%3D6&columns=method%2Cspec.seed"
    page = visit(address)
    page.get_by_role("button", name="Views").click()
    page.get_by_label("Save this view as").fill("a <view>")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".saved-view")).to_have_count(1)
    other = visit("/")  # somebody else
    other.get_by_role("button", name="Views").click()
    other.get_by_role("link", name="a <view>").click()
    other.wait_for_url("**/?method=ols**")
    expect(other.locator(".chip", has_text="Epochs ≥ 6")).to_be_visible()
    page.get_by_label("Remove the view a <view>").click()
    expect(page.locator(".saved-view")).to_have_count(0)
    page.locator(".toast").get_by_role("button", name="Undo").click()
    expect(page.locator(".saved-view")).to_have_count(1)
    page.get_by_role("button", name="Views").click()  # a click elsewhere has closed it
    page.get_by_label("Remove the view a <view>").click()
    expect(page.locator(".saved-view")).to_have_count(0)
