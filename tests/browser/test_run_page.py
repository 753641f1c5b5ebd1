"""The run page: heatmap and player, the one cursor, classes, live epochs, actions."""

from __future__ import annotations

import io
import re
import urllib.request

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from backend.core.settings import Settings
from backend.store import claims, recorder, requests
from backend.store.run_identity import take_folder
from tests.browser.conftest import Opener
from tests.browser.looking import (
    by_id,
    heatmap_pixels,
    point_of,
    set_slider,
    wait_for_chart,
    wait_for_epoch,
    wait_for_heatmap,
)
from tests.browser.serving import Site
from tests.support import seed


def test_hero_curves_and_slider_fit_one_laptop_screen(visit: Opener) -> None:
    page = visit("/runs/3?order=index&labels=off")
    wait_for_chart(page, "accuracy-chart")
    for name in ("run-state", "heatmap", "heatmap-epoch", "accuracy-chart", "loss-chart"):
        box = by_id(page, name).bounding_box()
        assert box is not None
        assert box["y"] >= 0, name
        assert box["y"] + box["height"] <= 900, name
    entries = "performance.getEntriesByType('resource')"
    asked = f"{entries}.filter((one) => /soft_labels.*[?]v=/.test(one.name)).length"
    assert page.evaluate(asked) == 1  # the first frame, preloaded, and used by the script


def test_playing_changes_the_pixels_and_the_epoch(visit: Opener) -> None:
    page = visit("/runs/3?order=index&labels=off")
    wait_for_epoch(page, 6)
    before = heatmap_pixels(page)
    by_id(page, "heatmap-play").click()
    page.wait_for_function("() => document.querySelector('[data-testid=heatmap-epoch]').value == 2")
    assert heatmap_pixels(page) != before
    expect(by_id(page, "heatmap-play")).to_have_text("Play")  # it stops at the end ...
    wait_for_epoch(page, 6)
    assert heatmap_pixels(page) == before  # ... where it shows what it showed


@pytest.mark.parametrize("dark", [False, True])
def test_pixels_agree_with_the_api(visit: Opener, lab: Site, dark: bool) -> None:
    page = visit("/runs/3?epoch=4&order=index&labels=off", dark=dark)
    wait_for_epoch(page, 4)
    url = f"{lab.url}/api/runs/3/matrices/soft_labels/4?format=npy"
    values = np.load(io.BytesIO(urllib.request.urlopen(url).read()))
    rng = np.random.default_rng(0)
    cells = [(int(i), int(j)) for i, j in rng.integers(0, 62, size=(60, 2))] + [(0, 0), (61, 61)]
    sampled = [[i, j, float(values[i, j])] for i, j in cells]
    worst = page.evaluate(
        """async ([sampled, dark]) => {
            const module = [...document.querySelectorAll("script[src]")].map((s) => s.src);
            const own = module.find((src) => src.endsWith("/js/pages/run.js"));
            const { mix, stops, shareOf } = await import(
                new URL("../../../js/pure/colour.js", own).href);
            const view = document.querySelector("matrix-view");
            const { layout, shown } = view;
            const { canvas } = view;
            const { width, height } = canvas;
            const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
            let worst = 0;
            for (const [i, j, value] of sampled) {
                const x = Math.floor((layout.x + (j + 0.5) * layout.cell) * devicePixelRatio);
                const y = Math.floor((layout.y + (i + 0.5) * layout.cell) * devicePixelRatio);
                const seen = data.subarray(4 * (y * canvas.width + x));
                const wanted = mix(stops(dark), shareOf(value, shown.scale));
                wanted.forEach((part, c) => (worst = Math.max(worst, Math.abs(part - seen[c]))));
            }
            return worst;
        }""",
        [sampled, dark],
    )
    assert worst <= 2  # of 255; the table has 1,024 shades


def test_tooltip_says_the_exact_value_and_both_classes(visit: Opener, lab: Site) -> None:
    page = visit("/runs/3?order=index&labels=off")
    wait_for_epoch(page, 6)
    url = f"{lab.url}/api/runs/3/matrices/soft_labels/6?format=npy"
    value = 100 * np.load(io.BytesIO(urllib.request.urlopen(url).read()))[24, 0]
    place = page.evaluate(
        """() => {
            const { x, y, cell } = document.querySelector("matrix-view").layout;
            return { x: x + 0.5 * cell, y: y + 24.5 * cell };
        }"""
    )
    page.locator("matrix-view canvas").hover(position=place)
    text = page.locator("matrix-view .tip").inner_text()
    assert text.startswith("O → 0")
    shown = float(re.search(r"([\d.]+)%", text)[1])  # type: ignore[index]
    assert shown == pytest.approx(value, rel=3e-4)


