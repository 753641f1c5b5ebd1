"""The pairs table: the API's numbers, its order by any column, and its way to the cell."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.conftest import Opener
from tests.browser.looking import by_id, set_slider, wait_for_chart
from tests.browser.serving import Site
from tests.browser.test_class_panel import api

GLYPHS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def opened(visit: Opener) -> Page:
    page = visit("/runs/3")
    wait_for_chart(page, "accuracy-chart")
    by_id(page, "pairs-table").scroll_into_view_if_needed()
    expect(by_id(page, "pairs-table").locator("tbody tr")).to_have_count(20)
    return page


def rows(page: Page) -> list[list[str]]:
    """The texts of the table's cells."""
    found: list[list[str]] = by_id(page, "pairs-table").evaluate(
        "(table) => [...table.querySelectorAll('tbody tr')]"
        ".map((row) => [...row.cells].map((cell) => cell.textContent.trim()))"
    )
    return found


def wanted(site: Site, query: str, arrow: str) -> list[list[str]]:
    """The same from the API, but for the trend."""
    return [
        [
            f"{GLYPHS[pair['a']]}{arrow}",
            GLYPHS[pair["b"]],
            f"{100 * pair['value']:.2f}%",
            f"{100 * pair['reverse']:.2f}%",
            str(pair["first_rose"]) if pair["first_rose"] is not None else "–",
        ]
        for pair in api(site, f"3/pairs?{query}")
    ]


def test_rows_are_the_apis_in_both_senses_and_at_the_cursor(visit: Opener, lab: Site) -> None:
    page = opened(visit)
    without_trend = [[*row[:4], row[5]] for row in rows(page)]
    assert without_trend == wanted(lab, "epoch=6&limit=20", "→")
    set_slider(page, 3)
    expect(page.locator('[data-live="table-epoch"]')).to_have_text("epoch 3")
    assert [[*row[:4], row[5]] for row in rows(page)] == wanted(lab, "epoch=3&limit=20", "→")
    page.get_by_text("both ways", exact=True).click()
    page.wait_for_function(
        "() => document.querySelector('.pairs-grid .arrow')?.textContent === '↔'"
    )
    assert [[*row[:4], row[5]] for row in rows(page)] == wanted(
        lab, "epoch=3&symmetric=1&limit=20", "↔"
    )
    assert page.locator(".pairs-grid .spark polyline").count() == 20
    page.get_by_label("Number of pairs").select_option("50")
    expect(by_id(page, "pairs-table").locator("tbody tr")).to_have_count(50)


def test_any_column_sorts_and_says_so(visit: Opener) -> None:
    page = opened(visit)
    head = page.get_by_role("columnheader", name="Reverse")
    head.get_by_role("button").click()
    values = [float(row[3].rstrip("%")) for row in rows(page)]
    assert values == sorted(values, reverse=True)
    expect(head).to_have_attribute("aria-sort", "descending")
    page.keyboard.press("Enter")  # the button keeps the focus
    values = [float(row[3].rstrip("%")) for row in rows(page)]
    assert values == sorted(values)
    expect(page.get_by_role("columnheader", name="Value")).to_have_attribute("aria-sort", "none")


def test_enter_leads_to_the_cell(visit: Opener) -> None:
    page = opened(visit)
    page.evaluate(
        """() => document.querySelector("soft-label-player")
            .addEventListener("showcell", ({ detail }) => (window.cell = detail))"""
    )
    first = rows(page)[0]
    by_id(page, "pairs-table").locator("tbody button").first.focus()
    page.keyboard.press("Enter")
    a, b = GLYPHS.index(first[0].rstrip("→")), GLYPHS.index(first[1])
    assert page.evaluate("window.cell") == {"row": a, "column": b}
    expect(page.locator("matrix-view canvas[tabindex]")).to_be_focused()
    expect(page.locator("matrix-view canvas[tabindex]")).to_be_in_viewport()
    expect(by_id(page, "class-detail").locator("h2")).to_have_text(f"Class “{GLYPHS[a]}”")
