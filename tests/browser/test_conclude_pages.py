"""Tables, noise robustness and the comparison's views: what is chosen is in the address, and the
numbers are the API's."""

from __future__ import annotations

import json
from urllib.request import urlopen

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Opener
from tests.browser.looking import by_id, wait_for_chart
from tests.browser.serving import Site

pytestmark = pytest.mark.browser


def chosen(page: Page, name: str) -> Locator:
    return page.locator(f'select[name="{name}"]')


def test_a_table_is_laid_out_by_choosing(visit: Opener, lab: Site) -> None:
    page = visit("/table?runs=1,2,3")
    chosen(page, "which").select_option("best")
    page.wait_for_url("**which=best**")
    page.get_by_label("Errors, not accuracies").check()
    page.wait_for_url("**error=1**")
    with urlopen(f"{lab.url}/api/table?runs=1,2,3&which=best") as answer:
        cells = json.load(answer)["cells"][0]
    table = by_id(page, "paper-table")
    for cell in cells:
        expect(table).to_contain_text(f"{100 * (1 - cell['mean']):.2f}")
    expect(table.locator(".best")).to_have_count(1)
    expect(by_id(page, "beside-table")).to_contain_text("ECE")
    expect(by_id(page, "verdicts")).to_contain_text("picked on the test set")
    expect(by_id(page, "exports").locator("code").first).to_contain_text(r"\toprule")
    table.get_by_role("link").first.click()
    page.wait_for_url("**/runs/1")


def test_noise_charts_show_the_apis_points(visit: Opener, lab: Site) -> None:
    page = visit("/noise?runs=1,2,3")
    with urlopen(f"{lab.url}/api/noise?runs=1,2,3") as answer:
        report = json.load(answer)
    lines = [t for t in wait_for_chart(page, "noise-accuracy") if not t["meta"].get("band")]
    assert [line["y"] for line in lines] == [
        [point["mean"] for point in report["accuracy"]["last"][method]]
        for method in report["methods"]
    ]
    curves = wait_for_chart(page, "noise-memorised_0.2")
    assert {t["meta"]["method"] for t in curves} == {"hard", "label_smoothing", "ols"}


def _settled(page: Page) -> None:
    page.wait_for_function("() => !document.querySelector('compare-view').ariaBusy")


def test_the_whole_view_is_in_the_address(visit: Opener) -> None:
    page = visit("/compare?runs=1,2,3")
    wait_for_chart(page, "compare-chart")
    for name, value in (("x", "images"), ("layout", "each"), ("smooth", "0.6")):
        chosen(page, name).select_option(value)
        _settled(page)
    lines = wait_for_chart(page, "compare-val_ece")
    assert [line["x"][0] for line in lines] == [9300, 9300, 9300]  # its training set, an epoch
    chosen(page, "against").select_option("val_ece.last")
    page.wait_for_url("**against=val_ece.last**")
    address = page.url
    for part in ("x=images", "layout=each", "smooth=0.6"):
        assert part in address
    again = visit(address.removeprefix(page.url.split("/compare")[0]))
    assert wait_for_chart(again, "compare-val_ece") == lines
    expect(chosen(again, "against")).to_have_value("val_ece.last")


def test_classes_and_calibration_of_two_settings(visit: Opener, lab: Site) -> None:
    page = visit("/compare?runs=1,2,3")
    chosen(page, "base").select_option("2")
    page.wait_for_url("**base=2**")
    _settled(page)
    page.wait_for_function(
        """() => document.querySelector('[data-testid="class-points"]')?.parentElement
            .parentElement.textContent.includes("against Label smoothing")"""
    )
    by_id(page, "class-points").scroll_into_view_if_needed()  # it is drawn when it is near
    points = wait_for_chart(page, "class-points")[1]
    assert len(points["x"]) == 62
    by_id(page, "compare-reliability").scroll_into_view_if_needed()
    lines = wait_for_chart(page, "compare-reliability")
    with urlopen(f"{lab.url}/api/runs/3") as answer:
        ece = json.load(answer)["summary"]["val_ece"]["last"]
    assert lines[3]["name"].endswith(f"ECE {100 * ece:.1f}%")
