"""A click on the heatmap shows its class beside it, on one screen; Escape returns the curves."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.conftest import Opener
from tests.browser.looking import by_id, set_slider, wait_for_chart, wait_for_epoch

PLAIN = "order=index&labels=off"


def cell(page: Page, row: int, column: int) -> dict[str, Any]:
    """Where a cell's middle is on the canvas."""
    place: dict[str, Any] = page.evaluate(
        """([row, column]) => {
            const { x, y, cell } = document.querySelector("matrix-view").layout;
            return { x: x + (column + 0.5) * cell, y: y + (row + 0.5) * cell };
        }""",
        [row, column],
    )
    return place


def canvas(page: Page) -> Any:
    return page.locator("matrix-view > canvas")


def test_a_click_shows_the_class_on_the_same_screen(visit: Opener, trained: int) -> None:
    page = visit(f"/runs/{trained}?{PLAIN}")
    wait_for_epoch(page, 3)
    wait_for_chart(page, "accuracy-chart")
    inspector = by_id(page, "class-inspector")
    expect(inspector).to_be_hidden()
    canvas(page).click(position=cell(page, 24, 50))
    expect(inspector.locator("h2")).to_have_text("Class “O”")
    expect(inspector.locator(".samples img")).to_have_count(1)
    for part in (".bars", ".strip canvas", ".samples", ".mistakes", ".facts"):
        box = inspector.locator(part).bounding_box()
        assert box is not None, part
        assert box["y"] >= 0 and box["y"] + box["height"] <= 900, part  # noqa: PT018
    row = inspector.locator(".samples .row").bounding_box()
    assert row is not None
    assert row["width"] == 6 * 56, "six images"
    expect(by_id(page, "accuracy-chart")).to_be_hidden()
    page.wait_for_url("**panel=class*")
    assert page.evaluate("scrollY") == 0


def test_bars_and_history_share_their_rows(visit: Opener) -> None:
    page = visit("/runs/3?class=24&panel=class")
    inspector = by_id(page, "class-inspector")
    inspector.locator(".strip[ready]").wait_for()  # with the history, the order of both is set
    expect(inspector.locator(".bars li")).to_have_count(10)  # itself, eight others, the rest
    tip = inspector.locator(".strip .tip")
    names = inspector.locator(".bars .name").all_inner_texts()
    assert names[0] == "O"
    assert names[-1] == "53 others"
    for place, name in enumerate(names[:-1]):
        bar = inspector.locator(".bars li").nth(place).bounding_box()
        strip = inspector.locator(".strip canvas").bounding_box()
        assert bar is not None
        assert strip is not None
        page.mouse.move(strip["x"] + strip["width"] / 2, bar["y"] + bar["height"] / 2)
        expect(tip).to_contain_text(f"{name}, epoch")
    set_slider(page, 1)
    said = inspector.locator('[data-live="inspected-class-epoch"]')
    expect(said).to_have_text("soft label, epoch 1")
    assert inspector.locator(".bars .name").all_inner_texts() == names, (
        "rows that jump hide changes"
    )


def test_the_pointer_previews_another_row_and_escape_returns(visit: Opener) -> None:
    page = visit(f"/runs/3?class=24&panel=class&{PLAIN}")
    wait_for_epoch(page, 6)
    name = by_id(page, "class-inspector").locator("h2")
    expect(name).to_have_text("Class “O”")
    canvas(page).hover(position=cell(page, 0, 30))
    expect(name).to_have_text("Class “0”")
    page.mouse.move(5, 5)
    expect(name).to_have_text("Class “O”")
    page.keyboard.press("]")
    expect(name).to_have_text("Class “P”")
    page.keyboard.press("Escape")
    expect(by_id(page, "class-inspector")).to_be_hidden()
    expect(by_id(page, "accuracy-chart")).to_be_visible()
    page.wait_for_function("() => !location.search.includes('panel')")
    canvas(page).hover(position=cell(page, 0, 30))  # closed, it previews nothing
    expect(by_id(page, "class-inspector")).to_be_hidden()


def test_on_a_phone_it_stands_between_heatmap_and_curves(visit: Opener) -> None:
    page = visit("/runs/3?class=24&panel=class", width=390)
    wait_for_chart(page, "accuracy-chart")
    tops = [
        page.locator(f'[data-testid="{name}"]').evaluate("(one) => one.getBoundingClientRect().y")
        for name in ("heatmap", "class-inspector", "accuracy-chart")
    ]
    assert tops == sorted(tops)
    expect(by_id(page, "accuracy-chart")).to_be_visible()
