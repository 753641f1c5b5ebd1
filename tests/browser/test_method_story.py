"""/methods/ols tells how the method works: by scrolling, by keys, by its two sliders, as a file."""

from __future__ import annotations

import io
from pathlib import Path

import httpx
import numpy as np
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Opener
from tests.browser.looking import by_id, overflow
from tests.browser.serving import Site
from tests.browser.test_less_motion import moving

STEPS = ("label", "images", "softmax", "mean", "epochs", "mix", "matrix", "own")
_PIXELS = """(canvas) => {
    const copy = new OffscreenCanvas(canvas.width, canvas.height);
    const context = copy.getContext("2d", { willReadFrequently: true });
    context.drawImage(canvas, 0, 0);
    const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
    return data.reduce((hash, value) => (hash * 31 + value) >>> 0, 7);
}"""


def pixels(page: Page) -> int:
    """A fingerprint of the figure."""
    value: int = by_id(page, "story-canvas").evaluate(_PIXELS)
    return value


def at_step(page: Page, step: str) -> None:
    """Until this step is being read."""
    current = page.locator(".story-nav a[aria-current=step]")
    expect(current).to_have_attribute("href", f"#step-{step}")


def go_to(page: Page, step: str) -> None:
    page.locator(f"#step-{step}").evaluate(
        "(section) => section.scrollIntoView({ block: 'start', behavior: 'instant' })"
    )
    at_step(page, step)


def test_arrow_keys_go_through_the_steps_and_each_shows_something_else(visit: Opener) -> None:
    page = visit("/methods/ols")
    at_step(page, "label")
    page.keyboard.press("ArrowRight")  # gliding
    at_step(page, "images")
    page.keyboard.press("ArrowLeft")
    at_step(page, "label")
    page.emulate_media(reduced_motion="reduce")
    caption, seen = by_id(page, "story-caption"), []
    for step in STEPS[1:]:
        seen.append(caption.inner_text())
        page.keyboard.press("ArrowRight")
        at_step(page, step)
        expect(page.locator(f"#step-{step} h2")).to_be_focused()
        expect(caption).not_to_have_text(seen[-1])
        expect(by_id(page, "story-canvas")).to_have_attribute("aria-label", caption.inner_text())
        page.wait_for_function("(step) => location.hash === `#step-${step}`", arg=step)
    assert len(set(seen)) == len(STEPS) - 1
    page.reload()  # the address is the state
    at_step(page, "own")


def test_sliders_set_the_epoch_and_the_mixture(visit: Opener) -> None:
    page = visit("/methods/ols")
    expect(by_id(page, "story-alpha")).to_be_disabled()
    go_to(page, "mix")
    caption = by_id(page, "story-caption")
    expect(caption).to_contain_text("Epoch 20, α = 0.50")
    by_id(page, "story-alpha").focus()
    page.keyboard.press("End")
    expect(caption).to_contain_text("cross-entropy")
    page.keyboard.press("ArrowLeft")  # the slider's own
    expect(caption).to_contain_text("α = 0.99")
    at_step(page, "mix")
    by_id(page, "story-epoch").focus()
    page.keyboard.press("Home")
    expect(caption).to_contain_text("Epoch 1, ")
    go_to(page, "epochs")
    expect(caption).to_contain_text("after epoch 1: ")  # what the reader has set is held
    page.keyboard.press("Home")
    expect(caption).to_contain_text("uniform")


def test_scrolling_makes_the_row_grow(visit: Opener) -> None:
    page = visit("/methods/ols")
    go_to(page, "epochs")
    early = int(by_id(page, "story-epoch").input_value())
    page.mouse.wheel(0, 900)
    page.wait_for_function(
        "(early) => Number(document.querySelector('[name=epoch]').value) > early + 4", arg=early
    )


def test_a_cell_of_the_matrix_is_read_by_pointing(visit: Opener) -> None:
    page = visit("/methods/ols")
    page.emulate_media(reduced_motion="reduce")
    go_to(page, "matrix")
    box = by_id(page, "story-canvas").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(page.locator(".stage .tip")).to_contain_text("→")


def test_who_asks_for_less_motion_sees_each_figure_at_once(visit: Opener) -> None:
    page = visit("/methods/ols")
    page.emulate_media(reduced_motion="reduce")
    page.reload()
    assert moving(page) == 0
    go_to(page, "images")
    for step in ("softmax", "epochs", "matrix"):
        page.evaluate(
            """() => {
                window.drawn = 0;
                const plain = CanvasRenderingContext2D.prototype.clearRect;
                CanvasRenderingContext2D.prototype.clearRect = function (...box) {
                    if (this.canvas.isConnected) window.drawn++;
                    return plain.apply(this, box);
                };
            }"""
        )
        go_to(page, step)
        first = pixels(page)
        page.wait_for_timeout(400)  # nothing may happen: there is no condition to wait for
        assert pixels(page) == first
        assert 0 < page.evaluate("window.drawn") <= 3
        page.reload()
    go_to(page, "epochs")
    expect(by_id(page, "story-epoch")).to_have_value("20")  # grown, without scrolling through it


