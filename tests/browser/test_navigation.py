"""Every page can be reached from every page: by the bar, by its one menu on a phone, by Ctrl+K."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.conftest import Opener
from tests.browser.looking import overflow, wait_for_epoch

ALL = ["Runs", "Experiments", "Table", "Noise", "Compare", "Methods", "Workers", "New run"]


def test_results_are_one_menu_of_the_bar(visit: Opener) -> None:
    page = visit("/methods")
    bar = page.get_by_role("navigation", name="Main")
    shown = bar.locator(":scope > :visible").all_inner_texts()
    assert [text.strip() for text in shown] == [
        *("Runs", "Experiments", "Results", "Methods", "Workers", "New run")
    ]
    expect(bar.locator('[aria-current="page"]:visible')).to_have_text("Methods")
    bar.get_by_text("Results", exact=True).click()
    page.keyboard.press("Escape")
    expect(bar.get_by_role("link", name="Noise")).to_be_hidden()
    bar.get_by_text("Results", exact=True).click()
    bar.get_by_role("link", name="Noise").click()
    page.wait_for_url("**/noise")


def test_a_phone_has_all_of_them_in_one_menu(visit: Opener) -> None:
    page = visit("/workers", width=390)
    bar = page.get_by_role("navigation", name="Main")
    bar.get_by_text("Menu", exact=True).click()
    links = bar.get_by_role("link")
    assert [text.strip() for text in links.all_inner_texts()] == ALL
    assert overflow(page) <= 0
    links.nth(5).click()
    page.wait_for_url("**/methods")


def test_ctrl_k_finds_runs_classes_methods_pages_and_actions(visit: Opener) -> None:
    page = visit("/runs/3")
    wait_for_epoch(page, 6)
    options = page.locator(".palette").get_by_role("option")
    found = page.get_by_role("combobox", name="Find a run")
    page.keyboard.press("Control+k")
    expect(options.first).to_contain_text("run")  # the newest ones, before anything is typed
    for word, first, there in (
        ("Q", "of run #3", "**/runs/3?class=26&panel=class"),
        ("zipf", "method", "**/methods/zipf"),
        ("noise", "page", "**/noise"),
    ):
        if not found.is_visible():
            page.keyboard.press("Control+k")
        found.fill(word)
        expect(page.locator(".palette ul")).to_have_attribute("data-word", word)
        chosen = options.filter(has_text=first).first
        while "true" not in (chosen.get_attribute("aria-selected") or ""):
            page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        page.wait_for_url(there)
        if word == "Q":
            expect(page.get_by_test_id("class-inspector").locator("h2")).to_have_text("Class “Q”")
    page.goto("/runs/3")
    page.get_by_role("button", name="Find").click()
    found.fill("clone")
    expect(page.locator(".palette ul")).to_have_attribute("data-word", "clone")
    expect(options.first).to_contain_text("action")
    page.keyboard.press("Enter")
    page.wait_for_url("**/runs/new?from=3")


def test_what_nobody_is_called_is_said(visit: Opener) -> None:
    page = visit("/workers")
    page.keyboard.press("Control+k")
    page.get_by_role("combobox", name="Find a run").fill("no such thing")
    expect(page.locator(".palette p")).to_have_text("Nothing is called “no such thing”.")
    page.keyboard.press("Escape")
    expect(page.locator(".palette")).to_be_hidden()
