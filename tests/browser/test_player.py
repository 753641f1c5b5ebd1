"""The heatmap player: gestures, playback, what the address holds, files, keys, touch."""

from __future__ import annotations

import csv
import io
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import CDPSession, JSHandle, Page, Request, TimeoutError, expect

from tests.browser.conftest import Opener
from tests.browser.looking import by_id, heatmap_pixels, overflow, set_slider, wait_for_epoch
from tests.browser.pixels import check_pixels, matrix, wait_for_full
from tests.browser.serving import Site
from tests.support import seed

K, EPOCHS = 1000, 6  # of `large`
CANVAS = "matrix-view > canvas"


def layout(page: Page) -> dict[str, float]:
    """Where the matrix stands, as drawn last."""
    page.evaluate(
        "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
    )
    found: dict[str, float] = page.evaluate(
        """() => {
            const view = document.querySelector("matrix-view");
            const box = view.getBoundingClientRect();
            return { ...view.layout, left: box.x + view.layout.x, top: box.y + view.layout.y };
        }"""
    )
    return found


def picks(page: Page) -> JSHandle:
    """The cells that are picked from now on."""
    return page.evaluate_handle(
        """() => {
            const found = [];
            document.addEventListener("cellpick", ({ detail }) => found.push(detail));
            return found;
        }"""
    )


def test_wheel_and_drag_keep_what_is_under_the_pointer(visit: Opener, lab: Site) -> None:
    page = visit("/runs/3?order=index&labels=off")
    wait_for_full(page, 6)
    whole = layout(page)
    assert whole["span"] == 62
    x, y = whole["left"] + 0.3 * whole["width"], whole["top"] + 0.6 * whole["height"]
    page.mouse.move(x, y)
    told = page.locator("matrix-view .tip").inner_text()
    page.mouse.wheel(0, -500)
    near = layout(page)
    assert near["span"] < 32
    page.mouse.move(x, y)
    assert page.locator("matrix-view .tip").inner_text() == told
    picked = picks(page)
    page.mouse.down()
    page.mouse.move(x - 90, y - 50, steps=4)
    page.mouse.up()
    moved = layout(page)
    assert moved["column"] - near["column"] == pytest.approx(90 / near["cell"], abs=0.02)
    assert moved["row"] - near["row"] == pytest.approx(50 / near["cell"], abs=0.02)
    assert picked.json_value() == []  # a drag is no click
    check_pixels(page, matrix(lab.url, 3, "soft_labels", 6))
    page.mouse.wheel(0, 2000)
    assert layout(page)["span"] == 62
    expect(page.locator(".minimap")).to_have_count(0)
    page.mouse.wheel(0, 300)  # what shows all leaves the wheel to the page
    page.wait_for_function("() => scrollY > 100")


def test_the_minimap_shows_and_moves_the_part_in_view(visit: Opener) -> None:
    page = visit("/runs/3?zoom=0,0,20&order=index&labels=off")
    wait_for_full(page, 6)
    box = page.locator(".minimap").bounding_box()
    assert box is not None
    mark = page.locator(".minimap > div").bounding_box()
    assert mark is not None
    assert mark["width"] == pytest.approx(box["width"] * 20 / 62, abs=4)
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.up()
    now = layout(page)
    assert (now["row"], now["column"]) == (pytest.approx(21, abs=0.8), pytest.approx(21, abs=0.8))


def test_the_address_brings_back_the_exact_view(visit: Opener) -> None:
    page = visit("/runs/3?order=index&labels=off")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    wait_for_full(page, 6)
    page.get_by_label("Matrix", exact=True).select_option("val_probs")
    page.get_by_label("Order", exact=True).select_option("accuracy")
    page.get_by_label("Difference", exact=True).select_option("previous")
    set_slider(page, 4)
    page.locator(CANVAS).focus()
    for key in ("+", "+", "d", "s"):
        page.keyboard.press(key)
    page.wait_for_function("() => document.querySelector('matrix-view').shown.note === 'epoch 3'")
    view = layout(page)
    assert (view["row"], view["column"]) != (0, 0)
    before = heatmap_pixels(page)
    page.get_by_text("Options", exact=True).click()
    page.get_by_role("button", name="Copy link to this view").click()
    expect(page.locator("toast-stack")).to_contain_text("copied")
    link = page.evaluate("() => navigator.clipboard.readText()")
    assert "epoch=4" in link
    assert "order=accuracy%406" in link  # held where it was chosen
    page.goto("about:blank")
    page.goto(link)
    wait_for_full(page, 4)
    page.wait_for_function("() => document.querySelector('matrix-view').layout.span < 62")
    assert layout(page)["row"] == view["row"]
    assert heatmap_pixels(page) == before


