"""The form keeps what is typed, says early what is wrong, and folds into sentences."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

from backend.store import runs
from tests.browser.conftest import Opener
from tests.browser.looking import by_id
from tests.browser.serving import Site
from tests.support import seed

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


def test_what_a_method_needs_is_its_fields_default(visit: Opener) -> None:
    page = visit("/runs/new", expect=(REFUSED,))
    expect(field(page, "eval_on")).to_have_value("test")
    field(page, "method.name").select_option("adafocal")
    expect(field(page, "eval_on")).to_have_value("holdout")
    field(page, "eval_on").select_option("test")
    by_id(page, "submit-run").click()
    expect(page.locator("#f-eval_on-error")).to_contain_text("needs holdout here")


def test_networks_of_timm_are_found_where_a_worker_has_it(visit: Opener, workshop: Site) -> None:
    page = visit("/runs/new", at=workshop)
    search = page.get_by_label("Search in Model")
    search.focus()
    search.fill("timm/resnet18")
    search.press("Enter")
    expect(search).to_have_attribute("aria-invalid", "true")
    seed.worker(workshop.database, None, "box", {"timm": "1.0"})
    page.reload()
    search.focus()
    expect(search).to_have_attribute("placeholder", re.compile("timm's too"))
    option = page.locator("datalist option", has_text=re.compile("^timm/resnet18$"))
    expect(option).to_have_attribute("value", "timm/resnet18 (11.7 M, 1.8 G MACs, 224 px)")
    search.fill("timm/resnet18")
    search.press("Enter")
    expect(field(page, "model.name")).to_have_value("timm/resnet18")
    field(page, "model.weights").select_option("cached")
    by_id(page, "submit-run").click()
    page.wait_for_url(re.compile(r"/runs/\d+$"))
    with workshop.database.read() as session:
        stored = runs.get(session, int(page.url.rpartition("/")[2]))["spec"]["model"]
    assert stored == {"name": "timm/resnet18", "weights": "cached", "weights_file": ""}
    again = visit(f"/runs/new?from={page.url.rpartition('/')[2]}", at=workshop)
    expect(field(again, "model.name")).to_have_value("timm/resnet18")
    expect(field(again, "model.weights")).to_have_value("cached")


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
