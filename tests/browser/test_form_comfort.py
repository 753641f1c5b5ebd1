"""The form keeps what is typed, says early what is wrong, and folds into sentences."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Opener
from tests.browser.looking import by_id

REFUSED = "status of 422"


def field(page: Page, path: str) -> Locator:
    return page.locator(f'[name="{path}"]:visible')


def test_what_is_typed_survives_a_reload_and_back(visit: Opener) -> None:
    page = visit("/runs/new")
    field(page, "method.name").select_option("ols")
    field(page, "method.alpha").fill("0.7")
    field(page, "epochs").fill("9")
    page.get_by_role("button", name="vary Seed").click()
    page.get_by_label("Values of Seed").fill("0..2")
    expect(by_id(page, "submit-run")).to_have_text("Start 3 runs")
    page.locator('[name="tags"]').fill("mine")
    page.reload()
    expect(field(page, "method.alpha")).to_have_value("0.7")
    expect(field(page, "epochs")).to_have_value("9")
    expect(page.locator('[name="tags"]')).to_have_value("mine")
    expect(by_id(page, "submit-run")).to_have_text("Start 3 runs")
    page.get_by_role("link", name="Workers").first.click()
    page.wait_for_url("**/workers")
    page.go_back()
    expect(field(page, "method.alpha")).to_have_value("0.7")


def test_a_preset_may_be_taken_back(visit: Opener) -> None:
    page = visit("/runs/new")
    field(page, "epochs").fill("17")
    page.locator(".form-presets a.card").first.click()
    page.wait_for_url("**preset=**")
    expect(field(page, "epochs")).not_to_have_value("17")
    page.locator(".toast").get_by_role("button", name="Undo").click()
    expect(field(page, "epochs")).to_have_value("17")


def test_a_field_that_was_left_says_what_is_wrong(visit: Opener) -> None:
    page = visit("/runs/new", expect=(REFUSED,))
    epochs = field(page, "epochs")
    with page.expect_response("**/fragments/new-run"):
        epochs.fill("many")
    place = page.locator('[data-field="epochs"] .field-error')
    expect(place).to_be_empty()  # it is still being typed in
    epochs.press("Tab")
    expect(place).to_contain_text("integer")
    expect(epochs).not_to_be_focused()
    epochs.fill("3")
    expect(place).to_be_empty()


def test_changed_fields_are_marked_and_sections_fold_into_sentences(visit: Opener) -> None:
    page = visit("/runs/new")
    box = page.locator('[data-field="epochs"]')
    assert "changed" not in (box.get_attribute("class") or "")
    field(page, "epochs").fill("9")
    expect(box).to_have_class(re.compile("changed"))
    expect(box).to_have_attribute("title", re.compile(r"Default: \d+"))
    section = page.locator("details.form-section", has=page.locator('[name="epochs"]'))
    section.locator("summary").first.click()
    expect(section.locator(".section-sentence")).to_contain_text("Epochs 9")
    page.reload()
    expect(section.locator(".section-sentence")).to_contain_text("Epochs 9")  # it stays folded


def test_a_method_is_searched_for_and_ctrl_enter_submits(visit: Opener) -> None:
    page = visit("/runs/new")
    search = page.get_by_label("Search in Method")
    search.fill("zipf")
    search.press("Enter")
    expect(field(page, "method.name")).to_have_value("zipf")
    expect(search).to_have_value("")
    search.fill("label")  # more than one
    search.press("Enter")
    expect(search).to_have_attribute("aria-invalid", "true")
    field(page, "epochs").fill("1")
    field(page, "epochs").press("Control+Enter")
    page.wait_for_url(re.compile(r"/runs/\d+$"))
    page.get_by_role("button", name="Cancel").click()
    expect(by_id(page, "run-state")).to_have_text("cancelled")