@pytest.mark.parametrize(
    ("width", "height"),
    [(390, 844), (800, 844), (1440, 844), pytest.param(720, 450, id="a laptop's at 200%")],
)
def test_it_fits_into_the_window(visit: Opener, width: int, height: int) -> None:
    page = visit("/methods/ols", width=width, height=height)
    for step in STEPS:
        go_to(page, step)
        assert overflow(page) <= 0
        figure = page.locator(".story-figure").bounding_box()
        title = page.locator(f"#step-{step} div").first.bounding_box()
        assert figure is not None
        assert title is not None
        beside = title["x"] + title["width"] <= figure["x"] + 1
        below = title["y"] >= figure["y"] + figure["height"] - 1
        assert beside or below, step


def test_it_ends_with_the_newest_run_of_the_lab(visit: Opener) -> None:
    page = visit("/methods/ols")
    go_to(page, "own")
    expect(by_id(page, "story-caption")).to_contain_text("S of run ")
    box = by_id(page, "story-canvas").bounding_box()
    assert box is not None
    middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 3)
    tip = page.locator(".stage .tip")
    while tip.is_hidden():  # until its matrix has come
        page.mouse.move(*middle)
        page.mouse.move(middle[0] + 1, middle[1])
    expect(tip).to_contain_text("S[")
    link = by_id(page, "story-run")
    link.click()
    expect(by_id(page, "heatmap")).to_be_visible()
    expect(page.locator(".run-head")).to_contain_text("Online label smoothing")


def test_a_lab_without_runs_offers_to_train_one(visit: Opener, workshop: Site) -> None:
    page = visit("/methods/ols", at=workshop)
    go_to(page, "own")
    expect(by_id(page, "story-caption")).to_contain_text("No OLS run has finished")
    by_id(page, "story-start").click()
    expect(by_id(page, "new-run-form")).to_be_visible()


def test_the_file_needs_no_server(visit: Opener, tmp_path: Path) -> None:
    page = visit("/methods/ols", expect=("a request to another host: file://",))
    with page.expect_download() as download:
        by_id(page, "story-file").click()
    file = tmp_path / download.value.suggested_filename
    download.value.save_as(file)
    assert file.suffix == ".html"
    page.context.set_offline(True)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(file.as_uri())
    at_step(page, "label")
    for step in STEPS[1:]:
        page.keyboard.press("ArrowRight")
        at_step(page, step)
    go_to(page, "mix")
    by_id(page, "story-alpha").focus()
    page.keyboard.press("End")
    expect(by_id(page, "story-caption")).to_contain_text("cross-entropy")
    assert pixels(page)
    assert overflow(page) <= 0
    assert asked == [file.as_uri()]


def test_a_run_that_a_loop_logged_closes_it_too(visit: Opener, workshop: Site) -> None:
    """Its matrix may hold any numbers, which have a scale of their own."""
    headers = {"Origin": workshop.url}
    with httpx.Client(base_url=workshop.url, headers=headers) as client:
        body = {"name": "my own", "method": "ols", "classes": ["cat", "dog"]}
        run = client.post("/api/runs/logged", json=body).json()["id"]
        file = io.BytesIO()
        np.save(file, np.array([[5.0, -2.0], [0.5, 7.0]], np.float32))
        address = f"/api/runs/{run}/matrices/soft_labels/1"
        assert client.put(address, content=file.getvalue()).is_success
        client.post(f"/api/runs/{run}/finish", json={}).raise_for_status()
    page = visit("/methods/ols", at=workshop)
    page.emulate_media(reduced_motion="reduce")
    go_to(page, "own")
    expect(by_id(page, "story-caption")).to_contain_text("my own")
    box = by_id(page, "story-canvas").bounding_box()
    assert box is not None
    tip = page.locator(".stage .tip")
    while tip.is_hidden():  # until its matrix has come
        page.mouse.move(box["x"] + box["width"] * 0.4, box["y"] + box["height"] * 0.3)
        page.mouse.move(box["x"] + box["width"] * 0.4, box["y"] + box["height"] * 0.31)
    expect(tip).to_have_text("S[cat] → cat: 5")