def test_playback_of_a_thousand_classes(visit: Opener, large: int) -> None:
    page = visit(f"/runs/{large}?epoch=0")
    wait_for_full(page, 0)
    asked: list[Request] = []
    page.on("request", lambda request: asked.append(request))
    page.evaluate(
        """() => {
            window.frames_ = [];
            document.addEventListener("frameshown", ({ detail }) => {
                window.frames_.push([detail.epoch, detail.frame.rows]);
            });
        }"""
    )
    page.get_by_label("Speed", exact=True).select_option("4")
    by_id(page, "heatmap-play").click()
    expect(by_id(page, "heatmap-play")).to_have_text("Play")
    wait_for_full(page, EPOCHS)
    shown = page.evaluate("window.frames_")
    assert list(dict.fromkeys(epoch for epoch, _ in shown)) == list(range(EPOCHS + 1))
    assert [rows for epoch, rows in shown if 0 < epoch < EPOCHS] == [250] * (EPOCHS - 1)
    assert shown[-1] == [EPOCHS, K]  # the pause brings the full frame
    frames = [request for request in asked if "/matrices/soft_labels/" in request.url]
    played = [request for request in frames if "preview=1" in request.url]
    assert len(frames) - len(played) == 1
    assert len({request.url for request in frames}) == len(frames)  # nothing is fetched twice
    sizes = [request.sizes()["responseBodySize"] for request in played]
    assert max(sizes) < 200_000


def test_a_loop_begins_again_and_a_zoom_plays_full_frames(visit: Opener, large: int) -> None:
    page = visit(f"/runs/{large}?epoch=5&zoom=10,10,40")
    wait_for_full(page, 5)
    page.evaluate(
        """() => {
            window.frames_ = [];
            document.addEventListener("frameshown", ({ detail }) => {
                window.frames_.push([detail.epoch, detail.frame.full]);
            });
        }"""
    )
    page.get_by_label("Loop").check()
    by_id(page, "heatmap-play").click()
    page.wait_for_function("() => window.frames_.some(([epoch]) => epoch === 1)")
    by_id(page, "heatmap-play").click()
    shown = page.evaluate("window.frames_")
    epochs = list(dict.fromkeys(epoch for epoch, _ in shown))
    assert epochs[:4] == [5, 6, 0, 1]
    assert all(full for _, full in shown)


def test_the_slider_shows_thumbnails(visit: Opener) -> None:
    page = visit("/runs/3?order=index&labels=off")
    wait_for_full(page, 6)
    box = by_id(page, "heatmap-epoch").bounding_box()
    assert box is not None
    preview = page.locator(".scrub-preview")
    pictures = set()
    for share, epoch in ((0.5, 3), (0.02, 0)):
        page.mouse.move(box["x"] + share * box["width"], box["y"] + box["height"] / 2)
        expect(preview).to_have_attribute("data-epoch", str(epoch))
        expect(preview).to_be_visible()
        pictures.add(preview.locator("canvas").evaluate("(canvas) => canvas.toDataURL()"))
    assert len(pictures) == 2
    assert page.evaluate("() => document.querySelector('matrix-view').shown.epoch") == 6
    page.mouse.move(5, 5)
    expect(preview).to_be_hidden()


def test_files_hold_what_is_shown(visit: Opener, lab: Site) -> None:
    page = visit("/runs/3?epoch=3&order=name&difference=first")
    wait_for_full(page, 3)
    page.wait_for_function("() => document.querySelector('matrix-view').arrangement.order")
    now, first = (matrix(lab.url, 3, "soft_labels", epoch) for epoch in (3, 0))
    order = [
        group[0]
        for group in page.evaluate(
            "() => document.querySelector('matrix-view').arrangement.members"
        )
    ]
    assert sorted(order) == list(range(62))
    table = list(csv.reader(io.StringIO(_download(page, "Save as CSV").decode())))
    assert table[0][1:] == [seed.CLASSES["glyphs"][own] for own in order]
    numbers = np.array([[float(cell) for cell in line[1:]] for line in table[1:]])
    np.testing.assert_allclose(numbers, (now - first)[np.ix_(order, order)], atol=2e-6)
    array = np.load(io.BytesIO(_download(page, "Download .npy", link=True)))
    np.testing.assert_allclose(array, now, rtol=1e-6)
    picture = _download(page, "Save as PNG")
    assert picture[:8] == b"\x89PNG\r\n\x1a\n"
    width = page.locator(CANVAS).evaluate("(canvas) => canvas.width")
    assert abs(int.from_bytes(picture[16:20], "big") - width) <= 1


