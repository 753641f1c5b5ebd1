"""The page of a run that a training loop of its own logs."""

from __future__ import annotations

import io
import math
from typing import Any

import httpx
import numpy as np
import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Opener
from tests.browser.looking import overflow
from tests.browser.serving import Site

NAMES = [f"class {n}" for n in range(8)]


def post(lab: Site, path: str, body: Any) -> Any:
    answer = httpx.post(lab.url + path, json=body)
    answer.raise_for_status()
    return answer.json()


def put(lab: Site, path: str, matrix: np.ndarray) -> None:
    buffer = io.BytesIO()
    np.save(buffer, matrix)
    httpx.put(lab.url + path, content=buffer.getvalue()).raise_for_status()


@pytest.fixture(scope="module")
def logged(lab: Site) -> int:
    """Three epochs, 5,000 steps, soft labels, and a matrix of any numbers with a gap."""
    body = {"name": "my loop", "config": {"lr": 0.1}, "method": "mine", "classes": NAMES}
    run = post(lab, "/api/runs/logged", body)["id"]
    epochs = [
        {"epoch": n, "metrics": {"val/acc": 0.2 * n, "train/acc": 0.3 * n, "my_loss": 2.0 / n}}
        for n in (1, 2, 3)
    ]
    steps = [
        {"step": n, "metrics": {"batch_loss": math.exp(-n / 1000) + (n == 777)}}
        for n in range(5000)
    ]
    post(lab, f"/api/runs/{run}/log", {"points": epochs + steps})
    rng = np.random.default_rng(0)
    for n in (1, 2, 3):
        soft = rng.random((8, 8)) + 8 * np.eye(8)
        put(lab, f"/api/runs/{run}/matrices/soft_labels/{n}", soft / soft.sum(1, keepdims=True))
        gaps = rng.normal(size=(8, 8)) * 100
        gaps[0, 1] = np.nan
        put(lab, f"/api/runs/{run}/matrices/class_distance/{n}", gaps)
    return run


def test_its_curves_are_there_by_epoch_and_by_step(visit: Opener, lab: Site, logged: int) -> None:
    page = visit(f"/runs/{logged}")
    by_epoch, by_step = page.get_by_test_id("accuracy-chart"), page.get_by_test_id("loss-chart")
    expect(by_epoch).to_have_attribute("ready", "")
    expect(by_step).to_have_attribute("ready", "")
    lines = by_epoch.evaluate(
        "chart => chart.traces.map(trace => [trace.meta.metric, [...trace.y]])"
    )
    assert dict(lines)["val/acc"] == [0.2, 0.4, pytest.approx(0.6)]
    steps = by_step.evaluate("chart => [...chart.traces[0].x]")
    assert len(steps) <= 2000
    assert 777 in steps
    expect(page.get_by_test_id("logged-note")).to_contain_text("no checkpoints")
    expect(page.get_by_role("link", name="Export CSV")).to_have_attribute("download", "")
    assert not page.locator("quality-panel, reliability-panel, run-log, run-history").count()


def test_a_matrix_of_any_numbers_is_drawn(visit: Opener, lab: Site, logged: int) -> None:
    page = visit(f"/runs/{logged}?kind=class_distance&epoch=2")
    view = page.locator("matrix-view")
    page.wait_for_function("() => document.querySelector('matrix-view').shown?.frame.exact")
    frame = view.evaluate(
        "view => { const { frame, scale } = view.shown;"
        " return [[...frame.exact].map(String), scale.mode, frame.codes[1]]; }"
    )
    assert frame[0][1] == "NaN"
    assert frame[1:] == ["range", 0]
    page.get_by_label("Matrix", exact=True).select_option("soft_labels")
    page.wait_for_function("() => !document.querySelector('matrix-view').shown?.frame.exact")
    expect(page.get_by_test_id("class-detail")).to_contain_text("class 0")


def test_a_new_epoch_shows_while_the_page_is_open(visit: Opener, lab: Site, logged: int) -> None:
    page = visit(f"/runs/{logged}")
    chart = page.get_by_test_id("accuracy-chart")
    expect(chart).to_have_attribute("ready", "")
    post(lab, f"/api/runs/{logged}/log", {"points": [{"epoch": 9, "metrics": {"my_loss": 0.1}}]})
    page.wait_for_function(
        "() => document.querySelector('[data-testid=accuracy-chart]').traces"
        ".find(trace => trace.meta.metric === 'my_loss').x.at(-1) === 9"
    )
    expect(page.locator("run-head [data-live=note]")).to_contain_text("epoch 9")


def test_what_comes_later_shows_without_a_reload(visit: Opener, lab: Site) -> None:
    """Metrics of which the page knew nothing, steps, the first matrix with its panels."""
    run = post(lab, "/api/runs/logged", {"name": "young", "classes": NAMES})["id"]
    page = visit(f"/runs/{run}")
    page.evaluate("window.notReloaded = true")
    expect(page.get_by_test_id("accuracy-chart")).to_have_attribute("ready", "")

    def log(*points: dict[str, Any]) -> None:
        post(lab, f"/api/runs/{run}/log", {"points": points})

    log({"epoch": 1, "metrics": {"val/acc": 0.4}})
    chart = "document.querySelector('[data-testid={}-chart]').traces"
    page.wait_for_function(f"() => {chart.format('accuracy')}.some(({{ x }}) => x.includes(1))")
    for steps in (range(100), range(100, 200)):
        log(*({"step": n, "metrics": {"batch_loss": 1 / (n + 1)}} for n in steps))
        page.wait_for_function(
            f"(last) => {chart.format('loss')}[0]?.x.at(-1) === last", arg=steps[-1]
        )
    expect(page.get_by_test_id("loss-chart")).to_contain_text("batch loss")
    assert not page.locator("class-detail, pairs-table").count()
    soft = np.full((8, 8), 0.05) + 0.6 * np.eye(8)
    put(lab, f"/api/runs/{run}/matrices/soft_labels/1", soft)
    page.get_by_role("navigation", name="On this page").get_by_text("Class").click()
    expect(page.get_by_test_id("class-detail")).to_contain_text("class 0")
    page.get_by_test_id("pairs-table").scroll_into_view_if_needed()
    expect(page.get_by_test_id("pairs-table").locator("tbody tr").first).to_be_visible()
    assert page.evaluate("window.notReloaded")


def test_it_stands_beside_trained_runs(visit: Opener, lab: Site, logged: int) -> None:
    page = visit("/?columns=method,config.lr,my_loss.best")
    row = page.locator(f"#run-{logged}")
    expect(row).to_contain_text("0.1")
    expect(page.get_by_test_id("export-runs")).to_have_attribute("href", "/api/runs.csv")
    page = visit(f"/compare?runs=1,{logged}")
    expect(page.get_by_test_id("compare-chart").first).to_contain_text("my loss")
    expect(page.get_by_test_id("compare-chart").first).to_have_attribute("ready", "")
    page = visit("/?group=config.lr")
    expect(page.locator("main")).to_contain_text("0.1")


@pytest.mark.parametrize(("width", "dark"), [(390, False), (1440, True)])
def test_it_fits_a_phone_and_the_dark(
    visit: Opener, lab: Site, logged: int, width: int, dark: bool
) -> None:
    page = visit(f"/runs/{logged}?kind=class_distance", width=width, dark=dark)
    expect(page.get_by_test_id("loss-chart")).to_have_attribute("ready", "")
    page.wait_for_function("() => document.querySelector('matrix-view').shown?.frame.exact")
    assert overflow(page) <= 0
