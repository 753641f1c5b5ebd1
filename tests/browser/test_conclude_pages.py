"""Tables, noise robustness and the comparison's views: what is chosen is in the address, and the
numbers are the API's."""

from __future__ import annotations

import json
from urllib.request import urlopen

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Opener
from tests.browser.looking import by_id, point_of, set_slider, wait_for_chart, wait_for_epoch
from tests.browser.serving import Site
from tests.support import seed


def chosen(page: Page, name: str) -> Locator:
    return page.locator(f'select[name="{name}"]')


def test_a_table_is_laid_out_by_choosing(visit: Opener, lab: Site) -> None:
    page = visit("/table?runs=1,2,3")
    chosen(page, "which").select_option("best")
    page.wait_for_url("**which=best**")
    page.get_by_label("Show errors instead of accuracies").check()
    page.wait_for_url("**error=1**")
    with urlopen(f"{lab.url}/api/table?runs=1,2,3&which=best") as answer:
        cells = json.load(answer)["cells"][0]
    table = by_id(page, "paper-table")
    for cell in cells:
        expect(table).to_contain_text(f"{100 * (1 - cell['mean']):.2f}")
    expect(table.locator(".best, .gain, .loss")).to_have_count(0)
    expect(table.locator("caption")).to_contain_text("one seed")
    expect(by_id(page, "beside-table")).to_contain_text("ECE")
    expect(by_id(page, "verdicts")).to_contain_text("picked on test, the split that")
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


@pytest.fixture(scope="module")
def nine(lab: Site) -> str:
    """`runs=` of three methods under three seeds each."""
    more = [
        seed.finished(lab.database, seed.spec(method, epochs=6, seed=number))
        for number in (1, 2)
        for method in ("hard", "label_smoothing", "ols")
    ]
    return f"runs={','.join(map(str, [1, 2, 3, *more]))}"


# What stands in the controls of the page: those of the form, and the player's.
CHOSEN = """() => {
    const form = [...document.forms["view-form"].elements];
    const player = [...document.querySelectorAll("soft-label-player [data-control]")];
    const told = (e) => (e.type === "checkbox" ? e.checked : e.value);
    return Object.fromEntries([...form, ...player]
        .filter((e) => e.localName !== "button" && (e.type !== "radio" || e.checked))
        .map((e) => [e.name || e.dataset.control, told(e)]));
}"""
OTHERS = """() => [...document.forms["view-form"].elements]
    .filter((e) => e.localName === "select" && !e.hasAttribute("data-reload"))
    .map((e) => [e.name, [...e.options].findLast((o) => !o.selected && o.value !== "8").value])"""


def test_every_control_is_in_the_address_and_comes_back(visit: Opener, nine: str) -> None:
    page = visit(f"/compare?{nine}")
    wait_for_chart(page, "compare-chart")
    before = page.evaluate(CHOSEN)
    by_id(page, "compare-chart").get_by_text("val ECE").click()
    expect(page.locator("table.results tbody tr")).to_have_count(3)  # means, where seeds differ
    page.get_by_text("Each run", exact=True).first.click()
    expect(page.locator("table.results tbody tr")).to_have_count(9)
    others = page.evaluate(OTHERS)
    assert [name for name, _ in others] == [
        *("lines", "x", "y", "smooth", "layout"),
        *("ours", "base", "bars", "field", "against"),
    ]
    for name, value in others:
        chosen(page, name).select_option(value)
    with page.expect_navigation():
        chosen(page, "maps").select_option("runs")
    expect(page.locator("soft-label-player figure")).to_have_count(6)
    set_slider(page, 1)
    page.get_by_text("linear", exact=True).click()  # differences have their own scale
    for label, value in (("Matrix", "confusion"), ("Difference", "previous"), ("Order", "name")):
        page.get_by_label(label, exact=True).select_option(value)
    page.get_by_text("Options").click()
    page.get_by_label("Hide the diagonal").check()
    page.wait_for_url("**diagonal=hidden**")
    after, address = page.evaluate(CHOSEN), page.url
    assert "metric=val_ece" in address
    same = {name for name, value in after.items() if before[name] == value}
    assert same == {"runs", "speed", "loop", "labels"}
    page.goto("about:blank")
    page.goto(address)
    wait_for_chart(page, "compare-val_ece")
    wait_for_epoch(page, 1)
    assert page.evaluate(CHOSEN) == after
    assert page.url == address