def test_the_film_shows_every_epoch(visit: Opener) -> None:
    page = visit("/runs/3?epoch=2")
    wait_for_full(page, 2)
    film = _download(page, "Save all epochs as WebM")
    assert film[:4] == b"\x1a\x45\xdf\xa3"  # EBML
    wait_for_full(page, 2)  # the page is back where it was
    player = page.context.new_page()
    player.goto("about:blank")  # a page without the lab's policy may play a data: address
    seen = player.evaluate(
        """async (bytes) => {
            const video = document.createElement("video");
            video.muted = true;
            const film = new Blob([new Uint8Array(bytes)], { type: "video/webm" });
            video.src = URL.createObjectURL(film);
            const pictures = new Set();
            const canvas = document.createElement("canvas");
            const look = () => {
                canvas.width = video.videoWidth / 8;
                canvas.height = video.videoHeight / 8;
                const context = canvas.getContext("2d");
                context.drawImage(video, 0, 0, canvas.width, canvas.height);
                pictures.add(canvas.toDataURL("image/png"));
                video.requestVideoFrameCallback(look);
            };
            video.requestVideoFrameCallback(look);
            const ended = new Promise((done) => video.addEventListener("ended", done));
            await video.play();
            await ended;
            return { pictures: pictures.size, width: video.videoWidth };
        }""",
        list(film),
    )
    assert seen["pictures"] >= 5  # of 7 epochs; a busy machine may drop one while it decodes
    assert abs(seen["width"] - page.locator(CANVAS).evaluate("(canvas) => canvas.width")) <= 1


def _download(page: Page, name: str, link: bool = False) -> bytes:
    page.get_by_text("Options", exact=True).click()
    with page.expect_download() as found:
        page.get_by_role("link" if link else "button", name=name).click()
    if link:
        page.get_by_text("Options", exact=True).click()
    path = found.value.path()
    return Path(path).read_bytes()


def test_keys_walk_from_cell_to_cell_and_are_listed(visit: Opener, lab: Site) -> None:
    page = visit("/runs/3?zoom=20,30,10&order=index&labels=off")
    wait_for_full(page, 6)
    picked = picks(page)
    page.locator(CANVAS).focus()
    for key in ("ArrowRight", "ArrowDown", "ArrowDown"):
        page.keyboard.press(f"Shift+{key}")
    names = seed.CLASSES["glyphs"]
    tip = page.locator("matrix-view .tip")
    expect(tip).to_contain_text(f"{names[22]} → {names[31]}")
    expect(tip).to_have_attribute("aria-live", "polite")
    page.keyboard.press("Enter")
    assert picked.json_value() == [{"row": 22, "column": 31}]
    for _ in range(12):
        page.keyboard.press("Shift+ArrowRight")
    assert layout(page)["column"] == 34  # the part in view follows: column 43 is its last
    page.keyboard.press("0")
    page.wait_for_function("() => document.querySelector('matrix-view').layout.span === 62")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="Keyboard")).to_be_hidden()


def test_other_panels_lead_to_a_cell_and_hear_of_the_order(visit: Opener) -> None:
    page = visit("/runs/3?order=index&labels=off")
    wait_for_full(page, 6)
    page.evaluate(
        """() => {
            window.orders_ = [];
            document.addEventListener("orderchange", ({ detail }) => {
                window.orders_.push(detail.order);
            });
            document.querySelector("soft-label-player").dispatchEvent(
                new CustomEvent("showcell", { detail: { row: 24, column: 0 } }));
        }"""
    )
    expect(page.locator("matrix-view .tip")).to_contain_text("O → 0")
    view = layout(page)
    assert view["cell"] >= 12
    assert view["row"] <= 24 < view["row"] + view["span"]
    page.get_by_label("Order", exact=True).select_option("name")
    page.wait_for_function("() => window.orders_.length === 1")
    order = page.evaluate("() => window.orders_[0]")
    assert order != list(range(62))
    assert sorted(order) == list(range(62))


