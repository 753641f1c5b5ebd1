"""The notifications page: the test message, and notifications of the browser itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from backend.store import claims, requests
from backend.store.claims import Claim
from tests.browser.conftest import Opener
from tests.browser.looking import by_id
from tests.browser.serving import Site, site
from tests.support import seed
from tests.support.receiver import Receiver, receiver
from tests.support.waiting import wait_until

RECORDED = """
const Real = window.Notification;
window.shown = [];
window.Notification = class extends Real {
    constructor(title, options) {
        super(title, options);
        window.shown.push({ title, body: options.body, tag: options.tag });
    }
};
"""


@pytest.fixture
def inbox() -> Iterator[Receiver]:
    with receiver() as got:
        yield got


@pytest.fixture
def notified(tmp_path: Path, inbox: Receiver) -> Iterator[Site]:
    """A lab with a webhook, and no worker."""
    secret = "a long enough secret"
    hook = {"OLS_NOTIFY_WEBHOOK": inbox.url, "OLS_NOTIFY_WEBHOOK_SECRET": secret}
    with site(tmp_path, **hook) as place:
        yield place


def test_a_test_message_and_a_run_without_a_worker_arrive(
    visit: Opener, notified: Site, inbox: Receiver
) -> None:
    page = visit("/", at=notified)
    page.get_by_role("link", name="Notifications").click()
    button = page.get_by_role("button", name="Send a test message")
    button.click()
    results = by_id(page, "test-results")
    expect(results).to_have_text("webhook 1: sent")
    inbox.status = 503
    button.click()
    expect(results).to_have_text("webhook 1: it answered 503")
    inbox.status = 200
    run = seed.finished(notified.database, seed.spec("hard", "digits", epochs=1))
    wait_until(lambda: [event.get("run") for event in inbox.events] == [None, run])
    page.reload()
    row = by_id(page, "recipients").get_by_role("row", name="webhook 1")
    expect(row).to_contain_text("up to date")
    assert "0f8a6c2e7b" not in page.content()


def asked(visit: Opener, workshop: Site) -> Page:
    """The page after the click that switches them on."""
    page = visit("/workers", at=workshop)
    page.context.grant_permissions(["notifications"], origin=workshop.url)
    page.context.add_init_script(RECORDED)
    page.goto("/notifications")
    button = by_id(page, "browser-notices")
    expect(button).to_have_text("Notify me in this browser")
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")
    page.wait_for_function("async () => (await navigator.locks.query()).held.length")
    return page


def shown(*pages: Page) -> list[dict[str, Any]]:
    return [notice for page in pages for notice in page.evaluate("window.shown")]


def start(place: Site, name: str) -> Claim:
    return seed.start(place.database, seed.spec("ols", "digits", epochs=3), name)


def end(place: Site, claim: Claim, error: str = "") -> None:
    with place.database.write() as session:
        if error:
            assert claims.fail(session, claim, "diverged", error)
        else:
            assert claims.finish(session, claim)


def test_nothing_is_asked_and_nothing_listens_until_a_click(visit: Opener, workshop: Site) -> None:
    page = visit("/methods", at=workshop)
    page.context.grant_permissions(["notifications"], origin=workshop.url)
    page.context.add_init_script(RECORDED)
    page.goto("/methods")
    assert page.evaluate("async () => (await navigator.locks.query()).held") == []
    assert page.evaluate("localStorage.getItem('ols-notices')") is None


def test_one_page_of_all_tells_of_a_run_hidden_or_not(visit: Opener, workshop: Site) -> None:
    first = asked(visit, workshop)
    second = first.context.new_page()
    second.goto("/methods")
    first.evaluate(
        """() => {
            Object.defineProperty(document, "hidden", { get: () => true });
            document.dispatchEvent(new Event("visibilitychange"));
        }"""
    )
    one = start(workshop, "the first")
    end(workshop, one)
    wait_until(lambda: shown(first, second))
    [notice] = shown(first, second)
    assert notice["title"] == f"“the first” #{one.run_id} finished"
    with workshop.database.write() as session:
        requests.tag(session, one.run_id, ["edited"])  # is no end
    other = start(workshop, "the other")
    end(workshop, other, "the loss is not finite")
    wait_until(lambda: len(shown(first, second)) == 2)
    notice = shown(first, second)[1]
    assert notice["title"] == "1 run finished, 1 run failed"
    assert notice["body"] == f"“the other” #{other.run_id} diverged\nthe loss is not finite"


def test_when_the_page_that_tells_is_closed_another_goes_on_where_it_was(
    visit: Opener, workshop: Site
) -> None:
    first = asked(visit, workshop)
    second = first.context.new_page()
    second.goto("/")
    claim = start(workshop, "in between")
    first.goto("about:blank")
    end(workshop, claim)
    wait_until(lambda: shown(second))
    assert shown(second)[0]["title"] == f"“in between” #{claim.run_id} finished"


def test_switched_off_it_says_nothing(visit: Opener, workshop: Site) -> None:
    page = asked(visit, workshop)
    by_id(page, "browser-notices").click()
    expect(by_id(page, "browser-notices")).to_have_text("Notify me in this browser")
    follower = page.context.new_page()
    claim = start(workshop, "unheard")
    follower.goto(f"/runs/{claim.run_id}")
    end(workshop, claim)
    expect(by_id(follower, "run-state")).to_have_text("finished")
    assert shown(page, follower) == []


def test_a_browser_that_forbids_it_is_told_so(visit: Opener, workshop: Site) -> None:
    page = visit("/notifications", at=workshop)
    page.evaluate("Notification.requestPermission = async () => 'denied'")
    by_id(page, "browser-notices").click()
    expect(page.get_by_text("The browser blocks notifications of this page")).to_be_visible()
    expect(by_id(page, "browser-notices")).to_have_attribute("aria-pressed", "false")