def test_a_pointer_at_a_time_is_linked_to_all_charts_and_heatmaps(visit: Opener) -> None:
    page = visit("/compare?runs=1,3&x=time&layout=each")
    traces = wait_for_chart(page, "compare-val_loss")
    wait_for_chart(page, "compare-val_top1")
    wait_for_epoch(page, 6)
    at = point_of(page, "compare-val_top1", 3)
    page.mouse.move(*at)
    wait_for_epoch(page, 4, 1)
    for name in ("compare-val_top1", "compare-val_loss"):
        dots = by_id(page, name).locator(".cursor-dots i")
        # An epoch of OLS takes twice as long here: by then it had ended half as many.
        assert [dot.get_attribute("data-epoch") for dot in dots.all()] == ["4", "2"]
        expect(by_id(page, name).locator(".cursor-line.preview")).to_be_visible()
    assert [line["customdata"] for line in traces] == [[1, 2, 3, 4, 5, 6]] * 2
    page.mouse.move(5, 5)
    wait_for_epoch(page, 6, 1)
    expect(by_id(page, "compare-val_loss").locator(".cursor-line")).to_be_hidden()


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
    expect(by_id(page, "compare-eces")).to_contain_text(f"{100 * ece:.1f}%")


def test_a_comparison_reads_in_words_and_its_first_column_stays(visit: Opener, nine: str) -> None:
    page = visit(f"/compare?{nine}", width=760)
    differs = page.locator(".differences")
    expect(differs.locator("thead")).to_contain_text("Method: Smoothing ε")
    expect(differs.locator("tbody")).to_contain_text("Label smoothing")
    assert "method.name" not in differs.inner_text()
    for box, row in ((".differences", ".differences th"), (".results-box", ".results tbody th")):
        page.locator(box).evaluate("(box) => (box.scrollLeft = 300)")
        name = page.locator(row).first.bounding_box()
        frame = page.locator(box).bounding_box()
        assert name is not None
        assert frame is not None
        assert name["x"] - frame["x"] < 16, f"{row} has scrolled away"


def test_six_heatmaps_stand_in_two_rows_of_three(visit: Opener, nine: str) -> None:
    page = visit(f"/compare?{nine}&maps=runs")
    figures = page.locator("soft-label-player figure")
    expect(figures).to_have_count(6)
    tops = figures.evaluate_all("all => all.map((one) => Math.round(one.offsetTop))")
    assert tops[0] == tops[1] == tops[2] < tops[3] == tops[4] == tops[5]


def test_marks_of_an_axis_differ_and_empty_bins_are_faded(visit: Opener, nine: str) -> None:
    page = visit(f"/compare?{nine}")
    by_id(page, "class-bars").scroll_into_view_if_needed()
    wait_for_chart(page, "class-bars")
    marks = by_id(page, "class-bars").locator(".ytick").all_text_contents()
    assert len(marks) == len(set(marks)) >= 3, marks
    by_id(page, "compare-reliability").scroll_into_view_if_needed()
    line = wait_for_chart(page, "compare-reliability")[1]
    sizes, counts = line["marker"]["size"], line["customdata"]
    assert sizes.index(max(sizes)) == counts.index(max(counts))
    few = [count < 0.01 * sum(counts) for count in counts]
    assert [opacity < 1 for opacity in line["marker"]["opacity"]] == few
