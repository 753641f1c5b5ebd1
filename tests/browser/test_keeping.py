"""What a test has done to the kept page or its context does not reach the next test."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests.browser.keeping import Kept
from tests.browser.serving import Site

LOOK = """() => [
    document.cookie, localStorage.length, sessionStorage.length, window.changed,
    matchMedia("(prefers-reduced-motion: reduce)").matches, matchMedia("print").matches,
    navigator.onLine, Notification.permission, Date.now() > 1e12,
]"""
SCRIPT = "window.changed = true"
heard: list[str] = []

CHANGES: dict[str, Callable[[Page], object]] = {
    "cookie": lambda page: page.evaluate("document.cookie = 'a=1; path=/'"),
    "storage": lambda page: page.evaluate("localStorage.a = sessionStorage.a = 1"),
    "media": lambda page: page.emulate_media(media="print", reduced_motion="reduce"),
    "route": lambda page: page.route("**", lambda route: route.abort()),
    "route of all pages": lambda page: page.context.route("**", lambda route: route.abort()),
    "offline": lambda page: page.context.set_offline(True),
    "permission": lambda page: page.context.grant_permissions(["notifications"]),
    "script": lambda page: page.add_init_script(SCRIPT),
    "script of all pages": lambda page: page.context.add_init_script(SCRIPT),
    "clock": lambda page: page.clock.set_fixed_time(0),
    "listener": lambda page: page.on("request", lambda request: heard.append(request.url)),
    "second page": lambda page: page.context.new_page(),
    "no page": lambda page: page.close(),
}


def next_page(kept: Kept, lab: Site) -> Page:
    (page,) = kept.at(lab.url).pages
    page.goto("/workers")
    return page


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_is_gone(kept: Kept, lab: Site, change: str) -> None:
    before = next_page(kept, lab)
    found = before.evaluate(LOOK)
    CHANGES[change](before)
    kept.tidy()
    heard.clear()
    assert next_page(kept, lab).evaluate(LOOK) == found
    assert not heard
    kept.tidy()


def test_a_page_that_was_only_read_is_kept(kept: Kept, lab: Site) -> None:
    before = next_page(kept, lab)
    before.emulate_media(color_scheme="dark")
    before.route("**/nothing", lambda route: route.abort())
    kept.tidy()
    assert next_page(kept, lab) is before
    kept.tidy()