def test_keys_move_play_and_step_through_classes(visit: Opener) -> None:
    page = visit("/runs/3?order=index&labels=off")
    wait_for_epoch(page, 6)
    page.locator("matrix-view canvas").focus()
    page.keyboard.press("ArrowLeft")
    wait_for_epoch(page, 5)
    page.keyboard.press("Home")
    wait_for_epoch(page, 0)
    page.keyboard.press("End")
    wait_for_epoch(page, 6)
    page.keyboard.press("Space")
    expect(by_id(page, "heatmap-play")).to_have_text("Pause")
    page.keyboard.press("Space")
    expect(by_id(page, "heatmap-play")).to_have_text("Play")
    name = by_id(page, "class-detail").locator("h2")
    own = name.inner_text()
    page.keyboard.press("]")
    expect(name).not_to_have_text(own)
    page.keyboard.press("[")
    expect(name).to_have_text(own)


def test_a_click_on_a_row_opens_its_class(visit: Opener) -> None:
    page = visit("/runs/3?order=index")
    wait_for_epoch(page, 6)
    place = page.evaluate(
        """() => {
            const { x, y, cell } = document.querySelector("matrix-view").layout;
            return { x: x - 12, y: y + 24.5 * cell };
        }"""
    )
    page.locator("matrix-view canvas").click(position=place)
    detail = by_id(page, "class-detail")
    expect(detail.locator("h2")).to_have_text("Class “O”")
    expect(detail.locator(".bars li")).to_have_count(17)  # itself, 15 others and the rest
    assert detail.locator(".bars li .name").first.inner_text() == "O"
    page.wait_for_function(
        """() => {
            const canvas = document.querySelector("class-detail .strip canvas");
            const { width, height } = canvas;
            const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
            return data.some((part) => part !== 0);
        }"""
    )
    page.wait_for_url("**class=24*")


def test_one_cursor_for_slider_curves_and_heatmap(visit: Opener) -> None:
    page = visit("/runs/3?order=index&labels=off")
    wait_for_chart(page, "accuracy-chart")
    wait_for_chart(page, "loss-chart")
    lines = page.locator(".side .cursor-line")
    set_slider(page, 1)
    left = [line.evaluate("(line) => parseFloat(line.style.left)") for line in lines.all()]
    set_slider(page, 5)
    moved = [line.evaluate("(line) => parseFloat(line.style.left)") for line in lines.all()]
    assert len(left) == 2
    assert all(b > a + 50 for a, b in zip(left, moved, strict=True))
    _hover_epoch(page, "accuracy-chart", 2)
    wait_for_epoch(page, 2)  # hovering previews ...
    assert by_id(page, "heatmap-epoch").input_value() == "2"
    page.mouse.move(5, 5)
    wait_for_epoch(page, 5)  # ... and leaving goes back
    _hover_epoch(page, "accuracy-chart", 3)
    page.mouse.down()
    page.mouse.up()
    page.mouse.move(5, 5)
    wait_for_epoch(page, 3)  # clicking pins
    page.wait_for_url("**epoch=3*")


def _hover_epoch(page: Page, name: str, epoch: int) -> None:
    x, y = point_of(page, name, epoch - 1)
    page.mouse.move(x - 4, y)
    page.mouse.move(x, y)


def test_the_url_keeps_what_the_page_shows(visit: Opener) -> None:
    page = visit("/runs/3?order=index&labels=off")
    wait_for_epoch(page, 6)
    page.get_by_label("Matrix", exact=True).select_option("confusion")
    page.get_by_text("linear", exact=True).click()
    page.get_by_text("Options", exact=True).click()
    page.get_by_label("Hide the diagonal").check()
    set_slider(page, 2)
    page.wait_for_url("**epoch=2*")
    before = heatmap_pixels(page)
    page.reload()
    wait_for_epoch(page, 2)
    assert page.get_by_label("Matrix", exact=True).input_value() == "confusion"
    expect(page.get_by_label("Hide the diagonal")).to_be_checked()
    assert heatmap_pixels(page) == before