def test_superclasses_are_outlined_where_a_dataset_names_them(visit: Opener, lab: Site) -> None:
    page = visit("/runs/3?order=index&labels=off")
    wait_for_full(page, 6)
    before = heatmap_pixels(page)
    order = page.get_by_label("Order", exact=True)
    order.select_option("superclass")  # of the glyphs: digits, capitals, small letters, by index
    page.wait_for_url("**order=superclass*")
    assert heatmap_pixels(page) != before
    check_pixels(page, matrix(lab.url, 3, "soft_labels", 6), order=range(62))
    digits = seed.finished(lab.database, seed.spec("ols", "digits", 0, epochs=1))
    page.goto(f"/runs/{digits}?order=superclass")
    expect(page.locator("toast-stack")).to_contain_text("names no superclasses")
    expect(order).to_have_value("index")


def test_less_motion_is_honoured(visit: Opener) -> None:
    page = visit("/runs/3?epoch=0")
    wait_for_full(page, 0)
    page.emulate_media(reduced_motion="reduce")
    page.clock.install(time=datetime(2030, 1, 1))
    page.clock.pause_at(datetime(2030, 1, 2))
    page.get_by_label("Speed", exact=True).select_option("4")
    by_id(page, "heatmap-play").click()
    page.clock.run_for(450)
    assert by_id(page, "heatmap-epoch").input_value() == "0"
    page.clock.run_for(200)
    wait_for_epoch(page, 1)
    page.clock.run_for(300)
    assert by_id(page, "heatmap-epoch").input_value() == "1"


def test_fingers_pinch_pan_and_tap_on_a_phone(visit: Opener) -> None:
    page = visit("/runs/3?order=index&labels=off", width=360, height=740)
    wait_for_full(page, 6)
    page.locator("matrix-view").scroll_into_view_if_needed()
    session = page.context.new_cdp_session(page)
    session.send("Emulation.setTouchEmulationEnabled", {"enabled": True})
    whole = layout(page)
    x, y = whole["left"] + whole["width"] / 2, whole["top"] + whole["height"] / 2
    _touch(session, [[(x - 20, y), (x + 20, y)], [(x - 60, y), (x + 60, y)]])
    near = layout(page)
    assert near["span"] == pytest.approx(62 / 3, rel=0.15)
    assert near["column"] == pytest.approx(31 - near["span"] / 2, abs=2)
    _touch(session, [[(x, y)], [(x - 20, y)], [(x - 45, y)]])
    assert layout(page)["column"] == pytest.approx(near["column"] + 45 / near["cell"], abs=0.1)
    picked = picks(page)
    for _ in range(9):  # on a busy machine a tap may last so long that it is none
        _touch(session, [[(x, y)]])
        with suppress(TimeoutError):
            page.wait_for_function("(picked) => picked.length", arg=picked, timeout=1000)
            break
    assert picked.json_value() != []
    page.get_by_text("Options", exact=True).click()
    assert overflow(page) <= 0
    panel = page.locator(".player-menu-panel").bounding_box()
    assert panel is not None
    assert panel["x"] >= 0


def _touch(session: CDPSession, steps: list[list[tuple[float, float]]]) -> None:
    def send(kind: str, points: list[tuple[float, float]]) -> None:
        touches: list[dict[str, Any]] = [
            {"x": x, "y": y, "id": number} for number, (x, y) in enumerate(points)
        ]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touches})

    send("touchStart", steps[0])
    for points in steps[1:]:
        send("touchMove", points)
    send("touchEnd", [])


def test_a_run_of_other_classes_is_refused(visit: Opener, lab: Site) -> None:
    other = seed.finished(lab.database, seed.spec("ols", "digits", 0, epochs=1))
    page = visit(f"/runs/3?difference=run:{other}&order=cluster@99999&zoom=1,2,-3&max=x")
    wait_for_full(page, 6)
    expect(page.locator("toast-stack")).to_contain_text("other classes")
    assert layout(page)["span"] == 62  # what is no view shows all
