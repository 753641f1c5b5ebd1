"""The audit's page in a browser: decide by keys, undo, save, and find it again."""

from __future__ import annotations

import io

import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.conftest import Opener
from tests.browser.looking import by_id
from tests.browser.serving import Site
from tests.support import factories as make


def picture(number: int) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (28, 28), (20 * number, 90, 160)).save(buffer, "WEBP")
    return buffer.getvalue()


def current(page: Page) -> int:
    return int(page.locator('.suspect[aria-current="true"]').get_attribute("data-number") or -1)


@pytest.fixture
def audited(workshop: Site) -> int:
    told = make.audit(300)
    told.pictures.update({number: picture(number) for number in told.pictures})
    return make.audited(workshop.database, told)


def test_labels_are_decided_by_keys_and_saved(visit: Opener, workshop: Site, audited: int) -> None:
    page = visit(f"/runs/{audited}/audit", at=workshop)
    progress = by_id(page, "audit-progress")
    expect(progress).to_have_text("0 of 60 looked at")
    cards = by_id(page, "suspect")
    cards.first.click()
    numbers = [int(cards.nth(i).get_attribute("data-number") or -1) for i in range(4)]
    for key in ("k", "r", "d"):
        page.keyboard.press(key)
    expect(progress).to_have_text("3 of 60 looked at")
    assert current(page) == numbers[3]
    assert [cards.nth(i).get_attribute("data-decision") for i in range(3)] == [
        "keep",
        "relabel",
        "drop",
    ]
    page.keyboard.press("u")
    expect(progress).to_have_text("2 of 60 looked at")
    assert current(page) == numbers[2]
    page.keyboard.press("ArrowLeft")
    assert current(page) == numbers[1]
    page.reload()  # what is not saved yet is still there
    expect(progress).to_have_text("2 of 60 looked at")
    page.get_by_label("Label set", exact=True).last.fill("mended")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("[data-said]")).to_contain_text("Saved: mended, version 1, 2 decisions")
    answer = page.request.get(f"{workshop.url}/api/label-sets/mended").json()
    assert sorted(each["number"] for each in answer["decisions"]) == sorted(numbers[:2])


def test_more_samples_come_while_one_scrolls_and_axe_is_content(
    visit: Opener, workshop: Site, audited: int
) -> None:
    page = visit(f"/runs/{audited}/audit", at=workshop)
    assert not Axe().run(page).response["violations"]
    for _ in range(20):
        if by_id(page, "suspect").count() == 300:
            break
        page.mouse.wheel(0, 4000)
        page.wait_for_timeout(100)
    expect(by_id(page, "suspect")).to_have_count(300)
