"""The canvas shows the API's matrix, cell by cell: zoomed, moved, reordered, at another epoch,
as a difference, collapsed; of a really trained run and of 1,000 classes."""

from __future__ import annotations

import json
import urllib.request

import numpy as np
import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Opener
from tests.browser.looking import set_slider, wait_for_epoch
from tests.browser.pixels import check_pixels, matrix, wait_for_full
from tests.browser.serving import Site
from tests.support import seed

LARGE_EPOCHS = 6


def wait_for_order(page: Page, order: list[int]) -> None:
    """Until the classes stand in this order."""
    page.wait_for_function(
        """(order) => {
            const { members } = document.querySelector("matrix-view").arrangement;
            return order.every((own, at) => members[at]?.[0] === own);
        }""",
        arg=order,
    )


def look_at(page: Page, row: float, column: float, span: float) -> None:
    """Zooms to a part, as a gesture would."""
    page.evaluate(
        """async (view) => {
            document.querySelector("matrix-view").propose(view);
            await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
        }""",
        {"row": row, "column": column, "span": span},
    )


def orders(lab: Site, run: int, epoch: int) -> dict[str, list[int]]:
    """The orders as the API gives them."""
    path = f"{lab.url}/api/runs/{run}/orders?kind=soft_labels&epoch={epoch}"
    with urllib.request.urlopen(path) as answer:
        found: dict[str, list[int]] = json.load(answer)["orders"]
    return found


PLAIN = "order=index&labels=off"  # what classes come in, and nothing over their cells


def brief(value: float) -> str:
    """Two significant digits of a percentage."""
    hundred = 100 * value
    return "<0.01%" if hundred < 0.01 else f"{float(f'{hundred:.2g}'):g}%"


def test_a_trained_run_zoomed_moved_reordered_and_played(
    visit: Opener, lab: Site, trained: int
) -> None:
    page = visit(f"/runs/{trained}?epoch=2&{PLAIN}")
    wait_for_full(page, 2)
    values = matrix(lab.url, trained, "soft_labels", 2)
    assert values.shape == (62, 62)
    np.testing.assert_allclose(values.sum(axis=1), 1, rtol=1e-3)
    check_pixels(page, values)
    look_at(page, 1.3, 4.1, 5.4)
    assert check_pixels(page, values)["span"] == 5.4
    order = orders(lab, trained, 2)["cluster"]
    page.get_by_label("Order", exact=True).select_option("cluster")
    wait_for_order(page, order)
    check_pixels(page, values, order=order)
    set_slider(page, 3)
    wait_for_full(page, 3)  # the order of epoch 2 is held
    check_pixels(page, matrix(lab.url, trained, "soft_labels", 3), order=order)


@pytest.mark.parametrize("kind", ["confusion", "val_probs"])
def test_the_other_matrices(visit: Opener, lab: Site, kind: str) -> None:
    page = visit(f"/runs/3?epoch=4&kind={kind}&zoom=10,20,31.5&{PLAIN}", dark=True)
    wait_for_full(page, 4)
    check_pixels(page, matrix(lab.url, 3, kind, 4), dark=True)


def test_a_thousand_classes_at_every_zoom(visit: Opener, lab: Site, large: int) -> None:
    page = visit(f"/runs/{large}?labels=off")
    wait_for_full(page, LARGE_EPOCHS)
    values = matrix(lab.url, large, "soft_labels", LARGE_EPOCHS)
    state = check_pixels(page, values)
    assert state["pixelSide"] < 1000  # several cells a pixel
    for part in ((100.25, 40.5, 800.0), (700.0, 0.0, 300.0), (12.34, 985.0, 15.0)):
        look_at(page, *part)
        found = check_pixels(page, values)
        assert (found["row"], found["column"], found["span"]) == part
    order = orders(lab, large, LARGE_EPOCHS)["entropy"]
    page.get_by_label("Order", exact=True).select_option("entropy")
    wait_for_order(page, order)
    check_pixels(page, values, order=order)
    page.get_by_role("button", name="All", exact=True).click()
    page.wait_for_function("() => document.querySelector('matrix-view').layout.span === 1000")
    check_pixels(page, values, order=order)
    set_slider(page, 2)
    wait_for_full(page, 2)
    check_pixels(page, matrix(lab.url, large, "soft_labels", 2), order=order)


# What is written into the cells when the view is drawn anew.
_TEXTS = """() => {
    const texts = [];
    const kind = CanvasRenderingContext2D.prototype;
    const { fillText } = kind;
    kind.fillText = (text) => texts.push(text);
    document.querySelector("matrix-view").draw();
    kind.fillText = fillText;
    return texts;
}"""


def test_large_cells_tell_their_value_and_small_ones_do_not(visit: Opener, lab: Site) -> None:
    page = visit(f"/runs/3?epoch=4&zoom=10,20,5&{PLAIN}")
    wait_for_full(page, 4)
    values = matrix(lab.url, 3, "soft_labels", 4)
    check_pixels(page, values)
    assert page.evaluate(_TEXTS) == [brief(v) for v in values[10:15, 20:25].ravel()]
    look_at(page, 10, 20, 31)
    assert page.evaluate(_TEXTS) == []


