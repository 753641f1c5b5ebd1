"""Every page in every size and theme: no console error, no foreign request (the fixture asserts
both), no sideways scrolling, labelled controls, the theme switch."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Opener
from tests.browser.looking import overflow, wait_for_chart, wait_for_heatmap

PAGES = (
    *("/", "/runs/new", "/runs/3?class=24", "/compare?runs=1,2,3", "/compare", "/workers"),
    *("/table", "/noise", "/methods", "/methods/sat"),
)
_NOT_FOUND = "status of 404"


@pytest.mark.parametrize("path", PAGES)
def test_no_page_scrolls_sideways_and_every_control_has_a_name(visit: Opener, path: str) -> None:
    page = visit(path)
    if path.startswith("/runs/3"):
        wait_for_chart(page, "accuracy-chart")
        wait_for_heatmap(page)
    for width in (1440, 2560, 760, 360):
        page.set_viewport_size({"width": width, "height": 900})
        page.wait_for_function("(width) => innerWidth === width", arg=width)
        assert overflow(page) <= 0, width
    nameless = page.evaluate(
        """() => [...document.querySelectorAll("button, input, select, a[href]")]
            .filter((item) => item.type !== "hidden" && !item.closest(".modebar"))
            .filter((item) => !(item.labels?.length || item.ariaLabel || item.textContent.trim()))
            .map((item) => item.outerHTML)"""
    )
    assert nameless == []


@pytest.mark.parametrize("path", ["/nothing", "/runs/424242", "/runs/abc", "/runs/new?from=424242"])
def test_missing_pages_say_so(visit: Opener, path: str) -> None:
    page = visit(path, expect=(_NOT_FOUND,))
    expect(page.get_by_role("heading", name="Not found")).to_be_visible()
    expect(page.get_by_role("link", name="All runs")).to_be_visible()
    assert overflow(page) <= 0


def test_the_theme_follows_the_system_until_it_is_chosen(visit: Opener) -> None:
    page = visit("/", dark=True)
    colour = "getComputedStyle(document.body).backgroundColor"
    dark = page.evaluate(colour)
    page.get_by_label("Theme", exact=True).select_option("light")
    light = page.evaluate(colour)
    assert light != dark
    page.reload()
    assert page.evaluate(colour) == light
    page.get_by_label("Theme", exact=True).select_option("auto")
    assert page.evaluate(colour) == dark


def test_the_heatmap_and_the_curves_follow_the_theme(visit: Opener) -> None:
    page = visit("/runs/3")
    wait_for_chart(page, "accuracy-chart")
    wait_for_heatmap(page)
    legend = "() => getComputedStyle(document.querySelector('.line-plot text')).fill"
    before = page.evaluate(legend)
    page.get_by_label("Theme", exact=True).select_option("dark")
    page.wait_for_function(
        "(before) => getComputedStyle(document.querySelector('.line-plot text')).fill !== before",
        arg=before,
    )