def test_epochs_and_states_arrive_without_reload(visit: Opener, lab: Site) -> None:
    with lab.database.write() as session:
        run = requests.submit(session, name=None, tags=[], spec=seed.spec(epochs=4))
    page = visit(f"/runs/{run.id}")
    expect(by_id(page, "run-state")).to_have_text("queued")
    expect(by_id(page, "queue-banner")).to_contain_text("celery -A worker.app worker")
    page.evaluate("window.notReloaded = true")
    claim = seed.claimed(lab.database, run.id)
    expect(by_id(page, "run-state")).to_have_text("running")
    with lab.database.write() as session:
        facts = seed.info(seed.spec(epochs=4), seed.CLASSES["glyphs"])
        recorder.record_info(session, claim, facts)
    wait_for_epoch(page, 0)
    seed.progress(lab.database, claim, 1, 30)
    expect(page.locator('run-head [data-live="note"]')).to_contain_text("0/4")
    seed.train(lab.database, claim, 1, 2)
    wait_for_epoch(page, 2)  # it follows the latest
    wait_for_chart(page, "accuracy-chart")
    page.wait_for_function(
        "() => document.querySelector('[data-testid=accuracy-chart]').traces"
        ".every(({ x }) => String(x) === '1,2')"
    )
    set_slider(page, 1)
    seed.train(lab.database, claim, 3, 4)
    page.wait_for_function("() => document.querySelector('[data-testid=heatmap-epoch]').max == 4")
    wait_for_epoch(page, 1)  # one who looks at an epoch is left there
    with lab.database.write() as session:
        claims.finish(session, claim)
    expect(by_id(page, "run-state")).to_have_text("finished")
    assert page.evaluate("window.notReloaded")


def test_a_failed_run_shows_reason_and_log(visit: Opener, lab: Site) -> None:
    claim = seed.start(lab.database, seed.spec("ols", "digits", 0))
    with lab.database.write() as session:
        claims.fail(session, claim, "diverged", "The loss became NaN.", "last <line>")
    config = Settings(_env_file=None, data_dir=lab.data_dir)
    take_folder(config, claim.identity)
    config.log_path(claim.run_id).write_text("first line\nlast <line>\n")
    page = visit(f"/runs/{claim.run_id}")
    expect(page.get_by_role("alert")).to_contain_text("The loss became NaN.")
    expect(page.get_by_role("alert")).to_contain_text("last <line>")
    page.get_by_text("Log", exact=True).click()
    expect(page.locator("run-log pre")).to_contain_text("first line")
    expect(page.get_by_role("button", name="Show earlier lines")).to_be_hidden()


def test_of_a_long_log_the_end_comes_first_as_a_terminal_shows_it(visit: Opener, lab: Site) -> None:
    claim = seed.start(lab.database, seed.spec("ols", "digits", 0))
    with lab.database.write() as session:
        claims.finish(session, claim)
    config = Settings(_env_file=None, data_dir=lab.data_dir)
    take_folder(config, claim.identity)
    with config.log_path(claim.run_id).open("w") as log:
        log.write(
            "first line\n"
            + "x" * 5_000_000
            + "\n"
            + "a line of fifty characters or so, again and\n" * 10**5
        )
        log.write(
            "\x1b[1m\x1b[32mgreen\x1b[0m words\n  0%|    |\r 50%|##  |\r100%|####|\nlast line"
        )
    page = visit(f"/runs/{claim.run_id}")
    with page.expect_response(lambda answer: "/log?" in answer.url) as answer:
        page.get_by_text("Log", exact=True).click()
    assert len(answer.value.body()) <= 65536
    shown = page.locator("run-log pre")
    expect(shown).to_contain_text("again and\ngreen words\n100%|####|\nlast line")
    assert "\x1b" not in shown.inner_text()
    long = len(shown.inner_text())
    with config.log_path(claim.run_id).open("a") as log:
        log.write(" of the log\nand one more")
    page.get_by_text("Log", exact=True).click()
    page.get_by_text("Log", exact=True).click()
    expect(shown).to_contain_text("last line of the log\nand one more")
    page.get_by_role("button", name="Show earlier lines").click()
    page.wait_for_function(
        "least => document.querySelector('run-log pre').textContent.length > least",
        arg=long + 10**6,
    )
    expect(shown).to_contain_text("last line of the log\nand one more")


def test_heatmap_of_many_classes_loses_no_hot_cell(visit: Opener) -> None:
    page = visit("/runs/3?order=index&labels=off")
    wait_for_heatmap(page)
    hot = page.evaluate(
        """() => {
            const view = document.querySelector("matrix-view");
            const k = 1500;
            const codes = new Uint16Array(k * k);
            for (let n = 0; n < 50; n++) codes[(n * 29) * k + ((n * 97) % k)] = 65535;
            const classes = Array.from({ length: k }, (_, i) => `class ${i}`);
            const frame = { rows: k, columns: k, codes, counts: null, full: true };
            view.show({ ...view.shown, frame, classes, scale: { mode: "log", max: 1 } });
            const { layout, canvas } = view;
            const data = canvas.getContext("2d").getImageData(
                Math.round(layout.x * devicePixelRatio), Math.round(layout.y * devicePixelRatio),
                layout.pixelSide, layout.pixelSide).data;
            let dark = 0;
            for (let i = 0; i < data.length; i += 4) {
                if (data[i] + data[i + 1] + data[i + 2] < 150) dark++;
            }
            return { pooled: layout.pooled, dark };
        }"""
    )
    assert hot["pooled"]
    assert hot["dark"] >= 45  # 50, less those that share a pixel