def test_differences_are_those_of_the_two_matrices(visit: Opener, lab: Site) -> None:
    # Of its own, for the list has the newest runs alone, and other tests leave many here.
    other_run = seed.finished(lab.database, seed.spec("hard", epochs=6), "another")
    page = visit(f"/runs/3?epoch=5&{PLAIN}")
    wait_for_full(page, 5)
    now = matrix(lab.url, 3, "soft_labels", 5)
    others = {
        "previous": matrix(lab.url, 3, "soft_labels", 4),
        "first": matrix(lab.url, 3, "soft_labels", 0),
        "val_probs": matrix(lab.url, 3, "val_probs", 5),
        f"run:{other_run}": matrix(lab.url, other_run, "soft_labels", 5),
    }
    select = page.get_by_label("Difference", exact=True)
    select.hover()  # the list of runs is fetched when somebody reaches for it
    option = page.locator(f'option[value="run:{other_run}"]')
    option.wait_for(state="attached")
    for choice, other in others.items():
        select.select_option(choice)
        page.wait_for_function(
            "(n) => document.querySelector('matrix-view').shown.note === n",
            arg={
                "previous": "epoch 4",
                "first": "epoch 0",
                "val_probs": "mean validation softmax, epoch 5",
                f"run:{other_run}": f"#{other_run}, epoch 5",
            }[choice],
        )
        assert check_pixels(page, now - other)["scale"]["mode"] == "difference"
    page.wait_for_url(f"**difference=run%3A{other_run}*")
    page.reload()  # the address brings the other run back, and the same end of the scale
    wait_for_full(page, 5)
    check_pixels(page, now - others[f"run:{other_run}"])


def test_the_tree_collapses_classes_into_means_and_sums(visit: Opener, lab: Site) -> None:
    page = visit("/runs/3?epoch=6&order=cluster@6&labels=off")
    wait_for_full(page, 6)
    order = orders(lab, 3, 6)["cluster"]
    values = matrix(lab.url, 3, "soft_labels", 6)
    wait_for_order(page, order)
    check_pixels(page, values, order=order)
    place = page.evaluate(
        """() => {
            const { tree } = document.querySelector("matrix-view").layout;
            return { x: tree.x + tree.width * 0.8, y: tree.y + tree.height * 0.7 };
        }"""
    )
    page.locator("matrix-view > canvas").click(position=place)
    page.wait_for_function("() => document.querySelector('matrix-view').size < 62")
    members = page.evaluate("document.querySelector('matrix-view').arrangement.members")
    assert sorted(own for group in members for own in group) == list(range(62))
    rows = [[values[np.ix_(a, b)].sum(axis=1).mean() for b in members] for a in members]
    grouped = np.array(rows)
    check_pixels(page, grouped)
    group = next(at for at, one in enumerate(members) if len(one) > 1)
    cell = page.evaluate(
        """(group) => {
            const { x, y, cell } = document.querySelector("matrix-view").layout;
            return { x: x + 0.5 * cell, y: y + (group + 0.5) * cell };
        }""",
        group,
    )
    page.locator("matrix-view > canvas").hover(position=cell)
    told = page.locator("matrix-view .tip").inner_text()
    assert f"mean over {len(members[group])} rows of the sum over" in told
    page.wait_for_url("**groups=*")
    page.reload()
    wait_for_full(page, 6)
    page.wait_for_function("() => document.querySelector('matrix-view').size < 62")
    check_pixels(page, grouped)
    place["y"] = cell["y"]
    place["x"] -= 40
    page.locator("matrix-view > canvas").click(position=place)  # a second click expands it
    page.wait_for_function("() => document.querySelector('matrix-view').size === 62")
    check_pixels(page, values, order=order)


def test_compared_runs_share_zoom_and_order(visit: Opener, lab: Site) -> None:
    page = visit("/compare?runs=1,3&labels=off")
    for index in (0, 1):
        wait_for_epoch(page, 6, index)
    order = orders(lab, 1, 6)["entropy"]
    page.get_by_label("Order", exact=True).select_option("entropy")
    wait_for_order(page, order)
    look_at(page, 5, 9, 22)
    for index, run in ((0, 1), (1, 3)):
        values = matrix(lab.url, run, "soft_labels", 6)
        assert check_pixels(page, values, order=order, index=index)["span"] == 22
    page.get_by_label("Difference", exact=True).select_option("base")
    page.wait_for_function("() => document.querySelectorAll('matrix-view')[1].shown.base")
    first, second = (matrix(lab.url, run, "soft_labels", 6) for run in (1, 3))
    check_pixels(page, first, order=order)
    check_pixels(page, second - first, order=order, index=1)
