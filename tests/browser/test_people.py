"""A lab with people: signing in as each role, what each is offered, signing out, being sent out."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from backend.core.actor import Actor, Role, acting
from backend.store import people
from tests.browser.conftest import Opener
from tests.browser.looking import overflow
from tests.browser.serving import Site, site
from tests.support import seed
from tests.support.waiting import wait_until

ROLES = {"anna": Role.ADMIN, "mia": Role.MEMBER, "vera": Role.VIEWER}
SIGNED_OUT = ("status of 401",)  # the browser's own line of a page that asks for the token


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, dict[str, str]]]:
    """A lab with a finished run of mia's and one of anna's, and everybody's token."""
    with site(tmp_path_factory.mktemp("people"), OLS_MEMBERS_CHANGE="own") as place:
        with place.database.write() as session:
            tokens = {
                name: people.add(session, name, role, has_admin=False)
                for name, role in ROLES.items()
            }
        for name in ("mia", "anna"):
            with acting(Actor(name, Role.ADMIN)):
                seed.finished(place.database, seed.spec("ols", epochs=3), tags=[name])
        wait_until(
            lambda: httpx.get(place.url).status_code == 401
        )  # it knows that there are people
        yield place, tokens


def sign_in(visit: Opener, shared: tuple[Site, dict[str, str]], name: str, **looks: int) -> Page:
    place, tokens = shared
    page = visit("/", at=place, expect=SIGNED_OUT, **looks)
    page.get_by_label("Your token").fill(tokens[name])
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_test_id("runs-table")).to_be_visible()
    return page


def violations(page: Page) -> list[str]:
    return [one["id"] for one in Axe().run(page).response["violations"]]


def test_a_viewer_sees_everything_and_no_button_that_would_be_refused(
    visit: Opener, shared: tuple[Site, dict[str, str]]
) -> None:
    page = sign_in(visit, shared, "vera")
    expect(page.get_by_test_id("run-row")).to_have_count(2)
    expect(page.locator("td.c-owner").first).to_have_text("anna")
    assert not page.locator("[data-action]").count()
    assert not page.get_by_role("link", name="New run").count()
    page.get_by_test_id("run-row").first.get_by_role("checkbox").check()
    expect(page.get_by_test_id("compare-button")).to_be_visible()
    page.goto("/runs/1")
    expect(page.get_by_test_id("owner")).to_have_text("mia")
    assert not page.locator("[data-action]").count()
    assert not page.get_by_role("button", name="More").count()
    expect(page.get_by_role("button", name="notes")).to_be_hidden()
    page.goto("/runs/new")
    submit = page.get_by_test_id("submit-run")
    expect(submit).to_be_disabled()
    expect(page.get_by_text("You are a viewer and submit nothing")).to_be_visible()


def test_a_member_changes_what_is_theirs_and_it_stands_in_the_trail(
    visit: Opener, shared: tuple[Site, dict[str, str]]
) -> None:
    page = sign_in(visit, shared, "mia")
    page.goto("/runs/2")  # anna's
    assert not page.get_by_role("button", name="More").count()
    expect(page.get_by_role("link", name="Clone")).to_be_visible()
    page.goto("/runs/1")
    page.get_by_role("button", name="More").click()
    page.get_by_label("Name").fill("mine")
    page.get_by_role("button", name="Rename").click()
    expect(page.locator("[data-live=name]")).to_have_text("mine")
    changes = page.get_by_test_id("changes")
    changes.locator("summary").click()
    expect(changes.locator("tbody tr").first).to_contain_text("mia")
    expect(changes.locator("tbody tr").first).to_contain_text("renamed: name from")
    page.goto("/?owner=mia")
    expect(page.get_by_test_id("run-row")).to_have_count(1)


def test_one_signs_out(visit: Opener, shared: tuple[Site, dict[str, str]]) -> None:
    page = sign_in(visit, shared, "mia")
    page.get_by_role("link", name="mia").first.click()
    page.get_by_test_id("sign-out").click()
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    page.goto("/runs/1")
    page.get_by_label("Your token").fill("not a token")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_be_visible()


def test_an_admin_revokes_a_sign_in_and_the_open_page_asks_who_comes(
    visit: Opener, shared: tuple[Site, dict[str, str]]
) -> None:
    victim = sign_in(visit, shared, "vera")
    admin = sign_in(visit, shared, "anna")
    admin.goto("/account")
    row = admin.get_by_test_id("sign-ins").locator("tr", has_text="vera").first
    row.get_by_role("button").click()
    expect(admin.get_by_text("The sign-in has ended.")).to_be_visible()
    expect(victim.get_by_role("button", name="Sign in")).to_be_visible()
    assert victim.url.endswith("/")


def test_somebody_who_is_disabled_is_out_of_an_open_page(
    visit: Opener, shared: tuple[Site, dict[str, str]]
) -> None:
    page = sign_in(visit, shared, "mia")
    with shared[0].database.write() as session:
        people.disable(session, "mia", has_admin=False)
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    with shared[0].database.write() as session:
        people.enable(session, "mia")


@pytest.mark.parametrize(("width", "dark"), [(1440, False), (1100, True), (390, True)])
def test_the_account_and_the_form_look_right(
    visit: Opener, shared: tuple[Site, dict[str, str]], width: int, dark: bool
) -> None:
    page = sign_in(visit, shared, "anna", width=width, dark=dark)
    assert overflow(page) <= 0
    page.goto("/account")
    expect(page.get_by_test_id("people")).to_contain_text("vera")
    assert not violations(page)
    assert overflow(page) <= 0
    page.get_by_test_id("sign-out").click()
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    assert not violations(page)
    assert overflow(page) <= 0
